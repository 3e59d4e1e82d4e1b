"""Preconditioned NUTS for any of our densities: exact draws in a geometry learnt by a pilot run."""

from __future__ import annotations

import math
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cache, partial
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numba import carray, types
from numba.core.ccallback import CFunc
from scipy.sparse import block_array, csr_array, diags_array

from gaplab.curvature import Curvature
from gaplab.models.density import Density
from gaplab.models.native import REAL, Held, evaluate, read
from gaplab.sampling.compiled import cfunc, njit

if TYPE_CHECKING:
    from nutpie.compile_pymc import CompiledPyMCModel

Progress = Callable[[str, float], None]
"""Called with the name of the phase and the share of it that is done."""

_PILOTS, _PILOT_CHAINS, _CURVATURE_POINTS = (60, 100), 2, 12
_JITTER = 0.3
"""How far around the start the first shape is looked at: at a point alone it may be flat in some direction."""
_ORBIT = {"max_step_size": 1.0, "target_integration_time": 2.2}
"""The longest step and the shortest trajectory along an orbit, in radians. A quarter of it forgets z and its square,
half of it only mirrors z, and a whole one, where a U-turn ends at the latest, comes back to where it began."""
_NEGLIGIBLE = 0.001
"""Couplings that make up less than this share of a core variable's curvature, taken together, cost more time than they
save steps. The more local variables there are, the smaller is one that matters."""


@dataclass(frozen=True)
class Draws:
    """Draws of constrained variables [chain, draw, ...], how the sampler fared, and the shape it found."""

    values: dict[str, np.ndarray]
    divergences: int
    curvature: Curvature


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
    def of(cls, curvature: Curvature, block: np.ndarray) -> _Geometry:
        """In which a Gaussian of this curvature is isotropic."""
        n, matrix = block.size, curvature.matrix
        cross, root = csr_array(matrix[:n, n:]), _block_roots(csr_array(matrix[:n, :n]), block)
        held = root.T @ cross
        schur = (matrix[n:, n:] - held.T @ held).toarray()
        eigenvalues, vectors = np.linalg.eigh((schur + schur.T) / 2)
        return cls(curvature.centre, root, cross, vectors / np.sqrt(np.maximum(eigenvalues, 0.05)))

    def arrays(self) -> tuple:
        """What `_to_x` and `_to_z` take."""
        sparse = tuple(_arrays(part) for part in (self.blocks, self.blocks.T, self.cross, self.cross.T))
        return self.centre, sparse, self.core, np.ascontiguousarray(self.core.T)


def sample(
    density: Density,
    *,
    draws: int,
    chains: int,
    seed: int,
    tune: int = 150,
    thin: int = 1,
    target_accept: float = 0.8,
    exact_normal: bool = False,
    curvature: Curvature | None = None,
    progress: Progress | None = None,
) -> Draws:
    """Posterior draws of a density by NUTS in preconditioned coordinates.

    The unconstrained vector is written x = m + A z. Two short pilot runs, the
    first in the shape that the density has around its start, give points; minus the Hessian
    of the log density averaged over some of them (the Hessian at the mode is degenerate in
    hierarchical models) gives A; NUTS on z then sees a nearly isotropic density. Only the geometry
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
    exact_normal : bool
        Steps follow the orbits of a standard normal density, bent by the rest of the force (split
        Hamiltonian Monte Carlo), not straight lines. Longer steps where z is close to normal.
    curvature : Curvature, optional
        Of an earlier fit of like data, in the place of pilot runs.
    progress : callable, optional

    Returns
    -------
    Draws
    """
    report = progress or (lambda phase, share: None)
    if curvature is None:
        curvature = _piloted(density, seed, target_accept, exact_normal, report)
    else:
        curvature = curvature.reindexed(density.names, density.start)
    shorter = 1 - (1 - target_accept) / 4
    for accept, phase in ((target_accept, "sampling"), (shorter, "sampling, shorter steps")):
        x, divergences = _nuts(
            density,
            _Geometry.of(curvature, density.block),
            draws,
            tune,
            chains,
            seed + 1,
            accept,
            exact_normal,
            lambda share, name=phase: report(name, share),
            thin,
        )
        points = x.reshape(-1, density.start.size)
        if divergences == 0:
            break
        curvature = _learn(density, points)
    curvature = replace(curvature, centre=points.mean(axis=0))
    return Draws(density.unpack(x), divergences, curvature)


