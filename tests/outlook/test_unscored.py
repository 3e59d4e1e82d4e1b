"""What unscored models add to the gap."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import exponnorm
from support.nowcasts import HIDDEN, tables_of, without
from support.worlds import synthetic_posterior

from gaplab import gap
from gaplab.outlook.nowcast import predict
from gaplab.outlook.unscored import (
    best_with,
    frontier_moves,
    model_lags,
    newest_record_lag,
    unscored_subject,
)
from gaplab.report.sections.nowcast import nowcast_finding
from gaplab.results.gap import gap_table
from gaplab.results.nowcast import delay_table, unscored_table


@pytest.fixture(scope="module")
def world():
    whole = synthetic_posterior(draws=200)
    known = without(whole, HIDDEN)
    return whole, known, predict(tables_of(whole, known.models.index), known)


def test_counting_more_models_never_widens_the_released_lag(world):
    _, known, expected = world
    before = gap.readings(known, gap.country_subject(known))
    after = gap.readings(known, unscored_subject(known, expected))
    lag = ("released_lag", "months")
    assert (after[lag] <= before[lag]).all()
    assert (after[lag] < before[lag]).any()
    assert after[lag].sizes == before[lag].sizes
    for untouched in (("frontier_lag", "months"), ("catch_up", "months")):
        assert after[untouched].equals(before[untouched])


def test_without_unscored_models_nothing_changes(world):
    whole, _, _ = world
    expected = predict(tables_of(whole, whole.models.index), whole)
    assert expected.models.empty
    assert best_with(whole, expected).equals(gap.country_subject(whole).ability)
    assert len(frontier_moves(whole, expected, outcomes=20)) == 20
    assert unscored_table(whole, expected).empty
    marked = gap_table(whole, expected)
    finding = nowcast_finding(
        marked, unscored_table(whole, expected), delay_table(whole, expected), (1, 2), whole.params
    )
    assert "nan" not in finding.text


def test_the_newest_record_is_the_best_of_all_on_its_own_day(world):
    _, known, expected = world
    lag = newest_record_lag(known, expected)
    lags = gap.model_lag(known.ability, known.frontier, known.models, leader="US", follower="China")
    new = model_lags(known, expected)
    for chain, draw in ((0, 0), (1, 7), (3, 150)):
        name = str(lag["record"][chain, draw].item())
        source = new if name in HIDDEN else lags
        assert float(lag[chain, draw]) == pytest.approx(float(source.sel(model=name)[chain, draw]))


def test_scores_to_come_can_move_the_frontier_lag_either_way(world):
    _, known, expected = world
    moves = frontier_moves(known, expected, outcomes=300)
    lag = gap.frontier_lag(known.frontier, leader="US", follower="China").isel(date=-1)
    assert abs(float(moves.mean()) - float(lag.median())) < 0.5 * float(lag.std())
    assert float(moves.min()) < float(lag.median()) < float(moves.max())
    assert (moves["effective"] >= 1).all()


def test_medians_are_weighted_by_the_likelihood_of_the_readings_of_an_outcome(world):
    """By a sum over draws for one outcome, the random numbers drawn anew in the same order."""
    _, known, expected = world
    moves, params = frontier_moves(known, expected, outcomes=5), known.params
    lag = gap.frontier_lag(known.frontier, **params.roles).isel(date=-1).to_numpy().ravel()
    rng = np.random.default_rng([params.seed, 5])
    picked = rng.choice(lag.size, size=5, replace=False)
    error = float(known.ability.std(("chain", "draw")).median())
    log_weight = np.zeros(lag.size)
    for name, model in expected.models[expected.models["p_scored"] >= 0.05].iterrows():
        noise = rng.normal(size=5)[3]
        theta, counted = (
            each.sel(model=name).to_numpy().ravel()[picked[3]] for each in (expected.ability, expected.counted)
        )
        if counted:
            at = gap.frontier_at(known.frontier.sel(country=model["country"]), model["date"]).to_numpy().ravel()
            nu = known.shortfall.sel(country=model["country"]).to_numpy().ravel()
            log_weight += exponnorm.logpdf(-(theta + error * noise - at), nu / error, scale=error)
    assert log_weight.any(), "some model is scored in this outcome"
    weight = np.exp(log_weight - log_weight.max())
    order = np.argsort(lag)
    share = np.cumsum(weight[order]) / weight.sum()
    assert moves.to_numpy()[3] == lag[order][np.searchsorted(share, 0.5)]
    assert moves["effective"].to_numpy()[3] == pytest.approx(weight.sum() ** 2 / (weight**2).sum())
