"""Random shocks of a forecast: pace, surprises, waits between releases and shortfalls."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gaplab.outlook.history import HALF_LIFE_MONTHS, KAPPA_PER_YEAR, Past
from gaplab.posterior import Posterior


@dataclass(frozen=True)
class Shocks:
    """Every random number of a forecast, the same whatever the levers are."""

    component: np.ndarray  # [draw]
    kappa: np.ndarray  # [draw] per month, before it is capped
    pace: np.ndarray  # [draw, 2, month] standard normal, correlated between the countries
    lag: np.ndarray  # [draw, month] standard normal
    release_month: np.ndarray  # [draw, release]
    shortfall: np.ndarray  # [draw, release]


def draw_shocks(posterior: Posterior, past: Past, weights: np.ndarray) -> Shocks:
    """The shocks of every draw, from streams of their own, so that scenarios share them."""
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
    return Shocks(
        component=which.permutation(component),
        kappa=np.abs(kappa.standard_normal(count)) * KAPPA_PER_YEAR / 12,
        pace=normal,
        lag=lag.standard_normal((months, count)).T,
        release_month=month,
        shortfall=shortfall,
    )


def _release_shocks(past: Past, count: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Months and shortfalls of future release days, until every draw has passed the horizon."""
    # The current gap is at least as long as the time since the last release.
    place = draw_waits(past.release_gaps, past.since_release, count, rng) - past.since_release
    months = [place]
    while place.min() <= past.horizon:
        place = place + draw_waits(past.release_gaps, 0.0, count, rng)
        months.append(place)
    days = rng.integers(0, past.shortfalls.shape[1], (len(months), count)).T
    return np.stack(months, axis=-1), np.take_along_axis(past.shortfalls, days, axis=1)


def draw_waits(seen: np.ndarray, least: float, count: int, rng: np.random.Generator) -> np.ndarray:
    """Waits longer than `least`, as likely between any two neighbours of those seen as beyond the longest.

    Hill's (1968) rule, doi:10.1080/01621459.1968.11009286: with few seen, the next is not one of them. Beyond the
    longest a wait ends at the rate at which waits end at large.
    """
    ends = np.concatenate([[least], np.sort(seen[seen > least])])
    place = rng.uniform(0, len(ends), count)
    beyond = ends[-1] + rng.exponential(seen.mean(), count)
    return np.where(place > len(ends) - 1, beyond, np.interp(place, np.arange(len(ends)), ends))


def expected_pace(recent: np.ndarray, mean: np.ndarray, months: int) -> np.ndarray:
    """Expected pace in each month to come: geometrically from the recent to the mean one."""
    kept = 0.5 ** (np.arange(1, months + 1) / HALF_LIFE_MONTHS)
    return mean[..., None] * (recent / mean)[..., None] ** kept


def wandering_steps(normal: np.ndarray, sd: np.ndarray) -> np.ndarray:
    """Mean-reverting log-normal factors of mean 1 with long-run log sd `sd`, from 1 in month 0."""
    keep = 0.5 ** (1 / HALF_LIFE_MONTHS)
    deviation = np.empty_like(normal)
    last, variance = np.zeros(normal.shape[:-1]), 0.0
    for month in range(normal.shape[-1]):
        last = keep * last + np.sqrt(1 - keep**2) * sd * normal[..., month]
        variance = keep**2 * variance + (1 - keep**2)
        deviation[..., month] = last - sd**2 * variance / 2
    return np.exp(deviation)


def surprises(normal: np.ndarray, variance: np.ndarray) -> np.ndarray:
    """Independent log-normal factors of mean 1 and the given variance."""
    log_variance = np.log1p(variance)[..., None]
    return np.exp(np.sqrt(log_variance) * normal - log_variance / 2)
