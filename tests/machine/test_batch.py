"""Batches with real processes: what fails fails alone, and nothing half-done is ever taken for done."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
from pathlib import Path

import psutil
import pytest
from click.testing import CliRunner
from support.fakes import (
    HOSTILE,
    contents,
    notebook,
    notebooks,
    runs_file,
    started,
    told,
    wait_for,
    waits,
)

from gaplab.cli.root import main
from gaplab.fit import cache
from gaplab.runs import batch, run_folder


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return notebooks(tmp_path_factory.mktemp("notebooks"))


FINE_RUNS = [{"notebook": "fine"}, {"notebook": "fine", "inject_model": HOSTILE[1], "name": HOSTILE[0]}]


@pytest.fixture(scope="module")
def mixed(home, tmp_path_factory):
    """A batch of two good runs and one of every bad kind: the result of the command, and its folder."""
    place = tmp_path_factory.mktemp("mixed")
    bad = [{"notebook": name} for name in ("never ends", "raises", "kills its kernel")]
    file = runs_file(place / "runs.yaml", bad[0], FINE_RUNS[0], *bad[1:], FINE_RUNS[1])
    words = [file, "--out", place / "out", "--notebooks", home, "--retries", 0, "--timeout", 25, "--workers", 3]
    return CliRunner().invoke(main, ["batch", *map(str, words)]), place / "out"


def by_notebook(out):
    return {(row["notebook"], row["name"]): row for row in told(out).values()}


@pytest.mark.machine
def test_failed_runs_spoil_no_others(mixed):
    result, out = mixed
    rows = by_notebook(out)
    status = {key: row["status"] for key, row in rows.items()}
    assert status == {
        ("fine", ""): "done",
        ("fine", HOSTILE[0]): "done",
        ("never ends", ""): "failed",
        ("raises", ""): "failed",
        ("kills its kernel", ""): "failed",
    }
    assert rows["never ends", ""]["error"] == "did not finish within 25 s and was stopped"
    assert "ValueError: broken <b>on purpose</b>" in rows["raises", ""]["error"]
    assert "its kernel died" in rows["kills its kernel", ""]["error"]
    assert result.exit_code == 1
    assert "2 done, 3 failed" in result.stdout
    for row in rows.values():
        assert set(row) >= {"id", "status", "seconds", "brief", "log", "error"}
        assert (out / row["log"]).is_file()
        assert (row["error"] is None) == (row["status"] == "done")
        if row["status"] == "failed":
            assert row["brief"] is None
            assert not (out / row["id"]).exists()
            assert row["log"] in result.stderr, "the table of failures says where the logs are"
    assert "broken <b>on purpose</b>" in (out / rows["raises", ""]["log"]).read_text()


@pytest.mark.machine
def test_finished_runs_are_whole_and_nothing_else_is_left(mixed):
    _, out = mixed
    done = [row for row in told(out).values() if row["status"] == "done"]
    for row in done:
        manifest = run_folder.read_manifest(out / row["id"])
        assert manifest["run"].startswith(row["id"].split("_")[-1])
        assert {"data_sha256", "code_sha256", "notebook_sha256", "versions", "parameters"} <= set(manifest)
        assert set(manifest["sha256"]) == {"fine.html", "fine.ipynb"}
        assert (out / row["brief"]).is_file()
    hidden = {path.name for path in out.iterdir()} - {row["id"] for row in done}
    assert hidden == {"logs", "batch.json", "index.html", ".gaplab-batch"}
    assert not [path for path in out.parent.iterdir() if path.name not in ("out", "runs.yaml")], "nothing outside"


@pytest.mark.machine
def test_no_process_is_left_behind(mixed):
    running = [process.cmdline() for process in psutil.Process().children(recursive=True)]
    assert not [command for command in running if "gaplab.runs.worker" in command]


@pytest.mark.machine
def test_started_again_only_what_is_missing_is_run(mixed, home, tmp_path):
    _, before = mixed
    out = tmp_path / "out"
    shutil.copytree(before, out)
    first, second = (row["id"] for row in told(out).values() if row["status"] == "done")
    (out / second / "fine.html").write_text("half a page")
    (out / batch.SCRATCH / "left").mkdir(parents=True)
    future = 4_000_000_000  # as if the clock had been set back since
    os.utime(out / first / "manifest.json", (future, future))
    result = batch.run(runs_file(tmp_path / "r.yaml", *FINE_RUNS), out, home=home)
    assert {name: row.status for name, row in result.rows.items()} == {first: "skipped", second: "done"}
    assert result.rows[first].seconds == told(before)[first]["seconds"]
    assert contents(out) == contents(before)


def killed_at_random_moments(moments, home, mixed, tmp_path):
    """Kill the runner so many times, each a little later, then let it finish."""
    out, rng = tmp_path / "out", random.Random(4)
    words = [runs_file(tmp_path / "r.yaml", *FINE_RUNS), "--out", out, "--notebooks", home, "--workers", "2"]
    for number in range(moments):
        runner = started(*words)
        try:
            runner.wait((number + rng.random()) / moments * 12)
        except subprocess.TimeoutExpired:
            runner.send_signal(signal.SIGKILL)
        runner.communicate()
        if (out / "batch.json").exists():
            for name, row in told(out).items():
                assert row["status"] in ("pending", "done", "skipped")
                assert row["status"] == "pending" or run_folder.read_manifest(out / name), "done is done"
    result = batch.run(Path(words[0]), out, home=home)
    assert not result.counts["failed"]
    wanted = {name: data for name, data in contents(mixed[1]).items() if name.split("/")[0] in result.rows}
    assert contents(out) == wanted, "as if nothing had happened"


@pytest.mark.machine
def test_a_runner_killed_twice_then_resumed_loses_nothing(home, mixed, tmp_path):
    killed_at_random_moments(2, home, mixed, tmp_path)


@pytest.mark.slow
@pytest.mark.machine
def test_a_runner_killed_ten_times_then_resumed_loses_nothing(home, mixed, tmp_path):
    killed_at_random_moments(10, home, mixed, tmp_path)


@pytest.mark.machine
def test_when_the_runner_dies_its_processes_end(tmp_path):
    begun, go = tmp_path / "begun", tmp_path / "go"
    home = notebook(tmp_path / "notebooks", "waits", waits(begun, go))
    runner = started(
        runs_file(tmp_path / "r.yaml", {"notebook": "waits"}), "--out", tmp_path / "o", "--notebooks", home
    )
    wait_for(begun)
    family = psutil.Process(runner.pid).children(recursive=True)
    assert len(family) >= 2, "a process and its kernel"
    runner.send_signal(signal.SIGKILL)
    runner.communicate()
    assert psutil.wait_procs(family, timeout=15)[1] == []
    (row,) = told(tmp_path / "o").values()
    assert row["status"] == "pending"
    assert not (tmp_path / "o" / row["id"]).exists()


@pytest.fixture
def disk(tmp_path):
    """A disk of 4 MB, to be filled."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(place)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("this user cannot mount a tmpfs")
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)


