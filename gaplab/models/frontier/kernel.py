"""The log density of the frontier model and its gradient, derived by hand.

Each block of `definition.frontier_model` has a function of its name here, which adds up the block's log density and its
gradient. In all functions p are the coordinates and g their gradients, both by name (`Coordinates`); positive variables
have their logarithm.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from gaplab.models import priors
from gaplab.sampling.compiled import njit
from gaplab.sampling.native import read
from gaplab.sampling.special import log, log_normal_cdf, softplus

compiled = njit(cache=True, inner=True, error_model="numpy")
part_of_caller = njit(error_model="numpy", inline="always")
inlined = njit(cache=True, inner=True, error_model="numpy", forceinline=True)

_LOG_2, _LOG_LOG_2, _ROOT_HALF = math.log(2.0), math.log(math.log(2.0)), math.sqrt(0.5)


class Inputs(NamedTuple):
    """The readings: mean, sd and country [model], loadings [factor, model]; how far each is between two knots.

    A model stands `share` of the way from the knot `left` to the next; `step_years` [date - 1] are between knots, and
    `best` [country] are the means of the best readings.
    """

    mean: Any
    sd: Any
    loadings: Any
    country: Any
    left: Any
    share: Any
    step_years: Any
    best: Any


class Coordinates(NamedTuple):
    """The values of each variable in a vector of coordinates, or the gradients in them, as views."""

    log_median_pace: Any
    pace_contrast: Any
    tau: Any
    rise: Any
    level: Any
    nu: Any
    factor: Any


class Terms(NamedTuple):
    """What each block adds to the log density."""

    unevenness: Any
    pace: Any
    rises: Any
    levels: Any
    shortfalls: Any
    factors: Any
    readings: Any


class Rises(NamedTuple):
    """Increments between knots [country, date - 1].

    With the slope of their logarithm in the stretched coordinate, and the gradient of their prior in it.
    """

    rise: Any
    by_stretched: Any
    g_stretched: Any


@njit(cache=True, error_model="numpy", forceinline=True)
def split(x, n_rises):
    """The parts of a vector of coordinates, by name."""
    level = 3 + 2 * n_rises
    rise = x[3:level].reshape(2, n_rises)
    return Coordinates(x[:1], x[1:2], x[2:3], rise, x[level : level + 2], x[level + 2 : level + 4], x[level + 4 :])


@part_of_caller
def log_density(x, gradient, args):
    """The log density at x, up to a constant; fills the gradient."""
    t = terms(x, gradient, read(args))
    return t.unevenness + t.pace + t.rises + t.levels + t.shortfalls + t.factors + t.readings


@part_of_caller
def terms(x, gradient, data):
    """What each block adds to the log density at x, up to a constant; fills the gradient."""
    gradient[:] = 0.0
    p, g = split(x, data.step_years.size), split(gradient, data.step_years.size)
    of_unevenness = _unevenness(p, g)
    of_pace = _pace(p, g)
    rises, of_rises = _rises(p, g, data.step_years)
    of_levels = _levels(p, g, data.best)
    of_shortfalls = _shortfalls(p, g)
    of_factors = _factors(p, g)
    of_readings, g_frontier = _readings(p, g, data, _frontier(p, rises))
    _pull_frontier(p, g, rises, g_frontier)
    return Terms(of_unevenness, of_pace, of_rises, of_levels, of_shortfalls, of_factors, of_readings)


@inlined
def _unevenness(p, g):
    """How far the pace moves from knot to knot."""
    r = (p.tau[0] - priors.RATE_SPREAD[0]) / priors.RATE_SPREAD[1]
    g.tau[0] = -r / priors.RATE_SPREAD[1]
    return -0.5 * r * r


@inlined
def _pace(p, g):
    """The mean pace that both countries share, whose prior tau moves, and their difference."""
    square = math.exp(p.tau[0]) ** 2
    r = (p.log_median_pace[0] + 0.5 * square - priors.COMMON_PACE[0]) / priors.COMMON_PACE[1]
    q = p.pace_contrast[0] / priors.PACE_CONTRAST_SD
    g.log_median_pace[0] = -r / priors.COMMON_PACE[1]
    g.pace_contrast[0] = -q / priors.PACE_CONTRAST_SD
    g.tau[0] -= r / priors.COMMON_PACE[1] * square
    return -0.5 * r * r - 0.5 * q * q


@inlined
def _rises(p, g, step_years):
    """Increments around the pace of their country; see `definition._stretch` for their coordinate."""
    coordinate, log_tau, k = p.rise, p.tau[0], step_years.size
    tau, root = math.exp(log_tau), math.exp(0.5 * log_tau)
    rows = np.empty((8, k))
    rise, by_stretched, g_stretched, residual, prior = rows[:2], rows[2:4], rows[4:6], rows[6], rows[7]
    logp, g_tau = -k * log_tau, -float(k)
    for c in range(2):
        side = _ROOT_HALF if c == 0 else -_ROOT_HALF
        half_pace = 0.5 * (p.log_median_pace[0] + side * p.pace_contrast[0])
        scale, offset = math.exp(half_pace) / _LOG_2, half_pace + _LOG_LOG_2
        for j in range(k):
            stretched = root * coordinate[c, j]
            soft, logistic = softplus(stretched)
            log_soft = log(soft)
            # The log of the increment over its median, in units of tau.
            residual[j] = (log_soft - offset) / tau
            prior[j] = stretched - soft - log_soft
            rise[c, j] = scale * step_years[j] * soft
            by_stretched[c, j] = logistic / soft
            g_stretched[c, j] = 1.0 - logistic - by_stretched[c, j] * (1.0 + residual[j] / tau)
        total = 0.0
        for j in range(k):
            total += residual[j]
            g_tau += residual[j] ** 2
            logp += prior[j] - 0.5 * residual[j] ** 2
        g.log_median_pace[0] += 0.5 * total / tau
        g.pace_contrast[0] += 0.5 * side * total / tau
    g.tau[0] += g_tau
    return Rises(rise, by_stretched, g_stretched), logp


@inlined
def _levels(p, g, best):
    """The last level of each frontier, around the country's best readings."""
    logp = 0.0
    for c in range(2):
        r = (p.level[c] - best[c]) / priors.LEVEL_SD
        logp -= 0.5 * r * r
        g.level[c] = -r / priors.LEVEL_SD
    return logp


