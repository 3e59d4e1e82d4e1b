"""Stage 1: an item-response model of all scores gives every model's latent ability."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import xarray as xr
from numba import njit

from gaplab.models.density import Density, zero_sum, zero_sum_into, zero_sum_pullback
from gaplab.models.evidence import Observations
from gaplab.models.special import log_beta_cdf, log_gamma, log_normal_cdf, logistic

if TYPE_CHECKING:
    import pymc as pm

GROWTH_PRIOR = (1.0, 0.5)
"""Mean and standard deviation of the slope of ability in time, logits per year."""

SAMPLING = {"thin": 2}
"""Two draws for each one kept: with one, R-hat of some test's slope ends just above 1.01."""

OMEGA_CENTRE = math.log(0.01)
"""Prior mean of the logit of the over-dispersion."""

HORIZON_SLOPE = (math.log(1.5), 0.7)
"""Log mean and standard deviation of the doublings of the horizon per logit."""

HORIZON_SD = (math.log(0.4), 0.5)
"""Log median and spread of the scatter of horizons, log2 minutes; not zero, no line being exact."""

HORIZON_INTERCEPT = (4.0, 3.0)
"""Mean and standard deviation of the log2 minutes of the mean test-taker."""


def build(data: Observations) -> pm.Model:
    """Two-parameter item-response model of all scores, with no country in it.

    For score n of model i on benchmark b, on the raw scale::

        eta = a_b (theta_i - D_b) + sum of the biases of the row
        mu  = floor_b + (ceiling_b - floor_b) logistic(eta)
        score ~ Beta(mu phi, (1 - mu) phi),  1 / (phi + 1) = 1/n_items + (1 - 1/n_items) omega_b

    so that the variance is binomial sampling plus benchmark-specific
    over-dispersion. The geometric mean of the discriminations `a` is one, which
    sets the unit; abilities scatter around a line in time with mean zero at the
    mean date, which sets the origin. A benchmark's prior is on its expected logit
    for its own test-takers, Normal(0, 3).

    Returns
    -------
    pymc.Model
        Free variables `theta` [model], `log_a` and `intercept` [benchmark],
        `growth` (logits per year), `sigma`, `tau_a`, `omega_mean`,
        `omega_spread`, `omega_offset` [benchmark], `effect_raw` [effect],
        `horizon_slope`, `horizon_intercept`,
        `horizon_sd` [horizon]; deterministic `difficulty` [benchmark] and
        `bias` [effect].

    References
    ----------
    Birnbaum, A. (1968). Some latent trait models. In Lord & Novick, Statistical
    Theories of Mental Test Scores. Epoch AI (2025), Epoch Capabilities Index,
    https://epoch.ai/eci.
    """
    import pymc as pm
    import pytensor.tensor as pt

    b = data.benchmark
    reference = _reference(data)
    coords = {"model": data.models, "benchmark": data.benchmarks}
    with pm.Model(coords=coords) as model:
        growth = pm.Normal("growth", *GROWTH_PRIOR)
        sigma = pm.HalfNormal("sigma", 1.0)
        theta = pm.Normal("theta", growth * data.years, sigma, dims="model")

        tau_a = pm.HalfNormal("tau_a", 0.5)
        log_a = pm.ZeroSumNormal("log_a", tau_a, dims="benchmark")
        a = pt.exp(log_a)
        # The intercept is the logit at the mean date of the benchmark's test-takers, where it is
        # nearly uncorrelated with the discrimination. A prior on the difficulty itself would bend
        # the posterior of benchmarks with few scores: difficulty = reference - intercept / a.
        intercept = pm.Normal("intercept", 0.0, 3.0, dims="benchmark")
        pm.Deterministic("difficulty", reference - intercept / a, dims="benchmark")

        effect_raw = pm.Normal("effect_raw", 0.0, 1.0, shape=len(data.effects.names))
        bias = pm.Deterministic("bias", data.effects.mean + data.effects.sd * effect_raw)
        eta = a[b] * (theta[data.model] - reference[b]) + intercept[b] + pt.dot(data.effects.design(), bias)
        mu = data.floor + (data.ceiling - data.floor) * pm.math.sigmoid(eta)

        omega_mean = pm.Normal("omega_mean", OMEGA_CENTRE, 1.0)
        omega_spread = pm.HalfNormal("omega_spread", 0.7)
        omega_offset = pm.Normal("omega_offset", 0.0, 1.0, dims="benchmark")
        omega = pm.math.sigmoid(omega_mean + omega_spread * omega_offset)
        sampling = 1.0 / data.n_items
        phi = 1.0 / (sampling + (1.0 - sampling) * omega[b]) - 1.0

        seen = ~(data.at_most | data.at_least)
        pm.Beta("score", mu=mu[seen], nu=phi[seen], observed=data.score[seen])
        for name, rows, bound, alpha, beta in (
            ("at_most", data.at_most, data.score, mu * phi, (1 - mu) * phi),
            ("at_least", data.at_least, 1.0 - data.score, (1 - mu) * phi, mu * phi),
        ):
            if rows.any():
                pm.Potential(name, pm.logcdf(pm.Beta.dist(alpha[rows], beta[rows]), bound[rows]).sum())

        horizons = data.horizons
        h, size = horizons.horizon, len(horizons.names)
        slope = pm.LogNormal("horizon_slope", *HORIZON_SLOPE, shape=size)
        horizon_intercept = pm.Normal("horizon_intercept", *HORIZON_INTERCEPT, shape=size)
        horizon_sd = pm.LogNormal("horizon_sd", *HORIZON_SD, shape=size)
        expected = horizon_intercept[h] + slope[h] * (theta[horizons.model] - horizons.reference[h])
        total = pt.sqrt(horizon_sd[h] ** 2 + horizons.error**2)
        exact, bound = ~horizons.at_least, horizons.at_least
        if exact.any():
            pm.Normal("horizon", expected[exact], total[exact], observed=horizons.log2_minutes[exact])
        if bound.any():
            beyond = (expected[bound] - horizons.log2_minutes[bound]) / total[bound]
            pm.Potential("horizon_at_least", pm.logcdf(pm.Normal.dist(), beyond).sum())

        links = data.links
        if links.points.size:
            points_per_logit = links.span / (theta[links.high_anchor] - theta[links.low_anchor])
            difference = points_per_logit * (theta[links.model] - theta[links.reference])
            pm.Normal("link", difference, links.sd, observed=links.points)
    return model


