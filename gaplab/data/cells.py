"""The cells of a table: what a column may hold, what is wrong with a cell, and its typed value."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator

import pandas as pd

from gaplab.data.contract import FIRST_DAY, LAST_DAY, NOTE, TABLES, Column
from gaplab.errors import did_you_mean, quoted

LONGEST_PREVIEW = pd.Timedelta(days=365)
_NUMBER = r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,2})?"
_DAY = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_URL = r"https?://[^\s\"'<>\\^`{|}]+"
FORMULA = re.compile(r'^(?=[\t\r\n])|(^|[;\t\r\n])([\s"]*)(?=[=+\-@＝＋－＠])')
"""Where a spreadsheet would begin a formula: at the start of a cell, and where another locale begins the next cell."""
_JOINERS = "\u200c\u200d"  # part of the spelling of some languages


def cell_problems(name: str, text: pd.DataFrame) -> Iterator[tuple[str, int, str, str]]:
    """(table, row, column, line) for every cell that is no value of its column."""
    for column, spec in TABLES[name].items():
        cells = text[column]
        told: set[int] = set()  # only the first rule that a cell breaks is reported
        for holds, line in _cell_rules(column, spec):
            for row in cells.index[~holds(cells).astype(bool)]:
                if row not in told:
                    told.add(row)
                    yield name, int(row), column, line(cells[row])
    if name == "index_vintages":
        bounded = text["level"].eq("") & text[["low", "high"]].ne("").any(axis=1)
        for row in text.index[bounded]:
            yield name, int(row), "level", "level is blank; low and high need it: write the probability, such as 0.9"


def _cell_rules(column: str, spec: Column) -> Iterator[tuple[Callable, Callable[[str], str]]]:
    """(test of a column, line about a failing cell) for each rule."""

    def filled(cells: pd.Series) -> pd.Series:
        return cells.ne("")

    def numbers(cells: pd.Series) -> pd.Series:
        return pd.to_numeric(cells.where(cells.str.fullmatch(_NUMBER)), errors="coerce").astype(float)

    if not spec.blank:
        yield filled, lambda cell: f"{column} is blank: {spec.expected}"
    yield (
        lambda cells: ~cells.isin([cell for cell in cells.unique() if _badly_written(spec, cell)]),
        lambda cell: f"{column} {quoted(cell)} {_badly_written(spec, cell)}",
    )
    if spec.choices:
        yield (
            lambda cells: cells.isin(spec.choices) | ~filled(cells),
            lambda cell: (
                f"{column} {quoted(cell)} is not one of {', '.join(spec.choices)}"
                f"{did_you_mean(cell, spec.choices, otherwise='')}"
            ),
        )
    if spec.kind == "date":
        yield (
            lambda cells: _dates(cells).notna() | ~filled(cells),
            lambda cell: f"{column} {quoted(cell)} is not a date; expected YYYY-MM-DD, for example 2026-06-30",
        )
    if spec.kind in ("number", "count"):
        words = "a whole number" if spec.kind == "count" else "a number with a decimal point"
        yield (
            lambda cells: cells.str.fullmatch(_NUMBER) & (numbers(cells).abs() < float("inf")) | ~filled(cells),
            lambda cell: f"{column} {quoted(cell)} is not a number; expected {words}",
        )
        if spec.kind == "count":
            yield (
                lambda cells: numbers(cells).isna() | (numbers(cells) % 1 == 0),
                lambda cell: f"{column} {quoted(cell)} is not a whole number: write how many items were scored",
            )
    if spec.low is not None:
        yield (
            lambda cells: ~(numbers(cells) < spec.low),
            lambda cell: f"{column} {cell} is too small; expected at least {spec.low:g}",
        )
    if spec.high is not None:
        yield (
            lambda cells: ~(numbers(cells) > spec.high),
            lambda cell: f"{column} {cell} is too large; expected at most {spec.high:g}",
        )


def _dates(cells: pd.Series) -> pd.Series:
    strict = cells.where(cells.str.fullmatch(_DAY))
    found = pd.to_datetime(strict, format="%Y-%m-%d", errors="coerce")
    return found.where(found.between(FIRST_DAY, LAST_DAY)).astype("datetime64[ns]")


def _badly_written(spec: Column, cell: str) -> str | None:
    """What is wrong with the characters of a cell, whatever it says; None when nothing is."""
    if not _is_plain(cell):
        return "has characters that do not show: remove them"
    if len(cell) > spec.longest:
        return f"has {len(cell)} characters; expected at most {spec.longest}"
    if spec != NOTE and cell != cell.strip():
        return "has white space at its ends: remove it"
    if spec.kind == "text" and FORMULA.search(cell):
        return "is a formula to a spreadsheet: begin it with another character"
    if spec.kind == "url" and cell and not re.fullmatch(_URL, cell):
        return "is no address; expected http:// or https:// and no spaces or quotes"
    return None


def _is_plain(cell: str) -> bool:
    """No control characters, line ends, changes of direction or marks without width: names would look like others."""
    return (cell.isascii() and cell.isprintable()) or all(
        c in _JOINERS or unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Zl", "Zp") for c in cell
    )


def typed_column(name: str, text: pd.DataFrame, broken: set[tuple[int, str]]) -> pd.DataFrame:
    """The table in its types; broken and empty cells are missing values."""
    typed = {}
    for column, spec in TABLES[name].items():
        unusable = [row for row, of in broken if of == column]
        cells = text[column].where(text[column].ne("") & ~text.index.isin(unusable))
        if spec.kind == "date":
            typed[column] = _dates(cells)
        elif spec.kind in ("number", "count"):
            typed[column] = pd.to_numeric(cells, errors="coerce").astype(float)
        else:
            typed[column] = cells
    if name == "models":  # what follows from a broken date is no problem of its own
        unreadable = text.index.isin([row for row, of in broken if of == "release_date"])
        typed["date_precision"] = typed["date_precision"].mask(unreadable)
    return pd.DataFrame(typed)
