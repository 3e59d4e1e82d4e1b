"""Both stages on a world with a known gap; cache, determinism and what a fit may know."""

import dataclasses
import subprocess

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from support.worlds import smooth

from gaplab import gap
from gaplab.errors import GaplabError
from gaplab.fit import cache
from gaplab.fit.files import ability_file, cache_file
from gaplab.fit.fit import commit, fit, stage_two
from gaplab.fit.stage_frontiers import with_records_and_checks
from gaplab.params.spec import Params
from gaplab.posterior import checks_of

QUICK = Params(leader="Leader", follower="Follower", chains=2, draws=300, knot_months=3.0)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(autouse=True)
def _own_cache(folder, monkeypatch):
    monkeypatch.setenv("GAPLAB_CACHE", str(folder))


@pytest.fixture(scope="module")
def world():
    return smooth(11, lag_months=8.0, models_per_country=40, benchmarks=12, scores_per_model=7)


def test_the_commit_is_that_of_this_code_in_a_hook_of_another_repository(tmp_path, monkeypatch):
    commit.cache_clear()
    ours = commit()
    other = tmp_path / "other"
    subprocess.run(["git", "init", "-q", other], check=True)
    author = ["-c", "user.name=test", "-c", "user.email=test@localhost"]
    subprocess.run(["git", "-C", other, *author, "commit", "-q", "--allow-empty", "-m", "Other"], check=True)
    monkeypatch.setenv("GIT_DIR", str(other / ".git"))
    commit.cache_clear()
    assert commit() == ours


def _lag(posterior):
    return gap.frontier_lag(posterior.frontier, leader="Leader", follower="Follower").isel(date=-1)


def test_a_known_lag_is_recovered_through_both_stages(world):
    posterior = fit(world.tables, QUICK)
    low, high = np.quantile(_lag(posterior), [0.025, 0.975])
    assert low < world.lag_months < high
    assert high - low < 10  # 8.2 with 4,000 draws, not 600
    # Abilities are known up to level and scale; their errors are of the size they claim.
    mean, sd = (
        posterior.ability.mean(("chain", "draw")).to_series(),
        posterior.ability.std(("chain", "draw")).to_series(),
    )
    truth = world.ability[mean.index]
    slope, level = np.polyfit(truth, mean, 1)
    assert 0.6 < ((mean - level - slope * truth) / sd).std() < 1.5


def test_stored_draws_are_the_draws_and_the_seed_decides(world, folder):
    first = fit(world.tables, QUICK)
    stored = fit(world.tables, QUICK)
    assert np.array_equal(first.ability, stored.ability)
    assert np.array_equal(first.frontier, stored.frontier)
    for file in folder.glob("*.npz"):
        file.unlink()
    again = fit(world.tables, QUICK)
    assert np.array_equal(first.ability, again.ability)
    assert first.models.equals(again.models)


def test_other_frontiers_need_no_draws_of_stage_one(world, folder, monkeypatch):
    other = dataclasses.replace(QUICK, knot_months=4.0)
    with cache.temporary():
        anew = fit(world.tables, other)
    fit(world.tables, QUICK)
    ability_file(world.tables, QUICK).unlink()
    for file in folder.glob("readings-*.npz"):
        file.write_bytes(file.read_bytes())  # another file than the one that this process remembers
    monkeypatch.setattr("gaplab.fit.stage_abilities.sample", lambda *_, **__: pytest.fail("stage 1 again"))
    found = fit(world.tables, other)
    assert np.array_equal(found.frontier, anew.frontier)
    assert np.array_equal(found.ability, anew.ability)
    assert found.health == anew.health


def test_a_damaged_file_is_fitted_again(world):
    posterior = fit(world.tables, QUICK)
    path = cache_file(world.tables, QUICK)
    path.write_bytes(path.read_bytes()[:2000])
    with pytest.warns(UserWarning, match="damaged"):
        again = fit(world.tables, QUICK)
    assert np.array_equal(posterior.frontier, again.frontier)


