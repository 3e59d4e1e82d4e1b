"""Delays of scores, recovered from dated vintages."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest

from gaplab.outlook.delays import delay_posterior, p_scored_after, waits

DAY = pd.Timedelta(days=1)


def test_bounds_of_the_delay_are_those_the_vintages_leave():
    models = pd.DataFrame(
        {"country": "China", "date": pd.to_datetime(["2026-01-01"] * 3 + ["2025-11-01", "2026-03-20", "2026-02-20"])},
        index=["early", "late", "unseen", "left", "too new", "before its release"],
    )
    first = pd.Series(
        pd.to_datetime(["2026-01-31", "2026-03-01", "2025-12-01", "2026-02-01"]),
        index=["early", "late", "left", "before its release"],
    )
    vintages = pd.to_datetime(["2025-12-01", "2026-02-01", "2026-03-01"])
    found = waits(models, first, pd.DatetimeIndex(vintages), since=pd.Timestamp("2025-01-01"))
    assert found[["low", "high"]].to_dict("index") == {
        "early": {"low": 0.0, "high": 30.0},  # a report between full vintages: seen at the latest then
        "late": {"low": 31.0, "high": 59.0},
        "unseen": {"low": 59.0, "high": np.inf},
        "left": {"low": 0.0, "high": 30.0},
    }
    assert waits(models, first, pd.DatetimeIndex(vintages), since=pd.Timestamp("2026-04-01")).empty


def simulated_waits(rng, *, n, never, median, spread):
    """Releases of a year seen in four vintages, whose delays are known."""
    start = pd.Timestamp("2025-06-30")
    models = pd.DataFrame({"country": "China", "date": start + rng.integers(0, 360, n) * DAY})
    delay = np.where(rng.uniform(size=n) < never, np.inf, median * np.exp(spread * rng.normal(size=n)))
    vintages = pd.DatetimeIndex(["2025-12-05", "2026-02-22", "2026-04-29", "2026-06-30"]).as_unit("ns")
    scored = models["date"] + pd.to_timedelta(np.where(np.isinf(delay), 9000, delay), unit="D")
    place = vintages.searchsorted(scored.dt.as_unit("ns"))
    first = pd.Series(vintages.insert(4, pd.NaT)[place], models.index).dropna()
    return waits(models, first, vintages, since=start), delay


def test_a_known_delay_is_recovered_where_that_of_the_scored_alone_is_too_short():
    rng = np.random.default_rng(3)
    bounds, _ = simulated_waits(rng, n=600, never=0.3, median=60.0, spread=0.8)
    found = delay_posterior(bounds, ["China"], draws=4000, rng=rng)
    low, high = np.quantile(found.median_days, [0.01, 0.99])
    assert low < 60 < high
    assert high - low < 40
    low, high = np.quantile(found.never, [0.01, 0.99])
    assert low < 0.3 < high
    scored = bounds[np.isfinite(bounds["high"])]
    naive = delay_posterior(scored, ["China"], draws=4000, rng=rng)
    assert naive.median_days.median() < found.median_days.median() - 3


def test_intervals_of_the_delay_hold_the_truth_as_often_as_they_say():
    rng = np.random.default_rng(4)
    held = []
    for _ in range(60):
        never, median = rng.uniform(), 45 * np.exp(rng.normal())
        bounds, _ = simulated_waits(rng, n=40, never=never, median=median, spread=np.exp(0.4 * rng.normal()))
        found = delay_posterior(bounds, ["China"], draws=500, rng=rng)
        for truth, draws in ((never, found.never), (median, found.median_days)):
            low, high = np.quantile(draws, [0.1, 0.9])
            held.append(low <= truth <= high)
    assert 0.70 <= np.mean(held) <= 0.90


def test_a_country_without_releases_keeps_the_prior():
    rng = np.random.default_rng(5)
    nobody = pd.DataFrame({"country": [], "low": [], "high": []})
    found = delay_posterior(nobody, ["China"], draws=4000, rng=rng)
    assert float(found.never.mean()) == pytest.approx(0.5, abs=0.02)
    assert float(found.median_days.median()) == pytest.approx(45, rel=0.15)


def test_the_longer_the_wait_the_less_likely_a_score():
    rng = np.random.default_rng(6)
    bounds, _ = simulated_waits(rng, n=60, never=0.3, median=60.0, spread=0.8)
    found = delay_posterior(bounds, ["China"], draws=500, rng=rng)
    chances = [p_scored_after(found, "China", days).to_numpy() for days in (0, 10, 60, 365, 36500)]
    assert np.allclose(chances[0], 1 - found.never.sel(country="China"))
    assert all((after <= before).all() for before, after in itertools.pairwise(chances))
    assert chances[-1].mean() < 0.01
