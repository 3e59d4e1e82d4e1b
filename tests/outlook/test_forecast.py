"""The forecast: known truths, and no draw lost."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from support.forecasts import FLAT, ahead, world
from support.worlds import synthetic_posterior

from gaplab import gap
from gaplab.errors import GaplabError
from gaplab.outlook.forecast import begin, forecast
from gaplab.outlook.history import COMPONENTS, WEIGHTS, past_of
from gaplab.params.spec import Params
from gaplab.results.forecast import catch_up_table, forecast_table
from gaplab.units import MONTH_DAYS


def test_shapes_follow_their_weights_and_equal_ones_are_the_default():
    posterior = synthetic_posterior(draws=100)
    for place in range(len(COMPONENTS)):
        alone = forecast(posterior, start=begin(posterior, weights=np.eye(len(COMPONENTS))[place]))
        assert (alone.draws["component"] == place).all()
    counts = np.bincount(
        forecast(posterior, start=begin(posterior, weights=(3, 1, 0, 0))).draws["component"].to_numpy().ravel()
    )
    assert counts.tolist() == [300, 100]
    equal = forecast(posterior, start=begin(posterior, weights=(2, 2, 2, 2)))
    assert forecast(posterior).draws.identical(equal.draws)


@pytest.mark.parametrize("weights", [(1, 1), (0, 0, 0, 0), (1, -1, 1, 1), (1, np.nan, 1, 1)])
def test_weights_that_are_none_are_refused(weights):
    with pytest.raises(GaplabError, match="expected 4 numbers from 0 up"):
        begin(synthetic_posterior(draws=10), weights=weights)


MONTH = pd.Timedelta(days=MONTH_DAYS)


def straight(posterior, *, leader=0.1, follower=0.1, lag=8.0, bend=None):
    """The posterior with straight frontiers of known pace (logits per month), the same in every draw.

    `bend` is the leader's pace over the last 12 months where it differs.
    """
    months = np.asarray((pd.DatetimeIndex(posterior.frontier["date"].to_numpy()) - pd.Timestamp("2026-06-30")) / MONTH)
    ours = 3.0 + leader * months
    if bend is not None:
        ours = 3.0 + np.where(months > -12, bend * months, -12 * bend + leader * (months + 12))
    theirs = 3.0 - leader * lag + follower * months
    values = np.broadcast_to(np.stack([ours, theirs]), posterior.frontier.shape)
    return replace(posterior, frontier=posterior.frontier.copy(data=values))


def of(result, component, name, horizon, country=None):
    """Draws of one quantity at one horizon, of the draws that follow one component."""
    values = result.draws[name].sel(horizon=horizon)
    if country:
        values = values.sel(country=country)
    return values.to_numpy()[(result.draws["component"] == COMPONENTS.index(component)).to_numpy()]


def test_every_draw_goes_on_to_the_horizon():
    draws, posterior = ahead().draws, world()
    assert draws["frontier"].dims == ("chain", "draw", "country", "horizon")
    assert draws.sizes["horizon"] == posterior.params.horizon_months + 1
    for dim in FLAT:
        assert draws.sizes[dim] == posterior.ability.sizes[dim]
    for name in ("frontier", "frontier_lag", "released_lag", "distance", "best_released"):
        assert not np.isnan(draws[name]).any(), name


def test_it_starts_where_the_posterior_ends():
    draws, posterior = ahead().draws, world()
    pair = {"leader": "US", "follower": "China"}
    today = gap.frontier_lag(posterior.frontier, **pair).isel(date=-1, drop=True).drop_vars("censored")
    behind = today >= 0
    assert behind.mean() > 0.99
    start = draws["frontier_lag"].sel(horizon=0, drop=True)
    np.testing.assert_allclose(start.where(behind, 0), today.where(behind, 0), atol=1e-9)
    np.testing.assert_array_equal(draws["frontier"].sel(horizon=0), posterior.frontier.isel(date=-1))
    country = gap.country_subject(posterior)
    np.testing.assert_array_equal(draws["best_released"].sel(horizon=0), country.ability)


def test_frontiers_and_the_best_released_never_fall():
    draws = ahead().draws
    assert (draws["frontier"].diff("horizon") >= 0).all()
    assert (draws["best_released"].diff("horizon") >= 0).all()


def test_the_seed_gives_the_numbers():
    again = forecast(world())
    xr.testing.assert_identical(again.draws, ahead().draws)
    other = forecast(replace(world(), params=Params(seed=7)))
    assert not np.array_equal(other.draws["frontier"], again.draws["frontier"])


def test_a_longer_horizon_goes_on_from_a_shorter_one():
    long, short = ahead(horizon_months=60).draws, ahead().draws
    same = (short["component"] != COMPONENTS.index("same_lag")).to_numpy()
    np.testing.assert_array_equal(
        long["frontier"].sel(horizon=slice(0, 36)).to_numpy()[same], short["frontier"].to_numpy()[same]
    )


def test_the_stack_has_its_weights_exactly():
    counts = np.bincount(ahead().draws["component"].to_numpy().ravel())
    np.testing.assert_array_equal(counts, np.full(4, 2000 / 4))
    assert sum(WEIGHTS) == 1


def test_four_thousand_draws_of_three_years_take_less_than_a_second():
    posterior = world(draws=1000)
    took = []
    for _ in range(3):
        start = time.process_time()
        forecast(posterior)
        took.append(time.process_time() - start)
    assert min(took) < 1


@pytest.mark.parametrize("component", COMPONENTS)
def test_straight_frontiers_go_on_at_their_pace_on_average(component):
    result = forecast(straight(world(draws=2000)))
    for country in ("US", "China"):
        gained = of(result, component, "frontier", 24, country) - of(result, component, "frontier", 0, country)
        assert gained.mean() == pytest.approx(2.4, rel=0.03), country


@pytest.mark.parametrize("component", COMPONENTS)
def test_equal_straight_frontiers_keep_their_lag(component):
    result = forecast(straight(world(draws=2000)))
    assert np.median(of(result, component, "frontier_lag", 24)) == pytest.approx(8, abs=0.8)


def test_a_pace_returns_half_of_the_way_to_its_mean_in_two_years():
    posterior = straight(world(draws=2000), leader=0.1, bend=0.2)
    result = forecast(posterior)
    past = past_of(posterior)
    mean, kept = past.mean[0, 0], 0.5 ** (np.arange(1, 37) / 24)
    assert 0.1 < mean < 0.2
    expected = (mean * (0.2 / mean) ** kept).sum()
    path = of(result, "drift", "frontier", 36, "US") - 3.0
    assert path.mean() == pytest.approx(expected, rel=0.04)


def test_a_straight_line_keeps_the_mean_pace_since_2024():
    posterior = straight(world(draws=2000), leader=0.1, bend=0.2)
    result = forecast(posterior)
    since = (pd.Timestamp("2026-06-30") - pd.Timestamp("2024-01-01")) / MONTH
    pace = (0.2 * 12 + 0.1 * (since - 12)) / since
    gained = of(result, "straight_line", "frontier", 36, "US") - 3.0
    assert gained.mean() == pytest.approx(36 * pace, rel=0.04)


def test_catching_up_invents_no_catching_up_but_holds_the_countries_together():
    result = forecast(straight(world(draws=2000)))
    drift, pulled = (of(result, component, "distance", 36) for component in ("drift", "catching_up"))
    assert pulled.mean() == pytest.approx(0.8, abs=0.15)
    assert pulled.std() < 0.9 * drift.std()


def test_the_lag_wanders_as_much_as_it_did():
    posterior = straight(world(draws=2000))
    assert past_of(posterior).lag_sd.max() < 0.01
    still = of(forecast(posterior), "same_lag", "frontier_lag", 12)
    np.testing.assert_allclose(still, 8.0, atol=0.5)
    moving = world(draws=2000)
    spread = of(forecast(moving), "same_lag", "frontier_lag", 12).std()
    assert spread > 1.0


def test_the_saw_tooth_is_as_deep_as_it_was():
    posterior, draws = world(), ahead().draws
    days = pd.date_range("2025-01-01", "2026-06-30", periods=60)
    china = posterior.frontier.sel(country="China", drop=True)
    best = gap.best_released(posterior.ability, posterior.models, country="China", date=days)
    before = float((gap.frontier_at(china, days) - best).mean())
    later = draws["frontier"].sel(country="China") - draws["best_released"]
    # Of 22 waits the longest is hardly the longest possible, so the teeth may get a little deeper.
    assert float(later.sel(horizon=slice(12, 36)).mean()) == pytest.approx(1.2 * before, rel=0.35)


@pytest.mark.parametrize(
    "change",
    [
        {"leader": 0.0, "follower": 0.0},
        {"leader": 0.0, "follower": 0.1, "lag": 0.0},
        {"leader": 0.1, "follower": 0.0},
        {"leader": 0.1, "follower": 0.1, "lag": -6.0},
        {"leader": 0.1, "follower": 0.1, "lag": 60.0},
    ],
    ids=["both still", "leader still", "follower still", "follower ahead", "far behind"],
)
def test_no_draw_is_lost_in_worlds_that_stand_still_or_are_turned_round(change):
    result = forecast(straight(world(draws=100), **change))
    assert not any(np.isnan(result.draws[name]).any() for name in ("frontier", "frontier_lag", "released_lag"))
    assert (result.draws["frontier_lag"] < np.inf).all()
    forecast_table(result)
    catch_up_table(result)


def test_a_short_history_is_enough():
    posterior = world(draws=100, as_of="2023-12-31", knot_months=6.0)
    result = forecast(posterior)
    assert np.isfinite(result.draws["frontier"]).all()
    assert catch_up_table(result)["status"].tolist()[:3] == ["not counted in this run"] * 3


def test_a_single_knot_is_refused():
    posterior = world(draws=100)
    with pytest.raises(GaplabError, match="single knot"):
        forecast(replace(posterior, frontier=posterior.frontier.isel(date=[-1])))
