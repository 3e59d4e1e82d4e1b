"""A fresh clone becomes a working environment, from one list of dependencies."""

from __future__ import annotations

import ast
import os
import re
import shutil
import stat
import subprocess
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from support.places import REPOSITORY

PROJECT = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
OWNERS = packages_distributions()


def requirements() -> list[Requirement]:
    extras = [line for lines in PROJECT["optional-dependencies"].values() for line in lines]
    return [Requirement(line) for line in [*PROJECT["dependencies"], *extras]]


# Needed at run time by what is imported, and chosen here rather than left to it.
NOT_IMPORTED = {
    "openpyxl": "what pandas writes workbooks with",
    "pyarrow": "what pandas writes Parquet with",
    "arviz": "what an analyst goes on with in the notebooks",
    "h5netcdf": "the format of exported draws",
    "h5py": "what h5netcdf reads with",
    "jupyterlab": "make lab",
    "nutpie": "what the laboratory samples with",
    "pytest-xdist": "make test, two files at a time",
    "ruff": "make lint",
}


def imported_packages(*folders: str) -> set[str]:
    """Distributions that the files of some folders import."""
    found = set()
    for path in (path for folder in folders for path in (REPOSITORY / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            modules = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            modules += [node.module] if isinstance(node, ast.ImportFrom) and node.module else []
            for module in modules:
                found.update(OWNERS.get(module.split(".")[0], ()))
    return {canonicalize_name(name) for name in found} - {"gaplab"}


def test_what_is_imported_is_declared_and_what_is_declared_is_used():
    runtime = {canonicalize_name(Requirement(line).name) for line in PROJECT["dependencies"]}
    every = {canonicalize_name(wanted.name) for wanted in requirements()}
    cluster = {canonicalize_name(Requirement(line).name) for line in PROJECT["optional-dependencies"]["cluster"]}
    package = imported_packages("gaplab")
    others = imported_packages("tests", "benchmarks", "setup")
    assert package <= runtime | cluster
    assert package | others | imported_packages("data") <= every
    assert every - package - others == set(NOT_IMPORTED), "declared in pyproject.toml, imported nowhere, or the reverse"


def test_no_lock_file_is_committed():
    if not (REPOSITORY / ".git").exists():
        pytest.skip("not a clone")
    tracked = subprocess.run(["git", "ls-files"], cwd=REPOSITORY, capture_output=True, text=True, check=True).stdout
    assert not re.search(r"^(.*/)?(uv|pylock.*)\.(lock|toml)$", tracked, flags=re.MULTILINE)


# The environment script, with stand-ins for Python and uv that only write down what they were asked.

PYTHON = """#!/bin/sh
case "$*" in
*version_info*) {works} ;;
*sys.executable*) echo "$0" ;;
--version) echo "Python 3.x" ;;
"-m venv"*) echo "venv by $(basename "$0")" >>calls; mkdir -p .venv/bin; cp "$0" .venv/bin/python ;;
"-m pip"*) echo "pip $*" >>calls ;;
esac
"""
UV = """#!/bin/sh
echo "uv $*" >>calls
case "$1" in
venv) mkdir -p .venv/bin; cp {python} .venv/bin/python ;;
pip) {install} ;;
esac
"""


class Machine:
    """A folder with the project's set-up files and a PATH that holds only what a test puts there."""

    def __init__(self, folder: Path):
        self.project, self.bin, self.home = folder / "project", folder / "bin", folder / "home"
        for path in (self.project / "setup", self.bin, self.home):
            path.mkdir(parents=True)
        for name in ("pyproject.toml", "constraints.txt", "setup/environment.sh"):
            shutil.copy(REPOSITORY / name, self.project / name)
        for tool in ("sh", "cat", "cksum", "dirname", "basename", "mkdir", "cp"):
            (self.bin / tool).symlink_to(shutil.which(tool))

    def add(self, path: Path, text: str) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        return path

    def add_python(self, name: str, *, works: bool = True, folder: Path | None = None) -> Path:
        return self.add((folder or self.bin) / name, PYTHON.format(works="exit 0" if works else "exit 1"))

    def add_uv(self, *, installs: bool = True) -> None:
        python = self.add_python("python", folder=self.home / "fetched")
        self.add(self.bin / "uv", UV.format(python=python, install="exit 0" if installs else "exit 1"))

    def run(self, *extras: str) -> subprocess.CompletedProcess:
        environment = {"PATH": str(self.bin), "HOME": str(self.home)}
        command = [self.project / "setup" / "environment.sh", *extras]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    @property
    def calls(self) -> list[str]:
        log = self.project / "calls"
        return log.read_text().splitlines() if log.exists() else []


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


@pytest.mark.machine
def test_the_newest_python_that_tests_run_with_makes_the_environment(machine):
    machine.add_python("python3.12")
    machine.add_python("python3.14")
    machine.add_python("python3.13")
    assert machine.run().returncode == 0
    assert machine.calls[0] == "venv by python3.13"
    assert machine.calls[1].endswith("-c constraints.txt -e .")


@pytest.mark.machine
def test_a_newer_python_is_better_than_none(machine):
    machine.add_python("python3.14")
    assert machine.run().returncode == 0
    assert machine.calls[0] == "venv by python3.14"


@pytest.mark.machine
def test_extras_come_when_they_are_asked_for_and_stay(machine):
    machine.add_python("python3.13")
    machine.run()
    machine.run("test", "lab")
    assert machine.calls[-1].endswith("-e .[test,lab]")
    before = machine.calls
    machine.run()
    machine.run("lab")
    assert machine.calls == before
    machine.run("cluster")
    assert machine.calls[-1].endswith("-e .[test,lab,cluster]")
    assert machine.calls.count("venv by python3.13") == 1


@pytest.mark.machine
def test_commands_that_exist_but_do_not_run_are_passed_over(machine):
    machine.add_python("python3.13", works=False)
    machine.add_python("python3.12", works=False)
    machine.add_python("python3")
    assert machine.run().returncode == 0
    assert machine.calls[0] == "venv by python3"


@pytest.mark.machine
def test_versions_installed_by_pyenv_are_found(machine):
    machine.add_python("python3", works=False)
    machine.add_python("python", folder=machine.home / ".pyenv" / "versions" / "3.12.1" / "bin")
    assert machine.run().returncode == 0
    assert machine.calls[0] == "venv by python"


@pytest.mark.machine
def test_uv_fetches_a_python_when_there_is_none(machine):
    machine.add_python("python3", works=False)
    machine.add_uv()
    assert machine.run().returncode == 0
    assert machine.calls[0].startswith("uv venv")
    assert machine.calls[1].startswith("uv pip install")
    assert "--compile-bytecode" in machine.calls[1]


@pytest.mark.machine
def test_pip_steps_in_when_uv_cannot_install(machine):
    machine.add_python("python3.13")
    machine.add_uv(installs=False)
    assert machine.run().returncode == 0
    assert machine.calls[-1].startswith("pip")


@pytest.mark.machine
def test_without_any_python_one_sentence_says_what_to_do(machine):
    machine.add_python("python3", works=False)
    run = machine.run()
    assert run.returncode == 2
    assert re.fullmatch(r"gaplab needs Python 3\.12, 3\.13 or 3\.14 .*\n", run.stderr)
    assert not (machine.project / ".venv").exists()


@pytest.mark.machine
def test_a_current_environment_is_left_alone_and_a_stale_one_is_renewed(machine):
    machine.add_python("python3.13")
    machine.run()
    before = machine.calls
    assert machine.run().stdout == ""
    assert machine.calls == before

    with (machine.project / "constraints.txt").open("a") as pins:
        pins.write("one-more==1.0\n")
    machine.run()
    assert [call.split()[0] for call in machine.calls[len(before) :]] == ["pip"], "renewed in place, not made anew"


@pytest.mark.machine
def test_an_environment_that_was_moved_is_made_anew(machine):
    machine.add_python("python3.13")
    machine.run()
    machine.project = machine.project.rename(machine.project.with_name("elsewhere"))
    machine.run()
    assert machine.calls.count("venv by python3.13") == 2


@pytest.mark.parametrize("script", [".ci/run", "setup/environment.sh"])
def test_scripts_can_be_run(script):
    assert os.access(REPOSITORY / script, os.X_OK)


def test_the_conda_recipe_has_the_same_dependencies_and_versions():
    import yaml

    import gaplab

    recipe = yaml.safe_load((REPOSITORY / "setup" / "conda" / "recipe.yaml").read_text(encoding="utf-8"))
    assert recipe["context"]["version"] == gaplab.__version__
    run = [line.split(" ", 1) for line in recipe["requirements"]["run"]]
    ours = {wanted.name: wanted.specifier for line in PROJECT["dependencies"] for wanted in [Requirement(line)]}
    ours["matplotlib-base"] = ours.pop("matplotlib")
    ours["python"] = Requirement(f"python{PROJECT['requires-python']}").specifier
    assert {name: Requirement(name + limits.replace(" ", "")).specifier for name, limits in run} == ours


def test_binder_installs_an_extra_that_exists():
    wanted = (REPOSITORY / ".binder" / "requirements.txt").read_text(encoding="utf-8")
    (extra,) = re.findall(r"-e \.\[(\w+)\]", wanted)
    assert extra in PROJECT["optional-dependencies"]
