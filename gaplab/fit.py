"""From tables to a posterior: abilities, frontiers, their health, and a cache by content."""

from __future__ import annotations

import hashlib
import json
import subprocess
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import xarray as xr
from threadpoolctl import threadpool_limits

from gaplab import cache, convergence, gap, rulers
from gaplab.curvature import Curvature
from gaplab.data import Tables, eligible
from gaplab.errors import GaplabError
from gaplab.params import FORECAST, Params
from gaplab.posterior import Check, Health, Posterior
from gaplab.progress import Report, bars
from gaplab.units import SAMPLE

if TYPE_CHECKING:
    from gaplab.models.density import Density
    from gaplab.sampler import Draws

RECORD_PROBABILITY = 1 / 3
"""A model set a record if it was, at least this probably, its country's best so far."""

_LIBRARIES = ("arviz-stats", "numba", "numpy", "nutpie", "pandas", "pymc", "pytensor", "scipy", "xarray")
_HERE = Path(__file__).parent
_SAMPLING = ("sampler.py", "curvature.py", "units.py", "models/density.py", "models/native.py", "models/special.py")
_SOURCES = {
    "ability": ("models/ability.py", "models/evidence.py", *_SAMPLING),
    "frontier": ("models/frontier.py", "rulers.py", "fit.py", "gap.py", *_SAMPLING),
}

# What stage 1 depends on; the follower because two biases are about its models.
_ABILITY_PARAMS = {
    "follower",
    "sources",
    "benchmarks",
    "self_reports",
    "harnesses",
    "public_tests",
    "domains",
    "discriminations",
    "floors",
    "ability_prior",
    "horizons",
    "links",
    "sampling",
    "chains",
    "draws",
    "seed",
}

_FRONTIER_SHAPE = {"leader", "follower", "domain", "ruler", "knot_months"}
"""With those of stage 1, the parameters whose runs have frontiers of much the same shape."""

_PREVIEW = {"tune": 50, "thin": 1, "target_accept": 0.8}
_PREVIEW_DRAWS = 200
"""Of each chain."""

_READ_LATER = {"data", "prob", "subject", "nowcast", "variant", "since", *FORECAST}
"""Parameters that choose what to read from the draws, not the draws."""


