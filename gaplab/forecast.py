"""Where the gap goes from here: joint monthly paths of both frontiers, draws in, draws out.

Every posterior draw goes on from its own last knots. Four shapes of the future
are *stacked*: the past does not say which is right, so each draw is given one
of them by the seed, in proportion to `WEIGHTS`.

- drift: each country's expected pace moves from its pace of the last 12 months
  to its own mean pace, half of the way in `HALF_LIFE_MONTHS`; each pace
  wanders around that, log-normally, with shocks that the two countries share
  in part;
- catching_up: the same, but a part of the follower's pace is diffusion,
  kappa times the leader's head start. That part is taken out of the follower's
  own pace first, so that the past is reproduced and no catching up is invented;
- straight_line: each keeps its mean pace since 2024, with independent surprises;
- same_lag: the follower repeats the leader, at a lag that wanders without trend.

The size of the shocks, their correlation and the wandering of the lag are
those of the draw's own history. Frontiers never fall. Time is in months of
365.25 / 12 days from the as-of date, abilities are in logits.

Releases are a renewal process: gaps between the follower's release days are
drawn from, between and beyond those of the last 24 months, and shortfalls of
each day's best model below the frontier resampled from them. The best model out so far makes the saw-tooth of
the released lag.

Levers (`Levers`) act on these paths; neutral ones leave every number as it is,
and the same seed gives the same shocks under any lever.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import xarray as xr

from gaplab import gap
from gaplab.errors import GaplabError
from gaplab.posterior import Posterior
from gaplab.units import SAMPLE

COMPONENTS = ("drift", "catching_up", "straight_line", "same_lag")
WEIGHTS = (0.25, 0.25, 0.25, 0.25)
"""Equal unless the back-test shows better ones: see docs/decisions/outlook.md."""

HALF_LIFE_MONTHS = 24.0
KAPPA_PER_YEAR = 0.5
HORIZONS = (3, 6, 12, 24)
THRESHOLDS = (6, 9, 12, 18)
LAGS = ("frontier_lag", "released_lag")

_MONTH = pd.Timedelta(days=gap.MONTH_DAYS)
_LINE_SINCE = pd.Timestamp("2024-01-01")
_RELEASE_MONTHS = 24  # how far back gaps and shortfalls of releases are taken from
_LAG_CHANGE_MONTHS = 6  # shorter changes of a lag are mostly noise that reverts
_LEAST_PACE = 1e-4  # logits a month; a frontier that stood still has no log pace
_PRIOR_KNOTS = 4  # weight of the frontier model's own prior beside the draw's few increments
_PRIOR_LOG_SD = 0.4


@dataclass(frozen=True)
class Levers:
    """What a scenario changes after the as-of date; the defaults change nothing.

    Attributes
    ----------
    leader_rate : float
        Factor on the leader's pace.
    pause : tuple of float, or None
        Months from the as-of date between which the leader stands still.
    restricted_share, restricted_months : float
        Share of the leader's new progress that counts only so many months later.
    follower_rate, follower_rate_after : float
        Factor on the follower's pace, and the month from which it holds.
    diffusion : float
        Factor on what the follower gains from the leader's head start.
    delay : float
        Months by which the follower's releases after the as-of date come later.
    injected : Injected or None
        A model assumed to be released.
    """

    leader_rate: float = 1.0
    pause: tuple[float, float] | None = None
    restricted_share: float = 0.0
    restricted_months: float = 0.0
    follower_rate: float = 1.0
    follower_rate_after: float = 0.0
    diffusion: float = 1.0
    delay: float = 0.0
    injected: Injected | None = None


@dataclass(frozen=True)
class Injected:
    """A model assumed to be released.

    Attributes
    ----------
    country : str
    month : float
        Months from the as-of date to its release.
    ability : DataArray, dims (chain, draw)
        Logits.
    """

    country: str
    month: float
    ability: xr.DataArray


@dataclass(frozen=True)
class Forecast:
    """Draws of the future, each going on from the posterior draw of the same chain and number.

    Attributes
    ----------
    posterior : Posterior
        Where the draws start.
    draws : Dataset, dims among (chain, draw, country, horizon)
        `frontier` (logits, by country), `frontier_lag` and `released_lag`
        (months, with coordinates `<name>_censored`), `distance` and
        `best_released` (logits), for horizon 0, 1, ... months, 0 being the
        as-of date; `component` (index into `COMPONENTS`) and `kappa`
        (per year). `date` is a coordinate along `horizon`.
    releases : Dataset, dims (chain, draw, release)
        `month` (from the as-of date) and `ability` (logits) of the follower's
        future release days.
    """

    posterior: Posterior
    draws: xr.Dataset
    releases: xr.Dataset = field(repr=False)


@dataclass(frozen=True)
class Start:
    """Where the forecasts of a posterior start and the random numbers they share; see `begin`."""

    past: _Past = field(repr=False)
    shocks: _Shocks = field(repr=False)


def begin(posterior: Posterior, *, weights: Sequence[float] = WEIGHTS) -> Start:
    """What every forecast from one posterior shares: computed once, it lets a lever be moved without a wait.

    Parameters
    ----------
    posterior : Posterior
    weights : sequence of float
        Of the shapes, in the order of `COMPONENTS`; only their ratios count.

    Raises
    ------
    GaplabError
        The history is shorter than two knots, or the weights are no weights.
    """
    past = _past(posterior)
    return Start(past, _shocks(posterior, past, _checked(weights)))


def forecast(posterior: Posterior, levers: Levers = Levers(), *, start: Start | None = None) -> Forecast:
    """Joint paths of both frontiers and of the follower's releases, to `params.horizon_months`.

    Parameters
    ----------
    posterior : Posterior
        `params.seed` fixes every random number; levers change none of them.
    levers : Levers
    start : Start, optional
        What `begin` gave for this posterior, when it is at hand or has weights of its own.

    Returns
    -------
    Forecast
        As many draws as the posterior has. Where the follower passes the
        leader for good within the horizon the lag is negative, or -inf where
        the leader stands still, as in `gap.lag_of_level`.

    Raises
    ------
    GaplabError
        The history is shorter than two knots.
    """
    start = start or begin(posterior)
    past, shocks = start.past, start.shocks
    leader, paths = _leader_path(past, shocks, levers)
    follower = _follower_path(past, shocks, levers, paths, leader)
    releases = _releases(past, shocks, levers, follower)
    return _labelled(posterior, past, shocks, leader, follower, releases)


def _checked(weights: Sequence[float]) -> np.ndarray:
    given = np.asarray(weights, float)
    if given.shape != (len(COMPONENTS),) or not np.isfinite(given).all() or given.min() < 0 or given.sum() <= 0:
        raise GaplabError(
            f"forecast: weights {list(weights)} cannot be used; expected {len(COMPONENTS)} numbers from 0 up, not all "
            f"0, for {', '.join(COMPONENTS)}"
        )
    return given / given.sum()


# --- What the draws say of the past ---------------------------------------------------------------


@dataclass(frozen=True)
class _Past:
    """A posterior as arrays [draw of all chains, ...]; pairs of columns are leader, follower."""

    months: np.ndarray  # of the knots, 0 is the as-of date
    frontier: np.ndarray  # [draw, 2, knot]
    recent: np.ndarray  # [draw, 2] mean pace of the last 12 months
    mean: np.ndarray  # [draw, 2] mean pace since both have models
    line: np.ndarray  # [draw, 2] mean pace since 2024
    head_start: np.ndarray  # [draw, 2] mean distance: last 12 months, since both have models
    log_sd: np.ndarray  # [draw] of the pace from knot to knot
    correlation: np.ndarray  # [draw] of the two countries' log paces
    lag_now: np.ndarray  # [draw] frontier lag at the as-of date
    lag_sd: np.ndarray  # [draw] of the change of the lag, per square root of a month
    best: np.ndarray  # [draw] best released follower model
    release_gaps: np.ndarray  # months between release days
    since_release: float  # months since the last one
    shortfalls: np.ndarray  # [draw, day] of each release day's best model
    horizon: int
    step: float = field(default=1.0)


def _past(posterior: Posterior) -> _Past:
    params, as_of = posterior.params, pd.Timestamp(posterior.params.as_of)
    pair = [params.leader, params.follower]
    ordered = posterior.frontier.sel(country=pair).transpose(*SAMPLE, "country", "date")
    knots = pd.DatetimeIndex(ordered["date"].to_numpy())
    months = np.asarray((knots - as_of) / _MONTH)
    if len(months) < 2:
        raise GaplabError(
            "forecast: the frontiers have a single knot; expected a year or more of models: choose a later as_of"
        )
    frontier = ordered.to_numpy().reshape(-1, 2, len(knots))

    first = posterior.models.groupby("country")["date"].min()[pair].max()
    both = min(float((first - as_of) / _MONTH), -12.0)
    since = {"recent": -12.0, "mean": both, "line": min(float((_LINE_SINCE - as_of) / _MONTH), -12.0)}
    pace = {name: _pace(frontier, months, start) for name, start in since.items()}

    steps = np.diff(months)
    logs = np.log(np.maximum(np.diff(frontier) / steps, _LEAST_PACE))
    deviations = logs - logs.mean(axis=-1, keepdims=True)
    count = logs.shape[-1]
    squares = (deviations**2).sum(axis=-1)
    variance = (squares.sum(axis=-1) + _PRIOR_KNOTS * _PRIOR_LOG_SD**2) / (2 * (count - 1) + _PRIOR_KNOTS)
    product = deviations.prod(axis=1).sum(axis=-1)
    # Shrunk towards none: few knots say little of it.
    scale = np.sqrt(squares.prod(axis=-1)) * (count + _PRIOR_KNOTS) / count
    correlation = np.divide(product, scale, out=np.zeros_like(product), where=scale > 0)

    distance = frontier[:, 0] - frontier[:, 1]
    head_start = np.stack(
        [np.maximum(distance[:, months >= start], 0).mean(axis=-1) for start in (-12.001, both)], axis=-1
    )
    lag = gap.frontier_lag(posterior.frontier, leader=params.leader, follower=params.follower)
    lag_draws = lag.transpose(*SAMPLE, "date").to_numpy().reshape(len(frontier), -1)
    known = ~lag["censored"].transpose(*SAMPLE, "date").to_numpy().reshape(len(frontier), -1)
    gaps, since_release, shortfalls = _release_history(posterior, as_of)
    best = gap.best_released(posterior.ability, posterior.models, country=params.follower, date=as_of)
    return _Past(
        months=months,
        frontier=frontier,
        recent=pace["recent"],
        mean=pace["mean"],
        line=pace["line"],
        head_start=head_start,
        log_sd=np.sqrt(variance),
        correlation=np.clip(correlation, -0.95, 0.95),
        lag_now=lag_draws[:, -1],
        lag_sd=_lag_sd(lag_draws, known, months, np.sqrt(variance), float(steps.mean())),
        best=best.transpose(*SAMPLE).to_numpy().ravel(),
        release_gaps=gaps,
        since_release=since_release,
        shortfalls=shortfalls,
        horizon=params.horizon_months,
        step=float(steps.mean()),
    )


def _pace(frontier: np.ndarray, months: np.ndarray, start: float) -> np.ndarray:
    """Mean pace from a month to the last knot, at least `_LEAST_PACE`, logits per month."""
    start = max(start, months[0])
    before = _at(frontier, months, np.full(frontier.shape[:-1], start))
    return np.maximum((frontier[..., -1] - before) / (months[-1] - start), _LEAST_PACE)


def _lag_sd(lag: np.ndarray, known: np.ndarray, months: np.ndarray, log_sd: np.ndarray, step: float) -> np.ndarray:
    """Root mean square change of the lag over half a year of the draw's history, per square root of a month.

    Where a draw has no two uncensored lags half a year apart, what independent
    paces of the draw's own spread would give.
    """
    apart = min(max(1, round(_LAG_CHANGE_MONTHS / step)), lag.shape[-1] - 1)
    used = known[:, apart:] & known[:, :-apart] & np.isfinite(lag[:, apart:]) & np.isfinite(lag[:, :-apart])
    with np.errstate(invalid="ignore"):
        change = np.where(used, lag[:, apart:] - lag[:, :-apart], 0.0)
    independent = np.sqrt(np.expm1(2 * log_sd**2) * step)
    count = used.sum(axis=-1)
    square = (change**2).sum(axis=-1) / np.maximum(count, 1) / (months[apart:] - months[:-apart]).mean()
    return np.where(count > 0, np.sqrt(square), independent)


def _release_history(posterior: Posterior, as_of: pd.Timestamp) -> tuple[np.ndarray, float, np.ndarray]:
    """Gaps between the follower's release days, time since the last, and the shortfall of each day's best model."""
    follower = posterior.params.follower
    ours = posterior.models[posterior.models["country"] == follower].sort_values("date", kind="stable")
    days = pd.DatetimeIndex(ours["date"].unique())
    chosen = days[days > as_of - _RELEASE_MONTHS * _MONTH]
    chosen = chosen if len(chosen) > 5 else days
    gaps = np.asarray(np.diff(chosen) / _MONTH) if len(chosen) > 1 else np.array([12.0])
    frontier = posterior.frontier.sel(country=follower, drop=True)
    at = gap.frontier_at(frontier, chosen.where(chosen > (first := _first_knot(posterior)), first))
    best = np.stack(
        [
            posterior.ability.sel(model=ours.index[ours["date"] == day]).max("model").transpose(*SAMPLE)
            for day in chosen
        ],
        axis=-1,
    )
    shortfalls = at.transpose(*SAMPLE, "date").to_numpy() - best
    return gaps, float((as_of - days[-1]) / _MONTH), shortfalls.reshape(-1, len(chosen))


def _first_knot(posterior: Posterior) -> pd.Timestamp:
    return pd.Timestamp(posterior.frontier["date"].to_numpy()[0])


# --- Random numbers -------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Shocks:
    """Every random number of a forecast, the same whatever the levers are."""

    component: np.ndarray  # [draw]
    kappa: np.ndarray  # [draw] per month, before it is capped
    pace: np.ndarray  # [draw, 2, month] standard normal, correlated between the countries
    lag: np.ndarray  # [draw, month] standard normal
    release_month: np.ndarray  # [draw, release]
    shortfall: np.ndarray  # [draw, release]


def _shocks(posterior: Posterior, past: _Past, weights: np.ndarray) -> _Shocks:
    count, months = len(past.frontier), past.horizon
    streams = np.random.SeedSequence([posterior.params.seed, 5]).spawn(5)
    which, kappa, pace, lag, release = (np.random.default_rng(stream) for stream in streams)
    # Systematic shares in random order: the stack has its weights exactly, up to one draw.
    edges = np.cumsum(weights)
    edges[-1] = 1.0
    component = np.searchsorted(edges, (np.arange(count) + 0.5) / count)
    # Months first, so that a longer horizon goes on from a shorter one.
    normal = np.moveaxis(pace.standard_normal((months, count, 2)), 0, -1)
    rho = past.correlation[:, None]
    normal[:, 1] = rho * normal[:, 0] + np.sqrt(1 - rho**2) * normal[:, 1]
    month, shortfall = _release_shocks(past, count, release)
    return _Shocks(
        component=which.permutation(component),
        kappa=np.abs(kappa.standard_normal(count)) * KAPPA_PER_YEAR / 12,
        pace=normal,
        lag=lag.standard_normal((months, count)).T,
        release_month=month,
        shortfall=shortfall,
    )


def _release_shocks(past: _Past, count: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Months and shortfalls of future release days, until every draw has passed the horizon."""
    # The gap under way is at least as long as it already is.
    place = _waits(past.release_gaps, past.since_release, count, rng) - past.since_release
    months = [place]
    while place.min() <= past.horizon:
        place = place + _waits(past.release_gaps, 0.0, count, rng)
        months.append(place)
    days = rng.integers(0, past.shortfalls.shape[1], (len(months), count)).T
    return np.stack(months, axis=-1), np.take_along_axis(past.shortfalls, days, axis=1)


