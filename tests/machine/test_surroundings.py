"""What lies about where a brief is made does not reach it, and it says nothing of where it was made."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from support.briefs import QUICK, keep_simulated

from gaplab.places import PROJECT, PROJECT_DATA

pytestmark = pytest.mark.machine
WORDS = ["brief", "--draws", str(QUICK.draws), "--variant", "one_page", "--out", "made"]


def made_in(place: Path, *more: str, **variables: str) -> Path:
    """The run's folder, made by a process that starts in `place`."""
    result = subprocess.run(
        [sys.executable, "-m", "gaplab", *WORDS, *more],
        cwd=place,
        env=os.environ | {"PYTHONPATH": str(PROJECT), "GAPLAB_CACHE": os.environ["GAPLAB_CACHE"]} | variables,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr[-2000:]
    assert "Traceback" not in result.stderr
    return Path(result.stdout.splitlines()[-1]).parent


def test_files_settings_and_folders_of_the_user_stay_out(tmp_path):
    keep_simulated(QUICK)
    plain, odd = tmp_path / "plain", tmp_path / "odd"
    startup = odd / "ipython" / "profile_default" / "startup"
    startup.mkdir(parents=True)
    plain.mkdir()
    for library in (
        "xarray", "pandas", "numpy", "click", "matplotlib", "IPython", "glob", "random", "tempfile", "logging",
    ):  # fmt: skip
        (odd / f"{library}.py").write_text("raise SystemExit('another module')")
    (odd / "start.py").write_text("raise RuntimeError('start-up file')")
    (startup / "00.py").write_text("import sys; sys.modules['numpy'] = None")
    tables = odd / "folder-of-a-secret-project"
    shutil.copytree(PROJECT_DATA, tables)
    surroundings = {"PYTHONSTARTUP": str(odd / "start.py"), "IPYTHONDIR": str(odd / "ipython")}
    with_mine = made_in(odd, "--data", str(tables), **surroundings)
    without = made_in(plain)
    assert (with_mine / "brief.html").read_bytes() == (without / "brief.html").read_bytes()
    for file in with_mine.iterdir():
        assert str(odd) not in file.read_text(encoding="utf-8"), file.name


def test_packages_beside_the_interpreter_are_enough(tmp_path):
    """`pip install --target`: the template of the page is not under the interpreter's prefix."""
    keep_simulated(QUICK)
    site = tmp_path / "start" / "sitecustomize.py"
    site.parent.mkdir()
    site.write_text("import sys\nsys.prefix = sys.exec_prefix = '/nowhere'\n")
    page = made_in(tmp_path, PYTHONPATH=f"{PROJECT}{os.pathsep}{site.parent}") / "brief.html"
    assert "<main" in page.read_text(encoding="utf-8")


def test_tables_of_the_current_folder_leave_the_notebook_as_it_is(tmp_path):
    """`--data .`: the path is a sign that stands everywhere in code."""
    keep_simulated(QUICK)
    tables = tmp_path / "tables"
    shutil.copytree(PROJECT_DATA, tables)
    cells = nbformat.read(made_in(tables, "--data", ".") / "brief.ipynb", as_version=4).cells
    (injected,) = [cell.source for cell in cells if "injected-parameters" in cell.metadata.get("tags", ())]
    assert 'data = "tables"' in injected.splitlines()
    assert any("from gaplab.params.spec import Params" in cell.source for cell in cells)
