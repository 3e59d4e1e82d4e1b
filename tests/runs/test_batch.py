"""Batches without processes: what is shared is fitted once, and what fails fails alone."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from support.fakes import (
    notebooks,
    runs_file,
    told,
)

from gaplab.cli.root import main
from gaplab.errors import GaplabError
from gaplab.params.spec import Params
from gaplab.runs import batch, plan_file, tasks
from gaplab.runs.job import Outcome
from gaplab.runs.ledger import Ledger, Row
from gaplab.runs.tasks import planned_job, tasks_of


class Workers:
    """Does a job at once, in the way told; counts what it was asked to do."""

    width = 2

    def __init__(self, outcomes=None):
        self.asked, self.outcomes = [], outcomes or {}

    def submit(self, job, timeout):
        self.asked.append(Path(job.target or job.log).stem)
        future = Future()
        ends = self.outcomes.get(self.asked[-1], [])
        outcome = ends.pop(0) if ends else Outcome(1.0)
        if isinstance(outcome, Exception):
            future.set_exception(outcome)
        else:
            future.set_result(outcome)
        return future


@pytest.fixture
def project(tmp_path, monkeypatch):
    """An empty cache, and what `Work` writes taken for whole."""
    monkeypatch.setenv("GAPLAB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("gaplab.runs.batch.is_here", lambda job: True)
    tasks.posterior_files.cache_clear()
    yield tmp_path
    tasks.posterior_files.cache_clear()


def work(project, runs, workers, **options):
    out = project / "out"
    jobs = {name: (run, job) for run in runs for name, job in [planned_job(run, out)]}
    ledger = Ledger(out, {name: Row(name, "pending", "brief", "", {}) for name in jobs})
    todo, _ = tasks_of(jobs, out)
    batch.Work(todo, ledger, batch.Options(**options), lambda event: None, workers).run_all()
    ledger.close()
    return ledger


def test_runs_share_their_posteriors(project):
    grid = {
        "as_of": ["2025-12-31", "2026-06-30"],
        "scope": ["public", "trusted"],
        "scenario": ["baseline", "us_pause", "distillation_blocked", "tighter_compute_controls"],
    }
    runs = plan_file.read(runs_file(project / "runs.yaml", grid=grid))
    workers = Workers()
    ledger = work(project, runs, workers)
    assert ledger.counts == {"done": 16}
    fits = [name for name in workers.asked if name.startswith(("ability", "frontier"))]
    assert len(fits) == len(set(fits)), "each is fitted once"
    assert sum(name.startswith("ability") for name in fits) == 2, "a date has one stage 1"
    assert sum(name.startswith("frontier") for name in fits) == 4, "scenarios share their frontiers"
    place = {name: number for number, name in enumerate(workers.asked)}
    todo, _ = tasks_of({n: (r, j) for r in runs for n, j in [planned_job(r, project / "out")]}, project / "out")
    for name, task in todo.items():
        assert all(place[need] < place[name] for need in task.needs), f"{name} before its posterior"


def test_a_worker_goes_on_with_runs_that_have_most_in_common(project, monkeypatch):
    monkeypatch.setattr("gaplab.runs.tasks.posteriors_needed", lambda run: [])
    grid = {"scenario": ["baseline", "us_pause", "distillation_blocked"], "scope": ["public", "trusted"], "prob": [0.5]}
    runs = plan_file.read(runs_file(project / "runs.yaml", grid=grid | {"as_of": ["2026-05-12", "2026-06-30"]}))
    jobs = dict(planned_job(run, project / "out") for run in runs)
    workers = Workers()
    work(project, runs, workers)
    groups = [jobs[name].group for name in workers.asked]
    pairs = [set(groups[place : place + 2]) for place in range(0, 12, 2)]
    assert all(len(pair) == 2 for pair in pairs), "two workers are never at the same group while there is another"
    assert pairs[0] == pairs[1] == pairs[2] != pairs[3] == pairs[4] == pairs[5]


def test_what_is_only_read_from_a_posterior_does_not_part_it():
    read = Params(variant="changes", since="2026-03-31", prob=0.9, subject="all", leader_rate=0.5, target="GPT-5")
    assert tasks.fitted_part(read) == Params()
    fitted = Params(as_of="2026-05-12", domain="cyber", seed=7, data="tables")
    assert tasks.fitted_part(fitted) == fitted


def test_what_is_in_the_cache_is_not_fitted(project):
    (run,) = plan_file.read(runs_file(project / "runs.yaml", {"ruler": "epoch_eci", "scope": "trusted"}))
    _, second = tasks.posterior_files(tasks.fitted_part(run.params))
    workers = Workers()
    work(project, [run], workers)
    assert workers.asked[0] == second.stem
    assert len(workers.asked) == 2, "a published index needs no stage 1"
    second.parent.mkdir(parents=True, exist_ok=True)
    second.touch()
    workers = Workers()
    work(project, [run], workers)
    assert len(workers.asked) == 1


def test_a_posterior_that_fails_fails_its_runs_and_no_others(project):
    runs = plan_file.read(runs_file(project / "runs.yaml", grid={"as_of": ["2026-05-12", "2026-06-30"]}))
    bad = tasks.posterior_files(tasks.fitted_part(runs[0].params))[0].stem
    ledger = work(project, runs, Workers({bad: [Outcome(1.0, "no luck"), Outcome(1.0, "again")]}), retries=1)
    assert ledger.counts == {"failed": 1, "done": 1}
    failed = next(row for row in ledger.rows.values() if row.status == "failed")
    assert failed.error == "its posterior failed: again"


def test_tries_are_counted_and_hopeless_ones_are_not_repeated(project, monkeypatch):
    monkeypatch.setattr("gaplab.runs.tasks.posteriors_needed", lambda run: [])
    runs = plan_file.read(runs_file(project / "runs.yaml", grid={"prob": [0.5, 0.6, 0.7, 0.8]}))
    names = [planned_job(run, project / "out")[0] for run in runs]
    workers = Workers(
        {
            names[0]: [Outcome(1.0, "once"), RuntimeError("a worker was lost")],
            names[1]: [Outcome(1.0, "bad input", hopeless=True)],
            names[2]: [Outcome(1.0, "a"), Outcome(1.0, "b"), Outcome(1.0, "c")],
        }
    )
    ledger = work(project, runs, workers, retries=2)
    assert [ledger.rows[name].status for name in names] == ["done", "failed", "failed", "done"]
    assert [workers.asked.count(name) for name in names] == [3, 1, 3, 1]
    assert ledger.rows[names[2]].error == "c"


def test_fail_fast_starts_nothing_more_and_says_so(project, monkeypatch):
    monkeypatch.setattr("gaplab.runs.tasks.posteriors_needed", lambda run: [])
    runs = plan_file.read(runs_file(project / "runs.yaml", grid={"prob": [0.5, 0.6, 0.7, 0.8]}))
    names = [planned_job(run, project / "out")[0] for run in runs]
    ledger = work(project, runs, Workers({names[0]: [Outcome(1.0, "broken")]}), retries=0, fail_fast=True)
    assert [ledger.rows[name].status for name in names] == ["failed", "done", "skipped", "skipped"]
    assert f"stopped when {names[0]} failed" in ledger.rows[names[3]].error
    assert told(project / "out")[names[3]]["status"] == "skipped"


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return notebooks(tmp_path_factory.mktemp("notebooks"))


def test_a_folder_serves_one_batch_at_a_time(home, tmp_path):
    file = runs_file(tmp_path / "r.yaml", {"notebook": "fine"})
    with batch.only_batch_in(tmp_path / "out"), pytest.raises(GaplabError, match="another batch is at work"):
        batch.run(file, tmp_path / "out", home=home)


def test_bad_input_writes_nothing(home, tmp_path):
    words = [runs_file(tmp_path / "r.yaml", {"notebook": "fine", "draws": 1}), "--out", tmp_path / "out"]
    result = CliRunner().invoke(main, ["batch", *map(str, words), "--notebooks", str(home)])
    assert result.exit_code == 2
    assert "parameter draws: 1 is out of range" in result.stderr
    assert not (tmp_path / "out").exists()


def test_a_cache_that_cannot_be_written_is_one_line_before_anything_is_done(home, tmp_path, monkeypatch):
    (tmp_path / "no folder").write_text("")
    monkeypatch.setenv("GAPLAB_CACHE", str(tmp_path / "no folder" / "cache"))
    file = runs_file(tmp_path / "runs.yaml", {"notebook": "fine"})
    words = ["batch", file, "--out", tmp_path / "out", "--notebooks", home]
    result = CliRunner().invoke(main, [str(word) for word in words])
    assert result.exit_code == 2
    assert len(result.stderr.splitlines()) == 1
    assert "set GAPLAB_CACHE" in result.stderr
    assert not (tmp_path / "out").exists()


def test_results_are_never_made_from_something_else_than_planned(home, tmp_path):
    from gaplab.runs import job

    (run,) = plan_file.read(runs_file(tmp_path / "r.yaml", {"notebook": "fine"}), home=home)
    _, planned = planned_job(run, tmp_path / "out")
    with pytest.raises(GaplabError, match="have changed since the batch was planned"):
        job.do(replace(planned, key="0" * 64))


def test_lines_where_there_is_no_terminal():
    result = subprocess.run(
        [sys.executable, "-m", "gaplab", "batch", "--help"], capture_output=True, text=True, check=True
    )
    for flag in ("--out", "--workers", "--retries", "--timeout", "--fail-fast", "--scheduler", "--quiet"):
        assert flag in result.stdout
