"""In words: how readings of the day have later moved, and what a reading may later be."""

from __future__ import annotations

import numpy as np
import pandas as pd

from gaplab.report.text.numbers import signed_months
from gaplab.report.text.phrases import interval_bounds, interval_phrase


def revision_row(moved: pd.DataFrame | None, row: pd.Series) -> pd.Series | None:
    """The row of a `revision_table` about the same number as a row of a `gap_table`; None where there is none."""
    if moved is None or moved.empty:
        return None
    keys = ["definition", "subject", "unit"]
    found = moved[(moved[keys] == row[keys]).all(axis=1)]
    return found.iloc[0] if len(found) else None


def read_later_sentence(row: pd.Series, moved: pd.DataFrame | None, prob: float) -> str:
    """What the number may later be read as, with a space in front; empty where the record says nothing of it.

    Parameters
    ----------
    row : Series
        Of a `gap_table`.
    moved : DataFrame or None
        What `revision_table` gives.
    """
    found = revision_row(moved, row)
    if found is None or not np.isfinite(interval_bounds(found, prob)).all():
        return ""
    later = found.to_frame().T.assign(p_censored=row["p_censored"]).iloc[0]
    return f" With how such readings have later moved: {interval_phrase(later, prob)}."


def usual_move_sentence(row: pd.Series) -> str:
    """How far past readings of a number have moved, from a row of a `revision_table`."""
    low, high = signed_months(row["usual_lower"]), signed_months(row["usual_upper"])
    return f"Read on its day, this number has later moved by {low} to {high} months (80%)."


def short_usual_move(row: pd.Series) -> str:
    """The same for a cell of a table: later moved −0.9 to +1.1."""
    return f"later moved {signed_months(row['usual_lower'])} to {signed_months(row['usual_upper'])}"
