"""The verb refresh, and the scheduled job that runs it."""

from __future__ import annotations

import gzip
import os
import shutil
import stat
import subprocess
import sys
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

import pytest
import yaml
from click.testing import CliRunner
from support.places import REPOSITORY
from support.refreshes import bytes_below, files_of, index_of, quick_pages, scores_of, small_data
from support.servers import Answering

from gaplab.cli import main
from gaplab.importers.fetch import fetch


@pytest.fixture
def typed(tmp_path, monkeypatch):
    """Type `gaplab refresh` with some options; the outcome is (exit status, output)."""
    monkeypatch.setenv("GAPLAB_CACHE", str(tmp_path / "cache"))
    quick_pages(monkeypatch.setattr)
    small_data(tmp_path / "data")
    files_of(tmp_path / "files", {"2026-03-01": 1, "2026-04-01": 30})

    def typed(*options):
        command = ["refresh", "-q", "--data", tmp_path / "data", "--out", tmp_path / "site", *options]
        result = CliRunner().invoke(main, list(map(str, command)))
        return result.exit_code, result.output

    return typed


def test_the_exit_status_says_what_happened(typed, tmp_path):
    status, output = typed("--from", tmp_path / "files" / "2026-03-01")
    assert status == 0, output
    assert "2 new files; changed" in output
    status, output = typed("--from", tmp_path / "files")
    assert status == 3, output
    assert "moved: frontier_today from 0.5 to 3.5: left its former interval" in output
    assert output.splitlines()[-1] == str(tmp_path / "site")
    status, output = typed("--from", tmp_path / "files")
    assert (status, output.splitlines()[0]) == (0, "0 new files; nothing changed")
    (tmp_path / "files" / "eci_scores_2026-05-01.csv").write_text("<html>Moved</html>")
    status, output = typed("--from", tmp_path / "files")
    assert status == 2
    assert output.splitlines() == [
        "Error: eci_scores_2026-05-01.csv: is a web page or XML and no CSV; expected the file as published: fetch it "
        "again",
        "Error: nothing was changed: the last good tables and site stay; docs/refresh.md says what to do",
    ]


def test_a_proposal_is_told_and_taken_only_when_accepted(typed, tmp_path):
    data = tmp_path / "data"
    (data / "build" / "families.csv").write_text("prefix,family\nBeta,Beta\nDelta,Delta\n")
    assert typed("--no-fit", "--from", tmp_path / "files" / "2026-03-01")[0] == 0
    lone = index_of(0).rstrip("\n") + "\nDelta 1,,141,139,143,2026-02-01,Bao,China,Open weights,,"
    lone += "\nDelta 2,,142,139,143,2026-02-01,Bao,China,Open weights,,\nDelta 9,,150,149,151,2026-02-01,,,,,\n"
    (tmp_path / "eci_scores_2026-03-09.csv").write_text(lone)
    status, output = typed("--no-fit", "--from", tmp_path / "eci_scores_2026-03-09.csv")
    assert 'proposed: "Delta 9": developer Bao, country China, as all 2 listed models of the family Delta' in output
    assert "Delta 9,unknown,unknown" in (data / "models.csv").read_text()
    status, output = typed("--no-fit", "--from", tmp_path / "eci_scores_2026-03-09.csv", "--accept", "Delta 9")
    assert status == 0, output
    assert 'accepted: "Delta 9"' in output
    assert "Delta 9,Bao,China" in (data / "models.csv").read_text()


class Unwell(Answering):
    """A publisher of whom one address works: it knows its file by a tag and can send it compressed."""

    tags: ClassVar[list[str]] = []

    def do_GET(self):
        if self.path == "/eci_scores.csv":
            self.tags.append(self.headers.get("If-None-Match", ""))
            known = self.tags[-1] == '"1"'
            body = b"" if known else gzip.compress(index_of(1).encode())
            self.answer(304 if known else 200, body, ETag='"1"', **({} if known else {"Content_Encoding": "gzip"}))
        elif self.path == "/slow.csv":
            threading.Event().wait(1)
        else:
            code = {"/loop.csv": 302, "/fails.csv": 503}.get(self.path, 404)
            self.answer(code, **({"Location": "/loop.csv"} if code == 302 else {}))


@pytest.fixture
def unwell(monkeypatch):
    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.setattr("gaplab.runs.refresh.fetch_files.fetch", partial(fetch, quiet=0.2, total=2))
    monkeypatch.setattr("gaplab.runs.refresh.fetch_files.time.sleep", lambda _: None)
    Unwell.tags.clear()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Unwell)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # the socket of a download given up
