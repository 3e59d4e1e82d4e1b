"""Cells of a publisher's file as numbers and days."""

from __future__ import annotations

import csv
import io
import math
import re
from datetime import datetime

import pandas as pd

from gaplab.data.contract import TABLES
from gaplab.errors import GaplabError

DAY_IN_NAME = re.compile(r"(?<![0-9])(20[0-9]{2}-[0-9]{2}-[0-9]{2})(?![0-9])")
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,2})?")
_DECIMAL_COMMA = r"[+-]?(0,[0-9]+|[0-9]+,([0-9]{1,2}|[0-9]{4,}))"
_SLASHED = r"[0-9]{1,2}[/.][0-9]{1,2}[/.][0-9]{4}"
_ISO = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}([T ].*)?")
_ENGLISH = ("january", "february", "march", "april", "may", "june", "july", "august")
_SPANISH = ("enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto")
_MONTHS = (
    (*_ENGLISH, "september", "october", "november", "december"),
    (*_SPANISH, "septiembre", "octubre", "noviembre", "diciembre"),
)
_AS_A_SERVICE = ("api", "hosted", "proprietary", "closed")
_INTERNAL = ("unreleased", "not released", "never released", "internal", "announced", "coming soon", "planned")
_SELECTED = re.compile(r"\b(limited|gated|invit\w*|trusted|waitlist|selected)\b")
_BLANK = ("", "nan", "NaN", "None", "null", "N/A")
_MOST_PROBLEMS = 20


def rows(table: str, found: list[dict[str, str]]) -> pd.DataFrame:
    """Rows of one of our tables as text; columns not told are blank."""
    columns = list(TABLES[table])
    return pd.DataFrame([[row.get(column) or "" for column in columns] for row in found], columns=columns, dtype=str)


def csv_table(content: bytes, shown: str, required: tuple[str, ...] = (), spare: tuple[str, ...] = ()) -> pd.DataFrame:
    """A publisher's CSV as text; of `spare` columns, which nobody reads, the publisher may have several.

    Raises
    ------
    GaplabError
        It is no UTF-8, no CSV, has ragged rows or lacks a required column.
    """
    if content.lstrip()[:1] == b"<":
        raise GaplabError(f"{shown}: is a web page or XML and no CSV; expected the file as published: fetch it again")
    try:
        lines = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True))
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise GaplabError(f"{shown}: line {line} is not UTF-8; expected the file as published") from None
    except csv.Error as error:
        raise GaplabError(f"{shown}: is no CSV ({error}); expected the file as published") from None
    header, body = (lines[0] if lines else []), [line for line in lines[1:] if line]
    missing = [column for column in required if column not in header]
    needed = [column for column in header if column not in spare]
    if missing or len(set(needed)) != len(needed):
        wrong = f"has no column {', '.join(missing)}" if missing else "has a column twice"
        raise GaplabError(f"{shown}: {wrong}; its columns are {first_few(header)}: expected the file as published")
    ragged = next((number for number, line in enumerate(body, start=2) if len(line) != len(header)), None)
    if ragged:
        raise GaplabError(f"{shown}: row {ragged} has {len(body[ragged - 2])} cells; expected {len(header)}")
    if not body:
        raise GaplabError(f"{shown}: has no rows; expected the file as published")
    table = pd.DataFrame(body, columns=header, dtype=str)
    return table.loc[:, ~table.columns.duplicated()]


def numbers(cells: pd.Series, shown: str, low: float = -math.inf, high: float = math.inf) -> pd.Series:
    """Cells as numbers, blank ones as NaN.

    A column saved with decimal commas is read when one of its cells can be
    nothing else, such as 0,961.

    Parameters
    ----------
    shown : str
        Name of the file in messages.
    low, high : float
        Least and greatest value of the kind.

    Raises
    ------
    GaplabError
        One line for each cell that is no finite number or out of range, at most twenty.
    """
    stripped = cells.str.strip()
    blank = stripped.isin(_BLANK)
    if stripped.str.fullmatch(_DECIMAL_COMMA).any() and stripped[~blank].str.fullmatch(r"[+-]?[0-9]+(,[0-9]+)?").all():
        stripped = stripped.str.replace(",", ".")
    found = stripped.where(stripped.map(lambda cell: bool(_NUMBER.fullmatch(cell))))
    found = found.astype(float) if len(found) else pd.Series(dtype=float)
    wrong = cells[~blank & ~(found.abs() < math.inf)]
    outside = cells[(found < low) | (found > high)]
    if len(wrong) or len(outside):
        raise GaplabError(
            *(
                f"{shown} row {row + 2}: {cells.name} {cell[:80]!r} is not a number; expected the file as published"
                for row, cell in wrong.head(_MOST_PROBLEMS).items()
            ),
            *(
                f"{shown} row {row + 2}: {cells.name} {cell[:80]!r} is out of range; expected {low:g} to {high:g}: "
                "look for another unit or a point for thousands"
                for row, cell in outside.head(_MOST_PROBLEMS).items()
            ),
        )
    return found


