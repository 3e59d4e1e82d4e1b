"""The finished page: notes of terms, addresses, contents."""

from __future__ import annotations

import re

import html5lib
import pytest

from gaplab.report.page import finish

PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>t</title></head>
<body><header><h1>The frontier</h1><p>An 80% interval, and public models only.</p></header>
<!--contents-->
<main id="main"><h2>Lags &amp; frontiers</h2><p>The lag, the frontier and a lag.</p>
<figure class="chart" id="one"><img src="data:," alt="lag"><figcaption>A frontier.</figcaption></figure>
<h2>Lags &amp; frontiers</h2><p><a href="#one">draws</a> and draws</p><h2 id="x">Third</h2><h2>Fourth</h2></main>
<footer><!--notes--></footer></body></html>
"""


@pytest.fixture(scope="module")
def finished():
    return finish.finish_page(PAGE)


def test_it_is_valid(finished):
    html5lib.HTMLParser(strict=True).parse(finished)


def test_each_term_has_one_note_in_the_order_of_reading(finished):
    marks = re.findall(r'id="ref-(\d+)" href="#note-(\d+)"[^>]*aria-label="Note \d+: ([^"]+)"', finished)
    assert [name for *_, name in marks] == ["interval", "public models", "lag", "frontier", "draw"]
    assert [int(number) for number, *_ in marks] == [1, 2, 3, 4, 5]
    for number, note, name in marks:
        assert number == note
        assert f'<li id="note-{number}"><strong>{name.capitalize()}' in finished


def test_a_term_is_marked_where_it_is_text_and_not_in_a_heading_or_link(finished):
    assert "<h1>The frontier</h1>" in finished
    assert ">draws</a> and draws<sup>" in finished
    assert 'alt="lag"' in finished
    assert finished.index("The lag<sup>") < finished.index("the frontier<sup>")


def test_headings_and_charts_have_addresses_that_exist_once(finished):
    ids = re.findall(r'\bid="([^"]+)"', finished)
    assert len(ids) == len(set(ids))
    targets = re.findall(r'href="#([^"]+)"', finished)
    assert set(targets) <= set(ids)
    assert {"lags-amp-frontiers", "lags-frontiers", "lags-frontiers-2", "third", "fourth"} & set(ids) >= {
        "lags-frontiers",
        "lags-frontiers-2",
        "fourth",
    }
    assert '<a class="anchor" href="#one"' in finished


def test_the_contents_list_the_headings_in_order(finished):
    (contents,) = re.findall(r'<nav class="contents".*?</nav>', finished, flags=re.DOTALL)
    assert re.findall(r">([^<>]+)</a>", contents) == [
        "Lags &amp; frontiers",
        "Lags &amp; frontiers",
        "Third",
        "Fourth",
        "Terms",
    ]


def test_a_short_page_has_no_contents():
    assert "<nav" not in finish.finish_page("<header></header><!--contents--><main><h2>A</h2></main><!--notes-->")