def _waits(seen: np.ndarray, least: float, count: int, rng: np.random.Generator) -> np.ndarray:
    """Waits longer than `least`, as likely between any two neighbours of those seen as beyond the longest.

    Hill's (1968) rule, doi:10.1080/01621459.1968.11009286: with few seen, the next is not one of them. Beyond the
    longest a wait ends at the rate at which waits end at large.
    """
    ends = np.concatenate([[least], np.sort(seen[seen > least])])
    place = rng.uniform(0, len(ends), count)
    beyond = ends[-1] + rng.exponential(seen.mean(), count)
    return np.where(place > len(ends) - 1, beyond, np.interp(place, np.arange(len(ends)), ends))


# --- Paths ----------------------------------------------------------------------------------------


def _expected_pace(recent: np.ndarray, mean: np.ndarray, months: int) -> np.ndarray:
    """Expected pace in each month to come: geometrically from the recent to the mean one."""
    kept = 0.5 ** (np.arange(1, months + 1) / HALF_LIFE_MONTHS)
    return mean[..., None] * (recent / mean)[..., None] ** kept


def _wandering(normal: np.ndarray, sd: np.ndarray) -> np.ndarray:
    """Mean-reverting log-normal factors of mean 1 with long-run log sd `sd`, from 1 in month 0."""
    keep = 0.5 ** (1 / HALF_LIFE_MONTHS)
    deviation = np.empty_like(normal)
    last, variance = np.zeros(normal.shape[:-1]), 0.0
    for month in range(normal.shape[-1]):
        last = keep * last + np.sqrt(1 - keep**2) * sd * normal[..., month]
        variance = keep**2 * variance + (1 - keep**2)
        deviation[..., month] = last - sd**2 * variance / 2
    return np.exp(deviation)