def density(data: Observations) -> Density:
    """The log density of `build(data)`, compiled, in unconstrained coordinates.

    Coordinates, in order: theta [model], growth, log sigma, log tau_a, log_a
    (free part) [benchmark - 1], intercept [benchmark], omega_mean, log
    omega_spread, omega_offset [benchmark], effect_raw [effect], log horizon_slope,
    horizon_intercept, log horizon_sd [horizon].
    """
    n, k = len(data.models), len(data.benchmarks)
    effects, horizons, links = data.effects, data.horizons, data.links
    n_effects, n_horizons = len(effects.names), len(horizons.names)
    kind = np.where(data.at_most, 1, np.where(data.at_least, 2, 0))
    order = np.lexsort((data.model, data.n_items, data.benchmark))
    score = np.where(data.at_least, 1.0 - data.score, data.score)
    columns = (
        data.model,
        data.benchmark,
        kind,
        score,
        np.log(score),
        np.log1p(-score),
        1.0 / data.n_items,
        data.floor,
        data.ceiling,
    )
    per_row = [effects.index[effects.start[row] : effects.start[row + 1]] for row in order]
    row_effects = np.concatenate([*per_row, np.empty(0, int)]).astype(int)
    row_start = np.concatenate([[0], np.cumsum([len(part) for part in per_row])]).astype(int)
    start = np.zeros(n + 3 * k + 4 + n_effects + 3 * n_horizons)
    start[:n] = GROWTH_PRIOR[0] * data.years
    start[n] = GROWTH_PRIOR[0]
    start[n + 1 : n + 3] = np.log(0.5)
    start[n + 2 + 2 * k] = np.log(0.01)
    start[n + 3 + 2 * k] = np.log(0.5)
    slope, horizon_intercept, sd = start[n + 3 * k + 4 + n_effects :].reshape(3, n_horizons)
    slope[:], horizon_intercept[:], sd[:] = HORIZON_SLOPE[0], HORIZON_INTERCEPT[0], HORIZON_SD[0]
    return Density(
        function=_log_density,
        data=(
            (data.years, _reference(data)),
            tuple(np.ascontiguousarray(column[order]) for column in columns),
            (row_start, row_effects, effects.mean, effects.sd),
            (
                horizons.reference,
                horizons.model,
                horizons.horizon,
                horizons.log2_minutes,
                horizons.error,
                horizons.at_least,
            ),
            (links.model, links.reference, links.points, links.sd),
            (links.low_anchor, links.high_anchor, links.span),
        ),
        start=start,
        n_local=n,
        unpack=lambda x: _unpack(x, data),
    )


