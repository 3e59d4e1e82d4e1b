"""Draws of the frontier model: from unconstrained coordinates to variables, and abilities given the frontiers."""

from __future__ import annotations

import math

import numpy as np
from scipy.special import log_ndtr, ndtri_exp

from gaplab.models.readings import GaussianAbilities


def unpack(x: np.ndarray, step_years: np.ndarray) -> dict[str, np.ndarray]:
    """The variables of the model that draws [chain, draw, coordinate] stand for, by name."""
    k = len(step_years)
    tau = np.exp(x[..., 2])
    contrast = np.stack([x[..., 1], -x[..., 1]], axis=-1) / np.sqrt(2)
    root_pace = np.exp(0.5 * (x[..., :1] + contrast))[..., None]
    stretched = tau[..., None, None] ** 0.5 * x[..., 3 : 3 + 2 * k].reshape(*x.shape[:-1], 2, k)
    rise = step_years * root_pace * np.logaddexp(0.0, stretched) / math.log(2.0)
    level = x[..., 3 + 2 * k : 5 + 2 * k, None]
    below = np.cumsum(rise[..., ::-1], axis=-1)[..., ::-1]
    return {
        "frontier": np.concatenate([level - below, level], axis=-1),
        "nu": np.exp(x[..., 5 + 2 * k : 7 + 2 * k]),
        "factor": x[..., 7 + 2 * k :],
        "log_pace": x[..., 0] + tau**2 / 2,
        "pace_contrast": x[..., 1],
        "tau": tau,
    }


def draw_abilities(
    draws: dict[str, np.ndarray],
    readings: GaussianAbilities,
    country: np.ndarray,
    weights: np.ndarray,
    rng: np.random.Generator,
) -> np.ndarray:
    """Exact draws [chain, draw, model] of abilities given the frontiers and the readings.

    Given all else the shortfall is a Normal(-x - sd^2/nu, sd) truncated to
    positive values, with x the reading minus its frontier and shared part.
    """
    at_date = np.empty((*draws["nu"].shape[:2], len(country)))
    for side in (0, 1):
        at_date[..., country == side] = draws["frontier"][:, :, side] @ weights[country == side].T
    shared = draws["factor"] @ readings.loadings.T
    nu = draws["nu"][:, :, country]
    centre = -(readings.mean - at_date - shared) - readings.sd**2 / nu
    shortfall = centre + readings.sd * rng.standard_normal(centre.shape)
    # A draw of the whole normal counts if it is positive. Where it is not, the probability of a larger shortfall is
    # a uniform share of that of any at all.
    again = shortfall < 0.0
    sd, share = np.broadcast_to(readings.sd, centre.shape)[again], -rng.uniform(size=centre.shape)[again]
    log_larger = log_ndtr(centre[again] / sd) + np.log1p(share)
    shortfall[again] = np.maximum(centre[again] - sd * ndtri_exp(log_larger), 0.0)
    return at_date - shortfall
