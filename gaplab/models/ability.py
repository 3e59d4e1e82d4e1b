"""Stage 1: an item-response model of all scores gives every model's latent ability."""

from __future__ import annotations

import math
from functools import cache
from itertools import product
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import xarray as xr
from numba import carray, types
from numba.core.ccallback import CFunc
from scipy.sparse import csc_array

from gaplab.models import special
from gaplab.models.density import Density, zero_sum, zero_sum_into, zero_sum_pullback
from gaplab.models.evidence import Observations
from gaplab.models.native import Held, read, signature
from gaplab.models.special import log_beta_cdf, log_gamma, log_gammas, log_normal_cdf, logistic
from gaplab.rulers import DOMAIN_MEAN_SD
from gaplab.sampling.compiled import cfunc, njit

if TYPE_CHECKING:
    import pymc as pm
    from pymc.logprob.transforms import Transform

# Frontiers rest on the covariance of abilities, so that their squares have to mix too.
SAMPLING = {"thin": 2, "target_accept": 0.72, "exact_normal": True}

DERIVED = ("difficulty", "omega")
"""What `labelled` holds beside the sampled variables, as functions of them."""

OMEGA_CENTRE = math.log(0.01)
"""Prior mean of the logit of the over-dispersion."""

OMEGA_FLOOR = 0.002
"""Least over-dispersion: about two points at a score of one half, what wording and sampling of questions move. Without
it one test could stand for the whole ability in its domain, with no scatter of its own (a Heywood case)."""

OMEGA_SCORES = 30.0
"""With so many scores a test knows its over-dispersion about as well as the spread over tests does."""

DOMAIN_SPREAD = (math.log(0.25), 0.3)
"""Log median and spread of how far models differ between domains, logits; not zero, no domain being all of ability."""

HORIZON_SLOPE = (math.log(1.5), 0.7)
"""Log mean and standard deviation of the doublings of the horizon per logit."""

HORIZON_SD = (math.log(0.4), 0.5)
"""Log median and spread of the scatter of horizons, log2 minutes; not zero, no line being exact."""

HORIZON_INTERCEPT = (4.0, 3.0)
"""Mean and standard deviation of the log2 minutes of the mean test-taker."""


