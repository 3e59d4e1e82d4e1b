"""Compiled log densities: what the sampler needs of a model, without PyMC at run time.

`models.ability.build` and `models.frontier.build` define the models; the
functions beside them are the same densities with hand-derived gradients,
compiled once for data of any size. Tests hold each pair equal, value and
gradient.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numba import njit


@dataclass(frozen=True)
class Density:
    """A log density over unconstrained coordinates x, up to a constant.

    Attributes
    ----------
    function : callable
        function(x, gradient, *data) returns the log density and fills the gradient.
    data : tuple of arrays
    start : array [dim]
        A point to begin at.
    block : int array [local]
        Block of each of the first coordinates; given the coordinates after them, the core, blocks are
        independent of each other.
    unpack : callable
        Draws [chain, draw, dim] of x to a mapping of name to draws of constrained variables.
    """

    function: Callable[..., float]
    data: tuple[np.ndarray, ...]
    start: np.ndarray
    block: np.ndarray
    unpack: Callable[[np.ndarray], dict[str, np.ndarray]]

    def __call__(self, x: np.ndarray) -> tuple[float, np.ndarray]:
        """Log density and its gradient at x."""
        gradient = np.empty_like(x)
        return self.function(x, gradient, *self.data), gradient


def zero_sum(free: np.ndarray) -> np.ndarray:
    """n values that sum to zero from n - 1 free ones [..., n - 1]; an orthonormal map.

    The last is set by the others and all are shifted so that distances are
    kept (the transform of PyMC's ZeroSumNormal).
    """
    n = free.shape[-1] + 1
    total = free.sum(axis=-1, keepdims=True)
    shift = total / (np.sqrt(n) + n)
    last = shift - total / np.sqrt(n)
    return np.concatenate([free, last], axis=-1) - shift


@njit(cache=True, error_model="numpy")
def zero_sum_into(free: np.ndarray, out: np.ndarray) -> None:
    """`zero_sum` for one vector, in place."""
    n = out.size
    total = free.sum()
    root = np.sqrt(n)
    shift = total / (root + n)
    for i in range(n - 1):
        out[i] = free[i] - shift
    out[n - 1] = -total / root


@njit(cache=True, error_model="numpy")
def zero_sum_pullback(gradient: np.ndarray, out: np.ndarray) -> None:
    """Gradient in the free coordinates from the gradient in the zero-sum ones."""
    n = gradient.size
    root = np.sqrt(n)
    shared = -gradient[: n - 1].sum() / (root + n) - gradient[n - 1] / root
    for i in range(n - 1):
        out[i] = gradient[i] + shared
