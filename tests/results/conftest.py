"""A posterior and its table of the gap."""

from __future__ import annotations

import pytest
from support.results import world

from gaplab.results.gap import gap_table


@pytest.fixture(scope="module")
def posterior():
    return world()


@pytest.fixture(scope="module")
def table(posterior):
    return gap_table(posterior)
