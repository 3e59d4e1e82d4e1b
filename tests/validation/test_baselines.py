"""Simple forecasts."""

from __future__ import annotations

import numpy as np
import pytest

from gaplab.validation import baselines

NOW = np.full(4000, 10.0)


def ahead(name, history, horizon):
    return baselines.lag(name, history, NOW, horizon=horizon, rng=np.random.default_rng(2))


def test_simple_forecasts_of_a_straight_history():
    history = np.arange(-13.0, 11.0)  # one month longer each month, 10 today
    assert np.median(ahead("persistence", history, 6)) == pytest.approx(10, abs=0.5)
    assert np.median(ahead("linear_trend", history, 6)) == pytest.approx(16, abs=0.1)
    assert np.median(ahead("historical_mean", history, 6)) == pytest.approx(-1.5, abs=0.5)
    assert -1.5 < np.median(ahead("drifting_level", history, 6)) < 5
    damped = [np.median(ahead("damped_correction", history, horizon)) for horizon in (3, 12)]
    assert damped[1] < damped[0] < 10
    back = [np.median(ahead("error_correction", history, horizon)) for horizon in (3, 12)]
    assert -1.5 < back[1] < back[0] < 10


@pytest.mark.parametrize("name", [*baselines.NAMES, *baselines.LEVELS])
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
