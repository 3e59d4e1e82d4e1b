"""The brief in a real browser: quiet, self-contained, readable on a phone, printable."""

from __future__ import annotations

import itertools
import re
import shutil
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace

import axe_playwright_python
import html5lib
import pytest
from playwright.sync_api import sync_playwright
from support.briefs import CYBER, VARIANTS, finished
from support.chromium import FLAGS
from support.live_world import simulated_period

from gaplab.report.sections import live_record

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")

pytestmark = [
    pytest.mark.machine,
    pytest.mark.skipif(not shutil.which("chromium"), reason="chromium is not installed (Debian package chromium)"),
]

SCENARIO = replace(VARIANTS["one_page"], follower_rate=0.5, leader_rate=0.8, follower_diffusion=0.0)
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1440, "height": 900}


@pytest.fixture(scope="module")
def browser():
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def address():
    return finished().html.as_uri()


@pytest.fixture
def opened(browser, address):
    """A function that opens the brief; what it fetched and what it complained about are on the page."""
    contexts = []

    def open_page(viewport, **options):
        context = browser.new_context(viewport=viewport, accept_downloads=True, **options)
        contexts.append(context)
        page = context.new_page()
        page.fetched, page.complaints = [], []
        page.on("request", lambda request: page.fetched.append(request.url))
        page.on("console", lambda message: page.complaints.append(message.text))
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        page.goto(address)
        return page

    yield open_page
    for context in contexts:
        context.close()


@pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["phone", "desk"])
def test_it_fetches_nothing_and_complains_about_nothing(opened, viewport, address):
    page = opened(viewport)
    assert [url for url in page.fetched if not url.startswith("data:")] == [address]
    assert page.complaints == []


@pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["phone", "desk"])
def test_every_image_is_painted_and_has_words(opened, viewport):
    ask = "all => all.map(e => [e.getBoundingClientRect().width, e.getAttribute('aria-label').length])"
    images = opened(viewport).eval_on_selector_all("svg[role=img]", ask)
    shown = [(width, letters) for width, letters in images if width]
    assert len(shown) * 2 == len(images) >= 16
    assert all(width > 100 and letters > 100 for width, letters in shown)


def test_a_phone_gets_its_own_pictures(opened):
    ask = "all => all.filter(e => e.getBoundingClientRect().width).map(e => e.viewBox.baseVal.width)"
    small, large = (opened(viewport).eval_on_selector_all("svg[role=img]", ask) for viewport in (PHONE, DESK))
    assert all(one < other for one, other in zip(small, large, strict=True))


def test_keys_reach_every_value_and_levers_follow(opened):
    page = opened(DESK)
    page.locator("#frontiers input").focus()
    page.keyboard.press("Home")
    first = page.evaluate("document.querySelector('#frontiers output').value")
    page.keyboard.press("ArrowRight")
    assert first != page.evaluate("document.querySelector('#frontiers output').value") != ""
    dashed, moved = page.eval_on_selector_all(".levers polyline", "all => all.map(e => [...e.points].map(p => p.y))")
    assert dashed == pytest.approx(moved, abs=0.3), "without a lever both lines are one"
    before = page.evaluate("document.querySelector('.levers > output').value")
    page.locator(".levers input").first.fill("0.5")
    assert page.evaluate("document.querySelector('.levers > output').value") != before
    page.locator(".levers button").click()
    assert page.evaluate("document.querySelector('.levers > output').value") == before
    timed = "s => { const t = performance.now(); s.oninput(); return performance.now() - t; }"
    assert sorted(page.eval_on_selector(".levers input", timed) for _ in range(5))[2] < 50


def test_another_script_is_refused_and_the_page_stays(opened, address, tmp_path):
    page = opened(DESK)
    other = tmp_path / "other.html"
    other.write_text(finished().html.read_text(encoding="utf-8").replace('"use strict"', '"use  strict"'), "utf-8")
    page.goto(other.as_uri())
    assert page.locator(".levers").is_hidden()
    assert page.locator("#frontiers svg.wide").is_visible()


def test_long_tables_fold_on_a_phone_and_stand_open_elsewhere(opened, address):
    ask = "all => all.map(e => [e.open, e.querySelector('summary').checkVisibility()])"
    assert {tuple(pair) for pair in opened(DESK).eval_on_selector_all(".fold", ask)} == {(True, False)}
    page = opened(PHONE)
    assert {tuple(pair) for pair in page.eval_on_selector_all(".fold", ask)} == {(False, True)}
    page.emulate_media(media="print")
    assert page.locator("#record-table td").first.is_visible()
    page.emulate_media(media="screen")
    page.locator(".fold summary").first.focus()
    page.keyboard.press("Enter")
    assert page.eval_on_selector(".fold", "e => e.open")
    page.goto(f"{address}#note-3")
    assert page.locator("#note-3").is_visible(), "a link into a folded part opens it"


@pytest.mark.parametrize("width", [320, 390, 768, 1440])
def test_the_page_never_scrolls_sideways(opened, width):
    page = opened({"width": width, "height": 900})
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_text_is_large_enough_on_a_phone(opened):
    ask = "all => all.map(e => parseFloat(getComputedStyle(e).fontSize))"
    assert min(opened(PHONE).eval_on_selector_all("p, li, td, th, figcaption, caption", ask)) >= 14


