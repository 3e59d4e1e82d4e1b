"""Rows of a publisher's file among the rows of our tables."""

from __future__ import annotations

import pandas as pd

from gaplab.data.contract import KEYS
from gaplab.importers import names, plausibility
from gaplab.importers.change import Change, labelled, named
from gaplab.importers.feed import SAME_FRACTION, Feed
from gaplab.importers.fetch import Download
from gaplab.importers.merge_models import append_rows, fill_models, merge_access, merge_models, upsert
from gaplab.params import complete

SAME_RATIO = 0.005
_VALUES = ["value", "low", "high", "level"]


def merge(feed: Feed, change: Change, download: Download, known: names.Names) -> None:
    """Put into the tables of a change what a feed has to say.

    Facts entered by hand (countries, release dates, classes) are never overwritten, only filled in where they were
    unknown. A score keeps its `first_seen` as long as its value stays within half a point.
    """
    change.feeds.append(feed)
    doubts = plausibility.doubts_about(feed, change.after, download.day)
    change.doubts += [line for line in doubts if line not in change.doubts]
    older = is_older(change, feed)
    merge_models(change, feed, known)
    merge_access(change, feed, older=older)
    fill_models(change, feed)
    upsert(change, "claims", feed.claims, older=older)
    _merge_index(change, feed)
    touched = _merge_scores(change, feed)
    _merge_sources(change, feed, download, touched)
    _note_versions(change, feed)
    _complete(change, feed)


def _complete(change: Change, feed: Feed) -> None:
    """The day to which a part of the tables is complete, moved on by a newer file with half of our rows or more."""
    if complete.NAME not in change.after:
        return
    held, given = change.before["index_vintages"], feed.index_vintages
    # Our rows before any of the file's, so that the answer is the same when the file is in the tables already.
    held = held[held["index"].isin(given["index"]) & (held["vintage"] < given["vintage"].min())] if len(given) else held
    last = held[held["vintage"] == held["vintage"].max()]
    small = {
        "scores": len(feed.scores) < len(change.before["scores"]) / 2,
        "index": given["model"].nunique() < last["model"].nunique() / 2,
    }
    table = change.after[complete.NAME].copy()
    for at, part in table["part"].items():
        day = feed.complete.get(part, "")
        if day > table.at[at, "to"] and not small.get(part):
            change.changed.setdefault(complete.NAME, []).append(f"{part}: to {table.at[at, 'to']} → {day}")
            table.at[at, "to"] = day
    change.after[complete.NAME] = table


def is_older(change: Change, feed: Feed) -> bool:
    """Whether the tables are complete beyond the day to which facts were compiled: then ours are the newer ones."""
    held = change.before.get(complete.NAME)
    to = {} if held is None else dict(zip(held["part"], held["to"], strict=True))
    return any(day < to.get(part, "") for part, day in feed.complete.items())


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
            change.changed.setdefault("index_vintages", []).append(f"{named('index_vintages', row)}: {old_to_new}")
            for column in [*differs, "source"] if differs else []:
                table.at[at, column] = row[column]
    change.after["index_vintages"] = table
    if len(early) > plausibility.FEW_EARLY:
        change.doubts.append(
            f"{len(early)} models of {given.vintage} came out after that day, such as {min(early)}; "
            "give the day it is of"
        )
    change.early += [
        f'{len(vintages)} values of "{model}" are held back: they are of {min(vintages)} on, before its first day '
        f"{first[model]}; correct that in models.csv, or its name, and import again"
        for model, vintages in sorted(early.items())
    ]
    append_rows(change, "index_vintages", pd.DataFrame(new, columns=feed.columns), labelled("index_vintages", "value"))


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
            change.changed.setdefault("scores", []).append(f"{named('scores', table.loc[at])}: {old_to_new}")
            touched.add(row["source"])
            for column, value in news.items():
                table.at[at, column] = value
    change.after["scores"] = table
    append_rows(change, "scores", pd.DataFrame(new, columns=feed.scores.columns), labelled("scores", "score"))
    if feed.whole:
        newest = {source for source in set(feed.scores["source"]) if feed.vintage >= copied.get(source, "")}
        theirs = table["source"].isin(newest) & table["benchmark"].isin(set(feed.scores["benchmark"]))
        lost = [at for at in table.index[theirs] if at not in met]
        change.missing += [named("scores", table.loc[at]) for at in lost]
        change.doubts += plausibility.doubts_about_lost_scores(
            table[theirs], table.loc[lost], pd.DataFrame(new, columns=table.columns)
        )
    change.doubts += plausibility.doubts_about_early_scores(feed, _first_days(change))
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
    append_rows(change, "sources", pd.DataFrame(new, columns=table.columns), lambda row: row["source"])


def _note_versions(change: Change, feed: Feed) -> None:
    """Spellings learnt from the feed that the table of known versions lacks."""
    held = change.versions if len(change.versions) else names.handmade_table(change.folder, "known_versions")
    fresh = feed.versions
    fresh = fresh[~fresh["version"].isin(held["version"]) & fresh["model"].isin(change.after["models"]["model"])]
    if len(fresh) and not change.is_empty:
        change.versions = pd.concat([held, fresh]).sort_values("version", kind="stable")


def _equal(ours: str, theirs: str, within: float) -> bool:
    if not ours or not theirs:
        return ours == theirs
    return abs(float(ours) - float(theirs)) <= within
