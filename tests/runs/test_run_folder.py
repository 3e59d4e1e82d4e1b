"""The folder of a run: whole or absent, whoever else writes."""

from __future__ import annotations

import errno
import os
import subprocess
import sys

import pytest

from gaplab.runs import run_folder


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


def test_a_full_disk_is_told_by_the_folder_that_it_holds(tmp_path):
    with pytest.raises(OSError, match="No space left") as full, run_folder.draft_folder(tmp_path / "run"):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    assert full.value.filename == str(tmp_path / "run")
    assert list(tmp_path.iterdir()) == []


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
    program = WRITER if exchange else "from gaplab import write\nwrite.ctypes = None  # no system call\n" + WRITER
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
        try:  # one that was replaced after it had been opened may be half deleted by now
            replaced = run.stat().st_ino != os.fstat(held).st_ino
        except FileNotFoundError:
            replaced = True
        os.close(held)
        assert {"a.txt", "manifest.json"} <= present or {"a", "b", "c", "manifest.json"} <= present or replaced
    assert [each.returncode for each in both] == [0, 0]
    assert missing == 0 or not exchange or sys.platform != "linux"
    assert run_folder.read_manifest(run)
    assert [path.name for path in tmp_path.iterdir()] == ["run"], "no drafts left"


HOLDER = """
import os, sys
from pathlib import Path
from gaplab.runs import run_folder
held = run_folder.draft_folder(Path(sys.argv[1]))
held.__enter__()
print(flush=True)
sys.stdin.read()
os._exit(0)
"""


def test_the_draft_of_a_killed_writer_goes_and_that_of_another_stays(tmp_path, repository):
    command = [sys.executable, "-c", HOLDER, str(tmp_path / "run")]
    killed, alive = (
        subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=os.environ | {"PYTHONPATH": str(repository)},
        )
        for _ in range(2)
    )
    for each in (killed, alive):
        each.stdout.readline()
    (tmp_path / ".run.mine").mkdir()
    assert len(list(tmp_path.iterdir())) == 3
    killed.kill()
    killed.communicate()
    filled(tmp_path / "run")
    assert len(list(tmp_path.glob(".run.????????"))) == 1, "of the one that is alive"
    alive.communicate()
    filled(tmp_path / "run")
    assert sorted(path.name for path in tmp_path.iterdir()) == [".run.mine", "run"]
