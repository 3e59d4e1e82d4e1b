"""A batch on a dask cluster: workers that differ are refused, a lost worker loses nothing."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pandas as pd
import psutil
import pytest
from support.fakes import FINE, contents, notebook, runs_file, started, told, wait_for, waits
from support.places import REPOSITORY

from gaplab.runs import batch, cluster
from gaplab.validation import truth
from gaplab.validation.worlds.spec import WORLDS

pytest.importorskip("distributed")


class Cluster:
    """A scheduler on loopback and its workers, each a command as the README gives it."""

    def __init__(self, place: Path):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.address, self.place, self.processes = f"tcp://127.0.0.1:{port}", place, []
        self.command("scheduler", "--host", "127.0.0.1", "--port", str(port), "--no-dashboard")

    def command(self, kind: str, *words: str, **environment: str) -> psutil.Process:
        started = subprocess.Popen(
            [sys.executable, "-m", f"distributed.cli.dask_{kind}", *words],
            env=os.environ | {"PYTHONPATH": str(REPOSITORY)} | environment,
            cwd=self.place,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self.processes.append(started)
        return psutil.Process(started.pid)

    def worker(self, name: str, **environment: str) -> psutil.Process:
        scratch = str(self.place / name)
        words = ("--nthreads", "1", "--no-dashboard", "--local-directory", scratch)
        return self.command("worker", self.address, *words, **environment)

    def wait_for_workers(self, number: int) -> None:
        code = f"from distributed import Client\nClient({self.address!r}, timeout=60).wait_for_workers({number}, 60)"
        subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)

    def close(self) -> None:
        for process in self.processes:
            if process.poll() is None:
                kill(psutil.Process(process.pid))
            process.wait()


def kill(process: psutil.Process) -> None:
    """A worker and the nanny that would start it again."""
    for member in [process, *process.children(recursive=True)]:
        member.kill()


@pytest.fixture
def machines(tmp_path):
    made = Cluster(tmp_path)
    yield made
    made.close()


@pytest.mark.slow
def test_simulations_on_two_workers_are_those_of_this_machine(machines, monkeypatch, tmp_path):
    for name in ("first", "second"):
        machines.worker(name)
    machines.wait_for_workers(2)
    asked = {"worlds": ("smooth",), "simulations": 3, "spec": WORLDS["tiny"]}
    monkeypatch.setenv("GAPLAB_CACHE", str(tmp_path / "there"))
    with cluster.executor(machines.address, None) as workers:
        there = truth.run(**asked, workers=workers)
    monkeypatch.setenv("GAPLAB_CACHE", str(tmp_path / "here"))
    pd.testing.assert_frame_equal(there, truth.run(**asked))


@pytest.mark.machine
def test_a_worker_with_other_code_or_data_is_refused(machines, tmp_path, repository):
    elsewhere = tmp_path / "elsewhere"
    shutil.copytree(repository / "gaplab", elsewhere / "gaplab", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(repository / "notebooks", elsewhere / "notebooks")
    shutil.copytree(repository / "data", elsewhere / "data")
    with (elsewhere / "gaplab" / "posterior.py").open("a") as file:
        file.write("CHANGED = True\n")
    with (elsewhere / "data" / "models.csv").open("a") as file:
        file.write("\n")
    machines.worker("old", PYTHONPATH=str(elsewhere))
    machines.wait_for_workers(1)
    home = notebook(tmp_path / "notebooks", "fine", FINE)
    file = runs_file(tmp_path / "r.yaml", {"notebook": "fine"})
    command = ["batch", file, "--out", tmp_path / "out", "--notebooks", home, "--scheduler", machines.address]
    result = subprocess.run(
        [sys.executable, "-m", "gaplab", *map(str, command)], capture_output=True, text=True, check=False
    )
    assert result.returncode == 2, result.stderr
    assert "has other code of gaplab" in result.stderr
    assert "has other data in the data folder of the project" in result.stderr
    assert {row["status"] for row in told(tmp_path / "out").values()} == {"pending"}
    assert not list((tmp_path / "out").glob(".gaplab-token*"))


@pytest.mark.slow
@pytest.mark.machine
def test_with_a_worker_killed_the_files_are_those_of_a_local_run(machines, tmp_path):
    workers = [machines.worker(name) for name in ("first", "second")]
    machines.wait_for_workers(2)
    begun, go = tmp_path / "begun", tmp_path / "go"
    home = notebook(tmp_path / "notebooks", "waits", waits(begun, go), FINE)
    notebook(home, "fine", FINE)
    file = runs_file(tmp_path / "r.yaml", {"notebook": "waits"}, grid={"notebook": "fine", "prob": [0.5, 0.6, 0.7]})
    words = [file, "--out", tmp_path / "cluster", "--notebooks", home, "--retries", "0"]
    runner = started(*words, "--scheduler", machines.address)
    wait_for(begun)
    holds = next(worker for worker in workers if has_job(worker, "waits"))
    kill(holds)
    go.touch()
    output, complaint = runner.communicate(timeout=180)
    assert runner.returncode == 0, complaint
    assert "4 runs: 4 done" in output
    assert batch.run(file, tmp_path / "local", home=home).counts == {"done": 4}
    assert contents(tmp_path / "cluster") == contents(tmp_path / "local")


def has_job(worker: psutil.Process, name: str) -> bool:
    """Whether a process of the worker writes the log of a run of this notebook."""
    jobs = [process for process in worker.children(recursive=True) if "gaplab.runs.worker" in process.cmdline()]
    return any(name in os.readlink(f"/proc/{process.pid}/fd/2") for process in jobs)
