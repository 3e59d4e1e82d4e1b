"""Influence: each headline number without one model, one source or one test."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Literal

import numpy as np
import pandas as pd
import xarray as xr

from gaplab import gap
from gaplab.data.tables import Tables
from gaplab.errors import GaplabError, did_you_mean, quoted
from gaplab.fit.fit import fit, stage_two
from gaplab.models.likelihood import log_shortfall
from gaplab.models.priors import LEVEL_SD
from gaplab.params.spec import Params
from gaplab.posterior import Posterior
from gaplab.questions import weights
from gaplab.questions.weights import DrawsInOrder, draws_in_order

By = Literal["model", "source", "benchmark"]
NUMBERS = ("frontier_lag", "released_lag", "distance", "model_lag")
"""Headline numbers: the country by three definitions (the distance at the leader's pace), its newest record model."""
COLUMNS = ["left_out", "number", "months", "months_without", "shift", "error", "k_hat", "method", "health"]
"""Of every table here."""


def log_likelihood(draws: xr.Dataset, models: pd.DataFrame) -> xr.DataArray:
    """Log likelihood of every model's reading in every draw of the frontiers.

    reading - F(date) - loadings . factor is a Normal(0, sd) minus an
    Exponential(mean shortfall of the country): see `models.frontier.definition`.

    Parameters
    ----------
    draws : Dataset
        What `fit.stage_two` returns.
    models : DataFrame indexed by model, with country and date

    Returns
    -------
    DataArray, dims (chain, draw, model)
    """
    country = xr.DataArray(models["country"].to_numpy(object), dims="model", coords={"model": draws["model"]})
    each = []
    for name, theirs in models.groupby("country"):
        at = gap.frontier_at(draws["frontier"].sel(country=name, drop=True), pd.DatetimeIndex(theirs["date"]))
        each.append(at.rename(date="model").assign_coords(model=theirs.index.to_numpy(object)))
    frontier = xr.concat(each, dim="model").sel(model=draws["model"])
    nu = draws["shortfall_mean"].sel(country=country)
    x = draws["reading"] - frontier - (draws["loadings"] * draws["factor"]).sum("factor")
    return (
        log_shortfall(x, nu, draws["reading_sd"])
        .drop_vars("country", errors="ignore")
        .transpose("chain", "draw", "model")
    )


def weights_without(
    draws: xr.Dataset, models: pd.DataFrame, name: str, likelihood: xr.DataArray | None = None
) -> weights.Weights:
    """Importance weights that take one model's reading out of the frontiers.

    One over its likelihood, times the change of the prior of the frontiers'
    last level, whose mean is that of the country's three best readings.

    Parameters
    ----------
    draws : Dataset
        What `fit.stage_two` returns.
    models : DataFrame indexed by model, with country and date
    likelihood : DataArray, dims (chain, draw, model), optional
        What `log_likelihood` gives, when it is at hand.
    """
    likelihood = log_likelihood(draws, models) if likelihood is None else likelihood
    country = models.loc[name, "country"]
    theirs = draws["reading"].to_series()[(models["country"] == country).to_numpy()]
    level = draws["frontier"].sel(country=country, drop=True).isel(date=-1, drop=True)
    before, after = (readings.nlargest(3).mean() for readings in (theirs, theirs.drop(name)))
    prior = 0.5 * (((level - before) / LEVEL_SD) ** 2 - ((level - after) / LEVEL_SD) ** 2)
    return weights.smoothed_weights(prior - likelihood.sel(model=name, drop=True))


def headline_draws(posterior: Posterior, *, record: str) -> dict[str, xr.DataArray]:
    """Draws of the headline numbers, in months.

    Parameters
    ----------
    record : str
        The model whose lag is read; a posterior without it has no such number.

    Returns
    -------
    dict of DataArray, dims (chain, draw), by `NUMBERS`
    """
    params = posterior.params
    lag = gap.frontier_lag(posterior.frontier, **params.roles, dates=pd.DatetimeIndex([params.as_of]))
    found = {"frontier_lag": lag.squeeze("date", drop=True), **_of_best(posterior)}
    if record in posterior.models.index:
        subject = gap.model_subject(posterior, record)
        leading = posterior.frontier.sel(country=params.leader, drop=True)
        found["model_lag"] = gap.lag_of_level(leading, subject.ability, date=subject.date)
    return found


def numbers_without(
    posterior: Posterior, whole: dict[str, xr.DataArray], name: str, record: str, best: xr.DataArray | None = None
) -> dict[str, xr.DataArray]:
    """The headline numbers when a model counts as not released, before any weights: see `headline_draws`.

    Parameters
    ----------
    whole : dict of DataArray
        What `headline_draws` gives for all models.
    name : str
        The model that is left out.
    record : str
        The model whose lag is read; without it there is no such number.
    best : DataArray, dims (chain, draw), optional
        Ability of the follower's best released model, when it is at hand.

    Returns
    -------
    dict of DataArray, dims (chain, draw); those that do not change are those of `whole`
    """
    best = gap.country_subject(posterior).ability if best is None else best
    found = dict(whole)
    if (posterior.ability.sel(model=name) >= best).any():
        fewer = replace(posterior, ability=posterior.ability.drop_sel(model=name), models=posterior.models.drop(name))
        found |= _of_best(fewer)
    if name == record:
        del found["model_lag"]
    return found


def _of_best(posterior: Posterior) -> dict[str, xr.DataArray]:
    """The two headline numbers that are read at the follower's best released model."""
    params = posterior.params
    at, level = pd.Timestamp(params.as_of), gap.country_subject(posterior).ability
    leading = posterior.frontier.sel(country=params.leader, drop=True)
    return {
        "released_lag": gap.lag_of_level(leading, level, date=at),
        "distance": gap.distance(posterior.frontier, level, **params.roles, date=at)["months_at_leader_pace"],
    }


def by_model(
    tables: Tables,
    params: Params,
    *,
    names: Iterable[str] | None = None,
    refits: int = 5,
    progress: bool = False,
) -> pd.DataFrame:
    """Every headline number without each model, by weights; fitted again where they fail.

    Parameters
    ----------
    names : iterable of str, optional
        Models to leave out, one at a time; all when not given.
    refits : int
        At most this many fits; models beyond have no number, their method
        says "weights fail". The largest k-hat come first.

    Returns
    -------
    DataFrame
        left_out, number; months, months_without and shift (medians and their
        difference, months); error: Monte Carlo standard error of the shift,
        from the differences between chains; k_hat; method: weights, refit or
        "weights fail"; health of the fit that the number without it rests on.
        The largest shifts of `frontier_lag` first.
    """
    posterior = fit(tables, params, progress=progress)
    draws, models = stage_two(tables, params, progress=progress), posterior.models
    record = gap.newest_record(posterior)
    likelihood = log_likelihood(draws, models)
    whole, best = headline_draws(posterior, record=record), gap.country_subject(posterior).ability
    in_order = {number: draws_in_order(draws) for number, draws in whole.items()}
    rows, failed = [], []
    for name in models.index if names is None else names:
        found = weights_without(draws, models, name, likelihood)
        if not found.usable:
            failed.append((name, found.k_hat))
            continue
        other = {
            number: in_order[number] if draws is whole[number] else draws_in_order(draws)
            for number, draws in numbers_without(posterior, whole, name, record, best).items()
        }
        rows += shift_rows(name, in_order, other, found, "weights", posterior.health.status, found.k_hat)
    failed.sort(key=lambda pair: -pair[1])
    for name, k_hat in failed[:refits]:
        again = fit(tables, params, without=(name,), progress=progress)
        rows += _refit_rows(name, in_order, again, record, k_hat)
    rows += [(name, number, np.nan, np.nan, np.nan, np.nan, k_hat, "weights fail", "")
             for name, k_hat in failed[refits:] for number in NUMBERS]  # fmt: skip
    return ranked(pd.DataFrame(rows, columns=COLUMNS))


def by_refit(
    tables: Tables, params: Params, *, by: By, names: Iterable[str] | None = None, progress: bool = False
) -> pd.DataFrame:
    """Every headline number without the scores of each source or benchmark, all of it fitted again.

    Parameters
    ----------
    by : {"source", "benchmark"}
    names : iterable of str, optional
        Which to leave out; all that have scores when not given.

    Returns
    -------
    DataFrame
        As `by_model`, with the method "refit".

    Raises
    ------
    GaplabError
        A name has no score, or too few models are left without it.
    """
    present = list(tables.scores[by].value_counts().index)
    names = list(names) if names is not None else present
    if unknown := [name for name in dict.fromkeys(names) if name not in present]:
        raise GaplabError(
            *(f"--leave-out: {by} {quoted(name)} has no score by {params.as_of}{did_you_mean(name, present)}"
              for name in unknown)
        )  # fmt: skip
    posterior = fit(tables, params, progress=progress)
    record = gap.newest_record(posterior)
    whole = {number: draws_in_order(draws) for number, draws in headline_draws(posterior, record=record).items()}
    rows = []
    for name in names:
        less = replace(tables, scores=tables.scores[tables.scores[by] != name].reset_index(drop=True))
        rows += _refit_rows(name, whole, fit(less, params, progress=progress), record, np.nan)
    return ranked(pd.DataFrame(rows, columns=COLUMNS))


def ranked(table: pd.DataFrame) -> pd.DataFrame:
    """The rows with the largest shift of `frontier_lag` first; those without one last.

    Parameters
    ----------
    table : DataFrame
        With `COLUMNS`.
    """
    first = table[table["number"] == NUMBERS[0]].set_index("left_out")["shift"].abs()
    size = table["left_out"].map(first).fillna(-1.0)
    return (
        table.assign(size=size).sort_values("size", ascending=False, kind="stable").drop(columns="size")
        .reset_index(drop=True)
    )  # fmt: skip


def _refit_rows(name: str, whole: dict[str, DrawsInOrder], again: Posterior, record: str, k_hat: float) -> list[tuple]:
    """The numbers of a fit without something."""
    other = {number: draws_in_order(draws) for number, draws in headline_draws(again, record=record).items()}
    even = weights.even_weights(whole["frontier_lag"].draws)
    return shift_rows(name, whole, other, even, "refit", again.health.status, k_hat)


def shift_rows(
    name: str,
    whole: dict[str, DrawsInOrder],
    other: dict[str, DrawsInOrder],
    found: weights.Weights,
    method: str,
    health: str,
    k_hat: float = np.nan,
) -> list[tuple]:
    """A row for each number: its median with and without something, and the Monte Carlo error of the difference."""
    rows, even, weight = [], np.full(found.weight.size, 1 / found.weight.size), found.weight.to_numpy().ravel()
    for number in [number for number in whole if number in other]:
        (before, *of_chains), (after, *of_weighted) = whole[number].medians(even), other[number].medians(weight)
        error = float(np.std(np.subtract(of_weighted, of_chains), ddof=1) / np.sqrt(len(of_chains)))
        rows.append((name, number, float(before), float(after), float(after - before), error, k_hat, method, health))
    return rows
