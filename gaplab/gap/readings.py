"""The draws of every definition of the gap for one subject."""

from __future__ import annotations

import pandas as pd
import xarray as xr

from gaplab.gap.distance import distance
from gaplab.gap.frontiers import frontier_at
from gaplab.gap.lags import catch_up, frontier_lag, lag_of_level
from gaplab.gap.matches import first_match_of, five_percent_lag
from gaplab.gap.subjects import DEFINITIONS, Subject
from gaplab.posterior import Posterior


def readings(posterior: Posterior, subject: Subject) -> dict[tuple[str, str], xr.DataArray]:
    """Draws of every definition of the gap for one subject, by (definition, unit).

    All are read on the subject's date. `frontier_lag` and `catch_up` compare
    the countries' frontiers on that date; the others take the subject's
    ability as the follower's best, so that on a model's own date `model_lag`
    and `released_lag` agree, and for a country on the as-of date too.

    Returns
    -------
    dict of DataArray, dims (chain, draw), in the order of `DEFINITIONS`
        `five_percent_lag` has no dims: it is the outcome of a test. The
        distance in points is missing when the posterior has no points.
    """
    leader, follower = posterior.params.leader, posterior.params.follower
    frontier, ability, models = posterior.frontier, posterior.ability, posterior.models
    at, level = subject.date, subject.ability
    lag = lag_of_level(frontier.sel(country=leader, drop=True), level, date=at)
    target = frontier_at(frontier.sel(country=leader, drop=True), at)
    found = {
        "frontier_lag": frontier_lag(frontier, leader=leader, follower=follower, dates=pd.DatetimeIndex([at])).squeeze(
            "date", drop=True
        ),
        "released_lag": lag,
        "model_lag": lag,
        "first_match_lag": first_match_of(ability, models, level, leader=leader, date=at),
        "five_percent_lag": five_percent_lag(ability, models, level, leader=leader, date=at),
        "catch_up": catch_up(frontier, target, follower=follower, date=at),
    }
    apart = distance(frontier, level, leader=leader, follower=follower, date=at, points=posterior.points)
    draws = {(name, "months"): values for name, values in found.items()}
    draws |= {("distance", str(unit)): values for unit, values in apart.data_vars.items()}
    return {key: draws[key] for key in DEFINITIONS if key in draws}