def _surprises(normal: np.ndarray, variance: np.ndarray) -> np.ndarray:
    """Independent log-normal factors of mean 1 and the given variance."""
    log_variance = np.log1p(variance)[..., None]
    return np.exp(np.sqrt(log_variance) * normal - log_variance / 2)


def _leader_path(past: _Past, shocks: _Shocks, levers: Levers) -> tuple[np.ndarray, np.ndarray]:
    """The leader's counted frontier [draw, month 0...] under the levers, and its uncontrolled steps."""
    sd = past.log_sd[:, None]
    wandering = _expected_pace(past.recent[:, 0], past.mean[:, 0], past.horizon) * _wandering(
        shocks.pace[:, 0], past.log_sd
    )
    # A step between knots is the mean of `step` months, so a month's surprise varies that much more.
    monthly = np.expm1(sd[:, 0] ** 2) * past.step
    line = past.line[:, [0]] * _surprises(shocks.pace[:, 0], monthly)
    steps = np.where((shocks.component == 2)[:, None], line, wandering)
    factor = levers.leader_rate * (1.0 - _overlap(levers.pause, past.horizon))
    path = _path(past.frontier[:, 0, -1], steps * factor)
    if levers.restricted_share and levers.restricted_months:
        months = np.arange(past.horizon + 1.0)
        late = np.maximum(months - levers.restricted_months, 0.0)
        held = _at(path, months, np.broadcast_to(late, path.shape))
        path = (1 - levers.restricted_share) * path + levers.restricted_share * held
    if levers.injected is not None and levers.injected.country == "leader":
        path = _raised(path, levers.injected)
    return path, steps


