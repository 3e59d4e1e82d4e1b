"""Compiled code on disk: found again, never stale, never trusted when damaged, never in the way."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from gaplab.places import PACKAGE

pytestmark = pytest.mark.machine
CONSTANTS = "SCALE = 1.0\n"
KERNEL = """
import numpy as np
from numba import types
from gaplab.sampling.compiled import cfunc, njit
from gaplab.constants import SCALE

@njit(cache=True, error_model="numpy")
def scaled(x):
    return SCALE * x

@njit(cache=True)
def halves(size):
    made, total = np.empty(size), 0.0
    for i in range(size):
        made[i] = 0.5
    for i in range(size):
        total += made[i]
    return total

def kept():
    return cfunc(types.float64(types.float64), cache=True)(_through)

def _through(x):
    return scaled(x)
"""
ASK = """
from gaplab.kernel import kept, scaled
own, called = scaled(2.0), kept()
print(own, called.ctypes(2.0), sum(scaled.stats.cache_hits.values()), called.cache_hits)
"""

KEPT_ALONE = """
import sys
import numpy as np
from gaplab.kernel import halves, scaled
print(halves(3), "numba.typed.typedlist" in sys.modules)
print(scaled(np.float32(2.0)), "numba.typed.typedlist" in sys.modules)
"""


@pytest.fixture
def package(tmp_path) -> Path:
    """A small package of our name with one compiled function."""
    root = tmp_path / "code" / "gaplab"
    (root / "sampling").mkdir(parents=True)
    for name in ("sampling/__init__", "sampling/compiled", "identity", "local_store", "write", "places", "errors"):
        shutil.copy(PACKAGE / f"{name}.py", root / f"{name}.py")
    for name, text in {"__init__": "", "constants": CONSTANTS, "kernel": KERNEL}.items():
        (root / f"{name}.py").write_text(text)
    return root


def ask(package: Path, place: Path, *, limit: int | None = None, words: str = ASK) -> tuple[str, str]:
    """What a process says that uses the compiled function, and what it complains about."""
    small = f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))\n" if limit else ""
    environment = {name: value for name, value in os.environ.items() if name != "NUMBA_CACHE_DIR"}
    environment |= {"PYTHONPATH": str(package.parent), "GAPLAB_CACHE": str(place)}
    done = subprocess.run(
        [sys.executable, "-P", "-c", small + words], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip(), done.stderr


@pytest.fixture
def place(tmp_path) -> Path:
    return tmp_path / "cache"


def files(place: Path) -> list[Path]:
    return sorted(path for path in (place / "compiled").rglob("*") if path.is_file())


def test_code_is_compiled_once_and_found_again_elsewhere_than_beside_its_source(package, place):
    assert ask(package, place) == ("2.0 2.0 0 0", "")
    assert len(files(place)) == 2
    assert ask(package, place) == ("2.0 2.0 1 1", "")
    assert not [path for path in package.rglob("*") if path.suffix in {".nbi", ".nbc"}]
    assert all(path.parent.stat().st_mode & 0o777 == 0o700 for path in files(place))


def test_code_that_is_found_allocates_memory_without_the_compiler_which_comes_when_it_is_needed(package, place):
    assert ask(package, place, words=KEPT_ALONE) == ("1.5 True\n2.0 True", "")
    for path in files(place):
        if path.name.startswith("scaled"):
            path.unlink()
    assert ask(package, place, words=KEPT_ALONE) == ("1.5 False\n2.0 True", "")


def test_a_constant_of_another_module_that_changes_gives_other_code(package, place):
    ask(package, place)
    (package / "constants.py").write_text("SCALE = 5.0\n")
    assert ask(package, place) == ("10.0 10.0 0 0", "")
    (package / "constants.py").write_text("# As before.\n" + CONSTANTS)
    assert ask(package, place) == ("2.0 2.0 1 1", ""), "what was compiled from the same code is still there"


@pytest.mark.parametrize("damage", ["empty", "short", "garbage", "byte", "pickle"])
def test_damaged_code_is_compiled_again(package, place, damage):
    ask(package, place)
    for path in files(place):
        whole = path.read_bytes()
        middle = len(whole) // 2
        path.write_bytes({
            "empty": b"",
            "short": whole[:middle],
            "garbage": bytes(range(256)) * 40,
            "byte": whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :],
            "pickle": b"cos\nabort\n(tR.",
        }[damage])  # fmt: skip
    assert ask(package, place) == ("2.0 2.0 0 0", "")
    assert ask(package, place) == ("2.0 2.0 1 1", ""), "made anew"


def test_code_that_another_user_could_have_written_is_not_used(package, place):
    ask(package, place)
    for path in files(place):
        path.chmod(0o666)
    assert ask(package, place) == ("2.0 2.0 0 0", "")
    assert ask(package, place) == ("2.0 2.0 1 1", "")
    for path in files(place):
        path.parent.chmod(0o777)
        path.unlink()
    said, complaint = ask(package, place)
    assert said == "2.0 2.0 0 0"
    assert "open to other users" in complaint
    assert not files(place)


def test_where_nothing_can_be_kept_code_is_compiled_all_the_same(package, place):
    place.write_text("a file where the folder should be")
    said, complaint = ask(package, place)
    assert said == "2.0 2.0 0 0"
    assert complaint.count("cannot be kept") == 1


def test_a_disk_that_fills_up_leaves_no_torn_file(package, place):
    said, complaint = ask(package, place, limit=4000)
    assert said == "2.0 2.0 0 0"
    assert complaint.count("compiled code cannot be kept") == 1
    assert not files(place)


def test_folders_of_earlier_code_go(package, place):
    others = place / "compiled"
    for number in range(70):
        (others / f"gaplab.kernel-{number:02d}").mkdir(parents=True)
        os.utime(others / f"gaplab.kernel-{number:02d}", (number, number))
    ask(package, place)
    left = {path.name for path in others.iterdir()}
    assert len(left) == 60
    assert "gaplab.kernel-69" in left
    assert "gaplab.kernel-00" not in left
