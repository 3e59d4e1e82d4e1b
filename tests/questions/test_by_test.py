"""The lag on single tests: first crossings counted by hand in small tables, and what the real ones show."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest

from gaplab.data.load import load
from gaplab.errors import GaplabError
from gaplab.params.spec import Params
from gaplab.questions.by_test import crossings, records
from gaplab.results.by_test import lag_by_test_summary, lag_by_test_table, require_tests
from gaplab.units import MONTH_DAYS

MODELS = {"u1": "2025-01-01", "u2": "2025-03-01", "u3": "2025-06-01", "c1": "2025-04-01", "c2": "2025-08-01"}


@pytest.fixture(scope="module")
def real():
    return load(as_of=Params().as_of)


@pytest.fixture
def tables(real):
    """Five models on one test, the US ones at 10, 30 and 60%."""
    scores = {"u1": 0.1, "u2": 0.3, "u3": 0.6, "c1": 0.2, "c2": 0.7}
    return made(real, [("quiz", model, score) for model, score in scores.items()])


def made(real, rows, **facts):
    scores = pd.DataFrame(rows, columns=["benchmark", "model", "score"]).assign(
        source="s", source_class="independent", effort="", censored="none", adjusted="none"
    )
    tests = sorted(scores["benchmark"].unique())
    benchmarks = pd.DataFrame({"benchmark": tests, "domain": "reasoning", "access_class": "public", "floor": 0.0})
    benchmarks = benchmarks.assign(ceiling=1.0, link="logit", superseded_by=None, release_date=pd.NaT, **facts)
    country = ["US" if name.startswith("u") else "China" for name in MODELS]
    models = pd.DataFrame({"model": list(MODELS), "developer": "d", "country": country, "featured": np.nan})
    access = pd.DataFrame({"model": list(MODELS), "state": "public", "from": pd.to_datetime(list(MODELS.values()))})
    return dataclasses.replace(real, scores=scores, benchmarks=benchmarks, models=models, access=access)


def months(later: str, earlier: str) -> float:
    return (pd.Timestamp(later) - pd.Timestamp(earlier)).days / MONTH_DAYS


def test_each_level_is_dated_by_the_leaders_first_model_that_high(tables):
    found = crossings(tables, Params()).set_index("model")
    assert found.loc["c1", "leader_model"] == "u2"
    assert found.loc["c1", "months"] == pytest.approx(months("2025-04-01", "2025-03-01"))
    assert not found.loc["c1", "at_least"], "u1 stood below before"
    assert found.loc["c2", "ahead"]
    assert np.isnan(found.loc["c2", "months"])
    assert found["record"].all()


def test_who_came_first_has_a_negative_lag_and_is_not_ahead(tables):
    scores = tables.scores.assign(score=tables.scores["score"].where(tables.scores["model"] != "c1", 0.5))
    found = crossings(dataclasses.replace(tables, scores=scores), Params()).set_index("model")
    assert found.loc["c1", "months"] == pytest.approx(months("2025-04-01", "2025-06-01"))
    assert not found.loc["c1", "ahead"]


def test_a_leader_that_was_there_from_its_first_model_was_there_at_the_latest(real):
    rows = [("quiz", "u1", 0.5), ("quiz", "u2", 0.6), ("quiz", "u3", 0.7), ("quiz", "c1", 0.4)]
    assert crossings(made(real, rows), Params())["at_least"].tolist() == [True]


def test_tests_that_few_of_the_leader_took_and_replaced_ones_are_left_out(real):
    whole = [(name, model, 0.5) for name in ("v1", "v2") for model in MODELS]
    few = [("rare", model, 0.5) for model in ("u1", "u2", "c1")]
    tables = made(real, whole + few)
    facts = tables.benchmarks.assign(superseded_by=["v2" if name == "v1" else None for name in ("rare", "v1", "v2")])
    assert set(crossings(dataclasses.replace(tables, benchmarks=facts), Params())["benchmark"]) == {"v2"}


def test_the_best_published_score_counts_on_the_raw_scale(real):
    rows = [("quiz", model, score) for model, score in zip(MODELS, (0.1, 0.5, 0.6, 0.3, 0.2), strict=True)]
    tables = made(real, [*rows, ("quiz", "c1", 0.2)], **{})
    facts = tables.benchmarks.assign(floor=0.2)
    adjusted = np.where(tables.scores.index == len(rows) - 2, "chance", "none")  # c1: 0.2 + 0.8 x 0.3
    found = crossings(
        dataclasses.replace(tables, benchmarks=facts, scores=tables.scores.assign(adjusted=adjusted)), Params()
    )
    assert found.set_index("model").loc["c1", "score"] == pytest.approx(0.44)


def test_the_table_has_the_records_and_the_model_asked_for(tables):
    table = lag_by_test_table(tables, Params(subject="c1"))
    assert table[["subject", "model"]].to_numpy().tolist() == [["China", "c2"], ["c1", "c1"]]
    summary = lag_by_test_summary(table).set_index("subject")
    assert summary.loc["China", ["tests", "ahead", "share_ahead"]].tolist() == [1, 1, 1.0]
    assert summary.loc["China", "median_months"] == -np.inf
    with pytest.raises(GaplabError, match="no test was taken"):
        require_tests(lag_by_test_table(tables, Params(domain="cyber")), Params())


def test_the_real_tables_compare_the_featured_model_on_twenty_tests_and_more(real):
    table = lag_by_test_table(real, Params())
    summary = lag_by_test_summary(table).set_index("subject")
    assert summary.loc["DeepSeek-V4-Pro", "tests"] >= 20
    assert summary.loc["China", "tests"] >= 20
    assert 0 <= summary.loc["China", "share_ahead"] < 0.5
    best = records(crossings(real, Params())).set_index("benchmark")
    top = real.scores[real.scores["benchmark"] == "SWE-Bench verified"].merge(real.models, on="model")
    assert best.loc["SWE-Bench verified", "score"] == top.loc[top["country"] == "China", "score"].max()