def _follower_path(
    past: _Past, shocks: _Shocks, levers: Levers, leader_steps: np.ndarray, leader: np.ndarray
) -> np.ndarray:
    """The follower's frontier [draw, month 0...] under the levers.

    In month m it gains factor(m) x (own + gain x head start), with the head
    start over the leader's counted frontier, when it has one, at the start of
    the month. For `catching_up` own is what its pace leaves beside diffusion
    and gain = 1 - exp(-kappa x lever). For the others own is the whole step
    and only the change counts: gain = exp(-kappa) - exp(-kappa x lever). The
    exponentials are the exact solution over a month, so that no lever makes
    the follower jump past the leader.
    """
    kappa = _capped_kappa(past, shocks.kappa)
    catching_up = shocks.component == 1
    own = _own_steps(past, shocks, kappa, leader_steps)
    gain = np.where(catching_up, 1.0, np.exp(-kappa)) - np.exp(-kappa * levers.diffusion)
    factor = _factor(levers.follower_rate, levers.follower_rate_after, past.horizon)
    injected = levers.injected if levers.injected is not None and levers.injected.country == "follower" else None
    path = np.empty((len(own), past.horizon + 1))
    path[:, 0] = past.frontier[:, 1, -1]
    for month in range(past.horizon):
        head_start = np.maximum(leader[:, month] - path[:, month], 0.0)
        step = factor[month] * np.maximum(own[:, month] + gain * head_start, 0.0)
        path[:, month + 1] = path[:, month] + step
        if injected is not None and _month_of(injected.month) == month + 1:
            reached = path[:, month] + (injected.month - month) * step
            path[:, month + 1] += np.maximum(_flat(injected.ability) - reached, 0.0)
    return path


