"""Every sighting of a score in the vintages we hold: what was known when.

A published table keeps only the best variant of a model and revises it
silently. Matching sightings by value tells which run a score is, with its
effort, standard error and day, and keeps a later value from passing for one
known earlier.
"""

from __future__ import annotations

import pandas as pd
from names import EARLIER_MATRICES, UPSTREAM, hand, table

from gaplab.importers.names import base, effort, tidy

STITCHING = UPSTREAM / "epoch_benchmark_stitching_2025-12"
ZIP = UPSTREAM / "epoch_benchmark_data_2026-04-29"
RUNS = {
    "2025-12-05": STITCHING / "benchmarks_runs.csv",
    "2026-05-05": UPSTREAM / "epoch_benchmark_runs_2026-05-05" / "benchmarks_runs_public_view.csv",
}
# Covers the whole per cents of the older files; a revision that matters is larger.
SAME = 0.0051


def observations(version_to_model: dict[str, str]) -> pd.DataFrame:
    """Sightings: model, benchmark, value on the newest scale, vintage, version, standard error, day of the run."""
    benchmarks = hand("benchmarks").set_index("benchmark")
    seen = pd.concat([raw_files(), runs()])
    seen["model"] = [version_to_model.get(v) or version_to_model.get(base(v)) for v in seen["version"]]
    floor = seen["benchmark"].map(benchmarks["floor"].astype(float))
    ceiling = seen["benchmark"].map(pd.to_numeric(benchmarks["ceiling"]))
    rescaled = seen["benchmark"].map(benchmarks["rescaled"]) == "yes"
    span = (ceiling - floor).where(rescaled, 1.0)
    seen["value"] = ((seen["value"] - floor.where(rescaled, 0.0)) / span).clip(0, 1)
    seen["error"] = seen["error"] / span
    return pd.concat([seen, earlier_matrices(benchmarks)]).dropna(subset=["model", "value"])


def earlier_matrices(benchmarks: pd.DataFrame) -> pd.DataFrame:
    """The two matrices before the newest, which clip scores to 0.001-0.999.

    FrontierMath and the chess puzzles were not rescaled yet; both readings of
    such a cell count as a sighting.
    """
    matrices = []
    for vintage, path in EARLIER_MATRICES.items():
        matrix = table(path)
        matrix = pd.DataFrame({
            "model": matrix["model"].map(tidy),
            "benchmark": matrix["benchmark"],
            "value": matrix["performance"].astype(float),
            "vintage": vintage,
            "version": "",
        })  # fmt: skip
        scale = benchmarks.reindex(matrix["benchmark"])
        floor, ceiling = (pd.to_numeric(scale[column]).to_numpy() for column in ("floor", "ceiling"))
        unscaled = matrix.assign(value=((matrix["value"] - floor) / (ceiling - floor)).clip(0, 1))
        late = matrix["benchmark"].str.startswith(("FrontierMath", "Chess"))
        matrices += [matrix, unscaled[late]]
    return pd.concat(matrices)


def raw_files() -> pd.DataFrame:
    """The tables behind the matrix, benchmark by benchmark, in fractions."""
    found = []
    for raw in hand("raw_files").itertuples():
        for folder, name, column, vintage in (
            (STITCHING, raw.stitching_file, raw.stitching_column, "2025-12-05"),
            (ZIP, raw.zip_file, raw.zip_column, "2026-04-29"),
        ):
            if not name:
                continue
            held = table(folder / f"{name}.csv")
            percent = held[column].str.endswith("%")
            value = pd.to_numeric(held[column].str.rstrip("%"), errors="coerce")
            newest = folder == ZIP
            found.append(pd.DataFrame({
                "benchmark": raw.benchmark,
                "value": (value / 100).where(percent, value / float(raw.scale)),
                "vintage": vintage,
                "version": held["Model version"],
                "error": numbers(held, raw.zip_error) / float(raw.zip_error_scale) if newest else float("nan"),
                "day": held["Started at"].str[:10] if newest and "Started at" in held else "",
            }))  # fmt: skip
    return pd.concat(found)


def runs() -> pd.DataFrame:
    """Epoch's own runs; one of the exports has decimal commas."""
    found = []
    for vintage, path in RUNS.items():
        held = table(path)
        found.append(pd.DataFrame({
            "benchmark": held["task"],
            "value": pd.to_numeric(held["Best score (across scorers)"].str.replace(",", "."), errors="coerce"),
            "vintage": vintage,
            "version": held["model"],
            "day": "",
        }))  # fmt: skip
    return pd.concat(found)


def numbers(held: pd.DataFrame, column: str) -> pd.Series:
    return pd.to_numeric(held[column], errors="coerce") if column else pd.Series(float("nan"), index=held.index)


def history(scores: pd.DataFrame, seen: pd.DataFrame) -> pd.DataFrame:
    """For each score: effort, standard error, day of the run and first vintage.

    `scores` has model, benchmark, score, version and vintage. The version the
    publisher names is only believed where no other variant has the score.
    """
    cells = dict(list(seen.groupby(["model", "benchmark"])))
    rows = []
    for score in scores.itertuples():
        found = {"effort": effort(score.version), "error": float("nan"), "day": "", "first_seen": score.vintage}
        sightings = cells.get((score.model, score.benchmark))
        if sightings is not None:
            same = sightings[(sightings["value"] - score.score).abs() <= SAME]
            found["first_seen"] = min([score.vintage, *same["vintage"]])
            found |= run_of(score.version, same[(same["vintage"] == "2026-04-29") & same["version"].ne("")], sightings)
        rows.append(found)
    return pd.DataFrame(rows, index=scores.index)


def run_of(version: str, same: pd.DataFrame, sightings: pd.DataFrame) -> dict:
    """Effort, standard error and day of the run that has the score, as far as it can be told."""
    own = same[same["version"] == version]
    runs_ = own if len(own) else same
    found = {}
    if not len(runs_):
        return found
    efforts = {effort(name) for name in runs_["version"]}
    if not len(own) and version in set(sightings["version"]):
        found["effort"] = efforts.pop() if len(efforts) == 1 else "unknown"
    if runs_["error"].nunique() == 1:
        found["error"] = runs_["error"].iloc[0]
    days = set(runs_["day"]) - {""}
    if len(days) == 1:
        found["day"] = days.pop()
    return found
