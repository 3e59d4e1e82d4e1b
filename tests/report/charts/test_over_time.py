"""The gap over time."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.drawings import texts

from gaplab.report.charts.over_time import over_time_chart
from gaplab.report.text.numbers import format_number
from gaplab.report.text.phrases import pick_row
from gaplab.results.gap import gap_table
from gaplab.results.over_time import lag_history


def test_the_chart_over_time_ends_at_the_lag_of_the_table(charts, posterior):
    table = gap_table(posterior)
    lag = format_number(pick_row(table, "frontier_lag", "China")["median"])
    released = format_number(pick_row(table, "released_lag", "China")["median"])
    assert {f"{lag} frontier", f"{released} released"} <= set(texts(charts["gap_over_time"].fig))
    assert lag in charts["gap_over_time"].alt


@pytest.mark.parametrize(
    ("p_widened", "title"),
    [
        (0.5, "No clear change over the last year"),
        (0.85, "The gap has probably widened over the last year"),
        (0.99, "The gap has widened over the last year"),
        (0.03, "The gap has narrowed over the last year"),
    ],
)
def test_change_is_claimed_only_when_it_is_likely(posterior, p_widened, title):
    history = replace(lag_history(posterior), p_widened=p_widened)
    assert over_time_chart(history, posterior.params).title == title
