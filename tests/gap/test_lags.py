"""Lags: properties that every definition must have, checks by brute force, and worlds with a known lag."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from support.frontiers import AS_OF, MONTH, N_DRAWS, PAIR, dyadic, few, knots_back, line, sample, worlds
from support.worlds import synthetic_posterior

from gaplab import gap
from gaplab.errors import GaplabError
from gaplab.gap import summary


def all_lags(ability, frontier, models):
    return {
        "frontier_lag": gap.frontier_lag(frontier, **PAIR),
        "released_lag": gap.released_lag(ability, frontier, models, **PAIR),
        "model_lag": gap.model_lag(ability, frontier, models, **PAIR),
        "first_match_lag": gap.first_match_lag(ability, models, **PAIR),
    }


@few
@given(world=worlds(), shift=dyadic(-8, 8))
def test_shifting_both_countries_leaves_every_lag(world, shift):
    ability, frontier, models = world
    moved = all_lags(ability + shift, frontier + shift, models)
    for name, lag in all_lags(*world).items():
        xr.testing.assert_allclose(lag, moved[name], atol=1e-9)


@few
@given(world=worlds(), scale=st.integers(1, 16), shift=dyadic(-4, 4))
def test_rescaling_ability_leaves_every_lag(world, scale, shift):
    ability, frontier, models = world
    moved = all_lags(scale * ability + shift, scale * frontier + shift, models)
    for name, lag in all_lags(*world).items():
        xr.testing.assert_allclose(lag, moved[name], atol=1e-9)


@given(world=worlds())
def test_a_country_does_not_trail_itself(world):
    _, frontier, _ = world
    lag = gap.frontier_lag(frontier, leader="US", follower="US")
    np.testing.assert_allclose(lag, 0, atol=1e-9)
    assert not lag["censored"].any()


@few
@given(world=worlds())
def test_no_draw_is_lost(world):
    _, frontier, models = world
    ours = (models["country"] == "China").sum()
    sizes = {"frontier_lag": frontier.sizes["date"], "released_lag": frontier.sizes["date"]}
    for name, lag in all_lags(*world).items():
        assert lag.shape == (1, N_DRAWS, sizes.get(name, ours))
        assert not lag.isnull().any()
        assert not np.isposinf(lag).any()
        assert lag.shape == lag["censored"].shape
        assert lag.attrs["units"] == "months"


@few
@given(world=worlds(), rise=dyadic(0, 4))
def test_a_better_follower_never_trails_by_more(world, rise):
    ability, frontier, models = world
    china = models.index[models["country"] == "China"]
    better = ability.where(~ability["model"].isin(china), ability + rise)
    ahead = frontier.where(frontier["country"] != "China", frontier + rise)
    improved = all_lags(better, ahead, models)
    for name, lag in all_lags(*world).items():
        assert (improved[name] <= lag + 1e-9).all(), name


@few
@given(world=worlds(), order=st.randoms(use_true_random=False))
def test_the_order_of_models_does_not_matter(world, order):
    ability, frontier, models = world
    names = list(models.index)
    order.shuffle(names)
    shuffled = all_lags(ability.sel(model=names), frontier, models.loc[names])
    for name, lag in all_lags(*world).items():
        again = shuffled[name].sel(model=lag["model"]) if "model" in lag.dims else shuffled[name]
        np.testing.assert_allclose(again, lag)


@given(world=worlds(), levels=hnp.arrays(float, N_DRAWS, elements=st.floats(-6, 20)))
def test_lag_of_level_against_np_interp(world, levels):
    _, frontier, _ = world
    leader = frontier.sel(country="US", drop=True)
    at = np.asarray((leader["date"].to_index() - AS_OF) / MONTH)
    found = gap.lag_of_level(leader, sample(levels, ()), date=AS_OF)
    for draw, (curve, level) in enumerate(zip(leader.to_numpy()[0], levels, strict=True)):
        if level > curve[-1]:
            pace = (curve[-1] - np.interp(-12, at, curve)) / 12
            expected = -(level - curve[-1]) / pace
        else:
            expected = -np.interp(level, curve, at)
        assert found[0, draw] == pytest.approx(expected, abs=1e-6)
        assert bool(found["censored"][0, draw]) == (level < curve[0])


@pytest.mark.parametrize("lag_months", [0.0, 4.0, 8.0, 12.0])
def test_a_constant_lag_is_recovered_in_every_draw(lag_months):
    world = synthetic_posterior(lag_months=lag_months, lag_sd=0.0)
    lag = gap.frontier_lag(world.frontier, **PAIR)
    known = lag.where(~lag["censored"], drop=True)
    np.testing.assert_allclose(known.where(known.notnull(), lag_months), lag_months, atol=1e-4)
    np.testing.assert_allclose(gap.velocity(world.frontier, **PAIR), 0, atol=1e-4)
    assert lag["censored"].isel(date=-1).sum() == 0


def test_a_lag_between_knots_and_uncertain_is_recovered():
    world = synthetic_posterior(lag_months=7.0, lag_sd=1.0, draws=500)
    lag = gap.frontier_lag(world.frontier, **PAIR).isel(date=-1)
    assert float(summary.median(lag)) == pytest.approx(7.0, abs=0.2)
    low, high = summary.interval(lag, 0.8).to_numpy()
    assert (low, high) == pytest.approx((7 - 1.28, 7 + 1.28), abs=0.25)


def test_a_follower_ahead_has_a_negative_lag_and_is_counted():
    world = synthetic_posterior(lag_months=-4.0, lag_sd=0.0)
    lag = gap.frontier_lag(world.frontier, **PAIR)
    middle = lag.isel(date=slice(8, -3))  # there the leader's later knots hold the level
    np.testing.assert_allclose(middle, -4, atol=1e-4)
    today = lag.isel(date=-1)
    assert float(summary.median(today)) == pytest.approx(-4, abs=1)  # the last 12 months continued
    assert float(gap.p_follower_ahead(today)) == 1


def test_past_the_last_knot_the_leader_goes_on_at_its_own_pace():
    frontier = line(slope=0.1).sel(country="US", drop=True)
    level = sample([0.0, 0.25, 1.0, -0.5], ())
    np.testing.assert_allclose(gap.lag_of_level(frontier, level, date=AS_OF)[0], [0, -2.5, -10, 5], atol=1e-9)
    then = AS_OF - 6 * MONTH
    np.testing.assert_allclose(gap.lag_of_level(frontier, level, date=then)[0], [-6, -8.5, -16, -1], atol=1e-9)


def test_a_flat_stretch_counts_from_its_first_date():
    knots = knots_back(5)  # at -8, -6, -4, -2, 0 months
    leader = sample([[0.0, 1.0, 1.0, 1.0, 2.0]], ("date",), date=knots)
    lag = gap.lag_of_level(leader, sample([1.0], ()), date=AS_OF)
    assert float(lag.squeeze()) == pytest.approx(6)
    higher = gap.lag_of_level(leader, sample([1.5], ()), date=AS_OF)
    assert float(higher.squeeze()) == pytest.approx(1)


def test_below_the_first_knot_the_lag_is_a_bound():
    leader = line(n=10).sel(country="US", drop=True)  # 18 months of knots
    lag = gap.lag_of_level(leader, sample([-99.0, -np.inf, -0.5, -1.5], ()), date=AS_OF)
    np.testing.assert_allclose(lag[0], [18, 18, 6, 18], atol=1e-9)
    assert lag["censored"].to_numpy().tolist() == [[True, True, False, False]]
    assert float(gap.p_censored(lag)) == 0.5


def test_a_leader_that_stands_still_is_never_at_a_higher_level():
    knots = knots_back(10)
    rising = np.linspace(0, 1, 10)
    still = np.minimum(rising, rising[2])
    leader = sample([still, still, rising], ("date",), date=knots)
    lag = gap.lag_of_level(leader, sample([still[-1], 0.9, 0.9], ()), date=AS_OF)
    assert lag.to_numpy()[0].tolist() == pytest.approx([14, -np.inf, 1.8])
    assert not lag["censored"].any()
    assert float(gap.p_undefined(lag)) == pytest.approx(1 / 3)
    assert float(gap.p_follower_ahead(lag)) == pytest.approx(1 / 3)
    assert float(summary.median(lag)) == pytest.approx(1.8)
    assert np.isnan(summary.interval(lag, 0.8).sel(ci_bound="lower"))


def test_released_lag_is_a_saw_tooth():
    frontier = line(slope=0.1)
    models = pd.DataFrame(
        {"country": ["China", "China", "US"], "date": [AS_OF - 20 * MONTH, AS_OF - 5 * MONTH, AS_OF - 40 * MONTH]},
        index=["first", "second", "other"],
    )
    ability = sample(np.tile([-3.0, -1.0, 5.0], (N_DRAWS, 1)), ("model",), model=list(models.index))
    dates = pd.DatetimeIndex([AS_OF - ago * MONTH for ago in (21, 20, 10, 6, 5, 0)])
    lag = gap.released_lag(ability, frontier, models, dates=dates, **PAIR)
    np.testing.assert_allclose(lag[0, 0], [25, 10, 20, 24, 5, 10], atol=1e-6)
    assert lag["censored"][0, 0].to_numpy().tolist() == [True, False, False, False, False, False]


def test_catch_up_is_a_straight_line_and_knows_what_is_matched():
    frontier = line(slope=0.1, lag=6.0)
    target = sample([0.0, -0.6, -1.6, -99.0], ())
    months = gap.catch_up(frontier, target, follower="China", date=AS_OF)
    np.testing.assert_allclose(months[0], [6, 0, -10, -46], atol=1e-9)
    assert months["censored"].to_numpy().tolist() == [[False, False, False, True]]
    assert float(gap.p_matched(months.round(6))) == 0.75


def test_an_unknown_country_is_named():
    world = synthetic_posterior(draws=10)
    with pytest.raises(GaplabError, match=r'"Atlantis".*China, US'):
        gap.first_match_lag(world.ability, world.models, leader="Atlantis", follower="China")
