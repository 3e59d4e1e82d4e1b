"""A table as a CSV file: read as text, or refused with the reason."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from gaplab.data import write
from gaplab.data.cells import cell_problems, typed_column
from gaplab.data.contract import TABLES
from gaplab.data.relations import (
    chronology_problems,
    country_spellings,
    duplicate_problems,
    interval_problems,
    key_of,
    range_problems,
    reference_problems,
    spelling_problems,
)
from gaplab.errors import did_you_mean, quoted

MANY = 25
"""Cells of one column from which on a fault is one of the column."""
LARGEST_FILE, MOST_LINES = 64 * 2**20, 1_000_000


def file_contents(folder: Path) -> dict[str, bytes | str]:
    """The file of every table as bytes, or as text what is wrong with it."""
    return {name: _content(folder, name) for name in TABLES}


def read_tables(
    folder: Path, *, shown: Path | None = None, files: Mapping[str, bytes | str] | None = None
) -> tuple[dict[str, pd.DataFrame], list[str]]:
    """The tables of a folder and every problem in them.

    Parameters
    ----------
    shown : Path, optional
        The folder that problems name instead, when `folder` holds a draft.
    files : mapping of str to bytes or str, optional
        What `contents` returned, when it was read already.

    Returns
    -------
    tables : dict of DataFrame
        By name; dates as timestamps, numbers as floats, empty cells as
        missing values. Complete only when `problems` is empty.
    problems : list of str
        One line each, in the order of tables and rows; [] when all is well.
    """
    texts: dict[str, pd.DataFrame] = {}
    problems: list[str] = []
    for name, content in (files or file_contents(folder)).items():
        held = _parsed(name, content)
        if isinstance(held, str):
            problems.append(f"{_shown((shown or folder) / f'{name}.csv')}: {held}")
        else:
            texts[name] = held
    sound: dict[str, pd.DataFrame] = {}
    found: list[tuple[str, int, str]] = []
    for name, cells in texts.items():
        broken = list(cell_problems(name, cells))
        found += broken
        sound[name] = typed_column(name, cells, {(row, column) for _, row, column, _ in broken})
    found, columns_at_fault = _summed_up(found)
    problems += [f"{_shown((shown or folder) / f'{name}.csv')}: {line}" for name, line in columns_at_fault]
    found_lines = [(name, row, line) for name, row, _, line in found]
    spellings = country_spellings(shown or folder)
    for check in (duplicate_problems, reference_problems, range_problems, interval_problems, chronology_problems):
        found_lines += check(sound)
    found_lines += spelling_problems(sound, spellings)
    order = list(TABLES)
    for name, row, line in sorted(found_lines, key=lambda item: (order.index(item[0]), item[1])):
        problems.append(
            f"{_shown((shown or folder) / f'{name}.csv')} row {row + 2} ({key_of(name, texts[name], row)}): {line}"
        )
    return sound, problems


def _summed_up(
    found: list[tuple[str, int, str, str]],
) -> tuple[list[tuple[str, int, str, str]], list[tuple[str, str]]]:
    """The problems of single cells, and one line for each column that is wrong as a whole.

    A spreadsheet that saves a table writes every date and number of a column
    anew: that is one fault and not thousands.
    """
    of_column: dict[tuple[str, str], list[int]] = {}
    first: dict[tuple[str, str], str] = {}
    for name, row, column, line in found:
        of_column.setdefault((name, column), []).append(row)
        first.setdefault((name, column), line)
    whole = {at: rows for at, rows in of_column.items() if len(rows) >= MANY}
    lines = []
    for (name, column), rows in whole.items():
        line = first[name, column]
        if " is not a " in line:
            line += "; the table looks saved by a spreadsheet or another program: restore it"
        lines.append((name, f"column {column}: {len(rows):,} cells are wrong, the first in row {rows[0] + 2}: {line}"))
    return [problem for problem in found if (problem[0], problem[2]) not in whole], lines


def file_text(path: Path) -> pd.DataFrame | str:
    """A table as text with blanks as "", or what is wrong with the file."""
    return _parsed(path.stem, _content(path.parent, path.stem))


def _content(folder: Path, name: str) -> bytes | str:
    path = write.name_in_place(folder, name)
    if not path.is_file():
        return f"no such file; expected a table with the columns {', '.join(TABLES[name])}: add it"
    try:
        if path.stat().st_size > LARGEST_FILE:
            return f"is larger than {LARGEST_FILE / 2**20:g} MiB; expected a table of facts: restore it"
        return path.read_bytes()
    except OSError as error:
        return f"cannot be read ({error.strerror}); expected a readable file: check its permissions"


def _parsed(name: str, raw: bytes | str) -> pd.DataFrame | str:
    if isinstance(raw, str):
        return raw
    columns = list(TABLES[name])
    if not raw.strip():
        return f"the file is empty; expected a first line with the columns {', '.join(columns)}: restore the table"
    if raw.startswith(b"\xef\xbb\xbf"):
        return "starts with a byte-order mark; expected plain UTF-8: save it as CSV in UTF-8 without BOM"
    try:
        content = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        return f"line {line} is not UTF-8; expected plain UTF-8 text: save it as CSV in UTF-8"
    if (lines := raw.count(b"\n") + raw.count(b"\r")) > MOST_LINES:
        return f"has {lines:,} lines; expected at most {MOST_LINES:,}: restore the table"
    header = content.partition("\n")[0]
    if ";" in header and "," not in header:
        return "cells are separated by semicolons; expected commas: save it as comma-separated CSV"
    try:
        rows = {line: row for line, row in enumerate(csv.reader(io.StringIO(content), strict=True), start=1) if row}
    except csv.Error as error:
        return f"is no CSV ({error}); expected commas between cells and closed quotes: save it again as CSV"
    given = rows.pop(1, [])
    missing = [column for column in columns if column not in given]
    if missing:
        hint = did_you_mean(missing[0], given, otherwise="")
        return f"no column {', '.join(missing)}{hint}; expected {', '.join(columns)}: add it"
    unknown = [column for column in given if column not in columns]
    if unknown or len(given) != len(columns):
        extra = ", ".join(quoted(column) for column in unknown[:10]) or "twice the same"
        return f"column {extra} is not known; expected {', '.join(columns)}: remove or rename it"
    for line, row in rows.items():
        if len(row) != len(given):
            return f"row {line} has {len(row)} cells; expected {len(given)}: quote cells with commas"
    if not rows:
        return "the table has no rows; expected at least one below the column names: restore the table"
    rows = {line - 2: row for line, row in rows.items() if any(row)}
    return pd.DataFrame(list(rows.values()), index=list(rows), columns=given, dtype=str)[columns]


def _shown(path: Path) -> str:
    try:
        return str(path.resolve().relative_to(Path.cwd()))
    except ValueError:
        return str(path)