def _piloted(density: Density, seed: int, target_accept: float, exact_normal: bool, report: Progress) -> Curvature:
    """The shape of a density from two short runs.

    What the first saw is still tainted by where it began; the second begins among plausible points.
    """
    report("finding the shape", 0.0)
    curvature = _begun(density, seed)
    for number, draws in enumerate(_PILOTS):
        pilot, _ = _nuts(
            density, _Geometry.of(curvature, density.block), draws, draws, _PILOT_CHAINS, seed, target_accept,
            exact_normal, lambda share, done=number: report("finding the shape", (done + share) / len(_PILOTS)),
        )  # fmt: skip
        curvature = _learn(density, pilot.reshape(-1, density.start.size))
    return curvature


def _begun(density: Density, seed: int) -> Curvature:
    """Of each coordinate by itself around the start, where the density may be hollow: at least one, nothing coupled."""
    around = density.start + _JITTER * np.random.default_rng(seed).normal(size=(_CURVATURE_POINTS, density.start.size))
    blocks, _, core = _curvature(density, around)
    diagonal = np.nan_to_num(np.concatenate([blocks.diagonal(), np.diag(core)]), nan=1.0, posinf=1.0)
    return Curvature(density.names, density.start, csr_array(diags_array(np.maximum(diagonal, 1.0))))


def _learn(density: Density, points: np.ndarray) -> Curvature:
    """Mean of the points, and the average curvature at some of them."""
    places = np.linspace(0, len(points) - 1, min(_CURVATURE_POINTS, len(points)))
    blocks, cross, core = _curvature(density, points[places.astype(int)])
    cross = _coupling(blocks.diagonal(), cross, np.diag(core))
    return Curvature(density.names, points.mean(axis=0), csr_array(block_array([[blocks, cross], [cross.T, core]])))


def _coupling(local: np.ndarray, cross: np.ndarray, core: np.ndarray) -> csr_array:
    """The entries of a curvature between local and core variables that are worth their time."""
    allowed = np.maximum(np.outer(local, core), 0)
    return csr_array(np.where(cross**2 > _NEGLIGIBLE / max(len(local), 1) * allowed, cross, 0.0))


def _block_roots(curvature: csr_array, block: np.ndarray) -> csr_array:
    """R with R R' the inverse of a block-diagonal matrix whose blocks need not be contiguous."""
    order = np.argsort(block, kind="stable")
    rows, columns, values = [np.empty(0, int)], [np.empty(0, int)], [np.empty(0)]
    for members in np.split(order, np.flatnonzero(np.diff(block[order])) + 1) if len(order) else []:
        dense = curvature[members][:, members].toarray()
        eigenvalues, vectors = np.linalg.eigh((dense + dense.T) / 2)
        # A triangular root with those last that are coupled to most: little of it is not zero.
        ordered = np.argsort(np.count_nonzero(dense, axis=0), kind="stable")
        curved = ((vectors * np.maximum(eigenvalues, 1e-3)) @ vectors.T)[np.ix_(ordered, ordered)]
        root = np.linalg.inv(np.linalg.cholesky(curved)).T
        row, column = np.nonzero(np.abs(root) > 1e-9 * np.abs(root).max())
        rows.append(members[ordered][row])
        columns.append(members[ordered][column])
        values.append(root[row, column])
    entries = np.concatenate(values), (np.concatenate(rows), np.concatenate(columns))
    return csr_array(entries, shape=(len(block), len(block)))