def build(data: Observations) -> pm.Model:
    """Two-parameter item-response model of all scores, with no country in the prior of general ability.

    For score n of model i on benchmark b of domain k, on the raw scale::

        eta = a_b (theta_i + zeta_{i,k} - D_b) + sum of the biases of the row
        mu  = floor_b + (ceiling_b - floor_b) logistic(eta)
        score ~ Beta(mu phi, (1 - mu) phi),  1 / (phi + 1) = 1/n_items + (1 - 1/n_items) omega_b

    so that the variance is binomial sampling plus benchmark-specific
    over-dispersion, which is at least 0.002. The geometric mean of the discriminations `a` is one, which
    sets the unit; abilities scatter around a line in time with mean zero at the
    mean date, which sets the origin. Ability in a domain differs from general
    ability by Normal(m, sigma_k), where m is zero but for the follower's models,
    whose means over domains sum to zero: they may be stronger in one domain than
    in another, not in all. A benchmark's prior is on its expected logit for its
    own test-takers, Normal(0, 3).

    A domain ability is sampled as its distance from what its own scores say of it, in units of what they
    leave open (`domain_raw`): with logit(score) taken for a normal reading of eta with precision w phi, where w
    is the variance of the score over that of a logit, zeta given all else is roughly Normal(expected, scale).
    So `domain_raw` is nearly standard normal, whatever the spreads, scatters and discriminations: without
    this, they could hardly move while the abilities stand still. In the same way the over-dispersion of a test, on
    the logit scale, is sampled (`omega_offset`) as its distance from the mean over tests in units of their spread where
    it has few scores, nearly as it is where it has many, and partly so in between. Its coordinate is
    straight in the over-dispersion itself where that is large, see `_bend`.

    Returns
    -------
    pymc.Model
        Free variables `theta` [model], `domain_raw` [cell], `prior` [term] (with
        `growth`, logits per year), `sigma`, `tau_a`, `log_a` and `intercept`
        [benchmark], `omega_mean`, `omega_spread`, `omega_offset` [benchmark],
        `effect_raw` [effect], `domain_follower` and `domain_sd` [domain],
        `horizon_slope`, `horizon_intercept`, `horizon_sd` [horizon]; deterministic
        `domain_ability` (zeta) [cell], `difficulty` and `omega` [benchmark], `bias` [effect].
        Terms that the run leaves out have no variables.

    References
    ----------
    Birnbaum, A. (1968). Some latent trait models. In Lord & Novick, Statistical
    Theories of Mental Test Scores. Epoch AI (2025), Epoch Capabilities Index,
    https://epoch.ai/eci.
    """
    import pymc as pm
    import pytensor.tensor as pt

    b, domains = data.benchmark, data.domains
    reference = _reference(data)
    weight, response = _normal_readings(data)
    coords = {"model": data.models, "benchmark": data.benchmarks}
    with pm.Model(coords=coords) as model:
        prior = pm.Normal("prior", data.prior.mean, data.prior.sd)
        sigma = pm.HalfNormal("sigma", 1.0)
        theta = pm.Normal("theta", pt.dot(data.prior.design, prior), sigma, dims="model")
        if data.equal_slopes:
            a = pt.ones(len(data.benchmarks))
        else:
            tau_a = pm.HalfNormal("tau_a", 0.5)
            a = pt.exp(pm.ZeroSumNormal("log_a", tau_a, dims="benchmark"))
        # The intercept is the logit at the mean date of the benchmark's test-takers, where it is
        # nearly uncorrelated with the discrimination. A prior on the difficulty itself would bend
        # the posterior of benchmarks with few scores: difficulty = reference - intercept / a.
        intercept = pm.Normal("intercept", 0.0, 3.0, dims="benchmark")
        pm.Deterministic("difficulty", reference - intercept / a, dims="benchmark")

        omega_mean = pm.Normal("omega_mean", OMEGA_CENTRE, 1.0)
        omega_spread = pm.HalfNormal("omega_spread", 0.7)
        centred = _omega_centred(data)
        unit, common = omega_spread ** (1.0 - centred), omega_mean - OMEGA_CENTRE
        omega_offset = pm.Normal(
            "omega_offset", centred * common / unit, omega_spread**centred, dims="benchmark",
            default_transform=_bend(_omega_bend(data)),
        )  # fmt: skip
        share = pm.math.sigmoid(OMEGA_CENTRE + (1.0 - centred) * common + unit * omega_offset)
        omega = pm.Deterministic("omega", OMEGA_FLOOR + (1 - OMEGA_FLOOR) * share, dims="benchmark")
        sampling = 1.0 / data.n_items
        phi = 1.0 / (sampling + (1.0 - sampling) * omega[b]) - 1.0

        ability = theta[domains.model]
        if len(domains.names):
            follower = pm.ZeroSumNormal("domain_follower", DOMAIN_MEAN_SD, shape=len(domains.names))
            domain_sd = pm.LogNormal("domain_sd", *DOMAIN_SPREAD, shape=len(domains.names))
            ability = ability + follower[domains.domain] * domains.follower[domains.model]
            nothing, said = pt.zeros(len(domains.model)), a[b] ** 2 * weight * phi
            known = pt.inc_subtensor(nothing[domains.row], said)
            implied = pt.inc_subtensor(nothing[domains.row], said * ((response - intercept[b]) / a[b] + reference[b]))
            scale = (known + domain_sd[domains.domain] ** -2) ** -0.5
            expected = scale**2 * (implied - known * ability)
            raw = pm.Normal("domain_raw", -expected / scale, domain_sd[domains.domain] / scale)
            ability = ability + expected + scale * raw
            pm.Deterministic("domain_ability", ability - theta[domains.model])

        effect_raw = pm.Normal("effect_raw", 0.0, 1.0, shape=len(data.effects.names))
        bias = pm.Deterministic("bias", data.effects.mean + data.effects.sd * effect_raw)
        eta = a[b] * (ability[domains.row] - reference[b]) + intercept[b] + pt.dot(data.effects.design(), bias)
        mu = data.floor + (data.ceiling - data.floor) * pm.math.sigmoid(eta)

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
        expected = horizon_intercept[h] + slope[h] * (ability[domains.horizon] - horizons.reference[h])
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


def _bend(at: np.ndarray) -> Transform:
    """The coordinate y of `omega_offset`, which is at + log softplus(y - at).

    Below `at` it is straight in the logarithm of the over-dispersion, which is positive; above, in the over-dispersion.
    What a test's scatter and the spread of its domain's abilities explain together is known best: the more the one is,
    the less the other, and on logarithms that is a corner, round which a sampler is slow to go.
    """
    import pytensor.tensor as pt
    from pymc.logprob.transforms import Transform

    class Bend(Transform):
        name = "bend"
        ndim_supp = 0

        def forward(self, value, *inputs):
            return at + pt.log(pt.expm1(pt.exp(value - at)))

        def backward(self, value, *inputs):
            return at + pt.log(pt.softplus(value - at))

    return Bend()


