"""The gap from model to model: the first leader release that matches or clearly beats a follower's model."""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr

from gaplab.gap.arrays import days_of, in_months, months_along, months_between, months_like, of_country, share
from gaplab.gap.releases import Releases
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
    theirs, level = Releases.of(ability, models, leader), level.transpose(*SAMPLE, ...)
    lag, censored, place = match_lags(theirs, level.to_numpy(), months_along(date, level, since=theirs.dates[-1]))
    return months_like(lag, level, date, censored=censored, first_match=theirs.names_at(place))


def match_lags(
    theirs: Releases, level: np.ndarray, months: np.ndarray | float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """`first_match_of` for arrays: lag, whether it is a bound, and the place of the match among the releases.

    Parameters
    ----------
    level : array [chain, draw, ...]
    months : array or float
        The dates, in months since the last of these releases; broadcasts with `level`.
    """
    place, released = theirs.first_match(level), np.append(theirs.months, np.inf)
    return months - released[place], released[place] == released[0], place


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
    theirs, days = Releases.of(ability, models, leader), days_of(date)
    levels = level.transpose(*SAMPLE, ...).to_numpy()
    months, matches = clear_lags(theirs, levels.reshape(*levels.shape[:2], -1), days)
    if isinstance(date, xr.DataArray):
        return in_months(date.copy(data=months).assign_coords(first_match=date.copy(data=matches)))
    return in_months(xr.DataArray(months[0], coords={"first_match": matches[0]}))


def clear_lags(theirs: Releases, level: np.ndarray, days: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """`five_percent_lag` for arrays: months on each day, and the name of the match; level [chain, draw, day]."""
    found = [
        (0.0, "") if at is None else (months_between(day, since=theirs.dates[at]), str(theirs.names[at]))
        for at, day in zip(theirs.first_better(level, days), days, strict=True)
    ]
    months, matches = zip(*found, strict=True)
    return np.array(months), np.array(matches)


def p_matched(months_to_catch_up: xr.DataArray) -> xr.DataArray:
    """Probability that the target of `catch_up` is already matched on the date it is counted from."""
    return share(months_to_catch_up.to_numpy() <= 0, months_to_catch_up)
