"""Publishers' files by what they say, and the day each is of."""

from __future__ import annotations

import os
from pathlib import Path, PurePath

import pytest
from support.feeds import VERSIONS, matrix, metr_file

from gaplab.errors import GaplabError
from gaplab.importers.import_file import prepare
from gaplab.importers.recognise import KINDS, day_of, known_files

EVENTS = "model,developer,country,event_date,state,source_url\nAlpha 2,Acme,US,2026-02-03,public,https://a.example\n"
STATES = (
    "first_seen,last_seen,repo_commit,model,eci,eci_std,release_date,organization,country\n"
    "2026-02-01,2026-02-09,a1,Alpha 1,140,1,2025-01-10,Acme,US\n"
)
MATRIX = matrix((0.6, "GPQA diamond", "Alpha 1", "alpha-1", "2025-01-10", "Epoch evaluations"))


@pytest.mark.parametrize(
    ("path", "rows_day", "day"),
    [
        ("2026-08-11/eci_scores.csv", "", "2026-08-11"),
        ("a/2026-08-11_models_to_2026-06-30/eci_benchmarks.csv", "", "2026-08-11"),
        ("daily_2025-12-24_to_2026-08-22/file.csv", "", "2026-08-22"),
        ("daily_2025-12-24_to_2026-08-22/states_after_2026-06-30.csv", "2026-08-20", "2026-08-20"),
        ("events_to_2026-08-31/access_events.csv", "2026-08-14", "2026-08-31"),
        ("findings_2026-07/scores.csv", "2026-07-23", "2026-07-23"),
        ("findings_2026-07/scores.csv", "", ""),
    ],
)
def test_the_day_is_that_of_the_rows_or_of_the_nearest_name(path, rows_day, day):
    assert day_of(PurePath(path), rows_day) == day


def test_files_are_known_by_their_columns_in_order_of_their_day(tmp_path, folder):
    contents = {
        "later/any name 2026-03-01.csv": MATRIX,
        "VERSIONS_2026-02-20.csv": VERSIONS,
        "events.csv": EVENTS,
        "states.csv": STATES,
        "results_2026-01-30.yaml": metr_file({"name": "alpha_1"}),
        "notes.md": "| a table |",
        "other.csv": "a,b\n1,2\n",
        "arena_2026-02-01.csv": "snapshot_date,model,elo\n2026-02-01,alpha,1400\n",
    }
    for name, content in contents.items():
        path = tmp_path / "in" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, "utf-8")
    files, passed_over, problems = known_files(tmp_path / "in", folder)
    assert [(file.day, file.publisher) for file in files] == [
        ("2026-01-30", "metr"), ("2026-02-03", "facts"), ("2026-02-09", "epoch"), ("2026-02-20", "epoch"),
        ("2026-03-01", "epoch"),
    ]  # fmt: skip
    assert problems == []
    assert passed_over == [
        "arena_2026-02-01.csv: its publisher restricts what may be passed on",
        "2 files are of no known publisher: notes.md, other.csv",
    ]
    assert known_files(tmp_path / "in", folder, {file.sha256 for file in files})[0] == []


def test_hidden_files_are_not_looked_at_and_what_cannot_be_read_is_told(tmp_path, folder):
    place = tmp_path / "in"
    for name in (".git/eci_scores.csv", ".eci_scores.csv", "a/.b/eci_scores.csv", "one\nfile.md"):
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_text("a,b\n1,2\n", "utf-8")
    with (place / "large.csv").open("wb") as large:
        large.truncate(10 * 2**30)  # sparse: takes no room
    os.mkfifo(place / "pipe.csv")
    (place / "lost.csv").symlink_to("nowhere")
    files, passed_over, problems = known_files(place, folder)
    assert files == []
    assert passed_over == ["1 file is of no known publisher: one\nfile.md"]
    assert problems == ["large.csv: is larger than 64 MiB; expected publishers' files: move it elsewhere"]
    for special in (place / "pipe.csv", Path("/dev/zero")):
        (problem,) = known_files(special, folder)[2]
        assert "is no file" in problem


def test_a_file_that_is_called_like_one_and_is_another_is_a_problem(tmp_path, folder):
    for name, content in {"eci_scores_2026-02-01.csv": "a,b\n1,2\n", "eci_benchmarks.csv": MATRIX}.items():
        (tmp_path / name).write_text(content, "utf-8")
    _, _, problems = known_files(tmp_path, folder)
    assert [problem.split(":")[0] for problem in problems] == ["eci_benchmarks.csv", "eci_scores_2026-02-01.csv"]
    assert "tell the day it is of" in problems[0]
    assert "its columns are a, b" in problems[1]


def test_a_table_by_hand_tells_a_day_or_that_a_file_is_not_to_be_taken(tmp_path, folder):
    path = tmp_path / "eci_benchmarks.csv"
    path.write_text(MATRIX, "utf-8")
    (problem,) = known_files(path, folder)[2]
    digest = problem.split(": ")[-1].split(",")[0]
    told = folder / "build" / "file_days.csv"
    told.write_text(f"sha256,day,note\n{digest},2026-03-01,by hand\n", "utf-8")
    assert [file.day for file in known_files(path, folder)[0]] == ["2026-03-01"]
    told.write_text(f"sha256,day,note\n{digest},,an old copy\n", "utf-8")
    files, passed_over, problems = known_files(path, folder)
    assert (files, problems) == ([], [])
    assert passed_over == ["eci_benchmarks.csv: an old copy (build/file_days.csv)"]


@pytest.mark.parametrize(("publisher", "columns"), [(name, kind) for name, all_ in KINDS.items() for kind in all_])
@pytest.mark.parametrize("cell", ["", "2026-02-01", "Alpha 1", "5"])
def test_the_columns_by_which_a_file_is_known_are_enough_or_it_is_refused(publisher, columns, cell, folder, tmp_path):
    path = tmp_path / "file.csv"
    path.write_text(f"{','.join(columns)}\n{','.join([cell or 'x'] + [cell] * (len(columns) - 1))}\n", "utf-8")
    try:
        prepare(publisher, str(path), folder, vintage="2026-03-01")
    except GaplabError as error:
        assert all("\n" not in line for line in error.problems)
