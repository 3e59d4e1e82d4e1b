"""Scores, weights and simple forecasts, against closed forms."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from gaplab.validation import baselines, scoring, stacking

RNG = np.random.default_rng(3)


def test_crps_of_a_gaussian_is_its_closed_form():
    draws = norm.ppf((np.arange(4000) + 0.5) / 4000, 8.0, 2.0)
    for outcome in (3.0, 8.0, 11.0):
        z = (outcome - 8.0) / 2.0
        exact = 2.0 * (z * (2 * norm.cdf(z) - 1) + 2 * norm.pdf(z) - 1 / np.sqrt(np.pi))
        assert scoring.crps(draws, outcome) == pytest.approx(exact, abs=2e-3)
    assert scoring.crps(np.array([8.0]), 11.0) == pytest.approx(3.0)


def test_log_score_of_many_draws_is_their_log_density():
    draws = RNG.normal(8.0, 2.0, 20_000)
    assert scoring.log_score(draws, 9.0) == pytest.approx(norm.logpdf(9.0, 8.0, 2.0), abs=0.03)
    assert np.isfinite(scoring.log_score(np.full(50, 8.0), 9.0))


def test_pit_counts_ties_half_and_infinities_are_bounded():
    assert scoring.pit(np.array([1.0, 2.0, 2.0, 3.0]), 2.0) == 0.5
    assert scoring.bounded(np.array([-np.inf, 5.0, np.inf])).tolist() == [-120.0, 5.0, 120.0]
    assert scoring.brier(0.25, True) == pytest.approx(0.5625)


def test_skill_is_the_share_saved_and_its_interval_covers_it():
    reference = RNG.gamma(4.0, 1.0, 60)
    point, low, high = scoring.skill(0.8 * reference, reference, block=3, seed=1)
    assert point == pytest.approx(0.2)
    assert (low, high) == pytest.approx((0.2, 0.2))
    noisy = reference * RNG.gamma(4.0, 0.25, 60)
    point, low, high = scoring.skill(noisy, reference, block=3, seed=1)
    assert low < point < high
    assert np.isnan(scoring.skill(noisy[:8], reference[:8], block=3, seed=1)[1])


def test_blocks_keep_neighbours_together():
    """Scores that move together over blocks are worth fewer numbers: the interval has to be wider."""
    own, other = np.repeat(RNG.gamma(2.0, 1.0, 20), 6), np.full(120, 2.0)
    single, blocks = (np.ptp(scoring.skill(own, other, block=size, seed=1)[1:]) for size in (1, 6))
    assert blocks > 1.5 * single


def test_coverage_counts_the_bounds():
    rows = pd.DataFrame({"outcome": [1.0, 2.0, 5.0], "lower_80": [1.0, 0.0, 0.0], "upper_80": [3.0, 1.0, 9.0]})
    assert scoring.covered(rows, 80) == pytest.approx(2 / 3)


def test_weights_go_to_the_shape_that_was_right_as_fast_as_the_evidence_allows():
    good = np.log(np.tile([[0.6, 0.1, 0.1, 0.1]], (50, 1)))
    assert stacking.weights(good[:0], np.ones(0)) == pytest.approx([0.25] * 4)
    few, many = (stacking.weights(good[:n], np.ones(n)) for n in (2, 50))
    assert 0.25 < few[0] < many[0] < 1
    assert many.sum() == pytest.approx(1)
    overlapping = stacking.weights(good, np.full(50, 2 / 50))
    assert overlapping == pytest.approx(few)
    shifted = stacking.weights(good + RNG.normal(size=(50, 1)), np.ones(50))
    assert shifted == pytest.approx(many), "what all shapes found hard says nothing about one"


def test_weights_are_the_maximum_of_their_objective():
    logs, importance = RNG.normal(size=(30, 3)), np.full(30, 0.5)
    found = stacking.weights(logs, importance)

    def objective(share):
        return (importance * np.log(np.exp(logs) @ share)).sum() + stacking.PRIOR_COUNT * np.log(share).sum()

    for _ in range(200):
        other = np.clip(found + RNG.normal(0, 0.02, 3), 1e-6, None)
        assert objective(other / other.sum()) <= objective(found) + 1e-9


def test_mixtures_hold_each_part_in_its_share():
    parts = np.stack([np.zeros(200), np.ones(200), np.full(200, 2.0)])
    assert np.bincount(stacking.mixed(parts, np.array([0.5, 0.2, 0.3])).astype(int)).tolist() == [100, 40, 60]
    assert stacking.mixed(parts, np.array([0.0, 1.0, 0.0])).tolist() == [1.0] * 200


NOW = np.full(4000, 10.0)


def ahead(name, history, horizon):
    return baselines.lag(name, history, NOW, horizon=horizon, rng=np.random.default_rng(2))


def test_simple_forecasts_of_a_straight_history():
    history = np.arange(-13.0, 11.0)  # one month longer each month, 10 today
    assert np.median(ahead("persistence", history, 6)) == pytest.approx(10, abs=0.5)
    assert np.median(ahead("linear_trend", history, 6)) == pytest.approx(16, abs=0.1)
    assert np.median(ahead("historical_mean", history, 6)) == pytest.approx(-1.5, abs=0.5)
    back = [np.median(ahead("error_correction", history, horizon)) for horizon in (3, 12)]
    assert -1.5 < back[1] < back[0] < 10


@pytest.mark.parametrize("name", baselines.NAMES)
def test_simple_forecasts_are_never_certain_and_repeat(name):
    for history in (np.full(20, 8.0), np.array([8.0]), np.array([8.0, 9.0])):
        draws = ahead(name, history, 6)
        assert np.isfinite(draws).all()
        assert draws.std() > 0.2
        assert np.array_equal(draws, ahead(name, history, 6))


def test_a_lag_says_where_the_next_record_stands():
    rng = np.random.default_rng(1)
    lag, standing = np.full(2000, 8.0), np.full(2000, 10.0)
    found = baselines.next_record(lag, standing, np.array([4.0]), horizon=6, rng=rng)
    assert 4.0 <= found.min() <= found.max() <= 8.0
    late = baselines.next_record(lag, standing, np.array([100.0]), horizon=6, rng=rng)
    assert (late == 10.0).mean() > 0.9
