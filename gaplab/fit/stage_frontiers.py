"""Stage 2 of a fit: from readings to draws of frontiers."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import xarray as xr

from gaplab import gap
from gaplab.data.access import eligible
from gaplab.errors import GaplabError, quoted
from gaplab.fit.stage_sampling import check, checks, more_draws, n_draws, one_thread, preview_check, sample_stage
from gaplab.models.frontier.knots import interpolation, knots, steps
from gaplab.models.index_readings import from_index
from gaplab.models.readings import GaussianAbilities
from gaplab.models.scales import INDICES
from gaplab.params.groups import is_rule, read_group
from gaplab.posterior import Check, checks_of, described, notes_of
from gaplab.progress import Report

if TYPE_CHECKING:
    from gaplab.data.tables import Tables
    from gaplab.params.spec import Params
    from gaplab.sampling.curvature import Curvature

FEWEST_OF_A_COUNTRY, FEWEST_OF_A_GROUP = 3, 8
"""Models that a frontier needs; a rule can cut groups as small as one likes, so it has to leave more."""
RECORD_PROBABILITY = 1 / 3
"""A model set a record if it was, at least this probably, its country's best so far."""


@one_thread
def sample(
    tables: Tables,
    params: Params,
    stage_one: Callable[[], xr.Dataset],
    *,
    shape: Curvature | None,
    report: Report,
    without: tuple[str, ...] = (),
) -> tuple[xr.Dataset, Curvature]:
    """Draws of stage 2, and the shape of their density.

    Parameters
    ----------
    stage_one : callable
        Gives what stage 1 says of each model, see `stage_readings`; called when the ruler rests on it.
    shape : Curvature or None
        Of an earlier fit of like data.
    report : callable
        Called with the phase and the share of it that is done.
    without : tuple of str
        Models that no frontier may rest on.

    Returns
    -------
    draws : Dataset
        See `fit.stage_two`; attrs `models`, `notes` and `checks` as JSON.
    shape : Curvature
    """
    admitted = eligible(tables, scope=params.scope, clock=params.clock, leader=params.leader)
    require_models(admitted, params)
    readings, notes, found = _readings(tables, params, stage_one)
    models = admitted[admitted["country"].isin([params.leader, params.follower]) & admitted.index.isin(readings.models)]
    first = models["date"].min()
    models = models[~models.index.isin(without)]
    require_models(models, params, on=_on(params))
    notes += _left_out(tables, readings, params)
    result, shape = frontiers(readings.select(models.index), models, params, first=first, shape=shape, report=report)
    return with_records_and_checks(result, models, tables, params, notes, found), shape


def with_records_and_checks(
    result: xr.Dataset, models: pd.DataFrame, tables: Tables, params: Params, notes: list[str], found: list[Check]
) -> xr.Dataset:
    """Draws of stage 2 with the facts of their models, their notes and all checks: those found before and their own."""
    models = models.assign(n_scores=_counts(tables, params, models.index), record=_records(result["ability"], models))
    found = [*found, *checks_of(result), _gap_check(result, models, params)]
    if params.sampling == "preview":
        found.append(preview_check(params))
    return described(result, found, notes, models)


def _readings(
    tables: Tables, params: Params, stage_one: Callable[[], xr.Dataset]
) -> tuple[GaussianAbilities, list[str], list[Check]]:
    """What the ruler says of each model, with notes and the checks of any fit behind it."""
    if params.ruler != "ability":
        readings, notes = from_index(tables.index_vintages, params.ruler)
        return readings, notes, []
    said = stage_one()
    return GaussianAbilities.from_dataset(said), notes_of(said), list(checks_of(said))


@one_thread
def frontiers(
    readings: GaussianAbilities,
    models: pd.DataFrame,
    params: Params,
    *,
    first: pd.Timestamp | None = None,
    shape: Curvature | None = None,
    report: Report = lambda phase, share: None,
) -> tuple[xr.Dataset, Curvature]:
    """Draws of the frontiers above given readings, with the checks of their sampler.

    Parameters
    ----------
    readings : Readings
        Of `models`, in their order.
    models : DataFrame indexed by model, with country and date
    first : Timestamp, optional
        Day that the knots reach back to; that of the first model when left out.
    shape : Curvature, optional
        Of an earlier fit of like data.
    report : callable
        Called with the phase and the share of it that is done.

    Returns
    -------
    draws : Dataset
        See `fit.stage_two`.
    shape : Curvature
    """
    from gaplab.models.frontier.density import SAMPLING, frontier_density

    country, weights, dates = on_knots(models, params, first)
    density = frontier_density(readings, country, weights, steps(dates))
    made = sample_stage("frontiers", SAMPLING, density, params, shape=shape, report=report)
    return as_dataset(made.values, made.divergences, readings, models, params, first), made.curvature


def on_knots(
    models: pd.DataFrame, params: Params, first: pd.Timestamp | None = None
) -> tuple[np.ndarray, np.ndarray, pd.DatetimeIndex]:
    """Country of each model (0 leader, 1 follower), its weights on the knots, and the knots."""
    country = (models["country"] == params.follower).to_numpy(int)
    dates = knots(models["date"].min() if first is None else first, params.as_of, params.knot_months)
    return country, interpolation(dates, models["date"]), dates


