"""What a forecast takes from the past: pace, wandering of the lag and release gaps of each draw."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import xarray as xr

from gaplab import gap
from gaplab.errors import GaplabError
from gaplab.gap.arrays import MONTH_NS
from gaplab.posterior import Posterior
from gaplab.units import SAMPLE

COMPONENTS = ("drift", "catching_up", "straight_line", "same_lag")
WEIGHTS = (0.25, 0.25, 0.25, 0.25)
"""Equal unless the back-test shows better ones: see docs/decisions/outlook.md."""
HALF_LIFE_MONTHS = 24.0
KAPPA_PER_YEAR = 0.5
HORIZONS = (3, 6, 12, 24)
_LINE_SINCE = pd.Timestamp("2024-01-01")
_RELEASE_MONTHS = 24  # how far back gaps and shortfalls of releases are taken from
_LAG_CHANGE_MONTHS = 6  # changes over shorter times are mostly noise that reverts
LEAST_PACE = 1e-4  # logits a month; a frontier that stood still has no log pace
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
    injected : InjectedRelease or None
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
    injected: InjectedRelease | None = None


@dataclass(frozen=True)
class InjectedRelease:
    """A model assumed to be released.

    Attributes
    ----------
    month : float
        Months from the as-of date to its release.
    ability : DataArray, dims (chain, draw)
        Logits.
    """

    country: str
    month: float
    ability: xr.DataArray


@dataclass(frozen=True)
class Past:
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


def past_of(posterior: Posterior) -> Past:
    """What a forecast takes from the past of a posterior."""
    params, as_of = posterior.params, pd.Timestamp(posterior.params.as_of)
    pair = [params.leader, params.follower]
    ordered = posterior.frontier.sel(country=pair).transpose(*SAMPLE, "country", "date")
    knots = pd.DatetimeIndex(ordered["date"].to_numpy())
    months = np.asarray((knots - as_of) / MONTH_NS)
    if len(months) < 2:
        raise GaplabError(
            "forecast: the frontiers have a single knot; expected a year or more of models: choose a later as_of"
        )
    frontier = ordered.to_numpy().reshape(-1, 2, len(knots))

    first = posterior.models.groupby("country")["date"].min()[pair].max()
    both = min(float((first - as_of) / MONTH_NS), -12.0)
    since = {"recent": -12.0, "mean": both, "line": min(float((_LINE_SINCE - as_of) / MONTH_NS), -12.0)}
    pace = {name: pace_of(frontier, months, start) for name, start in since.items()}

    steps = np.diff(months)
    logs = np.log(np.maximum(np.diff(frontier) / steps, LEAST_PACE))
    deviations = logs - logs.mean(axis=-1, keepdims=True)
    count = logs.shape[-1]
    squares = (deviations**2).sum(axis=-1)
    variance = (squares.sum(axis=-1) + _PRIOR_KNOTS * _PRIOR_LOG_SD**2) / (2 * (count - 1) + _PRIOR_KNOTS)
    product = deviations.prod(axis=1).sum(axis=-1)
    # Shrunk towards zero, since few knots say little about a correlation.
    scale = np.sqrt(squares.prod(axis=-1)) * (count + _PRIOR_KNOTS) / count
    correlation = np.divide(product, scale, out=np.zeros_like(product), where=scale > 0)

    distance = frontier[:, 0] - frontier[:, 1]
    head_start = np.stack(
        [np.maximum(distance[:, months >= start], 0).mean(axis=-1) for start in (-12.001, both)], axis=-1
    )
    lag = gap.frontier_lag(posterior.frontier, **params.roles)
    lag_draws = lag.transpose(*SAMPLE, "date").to_numpy().reshape(len(frontier), -1)
    known = ~lag["censored"].transpose(*SAMPLE, "date").to_numpy().reshape(len(frontier), -1)
    gaps, since_release, shortfalls = release_history(posterior, as_of)
    best = gap.best_released(posterior.ability, posterior.models, country=params.follower, date=as_of)
    return Past(
        months=months,
        frontier=frontier,
        **pace,
        head_start=head_start,
        log_sd=np.sqrt(variance),
        correlation=np.clip(correlation, -0.95, 0.95),
        lag_now=lag_draws[:, -1],
        lag_sd=lag_sd(lag_draws, known, months, np.sqrt(variance), float(steps.mean())),
        best=best.transpose(*SAMPLE).to_numpy().ravel(),
        release_gaps=gaps,
        since_release=since_release,
        shortfalls=shortfalls,
        horizon=params.horizon_months,
        step=float(steps.mean()),
    )


def pace_of(frontier: np.ndarray, months: np.ndarray, start: float) -> np.ndarray:
    """Mean pace from a month to the last knot, at least `LEAST_PACE`, logits per month."""
    start = max(start, months[0])
    before = interp_rows(frontier, months, np.full(frontier.shape[:-1], start))
    return np.maximum((frontier[..., -1] - before) / (months[-1] - start), LEAST_PACE)


def lag_sd(lag: np.ndarray, known: np.ndarray, months: np.ndarray, log_sd: np.ndarray, step: float) -> np.ndarray:
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


def release_history(posterior: Posterior, as_of: pd.Timestamp) -> tuple[np.ndarray, float, np.ndarray]:
    """Gaps between the follower's release days, time since the last, and the shortfall of each day's best model."""
    follower = posterior.params.follower
    ours = posterior.models[posterior.models["country"] == follower].sort_values("date", kind="stable")
    days = pd.DatetimeIndex(ours["date"].unique())
    chosen = days[days > as_of - _RELEASE_MONTHS * MONTH_NS]
    chosen = chosen if len(chosen) > 5 else days
    gaps = np.asarray(np.diff(chosen) / MONTH_NS) if len(chosen) > 1 else np.array([12.0])
    frontier = posterior.frontier.sel(country=follower, drop=True)
    first = pd.Timestamp(frontier["date"].to_numpy()[0])
    at = gap.frontier_at(frontier, chosen.where(chosen > first, first))
    recent = ours[ours["date"] >= chosen[0]]
    ability = posterior.ability.sel(model=recent.index.to_numpy(object)).transpose(*SAMPLE, "model").to_numpy()
    best = np.maximum.reduceat(ability, recent["date"].searchsorted(chosen), axis=-1)
    shortfalls = at.transpose(*SAMPLE, "date").to_numpy() - best
    return gaps, float((as_of - days[-1]) / MONTH_NS), shortfalls.reshape(-1, len(chosen))


def interp_rows(values: np.ndarray, grid: np.ndarray, asked: np.ndarray) -> np.ndarray:
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
