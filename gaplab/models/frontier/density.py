"""The frontier model as the sampler takes it: compiled, with its data and a point to begin at."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
from numba import carray, types
from numba.core.ccallback import CFunc

from gaplab.models.frontier.draws import unpack
from gaplab.models.frontier.kernel import Inputs, log_density, split
from gaplab.models.frontier.knots import best_readings
from gaplab.models.priors import RATE_SPREAD, SHORTFALL
from gaplab.models.readings import GaussianAbilities
from gaplab.sampling.compiled import cfunc
from gaplab.sampling.density import Density
from gaplab.sampling.hmc import Settings
from gaplab.sampling.native import NativeArgs, signature

# The density falls steeply where a frontier goes below the best readings, so steps are short. The spread of the pace
# mixes slowest.
SAMPLING = Settings(tune=200, thin=3, target_accept=0.95, length=4.0, varied=0.5)


def frontier_density(
    readings: GaussianAbilities, country: np.ndarray, weights: np.ndarray, step_years: np.ndarray
) -> Density:
    """The log density of `definition.frontier_model` with the same arguments, compiled, in unconstrained coordinates.

    Coordinates, in order: log_median_pace, pace_contrast, log tau, rise [country, date - 1] as `definition._stretch`
    has it, level [country], log nu [country], factor.
    """
    n_rises, n_factors = len(step_years), readings.loadings.shape[1]
    left = np.minimum(np.argmax(weights > 0, axis=1), n_rises - 1)
    best = best_readings(readings, country)
    args = NativeArgs(
        Inputs(
            mean=readings.mean,
            sd=readings.sd,
            loadings=np.ascontiguousarray(readings.loadings.T, float),
            country=country,
            left=left,
            share=weights[np.arange(len(left)), left + 1],
            step_years=step_years,
            best=best,
        )
    )
    start = np.zeros(7 + 2 * n_rises + n_factors)
    at = split.py_func(start, n_rises)  # compiled, it would bring much of the compiler with it
    at.tau[:], at.level[:], at.nu[:] = RATE_SPREAD[0], best, SHORTFALL[0]
    return Density(
        function=_compiled(args.kind),
        data=args,
        start=start,
        names=_names(n_rises, n_factors),
        block=np.empty(0, int),
        unpack=lambda x: unpack(x, step_years),
    )


def _names(n_rises: int, n_factors: int) -> pd.Index:
    """A name for each coordinate; steps are counted back from the as-of date."""
    sides = ("leader", "follower")
    return pd.Index([
        "log_median_pace", "pace_contrast", "tau",
        *(f"rise: {side}, {back} before the last" for side in sides for back in range(n_rises - 1, -1, -1)),
        *(f"{name}: {side}" for name in ("level", "nu") for side in sides),
        *(f"factor: {number}" for number in range(n_factors)),
    ], dtype=object)  # fmt: skip


@cache
def _compiled(kind: types.Type) -> CFunc:
    return cfunc(signature(kind), cache=True)(_as_c_function)


def _as_c_function(x, gradient, size, args):
    return log_density(carray(x, size), carray(gradient, size), args)