def _own_steps(past: _Past, shocks: _Shocks, kappa: np.ndarray, leader_steps: np.ndarray) -> np.ndarray:
    """What the follower gains each month without levers and, in `catching_up`, without diffusion."""
    normal, component = shocks.pace[:, 1], shocks.component[:, None]
    diffused = np.where(component == 1, -np.expm1(-kappa)[:, None] * past.head_start, 0.0)
    recent, mean = (
        np.maximum(pace, _LEAST_PACE) for pace in (past.recent[:, 1] - diffused[:, 0], past.mean[:, 1] - diffused[:, 1])
    )
    wandering = _expected_pace(recent, mean, past.horizon) * _wandering(normal, past.log_sd)
    line = past.line[:, [1]] * _surprises(normal, np.expm1(past.log_sd**2) * past.step)
    return np.select([component == 2, component == 3], [line, _repeated(past, shocks, leader_steps)], default=wandering)


def _repeated(past: _Past, shocks: _Shocks, leader_steps: np.ndarray) -> np.ndarray:
    """Steps of a follower that repeats the leader at a lag without trend.

    Its place on the leader's path moves on by a month each month on average,
    never back, with surprises that give the lag its own past variability.
    """
    moved = _surprises(shocks.lag, past.lag_sd**2)
    # The level it stands at, rather than the lag, so that bounds and ties start without a jump.
    lag = np.where(np.isfinite(past.lag_now), past.lag_now, 0.0)
    place = np.cumsum(np.concatenate([-lag[:, None], moved], axis=1), axis=1)
    grid = np.concatenate([past.months[:-1], np.arange(past.horizon + 1.0)])
    future = _path(past.frontier[:, 0, -1], leader_steps)
    leader = np.concatenate([past.frontier[:, 0, :-1], future], axis=1)
    beyond = np.maximum(place - past.horizon, 0.0) * ((future[:, -1] - future[:, -13]) / 12)[:, None]
    return np.diff(_at(leader, grid, place) + beyond, axis=1)


