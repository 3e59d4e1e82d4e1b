"""Preconditioned NUTS for any of our models: exact draws in a geometry learnt by a pilot run."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence

import numpy as np
import pytensor

# A fused multiply-add that is chosen differently by a cold and a warm compile cache
# would give other draws from the same seed.
pytensor.config.numba__fastmath = False

import nutpie  # noqa: E402
import pymc as pm  # noqa: E402
import pytensor.tensor as pt  # noqa: E402
import xarray as xr  # noqa: E402
from pytensor.graph.replace import graph_replace  # noqa: E402

Progress = Callable[[str, float], None]
"""Called with the name of the phase and the share of it that is done."""

_PILOT_TUNE, _PILOT_DRAWS, _PILOT_CHAINS, _CURVATURE_POINTS = 250, 80, 2, 12


def sample(
    model: pm.Model,
    *,
    local: Sequence[str] = (),
    keep: Sequence[str],
    draws: int,
    tune: int = 300,
    chains: int,
    seed: int,
    target_accept: float = 0.8,
    progress: Progress | None = None,
) -> xr.Dataset:
    """Posterior draws of a model by NUTS in preconditioned coordinates.

    The unconstrained vector is written x = m + A z. A first short run in
    plain coordinates gives points; minus the Hessian of the log density averaged
    over some of them (the Hessian at the mode is degenerate in hierarchical
    models) gives A; NUTS on z then sees a nearly isotropic density. Only the
    geometry changes: the draws are exact for any m and A.

    Parameters
    ----------
    model : pymc.Model
    local : sequence of str
        Free variables, unconstrained, whose elements are independent of each
        other given all the rest; their block of the Hessian is diagonal.
    keep : sequence of str
        Free and deterministic variables to return.
    draws, tune, chains : int
        Kept and tuning draws per chain, and chains.
    seed : int
    target_accept : float
        Mean acceptance the step size aims at; higher is slower and safer.
    progress : callable, optional

    Returns
    -------
    Dataset, dims (chain, draw, ...)
        The kept variables; attrs `divergences` and `n_steps` (mean leapfrog
        steps per draw).
    """
    report = progress or (lambda phase, share: None)
    report("compiling", 0.0)
    compiled, n_local, start = _compile(model, local, keep)
    report("compiling", 1.0)
    pilot = _nuts(compiled, _PILOT_DRAWS, _PILOT_TUNE, _PILOT_CHAINS, seed, 0.8, report, "pilot")
    points = pilot.posterior["x"].to_numpy().reshape(-1, len(start))
    compiled = compiled.with_data(**_geometry(compiled, points, start, n_local))
    trace = _nuts(compiled, draws, tune, chains, seed + 1, target_accept, report, "sampling")
    stats = trace.sample_stats
    posterior = trace.posterior.to_dataset()[list(keep)]
    posterior.attrs = {
        "divergences": int(stats["diverging"].sum()),
        "n_steps": float(stats["n_steps"].mean()),
    }
    return posterior


def _compile(model: pm.Model, local: Sequence[str], keep: Sequence[str]):
    """The model as a density of z = (z_local, z_core), with the affine map as data."""
    initial = model.initial_point()
    values = sorted((model.rvs_to_values[rv] for rv in model.free_RVs), key=lambda v: v.name not in local)
    sizes = [initial[v.name].size for v in values]
    n_local = sum(initial[name].size for name in local)
    n_core = sum(sizes) - n_local
    start = np.concatenate([initial[v.name].ravel() for v in values])

    kept = [model[name] for name in keep]
    graphs = [model.logp(), *model.replace_rvs_by_values(kept)]
    with pm.Model() as outer:
        m, core = pm.Data("m", start), pm.Data("core", np.eye(n_core))
        z_core = pm.Flat("z_core", shape=n_core)
        parts = [m[n_local:] + pt.dot(core, z_core)]
        if n_local:
            scale, coupling = pm.Data("scale", np.ones(n_local)), pm.Data("coupling", np.zeros((n_local, n_core)))
            z_local = pm.Flat("z_local", shape=n_local)
            parts.insert(0, m[:n_local] + scale * z_local + pt.dot(coupling, z_core))
        x = pm.Deterministic("x", pt.concatenate(parts))
        ends = np.cumsum(sizes)
        pieces = {
            v: x[end - size : end].reshape(initial[v.name].shape)
            for v, size, end in zip(values, sizes, ends, strict=True)
        }
        logp, *outputs = graph_replace(graphs, pieces, strict=False)
        pm.Potential("logp", logp)
        for rv, output in zip(kept, outputs, strict=True):
            pm.Deterministic(rv.name, output)
    return nutpie.compile_pymc_model(outer), n_local, start


def _geometry(compiled, points: np.ndarray, start: np.ndarray, n_local: int) -> dict[str, np.ndarray]:
    """Mean and arrow-shaped square root of the inverse average curvature at the pilot's points."""
    chosen = points[np.linspace(0, len(points) - 1, _CURVATURE_POINTS).astype(int)]
    gradient = _gradient(compiled)
    curvatures = [_curvature(gradient, point, start, n_local) for point in chosen]
    local, cross, core = (np.mean(part, axis=0) for part in zip(*curvatures, strict=True))
    local = np.maximum(local, 1e-3)
    schur = core - cross.T @ (cross / local[:, None])
    eigenvalues, vectors = np.linalg.eigh((schur + schur.T) / 2)
    root = vectors / np.sqrt(np.maximum(eigenvalues, 0.05))
    geometry = {"m": points.mean(axis=0), "core": root}
    if n_local:
        geometry |= {"scale": 1.0 / np.sqrt(local), "coupling": -(cross / local[:, None]) @ root}
    return geometry


