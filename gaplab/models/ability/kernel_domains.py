"""The block of the ability model's log density that is about domains."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from gaplab.models import priors
from gaplab.models.ability.coordinates import zero_sum_into, zero_sum_pullback
from gaplab.sampling.compiled import njit

inlined = njit(cache=True, inner=True, error_model="numpy", forceinline=True)


class CellAbilities(NamedTuple):
    """Of each cell: its ability and the gradient in it; its domain ability less the mean, `own`.

    `precision` and `precision_times_mean` are what its scores say of its ability, taken for normal readings.
    """

    ability: Any
    g_ability: Any
    own: Any
    precision: Any
    precision_times_mean: Any


@inlined
def domains(p, g, data, slopes, precisions):
    """The ability in each cell, with the priors of domain abilities and of their means and spreads."""
    model, n = data.cells.model, data.cells.model.size
    cells = CellAbilities(np.empty(n), np.zeros(n), np.empty(n), np.zeros(n), np.zeros(n))
    theta, ability = p.theta, cells.ability
    for c in range(n):
        ability[c] = theta[model[c]]
    if not p.domain_raw.size:
        return cells, 0.0
    _read_cells(p, data, slopes, precisions, cells)
    return cells, _add_domains(p, g, data.cells, cells)


@inlined
def _tests(p, data, slopes, precisions):
    """Of each group of scores its benchmark and phi; of each benchmark the rest."""
    return data.groups.benchmark, slopes.a, precisions.phi, p.intercept, data.tests.reference


@inlined
def _weights(scores):
    """The cell of each score, and the normal reading that the score is taken for."""
    return scores.cell, scores.weight, scores.weighted_response


@inlined
def _read_cells(p, data, slopes, precisions, cells):
    """Add up the precision of what the scores of each cell say of its ability, and precision times what they say."""
    benchmark, a, phi, intercept, reference = _tests(p, data, slopes, precisions)
    (cell, weight, weighted_response), (start, group) = _weights(data.scores), data.runs
    precision, precision_times_mean = cells.precision, cells.precision_times_mean
    for run in range(group.size):
        j = group[run]
        b = benchmark[j]
        square, single = a[b] * a[b] * phi[j], a[b] * phi[j]
        moved = single * (intercept[b] - a[b] * reference[b])
        for row in range(start[run], start[run + 1]):
            c = cell[row]
            precision[c] += weight[row] * square
            precision_times_mean[c] += weighted_response[row] * single - weight[row] * moved


@inlined
def _add_domains(p, g, about, cells):
    """Add each cell's domain ability to its ability; log prior, with its gradient in means and spreads."""
    raw, log_sd, logp = p.domain_raw, p.domain_sd, 0.0
    mean, prior_precision = np.empty(log_sd.size), np.exp(-2.0 * log_sd)
    zero_sum_into(p.domain_follower, about.left_out, mean)
    zero_sum_pullback(-mean / priors.DOMAIN_FOLLOWER_SD**2, about.left_out, g.domain_follower)
    for d in range(log_sd.size):
        logp -= 0.5 * (mean[d] / priors.DOMAIN_FOLLOWER_SD) ** 2
        r = (log_sd[d] - priors.DOMAIN_SPREAD[0]) / priors.DOMAIN_SPREAD[1]
        logp -= 0.5 * r * r
        g.domain_sd[d] = -r / priors.DOMAIN_SPREAD[1]
    ability, _, own, precision, precision_times_mean = cells
    model, domain, follower, _ = about
    shares = 1.0
    for c in range(raw.size):
        d = domain[c]
        if follower[model[c]]:
            ability[c] += mean[d]
        variance = 1.0 / (precision[c] + prior_precision[d])
        expected = variance * (precision_times_mean[c] - precision[c] * ability[c])
        own[c] = expected + math.sqrt(variance) * raw[c]
        ability[c] += own[c]
        logp -= 0.5 * own[c] * own[c] * prior_precision[d]
        shares *= variance * prior_precision[d]
        if shares < 1e-200:  # one logarithm for many cells
            logp += 0.5 * math.log(shares)
            shares = 1.0
    return logp + 0.5 * math.log(shares)


@inlined
def pull_domains(p, g, data, slopes, precisions, cells):
    """Gradients of general and domain abilities from that of the ability in each cell."""
    if p.domain_raw.size:
        g_precision, g_precision_times_mean = _pull_cells(p, g, data.cells, cells)
        _pull_readings(p, g, data, slopes, precisions, g_precision, g_precision_times_mean)
    model, g_theta, g_ability = data.cells.model, g.theta, cells.g_ability
    for c in range(model.size):
        g_theta[model[c]] += g_ability[c]


@inlined
def _pull_cells(p, g, about, cells):
    """Gradients of domain abilities; `g_ability` becomes that in what all domains share.

    Returns the gradients in `precision` and `precision_times_mean`.
    """
    raw, log_sd, n = p.domain_raw, p.domain_sd, p.domain_raw.size
    prior_precision, g_mean, pull = np.exp(-2.0 * log_sd), np.zeros(log_sd.size), np.empty(g.domain_follower.size)
    g_precision, g_precision_times_mean = np.empty(n), np.empty(n)
    ability, g_ability, own, precision, _ = cells
    model, domain, follower, _ = about
    g_raw, g_log_sd = g.domain_raw, g.domain_sd
    for c in range(n):
        d, z = domain[c], own[c]
        variance = 1.0 / (precision[c] + prior_precision[d])
        scale = math.sqrt(variance)
        expected = z - scale * raw[c]
        g_own = g_ability[c] - z * prior_precision[d]
        g_raw[c] = g_own * scale
        g_log_scale = g_own * (z + expected) + 1.0
        g_log_sd[d] += g_log_scale * variance * prior_precision[d] + z * z * prior_precision[d] - 1.0
        g_ability[c] -= g_own * variance * precision[c]
        if follower[model[c]]:
            g_mean[d] += g_ability[c]
        g_precision[c] = -variance * (0.5 * g_log_scale + g_own * (ability[c] - z))
        g_precision_times_mean[c] = variance * g_own
    zero_sum_pullback(g_mean, about.left_out, pull)
    for d in range(pull.size):
        g.domain_follower[d] += pull[d]
    return g_precision, g_precision_times_mean


@inlined
def _pull_readings(p, g, data, slopes, precisions, g_precision, g_precision_times_mean):
    """Gradients in phi, discriminations and intercepts from those in the two sums of `_read_cells`."""
    benchmark, a, phi, intercept, reference = _tests(p, data, slopes, precisions)
    (cell, weight, weighted_response), (start, group) = _weights(data.scores), data.runs
    g_phi, g_log_a, g_intercept = precisions.g_phi, slopes.g_log, g.intercept
    for run in range(group.size):
        by_precision = by_response = by_weight = 0.0
        for row in range(start[run], start[run + 1]):
            c = cell[row]
            by_precision += weight[row] * g_precision[c]
            by_response += weighted_response[row] * g_precision_times_mean[c]
            by_weight += weight[row] * g_precision_times_mean[c]
        j = group[run]
        b = benchmark[j]
        at_zero = intercept[b] - a[b] * reference[b]
        first, second = a[b] * a[b] * by_precision, a[b] * (by_response - at_zero * by_weight)
        g_phi[j] += first + second
        g_log_a[b] += phi[j] * (2.0 * first + second + a[b] * a[b] * reference[b] * by_weight)
        g_intercept[b] -= phi[j] * a[b] * by_weight
