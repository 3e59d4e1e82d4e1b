"""The blocks of the ability model's log density that are about tests: discriminations, intercepts, over-dispersion."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from gaplab.models import priors
from gaplab.models.ability.coordinates import zero_sum_into
from gaplab.sampling.compiled import njit
from gaplab.sampling.special import logistic

inlined = njit(cache=True, inner=True, error_model="numpy", forceinline=True)


class Slopes(NamedTuple):
    """Discriminations [benchmark], and the gradient in their logarithms."""

    a: Any
    g_log: Any


class Scatter(NamedTuple):
    """The over-dispersion of each test: its offset in units of the spread, and the offset's slope in its coordinate."""

    unit: Any
    offset: Any
    d_offset: Any


class Precisions(NamedTuple):
    """phi of each group of scores, its slope in the logit of the over-dispersion, and the gradient in phi."""

    phi: Any
    d_phi: Any
    g_phi: Any


@inlined
def discriminations(p, g, tests):
    """Log discriminations, which sum to zero, around zero; all are one where the run has them equal."""
    k = tests.reference.size
    log_a, g_log = np.zeros(k), np.zeros(k)
    if not p.log_a.size:
        return Slopes(np.exp(log_a), g_log), 0.0
    zero_sum_into(p.log_a, tests.left_out, log_a)
    tau, squares = math.exp(p.tau_a[0]), 0.0
    for b in range(k):
        squares += (log_a[b] / tau) ** 2
        g_log[b] = -log_a[b] / tau**2
    scaled = (tau / priors.DISCRIMINATION_SD) ** 2
    g.tau_a[0] = squares - (k - 1) - scaled + 1.0
    return Slopes(np.exp(log_a), g_log), -0.5 * squares - (k - 1) * p.tau_a[0] - 0.5 * scaled + p.tau_a[0]


@inlined
def intercepts(p, g):
    """Logits of the tests for their average test-takers."""
    intercept, g_intercept, logp = p.intercept, g.intercept, 0.0
    for b in range(intercept.size):
        r = intercept[b] / priors.INTERCEPT_SD
        logp -= 0.5 * r * r
        g_intercept[b] = -r / priors.INTERCEPT_SD
    return logp


@inlined
def over_dispersion(p, g, tests):
    """The over-dispersion of each test around that of all; `g.omega_offset` holds the gradient in the offset so far."""
    omega_offset, g_offset, log_spread = p.omega_offset, g.omega_offset, p.omega_spread[0]
    centred, bend, k = tests.omega_centred, tests.omega_bend, tests.omega_bend.size
    common = p.omega_mean[0] - priors.OMEGA_MEAN[0]
    r, squared = common / priors.OMEGA_MEAN[1], math.exp(2.0 * log_spread)
    scaled = squared / priors.OMEGA_SPREAD_SD**2
    logp = -0.5 * r * r - 0.5 * scaled + log_spread
    g_mean, g_spread = -r / priors.OMEGA_MEAN[1], 1.0 - scaled
    unit, offset, d_offset = np.empty(k), np.empty(k), np.empty(k)
    for b in range(k):
        beyond = omega_offset[b] - bend[b]
        soft = max(beyond, 0.0) + math.log1p(math.exp(-abs(beyond)))
        offset[b], d_offset[b] = bend[b] + math.log(soft), logistic(beyond) / soft
        unit[b] = math.exp((1.0 - centred[b]) * log_spread)
        precision = unit[b] ** 2 / squared
        expected = centred[b] * common / unit[b]
        residual = offset[b] - expected
        pull = residual * precision
        logp += math.log(d_offset[b]) - 0.5 * residual * pull - centred[b] * log_spread
        g_offset[b] = -pull
        g_mean += pull * centred[b] / unit[b]
        g_spread += centred[b] * (residual * pull - 1.0) - (1.0 - centred[b]) * pull * expected
    g.omega_mean[0], g.omega_spread[0] = g_mean, g_spread
    return Scatter(unit, offset, d_offset), logp


@inlined
def precisions_of(p, scatter, data):
    """phi of each group of scores: binomial sampling of its items, and the over-dispersion of its test."""
    (benchmark, sampling, _), (_, centred, _, _) = data.groups, data.tests
    unit, offset = scatter.unit, scatter.offset
    common, free = p.omega_mean[0] - priors.OMEGA_MEAN[0], 1.0 - priors.OMEGA_FLOOR
    phi, d_phi = np.empty(sampling.size), np.empty(sampling.size)
    for j in range(sampling.size):
        b = benchmark[j]
        share = logistic(priors.OMEGA_MEAN[0] + (1.0 - centred[b]) * common + unit[b] * offset[b])
        rho = sampling[j] + (1.0 - sampling[j]) * (priors.OMEGA_FLOOR + free * share)
        phi[j] = 1.0 / rho - 1.0
        d_phi[j] = -(1.0 - sampling[j]) / rho**2 * free * share * (1.0 - share)
    return Precisions(phi, d_phi, np.zeros(sampling.size))


@inlined
def pull_over_dispersion(p, g, data, scatter, precisions):
    """Gradients of the over-dispersion from that in phi, and that of each offset in its coordinate."""
    (benchmark, _, _), (_, centred, bend, _) = data.groups, data.tests
    (unit, offset, d_offset), d_phi, g_phi = scatter, precisions.d_phi, precisions.g_phi
    omega_offset, g_offset, g_mean, g_spread = p.omega_offset, g.omega_offset, g.omega_mean[0], g.omega_spread[0]
    for j in range(g_phi.size):
        b, g_logit = benchmark[j], g_phi[j] * d_phi[j]
        g_mean += g_logit * (1.0 - centred[b])
        g_spread += g_logit * offset[b] * unit[b] * (1.0 - centred[b])
        g_offset[b] += g_logit * unit[b]
    for b in range(bend.size):
        g_offset[b] = (g_offset[b] - 1.0) * d_offset[b] + logistic(bend[b] - omega_offset[b])
    g.omega_mean[0], g.omega_spread[0] = g_mean, g_spread
