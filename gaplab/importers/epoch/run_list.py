"""Epoch AI's list of its own runs, with the day of each."""

from __future__ import annotations

from datetime import date

import pandas as pd

from gaplab.errors import GaplabError
from gaplab.importers.cells import day_of_time, first_few, highest_per_key, numbers
from gaplab.importers.epoch.columns import LATEST, OWN, SHOWN_WITHIN, feed_of
from gaplab.importers.epoch.matrix import matrix_scores
from gaplab.importers.feed import SAME_FRACTION, Feed, ModelsMet, Request
from gaplab.importers.names import handmade_table, without_effort


def run_list_feed(request: Request, table: pd.DataFrame, met: ModelsMet) -> Feed:
    """Epoch's own runs with the day of each: when our values were first to be seen, and runs newer than our copy.

    Of the runs of a cell that we hold, the one with our value counts: which
    variant stands for a model is the matrix's affair. A run that the matrix
    could have had and has not was left out on purpose.
    """
    shown = request.shown
    table = table[table["Status"] == "Success"].reset_index(drop=True)
    if table.empty:
        raise GaplabError(f'{shown}: has no run with the Status "Success"; expected the file as published')
    value = numbers(table["Best score (across scorers)"], shown)
    spans = {test: span_of(request, test) for test in table["task"].unique()}
    span, floor = (table["task"].map(lambda test, at=at: spans[test][at]) for at in (0, 1))
    started = [day_of_time(cell, f"{shown} row {row + 2}") for row, cell in table["started_at"].items()]
    runs = pd.DataFrame({
        "benchmark": table["task"],
        "model_version": table["model"],
        "score": ((value - floor) / span).clip(0, 1),
        "error": float("nan"),
        "day": started,
        "source": "Epoch evaluations",
        "name": [request.names.model(version) or "" for version in table["model"]],
    }).dropna(subset="score")  # fmt: skip
    nameless = sorted({without_effort(version) for version in runs.loc[runs["name"] == "", "model_version"]})
    chosen = _dated(request, runs[runs["name"] != ""].reset_index(drop=True))
    scores, sources, held_back, notes = matrix_scores(request, chosen)
    return feed_of(
        request, met, scores=scores.assign(first_seen=seen_day(request, scores)), sources=sources, whole=False,
        revises=False, held_back=without_name(nameless) + held_back, notes=notes,
    )  # fmt: skip


def _dated(request: Request, runs: pd.DataFrame) -> pd.DataFrame:
    ours = request.tables["scores"]
    ours = ours[ours["source"] == OWN]
    held = dict(zip(zip(ours["model"], ours["benchmark"], strict=True), ours["score"].astype(float), strict=True))
    sources = request.tables["sources"].set_index("source")["retrieved"]
    copied = date.fromisoformat(sources.get(OWN, request.vintage())) - LATEST
    cells = list(zip(runs["name"], runs["benchmark"], strict=True))
    runs["off"] = [abs(held.get(cell, float("nan")) - score) for cell, score in zip(cells, runs["score"], strict=True)]
    same = runs[runs["off"] <= SAME_FRACTION].sort_values("day", kind="stable")
    new = runs[runs["off"].isna() & (runs["day"] > copied.isoformat())]
    return pd.concat([same.drop_duplicates(["name", "benchmark"]), standing_of(new)]).drop(columns="off")


def seen_day(request: Request, scores: pd.DataFrame) -> pd.Series:
    """When a run was to be seen at the latest: a week after it, but not before its test was."""
    ours = request.tables["scores"]
    known = ours.groupby("benchmark")["first_seen"].min()
    week = (pd.to_datetime(scores["published"]) + SHOWN_WITHIN).dt.strftime("%Y-%m-%d")
    first = scores["benchmark"].map(known).fillna(request.vintage())
    return pd.concat([week, first], axis=1).max(axis=1).clip(upper=request.vintage())


def without_name(versions: list[str]) -> list[str]:
    """The line about versions that no table has a model for."""
    line = (
        f"runs of {len(versions)} versions are held back: no table says which model they are ({first_few(versions)}); "
        "add a row to build/known_versions.csv for those that count"
    )
    return [line] if versions else []


def standing_of(runs: pd.DataFrame) -> pd.DataFrame:
    """The best run of each model on each benchmark; where others match it, what differs between them is not told."""
    cell = ["name", "benchmark"]
    top = runs.groupby(cell)["score"].transform("max") if len(runs) else runs["score"]
    equals = runs[top - runs["score"] <= SAME_FRACTION].groupby(cell)
    several = equals["error"].nunique().loc[lambda count: count > 1].index
    standing = highest_per_key(runs, cell, "score")
    unsure = pd.MultiIndex.from_frame(standing[cell]).isin(several)
    return standing.assign(error=standing["error"].mask(unsure))


def span_of(request: Request, benchmark: str) -> tuple[float, float]:
    """What the matrix divides by and takes away to put a raw score on its scale."""
    rescaled = handmade_table(request.folder, "benchmarks").set_index("benchmark")["rescaled"].to_dict()
    ours = request.tables["benchmarks"].set_index("benchmark")
    if rescaled.get(benchmark) != "yes" or benchmark not in ours.index:
        return 1.0, 0.0
    floor, ceiling = float(ours.at[benchmark, "floor"] or 0), float(ours.at[benchmark, "ceiling"] or 1)
    return ceiling - floor, floor
