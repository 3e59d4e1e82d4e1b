"""Notebooks that take no posterior and misbehave on demand, for tests of what runs notebooks."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import yaml

from gaplab.params.spec import Params

FINE = "from IPython.display import HTML\nHTML('<p>as of ' + str(as_of) + '</p>')"
RAISES = "raise ValueError('broken <b>on purpose</b>')"
KILLS_ITS_KERNEL = "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)"
NEVER_ENDS = "import time\nwhile True:\n    time.sleep(0.1)"
FILLS_THE_DISK = "from IPython.display import HTML\nHTML('x' * 8_000_000)"

HOSTILE = [
    "<script>document.title='executed'</script>",
    "\"><img src=x onerror=document.title='executed'>",
    "../../../escaped",
    "javascript:document.title='executed'",
    "=HYPERLINK(1)",
    "\u202egnp.exe",
    "深度求索 مرحبا " + "x" * 1500,
]
"""Names of runs that try to be more than text."""


def waits(started: Path, go: Path) -> str:
    """A cell that says that it has started and goes on when told to."""
    return (
        f"import pathlib, time\npathlib.Path({str(started)!r}).touch()\n"
        f"while not pathlib.Path({str(go)!r}).exists():\n    time.sleep(0.05)\n"
    )


def notebook(folder: Path, name: str, *cells: str) -> Path:
    """A notebook with the usual parameters cell and these cells."""
    folder.mkdir(parents=True, exist_ok=True)
    new = nbformat.v4
    given = "\n".join(f"{name} = {value!r}" for name, value in Params().as_strings().items())
    parts = [new.new_markdown_cell("# What?"), new.new_code_cell(given, metadata={"tags": ["parameters"]})]
    parts += [new.new_code_cell(cell) for cell in cells]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    nbformat.write(new.new_notebook(cells=parts, metadata=kernel), folder / f"{name}.ipynb")
    return folder


def notebooks(folder: Path) -> Path:
    """A folder with a notebook that works and one of every kind that does not."""
    for name, cell in {
        "fine": FINE,
        "raises": RAISES,
        "kills its kernel": KILLS_ITS_KERNEL,
        "never ends": NEVER_ENDS,
        "large": FILLS_THE_DISK,
    }.items():
        notebook(folder, name, cell)
    return folder


def runs_file(path: Path, *runs: dict, **sections) -> Path:
    """A YAML file of runs."""
    path.write_text(yaml.safe_dump(({"runs": list(runs)} if runs else {}) | sections, allow_unicode=True), "utf-8")
    return path


def started(*words: str | Path) -> subprocess.Popen:
    """The command `gaplab batch`, in the background."""
    command = [sys.executable, "-m", "gaplab", "batch", *map(str, words)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def wait_for(path: Path, seconds: float = 60) -> None:
    """Until a file is there."""
    end = time.monotonic() + seconds
    while not path.exists():
        assert time.monotonic() < end, f"{path} did not appear"
        time.sleep(0.05)


def told(out: Path) -> dict[str, dict]:
    """The rows of batch.json by id."""
    return {row["id"]: row for row in json.loads((out / "batch.json").read_text(encoding="utf-8"))["runs"]}


def contents(out: Path) -> dict[str, bytes]:
    """Every file of every finished run."""
    return {
        str(path.relative_to(out)): path.read_bytes()
        for folder in out.iterdir()
        if folder.is_dir() and folder.name != "logs"
        for path in folder.rglob("*")
    }
