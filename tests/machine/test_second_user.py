"""A second user on the same machine: what they can write is not trusted, and without a home the package works."""

from __future__ import annotations

import json
import os
import pickle
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from gaplab import local_store
from gaplab.data import load
from gaplab.places import PROJECT

NOBODY, NAMELESS = 65534, 123456
pytestmark = [
    pytest.mark.machine,
    pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root may act as another user"),
]


@pytest.fixture
def anybody():
    """A folder that every user can reach and write."""
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        place.chmod(0o777)
        yield place


def put_by_another(content: bytes, target: Path) -> None:
    """The second user puts a file in the place of another."""
    subprocess.run(
        ["/bin/sh", "-c", f"rm -f '{target}'; cat > '{target}'"], input=content, user=NOBODY, group=NOBODY, check=True
    )
    assert target.stat().st_uid == NOBODY


class Bomb:
    def __reduce__(self):
        return exec, ("raise SystemExit('unpickled')",)


def test_what_another_user_put_in_the_cache_is_not_unpickled(anybody, monkeypatch):
    monkeypatch.setenv("GAPLAB_CACHE", str(anybody))
    load.write_validated(b"files", {}, "their hash")
    assert load.read_validated(b"files") == ({}, "their hash")
    (file,) = anybody.rglob("*.pickle")
    file.parent.chmod(0o777)
    put_by_another(local_store.with_checksum(pickle.dumps(Bomb())), file)
    assert load.read_validated(b"files") is None
    file.unlink()
    local_store.write(file, pickle.dumps(({}, "again")))
    file.chmod(0o666)  # ours, and open to all
    assert load.read_validated(b"files") is None


def run_as(user: int, place: Path, *words: str, **variables: str) -> subprocess.CompletedProcess:
    """A command of the package, run by another user; skipped where that user cannot run this interpreter."""
    environment = {"PATH": os.defpath, "LANG": "C.UTF-8", "PYTHONPATH": os.pathsep.join([str(PROJECT), *sys.path[1:]])}
    return subprocess.run(
        [sys.executable, *words],
        cwd=place,
        env=environment | {"LD_LIBRARY_PATH": os.environ.get("LD_LIBRARY_PATH", "")} | variables,
        user=user,
        group=NOBODY,
        extra_groups=[],
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def second_user(anybody):
    try:
        able = run_as(NOBODY, anybody, "-c", "import gaplab, numba, pandas").returncode == 0
    except PermissionError:
        able = False
    if not able:
        pytest.skip("this interpreter is its owner's alone")
    return anybody


QUICK = ("--ruler", "epoch_eci", "--sampling", "preview")


def test_facts_about_code_that_another_user_wrote_are_not_believed(second_user):
    """They would name another posterior, or end every command."""
    words = ("-m", "gaplab", "cache", "list")
    mine = second_user / "cache"
    mine.mkdir(mode=0o777)
    mine.chmod(0o777)
    (file,) = written_facts(second_user, mine)
    content = local_store.with_checksum(json.dumps({"x": 1}).encode())
    subprocess.run(["/bin/sh", "-c", f"rm -f '{file}'; cat > '{file}'"], input=content, user=NAMELESS, check=True)
    result = run_as(NOBODY, second_user, *words, GAPLAB_CACHE=str(mine))
    assert (result.returncode, "Traceback" in result.stderr) == (0, False), result.stderr[-1000:]
    assert run_as(NOBODY, second_user, "-c", "from gaplab import identity; print(identity.of('gaplab.fit.fit'))",
                  GAPLAB_CACHE=str(mine)).returncode == 0  # fmt: skip


def written_facts(place: Path, cache: Path) -> list[Path]:
    made = run_as(NOBODY, place, "-c", "from gaplab import identity; identity.of('gaplab.fit.fit')",
                  GAPLAB_CACHE=str(cache))  # fmt: skip
    assert made.returncode == 0, made.stderr[-1000:]
    return list(cache.glob("code-*.json"))


def test_without_a_home_and_with_a_package_that_is_read_only_a_table_is_printed(second_user):
    result = run_as(NOBODY, second_user, "-m", "gaplab", "gap", *QUICK, HOME="/nonexistent")
    assert result.returncode == 0, result.stderr[-2000:]
    assert "China" in result.stdout
    assert "Traceback" not in result.stderr
    assert list(second_user.iterdir()) == []


def test_a_user_without_a_name_gets_a_page_or_is_told_what_to_set_before_anything_is_sampled(second_user):
    words = ("-m", "gaplab", "brief", "--variant", "one_page", *QUICK, "--out", "made")
    made = run_as(NAMELESS, second_user, *words, GAPLAB_CACHE=str(second_user / "cache"))
    assert made.returncode == 0, made.stderr[-2000:]
    assert list(second_user.glob("made/*/brief.html"))
    shutil.rmtree(second_user / "made")
    told = run_as(NAMELESS, second_user, *words)
    assert "Traceback" not in told.stderr
    if told.returncode:
        assert "GAPLAB_CACHE" in told.stderr
        assert not (second_user / "made").exists()
