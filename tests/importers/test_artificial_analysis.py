"""Artificial Analysis's tables, whose licence keeps them out of the project's data."""

from __future__ import annotations

import pytest
from support.imports import table

from gaplab.errors import GaplabError
from gaplab.importers.import_file import prepare
from gaplab.places import PROJECT_DATA


def test_artificial_analysis_says_its_licence_and_stays_out_of_the_projects_data(folder, bring, tmp_path):
    content = "name,slug,company,artificial_analysis_index,release_date\nAlpha 1 (low),a,Acme,40,2025-01-10\n" + (
        "Alpha 1 (high),b,Acme,50.5,2025-01-10\nZeta,z,Zed,,2026-01-01\n"
    )
    found = bring("aa", content, "2026-03-01")
    rows = table(folder, "index_vintages").query("index == 'artificial_analysis_index'")
    assert rows[["model", "value"]].to_numpy().tolist() == [["Alpha 1", "50.5"]]
    assert any("redistribute" in note for note in found.feeds[0].notes)
    with pytest.raises(GaplabError, match="passed on"):
        prepare("aa", str(tmp_path / "file.csv"), PROJECT_DATA, vintage="2026-03-01")
