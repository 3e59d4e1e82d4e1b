"""Why a publisher's file may not be what it seems: what its days and its neighbours say against it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import pandas as pd

from gaplab.importers.cells import first_few
from gaplab.importers.feed import Feed

LONGEST_PAUSE = 366
LARGEST_REFIT = 5.0
"""Points of Epoch's index by which the median model has never moved from one state to the next."""

FEW_EARLY = 2
"""Models that came out after the day of a file: a few have a doubtful date, more of them say that the day is wrong."""

_WHOLE = 50
_FEW = 10
_MISSING = 0.2
_SAME = 5e-4
_NEAR = 0.5
_ROUNDED = 0.006


def doubts_about(feed: Feed, tables: dict[str, pd.DataFrame], today: str) -> list[str]:
    """One line for each reason to doubt a feed; [] for a sound one.

    Parameters
    ----------
    tables : dict of DataFrame
        The tables before, as text.
    today : str
        The day the file was fetched, in ISO form.
    """
    found = list(_days(feed, tables, today))
    held = tables["index_vintages"]
    models = pd.concat([tables["models"], feed.models]).drop_duplicates("model").set_index("model")
    released = models["release_date"]
    new = feed.index_vintages
    for (vintage, index), rows in new[new["index"].str.startswith("epoch")].groupby(["vintage", "index"]):
        before = held[held["index"] == index].assign(value=lambda t: t["value"].astype(float))
        values = rows.set_index("model")["value"].astype(float)
        found += _against(vintage, values, before, released)
        held = pd.concat([held, rows], ignore_index=True)
    return found


def _days(feed: Feed, tables: dict[str, pd.DataFrame], today: str) -> Iterator[str]:
    new = feed.models[~feed.models["model"].isin(tables["models"]["model"])]
    columns = (feed.index_vintages["vintage"], feed.scores["published"], new["release_date"], feed.access["from"])
    days = {feed.vintage, *pd.concat(columns)} - {""}
    ahead = sorted(day for day in days if day > today)
    if ahead:
        yield f"{first_few(ahead)}: after today, {today}; expected a day that has come: correct the date"
        return
    held = [*tables["scores"]["first_seen"], *tables["index_vintages"]["vintage"]]
    last = date.fromisoformat(max(held)) + timedelta(days=LONGEST_PAUSE)
    late = sorted(day for day in days if day > last.isoformat())
    if late:
        yield f"{first_few(late)}: more than a year after everything in the tables ({max(held)}); correct the date"
    early = feed.scores[(feed.scores["published"] > feed.vintage) & (feed.scores["first_seen"] == feed.vintage)]
    if len(early):
        row = early.iloc[0]
        yield (
            f"{len(early)} scores are of runs after {feed.vintage}, the day of the file, such as {row['model']} on "
            f"{row['benchmark']} of {row['published']}; give the day of the file: --vintage"
        )


def _against(vintage: str, values: pd.Series, held: pd.DataFrame, released: pd.Series) -> Iterator[str]:
    """A state of an index beside those we have of other days."""
    same_day = held[held["vintage"] == vintage].set_index("model")["value"]
    revised = _common(values, same_day).loc[lambda d: d.abs() > _ROUNDED]
    if len(revised):
        yield (
            f"{len(revised)} values of {vintage} differ from those we hold of that day, such as {revised.index[0]}; "
            "what stood on a day does not change: give the file its own day, or write it as a correction"
        )
    earlier = held[held["vintage"] < vintage]
    if earlier.empty:
        return
    last_day = earlier["vintage"].max()
    last = earlier[earlier["vintage"] == last_day].set_index("model")["value"]
    moved = _common(values, last)
    for day, rows in earlier[earlier["vintage"] < last_day].groupby("vintage"):
        others = _common(values, rows.set_index("model")["value"])
        if len(others) >= 5 and (others.abs() <= _SAME).all() and (moved.abs() > _SAME).any():
            yield f"all {len(others)} values are those of {day}: an old copy under a new day; give the day it is of"
            break
    if len(moved) > 1 and moved.abs().median() > LARGEST_REFIT:
        yield (
            f"the median model is {moved.abs().median():.1f} points from where it was on {last_day}; no refit "
            "has moved it so far: is it another index?"
        )
    lost = sorted(set(last.index) - set(values.index))
    if len(values) >= _WHOLE and len(last) >= _FEW and len(lost) > _MISSING * len(last):
        yield f"{len(lost)} of {len(last)} models of {last_day} are missing ({first_few(lost, 4)}): is the file whole?"
    yield from _renamed(values, lost, last, released)


def _renamed(values: pd.Series, lost: list[str], last: pd.Series, released: pd.Series) -> Iterator[str]:
    """A model that is gone and a new one of its day and about its value: under two names it would count twice."""
    if len(values) < _WHOLE:
        return
    new = values[~values.index.isin(last.index)]
    for name in lost:
        alike = new[(new - last[name]).abs() <= _NEAR]
        for other in alike.index:
            if released.get(other, "") and released.get(other) == released.get(name):
                yield (
                    f'"{name}" is gone and "{other}" has its day and about its value: renamed? say so in '
                    "build/models_named.csv"
                )


def _common(values: pd.Series, others: pd.Series) -> pd.Series:
    return (values - others[~others.index.duplicated()]).dropna()


def doubts_about_lost_scores(theirs: pd.DataFrame, lost: pd.DataFrame, new: pd.DataFrame) -> Iterator[str]:
    """What the scores that a whole matrix no longer has say against it: too many, or those of a model renamed."""
    if len(theirs) >= _WHOLE and len(lost) > _MISSING * len(theirs):
        yield f"{len(lost)} of {len(theirs)} scores that it had before are missing: is the file whole?"
    kept = set(theirs["model"]) - set(lost["model"])
    for name, rows in lost.groupby("model"):
        if name in kept or len(rows) < len(theirs[theirs["model"] == name]):
            continue
        same = new.merge(rows, on=["benchmark", "score"], suffixes=("", "_lost"))["model"].value_counts()
        if len(same) and same.iloc[0] >= max(2, len(rows) / 2):
            yield f'"{name}" is gone and "{same.index[0]}" has its scores: renamed? say so in build/models_named.csv'


def doubts_about_early_scores(feed: Feed, first: dict[str, str]) -> Iterator[str]:
    """Scores of models that came out after the day of the file."""
    models = feed.scores.loc[feed.scores["first_seen"] == feed.vintage, "model"].unique()
    early = sorted(model for model in models if first.get(model, "") > feed.vintage)
    if len(early) > FEW_EARLY:
        yield (
            f"{len(early)} models with scores came out after {feed.vintage}, the day of the file, such as {early[0]}; "
            "give the day it is of"
        )
