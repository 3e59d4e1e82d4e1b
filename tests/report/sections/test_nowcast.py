"""The sentence on unscored models."""

from __future__ import annotations

import pytest
from support.nowcasts import HIDDEN, tables_of, without
from support.worlds import synthetic_posterior

from gaplab.outlook.nowcast import predict
from gaplab.report.sections.nowcast import nowcast_finding, readable_unscored
from gaplab.report.text.phrases import estimate_of_row
from gaplab.results.gap import gap_table
from gaplab.results.nowcast import delay_table, unscored_table


@pytest.fixture(scope="module")
def world():
    whole = synthetic_posterior(draws=200)
    known = without(whole, HIDDEN)
    return whole, known, predict(tables_of(whole, known.models.index), known)


def test_the_sentence_states_both_numbers(world):
    _, known, expected = world
    marked, listed = gap_table(known, expected), unscored_table(known, expected)
    finding = nowcast_finding(marked, listed, delay_table(known, expected), (6.0, 9.0), known.params)
    for _, row in finding.table.iterrows():
        assert estimate_of_row(row, 0.8) in finding.text
    shown = readable_unscored(listed, known.params)
    assert list(shown["Model"]) == HIDDEN[::-1]
