"""The unconstrained coordinates of the ability model: their names, their numbers, and those that sum to zero."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from gaplab.models.ability.approximations import fewest
from gaplab.models.observations.observations import Observations
from gaplab.sampling.compiled import njit


class Coordinates(NamedTuple):
    """One part for each variable, in the order of the vector: its size, or its values (an array, even of one)."""

    theta: Any
    domain_raw: Any
    prior: Any
    sigma: Any
    tau_a: Any
    log_a: Any
    intercept: Any
    omega_mean: Any
    omega_spread: Any
    omega_offset: Any
    effect_raw: Any
    domain_follower: Any
    domain_sd: Any
    horizon_slope: Any
    horizon_intercept: Any
    horizon_sd: Any


def sizes_of(data: Observations) -> Coordinates:
    """Number of the unconstrained coordinates of each variable; positive variables have their logarithm.

    `log_a` and `domain_follower` sum to zero and have one free coordinate less.
    """
    k, domains, horizons = len(data.benchmarks), len(data.domains.names), len(data.horizons.names)
    return Coordinates(
        theta=len(data.models),
        domain_raw=len(data.domains.model) if domains else 0,
        prior=len(data.prior.names),
        sigma=1,
        tau_a=0 if data.equal_slopes else 1,
        log_a=0 if data.equal_slopes else k - 1,
        intercept=k,
        omega_mean=1,
        omega_spread=1,
        omega_offset=k,
        effect_raw=len(data.effects.names),
        domain_follower=max(domains - 1, 0),
        domain_sd=domains,
        horizon_slope=horizons,
        horizon_intercept=horizons,
        horizon_sd=horizons,
    )


@njit(cache=True, inner=True, forceinline=True)
def split(x: np.ndarray, ends: np.ndarray) -> Coordinates:
    """The values of each variable in a vector of coordinates, as views; `ends` are running sums of `sizes_of`."""
    return Coordinates(
        x[: ends[0]],
        x[ends[0] : ends[1]],
        x[ends[1] : ends[2]],
        x[ends[2] : ends[3]],
        x[ends[3] : ends[4]],
        x[ends[4] : ends[5]],
        x[ends[5] : ends[6]],
        x[ends[6] : ends[7]],
        x[ends[7] : ends[8]],
        x[ends[8] : ends[9]],
        x[ends[9] : ends[10]],
        x[ends[10] : ends[11]],
        x[ends[11] : ends[12]],
        x[ends[12] : ends[13]],
        x[ends[13] : ends[14]],
        x[ends[14] :],
    )


def coordinate_names(data: Observations) -> pd.Index:
    """A name for each coordinate: its variable, and what it is about."""
    domains, sizes = data.domains, sizes_of(data)._asdict()
    cells = list(zip(domains.model, domains.domain, strict=True))[: sizes["domain_raw"]]
    about = {
        "theta": data.models,
        "domain_raw": [f"{data.models[m]} in {domains.names[d]}" for m, d in cells],
        "prior": data.prior.names,
        "log_a": np.delete(data.benchmarks, fewest(data.benchmark)),
        "intercept": data.benchmarks,
        "omega_offset": data.benchmarks,
        "effect_raw": data.effects.names,
        "domain_follower": np.delete(domains.names, fewest(domains.domain)) if len(domains.names) else [],
        "domain_sd": domains.names,
        **dict.fromkeys(("horizon_slope", "horizon_intercept", "horizon_sd"), data.horizons.names),
    }
    return pd.Index(
        [f"{name}: {what}" for name, size in sizes.items() if size for what in about.get(name, [""])], dtype=object
    )


def zero_sum(free: np.ndarray, left_out: int) -> np.ndarray:
    """n values that sum to zero from n - 1 free ones [..., n - 1]: the one left out is minus the sum of the others.

    Each value but one depends on a single coordinate, so that a test is coupled
    with its own test-takers only. Leave out the value with the fewest data.
    """
    return np.insert(free, left_out, -free.sum(axis=-1), axis=-1)


@njit(cache=True, inner=True, error_model="numpy")
def zero_sum_into(free: np.ndarray, left_out: int, out: np.ndarray) -> None:
    """`zero_sum` for one vector, in place."""
    total = 0.0
    for j in range(free.size):
        total += free[j]
        out[j if j < left_out else j + 1] = free[j]
    out[left_out] = -total


@njit(cache=True, inner=True, error_model="numpy")
def zero_sum_pullback(gradient: np.ndarray, left_out: int, out: np.ndarray) -> None:
    """Gradient in the free coordinates from the gradient in the zero-sum ones."""
    for j in range(out.size):
        out[j] = gradient[j if j < left_out else j + 1] - gradient[left_out]
