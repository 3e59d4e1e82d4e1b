"""The process that does the jobs of a batch one after another, each in a copy of itself."""

from __future__ import annotations

import os
import signal
from dataclasses import replace
from pathlib import Path

import pytest
from support.briefs import QUICK, keep_simulated
from support.fakes import contents, notebooks, runs_file

from gaplab.runs import plan_file
from gaplab.runs.tasks import planned_job
from gaplab.runs.worker import Worker, isolated


@pytest.fixture
def job(tmp_path):
    home = notebooks(tmp_path / "notebooks")
    (run,) = plan_file.read(runs_file(tmp_path / "runs.yaml", {"notebook": "fine"}), home=home)
    return planned_job(run, tmp_path / "out")[1]


@pytest.fixture
def worker():
    made = Worker()
    yield made
    made.close()


@pytest.mark.machine
def test_a_job_that_fails_leaves_the_process_to_the_next(job, worker, tmp_path):
    other = replace(job, key="0" * 64, log=str(tmp_path / "other.log"))
    failed = worker.run(other)
    assert failed.hopeless
    assert "have changed since the batch was planned" in failed.error
    assert "have changed since the batch was planned" in (tmp_path / "other.log").read_text()
    process = worker._process.pid
    assert worker.run(job).error == ""
    assert worker._process.pid == process
    assert Path(job.target, "fine.html").is_file()
    assert "have changed" not in Path(job.log).read_text(), "each job has a log of its own"


@pytest.mark.machine
def test_a_process_that_ended_is_followed_by_another(job, worker):
    assert worker.run(job, timeout=0.01).error == "did not finish within 0.01 s and was stopped"
    assert worker._process is None
    assert worker.run(replace(job, key="0" * 64)).hopeless
    os.kill(worker._process.pid, signal.SIGKILL)
    worker._process.wait()
    assert worker.run(job).error == ""


SCENARIOS = ["us_pause", "baseline", "tighter_compute_controls"]


def briefs(folder):
    """Three full briefs of simulated posteriors that differ in levers alone."""
    keep_simulated(QUICK)
    grid = {"scenario": SCENARIOS, "chains": QUICK.chains, "draws": QUICK.draws}
    runs = plan_file.read(runs_file(folder / "runs.yaml", grid=grid))
    return [planned_job(run, folder / "out")[1] for run in runs]


@pytest.mark.machine
def test_a_brief_that_shares_with_others_is_the_one_that_is_made_alone(tmp_path, worker):
    jobs = briefs(tmp_path)
    for job in jobs:
        assert worker.run(job).error == ""
    together = contents(tmp_path / "out")
    for place in {Path(job.target).parent for job in jobs}:
        place.rename(place.with_name("together"))
    for job in jobs:
        assert isolated(job).error == ""
    alone = contents(tmp_path / "out")
    assert len(jobs) == len({job.target for job in jobs}) == 3
    assert together == alone


@pytest.mark.machine
def test_what_a_brief_shares_is_lost_with_it_and_no_more(tmp_path, worker):
    first, second, third = briefs(tmp_path)
    changed = replace(second, key="0" * 64)
    assert worker.run(first).error == ""
    assert "have changed since the batch was planned" in worker.run(changed).error
    process = worker._process.pid
    assert [worker.run(job).error for job in (second, third)] == ["", ""]
    assert worker._process.pid == process
