"""A hypothetical release as the user describes it, checked against the tables and parameters."""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime

import pandas as pd

from gaplab.data.tables import Tables
from gaplab.errors import GaplabError, did_you_mean, quoted
from gaplab.models.observations.observations import observations
from gaplab.models.scales import ANCHORS
from gaplab.params.groups import read_group
from gaplab.params.spec import Params

MONTHS_AHEAD = 24
"""How long after the as-of date a release may lie; the frontiers go on as stage 2 has them move, not as a forecast."""
SHORTFALLS = 400
STAGE_ONE_DRAWS = 2000


@dataclass(frozen=True)
class Release:
    """A model that might come out.

    Attributes
    ----------
    date : Timestamp
        First day it counts.
    scores : tuple of (benchmark, score)
        Score as a fraction of 1, chance not taken out.
    ability : (mean, sd) or None
        In points of the display scale, instead of scores.
    """

    model: str
    country: str
    date: pd.Timestamp
    scores: tuple[tuple[str, float], ...]
    ability: tuple[float, float] | None


def describe_release(
    *,
    model: str,
    country: str,
    date: str | date,
    scores: Iterable[str] = (),
    ability: str | None = None,
    tables: Tables,
    params: Params,
) -> Release:
    """A release as it is typed, checked before anything is sampled.

    Parameters
    ----------
    date : str or date
        YYYY-MM-DD.
    scores : iterable of str
        Each `BENCHMARK=SCORE`, the score as a fraction.
    ability : str, optional
        `POINTS+-SD` on the display scale.

    Raises
    ------
    GaplabError
        One line for everything that cannot be used.
    """
    problems: list[str] = []
    if not model.strip():
        problems.append("--model: is empty; expected a name for the new model")
    elif model in set(tables.models["model"]):
        problems.append(
            f'--model: "{model}" is in models.csv already; expected a model that is not out, by another name'
        )
    with suppress(GaplabError):
        country = read_group(country).label
    if country not in params.pair:
        problems.append(
            f'--country: "{country}" has no frontier in this run; expected {params.leader} or {params.follower}'
        )
    day = _day(date, params, tables, problems)
    scores = list(scores)
    if bool(scores) == (ability is not None):
        problems.append("expected either --score BENCHMARK=SCORE, once or more, or --ability POINTS+-SD")
    usable = list(observations(tables, params).benchmarks) if scores else []
    found = [_score(text, tables, usable, problems) for text in scores]
    names = [name for name, _ in filter(None, found)]
    problems += [f'--score: "{name}" is given twice' for name in dict.fromkeys(names) if names.count(name) > 1]
    if scores and params.ruler != "ability":
        problems.append(f"--score: the ruler {params.ruler} has no tests; expected --ability, or --ruler ability")
    if scores and params.domain != "all":
        problems.append("--score: tells general ability, not that in one domain; expected --ability, or domain=all")
    level = _ability(ability, tables, params, problems) if ability is not None else None
    if problems:
        raise GaplabError(*problems)
    return Release(model, country, day, tuple(found), level)


def _day(given: str | date, params: Params, tables: Tables, problems: list[str]) -> pd.Timestamp | None:
    try:
        day = pd.Timestamp(given) if not isinstance(given, str) else pd.Timestamp(datetime.strptime(given, "%Y-%m-%d"))
    except ValueError:
        problems.append(f"--date: {given!r} is not a date; expected YYYY-MM-DD, for example 2026-09-01")
        return None
    first = tables.access["from"].min()
    last = pd.Timestamp(params.as_of) + pd.DateOffset(months=MONTHS_AHEAD)
    if not first <= day <= last:
        problems.append(
            f"--date: {day:%Y-%m-%d} is out of range; expected a day from {first:%Y-%m-%d} to {last:%Y-%m-%d}, "
            f"{MONTHS_AHEAD} months after the as-of date"
        )
    return day


def _score(text: str, tables: Tables, usable: list[str], problems: list[str]) -> tuple[str, float] | None:
    name, equals, value = (part.strip() for part in text.rpartition("="))
    if not equals:
        problems.append(f'--score: "{text}" has no "="; expected BENCHMARK=SCORE, for example "GPQA diamond=0.93"')
        return None
    if name not in usable:
        known = (
            "has no scores that count as fractions here"
            if name in set(tables.benchmarks["benchmark"])
            else ("is no benchmark with scores")
        )
        problems.append(f"--score: {quoted(name)} {known}{did_you_mean(name, usable)}")
        return None
    try:
        score = float(value)
    except ValueError:
        problems.append(f'--score: {value!r} for "{name}" is not a number; expected a fraction from 0 to 1')
        return None
    if not 0 <= score <= 1:
        mend = "; divide by 100" if 1 < score <= 100 else ""
        problems.append(f'--score: {value} for "{name}" is out of range; expected a fraction from 0 to 1{mend}')
        return None
    return name, score


def _ability(text: str, tables: Tables, params: Params, problems: list[str]) -> tuple[float, float] | None:
    match = re.fullmatch(r"\s*(-?\d+(?:\.\d+)?)\s*(?:\+-|\+/-|±)\s*(\d+(?:\.\d+)?)\s*", text)
    if not match or not float(match[2]) > 0:
        problems.append(f"--ability: {text!r} is not an ability; expected POINTS+-SD, for example 165+-3")
        return None
    missing = [name for name, _ in ANCHORS if name not in set(tables.models["model"])]
    if missing and params.ruler == "ability":
        problems.append(f"--ability: there are no points without {' and '.join(missing)}; expected --score")
    return float(match[1]), float(match[2])