def _capped_kappa(past: _Past, kappa: np.ndarray) -> np.ndarray:
    """Diffusion per month, no more than the follower's whole pace leaves room for."""
    pace = np.stack([past.recent[:, 1], past.mean[:, 1]], axis=-1)
    share = np.divide(pace, past.head_start, out=np.ones_like(pace), where=past.head_start > pace)
    most = -np.log1p(-np.minimum(share.min(axis=-1), 1 - 1e-9))
    return np.minimum(kappa, most)


def _overlap(pause: tuple[float, float] | None, months: int) -> np.ndarray:
    """Share of each month that lies inside the pause."""
    if pause is None:
        return np.zeros(months)
    starts = np.arange(months)
    return np.clip(np.minimum(pause[1], starts + 1) - np.maximum(pause[0], starts), 0.0, 1.0)


def _factor(rate: float, after: float, months: int) -> np.ndarray:
    """Factor on each month's step: 1 before the onset, `rate` after it, in proportion in between."""
    return 1.0 + (rate - 1.0) * np.clip(np.arange(1, months + 1) - after, 0.0, 1.0)


def _path(start: np.ndarray, steps: np.ndarray) -> np.ndarray:
    return np.cumsum(np.concatenate([start[:, None], steps], axis=1), axis=1)


def _raised(path: np.ndarray, injected: Injected) -> np.ndarray:
    """The path, lifted from the release on by as much as the model exceeds it."""
    months = np.arange(path.shape[1], dtype=float)
    if injected.month > months[-1]:
        return path
    reached = _at(path, months, np.full((len(path), 1), injected.month))
    lift = np.maximum(_flat(injected.ability)[:, None] - reached, 0.0)
    return path + lift * (months >= _month_of(injected.month))


def _month_of(month: float) -> int:
    """The first month's end at which what happened in that month shows; today shows from month 1."""
    return max(1, int(np.ceil(month)))


