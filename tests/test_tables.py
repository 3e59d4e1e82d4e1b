"""The same numbers in table, JSON and CSV; nothing undefined, unnamed or executable slips through."""

from __future__ import annotations

import csv
import dataclasses
import io
import json
import math
from datetime import date
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from support.worlds import synthetic_posterior

from gaplab import gap
from gaplab.errors import GaplabError
from gaplab.params.spec import Params
from gaplab.posterior import Check, Health
from gaplab.results.as_json import gap_json
from gaplab.results.columns import RUN_COLUMNS, percent_label, to_csv_text
from gaplab.results.evidence import health_table, model_table
from gaplab.results.gap import _framed, _model_rows, gap_table, headline_table
from gaplab.results.listed import listed_models

DATA = SimpleNamespace(hash="ab" * 32, vintage="2026-08-11")
TEXT = ["definition", "subject", "unit", "first_match", *RUN_COLUMNS]


def world(**params):
    return synthetic_posterior(params=Params(**params))


@pytest.fixture(scope="module")
def posterior():
    return world()


@pytest.fixture(scope="module")
def table(posterior):
    return gap_table(posterior)


def ahead_world():
    """A follower so far ahead that first_match_lag is undefined in most draws."""
    return synthetic_posterior(lag_months=-9.0)


# --- what the table holds -------------------------------------------------------------------------


def test_columns_are_those_agreed(table):
    assert list(table) == [
        *("definition", "subject", "unit", "median"),
        *("lower_50", "upper_50", "lower_80", "upper_80", "lower_95", "upper_95"),
        *("p_undefined", "p_follower_ahead", "p_censored", "first_match", "p_first_match"),
        *("leader", "follower", "scope", "clock", "ruler", "knowledge", "as_of"),
    ]


def test_every_definition_for_the_country_and_the_newest_record(posterior, table):
    newest = gap.newest_record(posterior)
    china = posterior.models[posterior.models["country"] == "China"]
    assert newest == china.index[china["record"]][-1]
    for subject in ("China", newest):
        rows = table[table["subject"] == subject]
        assert list(zip(rows["definition"], rows["unit"], strict=True)) == list(gap.DEFINITIONS)


def test_by_default_the_last_ten_records_and_the_one_always_listed(posterior, table):
    china = posterior.models[posterior.models["country"] == "China"]
    expected = {*china.index[china["record"]][-10:], "DeepSeek-V4-Pro"}
    assert set(table["subject"]) - {"China"} == expected
    assert set(listed_models(posterior)) == expected
    for definition in ("model_lag", "first_match_lag"):
        assert set(table.loc[table["definition"] == definition, "subject"]) == expected | {"China"}
    assert not table.duplicated(["definition", "subject", "unit"]).any()


def test_a_model_always_listed_need_not_exist():
    early = world(as_of=date(2025, 6, 30))
    assert "DeepSeek-V4-Pro" not in set(gap_table(early)["subject"])


def test_all_lists_every_follower_model_newest_first():
    run = world(subject="all")
    listed = listed_models(run)
    china = run.models[run.models["country"] == "China"]
    assert sorted(listed) == sorted(china.index)
    assert china.loc[listed, "date"].is_monotonic_decreasing
    assert set(gap_table(run)["subject"]) == {"China", *china.index}


def test_one_named_model(posterior):
    run = world(subject="Kimi K2.6")
    assert set(gap_table(run)["subject"]) == {"China", gap.newest_record(run), "Kimi K2.6"}


@pytest.mark.parametrize(
    ("subject", "said"),
    [("Kimi-K2.6", 'did you mean "Kimi K2.6"'), ("GPT-5", "is no model of China"), ("§", "expected default, all or")],
)
def test_a_subject_that_is_no_follower_model(subject, said):
    with pytest.raises(GaplabError, match=said):
        gap_table(world(subject=subject))


def test_the_rows_of_the_newest_record_agree_with_the_list(posterior):
    newest = gap.newest_record(posterior)
    full = gap_table(posterior).query("subject == @newest").set_index("definition")
    listed = _framed(posterior, _model_rows(posterior, [newest])).set_index("definition")
    for definition in ("model_lag", "first_match_lag"):
        pd.testing.assert_series_equal(full.loc[definition], listed.loc[definition], check_dtype=False)


def test_numbers_are_those_of_the_draws(posterior, table):
    row = table.set_index(["subject", "definition"]).loc["DeepSeek-V4-Pro", "model_lag"].squeeze()
    lag = gap.model_lag(posterior.ability, posterior.frontier, posterior.models, leader="US", follower="China")
    draws = lag.sel(model="DeepSeek-V4-Pro").to_numpy().ravel()
    for column, share in {"median": 0.5, "lower_80": 0.1, "upper_80": 0.9, "lower_95": 0.025}.items():
        step = np.ptp(np.quantile(draws, [share - 1 / 400, share + 1 / 400]))
        assert row[column] == pytest.approx(np.quantile(draws, share), abs=step + 1e-4)
    assert row["p_follower_ahead"] == pytest.approx((draws < 0).mean(), abs=1e-4)


