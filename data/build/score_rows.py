"""scores.csv: one row for each published score, with when it was first seen."""

from __future__ import annotations

import pandas as pd
from names import EARLIER_MATRICES, MATRIX, hand, table
from observations import history, observations

from gaplab.importers.names import tidy

COLUMNS = [
    "model", "benchmark", "source", "effort", "score", "standard_error", "n_items", "source_class", "evaluator",
    "harness", "adjusted", "censored", "first_seen", "published", "source_url",
]  # fmt: skip
MATRIX_VINTAGE = "2026-08-11"


def matrix_scores(version_to_model: dict[str, str]) -> pd.DataFrame:
    """Epoch's newest matrix, and what the one before it held on models since dropped."""
    newest = table(MATRIX).assign(vintage=MATRIX_VINTAGE)
    before = table(EARLIER_MATRICES["2026-05-13"]).assign(vintage="2026-05-13")
    benchmarks = hand("benchmarks").set_index("benchmark")
    dropped = ~before["model"].isin(newest["model"]) & ~before["model_version"].isin(newest["model_version"])
    rows = pd.concat([newest, before[dropped & before["benchmark"].isin(benchmarks.index)]])

    meta = hand("matrix_sources").set_index("matches")
    keys = [source_key(s, b, meta.index) for s, b in zip(rows["source"], rows["benchmark"], strict=True)]
    meta = meta.loc[keys].reset_index(drop=True)

    scores = pd.DataFrame({
        "model": rows["model"].map(tidy),
        "benchmark": rows["benchmark"],
        "source": meta["source"].to_numpy(),
        "score": rows["performance"].astype(float).round(6),
        "n_items": "",
        "source_class": meta["source_class"].to_numpy(),
        "evaluator": meta["evaluator"].to_numpy(),
        "harness": meta["harness"].to_numpy(),
        "adjusted": benchmarks.loc[rows["benchmark"], "rescaled"].map({"yes": "chance", "no": "none"}).to_numpy(),
        "censored": "none",
        "published": meta["published"].to_numpy(),
        "source_url": meta["url"].to_numpy(),
        "version": rows["model_version"],
        "vintage": rows["vintage"],
    }).reset_index(drop=True)  # fmt: skip
    known = history(scores, observations(version_to_model))
    scores["effort"], scores["first_seen"] = known["effort"], known["first_seen"]
    scores["standard_error"] = known["error"].round(6)
    scores["published"] = known["day"].where(known["day"] != "", scores["published"])
    return scores


def source_key(source: str, benchmark: str, known: pd.Index) -> str:
    """The row of matrix_sources.csv that describes where a score came from."""
    half = source[: len(source) // 2]
    text = half if half and half + half == source else source
    text = text.strip() or f"benchmark:{benchmark}"
    if text not in known:
        raise SystemExit(f"matrix_sources.csv has no row for {text!r}: add one")
    return text
