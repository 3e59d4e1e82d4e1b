"""Weights of the forecast's shapes, learned from how well each did before."""

from __future__ import annotations

import numpy as np

PRIOR_COUNT = 1.0
"""Weight of equal shares, in forecasts that have been scored."""

_STEPS = 500


def weights(log_scores: np.ndarray, importance: np.ndarray) -> np.ndarray:
    """Weights whose mixture would have given past outcomes the highest density, held towards equal ones.

    Maximises sum_n v_n log(sum_k w_k p_nk) + c sum_k log w_k by
    expectation-maximisation from equal weights: concave, so the result does not depend
    on the start, and no random number enters.

    Parameters
    ----------
    log_scores : array [forecast, shape]
        Log density that each shape gave each past outcome.
    importance : array [forecast]
        What each counts for: overlapping forecasts less than one.

    Returns
    -------
    array [shape]
        Sums to one; equal where nothing has been scored.

    References
    ----------
    Yao, Vehtari, Simpson & Gelman (2018), doi:10.1214/17-BA1091 (stacking of predictive distributions).
    """
    shapes = log_scores.shape[1]
    found = np.full(shapes, 1 / shapes)
    if not len(log_scores):
        return found
    density = np.exp(log_scores - log_scores.max(axis=1, keepdims=True))
    for _ in range(_STEPS):
        share = density * found
        share /= share.sum(axis=1, keepdims=True)
        found = (importance[:, None] * share).sum(axis=0) + PRIOR_COUNT
        found /= found.sum()
    return found


def crps_weights(draws: list[np.ndarray], outcomes: np.ndarray, importance: np.ndarray) -> np.ndarray:
    """Weights whose mixture would have had the smallest mean CRPS on past outcomes, held towards equal ones.

    The CRPS of a mixture is quadratic in its weights, E|X - y| - E|X - X'| / 2,
    and convex. To the mean over past forecasts, `PRIOR_COUNT` forecasts are
    added by which every forecaster is as good as the average one and equal
    shares are best.

    Parameters
    ----------
    draws : list of array [forecaster, sample]
        One for each past forecast.
    outcomes, importance : array [forecast]
        What came, and what each counts for.

    Returns
    -------
    array [forecaster]
        Sums to one; equal where nothing has been scored.
    """
    from scipy.optimize import minimize

    count = len(draws[0])
    linear, apart = np.zeros(count), np.zeros((count, count))
    for values, came, share in zip(draws, outcomes, importance, strict=True):
        linear += share * np.abs(values - came).mean(axis=1)
        apart += share * np.abs(values[:, None, :, None] - values[None, :, None, :]).mean(axis=(2, 3))
    total = max(float(np.sum(importance)), 1e-9)
    pull = PRIOR_COUNT * linear.mean() / total

    def loss(shares: np.ndarray) -> float:
        towards_equal = pull * count * ((shares - 1 / count) ** 2).sum()
        return float((linear @ shares - shares @ apart @ shares / 2 + towards_equal) / total)

    found = minimize(
        loss, np.full(count, 1 / count), method="SLSQP", bounds=[(0, 1)] * count,
        constraints={"type": "eq", "fun": lambda shares: shares.sum() - 1},
    )  # fmt: skip
    shares = np.clip(found.x, 0.0, None)
    return shares / shares.sum()


def mixed(draws: np.ndarray, shares: np.ndarray) -> np.ndarray:
    """Draws of a mixture from as many draws of each of its parts, without a random number.

    Parameters
    ----------
    draws : array [shape, sample]
    shares : array [shape]
        Sums to one.

    Returns
    -------
    array [sample]
        From each part so many evenly spaced order statistics as its share asks for.
    """
    count = draws.shape[1]
    edges = np.round(np.cumsum(shares) * count).astype(int)
    edges[-1] = count
    sizes = np.diff(np.concatenate([[0], edges]))
    parts = []
    for part, size in zip(np.sort(draws, axis=1), sizes, strict=True):
        parts.append(part[((np.arange(size) + 0.5) / max(size, 1) * count).astype(int)])
    return np.concatenate(parts)
