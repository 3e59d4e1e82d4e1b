"""Frontiers between their knots, and their pace."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from support.frontiers import AS_OF, MONTH, PAIR, frontier_of, knots_back, line, sample
from support.worlds import synthetic_posterior

from gaplab import gap
from gaplab.errors import GaplabError


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


@pytest.mark.parametrize("date", ["2020-01-01", "2026-07-01"])
def test_a_frontier_is_not_read_outside_its_knots(date):
    with pytest.raises(GaplabError, match=f"{date}.*known from 2025-04-29 to 2026-06-30"):
        gap.frontier_at(line(n=8), pd.Timestamp(date))


def test_pace_needs_a_past():
    frontier = line(n=8)
    with pytest.raises(GaplabError, match="first knot"):
        gap.mean_pace(frontier, frontier["date"].to_index()[0])


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
