"""Influence: each headline number without one model, one source or one test."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
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
from gaplab.units import SAMPLE

By = Literal["model", "source", "benchmark"]
NUMBERS = ("frontier_lag", "released_lag", "distance", "model_lag")
"""Headline numbers: the country by three definitions (the distance at the leader's pace), its newest record model."""
COLUMNS = ["left_out", "number", "months", "months_without", "shift", "error", "k_hat", "method", "health"]
"""Of every table here."""


def log_likelihood(draws: xr.Dataset, models: pd.DataFrame, names: Iterable[str] | None = None) -> xr.DataArray:
    """Log likelihood of models' readings in every draw of the frontiers.

    reading - F(date) - loadings . factor is a Normal(0, sd) minus an
    Exponential(mean shortfall of the country): see `models.frontier.definition`.

    Parameters
    ----------
    draws : Dataset
        What `fit.stage_two` returns.
    models : DataFrame indexed by model, with country and date
    names : iterable of str, optional
        Which of the models; all when not given.

    Returns
    -------
    DataArray, dims (chain, draw, model)
    """
    models = models if names is None else models.loc[list(names)]
    read = draws[["reading", "reading_sd", "loadings"]].sel(model=models.index.to_numpy(object))
    country = xr.DataArray(models["country"].to_numpy(object), dims="model", coords={"model": read["model"]})
    each = []
    for name, theirs in models.groupby("country"):
        at = gap.frontier_at(draws["frontier"].sel(country=name, drop=True), pd.DatetimeIndex(theirs["date"]))
        each.append(at.rename(date="model").assign_coords(model=theirs.index.to_numpy(object)))
    frontier = xr.concat(each, dim="model").sel(model=read["model"])
    nu = draws["shortfall_mean"].sel(country=country)
    x = read["reading"] - frontier - (read["loadings"] * draws["factor"]).sum("factor", skipna=False)
    return (
        log_shortfall(x, nu, read["reading_sd"])
        .drop_vars("country", errors="ignore")
        .transpose("chain", "draw", "model")
    )


def weights_without(draws: xr.Dataset, models: pd.DataFrame, names: list[str]) -> Iterator[tuple[str, weights.Weights]]:
    """Importance weights that take one model's reading out of the frontiers, for each of some models.

    One over its likelihood, times the change of the prior of the frontiers'
    last level, whose mean is that of the country's three best readings.

    Parameters
    ----------
    draws : Dataset
        What `fit.stage_two` returns.
    models : DataFrame indexed by model, with country and date
    names : list of str
        The models that are taken out, one at a time.
    """
    if not names:
        return
    likelihood = log_likelihood(draws, models, names).to_numpy()
    readings, countries = draws["reading"].to_numpy(), models["country"].to_numpy()
    last = draws["frontier"].isel(date=-1, drop=True).transpose("country", *SAMPLE)
    like = last.isel(country=0, drop=True)
    for index, place in enumerate(models.index.get_indexer(names)):
        ours = countries == countries[place]
        others = ours & (np.arange(len(models)) != place)
        before, after = (np.sort(readings[those])[::-1][:3].mean() for those in (ours, others))
        level = last.sel(country=countries[place], drop=True).to_numpy()
        prior = 0.5 * (((level - before) / LEVEL_SD) ** 2 - ((level - after) / LEVEL_SD) ** 2)
        yield names[index], weights.smoothed_weights(like.copy(data=prior - likelihood[..., index]))


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
    found = {"frontier_lag": lag.squeeze("date", drop=True)}
    found |= _of_best(posterior, gap.country_subject(posterior).ability)
    if record in posterior.models.index:
        subject = gap.model_subject(posterior, record)
        leading = posterior.frontier.sel(country=params.leader, drop=True)
        found["model_lag"] = gap.lag_of_level(leading, subject.ability, date=subject.date)
    return found


def numbers_without(
    posterior: Posterior, whole: dict[str, xr.DataArray], names: list[str], record: str
) -> dict[str, dict[str, xr.DataArray]]:
    """The headline numbers when a model counts as not released, before any weights, for each of some models.

    Parameters
    ----------
    whole : dict of DataArray
        What `headline_draws` gives for all models.
    names : list of str
        The models that are left out, one at a time.
    record : str
        The model whose lag is read; without it there is no such number.

    Returns
    -------
    dict by model of dict of DataArray, dims (chain, draw)
        Numbers that do not change are those of `whole`.
    """
    found = {name: dict(whole) for name in names}
    best = _best_without(posterior, names)
    moved = _of_best(posterior, best) if best.size else {}
    for index, name in enumerate(best["model"].to_numpy()):
        found[name] |= {number: draws.isel(model=index, drop=True) for number, draws in moved.items()}
    if record in found:
        found[record].pop("model_lag", None)
    return found


def _best_without(posterior: Posterior, names: list[str]) -> xr.DataArray:
    """The follower's best released ability without each of these models that is its best in some draw."""
    models, params = posterior.models, posterior.params
    theirs = models.index[(models["country"] == params.follower) & (models["date"] <= pd.Timestamp(params.as_of))]
    ability = posterior.ability.sel(model=theirs.to_numpy(object)).transpose(*SAMPLE, "model")
    second, best = np.split(np.partition(ability.to_numpy(), (-2, -1), axis=-1)[..., -2:], 2, axis=-1)
    is_best = ability.to_numpy() >= best
    chosen = is_best.any(axis=(0, 1)) & theirs.isin(names)
    return ability[..., chosen].copy(data=np.where(is_best, second, best)[..., chosen])


def _of_best(posterior: Posterior, level: xr.DataArray) -> dict[str, xr.DataArray]:
    """The two headline numbers that are read at the ability of the follower's best released model."""
    params = posterior.params
    at, leading = pd.Timestamp(params.as_of), posterior.frontier.sel(country=params.leader, drop=True)
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
    whole = headline_draws(posterior, record=record)
    in_order = {number: draws_in_order(draws) for number, draws in whole.items()}
    names = list(models.index if names is None else names)
    others = numbers_without(posterior, whole, names, record)
    rows, failed = [], []
    for name, found in weights_without(draws, models, names):
        if not found.usable:
            failed.append((name, found.k_hat))
            continue
        other = {
            number: in_order[number] if draws is whole[number] else draws_in_order(draws)
            for number, draws in others[name].items()
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
    rows, weight = [], found.weight.to_numpy().ravel()
    for number in [number for number in whole if number in other]:
        (before, *of_chains), (after, *of_weighted) = whole[number].middles, other[number].medians(weight)
        error = float(np.std(np.subtract(of_weighted, of_chains), ddof=1) / np.sqrt(len(of_chains)))
        rows.append((name, number, float(before), float(after), float(after - before), error, k_hat, method, health))
    return rows
