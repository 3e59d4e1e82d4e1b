"""A refresh as a whole: all or nothing, the same after any interruption, and nothing the second time."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from support.imports import table
from support.places import REPOSITORY
from support.refreshes import bytes_below, files_of, quick_pages, scores_of, small_data

from gaplab.data import write as store
from gaplab.data.load import check_tables
from gaplab.errors import GaplabError
from gaplab.importers.import_file import prepare, write_change
from gaplab.runs.refresh import pages


def test_new_files_change_tables_and_site_and_a_second_time_nothing(run, data, site, files):
    outcome = run(source=files)
    assert (outcome.files, outcome.changed) == (4, True)
    assert check_tables(data) == []
    models = table(data, "models").set_index("model")
    assert models.loc["Delta 3", ["developer", "country", "weights"]].tolist() == ["Bao", "China", "open"]
    assert len(list(site.glob("*_full_*/brief.html"))) == 1
    before, seen = bytes_below(data, site), {path: path.stat().st_mtime_ns for path in data.rglob("*.csv")}
    outcome = run(source=files)
    assert (outcome.files, outcome.changed, outcome.moved) == (0, False, [])
    assert bytes_below(data, site) == before
    assert {path: path.stat().st_mtime_ns for path in data.rglob("*.csv")} == seen


def test_one_step_and_several_end_in_the_same_tables(run, data, files, tmp_path):
    small_data(tmp_path / "other" / "data")
    run(None, source=files)
    once = bytes_below(data)
    shutil.rmtree(data)
    shutil.copytree(tmp_path / "other" / "data", data)
    for day in ("2026-03-01", "2026-04-01"):
        run(None, source=files / day)
    assert bytes_below(data) == once


def test_a_later_refresh_keeps_the_earlier_page_and_says_what_changed(run, data, site, files):
    run(source=files / "2026-03-01")
    run(source=files / "2026-04-01")
    names = [page.parent.name for page in site.glob("*/brief.html")]
    assert sorted(name.rsplit("_", 1)[0] for name in names) == [
        "2026-01-15_full", "2026-04-01_changes", "2026-04-01_full"
    ]  # fmt: skip
    assert json.loads((site / "refresh.json").read_text())["headlines"][0]["median"] == pytest.approx(0.8)


@pytest.mark.parametrize(
    ("name", "spoilt", "reason"),
    [
        ("eci_scores.csv", "<!DOCTYPE html><html><body>Moved</body></html>", "is a web page"),
        ("eci_benchmarks.csv", scores_of(3)[:-40], "cells"),
        ("eci_benchmarks.csv", scores_of(3).replace("performance", "result"), "its columns are"),
        ("eci_benchmarks.csv", scores_of(3).replace("0.31,", "31,"), "score"),
        (
            "eci_benchmarks.csv",
            scores_of(2) + scores_of(2).splitlines()[-1].replace("0.32", "0.4") + "\n",
            "two values",
        ),
        ("eci_scores.csv", "", "has no rows"),
        ("benchmark_data.zip", "PK", "zip"),
    ],
)
def test_a_spoilt_file_is_refused_in_one_sentence_and_all_stays(run, data, site, files, name, spoilt, reason):
    run(source=files / "2026-03-01")
    before = bytes_below(data, site)
    (files / "2026-04-01" / name).write_text(spoilt)
    with pytest.raises(GaplabError) as refused:
        run(source=files)
    first, last = refused.value.problems
    assert reason in first
    assert name in first
    assert "\n" not in first
    assert last.startswith("nothing was changed")
    assert bytes_below(data, site) == before
    assert not list(data.parent.glob(".*"))


def test_a_failed_fit_changes_nothing(run, data, site, files, monkeypatch):
    run(source=files / "2026-03-01")
    before = bytes_below(data, site)
    quick_pages(monkeypatch.setattr, status="FAIL")
    with pytest.raises(GaplabError, match="failed its checks: More draws may help"):
        run(source=files)
    assert bytes_below(data, site) == before


def test_a_table_that_is_edited_meanwhile_is_not_written_over(run, data, site, files, monkeypatch):
    run(source=files / "2026-03-01")
    fitted, path = pages.fit, data / "claims.csv"

    def edited(*args, **options):
        path.write_text(path.read_text("utf-8").replace(",Lab,", ",Laboratory,"), "utf-8")
        return fitted(*args, **options)

    monkeypatch.setattr(pages, "fit", edited)
    before = bytes_below(data, site)
    with pytest.raises(GaplabError, match=r"claims\.csv: changed while files were read"):
        run(source=files)
    after = bytes_below(data, site)
    assert sorted({name for name, _ in after.items() ^ before.items()}) == ["data/claims.csv"]


def test_an_import_waits_for_a_refresh(run, data, files, monkeypatch):
    """Otherwise what it writes would be lost when the refresh puts its own tables in force."""
    monkeypatch.setattr(store, "WAIT", 0.2)
    fitted, refused = pages.fit, []

    def meanwhile(*args, **options):
        change = prepare("epoch", str(files / "2026-03-01" / "eci_scores.csv"), data, vintage="2026-03-01")
        with pytest.raises(GaplabError, match="another gaplab writes") as error:
            write_change(change)
        refused.append(error)
        return fitted(*args, **options)

    monkeypatch.setattr(pages, "fit", meanwhile)
    assert run(source=files).changed
    assert refused


def test_a_headline_that_moved_is_told_once(run, site, files, monkeypatch):
    run(source=files / "2026-03-01")
    quick_pages(monkeypatch.setattr, median=lambda value: value + 0.7)
    outcome = run(source=files, limit=0.5)
    assert [row["why"] for row in outcome.moved] == ["moved by more than 0.5 months"]
    assert json.loads((site / "moved.json").read_text()) == outcome.moved
    assert run(source=files, limit=0.5).moved == []


def test_a_site_that_is_something_else_is_refused_before_anything_is_read(run, data, site):
    site.mkdir()
    (site / "thesis.txt").write_text("mine")
    with pytest.raises(GaplabError, match="no earlier site"):
        run(source=data)
    assert (site / "thesis.txt").read_text() == "mine"


def test_settings_may_not_name_what_follows_from_the_tables(run, files):
    with pytest.raises(GaplabError, match="as_of: a refresh chooses it itself"):
        run(source=files, settings={"as_of": "2026-01-01"})


@pytest.mark.machine
def test_stopped_at_any_rename_and_started_again_it_ends_in_the_same_state(run, data, site, files, monkeypatch):
    """The process ends as if killed: nothing that would clean up behind it runs."""
    run(source=files / "2026-03-01")
    start = data.parent / "start"
    for folder in (data, site):
        shutil.copytree(folder, start / folder.name)
    run(source=files)
    expected, stopped = bytes_below(data, site), 0
    for step in range(0, 60, 4):
        for folder in (data, site):
            shutil.rmtree(folder)
            shutil.copytree(start / folder.name, folder)
        if child := os.fork():
            _, ended = os.waitpid(child, 0)
            stopped += os.waitstatus_to_exitcode(ended) == 9
        else:
            stop_at(step, monkeypatch)
            run(source=files)
            os._exit(0)
        run(source=files)
        assert bytes_below(data, site) == expected, step
        assert not list(data.parent.glob(".*")), step
    assert 5 <= stopped < 15


def stop_at(step, monkeypatch):
    """End this process at one of the renames by which files and folders appear whole."""
    renames = iter(range(1000))

    def rename(*args, of=os.rename, **options):
        if next(renames) == step:
            os._exit(9)
        return of(*args, **options)

    monkeypatch.setattr(os, "rename", rename)
    monkeypatch.setattr(os, "replace", lambda *args, of=os.replace, **options: rename(*args, of=of, **options))


@pytest.mark.machine
def test_killed_at_ten_random_moments_it_ends_in_the_same_state(tmp_path):
    files = files_of(tmp_path / "files", {f"2026-{month:02d}-01": month for month in range(3, 9)})

    def start(home: Path) -> subprocess.Popen:
        environment = os.environ | {
            "GAPLAB_CACHE": str(home / "cache"),
            "PYTHONPATH": f"{REPOSITORY}:{REPOSITORY}/tests",
        }
        command = [sys.executable, "-m", "support.refreshes", "refresh", "-q", "--from", files]
        command += ["--data", home / "data", "--out", home / "site"]
        return subprocess.Popen(list(map(str, command)), env=environment, cwd=tmp_path)

    whole = small_data(tmp_path / "whole" / "data")
    began = time.monotonic()
    assert start(whole.parent).wait(120) == 0
    lasted = time.monotonic() - began
    expected = bytes_below(whole, whole.parent / "site")
    stopped = small_data(tmp_path / "stopped" / "data")
    killed = 0
    for _ in range(10):
        began = time.monotonic()
        process = start(stopped.parent)
        try:
            process.wait(random.Random().uniform(0.1, 0.9) * lasted)
            lasted = time.monotonic() - began  # it ended by itself: later moments are drawn from this shorter time
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            killed += process.wait(60) == -signal.SIGKILL
    assert start(stopped.parent).wait(120) == 0
    assert killed >= 1
    assert bytes_below(stopped, stopped.parent / "site") == expected
