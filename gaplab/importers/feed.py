"""What a publisher's file says, in the columns of our tables."""

from __future__ import annotations

import csv
import io
import math
import re
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import pandas as pd

from gaplab import schema
from gaplab.errors import GaplabError
from gaplab.importers.fetch import Download
from gaplab.importers.names import Names, tidy

_DAY = re.compile(r"(?<![0-9])(20[0-9]{2}-[0-9]{2}-[0-9]{2})(?![0-9])")
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,2})?")
_BLANK = ("", "nan", "NaN", "None", "null", "N/A")
_MOST_PROBLEMS = 20

# A revision that matters is larger than this: whole per cents were published first, more digits later.
SAME_FRACTION = 0.0051


@dataclass(frozen=True)
class Request:
    """A file that is to be read, and what is known here already.

    Attributes
    ----------
    download : Download
    folder : Path
        Of the data tables.
    tables : dict of DataFrame
        The tables as they are, as text.
    names : Names
    day : str or None
        The vintage that the user named, in ISO form.
    """

    download: Download
    folder: Path
    tables: dict[str, pd.DataFrame]
    names: Names
    day: str | None

    @property
    def shown(self) -> str:
        """Name of the file in messages."""
        return self.download.name

    def vintage(self) -> str:
        """The day the file stood so: as the user says, else the one date in its name.

        Raises
        ------
        GaplabError
            Neither tells it. The clock is never asked: a file of last month is not of today.
        """
        if self.day:
            return self.day
        named = set(_DAY.findall(self.shown))
        if len(named) != 1 or day(*named, self.shown) is None:
            raise GaplabError(
                f"{self.shown}: the day it was published is not in its name; give it: --vintage YYYY-MM-DD"
            )
        return named.pop()


@dataclass(frozen=True)
class Feed:
    """Rows for our tables, as text; which of them are news is `change.merge`'s affair.

    Attributes
    ----------
    vintage : str
        The day the file stood so; index values carry their own.
    sources : DataFrame
        The sources the rows name, as in sources.csv without retrieved and sha256.
    models : DataFrame
        Models of the file that are not listed yet, as in models.csv.
    index_vintages : DataFrame
    scores : DataFrame
        As in scores.csv.
    versions : DataFrame
        version, model: spellings learnt from the file.
    whole : bool
        The scores are all that the publisher has of their sources and benchmarks; what is missing was dropped.
    held_back : list of str
        What was not taken, and what the analyst can do about it.
    notes : list of str
        What the user has to know, such as the licence.
    """

    vintage: str
    sources: pd.DataFrame
    models: pd.DataFrame
    index_vintages: pd.DataFrame = field(default_factory=lambda: rows("index_vintages", []))
    scores: pd.DataFrame = field(default_factory=lambda: rows("scores", []))
    versions: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=["version", "model"], dtype=str))
    whole: bool = True
    held_back: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


class Newcomers:
    """Models met in a file that our list lacks, each told once."""

    def __init__(self, names: Names, source: str):
        self.names, self.source = names, source
        self.unlisted: set[str] = set()
        self._rows: dict[str, dict[str, str]] = {}

    def model(self, name: str, *, developer: str = "", country: str = "", access: str = "", release: str = "") -> str:
        """The name under which a model that is not listed will be; "" for one that we leave out on purpose."""
        model = tidy(name)
        if not model or model in self.names.unlisted:
            self.unlisted.add(model)
            return ""
        row = {
            "model": model,
            "developer": developer.strip() or "unknown",
            "country": self.names.country(country),
            "weights": weights(access),
            "release_date": release,
            "date_precision": "day" if release else "unknown",
            "source": self.source,
        }
        told = self._rows.setdefault(model, row)
        if release and release < (told["release_date"] or "9999"):  # several versions: the first one counts
            told |= {"release_date": release, "date_precision": "day"}
        for column in ("developer", "country", "weights"):
            if told[column] == "unknown":
                told[column] = row[column]
        return model

    def table(self) -> pd.DataFrame:
        """The newcomers as rows of models.csv."""
        return rows("models", list(self._rows.values()))

    def held_back(self) -> list[str]:
        """A line about the models left out on purpose."""
        names = sorted(self.unlisted - {""})
        return [f"{len(names)} models are left out by build/unlisted.csv: {some(names)}"] if names else []


