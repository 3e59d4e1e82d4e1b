"""What the scores say roughly, before any fit: what some coordinates are measured from."""

from __future__ import annotations

import numpy as np
import pandas as pd

from gaplab.models.observations.observations import Observations

OMEGA_SCORES = 30.0
"""From so many scores on, a test says more about its over-dispersion than the spread over all tests does."""


def reference_ability(data: Observations) -> np.ndarray:
    """Roughly the mean ability of the models that took each benchmark."""
    return pd.Series(rough_abilities(data)[data.model]).groupby(data.benchmark).mean().to_numpy()


def precision_groups(data: Observations) -> tuple[np.ndarray, np.ndarray]:
    """Pairs [group, 2] of a benchmark and a number of items, which share a precision, and the group of each score."""
    pairs = np.stack([data.benchmark.astype(float), data.n_items], axis=1)
    return np.unique(pairs, axis=0, return_inverse=True)


def normal_readings(data: Observations) -> tuple[np.ndarray, np.ndarray]:
    """A score as a normal reading of eta: precision as a multiple of phi (0 for a bound), and value, the logit."""
    width = data.ceiling - data.floor
    share = np.clip((data.score - data.floor) / width, 0.02, 0.98)
    mean = data.floor + width * share
    weight = (width * share * (1 - share)) ** 2 / (mean * (1 - mean))
    return np.where(data.at_most | data.at_least, 0.0, weight), np.log(share / (1 - share))


def omega_centred(data: Observations) -> np.ndarray:
    """For each benchmark, the share of what is known of its over-dispersion that its own scores say: from 0 to 1."""
    scores = np.bincount(data.benchmark, minlength=len(data.benchmarks))
    return scores / (scores + OMEGA_SCORES)


def omega_bend(data: Observations) -> np.ndarray:
    """Where the coordinate of each benchmark's `omega_offset` bends: near 0 for many scores, out of reach for few."""
    return OMEGA_SCORES / np.bincount(data.benchmark, minlength=len(data.benchmarks))


def fewest(index: np.ndarray) -> int:
    """The benchmark or domain with the fewest scores or models."""
    return int(np.argmin(np.bincount(index))) if len(index) else 0


def rough_abilities(data: Observations) -> np.ndarray:
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
