"""The table of the gap: its numbers are those of the draws."""

from __future__ import annotations

import dataclasses
import math
from datetime import date

import numpy as np
import pandas as pd
import pytest
from support.results import ahead_world, world
from support.worlds import synthetic_posterior

from gaplab import gap
from gaplab.errors import GaplabError
from gaplab.params.spec import Params
from gaplab.results.evidence import model_table
from gaplab.results.gap import framed_rows, gap_table, headline_table, model_rows
from gaplab.results.listed import listed_models
from gaplab.results.revisions import headline_definition


def test_columns_are_those_agreed(table):
    assert list(table) == [
        *("definition", "subject", "unit", "median"),
        *("lower_50", "upper_50", "lower_80", "upper_80", "lower_95", "upper_95"),
        *("p_undefined", "p_follower_ahead", "p_censored", "first_match", "p_first_match"),
        *("leader", "follower", "scope", "clock", "ruler", "knowledge", "as_of"),
    ]


def test_a_dossier_tells_the_number_of_its_model(posterior):
    other = gap.records(posterior)[0]
    assert other != gap.newest_record(posterior)
    run = dataclasses.replace(posterior.params, variant="dossier", subject=other)
    asked = dataclasses.replace(posterior, params=run)
    named = [
        headline_table(each, each).set_index("headline").at["newest_record", "subject"] for each in (posterior, asked)
    ]
    assert named == [gap.newest_record(posterior), other]


def test_every_definition_for_the_country_and_the_newest_record(posterior, table):
    newest = gap.newest_record(posterior)
    china = posterior.models[posterior.models["country"] == "China"]
    assert newest == china.index[china["record"]][-1]
    for subject in ("China", newest):
        rows = table[table["subject"] == subject]
        first, keys = headline_definition(), list(zip(rows["definition"], rows["unit"], strict=True))
        assert keys == sorted(gap.DEFINITIONS, key=lambda key: key[0] != first)


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
    listed = framed_rows(posterior, model_rows(posterior, [newest])).set_index("definition")
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


def test_headlines_are_rows_of_the_gap_tables(posterior, table):
    restricted = synthetic_posterior(seed=2, lag_months=10.0, params=Params(scope="trusted"))
    found = headline_table(posterior, restricted).set_index("headline")
    assert list(found.index) == ["country_today", "newest_record", "restricted_counted"]
    expected = {
        "country_today": (table, "China", headline_definition()),
        "newest_record": (table, gap.newest_record(posterior), "model_lag"),
        "restricted_counted": (gap_table(restricted), "China", headline_definition()),
    }
    for headline, (source, subject, definition) in expected.items():
        row = source[(source["subject"] == subject) & (source["definition"] == definition)].squeeze()
        pd.testing.assert_series_equal(found.loc[headline], row, check_names=False, check_dtype=False)
    assert found["scope"].tolist() == ["public", "public", "trusted"]
