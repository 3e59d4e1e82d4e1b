"""Columns as text: no cell is a formula, equal posteriors give equal text."""

from __future__ import annotations

import csv
import io

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.hostile import tried
from support.results import world

from gaplab.results.columns import RUN_COLUMNS, percent_label, to_csv_text
from gaplab.results.gap import gap_table

TEXT = ["definition", "subject", "unit", "first_match", *RUN_COLUMNS]


@pytest.mark.parametrize(("prob", "written"), [(0.8, "80"), (0.55, "55"), (0.07, "7"), (0.999, "99.9"), (0.29, "29")])
def test_probabilities_are_written_in_percent(prob, written):
    assert percent_label(prob) == written


def test_csv_holds_the_numbers_of_the_table(table):
    again = pd.read_csv(io.StringIO(to_csv_text(table)))
    pd.testing.assert_frame_equal(again[TEXT], table[TEXT], check_dtype=False)
    numbers = table.drop(columns=TEXT)
    assert not numbers.empty
    pd.testing.assert_frame_equal(again[numbers.columns], numbers, check_exact=True)


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_no_text_cell_is_a_formula(start):
    name = f'{start}HYPERLINK("http://x","y")'
    text = to_csv_text(pd.DataFrame({"subject": [name, "GPT-5"], "median": [-1.5, 2.0]}))
    rows = list(csv.reader(io.StringIO(text, newline="")))
    assert rows == [["subject", "median"], [f"'{name}", "-1.5"], ["GPT-5", "2.0"]]


MARKS = st.text(st.sampled_from(list("=+-@＝＋－＠;,\t\r\n \"'a1|")), max_size=12)


@tried(100)
@given(cells=st.lists(MARKS, min_size=2, max_size=6), separator=st.sampled_from([",", ";", "\t"]))
def test_no_locale_reads_a_formula(cells, separator):
    rows = list(
        csv.reader(
            io.StringIO(to_csv_text(pd.DataFrame({"note": cells, "name": cells})), newline=""), delimiter=separator
        )
    )
    assert not [cell for row in rows for cell in row if cell.lstrip().startswith(tuple("=+-@＝＋－＠"))]


def test_equal_posteriors_give_equal_text():
    first, second = (to_csv_text(gap_table(world())) for _ in range(2))
    assert first == second
