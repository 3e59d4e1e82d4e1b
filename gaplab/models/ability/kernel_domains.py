"""The block of the ability model's log density that is about domains."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from gaplab.models import priors
from gaplab.models.ability.coordinates import zero_sum_into, zero_sum_pullback
from gaplab.sampling.compiled import njit

compiled = njit(cache=True, inner=True, error_model="numpy")
inlined = njit(cache=True, inner=True, error_model="numpy", forceinline=True)


class CellAbilities(NamedTuple):
    """Of each cell: its ability and the gradient in it; its domain ability less the mean, `own`.

    `precision` and `precision_times_mean` are what its scores say of its ability, taken for normal readings. With
    `prior_precision`, that of domain abilities, they leave `variance` to `own`, and `sd` is its root.
    """

    ability: Any
    g_ability: Any
    own: Any
    precision: Any
    precision_times_mean: Any
    variance: Any
    sd: Any
    prior_precision: Any


@inlined
def domains(p, g, data, slopes, precisions):
    """The ability in each cell, with the priors of domain abilities and of their means and spreads."""
    model, n = data.cells.model, data.cells.model.size
    cells = CellAbilities(
        np.empty(n), np.zeros(n), np.empty(n), np.zeros(n), np.zeros(n), np.empty(n), np.empty(n), np.empty(n)
    )
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
    start, shares = about.start, 1.0
    for d in range(log_sd.size):
        for c in range(start[d], start[d + 1]):
            cells.prior_precision[c] = prior_precision[d]
            cells.ability[c] += about.follower[c] * mean[d]
    _own_abilities(raw, cells)
    own, variance = cells.own, cells.variance
    for c in range(raw.size):
        logp -= 0.5 * own[c] * own[c] * cells.prior_precision[c]
        shares *= variance[c] * cells.prior_precision[c]
        if shares < 1e-200:  # one logarithm for many cells
            logp += 0.5 * math.log(shares)
            shares = 1.0
    return logp + 0.5 * math.log(shares)


@compiled
def _own_abilities(raw, cells):
    """Fill `own`, `variance` and `sd`, and add `own` to the ability; a loop that several cells go through at a time."""
    ability, _, own, precision, precision_times_mean, variance, sd, prior_precision = cells
    for c in range(own.size):
        left = 1.0 / (precision[c] + prior_precision[c])
        scale = math.sqrt(left)
        residual = left * (precision_times_mean[c] - precision[c] * ability[c]) + scale * raw[c]
        own[c], variance[c], sd[c] = residual, left, scale
        ability[c] += residual


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
    n, start = p.domain_raw.size, about.start
    g_mean, pull = np.zeros(g.domain_sd.size), np.empty(g.domain_follower.size)
    g_log_sd, g_precision, g_precision_times_mean = np.empty(n), np.empty(n), np.empty(n)
    _pull_own(p.domain_raw, g.domain_raw, cells, g_log_sd, g_precision, g_precision_times_mean)
    for d in range(g_mean.size):
        for c in range(start[d], start[d + 1]):
            g.domain_sd[d] += g_log_sd[c]
            g_mean[d] += about.follower[c] * cells.g_ability[c]
    zero_sum_pullback(g_mean, about.left_out, pull)
    for d in range(pull.size):
        g.domain_follower[d] += pull[d]
    return g_precision, g_precision_times_mean


@compiled
def _pull_own(raw, g_raw, cells, g_log_sd, g_precision, g_precision_times_mean):
    """The part of `_pull_cells` that several cells go through at a time; `g_log_sd` is what each cell adds to it."""
    ability, g_ability, own, precision, _, variance, sd, prior_precision = cells
    for c in range(own.size):
        z, left, at_zero = own[c], variance[c], prior_precision[c]
        expected = z - sd[c] * raw[c]
        g_own = g_ability[c] - z * at_zero
        g_log_scale = g_own * (z + expected) + 1.0
        g_raw[c] = g_own * sd[c]
        g_log_sd[c] = g_log_scale * left * at_zero + z * z * at_zero - 1.0
        g_ability[c] -= g_own * left * precision[c]
        g_precision[c] = -left * (0.5 * g_log_scale + g_own * (ability[c] - z))
        g_precision_times_mean[c] = left * g_own


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
