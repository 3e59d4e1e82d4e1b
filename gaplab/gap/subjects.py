"""A subject of the gap, a country or a model, and the draws of every definition for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr

from gaplab.gap.arrays import in_months, months_between
from gaplab.gap.curve import Curve
from gaplab.gap.distance import distances
from gaplab.gap.frontiers import best_released
from gaplab.gap.matches import clear_lags, match_lags
from gaplab.gap.releases import Releases
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
        distance in points is missing when the posterior has no points. The
        first matches of several subjects are not named.
    """
    if isinstance(subject, Subject):
        # The subject is kept beside its readings, so that no other one comes to have its number.
        return dict(posterior.once(id(subject), lambda: (subject, _readings(posterior, [subject], 0)))[1])
    return _readings(posterior, subject)


def _readings(
    posterior: Posterior, subjects: Sequence[Subject], only: int | slice = slice(None)
) -> dict[tuple[str, str], xr.DataArray]:
    """Those of all subjects, or of the only one, which then has no dim of its own."""
    leading, following, theirs, slope, like = posterior.once("arrays", lambda: _arrays(posterior))
    days = np.array([each.date.to_datetime64() for each in subjects])
    # The draws of a subject lie together: what is done with them is done to one subject after another.
    level = np.moveaxis(np.stack([each.ability.transpose(*SAMPLE).to_numpy() for each in subjects]), 0, -1)
    of_all = like.expand_dims(subject=len(subjects), axis=-1)[..., only]

    def draws(values: np.ndarray, unit: str = "months", **coords: np.ndarray) -> xr.DataArray:
        made = of_all.copy(deep=False, data=values[..., only]).assign_attrs(units=unit)
        return made.assign_coords({name: (made.dims, each) for name, each in coords.items()})

    since_last = months_between(days, since=leading.knots[-1])
    lag, bound = leading.lag(level, since_last)
    released = draws(lag, censored=bound[..., only])
    frontier_lag, frontier_bound = leading.lag(following.on(days), since_last)
    until, until_bound = following.lag(leading.on(days), since_last)
    match, match_bound, place = match_lags(theirs, level, months_between(days, since=theirs.dates[-1]))
    named = {"first_match": theirs.names_at(place[..., only])} if only == 0 else {}
    tested, clear = clear_lags(theirs, level, days)
    of_test = xr.DataArray(tested[only], dims=of_all.dims[2:])
    found = {
        "frontier_lag": draws(frontier_lag, censored=frontier_bound[..., only]),
        "released_lag": released,
        "model_lag": released,
        "first_match_lag": draws(match, censored=match_bound[..., only], **named),
        "five_percent_lag": in_months(of_test.assign_coords(first_match=(of_test.dims, clear[only]))),
        "catch_up": draws(-until, censored=until_bound[..., only]),
    }
    apart = distances(leading, following, level, days, slope)
    read = {(name, "months"): values for name, values in found.items()}
    read |= {("distance", unit): draws(values, unit) for unit, values in apart.items()}
    return {key: read[key] for key in DEFINITIONS if key in read}


def _arrays(posterior: Posterior) -> tuple[Curve, Curve, Releases, np.ndarray | None, xr.DataArray]:
    """What readings are made of: both frontiers, the leader's models, the slope of points; and what they look like."""
    leader, follower = posterior.params.pair
    frontier = posterior.frontier.transpose(*SAMPLE, "country", "date")
    leading, following = (Curve.of(frontier.sel(country=name)) for name in (leader, follower))
    slope = None if posterior.points is None else posterior.points["slope"].transpose(*SAMPLE).to_numpy()
    like = posterior.ability.isel(model=0, drop=True).transpose(*SAMPLE).rename(None)
    return leading, following, Releases.of(posterior.ability, posterior.models, leader), slope, like
