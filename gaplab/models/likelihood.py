"""The likelihoods of both models in numpy: what one score and one reading say, for whatever is not a fit.

What-if, predictive checks, influence and nowcast read them; tests hold each equal to PyMC's in the definitions.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy

ITEMS_UNKNOWN = 1000.0
"""Items that a test of unknown size is taken to have where a score of none or all of them is a bound."""
FEWEST_ITEMS = 2.0
"""A score of one item counts as one of two: for one, no Beta distribution has the variance of the binomial."""


def beta_parameters(
    eta: np.ndarray, omega: np.ndarray, *, floor: Any, ceiling: Any, n_items: Any
) -> tuple[np.ndarray, np.ndarray]:
    """Both parameters of the Beta distribution of a score.

    Parameters
    ----------
    eta : array
        Expected logit.
    omega : array
        Over-dispersion of the test.
    floor, ceiling : float or array
        Of the test.
    n_items : float or array
        Infinite where it is not known.

    Returns
    -------
    tuple of arrays
        alpha and beta: the variance is that of so many items and of the over-dispersion.
    """
    mu = floor + (ceiling - floor) * scipy.special.expit(eta)
    sampling = 1.0 / np.maximum(n_items, FEWEST_ITEMS)
    phi = 1.0 / (sampling + (1.0 - sampling) * omega) - 1.0
    return mu * phi, (1.0 - mu) * phi


def half_an_item(n_items: Any) -> np.ndarray:
    """Half the share of one item in a score: what lies nearer to none or to all of the items is a bound."""
    return 0.5 / np.where(np.isfinite(n_items), np.maximum(n_items, FEWEST_ITEMS), ITEMS_UNKNOWN)


def log_score(score: Any, alpha: np.ndarray, beta: np.ndarray, *, at_most: Any, at_least: Any) -> np.ndarray:
    """Log density of scores, or log probability of what lies beyond those that are bounds.

    Parameters
    ----------
    score, alpha, beta : arrays
        That broadcast; the last axis of the parameters is that of the scores.
    at_most, at_least : bool or bool array [score]
        Whether a score is an upper or a lower bound of what was reached.
    """
    inside = np.clip(score, 1e-9, 1 - 1e-9)
    found = (alpha - 1) * np.log(inside) + (beta - 1) * np.log1p(-inside) - scipy.special.betaln(alpha, beta)
    for bound, *of_beta in ((at_most, alpha, beta, score), (at_least, beta, alpha, 1 - np.asarray(score))):
        rows = np.broadcast_to(bound, found.shape)
        share = scipy.special.betainc(*(np.broadcast_to(each, found.shape)[rows] for each in of_beta))
        found[rows] = np.log(np.maximum(share, 1e-300))
    return found


def log_shortfall(distance: Any, mean: Any, sd: Any) -> Any:
    """Log density of a reading at some distance from its frontier: Normal(0, sd) minus Exponential(mean).

    (1/mean) exp(x/mean + sd^2 / (2 mean^2)) Phi(-x/sd - sd/mean), from completing the square in the integral over the
    shortfall.

    Parameters
    ----------
    distance : array or DataArray
        Reading minus frontier, logits.
    mean, sd : array or DataArray
        Mean shortfall, and standard error of the reading.

    Returns
    -------
    array or DataArray
    """
    tail = scipy.special.log_ndtr(-distance / sd - sd / mean)
    return -np.log(mean) + distance / mean + sd**2 / (2 * mean**2) + tail
