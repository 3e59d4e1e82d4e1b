"""The record of readings: each number as it was read on its day, beside what was later read of the same day.

A day is read with what was known then (`real_time`), or with every score that
the models out by then have today (`hindsight`: late scoring is taken away, and
what is left is the model's own error). Later readings of the day come from
fits 3, 6 and 12 months on with the same knowledge, and from the run's as-of
date with everything known.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from gaplab.fit import runs
from gaplab.fit.fit import fit
from gaplab.gap.frontiers import best_released
from gaplab.gap.lags import model_lag
from gaplab.gap.matches import first_match_lag
from gaplab.gap.revision import stretched
from gaplab.gap.subjects import Subject, newest_record, readings
from gaplab.gap.summary import middle, quantiles, tails
from gaplab.params.spec import LEVERS, Knowledge, Params, Ruler
from gaplab.posterior import Posterior
from gaplab.results import revisions
from gaplab.validation import jobs, scoring
from gaplab.validation.backtest.forecasts import thinned_draws
from gaplab.validation.backtest.origins import FIRST, months_later, origins
from gaplab.validation.worlds.tables import month_readings

HORIZONS = (3, 6, 12)
RULERS: tuple[Ruler, ...] = ("ability", "epoch_eci")
KNOWLEDGE: tuple[Knowledge, ...] = ("real_time", "hindsight")
OF_COUNTRY = (
    "frontier_lag", "released_lag", "five_percent_lag", "catch_up",
    "distance_at_leader_pace", "distance_at_follower_pace",
)  # fmt: skip
OF_MODEL = ("model_lag", "first_match_lag")
"""Definitions that are read of the newest record, on its own date."""

LEVELS = (50, 80, 95)
COLUMNS = [
    "knowledge", "ruler", "origin", "definition", "subject", "horizon", "read_on", "median",
    *(f"{side}_{level}" for level in LEVELS for side in ("lower", "upper")), "later", "revision", "crps",
    "stretch", "crps_stretched", "health",
]  # fmt: skip
SHOWN = [
    "knowledge", "ruler", "definition", "n", "bias", "usual_lower", "usual_upper", "crps", "coverage_80", "width_80",
    "crps_stretched", "coverage_80_stretched", "width_80_stretched",
]  # fmt: skip
_LATE = pd.Timedelta(days=46)
"""How much later than a horizon a reading may be that counts for it: vintages are up to six weeks apart."""


def read_again(
    params: Params,
    *,
    rulers: Sequence[Ruler] = RULERS,
    first: pd.Timestamp = FIRST,
    workers: jobs.Workers = 1,
    progress: bool = False,
) -> pd.DataFrame:
    """Every reading since a day, with its intervals, beside every later reading of the same day.

    Parameters
    ----------
    params : Params
        `as_of` is the last day; as_of, knowledge and ruler of each origin are its own.
    first : Timestamp
        Origins are months back from the last day, and the days of full vintages of the index.

    Returns
    -------
    DataFrame
        `COLUMNS`, in months. horizon: 3, 6 or 12 months later, or "today", of
        origins three months old at least; read_on: the day of the later
        reading; later: its median; revision: later less median; crps: of the
        reading's draws against the later median; stretch: the factor on their
        spread that revisions known on the origin ask for, and crps_stretched
        with it.
    """
    days = _days(params, first)
    settings = params.reset(*LEVERS).as_strings()
    tables = runs.tables_of(replace(params, knowledge="hindsight"))
    # A handful of scores that were seen before the first collection make no reading.
    first_seen = tables.scores["first_seen"].mode()[0]
    known = {"ability": first_seen, "epoch_eci": tables.index_vintages["vintage"].min()}
    keys = [
        (knowledge, ruler, day)
        for knowledge in KNOWLEDGE
        for ruler in rulers
        for day in days
        if knowledge == "hindsight" or day >= known[ruler]
    ]
    later = {key: _read_on(key, keys) for key in keys}
    todo = [
        {
            "knowledge": knowledge,
            "ruler": ruler,
            "origin": f"{day:%Y-%m-%d}",
            "settings": settings,
            "reread": sorted({f"{key[2]:%Y-%m-%d}" for key in keys if (knowledge, ruler, day) in later[key].values()}),
        }
        for knowledge, ruler, day in keys
    ]
    results = jobs.run(at_origin, todo, key={"data": tables.hash}, workers=workers, progress=progress)
    found = dict(zip(keys, results, strict=True))
    rows = pd.DataFrame([row for key in keys for row in _rows(key, later[key], found)])
    return _with_stretch(rows, found)[COLUMNS]


def at_origin(
    knowledge: Knowledge, ruler: Ruler, origin: str, settings: Mapping[str, Any], reread: Sequence[str]
) -> dict[str, Any]:
    """What is read on one day of that day, and of earlier ones.

    Parameters
    ----------
    knowledge : {"real_time", "hindsight"}
    origin : str
        Day.
    settings : mapping
        Fields of `Params`; those that belong to the origin are replaced.
    reread : sequence of str
        Earlier days.

    Returns
    -------
    dict
        `draws` and `quantiles` by definition; `subject`, the follower's newest record;
        `days`: earlier day and definition to median; `models`: follower model and definition to median; `health`.
    """
    as_of = pd.Timestamp(origin).date()
    params = replace(Params(**settings), as_of=as_of, knowledge=knowledge, ruler=ruler)
    posterior = fit(runs.tables_of(params), params)
    newest, begins = newest_record(posterior), pd.Timestamp(posterior.frontier["date"].to_numpy()[0])
    draws = {name: _flat(values) for name, values in month_readings(posterior, newest=newest).items()}
    return {
        "subject": newest,
        "draws": {name: np.round(thinned_draws(values), 3).tolist() for name, values in draws.items()},
        "quantiles": {name: scoring.quantile_columns(values) for name, values in draws.items()},
        "days": {day: _of_country(posterior, pd.Timestamp(day)) for day in reread if pd.Timestamp(day) > begins},
        "models": _of_models(posterior),
        "health": posterior.health.status,
    }


def _days(params: Params, first: pd.Timestamp) -> list[pd.Timestamp]:
    """Months back from the last day, and full vintages of the index."""
    last = pd.Timestamp(params.as_of)
    months = origins(params, "pseudo", first=first, horizons=(0,))
    vintages = origins(params, "real", horizons=(0,))
    return sorted({*months, *(day for day in vintages if first <= day <= last)})


def _of_country(posterior: Posterior, day: pd.Timestamp) -> dict[str, float]:
    """Medians of a country's definitions on an earlier day."""
    name = posterior.params.follower
    best = best_released(posterior.ability, posterior.models, country=name, date=day)
    found = readings(posterior, Subject(name, day, best))
    draws = {definition: values for (definition, unit), values in found.items() if unit == "months"}
    for side in ("leader", "follower"):
        draws[f"distance_at_{side}_pace"] = found["distance", f"months_at_{side}_pace"]
    return {definition: _median(draws[definition]) for definition in OF_COUNTRY}