@inlined
def _shortfalls(p, g):
    """The mean shortfall of each country's models."""
    logp = 0.0
    for c in range(2):
        r = (p.nu[c] - priors.SHORTFALL[0]) / priors.SHORTFALL[1]
        logp -= 0.5 * r * r
        g.nu[c] = -r / priors.SHORTFALL[1]
    return logp


@inlined
def _factors(p, g):
    """The errors that readings share."""
    logp = 0.0
    for f in range(p.factor.size):
        logp -= 0.5 * p.factor[f] ** 2
        g.factor[f] = -p.factor[f]
    return logp


@inlined
def _frontier(p, rises):
    """Levels of both frontiers [country, date], from the last knot backwards."""
    rise, level = rises.rise, p.level
    k = rise.shape[1]
    frontier = np.empty((2, k + 1))
    for c in range(2):
        frontier[c, k] = level[c]
        for j in range(k - 1, -1, -1):
            frontier[c, j] = frontier[c, j + 1] - rise[c, j]
    return frontier


@inlined
def _readings(p, g, data, frontier):
    """Readings below the frontiers by exponential shortfalls and normal errors, with the gradient in the frontiers."""
    mean, sd, loadings, country, left, share, _, _ = data
    log_nu, g_nu, n, logp, g_frontier = p.nu, g.nu, mean.size, 0.0, np.zeros(frontier.shape)
    rows = np.empty((5, n))
    residual, rate, value, slope, by_log_nu = rows[0], rows[1], rows[2], rows[3], rows[4]
    rates = math.exp(-log_nu[0]), math.exp(-log_nu[1])
    for i in range(n):
        c, j, w = country[i], left[i], share[i]
        residual[i] = mean[i] - frontier[c, j] - w * (frontier[c, j + 1] - frontier[c, j])
        rate[i] = rates[c]
    for f in range(p.factor.size):
        for i in range(n):
            residual[i] -= loadings[f, i] * p.factor[f]
    _shortfall_rows(residual, sd, rate, value, slope, by_log_nu)
    for i in range(n):
        c, j, w = country[i], left[i], share[i]
        logp += value[i] - log_nu[c]
        g_nu[c] += by_log_nu[i]
        right = w * slope[i]
        g_frontier[c, j] -= slope[i] - right
        g_frontier[c, j + 1] -= right
    pull = np.dot(loadings, slope)
    for f in range(pull.size):
        g.factor[f] -= pull[f]
    return logp, g_frontier


@compiled
def _shortfall_rows(residual, sd, rate, value, slope, by_log_nu):
    """Log density of each residual, less log rate, with derivatives in the residual and in the log mean shortfall."""
    for i in range(residual.size):
        by_sd = 1.0 / sd[i]
        spread, below = sd[i] * rate[i], residual[i] * rate[i]
        log_cdf, hazard = log_normal_cdf(-residual[i] * by_sd - spread)
        value[i] = below + 0.5 * spread * spread + log_cdf
        slope[i] = rate[i] - hazard * by_sd
        by_log_nu[i] = hazard * spread - 1.0 - below - spread * spread


@inlined
def _pull_frontier(p, g, rises, g_frontier):
    """Gradients in levels, increments, paces and tau from that in the frontiers; an increment lowers all before it."""
    (rise, by_stretched, g_stretched), coordinate, g_rise = rises, p.rise, g.rise
    root, k, g_tau = math.exp(0.5 * p.tau[0]), rise.shape[1], 0.0
    for c in range(2):
        behind, g_pace = 0.0, 0.0
        for j in range(k):
            behind += g_frontier[c, j]
            g_log_rise = -behind * rise[c, j]
            g_whole = (g_stretched[c, j] + g_log_rise * by_stretched[c, j]) * root
            g_rise[c, j] = g_whole
            g_pace += g_log_rise
            g_tau += coordinate[c, j] * g_whole
        g.level[c] += behind + g_frontier[c, k]
        g.log_median_pace[0] += 0.5 * g_pace
        g.pace_contrast[0] += 0.5 * (_ROOT_HALF if c == 0 else -_ROOT_HALF) * g_pace
    g.tau[0] += 0.5 * g_tau
