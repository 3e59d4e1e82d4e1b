"""Every definition of the gap between two countries' AI frontiers: draws in, draws out.

Two readings carry all of them. *Horizontal* (a lag, in months): how long ago
the leader stood where the follower stands, `lag_of_level`. *Vertical* (a
distance, in logits): how far apart they stand on one day, `distance`.

No draw is ever dropped, since dropping the awkward ones would move the median:

- the level lies below the leader's first knot: the lag is *at least* the time
  since that knot. The draw takes that bound, and the boolean coordinate
  `censored` of the result says so;
- the leader never gets there: the lag has no value, and the draw is -inf, so
  that it sorts below every defined one (the follower is ahead);
- the follower never gets there: `catch_up` is +inf, above every date.

`summary` takes quantiles that are draws, so infinities pass through them
without arithmetic; a median or bound that falls among them is NaN.

A lag is positive when the follower is behind. Time is in months of
365.25 / 12 days, abilities are in logits.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr

from gaplab.errors import GaplabError
from gaplab.posterior import Posterior
from gaplab.units import MONTH_DAYS, SAMPLE

_MONTH = pd.Timedelta(days=MONTH_DAYS)

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


def readings(posterior: Posterior, subject: Subject) -> dict[tuple[str, str], xr.DataArray]:
    """Draws of every definition of the gap for one subject, by (definition, unit).

    All are read on the subject's date. `frontier_lag` and `catch_up` compare
    the countries' frontiers on that date; the others take the subject's
    ability as the follower's best, so that on a model's own date `model_lag`
    and `released_lag` agree, and for a country on the as-of date too.

    Returns
    -------
    dict of DataArray, dims (chain, draw), in the order of `DEFINITIONS`
        `five_percent_lag` has no dims: it is the outcome of a test. The
        distance in points is missing when the posterior has no points.
    """
    leader, follower = posterior.params.leader, posterior.params.follower
    frontier, ability, models = posterior.frontier, posterior.ability, posterior.models
    at, level = subject.date, subject.ability
    lag = lag_of_level(frontier.sel(country=leader, drop=True), level, date=at)
    target = frontier_at(frontier.sel(country=leader, drop=True), at)
    found = {
        "frontier_lag": frontier_lag(frontier, leader=leader, follower=follower, dates=pd.DatetimeIndex([at])).squeeze(
            "date", drop=True
        ),
        "released_lag": lag,
        "model_lag": lag,
        "first_match_lag": first_match_of(ability, models, level, leader=leader, date=at),
        "five_percent_lag": five_percent_lag(ability, models, level, leader=leader, date=at),
        "catch_up": catch_up(frontier, target, follower=follower, date=at),
    }
    apart = distance(frontier, level, leader=leader, follower=follower, date=at, points=posterior.points)
    draws = {(name, "months"): values for name, values in found.items()}
    draws |= {("distance", str(unit)): values for unit, values in apart.data_vars.items()}
    return {key: draws[key] for key in DEFINITIONS if key in draws}


# --- lags -----------------------------------------------------------------------------------------


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
    last = _last(frontier)
    reached, censored = xr.apply_ufunc(
        _first_reached,
        frontier.rename(date="knot"),
        level,
        mean_pace(frontier, last),
        kwargs={"months": _months(frontier["date"], since=last)},
        input_core_dims=[["knot"], [], []],
        output_core_dims=[[], []],
    )
    if isinstance(date, xr.DataArray):
        since_last = date.copy(data=_months(date, since=last))
    else:
        since_last = _months([date], since=last).item()
    lag = (since_last - reached).transpose(*SAMPLE, ...)
    return _in_months(lag.assign_coords(censored=censored.transpose(*SAMPLE, ...)))


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
    leader, follower : str
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
    dates = _knots(frontier) if dates is None else dates
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
    leader, follower : str
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
    dates = _knots(frontier) if dates is None else dates
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
    leader, follower : str

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
    level, dates = _of_country(ability, models, follower)
    when = xr.DataArray(dates, dims="model", coords={"model": level["model"]})
    return lag_of_level(frontier.sel(country=leader, drop=True), level, date=when)


def first_match_lag(ability: xr.DataArray, models: pd.DataFrame, *, leader: str, follower: str) -> xr.DataArray:
    """Months from the first leader release at or above each follower model, to that model's date.

    `first_match_of` for every follower model on its own date.

    Parameters
    ----------
    ability : DataArray, dims (chain, draw, model)
    models : DataFrame indexed by model, with country and date
    leader, follower : str

    Returns
    -------
    DataArray, dims (chain, draw, model), months
        With coordinates `censored` and `first_match`, as `first_match_of`.
    """
    level, dates = _of_country(ability, models, follower)
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
    leader : str
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
    theirs, dates = _of_country(ability, models, leader)
    rank = xr.apply_ufunc(_first_match, theirs.rename(model="match"), level, input_core_dims=[["match"], []]).transpose(
        *level.dims
    )
    origin = dates[-1]
    released = np.append(_months(dates, since=origin), np.inf)
    names = np.append(theirs["model"].to_numpy().astype(object), "")
    if isinstance(date, xr.DataArray):
        when = date.copy(data=_months(date, since=origin))
    else:
        when = _months([date], since=origin).item()
    lag = (when - rank.copy(data=released[rank])).transpose(*SAMPLE, ...)
    return _in_months(
        lag.assign_coords(
            censored=rank.copy(data=released[rank] == released[0]), first_match=rank.copy(data=names[rank])
        )
    )


def first_match_share(lag: xr.DataArray) -> pd.Series:
    """Share of all draws in which each leader model is the first match, largest first; "" is undefined."""
    return pd.Series(lag["first_match"].to_numpy().ravel(), dtype=object).value_counts(normalize=True)


def five_percent_lag(
    ability: xr.DataArray, models: pd.DataFrame, level: xr.DataArray, *, leader: str, date: pd.Timestamp
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
    level : DataArray, dims (chain, draw)
    leader : str
    date : Timestamp

    Returns
    -------
    DataArray without dims, months
        With the coordinate `first_match`, the name of that release ("" if none).

    References
    ----------
    Epoch AI (2026). https://epoch.ai/data-insights/open-closed-eci-gap
    """
    theirs, dates = _of_country(ability, models, leader)
    better = ((theirs > level).mean(SAMPLE) > 0.95).to_numpy() & (dates <= date)
    if not better.any():
        return _in_months(xr.DataArray(0.0, coords={"first_match": ""}))
    first = int(better.argmax())
    months = _months([date], since=dates[first]).item()
    return _in_months(xr.DataArray(months, coords={"first_match": str(theirs["model"].to_numpy()[first])}))


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
    follower : str
    date : Timestamp

    Returns
    -------
    DataArray, dims of `target`, months, with coordinate `censored`
    """
    lag = lag_of_level(frontier.sel(country=follower, drop=True), target, date=date)
    return _in_months(-lag)


# --- distances ------------------------------------------------------------------------------------


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
    level : DataArray, dims (chain, draw)
        Ability of the follower's best; logits.
    leader, follower : str
    date : Timestamp
    points : Dataset with `slope`, dims (chain, draw), optional
        Display scale; without it there is no variable `points`.

    Returns
    -------
    Dataset, dims (chain, draw)
        points, logits, odds_ratio, months_at_leader_pace,
        months_at_follower_pace; positive (odds ratio above 1) where the
        follower is behind.

    References
    ----------
    CAISI (2026), for the odds reading of ability.
    https://www.nist.gov/news-events/news/2026/05/caisi-evaluation-deepseek-v4-pro
    """
    logits = frontier_at(frontier.sel(country=leader, drop=True), date) - level
    units = {"points": points["slope"] * logits} if points is not None else {}
    units |= {"logits": logits, "odds_ratio": np.exp(logits)}
    for name, country in (("leader", leader), ("follower", follower)):
        pace = mean_pace(frontier.sel(country=country, drop=True), date)
        units[f"months_at_{name}_pace"] = xr.apply_ufunc(_travel, logits, pace)
    return xr.Dataset({unit: values.assign_attrs(units=unit) for unit, values in units.items()})