def _of_models(posterior: Posterior) -> dict[str, dict[str, float]]:
    """Medians of each follower model's definitions, on its own date."""
    own = model_lag(posterior.ability, posterior.frontier, posterior.models, **posterior.params.roles)
    match = first_match_lag(posterior.ability, posterior.models, **posterior.params.roles)
    return {
        str(model): {"model_lag": _median(own.sel(model=model)), "first_match_lag": _median(match.sel(model=model))}
        for model in own["model"].to_numpy()
    }


def _read_on(key: tuple, keys: Sequence[tuple]) -> dict[str, tuple]:
    """The fits that read a day again, by horizon: of the same knowledge, and the last one with everything known."""
    knowledge, ruler, day = key
    found = {}
    for horizon in HORIZONS:
        due = months_later(day, horizon)
        when = [other for kind, scale, other in keys if (kind, scale) == key[:2] and due <= other <= due + _LATE]
        found |= {str(horizon): (knowledge, ruler, min(when))} if when else {}
    last = max(other for _, _, other in keys)
    return found | ({"today": ("hindsight", ruler, last)} if months_later(day, min(HORIZONS)) <= last else {})


def _rows(key: tuple, later: Mapping[str, tuple], found: Mapping[tuple, dict]) -> list[dict]:
    """A row for each definition and later reading of one origin."""
    knowledge, ruler, day = key
    here, rows = found[key], []
    for horizon, other in later.items():
        for definition in (*OF_COUNTRY, *OF_MODEL):
            subject = here["subject"] if definition in OF_MODEL else None
            then = found[other]
            read = then["models"].get(subject) if subject else then["days"].get(f"{day:%Y-%m-%d}")
            row = {"knowledge": knowledge, "ruler": ruler, "origin": f"{day:%Y-%m-%d}", "definition": definition}
            row |= {"subject": subject, "horizon": horizon, "read_on": f"{other[2]:%Y-%m-%d}", "health": here["health"]}
            rows.append(row | _scored(here, definition, read))
    return rows


