"""An import: publishers' files read, compared with our tables, and written when asked."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pandas as pd

from gaplab.data import write as store
from gaplab.data.contract import TABLES
from gaplab.data.csv_file import file_text, read_tables
from gaplab.errors import GaplabError
from gaplab.importers import arena, artificial_analysis, facts, metr, names
from gaplab.importers.change import Change
from gaplab.importers.epoch.files import read
from gaplab.importers.feed import Feed, Request
from gaplab.importers.fetch import fetch
from gaplab.importers.merge import merge
from gaplab.params import complete

FEEDS = {
    "epoch": read,
    "metr": metr.read,
    "arena": arena.read,
    "aa": artificial_analysis.read,
    "facts": facts.read,
}


def prepare(publisher: str, where: str | Sequence[str], folder: Path, *, vintage: str | None = None) -> Change:
    """Read files of a publisher and work out what they change together; nothing is written.

    Parameters
    ----------
    publisher : {"epoch", "metr", "arena", "aa", "facts"}
    where : str or sequence of str
        Path or address of each file. Their order does not matter: what one file says of a model serves the others.
    folder : Path
        The data tables.
    vintage : str, optional
        The day the files were published, when neither their names nor their rows tell.

    Raises
    ------
    GaplabError
        A file or the tables cannot be used, or the tables would not be valid afterwards.
    """
    _, problems = read_tables(folder)
    if problems:
        raise GaplabError(*problems)
    before = tables_as_text(folder)
    places = [where] if isinstance(where, str) else list(where)
    downloads = {place: fetch(place) for place in places}
    known = names.known_names(folder, before["models"]["model"], makers=before["models"]["developer"])
    feeds = _together(
        lambda place, known: FEEDS[publisher](Request(downloads[place], folder, before, known, vintage, place)),
        places,
        known,
        folder,
    )
    change = Change(folder, before, dict(before))
    for place, feed in feeds.items():
        merge(feed, change, downloads[place], known)
    with tempfile.TemporaryDirectory() as scratch:
        store.save_tables(change.after, Path(scratch))
        _, problems = read_tables(Path(scratch), shown=folder)
    if problems:
        raise GaplabError("the file cannot be imported as it is; nothing was written:", *change.doubts, *problems)
    return change


def tables_as_text(folder: Path) -> dict[str, pd.DataFrame]:
    """The tables of a folder as text, with the days to which they are complete where it has such a table."""
    tables = {name: file_text(folder / f"{name}.csv") for name in TABLES}
    path = store.name_in_place(folder, complete.NAME)
    if path.is_file():
        tables[complete.NAME] = pd.read_csv(path, dtype=str, keep_default_na=False)
    return tables


def check_unchanged(before: dict[str, pd.DataFrame], folder: Path) -> None:
    """Refuse to go on when somebody changed a table of a folder since it was read, with a line that names the table."""
    now = tables_as_text(folder)
    for name, table in before.items():
        if not isinstance(now.get(name), pd.DataFrame) or not now[name].equals(table):
            raise GaplabError(f"{folder / name}.csv: changed while files were read; nothing written: run it again")


def _together(
    read: Callable[[str, names.Names], Feed], places: list[str], known: names.Names, folder: Path
) -> dict[str, Feed]:
    """The feeds of several files, each read with what all of them say of models and their versions."""
    feeds = {place: read(place, known) for place in places}
    if len(feeds) < 2:
        return feeds
    # Facts alone come first; an index dates a version, a matrix now and then the announcement of its family.
    first = sorted(feeds.values(), key=lambda feed: (len(feed.scores) > 0, len(feed.index_vintages) > 0))
    listed = pd.concat([feed.models for feed in first]).replace({"unknown": None, "": None})
    listed = listed.groupby("model", as_index=False, sort=False).first()
    blank = dict.fromkeys(("developer", "country", "weights", "date_precision"), "unknown")
    models = listed.fillna(blank).fillna("")[list(TABLES["models"])]
    learnt = pd.concat([feed.versions for feed in first]).drop_duplicates("version")
    held = names.handmade_table(folder, "known_versions")
    makers = known.developers.values()
    known = names.known_names(folder, {*known.listed, *models["model"]}, pd.concat([held, learnt]), makers)
    return {place: replace(read(place, known), models=models) for place in places}


def write_change(change: Change) -> Path | None:
    """Put the changed tables in place, all of them or none; the tables before are kept.

    Returns
    -------
    Path or None
        The folder of the tables before; None when nothing was to be changed.

    Raises
    ------
    GaplabError
        The folder cannot be written, or its tables were changed by another.
    """
    store.check_not_shipped(change.folder)
    with store.only_writer(change.folder):  # this finishes what a killed import left, even where nothing is new
        if change.is_empty:
            return None
        check_unchanged(change.before, change.folder)
        kept = store.replace_tables(change.folder, change.before, change.after)
        if len(change.versions):
            _learn(change)
    return kept


def _learn(change: Change) -> None:
    path = names.handmade_path(change.folder, "known_versions")
    path.parent.mkdir(exist_ok=True)
    store.save_tables({path.stem: change.versions}, path.parent)
