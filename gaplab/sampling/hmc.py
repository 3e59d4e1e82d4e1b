"""Hamiltonian Monte Carlo with trajectories of one length, on a compiled density."""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import numpy as np

from gaplab.sampling.compiled import njit
from gaplab.sampling.density import Density
from gaplab.sampling.geometry import Geometry, to_x, to_z
from gaplab.sampling.native import NativeArgs, evaluate

_FIRST_STEP, _LONGEST_STEP = 0.2, 2.0
_MOST_STEPS, _MOST_WHILE_TUNED = 32, 8
_VARIED = 0.15
"""Steps vary by this share from one trajectory to the next, unless their number does: in no direction does each
trajectory end where it began."""
_OUTER = 0.5 - math.sqrt(3.0) / 6.0
"""Share of a step's kick that it begins and ends with; the rest is given in its middle."""
_TOO_FAR = 1000.0
"""A trajectory whose energy is off by more has diverged."""
_TRIES = 100
"""Points at which a chain tries to begin."""
_AT_ONCE = 40
"""Transitions of each chain between two reports."""


class Settings(NamedTuple):
    """How a density is sampled.

    Attributes
    ----------
    tune : int
        Transitions per chain that are thrown away while the step settles.
    thin : int
        Draws made for each one kept.
    target_accept : float
        Mean acceptance the step aims at; higher is slower and safer.
    length : float
        Of a trajectory, in standard deviations of z: after pi / 2 a normal z is uncorrelated with its start, after pi
        it is mirrored, so that its square has not moved.
    varied : float
        Share by which the number of steps varies from one trajectory to the next, for densities with steep walls, where
        a longer step diverges.
    exact_normal : bool
        Steps follow the orbits of a standard normal density, bent by the rest of the force (split Hamiltonian Monte
        Carlo), not straight lines. Longer steps where z is close to normal.
    """

    tune: int = 150
    thin: int = 1
    target_accept: float = 0.8
    length: float = 2.0
    varied: float = 0.0
    exact_normal: bool = False


class _Chain(NamedTuple):
    """Where a chain is, z with its log density and gradient; what its step has learnt; and the draws that it keeps.

    `step` has the logarithm of the step, that of its mean, and the mean of what acceptance fell short of its target.
    `newton` has the first coordinates of the Newton step at each draw that is kept.
    """

    z: Any
    value: Any
    gradient: Any
    step: Any
    diverged: Any
    kept: Any
    newton: Any


def hmc(
    density: Density,
    geometry: Geometry,
    settings: Settings,
    *,
    draws: int,
    chains: int,
    seed: int,
    report: Callable[[float], None],
) -> tuple[np.ndarray, np.ndarray, int]:
    """Draws of x by Hamiltonian Monte Carlo on z.

    Returns
    -------
    array [chain, draw, dim]
        The draws.
    array [chain, draw, controlled]
        The first coordinates of the Newton step at each draw: the covariance of the geometry times the gradient.
    int
        How many transitions diverged.

    Raises
    ------
    RuntimeError
        The density has no finite value where chains could begin.

    References
    ----------
    Blanes, Casas & Sanz-Serna (2014), doi:10.1137/130932740: steps of two stages.
    Hoffman & Gelman (2014), JMLR 15, section 3.2: dual averaging of the step while `tune` transitions are made.
    """
    size, total = density.start.size, settings.tune + draws * settings.thin
    kept, newton = np.empty((chains, draws, size)), np.empty((chains, draws, density.controlled))
    addresses = density.function.address, density.data.address
    generators = [np.random.default_rng(each) for each in np.random.SeedSequence(seed).spawn(chains)]
    maps = NativeArgs(geometry.arrays())
    states = [_begun(_start(density, maps, rng), *out) for rng, *out in zip(generators, kept, newton, strict=True)]

    def go_on(number: int, done: int, many: int) -> None:
        momenta, chances = generators[number].standard_normal((many, size)), generators[number].random((many, 2))
        _transitions(states[number], momenta, chances, done, settings, *addresses, maps.values)

    report(0.0)
    with ThreadPoolExecutor(min(chains, os.cpu_count() or 1)) as pool:
        for done in range(0, total, _AT_ONCE):
            many = min(_AT_ONCE, total - done)
            list(pool.map(go_on, range(chains), [done] * chains, [many] * chains))
            report((done + many) / total)
    return kept, newton, int(sum(chain.diverged[0] for chain in states))


def _start(density: Density, maps: NativeArgs, rng: np.random.Generator) -> np.ndarray:
    """A z near the centre, where the density and its gradient are finite."""
    x = np.empty(density.start.size)
    for _ in range(_TRIES):
        z = rng.uniform(-0.5, 0.5, x.size)
        to_x(z, x, maps.values)
        value, gradient = density(x)
        if math.isfinite(value + gradient.sum()):
            return z
    raise RuntimeError(f"the sampler cannot follow the density of these data (it is not finite at {_TRIES} points)")


