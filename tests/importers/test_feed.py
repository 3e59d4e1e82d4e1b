"""Days and numbers as publishers write them."""

from __future__ import annotations

import pandas as pd
import pytest

from gaplab.errors import GaplabError
from gaplab.importers.cells import days, numbers


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["3/9/2026", "25/8/2026"], ["2026-09-03", "2026-08-25"]),
        (["3/9/2026", "8/25/2026"], ["2026-03-09", "2026-08-25"]),
        (["03.03.2026", ""], ["2026-03-03", ""]),
        (["2026-03-09T10:00:00Z", "2026-03-09"], ["2026-03-09", "2026-03-09"]),
        (["3/9/2026", "2026-08-25"], "can be two days"),
        (["25/8/2026", "8/25/2026", "3/9/2026"], "can be two days"),
        (["31/2/2026"], "is not a date"),
    ],
)
def test_day_and_month_are_told_apart_by_the_column_or_not_at_all(cells, expected):
    column = pd.Series(cells, name="date")
    if isinstance(expected, list):
        assert days(column, "x.csv").tolist() == expected
    else:
        with pytest.raises(GaplabError, match=expected):
            days(column, "x.csv")


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["0,961", "0,5", ""], [0.961, 0.5]),
        (["12,25", "3"], [12.25, 3.0]),
        (["1,450", "998"], "is not a number"),
        (["0,961", "0.5"], "is not a number"),
        (["1.450", "998"], "out of range"),
    ],
)
def test_commas_and_points_for_thousands(cells, expected):
    column = pd.Series(cells, name="elo")
    if isinstance(expected, list):
        assert numbers(column, "x.csv").dropna().tolist() == expected
    else:
        with pytest.raises(GaplabError, match=expected):
            numbers(column, "x.csv", 500, 3000)
