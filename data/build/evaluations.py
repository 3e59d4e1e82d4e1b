"""Scores from evaluators outside Epoch's matrix: CAISI, the cyber set, METR."""

from __future__ import annotations

import math

import pandas as pd
import yaml
from names import UPSTREAM, hand, table

from gaplab.importers.names import base, effort

CAISI = UPSTREAM / "caisi_evaluations" / "caisi_benchmark_scores.csv"
CYBER = UPSTREAM / "epoch_cyber_models_to_2026-06-30" / "epoch_cyber_scores.csv"
METR = UPSTREAM / "metr_time_horizons"
METR_VINTAGES = {
    "2026-02-22": METR / "benchmark_results_1_1_2026-02-22.yaml",
    "2026-03-03": METR / "benchmark_results_1_1_2026-03-03.yaml",
    "2026-04-11": METR / "benchmark_results_1_1_2026-04-11.yaml",
}
# Added by the author of the dashboard the copy comes from, not by METR.
NOT_METRS = {"gpt_5_4_xhigh"}
Z95 = 1.96


def named() -> dict[str, str]:
    """Our name of models as CAISI and METR write them, where it differs."""
    return dict(zip(*(hand("models_named")[c] for c in ("name", "model")), strict=True))


def caisi_scores() -> pd.DataFrame:
    """CAISI's own runs, in fractions; rows that name no model are left out."""
    benchmark = dict(zip(*(hand("caisi_benchmarks")[c] for c in ("name", "benchmark")), strict=True))
    rows = table(CAISI)
    rows = rows[(rows["score_pct"] != "") & ~rows["model"].str.startswith("best US reference")]
    return pd.DataFrame({
        "model": rows["model"].replace(named()),
        "benchmark": rows["benchmark"].map(benchmark),
        "source": rows["eval_id"].map(lambda name: "_".join(name.split("_")[:2]).replace("-", "_")),
        "effort": rows["effort"].replace("", "default"),
        "score": (rows["score_pct"].astype(float) / 100).round(6),
        "source_class": "government",
        "evaluator": "CAISI",
        "harness": "CAISI",
        "adjusted": "none",
        "censored": "none",
        "first_seen": rows["date_published"],
        "published": rows["date_published"],
        "source_url": rows["source_url"],
    }).fillna("")  # fmt: skip


def cyber_scores(version_to_model: dict[str, str]) -> pd.DataFrame:
    """Epoch's cyber set, seen at the latest at the end of August 2026."""
    rows = table(CYBER)
    meta = hand("cyber_sources").set_index("benchmark").loc[rows["benchmark"]]
    rescaled = hand("benchmarks").set_index("benchmark").loc[rows["benchmark"], "rescaled"]
    return pd.DataFrame({
        "model": [version_to_model.get(v) or version_to_model[base(v)] for v in rows["model_version"]],
        "benchmark": rows["benchmark"],
        "source": meta["source"].to_numpy(),
        "effort": "unknown",
        "score": rows["score"].astype(float).round(6),
        "source_class": meta["source_class"].to_numpy(),
        "evaluator": meta["evaluator"].to_numpy(),
        "harness": "",
        "adjusted": rescaled.map({"yes": "chance", "no": "none"}).to_numpy(),
        "censored": "none",
        "first_seen": "2026-08-31",
        "published": "",
        "source_url": meta["url"].to_numpy(),
    })  # fmt: skip


def metr_scores(version_to_model: dict[str, str]) -> pd.DataFrame:
    """Horizons at 50% success in minutes, on both task suites.

    METR's newest file first; Epoch's copy adds models METR's file lacks and
    the older suite, which has the Chinese models. The standard error is of
    log2 minutes, a quarter of the 95% interval's width.
    """
    names = named()
    vintages = {day: yaml.safe_load(path.read_text("utf-8"))["results"] for day, path in METR_VINTAGES.items()}
    rows = []
    for name, result in vintages[max(vintages)].items():
        if name in names and name not in NOT_METRS:
            horizon = result["metrics"]["p50_horizon_length"]
            row = horizon_row(names[name], "1.1", horizon["estimate"], horizon["ci_low"], horizon["ci_high"])
            rows.append(row | {"first_seen": min(day for day, results in vintages.items() if name in results)})
    copied = pd.DataFrame(epoch_copy(version_to_model))
    # Epoch names another dated version for some of METR's runs: the same number is the same run.
    metrs = {round(row["score"], 3) for row in rows} | {(row["model"], row["benchmark"]) for row in rows}
    cells = zip(copied["model"], copied["benchmark"], copied["score"].round(3), strict=True)
    copied = copied[[score not in metrs and (model, benchmark) not in metrs for model, benchmark, score in cells]]
    # Two dated versions of one model: the better one stands for it, as in the matrix.
    copied = copied.sort_values("score", ascending=False).drop_duplicates(["model", "benchmark", "effort"])
    return pd.concat([pd.DataFrame([*rows, MYTHOS]), copied])


def epoch_copy(version_to_model: dict[str, str]) -> list[dict]:
    """The horizons of Epoch's copy, both suites."""
    earlier = {
        "2025-12-05": UPSTREAM / "epoch_benchmark_stitching_2025-12" / "external_benchmark_metr.csv",
        "2026-02-04": METR / "metr_time_horizons_external_2026-02-04.csv",
    }
    held = {day: set(table(path)["Model version"]) for day, path in earlier.items()}
    rows = []
    for copy in table(METR / "metr_time_horizons_external_2026-04-29.csv").to_dict("records"):
        version = copy["Model version"]
        model = version_to_model.get(version) or version_to_model.get(base(version))
        if model and copy["Time horizon"]:
            suite = "1.1" if copy["METR version"] else "1.0"
            days = [day for day, versions in held.items() if suite == "1.0" and version in versions]
            row = horizon_row(model, suite, *(float(copy[c] or "nan") for c in ("Time horizon", "CI_low", "CI_high")))
            rows.append(row | {
                "effort": effort(version),
                "source": "metr_horizons_epoch_copy",
                "first_seen": min(days, default="2026-04-29"),
            })  # fmt: skip
    return rows


def horizon_row(model: str, suite: str, estimate: float, low: float, high: float) -> dict:
    wide = low > 0 and high > 0
    return {
        "model": model,
        "benchmark": f"METR time horizon {suite} (50%)",
        "source": "metr_horizons_1_1",
        "effort": "default",
        "score": round(estimate, 6),
        "standard_error": round(math.log2(high / low) / (2 * Z95), 6) if wide else "",
        "source_class": "independent",
        "evaluator": "METR",
        "harness": "METR",
        "adjusted": "none",
        "censored": "none",
        "first_seen": "2026-04-11",
        "published": "",
        "source_url": "https://metr.org/time-horizons/",
    }


MYTHOS = horizon_row("Claude Mythos Preview", "1.1", 960.0, math.nan, math.nan) | {
    "source": "restricted_points",
    "censored": "lower",
    "first_seen": "2026-05-31",
}
