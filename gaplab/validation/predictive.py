"""Does the ability model predict the scores it was fitted to? By benchmark, source, country, and leaving one out."""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr
from scipy.special import betainc

from gaplab.data.tables import Tables
from gaplab.fit.fit import abilities
from gaplab.models.likelihood import beta_parameters, log_score
from gaplab.models.observations.observations import Observations, observations
from gaplab.params.spec import Params
from gaplab.units import SAMPLE

LEVELS = (50, 80, 95)
_KEPT = 400
_FEWEST = 10
"""Scores that a group needs to have a row of its own."""


def checks(tables: Tables, params: Params) -> pd.DataFrame:
    """Coverage of predictive intervals and mean PIT, with and without the score itself, for groups of scores.

    The PIT of a score is its place in its predictive distribution: uniform when
    the model is right. A score at a bound stands for an interval, and takes a
    random place in it. Leaving one out is by Pareto-smoothed importance weights
    on the draws.

    Returns
    -------
    DataFrame
        grouping (all, country, source_class, source, benchmark), group, n;
        mean_pit and loo_pit (0.5 without bias; above: scores are higher than
        predicted), coverage_50, coverage_80, coverage_95 and their loo_ forms,
        high_k: share of scores whose weights fail (k-hat above 0.7). Groups of
        fewer than ten scores are left out.

    References
    ----------
    Vehtari, Gelman & Gabry (2017), doi:10.1007/s11222-016-9696-4; Gelman et al. (1996) on predictive checks.
    """
    data = observations(tables, params)
    places = loo_pit(data, abilities(tables, params), seed=1)
    rows = places.join(score_labels(tables, data))
    found = [_row("all", "all", rows)]
    for grouping in ("country", "source_class", "source", "benchmark"):
        found += [_row(grouping, str(name), each) for name, each in rows.groupby(grouping) if len(each) >= _FEWEST]
    return pd.DataFrame(found)


def is_off_centre(rows: pd.DataFrame) -> pd.Series:
    """Which groups of `checks` have a mean place away from the middle by more than chance: three standard errors."""
    standard_error = 12**-0.5 / rows["n"] ** 0.5
    return (rows["loo_pit"] - 0.5).abs() > 3 * standard_error


def loo_pit(data: Observations, draws: xr.Dataset, *, seed: int) -> pd.DataFrame:
    """Place of every score in its predictive distribution, with the score and without it.

    Parameters
    ----------
    draws : Dataset
        Of stage 1.

    Returns
    -------
    DataFrame
        One row per score, in the order of `data`: pit, loo_pit, k_hat.
    """
    from arviz_stats.base import array_stats

    alpha, other = score_parameters(data, draws)
    rng = np.random.default_rng([seed, 31])
    cdf = betainc(alpha, other, data.score)
    at_most, at_least = data.at_most, data.at_least
    # A bound stands for everything beyond it.
    share = rng.uniform(size=data.score.size)
    cdf[:, at_most] *= share[at_most]
    cdf[:, at_least] += (1 - cdf[:, at_least]) * share[at_least]
    log_likelihood = log_score(data.score, alpha, other, at_most=at_most, at_least=at_least)
    log_weight, k_hat = array_stats.psislw(log_likelihood.T, axis=-1)
    weight = np.exp(log_weight - log_weight.max(axis=-1, keepdims=True))
    weight /= weight.sum(axis=-1, keepdims=True)
    return pd.DataFrame({"pit": cdf.mean(axis=0), "loo_pit": (cdf.T * weight).sum(axis=-1), "k_hat": k_hat})


def score_parameters(data: Observations, draws: xr.Dataset) -> tuple[np.ndarray, np.ndarray]:
    """Both parameters [draw, score] of the Beta distribution of scores, as `models.ability.definition` has them.

    Parameters
    ----------
    data : Observations
        Scores to predict; models, tests and cells as in the fit.
    draws : Dataset
        Of stage 1; up to 400 draws are used, evenly spaced.

    Returns
    -------
    tuple of arrays [draw, score]
        alpha and beta.
    """
    flat = draws.stack(sample=SAMPLE).transpose("sample", ...)
    chosen = np.linspace(0, flat.sizes["sample"] - 1, min(_KEPT, flat.sizes["sample"])).astype(int)
    value = {name: flat[name].to_numpy()[chosen] for name in flat.data_vars if "sample" in flat[name].dims}
    b, domains = data.benchmark, data.domains
    own = value["theta"][:, domains.model] + (value["domain_ability"] if len(domains.names) else 0.0)
    slope = 1.0 if data.equal_slopes else np.exp(value["log_a"])[:, b]
    eta = slope * (own[:, domains.row] - value["difficulty"][:, b])
    if len(data.effects.names):
        eta = eta + value["bias"] @ data.effects.design().T
    return beta_parameters(eta, value["omega"][:, b], floor=data.floor, ceiling=data.ceiling, n_items=data.n_items)


def score_labels(tables: Tables, data: Observations) -> pd.DataFrame:
    """Country, source and benchmark of every score, in the order of `data`."""
    rows = tables.scores.loc[data.row].reset_index(drop=True)
    country = rows["model"].map(tables.models.set_index("model")["country"])
    return rows[["source_class", "source", "benchmark"]].assign(country=country)


def _row(grouping: str, group: str, rows: pd.DataFrame) -> dict:
    found = {"grouping": grouping, "group": group, "n": len(rows)}
    found |= {f"mean_{name}" if name == "pit" else name: rows[name].mean() for name in ("pit", "loo_pit")}
    for prefix, name in (("", "pit"), ("loo_", "loo_pit")):
        away = (rows[name] - 0.5).abs()
        found |= {f"{prefix}coverage_{level}": (away <= level / 200).mean() for level in LEVELS}
    return found | {"high_k": (rows["k_hat"] > 0.7).mean()}