def test_intervals_nest_around_the_median(table):
    rows = table[table["lower_50"].notna()]
    ordered = rows[["lower_95", "lower_80", "lower_50", "median", "upper_50", "upper_80", "upper_95"]]
    assert (ordered.diff(axis=1).iloc[:, 1:] >= 0).all(axis=None)


def test_the_five_percent_rule_has_no_interval(table):
    rows = table[table["definition"] == "five_percent_lag"]
    assert rows["median"].notna().all()
    assert rows["first_match"].notna().all()
    empty = [name for name in table if name.startswith(("lower", "upper", "p_"))]
    assert rows[empty].isna().all(axis=None)


def test_another_probability_adds_its_interval():
    run = world(prob=0.9)
    assert [*gap_table(run)][4:12] == [
        *("lower_50", "upper_50", "lower_80", "upper_80", "lower_90", "upper_90", "lower_95", "upper_95"),
    ]
    assert set(gap_json(run, DATA)["results"][0]["intervals"]) == {"50", "80", "90", "95"}


@pytest.mark.parametrize(("prob", "written"), [(0.8, "80"), (0.55, "55"), (0.07, "7"), (0.999, "99.9"), (0.29, "29")])
def test_probabilities_are_written_in_percent(prob, written):
    assert percent_label(prob) == written


def test_undefined_draws_are_counted_and_leave_no_quantile():
    run = ahead_world()
    row = gap_table(run).set_index(["subject", "definition"]).loc["China", "first_match_lag"].squeeze()
    draws = gap.readings(run, gap.country_subject(run))["first_match_lag", "months"]
    assert row["p_undefined"] == pytest.approx(float(np.isneginf(draws).mean()), abs=1e-4)
    assert row["p_undefined"] > 0.5
    assert math.isnan(row["median"])
    assert row["p_follower_ahead"] >= row["p_undefined"]


def test_without_a_display_scale_there_are_no_points():
    run = dataclasses.replace(world(), points=None)
    units = set(gap_table(run)["unit"])
    assert units == {unit for _, unit in gap.DEFINITIONS} - {"points"}
    assert "points" not in model_table(run)


# --- the same numbers in every form ---------------------------------------------------------------


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
    assert list(found) == ["as_of", "data", "health", "results"]
    assert found["as_of"] == "2026-06-30"
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


def test_csv_holds_the_numbers_of_the_table(table):
    again = pd.read_csv(io.StringIO(to_csv_text(table)))
    pd.testing.assert_frame_equal(again[TEXT], table[TEXT], check_dtype=False)
    numbers = table.drop(columns=TEXT)
    assert not numbers.empty
    pd.testing.assert_frame_equal(again[numbers.columns], numbers, check_exact=True)


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_no_text_cell_is_a_formula(start):
    name = f'{start}HYPERLINK("http://x","y")'
    text = to_csv_text(pd.DataFrame({"subject": [name, "GPT-5"], "median": [-1.5, 2.0]}))
    rows = list(csv.reader(io.StringIO(text, newline="")))
    assert rows == [["subject", "median"], [f"'{name}", "-1.5"], ["GPT-5", "2.0"]]


# --- the other tables -----------------------------------------------------------------------------


def test_headlines_are_rows_of_the_gap_tables(posterior, table):
    restricted = synthetic_posterior(seed=2, lag_months=10.0, params=Params(scope="trusted"))
    found = headline_table(posterior, restricted).set_index("headline")
    assert list(found.index) == ["frontier_today", "newest_record", "restricted_counted"]
    expected = {
        "frontier_today": (table, "China", "frontier_lag"),
        "newest_record": (table, gap.newest_record(posterior), "model_lag"),
        "restricted_counted": (gap_table(restricted), "China", "frontier_lag"),
    }
    for headline, (source, subject, definition) in expected.items():
        row = source[(source["subject"] == subject) & (source["definition"] == definition)].squeeze()
        pd.testing.assert_series_equal(found.loc[headline], row, check_names=False, check_dtype=False)
    assert found["scope"].tolist() == ["public", "public", "trusted"]


def test_health_table_gives_advice_where_it_is_needed(posterior):
    poor = Health((*posterior.health.checks, Check("pareto k", 0.9, "<= 0.7", "REVIEW", "Refit without it.")))
    found = health_table(dataclasses.replace(posterior, health=poor))
    assert found["check"].tolist() == ["R-hat", "bulk ESS", "divergences", "pareto k"]
    assert found["advice"].tolist() == ["", "", "", "Refit without it."]


def test_model_table_holds_every_model(posterior):
    found = model_table(posterior)
    assert found["model"].tolist() == list(posterior.models.index)
    assert (found["ability_lower"] <= found["ability"]).all()
    assert (found["ability"] <= found["ability_upper"]).all()
    anchors = found.set_index("model").loc[["Claude 3.5 Sonnet", "GPT-5"], ["points_lower", "points_upper"]]
    np.testing.assert_allclose(anchors, [[130, 130], [150, 150]])


def test_equal_posteriors_give_equal_text():
    first, second = (to_csv_text(gap_table(world())) for _ in range(2))
    assert first == second
