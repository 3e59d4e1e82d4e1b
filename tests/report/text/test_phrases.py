"""Phrases."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from gaplab.report.text.phrases import interval_phrase, standing_sentence


def gap_row(low=6.0, median=8.0, high=10.0, *, p_ahead=0.0, p_censored=0.0, subject="China", leader="US", **more):
    """A row of a gap table with the same bounds at every level."""
    bounds = {f"{side}_{prob}": value for prob in (50, 80, 95) for side, value in (("lower", low), ("upper", high))}
    row = {"definition": "frontier_lag", "subject": subject, "leader": leader, "unit": "months", "median": median}
    row |= {"p_follower_ahead": p_ahead, "p_censored": p_censored, "scope": "public", "first_match": None}
    return pd.Series({**row, **bounds, **more})


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        (gap_row(), "China is 8.0 months behind the US"),
        (gap_row(-4, -2, -1), "China is 2.0 months ahead of the US"),
        (gap_row(-1, 0.01, 1), "China is level with the US"),
        (gap_row(-6, 1.2, 9), "China is 1 month behind the US"),
        (gap_row(20, 30, 40, p_censored=0.9), "China is at least 30 months behind the US"),
        (gap_row(median=np.nan), "China is not to be compared with the US"),
        (gap_row(subject="US", leader="China"), "The US is 8.0 months behind China"),
        (gap_row(subject="France", leader="UK"), "France is 8.0 months behind the UK"),
    ],
)
def test_standing(row, sentence):
    assert standing_sentence(row) == sentence


@pytest.mark.parametrize(
    ("row", "text"),
    [
        (gap_row(), "80% interval 6.0 to 10.0 months"),
        (gap_row(-1.2, 1, 3.4), "80% interval 1.2 months ahead to 3.4 months behind"),
        (gap_row(-5.1, -3, -2), "80% interval 2.0 to 5.1 months ahead"),
        (gap_row(6, 9, 14, p_censored=0.4), "80% interval 6.0 months or more"),
        (gap_row(6, 9, np.nan), "80% interval 6.0 months or more"),
        (gap_row(np.nan, 9, np.nan), "80% interval not defined"),
    ],
)
def test_intervals(row, text):
    assert interval_phrase(row, 0.8) == text
