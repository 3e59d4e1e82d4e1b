"""How far a reading of the day is usually revised: its draws spread until they are as wide as past revisions were."""

from __future__ import annotations

import numpy as np

PRIOR_ORIGINS = 4.0
"""Past origins that the posterior's own spread counts for."""

INDEPENDENT_MONTHS = 3.0
"""Origins so far apart count as one each; nearer ones share their revisions."""


def origin_weights(days: np.ndarray) -> np.ndarray:
    """What each of some origins counts for: the time since the one before in quarters, at most one.

    Parameters
    ----------
    days : array [origin]
        In months, in order.
    """
    return np.clip(np.diff(days, prepend=-np.inf) / INDEPENDENT_MONTHS, 0.0, 1.0)


def revision_stretch(revisions: np.ndarray, spreads: np.ndarray, weights: np.ndarray) -> float:
    """Factor on the posterior's spread that makes it the spread of past revisions.

    Parameters
    ----------
    revisions : array [origin]
        Later median less the median of the day.
    spreads : array [origin]
        Posterior standard deviation of the reading of the day.
    weights : array [origin]
        What each counts for.

    Returns
    -------
    float
        1 without any past revision: root mean square of revisions in standard
        deviations, with `PRIOR_ORIGINS` of 1.
    """
    squares = (weights * (revisions / spreads) ** 2).sum()
    return float(np.sqrt((PRIOR_ORIGINS + squares) / (PRIOR_ORIGINS + weights.sum())))


def stretched(values: np.ndarray, median: np.ndarray | float, factor: np.ndarray | float) -> np.ndarray:
    """Draws or bounds with their distance from the median multiplied; infinite ones stay infinite."""
    return median + factor * (np.asarray(values) - median)
