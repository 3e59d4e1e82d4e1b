"""The cells of a table: what a column may hold, what is wrong with a cell, and its typed value."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterator

import pandas as pd

from gaplab.data.contract import FIRST_DAY, LAST_DAY, NOTE, TABLES, Column
from gaplab.errors import did_you_mean, quoted

LONGEST_PREVIEW = pd.Timedelta(days=365)
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,2})?")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_URL = r"https?://[^\s\"'<>\\^`{|}]+"
FORMULA = re.compile(r'^(?=[\t\r\n])|(^|[;\t\r\n])([\s"]*)(?=[=+\-@＝＋－＠])')
"""Where a spreadsheet would begin a formula: at the start of a cell, and where another locale begins the next cell."""
_JOINERS = "\u200c\u200d"  # part of the spelling of some languages


def cell_problems(name: str, text: pd.DataFrame) -> Iterator[tuple[str, int, str, str]]:
    """(table, row, column, line) for every cell that is no value of its column."""
    for column, spec in TABLES[name].items():
        cells = text[column].tolist()
        faults = {cell: fault for cell in set(cells) if (fault := _fault(column, spec, cell))}
        for row, cell in zip(text.index, cells, strict=True):
            if cell in faults:
                yield name, row, column, faults[cell]
    if name == "index_vintages":
        bounded = text["level"].eq("") & text[["low", "high"]].ne("").any(axis=1)
        for row in text.index[bounded]:
            yield name, row, "level", "level is blank; low and high need it: write the probability, such as 0.9"


def _fault(column: str, spec: Column, cell: str) -> str | None:
    """A line about the first rule that a cell breaks; None where it breaks none."""
    if not cell:
        return None if spec.blank else f"{column} is blank: {spec.expected}"
    if fault := _badly_written(spec, cell):
        return f"{column} {quoted(cell)} {fault}"
    if spec.choices and cell not in spec.choices:
        hint = did_you_mean(cell, spec.choices, otherwise="")
        return f"{column} {quoted(cell)} is not one of {', '.join(spec.choices)}{hint}"
    if spec.kind == "date" and not _is_day(cell):
        return f"{column} {quoted(cell)} is not a date; expected YYYY-MM-DD, for example 2026-06-30"
    if spec.kind not in ("number", "count"):
        return None
    value = float(cell) if _NUMBER.fullmatch(cell) else math.inf
    if math.isinf(value):
        words = "a whole number" if spec.kind == "count" else "a number with a decimal point"
        return f"{column} {quoted(cell)} is not a number; expected {words}"
    if spec.kind == "count" and value % 1:
        return f"{column} {quoted(cell)} is not a whole number: write how many items were scored"
    if spec.low is not None and value < spec.low:
        return f"{column} {cell} is too small; expected at least {spec.low:g}"
    if spec.high is not None and value > spec.high:
        return f"{column} {cell} is too large; expected at most {spec.high:g}"
    return None


def _is_day(cell: str) -> bool:
    try:
        return bool(_DAY.fullmatch(cell)) and FIRST_DAY <= pd.Timestamp(cell) <= LAST_DAY
    except ValueError:  # 30 February
        return False


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
    missing = text.eq("")
    for row, column in broken:
        missing.at[row, column] = True
    typed = text.mask(missing)
    for column, spec in TABLES[name].items():
        if spec.kind == "date":
            typed[column] = pd.to_datetime(typed[column], format="%Y-%m-%d").astype("datetime64[ns]")
        elif spec.kind in ("number", "count"):
            typed[column] = pd.to_numeric(typed[column]).astype(float)
    if name == "models":  # what follows from a broken date is no problem of its own
        unreadable = text.index.isin([row for row, of in broken if of == "release_date"])
        typed["date_precision"] = typed["date_precision"].mask(unreadable)
    return typed