def coordinates(data: Observations) -> dict[str, int]:
    """Name and number of the unconstrained coordinates, in order; positive variables as their logarithm.

    `log_a` and `domain_follower` sum to zero and have one free coordinate less.
    """
    k, domains, horizons = len(data.benchmarks), len(data.domains.names), len(data.horizons.names)
    return {
        "theta": len(data.models),
        "domain_raw": len(data.domains.model) if domains else 0,
        "prior": len(data.prior.names),
        "sigma": 1,
        "tau_a": 0 if data.equal_slopes else 1,
        "log_a": 0 if data.equal_slopes else k - 1,
        "intercept": k,
        "omega_mean": 1,
        "omega_spread": 1,
        "omega_offset": k,
        "effect_raw": len(data.effects.names),
        "domain_follower": max(domains - 1, 0),
        "domain_sd": domains,
        "horizon_slope": horizons,
        "horizon_intercept": horizons,
        "horizon_sd": horizons,
    }


def density(data: Observations) -> Density:
    """The log density of `build(data)`, compiled, in the unconstrained `coordinates(data)`."""
    sizes = coordinates(data)
    at = np.concatenate([[0], np.cumsum(list(sizes.values()))])
    domains, effects, horizons, links = data.domains, data.effects, data.horizons, data.links
    bound = np.where(data.at_most, 1, np.where(data.at_least, 2, 0))
    order = np.lexsort((data.model, data.n_items, data.benchmark, bound > 0))
    score = np.where(data.at_least, 1.0 - data.score, data.score)
    groups, group = _groups(data)
    exact = bound == 0
    per_row = [effects.index[effects.start[row] : effects.start[row + 1]] for row in order]
    columns = (domains.row, data.benchmark, group, bound, score, np.log(score), np.log1p(-score), data.floor)
    weight, response = _normal_readings(data)
    held = Held(
        (
            at,
            (data.prior.design, data.prior.mean, data.prior.sd),
            (_reference(data), _fewest(data.benchmark), _omega_centred(data), _omega_bend(data)),
            tuple(np.ascontiguousarray(column[order]) for column in (*columns, data.ceiling - data.floor)),
            tuple(np.ascontiguousarray(column[order]) for column in (weight, weight * response)),
            (groups[:, 0].astype(int), 1.0 / groups[:, 1], np.bincount(group[exact], minlength=len(groups))),
            (
                np.concatenate([[0], np.cumsum([len(part) for part in per_row])]).astype(int),
                np.concatenate([*per_row, np.empty(0, int)]).astype(int),
                effects.mean,
                effects.sd,
            ),
            (domains.model, domains.domain, domains.follower, _fewest(domains.domain)),
            (
                horizons.reference,
                domains.horizon,
                horizons.horizon,
                horizons.log2_minutes,
                horizons.error,
                horizons.at_least,
            ),
            (links.model, links.reference, links.points, links.sd),
            (links.low_anchor, links.high_anchor, links.span),
        )
    )
    return Density(
        function=_compiled(held.kind),
        data=held,
        start=_start(data, sizes),
        names=_names(data, sizes),
        block=np.concatenate([np.arange(sizes["theta"]), domains.model[: sizes["domain_raw"]]]).astype(int),
        unpack=lambda x: _unpack(x, data),
    )


def _names(data: Observations, sizes: dict[str, int]) -> pd.Index:
    """A name for each coordinate: its variable, and what it is about."""
    domains = data.domains
    cells = list(zip(domains.model, domains.domain, strict=True))[: sizes["domain_raw"]]
    about = {
        "theta": data.models,
        "domain_raw": [f"{data.models[m]} in {domains.names[d]}" for m, d in cells],
        "prior": data.prior.names,
        "log_a": np.delete(data.benchmarks, _fewest(data.benchmark)),
        "intercept": data.benchmarks,
        "omega_offset": data.benchmarks,
        "effect_raw": data.effects.names,
        "domain_follower": np.delete(domains.names, _fewest(domains.domain)) if len(domains.names) else [],
        "domain_sd": domains.names,
        **dict.fromkeys(("horizon_slope", "horizon_intercept", "horizon_sd"), data.horizons.names),
    }
    return pd.Index(
        [f"{name}: {what}" for name, size in sizes.items() if size for what in about.get(name, [""])], dtype=object
    )


