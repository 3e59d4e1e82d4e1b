"""The gap as a lag: months since the leader's frontier reached a level, or until the follower's will."""

from __future__ import annotations

import pandas as pd
import xarray as xr

from gaplab.gap.arrays import in_months, knot_months, months_along, months_like, of_country
from gaplab.gap.curve import Curve
from gaplab.gap.frontiers import best_released, frontier_at
from gaplab.units import SAMPLE


def lag_of_level(frontier: xr.DataArray, level: xr.DataArray, *, date: pd.Timestamp | xr.DataArray) -> xr.DataArray:
    """Months from the day one country's frontier first reached a level, to a date.

    lag = date - F^-1(level), with F^-1(y) the first date at which F is at or
    above y. Where F is flat, that is the first date of the flat stretch. Past
    the last knot, F goes on at its mean pace of the last 12 months in that
    draw, so the lag is then negative whenever `date` is the last knot; where
    that pace is 0 the level is never reached and the lag is -inf. Below the
    first knot the lag is the time since that knot, "at least", and censored.

    Parameters
    ----------
    frontier : DataArray, dims (chain, draw, date)
        One country's frontier at its knots, never falling; logits.
    level : DataArray, dims (chain, draw, ...)
        Ability asked for; logits.
    date : Timestamp, or DataArray of dates along dims of `level`

    Returns
    -------
    DataArray, dims of `level`, months
        With the boolean coordinate `censored`.

    References
    ----------
    Sicherl, P. (2004). Comparing in two dimensions: a broader concept and a
    novel statistical measure of the time dimension of disparities. European
    Societies 6(2). (S-time-distance)

    Granger, C. W. J. & Jeon, Y. (1997). Measuring lag structure in
    forecasting models: the introduction of time distance. UC San Diego
    Discussion Paper 97-24.
    """
    curve, level = Curve.of(frontier.transpose(*SAMPLE, "date")), level.transpose(*SAMPLE, ...)
    lag, censored = curve.lag(level.to_numpy(), months_along(date, level, since=curve.knots[-1]))
    return months_like(lag, level, date, censored=censored)


def frontier_lag(
    frontier: xr.DataArray, *, leader: str, follower: str, dates: pd.DatetimeIndex | None = None
) -> xr.DataArray:
    """Months since the leader's frontier stood where the follower's frontier stands: the headline for a country.

    lag(t) = t - F_leader^-1(F_follower(t)); see `lag_of_level` for levels
    outside the leader's knots.

    Parameters
    ----------
    frontier : DataArray, dims (chain, draw, country, date)
        Attainable ability at the knots; logits.
    dates : DatetimeIndex, optional
        Dates between the first and the last knot; the knots when left out.

    Returns
    -------
    DataArray, dims (chain, draw, date), months, with coordinate `censored`

    References
    ----------
    Sicherl, P. (2004). Comparing in two dimensions. European Societies 6(2).

    Epoch AI (2026). https://epoch.ai/data-insights/us-vs-china-eci
    """
    dates = knot_months(frontier) if dates is None else dates
    level = frontier_at(frontier.sel(country=follower, drop=True), dates)
    return lag_of_level(frontier.sel(country=leader, drop=True), level, date=level["date"])


def released_lag(
    ability: xr.DataArray,
    frontier: xr.DataArray,
    models: pd.DataFrame,
    *,
    leader: str,
    follower: str,
    dates: pd.DatetimeIndex | None = None,
) -> xr.DataArray:
    """Months since the leader's frontier stood where the follower's best released model stands.

    lag(t) = t - F_leader^-1(best_follower(t)), where best_follower(t) is the
    highest ability, in that draw, among the models the follower has released
    by t. It grows by a month with every month of silence and falls with a
    record: a saw-tooth. Before the follower's first model the lag is censored.

    Parameters
    ----------
    ability : DataArray, dims (chain, draw, model)
    frontier : DataArray, dims (chain, draw, country, date)
    models : DataFrame indexed by model, with country and date
    dates : DatetimeIndex, optional
        The knots when left out.

    Returns
    -------
    DataArray, dims (chain, draw, date), months, with coordinate `censored`

    References
    ----------
    Epoch AI (2026). https://epoch.ai/data-insights/us-vs-china-eci (the same
    reading, day by day, of running maxima on both sides)
    """
    dates = knot_months(frontier) if dates is None else dates
    level = best_released(ability, models, country=follower, date=dates)
    return lag_of_level(frontier.sel(country=leader, drop=True), level, date=level["date"])


def model_lag(
    ability: xr.DataArray, frontier: xr.DataArray, models: pd.DataFrame, *, leader: str, follower: str
) -> xr.DataArray:
    """Months by which each follower model trails the leader's frontier on its own date: the headline for a model.

    lag_i = date_i - F_leader^-1(theta_i); see `lag_of_level` for abilities
    outside the leader's knots.

    Parameters
    ----------
    ability : DataArray, dims (chain, draw, model)
    frontier : DataArray, dims (chain, draw, country, date)
    models : DataFrame indexed by model, with country and date

    Returns
    -------
    DataArray, dims (chain, draw, model), months, with coordinate `censored`
        Every model of the follower, by date.

    References
    ----------
    CAISI (2026). Evaluation of DeepSeek V4 Pro.
    https://www.nist.gov/news-events/news/2026/05/caisi-evaluation-deepseek-v4-pro
    (the same reading against a straight trend line)
    """
    level, dates = of_country(ability, models, follower)
    when = xr.DataArray(dates, dims="model", coords={"model": level["model"]})
    return lag_of_level(frontier.sel(country=leader, drop=True), level, date=when)


def catch_up(frontier: xr.DataArray, target: xr.DataArray, *, follower: str, date: pd.Timestamp) -> xr.DataArray:
    """Months from a date until the follower's frontier reaches a target ability.

    F_follower^-1(target) - date. Past the last knot the follower goes on in a
    straight line at its own mean pace of the last 12 months in that draw: no
    forecast. Zero or negative where the target is already matched ("at most",
    and censored, where it lies below the follower's first knot); +inf, never,
    where the follower has not moved for 12 months.

    Parameters
    ----------
    frontier : DataArray, dims (chain, draw, country, date)
    target : DataArray, dims (chain, draw, ...)
        The leader's frontier on a date, or a leader model's ability; logits.

    Returns
    -------
    DataArray, dims of `target`, months, with coordinate `censored`
    """
    lag = lag_of_level(frontier.sel(country=follower, drop=True), target, date=date)
    return in_months(-lag)
