"""Up to which day the tables of a folder are complete: the day that a run reads when nobody names another."""

from __future__ import annotations

import csv
import os
from datetime import date, timedelta
from pathlib import Path

from gaplab.errors import GaplabError
from gaplab.places import PROJECT_DATA, RECORD

NAME = "complete"
"""Stem of the table: `part`, `to` and `note`, one row for each part of the tables."""

PARTS = ("scores", "releases", "access")
"""The parts without which a reading of a day would take what is not known for what did not happen."""

COLUMNS = ("part", "to", "note")


def latest(named: str | Path | None = None) -> date:
    """The newest day up to which scores, releases and access are all complete.

    A folder without complete.csv is taken to be complete up to its newest
    score or index value; one without tables has the day of the project's own,
    and whoever reads it says what is missing.

    Parameters
    ----------
    named : str or Path, optional
        The data folder; else $GAPLAB_DATA, else the project's own.

    Raises
    ------
    GaplabError
        The table of days cannot be read.
    """
    folder = Path(named or os.environ.get("GAPLAB_DATA") or PROJECT_DATA)
    days, problems = parts(folder)
    if problems:
        raise GaplabError(*problems)
    if days:
        return min(days[part] for part in PARTS)
    seen = [*_column(folder / "scores.csv", "first_seen"), *_column(folder / "index_vintages.csv", "vintage")]
    try:
        return date.fromisoformat(max(seen))
    except ValueError:
        if folder == PROJECT_DATA:
            raise GaplabError(f"{folder}: its tables tell no day; expected {NAME}.csv: restore it") from None
        return latest(PROJECT_DATA)


def former(day: date, record: Path = RECORD) -> date:
    """The day to compare a day with when nobody names one: that of the release before, in the live record.

    Parameters
    ----------
    record : Path
        Folder of the live record.

    Returns
    -------
    date
        The newest data day before; a month before `day` where there is no release.
    """
    released = [each for each in _column(record / "issued.csv", "data_day") if each < day.isoformat()]
    if released:
        return date.fromisoformat(max(released))
    last_of_month = day.replace(day=1) - timedelta(days=1)
    return last_of_month.replace(day=min(day.day, last_of_month.day))


def parts(folder: Path) -> tuple[dict[str, date], list[str]]:
    """The day of each part, and what is wrong with the table; ({}, []) for a folder without it."""
    path = _place(folder)
    if not path.is_file():
        return {}, []
    days, problems = {}, []
    try:
        with path.open(newline="", encoding="utf-8") as lines:
            rows = list(csv.DictReader(lines))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        return {}, [f"{path}: cannot be read ({error}); expected CSV in UTF-8 with the columns {', '.join(COLUMNS)}"]
    for number, row in enumerate(rows, start=2):
        try:
            days[row["part"]] = date.fromisoformat(row["to"])
        except (KeyError, TypeError, ValueError):
            problems.append(f"{path} row {number}: to is not a date; expected {', '.join(COLUMNS)}, to as YYYY-MM-DD")
    missing = [part for part in PARTS if part not in days]
    if missing and not problems:
        problems.append(f"{path}: no row for {', '.join(missing)}; expected one with the day it is complete to: add it")
    return ({}, problems) if problems else (days, [])


def _place(folder: Path) -> Path:
    """Where the table is now: in its place, or among those that an interrupted import left on their way."""
    incoming = folder / ".incoming" / f"{NAME}.csv"
    return incoming if incoming.is_file() else folder / f"{NAME}.csv"


def _column(path: Path, name: str) -> list[str]:
    try:
        with path.open(newline="", encoding="utf-8") as lines:
            return [row.get(name) or "" for row in csv.DictReader(lines)]
    except (OSError, UnicodeDecodeError, csv.Error):
        return []
