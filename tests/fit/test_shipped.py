"""The posterior that travels with a wheel: all draws, rounded, used for the very run it was made from and no other."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from support.briefs import as_kept
from support.worlds import synthetic_posterior

from gaplab import gap
from gaplab.data.load import load
from gaplab.fit import files, fit, shipped
from gaplab.params.spec import Params

PARAMS = Params(as_of="2026-06-30", chains=2, draws=100)
MADE_BY = {"numpy": "1.0"}


@pytest.fixture(scope="module")
def tables():
    return load(as_of=PARAMS.as_of)


@pytest.fixture
def draws():
    return as_kept(synthetic_posterior(params=PARAMS, draws=100))


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """The folder of an installed package, with a cache of its own; what would be sampled fails the test."""
    monkeypatch.setenv("GAPLAB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(fit, "POSTERIOR", tmp_path / "posterior")

    def sampled(*_args):
        raise AssertionError("sampled")

    monkeypatch.setattr("gaplab.fit.fit.sample_frontiers", sampled)
    return tmp_path / "posterior"


def test_draws_come_back_rounded_with_what_they_are(tmp_path, draws, tables):
    shipped.write(tmp_path / "some.nc", draws, tables, MADE_BY)
    back = shipped.read(tmp_path / "some.nc")
    assert back.sizes == draws.sizes
    assert float(np.abs(back["ability"] - draws["ability"]).max()) <= shipped.STEP / 2
    np.testing.assert_allclose(back["frontier"], draws["frontier"], rtol=1e-6)
    assert (np.diff(back["frontier"], axis=-1) >= 0).all()
    assert "x 100 draws of this run" in json.loads(back.attrs["notes"])[-1]
    assert str(tables.complete) in json.loads(back.attrs["notes"])[-1]
    (tmp_path / "some.nc").write_bytes((tmp_path / "some.nc").read_bytes()[:-40] + b"x" * 40)
    assert shipped.read(tmp_path / "some.nc") is None


def test_the_gap_is_that_of_the_draws_it_was_made_from(tmp_path, draws, tables):
    shipped.write(tmp_path / "some.nc", draws, tables, MADE_BY)
    sides = {"leader": "US", "follower": "China"}
    before, after = (
        gap.frontier_lag(each["frontier"], **sides).isel(date=-1).median()
        for each in (draws, shipped.read(tmp_path / "some.nc"))
    )
    assert float(after) == pytest.approx(float(before), abs=0.01)


def test_an_ability_that_does_not_fit_is_refused(tmp_path, draws, tables):
    with pytest.raises(ValueError, match="does not fit"):
        shipped.write(tmp_path / "some.nc", draws.assign(ability=draws["ability"] + 30), tables, MADE_BY)


def test_the_run_it_was_made_from_takes_it_and_names_the_libraries_that_made_it(installed, draws, tables):
    shipped.write(installed / files.shipped_name(tables, PARAMS), draws, tables, MADE_BY)
    posterior = fit.fit(tables, PARAMS)
    assert posterior.identity["versions"] == MADE_BY
    assert "These draws came with gaplab" in posterior.identity["notes"][-1]
    assert files.cache_file(tables, PARAMS).exists()


@pytest.mark.parametrize("change", [{"seed": 1}, {"scope": "trusted"}, {"draws": 101}], ids=str)
def test_another_run_does_not(installed, draws, tables, change):
    shipped.write(installed / files.shipped_name(tables, PARAMS), draws, tables, MADE_BY)
    with pytest.raises(AssertionError, match="sampled"):
        fit.fit(tables, replace(PARAMS, **change))


def test_nor_does_a_run_on_other_tables_or_without_a_model(installed, draws, tables):
    shipped.write(installed / files.shipped_name(tables, PARAMS), draws, tables, MADE_BY)
    for other, without in ((replace(tables, scores=tables.scores.iloc[1:]), ()), (tables, ("DeepSeek-V4-Pro",))):
        with pytest.raises(AssertionError, match="sampled"):
            fit.fit(other, PARAMS, without=without)
