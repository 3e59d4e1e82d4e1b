"""The shape of a posterior by the names of its coordinates, so that a fit of changed data can begin with it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr
from scipy.sparse import block_array, coo_array, csr_array, diags_array

from gaplab.sampling.compiled import njit
from gaplab.sampling.density import Density
from gaplab.sampling.native import evaluate

_POINTS, _FIRST_POINTS = 12, 3
_JITTER = 0.3
"""Standard deviation of the points around the start: at the start alone the density may be flat in some direction."""
_NEGLIGIBLE = 0.001
"""Couplings that make up less than this share of a core variable's curvature, taken together, cost more time than they
save steps. The more local variables there are, the smaller is one that matters."""


@dataclass(frozen=True)
class Curvature:
    """Where a log density has its mass, and how sharply it falls off there.

    Attributes
    ----------
    names : Index [dim]
        Names of the coordinates, unique.
    centre : array [dim]
        Mean of draws.
    matrix : csr_array [dim, dim]
        Minus the Hessian of the log density, averaged over draws; entries that do not matter are left out.
    """

    names: pd.Index
    centre: np.ndarray
    matrix: csr_array

    def reindexed(self, names: pd.Index, start: np.ndarray) -> Curvature:
        """The same of other coordinates: those not known here have a curvature of one around their start.

        Parameters
        ----------
        names : Index [dim]
        start : array [dim]
            Centre of the coordinates that are not known.
        """
        place = self.names.get_indexer(names)
        known = np.flatnonzero(place >= 0)
        picked = csr_array((np.ones(known.size), (known, place[known])), shape=(len(names), len(self.names)))
        centre = np.array(start, float)
        centre[known] = self.centre[place[known]]
        return Curvature(names, centre, csr_array(picked @ self.matrix @ picked.T + diags_array((place < 0) * 1.0)))

    def to_dataset(self) -> xr.Dataset:
        """As a dataset that `from_dataset` reads."""
        entries = coo_array(self.matrix)
        return xr.Dataset(
            {
                "centre": ("coordinate", self.centre),
                "row": ("entry", entries.row),
                "column": ("entry", entries.col),
                "value": ("entry", entries.data),
            },
            coords={"coordinate": self.names.to_numpy(object)},
        )

    @classmethod
    def from_dataset(cls, stored: xr.Dataset) -> Curvature:
        """What `to_dataset` gave."""
        size = stored.sizes["coordinate"]
        entries = stored["value"].to_numpy(), (stored["row"].to_numpy(), stored["column"].to_numpy())
        return cls(
            pd.Index(stored["coordinate"].to_numpy(), dtype=object),
            stored["centre"].to_numpy(),
            csr_array(entries, shape=(size, size)),
        )


def begun(density: Density, seed: int) -> Curvature:
    """The curvature of each coordinate around the start, at least one, without couplings."""
    around = density.start + _JITTER * np.random.default_rng(seed).normal(size=(_FIRST_POINTS, density.start.size))
    blocks, _, core = _curvature(density, around)
    diagonal = np.nan_to_num(np.concatenate([blocks.diagonal(), np.diag(core)]), nan=1.0, posinf=1.0)
    return Curvature(density.names, density.start, csr_array(diags_array(np.maximum(diagonal, 1.0))))


def learn(density: Density, points: np.ndarray) -> Curvature:
    """Mean of the points, and the average curvature at some of them."""
    places = np.linspace(0, len(points) - 1, min(_POINTS, len(points)))
    blocks, cross, core = _curvature(density, points[places.astype(int)])
    cross = _coupling(blocks.diagonal(), cross, np.diag(core))
    return Curvature(density.names, points.mean(axis=0), csr_array(block_array([[blocks, cross], [cross.T, core]])))


def _coupling(local: np.ndarray, cross: np.ndarray, core: np.ndarray) -> csr_array:
    """The entries of a curvature between local and core variables that are worth their time."""
    allowed = np.maximum(np.outer(local, core), 0)
    return csr_array(np.where(cross**2 > _NEGLIGIBLE / max(len(local), 1) * allowed, cross, 0.0))


def _curvature(density: Density, points: np.ndarray) -> tuple[csr_array, np.ndarray, np.ndarray]:
    """Blocks (sparse), coupling and core of minus the Hessian, averaged over points where it is finite.

    Blocks do not interact, so one gradient moves one variable of each. A draw of a run that diverged may
    have no finite gradient.
    """
    block, size = density.block, density.start.size
    n = block.size
    place = pd.Series(block).groupby(block).cumcount().to_numpy(int)
    depth = place.max() + 1 if n else 0
    moves = np.zeros((depth + size - n, size))
    moves[place, np.arange(n)] = 1.0
    moves[depth + np.arange(size - n), np.arange(n, size)] = 1.0
    addresses = density.function.address, density.data.address
    with ThreadPoolExecutor() as pool:
        changes = list(pool.map(lambda point: _changes(*addresses, point, moves), points))
    finite = [change for change in changes if np.isfinite(change).all()] or changes
    change = sum(finite) / len(finite)
    blocks = csr_array((n, n))
    for j in range(depth):
        # Row i changed because of the one moved variable of its own block.
        mover = np.full(block.max() + 1, -1)
        mover[block[place == j]] = np.flatnonzero(place == j)
        by = mover[block]
        seen = by >= 0
        blocks += csr_array((change[j, :n][seen], (np.flatnonzero(seen), by[seen])), shape=(n, n))
    return blocks, change[depth:, :n].T, change[depth:, n:]


@njit(cache=True, nogil=True)
def _changes(function, data, point, moves, step=1e-4):
    """By how much minus the gradient changes per unit of each move."""
    size = point.size
    change, moved, here = np.empty(moves.shape), np.empty(size), np.empty(size)
    evaluate(function, point, here, data)
    for row in range(len(moves)):
        for i in range(size):
            moved[i] = point[i] + step * moves[row, i]
        evaluate(function, moved, change[row], data)
        for i in range(size):
            change[row, i] = (here[i] - change[row, i]) / step
    return change
