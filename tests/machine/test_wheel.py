"""The wheel is the product: it does everything from an empty folder, without the tree."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.places import REPOSITORY

pytestmark = [pytest.mark.machine, pytest.mark.xdist_group("wheel")]
FEW = ("--as-of", "2026-06-30", "--chains", "2", "--draws", "100", "--quiet")
SECONDS_TO_THE_FIRST_NUMBER = 5
NUMBA = os.environ.get("NUMBA_CACHE_DIR", str(REPOSITORY / ".pytest_cache"))  # machine code, the same in every tree


def sh(*words: str | Path, cwd: Path, **variables: str) -> subprocess.CompletedProcess:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("GAPLAB", "PYTHON", "JUPYTER"))}
    return subprocess.run(list(map(str, words)), cwd=cwd, env=kept | variables, capture_output=True, text=True)


@pytest.fixture(scope="module")
def archives(tmp_path_factory) -> Path:
    """Source archive and wheel, made from the files that are committed or about to be."""
    tree, home = tmp_path_factory.mktemp("tree"), tmp_path_factory.mktemp("home")
    if not (REPOSITORY / ".git").exists():
        pytest.skip("not a clone")
    listed = sh("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", cwd=REPOSITORY).stdout
    for name in filter(None, listed.split("\0")):
        if (REPOSITORY / name).is_file():
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(REPOSITORY / name, tree / name)
    few = ("--chains", "2", "--draws", "100")
    made = sh(
        sys.executable, "setup/archives.py", *few, cwd=tree, GAPLAB_CACHE=str(home / "cache"), NUMBA_CACHE_DIR=NUMBA
    )
    assert made.returncode == 0, made.stderr[-3000:]
    return tree / "dist"


@pytest.fixture(scope="module")
def unpacked(archives, tmp_path_factory) -> Path:
    """The source archive, unpacked."""
    with tarfile.open(next(archives.glob("*.tar.gz"))) as archive:
        archive.extractall(folder := tmp_path_factory.mktemp("source"), filter="data")
    return next(folder.iterdir())


@pytest.fixture(scope="module")
def environment(archives, tmp_path_factory) -> Path:
    """A new environment with the wheel, and the libraries of the running one beside it."""
    folder = tmp_path_factory.mktemp("env") / "env"
    sh(sys.executable, "-m", "venv", "--without-pip", folder, cwd=archives)
    home = folder / Path(sysconfig.get_path("purelib")).relative_to(sys.prefix)
    # A line of a path file does not read the path files there: the tree that is installed here stays out.
    (home / "running.pth").write_text(sysconfig.get_path("purelib"))
    (folder / "share").symlink_to(Path(sys.prefix) / "share")
    wheel = next(archives.glob("*.whl"))
    done = sh(sys.executable, "-m", "pip", "--python", folder / "bin" / "python", "install", "--no-deps", "--no-index",
              wheel, cwd=archives)  # fmt: skip
    assert done.returncode == 0, done.stderr
    return folder


class Installed:
    """An empty folder, and the command of the new environment run in it."""

    def __init__(self, environment: Path, folder: Path):
        self.bin, self.work, self.home = environment / "bin", folder / "work", folder / "home"
        self.package = environment / Path(sysconfig.get_path("purelib")).relative_to(sys.prefix) / "gaplab"
        self.work.mkdir()
        self.home.mkdir()

    def run(self, *words: str, **variables: str) -> subprocess.CompletedProcess:
        offline = dict.fromkeys(("http_proxy", "https_proxy"), "http://127.0.0.1:9")
        return sh(*words, cwd=self.work, HOME=str(self.home), NUMBA_CACHE_DIR=NUMBA, **offline, **variables)

    def gaplab(self, *words: str) -> subprocess.CompletedProcess:
        done = self.run(str(self.bin / "gaplab"), *words)
        assert done.returncode == 0, f"gaplab {' '.join(words)}\n{done.stdout[-500:]}\n{done.stderr[-2000:]}"
        return done


@pytest.fixture(scope="module")
def installed(environment, tmp_path_factory) -> Iterator[Installed]:
    """Nothing is written into the package by any of the tests, nor elsewhere than the user expects."""
    own = Installed(environment, tmp_path_factory.mktemp("user"))
    before = {path: path.stat().st_mtime_ns for path in own.package.rglob("*") if path.suffix != ".pyc"}
    yield own
    after = {path: path.stat().st_mtime_ns for path in own.package.rglob("*") if path.suffix != ".pyc"}
    changed = {path for path in before.keys() | after.keys() if before.get(path) != after.get(path)}
    assert {path for path in changed if path.name != "__pycache__" and not path.is_dir()} == set()
    # matplotlib makes its folder of settings, whoever draws.
    assert {path.relative_to(own.home).as_posix() for path in own.home.glob("*/*")} <= {
        ".cache/gaplab", ".cache/matplotlib", ".config/matplotlib",
    }  # fmt: skip


def test_the_wheel_holds_tables_notebooks_record_and_a_posterior(archives):
    names = zipfile.ZipFile(next(archives.glob("*.whl"))).namelist()
    shipped = {name.removeprefix("gaplab/shipped/") for name in names if name.startswith("gaplab/shipped/")}
    for kind in ("data/*.csv", "data/build/*.csv", "notebooks/*.ipynb", "notebooks/params/*.yaml", "docs/record/*.csv"):
        assert {path.relative_to(REPOSITORY).as_posix() for path in REPOSITORY.glob(kind)} <= shipped
    assert sum(name.startswith("posterior/default-") for name in shipped) == 1
    assert any(name.endswith("licenses/data/LICENSE.md") for name in names)


def test_the_first_number_takes_seconds_and_says_which_data_it_is_of(installed):
    before = os.times()
    first = installed.gaplab("gap", "--chains", "2", "--draws", "100")
    after = os.times()  # of the processor: other tests may run beside this one
    spent = after.children_user + after.children_system - before.children_user - before.children_system
    assert spent <= SECONDS_TO_THE_FIRST_NUMBER
    assert "frontier_lag" in first.stdout
    assert "These draws came with gaplab" in first.stderr
    assert "tables complete to" in first.stderr


def test_every_kind_of_result_comes_from_an_empty_folder(installed):
    page = Path(installed.gaplab("brief", *FEW).stdout.splitlines()[-1])
    assert page.is_relative_to(installed.work)
    assert "Frontier" in page.read_text(encoding="utf-8")
    installed.gaplab("figures", *FEW)
    assert (installed.work / "figures" / "frontiers.svg").is_file()
    assert "compute" in installed.gaplab("scenarios", *FEW).stdout.lower()
    installed.gaplab("forecast", *FEW)
    installed.gaplab("claims", *FEW)
    installed.gaplab("bridge", "--from", "caisi_v4_2026", "--to", "nyt_2026_05_12", *FEW)
    installed.gaplab("validate", "sbc", "--quick")


def test_tables_and_notebooks_are_copied_and_the_copies_run(installed):
    assert str(installed.package) in installed.gaplab("data", "check").stdout
    installed.gaplab("data", "copy", "my-data")
    assert str(installed.work / "my-data") in installed.gaplab("data", "check", "--data", "my-data").stdout
    installed.gaplab("notebooks", "my-notebooks")
    settings = [word for name, value in (("as_of", "2026-06-30"), ("chains", "2"), ("draws", "100"))
                for word in ("-p", name, value)]  # fmt: skip
    papermill = (str(installed.bin / "python"), "-m", "papermill", "my-notebooks/gap_today.ipynb", "out.ipynb")
    done = installed.run(*papermill, *settings, IPYTHONDIR=str(installed.work / ".ipython"))
    assert done.returncode == 0, done.stderr[-2000:]


def test_the_tests_run_from_the_source_archive(unpacked):
    some = ("tests/test_errors.py", "tests/cli/test_cite.py", "tests/data/test_load.py", "tests/params")
    done = sh(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *some, cwd=unpacked)
    assert done.returncode == 0, done.stdout[-2000:]
    for folder in ("docs", "tests", "notebooks", "benchmarks", "figures", "setup"):
        files = sh("git", "ls-files", folder, cwd=REPOSITORY).stdout.split()
        assert [name for name in files if not (unpacked / name).exists() and (REPOSITORY / name).exists()] == []


def test_a_wheel_built_from_the_source_archive_is_the_same(archives, unpacked):
    build = "from setuptools.build_meta import build_wheel; print(build_wheel('dist'))"
    (unpacked / "dist").mkdir()
    assert sh(sys.executable, "-c", build, cwd=unpacked).returncode == 0
    one, other = (
        {entry.filename: entry.CRC for entry in zipfile.ZipFile(next(home.glob("*.whl"))).infolist()}
        for home in (archives, unpacked / "dist")
    )
    differ = {name for name in one.keys() | other.keys() if one.get(name) != other.get(name)}
    assert {name for name in differ if not name.endswith(("RECORD", "WHEEL"))} == set()
