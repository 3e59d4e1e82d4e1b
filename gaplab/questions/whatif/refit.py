"""The effect of a hypothetical release by fitting again, with the release among the data."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from gaplab import identity
from gaplab.data.tables import Tables
from gaplab.errors import GaplabError
from gaplab.fit import cache
from gaplab.fit.files import cache_file
from gaplab.fit.fit import fit, frontiers, points_of, stage_two
from gaplab.models.readings import GaussianAbilities
from gaplab.models.scales import ANCHORS
from gaplab.outlook import scenarios
from gaplab.params.spec import Params
from gaplab.posterior import Health, Posterior, checks_of
from gaplab.progress import shown_bars
from gaplab.questions.whatif.release import Release


def with_model(posterior: Posterior, new: Release, level: xr.DataArray) -> Posterior:
    """The posterior with a model of a given ability beside the others."""
    level = level.expand_dims(model=[new.model]).transpose("chain", "draw", "model")
    level = level.drop_vars([name for name in level.coords if name not in level.dims])
    models = _models_with(posterior, new)
    ability = xr.concat([posterior.ability, level.assign_coords(model=np.array([new.model], object))], dim="model")
    return replace(posterior, ability=ability.sel(model=models.index.to_numpy(object)), models=models)


def _models_with(posterior: Posterior, new: Release) -> pd.DataFrame:
    row = pd.DataFrame(
        {"country": new.country, "developer": "", "date": new.date, "n_scores": len(new.scores), "record": True},
        index=pd.Index([new.model], name="model"),
    )
    return pd.concat([posterior.models, row]).sort_values("date", kind="stable")


def refitted(new: Release, tables: Tables, params: Params, *, progress: bool = False) -> Posterior:
    """The posterior on the day of the release, or the as-of date if later, with the release among the data.

    Scores are rows of the tables, so that both stages are fitted; an ability is
    one more reading of stage 2. Either is kept in the cache.

    Raises
    ------
    GaplabError
        The scores say so little of the model that it is in no frontier.
    """
    params = scenarios.neutral(params)
    if new.ability:
        return _with_reading(new, tables, params, progress=progress)
    day = max(new.date, pd.Timestamp(params.as_of)).date()
    found = fit(with_scores(new, tables, params), replace(params, as_of=day), progress=progress)
    if new.model not in found.models.index:
        raise GaplabError(
            f"--score: the scores of {new.model} say less of it than the prior, so that a fit leaves it out of the "
            "frontiers; expected more scores, or --no-refit"
        )
    return found


def with_scores(new: Release, tables: Tables, params: Params) -> Tables:
    """The tables as they would be with the release and its scores, on its day or the as-of date if later.

    Parameters
    ----------
    new : Release
        With scores; they count as measured by an independent evaluator in the usual set-up of each test.
    """
    model = {"model": new.model, "developer": "", "country": new.country, "release_date": new.date}
    access = {"model": new.model, "state": "public", "from": new.date}
    scores = [
        {
            "model": new.model,
            "benchmark": name,
            "source": "what_if",
            "effort": "default",
            "score": score,
            # A run that reads one class of sources alone reads the release too.
            "source_class": "independent" if params.sources == "all" else params.sources,
            "evaluator": "an independent evaluator",
            "harness": _usual_harness(tables.scores[tables.scores["benchmark"] == name]),
            "adjusted": "none",
            "censored": "none",
            "first_seen": new.date,
        }
        for name, score in new.scores
    ]
    return replace(
        tables,
        models=_with_rows(tables.models, [model]),
        access=_with_rows(tables.access, [access]),
        scores=_with_rows(tables.scores, scores),
        as_of=max(new.date, pd.Timestamp(params.as_of)).date(),
    )


def _with_rows(table: pd.DataFrame, rows: list[dict]) -> pd.DataFrame:
    """A table with more rows at its end, its columns of the types they had."""
    more = pd.DataFrame(rows).reindex(columns=table.columns)
    both = {name: [*table[name], *more[name]] for name in table.columns}
    return pd.DataFrame(both).astype(table.dtypes.to_dict())


def _usual_harness(rows: pd.DataFrame) -> str | float:
    """The set-up that most scores of a test have, as `models.observations` counts them; NaN where it has no name."""
    counts = rows["harness"].value_counts(dropna=False).sort_index().sort_values(ascending=False, kind="stable")
    return counts.index[0]


def _with_reading(new: Release, tables: Tables, params: Params, *, progress: bool) -> Posterior:
    """The frontiers fitted again, to the day of the release, with an ability in points as one more reading."""
    posterior, draws = fit(tables, params, progress=progress), stage_two(tables, params, progress=progress)
    params = replace(params, as_of=max(new.date, pd.Timestamp(params.as_of)).date())
    models = _models_with(posterior, new)
    readings = _readings_with(new, posterior, draws).select(models.index)
    file = _reading_file(new, tables, posterior.params)
    with shown_bars(progress) as report:
        made = cache.get_or_make(file, lambda: frontiers(readings, models, params, report=report))
    return replace(
        posterior,
        ability=made["ability"],
        frontier=made["frontier"],
        shortfall=made["shortfall_mean"],
        points=points_of(made["ability"], params.ruler),
        models=models,
        health=Health(checks_of(made)),
        params=params,
    )


def _readings_with(new: Release, posterior: Posterior, draws: xr.Dataset) -> GaussianAbilities:
    """The readings of stage 2 and that of the release.

    Points of our own ruler are a straight line through two models. An ability in points is the same mixture of their
    readings, with as much of the errors they share with others.
    """
    models = pd.Index(draws["model"].to_numpy(), name="model")
    mean, sd, loadings = (
        draws[name].transpose("model", ...).to_numpy() for name in ("reading", "reading_sd", "loadings")
    )
    points, error = new.ability
    if posterior.params.ruler == "ability":
        (low, low_points), (high, high_points) = ANCHORS
        at = models.get_indexer([low, high])
        share = (points - low_points) / (high_points - low_points)
        mixed = np.array([1 - share, share])
        logits = (mean[at[1]] - mean[at[0]]) / (high_points - low_points)
        own = mixed @ mean[at], np.hypot(error * logits, np.hypot(*(mixed * sd[at]))), mixed @ loadings[at]
    else:
        slope, intercept = (float(posterior.points[name].mean()) for name in ("slope", "intercept"))
        own = (points - intercept) / slope, error / slope, np.zeros(loadings.shape[1])
    return GaussianAbilities(
        models.append(pd.Index([new.model])),
        np.append(mean, own[0]),
        np.append(sd, own[1]),
        np.vstack([loadings, own[2]]),
    )


def _reading_file(new: Release, tables: Tables, params: Params) -> Path:
    source = identity.of(__name__)
    content = {"without": cache_file(tables, params).stem, "release": asdict(new), "source": source}
    return cache.folder() / f"whatif-{cache.key(content)[:24]}.npz"
