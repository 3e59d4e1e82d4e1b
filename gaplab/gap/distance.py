"""The gap as a distance in ability on one date, its change over a year, and who is ahead."""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr

from gaplab.gap.arrays import MONTH_NS, days_of, in_months, last_knot, months_between, share, time_at_pace
from gaplab.gap.curve import Curve
from gaplab.gap.lags import frontier_lag
from gaplab.units import SAMPLE


def distance(
    frontier: xr.DataArray,
    level: xr.DataArray,
    *,
    leader: str,
    follower: str,
    date: pd.Timestamp,
    points: xr.Dataset | None = None,
) -> xr.Dataset:
    """Ability by which the leader's frontier exceeds the follower's best on one date, in several units.

    With d = F_leader(date) - level in logits: odds ratio exp(d); points
    slope x d; months d / pace, at the leader's and at the follower's mean pace
    over the 12 months to the date. A month at a pace is infinite where that
    frontier stood still.

    Parameters
    ----------
    frontier : DataArray, dims (chain, draw, country, date)
    level : DataArray, dims (chain, draw, ...)
        Ability of the follower's best; logits.
    points : Dataset with `slope`, dims (chain, draw), optional
        Display scale; without it there is no variable `points`.

    Returns
    -------
    Dataset, dims of `level`
        points, logits, odds_ratio, months_at_leader_pace,
        months_at_follower_pace; positive (odds ratio above 1) where the
        follower is behind.

    References
    ----------
    CAISI (2026), for the odds reading of ability.
    https://www.nist.gov/news-events/news/2026/05/caisi-evaluation-deepseek-v4-pro
    """
    both = [Curve.of(frontier.sel(country=name).transpose(*SAMPLE, "date")) for name in (leader, follower)]
    level = level.transpose(*SAMPLE, ...)
    slope = None if points is None else points["slope"].transpose(*SAMPLE).to_numpy()
    found = distances(*both, level.to_numpy().reshape(*level.shape[:2], -1), days_of(date), slope)
    return xr.Dataset(
        {unit: (level.dims, values.reshape(level.shape), {"units": unit}) for unit, values in found.items()},
        coords=level.coords,
    )


def distances(
    leading: Curve, following: Curve, level: np.ndarray, days: np.ndarray, slope: np.ndarray | None = None
) -> dict[str, np.ndarray]:
    """`distance` for arrays [chain, draw, X], of one day or of one for each X, by unit; slope [chain, draw]."""
    logits = leading.on(days) - level
    units = {} if slope is None else {"points": slope[..., None] * logits}
    units |= {"logits": logits, "odds_ratio": np.exp(logits)}
    for name, curve in (("leader", leading), ("follower", following)):
        units[f"months_at_{name}_pace"] = time_at_pace(logits, curve.pace(days))
    return units


def velocity(frontier: xr.DataArray, *, leader: str, follower: str, date: pd.Timestamp | None = None) -> xr.DataArray:
    """Change of the frontier lag over the 12 months to a date, in months per year; positive is widening.

    (lag(t) - lag(t - 12 months)) / 1 year, or per year since the first knot
    where that is nearer. -inf where the leader does not reach the follower's
    level on the date.

    Parameters
    ----------
    frontier : DataArray, dims (chain, draw, country, date)
    date : Timestamp, optional
        The last knot when left out.

    Returns
    -------
    DataArray, dims (chain, draw), months per year
        With the coordinate `censored`: a bound entered on either date.
    """
    date = last_knot(frontier) if date is None else date
    start = pd.Timestamp(Curve.of(frontier).year_before(days_of(date))[0])
    lag = frontier_lag(frontier, leader=leader, follower=follower, dates=pd.DatetimeIndex([start, date]))
    before, now = (lag.isel(date=index, drop=True).drop_vars("censored") for index in (0, 1))
    years = (date - start) / MONTH_NS / 12
    # A level that the leader does not reach before it does not reach now: 0 avoids -inf minus -inf.
    change = (now - before.where(np.isfinite(before), 0.0)) / years
    change = change.assign_coords(censored=lag["censored"].any("date"))
    return change.assign_attrs(units="months per year")


def p_widened(frontier: xr.DataArray, *, leader: str, follower: str, date: pd.Timestamp | None = None) -> float:
    """Probability that the frontier lag grew over the 12 months to a date; the last knot when left out."""
    return float((velocity(frontier, leader=leader, follower=follower, date=date) > 0).mean())


def last_time_this_large(lag: xr.DataArray) -> xr.DataArray:
    """Months from the last date at which the lag was at least as large as on its final date, to the final date.

    Read on the dates given, so no finer than the knots. Censored lags count
    with their bound. +inf where the lag was never this large in that draw:
    the quantiles that fall there have no date.

    Parameters
    ----------
    lag : DataArray, dims (chain, draw, date), months

    Returns
    -------
    DataArray, dims (chain, draw), months ago
    """
    lag = lag.drop_vars("censored", errors="ignore")
    final, earlier = lag.isel(date=-1, drop=True), lag.isel(date=slice(None, -1))
    ago = earlier["date"].copy(data=-months_between(earlier["date"].to_numpy(), since=lag["date"].to_numpy()[-1]))
    return in_months(ago.where(earlier >= final, np.inf).min("date").transpose(*SAMPLE))


def p_follower_ahead(lag: xr.DataArray) -> xr.DataArray:
    """Probability that a lag or a distance is below zero.

    An undefined lag (the leader never gets there) is; a censored one, known
    only to be at least a negative number, is not.
    """
    ahead = lag.to_numpy() < 0
    if "censored" in lag.coords:
        ahead &= ~lag["censored"].transpose(*lag.dims).to_numpy()
    return share(ahead, lag)


def extremes(lag: xr.DataArray) -> xr.Dataset:
    """Largest and smallest lag on the dates given, and how long ago each was first reached, in every draw.

    Parameters
    ----------
    lag : DataArray, dims (chain, draw, date), months

    Returns
    -------
    Dataset, dims (chain, draw)
        highest, lowest; highest_ago, lowest_ago, in months before the last date.
    """
    lag = lag.drop_vars("censored", errors="ignore")
    ago = xr.DataArray(-months_between(lag["date"].to_numpy(), since=lag["date"].to_numpy()[-1]), dims="date")
    found = xr.Dataset({"highest": lag.max("date"), "lowest": lag.min("date")})
    return found.assign(
        highest_ago=in_months(ago[lag.argmax("date")]), lowest_ago=in_months(ago[lag.argmin("date")])
    ).reset_coords(drop=True)