def labelled(draws: dict[str, np.ndarray], data: Observations) -> xr.Dataset:
    """Draws with the names of models, benchmarks, effects and horizons attached."""
    items = {"theta": "model", "bias": "effect"}
    items |= dict.fromkeys(("horizon_slope", "horizon_intercept", "horizon_sd"), "horizon")
    named = {
        name: (["chain", "draw", *[items.get(name, "benchmark")][: values.ndim - 2]], values)
        for name, values in draws.items()
        if values.size
    }
    return xr.Dataset(
        named,
        coords={
            "years": ("model", data.years),
            "model": data.models.to_numpy(object),
            "benchmark": data.benchmarks.to_numpy(object),
            **({"effect": data.effects.names.to_numpy(object)} if len(data.effects.names) else {}),
            **({"horizon": data.horizons.names.to_numpy(object)} if len(data.horizons.names) else {}),
        },
        attrs={"growth_mean": GROWTH_PRIOR[0], "growth_sd": GROWTH_PRIOR[1]},
    )


def _reference(data: Observations) -> np.ndarray:
    """Mean release year of the models that took each benchmark."""
    return pd.Series(data.years[data.model]).groupby(data.benchmark).mean().to_numpy()


def _unpack(x: np.ndarray, data: Observations) -> dict[str, np.ndarray]:
    n, k, effects = len(data.models), len(data.benchmarks), data.effects
    sizes = [n, 1, 1, 1, k - 1, k, 1, 1, k, len(effects.names), *[len(data.horizons.names)] * 3]
    parts = np.split(x, np.cumsum(sizes)[:-1], axis=-1)
    theta, growth, log_sigma, log_tau, free, intercept, omega_mean, log_spread, offset = parts[:9]
    raw, log_slope, horizon_intercept, log_horizon_sd = parts[9:]
    log_a = zero_sum(free)
    return {
        "theta": theta,
        "growth": growth[..., 0],
        "sigma": np.exp(log_sigma[..., 0]),
        "tau_a": np.exp(log_tau[..., 0]),
        "log_a": log_a,
        "intercept": intercept,
        "difficulty": _reference(data) - intercept / np.exp(log_a),
        "omega_mean": omega_mean[..., 0],
        "omega_spread": np.exp(log_spread[..., 0]),
        "omega_offset": offset,
        "bias": effects.mean + effects.sd * raw,
        "horizon_slope": np.exp(log_slope),
        "horizon_intercept": horizon_intercept,
        "horizon_sd": np.exp(log_horizon_sd),
    }