def days(cells: pd.Series, shown: str) -> pd.Series:
    """A column of dates in ISO form; "" for blank cells.

    Spreadsheets write 9/3/2026: whether the month or the day comes first is
    told by a cell of the same column with a part above 12, never guessed.

    Raises
    ------
    GaplabError
        One line for each cell that is no date or can be two.
    """
    cells = cells.str.strip()
    slashed = cells[cells.str.fullmatch(_SLASHED)].str.split(r"[/.]", regex=True, expand=True)
    first, second = (slashed[at].astype(int) for at in (0, 1)) if len(slashed) else (pd.Series(dtype=int),) * 2
    orders = [form for form, part in (("%d/%m/%Y", first), ("%m/%d/%Y", second)) if (part > 12).any()]
    found, problems = [], []
    for row, cell in cells.items():
        try:
            if row not in slashed.index:
                found.append(day(cell, f"{shown} row {row + 2}"))
            elif len(orders) == 1 or first[row] == second[row]:
                form = orders[0] if len(orders) == 1 else "%d/%m/%Y"
                found.append(f"{datetime.strptime(cell.replace('.', '/'), form):%Y-%m-%d}")
            else:
                problems.append(
                    f"{shown} row {row + 2}: {cell!r} can be two days, and no cell of the column tells whether the "
                    "month or the day comes first; expected YYYY-MM-DD"
                )
        except ValueError as error:
            problems_here = error.problems if isinstance(error, GaplabError) else [
                f"{shown} row {row + 2}: {cell!r} is not a date; expected YYYY-MM-DD"
            ]  # fmt: skip
            problems += problems_here
    if problems:
        raise GaplabError(*problems[:_MOST_PROBLEMS])
    return pd.Series(found, index=cells.index, dtype=str)


def day(text: str, shown: str) -> str:
    """A date in ISO form; "" for a blank cell.

    Raises
    ------
    GaplabError
        It is not written as YYYY-MM-DD.
    """
    text = text.strip()
    if text in _BLANK:
        return ""
    try:
        if not _ISO.fullmatch(text):
            raise ValueError
        return f"{datetime.strptime(text[:10], '%Y-%m-%d'):%Y-%m-%d}"
    except ValueError:
        raise GaplabError(f"{shown}: {text[:80]!r} is not a date; expected YYYY-MM-DD") from None


def day_of_time(text: str, shown: str) -> str:
    """The day of a time written out, in English (August 11, 2026 4:07pm) or Spanish (2 de mayo de 2026 2:08am).

    Raises
    ------
    GaplabError
        It is written in another way.
    """
    english = re.match(r"([A-Z][a-z]+) ([0-9]{1,2}), ([0-9]{4})\b", text.strip())
    spanish = re.match(r"([0-9]{1,2}) de ([a-z]+) de ([0-9]{4})\b", text.strip())
    if english:
        month, number, year = english.groups()
    elif spanish:
        number, month, year = spanish.groups()
    else:
        return day(text[:10], shown)
    place = next((names.index(month.casefold()) + 1 for names in _MONTHS if month.casefold() in names), 0)
    return day(f"{year}-{place:02}-{int(number):02}", shown)


def written(value: float, places: int) -> str:
    """A number as our tables write it; "" for NaN."""
    return "" if math.isnan(value) else repr(round(float(value), places))


def weights(access: str) -> str:
    """Our word for a publisher's account of how a model can be had."""
    spelling = access.strip().casefold()
    if spelling.startswith("open"):
        return "open"
    return "closed" if spelling.startswith((*_AS_A_SERVICE, *_INTERNAL)) else "unknown"


def access_state(access: str) -> str:
    """Our state of a model by a publisher's account of how it can be had; "" for a blank, "unknown" for other words."""
    spelling = access.strip().casefold()
    if spelling in ("", "unknown"):
        return ""
    if spelling.startswith("open"):
        return "public"
    if spelling.startswith(_INTERNAL):
        return "internal"
    if _SELECTED.search(spelling):
        return "trusted"
    return "public" if spelling.startswith((*_AS_A_SERVICE, "public")) else "unknown"


def first_few(names: list[str], most: int = 8) -> str:
    """The first few of many names, each cut to a readable length."""
    shown = [name if len(name) <= 60 else f"{name[:57]}…" for name in names[:most]]
    return ", ".join(shown) + (f" and {len(names) - most} more" if len(names) > most else "")


def highest_per_key(table: pd.DataFrame, key: list[str], value: str) -> pd.DataFrame:
    """One row for each key: the one with the highest value, the first of equals."""
    return table.sort_values(value, ascending=False, kind="stable").drop_duplicates(key).sort_index()


def one_of(table: pd.DataFrame, shown: str, *columns: str) -> str:
    """The first of some columns that a table has.

    Raises
    ------
    GaplabError
        It has none of them.
    """
    for name in columns:
        if name in table:
            return name
    raise GaplabError(f"{shown}: has no column {' or '.join(columns)}; expected the file as published")
