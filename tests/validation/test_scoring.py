"""Scoring rules."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from gaplab.validation import scoring

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
