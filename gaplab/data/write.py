"""Writing: several tables of a data folder replaced as one, with the earlier ones kept."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pandas as pd

from gaplab.errors import GaplabError
from gaplab.places import IN_CHECKOUT, PROJECT_DATA
from gaplab.write import replace_file

INCOMING = ".incoming"
"""Folder of tables that are in force already and are on their way to their place."""
PREVIOUS = "previous"
"""Folder of the tables as they were before each import."""
WAIT = 10.0
"""Seconds that a writer waits for another one of the same folder."""

_COPIED = ("*.csv", "*.md", "build/*.csv")


@contextmanager
def only_writer(folder: Path) -> Iterator[None]:
    """Let no other process write the tables of a folder meanwhile; what a killed one left half done is finished first.

    Raises
    ------
    GaplabError
        Another process writes them, or the folder cannot be written.
    """
    from filelock import FileLock, Timeout  # not where tables are only read

    lock = folder / PREVIOUS / ".writing"
    try:
        lock.parent.mkdir(exist_ok=True)
        held = FileLock(lock, timeout=WAIT)
        held.acquire()
    except Timeout:
        raise GaplabError(
            f"{folder}: another gaplab writes these tables; expected one at a time: run it again when that has ended"
        ) from None
    except OSError as error:
        raise GaplabError(f"{folder}: cannot be written ({error.strerror}); expected a folder that can") from None
    try:
        finish_replacement(folder)
        _sweep(folder)
        yield
    finally:
        with suppress(OSError):
            lock.unlink()
            lock.parent.rmdir()  # where nothing is kept
        held.release()


def name_in_place(folder: Path, name: str) -> Path:
    """Where a table is now: in its place, or still among those that an interrupted import left on their way."""
    incoming = folder / INCOMING / f"{name}.csv"
    return incoming if incoming.is_file() else folder / f"{name}.csv"


def copy_tables(folder: Path, target: Path) -> None:
    """A copy of a data folder, with what is kept by hand in `build/`, for a user to change; whole or absent.

    Raises
    ------
    GaplabError
        The target exists already, or cannot be written.
    """
    if target.exists():
        raise GaplabError(f"{target}: exists already; expected the name of a folder that does not: give another")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=".copy-") as private:
            draft = Path(private) / "data"
            (draft / "build").mkdir(parents=True)
            for home in (folder, folder / INCOMING):  # tables on their way are in force already
                for path in (path for kind in _COPIED for path in home.glob(kind)):
                    shutil.copyfile(path, draft / path.relative_to(home))
            os.rename(draft, target)
    except OSError as error:
        raise GaplabError(f"{target}: cannot be written ({error.strerror}); expected a place that can") from None


def check_not_shipped(folder: Path) -> None:
    """Refuse to change the tables inside an installed package, which belong to it."""
    if not IN_CHECKOUT and folder.resolve() == PROJECT_DATA.resolve():
        raise GaplabError(
            f"{folder}: these tables are part of the installed package; expected a folder of your own: make one with "
            "gaplab data copy my-data, then give --data my-data or set GAPLAB_DATA"
        )


def save_tables(tables: dict[str, pd.DataFrame], folder: Path) -> None:
    """Write tables of text as CSV; each file appears whole."""
    for name, table in tables.items():
        replace_file(folder / f"{name}.csv", table.to_csv(index=False, lineterminator="\n"))


def replace_tables(folder: Path, before: dict[str, pd.DataFrame], after: dict[str, pd.DataFrame]) -> Path:
    """Put all tables of `after` in force at once and keep those of `before`.

    To be called within `only_writer`. The new tables are written beside the old ones first. One rename puts them in
    force: whatever happens later, readers see all of them (`name_in_place`), and the next call finishes the move.

    Parameters
    ----------
    before, after : dict of DataFrame
        The tables as text; only those that differ are moved.

    Returns
    -------
    Path
        The folder that holds the tables as they were.

    Raises
    ------
    GaplabError
        The folder cannot be written. The tables in force are whole, those before or those after.
    """
    check_not_shipped(folder)
    try:
        finish_replacement(folder)
        kept = _keep(folder, before)
        staging = Path(tempfile.mkdtemp(dir=folder, prefix=".staging-"))
        try:
            save_tables({name: table for name, table in after.items() if not table.equals(before[name])}, staging)
            os.rename(staging, folder / INCOMING)  # from here on the new tables count
        except BaseException:
            shutil.rmtree(staging, ignore_errors=True)
            raise
        finish_replacement(folder)
    except OSError as error:
        raise GaplabError(
            f"{folder}: cannot be written ({error}); the tables are whole: make room and try again"
        ) from None
    return kept


def undo(folder: Path) -> Path:
    """Put the tables in force that the last import replaced; those of now are kept in their stead.

    Returns
    -------
    Path
        The folder they were kept in.

    Raises
    ------
    GaplabError
        No tables were kept, or the folder cannot be written.
    """
    check_not_shipped(folder)
    with only_writer(folder):
        kept = sorted((folder / PREVIOUS).glob("[!.]*/models.csv"), key=lambda path: path.parent.stat().st_mtime_ns)
        if not kept:
            raise GaplabError(f"{folder}: holds no tables of an earlier import in {PREVIOUS}; nothing to undo")
        last = kept[-1].parent
        names = [path.stem for path in sorted(last.glob("*.csv"))]
        before, after = (
            {name: pd.read_csv(root / f"{name}.csv", dtype=str, keep_default_na=False) for name in names}
            for root in (folder, last)
        )
        replace_tables(folder, before, after)
    return last


def finish_replacement(folder: Path) -> None:
    """Move tables that are in force to their place, after an import that was interrupted."""
    incoming = folder / INCOMING
    if not incoming.is_dir():
        return
    for path in sorted(incoming.iterdir()):
        os.replace(path, folder / path.name)
    incoming.rmdir()


def _sweep(folder: Path) -> None:
    """Remove what a writer that was killed left half-written; nobody reads it."""
    half = [folder.glob(".staging-*"), (folder / PREVIOUS).glob(".draft-*")]
    half += [(folder / "build").glob(f".{name}.csv.*") for name in ("known_versions", "taken")]
    for path in [path for paths in half for path in paths]:
        shutil.rmtree(path, ignore_errors=True)


def _keep(folder: Path, before: dict[str, pd.DataFrame]) -> Path:
    """A copy of all tables under the newest day and the content they have."""
    digest = hashlib.sha256()
    for name in sorted(before):
        digest.update((folder / f"{name}.csv").read_bytes())
    newest = max([*before["scores"]["first_seen"], *before["index_vintages"]["vintage"]])
    kept = folder / PREVIOUS / f"{newest}-{digest.hexdigest()[:8]}"
    if kept.is_dir():
        os.utime(kept)  # the last ones kept are those that undo brings back
        return kept
    kept.parent.mkdir(exist_ok=True)
    draft = Path(tempfile.mkdtemp(dir=kept.parent, prefix=".draft-"))
    try:
        for name in before:
            shutil.copyfile(folder / f"{name}.csv", draft / f"{name}.csv")
        os.chmod(draft, 0o755)
        os.rename(draft, kept)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise
    return kept
