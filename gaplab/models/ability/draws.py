"""Draws of the ability model: from unconstrained coordinates to variables with names."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from itertools import product

import numpy as np
import xarray as xr
from scipy.sparse import csc_array

from gaplab.models.ability.approximations import (
    fewest,
    normal_readings,
    omega_bend,
    omega_centred,
    precision_groups,
    reference_ability,
)
from gaplab.models.ability.coordinates import sizes_of, zero_sum
from gaplab.models.observations.observations import Observations
from gaplab.models.priors import OMEGA_FLOOR, OMEGA_MEAN
from gaplab.sampling.controls import Controls

DERIVED = ("difficulty", "omega", "theta_newton")
"""What `labelled` holds beside the sampled variables, as functions of them."""


def labelled(draws: dict[str, np.ndarray], data: Observations, controls: Controls | None = None) -> xr.Dataset:
    """Draws with the names of models, benchmarks, domains, effects and horizons attached.

    Besides the sampled variables: `prior_design` [model, prior_term], `prior_mean`
    and `prior_sd` [prior_term], the prior of the abilities; `cell_model` and
    `cell_domain` [cell], whose ability in which domain `domain_ability` is; of the
    control variates of abilities `theta_newton` [chain, draw, model],
    `theta_variances` [model] and `theta_loadings` [model, core].
    """
    dims = {"domain_ability": "cell", "prior": "prior_term", "bias": "effect"}
    dims |= dict.fromkeys(("theta", "theta_newton"), "model")
    dims |= dict.fromkeys(("domain_follower", "domain_sd"), "domain")
    dims |= dict.fromkeys(("horizon_slope", "horizon_intercept", "horizon_sd"), "horizon")
    of_draws, of_step = {}, {}
    if controls is not None:
        of_draws = {"theta_newton": controls.newton}
        of_step = {
            "theta_variances": ("model", controls.variances),
            "theta_loadings": (("model", "core"), controls.loadings),
        }
    named = {
        name: (["chain", "draw", *[dims.get(name, "benchmark")][: values.ndim - 2]], values)
        for name, values in (draws | of_draws).items()
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
            **of_step,
            "follower": ("model", data.domains.follower),
        },
    )


def unpack(x: np.ndarray, data: Observations) -> dict[str, np.ndarray]:
    """The variables of the model that draws [chain, draw, coordinate] stand for, by name."""
    sizes = sizes_of(data)
    values = dict(zip(sizes._fields, np.split(x, np.cumsum(sizes)[:-1], axis=-1), strict=True))
    for name in ("sigma", "tau_a", "omega_spread", "domain_sd", "horizon_slope", "horizon_sd"):
        values[name] = np.exp(values[name])
    for name in ("sigma", "omega_mean", "omega_spread", *([] if data.equal_slopes else ["tau_a"])):
        values[name] = values[name][..., 0]
    if not data.equal_slopes:
        values["log_a"] = zero_sum(values["log_a"], fewest(data.benchmark))
    bend = omega_bend(data)
    values["omega_offset"] = bend + np.log(np.logaddexp(0.0, values["omega_offset"] - bend))
    own = 1.0 - omega_centred(data)
    unit, common = values["omega_spread"][..., None] ** own, values["omega_mean"][..., None] - OMEGA_MEAN[0]
    logit = OMEGA_MEAN[0] + own * common + unit * values["omega_offset"]
    values["omega"] = OMEGA_FLOOR + (1 - OMEGA_FLOOR) / (1 + np.exp(-logit))
    slope = np.ones_like(values["intercept"]) if data.equal_slopes else np.exp(values["log_a"])
    values["difficulty"] = reference_ability(data) - values["intercept"] / slope
    if len(data.domains.names):
        values["domain_follower"] = zero_sum(values["domain_follower"], fewest(data.domains.domain))
        values["domain_ability"] = _domain_ability(values.pop("domain_raw"), values, slope, data)
    values["bias"] = data.effects.mean + data.effects.sd * values.pop("effect_raw")
    return values


def _domain_ability(
    raw: np.ndarray, values: dict[str, np.ndarray], slope: np.ndarray, data: Observations
) -> np.ndarray:
    """Draws [chain, draw, cell] of the abilities that `domain_raw` stands for, in its place; see `build`."""
    domains, (weight, response), (groups, group) = data.domains, normal_readings(data), precision_groups(data)
    b, sampling = groups[:, 0].astype(int), 1.0 / groups[:, 1]
    a, phi = slope[..., b], 1.0 / (sampling + (1.0 - sampling) * values["omega"][..., b]) - 1.0
    by_cell = [
        csc_array((entries, (group, domains.row)), shape=(len(groups), len(domains.model)))
        for entries in (weight, weight * response)
    ]
    at_zero = values["intercept"][..., b] - a * reference_ability(data)[b]
    blocks = np.array_split(np.arange(len(domains.model)), -(-len(domains.model) // 250))

    def fill(chain: int, cells: np.ndarray) -> None:
        model, domain = domains.model[cells], domains.domain[cells]
        weights, responses = (part[:, cells] for part in by_cell)
        single = a[chain] * phi[chain]
        precision = (a[chain] * single) @ weights
        precision_times_mean = single @ responses - (single * at_zero[chain]) @ weights
        mean = values["domain_follower"][chain][:, domain] * domains.follower[model]
        variance = 1.0 / (precision + values["domain_sd"][chain][:, domain] ** -2)
        expected = variance * (precision_times_mean - precision * (values["theta"][chain][:, model] + mean))
        raw[chain][:, cells] = mean + expected + np.sqrt(variance) * raw[chain][:, cells]

    with ThreadPoolExecutor(min(len(raw), os.cpu_count() or 1)) as pool:
        list(pool.map(lambda part: fill(*part), product(range(len(raw)), blocks)))  # some at a time, for memory
    return raw
