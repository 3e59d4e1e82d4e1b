"""Preconditioned NUTS for any of our densities: exact draws in a geometry learnt by a pilot run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import xarray as xr
from numba import njit

from gaplab.models.density import Density

Progress = Callable[[str, float], None]
"""Called with the name of the phase and the share of it that is done."""

_PILOT_TUNE, _PILOT_DRAWS, _PILOT_CHAINS, _CURVATURE_POINTS = 300, 100, 2, 20
_SHORT_STEPS = 0.99


@dataclass(frozen=True)
class Draws:
    """Draws of constrained variables [chain, draw, ...] and how the sampler fared."""

    values: dict[str, np.ndarray]
    divergences: int


@dataclass(frozen=True)
class _Geometry:
    """The affine map x = centre + A z, with an arrow-shaped A.

    x_local = centre + scale z_local + coupling z_core, x_core = centre + core z_core.
    """

    centre: np.ndarray
    scale: np.ndarray
    coupling: np.ndarray
    core: np.ndarray

    @classmethod
    def plain(cls, density: Density) -> _Geometry:
        """The identity around the density's starting point."""
        n, k = density.n_local, density.start.size - density.n_local
        return cls(density.start, np.ones(n), np.zeros((n, k)), np.eye(k))


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
    transitions is replaced by one with shorter steps, as an analyst would.

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
    return Draws(density.unpack(x[:, ::thin]), divergences)


def _learn(density: Density, points: np.ndarray) -> _Geometry:
    """Centre and root of the inverse average curvature at some of the points."""
    chosen = points[np.linspace(0, len(points) - 1, _CURVATURE_POINTS).astype(int)]
    curvatures = [_curvature(density, point) for point in chosen]
    local, cross, core = (np.mean(part, axis=0) for part in zip(*curvatures, strict=True))
    local = np.maximum(local, 1e-3)
    schur = core - cross.T @ (cross / local[:, None])
    eigenvalues, vectors = np.linalg.eigh((schur + schur.T) / 2)
    root = vectors / np.sqrt(np.maximum(eigenvalues, 0.05))
    return _Geometry(points.mean(axis=0), 1.0 / np.sqrt(local), -(cross / local[:, None]) @ root, root)


def _curvature(density: Density, point: np.ndarray, step: float = 1e-3):
    """Diagonal local block, coupling and core block of minus the Hessian at a point.

    Local variables do not interact, so one pair of gradients moves them all.
    """
    n, size = density.n_local, point.size

    def column(direction: np.ndarray) -> np.ndarray:
        return (density(point - step * direction)[1] - density(point + step * direction)[1]) / (2 * step)

    local = column(np.concatenate([np.ones(n), np.zeros(size - n)]))[:n] if n else np.empty(0)
    columns = np.array([column(row) for row in np.eye(size)[n:]])
    return local, columns[:, :n].T, columns[:, n:]


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
    scale, coupling, core = (np.ascontiguousarray(part) for part in (geometry.scale, geometry.coupling, geometry.core))
    down = (geometry.centre, scale, coupling, core)
    back = (scale, np.ascontiguousarray(coupling.T), np.ascontiguousarray(core.T))

    def make_log_density():
        x, gradient = np.empty(size), np.empty(size)

        def log_density(z):
            _to_x(z, x, *down)
            value = density.function(x, gradient, *density.data)
            return value, _to_z(gradient, *back)

        return log_density

    def make_expand(seed1, seed2, chain):
        def expand(z):
            x = np.empty(size)
            _to_x(z, x, *down)
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


@njit(cache=True, nogil=True, error_model="numpy")
def _to_x(z, x, centre, scale, coupling, core):
    n = scale.size
    x[:n] = centre[:n] + scale * z[:n] + np.dot(coupling, z[n:])
    x[n:] = centre[n:] + np.dot(core, z[n:])


@njit(cache=True, nogil=True, error_model="numpy")
def _to_z(gradient, scale, coupling_t, core_t):
    n = scale.size
    out = np.empty(gradient.size)
    out[:n] = scale * gradient[:n]
    out[n:] = np.dot(coupling_t, gradient[:n]) + np.dot(core_t, gradient[n:])
    return out
