"""Worlds are valid tables, and their truth is what `gap` reads from them."""

from __future__ import annotations

import dataclasses
from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest
from support.worlds import smooth

from gaplab import gap
from gaplab.data.access import eligible
from gaplab.data.load import check_tables, load
from gaplab.validation.worlds.simulate import draw_shortfalls, simulate_world
from gaplab.validation.worlds.spec import FOLLOWER, LEADER, WORLDS, WorldSpec

SMALL = {"models_per_country": 8, "benchmarks": 5, "scores_per_model": 4}


def true_lag(world, day=None):
    draw = world.frontier.expand_dims(chain=[0], draw=[0])
    dates = pd.DatetimeIndex([day or pd.Timestamp(world.as_of)])
    return float(gap.frontier_lag(draw, leader=LEADER, follower=FOLLOWER, dates=dates).squeeze())


@pytest.mark.parametrize("name", [name for name in WORLDS if name != "tenfold"])
def test_every_world_has_the_lag_it_says_today_and_at_its_beginning(name):
    spec = replace(WORLDS[name], models_per_country=8)
    world = simulate_world(spec, 5)
    assert true_lag(world) == pytest.approx(spec.lag_months[1], abs=0.1)
    start = pd.Timestamp(world.as_of) - pd.Timedelta(days=round(spec.years * 365.25))
    assert true_lag(world, start) == pytest.approx(spec.lag_months[0], abs=0.1)
    assert world.frontier.diff("date").min() > 0
    assert world.lag_months == spec.lag_months[1]


@pytest.mark.parametrize("name", ["smooth", "developer_bias", "late_scoring", "restricted_models"])
def test_a_world_on_disk_is_a_valid_data_folder(name, tmp_path):
    world = simulate_world(replace(WORLDS[name], **SMALL), 2)
    world.write(tmp_path)
    assert check_tables(tmp_path) == []
    tables = load(as_of=world.as_of, knowledge=world.spec.knowledge, root=tmp_path)
    assert tables.scores.equals(world.tables.scores)


def test_equal_seeds_give_equal_worlds_and_other_seeds_others():
    first, again, other = (simulate_world(WorldSpec(**SMALL), seed) for seed in (3, 3, 4))
    assert first.frames["scores"].equals(again.frames["scores"])
    assert not first.frames["scores"].equals(other.frames["scores"])


def test_models_stand_below_their_frontier_unless_restricted():
    world = simulate_world(replace(WORLDS["restricted_models"], models_per_country=20), 1)
    models = world.frames["models"]
    at = {name: world.frontier.sel(country=name) for name in (LEADER, FOLLOWER)}
    days = world.frames["access"].set_index("model")["from"]
    above = [
        world.ability[m] > float(at[c].sel(date=days[m]))
        for m, c in zip(models["model"], models["country"], strict=True)
    ]
    assert np.flatnonzero(above).tolist() == list(range(6))
    public = eligible(world.tables, scope="public", clock="release", leader=LEADER)
    trusted = eligible(world.tables, scope="trusted", clock="release", leader=LEADER)
    assert len(trusted) == len(public) + 6


def test_what_makes_a_world_hard_is_in_its_tables():
    def scores(**changes):
        world = simulate_world(replace(WorldSpec(models_per_country=40), **changes), 7)
        return world, world.frames["scores"]

    world, rows = scores(delay_days=90.0)
    ours = rows["model"].str.startswith(FOLLOWER)
    released = rows["model"].map(world.frames["models"].set_index("model")["release_date"])
    wait = (rows["first_seen"] - released).dt.days
    assert wait[~ours].max() == 0
    assert 50 < wait[ours].mean() < 140

    world, rows = scores(self_reported=0.5, developer_bias=1.0)
    pairs = rows.pivot_table(index=["model", "benchmark"], columns="source", values="score").dropna()
    assert len(pairs) > 10
    assert (pairs["reports"] - pairs["simulated"]).mean() > 0.05

    def distance(**changes):
        world, rows = scores(**changes)
        difficulty = rows["benchmark"].str[-3:].astype(int) / 14 * np.ptp(world.ability) + world.ability.min()
        return (world.ability[rows["model"]].to_numpy() - difficulty).abs().mean()

    assert distance(era=3.0) < 0.7 * distance()

    heavy = draw_shortfalls(WorldSpec(shortfall="log_normal"), np.random.default_rng(0), 50_000)
    light = draw_shortfalls(WorldSpec(), np.random.default_rng(0), 50_000)
    assert heavy.mean() == pytest.approx(light.mean(), rel=0.05)
    assert np.quantile(heavy, 0.999) > 1.3 * np.quantile(light, 0.999)


def test_smooth_takes_its_own_numbers():
    world = smooth(1, lag_months=5.0, models_per_country=6, benchmarks=4, scores_per_model=3)
    assert true_lag(world) == pytest.approx(5.0, abs=0.05)
    assert len(world.tables.models) == 12
    assert world.as_of == date(2026, 6, 30)


def test_the_index_of_a_world_grows_by_vintages():
    vintages = simulate_world(WorldSpec(**SMALL), 1).tables.index_vintages
    sizes = vintages.groupby("vintage").size()
    assert len(sizes) == 4
    assert (sizes.diff().dropna() >= 0).all()


def test_the_whole_world_can_be_ten_times_todays_size():
    spec = WORLDS["tenfold"]
    assert spec.models_per_country * 2 >= 2000
    assert spec.benchmarks >= 570
    assert dataclasses.asdict(spec)["scores_per_model"] * spec.models_per_country * 2 >= 20_000
