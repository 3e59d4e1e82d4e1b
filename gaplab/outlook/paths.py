"""Future paths of the leader's and the follower's frontier under each shape of the forecast."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gaplab.gap.arrays import flat_draws
from gaplab.outlook.history import LEAST_PACE, InjectedRelease, Levers, Past, interp_rows
from gaplab.outlook.shocks import Shocks, expected_pace, surprises, wandering_steps


@dataclass(frozen=True)
class Parts:
    """What the levers act on, draw by draw: a page moves both frontiers with it as the functions here do."""

    leader: np.ndarray  # [draw, month] steps without levers
    follower: np.ndarray  # [draw, month] the same, without diffusion where it is catching up
    kappa: np.ndarray  # [draw] per month
    catching_up: np.ndarray  # [draw]


def movable_parts(past: Past, shocks: Shocks) -> Parts:
    """What the levers act on, the same whatever they are."""
    sd = past.log_sd[:, None]
    wandering = expected_pace(past.recent[:, 0], past.mean[:, 0], past.horizon) * wandering_steps(
        shocks.pace[:, 0], past.log_sd
    )
    # A step between knots is the mean of `step` months, so a month's surprise varies that much more.
    monthly = np.expm1(sd[:, 0] ** 2) * past.step
    line = past.line[:, [0]] * surprises(shocks.pace[:, 0], monthly)
    steps = np.where((shocks.component == 2)[:, None], line, wandering)
    kappa = capped_kappa(past, shocks.kappa)
    return Parts(steps, _own_steps(past, shocks, kappa, steps), kappa, shocks.component == 1)


def leader_path(past: Past, parts: Parts, levers: Levers) -> np.ndarray:
    """The leader's counted frontier [draw, month 0...] under the levers."""
    factor = levers.leader_rate * (1.0 - _overlap(levers.pause, past.horizon))
    path = path_of(past.frontier[:, 0, -1], parts.leader * factor)
    if levers.restricted_share and levers.restricted_months:
        months = np.arange(past.horizon + 1.0)
        late = np.maximum(months - levers.restricted_months, 0.0)
        held = interp_rows(path, months, np.broadcast_to(late, path.shape))
        path = (1 - levers.restricted_share) * path + levers.restricted_share * held
    if levers.injected is not None and levers.injected.country == "leader":
        path = _raised(path, levers.injected)
    return path


def follower_path(past: Past, parts: Parts, levers: Levers, leader: np.ndarray) -> np.ndarray:
    """The follower's frontier [draw, month 0...] under the levers.

    In month m it gains factor(m) x (own + gain x head start), with the head
    start over the leader's counted frontier, when it has one, at the start of
    the month. For `catching_up` own is what its pace leaves beside diffusion
    and gain = 1 - exp(-kappa x lever). For the others own is the whole step
    and only the change counts: gain = exp(-kappa) - exp(-kappa x lever). The
    exponentials are the exact solution over a month, so that no lever makes
    the follower jump past the leader.
    """
    gain = np.where(parts.catching_up, 1.0, np.exp(-parts.kappa)) - np.exp(-parts.kappa * levers.diffusion)
    factor = _factor(levers.follower_rate, levers.follower_rate_after, past.horizon)
    injected = levers.injected if levers.injected is not None and levers.injected.country == "follower" else None
    path = np.empty((len(gain), past.horizon + 1))
    path[:, 0] = past.frontier[:, 1, -1]
    for month in range(past.horizon):
        head_start = np.maximum(leader[:, month] - path[:, month], 0.0)
        step = factor[month] * np.maximum(parts.follower[:, month] + gain * head_start, 0.0)
        path[:, month + 1] = path[:, month] + step
        if injected is not None and month_of(injected.month) == month + 1:
            reached = path[:, month] + (injected.month - month) * step
            path[:, month + 1] += np.maximum(flat_draws(injected.ability) - reached, 0.0)
    return path


def _own_steps(past: Past, shocks: Shocks, kappa: np.ndarray, leader_steps: np.ndarray) -> np.ndarray:
    """What the follower gains each month without levers and, in `catching_up`, without diffusion."""
    normal, component = shocks.pace[:, 1], shocks.component[:, None]
    diffused = np.where(component == 1, -np.expm1(-kappa)[:, None] * past.head_start, 0.0)
    recent, mean = (
        np.maximum(pace, LEAST_PACE) for pace in (past.recent[:, 1] - diffused[:, 0], past.mean[:, 1] - diffused[:, 1])
    )
    wandering = expected_pace(recent, mean, past.horizon) * wandering_steps(normal, past.log_sd)
    line = past.line[:, [1]] * surprises(normal, np.expm1(past.log_sd**2) * past.step)
    return np.select([component == 2, component == 3], [line, _repeated(past, shocks, leader_steps)], default=wandering)


def _repeated(past: Past, shocks: Shocks, leader_steps: np.ndarray) -> np.ndarray:
    """Steps of a follower that repeats the leader at a lag without trend.

    Its place on the leader's path moves on by a month each month on average,
    never back, with surprises that give the lag its own past variability.
    """
    moved = surprises(shocks.lag, past.lag_sd**2)
    # Begin at the level that the follower has reached: a lag that is only a bound would begin with a jump.
    lag = np.where(np.isfinite(past.lag_now), past.lag_now, 0.0)
    place = np.cumsum(np.concatenate([-lag[:, None], moved], axis=1), axis=1)
    grid = np.concatenate([past.months[:-1], np.arange(past.horizon + 1.0)])
    future = path_of(past.frontier[:, 0, -1], leader_steps)
    leader = np.concatenate([past.frontier[:, 0, :-1], future], axis=1)
    beyond = np.maximum(place - past.horizon, 0.0) * ((future[:, -1] - future[:, -13]) / 12)[:, None]
    return np.diff(interp_rows(leader, grid, place) + beyond, axis=1)


def capped_kappa(past: Past, kappa: np.ndarray) -> np.ndarray:
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


def path_of(start: np.ndarray, steps: np.ndarray) -> np.ndarray:
    return np.cumsum(np.concatenate([start[:, None], steps], axis=1), axis=1)


def _raised(path: np.ndarray, injected: InjectedRelease) -> np.ndarray:
    """The path, lifted from the release on by as much as the model exceeds it."""
    months = np.arange(path.shape[1], dtype=float)
    if injected.month > months[-1]:
        return path
    reached = interp_rows(path, months, np.full((len(path), 1), injected.month))
    lift = np.maximum(flat_draws(injected.ability)[:, None] - reached, 0.0)
    return path + lift * (months >= month_of(injected.month))


def month_of(month: float) -> int:
    """The first month's end at which what happened in that month shows; today shows from month 1."""
    return max(1, int(np.ceil(month)))
