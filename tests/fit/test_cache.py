"""The cache: made once whoever asks, never a wrong answer, never too large, nothing in use thrown away."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from support.fakes import wait_for

from gaplab.errors import GaplabError
from gaplab.fit import cache

MAKE = """
import os, sys, time
from pathlib import Path
import numpy as np, xarray as xr
from gaplab.fit import cache
made, path = Path(sys.argv[1]), Path(sys.argv[2])
def make():
    (made / str(os.getpid())).touch()
    time.sleep(float(sys.argv[3]))
    return xr.Dataset({"x": ("draw", np.arange(5.0))})
draws = cache.get_or_make(path, make)
assert draws["x"].to_numpy().tolist() == [0, 1, 2, 3, 4]
"""


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.setenv("GAPLAB_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("GAPLAB_CACHE_LIMIT", raising=False)
    (tmp_path / "made").mkdir()
    return tmp_path / "cache"


def name(letter: str) -> str:
    """An entry's name."""
    return f"{letter}-{'0' * 24}.npz"


def draws(size: int = 1000) -> xr.Dataset:
    return xr.Dataset({"x": ("draw", np.arange(float(size)))}, attrs={"notes": "[]"})


def process(place: Path, name: str, seconds: float) -> subprocess.Popen:
    return subprocess.Popen([sys.executable, "-c", MAKE, str(place.parent / "made"), str(place / name), str(seconds)])


def test_what_is_stored_comes_back(place):
    cache.write(place / name("a"), draws())
    xr.testing.assert_identical(cache.read(place / name("a")), draws())
    assert [path.name for path in place.iterdir()] == [name("a")]


def test_processes_that_ask_at_once_make_it_once(place):
    asked = [process(place, name("a"), 0.5) for _ in range(3)]
    assert [each.wait(60) for each in asked] == [0, 0, 0]
    assert len(list((place.parent / "made").iterdir())) == 1


def test_a_maker_that_is_killed_holds_nobody_up(place):
    first = process(place, name("a"), 60)
    wait_for(place.parent / "made" / str(first.pid))
    first.send_signal(signal.SIGKILL)
    first.wait()
    start = time.monotonic()
    cache.get_or_make(place / name("a"), draws)
    assert time.monotonic() - start < 5
    assert cache.read(place / name("a")) is not None


@pytest.mark.parametrize("keep", [0, 1, 100, -1])
def test_a_truncated_file_is_made_again_with_a_warning(place, keep):
    path = place / name("a")
    cache.write(path, draws())
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.warns(UserWarning, match=r"\.npz is damaged"):
        found = cache.get_or_make(path, draws)
    xr.testing.assert_identical(found, draws())
    xr.testing.assert_identical(cache.read(path), draws())


def test_no_changed_byte_goes_unnoticed(place):
    path = place / name("a")
    cache.write(path, draws(50))
    whole = path.read_bytes()
    for position in np.random.default_rng(5).integers(0, len(whole), 200):
        spoilt = bytearray(whole)
        spoilt[position] ^= 0x10
        path.write_bytes(spoilt)
        with pytest.warns(UserWarning, match="checksum"):
            assert cache.read(path) is None


def test_oldest_used_goes_first_whatever_the_clock_says(place, monkeypatch):
    for letter in ("a", "b", "c"):
        cache.write(place / name(letter), draws())
    future = time.time_ns() + 10**18
    os.utime(place / name("b"), ns=(future, future))  # written before the clock was set back
    cache.read(place / name("a"))
    assert [entry.path.name[0] for entry in cache.entries()] == ["a", "b", "c"]
    size = cache.entries()[0].size_bytes
    monkeypatch.setenv("GAPLAB_CACHE_LIMIT", str(3 * size))
    cache.write(place / name("d"), draws())
    assert [entry.path.name[0] for entry in cache.entries()] == ["d", "a", "b"]


def test_what_is_in_use_stays(place):
    for letter in ("a", "b"):
        cache.write(place / name(letter), draws())
    with cache.in_use(place / name("a"), place / name("n")):
        assert [entry.path.name[0] for entry in cache.evict(limit_bytes=0)] == ["b"]
    assert [entry.path.name[0] for entry in cache.evict(limit_bytes=0)] == ["a"]


def test_what_was_just_made_stays_even_when_it_is_too_large(place, monkeypatch):
    monkeypatch.setenv("GAPLAB_CACHE_LIMIT", "10 B")
    cache.get_or_make(place / name("a"), draws)
    assert [entry.path.name[0] for entry in cache.entries()] == ["a"]


