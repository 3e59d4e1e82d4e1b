"""The frontier of a country on a date, its mean pace over a year, and the best it had released."""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr

from gaplab.gap.arrays import days_of
from gaplab.gap.curve import Curve
from gaplab.gap.releases import Releases
from gaplab.units import SAMPLE


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
    like = frontier.transpose(..., "date")
    at = Curve.of(like).on(days_of(date))
    return _on_dates(at, like, date)


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
    like = frontier.transpose(..., "date")
    return _on_dates(Curve.of(like).pace(days_of(date)), like, date)


def _on_dates(
    values: np.ndarray, like: xr.DataArray, date: pd.Timestamp | pd.DatetimeIndex | xr.DataArray
) -> xr.DataArray:
    """Numbers of a frontier on dates [..., day], with the dims that `frontier_at` promises."""
    coords = {name: each for name, each in like.coords.items() if "date" not in each.dims}
    if isinstance(date, xr.DataArray):
        return xr.DataArray(values, coords | dict(date.coords), (*like.dims[:-1], date.dims[0]), like.name, like.attrs)
    if isinstance(date, pd.DatetimeIndex):
        return xr.DataArray(values, coords | {"date": date}, like.dims, like.name, like.attrs)
    return xr.DataArray(values[..., 0], coords, like.dims[:-1], like.name, like.attrs)


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
    best = Releases.of(ability, models, country).best_by(days_of(date))
    coords = {name: ability[name] for name in SAMPLE if name in ability.coords}
    if isinstance(date, pd.DatetimeIndex):
        return xr.DataArray(best, coords | {"date": date}, (*SAMPLE, "date"), ability.name)
    return xr.DataArray(best[..., 0], coords, SAMPLE, ability.name)
