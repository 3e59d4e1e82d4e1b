"""The ability model as the sampler takes it: compiled, with its data and a point to begin at."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
from numba import carray, types
from numba.core.ccallback import CFunc

from gaplab.models.ability.approximations import normal_readings, rough_abilities
from gaplab.models.ability.coordinates import coordinate_names, sizes_of
from gaplab.models.ability.draws import unpack
from gaplab.models.ability.inputs import inputs
from gaplab.models.ability.kernel import log_density
from gaplab.models.observations.observations import Observations
from gaplab.models.priors import DOMAIN_SPREAD, HORIZON_INTERCEPT, HORIZON_SD, HORIZON_SLOPE, OMEGA_MEAN
from gaplab.sampling.compiled import cfunc
from gaplab.sampling.density import Density
from gaplab.sampling.hmc import Settings
from gaplab.sampling.native import NativeArgs, signature

# Frontiers rest on the covariance of abilities, so that their squares have to mix too.
SAMPLING = Settings(thin=3, target_accept=0.75, exact_normal=True)


def ability_density(data: Observations) -> Density:
    """The log density of `definition.ability_model(data)`, compiled, in the coordinates of `sizes_of(data)`."""
    cells, args = sizes_of(data).domain_raw, NativeArgs(inputs(data))
    return Density(
        function=_compiled(args.kind),
        data=args,
        start=_start(data),
        names=coordinate_names(data),
        block=np.concatenate([np.arange(len(data.models)), data.domains.model[:cells]]).astype(int),
        unpack=lambda x: unpack(x, data),
        controlled=len(data.models),
    )


def _start(data: Observations) -> np.ndarray:
    """A plausible point: abilities from a rough regression, tests by their mean scores, scales near prior medians."""
    _, response = normal_readings(data)
    values = {
        "theta": rough_abilities(data),
        "prior": data.prior.mean,
        "sigma": np.log(0.5),
        "tau_a": np.log(0.5),
        "intercept": pd.Series(response).groupby(data.benchmark).mean().to_numpy(),
        "omega_mean": OMEGA_MEAN[0],
        "omega_spread": np.log(0.5),
        "domain_sd": DOMAIN_SPREAD[0],
        "horizon_slope": HORIZON_SLOPE[0],
        "horizon_intercept": HORIZON_INTERCEPT[0],
        "horizon_sd": HORIZON_SD[0],
    }
    sizes = sizes_of(data)._asdict()
    return np.concatenate([np.broadcast_to(values.get(name, 0.0), size) for name, size in sizes.items()]).astype(float)


@cache
def _compiled(kind: types.Type) -> CFunc:
    return cfunc(signature(kind), cache=True)(_as_c_function)


def _as_c_function(x, gradient, size, args):
    return log_density(carray(x, size), carray(gradient, size), args)
