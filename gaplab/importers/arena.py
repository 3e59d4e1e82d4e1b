"""The text leaderboard of Arena (LMArena): daily tables, the older history, and the official data set saved as CSV."""

from __future__ import annotations

import re

import pandas as pd

from gaplab.errors import GaplabError
from gaplab.importers.cells import csv_table, days, first_few, highest_per_key, numbers, rows, written
from gaplab.importers.feed import Feed, ModelsMet, Request

URL = "https://arena.ai/leaderboard/text"
INDEX = "arena_text_elo"
_SOURCE = {
    "source": "arena_text",
    "publisher": "Arena",
    "url": URL,
    "licence": "official data set CC BY 4.0 (Arena); the web site may not be scraped",
}
_RANGE = (500.0, 3000.0)
MODEL = ("model", "model_name")
ELO = ("score", "elo", "rating")
_BOARD = ("category", "leaderboard", "board", "arena")
_OTHER_BOARDS = re.compile(
    r"(?<![a-z])(webdev|vision|image|video|search|copilot|code|coding|document)(?![a-z])", re.IGNORECASE
)
DAY = ("snapshot_date", "leaderboard_publish_date", "date")


def read(request: Request) -> Feed:
    """Ratings of every day in the file, as values of the index arena_text_elo.

    A rating says what people like in a chat, not what a model can do; the
    scale moves, so values are comparable within one day only.

    Raises
    ------
    GaplabError
        The columns are not those of a leaderboard, or a cell is no number or date.
    """
    shown = request.shown
    table = csv_table(request.download.content, shown)
    name, elo, when = (next((c for c in names if c in table), None) for names in (MODEL, ELO, DAY))
    if not name or not elo:
        raise GaplabError(f"{shown}: its columns are {first_few(list(table))}; expected model and score, elo or rating")
    others = _OTHER_BOARDS.findall("/".join(re.split(r"[/\\]", request.where or shown)[-2:]))
    if others and "text" not in (request.where or shown).lower():
        raise GaplabError(
            f"{shown}: named after the board {first_few(others)}; expected the text leaderboard: if it is, put text "
            "into its name"
        )
    for column in set(_BOARD) & set(table):
        table = table[table[column].str.strip().str.lower().isin(["overall", "text", "full"])].reset_index(drop=True)
    vintage = days(table[when], shown) if when else pd.Series(request.vintage(), index=table.index)
    value = numbers(table[elo], shown, *_RANGE)
    low, high = _bounds(table, value, shown)
    found = pd.DataFrame({"vintage": vintage, "value": value, "low": low, "high": high, "name": table[name]})
    found["vendor"] = table.get("vendor", table.get("organization", pd.Series("", index=table.index)))
    found = found[found["value"].notna() & (found["vintage"] != "")]
    if found.empty:
        raise GaplabError(f"{shown}: has no dated rating; expected Arena's text leaderboard")
    met = ModelsMet(request.names, URL)
    vendors = found.drop_duplicates("name").set_index("name")["vendor"]
    ours = {spelt: met.model(spelt, developer=vendor, freely=True) for spelt, vendor in vendors.items()}
    found["model"] = found["name"].map(ours)
    found = highest_per_key(found[found["model"] != ""], ["vintage", "model"], "value")
    return Feed(
        vintage=max(found["vintage"]),
        sources=rows("sources", [_SOURCE]),
        models=met.table(),
        index_vintages=rows("index_vintages", [_value(row) for row in found.to_dict("records")]),
        held_back=met.held_back(),
        notes=[
            *met.left_out(),
            "Arena's official data set is CC BY 4.0 (credit Arena); copies scraped from its site are for your own use: "
            "do not pass those rows on.",
        ],
    )


def _bounds(table: pd.DataFrame, value: pd.Series, shown: str) -> tuple[pd.Series, pd.Series]:
    """The 95% interval, as bounds or as a half-width; NaN where there is none."""
    if {"rating_lower", "rating_upper"} <= set(table):
        return numbers(table["rating_lower"], shown), numbers(table["rating_upper"], shown)
    if "ci" in table:
        half = numbers(table["ci"].str.strip().str.lstrip("±"), shown)
        return value - half, value + half
    missing = pd.Series(float("nan"), index=table.index)
    return missing, missing


def _value(row: dict) -> dict[str, str]:
    bounded = pd.notna(row["low"]) and pd.notna(row["high"])
    return {
        "vintage": row["vintage"],
        "index": INDEX,
        "model": row["model"],
        "value": written(row["value"], 4),
        "low": written(row["low"], 4) if bounded else "",
        "high": written(row["high"], 4) if bounded else "",
        "level": "0.95" if bounded else "",
        "source": _SOURCE["source"],
    }
