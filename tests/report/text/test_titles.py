"""Titles and the line on health."""

from __future__ import annotations

import pytest

from gaplab.posterior import Check, Health
from gaplab.report.text.titles import health_line


@pytest.mark.parametrize("status", ["PASS", "REVIEW", "FAIL"])
def test_health_says_what_to_do(status):
    health = Health((Check("ESS", 90.0, "at least 400", status, "Run more draws."),))
    line = health_line(health)
    assert ("Run more draws." in line) == (status != "PASS")
    assert ("Do not use" in line) == (status == "FAIL")