def fit(tables: Tables, params: Params, *, without: tuple[str, ...] = (), progress: bool = False) -> Posterior:
    """Joint posterior of abilities and frontiers, from the cache when it is there.

    Parameters
    ----------
    tables : Tables
        What `load` returned for the same as-of date and knowledge.
    params : Params
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
    return _posterior(stage_two(tables, params, without=without, progress=progress), tables, params)


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
        with bars(progress) as report, _one_thread():
            return _frontiers(tables, params, report, without)

    return cache.made(cache_file(tables, params, without=without), sampled)


def abilities(tables: Tables, params: Params, *, progress: bool = False) -> xr.Dataset:
    """Draws of abilities and tests (stage 1), from the cache when they are there; see `models.ability.labelled`."""
    with bars(progress) as report, _one_thread():
        return _abilities(tables, params, report)


def cache_file(tables: Tables, params: Params, *, without: tuple[str, ...] = ()) -> Path:
    """Where the draws of this run are stored; the name is a hash of all that determines them."""
    relevant = {name: value for name, value in params.as_strings().items() if name not in _READ_LATER}
    content = {
        "tables": _digest(
            tables.models, tables.access, tables.benchmarks, tables.scores, tables.links, tables.index_vintages
        ),
        "params": relevant,
        "source": _source("ability") + _source("frontier"),
        "versions": versions(),
    }
    if without:
        content["without"] = sorted(without)
    return cache.folder() / f"frontier-{cache.key(content)[:24]}.nc"


def ability_file(tables: Tables, params: Params) -> Path:
    """Where the draws of stage 1 are stored; runs that share it share the stage."""
    content = {
        "tables": _digest(tables.models, tables.access, tables.benchmarks, tables.scores, tables.links),
        "params": {name: value for name, value in params.as_strings().items() if name in _ABILITY_PARAMS},
        "source": _source("ability"),
        "versions": versions(),
    }
    return cache.folder() / f"ability-{cache.key(content)[:24]}.nc"


def _abilities(tables: Tables, params: Params, report: Report) -> xr.Dataset:
    """Draws of stage 1 from the cache, or sampled now."""
    return cache.made(ability_file(tables, params), lambda: _sampled_abilities(tables, params, report))


def _sampled_abilities(tables: Tables, params: Params, report: Report) -> xr.Dataset:
    """Draws of stage 1, with attrs `notes` and `checks` as JSON."""
    from gaplab.models import ability, evidence

    data = evidence.observations(tables, params)
    sampled = _sample("abilities", ability, ability.density(data), params, report)
    draws = ability.labelled(sampled.values, data)
    checks = _checks("abilities", draws.drop_vars(ability.DERIVED, errors="ignore"), sampled.divergences, params)
    draws.attrs |= {"notes": json.dumps(data.notes), "checks": json.dumps([asdict(check) for check in checks])}
    return draws


def _sample(stage: str, model: ModuleType, density: Density, params: Params, report: Report) -> Draws:
    """Draws of one stage; a preview in the shape that the last full fit of such a run left behind."""
    from gaplab.sampler import sample

    preview, shape = params.sampling == "preview", _shape_file(stage, params)
    left = cache.read(shape) if preview else None
    sampled = sample(
        density,
        draws=_n_draws(params),
        chains=params.chains,
        seed=params.seed,
        **(model.SAMPLING | (_PREVIEW if preview else {})),
        curvature=None if left is None else Curvature.from_dataset(left),
        progress=lambda phase, share: report(f"{stage}: {phase}", share),
    )
    if not preview:
        cache.write(shape, sampled.curvature.to_dataset())
    return sampled


def _n_draws(params: Params) -> int:
    """Draws kept from each chain."""
    return min(params.draws, _PREVIEW_DRAWS) if params.sampling == "preview" else params.draws


def _shape_file(stage: str, params: Params) -> Path:
    """Where the shape of a stage is stored, for data of any date and content."""
    relevant, source = _ABILITY_PARAMS - {"sampling", "chains", "draws", "seed"}, _source("ability")
    if stage == "frontiers":
        relevant, source = relevant | _FRONTIER_SHAPE, source + _source("frontier")
    content = {
        "stage": stage,
        "params": {name: value for name, value in params.as_strings().items() if name in relevant},
        "source": source,
    }
    return cache.folder() / f"shape-{cache.key(content)[:24]}.nc"


def _readings(tables: Tables, params: Params, report: Report) -> tuple[rulers.Readings, list[str], list[Check]]:
    """What the ruler says of each model, with notes and the checks of any fit behind it."""
    if params.ruler != "ability":
        readings, notes = rulers.from_index(tables.index_vintages, params.ruler)
        return readings, notes, []
    draws = _abilities(tables, params, report)
    notes = json.loads(draws.attrs["notes"])
    abilities = rulers.abilities_in(draws, params.domain)
    readings, unread = rulers.from_abilities(abilities)
    if len(unread):
        notes.append(f"In no frontier, since their scores say less than the prior: {', '.join(unread)}.")
    return readings, notes, checks_of(draws)


def _frontiers(tables: Tables, params: Params, report: Report, without: tuple[str, ...] = ()) -> xr.Dataset:
    """Draws of stage 2: ability and frontier, with models, notes and checks in attrs as JSON."""
    admitted = eligible(tables, scope=params.scope, clock=params.clock, leader=params.leader)
    require_models(admitted, params)
    readings, notes, checks = _readings(tables, params, report)
    models = admitted[admitted["country"].isin([params.leader, params.follower]) & admitted.index.isin(readings.models)]
    first = models["date"].min()
    models = models[~models.index.isin(without)]
    require_models(models, params, on=_on(params))
    notes += _left_out(tables, readings, params)
    result = frontiers(readings.select(models.index), models, params, first=first, report=report)
    models = models.assign(n_scores=_counts(tables, params, models.index), record=_records(result["ability"], models))
    checks += [*checks_of(result), _gap_check(result, models, params)]
    if params.sampling == "preview":
        checks.append(_preview_check(params))
    result.attrs = {
        "models": json.dumps(
            models.reset_index().assign(date=models["date"].dt.strftime("%F").to_numpy()).to_dict("records")
        ),
        "notes": json.dumps(notes),
        "checks": json.dumps([asdict(check) for check in checks]),
    }
    return result


def frontiers(
    readings: rulers.Readings,
    models: pd.DataFrame,
    params: Params,
    *,
    first: pd.Timestamp | None = None,
    report: Report = lambda phase, share: None,
) -> xr.Dataset:
    """Draws of the frontiers above given readings, with the checks of their sampler.

    Parameters
    ----------
    readings : Readings
        Of `models`, in their order.
    models : DataFrame indexed by model, with country and date
    params : Params
    first : Timestamp, optional
        Day that the knots reach back to; that of the first model when left out.
    report : callable
        Called with the phase and the share of it that is done.

    Returns
    -------
    Dataset
        As `stage_two`.
    """
    from gaplab.models import frontier

    country = (models["country"] == params.follower).to_numpy(int)
    dates = frontier.knots(models["date"].min() if first is None else first, params.as_of, params.knot_months)
    weights = frontier.interpolation(dates, models["date"])
    density = frontier.density(readings, country, weights, frontier.steps(dates))
    with _one_thread():
        sampled = _sample("frontiers", frontier, density, params, report)
    rng = np.random.default_rng(params.seed)
    theta = frontier.draw_abilities(sampled.values, readings, country, weights, rng)
    result = xr.Dataset(
        {
            "ability": (("chain", "draw", "model"), theta),
            "frontier": (("chain", "draw", "country", "date"), sampled.values["frontier"]),
            "shortfall_mean": (("chain", "draw", "country"), sampled.values["nu"]),
        },
        coords={
            "chain": np.arange(params.chains),
            "draw": np.arange(_n_draws(params)),
            "model": models.index.to_numpy(object),
            "country": np.array([params.leader, params.follower], object),
            "date": dates,
        },
    )
    result = result.assign(_for_reweighting(sampled.values, readings))
    drawn = result[[name for name in result if "draw" in result[name].dims]]
    checks = _checks("frontiers", drawn, sampled.divergences, params)
    return result.assign_attrs(checks=json.dumps([asdict(check) for check in checks]))


def checks_of(draws: xr.Dataset) -> list[Check]:
    """The checks that came with some draws."""
    return [Check(**check) for check in json.loads(draws.attrs["checks"])]


def _for_reweighting(values: dict[str, np.ndarray], readings: rulers.Readings) -> dict[str, tuple]:
    """The readings of stage 2 and its other unknowns: how likely each model is in each draw."""
    return {
        "factor": ((*SAMPLE, "factor"), values["factor"]),
        **{name: (SAMPLE, values[name]) for name in ("log_pace", "pace_contrast", "tau")},
        "reading": ("model", readings.mean),
        "reading_sd": ("model", readings.sd),
        "loadings": (("model", "factor"), readings.loadings),
    }


def _posterior(draws: xr.Dataset, tables: Tables, params: Params) -> Posterior:
    models = pd.DataFrame(json.loads(draws.attrs["models"])).set_index("model")
    models["date"] = pd.to_datetime(models["date"]).astype("datetime64[ns]")
    points = points_of(draws["ability"], params.ruler)
    notes = json.loads(draws.attrs["notes"])
    if points is None and params.ruler != "ability":
        notes.append("Levels are shown in logits, which are doublings of the horizon over 1.5.")
    elif points is None:
        missing = " and ".join(name for name, _ in rulers.ANCHORS)
        notes.append(f"Points are not shown: their anchors ({missing}) are not both in the data at this date.")
    return Posterior(
        ability=draws["ability"],
        frontier=draws["frontier"],
        shortfall=draws["shortfall_mean"],
        points=points,
        models=models,
        health=Health(tuple(checks_of(draws))),
        params=params,
        identity={
            "data_hash": tables.hash,
            "vintage": tables.vintage,
            "fit_hash": cache_file(tables, params).stem.split("-")[-1],
            "versions": versions(),
            "commit": commit(),
            "notes": notes,
        },
        featured=tables.models.dropna(subset="featured").sort_values("featured").set_index("model")["country"],
    )


def points_of(ability: xr.DataArray, ruler: str) -> xr.Dataset | None:
    """Slope and intercept of the points that a ruler has, in every draw; None where it has none or lacks an anchor."""
    if ruler != "ability":
        scale = rulers.INDICES[ruler]
        if scale.log2:
            return None
        like = ability.isel(model=0, drop=True)
        return xr.Dataset(
            {"slope": xr.full_like(like, scale.per_logit), "intercept": xr.full_like(like, scale.intercept)}
        )
    (low, low_points), (high, high_points) = rulers.ANCHORS
    if not {low, high} <= set(ability["model"].to_numpy()):
        return None
    start = ability.sel(model=low, drop=True)
    slope = (high_points - low_points) / (ability.sel(model=high, drop=True) - start)
    return xr.Dataset({"slope": slope, "intercept": low_points - slope * start})


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
        rows = tables.index_vintages[tables.index_vintages["index"] == rulers.INDICES[params.ruler].index]
    return rows["model"].value_counts().reindex(models).fillna(0).to_numpy(int)


def _on(params: Params) -> str:
    if params.domain == "all":
        return f' with a reading on the ruler "{params.ruler}"'
    return f' whose scores in the domain "{params.domain}" say enough'


def require_models(models: pd.DataFrame, params: Params, *, on: str = "") -> None:
    """Refuse countries with too few models to have a frontier."""
    present = ", ".join(sorted(models["country"].unique())) or "none"
    problems = [
        f'parameter {role}: "{country}" has {n} models by {params.as_of}{on}: not enough data; expected at least 3 '
        f"(countries with models: {present})"
        for role, country in (("leader", params.leader), ("follower", params.follower))
        if (n := int((models["country"] == country).sum())) < 3
    ]
    if problems:
        raise GaplabError(*problems)


def _left_out(tables: Tables, readings: rulers.Readings, params: Params) -> list[str]:
    """Who is not in the frontiers although the ruler reads it."""
    country = tables.models.set_index("model")["country"]
    unknown = sorted(m for m in readings.models if country.get(m, "unknown") == "unknown")
    elsewhere = sum(country.get(m) not in (params.leader, params.follower, "unknown", None) for m in readings.models)
    notes = []
    if unknown:
        notes.append(f"Models of unknown country are in no frontier: {', '.join(unknown)}.")
    if elsewhere:
        models = "1 model of another country is" if elsewhere == 1 else f"{elsewhere} models of other countries are"
        notes.append(f"{models} in no frontier.")
    return notes


def _checks(stage: str, draws: xr.Dataset, divergences: int, params: Params) -> list[Check]:
    """R-hat, effective sample size and divergences over everything a stage sampled."""
    r_hat, ess = convergence.worst(draws)
    total = draws.sizes["chain"] * draws.sizes["draw"]
    more = "run more draws (draws=2000) or another seed"
    agree = f"The chains of the {stage} disagree: {more}."
    enough = f"The {stage} rest on few independent draws: {more}."
    followed = f"The sampler of the {stage} met regions it could not follow; intervals may be too narrow: {more}."
    few = divergences <= 0.005 * total
    worst_r_hat, least_ess = (1.2, 20) if params.sampling == "preview" else (1.05, 100)
    return [
        _check(f"{stage}: largest R-hat", r_hat, "at most 1.01", r_hat <= 1.01, r_hat <= worst_r_hat, agree),
        _check(f"{stage}: smallest bulk ESS", ess, "at least 400", ess >= 400, ess >= least_ess, enough),
        _check(f"{stage}: divergences", divergences, "0", divergences == 0, few, followed),
    ]


def _gap_check(result: xr.Dataset, models: pd.DataFrame, params: Params) -> Check:
    """Effective sample size of the gaps themselves."""
    countries = {"leader": params.leader, "follower": params.follower}
    lags = {
        "frontier": gap.frontier_lag(result["frontier"], **countries).isel(date=-1, drop=True),
        "model": gap.model_lag(result["ability"], result["frontier"], models, **countries),
    }
    # A lag that most draws only bound is shown as a bound; between few draws off it there is nothing to compare.
    read = {name: lag.where(lag["censored"].mean(SAMPLE) <= 0.5).drop_vars("censored")
            for name, lag in lags.items()}  # fmt: skip
    _, ess = convergence.worst(xr.Dataset(read))
    if np.isnan(ess):  # bounds, all of them
        ess = params.chains * _n_draws(params)
    advice = "Some gap rests on few independent draws: run more draws (draws=2000)."
    return _check("gaps: smallest bulk ESS", ess, "at least 400", ess >= 400, ess >= 100, advice)


def _preview_check(params: Params) -> Check:
    """What keeps a preview from being quoted."""
    advice = "This is a preview from few draws, in the shape of an earlier fit: run sampling=full before quoting it."
    return Check("preview: draws", params.chains * _n_draws(params), "those of a full run", "REVIEW", advice)


def _check(name: str, value: float, threshold: str, good: bool, usable: bool, advice: str) -> Check:
    status = "PASS" if good else "REVIEW" if usable else "FAIL"
    return Check(name, float(value), threshold, status, advice)


def _digest(*frames: pd.DataFrame) -> str:
    return hashlib.sha256("\n".join(frame.to_csv(index=False) for frame in frames).encode()).hexdigest()


def _source(stage: str) -> str:
    return hashlib.sha256(b"".join((_HERE / name).read_bytes() for name in _SOURCES[stage])).hexdigest()


def versions() -> dict[str, str]:
    """The libraries that draws depend on, with their versions."""
    return {name: version(name) for name in _LIBRARIES}


def commit() -> str:
    """The commit of the code, with "+changes" when files differ from it; "unknown" outside a checkout."""

    def git(*words: str) -> str:
        return subprocess.run(["git", "-C", str(_HERE), *words], capture_output=True, text=True, check=True).stdout

    try:
        return git("rev-parse", "HEAD").strip() + (
            "+changes" if git("status", "--porcelain", "--", ".").strip() else ""
        )
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def _one_thread() -> threadpool_limits:
    """One thread of BLAS: more would add in another order, and give other draws on another machine."""
    return threadpool_limits(1, user_api="blas")