# --- change over time -----------------------------------------------------------------------------


def velocity(frontier: xr.DataArray, *, leader: str, follower: str, date: pd.Timestamp | None = None) -> xr.DataArray:
    """Change of the frontier lag over the 12 months to a date, in months per year; positive is widening.

    (lag(t) - lag(t - 12 months)) / 1 year, or per year since the first knot
    where that is nearer. -inf where the leader does not reach the follower's
    level on the date.

    Parameters
    ----------
    frontier : DataArray, dims (chain, draw, country, date)
    leader, follower : str
    date : Timestamp, optional
        The last knot when left out.

    Returns
    -------
    DataArray, dims (chain, draw), months per year
        With the coordinate `censored`: a bound entered on either date.
    """
    date = _last(frontier) if date is None else date
    start = _year_before(frontier, date)
    lag = frontier_lag(frontier, leader=leader, follower=follower, dates=pd.DatetimeIndex([start, date]))
    before, now = (lag.isel(date=index, drop=True).drop_vars("censored") for index in (0, 1))
    years = (date - start) / _MONTH / 12
    # A level out of the leader's reach before is out of reach now: 0 keeps -inf from meeting -inf.
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
    ago = earlier["date"].copy(data=-_months(earlier["date"], since=_last(lag)))
    return _in_months(ago.where(earlier >= final, np.inf).min("date").transpose(*SAMPLE))


