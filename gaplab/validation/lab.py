"""A changed model of frontiers beside the product's own: its data, its draws as a posterior, and both compared."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from gaplab import gap
from gaplab.data.tables import Tables
from gaplab.fit import fit as fits
from gaplab.fit import stage_frontiers
from gaplab.gap import summary
from gaplab.models.frontier.knots import steps
from gaplab.models.readings import GaussianAbilities
from gaplab.params.spec import Params
from gaplab.posterior import Posterior, checks_of, notes_of
from gaplab.questions.influence import log_likelihood

_DRAWN = ("frontier", "nu", "factor", "log_pace", "pace_contrast", "tau")


@dataclass(frozen=True)
class FrontierData:
    """What `models.frontier.definition.frontier_model` takes of a run, in `given`, and the models it is about."""

    readings: GaussianAbilities
    models: pd.DataFrame
    given: tuple[GaussianAbilities, np.ndarray, np.ndarray, np.ndarray]


def frontier_data(tables: Tables, params: Params) -> FrontierData:
    """The data of the model of frontiers: `frontier_model(*data.given)` is the definition of the run's second stage."""
    draws = fits.stage_two(tables, params)
    models = _models(draws)
    readings = GaussianAbilities(
        models.index, *(draws[name].to_numpy() for name in ("reading", "reading_sd", "loadings"))
    )
    country, weights, dates = stage_frontiers.on_knots(models, params)
    return FrontierData(readings, models, (readings, country, weights, steps(dates)))


def stage_two_of(sampled: Any, data: FrontierData, tables: Tables, params: Params) -> xr.Dataset:
    """Draws of a changed model as the draws of stage 2.

    Parameters
    ----------
    sampled : DataTree
        What PyMC's samplers return; the model keeps the names of the definition: frontier, nu, factor, log_pace,
        pace_contrast, tau. Other variables are not read.
    """
    draws = sampled["posterior"].to_dataset().transpose("chain", "draw", ...)
    values = {name: draws[name].to_numpy() for name in _DRAWN}
    divergences = int(sampled["sample_stats"]["diverging"].sum())
    own = fits.stage_two(tables, params)
    result = stage_frontiers.as_dataset(values, divergences, data.readings, data.models, params)
    before = [check for check in checks_of(own) if check.name.startswith("abilities")]
    return stage_frontiers.with_records_and_checks(
        result, data.models.drop(columns=["n_scores", "record"]), tables, params, notes_of(own), before
    )


def posterior_of(draws: xr.Dataset, tables: Tables, params: Params) -> Posterior:
    """The posterior of a changed model, for every table and chart; its identity names no fit of the product."""
    own = fits.fit(tables, params)
    changed = {"fit_hash": "of a changed model", "notes": []}
    return Posterior.from_dataset(
        draws,
        points=fits.points_of(draws["ability"], params.ruler),
        params=params,
        identity=own.identity | changed,
        featured=own.featured,
    )


def compared(draws: xr.Dataset, tables: Tables, params: Params) -> pd.DataFrame:
    """Headline numbers and predictive score of a changed model beside those of the product.

    Returns
    -------
    DataFrame
        number; product, product_lower, product_upper, changed, changed_lower, changed_upper: medians and intervals of
        probability `params.prob`, in months; difference, and error, its Monte Carlo standard error. In the last row the
        expected log score of readings left out one by one (PSIS-LOO), without intervals; its error is that of the
        difference over models. k_hat: share of models whose weights there cannot be trusted.

    References
    ----------
    Vehtari, Gelman & Gabry (2017), doi:10.1007/s11222-016-9696-4.
    """
    both = {"product": fits.fit(tables, params), "changed": posterior_of(draws, tables, params)}
    found = {side: gap.readings(each, gap.country_subject(each)) for side, each in both.items()}
    rows = []
    for name in ("frontier_lag", "released_lag"):
        row, errors = {"number": name}, []
        for side, readings in found.items():
            months = readings[name, "months"]
            low, high = summary.tails(params.prob)
            ends = summary.quantiles(months, [low, 0.5, high])
            row |= dict(zip((f"{side}_lower", side, f"{side}_upper"), ends.tolist(), strict=True))
            errors.append(_median_error(months))
        rows.append(row | {"difference": row["changed"] - row["product"], "error": float(np.hypot(*errors))})
    return pd.DataFrame([*rows, _predictive(fits.stage_two(tables, params), draws)])


def _predictive(own: xr.Dataset, changed: xr.Dataset) -> dict[str, Any]:
    from arviz_stats.base import array_stats

    each, trusted = [], []
    for draws in (own, changed):
        likelihood = log_likelihood(draws, _models(draws)).transpose("model", "chain", "draw").to_numpy()
        flat = likelihood.reshape(len(likelihood), -1)
        log_weight, k_hat = array_stats.psislw(-flat, axis=-1)
        each.append(np.logaddexp.reduce(log_weight + flat, axis=-1) - np.logaddexp.reduce(log_weight, axis=-1))
        trusted.append(float((k_hat > 0.7).mean()))
    apart = each[1] - each[0]
    return {
        "number": "expected log score, left out",
        "product": each[0].sum(),
        "changed": each[1].sum(),
        "difference": apart.sum(),
        "error": float(np.sqrt(apart.size) * apart.std(ddof=1)),
        "k_hat": max(trusted),
    }


def _median_error(months: xr.DataArray) -> float:
    """Monte Carlo standard error of a median, from the effective size of the draws below it."""
    from arviz_stats.base import array_stats

    below = (months.to_numpy() <= summary.middle(months)).astype(float)
    share = np.sqrt(0.25 / array_stats.ess(below, chain_axis=0, draw_axis=1, method="mean"))
    low, high = summary.quantiles(months, [0.5 - min(share, 0.4), 0.5 + min(share, 0.4)])
    return float(high - low) / 2


def _models(draws: xr.Dataset) -> pd.DataFrame:
    return Posterior.from_dataset(draws, points=None, params=None, identity={}).models
