"""Which of our models a publisher's version, effort variant or display name is."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from gaplab.importers.names import base, tidy

HERE = Path(__file__).resolve().parent
UPSTREAM = HERE.parents[2] / "shared" / "upstream"
MATRIX = UPSTREAM / "epoch_eci_vintages" / "2026-08-11_models_to_2026-06-30" / "eci_benchmarks.csv"
EARLIER_MATRICES = {
    "2026-04-29": UPSTREAM / "epoch_eci_vintages" / "2026-04-29" / "eci_benchmarks.csv",
    "2026-05-13": UPSTREAM / "epoch_eci_vintages" / "2026-05-13" / "eci_benchmarks.csv",
}
VERSIONS = UPSTREAM / "model_map" / "model_versions_to_2026-06-30.csv"
GROUPS = UPSTREAM / "model_map" / "model_groups_to_2026-06-30.csv"


def table(path: Path) -> pd.DataFrame:
    """A publisher's CSV as text, blanks as ""."""
    return pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")


def hand(name: str) -> pd.DataFrame:
    """A table of facts kept by hand beside this script."""
    return table(HERE / f"{name}.csv")


def version_to_model() -> dict[str, str]:
    """Model of every version, and of every version without its effort suffix.

    The matrices come first, newest before oldest: they keep dated versions
    apart that the model map merges (GPT-4o, Kimi K2).
    """
    found: dict[str, str] = {}
    for path in (MATRIX, EARLIER_MATRICES["2026-05-13"], EARLIER_MATRICES["2026-04-29"]):
        matrix = table(path)
        for version, model in zip(matrix["model_version"], matrix["model"].map(tidy), strict=True):
            found.setdefault(version, model)
            found.setdefault(base(version), model)
    for version, model in zip(*(hand("versions")[c] for c in ("version", "model")), strict=True):
        found[version] = model
    grouped = table(VERSIONS)
    for version, model in zip(grouped["model_version"], grouped["model"].map(tidy), strict=True):
        if model:
            found.setdefault(version, model)
            found.setdefault(base(version), model)
    return found
