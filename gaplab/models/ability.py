"""Stage 1: an item-response model of all scores gives every model's latent ability."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pymc as pm
import pytensor.tensor as pt
import xarray as xr

from gaplab.errors import GaplabError

DAYS_PER_YEAR = 365.25
GROWTH_PRIOR = (1.0, 0.5)
"""Mean and standard deviation of the slope of ability in time, logits per year."""

LOCAL = ("theta",)
"""Variables that are independent of each other given all the rest (used by the sampler)."""

KEEP = (
    "theta",
    "log_a",
    "difficulty",
    "growth",
    "sigma",
    "tau_a",
    "omega_mean",
    "omega_spread",
    "omega_offset",
)


@dataclass(frozen=True)
class Observations:
    """Scores as the likelihood needs them; codes point into `models` and `benchmarks`."""

    models: pd.Index
    benchmarks: pd.Index
    years: np.ndarray
    model: np.ndarray
    benchmark: np.ndarray
    score: np.ndarray
    n_items: np.ndarray
    floor: np.ndarray
    ceiling: np.ndarray
    at_least: np.ndarray
    at_most: np.ndarray
    notes: tuple[str, ...]


def observations(scores: pd.DataFrame, benchmarks: pd.DataFrame, dates: pd.Series) -> Observations:
    """Scores on the raw scale of each benchmark, ready for `build`.

    Scores that their publisher has rescaled so that chance is 0 are put back on
    the raw scale, where sampling error is binomial. A rescaled score of 0 says
    only "at or below chance" and a score of 0 or 1 only "none (all) of the items":
    these enter as bounds half an item wide, never as points.

    Parameters
    ----------
    scores : DataFrame
        Rows of scores.csv.
    benchmarks : DataFrame
        Rows of benchmarks.csv, indexed by benchmark.
    dates : Series
        First known date of each model, indexed by model.

    Returns
    -------
    Observations
        Sorted by model and benchmark. Rows that this likelihood cannot use are
        left out and named in `notes`.
    """
    link = scores["benchmark"].map(benchmarks["link"])
    rows = scores[(link == "logit") & (scores["censored"] == "none")]
    notes = []
    if left_out := len(scores) - len(rows):
        names = ", ".join(sorted(scores.loc[scores.index.difference(rows.index), "benchmark"].unique()))
        notes.append(f"{left_out} scores in minutes, Elo or bounds are not used by the ability model: {names}.")
    dated = rows["model"].map(dates).notna()
    if not dated.all():
        names = ", ".join(sorted(rows.loc[~dated, "model"].unique()))
        notes.append(f"Models without any date are left out: {names}.")
    rows = rows[dated].sort_values(["model", "benchmark", "source", "effort"], kind="stable")
    if rows.empty:
        raise GaplabError("data/scores.csv: no usable score for this date; expected scores as fractions, add some")

    facts = benchmarks.loc[rows["benchmark"]]
    floor = facts["floor"].fillna(0.0).to_numpy(float)
    ceiling = facts["ceiling"].fillna(1.0).to_numpy(float)
    published = rows["score"].to_numpy(float)
    rescaled = (rows["adjusted"] == "chance").to_numpy()
    raw = np.where(rescaled, floor + (ceiling - floor) * published, published)
    n_items = rows["n_items"].fillna(pd.Series(facts["n_items"].to_numpy(), index=rows.index)).to_numpy(float)
    n_items = np.where(np.isnan(n_items), _items_from_error(rows, raw), n_items)
    half = 0.5 / np.where(np.isfinite(n_items), n_items, 1000.0)
    at_most = (rescaled & (published <= 0.001)) | (raw <= half)
    at_least = ~at_most & (raw >= 1.0 - half)

    model, models = pd.factorize(rows["model"], sort=True)
    benchmark, names = pd.factorize(rows["benchmark"], sort=True)
    first = pd.to_datetime(dates.loc[models])
    return Observations(
        models=pd.Index(models, name="model"),
        benchmarks=pd.Index(names, name="benchmark"),
        years=((first - first.mean()).dt.days / DAYS_PER_YEAR).to_numpy(),
        model=model,
        benchmark=benchmark,
        score=np.where(at_most, np.maximum(raw, floor) + half, np.where(at_least, 1.0 - half, raw)),
        n_items=n_items,
        floor=floor,
        ceiling=ceiling,
        at_least=at_least,
        at_most=at_most,
        notes=tuple(notes),
    )


def _items_from_error(rows: pd.DataFrame, raw: np.ndarray) -> np.ndarray:
    """The item count a binomial standard error implies; infinite when there is none."""
    error = rows["standard_error"].to_numpy(float)
    with np.errstate(divide="ignore", invalid="ignore"):
        implied = raw * (1 - raw) / error**2
    return np.where(np.isfinite(implied) & (implied >= 2), implied, np.inf)


def build(data: Observations) -> pm.Model:
    """Two-parameter item-response model of all scores, with no country in it.

    For score n of model i on benchmark b, on the raw scale::

        eta = a_b (theta_i - D_b)
        mu  = floor_b + (ceiling_b - floor_b) logistic(eta)
        score ~ Beta(mu phi, (1 - mu) phi),  1 / (phi + 1) = 1/n_items + (1 - 1/n_items) omega_b

    so that the variance is binomial sampling plus benchmark-specific
    over-dispersion. The geometric mean of the discriminations `a` is one, which
    sets the unit; abilities scatter around a line in time with mean zero at the
    mean date, which sets the origin.

    Returns
    -------
    pymc.Model
        Free variables `theta` [model], `log_a` and `intercept` [benchmark],
        `growth` (logits per year), `sigma`, `tau_a`, `omega_mean`,
        `omega_spread`, `omega_offset` [benchmark]; deterministic
        `difficulty` [benchmark].

    References
    ----------
    Birnbaum, A. (1968). Some latent trait models. In Lord & Novick, Statistical
    Theories of Mental Test Scores. Epoch AI (2025), Epoch Capabilities Index,
    https://epoch.ai/eci.
    """
    b = data.benchmark
    reference = pd.Series(data.years[data.model]).groupby(b).mean().to_numpy()
    coords = {"model": data.models, "benchmark": data.benchmarks}
    with pm.Model(coords=coords) as model:
        growth = pm.Normal("growth", *GROWTH_PRIOR)
        sigma = pm.HalfNormal("sigma", 1.0)
        theta = pm.Normal("theta", growth * data.years, sigma, dims="model")

        tau_a = pm.HalfNormal("tau_a", 0.5)
        log_a = pm.ZeroSumNormal("log_a", tau_a, dims="benchmark")
        a = pt.exp(log_a)
        # The intercept is sampled where the benchmark's test-takers are: difficulty and
        # discrimination are then nearly uncorrelated. Its prior is Normal(0, 3) on the
        # difficulty; -log a is the Jacobian.
        intercept = pm.Flat("intercept", dims="benchmark")
        difficulty = pm.Deterministic("difficulty", reference - intercept / a, dims="benchmark")
        pm.Potential("difficulty_prior", pm.logp(pm.Normal.dist(0.0, 3.0), difficulty).sum() - log_a.sum())

        eta = a[b] * (theta[data.model] - reference[b]) + intercept[b]
        mu = data.floor + (data.ceiling - data.floor) * pm.math.sigmoid(eta)

        omega_mean = pm.Normal("omega_mean", np.log(0.01), 1.0)
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
                pm.Potential(name, _log_beta_cdf(alpha[rows], beta[rows], bound[rows]).sum())
    return model


def labelled(draws: xr.Dataset, data: Observations) -> xr.Dataset:
    """Draws with model and benchmark names, release years and the prior of the growth attached."""
    named = {}
    for name, values in draws.data_vars.items():
        item = ["model" if name == "theta" else "benchmark"][: values.ndim - 2]
        named[name] = (["chain", "draw", *item], values.to_numpy())
    return xr.Dataset(
        named,
        coords={
            "years": ("model", data.years),
            "chain": draws["chain"],
            "draw": draws["draw"],
            "model": data.models.to_numpy(object),
            "benchmark": data.benchmarks.to_numpy(object),
        },
        attrs=draws.attrs | {"growth_mean": GROWTH_PRIOR[0], "growth_sd": GROWTH_PRIOR[1]},
    )


def _log_beta_cdf(alpha, beta, upper: np.ndarray, nodes: int = 16):
    """Log probability of a Beta variable below `upper`, with gradients.

    Substituting x = upper * v**(1/alpha) removes the singularity at zero:
    the integral becomes upper**alpha / alpha * int_0^1 (1 - upper v**(1/alpha))**(beta-1) dv,
    smooth enough for Gauss-Legendre nodes (PyTensor's own gradient of the
    incomplete beta function runs a series per element and is far slower).
    """
    v, weight = np.polynomial.legendre.leggauss(nodes)
    x = upper[:, None] * pt.exp(np.log((v + 1) / 2)[None, :] / alpha[:, None])
    log_integral = pt.log(pt.sum(weight / 2 * pt.exp((beta[:, None] - 1) * pt.log1p(-x)), axis=1))
    log_beta = pt.gammaln(alpha) + pt.gammaln(beta) - pt.gammaln(alpha + beta)
    return alpha * np.log(upper) - pt.log(alpha) - log_beta + log_integral