def test_addresses_that_cannot_be_had_leave_the_last_good_site(typed, unwell, tmp_path):
    told = {
        "gone": "the server answers 404",
        "loop": "infinite loop",
        "fails": "the server answers 503",
        "slow": "cannot be fetched (timed out)",
    }

    def addresses(*names):
        lines = ["publisher,url", *(f"epoch,{unwell}/{name}.csv" for name in names)]
        (tmp_path / "data" / "build" / "addresses.csv").write_text("\n".join(lines) + "\n")

    addresses("eci_scores")
    assert typed()[0] == 0
    addresses("eci_scores", *told)
    before = bytes_below(tmp_path / "data"), bytes_below(tmp_path / "site")
    status, output = typed()
    assert status == 2
    lines = output.splitlines()
    assert len(lines) == len(told) + 1
    for name, line in zip(told, lines, strict=False):
        assert line.startswith(f"Error: {unwell}/{name}.csv: ")
        assert told[name] in line
    assert "the last good tables and site stay" in lines[-1]
    assert (bytes_below(tmp_path / "data"), bytes_below(tmp_path / "site")) == before
    addresses("eci_scores")
    assert typed()[1].startswith("0 new files; nothing changed")
    assert Unwell.tags == ["", '"1"', '"1"'], "what stands is not sent again"


@pytest.mark.machine
def test_the_steps_of_the_scheduled_job_run(tmp_path):
    """In a clone of a small repository, from a publisher on this machine; the last step fails when a headline moved."""
    job = yaml.safe_load((REPOSITORY / "docs" / "refresh-workflow.yml").read_text("utf-8"))["jobs"]["refresh"]
    steps = [step["run"] for step in job["steps"] if "run" in step]
    publisher = tmp_path / "publisher"
    publisher.mkdir()
    handler = partial(SimpleHTTPRequestHandler, directory=publisher)
    handler.log_message = None
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}"
    clone = repository_of(tmp_path, [f"{url}/eci_benchmarks.csv", f"{url}/eci_scores.csv"])
    environment = os.environ | {"GAPLAB_CACHE": str(tmp_path / "cache"), "GAPLAB_DATA": "data"}
    environment["PYTHONPATH"] = f"{REPOSITORY}:{REPOSITORY}/tests"
    ended = []
    for number in (1, 1, 30):
        (publisher / "eci_benchmarks.csv").write_text(scores_of(number))
        (publisher / "eci_scores.csv").write_text(index_of(number))
        for step in steps:
            run = ["bash", "-e", "-c", step]  # as the runner of the job does
            ended.append(subprocess.run(run, cwd=clone, env=environment, capture_output=True, text=True, check=False))
            if step != steps[-1]:
                assert ended[-1].returncode == 0, ended[-1]
    server.shutdown()
    server.server_close()
    last = [each.returncode for each in ended if each.args[-1] == steps[-1]]
    assert last == [0, 0, 1], ended[-1]
    history = subprocess.run(["git", "log", "--format=%s"], cwd=tmp_path / "origin", capture_output=True, text=True)
    assert history.stdout.split() == ["Refresh", "Refresh", "Start"], "a refresh without news commits nothing"


def repository_of(home, addresses):
    """A clone of a bare repository with a small data set, whose gaplab makes pages in no time."""
    clone, git = home / "clone", partial(subprocess.run, check=True, capture_output=True)
    git(["git", "init", "-q", "--bare", "-b", "main", home / "origin"])
    git(["git", "clone", "-q", home / "origin", clone])
    small_data(clone / "data")
    shutil.copy(REPOSITORY / ".gitignore", clone)
    lines = ["publisher,url", *(f"epoch,{url}" for url in addresses)]
    (clone / "data" / "build" / "addresses.csv").write_text("\n".join(lines) + "\n")
    command = f'exec {sys.executable} -m support.refreshes "$@"\n'
    scripts = {"setup/environment.sh": "exit 0\n", ".venv/bin/gaplab": command}
    for name, text in scripts.items():
        path = clone / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"#!/bin/bash\n{text}")
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
    (clone / "docs" / "record").mkdir(parents=True)
    (clone / "docs" / "record" / "README.md").write_text("a record\n")
    git(["git", "add", "."], cwd=clone)
    author = ["-c", "user.name=test", "-c", "user.email=test@localhost"]
    git(["git", *author, "commit", "-q", "-m", "Start"], cwd=clone)
    git(["git", "push", "-q", "origin", "HEAD:main"], cwd=clone)
    return clone
