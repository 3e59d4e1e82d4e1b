"""Simple forecasts that ours has to beat: they see the lag's own history at the origin and nothing else."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

NAMES = ("persistence", "historical_mean", "linear_trend", "error_correction")
LEVELS = ("drifting_level", "damped_correction")
"""Ours of the same kind: from the lag's own history too, but the mean that the lag goes back to moves slowly."""
_LINE_MONTHS = 24
_LEVEL_HALF_LIFE = 12.0
_MEAN_HALF_LIFE = 24.0
_LEAST_SD = 0.3
"""Months; the smallest error of a forecast, also where the history never moved."""


def lag(name: str, history: np.ndarray, now: np.ndarray, *, horizon: int, rng: np.random.Generator) -> np.ndarray:
    """Draws of a lag some months ahead.

    Each has a centre, from the history of the medians, and an error around it;
    what is uncertain about the lag today is added as it stands.

    - persistence: the lag of today; changes over as many months in the past are the error.
    - historical_mean: its mean so far, and its spread around it.
    - linear_trend: the least-squares line through the last 24 months, with the error of prediction.
    - error_correction: back towards its mean as fast as it did in the past (first-order autoregression).
    - drifting_level: its mean so far, months counting half as much for every year that they are past; what that
      rule missed over as many months in the past is the error.
    - damped_correction: as error_correction, towards a mean that forgets half in two years.

    Parameters
    ----------
    name : str
        One of `NAMES` or `LEVELS`.
    history : array [month]
        Median lag at the end of each month up to the origin, as read at the origin; the last is today.
    now : array [sample]
        Draws of the lag today.
    horizon : int
        Months ahead.

    Returns
    -------
    array [sample]
    """
    centre, sd = _RULES[name](history, horizon)
    noise = now - np.median(now)
    return centre + noise + max(sd, _LEAST_SD) * rng.standard_normal(now.size)


def _persistence(history: np.ndarray, horizon: int) -> tuple[float, float]:
    step = min(horizon, max(len(history) - 1, 1))
    changes = history[step:] - history[:-step]
    size = float(np.sqrt(np.mean(changes**2))) if changes.size else 0.0
    return float(history[-1]), size * np.sqrt(horizon / step)


def _historical_mean(history: np.ndarray, horizon: int) -> tuple[float, float]:
    return float(history.mean()), float(history.std())


def _linear_trend(history: np.ndarray, horizon: int) -> tuple[float, float]:
    y = history[-_LINE_MONTHS:]
    if len(y) < 3:
        return _persistence(history, horizon)
    x = np.arange(len(y)) - (len(y) - 1.0)
    slope, height = np.polyfit(x, y, 1)
    residual = np.sqrt(((y - height - slope * x) ** 2).sum() / (len(y) - 2))
    leverage = 1 + 1 / len(y) + (horizon - x.mean()) ** 2 / ((x - x.mean()) ** 2).sum()
    return float(height + slope * horizon), float(residual * np.sqrt(leverage))


def _error_correction(history: np.ndarray, horizon: int) -> tuple[float, float]:
    return _towards(np.full(len(history), history.mean()), history, horizon)


def _towards(mean: np.ndarray, history: np.ndarray, horizon: int) -> tuple[float, float]:
    """Back towards the last of some means, as fast as the history went back to them (first-order autoregression)."""
    deviation = history - mean
    if len(history) < 4 or not deviation[:-1].any():
        return _persistence(history, horizon)
    keep = float(np.clip((deviation[1:] * deviation[:-1]).sum() / (deviation[:-1] ** 2).sum(), 0.0, 0.99))
    shock = float(np.std(deviation[1:] - keep * deviation[:-1]))
    spread = shock * np.sqrt((1 - keep ** (2 * horizon)) / (1 - keep**2))
    return float(mean[-1] + keep**horizon * deviation[-1]), spread


def _moving_mean(history: np.ndarray, half_life: float) -> np.ndarray:
    """At each month the mean of the months up to it, older ones counting less."""
    ages = np.subtract.outer(np.arange(len(history)), np.arange(len(history)))
    weights = np.where(ages >= 0, 0.5 ** (np.maximum(ages, 0) / half_life), 0.0)
    return weights @ history / weights.sum(axis=1)


def _drifting_level(history: np.ndarray, horizon: int) -> tuple[float, float]:
    level = _moving_mean(history, _LEVEL_HALF_LIFE)
    missed = history[horizon:] - level[:-horizon]
    size = np.sqrt(np.mean(missed**2)) if missed.size else np.sqrt(np.mean((history - level) ** 2))
    return float(level[-1]), float(size)


def _damped_correction(history: np.ndarray, horizon: int) -> tuple[float, float]:
    return _towards(_moving_mean(history, _MEAN_HALF_LIFE), history, horizon)


_RULES: dict[str, Callable[[np.ndarray, int], tuple[float, float]]] = {
    "persistence": _persistence,
    "historical_mean": _historical_mean,
    "linear_trend": _linear_trend,
    "error_correction": _error_correction,
    "drifting_level": _drifting_level,
    "damped_correction": _damped_correction,
}


def next_record(
    lag_ahead: np.ndarray, standing: np.ndarray, gaps: np.ndarray, *, horizon: int, rng: np.random.Generator
) -> np.ndarray:
    """Where the follower's next record stands on the leader's clock, in months before the origin.

    It comes after one of the past waits between records, at the lag of then;
    when it does not come within the horizon, the record of today still stands.

    Parameters
    ----------
    lag_ahead : array [sample]
        What `lag` gives.
    standing : array [sample]
        Where the best released model stands, months before the origin.
    gaps : array
        Months between past records.

    Returns
    -------
    array [sample]
    """
    wait = rng.choice(gaps, lag_ahead.size) * rng.uniform(size=lag_ahead.size)
    return np.where(wait <= horizon, np.minimum(lag_ahead - wait, standing), standing)
