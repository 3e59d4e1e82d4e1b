"""Writes the tables of data/ from the publishers' files in ../shared/upstream.

Run once when the publishers' files change; users never need it.

    python data/build/transcribe.py            writes data/
    python data/build/transcribe.py --out DIR  writes elsewhere
"""

from __future__ import annotations

import argparse
import hashlib
from pathlib import Path

import pandas as pd
from evaluations import caisi_scores, cyber_scores, metr_scores
from facts import claims
from indices import index_vintages
from models import models
from names import MATRIX, UPSTREAM, hand, version_to_model
from score_rows import COLUMNS, matrix_scores

HERE = Path(__file__).resolve().parent
BENCHMARK_COLUMNS = [
    "benchmark", "domain", "access_class", "floor", "ceiling", "n_items", "release_date", "link", "superseded_by",
    "saturated_from", "source_url", "note",
]  # fmt: skip


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--out", type=Path, default=HERE.parent, help="folder of the tables")
    out = options.parse_args().out
    if not UPSTREAM.is_dir():
        print("the publishers' files are not here (../shared/upstream): the tables of data/ stay as they are")
        return
    for name, table in tables().items():
        write(table, out / f"{name}.csv")
        print(f"{out / f'{name}.csv'}: {len(table)} rows")
    versions = sorted(version_to_model().items())
    write(pd.DataFrame(versions, columns=["version", "model"]), out / "build" / "known_versions.csv")


def tables() -> dict[str, pd.DataFrame]:
    names = version_to_model()
    scores = pd.concat([matrix_scores(names), caisi_scores(), cyber_scores(names), metr_scores(names)])
    scores = ordered(scores[COLUMNS].fillna(""), ["model", "benchmark", "source", "effort"])
    listed = models(scores, names)
    return {
        "models": listed,
        "access": ordered(hand("access"), ["model", "state", "from"]),
        "benchmarks": ordered(hand("benchmarks")[BENCHMARK_COLUMNS], ["benchmark"]),
        "scores": scores,
        "index_vintages": ordered(index_vintages(names, set(listed["model"])), ["vintage", "index", "model"]),
        "links": ordered(hand("links"), ["model", "reference_model", "source"]),
        "claims": ordered(claims(), ["published", "claim_id"]),
        "sources": sources(),
    }


def sources() -> pd.DataFrame:
    """Every source a row names, with what was transcribed from it."""
    matrix = hand("matrix_sources").assign(
        licence="facts; terms of the publisher; compiled by Epoch AI (CC BY 4.0)", retrieved="2026-08-11", file=MATRIX
    )
    matrix.loc[matrix["source"] == "epoch_evaluations", "licence"] = "CC BY 4.0 (Epoch AI)"
    cyber = hand("cyber_sources").assign(
        licence="facts; terms of the publisher; compiled by Epoch AI (CC BY 4.0)", retrieved="2026-08-31"
    )
    cyber["file"] = UPSTREAM / "epoch_cyber_models_to_2026-06-30" / "epoch_cyber_scores.csv"
    others = hand("other_sources")
    others["file"] = [UPSTREAM / name for name in others["file"]]
    rows = pd.concat([matrix, cyber, others]).drop_duplicates("source")
    rows["sha256"] = [hashlib.sha256(Path(path).read_bytes()).hexdigest() for path in rows["file"]]
    return ordered(rows[["source", "publisher", "url", "licence", "retrieved", "sha256"]], ["source"])


def ordered(table: pd.DataFrame, key: list[str]) -> pd.DataFrame:
    return table.sort_values(key, kind="stable").reset_index(drop=True)


def write(table: pd.DataFrame, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    table.to_csv(path, index=False, lineterminator="\n", encoding="utf-8")


if __name__ == "__main__":
    main()
