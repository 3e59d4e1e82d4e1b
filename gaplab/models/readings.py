"""What each ruler reads of every model: Gaussian readings of ability, in logits."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import scipy
import xarray as xr

from gaplab.errors import GaplabError
from gaplab.models.priors import DOMAIN_FOLLOWER_SD
from gaplab.sampling.controls import Controls
from gaplab.units import SAMPLE

MOST_FROM_PRIOR = 0.75
"""Largest share of the posterior's precision that is taken out as the prior's: more would amplify Monte Carlo error."""


N_FACTORS = 4
"""Common factors kept of the covariance of abilities; with 8 or 16 the headline is the same to 0.02 months."""

_FEWEST_KNOWN = 6
"""Models, three of each country, that two frontiers need."""


@dataclass(frozen=True)
class GaussianAbilities:
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

    def select(self, models: pd.Index) -> GaussianAbilities:
        """The readings of some of the models, in the order given."""
        at = self.models.get_indexer(models)
        return GaussianAbilities(models, self.mean[at], self.sd[at], self.loadings[at])

    def to_dataset(self) -> xr.Dataset:
        """As a dataset that `from_dataset` reads: mean and sd [model], loadings [model, factor]."""
        values = {
            "mean": ("model", self.mean),
            "sd": ("model", self.sd),
            "loadings": (("model", "factor"), self.loadings),
        }
        return xr.Dataset(values, coords={"model": self.models.to_numpy(object)})

    @classmethod
    def from_dataset(cls, stored: xr.Dataset) -> GaussianAbilities:
        """What `to_dataset` gave."""
        models = pd.Index(stored["model"].to_numpy(), name="model")
        return cls(models, *(stored[name].to_numpy() for name in ("mean", "sd", "loadings")))


@dataclass(frozen=True)
class Abilities:
    """Draws of stage 1 as one ruler reads them.

    Attributes
    ----------
    models : Index
    theta : array [sample, model]
        Logits: general ability, or ability in a domain of the models tested in it.
    prior_mean, prior_covariance : arrays
        Gaussian prior of stage 1, its coefficients integrated out.
    prior_sd : float
        Spread of the prior around its line.
    controls : Controls or None
        Of general abilities.
    """

    models: pd.Index
    theta: np.ndarray
    prior_mean: np.ndarray
    prior_covariance: np.ndarray
    prior_sd: float
    controls: Controls | None = None


def abilities_in(draws: xr.Dataset, domain: str) -> Abilities:
    """General abilities (domain `all`), or abilities in one domain of the models tested in it.

    Raises
    ------
    GaplabError
        When the domain has too few tests to have an ability of its own.
    """
    flat = draws.stack(sample=SAMPLE).transpose("sample", ...)
    theta, variance = flat["theta"].to_numpy(), float(draws["sigma"].mean()) ** 2
    n = theta.shape[1]
    columns = draws["prior_design"].to_numpy() if "prior_design" in draws.coords else np.zeros((n, 0))
    means, sds = (
        draws[name].to_numpy() if name in draws.coords else np.zeros(0) for name in ("prior_mean", "prior_sd")
    )
    mean, shared, at = columns @ means, columns * sds, np.arange(n)
    parts = ("theta_newton", "theta_variances", "theta_loadings")
    if domain != "all":
        names = list(draws["domain"].to_numpy()) if "domain" in draws.coords else []
        if domain not in names:
            raise GaplabError(
                f'parameter domain: "{domain}": not enough data: too few of its tests have scores at this date; '
                f"domains with an ability of their own: {', '.join(names) or 'none'}"
            )
        k = names.index(domain)
        cells = np.flatnonzero(draws["cell_domain"].to_numpy() == k)
        at = draws["cell_model"].to_numpy()[cells]
        theta = theta[:, at] + flat["domain_ability"].to_numpy()[:, cells]
        variance += float((draws["domain_sd"][..., k] ** 2).mean())
        # The follower's mean in a domain is one of several that sum to zero.
        mean_sd = DOMAIN_FOLLOWER_SD * np.sqrt(1 - 1 / len(names))
        shared = np.column_stack([shared[at], mean_sd * draws["follower"].to_numpy()[at]])
    return Abilities(
        models=pd.Index(draws["model"].to_numpy()[at], name="model"),
        theta=theta,
        prior_mean=mean[at],
        prior_covariance=variance * np.eye(len(at)) + shared @ shared.T,
        prior_sd=float(np.sqrt(variance)),
        controls=Controls(*(flat[name].to_numpy() for name in parts)) if domain == "all" and parts[0] in flat else None,
    )


def from_abilities(abilities: Abilities) -> tuple[GaussianAbilities, pd.Index]:
    """Readings of the models that the scores say enough about, and the names of the others.

    Raises
    ------
    GaplabError
        There are fewer than six such models, as when all scores are equal or perfect.
    """
    known = informed(abilities.theta, abilities.prior_sd)
    if known.sum() < _FEWEST_KNOWN:
        raise GaplabError(
            f"scores.csv: not enough data: the scores say more than was assumed before of {known.sum()} of "
            f"{len(known)} models; expected {_FEWEST_KNOWN} or more: add tests whose scores tell models apart"
        )
    readings = without_prior(
        abilities.theta[:, known],
        abilities.models[known],
        prior_mean=abilities.prior_mean[known],
        prior_covariance=abilities.prior_covariance[np.ix_(known, known)],
        controls=abilities.controls.select(known) if abilities.controls else None,
    )
    return readings, abilities.models[~known]


def without_prior(
    theta: np.ndarray,
    models: pd.Index,
    *,
    prior_mean: np.ndarray,
    prior_covariance: np.ndarray,
    controls: Controls | None = None,
) -> GaussianAbilities:
    """Readings that carry the likelihood of stage 1 without its prior.

    Level and scale of ability are free: no lag depends on them. Each draw is
    brought to the same mean and the same spread over models, and all that
    follows happens at right angles to these two directions.

    Stage 2 has its own prior for abilities (a frontier minus a shortfall);
    keeping that of stage 1 as well would count information twice. With a
    Gaussian posterior, precision_likelihood = precision_posterior -
    precision_prior, and the mean moves by the inverse of the first times the
    gradient of the prior.

    Parameters
    ----------
    theta : array [sample, model]
        Posterior draws of abilities, logits.
    prior_mean : array [model]
    prior_covariance : array [model, model]
        Gaussian prior of stage 1, its coefficients integrated out.
    controls : Controls, optional
        Of the draws: they leave mean and covariance less Monte Carlo error.

    Returns
    -------
    GaussianAbilities
        With mean zero over the models given.
    """
    n = theta.shape[1]
    mean, of_draws = _moments(theta, controls)
    n_factors = min(N_FACTORS, max(n - 3, 0))
    gauge = np.stack([np.ones(n), mean], axis=1)
    basis = np.linalg.qr(np.hstack([gauge, np.eye(n)]))[0][:, 2:n]
    # Subtracting two precision matrices amplifies the Monte Carlo noise of a sample covariance and biases the readings.
    # A few factors approximate the covariance well, even with fewer draws than models.
    own, shared = _factors(of_draws, n_factors)
    covariance = basis.T @ (np.diag(own**2) + shared @ shared.T) @ basis
    prior = np.linalg.inv(prior_covariance)
    root = np.linalg.cholesky(covariance)
    # In these coordinates the posterior precision is one, and `share` of it comes from the prior.
    share, vectors = np.linalg.eigh(root.T @ basis.T @ prior @ basis @ root)
    root = root @ vectors
    kept = np.clip(share, 1e-12, MOST_FROM_PRIOR)
    pull = root.T @ basis.T @ (prior @ (mean - prior_mean))
    moved = basis @ root @ (kept / np.maximum(share, 1e-12) / (1 - kept) * pull)
    likelihood = (root / (1 - kept)) @ root.T
    sd, loadings = _factors(basis @ likelihood @ basis.T, n_factors)
    return GaussianAbilities(models, mean + moved, sd, loadings)


def _moments(theta: np.ndarray, controls: Controls | None) -> tuple[np.ndarray, np.ndarray]:
    """Mean and covariance of draws that are brought to the same mean and spread over models."""
    centred = theta - theta.mean(axis=1, keepdims=True)
    spread = centred.std(axis=1, keepdims=True)
    shape = centred / spread * spread.mean()
    mean, covariance = shape.mean(axis=0), np.cov(shape, rowvar=False)
    if controls is None:
        return mean, covariance
    # To first order a draw loses what lies along the level and along the spread.
    gauge = np.stack([np.full(mean.size, mean.size**-0.5), mean / np.linalg.norm(mean)], axis=1)
    moved, corrected = controls.corrections(theta, np.eye(mean.size) - gauge @ gauge.T)
    return mean + moved, covariance + corrected


def informed(theta: np.ndarray, prior_sd: float) -> np.ndarray:
    """Whether the scores say at least as much about each model as the prior does.

    True where the posterior variance of `theta` [sample, model], around the
    common level, is at most half of the prior's around its line.
    """
    centred = theta - theta.mean(axis=1, keepdims=True)
    return centred.var(axis=0) <= 0.5 * prior_sd**2


def _factors(covariance: np.ndarray, n_factors: int) -> tuple[np.ndarray, np.ndarray]:
    """Principal-axis factors: covariance ~ diag(sd^2) + loadings loadings'."""
    total = np.diag(covariance)
    n = len(total)
    if not n_factors:
        return np.sqrt(total), np.zeros((n, 0))
    unique = 0.5 * total
    _, vectors = scipy.linalg.eigh(covariance - np.diag(unique), subset_by_index=(n - n_factors, n - 1), driver="evx")
    for _ in range(5000):
        # One step of orthogonal iteration follows the eigenvectors, since `unique` changes little. Adding its largest
        # value makes all eigenvalues positive, so that the largest ones lead.
        leading = np.linalg.qr(covariance @ vectors + (unique.max() - unique)[:, None] * vectors)[0]
        values, turned = np.linalg.eigh(leading.T @ (covariance @ leading - unique[:, None] * leading))
        vectors = leading @ turned
        loadings = (vectors * np.sqrt(np.maximum(values, 0.0)))[:, ::-1]
        # Signs of eigenvectors are arbitrary; fix them so that equal inputs give equal numbers.
        loadings *= np.where(loadings.sum(axis=0) < 0, -1.0, 1.0)
        updated = np.maximum(total - (loadings**2).sum(axis=1), 0.05 * total)
        if (np.abs(updated - unique) <= 1e-8 + 1e-6 * unique).all():
            break
        unique = updated
    return np.sqrt(unique), loadings
