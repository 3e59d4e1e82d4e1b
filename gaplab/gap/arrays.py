"""Arithmetic on arrays of draws, dates and knots that the definitions of the gap share."""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr

from gaplab.errors import GaplabError
from gaplab.units import MONTH_DAYS, SAMPLE

MONTH_NS = pd.Timedelta(days=MONTH_DAYS)


def flat_draws(draws: xr.DataArray) -> np.ndarray:
    """The draws of one number [sample], chain after chain."""
    return draws.transpose(*SAMPLE).to_numpy().ravel()


def between(values: np.ndarray, below: np.ndarray, above: np.ndarray, share: np.ndarray) -> np.ndarray:
    """Values linearly between two places of the last axis."""
    low = values[..., below]
    return low + (values[..., above] - low) * share


def first_at_or_above(steps: np.ndarray, level: np.ndarray) -> np.ndarray:
    """Index along the last axis of nondecreasing `steps` of the first entry >= level; its length where none is."""
    below = np.zeros_like(np.broadcast_to(level, np.broadcast_shapes(steps.shape[:-1], level.shape)), dtype=np.int16)
    for step in np.ascontiguousarray(np.moveaxis(steps, -1, 0)):  # the full comparison would not fit in memory
        below += step < level
    return below.astype(np.intp)


def spread_out(steps: np.ndarray, level: np.ndarray) -> np.ndarray:
    """Steps [..., step] with the further axes of a level [..., X], so that the two broadcast."""
    return steps.reshape(*steps.shape[:-1], *(1,) * (level.ndim - steps.ndim + 1), steps.shape[-1])


def first_reached(
    steps: np.ndarray, level: np.ndarray, pace: np.ndarray, *, months: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """First month at which a piecewise linear, nondecreasing curve reaches a level; and whether only a bound."""
    rank = first_at_or_above(steps, level)
    right = np.clip(rank, 1, len(months) - 1)
    low, high = (np.take_along_axis(steps, index[..., None], axis=-1)[..., 0] for index in (right - 1, right))
    within = months[right - 1] + time_at_pace(level - low, high - low) * (months[right] - months[right - 1])
    beyond = months[-1] + time_at_pace(level - steps[..., -1], pace)
    reached = np.where(rank == 0, months[0], np.where(rank < len(months), within, beyond))
    return reached, level < steps[..., 0]


def time_at_pace(distance: np.ndarray, pace: np.ndarray) -> np.ndarray:
    """Time to cover a distance at a pace: 0 for no distance, infinite for any other at a pace of zero."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(distance == 0, 0.0, distance / pace)


def days_of(dates: pd.Timestamp | pd.DatetimeIndex | xr.DataArray) -> np.ndarray:
    """One date or several as an array of datetime64."""
    return np.atleast_1d(dates.to_numpy() if isinstance(dates, pd.DatetimeIndex | pd.Timestamp) else np.asarray(dates))


def months_between(days: np.ndarray, *, since: np.datetime64) -> np.ndarray:
    return (days - since) / MONTH_NS.to_timedelta64()


def months_along(date: pd.Timestamp | xr.DataArray, like: xr.DataArray, *, since: np.datetime64) -> np.ndarray | float:
    """Dates along dims of an array in months since another, shaped so that they broadcast with its values."""
    if not isinstance(date, xr.DataArray):
        return months_between(days_of(date), since=since).item()
    dates = date.transpose(*(dim for dim in like.dims if dim in date.dims))
    return months_between(days_of(dates), since=since).reshape([date.sizes.get(dim, 1) for dim in like.dims])


def knot_months(frontier: xr.DataArray) -> pd.DatetimeIndex:
    return pd.DatetimeIndex(frontier["date"].to_numpy())


def last_knot(frontier: xr.DataArray) -> pd.Timestamp:
    return knot_months(frontier)[-1]


def models_of(models: pd.DataFrame, country: str) -> pd.DataFrame:
    """One country's models in the order of their dates."""
    theirs = models[models["country"] == country].sort_values("date", kind="stable")
    if theirs.empty:
        fitted = ", ".join(sorted(models["country"].unique()))
        raise GaplabError(f'country "{country}": none of its models is fitted; expected one of {fitted}')
    return theirs


def of_country(ability: xr.DataArray, models: pd.DataFrame, country: str) -> tuple[xr.DataArray, pd.DatetimeIndex]:
    """Abilities of one country's models in the order of their dates, and those dates."""
    theirs = models_of(models, country)
    return ability.sel(model=theirs.index.to_numpy()), pd.DatetimeIndex(theirs["date"])


def months_like(
    values: np.ndarray, level: xr.DataArray, date: pd.Timestamp | xr.DataArray, **more: np.ndarray
) -> xr.DataArray:
    """Months as an array with the dims and coordinates of a level and of dates along it; `more` coordinates too."""
    coords: dict = {name: (level.dims, each) for name, each in more.items()}
    if isinstance(date, xr.DataArray):
        coords |= {name: each for name, each in date.coords.items() if name not in level.coords}
    # A coordinate that is assigned is not copied cell by cell, as one of a new array is.
    return in_months(level.rename(None).copy(deep=False, data=values).assign_coords(coords))


def share(happened: np.ndarray, like: xr.DataArray) -> xr.DataArray:
    """Share of the draws in which something happened; `happened` and the rest of the dims are those of `like`."""
    dims = [dim for dim in like.dims if dim not in SAMPLE]
    rest = {dim: like[dim] for dim in dims if dim in like.coords} or None
    return xr.DataArray(happened.mean(axis=like.get_axis_num(SAMPLE)), rest, dims)


def in_months(values: xr.DataArray) -> xr.DataArray:
    return values.assign_attrs(units="months")
