"""Two runs side by side: shares that add up, whatever the order, and refusals before anything is sampled."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.worlds import synthetic_posterior

from gaplab.errors import GaplabError
from gaplab.params.spec import Params
from gaplab.questions.compare import compare, runs_between

BASE = Params(as_of="2026-06-30", chains=2, draws=100)


def posterior(params: Params):
    """A lag of 8 months; three more with restricted models, two less by the other clock, and one more with both."""
    trusted, access = params.scope == "trusted", params.clock == "first_access"
    lag = 8 + 3 * trusted - 2 * access + 1 * (trusted and access)
    return synthetic_posterior(lag_months=lag, lag_sd=0.0, chains=2, draws=20, params=params)


def test_the_shares_add_up_and_share_what_they_do_together():
    found = compare(BASE, replace(BASE, scope="trusted", clock="first_access", prob=0.5), posterior)
    steps = found.steps.set_index("parameter")
    assert steps["months"].sum() == pytest.approx(2, abs=0.05)
    assert steps.loc["scope", ["months", "low", "high"]].tolist() == pytest.approx([3.5, 3, 4], abs=0.05)
    assert steps.loc["clock", ["months", "low", "high"]].tolist() == pytest.approx([-1.5, -2, -1], abs=0.05)
    assert found.beside == ["prob"]
    assert (found.first.params.scope, found.second.params.scope) == ("public", "trusted")


def test_the_way_back_has_the_opposite_shares():
    other = replace(BASE, scope="trusted", clock="first_access")
    there, back = compare(BASE, other, posterior).steps, compare(other, BASE, posterior).steps
    assert there["months"].tolist() == pytest.approx((-back["months"]).tolist())


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "same fit"),
        ({"prob": 0.5}, r"what differs \(prob\) changes no number"),
        (
            {"scope": "trusted", "clock": "first_access", "seed": 1, "draws": 200, "knot_months": 3.0},
            "differ in 5 ways",
        ),
    ],
    ids=["nothing", "nothing fitted", "too much"],
)
def test_what_cannot_be_compared_is_refused(changes, said):
    with pytest.raises(GaplabError, match=said):
        runs_between(BASE, replace(BASE, **changes))
