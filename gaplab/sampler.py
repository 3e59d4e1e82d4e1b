"""Preconditioned NUTS for any of our densities: exact draws in a geometry learnt by a pilot run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr
from numba import njit
from scipy.sparse import csr_array, eye_array

from gaplab.models.density import Density

Progress = Callable[[str, float], None]
"""Called with the name of the phase and the share of it that is done."""

_PILOT_TUNE, _PILOT_DRAWS, _PILOT_CHAINS, _CURVATURE_POINTS = 300, 100, 2, 20
_SHORT_STEPS = 0.99
_NEGLIGIBLE = 1e-6


@dataclass(frozen=True)
class Draws:
    """Draws of constrained variables [chain, draw, ...] and how the sampler fared."""

    values: dict[str, np.ndarray]
    divergences: int


@dataclass(frozen=True)
class _Geometry:
    """The affine map x = centre + A z, where A takes blocks of local variables and a core in turn.

    x_core = centre + core z_core, and with dx_core = x_core - centre
    x_local = centre + blocks (z_local - blocks' cross dx_core):
    for a Gaussian, `blocks` is a root of the inverse curvature of each block,
    `cross` the curvature between local and core variables, `core` a root of the
    inverse Schur complement. The first two are sparse.
    """

    centre: np.ndarray
    blocks: csr_array
    cross: csr_array
    core: np.ndarray

    @classmethod
    def plain(cls, density: Density) -> _Geometry:
        """The identity around the density's starting point."""
        n, k = density.block.size, density.start.size - density.block.size
        return cls(density.start, csr_array(eye_array(n)), csr_array((n, k)), np.eye(k))

    def compiled(self) -> tuple:
        """The arrays that `_to_x` and `_to_z` take."""
        sparse = (self.blocks, self.blocks.T, self.cross, self.cross.T)
        return (
            self.centre,
            tuple(_arrays(part) for part in sparse),
            np.ascontiguousarray(self.core),
            np.ascontiguousarray(self.core.T),
        )


def sample(
    density: Density,
    *,
    draws: int,
    chains: int,
    seed: int,
    tune: int = 300,
    thin: int = 1,
    target_accept: float = 0.9,
    progress: Progress | None = None,
) -> Draws:
    """Posterior draws of a density by NUTS in preconditioned coordinates.

    The unconstrained vector is written x = m + A z. A first short run in plain
    coordinates gives points; minus the Hessian of the log density averaged over
    some of them (the Hessian at the mode is degenerate in hierarchical models)
    gives A; NUTS on z then sees a nearly isotropic density. Only the geometry
    changes: the draws are exact for any m and A. A run with divergent
    transitions is replaced by one with shorter steps and with a geometry learnt
    from its draws, as an analyst would.

    Parameters
    ----------
    density : Density
    draws, chains : int
        Kept draws per chain, and chains.
    seed : int
        Equal seeds give equal draws.
    tune : int
        Draws per chain that are thrown away while the step size settles.
    thin : int
        Draws made for each one kept.
    target_accept : float
        Mean acceptance the step size aims at; higher is slower and safer.
    progress : callable, optional

    Returns
    -------
    Draws
    """
    report = progress or (lambda phase, share: None)
    pilot, _ = _nuts(
        density, _Geometry.plain(density), _PILOT_DRAWS, _PILOT_TUNE, _PILOT_CHAINS, seed, target_accept,
        lambda share: report("finding the shape", share),
    )  # fmt: skip
    geometry = _learn(density, pilot.reshape(-1, density.start.size))
    for accept, phase in ((target_accept, "sampling"), (_SHORT_STEPS, "sampling, short steps")):
        x, divergences = _nuts(
            density,
            geometry,
            draws * thin,
            tune,
            chains,
            seed + 1,
            accept,
            lambda share, name=phase: report(name, share),
        )
        if divergences == 0:
            break
        geometry = _learn(density, x.reshape(-1, density.start.size))
    return Draws(density.unpack(x[:, ::thin]), divergences)


def _learn(density: Density, points: np.ndarray) -> _Geometry:
    """Centre and root of the inverse average curvature at some of the points."""
    chosen = points[np.linspace(0, len(points) - 1, _CURVATURE_POINTS).astype(int)]
    blocks, cross, core = (
        sum(part) / len(chosen) for part in zip(*(_curvature(density, p) for p in chosen), strict=True)
    )
    root = _block_roots(blocks, density.block)
    held = root.T @ cross
    schur = core - (held.T @ held).toarray()
    eigenvalues, vectors = np.linalg.eigh((schur + schur.T) / 2)
    return _Geometry(points.mean(axis=0), root, cross, vectors / np.sqrt(np.maximum(eigenvalues, 0.05)))


def _block_roots(curvature: csr_array, block: np.ndarray) -> csr_array:
    """R with R R' the inverse of a block-diagonal matrix whose blocks need not be contiguous."""
    order = np.argsort(block, kind="stable")
    rows, columns, values = [np.empty(0, int)], [np.empty(0, int)], [np.empty(0)]
    for members in np.split(order, np.flatnonzero(np.diff(block[order])) + 1) if len(order) else []:
        dense = curvature[members][:, members].toarray()
        eigenvalues, vectors = np.linalg.eigh((dense + dense.T) / 2)
        root = vectors / np.sqrt(np.maximum(eigenvalues, 1e-3))
        rows.append(np.repeat(members, len(members)))
        columns.append(np.tile(members, len(members)))
        values.append(root.ravel())
    entries = np.concatenate(values), (np.concatenate(rows), np.concatenate(columns))
    return csr_array(entries, shape=(len(block), len(block)))


def _curvature(density: Density, point: np.ndarray, step: float = 1e-3):
    """Blocks, coupling and core of minus the Hessian at a point, the first two sparse.

    Blocks do not interact, so one pair of gradients moves one variable of each.
    """
    block, size = density.block, point.size
    n = block.size

    def column(direction: np.ndarray) -> np.ndarray:
        return (density(point - step * direction)[1] - density(point + step * direction)[1]) / (2 * step)

    place = pd.Series(block).groupby(block).cumcount().to_numpy()
    blocks = csr_array((n, n))
    for j in range(place.max() + 1 if n else 0):
        moved = place == j
        change = column(np.concatenate([moved.astype(float), np.zeros(size - n)]))[:n]
        # Row i changed because of the one moved variable of its own block.
        mover = np.full(block.max() + 1, -1)
        mover[block[moved]] = np.flatnonzero(moved)
        by = mover[block]
        seen = by >= 0
        blocks += csr_array((change[seen], (np.flatnonzero(seen), by[seen])), shape=(n, n))
    columns = np.array([column(row) for row in np.eye(size)[n:]])
    cross = columns[:, :n].T
    cross = np.where(np.abs(cross) > _NEGLIGIBLE * np.abs(cross).max(initial=0.0), cross, 0.0)
    return blocks, csr_array(cross), columns[:, n:]


def _nuts(
    density: Density,
    geometry: _Geometry,
    draws: int,
    tune: int,
    chains: int,
    seed: int,
    target_accept: float,
    report: Callable[[float], None],
) -> tuple[np.ndarray, int]:
    """Draws [chain, draw, dim] of x by NUTS on z, and the number of divergent transitions."""
    import nutpie
    from nutpie.compiled_pyfunc import from_pyfunc

    size = density.start.size
    affine = geometry.compiled()

    def make_log_density():
        x, gradient = np.empty(size), np.empty(size)

        def log_density(z):
            _to_x(z, x, *affine)
            value = density.function(x, gradient, *density.data)
            return value, _to_z(gradient, *affine)

        return log_density

    def make_expand(seed1, seed2, chain):
        def expand(z):
            x = np.empty(size)
            _to_x(z, x, *affine)
            return {"x": x}

        return expand

    def on_progress(states):
        report(sum(state.finished_draws for state in states) / max(sum(state.total_draws for state in states), 1))

    model = from_pyfunc(
        size,
        make_log_density,
        make_expand,
        [np.dtype("float64")],
        [(size,)],
        ["x"],
        make_initial_point_fn=lambda point_seed: np.random.default_rng(point_seed).uniform(-0.5, 0.5, size),
    )
    report(0.0)
    trace: xr.DataTree = nutpie.sample(
        model,
        draws=draws,
        tune=tune,
        chains=chains,
        seed=seed,
        save_warmup=False,
        progress_bar=False,
        progress_callback=on_progress,
        target_accept=target_accept,
    )
    report(1.0)
    return trace.posterior["x"].to_numpy(), int(trace.sample_stats["diverging"].sum())


def _arrays(matrix: csr_array) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rows = csr_array(matrix)
    return rows.indptr.astype(np.int64), rows.indices.astype(np.int64), rows.data.astype(float)


@njit(cache=True, nogil=True, error_model="numpy", fastmath={"contract"})
def _times(matrix, vector):
    """A sparse matrix times a vector."""
    start, column, value = matrix
    out = np.empty(start.size - 1)
    for row in range(out.size):
        total = 0.0
        for entry in range(start[row], start[row + 1]):
            total += value[entry] * vector[column[entry]]
        out[row] = total
    return out


@njit(cache=True, nogil=True, error_model="numpy")
def _to_x(z, x, centre, sparse, core, core_t):
    blocks, blocks_t, cross, _ = sparse
    n = blocks[0].size - 1
    moved = np.dot(core, z[n:])
    x[n:] = centre[n:] + moved
    if n:
        x[:n] = centre[:n] + _times(blocks, z[:n] - _times(blocks_t, _times(cross, moved)))


@njit(cache=True, nogil=True, error_model="numpy")
def _to_z(gradient, centre, sparse, core, core_t):
    blocks, blocks_t, _, cross_t = sparse
    n = blocks[0].size - 1
    out = np.empty(gradient.size)
    total = gradient[n:].copy()
    if n:
        out[:n] = _times(blocks_t, gradient[:n])
        total -= _times(cross_t, _times(blocks, out[:n]))
    out[n:] = np.dot(core_t, total)
    return out
