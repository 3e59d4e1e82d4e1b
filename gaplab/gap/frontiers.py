"""The frontier of a country on a date, its mean pace over a year, and the best it had released."""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr

from gaplab.errors import GaplabError
from gaplab.gap.arrays import MONTH_NS, between, knot_months, months_between, of_country, running_max, year_before


def frontier_at(frontier: xr.DataArray, date: pd.Timestamp | pd.DatetimeIndex | xr.DataArray) -> xr.DataArray:
    """Attainable ability on a date, linear between knots, in logits.

    Parameters
    ----------
    frontier : DataArray, dims (..., date)
    date : Timestamp, DatetimeIndex, or DataArray of dates along one other dim
        Between the first and the last knot.

    Returns
    -------
    DataArray
        Dims of `frontier`, the last `date` or the dim of the dates; none of them when one date was asked for.

    Raises
    ------
    GaplabError
        A date before the first or after the last knot.
    """
    knots = knot_months(frontier)
    asked = pd.DatetimeIndex(np.atleast_1d(date))
    outside = asked[(asked < knots[0]) | (asked > knots[-1])]
    if len(outside):
        raise GaplabError(
            f"frontier asked for on {outside[0]:%Y-%m-%d}: it is known from {knots[0]:%Y-%m-%d} to "
            f"{knots[-1]:%Y-%m-%d}; choose a date in between or fit with another as_of"
        )
    like = frontier.transpose(..., "date")
    at = _on_days(like.to_numpy(), knots, asked)
    coords = {name: values for name, values in frontier.coords.items() if "date" not in values.dims}
    if isinstance(date, xr.DataArray):
        return xr.DataArray(
            at, coords | dict(date.coords), (*like.dims[:-1], date.dims[0]), frontier.name, frontier.attrs
        )
    if isinstance(date, pd.DatetimeIndex):
        return xr.DataArray(at, coords | {"date": asked}, like.dims, frontier.name, frontier.attrs)
    return xr.DataArray(at[..., 0], coords, like.dims[:-1], frontier.name, frontier.attrs)


def _on_days(values: np.ndarray, knots: pd.DatetimeIndex, days: pd.DatetimeIndex) -> np.ndarray:
    """Values at knots [..., knot] linearly on days [..., day]."""
    place = np.interp(
        months_between(days, since=knots[-1]), months_between(knots, since=knots[-1]), np.arange(len(knots))
    )
    below = place.astype(int)
    return between(values, below, np.minimum(below + 1, len(knots) - 1), place - below)


def mean_pace(frontier: xr.DataArray, date: pd.Timestamp | xr.DataArray) -> xr.DataArray:
    """Mean slope of a frontier over the 12 months to a date (since the first knot if nearer), logits per month.

    Parameters
    ----------
    frontier : DataArray, dims (..., date)

    Raises
    ------
    GaplabError
        The date is the first knot: nothing came before it.
    """
    if isinstance(date, xr.DataArray):
        start = date.copy(data=[year_before(frontier, each).to_datetime64() for each in pd.DatetimeIndex(date)])
        return (frontier_at(frontier, date) - frontier_at(frontier, start)) / ((date - start) / MONTH_NS)
    start = year_before(frontier, date)
    ends = frontier_at(frontier, pd.DatetimeIndex([start, date])).to_numpy()
    like = frontier.transpose(..., "date").isel(date=0, drop=True)
    return like.copy(data=(ends[..., 1] - ends[..., 0]) / ((date - start) / MONTH_NS))


def best_released(
    ability: xr.DataArray, models: pd.DataFrame, *, country: str, date: pd.Timestamp | pd.DatetimeIndex
) -> xr.DataArray:
    """Highest ability among the models a country has released by a date, draw by draw, in logits.

    Parameters
    ----------
    ability : DataArray, dims (chain, draw, model)
    models : DataFrame indexed by model, with country and date

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