def labelled(draws: dict[str, np.ndarray], data: Observations) -> xr.Dataset:
    """Draws with the names of models, benchmarks, domains, effects and horizons attached.

    Besides the sampled variables: `prior_design` [model, prior_term], `prior_mean`
    and `prior_sd` [prior_term], the prior of the abilities; `cell_model` and
    `cell_domain` [cell], whose ability in which domain `domain_ability` is.
    """
    dims = {"theta": "model", "domain_ability": "cell", "prior": "prior_term", "bias": "effect"}
    dims |= dict.fromkeys(("domain_follower", "domain_sd"), "domain")
    dims |= dict.fromkeys(("horizon_slope", "horizon_intercept", "horizon_sd"), "horizon")
    named = {
        name: (["chain", "draw", *[dims.get(name, "benchmark")][: values.ndim - 2]], values)
        for name, values in draws.items()
        if values.size
    }
    labels = {
        "model": data.models,
        "benchmark": data.benchmarks,
        "prior_term": data.prior.names,
        "effect": data.effects.names,
        "domain": data.domains.names,
        "horizon": data.horizons.names,
    }
    cells = {"cell_model": ("cell", data.domains.model), "cell_domain": ("cell", data.domains.domain)}
    prior = {
        "prior_design": (("model", "prior_term"), data.prior.design),
        "prior_mean": ("prior_term", data.prior.mean),
        "prior_sd": ("prior_term", data.prior.sd),
    }
    return xr.Dataset(
        named,
        coords={
            **{name: values.to_numpy(object) for name, values in labels.items() if len(values)},
            **(prior if len(data.prior.names) else {}),
            **(cells if len(data.domains.names) else {}),
            "follower": ("model", data.domains.follower),
        },
    )


def _reference(data: Observations) -> np.ndarray:
    """Roughly the mean ability of the models that took each benchmark."""
    return pd.Series(_rough(data)[data.model]).groupby(data.benchmark).mean().to_numpy()


def _groups(data: Observations) -> tuple[np.ndarray, np.ndarray]:
    """Pairs [group, 2] of a benchmark and a number of items, which share a precision, and the group of each score."""
    pairs = np.stack([data.benchmark.astype(float), data.n_items], axis=1)
    return np.unique(pairs, axis=0, return_inverse=True)


def _normal_readings(data: Observations) -> tuple[np.ndarray, np.ndarray]:
    """A score as a normal reading of eta: precision as a multiple of phi (0 for a bound), and value, the logit."""
    width = data.ceiling - data.floor
    share = np.clip((data.score - data.floor) / width, 0.02, 0.98)
    mean = data.floor + width * share
    weight = (width * share * (1 - share)) ** 2 / (mean * (1 - mean))
    return np.where(data.at_most | data.at_least, 0.0, weight), np.log(share / (1 - share))


def _omega_centred(data: Observations) -> np.ndarray:
    """For each benchmark, how much rather its scores say its over-dispersion than the others do: from 0 to 1."""
    scores = np.bincount(data.benchmark, minlength=len(data.benchmarks))
    return scores / (scores + OMEGA_SCORES)


def _omega_bend(data: Observations) -> np.ndarray:
    """Where the coordinate of each benchmark's `omega_offset` bends: near 0 for many scores, out of reach for few."""
    return OMEGA_SCORES / np.bincount(data.benchmark, minlength=len(data.benchmarks))


def _fewest(index: np.ndarray) -> int:
    """The benchmark or domain with the fewest scores or models."""
    return int(np.argmin(np.bincount(index))) if len(index) else 0


def _rough(data: Observations) -> np.ndarray:
    """Abilities by ridge regression of the logits of scores on model and benchmark, a place to begin at."""
    share = np.clip((data.score - data.floor) / (data.ceiling - data.floor), 0.02, 0.98)
    line = data.prior.design @ data.prior.mean
    target = np.log(share / (1 - share)) - line[data.model]
    taken = np.zeros((len(data.models), len(data.benchmarks)))
    np.add.at(taken, (data.model, data.benchmark), 1.0)
    per_model, per_test = taken.sum(axis=1) + 1.0, taken.sum(axis=0) + 0.1
    of_model, of_test = np.bincount(data.model, target), np.bincount(data.benchmark, target)
    # Models are eliminated, each being coupled with tests only.
    level = np.linalg.solve(
        np.diag(per_test) - taken.T @ (taken / per_model[:, None]), of_test - taken.T @ (of_model / per_model)
    )
    return line + (of_model - taken @ level) / per_model


def _start(data: Observations, sizes: dict[str, int]) -> np.ndarray:
    """A plausible point: abilities from a rough regression, tests by their mean scores, scales near prior medians."""
    _, response = _normal_readings(data)
    values = {
        "theta": _rough(data),
        "prior": data.prior.mean,
        "sigma": np.log(0.5),
        "tau_a": np.log(0.5),
        "intercept": pd.Series(response).groupby(data.benchmark).mean().to_numpy(),
        "omega_mean": OMEGA_CENTRE,
        "omega_spread": np.log(0.5),
        "domain_sd": DOMAIN_SPREAD[0],
        "horizon_slope": HORIZON_SLOPE[0],
        "horizon_intercept": HORIZON_INTERCEPT[0],
        "horizon_sd": HORIZON_SD[0],
    }
    return np.concatenate([np.broadcast_to(values.get(name, 0.0), size) for name, size in sizes.items()]).astype(float)


