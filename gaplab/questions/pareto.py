"""Pareto-smoothed importance sampling: the numbers of ArviZ, whose import takes longer than many questions."""

from __future__ import annotations

import numpy as np
import scipy

_FEWEST = 5
"""Draws in a tail that a shape can be read from."""


def smoothed(log_weight: np.ndarray) -> tuple[np.ndarray, float]:
    """Log weights whose largest are quantiles of a generalised Pareto distribution, and the shape of that.

    Parameters
    ----------
    log_weight : array
        Known up to a constant; -inf is a weight of zero.

    Returns
    -------
    array
        Of the same shape; the weights sum to one.
    float
        k-hat; infinite where the tail is too short to have a shape, and then nothing is smoothed.

    References
    ----------
    Vehtari, Simpson, Gelman, Yao & Gabry (2024). Pareto smoothed importance sampling. JMLR 25(72).
    """
    log = log_weight.ravel() - log_weight.max()
    count = int(3 * log.size**0.5 if log.size > 225 else log.size / 5)
    order = np.argsort(log)
    tail, below = order[-count:], np.exp(log[order[-count - 1]])
    largest = log[tail].max()
    k_hat, scale = _fitted(np.exp(log[tail]) - below) if count >= _FEWEST else (np.inf, np.nan)
    if np.isfinite(k_hat):
        quantiles = np.log(_quantiles(np.arange(0.5, count) / count, k_hat, scale, below))
        log[tail] = np.where(quantiles > largest, largest, quantiles)
    log -= scipy.special.logsumexp(log)
    return log.reshape(log_weight.shape), float(k_hat)


def _fitted(beyond: np.ndarray) -> tuple[float, float]:
    """Shape and scale of a generalised Pareto distribution of ordered values: an empirical Bayes estimate.

    NaN where the first quartile is no larger than the smallest value, far from any such distribution.

    References
    ----------
    Zhang & Stephens (2009), doi:10.1198/tech.2009.08017.
    """
    size = len(beyond)
    grid = 30 + int(size**0.5)
    quartile = beyond[int(size / 4 + 0.5) - 1]
    if quartile <= beyond[0]:
        return np.nan, np.nan
    b = 1 - np.sqrt(grid / (np.arange(1, grid + 1, dtype=float) - 0.5))
    b /= 3 * quartile
    b += 1 / beyond[-1]
    k = np.mean(np.log1p(-b[:, None] * beyond), axis=1)
    log_likelihood = size * (np.log(-b / k) - k - 1)
    weight = np.exp(log_likelihood - scipy.special.logsumexp(log_likelihood))
    counts = weight >= 10 * np.finfo(float).eps
    weight, b = weight[counts], b[counts]
    weight /= weight.sum()
    mean = np.sum(b * weight)
    shape = np.mean(np.log1p(-mean * beyond))
    scale = -shape / mean
    shape = (size * shape + 10 * 0.5) / (size + 10)  # a weak prior around one half
    return (np.inf, np.nan) if np.isnan(shape) else (shape, scale)


def _quantiles(share: np.ndarray, shape: float, scale: float, start: float) -> np.ndarray:
    if scale <= 0:
        return np.full_like(share, np.nan)
    if shape == 0:
        return start - scale * np.log1p(-share)
    return start + scale * np.expm1(-shape * np.log1p(-share)) / shape
