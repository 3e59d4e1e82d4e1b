"""Preconditioned Hamiltonian Monte Carlo for any of our densities: exact draws in a geometry learnt by a pilot run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from gaplab.sampling.controls import Controls
from gaplab.sampling.curvature import Curvature, begun, learn
from gaplab.sampling.density import Density
from gaplab.sampling.geometry import Geometry
from gaplab.sampling.hmc import Settings, hmc

Progress = Callable[[str, float], None]
"""Called with the name of the phase and the share of it that is done."""

_PILOTS, _PILOT_CHAINS = (60, 100), 2


@dataclass(frozen=True)
class Draws:
    """Draws of constrained variables [chain, draw, ...], how the sampler fared, and the shape it found.

    `controls` are those of the first coordinates, as many as the density has controlled.
    """

    values: dict[str, np.ndarray]
    divergences: int
    curvature: Curvature
    controls: Controls


def sample(
    density: Density,
    settings: Settings = Settings(),  # noqa: B008 - a tuple
    *,
    draws: int,
    chains: int,
    seed: int,
    curvature: Curvature | None = None,
    progress: Progress | None = None,
) -> Draws:
    """Posterior draws of a density by Hamiltonian Monte Carlo in preconditioned coordinates.

    The unconstrained vector is written x = m + A z. Two short pilot runs, the
    first in the shape that the density has around its start, give points; minus the Hessian
    of the log density averaged over some of them (the Hessian at the mode is degenerate in
    hierarchical models) gives A; the sampler of z then sees a nearly isotropic density. Only the geometry
    changes: the draws are exact for any m and A. A run with divergent
    transitions is replaced by one with shorter steps and with a geometry learnt
    from its draws, as an analyst would.

    Parameters
    ----------
    settings : Settings
        Of the trajectories.
    draws, chains : int
        Kept draws per chain, and chains.
    seed : int
        Equal seeds give equal draws.
    curvature : Curvature, optional
        Of an earlier fit of like data, in the place of pilot runs.
    """
    report = progress or (lambda phase, share: None)
    if curvature is None:
        curvature = _piloted(density, settings, seed, report)
    else:
        curvature = curvature.reindexed(density.names, density.start)
    shorter = settings._replace(target_accept=1 - (1 - settings.target_accept) / 4)
    for each, phase in ((settings, "sampling"), (shorter, "sampling, shorter steps")):
        geometry = Geometry.of(curvature, density.block)
        x, newton, divergences = hmc(
            density, geometry, each, draws=draws, chains=chains, seed=seed + 1,
            report=lambda share, name=phase: report(name, share),
        )  # fmt: skip
        points = x.reshape(-1, density.start.size)
        if divergences == 0:
            break
        curvature = learn(density, points)
    curvature = replace(curvature, centre=points.mean(axis=0))
    controls = Controls(newton, *geometry.covariance(density.controlled))
    return Draws(density.unpack(x), divergences, curvature, controls)


def _piloted(density: Density, settings: Settings, seed: int, report: Progress) -> Curvature:
    """The shape of a density from two short runs.

    The first run still depends on where it began; the second begins among plausible points.
    """
    report("finding the shape", 0.0)
    curvature = begun(density, seed)
    for number, draws in enumerate(_PILOTS):
        pilot, *_ = hmc(
            density, Geometry.of(curvature, density.block), settings._replace(tune=draws, thin=1),
            draws=draws, chains=_PILOT_CHAINS, seed=seed,
            report=lambda share, done=number: report("finding the shape", (done + share) / len(_PILOTS)),
        )  # fmt: skip
        curvature = learn(density, pilot.reshape(-1, density.start.size))
    return curvature
