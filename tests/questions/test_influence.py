"""Influence: weights that take a model out agree with fits that never saw it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from support.worlds import smooth

from gaplab import gap
from gaplab.errors import GaplabError
from gaplab.fit.fit import fit, stage_two
from gaplab.gap import summary
from gaplab.models.frontier.definition import log_reflected_ex_gaussian
from gaplab.models.frontier.knots import interpolation
from gaplab.models.readings import GaussianAbilities
from gaplab.params.spec import Params
from gaplab.questions import influence, weights

WORLD = Params(leader="Leader", follower="Follower", chains=4, draws=1000)
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def tables():
    return smooth(3, models_per_country=25, benchmarks=10, scores_per_model=6).tables


@pytest.fixture(scope="module")
def fitted(tables):
    return fit(tables, WORLD), stage_two(tables, WORLD)


def test_the_likelihood_is_that_of_the_model(fitted):
    posterior, draws = fitted
    models = posterior.models
    readings = GaussianAbilities(
        models.index, *(draws[name].to_numpy() for name in ("reading", "reading_sd", "loadings"))
    )
    country = (models["country"] == WORLD.follower).to_numpy(int)
    dates = draws["frontier"]["date"].to_index()
    likelihood = influence.log_likelihood(draws, models)
    weight = interpolation(dates, models["date"])
    at = draws.isel(chain=0, draw=3)
    expected = (weight * at["frontier"].to_numpy()[country]).sum(axis=1) + readings.loadings @ at["factor"].to_numpy()
    nu = at["shortfall_mean"].to_numpy()[country]
    exact = log_reflected_ex_gaussian(readings.mean - expected, nu, readings.sd).eval()
    assert likelihood.isel(chain=0, draw=3).to_numpy() == pytest.approx(exact, abs=1e-6)
    some = [models.index[place] for place in (7, 30, 2)]
    assert influence.log_likelihood(draws, models, some).equals(likelihood.sel(model=some))


def test_weights_agree_with_refits_wherever_k_hat_allows(tables, fitted):
    posterior, draws = fitted
    record = gap.newest_record(posterior)
    whole = influence.headline_draws(posterior, record=record)
    found = dict(influence.weights_without(draws, posterior.models, list(posterior.models.index.drop(record))))
    moved = {
        name: abs(float(((each.weight / each.weight.mean() - 1) * whole["frontier_lag"]).mean()))
        for name, each in found.items()
    }
    # Those that move the gap most, where agreement is hardest.
    chosen = sorted((name for name in found if found[name].usable), key=moved.get, reverse=True)[:10]
    assert len(chosen) == 10
    for name, ours in influence.numbers_without(posterior, whole, chosen, record).items():
        again = influence.headline_draws(fit(tables, WORLD, without=(name,)), record=record)
        for number in ("frontier_lag", "released_lag", "distance"):
            before, left, fitted_again = (
                {number: weights.draws_in_order(draws[number])} for draws in (whole, ours, again)
            )
            even = weights.even_weights(whole[number])
            by_weight = influence.shift_rows(name, before, left, found[name], "weights", "")[0]
            by_refit = influence.shift_rows(name, before, fitted_again, even, "refit", "")[0]
            spread = float(again[number].std())
            error = np.hypot(by_weight[5], by_refit[5]) + spread / np.sqrt(found[name].effective / 10)
            assert abs(by_weight[3] - by_refit[3]) < 4 * error, (name, number, found[name].k_hat, by_weight, by_refit)


def test_every_model_gets_a_row_and_the_largest_come_first(tables):
    found = influence.by_model(tables, WORLD, refits=1)
    today = found[found["number"] == "frontier_lag"]
    assert len(today) == 50
    sizes = today["shift"].abs().fillna(-1).to_numpy()
    assert (np.diff(sizes) <= 1e-12).all()
    assert set(found["method"]) <= {"weights", "refit", "weights fail"}
    assert np.allclose(found["months_without"] - found["months"], found["shift"], equal_nan=True)


def test_nothing_left_out_is_no_row(tables):
    assert influence.by_model(tables, WORLD, names=[]).empty


def test_leaving_out_a_benchmark_fits_everything_again(tables):
    name = tables.scores["benchmark"].value_counts().index[0]
    found = influence.by_refit(tables, WORLD, by="benchmark", names=[name])
    assert set(found["left_out"]) == {name}
    assert (found["method"] == "refit").all()
    assert np.isfinite(found["shift"]).all()
    with pytest.raises(GaplabError, match="has no score"):
        influence.by_refit(tables, WORLD, by="benchmark", names=["Nothing"])


def test_the_headline_counts_a_model_left_out_as_not_released(fitted):
    posterior, _ = fitted
    best = posterior.ability.sel(model=posterior.models.index[posterior.models["country"] == WORLD.follower])
    name = best.mean(("chain", "draw")).to_series().idxmax()
    record = gap.newest_record(posterior)
    with_it = influence.headline_draws(posterior, record=record)
    without_it = influence.numbers_without(posterior, with_it, [name], record)[name]
    assert float(summary.median(without_it["released_lag"])) > float(summary.median(with_it["released_lag"]))
    assert without_it["frontier_lag"] is with_it["frontier_lag"]
    truth = gap.readings(posterior, gap.country_subject(posterior))
    assert with_it["distance"].to_numpy() == pytest.approx(truth["distance", "months_at_leader_pace"].to_numpy())


def test_without_a_model_the_best_of_the_others_is_the_best(fitted):
    posterior, _ = fitted
    whole = influence.headline_draws(posterior, record=gap.newest_record(posterior))
    found = influence.numbers_without(posterior, whole, list(posterior.models.index), "")
    changed = {name for name, numbers in found.items() if numbers["released_lag"] is not whole["released_lag"]}
    follower = posterior.models.index[posterior.models["country"] == WORLD.follower]
    assert 0 < len(changed) < len(follower)
    leading = posterior.frontier.sel(country=WORLD.leader, drop=True)
    for name in follower:
        others = posterior.ability.sel(model=follower.drop(name)).max("model")
        lag = gap.lag_of_level(leading, others, date=pd.Timestamp(WORLD.as_of))
        assert found[name]["released_lag"].to_numpy() == pytest.approx(lag.to_numpy())
