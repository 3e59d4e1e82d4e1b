"""Preconditioned NUTS for any of our densities: exact draws in a geometry learnt by a pilot run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from gaplab.sampling.curvature import Curvature, begun, learn
from gaplab.sampling.density import Density
from gaplab.sampling.geometry import Geometry
from gaplab.sampling.nuts import nuts

Progress = Callable[[str, float], None]
"""Called with the name of the phase and the share of it that is done."""

_PILOTS, _PILOT_CHAINS = (60, 100), 2


@dataclass(frozen=True)
class Draws:
    """Draws of constrained variables [chain, draw, ...], how the sampler fared, and the shape it found."""

    values: dict[str, np.ndarray]
    divergences: int
    curvature: Curvature


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
    """
    report = progress or (lambda phase, share: None)
    if curvature is None:
        curvature = _piloted(density, seed, target_accept, exact_normal, report)
    else:
        curvature = curvature.reindexed(density.names, density.start)
    shorter = 1 - (1 - target_accept) / 4
    for accept, phase in ((target_accept, "sampling"), (shorter, "sampling, shorter steps")):
        x, divergences = nuts(
            density, Geometry.of(curvature, density.block), draws, tune, chains, seed + 1, accept, exact_normal,
            lambda share, name=phase: report(name, share), thin,
        )  # fmt: skip
        points = x.reshape(-1, density.start.size)
        if divergences == 0:
            break
        curvature = learn(density, points)
    curvature = replace(curvature, centre=points.mean(axis=0))
    return Draws(density.unpack(x), divergences, curvature)


def _piloted(density: Density, seed: int, target_accept: float, exact_normal: bool, report: Progress) -> Curvature:
    """The shape of a density from two short runs.

    The first run still depends on where it began; the second begins among plausible points.
    """
    report("finding the shape", 0.0)
    curvature = begun(density, seed)
    for number, draws in enumerate(_PILOTS):
        pilot, _ = nuts(
            density, Geometry.of(curvature, density.block), draws, draws, _PILOT_CHAINS, seed, target_accept,
            exact_normal, lambda share, done=number: report("finding the shape", (done + share) / len(_PILOTS)),
        )  # fmt: skip
        curvature = learn(density, pilot.reshape(-1, density.start.size))
    return curvature
