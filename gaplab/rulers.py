"""What each ruler reads of every model: Gaussian readings of ability, in logits."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from gaplab.errors import GaplabError

ANCHORS = (("Claude 3.5 Sonnet", 130.0), ("GPT-5", 150.0))
"""Models that fix the display scale in every draw, as in Epoch's index."""

MOST_FROM_PRIOR = 0.75
"""Where the prior makes more of the posterior than this, taking it out would amplify Monte Carlo error."""

N_FACTORS = 4
"""Common factors kept of the covariance of abilities; four reproduce it to Monte Carlo error."""

# Epoch's index is an affine map of a latent logit, anchored so that Claude 3.5 Sonnet is
# 130 and GPT-5 is 150: intercept and points per logit of the vintage of 2026-04-29.
EPOCH_ECI = (111.12, 20.15)


@dataclass(frozen=True)
class Readings:
    """What a ruler says of each model, as independent errors plus a few shared ones.

    Attributes
    ----------
    models : Index
    mean, sd : array [model]
        Logits; `sd` is of the part that is independent between models.
    loadings : array [model, factor]
        Of the shared part, on factors with unit variance.
    """

    models: pd.Index
    mean: np.ndarray
    sd: np.ndarray
    loadings: np.ndarray

    def select(self, models: pd.Index) -> Readings:
        """The readings of some of the models, in the order given."""
        at = self.models.get_indexer(models)
        return Readings(models, self.mean[at], self.sd[at], self.loadings[at])


def from_draws(
    theta: np.ndarray, models: pd.Index, years: np.ndarray, *, sigma: float, growth: tuple[float, float]
) -> Readings:
    """Readings that carry the likelihood of stage 1 without its prior.

    Level and scale of ability are free: no lag depends on them. Each draw is
    brought to the same mean and the same spread over models, and all that
    follows happens at right angles to these two directions.

    Stage 2 has its own prior for abilities (a frontier minus a shortfall);
    keeping that of stage 1 as well would count information twice. With a
    Gaussian posterior, precision_likelihood = precision_posterior -
    precision_prior, where the prior is Normal(growth * years, sigma) with the
    growth integrated out, and the mean moves by the inverse of the first times
    the gradient of the prior.

    Parameters
    ----------
    theta : array [sample, model]
        Posterior draws of abilities, logits.
    years : array [model]
        Release date, years from the mean.
    sigma : float
        Posterior mean of the spread of abilities around their line in time.
    growth : (mean, sd)
        Prior of the slope of that line, logits per year.

    Returns
    -------
    Readings
        With mean zero over the models given.
    """
    centred = theta - theta.mean(axis=1, keepdims=True)
    spread = centred.std(axis=1, keepdims=True)
    shape = centred / spread * spread.mean()
    mean = shape.mean(axis=0)

    n_samples, n = theta.shape
    gauge = np.stack([np.ones(n), mean], axis=1)
    basis = np.linalg.qr(np.hstack([gauge, np.eye(n)]))[0][:, 2:n]
    # The inverse of a sample covariance is too large by n_samples / (n_samples - n - 2).
    covariance = np.cov(shape @ basis, rowvar=False) * n_samples / (n_samples - n - 2)
    prior = np.linalg.inv(sigma**2 * np.eye(n) + growth[1] ** 2 * np.outer(years, years))
    root = np.linalg.cholesky(covariance)
    # In these coordinates the posterior precision is one, and `share` of it comes from the prior.
    share, vectors = np.linalg.eigh(root.T @ basis.T @ prior @ basis @ root)
    root = root @ vectors
    kept = np.clip(share, 1e-12, MOST_FROM_PRIOR)
    pull = root.T @ basis.T @ (prior @ (mean - growth[0] * years))
    moved = basis @ root @ (kept / np.maximum(share, 1e-12) / (1 - kept) * pull)
    likelihood = (root / (1 - kept)) @ root.T
    sd, loadings = _factors(basis @ likelihood @ basis.T, min(N_FACTORS, max(n - 3, 0)))
    return Readings(models, mean + moved, sd, loadings)


def informed(theta: np.ndarray, sigma: float) -> np.ndarray:
    """Whether the scores say at least as much about each model as the prior does.

    True where the posterior variance of `theta` [sample, model], around the
    common level, is at most half of sigma squared.
    """
    centred = theta - theta.mean(axis=1, keepdims=True)
    return centred.var(axis=0) <= 0.5 * sigma**2


def _factors(covariance: np.ndarray, n_factors: int) -> tuple[np.ndarray, np.ndarray]:
    """Principal-axis factors: covariance ~ diag(sd^2) + loadings loadings'."""
    total = np.diag(covariance)
    unique = 0.5 * total
    loadings = np.zeros((len(total), n_factors))
    for _ in range(200):
        values, vectors = np.linalg.eigh(covariance - np.diag(unique))
        top = np.argsort(values)[::-1][:n_factors]
        loadings = vectors[:, top] * np.sqrt(np.maximum(values[top], 0.0))
        # Signs of eigenvectors are arbitrary; fix them so that equal inputs give equal numbers.
        loadings *= np.where(loadings.sum(axis=0) < 0, -1.0, 1.0)
        updated = np.maximum(total - (loadings**2).sum(axis=1), 0.05 * total)
        if np.allclose(updated, unique, rtol=1e-6):
            break
        unique = updated
    return np.sqrt(unique), loadings


def from_index(vintages: pd.DataFrame, index: str) -> tuple[Readings, list[str]]:
    """Readings of a published index in its newest full vintage.

    Parameters
    ----------
    vintages : DataFrame
        Rows of index_vintages.csv, as known at the date.
    index : str
        Name of the index; only `epoch_eci` has a unit.

    Returns
    -------
    Readings, list of str
        The standard error is the width of the published interval over that of a
        Gaussian; models without one get the median of those that have one.

    Raises
    ------
    GaplabError
        When no vintage of the index is known.
    """
    rows = vintages[vintages["index"] == index]
    if rows.empty:
        raise GaplabError(
            f'parameter ruler: no vintage of "{index}" is known at this date; '
            "choose a later as_of, knowledge=hindsight, or ruler=ability"
        )
    sizes = rows.groupby("vintage")["model"].size()
    vintage = max(sizes.index[sizes >= sizes.max() / 2])
    now = rows[rows["vintage"] == vintage].sort_values("model")
    intercept, slope = EPOCH_ECI
    sd = _interval_sd(now)
    notes = [f"{index}: vintage of {pd.Timestamp(vintage).date()}, {len(now)} models."]
    if np.isnan(sd).any():
        known = _interval_sd(rows)
        if np.isnan(known).all():
            raise GaplabError(f"data/index_vintages.csv: no interval of {index} is known; expected low, high and level")
        notes.append(f"{int(np.isnan(sd).sum())} of them have no published interval and get the median width.")
        sd = np.where(np.isnan(sd), np.nanmedian(known), sd)
    readings = Readings(
        models=pd.Index(now["model"], name="model"),
        mean=(now["value"].to_numpy(float) - intercept) / slope,
        sd=sd / slope,
        loadings=np.zeros((len(now), 0)),
    )
    return readings, notes


def _interval_sd(rows: pd.DataFrame) -> np.ndarray:
    """Standard deviation that a Gaussian with the published interval would have."""
    from scipy.stats import norm

    width = (rows["high"] - rows["low"]).to_numpy(float)
    level = rows["level"].to_numpy(float)
    return np.where(width > 0, width, np.nan) / (2 * norm.ppf((1 + level) / 2))
