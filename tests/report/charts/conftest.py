"""The posterior that charts are drawn from."""

from __future__ import annotations

import pytest
from support.drawings import drawn
from support.worlds import synthetic_posterior


@pytest.fixture(scope="session")
def posterior():
    return synthetic_posterior(draws=30)


@pytest.fixture(scope="session")
def charts(posterior):
    return drawn(posterior)
