"""The table of definitions."""

from __future__ import annotations

from support.worlds import synthetic_posterior

from gaplab import gap
from gaplab.params.spec import Params
from gaplab.report.sections.definitions import readable_definitions
from gaplab.results.gap import gap_table

PARAMS = Params()


def test_the_table_of_definitions_lists_all_of_them():
    posterior = synthetic_posterior()
    shown = readable_definitions(gap_table(posterior), gap.newest_record(posterior), PARAMS)
    assert len(shown) == len(gap.DEFINITIONS)
    assert shown["Definition"].is_unique
    assert shown.notna().all(axis=None)
