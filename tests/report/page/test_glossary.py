"""The glossary."""

from __future__ import annotations

import pytest

from gaplab.report.page.glossary import TERMS


@pytest.mark.parametrize("term", TERMS, ids=lambda term: term.name)
def test_a_term_finds_itself(term):
    forms = {
        "points": "150 points.",
        "interval": "a 95% interval",
        "attainable": "the best attainable",
        "restricted models": "restricted models too",
    }
    assert term.find(forms.get(term.name, f"the {term.name} is")), term.name
    assert term.meaning.endswith(".")


def test_the_glossary_of_the_docs_is_the_same(repository):
    text = (repository / "docs" / "glossary.md").read_text(encoding="utf-8")
    for term in TERMS:
        assert f"| {term.name} | {term.meaning} |" in text
