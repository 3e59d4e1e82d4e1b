"""Distance, velocity, and when the gap was last this large."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from support.frontiers import AS_OF, MONTH, N_DRAWS, PAIR, frontier_of, knots_back, line, sample

from gaplab import gap


def test_distance_in_every_unit():
    frontier = line(slope=0.1, lag=6.0)
    points = xr.Dataset({"slope": sample(np.full(N_DRAWS, 20.0), ()), "intercept": sample(np.zeros(N_DRAWS), ())})
    level = sample(np.full(N_DRAWS, -0.8), ())
    apart = gap.distance(frontier, level, date=AS_OF, points=points, **PAIR)
    expected = {
        "points": 16,
        "logits": 0.8,
        "odds_ratio": np.exp(0.8),
        "months_at_leader_pace": 8,
        "months_at_follower_pace": 8,
    }
    assert {name: float(values[0, 0]) for name, values in apart.items()} == pytest.approx(expected)
    assert list(gap.distance(frontier, level, date=AS_OF, **PAIR)) == list(expected)[1:]


def test_velocity_of_a_lag_that_falls_from_10_to_6():
    at = np.asarray((knots_back(24, step=1.0) - AS_OF) / MONTH)
    leader = np.concatenate([0.1 * (at[:1] - np.arange(24, 0, -1)), 0.1 * at])  # room for the lag
    dates = knots_back(48, step=1.0)
    lag = np.interp(np.arange(-47, 1), [-12, 0], [10, 6])
    follower = 0.1 * (np.arange(-47, 1) - lag)
    frontier = frontier_of([[leader, follower]] * 2, dates)
    np.testing.assert_allclose(gap.velocity(frontier, **PAIR), -4, atol=1e-6)
    assert gap.p_widened(frontier, **PAIR) == 0
    half = AS_OF - 6 * MONTH
    np.testing.assert_allclose(gap.velocity(frontier, date=half, **PAIR), -2, atol=1e-6)


def test_velocity_where_the_leader_never_gets_there():
    n = 16
    still, jump = np.zeros(n), np.linspace(-1, 1, n)
    frontier = frontier_of([[still, jump]], knots_back(n))
    assert np.isneginf(gap.velocity(frontier, **PAIR))
    assert np.isneginf(gap.velocity(frontier_of([[still, jump + 5]], knots_back(n)), **PAIR))


def test_last_time_this_large():
    lag = sample(
        [[9, 5, 8, 4, 6], [6, 5, 5, 5, 6], [1, 2, 3, 4, 5], [-np.inf, 1, 1, -np.inf, -np.inf]],
        ("date",),
        date=knots_back(5),
    )
    ago = gap.last_time_this_large(lag)
    assert ago[0].to_numpy().tolist() == pytest.approx([4, 8, np.inf, 2])
    assert float(gap.p_undefined(ago)) == 0.25


def test_extremes_and_when_they_were_first_reached():
    lag = sample([[9, 5, 8, 4, 6], [1, 7, 7, 1, 5]], ("date",), date=knots_back(5))
    found = gap.extremes(lag)
    assert found["highest"][0].to_numpy().tolist() == [9, 7]
    assert found["lowest"][0].to_numpy().tolist() == [4, 1]
    assert found["highest_ago"][0].to_numpy().tolist() == pytest.approx([8, 6])
    assert found["lowest_ago"][0].to_numpy().tolist() == pytest.approx([2, 8])