@njit(cache=True, nogil=True, error_model="numpy")
def _log_density(x, g, times, rows, design, horizons, links, anchors):
    years, reference = times
    model, benchmark, kind, score, log_score, log_rest, sampling, floor, ceiling = rows
    row_start, row_effects, effect_mean, effect_sd = design
    n, k = years.size, reference.size
    theta, growth, intercept = x[:n], x[n], x[n + 2 + k : n + 2 + 2 * k]
    sigma, tau_a = math.exp(x[n + 1]), math.exp(x[n + 2])
    omega_mean, omega_spread = x[n + 2 + 2 * k], math.exp(x[n + 3 + 2 * k])
    offset = x[n + 4 + 2 * k : n + 4 + 3 * k]
    log_a, g_log_a = np.empty(k), np.zeros(k)
    zero_sum_into(x[n + 3 : n + 2 + k], log_a)
    a = np.exp(log_a)
    g[:] = 0.0
    g_theta, g_intercept, g_offset = g[:n], g[n + 2 + k : n + 2 + 2 * k], g[n + 4 + 2 * k : n + 4 + 3 * k]

    # Priors; HalfNormal variables carry the Jacobian of their logarithm.
    logp = -0.5 * ((growth - 1.0) / 0.5) ** 2
    g[n] = -(growth - 1.0) / 0.25
    squares = 0.0
    for i in range(n):
        r = (theta[i] - growth * years[i]) / sigma
        squares += r * r
        g_theta[i] = -r / sigma
        g[n] += r / sigma * years[i]
    logp += -0.5 * squares - n * x[n + 1] - 0.5 * sigma**2 + x[n + 1]
    g[n + 1] = squares - n - sigma**2 + 1.0
    squares = 0.0
    for b in range(k):
        squares += (log_a[b] / tau_a) ** 2
        g_log_a[b] = -log_a[b] / tau_a**2
        logp -= 0.5 * (intercept[b] / 3.0) ** 2 + 0.5 * offset[b] ** 2
        g_intercept[b] = -intercept[b] / 9.0
        g_offset[b] = -offset[b]
    logp += -0.5 * squares - (k - 1) * x[n + 2] - 0.5 * (tau_a / 0.5) ** 2 + x[n + 2]
    g[n + 2] = squares - (k - 1) - (tau_a / 0.5) ** 2 + 1.0
    logp += -0.5 * (omega_mean - OMEGA_CENTRE) ** 2 - 0.5 * (omega_spread / 0.7) ** 2 + x[n + 3 + 2 * k]
    g_omega_mean, g_omega_spread = OMEGA_CENTRE - omega_mean, 1.0 - (omega_spread / 0.7) ** 2

    first_effect, n_effects = n + 4 + 3 * k, effect_mean.size
    raw, g_effect = x[first_effect : first_effect + n_effects], np.zeros(n_effects)
    effect = effect_mean + effect_sd * raw
    logp -= 0.5 * (raw * raw).sum()

    last_b, last_s = -1, -1.0
    phi = gamma_phi = psi_phi = d_phi = 0.0
    for row in range(score.size):
        i, b, s = model[row], benchmark[row], sampling[row]
        if b != last_b or s != last_s:
            omega = logistic(omega_mean + omega_spread * offset[b])
            rho = s + (1.0 - s) * omega
            phi = 1.0 / rho - 1.0
            d_phi = -(1.0 - s) / rho**2 * omega * (1.0 - omega)
            gamma_phi, psi_phi = log_gamma(phi)
            last_b, last_s = b, s
        eta = a[b] * (theta[i] - reference[b]) + intercept[b]
        for entry in range(row_start[row], row_start[row + 1]):
            eta += effect[row_effects[entry]]
        p = logistic(eta)
        mu = floor[row] + (ceiling[row] - floor[row]) * p
        alpha, beta = mu * phi, (1.0 - mu) * phi
        if kind[row] == 0:
            gamma_a, psi_a = log_gamma(alpha)
            gamma_b, psi_b = log_gamma(beta)
            logp += gamma_phi - gamma_a - gamma_b + (alpha - 1.0) * log_score[row] + (beta - 1.0) * log_rest[row]
            g_alpha, g_beta, g_phi = log_score[row] - psi_a, log_rest[row] - psi_b, psi_phi
        elif kind[row] == 1:
            value, g_alpha, g_beta = log_beta_cdf(alpha, beta, score[row])
            logp, g_phi = logp + value, 0.0
        else:
            value, g_beta, g_alpha = log_beta_cdf(beta, alpha, score[row])
            logp, g_phi = logp + value, 0.0
        g_eta = phi * (g_alpha - g_beta) * (ceiling[row] - floor[row]) * p * (1.0 - p)
        g_phi += mu * g_alpha + (1.0 - mu) * g_beta
        g_theta[i] += g_eta * a[b]
        g_log_a[b] += g_eta * a[b] * (theta[i] - reference[b])
        g_intercept[b] += g_eta
        for entry in range(row_start[row], row_start[row + 1]):
            g_effect[row_effects[entry]] += g_eta
        g_logit = g_phi * d_phi
        g_omega_mean += g_logit
        g_omega_spread += g_logit * offset[b] * omega_spread
        g_offset[b] += g_logit * omega_spread
    g[n + 2 + 2 * k], g[n + 3 + 2 * k] = g_omega_mean, g_omega_spread
    zero_sum_pullback(g_log_a, g[n + 3 : n + 2 + k])
    g[first_effect : first_effect + n_effects] = g_effect * effect_sd - raw
    last = first_effect + n_effects
    logp += _horizons_and_links(x[last:], g[last:], theta, g_theta, horizons, links, anchors)
    return logp


