"""A table that only grows: each row holds the hash of the row before it and its own, so that a later change shows."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import pandas as pd
from filelock import FileLock

from gaplab.errors import GaplabError
from gaplab.write import replace_file

LINKS = ("before", "hash")
"""The last two columns: the hash of the row before (`START` in the first row) and of this row."""
START = "0" * 32


def row_hash(before: str, cells: Sequence[str]) -> str:
    """Hash of a row: of the hash before it and of its cells as they are written.

    Parameters
    ----------
    before : str
        Of the row before, or `START`.
    cells : sequence of str
        All but the last two.

    Returns
    -------
    str
        The first 32 hexadecimal digits of SHA-256.
    """
    return hashlib.sha256("\x1f".join([before, *cells]).encode()).hexdigest()[:32]


def read(path: Path, columns: Sequence[str]) -> pd.DataFrame:
    """Every row as text, with `LINKS`; no rows where there is no file.

    Raises
    ------
    GaplabError
        The file is no such table, or a row was changed, added or taken away.
    """
    if not path.is_file():
        return pd.DataFrame(columns=[*columns, *LINKS], dtype=str)
    rows = _rows(path, columns)
    if problems := _broken(path, rows):
        raise GaplabError(*problems)
    return pd.DataFrame(rows, columns=[*columns, *LINKS])


def append(path: Path, rows: pd.DataFrame, known: pd.DataFrame) -> None:
    """Add rows of text to the end of the table; what stands there is neither read anew nor written otherwise.

    Parameters
    ----------
    path : Path
        Made with a header when missing.
    rows : DataFrame
        Without `LINKS`.
    known : DataFrame
        What `read` gave before the rows were made.

    Raises
    ------
    GaplabError
        The table was changed since it was written, or somebody else added to it since it was read.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(path.with_name(f".{path.name}.lock")) as held:
        try:
            if not read(path, list(rows.columns)).equals(known):
                raise GaplabError(f"{path}: rows were added meanwhile; nothing written: run it again")
            _write(path, rows, known["hash"].iloc[-1] if len(known) else START)
        finally:
            with suppress(OSError):
                Path(held.lock_file).unlink()


def _write(path: Path, rows: pd.DataFrame, before: str) -> None:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    if not path.is_file():
        writer.writerow([*rows.columns, *LINKS])
    for cells in rows.astype(str).itertuples(index=False):
        own = row_hash(before, cells)
        writer.writerow([*cells, before, own])
        before = own
    old = path.read_bytes() if path.is_file() else b""
    replace_file(path, old + text.getvalue().encode())


def _rows(path: Path, columns: Sequence[str]) -> list[list[str]]:
    try:
        with path.open(newline="", encoding="utf-8") as lines:
            header, *rows = csv.reader(lines)
    except (OSError, UnicodeDecodeError, csv.Error, ValueError) as error:
        raise GaplabError(f"{path}: cannot be read as a table ({error}); restore the file as it was issued") from None
    wanted = [*columns, *LINKS]
    if header != wanted:
        raise GaplabError(f"{path} row 1: its columns are not {', '.join(wanted)}; restore the file as it was issued")
    short = [number for number, row in enumerate(rows, start=2) if len(row) != len(wanted)]
    if short:
        raise GaplabError(
            *(f"{path} row {number}: has not {len(wanted)} cells; restore the row as it was issued" for number in short)
        )
    return rows


def _broken(path: Path, rows: list[list[str]]) -> list[str]:
    problems, before = [], START
    for number, (*cells, link, own) in enumerate(rows, start=2):
        if row_hash(link, cells) != own:
            problems.append(f"{path} row {number}: was changed after it was issued; restore it as it was issued")
        elif link != before:
            problems.append(
                f"{path} row {number}: does not follow row {number - 1}; a row was added, moved, taken away or written "
                "anew between them: restore the file as it was issued"
            )
        before = own
    return problems
