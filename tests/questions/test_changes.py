"""Two dates compared: numbers side by side, and only models with new scores as reasons."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from support.worlds import synthetic_posterior

from gaplab.data.load import load
from gaplab.params.spec import Params
from gaplab.questions import changes
from gaplab.report.charts.changed import changes_chart
from gaplab.report.sections.changes import changes_finding, news_finding
from gaplab.report.text.phrases import pick_row
from gaplab.results.gap import gap_table

LATER = Params(since=date(2026, 3, 31), variant="changes")


@pytest.fixture(scope="module")
def worlds():
    then = synthetic_posterior(draws=30, params=changes.earlier_run(LATER), lag_months=9.0)
    return then, synthetic_posterior(draws=30, params=LATER, lag_months=7.0)


@pytest.fixture(scope="module")
def moved(worlds):
    return changes.numbers_on_both_dates(*(gap_table(world) for world in worlds), "80")


def test_the_earlier_run_differs_by_its_date_alone():
    assert changes.earlier_run(LATER) == Params(as_of=date(2026, 3, 31))


def test_the_steps_of_a_change_add_up_and_start_at_the_reading_of_the_day(moved):
    assert changes.run_of_the_day(LATER) == Params(as_of=date(2026, 3, 31), knowledge="real_time")
    read = gap_table(synthetic_posterior(draws=30, params=changes.run_of_the_day(LATER), lag_months=10.0))
    steps = changes.steps(read, moved, ["released_lag", "frontier_lag", "no_such_number"])
    assert list(steps["definition"]) == ["released_lag", "frontier_lag"]
    for row in steps.itertuples():
        assert row.read == pytest.approx(pick_row(read, row.definition, "China", "months")["median"])
        assert row.read + row.revised == pytest.approx(row.then, abs=1e-3)
        assert row.then + row.since == pytest.approx(row.now, abs=1e-3)
        assert row.revised < 0
    undefined = read.assign(median=np.nan)
    assert changes.steps(undefined, moved, ["released_lag"]).empty


def test_each_number_is_that_of_its_table(moved, worlds):
    for side, world in zip(("then", "now"), worlds, strict=True):
        table = gap_table(world)
        for _, row in moved.iterrows():
            of_table = pick_row(table, row["definition"], "China", row["unit"])
            assert row[side] == pytest.approx(of_table["median"])
    lag = moved.set_index("definition").loc["frontier_lag"]
    assert lag["change"] == pytest.approx(-2.0, abs=0.7)
    assert (moved["change"].dropna() == (moved["now"] - moved["then"]).round(4)).all()


def test_only_scores_that_were_not_known_are_new(worlds):
    then, now = load(as_of=LATER.since), load(as_of=LATER.as_of)
    fresh = changes.newly_scored_models(then, now, worlds[1])
    known = set(then.models["model"])
    assert len(fresh)
    assert fresh.loc[fresh["released"], "date"].gt("2026-03-31").all()
    assert not set(fresh.loc[fresh["released"], "model"]) & known
    assert changes.newly_scored_models(now, now, worlds[1]).empty
    old = changes.newly_scored_models(
        load(as_of=LATER.since, knowledge="real_time"), load(as_of=LATER.as_of, knowledge="real_time"), worlds[1]
    )
    assert set(old["model"]) & known, "in real time, old models get new scores"


def test_the_answer_says_which_way(moved, worlds):
    fresh = changes.newly_scored_models(load(as_of=LATER.since), load(as_of=LATER.as_of), worlds[1])
    text = changes_finding(moved, fresh, LATER).text
    assert " less." in text
    same = changes_finding(moved.assign(change=0.0), fresh, LATER).text
    assert ": no change." in same
    none = news_finding(fresh.iloc[:0], moved.iloc[:0], LATER).text
    assert none == "No score is new since 31 March 2026: the numbers moved with time alone."


def test_levers_do_not_stop_the_earlier_run():
    assert changes.earlier_run(replace(LATER, follower_rate=0.5)).follower_rate == 0.5


def test_the_title_counts_the_definitions_that_moved(moved):
    moved = moved.assign(change=-1.0)
    chart = changes_chart(moved, LATER)
    known = int(np.isfinite(chart.data["change"]).sum())
    assert chart.title == f"All {known} definitions say shorter"
    mixed = moved.assign(change=np.where(moved["definition"] == "frontier_lag", 2.0, -1.0))
    assert changes_chart(mixed, LATER).title == f"1 of {known} definitions say longer, {known - 1} shorter"
