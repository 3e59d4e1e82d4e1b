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
import pandas as pd
from numba.core.ccallback import CFunc

from gaplab.models.native import Held, evaluate
from gaplab.sampling.compiled import njit


@dataclass(frozen=True)
class Density:
    """A log density over unconstrained coordinates x, up to a constant.

    Attributes
    ----------
    function : CFunc
        Compiled, with a `native.signature`: returns the log density and fills the gradient.
    data : native.Held
        Whose address the function takes.
    start : array [dim]
        A point to begin at.
    names : Index [dim]
        Of the coordinates, unique; the same coordinate of other data has the same name.
    block : int array [local]
        Block of each of the first coordinates; given the coordinates after them, the core, blocks are
        independent of each other.
    unpack : callable
        Draws [chain, draw, dim] of x to a mapping of name to draws of constrained variables, which may take the
        place of x in memory.
    """

    function: CFunc
    data: Held
    start: np.ndarray
    names: pd.Index
    block: np.ndarray
    unpack: Callable[[np.ndarray], dict[str, np.ndarray]]

    def __call__(self, x: np.ndarray) -> tuple[float, np.ndarray]:
        """Log density and its gradient at x."""
        gradient = np.empty_like(x)
        return _evaluate(self.function.address, x, gradient, self.data.address), gradient


@njit(cache=True)
def _evaluate(function: int, x: np.ndarray, gradient: np.ndarray, data: int) -> float:
    return evaluate(function, x, gradient, data)


def zero_sum(free: np.ndarray, left_out: int) -> np.ndarray:
    """n values that sum to zero from n - 1 free ones [..., n - 1]: the one left out is minus the sum of the others.

    Each value but one depends on a single coordinate, so that a test is coupled
    with its own test-takers only. Leave out what least is known of.
    """
    return np.insert(free, left_out, -free.sum(axis=-1), axis=-1)


@njit(cache=True, error_model="numpy")
def zero_sum_into(free: np.ndarray, left_out: int, out: np.ndarray) -> None:
    """`zero_sum` for one vector, in place."""
    out[:left_out] = free[:left_out]
    out[left_out] = -free.sum()
    out[left_out + 1 :] = free[left_out:]


@njit(cache=True, error_model="numpy")
def zero_sum_pullback(gradient: np.ndarray, left_out: int, out: np.ndarray) -> None:
    """Gradient in the free coordinates from the gradient in the zero-sum ones."""
    out[:left_out] = gradient[:left_out] - gradient[left_out]
    out[left_out:] = gradient[left_out + 1 :] - gradient[left_out]
