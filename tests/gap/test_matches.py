"""First matches, against a loop and in worlds that are known."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import given
from support.frontiers import AS_OF, MONTH, PAIR, few, sample, worlds

from gaplab import gap
from gaplab.units import MONTH_DAYS


@given(world=worlds())
def test_any_increasing_map_leaves_first_match_lag(world):
    ability, _, models = world
    plain, bent = (gap.first_match_lag(values, models, **PAIR) for values in (ability, np.exp(ability)))
    xr.testing.assert_identical(plain, bent)


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