def _scored(here: Mapping[str, Any], definition: str, read: Mapping[str, float] | None) -> dict[str, float]:
    """The reading with its intervals and, where the day still has a reading, how well it held."""
    row = dict(here["quantiles"][definition])
    if read is None:
        return row | dict.fromkeys(("later", "revision", "crps"), np.nan)
    later = read[definition]
    score = scoring.crps(scoring.bounded(np.array(here["draws"][definition])), later)
    return row | {"later": later, "revision": later - row["median"], "crps": float(score)}


def _with_stretch(rows: pd.DataFrame, found: Mapping[tuple, dict]) -> pd.DataFrame:
    """The rows with what their intervals would have been, had they been made as wide as revisions known by then."""
    factors = {
        (definition, origin): revisions.stretch_on(rows, definition, pd.Timestamp(origin))
        for definition, origin in rows[["definition", "origin"]].drop_duplicates().itertuples(index=False)
    }
    scores = []
    for row in rows.itertuples():
        factor = factors[row.definition, row.origin]
        draws = found[row.knowledge, row.ruler, pd.Timestamp(row.origin)]["draws"][row.definition]
        score = scoring.crps(stretched(scoring.bounded(np.array(draws)), row.median, factor), row.later)
        scores.append((factor, float(score)))
    return rows.assign(**dict(zip(("stretch", "crps_stretched"), zip(*scores, strict=True), strict=True)))


def revision_summary(rows: pd.DataFrame) -> pd.DataFrame:
    """How readings have moved, by knowledge, ruler, definition and horizon.

    Parameters
    ----------
    rows : DataFrame
        What `read_again` returns.

    Returns
    -------
    DataFrame
        knowledge, ruler, definition, horizon; n (readings that have a later
        one); bias and rmse of the revision (positive bias: read too small);
        usual_lower and usual_upper, between which 80% of the revisions lie;
        crps; coverage_50, _80, _95 (share of later medians inside the
        interval of the day); width_80; undefined, the share of readings without a finite median or
        80% interval; crps_stretched, coverage_<level>_stretched and
        width_80_stretched of the intervals made as wide as past revisions.
    """
    found = []
    for key, each in rows.groupby(["knowledge", "ruler", "definition", "horizon"], sort=False):
        defined = np.isfinite(each[["median", "lower_80", "upper_80"]]).all(axis=1)
        held = each[np.isfinite(each["revision"])]
        lower, upper = quantiles(held["revision"].to_numpy(), tails(0.8)) if len(held) else (np.nan, np.nan)
        row = dict(zip(("knowledge", "ruler", "definition", "horizon"), key, strict=True))
        row |= {"n": len(held), "bias": held["revision"].mean(), "rmse": np.sqrt((held["revision"] ** 2).mean())}
        row |= {"usual_lower": lower, "usual_upper": upper, "crps": held["crps"].mean()}
        renamed = held.rename(columns={"later": "outcome"})
        row |= {f"coverage_{level}": scoring.covered(renamed, level) for level in LEVELS}
        width = held["upper_80"] - held["lower_80"]
        row |= {"width_80": width.mean(), "undefined": float(1 - defined.mean())}
        bounds = {f"{side}_{level}" for level in LEVELS for side in ("lower", "upper")}
        wide = renamed.assign(**{name: stretched(held[name], held["median"], held["stretch"]) for name in bounds})
        row |= {"crps_stretched": held["crps_stretched"].mean()}
        row |= {f"coverage_{level}_stretched": scoring.covered(wide, level) for level in LEVELS}
        row |= {"width_80_stretched": (width * held["stretch"]).mean()}
        found.append(row)
    return pd.DataFrame(found)


def _median(draws: xr.DataArray) -> float:
    return round(float(scoring.bounded(middle(draws))), 4)


def _flat(draws: xr.DataArray) -> np.ndarray:
    return scoring.bounded(draws.to_numpy().ravel())