def _at(values: np.ndarray, grid: np.ndarray, asked: np.ndarray) -> np.ndarray:
    """Linear interpolation along the last axis of `values`, held constant outside; `asked` has one row per row."""
    place = np.interp(asked, grid, np.arange(len(grid)))
    below = np.minimum(place.astype(np.intp), len(grid) - 2)
    single = asked.ndim < values.ndim
    index = below[..., None] if single else below
    low, high = (np.take_along_axis(values, index + step, axis=-1) for step in (0, 1))
    share = place - below
    share = share[..., None] if single else share
    found = low + (high - low) * share
    return found[..., 0] if single else found


def _flat(draws: xr.DataArray) -> np.ndarray:
    return draws.transpose(*SAMPLE).to_numpy().ravel()


# --- Releases -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Releases:
    month: np.ndarray  # [draw, release] when users get it
    ability: np.ndarray  # [draw, release]
    best: np.ndarray  # [draw, month 0...]


def _releases(past: _Past, shocks: _Shocks, levers: Levers, follower: np.ndarray) -> _Releases:
    """When the follower releases what, and the best model out by each month."""
    ready = shocks.release_month
    ability = _at(follower, np.arange(past.horizon + 1.0), ready) - shocks.shortfall
    month = ready + levers.delay
    if levers.injected is not None and levers.injected.country == "follower":
        extra = np.full((len(month), 1), levers.injected.month)
        month = np.concatenate([month, extra], axis=1)
        ability = np.concatenate([ability, _flat(levers.injected.ability)[:, None]], axis=1)
    best = np.full(follower.shape, -np.inf)
    best[:, 0] = past.best
    end = np.maximum(np.ceil(month), 1).astype(np.intp)
    row, release = np.nonzero(end <= past.horizon)
    np.maximum.at(best, (row, end[row, release]), ability[row, release])
    return _Releases(month, ability, np.maximum.accumulate(best, axis=1))


# --- Labels ---------------------------------------------------------------------------------------


def _labelled(posterior, past, shocks, leader, follower, releases: _Releases) -> Forecast:
    params, as_of = posterior.params, pd.Timestamp(posterior.params.as_of)
    shape = tuple(posterior.ability.sizes[dim] for dim in SAMPLE)
    coords = {dim: posterior.ability[dim].to_numpy() for dim in SAMPLE}
    horizon = np.arange(past.horizon + 1)
    dates = pd.DatetimeIndex([as_of + months * _MONTH for months in horizon]).as_unit("s")
    monthly = coords | {"horizon": horizon, "date": ("horizon", dates)}

    def of_draws(values: np.ndarray, *dims: str, units: str = "logit", **more) -> xr.DataArray:
        return xr.DataArray(
            values.reshape(*shape, *values.shape[1:]), dims=(*SAMPLE, *dims), coords=more, attrs={"units": units}
        )

    history = posterior.frontier.sel(country=params.leader, drop=True).transpose(*SAMPLE, "date")
    ahead = of_draws(leader[:, 1:], "date", **coords, date=dates[1:])
    whole = xr.concat([history, ahead], dim="date")
    distance, best = of_draws(leader - follower, "horizon", **monthly), of_draws(releases.best, "horizon", **monthly)
    when = xr.DataArray(dates, dims="horizon", coords={"horizon": horizon})
    lags = {}
    for name, level in zip(LAGS, (of_draws(follower, "horizon", **monthly), best), strict=True):
        lag = gap.lag_of_level(whole, level.drop_vars("date"), date=when)
        lags[name] = lag.drop_vars("censored").assign_coords(date=("horizon", dates))
        lags[f"{name}_censored"] = lag["censored"].drop_vars("censored")
    draws = xr.Dataset(
        {
            "frontier": of_draws(
                np.stack([leader, follower], axis=1),
                "country",
                "horizon",
                **monthly,
                country=[params.leader, params.follower],
            ),
            **lags,
            "distance": distance,
            "best_released": best,
            "component": of_draws(shocks.component, units="index into COMPONENTS", **coords),
            "kappa": of_draws(_capped_kappa(past, shocks.kappa) * 12, units="per year", **coords),
        }
    )
    found = xr.Dataset(
        {
            "month": of_draws(releases.month, "release", units="months", **coords),
            "ability": of_draws(releases.ability, "release", **coords),
        }
    )
    return Forecast(posterior, draws, found)


