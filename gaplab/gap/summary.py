"""Median, interval, band and probabilities of draws: the one place that takes a quantile."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import xarray as xr

from gaplab.errors import GaplabError
from gaplab.gap.arrays import share
from gaplab.units import SAMPLE


def p_undefined(draws: xr.DataArray) -> xr.DataArray:
    """Probability that the number has no finite value."""
    return share(~np.isfinite(draws.to_numpy()), draws)


def p_censored(lag: xr.DataArray) -> xr.DataArray:
    """Probability that only a bound is known: at least the lag given, at most the months to catch up."""
    return share(lag["censored"].transpose(*lag.dims).to_numpy(), lag)


BAND = ("outer_low", "low", "median", "high", "outer_high")
"""Columns of a band: the interval of the run around the middle half."""


def tails(prob: float) -> tuple[float, float]:
    """Probabilities below the two ends of the equal-tailed interval that holds `prob`.

    Raises
    ------
    GaplabError
        `prob` is not between 0 and 1.
    """
    if not 0 < prob < 1:
        raise GaplabError(f"prob: {prob!r} is not a probability; expected a number between 0 and 1, for example 0.8")
    return (1 - prob) / 2, (1 + prob) / 2


def quantiles(draws: xr.DataArray | np.ndarray, probabilities: Sequence[float]) -> np.ndarray:
    """Quantiles over the draws, infinite where they fall among infinite draws.

    Parameters
    ----------
    draws : DataArray with dims (chain, draw, ...), or array [sample, ...]
        A number without draws is every quantile of itself.

    Returns
    -------
    array [probability, ...]
    """
    if isinstance(draws, xr.DataArray):
        values = draws.transpose(*SAMPLE, ..., missing_dims="ignore").to_numpy()
        of_draws = len(set(SAMPLE) & set(draws.dims))
        draws = values.reshape(int(np.prod(values.shape[:of_draws])), *values.shape[of_draws:])
    # As numpy.quantile with method="inverted_cdf", which takes several times as long.
    ordered = np.sort(np.moveaxis(draws, 0, -1), axis=-1)
    places = np.maximum(np.ceil(ordered.shape[-1] * np.asarray(probabilities) - 1), 0).astype(np.intp)
    found = np.where(np.isnan(ordered[..., -1:]), np.nan, ordered[..., places])
    return np.moveaxis(found, -1, 0)


def interval(draws: xr.DataArray, prob: float) -> xr.DataArray:
    """Equal-tailed interval over the draws that holds the given probability.

    Parameters
    ----------
    draws : DataArray, dims (chain, draw, ...)
    prob : float
        Probability inside, between 0 and 1.

    Returns
    -------
    DataArray, dims (ci_bound, ...)
        `ci_bound` is lower, upper; NaN where a bound falls among undefined
        draws. The attribute `prob` repeats the probability.

    Raises
    ------
    GaplabError
        `prob` is not between 0 and 1.
    """
    lower, upper = (_defined(draws, probability) for probability in tails(prob))
    bounds = xr.concat([lower, upper], dim=pd.Index(["lower", "upper"], name="ci_bound"))
    return bounds.assign_attrs(draws.attrs, prob=prob)


def median(draws: xr.DataArray) -> xr.DataArray:
    """Median over the draws; NaN where it falls among undefined draws."""
    return _defined(draws, 0.5)


def middle(draws: xr.DataArray | np.ndarray) -> float:
    """Median of one number's draws, infinite where it falls among infinite ones."""
    return float(quantiles(draws, [0.5])[0])


def band(draws: xr.DataArray, prob: float) -> pd.DataFrame:
    """Median, middle half and middle `prob` of the draws on every date; infinite bounds stay infinite.

    Parameters
    ----------
    draws : DataArray, dims (chain, draw, X)
        X has the coordinate `date`.

    Returns
    -------
    DataFrame
        Columns `BAND`, indexed by date.
    """
    low, high = tails(prob)
    found = quantiles(draws, [low, 0.25, 0.5, 0.75, high])
    return pd.DataFrame(found.T, index=pd.DatetimeIndex(draws["date"].to_numpy()), columns=list(BAND))


def bands(draws: dict[str, xr.DataArray], prob: float) -> pd.DataFrame:
    """Median, middle half and middle `prob` of several numbers; columns `BAND`, a row for each name."""
    low, high = tails(prob)
    found = [quantiles(one, [low, 0.25, 0.5, 0.75, high]) for one in draws.values()]
    return pd.DataFrame(found, columns=list(BAND), index=list(draws))


def _defined(draws: xr.DataArray, probability: float) -> xr.DataArray:
    like = draws.isel(dict.fromkeys(SAMPLE, 0), drop=True)
    found = quantiles(draws.transpose(*SAMPLE, *like.dims), [probability])[0]
    return like.drop_vars([name for name in like.coords if name not in like.dims]).copy(
        data=np.where(np.isfinite(found), found, np.nan)
    )
