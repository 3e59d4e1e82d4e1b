"""Scopes and clocks side by side."""

from __future__ import annotations

import dataclasses

import pytest
from support.nowcasts import HIDDEN, tables_of, without
from support.worlds import synthetic_posterior

from gaplab.outlook.nowcast import predict
from gaplab.report.sections.scopes import readable_scopes
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