def _unpack(x: np.ndarray, data: Observations) -> dict[str, np.ndarray]:
    sizes = coordinates(data)
    parts = np.split(x, np.cumsum(list(sizes.values()))[:-1], axis=-1)
    values = dict(zip(sizes, parts, strict=True))
    for name in ("sigma", "tau_a", "omega_spread", "domain_sd", "horizon_slope", "horizon_sd"):
        values[name] = np.exp(values[name])
    for name in ("sigma", "omega_mean", "omega_spread", *([] if data.equal_slopes else ["tau_a"])):
        values[name] = values[name][..., 0]
    if not data.equal_slopes:
        values["log_a"] = zero_sum(values["log_a"], _fewest(data.benchmark))
    bend = _omega_bend(data)
    values["omega_offset"] = bend + np.log(np.logaddexp(0.0, values["omega_offset"] - bend))
    own = 1.0 - _omega_centred(data)
    unit, common = values["omega_spread"][..., None] ** own, values["omega_mean"][..., None] - OMEGA_CENTRE
    logit = OMEGA_CENTRE + own * common + unit * values["omega_offset"]
    values["omega"] = OMEGA_FLOOR + (1 - OMEGA_FLOOR) / (1 + np.exp(-logit))
    slope = np.ones_like(values["intercept"]) if data.equal_slopes else np.exp(values["log_a"])
    values["difficulty"] = _reference(data) - values["intercept"] / slope
    if len(data.domains.names):
        values["domain_follower"] = zero_sum(values["domain_follower"], _fewest(data.domains.domain))
        values["domain_ability"] = _domain_ability(values.pop("domain_raw"), values, slope, data)
    values["bias"] = data.effects.mean + data.effects.sd * values.pop("effect_raw")
    return values