def as_dataset(
    values: dict[str, np.ndarray],
    divergences: int,
    readings: GaussianAbilities,
    models: pd.DataFrame,
    params: Params,
    first: pd.Timestamp | None = None,
) -> xr.Dataset:
    """Draws of the model of frontiers, by the names of its variables, as the draws of stage 2 with their checks."""
    from gaplab.models.frontier.draws import draw_abilities

    country, weights, dates = on_knots(models, params, first)
    theta = draw_abilities(values, readings, country, weights, np.random.default_rng(params.seed))
    result = xr.Dataset(
        {
            "ability": (("chain", "draw", "model"), theta),
            "frontier": (("chain", "draw", "country", "date"), values["frontier"]),
            "shortfall_mean": (("chain", "draw", "country"), values["nu"]),
        },
        coords={
            "chain": np.arange(theta.shape[0]),
            "draw": np.arange(theta.shape[1]),
            "model": models.index.to_numpy(object),
            "country": np.array([params.leader, params.follower], object),
            "date": dates,
        },
    )
    result = result.assign(_for_reweighting(values, readings))
    drawn = result[[name for name in result if "draw" in result[name].dims]]
    return described(result, checks("frontiers", drawn, divergences, params))


def _for_reweighting(values: dict[str, np.ndarray], readings: GaussianAbilities) -> dict[str, tuple]:
    """The readings of stage 2 and its other unknowns: how likely each model is in each draw."""
    sample = ("chain", "draw")
    return {
        "factor": ((*sample, "factor"), values["factor"]),
        **{name: (sample, values[name]) for name in ("log_pace", "pace_contrast", "tau")},
        "reading": ("model", readings.mean),
        "reading_sd": ("model", readings.sd),
        "loadings": (("model", "factor"), readings.loadings),
    }


def _records(ability: xr.DataArray, models: pd.DataFrame) -> np.ndarray:
    """Whether each model had a fair chance of being the best of its country when it came out.

    A cut at one half would let Monte Carlo error decide between two models that
    are level, and with it which model the headline is about.
    """
    record = np.zeros(len(models), bool)
    for _, places in models.reset_index().groupby("country").indices.items():
        draws = ability.to_numpy()[..., places].reshape(-1, len(places))
        best = draws >= np.maximum.accumulate(draws, axis=1)
        record[places] = best.mean(axis=0) >= RECORD_PROBABILITY
    return record


def _counts(tables: Tables, params: Params, models: pd.Index) -> np.ndarray:
    if params.ruler == "ability":
        rows = tables.scores
    else:
        rows = tables.index_vintages[tables.index_vintages["index"] == INDICES[params.ruler].index]
    return rows["model"].value_counts().reindex(models).fillna(0).to_numpy(int)


def _on(params: Params) -> str:
    if params.domain == "all":
        return f' with a reading on the ruler "{params.ruler}"'
    return f' whose scores in the domain "{params.domain}" say enough'


def require_models(models: pd.DataFrame, params: Params, *, on: str = "") -> None:
    """Refuse countries and groups with too few models to have a frontier."""
    ruled = is_rule(params.leader) or is_rule(params.follower)
    fewest = FEWEST_OF_A_GROUP if ruled else FEWEST_OF_A_COUNTRY
    present = ", ".join(sorted(models["country"].unique())) or "none"
    known = "" if ruled else f" (countries with models: {present})"
    problems = [
        f"parameter {role}: {quoted(label)} has {n} model{'' if n == 1 else 's'} by {params.as_of}{on}: not enough "
        f"data; expected at least {fewest}{known}"
        for role, label in (("leader", params.leader), ("follower", params.follower))
        if (n := int((models["country"] == label).sum())) < fewest
    ]
    if problems:
        raise GaplabError(*problems)


def _left_out(tables: Tables, readings: GaussianAbilities, params: Params) -> list[str]:
    """Who is not in the frontiers although the ruler reads it."""
    country = tables.models.set_index("model")["country"]
    unknown = sorted(m for m in readings.models if country.get(m, "unknown") == "unknown")
    elsewhere = sum(country.get(m) not in (params.leader, params.follower, "unknown", None) for m in readings.models)
    columns = " or ".join(dict.fromkeys(read_group(label).column for label in (params.leader, params.follower)))
    ruled, notes = is_rule(params.leader) or is_rule(params.follower), []
    if params.as_of > tables.complete:
        notes.append(f"The tables are complete up to {tables.complete}; of the days since then nothing newer is known.")
    if unknown:
        notes.append(f"Models of unknown {columns} are in no frontier: {', '.join(unknown)}.")
    if elsewhere and ruled:
        notes.append(
            f"{elsewhere} model{' of neither group is' if elsewhere == 1 else 's of neither group are'} in no frontier."
        )
    elif elsewhere:
        models = "1 model of another country is" if elsewhere == 1 else f"{elsewhere} models of other countries are"
        notes.append(f"{models} in no frontier.")
    return notes


def _gap_check(result: xr.Dataset, models: pd.DataFrame, params: Params) -> Check:
    """Effective sample size of the gaps themselves."""
    from gaplab.sampling import convergence

    countries = {"leader": params.leader, "follower": params.follower}
    lags = {
        "frontier": gap.frontier_lag(result["frontier"], **countries).isel(date=-1, drop=True),
        "model": gap.model_lag(result["ability"], result["frontier"], models, **countries),
    }
    # Skip the ESS when more than half of the draws are censored: the lag is then shown as a bound.
    read = {name: lag.where(lag["censored"].mean(("chain", "draw")) <= 0.5).drop_vars("censored")
            for name, lag in lags.items()}  # fmt: skip
    _, ess = convergence.worst(xr.Dataset(read))
    if np.isnan(ess):  # bounds, all of them
        ess = params.chains * n_draws(params)
    advice = f"Some gap rests on few independent draws: {more_draws(params)}."
    return check("gaps: smallest bulk ESS", ess, "at least 400", ess >= 400, ess >= 100, advice)