def _curvature(density: Density, points: np.ndarray) -> tuple[csr_array, np.ndarray, np.ndarray]:
    """Blocks (sparse), coupling and core of minus the Hessian, averaged over points where it is finite.

    Blocks do not interact, so one pair of gradients moves one variable of each. A draw of a run that diverged may lie
    at the edge of what can be computed.
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


def _nuts(
    density: Density,
    geometry: _Geometry,
    draws: int,
    tune: int,
    chains: int,
    seed: int,
    target_accept: float,
    exact_normal: bool,
    report: Callable[[float], None],
    thin: int = 1,
) -> tuple[np.ndarray, int]:
    """Draws [chain, draw, dim] of x by NUTS on z, `thin` draws made for each one kept, and the number that diverged."""
    import nutpie

    kept = np.empty((chains, draws, density.start.size))
    made = np.zeros((chains, 1))  # draws so far; not whole numbers, of which `Held` would take a copy
    done = np.zeros(chains)

    def on_progress(chain, states):
        done[chain] = sum(state.finished_draws / max(state.total_draws, 1) for state in states)
        report(done.mean())

    report(0.0)
    affine, samplers = geometry.arrays(), []
    try:
        for chain, own_seed in enumerate(np.random.SeedSequence(seed).generate_state(chains)):
            samplers.append(
                nutpie.sample(
                    _model(density, affine, kept[chain], made[chain], tune, thin),
                    draws=draws * thin,
                    tune=tune,
                    chains=1,
                    cores=1,
                    seed=int(own_seed),
                    save_warmup=False,
                    progress_bar=False,
                    progress_callback=partial(on_progress, chain),
                    target_accept=target_accept,
                    exact_normal_trajectory=exact_normal,
                    blocking=False,
                    **(_ORBIT if exact_normal else {}),
                )
            )
        divergences = sum(int(sampler.wait().sample_stats["diverging"].sum()) for sampler in samplers)
    except BaseException:
        for sampler in samplers:
            sampler.cancel()
        raise
    if (made != tune + draws * thin).any():
        raise RuntimeError(f"nutpie made {made.ravel()} draws in the chains, expected {tune + draws * thin} in each")
    report(1.0)
    return kept, divergences


def _model(
    density: Density, affine: tuple, kept: np.ndarray, made: np.ndarray, tune: int, thin: int
) -> CompiledPyMCModel:
    """What nutpie samples one chain of; the draws go to `kept`, since it would hold those too that are thinned out."""
    from nutpie.compile_pymc import CompiledPyMCModel

    size = density.start.size
    run = Held((affine, density.function.address, density.data.address, kept, made, tune, thin))
    # nutpie takes C functions in the place of a compiled PyMC model only; what describes that model stays empty.
    return CompiledPyMCModel(
        dims={},
        compiled_logp_func=_callback(run.kind),
        compiled_expand_func=_keeping(run.kind),
        initial_point_func=lambda seed: np.random.default_rng(seed).uniform(-0.5, 0.5, size),
        # Threads of a run that failed may go on for a moment; they hold the model, and it what they use.
        shared_data={"run": run, "density": density},
        shared_var_keys={},
        user_data=run.memory,
        n_expanded=1,
        shape_info=(["draw"], [slice(0, 1)], [(1,)]),
        logp_func=None,
        expand_func=None,
        _n_dim=size,
        _shapes={"draw": (1,)},
        _coords={},
    )


def _arrays(matrix: csr_array) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rows = csr_array(matrix)
    return rows.indptr, rows.indices, rows.data.astype(float)


# --- Compiled -------------------------------------------------------------------------------------

_NOT_FINITE = 3  # Ends a trajectory as divergent; the run goes on.


@cache
def _callback(run: types.Type) -> CFunc:
    """The log density of z as the C function that nutpie calls, for any density and data of any size."""
    return cfunc(types.int64(types.uint64, REAL, REAL, REAL, types.CPointer(run)), cache=True)(_log_density)


def _log_density(size, z, gradient, value, run):
    geometry, function, data = read(run)[:3]
    x, slope = np.empty(size), carray(gradient, size)
    _to_x(carray(z, size), x, geometry)
    value[0] = evaluate(function, x, slope, data)
    _to_z(slope, geometry)
    return 0 if math.isfinite(value[0] + slope.sum()) else _NOT_FINITE


@cache
def _keeping(run: types.Type) -> CFunc:
    """The C function that nutpie calls with every draw."""
    return cfunc(types.int64(types.uint64, types.uint64, REAL, REAL, types.CPointer(run)), cache=True)(_keep)


def _keep(size, _, z, out, run):
    geometry, _, _, kept, made, tune, thin = read(run)
    number = int(made[0]) - tune
    if number >= 0 and number % thin == 0 and number // thin < len(kept):
        _to_x(carray(z, size), kept[number // thin], geometry)
    made[0] += 1
    out[0] = number
    return 0


@njit(cache=True, nogil=True)
def _changes(function, data, point, moves, step=1e-3):
    """By how much minus the gradient changes per unit of each move."""
    change, above, below = np.empty(moves.shape), np.empty(point.size), np.empty(point.size)
    for row in range(len(moves)):
        evaluate(function, point + step * moves[row], above, data)
        evaluate(function, point - step * moves[row], below, data)
        change[row] = (below - above) / (2 * step)
    return change


@njit(cache=True, error_model="numpy")
def _to_x(z, x, geometry):
    centre, (blocks, blocks_t, cross, _), core, _ = geometry
    n = blocks[0].size - 1
    moved = np.dot(core, z[n:])
    x[n:] = centre[n:] + moved
    if n:
        x[:n] = centre[:n] + _times(blocks, z[:n] - _times(blocks_t, _times(cross, moved)))


@njit(cache=True, error_model="numpy")
def _to_z(gradient, geometry):
    """From the gradient in x, in place."""
    _, (blocks, blocks_t, _, cross_t), _, core_t = geometry
    n = blocks[0].size - 1
    total = gradient[n:].copy()
    if n:
        local = _times(blocks_t, gradient[:n])
        total -= _times(cross_t, _times(blocks, local))
        gradient[:n] = local
    gradient[n:] = np.dot(core_t, total)


@njit(cache=True, error_model="numpy", fastmath={"contract", "reassoc"})
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