# --- frontiers and best models --------------------------------------------------------------------


def frontier_at(frontier: xr.DataArray, date: pd.Timestamp | pd.DatetimeIndex) -> xr.DataArray:
    """Attainable ability on a date, linear between knots, in logits.

    Parameters
    ----------
    frontier : DataArray, dims (..., date)
    date : Timestamp or DatetimeIndex
        Between the first and the last knot.

    Returns
    -------
    DataArray
        Dims of `frontier`; without `date` when one date was asked for.

    Raises
    ------
    GaplabError
        A date before the first or after the last knot.
    """
    knots = _knots(frontier)
    asked = pd.DatetimeIndex(np.atleast_1d(date))
    outside = asked[(asked < knots[0]) | (asked > knots[-1])]
    if len(outside):
        raise GaplabError(
            f"frontier asked for on {outside[0]:%Y-%m-%d}: it is known from {knots[0]:%Y-%m-%d} to "
            f"{knots[-1]:%Y-%m-%d}; choose a date in between or fit with another as_of"
        )
    place = np.interp(_months(asked, since=knots[-1]), _months(knots, since=knots[-1]), np.arange(len(knots)))
    below = place.astype(int)
    above = np.minimum(below + 1, len(knots) - 1)
    at = xr.apply_ufunc(
        _between,
        frontier,
        kwargs={"below": below, "above": above, "share": place - below},
        input_core_dims=[["date"]],
        output_core_dims=[["date"]],
        exclude_dims={"date"},
        keep_attrs=True,
    ).assign_coords(date=asked)
    return at if isinstance(date, pd.DatetimeIndex) else at.isel(date=0, drop=True)


def mean_pace(frontier: xr.DataArray, date: pd.Timestamp) -> xr.DataArray:
    """Mean slope of a frontier over the 12 months to a date (since the first knot if nearer), logits per month.

    Raises
    ------
    GaplabError
        The date is the first knot: nothing came before it.
    """
    start = _year_before(frontier, date)
    return (frontier_at(frontier, date) - frontier_at(frontier, start)) / ((date - start) / _MONTH)


def best_released(
    ability: xr.DataArray, models: pd.DataFrame, *, country: str, date: pd.Timestamp | pd.DatetimeIndex
) -> xr.DataArray:
    """Highest ability among the models a country has released by a date, draw by draw, in logits.

    Parameters
    ----------
    ability : DataArray, dims (chain, draw, model)
    models : DataFrame indexed by model, with country and date
    country : str
    date : Timestamp or DatetimeIndex

    Returns
    -------
    DataArray, dims (chain, draw), and `date` when several were asked for
        -inf before the country's first model.
    """
    ours, released = _of_country(ability, models, country)
    best = xr.apply_ufunc(_running_max, ours, input_core_dims=[["model"]], output_core_dims=[["count"]])
    asked = pd.DatetimeIndex(np.atleast_1d(date))
    count = xr.DataArray(released.searchsorted(asked, side="right"), dims="date", coords={"date": asked})
    best = best.isel(count=count)
    return best if isinstance(date, pd.DatetimeIndex) else best.isel(date=0, drop=True)


# --- from draws to numbers ------------------------------------------------------------------------


def p_follower_ahead(lag: xr.DataArray) -> xr.DataArray:
    """Probability that a lag or a distance is below zero.

    An undefined lag (the leader never gets there) is; a censored one, known
    only to be at least a negative number, is not.
    """
    ahead = lag < 0
    if "censored" in lag.coords:
        ahead = ahead & ~lag["censored"]
    return ahead.mean(SAMPLE)


