"""`kill -9` at random moments, then the same command again: the result is that of a run that nobody disturbed.

GAPLAB_KILLS says how many moments each command gets.
"""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from gaplab.places import PROJECT, PROJECT_DATA

pytestmark = [pytest.mark.machine, pytest.mark.slow]
KILLS = int(os.environ.get("GAPLAB_KILLS", "3"))
QUICK = {"chains": 2, "draws": 100, "ruler": "epoch_eci", "variant": "one_page"}


@dataclass(frozen=True)
class Command:
    """Words of a command, what a folder holds before it, and which files are its result."""

    words: tuple[str, ...]
    before: Callable[[Path], None]
    result: str
    anew: bool = False
    """Whether every kill finds the folder as before the first."""


def nothing(place: Path) -> None:
    place.mkdir()


def plan(place: Path) -> None:
    place.mkdir()
    runs = [QUICK, QUICK | {"as_of": "2026-06-30"}]
    (place / "runs.yaml").write_text(yaml.safe_dump({"runs": runs}), "utf-8")


def tables(place: Path) -> None:
    shutil.copytree(PROJECT_DATA, place / "tables")
    (place / "text.csv").write_text(
        "snapshot_date,rank,model,elo\n2026-08-12,1,claude-opus-5,1550\n2026-08-12,2,kimi-k3,1512\n", "utf-8"
    )


def kept(place: Path) -> None:
    (place / "cache").mkdir(parents=True)
    for number in range(200):
        (place / "cache" / f"frontier-{number:024x}.nc").write_bytes(b"x" * 100_000)


OPTIONS = tuple(word for name, value in QUICK.items() for word in (f"--{name}", str(value)))
COMMANDS = {
    "brief": Command(("brief", *OPTIONS, "--out", "made"), nothing, "made/**/*"),
    "batch": Command(("batch", "runs.yaml", "--out", "made"), plan, "made/*/*.html"),
    "import": Command(
        ("data", "import", "arena", "text.csv", "--data", "tables", "--write"), tables, "tables/*.csv", True
    ),
    "clear": Command(("cache", "clear"), kept, "cache/*", True),
}


def start(command: Command, place: Path) -> subprocess.Popen:
    environment = os.environ | {"PYTHONPATH": str(PROJECT), "GAPLAB_CACHE": str(place / "cache")}
    return subprocess.Popen(
        [sys.executable, "-m", "gaplab", *command.words],
        cwd=place,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def finished(command: Command, place: Path) -> dict[str, bytes]:
    """Every file of the result, after the command ran to its end."""
    process = start(command, place)
    told, _ = process.communicate(timeout=600)
    assert process.returncode == 0, told[-2000:]
    files = {path.relative_to(place).as_posix(): path for path in place.glob(command.result)}
    return {name: path.read_bytes() for name, path in sorted(files.items()) if path.is_file()}


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_that_was_killed_and_started_again_ends_as_if_nothing_had_been(name, tmp_path):
    command = COMMANDS[name]
    command.before(tmp_path / "undisturbed")
    begin = time.monotonic()
    expected = finished(command, tmp_path / "undisturbed")
    seconds = time.monotonic() - begin
    place, moments = tmp_path / "killed", random.Random(name)
    command.before(place)
    for _ in range(KILLS):
        if command.anew:
            shutil.rmtree(place)
            command.before(place)
        process = start(command, place)
        time.sleep(moments.uniform(0.05, seconds))
        process.kill()
        process.communicate()
        assert finished(command, place) == expected
    left = [path.name for path in place.rglob(".*") if path.name != ".locks"]
    assert not left, f"{left} are left"
