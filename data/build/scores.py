"""scores.csv: one row for each published score, with when it was first seen."""

from __future__ import annotations

import pandas as pd
from names import EARLIER_MATRICES, MATRIX, UPSTREAM, base, effort, hand, table, tidy

COLUMNS = [
    "model", "benchmark", "source", "effort", "score", "standard_error", "n_items", "source_class", "evaluator",
    "harness", "adjusted", "censored", "first_seen", "published", "source_url",
]  # fmt: skip
STITCHING = UPSTREAM / "epoch_benchmark_stitching_2025-12"
ZIP = UPSTREAM / "epoch_benchmark_data_2026-04-29"
RUNS = UPSTREAM / "epoch_benchmark_runs_2026-05-05" / "benchmarks_runs_public_view.csv"
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
    seen = first_seen(version_to_model)
    runs = run_facts(benchmarks)

    scores = pd.DataFrame({
        "model": rows["model"].map(tidy),
        "benchmark": rows["benchmark"],
        "source": meta["source"].to_numpy(),
        "effort": rows["model_version"].map(effort),
        "score": rows["performance"].astype(float).round(6),
        "n_items": "",
        "source_class": meta["source_class"].to_numpy(),
        "evaluator": meta["evaluator"].to_numpy(),
        "harness": meta["harness"].to_numpy(),
        "adjusted": benchmarks.loc[rows["benchmark"], "rescaled"].map({"yes": "chance", "no": "none"}).to_numpy(),
        "censored": "none",
        "published": meta["published"].to_numpy(),
        "source_url": meta["url"].to_numpy(),
    })  # fmt: skip
    cells = zip(scores["model"], scores["benchmark"], rows["vintage"], strict=True)
    scores["first_seen"] = [min(seen.get((m, b), v), v) for m, b, v in cells]
    found = [
        runs.get((b, v, round(s, 3)), ("", ""))
        for b, v, s in zip(scores["benchmark"], rows["model_version"], scores["score"], strict=True)
    ]
    scores["standard_error"] = [error for error, _ in found]
    scores["published"] = [day or known for (_, day), known in zip(found, scores["published"], strict=True)]
    return scores


def source_key(source: str, benchmark: str, known: pd.Index) -> str:
    """The row of matrix_sources.csv that describes where a score came from."""
    half = source[: len(source) // 2]
    text = half if half and half + half == source else source
    text = text.strip() or f"benchmark:{benchmark}"
    if text not in known:
        raise SystemExit(f"matrix_sources.csv has no row for {text!r}: add one")
    return text


def first_seen(version_to_model: dict[str, str]) -> dict[tuple[str, str], str]:
    """The earliest of our vintages that holds a score of a model on a benchmark."""
    found: dict[tuple[str, str], str] = {}

    def note(model, benchmark, vintage):
        if model:
            cell = (model, benchmark)
            found[cell] = min(found.get(cell, vintage), vintage)

    for vintage, path in EARLIER_MATRICES.items():
        matrix = table(path)
        for model, benchmark in zip(matrix["model"].map(tidy), matrix["benchmark"], strict=True):
            note(model, benchmark, vintage)
    tasks = {}
    for raw in hand("raw_files").itertuples():
        tasks[raw.task] = raw.benchmark
        for folder, name, column, vintage in (
            (STITCHING, raw.stitching_file, raw.stitching_column, "2025-12-05"),
            (ZIP, raw.zip_file, raw.zip_column, "2026-04-29"),
        ):
            if name:
                held = table(folder / f"{name}.csv")
                for version in held.loc[held[column] != "", "Model version"]:
                    note(version_to_model.get(version) or version_to_model.get(base(version)), raw.benchmark, vintage)
    for path, vintage in ((STITCHING / "benchmarks_runs.csv", "2025-12-05"), (RUNS, "2026-05-05")):
        runs = table(path)
        for task, version, score in runs[["task", "model", "Best score (across scorers)"]].itertuples(index=False):
            if task in tasks and score:
                note(version_to_model.get(version) or version_to_model.get(base(version)), tasks[task], vintage)
    return found


def run_facts(benchmarks: pd.DataFrame) -> dict[tuple[str, str, float], tuple[float, str]]:
    """Standard error and day of each run by Epoch, on the scale of the matrix."""
    found = {}
    for raw in hand("raw_files").itertuples():
        if not raw.zip_file or raw.zip_file.endswith("_external") or raw.zip_file == "swe_bench_bash":
            continue
        bench = benchmarks.loc[raw.benchmark]
        floor, ceiling = float(bench["floor"]), float(bench["ceiling"])
        scale = ceiling - floor if bench["rescaled"] == "yes" else 1.0
        shift = floor if bench["rescaled"] == "yes" else 0.0
        for run in table(ZIP / f"{raw.zip_file}.csv").to_dict("records"):
            value = max((float(run["mean_score"]) - shift) / scale, 0.0)
            error = round(float(run["stderr"]) / scale, 6) if run["stderr"] else ""
            found[raw.benchmark, run["Model version"], round(value, 3)] = (error, run["Started at"][:10])
    return found