def rows(table: str, found: list[dict[str, str]]) -> pd.DataFrame:
    """Rows of one of our tables as text; columns not told are blank."""
    columns = list(schema.TABLES[table])
    return pd.DataFrame([[row.get(column) or "" for column in columns] for row in found], columns=columns, dtype=str)


def csv_table(content: bytes, shown: str, required: tuple[str, ...] = ()) -> pd.DataFrame:
    """A publisher's CSV as text.

    Raises
    ------
    GaplabError
        It is no UTF-8, no CSV, has ragged rows or lacks a required column.
    """
    try:
        lines = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True))
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise GaplabError(f"{shown}: line {line} is not UTF-8; expected the file as published") from None
    except csv.Error as error:
        raise GaplabError(f"{shown}: is no CSV ({error}); expected the file as published") from None
    header, body = (lines[0] if lines else []), [line for line in lines[1:] if line]
    missing = [column for column in required if column not in header]
    if missing or len(set(header)) != len(header):
        wrong = f"has no column {', '.join(missing)}" if missing else "has a column twice"
        raise GaplabError(f"{shown}: {wrong}; its columns are {some(header)}: expected the file as published")
    ragged = next((number for number, line in enumerate(body, start=2) if len(line) != len(header)), None)
    if ragged:
        raise GaplabError(f"{shown}: row {ragged} has {len(body[ragged - 2])} cells; expected {len(header)}")
    if not body:
        raise GaplabError(f"{shown}: has no rows; expected the file as published")
    return pd.DataFrame(body, columns=header, dtype=str)


def numbers(cells: pd.Series, shown: str) -> pd.Series:
    """Cells as numbers, blank ones as NaN.

    Raises
    ------
    GaplabError
        One line for each cell that is no finite number, at most twenty.
    """
    stripped = cells.str.strip()
    blank = stripped.isin(_BLANK)
    found = stripped.where(stripped.map(lambda cell: bool(_NUMBER.fullmatch(cell))))
    found = found.astype(float) if len(found) else pd.Series(dtype=float)
    wrong = cells[~blank & ~(found.abs() < math.inf)]
    if len(wrong):
        raise GaplabError(
            *(
                f"{shown} row {row + 2}: {cells.name} {cell[:80]!r} is not a number; expected the file as published"
                for row, cell in wrong.head(_MOST_PROBLEMS).items()
            )
        )
    return found


def day(text: str, shown: str) -> str:
    """A date in ISO form; "" for a blank cell. Spreadsheets' month/day/year is understood.

    Raises
    ------
    GaplabError
        It is no date.
    """
    text = text.strip()
    if text in _BLANK:
        return ""
    for form in ("%Y-%m-%d", "%m/%d/%Y"):
        try:
            return f"{datetime.strptime(text, form):%Y-%m-%d}"
        except ValueError:
            problem = f"{shown}: {text[:80]!r} is not a date; expected YYYY-MM-DD"
    raise GaplabError(problem)


def days(cells: pd.Series, shown: str) -> pd.Series:
    """A column of dates in ISO form; all that are none are reported together."""
    found, problems = [], []
    for row, cell in cells.items():
        try:
            found.append(day(cell, f"{shown} row {row + 2}"))
        except GaplabError as error:
            problems += error.problems
    if problems:
        raise GaplabError(*problems[:_MOST_PROBLEMS])
    return pd.Series(found, index=cells.index, dtype=str)


def written(value: float, places: int) -> str:
    """A number as our tables write it; "" for NaN."""
    return "" if math.isnan(value) else repr(round(float(value), places))


def weights(access: str) -> str:
    """Our word for a publisher's account of how a model can be had."""
    said = access.strip().casefold()
    if said.startswith("open"):
        return "open"
    if said.startswith(("api", "hosted", "unreleased", "proprietary", "closed")):
        return "closed"
    return "unknown"


def some(names: list[str], most: int = 8) -> str:
    """The first few of many names, each cut to a readable length."""
    shown = [name if len(name) <= 60 else f"{name[:57]}…" for name in names[:most]]
    return ", ".join(shown) + (f" and {len(names) - most} more" if len(names) > most else "")


def best(table: pd.DataFrame, key: list[str], value: str) -> pd.DataFrame:
    """One row for each key: the one with the highest value, the first of equals."""
    return table.sort_values(value, ascending=False, kind="stable").drop_duplicates(key).sort_index()