def test_drafts_of_killed_writers_go_and_nothing_that_is_not_ours(place):
    cache.write(place / name("a"), draws())
    (place / f".{name('b')}.x1y2z3").mkdir()
    (place / f".{name('b')}.x1y2z3" / "draft").write_bytes(b"half")
    (place / f"{name('a')}.use-{'0' * 32}").write_bytes(b"")  # of processes that were killed
    (place / f"{name('b')}.make-lock").write_bytes(b"")
    mine = ["climate.nc", "a.nc", "thesis.part", f".{name('a')}", f"{name('a')}.txt", "frontier-backup.npz"]
    for other in mine:
        (place / other).write_bytes(b"years of work")
    (place / name("c")).mkdir()  # a folder and a link, named like posteriors
    (place / name("d")).symlink_to(place / "climate.nc")
    cache.evict(limit_bytes=0)
    assert sorted(path.name for path in place.iterdir()) == sorted([*mine, name("c"), name("d")])


def test_draws_that_cannot_be_kept_are_not_lost(place):
    place.write_text("a file where the folder should be")
    with pytest.warns(UserWarning, match="cannot be") as told:
        found = cache.get_or_make(place / name("a"), draws)
    xr.testing.assert_identical(found, draws())
    assert any("cannot be kept" in str(each.message) for each in told)


@pytest.mark.parametrize(
    ("given", "expected"), [("1000", 1000), ("2 KiB", 2048), ("1.5GB", 1_500_000_000), ("3 mib", 3 * 2**20), ("0", 0)]
)
def test_sizes(given, expected, monkeypatch):
    monkeypatch.setenv("GAPLAB_CACHE_LIMIT", given)
    assert cache.limit() == expected


@pytest.mark.parametrize("given", ["lots", "-1", "10 apples", "1e9", "٣ GB", "9" * 400])
def test_a_limit_that_is_no_size_stops_before_anything_is_made(given, place, monkeypatch):
    monkeypatch.setenv("GAPLAB_CACHE_LIMIT", given)
    with pytest.raises(GaplabError, match="GAPLAB_CACHE_LIMIT"):
        cache.get_or_make(place / name("a"), lambda: pytest.fail("made"))


def test_the_command_lists_and_clears(place):
    from click.testing import CliRunner

    from gaplab.cli.root import main

    for letter in ("a", "b"):
        cache.write(place / name(letter), draws())
    listed = CliRunner().invoke(main, ["cache", "list"]).output.splitlines()
    assert [line.split()[-1] for line in listed[:2]] == [name("b"), name("a")]
    assert listed[-1] == str(place)
    with cache.in_use(place / name("b")):
        cleared = CliRunner().invoke(main, ["cache", "clear"])
    assert cleared.output.splitlines()[0].startswith("1 posteriors gone")
    assert "1 are in use" in cleared.stderr
    assert [entry.path.name[0] for entry in cache.entries()] == ["b"]


FULL = """
import sys, warnings
from pathlib import Path
import numpy as np, xarray as xr
from gaplab.fit import cache
path = Path(sys.argv[1])
draws = xr.Dataset({"x": ("draw", np.random.default_rng(1).normal(size=600_000))}, attrs={"notes": "[]"})
with warnings.catch_warnings(record=True) as told:
    warnings.simplefilter("always")
    found = cache.get_or_make(path, lambda: draws)
assert found.identical(draws)
assert [str(each.message) for each in told if "No space left" in str(each.message)], told
assert len(told) == 1, told
"""


@pytest.mark.parametrize("room", [1, 2, 4])
def test_a_full_disk_costs_a_warning_and_nothing_else(room, tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={room}m", "tmpfs", str(disk)]
    if not hasattr(os, "geteuid") or os.geteuid() or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("this user cannot mount a small disk")
    try:
        end = subprocess.run([sys.executable, "-c", FULL, str(disk / name("a"))], capture_output=True, text=True)
        assert end.returncode == 0, end.stderr
        assert list(disk.iterdir()) == []
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_what_is_remembered_is_the_file_s_content_and_nobody_can_change_it(place):
    path = place / name("a")
    cache.write(path, draws())
    first = cache.read(path)
    first["x"] = first["x"] + 1
    xr.testing.assert_identical(cache.read(path), draws())
    cache.write(path, draws() + 1)
    xr.testing.assert_identical(cache.read(path), draws() + 1)
    path.unlink()
    assert cache.read(path) is None
