"""Stage 1: an item-response model of all scores gives every model's latent ability."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import xarray as xr
from numba import njit

from gaplab.errors import GaplabError
from gaplab.models.density import Density, zero_sum, zero_sum_into, zero_sum_pullback
from gaplab.models.special import log_beta_cdf, log_gamma, logistic

if TYPE_CHECKING:
    import pymc as pm

DAYS_PER_YEAR = 365.25
GROWTH_PRIOR = (1.0, 0.5)
"""Mean and standard deviation of the slope of ability in time, logits per year."""

OMEGA_CENTRE = math.log(0.01)
"""Prior mean of the logit of the over-dispersion."""


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
    twice = _superseded(rows, benchmarks["superseded_by"])
    if twice.any():
        names = ", ".join(sorted(rows.loc[twice, "benchmark"].unique()))
        notes.append(f"{int(twice.sum())} scores of tests whose successor the model took too are not counted: {names}.")
        rows = rows[~twice]
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
    n_items = np.where(np.isnan(n_items), _items_from_error(published, rows["standard_error"].to_numpy(float)), n_items)
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


def _superseded(rows: pd.DataFrame, successor: pd.Series) -> pd.Series:
    """Whether the same model also has the test that replaces this one: they share items."""
    taken = set(zip(rows["model"], rows["benchmark"], strict=True))
    newer = rows["benchmark"].map(successor)
    return pd.Series([pair in taken for pair in zip(rows["model"], newer, strict=True)], rows.index)


def _items_from_error(score: np.ndarray, error: np.ndarray) -> np.ndarray:
    """The item count a binomial standard error implies; infinite when there is none."""
    with np.errstate(divide="ignore", invalid="ignore"):
        implied = score * (1 - score) / error**2
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
    mean date, which sets the origin. A benchmark's prior is on its expected logit
    for its own test-takers, Normal(0, 3).

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

        eta = a[b] * (theta[data.model] - reference[b]) + intercept[b]
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
    return model


def density(data: Observations) -> Density:
    """The log density of `build(data)`, compiled, in unconstrained coordinates.

    Coordinates, in order: theta [model], growth, log sigma, log tau_a, log_a
    (free part) [benchmark - 1], intercept [benchmark], omega_mean, log
    omega_spread, omega_offset [benchmark].
    """
    n, k = len(data.models), len(data.benchmarks)
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
    start = np.zeros(n + 3 * k + 4)
    start[:n] = GROWTH_PRIOR[0] * data.years
    start[n] = GROWTH_PRIOR[0]
    start[n + 1 : n + 3] = np.log(0.5)
    start[n + 2 + 2 * k] = np.log(0.01)
    start[n + 3 + 2 * k] = np.log(0.5)
    return Density(
        function=_log_density,
        data=(data.years, _reference(data), *(np.ascontiguousarray(column[order]) for column in columns)),
        start=start,
        n_local=n,
        unpack=lambda x: _unpack(x, n, k, _reference(data)),
    )


def labelled(draws: dict[str, np.ndarray], data: Observations) -> xr.Dataset:
    """Draws with model and benchmark names and release years attached."""
    named = {
        name: (["chain", "draw", *(["model" if name == "theta" else "benchmark"][: values.ndim - 2])], values)
        for name, values in draws.items()
    }
    return xr.Dataset(
        named,
        coords={
            "years": ("model", data.years),
            "model": data.models.to_numpy(object),
            "benchmark": data.benchmarks.to_numpy(object),
        },
        attrs={"growth_mean": GROWTH_PRIOR[0], "growth_sd": GROWTH_PRIOR[1]},
    )


def _reference(data: Observations) -> np.ndarray:
    """Mean release year of the models that took each benchmark."""
    return pd.Series(data.years[data.model]).groupby(data.benchmark).mean().to_numpy()


def _unpack(x: np.ndarray, n: int, k: int, reference: np.ndarray) -> dict[str, np.ndarray]:
    log_a = zero_sum(x[..., n + 3 : n + 2 + k])
    intercept = x[..., n + 2 + k : n + 2 + 2 * k]
    return {
        "theta": x[..., :n],
        "growth": x[..., n],
        "sigma": np.exp(x[..., n + 1]),
        "tau_a": np.exp(x[..., n + 2]),
        "log_a": log_a,
        "intercept": intercept,
        "difficulty": reference - intercept / np.exp(log_a),
        "omega_mean": x[..., n + 2 + 2 * k],
        "omega_spread": np.exp(x[..., n + 3 + 2 * k]),
        "omega_offset": x[..., n + 4 + 2 * k :],
    }


@njit(cache=True, nogil=True, error_model="numpy")
def _log_density(x, g, years, reference, model, benchmark, kind, score, log_score, log_rest, sampling, floor, ceiling):
    n, k = years.size, reference.size
    theta, growth, intercept = x[:n], x[n], x[n + 2 + k : n + 2 + 2 * k]
    sigma, tau_a = math.exp(x[n + 1]), math.exp(x[n + 2])
    omega_mean, omega_spread = x[n + 2 + 2 * k], math.exp(x[n + 3 + 2 * k])
    offset = x[n + 4 + 2 * k :]
    log_a, g_log_a = np.empty(k), np.zeros(k)
    zero_sum_into(x[n + 3 : n + 2 + k], log_a)
    a = np.exp(log_a)
    g[:] = 0.0
    g_theta, g_intercept, g_offset = g[:n], g[n + 2 + k : n + 2 + 2 * k], g[n + 4 + 2 * k :]

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
        p = logistic(a[b] * (theta[i] - reference[b]) + intercept[b])
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
        g_logit = g_phi * d_phi
        g_omega_mean += g_logit
        g_omega_spread += g_logit * offset[b] * omega_spread
        g_offset[b] += g_logit * omega_spread
    g[n + 2 + 2 * k], g[n + 3 + 2 * k] = g_omega_mean, g_omega_spread
    zero_sum_pullback(g_log_a, g[n + 3 : n + 2 + k])
    return logp
