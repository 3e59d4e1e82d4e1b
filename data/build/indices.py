"""index_vintages.csv: published indices as they stood on different days."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import yaml
from evaluations import METR_VINTAGES, NOT_METRS, named
from names import UPSTREAM, hand, table

from gaplab.importers.names import base, tidy

COLUMNS = ["vintage", "index", "model", "value", "low", "high", "level", "source"]
ECI = UPSTREAM / "epoch_eci_vintages"
VERSION_LEVEL = {
    "2026-01-20": "2026-01-20",
    "2026-02-04": "2026-02-04",
    "2026-02-22": "2026-02-22",
    "2026-03-09": "2026-03-09",
    "2026-03-12": "2026-03-12_bundle_of_2026-02-25",
    "2026-04-19": "2026-04-19",
    "2026-04-29": "2026-04-29",
    "2026-07-01": "2026-07-01",
}


def index_vintages(version_to_model: dict[str, str], listed: set[str]) -> pd.DataFrame:
    """One value for each model, index and vintage; models we do not list are left out."""
    merged = dict(zip(*(hand("merged_names")[c] for c in ("name", "model")), strict=True))

    def ours(version: str, name: str) -> str | None:
        candidates = (
            version_to_model.get(version),
            version_to_model.get(base(version)),
            tidy(name),
            merged.get(tidy(name)),
        )
        return next((model for model in candidates if model in listed), None)

    rows = pd.concat([eci_of_models(ours), eci_of_versions(ours), eci_of_may(ours), metr(listed), caisi()])
    rows = rows[rows["model"].notna()]
    # One index on every effort variant of a model, sometimes on several dated versions: the highest stands.
    rows = rows.sort_values("value", ascending=False, kind="stable").drop_duplicates(["vintage", "index", "model"])
    numbers = ["value", "low", "high"]
    rows[numbers] = rows[numbers].astype(float).round(4)
    return rows[COLUMNS]


def eci_of_models(ours: Callable) -> pd.DataFrame:
    held = table(ECI / "2025-12-19" / "eci_scores.csv")
    return pd.DataFrame({
        "vintage": "2025-12-19",
        "index": "epoch_eci",
        "model": [ours("", name) for name in held["Model"]],
        "value": pd.to_numeric(held["eci"]),
        "low": pd.to_numeric(held["eci_ci_low"]),
        "high": pd.to_numeric(held["eci_ci_high"]),
        "level": 0.9,
        "source": "epoch_eci",
    })  # fmt: skip


def eci_of_versions(ours: Callable) -> pd.DataFrame:
    vintages = []
    for day, folder in VERSION_LEVEL.items():
        held = table(ECI / folder / "epoch_capabilities_index.csv")
        held = held[held["ECI Score"] != ""]
        vintages.append(pd.DataFrame({
            "vintage": day,
            "index": "epoch_eci",
            "model": [ours(v, n) for v, n in zip(held["Model version"], held["Model name"], strict=True)],
            "value": pd.to_numeric(held["ECI Score"]),
            "source": "epoch_eci",
        }))  # fmt: skip
    return pd.concat(vintages)


def eci_of_may(ours: Callable) -> pd.DataFrame:
    held = table(ECI / "2026-05-29_partial" / "eci_points.csv")
    return pd.DataFrame({
        "vintage": held["vintage_date"],
        "index": "epoch_eci",
        "model": [ours("", name) for name in held["model"]],
        "value": pd.to_numeric(held["eci"]),
        "source": "epoch_eci_partial",
    })  # fmt: skip


def metr(listed: set[str]) -> pd.DataFrame:
    names, rows = named(), []
    for day, path in METR_VINTAGES.items():
        for name, result in yaml.safe_load(path.read_text("utf-8"))["results"].items():
            if name in NOT_METRS or names.get(name) not in listed:
                continue
            for share in ("50", "80"):
                horizon = result["metrics"][f"p{share}_horizon_length"]
                rows.append({
                    "vintage": day,
                    "index": f"metr_p{share}_minutes",
                    "model": names[name],
                    "value": horizon["estimate"],
                    "low": horizon["ci_low"],
                    "high": horizon["ci_high"],
                    "level": 0.95,
                    "source": "metr_horizons_1_1",
                })  # fmt: skip
    return pd.DataFrame(rows)


def caisi() -> pd.DataFrame:
    held = table(UPSTREAM / "caisi_evaluations" / "caisi_irt_elo.csv")
    elo, half = held["elo"].astype(float), held["elo_ci95_halfwidth"].astype(float)
    return pd.DataFrame({
        "vintage": held["date_published"],
        "index": "caisi_elo",
        "model": held["model"].replace(named()),
        "value": elo,
        "low": elo - half,
        "high": elo + half,
        "level": 0.95,
        "source": "caisi_2026_05",
    })  # fmt: skip
