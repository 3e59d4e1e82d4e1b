"""A subject of the gap, a country or a model, and the draws of every definition for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd
import xarray as xr

from gaplab.gap.distance import distance
from gaplab.gap.frontiers import best_released, frontier_at
from gaplab.gap.lags import catch_up, lag_of_level
from gaplab.gap.matches import first_match_of, five_percent_lag
from gaplab.posterior import Posterior
from gaplab.units import SAMPLE

# The readings of `readings`, in the order in which tables list them.
DEFINITIONS: tuple[tuple[str, str], ...] = (
    ("frontier_lag", "months"),
    ("released_lag", "months"),
    ("model_lag", "months"),
    ("first_match_lag", "months"),
    ("five_percent_lag", "months"),
    ("catch_up", "months"),
    ("distance", "points"),
    ("distance", "logits"),
    ("distance", "odds_ratio"),
    ("distance", "months_at_leader_pace"),
    ("distance", "months_at_follower_pace"),
)


@dataclass(frozen=True)
class Subject:
    """Whose gap is read: a level of ability on a date.

    Attributes
    ----------
    name : str
        The follower country, or one of its models.
    date : Timestamp
        As-of date for the country; its own date for a model.
    ability : DataArray, dims (chain, draw)
        The country's best released model in each draw, or the model; logits.
    """

    name: str
    date: pd.Timestamp
    ability: xr.DataArray


def country_subject(posterior: Posterior) -> Subject:
    """The follower country on the as-of date, standing where its best released model stands."""
    name, as_of = posterior.params.follower, pd.Timestamp(posterior.params.as_of)
    return posterior.once(
        "country",
        lambda: Subject(name, as_of, best_released(posterior.ability, posterior.models, country=name, date=as_of)),
    )


def records(posterior: Posterior) -> list[str]:
    """The follower's models that were its best when they came out, oldest first."""
    models = posterior.models
    return list(models.index[(models["country"] == posterior.params.follower) & models["record"]])


def newest_record(posterior: Posterior) -> str:
    """The latest of the follower's models that was its best when it came out."""
    return records(posterior)[-1]


def model_subject(posterior: Posterior, name: str) -> Subject:
    """One follower model on its own date, taken as the follower's best."""
    date = posterior.models.loc[name, "date"]
    return posterior.once(("model", name), lambda: Subject(name, date, posterior.ability.sel(model=name, drop=True)))


def readings(posterior: Posterior, subject: Subject | Sequence[Subject]) -> dict[tuple[str, str], xr.DataArray]:
    """Draws of every definition of the gap for one subject or for several, by (definition, unit).

    All are read on the subject's date. `frontier_lag` and `catch_up` compare
    the countries' frontiers on that date; the others take the subject's
    ability as the follower's best, so that on a model's own date `model_lag`
    and `released_lag` agree, and for a country on the as-of date too.

    Returns
    -------
    dict of DataArray, dims (chain, draw), and `subject` of several, in the order of `DEFINITIONS`
        `five_percent_lag` has no draws: it is the outcome of a test. The
        distance in points is missing when the posterior has no points.
    """
    if isinstance(subject, Subject):
        # The subject is kept beside its readings, so that no other one comes to have its number.
        return dict(posterior.once(id(subject), lambda: (subject, _readings(posterior, subject)))[1])
    return _readings(posterior, subject)


def _readings(posterior: Posterior, subject: Subject | Sequence[Subject]) -> dict[tuple[str, str], xr.DataArray]:
    leader, follower = posterior.params.leader, posterior.params.follower
    frontier, ability, models = posterior.frontier, posterior.ability, posterior.models
    if isinstance(subject, Subject):
        at, level = subject.date, subject.ability
    else:
        at = xr.DataArray(pd.DatetimeIndex([each.date for each in subject]), dims="subject")
        level = xr.concat([each.ability for each in subject], "subject").transpose(*SAMPLE, "subject")
    leading = frontier.sel(country=leader, drop=True)
    lag = lag_of_level(leading, level, date=at)
    target = frontier_at(leading, at)
    found = {
        "frontier_lag": lag_of_level(leading, frontier_at(frontier.sel(country=follower, drop=True), at), date=at),
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
