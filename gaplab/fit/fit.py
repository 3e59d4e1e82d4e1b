"""A fit: from the tables of a run to its posterior, through both stages and the cache."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Hashable
from dataclasses import replace
from functools import cache as remembered
from importlib.metadata import version
from typing import TYPE_CHECKING
from weakref import WeakValueDictionary

import pandas as pd
import xarray as xr

from gaplab.data.tables import Tables
from gaplab.fit import cache, files, shipped, stage_abilities, stage_frontiers, stage_readings
from gaplab.fit.table_checks import table_checks
from gaplab.models.readings import GaussianAbilities
from gaplab.models.scales import ANCHORS, INDICES
from gaplab.params.spec import LEVERS, Params
from gaplab.places import IN_CHECKOUT, PACKAGE, POSTERIOR
from gaplab.posterior import Health, Posterior
from gaplab.progress import Report, shown_bars

if TYPE_CHECKING:
    from gaplab.sampling.curvature import Curvature

_IN_USE: WeakValueDictionary[Hashable, Posterior] = WeakValueDictionary()
"""Posteriors that somebody holds: who asks for one again shares what was computed from it."""


def fit(tables: Tables, params: Params, *, without: tuple[str, ...] = (), progress: bool = False) -> Posterior:
    """Joint posterior of abilities and frontiers, from the cache when it is there.

    Parameters
    ----------
    tables : Tables
        What `load` returned for the same as-of date and knowledge.
    without : tuple of str, optional
        Models that no frontier may rest on; they still help to tell the tests
        apart, so the abilities of the others are those of the whole run.
    progress : bool
        Show a bar for each phase of sampling on the terminal.

    Returns
    -------
    Posterior
        Of the models of leader and follower that the scope and the clock admit.

    Raises
    ------
    GaplabError
        A country has too few models to have a frontier, or the ruler has no
        reading at this date.
    """
    draws = stage_two(tables, params, without=without, progress=progress)
    plain = params.reset(*LEVERS)
    key = (files.cache_file(tables, params, without=without), tables.hash, tables.complete, plain)
    made = _IN_USE.get(key)
    if made is None or not (made.frontier.equals(draws["frontier"]) and made.ability.equals(draws["ability"])):
        _IN_USE[key] = made = _posterior(draws, tables, plain)
    return made if params == plain else made.under(params)


def stage_two(tables: Tables, params: Params, *, without: tuple[str, ...] = (), progress: bool = False) -> xr.Dataset:
    """The draws that `fit` presents, with the readings they rest on: what reweighting needs.

    Parameters
    ----------
    tables, params, without, progress
        As in `fit`.

    Returns
    -------
    Dataset
        ability [chain, draw, model], frontier [chain, draw, country, date] and
        shortfall_mean [chain, draw, country], in logits; factor [chain, draw,
        factor], log_pace, pace_contrast and tau [chain, draw]; reading and
        reading_sd [model], loadings [model, factor], in logits.
    """

    def sampled() -> xr.Dataset:
        if not without and (draws := shipped.read(POSTERIOR / files.shipped_name(tables, params))) is not None:
            return draws
        with shown_bars(progress) as report:
            return sample_frontiers(tables, params, report, without)

    return cache.get_or_make(files.cache_file(tables, params, without=without), sampled)


def abilities(tables: Tables, params: Params, *, progress: bool = False) -> xr.Dataset:
    """Draws of abilities and tests (stage 1), from the cache when there; see `models.ability.draws.labelled`."""
    with shown_bars(progress) as report:
        return _abilities(tables, params, report)


def _abilities(tables: Tables, params: Params, report: Report) -> xr.Dataset:
    """Draws of stage 1 from the cache, or sampled now."""

    def sampled(shape: Curvature | None) -> tuple[xr.Dataset, Curvature]:
        from gaplab.fit.compiled_ahead import compiled_ahead

        with compiled_ahead():
            return stage_abilities.sample(tables, params, shape=shape, report=report)

    return cache.get_or_make(files.ability_file(tables, params), lambda: _in_shape("abilities", params, sampled))


def sample_frontiers(tables: Tables, params: Params, report: Report, without: tuple[str, ...] = ()) -> xr.Dataset:
    """Draws of stage 2, sampled now."""

    def stage_one() -> xr.Dataset:
        return cache.get_or_make(
            files.readings_file(tables, params),
            lambda: stage_readings.readings_in(_abilities(tables, params, report), params.domain),
        )

    def sampled(shape: Curvature | None) -> tuple[xr.Dataset, Curvature]:
        return stage_frontiers.sample(tables, params, stage_one, shape=shape, report=report, without=without)

    return _in_shape("frontiers", params, sampled)


def frontiers(
    readings: GaussianAbilities,
    models: pd.DataFrame,
    params: Params,
    *,
    report: Report = lambda phase, share: None,
) -> xr.Dataset:
    """Draws of the frontiers above given readings, with their checks; see `stage_frontiers.frontiers`."""
    return _in_shape(
        "frontiers",
        params,
        lambda shape: stage_frontiers.frontiers(readings, models, params, shape=shape, report=report),
    )


def _in_shape(
    stage: str, params: Params, sampled: Callable[[Curvature | None], tuple[xr.Dataset, Curvature]]
) -> xr.Dataset:
    """Draws of a stage; a preview begins with the shape that the last full fit of such a run left behind."""
    from gaplab.sampling.curvature import Curvature

    preview, file = params.sampling == "preview", files.shape_file(stage, params)
    left = cache.read(file) if preview else None
    draws, shape = sampled(None if left is None else Curvature.from_dataset(left))
    if not preview:
        cache.write(file, shape.to_dataset())
    return draws


def _posterior(draws: xr.Dataset, tables: Tables, params: Params) -> Posterior:
    points, notes = points_of(draws["ability"], params.ruler), []
    if points is None and params.ruler != "ability":
        notes.append("Levels are shown in logits, which are doublings of the horizon over 1.5.")
    elif points is None:
        missing = " and ".join(name for name, _ in ANCHORS)
        notes.append(f"Points are not shown: their anchors ({missing}) are not both in the data at this date.")
    made = Posterior.from_dataset(
        draws,
        points=points,
        params=params,
        identity={
            "data_hash": tables.hash,
            "vintage": tables.vintage,
            "complete": tables.complete.isoformat(),
            "fit_hash": files.cache_file(tables, params).stem.split("-")[-1],
            "versions": json.loads(draws.attrs["versions"]) if "versions" in draws.attrs else files.versions(),
            "commit": commit(),
            "notes": notes,
        },
        featured=tables.models.dropna(subset="featured").sort_values("featured").set_index("model")["country"],
    )
    return replace(made, health=Health((*made.health.checks, *table_checks(tables, params, made.models))))


def points_of(ability: xr.DataArray, ruler: str) -> xr.Dataset | None:
    """Slope and intercept of the points that a ruler has, in every draw; None where it has none or lacks an anchor."""
    if ruler != "ability":
        scale = INDICES[ruler]
        if scale.log2:
            return None
        like = ability.isel(model=0, drop=True)
        return xr.Dataset(
            {"slope": xr.full_like(like, scale.per_logit), "intercept": xr.full_like(like, scale.intercept)}
        )
    (low, low_points), (high, high_points) = ANCHORS
    if not {low, high} <= set(ability["model"].to_numpy()):
        return None
    start = ability.sel(model=low, drop=True)
    slope = (high_points - low_points) / (ability.sel(model=high, drop=True) - start)
    return xr.Dataset({"slope": slope, "intercept": low_points - slope * start})


@remembered
def commit() -> str:
    """The commit of the code, with "+changes" when files differ from it; the version of an installed package."""
    if not IN_CHECKOUT:
        return f"gaplab {version('gaplab')}"

    # In a hook of another repository, git's variables say which one that is.
    ours = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}

    def git(*words: str) -> str:
        command = ["git", "-C", str(PACKAGE), *words]
        return subprocess.run(command, env=ours, capture_output=True, text=True, check=True).stdout

    try:
        return git("rev-parse", "HEAD").strip() + (
            "+changes" if git("status", "--porcelain", "--", ".").strip() else ""
        )
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
