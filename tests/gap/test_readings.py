"""All readings of a subject are those of the definitions."""

from __future__ import annotations

import numpy as np
import pandas as pd
from support.frontiers import AS_OF, PAIR
from support.worlds import synthetic_posterior

from gaplab import gap
from gaplab.params.spec import Params


def test_readings_of_a_country_are_those_of_the_definitions():
    world = synthetic_posterior(lag_sd=0.5, params=Params(as_of=AS_OF.date()))
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


def test_subjects_that_are_read_at_once_are_read_as_each_alone():
    world = synthetic_posterior(lag_sd=0.5)
    days = pd.DatetimeIndex(["2025-03-01", "2026-01-15", world.params.as_of])
    best = gap.best_released(world.ability, world.models, country="China", date=days)
    subjects = [gap.Subject("China", day, best.isel(date=place, drop=True)) for place, day in enumerate(days)]
    subjects.append(gap.model_subject(world, "DeepSeek-V4-Pro"))
    together = gap.readings(world, subjects)
    for place, subject in enumerate(subjects):
        alone = gap.readings(world, subject)
        assert tuple(alone) == tuple(together) == gap.DEFINITIONS
        for key, draws in alone.items():
            one = together[key].isel(subject=place)
            assert one.dims == draws.dims
            np.testing.assert_array_equal(one, draws)
            if "censored" in draws.coords:
                np.testing.assert_array_equal(one["censored"], draws["censored"])
