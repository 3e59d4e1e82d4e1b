"""Scopes and clocks side by side."""

from __future__ import annotations

import dataclasses

import pytest
from support.nowcasts import HIDDEN, tables_of, without
from support.worlds import synthetic_posterior

from gaplab.data.access import eligible
from gaplab.data.load import load
from gaplab.outlook.nowcast import predict
from gaplab.params.spec import Params
from gaplab.report.sections.scopes import clock_sentence, readable_scopes
from gaplab.results.evidence import scopes_table


@pytest.fixture(scope="module")
def world():
    whole = synthetic_posterior(draws=200)
    known = without(whole, HIDDEN)
    return whole, known, predict(tables_of(whole, known.models.index), known)


def test_scopes_and_clocks_that_change_nothing_share_a_row(world):
    whole, known, _ = world
    runs = [
        dataclasses.replace(run, params=dataclasses.replace(run.params, scope=scope, clock=clock))
        for run, scope in ((known, "public"), (whole, "trusted"))
        for clock in ("release", "first_access")
    ]
    table = scopes_table(runs)
    assert len(table) == 8
    assert set(table["added"]) == {"", ", ".join(HIDDEN)}
    shown = readable_scopes(table, whole.params)
    assert list(shown["Models dated by"]) == ["public release, first outside access"] * 2


def test_a_clock_that_changes_nothing_says_so():
    params = Params()
    tables = load(as_of=params.as_of)
    assert clock_sentence(tables, params) == ""
    outside = dataclasses.replace(params, clock="first_access")
    early = tables.access.assign(**{"from": tables.access["from"].where(tables.access["state"] == "public")})
    same = dataclasses.replace(tables, access=early.dropna(subset="from"))
    assert clock_sentence(same, outside) == (
        "Dating models by first outside access changes no number here: no model that counts has another date by it."
    )
    # GPT-5.6 was with selected users from 26 June and public from 9 July.
    assert "GPT-5.6 Sol" in clock_sentence(tables, outside)
    dated = eligible(tables, scope="public", clock="first_access", leader="US").loc["GPT-5.6 Sol", "date"]
    assert f"{dated:%Y-%m-%d}" == "2026-06-26"
