"""What a publisher's file would change in the tables: shown first, written whole or not at all."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pandas as pd

from gaplab.data import write as store
from gaplab.data.contract import KEYS, TABLES
from gaplab.data.csv_file import file_text, read_tables
from gaplab.errors import GaplabError
from gaplab.importers import arena, artificial_analysis, doubts, epoch, facts, metr, names
from gaplab.importers.feed import SAME_FRACTION, Feed, Request
from gaplab.importers.fetch import Download, fetch
from gaplab.params import complete

FEEDS = {
    "epoch": epoch.read,
    "metr": metr.read,
    "arena": arena.read,
    "aa": artificial_analysis.read,
    "facts": facts.read,
}
SAME_RATIO = 0.005
_SHOWN = 15
_VALUES = ["value", "low", "high", "level"]
_FACTS = ("developer", "country", "weights", "release_date")
# What we tell ourselves of a row, whatever a file says.
_OURS = ("source_url", "featured")


@dataclass
class Change:
    """The tables after an import, and how they differ from those before.

    Attributes
    ----------
    folder : Path
    before, after : dict of DataFrame
        The tables as text.
    feeds : list of Feed
    added, changed : dict of list of str
        By table, one line for each row.
    missing : list of str
        Scores that the publisher's file no longer has; they are kept.
    older : int
        Values of an older file that differ from the newer ones we have; those stay.
    unknown : list of str
        A line for each new model without a country.
    early : list of str
        A line for each model that an index knows before its first day here.
    told : list of str
        A line for each fact about a listed model that the publisher has otherwise; ours stays.
    doubts : list of str
        Why the file may not be what it seems; such a change is written only when asked twice.
    versions : DataFrame
        build/known_versions.csv with the spellings learnt; empty when there are none.
    """

    folder: Path
    before: dict[str, pd.DataFrame]
    after: dict[str, pd.DataFrame]
    feeds: list[Feed] = field(default_factory=list)
    added: dict[str, list[str]] = field(default_factory=dict)
    changed: dict[str, list[str]] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)
    older: int = 0
    unknown: list[str] = field(default_factory=list)
    early: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)
    versions: pd.DataFrame = field(default_factory=pd.DataFrame)

    @property
    def is_empty(self) -> bool:
        """Whether the tables stay as they are."""
        return not any(self.added.values()) and not any(self.changed.values())

    def lines(self, *, every: bool = False) -> Iterator[str]:
        """The change for a person, a few rows of each kind or every one."""
        most = 10**9 if every else _SHOWN
        for name in (*TABLES, complete.NAME):
            added, changed = self.added.get(name, []), self.changed.get(name, [])
            if added or changed:
                yield f"{name}.csv: {len(added)} rows added, {len(changed)} changed"
                yield from _first([*(f"  ~ {line}" for line in changed)], most)
                yield from _first([*(f"  + {line}" for line in added)], most)
        if self.missing:
            yield f"scores.csv: {len(self.missing)} rows are no longer in the file and are kept; remove those withdrawn"
            yield from _first([f"  - {line}" for line in self.missing], most)
        if self.older:
            yield f"{self.older} values of older or lesser files differ from those in the tables, which stay"
        yield from _first(self.unknown, most)
        yield from _first(self.early, most)
        yield from _first(self.told, most)
        yield from _first(self.held_back, most)
        yield from dict.fromkeys(note for feed in self.feeds for note in feed.notes)

    @property
    def held_back(self) -> list[str]:
        """What was not taken from the files, and what the analyst can do about it."""
        return list(dict.fromkeys(line for feed in self.feeds for line in feed.held_back))


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
    before = _tables(folder)
    places = [where] if isinstance(where, str) else list(where)
    downloads = {place: fetch(place) for place in places}
    known = names.known(folder, before["models"]["model"], makers=before["models"]["developer"])
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
        raise GaplabError("the file cannot be imported as it is; nothing was written:", *problems)
    return change


def _tables(folder: Path) -> dict[str, pd.DataFrame]:
    """The tables of a folder as text, with the days to which they are complete where it has such a table."""
    tables = {name: file_text(folder / f"{name}.csv") for name in TABLES}
    path = store.name_in_place(folder, complete.NAME)
    if path.is_file():
        tables[complete.NAME] = pd.read_csv(path, dtype=str, keep_default_na=False)
    return tables


def _together(
    read: Callable[[str, names.Names], Feed], places: list[str], known: names.Names, folder: Path
) -> dict[str, Feed]:
    """The feeds of several files, each read with what all of them say of models and their versions."""
    feeds = {place: read(place, known) for place in places}
    if len(feeds) < 2:
        return feeds
    # Facts alone come first; an index dates a version, a matrix now and then the announcement of its family.
    first = sorted(feeds.values(), key=lambda feed: (len(feed.scores) > 0, len(feed.index_vintages) > 0))
    said = pd.concat([feed.models for feed in first]).replace({"unknown": None, "": None})
    said = said.groupby("model", as_index=False, sort=False).first()
    blank = dict.fromkeys(("developer", "country", "weights", "date_precision"), "unknown")
    models = said.fillna(blank).fillna("")[list(TABLES["models"])]
    learnt = pd.concat([feed.versions for feed in first]).drop_duplicates("version")
    held = names.by_hand(folder, "known_versions")
    makers = known.developers.values()
    known = names.known(folder, {*known.listed, *models["model"]}, pd.concat([held, learnt]), makers)
    return {place: replace(read(place, known), models=models) for place in places}


def write(change: Change) -> Path | None:
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
    if change.is_empty:
        return None
    store.finish_replacement(change.folder)
    now = _tables(change.folder)
    for name, table in change.before.items():
        if not isinstance(now.get(name), pd.DataFrame) or not now[name].equals(table):
            raise GaplabError(
                f"{change.folder / name}.csv: changed while the file was read; nothing written: run it again"
            )
    kept = store.replace_tables(change.folder, change.before, change.after)
    if len(change.versions):
        _learn(change)
    return kept


def merge(feed: Feed, change: Change, download: Download, known: names.Names) -> None:
    """Put into the tables of a change what a feed has to say.

    Facts told by hand (countries, release dates, classes) are never touched,
    but filled where they were unknown; a score keeps its `first_seen` as long
    as its value stays within half a point.
    """
    change.feeds.append(feed)
    change.doubts += [line for line in doubts.of(feed, change.after, download.day) if line not in change.doubts]
    _merge_models(change, feed, known)
    _merge_access(change, feed)
    _fill_models(change, feed)
    _upsert(change, "claims", feed.claims)
    _merge_index(change, feed)
    touched = _merge_scores(change, feed)
    _merge_sources(change, feed, download, touched)
    _note_versions(change, feed)
    _complete(change, feed)


def _complete(change: Change, feed: Feed) -> None:
    """The day to which a part of the tables is complete, moved on by a newer file with half of our rows or more."""
    if complete.NAME not in change.after:
        return
    held = change.before["index_vintages"]
    last = held[held["vintage"] == held["vintage"].max()]
    small = {
        "scores": len(feed.scores) < len(change.before["scores"]) / 2,
        "index": feed.index_vintages["model"].nunique() < last["model"].nunique() / 2,
    }
    table = change.after[complete.NAME].copy()
    for at, part in table["part"].items():
        day = feed.complete.get(part, "")
        if day > table.at[at, "to"] and not small.get(part):
            change.changed.setdefault(complete.NAME, []).append(f"{part}: to {table.at[at, 'to']} → {day}")
            table.at[at, "to"] = day
    change.after[complete.NAME] = table


def _merge_models(change: Change, feed: Feed, known: names.Names) -> None:
    used = {*feed.index_vintages["model"], *feed.scores["model"], *feed.access["model"]}
    fresh = feed.models if feed.listed else feed.models[feed.models["model"].isin(used)]
    fresh = fresh[~fresh["model"].isin(change.after["models"]["model"])]
    _append(change, "models", fresh, lambda row: f"{row['model']} ({row['developer']}, {row['country']})")
    for row in fresh[fresh["country"] == "unknown"].to_dict("records"):
        # To look for names alike takes long, and only the first lines are read.
        alike = known.closest(row["model"]) if len(change.unknown) < _SHOWN else None
        same = f'; if it is "{alike}", say so in build/models_named.csv instead' if alike else ""
        change.unknown.append(
            f'new model "{row["model"]}": country unknown; write it in models.csv, it does not count before{same}'
        )


def _merge_access(change: Change, feed: Feed) -> None:
    """Periods of access: a new one is added, the end of a known one corrected."""
    public = change.after["models"].set_index("model")["release_date"]
    told = feed.access[~((feed.access["state"] == "internal") & feed.access["model"].map(public).ne(""))]
    _upsert(change, "access", told)


def _upsert(change: Change, name: str, told: pd.DataFrame) -> None:
    """Rows by their key: new ones added, cells that differ corrected and shown."""
    table, key = change.after[name].copy(), KEYS[name]
    at_of = dict(zip(table[key].itertuples(index=False, name=None), table.index, strict=True))
    new = []
    for row in told.to_dict("records"):
        at = at_of.get(tuple(row[column] for column in key))
        if at is None:
            new.append(row)
            continue
        differs = [column for column in table if table.at[at, column] != row[column] and column not in _OURS]
        if differs:
            said = "; ".join(f"{c} {table.at[at, c] or 'blank'} → {row[c] or 'blank'}" for c in differs)
            change.changed.setdefault(name, []).append(f"{_named(name, row)}: {said}")
            for column in differs:
                table.at[at, column] = row[column]
    change.after[name] = table
    _append(change, name, pd.DataFrame(new, columns=table.columns), lambda row: _named(name, row))


def _fill_models(change: Change, feed: Feed) -> None:
    """What was unknown of listed models and a publisher knows; a fact that we have otherwise is told, ours stays."""
    table, restricted = change.after["models"].copy(), set(change.after["access"]["model"])
    at_of = dict(zip(table["model"], table.index, strict=True))
    for row in feed.models.to_dict("records"):
        at = at_of.get(row["model"])
        if at is None:
            continue
        filled = {}
        for column in _FACTS:
            ours, theirs = table.at[at, column], row[column]
            if theirs in ("", "unknown") or ours == theirs or (column == "release_date" and row["model"] in restricted):
                continue
            if ours in ("", "unknown"):
                filled[column] = theirs
            elif column != "developer":
                line = f"{row['model']}: {column} is {ours} in models.csv and {theirs} in the file; ours stays"
                change.told += [line] * (line not in change.told)
        if "release_date" in filled:
            filled["date_precision"] = "day"
        for column, value in filled.items():
            table.at[at, column] = value
        if filled:
            said = "; ".join(f"{column} unknown → {value}" for column, value in filled.items())
            change.changed.setdefault("models", []).append(f"{row['model']}: {said}")
            change.unknown = [line for line in change.unknown if not line.startswith(f'new model "{row["model"]}":')]
    change.after["models"] = table


def _merge_index(change: Change, given: Feed) -> None:
    table, feed = change.after["index_vintages"], given.index_vintages
    key = KEYS["index_vintages"]
    ours = dict(zip(table[key].itertuples(index=False, name=None), table.index, strict=True))
    table, new, early, first = table.copy(), [], {}, _first_days(change)
    for row in feed.to_dict("records"):
        at = ours.get(tuple(row[column] for column in key))
        if at is None:
            too_early = row["vintage"] < first.get(row["model"], "")
            early.setdefault(row["model"], []).append(row["vintage"]) if too_early else new.append(row)
            continue
        differs = [column for column in _VALUES if not _equal(table.at[at, column], row[column], 5e-5)]
        if differs:
            old_to_new = "; ".join(f"{c} {table.at[at, c] or 'blank'} → {row[c] or 'blank'}" for c in differs)
            change.changed.setdefault("index_vintages", []).append(f"{_named('index_vintages', row)}: {old_to_new}")
            for column in [*differs, "source"] if differs else []:
                table.at[at, column] = row[column]
    change.after["index_vintages"] = table
    change.early += [
        f'{len(vintages)} values of "{model}" are held back: they are of {min(vintages)} on, before its first day '
        f"{first[model]}; correct that in models.csv, or its name, and import again"
        for model, vintages in sorted(early.items())
    ]
    _append(change, "index_vintages", pd.DataFrame(new, columns=feed.columns), _labelled("index_vintages", "value"))


def _first_days(change: Change) -> dict[str, str]:
    """The first day on which each model was somewhere, in ISO form; models without a date are left out."""
    models, access = change.after["models"], change.after["access"]
    access = access[access["state"] != "suspended"].rename(columns={"from": "release_date"})
    both = pd.concat([models[["model", "release_date"]], access[["model", "release_date"]]])
    return both[both["release_date"] != ""].groupby("model")["release_date"].min().to_dict()


def _merge_scores(change: Change, feed: Feed) -> set[str]:
    """The scores with those of the feed; the sources of which a row was added or changed."""
    table = change.after["scores"].copy()
    copied = dict(change.after["sources"][["source", "retrieved"]].itertuples(index=False, name=None))
    cells: dict[tuple[str, str], list[int]] = {}
    for at, cell in zip(table.index, table[["model", "benchmark"]].itertuples(index=False, name=None), strict=True):
        cells.setdefault(cell, []).append(at)
    in_feed = set(feed.scores[["model", "benchmark", "source"]].itertuples(index=False, name=None))
    met, new, touched = set(), [], set()
    for row in feed.scores.to_dict("records"):
        held = cells.get((row["model"], row["benchmark"]), [])
        at = _row_of(row, table, held, in_feed)
        if at is None:
            # A file older than the copy we hold lacks nothing that the newer one does not rightly lack.
            if feed.vintage < copied.get(row["source"], ""):
                change.older += 1
            else:
                new.append(row)
                touched.add(row["source"])
            continue
        met.add(at)
        older = not feed.revises or feed.vintage < copied.get(table.at[at, "source"], "")
        news = _news(table.loc[at], row, older=older)
        if news is None:
            change.older += 1
        elif news:
            old_to_new = "; ".join(f"{c} {table.at[at, c] or 'blank'} → {v or 'blank'}" for c, v in news.items())
            change.changed.setdefault("scores", []).append(f"{_named('scores', table.loc[at])}: {old_to_new}")
            touched.add(row["source"])
            for column, value in news.items():
                table.at[at, column] = value
    change.after["scores"] = table
    _append(change, "scores", pd.DataFrame(new, columns=feed.scores.columns), _labelled("scores", "score"))
    if feed.whole:
        newest = {source for source in set(feed.scores["source"]) if feed.vintage >= copied.get(source, "")}
        theirs = table["source"].isin(newest) & table["benchmark"].isin(set(feed.scores["benchmark"]))
        change.missing += [_named("scores", table.loc[at]) for at in table.index[theirs] if at not in met]
    return touched


def _row_of(row: dict, table: pd.DataFrame, held: list[int], in_feed: set[tuple]) -> int | None:
    """Our row for a score of the feed: of its source, or of a source renamed since with the same value."""
    same_source = [at for at in held if table.at[at, "source"] == row["source"]]
    if len(same_source) == 1:
        return same_source[0]
    same_effort = [at for at in same_source if table.at[at, "effort"] == row["effort"]]
    if same_effort:
        return same_effort[0]
    renamed = [
        at
        for at in held
        if (row["model"], row["benchmark"], table.at[at, "source"]) not in in_feed
        and table.at[at, "adjusted"] == row["adjusted"]
        and _same(table.at[at, "score"], row)
    ]
    return renamed[0] if len(renamed) == 1 else None


def _news(ours: pd.Series, row: dict, *, older: bool) -> dict[str, str] | None:
    """What the feed changes in a row; None for an older file with another value.

    A value that stays keeps its history. One that was revised is a new fact:
    it was seen on the day of the feed and has the run of the feed.
    """
    same = _same(ours["score"], row) and ours["adjusted"] == row["adjusted"]
    if same:
        news = {"first_seen": row["first_seen"]} if row["first_seen"] < ours["first_seen"] else {}
        if not older:
            news |= {"score": row["score"]} if not _equal(ours["score"], row["score"], 1.5e-6) else {}
            news |= {"source": row["source"]} if ours["source"] != row["source"] else {}
        news |= {c: row[c] for c in ("standard_error", "published") if row[c] and not ours[c]}
        return news
    if older:
        return None
    fresh = (
        "score",
        "source",
        "effort",
        "standard_error",
        "n_items",
        "adjusted",
        "censored",
        "first_seen",
        "published",
        "source_url",
    )
    return {column: row[column] for column in fresh if row[column] != ours[column]}


def _same(score: str, row: dict) -> bool:
    ours, theirs = float(score), float(row["score"])
    if row["benchmark"].startswith("METR time horizon"):
        return abs(ours - theirs) <= SAME_RATIO * ours
    return abs(ours - theirs) <= SAME_FRACTION


def _merge_sources(change: Change, feed: Feed, download: Download, touched: set[str]) -> None:
    """Sources that the rows name: new ones added, known ones with the copy that was read last."""
    table, new = change.after["sources"].copy(), []
    at_of = dict(zip(table["source"], table.index, strict=True))
    in_index = set(feed.index_vintages["source"])
    added_to_index = bool(change.added.get("index_vintages") or change.changed.get("index_vintages"))
    used = {*change.after["scores"]["source"], *change.after["index_vintages"]["source"]}
    for row in feed.sources.to_dict("records"):
        if row["source"] not in used:
            continue
        row |= {"retrieved": feed.vintage, "sha256": download.sha256}
        at = at_of.get(row["source"])
        if at is None:
            new.append(row)
            continue
        news = row["source"] in touched or (row["source"] in in_index and added_to_index)
        held = table.at[at, "retrieved"]
        if held > feed.vintage or (held == feed.vintage and not news):
            continue
        differs = [column for column in ("retrieved", "sha256") if table.at[at, column] != row[column]]
        if differs:
            old_to_new = "; ".join(f"{c} {table.at[at, c][:12] or 'blank'} → {row[c][:12]}" for c in differs)
            change.changed.setdefault("sources", []).append(f"{row['source']}: {old_to_new}")
            for column in differs:
                table.at[at, column] = row[column]
    change.after["sources"] = table
    _append(change, "sources", pd.DataFrame(new, columns=table.columns), lambda row: row["source"])


def _note_versions(change: Change, feed: Feed) -> None:
    """Spellings learnt from the feed that the table of known versions lacks."""
    held = change.versions if len(change.versions) else names.by_hand(change.folder, "known_versions")
    fresh = feed.versions
    fresh = fresh[~fresh["version"].isin(held["version"]) & fresh["model"].isin(change.after["models"]["model"])]
    if len(fresh) and not change.is_empty:
        change.versions = pd.concat([held, fresh]).sort_values("version", kind="stable")


def _learn(change: Change) -> None:
    path = names.path_by_hand(change.folder, "known_versions")
    path.parent.mkdir(exist_ok=True)
    store.save_tables({path.stem: change.versions}, path.parent)


def _append(change: Change, name: str, fresh: pd.DataFrame, label) -> None:
    """The table with new rows in their place, if it was in the order of its key, else at its end."""
    table, key = change.after[name], KEYS[name]
    if fresh.empty:
        return
    change.added.setdefault(name, []).extend(label(row) for row in fresh.to_dict("records"))
    both = pd.concat([table, fresh[table.columns]], ignore_index=True)
    ordered = table.sort_values(key, kind="stable").index.equals(table.index)
    change.after[name] = both.sort_values(key, kind="stable", ignore_index=True) if ordered else both


def _labelled(name: str, value: str):
    return lambda row: f"{_named(name, row)}: {value} {row[value]}"


def _named(name: str, row) -> str:
    return ", ".join(row[column] for column in KEYS[name])


def _equal(ours: str, theirs: str, within: float) -> bool:
    if not ours or not theirs:
        return ours == theirs
    return abs(float(ours) - float(theirs)) <= within


def _first(lines: list[str], most: int) -> list[str]:
    rest = len(lines) - most
    return lines[:most] + ([f"  … and {rest} more (--all shows them)"] if rest > 0 else [])
