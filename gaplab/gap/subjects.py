"""A subject of the gap: a country or a model, with the date and the ability that the definitions read."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr

from gaplab.gap.arrays import of_country, running_max
from gaplab.posterior import Posterior

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
    return Subject(name, as_of, best_released(posterior.ability, posterior.models, country=name, date=as_of))


def records(posterior: Posterior) -> list[str]:
    """The follower's models that were its best when they came out, oldest first."""
    models = posterior.models
    return list(models.index[(models["country"] == posterior.params.follower) & models["record"]])


def newest_record(posterior: Posterior) -> str:
    """The latest of the follower's models that was its best when it came out."""
    return records(posterior)[-1]


def model_subject(posterior: Posterior, name: str) -> Subject:
    """One follower model on its own date, taken as the follower's best."""
    return Subject(name, posterior.models.loc[name, "date"], posterior.ability.sel(model=name, drop=True))


def best_released(
    ability: xr.DataArray, models: pd.DataFrame, *, country: str, date: pd.Timestamp | pd.DatetimeIndex
) -> xr.DataArray:
    """Highest ability among the models a country has released by a date, draw by draw, in logits.

    Parameters
    ----------
    ability : DataArray, dims (chain, draw, model)
    models : DataFrame indexed by model, with country and date
    date : Timestamp or DatetimeIndex

    Returns
    -------
    DataArray, dims (chain, draw), and `date` when several were asked for
        -inf before the country's first model.
    """
    ours, released = of_country(ability, models, country)
    best = xr.apply_ufunc(running_max, ours, input_core_dims=[["model"]], output_core_dims=[["count"]])
    asked = pd.DatetimeIndex(np.atleast_1d(date))
    count = xr.DataArray(released.searchsorted(asked, side="right"), dims="date", coords={"date": asked})
    best = best.isel(count=count)
    return best if isinstance(date, pd.DatetimeIndex) else best.isel(date=0, drop=True)
