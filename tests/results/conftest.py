"""A posterior and its table of the gap."""

from __future__ import annotations

import pytest
from support.results import world

from gaplab.results.gap import gap_table


@pytest.fixture(scope="session")
def posterior():
    return world()


@pytest.fixture(scope="session")
def table(posterior):
    return gap_table(posterior)
