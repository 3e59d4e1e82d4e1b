"""The log density of the ability model and its gradient, derived by hand.

Each block of `definition.ability_model` has a function of its name here, in `kernel_tests` or in `kernel_domains`. The
function adds up the block's log density and the gradient of its priors. Gradients of the data flow back through the
blocks in the opposite order. In all functions p are the coordinates and g their gradients, both by name
(`Coordinates`); positive variables have their logarithm, so that their densities carry its Jacobian.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from gaplab.models import priors
from gaplab.models.ability.coordinates import split, zero_sum_pullback
from gaplab.models.ability.inputs import AT_MOST
from gaplab.models.ability.kernel_domains import domains, pull_domains
from gaplab.models.ability.kernel_tests import (
    discriminations,
    intercepts,
    over_dispersion,
    precisions_of,
    pull_over_dispersion,
)
from gaplab.sampling import special
from gaplab.sampling.compiled import njit
from gaplab.sampling.native import read
from gaplab.sampling.special import log_beta_cdf_to_density, log_gamma, log_gammas, log_normal_cdf, logistic

compiled = njit(cache=True, inner=True, error_model="numpy")
part_of_caller = njit(error_model="numpy", inline="always")
inlined = njit(cache=True, inner=True, error_model="numpy", forceinline=True)


class Terms(NamedTuple):
    """What each block adds to the log density."""

    abilities: Any
    discriminations: Any
    intercepts: Any
    over_dispersion: Any
    domains: Any
    effects: Any
    scores: Any
    horizons: Any
    links: Any


class Rows(NamedTuple):
    """Of each score: expected logit and phi; log density, and its slopes in both."""

    eta: Any
    phi: Any
    value: Any
    by_eta: Any
    by_phi: Any


@part_of_caller
def log_density(x, gradient, args):
    """The log density at x, up to a constant; fills the gradient."""
    t = terms(x, gradient, read(args))
    priors_of_tests = t.discriminations + t.intercepts + t.over_dispersion
    return t.abilities + priors_of_tests + t.domains + t.effects + t.scores + t.horizons + t.links


@part_of_caller
def terms(x, gradient, data):
    """What each block adds to the log density at x, up to a constant; fills the gradient."""
    gradient[:] = 0.0
    p, g = split(x, data.ends), split(gradient, data.ends)
    of_abilities = _abilities(p, g, data.trend)
    slopes, of_slopes = discriminations(p, g, data.tests)
    of_intercepts = intercepts(p, g)
    scatter, of_scatter = over_dispersion(p, g, data.tests)
    precisions = precisions_of(p, scatter, data)
    cells, of_domains = domains(p, g, data, slopes, precisions)
    bias, of_effects = _effects(p, g, data.effects)
    of_scores = _scores(p, g, data, slopes, precisions, cells, bias)
    of_horizons = _horizons(p, g, data.horizons, cells)
    of_links = _links(p, g, data.links)

    pull_domains(p, g, data, slopes, precisions, cells)
    pull_over_dispersion(p, g, data, scatter, precisions)
    if p.log_a.size:
        zero_sum_pullback(slopes.g_log, data.tests.left_out, g.log_a)
    return Terms(
        of_abilities, of_slopes, of_intercepts, of_scatter, of_domains, of_effects, of_scores, of_horizons, of_links
    )


@inlined
def _abilities(p, g, trend):
    """Abilities around their line."""
    (design, mean, sd), theta, coefficient, g_theta, g_coefficient = trend, p.theta, p.prior, g.theta, g.prior
    sigma, logp = math.exp(p.sigma[0]), 0.0
    for j in range(coefficient.size):
        r = (coefficient[j] - mean[j]) / sd[j]
        logp -= 0.5 * r * r
        g_coefficient[j] = -r / sd[j]
    squares = 0.0
    for i in range(theta.size):
        r = theta[i]
        for j in range(coefficient.size):
            r -= design[i, j] * coefficient[j]
        r /= sigma
        squares += r * r
        g_theta[i] -= r / sigma
        for j in range(coefficient.size):
            g_coefficient[j] += r / sigma * design[i, j]
    scaled = (sigma / priors.ABILITY_SD) ** 2
    g.sigma[0] = squares - theta.size - scaled + 1.0
    return logp - 0.5 * squares - theta.size * p.sigma[0] - 0.5 * scaled + p.sigma[0]


@inlined
def _effects(p, g, effects):
    """Biases, in units of their prior spreads."""
    raw, g_raw, bias, squares = p.effect_raw, g.effect_raw, np.empty(p.effect_raw.size), 0.0
    for e in range(raw.size):
        bias[e] = effects.mean[e] + effects.sd[e] * raw[e]
        g_raw[e] = -raw[e]
        squares += raw[e] * raw[e]
    return bias, -0.5 * squares


@inlined
def _scores(p, g, data, slopes, precisions, cells, bias):
    """Scores given abilities, tests and biases, with the gradients in all of these."""
    rows, n_scores = _expected(p, data, slopes, precisions, cells, bias), data.groups.n_scores
    phi, g_phi = precisions.phi, precisions.g_phi
    logp = 0.0
    for j in range(phi.size):
        value, psi = log_gamma(phi[j])
        logp += n_scores[j] * value
        g_phi[j] = n_scores[j] * psi
    _densities(rows, data.scores)
    _bounds(rows, data.scores)

    (start, group), benchmark, cell = data.runs, data.groups.benchmark, data.scores.cell
    a, reference, ability, value, by_eta, by_phi = (
        slopes.a, data.tests.reference, cells.ability, rows.value, rows.by_eta, rows.by_phi
    )  # fmt: skip
    for run in range(group.size):
        j = group[run]
        b = benchmark[j]
        slope, pull, moved, of_phi = a[b], 0.0, 0.0, 0.0
        for row in range(start[run], start[run + 1]):
            c = cell[row]
            logp += value[row]
            cells.g_ability[c] += by_eta[row] * slope
            pull += by_eta[row]
            moved += by_eta[row] * ability[c]
            of_phi += by_phi[row]
        slopes.g_log[b] += slope * (moved - pull * reference[b])
        g.intercept[b] += pull
        g_phi[j] += of_phi
    effect_row, effect_index, effect_sd = data.scores.effect_row, data.scores.effect_index, data.effects.sd
    for entry in range(effect_row.size):
        e = effect_index[entry]
        g.effect_raw[e] += by_eta[effect_row[entry]] * effect_sd[e]
    return logp


@inlined
def _expected(p, data, slopes, precisions, cells, bias):
    """The rows with their expected logits and precisions."""
    (start, group), benchmark, cell, n = data.runs, data.groups.benchmark, data.scores.cell, data.scores.cell.size
    a, reference, ability, intercept, phi = (
        slopes.a, data.tests.reference, cells.ability, p.intercept, precisions.phi
    )  # fmt: skip
    eta, row_phi = np.empty(n), np.empty(n)
    for run in range(group.size):
        j = group[run]
        b = benchmark[j]
        slope, level, precision = a[b], intercept[b] - a[b] * reference[b], phi[j]
        for row in range(start[run], start[run + 1]):
            eta[row] = slope * ability[cell[row]] + level
            row_phi[row] = precision
    effect_row, effect_index = data.scores.effect_row, data.scores.effect_index
    for entry in range(effect_row.size):
        eta[effect_row[entry]] += bias[effect_index[entry]]
    return Rows(eta, row_phi, np.empty(n), np.empty(n), np.empty(n))


@compiled
def _densities(rows, scores):
    """Beta densities at all scores, less log gamma(phi)."""
    eta, phi, value, by_eta, by_phi = rows
    floor, width, log_score, log_rest = scores.floor, scores.width, scores.log_score, scores.log_rest
    for row in range(eta.size):
        share = 1.0 / (1.0 + special.exp(-eta[row]))
        mu = floor[row] + width[row] * share
        alpha, beta = mu * phi[row], (1.0 - mu) * phi[row]
        gammas, psi_a, psi_b = log_gammas(alpha, beta)
        g_alpha, g_beta = log_score[row] - psi_a, log_rest[row] - psi_b
        value[row] = (alpha - 1.0) * log_score[row] + (beta - 1.0) * log_rest[row] - gammas
        by_eta[row] = phi[row] * (g_alpha - g_beta) * width[row] * share * (1.0 - share)
        by_phi[row] = mu * g_alpha + (1.0 - mu) * g_beta


@inlined
def _bounds(rows, scores):
    """The probabilities of the scores that are bounds in the place of their densities."""
    eta, phi, value, by_eta, by_phi = rows
    floor, width, score, bound = scores.floor, scores.width, scores.score, scores.bound
    for row in range(scores.n_exact, eta.size):
        share = logistic(eta[row])
        mu = floor[row] + width[row] * share
        alpha, beta = mu * phi[row], (1.0 - mu) * phi[row]
        if bound[row] == AT_MOST:
            ratio, g_alpha, g_beta = log_beta_cdf_to_density(alpha, beta, score[row])
        else:
            ratio, g_beta, g_alpha = log_beta_cdf_to_density(beta, alpha, 1.0 - score[row])
        value[row] += ratio
        by_eta[row] += phi[row] * (g_alpha - g_beta) * width[row] * share * (1.0 - share)
        by_phi[row] += mu * g_alpha + (1.0 - mu) * g_beta


@inlined
def _horizons(p, g, horizons, cells):
    """Task horizons around a line in ability; some are lower bounds."""
    log_slope, intercept, log_sd, logp = p.horizon_slope, p.horizon_intercept, p.horizon_sd, 0.0
    for h in range(log_slope.size):
        q = (log_slope[h] - priors.HORIZON_SLOPE[0]) / priors.HORIZON_SLOPE[1]
        r = (intercept[h] - priors.HORIZON_INTERCEPT[0]) / priors.HORIZON_INTERCEPT[1]
        v = (log_sd[h] - priors.HORIZON_SD[0]) / priors.HORIZON_SD[1]
        logp -= 0.5 * (q * q + r * r + v * v)
        g.horizon_slope[h] = -q / priors.HORIZON_SLOPE[1]
        g.horizon_intercept[h] = -r / priors.HORIZON_INTERCEPT[1]
        g.horizon_sd[h] = -v / priors.HORIZON_SD[1]
    for row in range(horizons.log2_minutes.size):
        c, h = horizons.cell[row], horizons.test[row]
        slope, sd, beyond = math.exp(log_slope[h]), math.exp(log_sd[h]), cells.ability[c] - horizons.reference[h]
        total = math.sqrt(sd * sd + horizons.error[row] ** 2)
        u = (horizons.log2_minutes[row] - intercept[h] - slope * beyond) / total
        if horizons.at_least[row]:
            value, hazard = log_normal_cdf(-u)
            logp += value
            g_expected, g_total = hazard / total, hazard * u / total
        else:
            logp += -0.5 * u * u - math.log(total)
            g_expected, g_total = u / total, (u * u - 1.0) / total
        cells.g_ability[c] += g_expected * slope
        g.horizon_slope[h] += g_expected * slope * beyond
        g.horizon_intercept[h] += g_expected
        g.horizon_sd[h] += g_total * sd * sd / total
    return logp


@inlined
def _links(p, g, links):
    """Differences of two models in points, of which the two anchors are `span` apart."""
    low, high, logp = links.low_anchor, links.high_anchor, 0.0
    for row in range(links.points.size):
        first, second = links.model[row], links.reference[row]
        width, difference = p.theta[high] - p.theta[low], p.theta[first] - p.theta[second]
        residual = (links.span * difference / width - links.points[row]) / links.sd[row]
        logp -= 0.5 * residual * residual
        pull = -residual / links.sd[row] * links.span / width
        g.theta[first] += pull
        g.theta[second] -= pull
        g.theta[high] -= pull * difference / width
        g.theta[low] += pull * difference / width
    return logp
