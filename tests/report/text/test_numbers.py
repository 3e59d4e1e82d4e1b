"""Numbers as text."""

from __future__ import annotations

import re

import hypothesis.strategies as st
import pytest
from hypothesis import given

from gaplab.report.text.names import long_date
from gaplab.report.text.numbers import format_months, format_number, format_probability, format_short_probability


@pytest.mark.parametrize(
    ("value", "width", "text"),
    [(7.44, 3, "7.4"), (7.44, 12, "7"), (-0.04, 1, "0.0"), (-0.4, 20, "0"), (-3.21, 2, "−3.2"), (12.0, 10, "12")],
)
def test_numbers_have_the_decimals_that_their_interval_can_bear(value, width, text):
    assert format_number(value, width) == text


@given(st.floats(-500, 500), st.floats(0, 100))
def test_no_number_is_a_negative_zero_or_has_a_hyphen_for_a_minus(value, width):
    text = format_number(value, width)
    assert "-" not in text
    assert not re.fullmatch(r"−0(\.0)?", text)


def test_one_month_is_singular():
    assert format_months(1.2, 12) == "1 month"
    assert format_months(-1.2, 12) == "−1 month"
    assert format_months(1.0) == "1.0 months"


def test_dates_and_probabilities():
    assert long_date("2026-06-03") == "3 June 2026"
    assert format_probability(0.999) == "more than 99%"
    assert format_probability(0.0) == "less than 1%"
    assert format_probability(0.456) == "46%"


def test_probabilities_in_narrow_columns_claim_no_more_than_in_sentences():
    shown = [format_short_probability(p) for p in (0.0, 0.004, 0.5, 0.999)]
    assert shown == ["<1%", "<1%", "50%", ">99%"]
