"""Every definition has its label and its sentence."""

from __future__ import annotations

from gaplab import gap
from gaplab.params.spec import Params
from gaplab.report.text.definitions import DEFINITION_LABELS, DEFINITION_MEANINGS, definition_label, definition_meaning

PARAMS = Params()


def test_every_definition_has_a_label_and_one_sentence():
    assert {name for name, _ in gap.DEFINITIONS} == set(DEFINITION_LABELS) == set(DEFINITION_MEANINGS)
    for name, unit in gap.DEFINITIONS:
        meaning = definition_meaning(name, unit, PARAMS)
        assert meaning.endswith(".")
        assert "{" not in meaning
        assert definition_label(name, unit, PARAMS)
