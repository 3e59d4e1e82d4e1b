"""How readings of the day have later moved, from the committed record, and the first number that it chooses."""

from __future__ import annotations

from dataclasses import fields
from functools import lru_cache

import numpy as np
import pandas as pd

from gaplab import gap
from gaplab.fit.table_checks import STALE_DAYS
from gaplab.gap import summary
from gaplab.gap.arrays import MONTH_NS
from gaplab.gap.revision import origin_weights, revision_stretch, stretched
from gaplab.params.spec import Params
from gaplab.places import RECORD
from gaplab.posterior import Posterior
from gaplab.results.columns import (
    interval_probabilities,
    percent_label,
    quantile_columns,
    round_numbers,
    rows_without_nan,
)

ELIGIBLE = ("frontier_lag", "released_lag")
"""Numbers that say of a country, with an interval, how many months ago the leader stood where it stands."""

JUDGED_UNTIL = "2025-12-31"
"""Whether stretching helps a definition is judged at origins up to here; later ones were only looked at."""

_READINGS = "readings.csv"
_SPREADS = 2.563
"""Standard deviations in the middle 80% of a normal distribution."""
_SAME_RUN = ("leader", "follower", "scope", "domain", "clock", "sources", "benchmarks", "tests", "without")


def headline_definition(moved: pd.DataFrame | None = None) -> str:
    """The country's first number: of `ELIGIBLE` the one whose readings of the day have the best record.

    Parameters
    ----------
    moved : DataFrame, optional
        What `validation.readings.revision_summary` gives; the committed record when left out.

    Returns
    -------
    str
        Smallest mean CRPS against what is read today, rulers and kinds of
        knowledge counting alike; the first of `ELIGIBLE` without a record.
    """
    if moved is None:
        moved = _kept("readings_summary.csv")
    rows = moved[(moved["horizon"] == "today") & moved["definition"].isin(ELIGIBLE)] if moved is not None else ()
    return str(rows.groupby("definition")["crps"].mean().idxmin()) if len(rows) else ELIGIBLE[0]


def known_revisions(rows: pd.DataFrame, definition: str, day: pd.Timestamp) -> pd.DataFrame:
    """The latest revision of each past reading of a definition that was known on a day, with its weight.

    Parameters
    ----------
    rows : DataFrame
        What `validation.readings.read_again` gives.

    Returns
    -------
    DataFrame
        Rows of `rows` by origin, one for each ruler, knowledge and origin; `weight`.
    """
    return _known(rows[rows["definition"] == definition], day)


def _known(rows: pd.DataFrame, day: pd.Timestamp) -> pd.DataFrame:
    """`known_revisions` of all definitions."""
    rows = rows[np.isfinite(rows["revision"])]
    rows = rows[pd.to_datetime(rows["read_on"]) <= day].sort_values(["origin", "read_on"])
    rows = rows.drop_duplicates(["definition", "knowledge", "ruler", "origin"], keep="last")
    rows = rows.assign(weight=(pd.to_datetime(rows["origin"]) - day) / MONTH_NS)
    months = rows.groupby(["definition", "knowledge", "ruler"])["weight"]
    return rows.assign(weight=months.transform(lambda days: origin_weights(days.to_numpy())))


def stretch_on(rows: pd.DataFrame, definition: str, day: pd.Timestamp) -> float:
    """Factor on the spread of a reading of that day, from revisions known by then."""
    return _stretch(known_revisions(rows, definition, day))


def _stretch(past: pd.DataFrame) -> float:
    spread = (past["upper_80"] - past["lower_80"]) / _SPREADS
    past, spread = past[spread > 0], spread[spread > 0]
    return revision_stretch(*(column.to_numpy(float) for column in (past["revision"], spread, past["weight"])))


def helped(rows: pd.DataFrame) -> set[str]:
    """Definitions whose readings, at origins to `JUDGED_UNTIL`, had a lower mean CRPS when they were stretched."""
    early = rows[(rows["horizon"] == "today") & (rows["origin"] <= JUDGED_UNTIL)]
    mean = early.groupby(["definition", "knowledge", "ruler"])[["crps", "crps_stretched"]].mean()
    mean = mean.groupby("definition").mean()
    return set(mean.index[mean["crps_stretched"] < mean["crps"]])


