"""Batches: what is shared is fitted once, what fails fails alone, and nothing half-done is ever taken for done."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
from concurrent.futures import Future
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import psutil
import pytest
from click.testing import CliRunner
from support.fakes import (
    FILLS_THE_DISK,
    FINE,
    KILLS_ITS_KERNEL,
    NEVER_ENDS,
    RAISES,
    contents,
    notebook,
    runs_file,
    started,
    told,
    wait_for,
    waits,
)

from gaplab.cli.root import main
from gaplab.errors import GaplabError
from gaplab.fit import cache
from gaplab.params.spec import Params
from gaplab.runs import batch, plan_file, run_folder
from gaplab.runs.job import Outcome
from gaplab.runs.ledger import Ledger, Row, shown

HOSTILE = [
    "<script>document.title='executed'</script>",
    "\"><img src=x onerror=document.title='executed'>",
    "../../../escaped",
    "javascript:document.title='executed'",
    "=HYPERLINK(1)",
    "\u202egnp.exe",
    "深度求索 مرحبا " + "x" * 1500,
]

# --- Order of the work, without processes ---------------------------------------------------------


class Crew:
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
    """An empty cache, and what `_Work` writes taken for whole."""
    monkeypatch.setenv("GAPLAB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("gaplab.runs.batch._is_here", lambda job: True)
    batch._files.cache_clear()
    yield tmp_path
    batch._files.cache_clear()


def work(project, runs, crew, **options):
    out = project / "out"
    jobs = {name: (run, job) for run in runs for name, job in [batch._planned(run, out)]}
    ledger = Ledger(out, {name: Row(name, "pending", "brief", "", {}) for name in jobs})
    tasks, _ = batch._tasks(jobs, out)
    batch._Work(tasks, ledger, batch.Options(**options), lambda news: None, crew).through()
    ledger.close()
    return ledger


def test_runs_share_their_posteriors(project):
    grid = {
        "as_of": ["2025-12-31", "2026-06-30"],
        "scope": ["public", "trusted"],
        "scenario": ["baseline", "us_pause", "distillation_blocked", "tighter_compute_controls"],
    }
    runs = plan_file.read(runs_file(project / "runs.yaml", grid=grid))
    crew = Crew()
    ledger = work(project, runs, crew)
    assert ledger.counts == {"done": 16}
    fits = [name for name in crew.asked if name.startswith(("ability", "frontier"))]
    assert len(fits) == len(set(fits)), "each is fitted once"
    assert sum(name.startswith("ability") for name in fits) == 2, "a date has one stage 1"
    assert sum(name.startswith("frontier") for name in fits) == 4, "scenarios share their frontiers"
    place = {name: number for number, name in enumerate(crew.asked)}
    tasks, _ = batch._tasks({n: (r, j) for r in runs for n, j in [batch._planned(r, project / "out")]}, project / "out")
    for name, task in tasks.items():
        assert all(place[need] < place[name] for need in task.needs), f"{name} before its posterior"


def test_what_is_only_read_from_a_posterior_does_not_part_it():
    read = Params(variant="changes", since="2026-03-31", prob=0.9, subject="all", leader_rate=0.5, target="GPT-5")
    assert batch._fitted_part(read) == Params()
    fitted = Params(as_of="2026-05-12", domain="cyber", seed=7, data="tables")
    assert batch._fitted_part(fitted) == fitted


def test_what_is_in_the_cache_is_not_fitted(project):
    (run,) = plan_file.read(runs_file(project / "runs.yaml", {"ruler": "epoch_eci", "scope": "trusted"}))
    _, second = batch._files(batch._fitted_part(run.params))
    crew = Crew()
    work(project, [run], crew)
    assert crew.asked[0] == second.stem
    assert len(crew.asked) == 2, "a published index needs no stage 1"
    second.parent.mkdir(parents=True, exist_ok=True)
    second.touch()
    crew = Crew()
    work(project, [run], crew)
    assert len(crew.asked) == 1


def test_a_posterior_that_fails_fails_its_runs_and_no_others(project):
    runs = plan_file.read(runs_file(project / "runs.yaml", grid={"as_of": ["2026-05-12", "2026-06-30"]}))
    bad = batch._files(batch._fitted_part(runs[0].params))[0].stem
    ledger = work(project, runs, Crew({bad: [Outcome(1.0, "no luck"), Outcome(1.0, "again")]}), retries=1)
    assert ledger.counts == {"failed": 1, "done": 1}
    failed = next(row for row in ledger.rows.values() if row.status == "failed")
    assert failed.error == "its posterior failed: again"


def test_tries_are_counted_and_hopeless_ones_are_not_repeated(project, monkeypatch):
    monkeypatch.setattr("gaplab.runs.batch._posteriors", lambda run: [])
    runs = plan_file.read(runs_file(project / "runs.yaml", grid={"prob": [0.5, 0.6, 0.7, 0.8]}))
    names = [batch._planned(run, project / "out")[0] for run in runs]
    crew = Crew(
        {
            names[0]: [Outcome(1.0, "once"), RuntimeError("a worker was lost")],
            names[1]: [Outcome(1.0, "bad input", hopeless=True)],
            names[2]: [Outcome(1.0, "a"), Outcome(1.0, "b"), Outcome(1.0, "c")],
        }
    )
    ledger = work(project, runs, crew, retries=2)
    assert [ledger.rows[name].status for name in names] == ["done", "failed", "failed", "done"]
    assert [crew.asked.count(name) for name in names] == [3, 1, 3, 1]
    assert ledger.rows[names[2]].error == "c"


def test_fail_fast_starts_nothing_more_and_says_so(project, monkeypatch):
    monkeypatch.setattr("gaplab.runs.batch._posteriors", lambda run: [])
    runs = plan_file.read(runs_file(project / "runs.yaml", grid={"prob": [0.5, 0.6, 0.7, 0.8]}))
    names = [batch._planned(run, project / "out")[0] for run in runs]
    ledger = work(project, runs, Crew({names[0]: [Outcome(1.0, "broken")]}), retries=0, fail_fast=True)
    assert [ledger.rows[name].status for name in names] == ["failed", "done", "skipped", "skipped"]
    assert f"stopped when {names[0]} failed" in ledger.rows[names[3]].error
    assert told(project / "out")[names[3]]["status"] == "skipped"


def test_the_ledger_survives_a_disk_that_is_full_for_a_moment(tmp_path, monkeypatch):
    ledger = Ledger(tmp_path, {"a": Row("a", "pending", "brief", "", {})})
    ledger.write()

    def full(path, content):
        raise OSError(28, "No space left on device", str(path))

    with monkeypatch.context() as broken:
        broken.setattr("gaplab.runs.ledger.replace_file", full)
        ledger.set("a", status="done")
        with pytest.raises(RuntimeError, match="No space left on device"):
            ledger.close()
    assert told(tmp_path)["a"]["status"] == "pending", "no result was recorded: true"
    ledger.close()
    assert told(tmp_path)["a"]["status"] == "done"


# --- The index ------------------------------------------------------------------------------------


class Elements(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.tags, self.attributes, self.text = [], [], ""
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.attributes += [(tag, *pair) for pair in attributes]

    def handle_data(self, data):
        self.text += data


def test_hostile_names_are_text_in_the_index(tmp_path):
    rows = {
        f"r{number}": Row(
            f"r{number}",
            "failed",
            name,
            name,
            shown(Params(inject_model=name)),
            brief=f"{name}/x.html",
            log=name,
            error=name,
        )
        for number, name in enumerate(HOSTILE)
    }
    Ledger(tmp_path, rows).write()
    page = Elements((tmp_path / "index.html").read_text(encoding="utf-8"))
    assert page.tags.count("script") == 1
    assert "img" not in page.tags
    assert not [name for _, name, _ in page.attributes if name.startswith("on")]
    for tag, name, value in page.attributes:
        if name == "href" and tag == "a":
            assert ":" not in value, "a relative path, whatever it is called"
    for name in HOSTILE:
        assert name in page.text
    assert [row["name"] for row in told(tmp_path).values()] == HOSTILE


@pytest.mark.machine
@pytest.mark.skipif(not shutil.which("chromium"), reason="chromium is not installed (Debian package chromium)")
def test_the_index_sorts_filters_and_executes_nothing(tmp_path):
    from playwright.sync_api import sync_playwright

    rows = {
        str(n): Row(str(n), "done", name, name, {"as_of": "2026-06-30"}, seconds=n) for n, name in enumerate(HOSTILE)
    }
    Ledger(tmp_path, rows | {"z": Row("z", "failed", "last", "last", {"as_of": "2025-01-01"}, 10.0)}).write()
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page()
        complaints = []
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto((tmp_path / "index.html").as_uri())
        assert page.title() == "Batch: 8 runs"
        page.get_by_role("button", name="seconds").click()
        page.get_by_role("button", name="seconds").click()
        assert page.locator("tbody tr th").first.inner_text() == "last", "10 before 2: numbers, largest first"
        page.get_by_label("Show rows with").fill("FAILED last")
        assert page.locator("tbody tr:visible").count() == 1
        assert page.get_by_role("status").inner_text() == "1 of 8"
        assert complaints == []
        quiet = browser.new_context(java_script_enabled=False).new_page()
        quiet.goto((tmp_path / "index.html").as_uri())
        assert quiet.locator("tbody tr:visible").count() == 8
        assert not quiet.get_by_label("Show rows with").is_visible()
        browser.close()


# --- Real processes -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    place = tmp_path_factory.mktemp("notebooks")
    for name, cell in {
        "fine": FINE,
        "raises": RAISES,
        "kills its kernel": KILLS_ITS_KERNEL,
        "never ends": NEVER_ENDS,
        "large": FILLS_THE_DISK,
    }.items():
        notebook(place, name, cell)
    return place


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
    assert not [command for command in running if "gaplab.runs.job" in command]


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


def test_a_folder_serves_one_batch_at_a_time(home, tmp_path):
    file = runs_file(tmp_path / "r.yaml", {"notebook": "fine"})
    with batch._alone(tmp_path / "out"), pytest.raises(GaplabError, match="another batch is at work"):
        batch.run(file, tmp_path / "out", home=home)


def test_bad_input_writes_nothing(home, tmp_path):
    words = [runs_file(tmp_path / "r.yaml", {"notebook": "fine", "draws": 1}), "--out", tmp_path / "out"]
    result = CliRunner().invoke(main, ["batch", *map(str, words), "--notebooks", str(home)])
    assert result.exit_code == 2
    assert "parameter draws: 1 is out of range" in result.stderr
    assert not (tmp_path / "out").exists()


def test_results_are_never_made_from_something_else_than_planned(home, tmp_path):
    from gaplab.runs import job

    (run,) = plan_file.read(runs_file(tmp_path / "r.yaml", {"notebook": "fine"}), home=home)
    _, planned = batch._planned(run, tmp_path / "out")
    with pytest.raises(GaplabError, match="have changed since the batch was planned"):
        job.do(replace(planned, key="0" * 64))


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
        "import os, time, pathlib, xarray\nfrom gaplab import cache\n\n\ndef make():\n"
        f"    (pathlib.Path({str(made)!r}) / str(os.getpid())).touch()\n    time.sleep(2)\n"
        "    return xarray.Dataset({'x': ('draw', [1.0])})\n\n\n"
        f"draws = cache.get_or_make(pathlib.Path({str(tmp_path / 'cache' / 'a.nc')!r}), make)\nfloat(draws['x'].sum())"
    )
    notebook(home, "fits", cell)
    file = runs_file(tmp_path / "r.yaml", {"notebook": "fits"})
    both = [started(file, "--out", tmp_path / name, "--notebooks", home, "--quiet") for name in ("one", "two")]
    ends = [runner.communicate(timeout=120) for runner in both]
    assert [runner.returncode for runner in both] == [0, 0], ends
    assert len(list(made.iterdir())) == 1
    assert contents(tmp_path / "one") == contents(tmp_path / "two")
    assert cache.read(tmp_path / "cache" / "a.nc") is not None


def test_lines_where_there_is_no_terminal(home, tmp_path):
    result = subprocess.run(
        [sys.executable, "-m", "gaplab", "batch", "--help"], capture_output=True, text=True, check=True
    )
    for flag in ("--out", "--workers", "--retries", "--timeout", "--fail-fast", "--scheduler", "--quiet"):
        assert flag in result.stdout


def test_batch_json_is_json_that_others_can_read(tmp_path):
    Ledger(tmp_path, {"a": Row("a", "done", "brief", HOSTILE[-1], {"as_of": "2026-06-30"}, 1.5)}).write()
    assert json.loads((tmp_path / "batch.json").read_bytes())["runs"][0]["seconds"] == 1.5
