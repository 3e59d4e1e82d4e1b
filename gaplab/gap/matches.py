"""The gap from model to model: the first leader release that matches or clearly beats a follower's model."""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr

from gaplab.gap.arrays import first_match_place, in_months, months_between, of_country
from gaplab.units import SAMPLE


def first_match_lag(ability: xr.DataArray, models: pd.DataFrame, *, leader: str, follower: str) -> xr.DataArray:
    """Months from the first leader release at or above each follower model, to that model's date.

    `first_match_of` for every follower model on its own date.

    Parameters
    ----------
    ability : DataArray, dims (chain, draw, model)
    models : DataFrame indexed by model, with country and date

    Returns
    -------
    DataArray, dims (chain, draw, model), months
        With coordinates `censored` and `first_match`, as `first_match_of`.
    """
    level, dates = of_country(ability, models, follower)
    when = xr.DataArray(dates, dims="model", coords={"model": level["model"]})
    return first_match_of(ability, models, level, leader=leader, date=when)


def first_match_of(
    ability: xr.DataArray,
    models: pd.DataFrame,
    level: xr.DataArray,
    *,
    leader: str,
    date: pd.Timestamp | xr.DataArray,
) -> xr.DataArray:
    """Months from the first leader release at or above a level, to a date.

    lag = date - min {date_j : j of the leader, theta_j >= level}, draw by
    draw. Releases of the leader after `date` count, up to the as-of date: the
    lag is then negative, the time the follower stayed ahead. Where no leader
    model reaches the level the lag is -inf, undefined. Where the leader's
    very first models already reach it, an earlier one outside the data might
    too: the lag is "at least" and censored. Only order and dates enter, so
    any increasing rescaling of ability leaves it unchanged.

    Parameters
    ----------
    ability : DataArray, dims (chain, draw, model)
    models : DataFrame indexed by model, with country and date
    level : DataArray, dims (chain, draw, ...)
    date : Timestamp, or DataArray of dates along dims of `level`

    Returns
    -------
    DataArray, dims of `level`, months
        With coordinates `censored` (bool) and `first_match` (name of the
        leader model, "" where undefined).

    References
    ----------
    Epoch AI (2026). https://epoch.ai/data-insights/us-vs-china-eci

    CAISI (2026). Evaluation of DeepSeek V4 Pro (its performance is like that
    of GPT-5, released 8.6 months before).
    https://www.nist.gov/news-events/news/2026/05/caisi-evaluation-deepseek-v4-pro
    """
    theirs, dates = of_country(ability, models, leader)
    rank = xr.apply_ufunc(
        first_match_place, theirs.rename(model="match"), level, input_core_dims=[["match"], []]
    ).transpose(*level.dims)
    origin = dates[-1]
    released = np.append(months_between(dates, since=origin), np.inf)
    names = np.append(theirs["model"].to_numpy().astype(object), "")
    if isinstance(date, xr.DataArray):
        when = date.copy(data=months_between(date, since=origin))
    else:
        when = months_between([date], since=origin).item()
    lag = (when - rank.copy(data=released[rank])).transpose(*SAMPLE, ...)
    return in_months(
        lag.assign_coords(
            censored=rank.copy(data=released[rank] == released[0]), first_match=rank.copy(data=names[rank])
        )
    )


def first_match_share(lag: xr.DataArray) -> pd.Series:
    """Share of all draws in which each leader model is the first match, largest first; "" is undefined."""
    return pd.Series(lag["first_match"].to_numpy().ravel(), dtype=object).value_counts(normalize=True)


def five_percent_lag(
    ability: xr.DataArray,
    models: pd.DataFrame,
    level: xr.DataArray,
    *,
    leader: str,
    date: pd.Timestamp | xr.DataArray,
) -> xr.DataArray:
    """Months since the first leader release that is significantly better than the follower's best.

    lag = date - min {date_j <= date : P(theta_j > level) > 0.95}, the
    probability taken over the draws; 0 when no leader release by the date is
    significantly better. It is the outcome of a test: one number, without an
    interval. Less data means a smaller gap, since fewer releases pass the
    test; it is here to reconcile published numbers.

    Parameters
    ----------
    ability : DataArray, dims (chain, draw, model)
    models : DataFrame indexed by model, with country and date
    level : DataArray, dims (chain, draw, ...)

    Returns
    -------
    DataArray of months, without the dims of the draws
        With the coordinate `first_match`, the name of that release ("" if none).

    References
    ----------
    Epoch AI (2026). https://epoch.ai/data-insights/open-closed-eci-gap
    """
    theirs, dates = of_country(ability, models, leader)
    abilities = theirs.transpose(*SAMPLE, "model").to_numpy()
    levels = level.transpose(*SAMPLE, ...).to_numpy().reshape(*abilities.shape[:2], -1)
    names, found = theirs["model"].to_numpy(), []
    for place, day in enumerate(pd.DatetimeIndex(np.atleast_1d(date))):
        better = ((abilities > levels[..., place, None]).mean(axis=(0, 1)) > 0.95) & (dates <= day)
        first = int(better.argmax())
        since = months_between([day], since=dates[first]).item()
        found.append((since, str(names[first])) if better.any() else (0.0, ""))
    months, matches = (np.array(each) for each in zip(*found, strict=True))
    if isinstance(date, xr.DataArray):
        return in_months(date.copy(data=months).assign_coords(first_match=date.copy(data=matches)))
    return in_months(xr.DataArray(months[0], coords={"first_match": matches[0]}))


def p_matched(months_to_catch_up: xr.DataArray) -> xr.DataArray:
    """Probability that the target of `catch_up` is already matched on the date it is counted from."""
    return (months_to_catch_up <= 0).mean(SAMPLE)
