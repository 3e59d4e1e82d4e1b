"""Properties that every definition of the gap must have, checks by brute force, and worlds with a known lag."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from support.worlds import synthetic_posterior

from gaplab import gap
from gaplab.errors import GaplabError
from gaplab.gap import summary
from gaplab.units import MONTH_DAYS

AS_OF = pd.Timestamp("2026-06-30")
MONTH = pd.Timedelta(days=MONTH_DAYS)
PAIR = {"leader": "US", "follower": "China"}
N_DRAWS = 4  # draws of every small world; each is a case of its own
few = settings(max_examples=30)


def knots_back(n, step=2.0):
    return pd.DatetimeIndex([AS_OF - (n - 1 - k) * step * MONTH for k in range(n)])


def sample(values, dims, **coords):
    """An array with (chain, draw) in front, one chain."""
    return xr.DataArray(np.asarray(values, dtype=float)[None], dims=("chain", "draw", *dims), coords=coords)


def frontier_of(values, knots):
    return sample(values, ("country", "date"), country=["US", "China"], date=knots)


def line(*, slope=1 / 12, lag=0.0, n=24, draws=N_DRAWS):
    """Both frontiers straight with one slope per month, the follower `lag` months behind."""
    at = np.asarray((knots_back(n) - AS_OF) / MONTH)
    both = np.stack([slope * at, slope * (at - lag)])
    return frontier_of(np.broadcast_to(both, (draws, 2, n)), knots_back(n))


# Steps of 1/64 keep every sum and product below exact, so that ties stay ties.
def dyadic(low, high):
    return st.integers(low * 64, high * 64).map(lambda n: n / 64)


@st.composite
def worlds(draw):
    """A small posterior: ability, frontier (strictly rising) and models, in any order of dates."""
    n_knots, n_models = draw(st.integers(8, 16)), draw(st.integers(2, 9))
    rise = draw(hnp.arrays(float, (N_DRAWS, 2, n_knots - 1), elements=dyadic(0, 1).map(lambda x: x + 1 / 64)))
    start = draw(hnp.arrays(float, (N_DRAWS, 2, 1), elements=dyadic(-2, 2)))
    frontier = frontier_of(np.concatenate([start, start + rise.cumsum(axis=-1)], axis=-1), knots_back(n_knots))

    names = [f"model {n}" for n in range(n_models)]
    span = (AS_OF - frontier["date"].to_index()[0]).days
    days = draw(st.lists(st.integers(0, span), min_size=n_models, max_size=n_models))
    others = draw(st.lists(st.sampled_from(["US", "China"]), min_size=n_models - 2, max_size=n_models - 2))
    models = pd.DataFrame(
        {"country": ["US", "China", *others], "date": [AS_OF - pd.Timedelta(days=day) for day in days]},
        index=pd.Index(names, name="model"),
    )
    ability = draw(hnp.arrays(float, (N_DRAWS, n_models), elements=dyadic(-4, 8)))
    return sample(ability, ("model",), model=names), frontier, models


def all_lags(ability, frontier, models):
    return {
        "frontier_lag": gap.frontier_lag(frontier, **PAIR),
        "released_lag": gap.released_lag(ability, frontier, models, **PAIR),
        "model_lag": gap.model_lag(ability, frontier, models, **PAIR),
        "first_match_lag": gap.first_match_lag(ability, models, **PAIR),
    }


# --- properties -----------------------------------------------------------------------------------


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
def test_any_increasing_map_leaves_first_match_lag(world):
    ability, _, models = world
    plain, bent = (gap.first_match_lag(values, models, **PAIR) for values in (ability, np.exp(ability)))
    xr.testing.assert_identical(plain, bent)


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


# --- brute force ----------------------------------------------------------------------------------


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


@few
@given(world=worlds())
def test_first_match_against_a_loop(world):
    ability, _, models = world
    found = gap.first_match_lag(ability, models, **PAIR)
    leaders = models[models["country"] == "US"].sort_values("date", kind="stable")
    for (_, draw), values in ability.stack(sample=("chain", "draw")).transpose("sample", ...).groupby("sample"):
        values = values.squeeze("sample")
        for subject in found["model"].to_numpy():
            reached = [name for name in leaders.index if values.sel(model=name) >= values.sel(model=subject)]
            here = found.sel(model=subject).isel(chain=0, draw=draw)
            if reached:
                days = (models.loc[subject, "date"] - models.loc[reached[0], "date"]).days
                assert float(here) == pytest.approx(days / MONTH_DAYS)
                assert bool(here["censored"]) == (models.loc[reached[0], "date"] == leaders["date"].iloc[0])
            else:
                assert np.isneginf(here)
                assert not here["censored"]
            assert here["first_match"].item() == (reached[0] if reached else "")


@few
@given(world=worlds())
def test_best_released_against_a_loop(world):
    ability, frontier, models = world
    dates = frontier["date"].to_index()
    found = gap.best_released(ability, models, country="China", date=dates)
    for date in dates:
        out = models.index[(models["country"] == "China") & (models["date"] <= date)]
        expected = ability.sel(model=out).max("model") if len(out) else xr.full_like(ability[:, :, 0], -np.inf)
        np.testing.assert_array_equal(found.sel(date=date), expected)
        np.testing.assert_array_equal(gap.best_released(ability, models, country="China", date=date), expected)


# --- known answers --------------------------------------------------------------------------------


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


def test_a_leader_model_that_comes_later_gives_a_negative_first_match():
    dates = {"early": ("US", 10), "ours": ("China", 4), "late": ("US", 1)}
    models = pd.DataFrame(
        [(country, AS_OF - ago * MONTH) for country, ago in dates.values()],
        index=list(dates),
        columns=["country", "date"],
    )
    ability = sample([[0, 1, 2], [1, 1, 1], [0, 1, 0]], ("model",), model=list(models.index))
    lag = gap.first_match_lag(ability, models, **PAIR).squeeze("model")
    assert lag[0].to_numpy().tolist() == pytest.approx([-3, 6, -np.inf])
    assert lag["first_match"][0].to_numpy().tolist() == ["late", "early", ""]
    assert lag["censored"][0].to_numpy().tolist() == [False, True, False]
    assert float(gap.p_follower_ahead(lag)) == pytest.approx(2 / 3)
    assert dict(gap.first_match_share(lag)) == pytest.approx({"late": 1 / 3, "early": 1 / 3, "": 1 / 3})


def test_every_leader_model_of_the_first_day_is_a_bound():
    models = pd.DataFrame(
        {"country": ["US", "US", "US", "China"], "date": [AS_OF - ago * MONTH for ago in (9, 9, 5, 1)]},
        index=["us 0", "us 1", "us 2", "ours"],
    )
    ability = sample([[0, 1, 0, 1], [0, 0, 1, 1]], ("model",), model=list(models.index))
    lag = gap.first_match_lag(ability, models, **PAIR).squeeze("model")
    assert lag[0].to_numpy().tolist() == pytest.approx([8, 4])
    assert lag["censored"][0].to_numpy().tolist() == [True, False]


def test_a_bound_below_zero_does_not_put_the_follower_ahead():
    models = pd.DataFrame({"country": ["China", "US"], "date": [AS_OF - 5 * MONTH, AS_OF]}, index=["ours", "theirs"])
    ability = sample([[0.0, 1.0]], ("model",), model=list(models.index))
    lag = gap.first_match_lag(ability, models, **PAIR)
    assert float(lag.squeeze()) == pytest.approx(-5)  # at least -5: an earlier leader model may be missing
    assert float(gap.p_follower_ahead(lag).squeeze()) == 0


def five_percent(theirs, level, ago, *, date=AS_OF):
    released = [AS_OF - months * MONTH for months in ago]
    models = pd.DataFrame({"country": "US", "date": released}, index=[f"us {n}" for n in range(len(ago))])
    ability = sample(np.column_stack(theirs), ("model",), model=list(models.index))
    return gap.five_percent_lag(ability, models, sample(level, ()), leader="US", date=date)


def test_the_five_percent_rule_wants_more_than_95_percent():
    level = np.zeros(100)
    at_95, at_96 = (np.where(np.arange(100) < n, 1.0, -1.0) for n in (95, 96))
    lag = five_percent([at_95, at_96, at_96], level, [9, 7, 3])
    assert lag.dims == ()
    assert float(lag) == pytest.approx(7)
    assert lag["first_match"].item() == "us 1"


def test_the_five_percent_rule_knows_no_later_release_and_no_gap_without_a_significant_one():
    better, equal = np.ones(100), np.zeros(100)
    lag = five_percent([equal, better], np.zeros(100), [9, 3], date=AS_OF - 5 * MONTH)
    assert float(lag) == 0
    assert lag["first_match"].item() == ""


def test_less_data_means_a_smaller_five_percent_lag():
    rng = np.random.default_rng(3)
    lags = []
    for spread in (0.01, 0.5, 5.0):
        theirs = [mean + rng.normal(0, spread, 2000) for mean in (0.2, 1.0, 1.5)]
        lags.append(float(five_percent(theirs, rng.normal(0, spread, 2000), [12, 8, 2])))
    assert lags == pytest.approx([12, 2, 0])


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


def test_paces_are_those_of_the_last_12_months():
    at = np.asarray((knots_back(24) - AS_OF) / MONTH)
    leader = np.where(at <= -12, at + 12, 0.2 * (at + 12))  # 1 a month, then 0.2
    follower = np.minimum(at, -12)  # stands still since
    frontier = frontier_of([[leader, follower]], knots_back(24))
    apart = gap.distance(frontier, sample([0.0], ()), date=AS_OF, **PAIR)
    assert apart["months_at_leader_pace"].item() == pytest.approx(12)
    assert np.isposinf(apart["months_at_follower_pace"])
    level = sample([leader[-1]], ())
    level_apart = gap.distance(frontier, level, date=AS_OF, **PAIR)
    assert level_apart["months_at_follower_pace"].item() == 0  # no way to go takes no time
    assert np.isposinf(gap.catch_up(frontier, level, follower="China", date=AS_OF))


def test_catch_up_is_a_straight_line_and_knows_what_is_matched():
    frontier = line(slope=0.1, lag=6.0)
    target = sample([0.0, -0.6, -1.6, -99.0], ())
    months = gap.catch_up(frontier, target, follower="China", date=AS_OF)
    np.testing.assert_allclose(months[0], [6, 0, -10, -46], atol=1e-9)
    assert months["censored"].to_numpy().tolist() == [[False, False, False, True]]
    assert float(gap.p_matched(months.round(6))) == 0.75


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


# --- from draws to numbers ------------------------------------------------------------------------


@given(
    values=hnp.arrays(float, st.integers(1, 60), elements=st.floats(-50, 50)),
    prob=st.floats(0.02, 0.98),
    n_undefined=st.integers(0, 60),
)
def test_quantiles_are_those_of_all_draws(values, prob, n_undefined):
    draws = sample(np.concatenate([values, np.full(n_undefined, -np.inf)]), ())
    ordered = np.sort(draws.to_numpy().ravel())
    bounds = summary.interval(draws, prob)
    assert bounds.dims == ("ci_bound",)
    assert bounds["ci_bound"].to_numpy().tolist() == ["lower", "upper"]
    assert bounds.attrs["prob"] == prob
    for found, share in zip(
        [*bounds.to_numpy(), float(summary.median(draws))], [(1 - prob) / 2, (1 + prob) / 2, 0.5], strict=True
    ):
        if np.isnan(found):
            assert share <= n_undefined / ordered.size + 1e-9
        else:
            assert (ordered <= found).mean() >= share - 1e-9
            assert (ordered < found).mean() <= share + 1e-9


@pytest.mark.parametrize("prob", [0, 1, 80, -0.1, float("nan")])
def test_a_probability_is_between_0_and_1(prob):
    with pytest.raises(GaplabError, match="prob"):
        summary.interval(sample([1.0, 2.0], ()), prob)


@pytest.mark.parametrize("date", ["2020-01-01", "2026-07-01"])
def test_a_frontier_is_not_read_outside_its_knots(date):
    with pytest.raises(GaplabError, match=f"{date}.*known from 2025-04-29 to 2026-06-30"):
        gap.frontier_at(line(n=8), pd.Timestamp(date))


def test_pace_needs_a_past():
    frontier = line(n=8)
    with pytest.raises(GaplabError, match="first knot"):
        gap.mean_pace(frontier, frontier["date"].to_index()[0])


def test_an_unknown_country_is_named():
    world = synthetic_posterior(draws=10)
    with pytest.raises(GaplabError, match=r'"Atlantis".*China, US'):
        gap.first_match_lag(world.ability, world.models, leader="Atlantis", follower="China")


def test_frontier_at_is_linear_between_knots():
    world = synthetic_posterior(draws=10)
    leader = world.frontier.sel(country="US")
    dates = pd.date_range("2023-02-03", "2026-06-30", freq="17D")
    found = gap.frontier_at(leader, dates)
    seconds = [np.asarray(index.as_unit("s").astype("int64")) for index in (dates, leader["date"].to_index())]
    for draw in range(10):
        expected = np.interp(*seconds, leader.to_numpy()[0, draw])
        np.testing.assert_allclose(found[0, draw], expected, atol=1e-9)
    np.testing.assert_array_equal(gap.frontier_at(leader, leader["date"].to_index()), leader)


# --- all readings of a subject --------------------------------------------------------------------


def test_readings_of_a_country_are_those_of_the_definitions():
    world = synthetic_posterior(lag_sd=0.5)
    ability, frontier, models = world.ability, world.frontier, world.models
    found = gap.readings(world, gap.country_subject(world))
    assert tuple(found) == gap.DEFINITIONS
    today = {"date": -1, "drop": True}
    np.testing.assert_allclose(found["frontier_lag", "months"], gap.frontier_lag(frontier, **PAIR).isel(**today))
    np.testing.assert_allclose(
        found["released_lag", "months"], gap.released_lag(ability, frontier, models, **PAIR).isel(**today)
    )
    apart = frontier.sel(country="US").isel(**today) - gap.best_released(ability, models, country="China", date=AS_OF)
    np.testing.assert_allclose(found["distance", "logits"], apart)
    np.testing.assert_allclose(found["distance", "points"], apart * world.points["slope"])


def test_readings_of_a_model_are_on_its_own_date():
    world = synthetic_posterior()
    subject = gap.model_subject(world, "DeepSeek-V4-Pro")
    assert subject.date == pd.Timestamp("2026-04-24")
    found = gap.readings(world, subject)
    chosen = {"model": "DeepSeek-V4-Pro", "drop": True}
    lag = gap.model_lag(world.ability, world.frontier, world.models, **PAIR).sel(**chosen)
    np.testing.assert_allclose(found["model_lag", "months"], lag)
    np.testing.assert_allclose(found["released_lag", "months"], lag)
    match = gap.first_match_lag(world.ability, world.models, **PAIR).sel(**chosen)
    np.testing.assert_allclose(found["first_match_lag", "months"], match)
    assert (found["first_match_lag", "months"]["first_match"] == match["first_match"]).all()


def test_readings_do_without_a_display_scale():
    world = synthetic_posterior()
    object.__setattr__(world, "points", None)
    found = gap.readings(world, gap.country_subject(world))
    assert set(gap.DEFINITIONS) - set(found) == {("distance", "points")}