def _begun(z: np.ndarray, kept: np.ndarray, newton: np.ndarray) -> _Chain:
    step = np.array([math.log(_FIRST_STEP), math.log(_FIRST_STEP), 0.0])
    return _Chain(z, np.full(1, math.nan), np.empty_like(z), step, np.zeros(1, np.int64), kept, newton)


@njit(cache=True, nogil=True, error_model="numpy")
def _transitions(chain, momenta, chances, done, settings, function, data, geometry):
    """Transitions of a chain, one for each row of momenta; `done` were made before."""
    x, end = np.empty(chain.z.size), (np.empty(chain.z.size), np.empty(chain.z.size))
    tune, thin, _, length, varied, exact_normal = settings
    if math.isnan(chain.value[0]):
        chain.value[0] = _log_density(chain.z, x, chain.gradient, exact_normal, function, data, geometry)
    for row in range(len(momenta)):
        number = done + row
        tuned = number >= tune
        step, share = math.exp(chain.step[1 if tuned else 0]), 2.0 * chances[row, 0] - 1.0
        steps = int(length * (1.0 + varied * share) / step + 0.5)
        steps = min(max(steps, 1), _MOST_STEPS if tuned else _MOST_WHILE_TUNED)
        if varied == 0.0:
            step *= 1.0 + _VARIED * share
        value, error = _trajectory(chain, momenta[row], end, x, steps, step, exact_normal, function, data, geometry)
        accept = math.exp(min(error, 0.0))
        if chances[row, 1] < accept:
            chain.value[0] = value
            for i in range(x.size):
                chain.z[i], chain.gradient[i] = end[0][i], end[1][i]
        if not tuned:
            _adapt(chain.step, number, settings.target_accept - accept)
            continue
        chain.diverged[0] += error == -math.inf
        if (number - tune) % thin == 0:
            kept = (number - tune) // thin
            to_x(chain.z, chain.kept[kept], geometry)
            if chain.newton.shape[1]:
                _newton_step(chain, chain.newton[kept], end[0], x, exact_normal, geometry)


@njit(cache=True, error_model="numpy")
def _newton_step(chain, out, direction, x, exact_normal, geometry):
    """The first coordinates of the Newton step from where a chain is; `direction` and `x` are overwritten."""
    for i in range(x.size):
        direction[i] = chain.gradient[i] - (chain.z[i] if exact_normal else 0.0)
    to_x(direction, x, geometry)
    for i in range(out.size):
        out[i] = x[i] - geometry[0][i]


@njit(cache=True, inner=True, error_model="numpy")
def _trajectory(chain, momentum, end, x, steps, step, exact_normal, function, data, geometry):
    """From where a chain is to z and its gradient, `end`; the log density there, and minus the error of the energy.

    A step is a kick, half the way, a kick, half the way and a kick. The way goes straight on, or along an orbit of a
    standard normal density; then the kicks are what the density adds to that.
    """
    (z, slope), size, energy, value = end, x.size, chain.value[0], chain.value[0]
    turn, lift, drop = 1.0, 0.5 * step, 0.0
    if exact_normal:
        turn, lift = math.cos(0.5 * step), math.sin(0.5 * step)
        drop = lift
    for i in range(size):
        energy -= 0.5 * momentum[i] * momentum[i]
        momentum[i] += _OUTER * step * chain.gradient[i]
        z[i] = chain.z[i]
    for stage in range(2 * steps):
        for i in range(size):
            before = z[i]
            z[i] = turn * before + lift * momentum[i]
            momentum[i] = turn * momentum[i] - drop * before
        value = _log_density(z, x, slope, exact_normal, function, data, geometry)
        if not value > energy - _TOO_FAR:
            return value, -math.inf
        kick = (1.0 - 2.0 * _OUTER) * step
        if stage % 2:
            kick = (_OUTER if stage == 2 * steps - 1 else 2.0 * _OUTER) * step
        for i in range(size):
            momentum[i] += kick * slope[i]
    error = value - energy
    for i in range(size):
        error -= 0.5 * momentum[i] * momentum[i]
    return value, error if error > -_TOO_FAR else -math.inf


@njit(cache=True, inner=True, error_model="numpy")
def _log_density(z, x, gradient, exact_normal, function, data, geometry):
    """At z, with its gradient in z, or that of its ratio to a standard normal density."""
    to_x(z, x, geometry)
    value = evaluate(function, x, gradient, data)
    to_z(gradient, geometry)
    if exact_normal:
        for i in range(z.size):
            gradient[i] += z[i]
    return value


@njit(cache=True, inner=True, error_model="numpy")
def _adapt(step, number, short):
    """Dual averaging of the logarithm of the step; `short` is what acceptance fell short of its target by."""
    count = number + 1.0
    step[2] += (short - step[2]) / (count + 10.0)
    step[0] = min(math.log(10.0 * _FIRST_STEP) - 10.0 * math.sqrt(count) * step[2], math.log(_LONGEST_STEP))
    step[1] += count**-0.75 * (step[0] - step[1])
