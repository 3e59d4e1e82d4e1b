"""Variants: a table of sections, each of which the notebook names once; what a variant lacks shows nothing."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import get_args

import html5lib
import nbformat
import pytest
from support.briefs import CYBER, QUICK, VARIANTS, finished, keep_simulated

from gaplab.errors import GaplabError
from gaplab.params.fields import Variant
from gaplab.report.sections.run_results import RunResults
from gaplab.report.sections.variants import SECTIONS, show_sections
from gaplab.report.sections.variants import VARIANTS as VARIANTS_of_variants
from gaplab.report.text.titles import brief_question
from gaplab.runs.brief import make_brief


def test_every_variant_has_its_sections():
    assert set(VARIANTS_of_variants) == set(get_args(Variant))
    used = {name for names in VARIANTS_of_variants.values() for name in names}
    assert used == set(SECTIONS)


def test_the_notebook_names_every_section_once_and_in_order(repository):
    notebook = nbformat.read(repository / "notebooks" / "brief.ipynb", as_version=4)
    named = [
        name
        for cell in notebook.cells
        if cell.cell_type == "code" and "show_sections(" in cell.source
        for name in re.findall(r'"(\w+)"', cell.source)
    ]
    assert sorted(named) == sorted(SECTIONS)
    for names in VARIANTS_of_variants.values():
        assert [name for name in named if name in names] == list(names)


def test_a_section_of_another_variant_shows_nothing():
    keep_simulated(QUICK)
    story = RunResults(QUICK)
    assert show_sections(story, "dossier", "changes", "in_short") == []
    assert len(show_sections(story, "opening", "dossier")) == 1


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"variant": "changes", "since": QUICK.as_of}, "is not before"),
        ({"variant": "dossier", "subject": "DeepSeek-V4-Por"}, 'did you mean "DeepSeek-V4-Pro"'),
        ({"variant": "dossier", "subject": "GPT-5"}, "is no model of China"),
    ],
)
def test_a_variant_without_its_subject_stops_before_anything_is_written(change, expected, tmp_path):
    with pytest.raises(GaplabError, match=re.escape(expected)):
        make_brief(replace(QUICK, **change), tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.machine
@pytest.mark.parametrize("variant", [name for name in VARIANTS if name != "full"])
def test_it_makes_a_page_of_its_own(variant):
    done = finished(VARIANTS[variant])
    page = done.html.read_text(encoding="utf-8")
    assert f"_{variant.replace('_', '-')}_" in done.folder.name
    assert done.html.stat().st_size < 2**20
    html5lib.HTMLParser(strict=True).parse(page)
    (title,) = re.findall(r"<h1>(.*?)</h1>", page)
    assert title == {
        "one_page": brief_question(QUICK),
        "dossier": "How far behind the US is DeepSeek-V4-Pro?",
        "changes": "What has changed since 31 March 2026?",
    }[variant]  # fmt: skip
    assert page.count('<figure class="chart"') == {"one_page": 1, "dossier": 2, "changes": 1}[variant]


@pytest.mark.machine
def test_a_page_about_one_domain_is_about_nothing_else():
    page = finished(CYBER).html.read_text(encoding="utf-8")
    assert "<h1>How many months is China behind the US in AI for cyber security?</h1>" in page
    assert "NIST CAISI put the gap" not in page
    assert 'id="bridge"' not in page, "a bridge between two claims that are not about cyber"


@pytest.mark.machine
def test_a_dossier_is_about_its_model_alone():
    page = finished(VARIANTS["dossier"]).html.read_text(encoding="utf-8")
    assert "24 April 2026" in page, "the day it came out"
    assert 'id="model_scores"' in page
    assert 'id="gap_forecast"' not in page
    lines = finished(VARIANTS["dossier"]).headlines
    assert lines
    assert all(line.startswith("DeepSeek-V4-Pro, ") for line in lines)


@pytest.mark.machine
def test_the_lines_of_a_comparison_are_its_changes():
    done = finished(VARIANTS["changes"])
    page = done.html.read_text(encoding="utf-8")
    assert done.headlines
    for line in done.headlines:
        change, then, now = re.fullmatch(
            r"Since 31 March 2026, .*: (\S+) months \(from (\S+) to (\S+)\)", line
        ).groups()
        assert f"<strong>{change}</strong>" in page
        assert f"from {then} to {now}" in page