# --- Readings -------------------------------------------------------------------------------------


def p_exceeds(draws: xr.Dataset, *, thresholds=THRESHOLDS, horizons=HORIZONS) -> xr.DataArray:
    """Probability that each lag is longer than so many months, so many months from the as-of date.

    Parameters
    ----------
    draws : Dataset
        `Forecast.draws`.
    thresholds : sequence of float
        Months of lag.
    horizons : sequence of int
        Months ahead.

    Returns
    -------
    DataArray, dims (definition, horizon, threshold)
        A censored lag counts with its bound, an undefined one (the follower
        is ahead for good) as short.
    """
    limit = xr.DataArray(list(thresholds), dims="threshold", coords={"threshold": list(thresholds)})
    shares = [(draws[name].sel(horizon=list(horizons)) > limit).mean(SAMPLE) for name in LAGS]
    return xr.concat(shares, dim=pd.Index(LAGS, name="definition")).transpose("definition", "horizon", "threshold")


def p_ahead_by(draws: xr.Dataset) -> xr.DataArray:
    """Probability that the follower's frontier has been above the leader's at some month's end by each horizon.

    Parameters
    ----------
    draws : Dataset
        `Forecast.draws`.

    Returns
    -------
    DataArray, dims (horizon,)
        Never falls along `horizon`.
    """
    ahead = (draws["distance"] < 0).transpose(*SAMPLE, "horizon")
    return ahead.copy(data=np.maximum.accumulate(ahead.to_numpy(), axis=-1)).mean(SAMPLE)


def change(draws: xr.Dataset) -> xr.DataArray:
    """Change of the frontier lag from the as-of date to each horizon, in months; positive is widening.

    -inf where the lag is undefined then. Divided by the years it is the
    velocity; the share of positive draws is the probability of widening.

    Parameters
    ----------
    draws : Dataset
        `Forecast.draws`.

    Returns
    -------
    DataArray, dims (chain, draw, horizon), months
    """
    lag = draws["frontier_lag"]
    now = lag.sel(horizon=0, drop=True).drop_vars("date", errors="ignore")
    return (lag - now.where(np.isfinite(now), 0.0)).assign_attrs(units="months")


def catch_up(forecast: Forecast, target: xr.DataArray) -> xr.Dataset:
    """Months from the as-of date until the follower reaches a target ability, up to the horizon.

    Parameters
    ----------
    forecast : Forecast
    target : DataArray, dims (chain, draw)
        Ability of a leader model; logits.

    Returns
    -------
    Dataset, dims (chain, draw), months
        `frontier`: until the follower's frontier reaches it; `released`:
        until one of its released models does. Zero or negative where that has
        happened; +inf where it does not happen within the horizon. At every
        month's end the share reached is that of draws at or above the target.
    """
    posterior, draws = forecast.posterior, forecast.draws
    params, as_of = posterior.params, pd.Timestamp(posterior.params.as_of)
    future = draws["frontier"].sel(country=params.follower, drop=True).isel(horizon=slice(1, None))
    future = future.swap_dims(horizon="date").drop_vars("horizon")
    history = posterior.frontier.sel(country=params.follower, drop=True).transpose(*SAMPLE, "date")
    whole = xr.concat([history, future.transpose(*SAMPLE, "date")], dim="date")
    reached = -gap.lag_of_level(whole, target, date=as_of).drop_vars("censored")
    reached = reached.where(whole.isel(date=-1, drop=True) >= target, np.inf)

    ours = posterior.models[posterior.models["country"] == params.follower]
    known = posterior.ability.sel(model=ours.index.to_numpy())
    months = xr.DataArray(np.asarray((ours["date"] - as_of) / _MONTH), dims="model", coords={"model": known["model"]})
    before = months.where(known >= target, np.inf).min("model")
    # What comes after the horizon is not known; ability there is held at its last value.
    able = (forecast.releases["ability"] >= target) & (forecast.releases["month"] <= params.horizon_months)
    after = forecast.releases["month"].where(able, np.inf).min("release")
    released = np.minimum(before, after).transpose(*SAMPLE)
    return xr.Dataset({"frontier": reached.transpose(*SAMPLE), "released": released}).map(
        lambda values: values.assign_attrs(units="months")
    )