@njit(cache=True, nogil=True, error_model="numpy")
def _horizons_and_links(x, g, theta, g_theta, horizons, links, anchors):
    """Log density of task horizons and of differences in points; adds to the gradient of theta."""
    reference, model, horizon, log2_minutes, error, at_least = horizons
    size = reference.size
    logp = 0.0
    for h in range(size):
        q = (x[h] - HORIZON_SLOPE[0]) / HORIZON_SLOPE[1]
        r = (x[size + h] - HORIZON_INTERCEPT[0]) / HORIZON_INTERCEPT[1]
        v = (x[2 * size + h] - HORIZON_SD[0]) / HORIZON_SD[1]
        logp -= 0.5 * (q * q + r * r + v * v)
        g[h] = -q / HORIZON_SLOPE[1]
        g[size + h] = -r / HORIZON_INTERCEPT[1]
        g[2 * size + h] = -v / HORIZON_SD[1]
    for row in range(log2_minutes.size):
        i, h = model[row], horizon[row]
        slope, sd, beyond = math.exp(x[h]), math.exp(x[2 * size + h]), theta[i] - reference[h]
        variance = sd * sd + error[row] ** 2
        total = math.sqrt(variance)
        u = (log2_minutes[row] - x[size + h] - slope * beyond) / total
        if at_least[row]:
            value, hazard = log_normal_cdf(-u)
            logp += value
            g_expected, g_total = hazard / total, hazard * u / total
        else:
            logp += -0.5 * u * u - math.log(total)
            g_expected, g_total = u / total, (u * u - 1.0) / total
        g_theta[i] += g_expected * slope
        g[h] += g_expected * slope * beyond
        g[size + h] += g_expected
        g[2 * size + h] += g_total * sd * sd / total
    first, second, points, sd_points = links
    low, high, span = anchors
    for row in range(points.size):
        width = theta[high] - theta[low]
        apart = theta[first[row]] - theta[second[row]]
        residual = (span * apart / width - points[row]) / sd_points[row]
        logp -= 0.5 * residual * residual
        pull = -residual / sd_points[row] * span / width
        g_theta[first[row]] += pull
        g_theta[second[row]] -= pull
        g_theta[high] -= pull * apart / width
        g_theta[low] += pull * apart / width
    return logp
