"""A small data set, and a way to bring a publisher's file into it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from support.imports import BENCHMARKS, BUILD, SCORES, SOURCES
from support.tables import TINY

from gaplab.data import write
from gaplab.data.load import check_tables
from gaplab.importers.import_file import prepare, write_change
from gaplab.places import PROJECT_DATA


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A small data set with rows of earlier vintages of each publisher."""
    root = tmp_path / "data"
    (root / "build").mkdir(parents=True)
    for name, lines in (TINY | {"sources": SOURCES, "benchmarks": BENCHMARKS, "scores": SCORES}).items():
        (root / f"{name}.csv").write_text("\n".join(lines) + "\n", "utf-8")
    for name, lines in BUILD.items():
        (root / "build" / f"{name}.csv").write_text("\n".join(lines) + "\n", "utf-8")
    assert check_tables(root) == []
    return root


@pytest.fixture
def bring(folder, tmp_path):
    """Import a file: `bring("epoch", content, day)` gives the change, written unless told otherwise."""

    def bring(publisher, content, vintage=None, *, name="file.csv", write=True):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        found = prepare(publisher, str(path), folder, vintage=vintage)
        if write:
            write_change(found)
            assert check_tables(folder) == []
        return found

    return bring


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The project's own tables, to be changed."""
    root = tmp_path / "data"
    shutil.copytree(PROJECT_DATA, root, ignore=shutil.ignore_patterns(write.PREVIOUS, "*.py", "__pycache__"))
    return root
