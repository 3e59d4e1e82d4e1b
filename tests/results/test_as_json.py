"""JSON holds the numbers of the table."""

from __future__ import annotations

import dataclasses
import json
from types import SimpleNamespace

import pandas as pd
import pytest
from support.results import ahead_world, world

from gaplab.posterior import Check, Health
from gaplab.results.as_json import gap_json
from gaplab.results.gap import gap_table

DATA = SimpleNamespace(hash="ab" * 32, vintage="2026-08-11")


def test_another_probability_adds_its_interval():
    run = world(prob=0.9)
    assert [*gap_table(run)][4:12] == [
        *("lower_50", "upper_50", "lower_80", "upper_80", "lower_90", "upper_90", "lower_95", "upper_95"),
    ]
    assert set(gap_json(run, DATA)["results"][0]["intervals"]) == {"50", "80", "90", "95"}


@pytest.mark.parametrize("make", [world, ahead_world, lambda: world(prob=0.9, subject="all", scope="trusted")])
def test_json_holds_the_numbers_of_the_table(make):
    run = make()
    table = gap_table(run)
    text = json.dumps(gap_json(run, DATA), allow_nan=False)
    results = json.loads(text)["results"]
    assert len(results) == len(table)
    for found, row in zip(results, table.to_dict("records"), strict=True):
        flat = {
            f"{side}_{level}": bound
            for level, pair in found.pop("intervals").items()
            for side, bound in zip(("lower", "upper"), pair, strict=True)
        }
        for name, value in (found | flat).items():
            expected = row.pop(name)
            assert (value is None and pd.isna(expected)) or value == expected, name
        assert set(row) <= {"as_of", "first_match", "p_first_match"}
        assert all(pd.isna(value) for name, value in row.items() if name != "as_of")


def test_json_has_the_agreed_keys(posterior):
    found = gap_json(posterior, DATA)
    assert list(found) == ["as_of", "data", "health", "headline", "results", "read_later", "past"]
    assert found["as_of"] == f"{posterior.params.as_of}"
    assert found["data"] == {"hash": DATA.hash, "vintage": "2026-08-11"}
    assert found["health"]["status"] == "PASS"
    assert [check["name"] for check in found["health"]["checks"]] == ["R-hat", "bulk ESS", "divergences"]
    agreed = {"definition", "subject", "leader", "scope", "clock", "ruler", "knowledge", "unit", "median"}
    agreed |= {"intervals", "p_undefined", "p_follower_ahead"}
    for result in found["results"]:
        assert agreed <= set(result)
        assert list(result["intervals"]) == ["50", "80", "95"]


def test_json_has_no_nan_even_in_health(posterior):
    sick = Health((Check("R-hat", float("nan"), "<= 1.01", "FAIL", "Draw more."),))
    found = gap_json(dataclasses.replace(posterior, health=sick), DATA)
    assert found["health"]["checks"][0]["value"] is None
    json.dumps(found, allow_nan=False)
