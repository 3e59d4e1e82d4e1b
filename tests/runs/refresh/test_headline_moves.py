"""Headlines that moved."""

from __future__ import annotations

import pytest

from gaplab.runs.refresh.headline_moves import moves


def headline(median, lower=4.0, upper=8.0, **more):
    row = {"headline": "frontier_today", "definition": "frontier_lag", "unit": "months", "follower": "China"}
    return row | {"leader": "US", "subject": "China", "median": median, "lower": lower, "upper": upper} | more


@pytest.mark.parametrize(
    ("then", "now", "why"),
    [
        (headline(6.0), headline(6.9), None),
        (headline(6.0), headline(7.1), "moved by more than 1 month"),
        (headline(6.0, 5.5, 6.4), headline(6.5), "left its former interval"),
        (headline(6.0, None, None), headline(6.5), None),
        (headline(None), headline(6.5), "one of the two has no number"),
        (headline(None), headline(None), None),
        (headline(6.0), headline(9.0, definition="model_lag"), None),
    ],
)
def test_a_move_is_told_with_its_reason(then, now, why):
    found = moves([then], [now], 1.0)
    assert [row["why"] for row in found] == ([why] if why else [])
    if why:
        assert (found[0]["before"], found[0]["after"]) == (then["median"], now["median"])