def revision_table(posterior: Posterior) -> pd.DataFrame:
    """Each number as it may later be read, for the country and for its newest record model.

    Returns
    -------
    DataFrame
        definition, subject, unit; median and interval bounds, by the names of
        `gap_table`, of what the number will later be read as; stretch, the
        factor on the spread (1 where the record shows that none helps);
        usual_lower, usual_upper: 80% of the readings of past days on this
        ruler have later moved by so much; readings: how many. Empty where
        there is no record of such a run, and where the tables are too old for
        a reading: those of the record were made of days that were complete.
        Only revisions known by the run's as-of date count.
    """
    params, rows = posterior.params, _kept(_READINGS)
    age = pd.Timestamp(params.as_of) - pd.Timestamp(posterior.identity.get("complete", params.as_of))
    unlike = not _like_the_record(params) or age.days > STALE_DAYS
    if rows is None or unlike or params.ruler not in set(rows["ruler"]):
        return pd.DataFrame(columns=["definition", "subject", "unit", "median", "usual_lower", "usual_upper"])
    country, newest = gap.country_subject(posterior), gap.newest_record(posterior)
    of_country = gap.readings(posterior, country)
    of_model = gap.readings(posterior, gap.model_subject(posterior, newest))
    chosen = {(key, country.name): draws for key, draws in of_country.items() if key[0] not in _OF_MODEL}
    chosen |= {(key, newest): draws for key, draws in of_model.items() if key[0] in _OF_MODEL}
    found, day = [], pd.Timestamp(params.as_of)
    for ((definition, unit), subject), draws in chosen.items():
        name = definition if unit == "months" else f"{definition}_{unit.removeprefix('months_')}"
        past, factor = _past_moves(*_state(_READINGS), params.ruler, name, day)
        if "draw" not in draws.dims or not past.size:
            continue
        numbers = quantile_columns(posterior, draws)
        low, high = summary.quantiles(past, summary.tails(0.8))
        found.append(
            {"definition": definition, "subject": subject, "unit": unit}
            | {column: float(stretched(value, numbers["median"], factor)) for column, value in numbers.items()}
            | {"stretch": factor, "usual_lower": low, "usual_upper": high, "readings": len(past)}
        )
    return round_numbers(pd.DataFrame(found))


def revision_json(posterior: Posterior) -> list[dict]:
    """`revision_table` ready for JSON, its intervals by probability in percent."""
    names = [percent_label(prob) for prob in interval_probabilities(posterior)]
    return [
        {name: row[name] for name in ("definition", "subject", "unit", "median")}
        | {"intervals": {name: [row[f"lower_{name}"], row[f"upper_{name}"]] for name in names}}
        | {name: row[name] for name in ("stretch", "usual_lower", "usual_upper", "readings")}
        for row in rows_without_nan(revision_table(posterior))
    ]


_OF_MODEL = ("model_lag", "first_match_lag")


def _like_the_record(params: Params) -> bool:
    """Whether the record, which is of the default run, is about the same numbers."""
    usual = {field.name: field.default for field in fields(Params)}
    return all(getattr(params, name) == usual[name] for name in _SAME_RUN)


@lru_cache(maxsize=64)
def _past_moves(path: str, changed: int, ruler: str, name: str, day: pd.Timestamp) -> tuple[np.ndarray, float]:
    """By how much readings of a number on a ruler had moved by a day, and the factor on the spread of today's."""
    known = _known_on(path, changed, day).get(name)
    if known is None:
        return np.empty(0), 1.0
    past = known.loc[known["ruler"] == ruler, "revision"].to_numpy()
    return past, _stretch(known) if past.size and name in _helped(path, changed) else 1.0


@lru_cache(maxsize=8)
def _known_on(path: str, changed: int, day: pd.Timestamp) -> dict[str, pd.DataFrame]:
    """What `_known` gives, by definition."""
    return dict(list(_known(_read(path, changed), day).groupby("definition")))


@lru_cache(maxsize=4)
def _helped(path: str, changed: int) -> set[str]:
    return helped(_read(path, changed))


def _kept(name: str) -> pd.DataFrame | None:
    return _read(*_state(name)).copy() if (RECORD / name).is_file() else None


def _state(name: str) -> tuple[str, int]:
    """Where a table of the record is, and when it was last changed."""
    path = RECORD / name
    return str(path), path.stat().st_mtime_ns


@lru_cache(maxsize=4)
def _read(path: str, changed: int) -> pd.DataFrame:
    return pd.read_csv(path)
