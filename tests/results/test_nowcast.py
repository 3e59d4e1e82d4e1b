"""Rows that count unscored models."""

from __future__ import annotations

import dataclasses
from types import SimpleNamespace

import pandas as pd
import pytest
from support.nowcasts import HIDDEN, tables_of, without
from support.worlds import synthetic_posterior

from gaplab.outlook.nowcast import predict
from gaplab.results.as_json import gap_json
from gaplab.results.gap import gap_table


@pytest.fixture(scope="module")
def world():
    whole = synthetic_posterior(draws=200)
    known = without(whole, HIDDEN)
    return whole, known, predict(tables_of(whole, known.models.index), known)


def test_rows_that_count_unscored_models_are_marked(world):
    _, known, expected = world
    plain, marked = gap_table(known), gap_table(known, expected)
    assert "nowcast" not in plain
    pd.testing.assert_frame_equal(plain, marked[~marked["nowcast"]].drop(columns="nowcast"))
    subjects = set(marked.loc[marked["nowcast"], "subject"])
    assert subjects == {"China", "China: newest record", *HIDDEN}
    data = SimpleNamespace(hash="ab" * 32, vintage="2026-08-11")
    results = gap_json(known, data, expected)["results"]
    assert sum(result["nowcast"] for result in results) == int(marked["nowcast"].sum())


def test_rows_are_those_of_the_nowcast_that_is_given(world):
    _, known, expected = world
    first = gap_table(known, expected)
    sure = dataclasses.replace(expected, counted=expected.counted | True)
    others = gap_table(known, sure)
    lag = [
        table[table["nowcast"] & (table["subject"] == "China") & (table["definition"] == "released_lag")][
            "median"
        ].item()
        for table in (first, others)
    ]
    assert lag[1] < lag[0]
    pd.testing.assert_frame_equal(gap_table(known, expected), first)
