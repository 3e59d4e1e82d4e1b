"""A small data set, a site and publishers' files to be refreshed from, with pages that take no time."""

from __future__ import annotations

import pytest
from support.refreshes import SILENT, files_of, quick_pages, small_data

from gaplab.runs.refresh.refresh import refresh


@pytest.fixture
def data(tmp_path, monkeypatch):
    monkeypatch.setenv("GAPLAB_CACHE", str(tmp_path / "cache"))
    return small_data(tmp_path / "data")


@pytest.fixture
def site(tmp_path):
    return tmp_path / "site"


@pytest.fixture
def files(tmp_path):
    """The matrices and indices of two days."""
    return files_of(tmp_path / "files", {"2026-03-01": 1, "2026-04-01": 3})


@pytest.fixture
def run(data, site, monkeypatch):
    """Refresh the data set and its site: `run(source=FOLDER)` gives the outcome."""
    quick_pages(monkeypatch.setattr)

    def run(out=site, **options):
        return refresh(data, out, **({"tell": SILENT} | options))

    return run
