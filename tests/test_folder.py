"""Folders of finished runs, and files: whole or absent, and nothing of others touched."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from gaplab.cli.root import main
from gaplab.errors import GaplabError
from gaplab.runs import run_folder
from gaplab.write import replace_file


def filled(target, text="whole"):
    with run_folder.draft_folder(target) as draft:
        (draft / "a.txt").write_text(text)
        run_folder.write_json(draft / run_folder.MANIFEST, {"sha256": run_folder.file_checksums(draft)})


def test_a_draft_takes_its_place_when_complete(tmp_path):
    target = tmp_path / "x" / "run"
    filled(target)
    assert run_folder.read_manifest(target)
    filled(target, "again")
    assert (target / "a.txt").read_text() == "again"
    assert [path.name for path in target.parent.iterdir()] == ["run"]


def test_a_draft_that_fails_leaves_what_was_there(tmp_path):
    filled(tmp_path / "run")
    with pytest.raises(TypeError), run_folder.draft_folder(tmp_path / "run") as draft:
        (draft / "a.txt").write_bytes(["neither", "text"])
    assert (tmp_path / "run" / "a.txt").read_text() == "whole"
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


@pytest.mark.parametrize("spoil", ["changed", "missing", "no manifest", "no json", "no checksums"])
def test_only_whole_folders_have_a_manifest(spoil, tmp_path):
    filled(tmp_path / "run")
    run = tmp_path / "run"
    {
        "changed": lambda: (run / "a.txt").write_text("other"),
        "missing": lambda: (run / "a.txt").unlink(),
        "no manifest": lambda: (run / "manifest.json").unlink(),
        "no json": lambda: (run / "manifest.json").write_text("{"),
        "no checksums": lambda: (run / "manifest.json").write_text("[1]"),
    }[spoil]()
    assert run_folder.read_manifest(run) is None


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path, monkeypatch):
    path = tmp_path / "x.json"
    replace_file(path, "first")

    def broken(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.replace", broken)
    with pytest.raises(OSError, match="No space"):
        replace_file(path, "second")
    assert path.read_text() == "first"
    assert [each.name for each in tmp_path.iterdir()] == ["x.json"]


def test_what_is_not_ours_stays_in_the_folder_of_a_run(tmp_path):
    run = tmp_path / "run"
    filled(run)
    (run / "notes.txt").write_text("mine")
    (run / "more").mkdir()
    (run / "more" / "deep.txt").write_text("mine too")
    (run / "link").symlink_to("nowhere")
    assert run_folder.read_manifest(run), "the files that it vouches for are there"
    with run_folder.draft_folder(run) as draft:
        (draft / "b.txt").write_text("another file")
        run_folder.write_json(draft / run_folder.MANIFEST, {"sha256": run_folder.file_checksums(draft)})
    assert sorted(path.name for path in run.iterdir()) == ["b.txt", "link", "manifest.json", "more", "notes.txt"]
    assert (run / "more" / "deep.txt").read_text() == "mine too"
    assert os.readlink(run / "link") == "nowhere"
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_a_draft_of_a_linked_folder_fills_the_folder_behind_the_link(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "run").symlink_to("real")
    filled(tmp_path / "run")
    assert (tmp_path / "run").is_symlink()
    assert (tmp_path / "real" / "a.txt").read_text() == "whole"


WRITER = """
import sys
from pathlib import Path
from gaplab.runs import run_folder
for turn in range(150):
    with run_folder.draft_folder(Path(sys.argv[1])) as draft:
        for name in "abc":
            (draft / name).write_text(f"{sys.argv[2]} {turn}")
        run_folder.write_json(draft / run_folder.MANIFEST, {"sha256": run_folder.file_checksums(draft)})
"""


@pytest.mark.parametrize("exchange", [True, False])
def test_two_writers_at_once_both_succeed_and_a_reader_always_finds_a_whole_folder(exchange, tmp_path, repository):
    run = tmp_path / "run"
    filled(run)
    program = WRITER if exchange else "from gaplab import write\nwrite._exchanged = lambda *_: False\n" + WRITER
    environment = os.environ | {"PYTHONPATH": str(repository)}
    both = [subprocess.Popen([sys.executable, "-c", program, str(run), name], env=environment) for name in "xy"]
    missing = 0
    while any(each.poll() is None for each in both):
        try:
            held = os.open(run, os.O_RDONLY)
        except FileNotFoundError:
            missing += 1
            continue
        present = set(os.listdir(held))
        os.close(held)
        assert {"a.txt", "manifest.json"} <= present or {"a", "b", "c", "manifest.json"} <= present or not present
    assert [each.returncode for each in both] == [0, 0]
    assert missing == 0 or not exchange or sys.platform != "linux"
    assert run_folder.read_manifest(run)
    assert [path.name for path in tmp_path.iterdir()] == ["run"], "no drafts left"


def test_files_respect_the_umask_and_the_mode_of_the_file_they_replace(tmp_path):
    path, before = tmp_path / "x.csv", os.umask(0o077)
    try:
        replace_file(path, "new")
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        path.chmod(0o640)
        replace_file(path, "again")
        assert stat.S_IMODE(path.stat().st_mode) == 0o640
    finally:
        os.umask(before)


def test_a_link_is_followed_and_stays_a_link(tmp_path):
    (tmp_path / "real").mkdir()
    real, link = tmp_path / "real" / "x.csv", tmp_path / "link.csv"
    link.symlink_to(real)
    for text in ("first", "second"):
        replace_file(link, text)
        assert link.is_symlink()
        assert real.read_text() == text


def test_devices_and_pipes_are_written_to_and_stay_what_they_are(tmp_path):
    replace_file(Path("/dev/null"), "gone")
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(GaplabError, match="nobody reads"):
        replace_file(pipe, "lost")
    reader = subprocess.Popen(["cp", str(pipe), str(tmp_path / "read")])
    end = os.open(pipe, os.O_RDWR)  # the reader is certain to find a writer
    replace_file(pipe, "x" * 300_000)
    os.close(end)
    assert reader.wait(timeout=30) == 0
    assert (tmp_path / "read").read_text() == "x" * 300_000
    assert stat.S_ISFIFO(pipe.stat().st_mode)


@pytest.mark.parametrize("how", ["--out", "standard output"])
def test_a_full_device_is_one_line_and_exit_1(how, tmp_path, repository):
    words = {
        "--out": [
            "-c",
            "from gaplab.write import replace_file; from pathlib import Path\n"
            "import gaplab.cli as c, click\n@c.main.command('w')\ndef w(): replace_file(Path('/dev/full'), 'x')\n"
            "c.main(['w'])",
        ],
        "standard output": ["-m", "gaplab", "cache", "list"],
    }[how]
    full = os.open("/dev/full" if how != "--out" else os.devnull, os.O_WRONLY)
    environment = os.environ | {"PYTHONPATH": str(repository), "GAPLAB_CACHE": str(tmp_path)}
    end = subprocess.run([sys.executable, *words], stdout=full, stderr=subprocess.PIPE, text=True, env=environment)
    assert end.returncode == 1
    (line,) = end.stderr.splitlines()
    assert line.startswith("Error: ")
    assert "No space left" in line


def test_an_output_that_is_no_file_is_refused_before_anything_is_computed(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    refused = CliRunner().invoke(main, ["gap", "--out", str(pipe)])
    assert refused.exit_code == 2
    assert "pipe that nobody reads" in refused.stderr
