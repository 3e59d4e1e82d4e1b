"""Models of a publisher's file, with their access, among ours."""

from __future__ import annotations

import pandas as pd

from gaplab.data.contract import KEYS
from gaplab.importers import names
from gaplab.importers.change import OURS, SHOWN, Change, named
from gaplab.importers.feed import Feed

_FACTS = ("developer", "country", "weights", "release_date")


def merge_models(change: Change, feed: Feed, known: names.Names) -> None:
    """Add a file's new models to the change, and say which have no country."""
    used = {*feed.index_vintages["model"], *feed.scores["model"], *feed.access["model"]}
    fresh = feed.models if feed.listed else feed.models[feed.models["model"].isin(used)]
    fresh = fresh[~fresh["model"].isin(change.after["models"]["model"])]
    append_rows(change, "models", fresh, lambda row: f"{row['model']} ({row['developer']}, {row['country']})")
    for row in fresh[fresh["country"] == "unknown"].to_dict("records"):
        # To look for names alike takes long, and only the first lines are read.
        alike = known.closest(row["model"]) if len(change.unknown) < SHOWN else None
        same = f'; if it is "{alike}", say so in build/models_named.csv instead' if alike else ""
        change.unknown.append(
            f'new model "{row["model"]}": country unknown; write it in models.csv, it does not count before{same}'
        )


def merge_access(change: Change, feed: Feed, *, older: bool = False) -> None:
    """Periods of access: a new one is added, the end of a known one corrected.

    A file that is no list of events knows one day only: it adds nothing to a model whose periods we have, and one that
    is out by our tables stays so.
    """
    periods = feed.access
    if "access" not in feed.complete:
        held = change.after["access"]
        let_in = held.loc[held["state"] != "internal", "model"]
        periods = periods[~periods["model"].isin(let_in)].merge(held[KEYS["access"]], how="left", indicator=True)
        periods = periods[periods.pop("_merge") == "left_only"]
        out = periods["model"].map(change.after["models"].set_index("model")["release_date"])
        for row, day in zip(periods[out != ""].to_dict("records"), out[out != ""], strict=True):
            line = f"{row['model']}: out since {day} in models.csv and {row['state']} in the file; ours stays"
            change.disagreements += [line] * (line not in change.disagreements)
        periods = periods[out == ""]
    upsert(change, "access", periods, older=older)


def upsert(change: Change, name: str, rows: pd.DataFrame, *, older: bool = False) -> None:
    """Rows by their key: new ones added, cells that differ corrected and shown; facts of an older file correct none."""
    table, key = change.after[name].copy(), KEYS[name]
    at_of = dict(zip(table[key].itertuples(index=False, name=None), table.index, strict=True))
    new = []
    for row in rows.to_dict("records"):
        at = at_of.get(tuple(row[column] for column in key))
        if at is None:
            new.append(row)
            continue
        differs = [column for column in table if table.at[at, column] != row[column] and column not in OURS]
        if differs and older:
            change.older += 1
        elif differs:
            differences = "; ".join(f"{c} {table.at[at, c] or 'blank'} → {row[c] or 'blank'}" for c in differs)
            change.changed.setdefault(name, []).append(f"{named(name, row)}: {differences}")
            for column in differs:
                table.at[at, column] = row[column]
    change.after[name] = table
    append_rows(change, name, pd.DataFrame(new, columns=table.columns), lambda row: named(name, row))


def fill_models(change: Change, feed: Feed) -> None:
    """What was unknown of listed models and a publisher knows; a fact that we have otherwise is told, ours stays."""
    table, access = change.after["models"].copy(), change.after["access"]
    restricted, public = set(access["model"]), set(access.loc[access["state"] == "public", "model"])
    at_of = dict(zip(table["model"], table.index, strict=True))
    for row in feed.models.to_dict("records"):
        at = at_of.get(row["model"])
        if at is None:
            continue
        filled = {}
        for column in _FACTS:
            ours, theirs = table.at[at, column], row[column]
            if theirs in ("", "unknown") or ours == theirs:
                continue
            if column == "release_date" and row["model"] in restricted:
                if not ours and row["model"] not in public:
                    line = f"{row['model']}: not public in access.csv and out on {theirs} in the file; ours stays"
                    change.disagreements += [line] * (line not in change.disagreements)
                continue
            if ours in ("", "unknown"):
                filled[column] = theirs
            elif column != "developer":
                line = f"{row['model']}: {column} is {ours} in models.csv and {theirs} in the file; ours stays"
                change.disagreements += [line] * (line not in change.disagreements)
        if "release_date" in filled:
            filled["date_precision"] = "day"
        for column, value in filled.items():
            table.at[at, column] = value
        if filled:
            additions = "; ".join(f"{column} unknown → {value}" for column, value in filled.items())
            change.changed.setdefault("models", []).append(f"{row['model']}: {additions}")
            change.unknown = [line for line in change.unknown if not line.startswith(f'new model "{row["model"]}":')]
    change.after["models"] = table


def append_rows(change: Change, name: str, fresh: pd.DataFrame, label) -> None:
    """The table with new rows in their place, if it was in the order of its key, else at its end."""
    table, key = change.after[name], KEYS[name]
    if fresh.empty:
        return
    change.added.setdefault(name, []).extend(label(row) for row in fresh.to_dict("records"))
    both = pd.concat([table, fresh[table.columns]], ignore_index=True)
    ordered = table.sort_values(key, kind="stable").index.equals(table.index)
    change.after[name] = both.sort_values(key, kind="stable", ignore_index=True) if ordered else both
