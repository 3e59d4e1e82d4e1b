"""Compiled log densities: what the sampler needs of a model, without PyMC at run time.

`models.ability.definition` and `models.frontier.definition` define the models; the kernels beside them are the same
densities with hand-derived gradients, compiled once for data of any size. Tests hold each pair equal, value and
gradient.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numba.core.ccallback import CFunc

from gaplab.sampling.compiled import njit
from gaplab.sampling.native import NativeArgs, evaluate


@dataclass(frozen=True)
class Density:
    """A log density over unconstrained coordinates x, up to a constant.

    Attributes
    ----------
    function : CFunc
        Compiled, with a `native.signature`: returns the log density and fills the gradient.
    data : native.NativeArgs
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
    controlled : int
        How many of the first coordinates have control variates for their means and covariances (`controls.Controls`).
        Each is in a block of its own.
    """

    function: CFunc
    data: NativeArgs
    start: np.ndarray
    names: pd.Index
    block: np.ndarray
    unpack: Callable[[np.ndarray], dict[str, np.ndarray]]
    controlled: int = 0

    def __call__(self, x: np.ndarray) -> tuple[float, np.ndarray]:
        """Log density and its gradient at x."""
        gradient = np.empty_like(x)
        return _evaluate(self.function.address, x, gradient, self.data.address), gradient


@njit(cache=True)
def _evaluate(function: int, x: np.ndarray, gradient: np.ndarray, data: int) -> float:
    return evaluate(function, x, gradient, data)
