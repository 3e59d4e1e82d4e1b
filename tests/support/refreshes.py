"""Refreshes of a small data set: publishers' files, fits and pages that take no time, and a process to be killed."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pandas as pd

from gaplab.cli import main
from gaplab.data.load import load
from gaplab.runs import run_folder
from gaplab.runs.brief import Brief
from gaplab.runs.refresh import pages
from support.feeds import OF_MODELS, matrix
from support.imports import BENCHMARKS, BUILD, SCORES, SOURCES
from support.tables import TINY

EPOCH = "Epoch evaluations"
ADDRESSES = "publisher,url"
SILENT = lambda line: None  # noqa: E731 - a callable without a name is all that is wanted


def small_data(root: Path) -> Path:
    """A small data folder with rows of earlier vintages of each publisher."""
    (root / "build").mkdir(parents=True)
    for name, lines in (TINY | {"sources": SOURCES, "benchmarks": BENCHMARKS, "scores": SCORES}).items():
        (root / f"{name}.csv").write_text("\n".join(lines) + "\n", "utf-8")
    for name, lines in (BUILD | {"addresses": [ADDRESSES]}).items():
        (root / "build" / f"{name}.csv").write_text("\n".join(lines) + "\n", "utf-8")
    to = {"access": "2026-12-31", "index": "2026-01-15", "releases": "2026-12-31", "scores": "2026-01-15"}
    days = ["part,to,note", *(f"{part},{day},a note" for part, day in to.items())]
    (root / "complete.csv").write_text("\n".join(days) + "\n", "utf-8")
    return root


def scores_of(number: int, day: str = "2026-02-01") -> str:
    """A matrix with a new model of the follower for each number up to this one, and the rows before."""
    new = [(0.3 + 0.01 * n, "GPQA diamond", f"Delta {n}", f"delta-{n}_max", day, EPOCH) for n in range(1, number + 1)]
    return matrix((0.6, "GPQA diamond", "Alpha 1", "alpha-1-2025-01-10_high", "2025-01-10", EPOCH), *new)


def index_of(number: int, day: str = "2026-02-01") -> str:
    """An index that tells the countries of the models of `scores_of`."""
    rows = [f"Delta {n},,{140 + n},{138 + n},{142 + n},{day},Bao,China,Open weights,," for n in range(1, number + 1)]
    alpha = "Alpha 1,,140,137,144,2025-01-10,Acme,United States of America,API access,,"
    return "\n".join([OF_MODELS, alpha, *rows]) + "\n"


def files_of(home: Path, vintages: dict[str, int]) -> Path:
    """A folder of matrix and index for each day, with a number of new models."""
    for day, number in vintages.items():
        place = home / day
        place.mkdir(parents=True)
        (place / "eci_benchmarks.csv").write_text(scores_of(number), "utf-8")
        (place / "eci_scores.csv").write_text(index_of(number), "utf-8")
    return home


def quick_pages(patch, *, status: str = "PASS", median=None) -> None:
    """Fits and pages without sampling: the headline is a tenth of the number of scores, or what `median` makes of it.

    Parameters
    ----------
    patch : callable
        Takes a module, a name and what stands for it, such as `monkeypatch.setattr`.
    """

    def fitted(tables, params, *, progress=False):
        health = SimpleNamespace(status=status, advice="More draws may help.")
        return SimpleNamespace(params=params, tables=tables, health=health)

    def brief(params, out, *, progress=False):
        tables = load(as_of=params.as_of)
        place = out / f"{params.as_of}_{params.variant}_{tables.hash[:8]}"
        if not run_folder.read_manifest(place):
            with run_folder.draft_folder(place) as draft:
                (draft / "brief.html").write_text(f"<!DOCTYPE html><title>{params.as_of}</title>", "utf-8")
                run_folder.write_json(draft / "summary.json", {"headlines": [f"{len(tables.scores)} scores"]})
                made = {"parameters": params.as_strings() | {"data": None}, "vintage": tables.vintage}
                run_folder.write_json(draft / "manifest.json", made | {"sha256": run_folder.file_checksums(draft)})
        return Brief(place, [f"{len(tables.scores)} scores"])

    def headlines(posterior, restricted):
        value = len(posterior.tables.scores) / 10
        value = median(value) if median else value
        row = {
            "headline": "frontier_today", "definition": "frontier_lag", "unit": "months", "follower": "China",
            "leader": "US", "subject": "China", "median": value, "lower_80": value - 1, "upper_80": value + 1,
        }  # fmt: skip
        return pd.DataFrame([row])

    patch(pages, "code_behind", lambda path: "the code of today")
    patch(pages, "_keep_record", lambda folder, tell, progress: tell("record: kept"))
    patch(pages, "fit", fitted)
    patch(pages, "make_brief", brief)
    patch(pages, "headline_table", headlines)


def bytes_below(*folders: Path) -> dict[str, bytes]:
    """Every file below some folders but the tables kept from before, as bytes."""
    return {
        f"{folder.name}/{path.relative_to(folder)}": path.read_bytes()
        for folder in folders
        for path in sorted(folder.rglob("*"))
        if path.is_file() and "previous" not in path.parts
    }


if __name__ == "__main__":
    quick_pages(setattr)
    main()
