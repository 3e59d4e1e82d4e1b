"""The first number follows the record, and what a reading may later be uses only revisions that were known."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest
from support.worlds import synthetic_posterior

from gaplab.params.spec import Params
from gaplab.report.text.phrases import read_later_sentence
from gaplab.results import revisions
from gaplab.results.as_json import revision_json
from gaplab.results.gap import gap_table, headline_table

DAY = date(2026, 6, 30)


def record(size: float, *, helped: bool = True) -> pd.DataFrame:
    """Readings of two years with posterior sd 1, whose revisions alternate and have a size."""
    days = pd.date_range("2024-07-01", "2026-01-01", freq="QS")
    rows = pd.DataFrame({"origin": days.strftime("%Y-%m-%d"), "revision": size * (-1.0) ** np.arange(len(days))})
    rows = rows.assign(
        knowledge="hindsight", ruler="ability", definition="released_lag", horizon="today", read_on="2026-06-15",
        median=8.0, lower_80=8 - 2.563 / 2, upper_80=8 + 2.563 / 2, crps=0.5, crps_stretched=0.4 if helped else 0.6,
    )  # fmt: skip
    return pd.concat([rows, rows.assign(horizon="3", read_on=days.shift(1).strftime("%Y-%m-%d"), revision=9.0)])


@pytest.fixture
def kept(tmp_path, monkeypatch):
    """Where the record lies, empty at first."""
    monkeypatch.setattr(revisions, "RECORD", tmp_path)
    return tmp_path


def test_the_first_number_has_the_smallest_mean_error_over_rulers_and_knowledge():
    moved = pd.DataFrame(
        [("a", "frontier_lag", 1.0, "today"), ("b", "frontier_lag", 1.0, "today"), ("a", "released_lag", 0.1, "today"),
         ("b", "released_lag", 1.5, "today"), ("a", "model_lag", 0.0, "today"), ("a", "released_lag", 90.0, "3")],
        columns=["ruler", "definition", "crps", "horizon"],
    )  # fmt: skip
    assert revisions.headline_definition(moved) == "released_lag"
    assert revisions.headline_definition(moved.iloc[::2]) == "released_lag"
    moved.loc[3, "crps"] = 2.0
    assert revisions.headline_definition(moved) == "frontier_lag"


def test_without_a_record_nothing_is_said(kept):
    posterior = synthetic_posterior(params=Params(as_of=DAY))
    assert revisions.headline_definition() == revisions.ELIGIBLE[0]
    assert revisions.revision_table(posterior).empty
    assert revision_json(posterior) == []
    row = gap_table(posterior).iloc[0]
    assert read_later_sentence(row, revisions.revision_table(posterior), 0.8) == ""


def test_intervals_become_as_wide_as_past_revisions_and_keep_their_median(kept):
    record(0.5).to_csv(kept / "readings.csv", index=False)
    posterior = synthetic_posterior(params=Params(as_of=DAY))
    found = revisions.revision_table(posterior).iloc[0]
    table = gap_table(posterior)
    plain = table[(table["definition"] == "released_lag") & (table["subject"] == "China")].iloc[0]
    assert found["stretch"] == pytest.approx(np.sqrt((4 + 7 * 0.25) / (4 + 7)), abs=1e-3)
    assert found["median"] == pytest.approx(plain["median"], abs=1e-3)
    width = (plain["upper_80"] - plain["lower_80"]) * found["stretch"]
    assert found["upper_80"] - found["lower_80"] == pytest.approx(width, abs=1e-3)
    assert [found["usual_lower"], found["usual_upper"]] == [-0.5, 0.5]
    assert f"{found['lower_80']:.1f} to {found['upper_80']:.1f} months" in read_later_sentence(
        plain, revisions.revision_table(posterior), 0.8
    )
    assert revision_json(posterior)[0]["intervals"]["80"] == [found["lower_80"], found["upper_80"]]


def test_where_the_record_shows_no_help_the_interval_stays(kept):
    record(0.5, helped=False).to_csv(kept / "readings.csv", index=False)
    assert set(revisions.revision_table(synthetic_posterior(params=Params(as_of=DAY)))["stretch"]) == {1.0}


def test_an_earlier_run_does_not_know_later_revisions():
    day = pd.Timestamp("2026-02-01")
    rows = record(0.5)
    assert set(revisions.known_revisions(rows, "released_lag", day)["revision"]) == {9.0}
    assert set(revisions.known_revisions(rows, "released_lag", pd.Timestamp(DAY))["revision"].abs()) == {0.5}
    assert revisions.stretch_on(rows, "released_lag", pd.Timestamp("2024-07-01")) == 1.0


@pytest.mark.parametrize(
    "changed",
    [{"domain": "cyber"}, {"clock": "first_access"}, {"ruler": "metr_horizon"}, {"scope": "trusted"},
     {"sources": "government"}, {"benchmarks": "public"}, {"without": "GPQA diamond"}],
    ids=str,
)  # fmt: skip
def test_a_record_of_other_numbers_is_not_used(kept, changed):
    record(0.5).to_csv(kept / "readings.csv", index=False)
    posterior = synthetic_posterior(params=Params(as_of=DAY))
    assert revisions.revision_table(replace(posterior, params=replace(posterior.params, **changed))).empty


def test_days_that_the_tables_do_not_know_have_no_record(kept):
    record(0.5).to_csv(kept / "readings.csv", index=False)
    posterior = synthetic_posterior(params=Params(as_of=DAY))
    days = {name: (pd.Timestamp(DAY) - pd.Timedelta(days=age)).isoformat() for name, age in (("old", 61), ("new", 3))}
    known = {
        name: revisions.revision_table(replace(posterior, identity=posterior.identity | {"complete": day}))
        for name, day in days.items()
    }
    assert known["old"].empty
    assert len(known["new"])


def test_the_committed_record_chooses_the_first_row_of_every_table():
    posterior = synthetic_posterior(params=Params(as_of=DAY))
    first = revisions.headline_definition()
    assert gap_table(posterior).iloc[0]["definition"] == first
    assert headline_table(posterior, posterior).iloc[0]["definition"] == first