def test_the_page_is_valid_html():
    html5lib.HTMLParser(strict=True).parse(finished().html.read_text(encoding="utf-8"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["phone", "desk"])
@pytest.mark.parametrize("variant", ["full", "one_page", "dossier", "changes", "cyber"])
def test_axe_finds_no_violation(opened, variant, viewport, scheme):
    """WCAG 2.2 A and AA, and what axe calls best practice."""
    page = opened(viewport, color_scheme=scheme)
    if variant != "full":
        page.goto(finished(VARIANTS.get(variant, CYBER)).html.as_uri())
    page.evaluate(AXE)
    rules = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
    found = page.evaluate("rules => axe.run(document, {runOnly: rules})", rules)
    assert len(found["passes"]) > 20
    assert [(one["id"], one["nodes"][0]["html"][:120]) for one in found["violations"]] == []


def test_notes_contents_and_downloads_lead_somewhere(opened):
    page = opened(DESK)
    assert (
        page.eval_on_selector_all("a[href^='#']", "all => all.filter(a => !document.querySelector(a.hash)).length") == 0
    )
    assert page.locator("nav.contents a").count() >= 8
    assert page.locator("figure a.download").count() == page.locator("figure").count()
    with page.expect_download() as waiting:
        page.locator("#frontiers a.download").click()
    assert waiting.value.suggested_filename == "frontiers.csv"
    text = Path(waiting.value.path()).read_text(encoding="utf-8")
    assert text.startswith("series,date,outer_low,low,median,high,outer_high")
    assert len(text.splitlines()) > 40
    with page.expect_download() as waiting:
        page.locator("main p > a.download").click()
    rows = Path(waiting.value.path()).read_text(encoding="utf-8").splitlines()
    assert rows[0].startswith("model,country,developer,date")
    assert len(rows) > page.locator("#models-table tbody tr").count() >= 12


def test_a_table_sorts_by_date(opened):
    page = opened(DESK)
    page.locator("#models-table").get_by_role("button", name="Came out", exact=True).click()
    told = page.eval_on_selector_all("#models-table tbody tr", "rows => rows.map(row => row.cells[2].textContent)")
    days = [datetime.strptime(text.replace("\u00a0", " "), "%d %B %Y") for text in told]
    assert days == sorted(days)
    assert [day.day for day in days] != sorted(day.day for day in days), "days alone are no order"


def test_charts_turn_dark_on_the_screen_and_not_on_paper(opened):
    page = opened(DESK, color_scheme="dark")
    ask = "getComputedStyle(document.querySelector('.chart svg')).backgroundColor"
    assert page.evaluate(ask) == "rgb(29, 34, 41)"
    page.emulate_media(media="print", color_scheme="dark")
    assert page.evaluate(ask) == "rgb(255, 255, 255)"


@pytest.mark.parametrize("variant", ["one_page", "changes", "scenario"])
def test_one_page_is_one_page(opened, variant):
    page = opened(DESK)
    page.goto(finished(VARIANTS.get(variant, SCENARIO)).html.as_uri())
    for paper in ("A4", "Letter"):
        assert page.pdf(format=paper).count(b"/Type /Page\n") == 1


def test_what_changed_is_one_page_with_forecasts_that_came_due(opened, tmp_path, monkeypatch):
    params = VARIANTS["changes"]
    monkeypatch.setattr(live_record, "came_due", lambda since, day: simulated_period(day))
    _, due = live_record.due_section(SimpleNamespace(params=params))
    text = finished(params).html.read_text(encoding="utf-8")
    whole = re.sub(r"<p>Of the forecasts that we issued[^<]*</p>", lambda _: due._repr_html_(), text)
    assert "due-table" in whole
    (tmp_path / "due.html").write_text(whole, encoding="utf-8")
    page = opened(DESK)
    page.goto((tmp_path / "due.html").as_uri())
    for paper in ("A4", "Letter"):
        assert page.pdf(format=paper).count(b"/Type /Page\n") == 1


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_its_background(opened, scheme):
    """Contrast of at least 4.5 to 1 everywhere (WCAG 2.2, AA)."""
    page = opened(DESK, color_scheme=scheme)
    ratios = page.evaluate("""() => {
        const rgb = text => text.match(/[\\d.]+/g).map(Number);
        const linear = c => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
        const light = ([r, g, b]) => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
        const behind = e => {
            for (; e; e = e.parentElement) {
                const c = rgb(getComputedStyle(e).backgroundColor);
                if (c.length < 4 || c[3] > 0) return c;
            }
            return [255, 255, 255];
        };
        return [...document.querySelectorAll("p, li, td, th, h1, h2, h3, a, strong, figcaption, caption")].map(e => {
            const [a, b] = [light(rgb(getComputedStyle(e).color)), light(behind(e))].sort((x, y) => y - x);
            return [(a + 0.05) / (b + 0.05), e.tagName + " " + e.textContent.slice(0, 30)];
        });
    }""")
    assert [pair for pair in ratios if pair[0] < 4.5] == []


def test_it_can_be_walked_with_the_keyboard(opened):
    page = opened(DESK)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    headings = page.eval_on_selector_all("h1, h2, h3", "all => all.map(h => Number(h.tagName[1]))")
    assert headings[0] == 1
    assert all(after - before <= 1 for before, after in itertools.pairwise(headings))


@pytest.mark.parametrize("paper", ["A4", "Letter"])
def test_it_prints_without_cutting_a_figure(opened, paper, tmp_path):
    page = opened(DESK)
    page.emulate_media(media="print")
    heights = page.eval_on_selector_all("figure", "all => all.map(f => f.getBoundingClientRect().height)")
    printable = {"A4": 297, "Letter": 279.4}[paper] - 38
    assert all(height * 25.4 / 96 <= printable for height in heights)
    kept = page.eval_on_selector_all("figure", "all => all.map(f => getComputedStyle(f).breakInside)")
    assert set(kept) == {"avoid"}
    printed = page.pdf(path=tmp_path / "brief.pdf", format=paper)
    assert printed.startswith(b"%PDF")
    assert printed.count(b"/Type /Page\n") <= 24
