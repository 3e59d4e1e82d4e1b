"""What a page says of parts of the scores is what the record says."""

from __future__ import annotations

import pytest

from gaplab.params.spec import Params
from gaplab.report.sections.influence import evidence_record, parts_finding
from gaplab.results.revisions import headline_definition
from gaplab.validation import track_record
from gaplab.validation.sensitivity import OWN_LINE, PUBLIC_TESTS


@pytest.fixture
def table():
    return track_record.read("sensitivity.csv")


def said(table, monkeypatch) -> str:
    record = evidence_record(Params())
    monkeypatch.setattr(track_record, "read", lambda name: table)
    return parts_finding(record).text


def test_parts_are_counted_on_both_sides_of_the_whole(table, monkeypatch):
    assert said(table, monkeypatch).startswith(
        "Of 10 parts of the scores, 7 read longer than all scores and 3 shorter."
    )
    other = table.assign(shift_months=table["shift_months"].where(table["assumption"] != PUBLIC_TESTS, -1.0))
    assert "Of 10 parts of the scores, 6 read longer than all scores and 4 shorter." in said(other, monkeypatch)


def test_public_tests_are_explained_by_the_row_with_a_line_for_each_side(table, monkeypatch):
    rows = table[table["headline"] == headline_definition()].set_index("assumption")["shift_months"]
    gone = f"{rows[PUBLIC_TESTS] - rows[OWN_LINE]:.1f} of the {rows[PUBLIC_TESTS]:.1f} months are gone"
    assert gone in said(table, monkeypatch)
    assert "are gone" not in said(table[table["assumption"] != OWN_LINE], monkeypatch)


def test_a_page_without_the_table_has_no_words_on_it(table):
    assert parts_finding(evidence_record(Params(scope="trusted"))).text == ""
