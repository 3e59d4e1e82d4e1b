"""Section: the live record, what was issued, what has come due, and how it scored."""

from __future__ import annotations

import pandas as pd

from gaplab.report.text.finding import Finding
from gaplab.report.text.numbers import format_probability, upper_first
from gaplab.report.text.record import FORECASTER_NAMES

_PLURALS = {"reading": "readings", "forecast": "forecasts", "question": "questions"}


def live_record_finding(summary: pd.DataFrame) -> Finding:
    """How much was issued, how much of it is due, and how it fared; from `live_summary`."""
    issued, due, done = (int(summary[name].sum()) for name in ("issued", "due", "resolved"))
    if not issued:
        return Finding(summary, "Nothing has been issued yet.")
    text = f"{issued:,} readings, forecasts and answers issued so far; {due:,} are due and {done:,} resolved."
    return Finding(readable_live_record(summary), text)


def readable_live_record(summary: pd.DataFrame) -> pd.DataFrame:
    """The rows of a `live_summary` in words; a dash where nothing is resolved."""
    return pd.DataFrame({
        "What was issued": [
            upper_first(", ".join([_PLURALS[kind.split(", ")[0]], *kind.split(", ")[1:]])) for kind in summary["kind"]
        ],
        "Issued": summary["issued"].astype(int),
        "Due": summary["due"].astype(int),
        "Resolved": summary["resolved"].astype(int),
        "80% intervals that held": [_or_dash(value, format_probability) for value in summary["held_80"]],
        "Our error (CRPS)": [_or_dash(value, "{:.2f}".format) for value in summary["crps"]],
        "Best simple": [
            _or_dash(row.simple, lambda error, name=row.simple_is: f"{error:.2f}, {FORECASTER_NAMES.get(name, name)}")
            for row in summary.itertuples()
        ],
    })  # fmt: skip


def _or_dash(value: float, write) -> str:
    return "–" if pd.isna(value) else write(value)