def test_names_of_files_follow_content(world):
    other = dataclasses.replace(
        world.tables, scores=world.tables.scores.assign(score=world.tables.scores["score"] * 0.99)
    )
    here = cache_file(world.tables, QUICK)
    assert cache_file(world.tables, QUICK) == here
    assert cache_file(other, QUICK) != here
    assert cache_file(world.tables, dataclasses.replace(QUICK, seed=1)) != here
    assert cache_file(world.tables, dataclasses.replace(QUICK, prob=0.9, subject="all")) == here


def test_frontiers_never_fall_and_bound_their_models(world):
    posterior = fit(world.tables, QUICK)
    assert (posterior.frontier.diff("date") > 0).all()
    at = gap.frontier_at(posterior.frontier, pd.DatetimeIndex(posterior.models["date"]))
    for country, models in posterior.models.groupby("country"):
        where = posterior.models.index.get_indexer(models.index)
        frontier = at.sel(country=country).transpose("chain", "draw", "date").to_numpy()[..., where]
        assert (posterior.ability.sel(model=models.index).to_numpy() <= frontier + 1e-9).all()


def test_a_country_without_models_is_refused_before_sampling(world):
    with pytest.raises(GaplabError, match='follower: "Atlantis" has 0 models'):
        fit(world.tables, dataclasses.replace(QUICK, follower="Atlantis"))


def test_half_written_files_are_never_read(tmp_path):
    path = tmp_path / "x.nc"
    assert cache.read(path) is None
    path.write_bytes(b"")
    with pytest.warns(UserWarning, match="damaged"):
        assert cache.read(path) is None


def test_a_preview_of_changed_data_takes_the_shape_of_the_last_full_fit(world, folder, monkeypatch):
    full = fit(world.tables, QUICK)
    scores = world.tables.scores
    changed = dataclasses.replace(
        world.tables, scores=scores.drop(scores[scores["model"] == full.models.index[0]].index[1:])
    )
    quick = dataclasses.replace(QUICK, sampling="preview")
    monkeypatch.setattr("gaplab.sampling.sample.begun", lambda *_: pytest.fail("a pilot run"))
    preview = fit(changed, quick)
    assert preview.ability.sizes["draw"] == 200 < full.ability.sizes["draw"]
    assert preview.health.status != "PASS"
    assert "sampling=full" in preview.health.advice
    close = float(abs(_lag(preview).median() - _lag(full).median()))
    assert close < 0.5 * float(_lag(full).std())
    assert cache_file(changed, quick) != cache_file(changed, QUICK)


def test_a_preview_without_an_earlier_fit_finds_the_shape_itself(world):
    with cache.temporary():
        preview = fit(world.tables, dataclasses.replace(QUICK, sampling="preview", draws=100))
    assert preview.health.status != "PASS"
    assert preview.ability.sizes["draw"] == 100


def test_a_lag_that_is_hardly_more_than_a_bound_says_nothing_of_the_sampler(world):
    """One draw in a hundred off the bound, all of them in one chain, would count as chains that disagree."""
    draws = stage_two(world.tables, QUICK)

    def size(draws):
        """Effective size of the gaps; the check of these draws comes after that of the fit."""
        checks = checks_of(with_records_and_checks(draws, models, world.tables, QUICK, [], []))
        return {check.name: check.value for check in checks}["gaps: smallest bulk ESS"]

    models = fit(world.tables, QUICK).models
    below = draws["frontier"].sel(country="Leader").isel(date=0) - 1.0
    first = models.index[models["country"] == "Follower"][0]
    bound = below.where(~((draws["chain"] == 0) & (draws["draw"] < 6)), below + 1.5)
    changed = draws.assign(ability=draws["ability"].where(draws["model"] != first, bound))
    lag = gap.model_lag(changed["ability"], changed["frontier"], models, leader="Leader", follower="Follower")
    assert float(lag["censored"].sel(model=first).mean()) > 0.95
    assert size(changed) == pytest.approx(size(draws), rel=0.2)
    all_bounds = draws.assign(ability=xr.zeros_like(draws["ability"]) + below, frontier=draws["frontier"].where(
        draws["country"] == "Leader", below))  # fmt: skip
    assert size(all_bounds) == QUICK.chains * QUICK.draws
