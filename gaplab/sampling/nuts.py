"""The No-U-Turn sampler of nutpie on a compiled density: the only file that knows nutpie."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache, partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numba import carray, types
from numba.core.ccallback import CFunc

from gaplab.light_imports import arviz_imported_when_used
from gaplab.sampling.compiled import cfunc
from gaplab.sampling.density import Density
from gaplab.sampling.geometry import Geometry, to_x, to_z
from gaplab.sampling.native import REAL, NativeArgs, evaluate, read

if TYPE_CHECKING:
    from nutpie.compile_pymc import CompiledPyMCModel

_ORBIT = {"max_step_size": 1.0, "target_integration_time": 2.2}
"""The longest step and the shortest trajectory along an orbit, in radians. After a quarter of an orbit z and its square
are uncorrelated with the start, after half an orbit z is mirrored, and after a whole orbit it is back at the start; the
U-turn rule ends a trajectory before that."""


def nuts(
    density: Density,
    geometry: Geometry,
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
    with arviz_imported_when_used():  # it labels results; we take them raw
        import nutpie

    kept = np.empty((chains, draws, density.start.size))
    made = np.zeros((chains, 1))  # draws so far; not whole numbers, of which `NativeArgs` would take a copy
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
                    return_raw_trace=True,
                    **(_ORBIT if exact_normal else {}),
                )
            )
        divergences = sum(_diverged(sampler.wait()) for sampler in samplers)
    except BaseException as error:
        for sampler in samplers:
            sampler.cancel()
        if isinstance(error, RuntimeError):  # nutpie's message goes on with a stack trace of its own
            reason = str(error).partition("\n")[0]
            raise RuntimeError(f"the sampler cannot follow the density of these data ({reason})") from error
        raise
    if (made != tune + draws * thin).any():
        raise RuntimeError(f"nutpie made {made.ravel()} draws in the chains, expected {tune + draws * thin} in each")
    report(1.0)
    return kept, divergences


def _diverged(trace: Any) -> int:
    """How many transitions of a chain diverged after its warm-up."""
    _, (table,) = trace.get_arrow_trace()
    diverging, tuning = (table.column(name).to_numpy() for name in ("diverging", "tuning"))
    return int((diverging & ~tuning).sum())


def _model(
    density: Density, affine: tuple, kept: np.ndarray, made: np.ndarray, tune: int, thin: int
) -> CompiledPyMCModel:
    """What nutpie samples one chain of; the draws go to `kept`, since it would hold those too that are thinned out."""
    from nutpie.compile_pymc import CompiledPyMCModel

    size = density.start.size
    run = NativeArgs((affine, density.function.address, density.data.address, kept, made, tune, thin))
    # nutpie takes C functions in the place of a compiled PyMC model only; what describes that model stays empty.
    return CompiledPyMCModel(
        dims={},
        compiled_logp_func=_callback(run.kind),
        compiled_expand_func=_keeping(run.kind),
        initial_point_func=lambda seed: np.random.default_rng(seed).uniform(-0.5, 0.5, size),
        # Keep `run` and `density` alive: threads of the sampler may outlive a call that failed.
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


_NOT_FINITE = 3  # Ends a trajectory as divergent; the run goes on.


@cache
def _callback(run: types.Type) -> CFunc:
    """The log density of z as the C function that nutpie calls, for any density and data of any size."""
    return cfunc(types.int64(types.uint64, REAL, REAL, REAL, types.CPointer(run)), cache=True)(_log_density)


def _log_density(size, z, gradient, value, run):
    geometry, function, data = read(run)[:3]
    x, slope = np.empty(size), carray(gradient, size)
    to_x(carray(z, size), x, geometry)
    value[0] = evaluate(function, x, slope, data)
    to_z(slope, geometry)
    return 0 if math.isfinite(value[0] + slope.sum()) else _NOT_FINITE


@cache
def _keeping(run: types.Type) -> CFunc:
    """The C function that nutpie calls with every draw."""
    return cfunc(types.int64(types.uint64, types.uint64, REAL, REAL, types.CPointer(run)), cache=True)(_keep)


def _keep(size, _, z, out, run):
    geometry, _, _, kept, made, tune, thin = read(run)
    number = int(made[0]) - tune
    if number >= 0 and number % thin == 0 and number // thin < len(kept):
        to_x(carray(z, size), kept[number // thin], geometry)
    made[0] += 1
    out[0] = number
    return 0
