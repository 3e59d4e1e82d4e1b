"""The live record of a simulated world: issued on one day, resolved on a later vintage, and proof against changes."""

from __future__ import annotations

import json
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import jsonschema
import numpy as np
import pandas as pd
import pytest
from support.commands import run as command
from support.live_world import live_tables, simulated_fit
from support.places import REPOSITORY

from gaplab.errors import GaplabError
from gaplab.params.spec import Params
from gaplab.places import RECORD
from gaplab.report.sections.live_record import due_finding, readable_due, readable_live_record
from gaplab.validation import scoring
from gaplab.validation.live import chain
from gaplab.validation.live.answers import ANSWERS, Query, Sources
from gaplab.validation.live.hubverse import write_questions
from gaplab.validation.live.question_set import question_days
from gaplab.validation.live.release import COLUMNS, ISSUED, LEVELS, QUANTILES, issue, release_of
from gaplab.validation.live.resolve import RESOLVED, backfill, came_due, due, live_summary, resolve, resolved
from gaplab.validation.live.wording import WORDING, YES

FIRST, LATER = date(2026, 1, 31), date(2026, 6, 30)
HUB = json.loads((REPOSITORY / "tests" / "support" / "hubverse_tasks_v6.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def default(tmp_path_factory):
    """The run on synthetic tables that have every vintage; a run of an earlier day knows the earlier ones."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GAPLAB_CACHE", str(tmp_path_factory.mktemp("cache")))
        patch.setattr("gaplab.fit.fit.sample_frontiers", simulated_fit)
        yield Params(data=str(live_tables(tmp_path_factory.mktemp("world"))), as_of=FIRST, chains=2, draws=200)


@pytest.fixture(scope="module")
def record(default, tmp_path_factory):
    """The folder of a record with one release, resolved on a later vintage."""
    folder = tmp_path_factory.mktemp("record")
    assert issue(default, folder) > 100
    resolve(Params(**default.as_strings() | {"as_of": LATER}), folder)
    return folder


@pytest.fixture(scope="module")
def release(default):
    return release_of(default)


@pytest.fixture(scope="module")
def issued(record):
    return chain.read(record / ISSUED, COLUMNS)


def test_a_release_is_issued_once(default, record, issued):
    before = (record / ISSUED).read_bytes()
    assert issue(default, record) == 0
    assert (record / ISSUED).read_bytes() == before
    assert set(issued["kind"]) == {"reading", "forecast", "question"}
    assert set(issued["issued"]) == {f"{FIRST}"}
    quantiles = issued.loc[issued["unit"] != YES, list(QUANTILES)].astype(float)
    assert (quantiles.diff(axis=1).iloc[:, 1:] >= 0).all(axis=None)


def test_what_has_come_due_is_scored_and_the_rest_is_not(record, issued):
    done = resolved(record)
    expected = due(issued, f"{LATER}")
    assert set(done["row"]) <= set(expected["hash"])
    assert {"reading", "forecast", "question"} == set(done["kind"])
    assert len(done) > 0.8 * len(expected)
    assert (done["target_day"] <= f"{LATER}").all()
    rows = done.merge(issued, left_on="row", right_on="hash", suffixes=("", "_issued"))
    for row in rows.to_dict("records"):
        if row["unit"] == YES:
            assert float(row["crps"]) == pytest.approx(
                (float(row["probability"]) - float(row["outcome"])) ** 2, abs=1e-3
            )
        else:
            held = float(row["q0.1"]) <= float(row["outcome"]) <= float(row["q0.9"])
            assert row["inside_80"] == str(held)
    ours = rows[(rows["kind"] == "forecast") & (rows["target"] == "released_lag") & (rows["forecaster"] == "stack")]
    row = ours.iloc[0]
    draws = np.interp((np.arange(200) + 0.5) / 200, LEVELS, row[list(QUANTILES)].astype(float))
    assert float(row["crps"]) == pytest.approx(float(scoring.crps(draws, float(row["outcome"]))), abs=1e-3)


def test_a_second_resolution_changes_nothing(default, record):
    before = (record / RESOLVED).read_bytes()
    assert resolve(Params(**default.as_strings() | {"as_of": LATER}), record).empty
    assert (record / RESOLVED).read_bytes() == before


def test_the_summary_counts_and_compares(record, issued):
    table = live_summary(issued, resolved(record), f"{LATER}").set_index("kind")
    ours = issued[issued["forecaster"] == "stack"]
    assert table["issued"].sum() == len(ours)
    assert table["due"].sum() == len(due(ours, f"{LATER}"))
    assert table.loc["forecast", "simple_is"] in ("persistence", "historical_mean", "linear_trend", "error_correction")
    assert table.loc["question, yes or no", "simple_is"] == "as_today"
    empty = live_summary(issued, resolved(record / "none"), f"{FIRST}")
    assert empty["resolved"].sum() == 0
    assert empty["crps"].isna().all()


def test_what_came_due_in_a_period_is_told_with_how_it_did(record, issued):
    period = came_due(FIRST, LATER, record)
    ours, params = period.ours, Params(as_of=LATER, variant="changes", since=FIRST)
    assert len(ours)
    assert (ours["due"] > f"{FIRST}").all()
    assert (ours["due"] <= f"{LATER}").all()
    assert set(ours["forecaster"]) == {"stack"}
    assert period.following > f"{LATER}"
    said = due_finding(period, params).text
    done = ours[ours["outcome"].notna()]
    spread, held = done[done["unit"] != YES], (done["inside_80"] == "True").sum()
    assert f"{(ours['kind'] == 'forecast').sum()} forecasts" in said
    assert f"Of {len(spread)} with an interval {held} fell in their 80% interval." in said
    summary = live_summary(period.came_due, period.scored, f"{LATER}").set_index("kind")
    assert f"{summary.loc['forecast', 'crps']:.2f}" in said
    assert f"{summary.loc['forecast', 'simple']:.2f}" in said
    shown = readable_due(period, params)
    assert 1 <= len(shown) <= 4
    assert set(shown["Held"]) <= {"yes", "no"}
    assert shown["It came"].iloc[0] in {f"{float(each):.1f}" for each in done["outcome"]}


def test_where_nothing_came_due_one_sentence_says_so_and_when_the_next_does(record):
    period = came_due(date(2026, 1, 30), FIRST, record)
    assert period.ours.empty
    said = due_finding(period, Params(as_of=FIRST, variant="changes", since=date(2026, 1, 30)))
    assert "30 January 2026" in said.text
    assert f"{pd.Timestamp(period.following):%-d %B %Y}" in said.text
    assert readable_due(period, Params()).empty
    nothing = came_due(FIRST, LATER, record / "none")
    assert due_finding(nothing, Params(variant="changes", since=FIRST)).text.endswith(
        "none came due since 31 January 2026."
    )


@pytest.mark.parametrize(
    ("change", "row", "what"),
    [
        (
            lambda lines: [*lines[:5], lines[5].replace("released", "relaxed").replace("lag", "gap"), *lines[6:]],
            6,
            "changed",
        ),
        (lambda lines: [*lines[:5], *lines[6:]], 6, "does not follow"),
        (lambda lines: [*lines[:5], lines[6], lines[5], *lines[7:]], 6, "does not follow"),
        (lambda lines: [*lines[:-1], lines[-1].replace(",2026", ",2025", 1)], None, "changed"),
    ],
    ids=["a cell", "a row gone", "two rows swapped", "the last row"],
)
def test_a_changed_row_is_named(record, tmp_path, change, row, what):
    lines = (record / ISSUED).read_text(encoding="utf-8").splitlines()
    path = tmp_path / ISSUED
    path.write_text("\n".join(change(lines)) + "\n", encoding="utf-8")
    result = command("record", "check", "--record", tmp_path)
    assert result.exit_code == 2
    assert f"{path} row {row or len(lines)}: " in result.stderr
    assert what in result.stderr
    with pytest.raises(GaplabError):
        chain.append(path, pd.DataFrame([["x"] * len(COLUMNS)], columns=list(COLUMNS)), pd.DataFrame())


def test_an_unchanged_record_is_whole(record):
    result = command("record", "check", "--record", record)
    assert result.exit_code == 0, result.output
    assert (record / ISSUED).read_text(encoding="utf-8").rstrip().endswith(result.stdout.splitlines()[0].split()[-1])


def test_no_row_is_added_before_the_last_one(default, record, tmp_path):
    (tmp_path / ISSUED).write_bytes((record / ISSUED).read_bytes())
    with pytest.raises(GaplabError, match="expected that day or later"):
        issue(Params(**default.as_strings() | {"as_of": date(2025, 12, 31)}), tmp_path)
    with pytest.raises(GaplabError, match="--on 2026-01-01"):
        issue(default, tmp_path, on=date(2026, 1, 1))
    assert "expected YYYY-MM-DD" in command("record", "issue", "--on", "soon", "--record", tmp_path).stderr


def test_of_two_writers_at_once_one_adds_and_the_other_says_so(tmp_path):
    """Both read the record before either wrote: nothing is lost, and nothing stands there twice."""
    path = tmp_path / "record" / ISSUED
    rows = pd.DataFrame([["x"] * len(COLUMNS)], columns=COLUMNS)
    seen = chain.read(path, COLUMNS)

    def writer(name):
        try:
            chain.append(path, rows.assign(release=name), seen)
            return "added"
        except GaplabError as error:
            return error.problems[0]

    with ThreadPoolExecutor(8) as pool:
        told = sorted(pool.map(writer, map(str, range(8))), key=len)
    assert told[0] == "added"
    assert all(line.endswith("rows were added meanwhile; nothing written: run it again") for line in told[1:])
    assert len(chain.read(path, COLUMNS)) == 1
    assert [each.name for each in path.parent.iterdir()] == [ISSUED]


def test_questions_are_many_and_have_rules(release):
    names = [each.name for each in release.questions]
    assert len(set(names)) == len(names) >= 20
    assert set(WORDING) == set(ANSWERS)
    for each in release.questions:
        assert each.text.endswith("?")
        assert "{" not in each.text + each.rule
        assert np.isfinite(each.draws).all()
        assert each.query.day in question_days(pd.Timestamp(FIRST))


def test_an_answer_reads_nothing_from_after_its_day(default):
    later = Params(**default.as_strings() | {"as_of": LATER})
    from gaplab.fit import runs

    known, day = Sources(runs.tables_of(later), later), pd.Timestamp("2026-04-01")
    rows = known.index_on(day)
    assert rows["date"].max() <= day
    spoilt = known.tables.index_vintages
    spoilt.loc[spoilt["vintage"] > day, "value"] = 999.0
    assert known.index_on(day).equals(rows)
    ours = rows[rows["country"] == "China"]["value"]
    asked = Query("index_exceeds", "China", ours.max() - 0.1, pd.Timestamp(FIRST), day)
    assert ANSWERS["index_exceeds"](known, asked) == 1.0
    assert ANSWERS["index_best_follower"](known, asked) == ours.max()


def test_a_hub_takes_the_questions(release, record, tmp_path):
    write_questions(release, tmp_path, resolved(record))
    tasks = json.loads((tmp_path / "hub-config" / "tasks.json").read_text(encoding="utf-8"))
    jsonschema.validate(tasks, HUB)
    output = pd.read_csv(next((tmp_path / "model-output").rglob("*.csv")))
    (hub_round,) = tasks["rounds"]
    allowed = {
        (question, kind)
        for task in hub_round["model_tasks"]
        for question in task["task_ids"]["question"]["optional"]
        for kind in task["output_type"]
    }
    assert set(zip(output["question"], output["output_type"], strict=True)) == allowed
    pmf = output[output["output_type"] == "pmf"].groupby("question")["value"].sum()
    assert np.allclose(pmf, 1)
    oracle = pd.read_csv(tmp_path / "target-data" / "oracle-output.csv")
    assert len(oracle)
    assert set(oracle["question"]) <= set(output["question"])
    said = json.loads((tmp_path / "questions.json").read_text(encoding="utf-8"))["questions"]
    assert len(said) == len(release.questions)
    assert all(each["text"] and each["rule"] and ("probability" in each) == (each["type"] == "binary") for each in said)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(tasks | {"rounds": [hub_round | {"submissions_due": {}}]}, HUB)


def test_a_back_fill_is_of_real_vintages_and_says_what_it_is():
    rows = pd.DataFrame({
        "kind": ["real", "real", "pseudo"], "origin": "2026-01-01", "target": "frontier_lag", "horizon_months": 3,
        "subject": "China",
        "forecaster": ["stack", "drift", "stack"], "median": 5.0, "lower_80": 4.0, "upper_80": 6.0, "outcome": 5.5,
        "crps": 0.3,
    })  # fmt: skip
    made = backfill(rows)
    assert made["label"].tolist() == ["backfilled"]
    assert made["inside_80"].tolist() == [True]


def test_the_committed_record_is_whole_and_the_page_shows_its_counts():
    issued = chain.read(RECORD / ISSUED, COLUMNS)
    assert len(issued)
    assert issued.groupby("release")["issued"].nunique().max() == 1
    page = (REPOSITORY / "docs" / "record.md").read_text(encoding="utf-8")
    shown = page.split("<!--live-->\n")[1].split("<!--/live-->")[0]
    lines = [[cell.strip() for cell in line.split("|")[1:-1]] for line in shown.strip().splitlines()]
    rows, day = re.match(r"The first (\d+) rows, as of (\S+):\n", shown).groups()
    done = resolved(RECORD)
    table = readable_live_record(live_summary(issued.head(int(rows)), done[done["resolved_on"] <= day], day)).astype(
        str
    )
    assert lines[2] == list(table.columns)
    assert lines[4:] == table.to_numpy().tolist()