@pytest.mark.machine
def test_a_full_disk_fails_the_run_that_filled_it(disk, home, mixed, tmp_path):
    file = runs_file(tmp_path / "r.yaml", {"notebook": "large"}, FINE_RUNS[0])
    result = batch.run(file, disk / "out", home=home, options=batch.Options(retries=0, workers=1))
    rows = by_notebook(disk / "out")
    assert rows["fine", ""]["status"] == "done"
    assert "No space left on device" in rows["large", ""]["error"]
    assert result.counts == {"failed": 1, "done": 1}
    whole = {path.name for path in (disk / "out").iterdir() if path.is_dir()} - {"logs"}
    assert whole == {rows["fine", ""]["id"]}
    wanted = contents(mixed[1])
    assert contents(disk / "out") == {name: wanted[name] for name in contents(disk / "out")}


@pytest.fixture
def frozen():
    """A function that makes folders unchangeable, for root too; afterwards they are as before."""
    folders = []

    def freeze(*chosen):
        folders.extend(chosen)
        if subprocess.run(["chattr", "+i", *map(str, chosen)], capture_output=True, check=False).returncode:
            pytest.skip("this user or file system cannot make folders unchangeable")

    def thaw():
        subprocess.run(["chattr", "-i", *map(str, folders)], capture_output=True, check=False)

    yield freeze, thaw
    thaw()


@pytest.mark.machine
def test_an_output_made_read_only_loses_nothing(frozen, tmp_path):
    freeze, thaw = frozen
    begun, go, out = tmp_path / "begun", tmp_path / "go", tmp_path / "out"
    home = notebook(tmp_path / "notebooks", "waits", waits(begun, go))
    words = [runs_file(tmp_path / "r.yaml", {"notebook": "waits"}), "--out", out, "--notebooks", home, "--retries", "0"]
    runner = started(*words)
    wait_for(begun)
    freeze(out)
    go.touch()
    _, complaint = runner.communicate(timeout=60)
    assert runner.returncode == 1
    assert "Operation not permitted" in complaint
    assert "start the same batch again" in complaint
    assert "Traceback" not in complaint
    (row,) = told(out).values()
    assert row["status"] == "pending", "nothing was recorded, and nothing false"
    assert not (out / row["id"]).exists()
    again = CliRunner().invoke(main, ["batch", *map(str, words)])
    assert again.exit_code == 2, "refused before anything starts"
    assert "cannot be written" in again.stderr
    thaw()
    assert batch.run(Path(words[0]), out, home=home).counts == {"done": 1}


@pytest.mark.slow
@pytest.mark.machine
def test_two_batches_on_one_cache_make_each_posterior_once(tmp_path):
    made, home = tmp_path / "made", tmp_path / "notebooks"
    made.mkdir()
    cell = (
        "import os, time, pathlib, xarray\nfrom gaplab.fit import cache\n\n\ndef make():\n"
        f"    (pathlib.Path({str(made)!r}) / str(os.getpid())).touch()\n    time.sleep(2)\n"
        "    return xarray.Dataset({'x': ('draw', [1.0])})\n\n\n"
        f"draws = cache.get_or_make(pathlib.Path({str(tmp_path / 'cache' / 'a.npz')!r}), make)\nfloat(draws['x'].sum())"
    )
    notebook(home, "fits", cell)
    file = runs_file(tmp_path / "r.yaml", {"notebook": "fits"})
    both = [started(file, "--out", tmp_path / name, "--notebooks", home, "--quiet") for name in ("one", "two")]
    ends = [runner.communicate(timeout=120) for runner in both]
    assert [runner.returncode for runner in both] == [0, 0], ends
    assert len(list(made.iterdir())) == 1
    assert contents(tmp_path / "one") == contents(tmp_path / "two")
    assert cache.read(tmp_path / "cache" / "a.npz") is not None
