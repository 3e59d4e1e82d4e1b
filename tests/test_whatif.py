"""What-if: input that is checked first, weights that agree with a formula, and movement in the right direction."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from click.testing import CliRunner
from scipy.stats import beta

from gaplab import whatif
from gaplab.cli import main
from gaplab.data import load
from gaplab.errors import GaplabError
from gaplab.params import Params
from gaplab.validation.simulate import smooth

PARAMS = Params()


@pytest.fixture(scope="module")
def evidence():
    return load(as_of=PARAMS.as_of)


def release(evidence, params=PARAMS, **given):
    asked = {"model": "X", "country": "China", "date": "2026-09-01"} | given
    return whatif.release(**asked, tables=evidence, params=params)


@pytest.mark.parametrize(
    ("given", "parts"),
    [
        ({"scores": ["GPQA daimond=0.9"]}, ['did you mean "GPQA diamond"?']),
        ({"scores": ["GPQA diamond=93"]}, ["divide by 100"]),
        ({"scores": ["GPQA diamond=-0.1"]}, ["out of range"]),
        ({"scores": ["GPQA diamond=nan"]}, ["out of range"]),
        ({"scores": ["GPQA diamond=high"]}, ["not a number"]),
        ({"scores": ["GPQA diamond"]}, ['has no "="']),
        ({"scores": ["GPQA diamond=0.9", "GPQA diamond=0.8"]}, ["given twice"]),
        ({"scores": []}, ["expected either"]),
        ({"scores": ["GPQA diamond=0.9"], "ability": "150+-2"}, ["expected either"]),
        ({"ability": "150"}, ["expected POINTS+-SD"]),
        ({"ability": "150+-0"}, ["expected POINTS+-SD"]),
        ({"scores": ["GPQA diamond=0.9"], "country": "Mars"}, ["no frontier in this run"]),
        ({"scores": ["GPQA diamond=0.9"], "model": "GPT-5"}, ["is in models.csv already"]),
        ({"scores": ["GPQA diamond=0.9"], "date": "2040-01-01"}, ["out of range"]),
        ({"scores": ["GPQA diamond=0.9"], "date": "soon"}, ["YYYY-MM-DD"]),
        ({"scores": ["GPQA diamond=7"], "country": "Mars", "date": "soon"}, ["no frontier", "YYYY-MM-DD", "divide"]),
    ],
)
def test_what_cannot_be_used_is_one_line_each(given, parts, evidence):
    with pytest.raises(GaplabError) as caught:
        release(evidence, **given)
    assert len(caught.value.problems) == len(parts), caught.value.problems
    for part, problem in zip(parts, caught.value.problems, strict=True):
        assert part in problem


def test_a_ruler_without_tests_takes_no_scores(evidence):
    with pytest.raises(GaplabError, match="has no tests"):
        release(evidence, Params(ruler="epoch_eci"), scores=["GPQA diamond=0.9"])


def test_the_command_refuses_before_anything_is_sampled(monkeypatch):
    monkeypatch.setattr("gaplab.sampler.sample", lambda *_, **__: pytest.fail("sampled"))
    words = ["whatif", "--model", "X", "--country", "Mars", "--date", "2026-09-01", "--score", "GPQA diamond=93"]
    result = CliRunner().invoke(main, words)
    assert result.exit_code == 2
    assert len([line for line in result.output.splitlines() if line.startswith("Error:")]) == 2


@pytest.mark.parametrize("score", [0.0, 0.3, 0.97, 1.0])
def test_the_density_of_a_score_is_that_of_the_model(score):
    alpha, b, half = np.array([2.0, 30.0]), np.array([3.0, 10.0]), 0.005
    found = whatif._log_score(score, alpha, b, half)
    exact = beta.cdf(half, alpha, b) if score == 0 else beta.sf(1 - half, alpha, b) if score == 1 else None
    assert found == pytest.approx(beta.logpdf(score, alpha, b) if exact is None else np.log(exact), rel=1e-6)


# --- A simulated world, fitted once ---------------------------------------------------------------

WORLD = Params(leader="Leader", follower="Follower", chains=2, draws=500, prob=0.8)


@pytest.fixture(scope="module")
def world():
    return smooth(3, models_per_country=25, benchmarks=10, scores_per_model=6)


def effect(world, name, country="Follower", date="2026-06-30", params=WORLD, **given):
    """What the release of a world's own model under a new name would change."""
    new = whatif.Release("X", country, pd.Timestamp(date), given.get("scores", ()), None)
    return whatif.effect(new, world.tables, params)


@pytest.mark.slow
def test_scores_tell_the_ability_of_a_model_that_is_known(world):
    """The scores of the follower's best model, given to a twin, put the twin where the model is."""
    from gaplab.fit import fit

    theirs = [name for name in world.ability.index if name.startswith("Follower")]
    name = world.ability[theirs].idxmax()
    rows = world.tables.scores[world.tables.scores["model"] == name]
    scores = tuple(zip(rows["benchmark"], rows["score"], strict=True))
    date = world.tables.models.set_index("model").loc[name, "release_date"]
    found = effect(world, name, date=date, scores=scores)
    known = fit(world.tables, WORLD).ability.sel(model=name)
    assert found.weights.usable
    assert found.unit == "logits"
    low, middle, high = found.ability
    assert middle == pytest.approx(float(known.median()), abs=2 * float(known.std()))
    assert high - low < 5 * float(known.std())


@pytest.mark.slow
def test_a_better_release_of_the_follower_shortens_the_gap_and_a_weak_one_hardly_moves_it(world):
    tests = sorted(world.tables.benchmarks["benchmark"])[-4:]
    date = "2026-09-01"
    strong = effect(world, "X", date=date, scores=tuple((name, 0.75) for name in tests))
    weak = effect(world, "X", date=date, scores=tuple((name, 0.3) for name in tests))
    assert strong.weights.usable
    assert weak.weights.usable
    rows = strong.table.set_index("number")
    assert rows.loc["frontier_lag", "shift"] < 0
    assert rows.loc["released_lag", "shift"] < 0
    other = weak.table.set_index("number")
    assert abs(other.loc["released_lag", "shift"]) < 0.5
    assert other.loc["frontier_lag", "without"] == rows.loc["frontier_lag", "without"], "the same day, the same draws"


@pytest.mark.slow
def test_a_release_nobody_holds_possible_gets_no_number(world):
    tests = sorted(world.tables.benchmarks["benchmark"])
    found = effect(world, "X", date="2024-01-15", scores=tuple((name, 0.999) for name in tests))
    assert not found.weights.usable
    assert found.table[["with", "with_lower", "with_upper", "shift"]].isna().all().all()
    assert np.isfinite(found.table.loc[found.table["number"] != "model_lag", "without"]).all()
    from gaplab.words import whatif_finding

    assert "no number can be given" in whatif_finding(found, WORLD).text


@pytest.mark.slow
def test_the_likelihood_peaks_where_the_score_is_expected(world):
    from gaplab.fit import abilities

    stage_one = abilities(world.tables, WORLD)
    level = xr.DataArray(np.linspace(-4, 4, 161), dims="at")
    name = world.tables.benchmarks["benchmark"].iloc[5]
    peaks = []
    for score in (0.45, 0.6, 0.8):
        new = whatif.Release("X", "Follower", pd.Timestamp("2026-06-30"), ((name, score),), None)
        found = whatif.likelihood(new, level, world.tables, stage_one, follower=True)
        peaks.append(float(level[int(np.argmax(found.to_numpy()))]))
    assert peaks == sorted(peaks)
