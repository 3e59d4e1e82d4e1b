"""The gap of each run of a batch: on its day, and in a year under its levers, as its folder has them."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pandas as pd

from gaplab.report.text.numbers import format_estimate
from gaplab.results.columns import to_csv_text

_ENDS = ("lower", "median", "upper")


def gap_of(folder: Path) -> dict[str, Any] | None:
    """The first lag of a finished run with its 80% interval, on its day and in 12 months; None where it has none."""
    try:
        today = pd.read_csv(folder / "gap.csv", nrows=1).iloc[0]
        coming = pd.read_csv(folder / "forecast.csv", dtype={"output_type_id": str})
        here = coming[(coming["target"] == today["definition"]) & (coming["horizon"] == 12)]
        levels = here[here["scenario_id"] == here["scenario_id"].iloc[-1]].set_index("output_type_id")["value"]
        year = [float(levels[level]) for level in ("0.1", "0.5", "0.9")]
        day = [float(today[name]) for name in ("lower_80", "median", "upper_80")]
    except (OSError, ValueError, KeyError, IndexError):
        return None
    names = [*_ENDS, *(f"{end}_in_a_year" for end in _ENDS)]
    numbers = {name: value if math.isfinite(value) else None for name, value in zip(names, [*day, *year], strict=True)}
    return {"definition": today["definition"], "subject": today["subject"], **numbers}


def gap_cells(gap: dict[str, Any] | None) -> dict[str, str]:
    """The columns of a run's gap in the index of its batch."""
    if gap is None:
        return {}
    shown = {}
    for column, ending in (("months behind", ""), ("in a year", "_in_a_year")):
        low, middle, high = (gap[end + ending] for end in _ENDS)
        numbers = [math.nan if value is None else value for value in (middle, low, high)]
        shown[column] = "ahead for good" if middle is None else format_estimate(*numbers)
    return shown


def gap_by_run_csv(rows: list[dict[str, Any]]) -> str:
    """Rows of batch.json as CSV: what was run, and its gap; "" where no run has one."""
    told = [
        {"run": row["id"], "name": row["name"], "scenario": row["scenario"], **row["parameters"], **row["gap"]}
        for row in rows
        if row["gap"]
    ]
    return to_csv_text(pd.DataFrame(told)) if told else ""
