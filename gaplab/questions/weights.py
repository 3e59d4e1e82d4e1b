"""Importance weights on draws: reweighted means and quantiles, and whether the weights can be trusted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

import numpy as np
import xarray as xr

from gaplab.errors import GaplabError
from gaplab.light_imports import import_array_stats
from gaplab.units import SAMPLE


@dataclass(frozen=True)
class Weights:
    """Smoothed importance weights of the draws of one posterior.

    Attributes
    ----------
    weight : DataArray, dims (chain, draw)
        Sums to one; no draw is dropped.
    k_hat : float
        Shape of the generalized Pareto tail of the raw weights. Infinite
        where too few draws have any weight at all.
    """

    weight: xr.DataArray
    k_hat: float

    @property
    def limit(self) -> float:
        """Largest k-hat that this many draws bear: min(1 - 1 / log10(S), 0.7)."""
        return min(1 - 1 / np.log10(self.weight.size), 0.7)

    @property
    def usable(self) -> bool:
        """Whether numbers made with the weights can be relied on."""
        return bool(self.k_hat <= self.limit)

    @property
    def effective(self) -> float:
        """Number of equally weighted draws worth as much: 1 / sum of squares."""
        return float(1 / (self.weight**2).sum())


def smoothed_weights(log_weight: xr.DataArray) -> Weights:
    """Pareto-smoothed importance weights from raw log weights, known up to a constant.

    Parameters
    ----------
    log_weight : DataArray, dims (chain, draw)
        -inf is a weight of zero.

    Returns
    -------
    Weights
        Equal weights when no draw has any weight, with a k-hat of infinity.

    Raises
    ------
    GaplabError
        A log weight is NaN or +inf.

    References
    ----------
    Vehtari, Simpson, Gelman, Yao & Gabry (2024). Pareto smoothed importance
    sampling. JMLR 25(72). https://jmlr.org/papers/v25/19-556.html
    """
    raw = log_weight.transpose(*SAMPLE).to_numpy().astype(float)
    if np.isnan(raw).any() or np.isposinf(raw).any():
        raise GaplabError("importance weights: some are no numbers; expected finite log weights or -inf for zero")
    equal = log_weight.transpose(*SAMPLE).copy(data=np.full(raw.shape, 1 / raw.size))
    if np.isneginf(raw).all():
        return Weights(equal, np.inf)
    if np.ptp(raw) < 1e-12:
        return Weights(equal, 0.0)
    # With few draws of any weight, the fitted tail would consist of draws without weight and say nothing.
    tail = min(0.2 * raw.size, 3 * np.sqrt(raw.size))
    highest = np.sort(raw, axis=None)[-int(np.ceil(tail)) :]
    if np.isfinite(raw).sum() <= 2 * tail:
        log, k_hat = raw, np.inf
    elif np.ptp(highest) < 1e-12:  # many draws share the largest weight: nothing to smooth
        log, k_hat = raw, 0.0
    else:
        log, k_hat = _array_stats().psislw(-raw, axis=(0, 1))
    weight = np.exp(log - log.max())
    return Weights(equal.copy(data=weight / weight.sum()), float(k_hat))


@cache
def _array_stats() -> Any:
    return import_array_stats()


def even_weights(draws: xr.DataArray) -> Weights:
    """The same weight for every draw."""
    alike = draws.transpose(*SAMPLE).reset_coords(drop=True)
    return Weights(alike.copy(data=np.full(alike.shape, 1 / alike.size)), 0.0)


def weighted_quantiles(draws: xr.DataArray, weights: Weights, probabilities: Sequence[float]) -> np.ndarray:
    """Quantiles over weighted draws, themselves draws; NaN where one falls among undefined draws.

    The smallest draw at which the weight of all draws up to it reaches the
    probability: with equal weights, the quantiles of `summary.interval`.

    Parameters
    ----------
    draws : DataArray, dims (chain, draw)

    Returns
    -------
    array, one number for each probability
    """
    values = draws.transpose(*SAMPLE).to_numpy().ravel()
    order = np.argsort(values, kind="stable")
    return quantiles_in_order(values[order], weights.weight.to_numpy().ravel()[order], probabilities)


def quantiles_in_order(values: np.ndarray, weight: np.ndarray, probabilities: Sequence[float]) -> np.ndarray:
    """As `weighted_quantiles`, of draws that are sorted."""
    reached = np.cumsum(weight)
    at = np.searchsorted(reached / reached[-1], np.asarray(probabilities) - 1e-12)
    found = values[np.minimum(at, values.size - 1)]
    return np.where(np.isfinite(found), found, np.nan)


@dataclass(frozen=True)
class DrawsInOrder:
    """The draws of one number, of all chains and of every chain by itself, sorted, and where each stood before."""

    draws: xr.DataArray
    parts: list[tuple[np.ndarray, np.ndarray]]

    @cached_property
    def middles(self) -> np.ndarray:
        """Median over all draws, and that of every chain, all draws alike."""
        return self.medians(np.full(self.draws.size, 1 / self.draws.size))

    def medians(self, weight: np.ndarray) -> np.ndarray:
        """Weighted median over all draws, and that of every chain."""
        return np.array([quantiles_in_order(values, weight[order], [0.5])[0] for values, order in self.parts])


def draws_in_order(draws: xr.DataArray) -> DrawsInOrder:
    """The draws of a number, sorted once for all weights."""
    values = draws.transpose(*SAMPLE).to_numpy()
    places = np.arange(values.size).reshape(values.shape)
    parts = []
    for each, where in ((values.ravel(), places.ravel()), *zip(values, places, strict=True)):
        order = np.argsort(each, kind="stable")
        parts.append((each[order], where[order]))
    return DrawsInOrder(draws, parts)
