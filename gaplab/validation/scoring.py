"""How good a forecast was: scores of draws against what came, and whether one forecaster beats another."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import logsumexp

from gaplab.gap import summary

BOUND = 120.0
"""Months; draws without a value (the follower ahead for good, or never) count as this far away."""

QUANTILES = {
    "median": 0.5, "lower_80": 0.1, "upper_80": 0.9, "lower_50": 0.25, "upper_50": 0.75,
    "lower_95": 0.025, "upper_95": 0.975,
}  # fmt: skip
"""Columns of a forecast that is scored, and the probability below each."""

_RESAMPLES = 2000
_LEAST_BANDWIDTH = 0.1


def bounded(draws: np.ndarray) -> np.ndarray:
    """Draws with infinities and anything beyond `BOUND` months brought to it: a score has to be a number."""
    return np.clip(draws, -BOUND, BOUND)


def quantile_columns(draws: np.ndarray) -> dict[str, float]:
    """Median and intervals of some draws, by the names of `QUANTILES`."""
    return dict(zip(QUANTILES, summary.quantiles(draws, list(QUANTILES.values())).tolist(), strict=True))


def crps(draws: np.ndarray, outcome: np.ndarray | float) -> np.ndarray:
    """Continuous ranked probability score of draws: E|X - y| - E|X - X'| / 2; 0 is perfect.

    Parameters
    ----------
    draws : array [..., sample]
    outcome : array [...]

    Returns
    -------
    array [...]
        In the unit of the draws. Of draws that are cut off at a horizon it is
        the threshold-weighted score up to there.

    References
    ----------
    Gneiting & Raftery (2007), doi:10.1198/016214506000001437; Gneiting & Ranjan (2011),
    doi:10.1198/jbes.2010.08110 (thresholds).
    """
    ordered = np.sort(np.asarray(draws, float), axis=-1)
    count = ordered.shape[-1]
    # In order, the draw of rank k is the larger of k and the smaller of the others: the mean of all |X - X'| / 2.
    apart = ((2 * np.arange(count) + 1 - count) * ordered).mean(axis=-1) / count
    return np.abs(ordered - np.asarray(outcome, float)[..., None]).mean(axis=-1) - apart


def log_score(draws: np.ndarray, outcome: float) -> float:
    """Log density that smoothed draws give the outcome; larger is better.

    Parameters
    ----------
    draws : array [sample]

    Returns
    -------
    float
        From a Gaussian kernel of Silverman's width, at least a tenth of a month.

    References
    ----------
    Krüger, Lerch, Thorarinsdottir & Gneiting (2021), doi:10.1111/insr.12405.
    """
    spread = min(float(np.std(draws)), float(np.subtract(*summary.quantiles(draws, [0.75, 0.25]))) / 1.34)
    width = max(0.9 * spread * len(draws) ** -0.2, _LEAST_BANDWIDTH)
    z = (outcome - np.asarray(draws)) / width
    return float(logsumexp(-0.5 * z**2) - np.log(len(draws) * width * np.sqrt(2 * np.pi)))


def pit(draws: np.ndarray, outcome: float) -> float:
    """Share of the draws below the outcome, ties half: uniform over many outcomes when forecasts are calibrated.

    Parameters
    ----------
    draws : array [sample]
    """
    return float((draws < outcome).mean() + 0.5 * (draws == outcome).mean())


def brier(probability: float, happened: bool) -> float:
    """Squared error of a probability."""
    return (probability - float(happened)) ** 2


def skill(scores: np.ndarray, reference: np.ndarray, *, block: int, seed: int) -> tuple[float, ...]:
    """Share of the reference's mean score that a forecaster saves, with a 90% block-bootstrap interval.

    Origins a month apart with horizons of many months share most of their
    future, so whole stretches of `block` neighbouring origins are resampled,
    wrapping around the ends.

    Parameters
    ----------
    scores, reference : array [origin]
        Of the forecaster and of the reference, in the order of origins; smaller is better.
    block : int
        Neighbouring origins that are kept together.

    Returns
    -------
    (skill, lower, upper)
        1 is perfect, 0 no better than the reference. NaN bounds with fewer than three blocks.

    References
    ----------
    Künsch (1989), doi:10.1214/aos/1176347265; Politis & Romano (1992), the circular block bootstrap.
    """
    count = len(scores)
    point = 1 - np.mean(scores) / np.mean(reference)
    block = min(block, count)
    if count < 3 * block:
        return float(point), np.nan, np.nan
    rng = np.random.default_rng(seed)
    starts = rng.integers(0, count, (_RESAMPLES, -(-count // block)))
    chosen = ((starts[..., None] + np.arange(block)) % count).reshape(_RESAMPLES, -1)[:, :count]
    with np.errstate(divide="ignore", invalid="ignore"):  # a reference may be right on every origin of a resample
        found = 1 - np.asarray(scores)[chosen].mean(axis=1) / np.asarray(reference)[chosen].mean(axis=1)
    low, high = summary.quantiles(found, summary.tails(0.9))
    return float(point), float(low), float(high)


def covered(rows: pd.DataFrame, level: int) -> float:
    """Share of outcomes inside the interval of a level, bounds included.

    Parameters
    ----------
    rows : DataFrame
        outcome, lower_<level>, upper_<level>.
    level : int
        Percent.
    """
    return float(rows["outcome"].between(rows[f"lower_{level}"], rows[f"upper_{level}"]).mean())
