"""Arithmetic on arrays of draws, dates and knots that the definitions of the gap share."""

from __future__ import annotations

from collections.abc import Sequence

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
    below = np.zeros(np.broadcast_shapes(steps.shape[:-1], level.shape), dtype=np.int16)
    for step in np.ascontiguousarray(np.moveaxis(steps, -1, 0)):  # the full comparison would not fit in memory
        below += step < level
    return below.astype(np.intp)


def running_max(abilities: np.ndarray) -> np.ndarray:
    """Best of the first 0, 1, 2, ... entries of the last axis; -inf of none."""
    none = np.full((*abilities.shape[:-1], 1), -np.inf)
    return np.maximum.accumulate(np.concatenate([none, abilities], axis=-1), axis=-1)


def first_match_place(abilities: np.ndarray, level: np.ndarray) -> np.ndarray:
    """Index along the last axis of the first ability >= level; its length where none is."""
    return first_at_or_above(np.maximum.accumulate(abilities, axis=-1), level)


def first_reached(
    steps: np.ndarray, level: np.ndarray, pace: np.ndarray, *, months: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """First month at which a piecewise linear, nondecreasing curve reaches a level; and whether only a bound."""
    rank = first_at_or_above(steps, level)
    right = np.clip(rank, 1, len(months) - 1)
    low, high = (np.take_along_axis(steps, index[..., None], axis=-1)[..., 0] for index in (right - 1, right))
    within = months[right - 1] + time_at_pace(level - low, high - low) * (months[right] - months[right - 1])
    beyond = months[-1] + time_at_pace(level - steps[..., -1], pace)
    reached = np.select([rank == 0, rank < len(months)], [months[0], within], default=beyond)
    return reached, level < steps[..., 0]


def time_at_pace(distance: np.ndarray, pace: np.ndarray) -> np.ndarray:
    """Time to cover a distance at a pace: 0 for no distance, infinite for any other at a pace of zero."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(distance == 0, 0.0, distance / pace)


def months_between(dates: Sequence | xr.DataArray, *, since: pd.Timestamp) -> np.ndarray:
    days = dates.to_numpy() if isinstance(dates, pd.DatetimeIndex) else np.asarray(dates)
    days = days if days.dtype.kind == "M" else pd.DatetimeIndex(days).to_numpy()
    return (days - since.to_datetime64()) / MONTH_NS.to_timedelta64()


def knot_months(frontier: xr.DataArray) -> pd.DatetimeIndex:
    return pd.DatetimeIndex(frontier["date"].to_numpy())


def last_knot(frontier: xr.DataArray) -> pd.Timestamp:
    return knot_months(frontier)[-1]


def year_before(frontier: xr.DataArray, date: pd.Timestamp) -> pd.Timestamp:
    """The day a year before a date, or the first knot if that is later."""
    first = knot_months(frontier)[0]
    if date <= first:
        raise GaplabError(
            f"pace of the frontier on {date:%Y-%m-%d}: its first knot is {first:%Y-%m-%d} and nothing is known "
            "before; choose a later as_of"
        )
    return max(date - 12 * MONTH_NS, first)


def of_country(ability: xr.DataArray, models: pd.DataFrame, country: str) -> tuple[xr.DataArray, pd.DatetimeIndex]:
    """Abilities of one country's models in the order of their dates, and those dates."""
    theirs = models[models["country"] == country].sort_values("date", kind="stable")
    if theirs.empty:
        fitted = ", ".join(sorted(models["country"].unique()))
        raise GaplabError(f'country "{country}": none of its models is fitted; expected one of {fitted}')
    return ability.sel(model=theirs.index.to_numpy()), pd.DatetimeIndex(theirs["date"])


def in_months(values: xr.DataArray) -> xr.DataArray:
    return values.assign_attrs(units="months")