def p_matched(months_to_catch_up: xr.DataArray) -> xr.DataArray:
    """Probability that the target of `catch_up` is already matched on the date it is counted from."""
    return (months_to_catch_up <= 0).mean(SAMPLE)


def p_undefined(draws: xr.DataArray) -> xr.DataArray:
    """Probability that the number has no finite value."""
    return (~np.isfinite(draws)).mean(SAMPLE)


def p_censored(lag: xr.DataArray) -> xr.DataArray:
    """Probability that only a bound is known: at least the lag given, at most the months to catch up."""
    return lag["censored"].mean(SAMPLE)


# --- array kernels --------------------------------------------------------------------------------


def _between(values: np.ndarray, below: np.ndarray, above: np.ndarray, share: np.ndarray) -> np.ndarray:
    """Values linearly between two places of the last axis."""
    low = values[..., below]
    return low + (values[..., above] - low) * share


def _first_at_or_above(steps: np.ndarray, level: np.ndarray) -> np.ndarray:
    """Index along the last axis of nondecreasing `steps` of the first entry >= level; its length where none is."""
    below = np.zeros(np.broadcast_shapes(steps.shape[:-1], level.shape), dtype=np.intp)
    for index in range(steps.shape[-1]):  # one step at a time: the full comparison would not fit in memory
        below += steps[..., index] < level
    return below


def _running_max(abilities: np.ndarray) -> np.ndarray:
    """Best of the first 0, 1, 2, ... entries of the last axis; -inf of none."""
    none = np.full((*abilities.shape[:-1], 1), -np.inf)
    return np.maximum.accumulate(np.concatenate([none, abilities], axis=-1), axis=-1)


def _first_match(abilities: np.ndarray, level: np.ndarray) -> np.ndarray:
    """Index along the last axis of the first ability >= level; its length where none is."""
    return _first_at_or_above(np.maximum.accumulate(abilities, axis=-1), level)


def _first_reached(
    steps: np.ndarray, level: np.ndarray, pace: np.ndarray, *, months: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """First month at which a piecewise linear, nondecreasing curve reaches a level; and whether only a bound."""
    rank = _first_at_or_above(steps, level)
    right = np.clip(rank, 1, len(months) - 1)
    low, high = (np.take_along_axis(steps, index[..., None], axis=-1)[..., 0] for index in (right - 1, right))
    within = months[right - 1] + _travel(level - low, high - low) * (months[right] - months[right - 1])
    beyond = months[-1] + _travel(level - steps[..., -1], pace)
    reached = np.select([rank == 0, rank < len(months)], [months[0], within], default=beyond)
    return reached, level < steps[..., 0]


def _travel(way: np.ndarray, pace: np.ndarray) -> np.ndarray:
    """Time to go a way at a pace; 0 for no way at all, infinite for some way at no pace."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(way == 0, 0.0, way / pace)


# --- dates and draws ------------------------------------------------------------------------------


def _months(dates: Sequence | xr.DataArray, *, since: pd.Timestamp) -> np.ndarray:
    return np.asarray((pd.DatetimeIndex(np.asarray(dates)) - since) / _MONTH)


def _knots(frontier: xr.DataArray) -> pd.DatetimeIndex:
    return pd.DatetimeIndex(frontier["date"].to_numpy())


def _last(frontier: xr.DataArray) -> pd.Timestamp:
    return _knots(frontier)[-1]


def _year_before(frontier: xr.DataArray, date: pd.Timestamp) -> pd.Timestamp:
    first = _knots(frontier)[0]
    if date <= first:
        raise GaplabError(
            f"pace of the frontier on {date:%Y-%m-%d}: its first knot is {first:%Y-%m-%d} and nothing is known "
            "before; choose a later as_of"
        )
    return max(date - 12 * _MONTH, first)


def _of_country(ability: xr.DataArray, models: pd.DataFrame, country: str) -> tuple[xr.DataArray, pd.DatetimeIndex]:
    """Abilities of one country's models in the order of their dates, and those dates."""
    theirs = models[models["country"] == country].sort_values("date", kind="stable")
    if theirs.empty:
        fitted = ", ".join(sorted(models["country"].unique()))
        raise GaplabError(f'country "{country}": none of its models is fitted; expected one of {fitted}')
    return ability.sel(model=theirs.index.to_numpy()), pd.DatetimeIndex(theirs["date"])


def _in_months(values: xr.DataArray) -> xr.DataArray:
    return values.assign_attrs(units="months")
