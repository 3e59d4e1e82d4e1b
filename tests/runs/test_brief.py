"""The folder of a brief: complete, valid, the same bytes every time."""

from __future__ import annotations

import hashlib
import json
import re
import sys
from collections import Counter
from dataclasses import replace

import nbformat
import pytest
from support.briefs import QUICK, finished, keep_simulated
from support.pages import Page

from gaplab.errors import GaplabError
from gaplab.places import NOTEBOOKS
from gaplab.runs.brief import make_brief
from gaplab.runs.brief_files import write_brief, write_figures

FILES = {
    "brief.html", "brief.ipynb", "forecast.csv", "gap.csv", "summary.json", "latest.json", "series.json",
    "manifest.json",
}  # fmt: skip


@pytest.fixture(scope="module")
def done():
    return finished()


@pytest.fixture(scope="module")
def page(done):
    return Page(done.html.read_text(encoding="utf-8"))


@pytest.mark.machine
def test_the_folder_is_complete_and_the_manifest_vouches_for_it(done):
    assert {path.name for path in done.folder.iterdir()} == FILES
    assert [path.name for path in done.folder.parent.iterdir()] == [done.folder.name], "nothing left beside it"
    manifest = json.loads((done.folder / "manifest.json").read_text())
    for name, digest in manifest["sha256"].items():
        assert hashlib.sha256((done.folder / name).read_bytes()).hexdigest() == digest
    assert set(manifest["sha256"]) == FILES - {"manifest.json"}
    assert {"parameters", "data_hash", "fit_hash", "commit", "versions", "health"} <= set(manifest)


@pytest.mark.machine
def test_the_folder_s_name_says_what_it_is(done):
    assert re.fullmatch(rf"{QUICK.as_of}_public_ability_[0-9a-f]{{8}}", done.folder.name)


@pytest.mark.machine
def test_three_headlines_agree_with_table_and_page(done, page):
    assert len(done.headlines) == 3
    summary = json.loads((done.folder / "summary.json").read_text())
    assert summary["headlines"] == done.headlines
    first = {"definition": summary["headline"], "subject": "China"}
    today = next(row for row in summary["results"] if first.items() <= row.items())
    assert f"{today['median']:.1f} months behind the US" in done.headlines[0]
    text = "".join(page.words)
    assert f"{today['median']:.1f}" in text
    for bound in today["intervals"]["80"]:
        assert f"{bound:.1f}" in text


@pytest.mark.machine
def test_the_page_is_one_valid_file(done, page):
    assert done.html.stat().st_size <= 2 * 2**20
    assert not page.problems
    ids = Counter(attributes["id"] for _, attributes in page.elements if "id" in attributes)
    assert [name for name, count in ids.items() if count > 1] == []
    assert len(page.all("h1")) == len(page.all("main")) == len(page.all("header")) == len(page.all("footer")) == 1
    assert page.all("html") == [{"lang": "en"}]
    assert page.all("script") == [{}], "one, which the policy of the page admits by its hash"
    assert page.all("img") == []
    charts = [picture for picture in page.all("svg") if picture.get("role") == "img"]
    assert all(len(picture["aria-label"]) > 100 for picture in charts)
    assert len(charts) == 2 * len(page.all("figure")), "one for a wide window, one for a phone"


@pytest.mark.machine
def test_the_page_fetches_nothing(page):
    for tag, attributes in page.elements:
        for name in ("src", "srcset", "href", "data", "action"):
            if tag != "a" and name in attributes:
                assert attributes[name].startswith(("data:", "#")), (tag, name)


@pytest.mark.machine
def test_the_page_shows_no_code(page):
    text = "".join(page.words)
    assert "import" not in re.findall(r"\w+", text)
    assert "Params" not in text


@pytest.mark.machine
def test_the_page_carries_its_credits_and_its_record(done, page):
    text = "".join(page.words)
    manifest = json.loads((done.folder / "manifest.json").read_text())
    for needed in ("Epoch AI", "CC BY 4.0", "NIST CAISI", manifest["data_hash"], manifest["fit_hash"], "PASS"):
        assert needed in text


@pytest.mark.machine
def test_the_same_inputs_give_the_same_bytes(done, tmp_path):
    again = make_brief(QUICK, tmp_path)
    assert again.folder.name == done.folder.name
    for name in FILES:
        assert (again.folder / name).read_bytes() == (done.folder / name).read_bytes(), name
    made = again.html.stat().st_mtime_ns
    assert make_brief(QUICK, tmp_path) == again
    assert again.html.stat().st_mtime_ns == made, "a whole brief is not made again"
    again.html.write_text("half of a page")
    once_more = make_brief(QUICK, tmp_path)
    assert once_more.html.read_bytes() == done.html.read_bytes()
    assert [path.name for path in tmp_path.iterdir()] == [again.folder.name]


@pytest.mark.machine
def test_two_processes_make_the_same_files_as_one(tmp_path, monkeypatch):
    keep_simulated(QUICK)
    monkeypatch.setattr("gaplab.report.page.beside.possible", lambda: sys.platform == "linux")
    for name, alone in (("one", False), ("two", True)):
        (tmp_path / name).mkdir()
        write_brief(QUICK, tmp_path / name, alone=alone)
    for name in FILES:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes(), name


@pytest.mark.machine
def test_a_notebook_that_breaks_leaves_a_log_and_nothing_else(tmp_path, monkeypatch):
    keep_simulated(QUICK)
    notebooks = tmp_path / "notebooks"
    notebooks.mkdir()
    notebook = nbformat.read(NOTEBOOKS / "brief.ipynb", as_version=4)
    notebook.cells[-1].source = "raise RuntimeError('broken on purpose')"
    nbformat.write(notebook, notebooks / "brief.ipynb")
    for module in ("brief", "brief_files"):
        monkeypatch.setattr(f"gaplab.runs.{module}.NOTEBOOKS", notebooks)
    with pytest.raises(RuntimeError, match="broken on purpose"):
        make_brief(QUICK, tmp_path / "out")
    (log,) = (tmp_path / "out").iterdir()
    assert log.suffix == ".log"
    assert "broken on purpose" in log.read_text()


def test_bad_input_stops_before_anything_is_written(tmp_path):
    with pytest.raises(GaplabError):
        make_brief(replace(QUICK, data=str(tmp_path / "nowhere")), tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.machine
def test_figures_come_from_the_notebook_and_say_so(tmp_path):
    keep_simulated(QUICK)
    write_figures(QUICK, tmp_path)
    manifest = json.loads((tmp_path / "manifest.json").read_text())
    assert set(manifest["figures"]) == {
        "frontiers",
        "definitions",
        "gap_over_time",
        "gap_forecast",
        "catch_up_dates",
        "domain_lags",
        "scenario_effects",
        "bridge",
        "lag_by_test",
        "readings",
    }
    for name in manifest["figures"]:
        assert (tmp_path / f"{name}.png").read_bytes().startswith(b"\x89PNG")
        assert "<svg" in (tmp_path / f"{name}.svg").read_text()
