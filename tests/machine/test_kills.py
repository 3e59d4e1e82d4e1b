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
    results: tuple[str, ...]


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


def publishers(place: Path) -> None:
    """Tables with a site of theirs still to be made, and a file of two new models."""
    tables(place)
    (place / "files").mkdir()
    (place / "files" / "model_releases_to_2026-08-31.csv").write_text(
        "model,developer,country,release_date,access_at_release,weights\n"
        "Acme 7,Acme,US,2026-08-03,public,\nBao 9,Bao,China,2026-08-05,public,open\n",
        "utf-8",
    )
    (place / "settings.yaml").write_text("chains: 2\ndraws: 800\nruler: epoch_eci\n", "utf-8")


def kept(place: Path) -> None:
    (place / "cache").mkdir(parents=True)
    for number in range(200):
        (place / "cache" / f"frontier-{number:024x}.npz").write_bytes(b"x" * 100_000)


OPTIONS = tuple(word for name, value in QUICK.items() for word in (f"--{name}", str(value)))
REFRESH = "refresh --from files --data tables --out site --params settings.yaml"
COMMANDS = {
    "brief": Command(("brief", *OPTIONS, "--out", "made"), nothing, ("made/**/*",)),
    "batch": Command(("batch", "runs.yaml", "--out", "made"), plan, ("made/*/*.html",)),
    "import": Command(
        ("data", "import", "arena", "text.csv", "--data", "tables", "--write"), tables, ("tables/*.csv",)
    ),
    "refresh": Command(tuple(REFRESH.split()), publishers, ("tables/*.csv", "tables/build/*", "site/**/*")),
    "clear": Command(("cache", "clear"), kept, ("cache/*",)),
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


def finished(command: Command, place: Path) -> tuple[dict[str, bytes], float]:
    """Every file of the result after the command ran to its end, and how many seconds it took."""
    began = time.monotonic()
    process = start(command, place)
    told, _ = process.communicate(timeout=600)
    assert process.returncode == 0, told[-2000:]
    files = {path.relative_to(place).as_posix(): path for each in command.results for path in place.glob(each)}
    return {name: files[name].read_bytes() for name in sorted(files) if files[name].is_file()}, time.monotonic() - began


def begin(command: Command, place: Path, cache: Path | None, moments: random.Random) -> None:
    """The folder before the command, with what a random part of the cache of an earlier run holds."""
    shutil.rmtree(place, ignore_errors=True)
    command.before(place)
    for path in sorted(cache.rglob("*")) if cache else ():
        if path.is_file() and (path.parent != cache or moments.random() < 0.5):
            target = place / "cache" / path.relative_to(cache)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path, target)


def hidden(place: Path) -> set[str]:
    """Names that no reader sees: drafts, unless an undisturbed run leaves the same."""
    return {path.name for path in place.rglob(".*")} - {".locks"}


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_that_was_killed_and_started_again_ends_as_if_nothing_had_been(name, tmp_path):
    command, place, moments = COMMANDS[name], tmp_path / "killed", random.Random(name)
    cache = None if name == "clear" else tmp_path / "undisturbed" / "cache"
    begin(command, tmp_path / "undisturbed", None, moments)
    expected, seconds = finished(command, tmp_path / "undisturbed")
    killed = 0
    while killed < KILLS:
        begin(command, place, cache, moments)
        process = start(command, place)
        time.sleep(moments.uniform(0.05, seconds))
        process.kill()
        killed += process.wait() != 0
        process.communicate()
        found, _ = finished(command, place)
        assert sorted(name for name, _ in found.items() ^ expected.items()) == []
        left = hidden(place) - hidden(tmp_path / "undisturbed")
        assert not left, f"{left} are left"
    print(f"{name}: killed {killed} times in up to {seconds:.0f} s")
