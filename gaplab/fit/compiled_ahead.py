"""Machine code that a first fit needs later, made by a second process while the first one makes what it needs now."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import numpy as np
import pandas as pd
from numba import config, types

from gaplab.models.frontier import density as frontier
from gaplab.models.readings import GaussianAbilities
from gaplab.places import package_path
from gaplab.sampling import hmc
from gaplab.sampling.compiled import cfunc, is_wanted
from gaplab.sampling.density import Density
from gaplab.sampling.native import NativeArgs, signature
from gaplab.sampling.sample import sample


@contextmanager
def compiled_ahead() -> Iterator[None]:
    """Meanwhile a second process compiles the sampler and the density of frontiers, unless an earlier one has.

    Code that it has not compiled when it is needed is compiled in this process too.
    """
    process = None
    if config.NUMBA_DEFAULT_NUM_THREADS > 1 and is_wanted(hmc.__name__, frontier.__name__):
        with suppress(OSError):  # no process can be started
            process = subprocess.Popen(
                [sys.executable, "-P", "-m", __name__],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env={**os.environ, "PYTHONPATH": package_path()},
            )
    if process is None:
        yield
        return
    try:
        yield
        process.wait()
    finally:
        process.kill()
        process.wait()


def main() -> None:
    """Compile the sampler, which is needed first, on a density that compiles at once; then the density of frontiers."""
    data = NativeArgs((1.0,))
    normal = Density(
        function=cfunc(signature(data.kind))(_standard_normal),
        data=data,
        start=np.zeros(2),
        names=pd.Index(["x", "y"]),
        block=np.empty(0, int),
        unpack=lambda x: {"x": x},
    )
    sample(normal, hmc.Settings(tune=1), draws=2, chains=1, seed=1)
    readings = GaussianAbilities(pd.Index(["a", "b"]), np.zeros(2), np.ones(2), np.zeros((2, 1)))
    frontier.frontier_density(readings, np.array([0, 1]), np.full((2, 2), 0.5), np.ones(1))


def _standard_normal(x: types.CPointer, gradient: types.CPointer, size: int, args: types.CPointer) -> float:
    value = 0.0
    for i in range(size):
        gradient[i] = -x[i]
        value -= 0.5 * x[i] * x[i]
    return value


if __name__ == "__main__":
    main()
