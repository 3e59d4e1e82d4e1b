"""Whether a headline number moved further than it should without a person looking at it."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from gaplab.results.columns import rows_without_nan

KEY = ("headline", "definition", "unit", "follower", "leader")


def headline_rows(table: pd.DataFrame, prob: str) -> list[dict[str, Any]]:
    """The headline numbers as JSON-ready rows, each with its interval.

    Parameters
    ----------
    table : DataFrame
        What `results.gap.headline_table` gives.
    prob : str
        The interval, in percent as in the names of its columns.
    """
    columns = [*KEY, "subject", "median", f"lower_{prob}", f"upper_{prob}"]
    return rows_without_nan(table[columns].rename(columns={f"lower_{prob}": "lower", f"upper_{prob}": "upper"}))


def moves(before: list[dict[str, Any]], after: list[dict[str, Any]], limit: float) -> list[dict[str, Any]]:
    """The headlines that moved by more than a limit in months, or left the interval they had.

    Parameters
    ----------
    before, after : list of dict
        What `headline_rows` gave for the last site and for the new one.
    limit : float
        Months.

    Returns
    -------
    list of dict
        headline, subject before and after, the two medians, the former interval, and why it is told.
    """
    held = {tuple(row.get(name) for name in KEY): row for row in before}
    found = []
    for row in after:
        then = held.get(tuple(row.get(name) for name in KEY))
        if then is None:
            continue
        why = _why(then, row["median"], limit)
        if why:
            found.append({
                "headline": row["headline"], "subject": row["subject"], "subject_before": then["subject"],
                "before": then["median"], "after": row["median"], "interval_before": [then["lower"], then["upper"]],
                "why": why,
            })  # fmt: skip
    return found


def _why(then: dict[str, Any], median: float | None, limit: float) -> str:
    if (then["median"] is None) != (median is None):
        return "one of the two has no number"
    if median is None:
        return ""
    low = -math.inf if then["lower"] is None else then["lower"]
    high = math.inf if then["upper"] is None else then["upper"]
    if not low <= median <= high:
        return "left its former interval"
    if abs(median - then["median"]) > limit:
        return f"moved by more than {limit:g} month{'s' if limit != 1 else ''}"
    return ""
