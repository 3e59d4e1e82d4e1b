"""Charts by themselves: pages to embed that fetch nothing, slides in the shape of a screen, and the numbers drawn."""

from __future__ import annotations

import base64
import hashlib
import io
import re

import html5lib
import numpy as np
import pandas as pd
import pytest
from PIL import Image
from support.charts import drawn
from support.pages import Page
from support.places import REPOSITORY
from support.worlds import synthetic_posterior

from gaplab.params.spec import Params
from gaplab.report.text.titles import dateline_text
from gaplab.runs.chart_files import write_chart

FIGURES = REPOSITORY / "figures"
MOST_BYTES = 100_000
BRIEF, URL = "../one/brief.html", "https://example.org/gap/charts/"


@pytest.fixture(scope="module")
def charts():
    posterior = synthetic_posterior(draws=30, params=Params(as_of="2026-06-30"))
    return {name: chart.dated(dateline_text(posterior)) for name, chart in drawn(posterior).items()}


@pytest.fixture(scope="module")
def folder(charts, tmp_path_factory):
    """Every chart as files, with the address of their folder."""
    out = tmp_path_factory.mktemp("charts")
    for name, chart in charts.items():
        write_chart(name, chart._repr_mimebundle_(), chart.png(), out, brief=BRIEF, url=URL)
    return out


def pages(folder):
    found = {path.stem: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.html"))}
    assert len(found) >= 10
    return found


def described(page: str) -> dict[str, str]:
    return {each.get("property") or each.get("name"): each.get("content") for each in Page(page).all("meta")}


def test_a_page_is_valid_and_small_with_simulated_and_with_real_numbers(folder):
    made = pages(folder)
    del made["coverage"]  # the map of all tests and models is on no site
    for page in [*made.values(), *pages(FIGURES).values()]:
        html5lib.HTMLParser(strict=True).parse(page)
        assert len(page.encode()) <= MOST_BYTES


def test_a_page_admits_its_own_style_and_script_and_fetches_nothing(folder):
    for name, page in pages(folder).items():
        policy = Page(page).all("meta")[1]["content"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        for tag in ("style", "script"):
            (text,) = re.findall(f"<{tag}>(.*?)</{tag}>", page, flags=re.DOTALL)
            digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
            assert f"{tag}-src 'sha256-{digest}'" in policy
        assert " style=" not in page
        found = [(tag, each) for tag, each in Page(page).elements if {"src", "href", "srcset"} & set(each)]
        assert {tag for tag, _ in found} <= {"link", "a", "use"}
        links = {each["href"] for tag, each in found if tag == "a"}
        assert links == {f"{name}.csv", f"{name}.png", f"{BRIEF}#{name}"}
        assert {each["href"] for tag, each in found if tag == "link"} == {"data:,", f"{URL}{name}.html"}
        assert not re.search(r"url\((?!#)|@import", page)


def test_a_page_says_what_it_shows_of_what_day_and_to_whom_it_is_shared(folder, charts):
    for name, page in pages(folder).items():
        chart, told = charts[name], described(page)
        assert told["og:title"] == chart.title
        assert told["og:description"] == chart.subtitle
        assert told["og:image:alt"] == chart.alt
        assert told["og:image"] == f"{URL}{name}.png"
        assert told["twitter:card"] == "summary_large_image"
        words = " ".join(Page(page).words)
        assert chart.title in words
        assert chart.caption in words
        assert chart.dateline in words
        assert "data complete up to" in chart.dateline
        assert [each["aria-label"] for each in Page(page).all("svg")] == [chart.alt] * 2


def test_without_an_address_a_page_names_its_slide_as_a_neighbour_and_no_brief(charts, tmp_path):
    chart = charts["frontiers"]
    write_chart("frontiers", chart._repr_mimebundle_(), chart.png(), tmp_path)
    page = (tmp_path / "frontiers.html").read_text(encoding="utf-8")
    assert described(page)["og:image"] == "frontiers.png"
    assert "og:url" not in described(page)
    assert "canonical" not in page
    assert {each["href"] for each in Page(page).all("a")} == {"frontiers.csv", "frontiers.png"}


def test_without_a_slide_a_page_names_none_and_says_the_rest(folder, charts, tmp_path):
    chart = charts["frontiers"]
    write_chart("frontiers", chart._repr_mimebundle_(), None, tmp_path, brief=BRIEF, url=URL)
    assert {path.suffix for path in tmp_path.iterdir()} == {".svg", ".csv", ".html"}
    page = (tmp_path / "frontiers.html").read_text(encoding="utf-8")
    html5lib.HTMLParser(strict=True).parse(page)
    assert "frontiers.png" not in page
    assert {each["href"] for each in Page(page).all("a")} == {"frontiers.csv", f"{BRIEF}#frontiers"}
    assert {name for name in described(pages(folder)["frontiers"]) if name not in described(page)} == {
        "og:image", "og:image:type", "og:image:width", "og:image:height", "og:image:alt", "twitter:card"
    }  # fmt: skip


def test_a_slide_has_the_shape_of_a_screen_and_is_no_blank(folder):
    for path in [*folder.glob("*.png"), *FIGURES.glob("*.png")]:
        slide = Image.open(io.BytesIO(path.read_bytes())).convert("L")
        assert slide.size == (1920, 1080)
        middle = slide.crop((192, 216, 1728, 864))
        assert middle.getextrema()[0] < 128, "marks where the chart should be"


def test_nothing_of_a_slide_is_cut_and_its_small_print_has_day_and_source(charts):
    for chart in charts.values():
        slide = chart.draw_slide(chart.dateline)
        slide.draw_without_rendering()
        texts = [text for text in slide.findobj(lambda artist: hasattr(artist, "get_text")) if text.get_visible()]
        said = " ".join(text.get_text() for text in texts)
        assert chart.dateline in said
        assert "Epoch AI (CC BY 4.0)" in said
        for text in slide.texts:
            box = text.get_window_extent()
            assert (box.min >= -1).all()
            assert (box.max <= slide.bbox.max + 1).all()


def test_the_numbers_beside_a_chart_are_those_drawn(folder, charts):
    for name, chart in charts.items():
        assert (folder / f"{name}.csv").read_text(encoding="utf-8") == chart.csv()
    beside = pd.read_csv(folder / "gap_over_time.csv").select_dtypes("number")
    drawn_numbers = charts["gap_over_time"].data.select_dtypes("float")
    assert list(beside) == list(drawn_numbers)
    assert np.nanmax(abs(beside.to_numpy() - drawn_numbers.to_numpy())) < 1e-3


def test_the_same_chart_gives_the_same_files(folder, charts, tmp_path):
    for name in ("frontiers", "definitions"):
        write_chart(name, charts[name]._repr_mimebundle_(), charts[name].png(), tmp_path, brief=BRIEF, url=URL)
    for path in tmp_path.iterdir():
        assert path.read_bytes() == (folder / path.name).read_bytes()