def _domain_ability(
    raw: np.ndarray, values: dict[str, np.ndarray], slope: np.ndarray, data: Observations
) -> np.ndarray:
    """Draws [chain, draw, cell] of the abilities that `domain_raw` stands for, in its place; see `build`."""
    domains, (weight, response), (groups, group) = data.domains, _normal_readings(data), _groups(data)
    b, sampling = groups[:, 0].astype(int), 1.0 / groups[:, 1]
    a, phi = slope[..., b], 1.0 / (sampling + (1.0 - sampling) * values["omega"][..., b]) - 1.0
    by_cell = [
        csc_array((entries, (group, domains.row)), shape=(len(groups), len(domains.model)))
        for entries in (weight, weight * response)
    ]
    at_zero = values["intercept"][..., b] - a * _reference(data)[b]
    blocks = np.array_split(np.arange(len(domains.model)), -(-len(domains.model) // 500))
    for chain, cells in product(range(len(raw)), blocks):  # some at a time, for memory
        model, domain = domains.model[cells], domains.domain[cells]
        weights, responses = (part[:, cells] for part in by_cell)
        single = a[chain] * phi[chain]
        known = (a[chain] * single) @ weights
        implied = single @ responses - (single * at_zero[chain]) @ weights
        mean = values["domain_follower"][chain][:, domain] * domains.follower[model]
        variance = 1.0 / (known + values["domain_sd"][chain][:, domain] ** -2)
        expected = variance * (implied - known * (values["theta"][chain][:, model] + mean))
        raw[chain][:, cells] = mean + expected + np.sqrt(variance) * raw[chain][:, cells]
    return raw


@cache
def _compiled(kind: types.Type) -> CFunc:
    return cfunc(signature(kind), cache=True)(_as_c_function)


def _as_c_function(x, gradient, size, held):
    return _log_density(carray(x, size), carray(gradient, size), held)


@njit(cache=True, error_model="numpy")
def _log_density(x, g, held):
    at, prior, tests, rows, readings, groups, effects, cells, horizons, links, anchors = read(held)
    reference, left_out, centred, bend = tests
    cell, benchmark, group, bound, score, log_score, log_rest, floor, width = rows
    group_benchmark, sampling, n_exact = groups
    row_start, row_effects, effect_mean, effect_sd = effects
    cell_model = cells[0]
    theta, domain_raw, sigma_at = x[: at[1]], x[at[1] : at[2]], at[3]
    intercept, bent, raw = x[at[6] : at[7]], x[at[9] : at[10]], x[at[10] : at[11]]
    omega_mean, log_spread = x[at[7]], x[at[8]]
    k, n_cells = reference.size, cell_model.size
    g[:] = 0.0
    g_theta, g_intercept, g_offset = g[: at[1]], g[at[6] : at[7]], g[at[9] : at[10]]

    logp = _ability_prior(theta, x[at[2] : at[3]], x[sigma_at], g_theta, g[at[2] : at[3]], g[sigma_at : at[4]], prior)
    log_a, g_log_a = np.zeros(k), np.zeros(k)
    if at[5] > at[4]:
        zero_sum_into(x[at[5] : at[6]], left_out, log_a)
        logp += _slope_prior(log_a, x[at[4]], g_log_a, g[at[4] : at[5]])
    a = np.exp(log_a)
    spread_squared = math.exp(2.0 * log_spread)
    logp += -0.5 * (omega_mean - OMEGA_CENTRE) ** 2 - 0.5 * spread_squared / 0.49 + log_spread
    g_omega_mean, g_log_spread = OMEGA_CENTRE - omega_mean, 1.0 - spread_squared / 0.49
    unit, offset, d_offset, common = np.empty(k), np.empty(k), np.empty(k), omega_mean - OMEGA_CENTRE
    for b in range(k):
        beyond = bent[b] - bend[b]
        soft = max(beyond, 0.0) + math.log1p(math.exp(-abs(beyond)))
        offset[b], d_offset[b] = bend[b] + math.log(soft), logistic(beyond) / soft
        unit[b] = math.exp((1.0 - centred[b]) * log_spread)
        precision = unit[b] ** 2 / spread_squared
        expected = centred[b] * common / unit[b]
        away = offset[b] - expected
        logp -= 0.5 * (intercept[b] / 3.0) ** 2 + 0.5 * away * away * precision + centred[b] * log_spread
        logp += math.log(d_offset[b])
        g_intercept[b] = -intercept[b] / 9.0
        g_offset[b] = -away * precision
        g_omega_mean += away * precision * centred[b] / unit[b]
        g_log_spread += centred[b] * (away * away * precision - 1.0) - (1.0 - centred[b]) * away * precision * expected
    effect = effect_mean + effect_sd * raw
    logp -= 0.5 * (raw * raw).sum()

    n_groups = sampling.size
    phi, d_phi, g_phi = np.empty(n_groups), np.empty(n_groups), np.empty(n_groups)
    for j in range(n_groups):
        b = group_benchmark[j]
        share = logistic(OMEGA_CENTRE + (1.0 - centred[b]) * common + unit[b] * offset[b])
        omega = OMEGA_FLOOR + (1.0 - OMEGA_FLOOR) * share
        rho = sampling[j] + (1.0 - sampling[j]) * omega
        phi[j] = 1.0 / rho - 1.0
        d_phi[j] = -(1.0 - sampling[j]) / rho**2 * (1.0 - OMEGA_FLOOR) * share * (1.0 - share)
        gamma_phi, psi_phi = log_gamma(phi[j])
        logp += n_exact[j] * gamma_phi
        g_phi[j] = n_exact[j] * psi_phi

    ability, known, implied = np.empty(n_cells), np.zeros(n_cells), np.zeros(n_cells)
    for c in range(n_cells):
        ability[c] = theta[cell_model[c]]
    if domain_raw.size:
        _read_cells(readings, cell, group, group_benchmark, phi, a, intercept, reference, known, implied)
        logp += _add_domains(domain_raw, x[at[11] : at[12]], x[at[12] : at[13]], ability, known, implied,
                             g[at[1] : at[2]], g[at[11] : at[12]], g[at[12] : at[13]], cells)  # fmt: skip

    n_rows, n_seen = score.size, n_exact.sum()
    eta, row_phi = np.empty(n_rows), np.empty(n_rows)
    for row in range(n_rows):
        b = benchmark[row]
        eta[row] = a[b] * (ability[cell[row]] - reference[b]) + intercept[b]
        for entry in range(row_start[row], row_start[row + 1]):
            eta[row] += effect[row_effects[entry]]
        row_phi[row] = phi[group[row]]
    value, slope, row_g_phi = np.empty(n_rows), np.empty(n_rows), np.empty(n_rows)
    _beta_rows(n_seen, eta, row_phi, floor, width, log_score, log_rest, value, slope, row_g_phi)
    for row in range(n_seen, n_rows):
        p = logistic(eta[row])
        mu = floor[row] + width[row] * p
        alpha, beta = mu * row_phi[row], (1.0 - mu) * row_phi[row]
        if bound[row] == 1:
            value[row], g_alpha, g_beta = log_beta_cdf(alpha, beta, score[row])
        else:
            value[row], g_beta, g_alpha = log_beta_cdf(beta, alpha, score[row])
        slope[row] = row_phi[row] * (g_alpha - g_beta) * width[row] * p * (1.0 - p)
        row_g_phi[row] = mu * g_alpha + (1.0 - mu) * g_beta

    g_ability, g_effect = np.zeros(n_cells), np.zeros(effect_mean.size)
    for row in range(n_rows):
        b, pull = benchmark[row], slope[row]
        logp += value[row]
        g_ability[cell[row]] += pull * a[b]
        g_log_a[b] += pull * a[b] * (ability[cell[row]] - reference[b])
        g_intercept[b] += pull
        g_phi[group[row]] += row_g_phi[row]
        for entry in range(row_start[row], row_start[row + 1]):
            g_effect[row_effects[entry]] += pull
    g[at[10] : at[11]] = g_effect * effect_sd - raw
    logp += _horizons_and_links(x[at[13] :], g[at[13] :], theta, ability, g_theta, g_ability, horizons, links, anchors)
    if domain_raw.size:
        _pull_domains(domain_raw, x[at[12] : at[13]], ability, g_ability, known, implied, g[at[1] : at[2]],
                      g[at[11] : at[12]], g[at[12] : at[13]], cells)  # fmt: skip
        _pull_readings(readings, cell, group, group_benchmark, phi, a, intercept, reference, known, implied, g_phi,
                       g_log_a, g_intercept)  # fmt: skip
    for c in range(n_cells):
        g_theta[cell_model[c]] += g_ability[c]
    for j in range(n_groups):
        b, g_logit = group_benchmark[j], g_phi[j] * d_phi[j]
        g_omega_mean += g_logit * (1.0 - centred[b])
        g_log_spread += g_logit * offset[b] * unit[b] * (1.0 - centred[b])
        g_offset[b] += g_logit * unit[b]
    for b in range(k):
        g_offset[b] = (g_offset[b] - 1.0) * d_offset[b] + logistic(bend[b] - bent[b])
    g[at[7]], g[at[8]] = g_omega_mean, g_log_spread
    if at[5] > at[4]:
        zero_sum_pullback(g_log_a, left_out, g[at[5] : at[6]])
    return logp


@njit(cache=True, error_model="numpy")
def _beta_rows(n, eta, phi, floor, width, log_score, log_rest, value, slope, g_phi):
    """Log density of each of the first n scores, with derivatives in eta and phi; less log gamma(phi)."""
    for row in range(n):
        p = 1.0 / (1.0 + special.exp(-eta[row]))
        mu = floor[row] + width[row] * p
        alpha, beta = mu * phi[row], (1.0 - mu) * phi[row]
        gammas, psi_a, psi_b = log_gammas(alpha, beta)
        g_alpha, g_beta = log_score[row] - psi_a, log_rest[row] - psi_b
        value[row] = (alpha - 1.0) * log_score[row] + (beta - 1.0) * log_rest[row] - gammas
        slope[row] = phi[row] * (g_alpha - g_beta) * width[row] * p * (1.0 - p)
        g_phi[row] = mu * g_alpha + (1.0 - mu) * g_beta


@njit(cache=True, error_model="numpy")
def _ability_prior(theta, coefficient, log_sigma, g_theta, g_coefficient, g_log_sigma, prior):
    """Abilities around their line; sigma carries the Jacobian of its logarithm, as every scale does."""
    design, mean, sd = prior
    sigma = math.exp(log_sigma)
    logp = 0.0
    for p in range(coefficient.size):
        r = (coefficient[p] - mean[p]) / sd[p]
        logp -= 0.5 * r * r
        g_coefficient[p] = -r / sd[p]
    squares = 0.0
    for i in range(theta.size):
        r = theta[i]
        for p in range(coefficient.size):
            r -= design[i, p] * coefficient[p]
        r /= sigma
        squares += r * r
        g_theta[i] -= r / sigma
        for p in range(coefficient.size):
            g_coefficient[p] += r / sigma * design[i, p]
    g_log_sigma[0] = squares - theta.size - sigma**2 + 1.0
    return logp - 0.5 * squares - theta.size * log_sigma - 0.5 * sigma**2 + log_sigma


@njit(cache=True, error_model="numpy")
def _slope_prior(log_a, log_tau, g_log_a, g_log_tau):
    tau, k, squares = math.exp(log_tau), log_a.size, 0.0
    for b in range(k):
        squares += (log_a[b] / tau) ** 2
        g_log_a[b] = -log_a[b] / tau**2
    g_log_tau[0] = squares - (k - 1) - (tau / 0.5) ** 2 + 1.0
    return -0.5 * squares - (k - 1) * log_tau - 0.5 * (tau / 0.5) ** 2 + log_tau


@njit(cache=True, error_model="numpy")
def _read_cells(readings, cell, group, group_benchmark, phi, a, intercept, reference, known, implied):
    """Add up the precision of what the scores of each cell say of its ability, and precision times what they say."""
    weight, weighted_response = readings
    n_groups = phi.size
    square, single, moved = np.empty(n_groups), np.empty(n_groups), np.empty(n_groups)
    for j in range(n_groups):
        b = group_benchmark[j]
        square[j], single[j] = a[b] * a[b] * phi[j], a[b] * phi[j]
        moved[j] = single[j] * (intercept[b] - a[b] * reference[b])
    for row in range(weight.size):
        c, j = cell[row], group[row]
        known[c] += weight[row] * square[j]
        implied[c] += weighted_response[row] * single[j] - weight[row] * moved[j]


@njit(cache=True, error_model="numpy")
def _pull_readings(readings, cell, group, group_benchmark, phi, a, intercept, reference, g_known, g_implied, g_phi,
                   g_log_a, g_intercept):  # fmt: skip
    """Add to gradients what follows from the two sums of `_read_cells`."""
    weight, weighted_response = readings
    n_groups = phi.size
    by_known, by_response, by_weight = np.zeros(n_groups), np.zeros(n_groups), np.zeros(n_groups)
    for row in range(weight.size):
        c, j = cell[row], group[row]
        by_known[j] += weight[row] * g_known[c]
        by_response[j] += weighted_response[row] * g_implied[c]
        by_weight[j] += weight[row] * g_implied[c]
    for j in range(n_groups):
        b = group_benchmark[j]
        far = intercept[b] - a[b] * reference[b]
        of_known, of_implied = a[b] * a[b] * by_known[j], a[b] * (by_response[j] - far * by_weight[j])
        g_phi[j] += of_known + of_implied
        g_log_a[b] += phi[j] * (2.0 * of_known + of_implied + a[b] * a[b] * reference[b] * by_weight[j])
        g_intercept[b] -= phi[j] * a[b] * by_weight[j]


@njit(cache=True, error_model="numpy")
def _add_domains(raw, free, log_sd, ability, known, implied, g_raw, g_free, g_log_sd, cells):
    """Add each cell's domain ability to its ability; log prior, with its gradient in means and spreads.

    In the place of `g_raw` stands the domain ability less its mean, until `_pull_domains`.
    """
    model, domain, follower, left_out = cells
    n_domains, logp = log_sd.size, 0.0
    mean, precision = np.empty(n_domains), np.exp(-2.0 * log_sd)
    zero_sum_into(free, left_out, mean)
    zero_sum_pullback(-mean / DOMAIN_MEAN_SD**2, left_out, g_free)
    for d in range(n_domains):
        logp -= 0.5 * (mean[d] / DOMAIN_MEAN_SD) ** 2
        r = (log_sd[d] - DOMAIN_SPREAD[0]) / DOMAIN_SPREAD[1]
        logp -= 0.5 * r * r
        g_log_sd[d] = -r / DOMAIN_SPREAD[1]
    shares = 1.0
    for c in range(raw.size):
        d = domain[c]
        if follower[model[c]]:
            ability[c] += mean[d]
        variance = 1.0 / (known[c] + precision[d])
        own = variance * (implied[c] - known[c] * ability[c]) + math.sqrt(variance) * raw[c]
        ability[c] += own
        g_raw[c] = own
        logp -= 0.5 * own * own * precision[d]
        shares *= variance * precision[d]
        if shares < 1e-200:  # one logarithm for many cells
            logp += 0.5 * math.log(shares)
            shares = 1.0
    return logp + 0.5 * math.log(shares)


@njit(cache=True, error_model="numpy")
def _pull_domains(raw, log_sd, ability, g_ability, known, implied, g_raw, g_free, g_log_sd, cells):
    """Gradients of domain abilities from that of abilities, which becomes that of what all domains share.

    `known` and `implied` become their own gradients.
    """
    model, domain, follower, left_out = cells
    precision, g_mean, pull = np.exp(-2.0 * log_sd), np.zeros(log_sd.size), np.empty(g_free.size)
    for c in range(raw.size):
        d, own = domain[c], g_raw[c]
        variance = 1.0 / (known[c] + precision[d])
        scale = math.sqrt(variance)
        expected = own - scale * raw[c]
        g_own = g_ability[c] - own * precision[d]
        g_raw[c] = g_own * scale
        g_log_scale = g_own * (own + expected) + 1.0
        g_log_sd[d] += g_log_scale * variance * precision[d] + own * own * precision[d] - 1.0
        g_ability[c] -= g_own * variance * known[c]
        if follower[model[c]]:
            g_mean[d] += g_ability[c]
        known[c] = -variance * (0.5 * g_log_scale + g_own * (ability[c] - own))
        implied[c] = variance * g_own
    zero_sum_pullback(g_mean, left_out, pull)
    g_free += pull


@njit(cache=True, error_model="numpy")
def _horizons_and_links(x, g, theta, ability, g_theta, g_ability, horizons, links, anchors):
    """Log density of task horizons and of differences in points; adds to the gradients of abilities."""
    reference, cell, horizon, log2_minutes, error, at_least = horizons
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
        c, h = cell[row], horizon[row]
        slope, sd, beyond = math.exp(x[h]), math.exp(x[2 * size + h]), ability[c] - reference[h]
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
        g_ability[c] += g_expected * slope
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