def _curvature(gradient, point: np.ndarray, start: np.ndarray, n_local: int, step: float = 1e-3):
    """Diagonal local block, coupling and core block of minus the Hessian at a point.

    Local variables do not interact, so one pair of gradients moves them all.
    """
    z = np.concatenate([(point - start)[n_local:], (point - start)[:n_local]])
    n_core = len(z) - n_local

    def column(direction):
        difference = gradient(z - step * direction) - gradient(z + step * direction)
        return difference / (2 * step)

    everything_local = np.concatenate([np.zeros(n_core), np.ones(n_local)])
    local = column(everything_local)[n_core:] if n_local else np.empty(0)
    columns = np.array([column(row) for row in np.eye(n_core, len(z))]).reshape(n_core, len(z))
    core = columns[:, :n_core]
    return local, columns[:, n_core:].T, (core + core.T) / 2


def _gradient(compiled) -> Callable[[np.ndarray], np.ndarray]:
    """Gradient of the log density in z, called in the compiled code that NUTS calls."""
    double = ctypes.POINTER(ctypes.c_double)
    call = ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_uint64, double, double, double, ctypes.c_void_p)(
        compiled.compiled_logp_func.address
    )
    n = compiled.n_dim
    data = compiled.user_data.ctypes.data

    def gradient(z: np.ndarray) -> np.ndarray:
        z, out, logp = np.ascontiguousarray(z, float), np.empty(n), np.empty(1)
        call(n, z.ctypes.data_as(double), out.ctypes.data_as(double), logp.ctypes.data_as(double), data)
        return out

    return gradient


def _nuts(compiled, draws, tune, chains, seed, target_accept, report: Progress, phase: str) -> xr.DataTree:
    def on_progress(states):
        total = sum(state.total_draws for state in states)
        report(phase, sum(state.finished_draws for state in states) / max(total, 1))

    report(phase, 0.0)
    trace = nutpie.sample(
        compiled,
        draws=draws,
        tune=tune,
        chains=chains,
        seed=seed,
        save_warmup=False,
        target_accept=target_accept,
        progress_bar=False,
        progress_callback=on_progress,
    )
    report(phase, 1.0)
    return trace
