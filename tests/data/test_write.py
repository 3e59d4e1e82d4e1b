"""Tables on disk are old or new, all of them, whatever interrupts the writing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from support.tables import renamed, texts, write_tiny

from gaplab.data import write
from gaplab.data.contract import TABLES
from gaplab.data.load import check_tables, load
from gaplab.errors import GaplabError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_tiny(tmp_path / "data")


def test_all_tables_are_replaced_and_those_before_kept(folder):
    before = texts(folder)
    kept = write.replace_tables(folder, before, renamed(before))
    assert texts(folder)["scores"].equals(renamed(before)["scores"])
    assert texts(kept)["scores"].equals(before["scores"])
    assert check_tables(folder) == check_tables(kept) == []
    assert sorted(path.name for path in folder.iterdir()) == sorted(
        [*(f"{name}.csv" for name in TABLES), write.PREVIOUS]
    )


def test_only_what_differs_is_written(folder):
    before = texts(folder)
    stamp = (folder / "claims.csv").stat().st_mtime_ns
    write.replace_tables(folder, before, renamed(before))
    assert (folder / "claims.csv").stat().st_mtime_ns == stamp


# A process of its own forks one child for each step at which to die: right before the call that changes the disk.
DIE = """
import os, shutil, sys
from pathlib import Path
sys.path[:0] = [{tests!r}, {root!r}]
from gaplab.data.write import replace_tables
from support.tables import renamed, texts
original = Path(sys.argv[1])
before = texts(original)
after = renamed(before)
calls = {{name: getattr(os, name) for name in ("rename", "replace", "rmdir")}}
for step in range(40):
    victim = Path(f"{{original}}-{{step}}")
    shutil.copytree(original, victim)
    child = os.fork()
    if child == 0:
        left = [step]
        def dying(call):
            def one(*args, **options):
                if left[0] == 0:
                    os._exit(9)
                left[0] -= 1
                return call(*args, **options)
            return one
        for name, call in calls.items():
            setattr(os, name, dying(call))
        replace_tables(victim, before, after)
        os._exit(0)
    if os.waitpid(child, 0)[1] == 0:
        break
"""


@pytest.mark.machine
def test_a_process_killed_at_any_step_leaves_all_old_or_all_new_tables(folder, repository):
    program = DIE.format(tests=str(repository / "tests"), root=str(repository))
    subprocess.run([sys.executable, "-c", program, str(folder)], timeout=120, check=True)
    outcomes = []
    victims = sorted(folder.parent.glob("data-*"), key=lambda path: int(path.name.split("-")[1]))
    for victim in victims:
        assert check_tables(victim) == [], f"killed before step {victim.name}"
        models = set(load(as_of=pd.Timestamp("2025-12-31").date(), root=victim).scores["model"])
        outcomes.append("new" if "Alpha One" in models else "old")
        write.finish_replacement(victim)
        assert check_tables(victim) == []
    assert outcomes[0] == "old"
    assert outcomes[-1] == "new"
    assert outcomes == sorted(outcomes, reverse=True), "old, until one step makes all of it new"
    assert len(set(outcomes)) == 2
    assert len(outcomes) > 10, "every table is a step"


def test_a_full_disk_leaves_the_tables_as_they_were(folder, monkeypatch):
    before = texts(folder)
    content = {path.name: path.read_bytes() for path in folder.glob("*.csv")}

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(GaplabError, match="No space left"):
        write.replace_tables(folder, before, renamed(before))
    assert {path.name: path.read_bytes() for path in folder.glob("*.csv")} == content
    assert [path.name for path in folder.iterdir() if path.name.startswith(".")] == []
    monkeypatch.undo()
    write.replace_tables(folder, before, renamed(before))
    assert check_tables(folder) == []


def test_writers_come_one_after_the_other_and_clear_away_what_a_killed_one_left(folder, monkeypatch):
    monkeypatch.setattr(write, "WAIT", 0.2)
    left = [folder / ".staging-x1", folder / write.PREVIOUS / ".draft-x2", folder / "build" / ".taken.csv.x3"]
    for place in [*left, folder / ".mine", folder / "build" / ".notes.csv.x3"]:
        place.mkdir(parents=True)
        (place / "draft").write_text("half")
    with write.only_writer(folder):
        assert [path for path in left if path.exists()] == []
        with pytest.raises(GaplabError, match="another gaplab writes these tables"), write.only_writer(folder):
            pass
    assert (folder / ".mine" / "draft").exists()
    assert (folder / "build" / ".notes.csv.x3" / "draft").exists()
    assert not (folder / write.PREVIOUS).exists()
