"""All charts can be read by everyone, state their sources, and are the same bytes every time."""

from __future__ import annotations

import itertools
import re
from dataclasses import replace

import matplotlib
import pytest
from matplotlib.text import Text
from support import charts as every
from support.drawings import drawn, texts
from support.worlds import synthetic_posterior

from gaplab.report.figure import PAGE_FORM, WORDS_FORM
from gaplab.report.text.names import long_date

each_chart = pytest.mark.parametrize("name", ["frontiers", "definitions", "gap_over_time"])


def visible(figure):
    """Texts that are painted: matplotlib keeps labels of ticks beyond the ends of an axis without painting them."""
    (axes,) = figure.axes
    beyond = [
        label
        for axis, at in ((axes.xaxis, 0), (axes.yaxis, 1))
        for label in axis.get_ticklabels()
        if not min(axis.get_view_interval()) <= label.get_position()[at] <= max(axis.get_view_interval())
    ]
    return [text for text in figure.findobj(Text) if text.get_text() and text.get_visible() and text not in beyond]


@pytest.mark.parametrize("lag", [-3.0, 0.0, 40.0])
def test_charts_hold_when_the_order_changes_or_the_gap_is_wide(lag):
    for chart in drawn(synthetic_posterior(draws=30, lag_months=lag)).values():
        assert chart.svg()
        assert "nan" not in chart.alt


@pytest.fixture(scope="module")
def everything(posterior):
    return every.drawn(posterior)


any_chart = pytest.mark.parametrize("name", every.NAMES)


@any_chart
def test_each_picture_states_its_date_and_its_sources(everything, name, posterior):
    for figure in (everything[name].fig, everything[name].phone):
        written = " ".join(texts(figure))
        assert long_date(posterior.params.as_of) in written
        assert "Epoch AI (CC BY 4.0)" in written


@any_chart
def test_no_text_covers_another(everything, name):
    for figure in (everything[name].fig, everything[name].phone):
        figure.draw_without_rendering()
        boxes = [(text.get_text(), Text.get_window_extent(text).padded(-1)) for text in visible(figure)]
        clashes = [(a, b) for (a, one), (b, two) in itertools.combinations(boxes, 2) if one.overlaps(two)]
        assert not clashes


@any_chart
def test_nothing_is_cut_at_the_edge(everything, name):
    for figure in (everything[name].fig, everything[name].phone):
        figure.draw_without_rendering()
        for text in visible(figure):
            box = Text.get_window_extent(text)
            assert (box.min >= -1).all(), text
            assert (box.max <= figure.bbox.max + 1).all(), text


@any_chart
def test_no_label_is_cut(everything, name):
    """Shortening is for names nobody foresaw; the names of the coverage map on a phone lose their middles."""
    for figure in (everything[name].fig, *([] if name == "coverage" else [everything[name].phone])):
        assert not [text for text in texts(figure) if "…" in text and not text.startswith("FrontierMath")]


def test_a_chart_about_one_domain_says_so(posterior):
    run = replace(posterior, params=replace(posterior.params, domain="cyber"))
    for chart in drawn(run).values():
        for figure in (chart.fig, chart.phone):
            assert "cyber" in " ".join(texts(figure))


@any_chart
def test_the_numbers_drawn_can_be_taken_home(everything, name):
    rows = everything[name].csv().splitlines()
    assert len(rows) == len(everything[name].data) + 1 > 2
    assert not re.search(r"\d{4}-\d\d-\d\d[ T]\d\d:", rows[1]), "days, not seconds"


@each_chart
def test_two_drawings_are_the_same_bytes(charts, posterior, name):
    again = drawn(posterior)[name]
    assert charts[name].svg() == again.svg()
    assert charts[name].svg(phone=True) == again.svg(phone=True)
    assert charts[name].png() == again.png()


def test_the_user_s_matplotlib_settings_change_nothing(charts, posterior):
    with matplotlib.rc_context({"font.size": 20, "lines.linewidth": 9, "svg.hashsalt": "x", "axes.facecolor": "red"}):
        assert drawn(posterior)["frontiers"].svg() == charts["frontiers"].svg()


@each_chart
def test_the_bundle_has_a_figure_and_a_vector_and_no_slide_which_few_ask_for(charts, name):
    bundle = charts[name]._repr_mimebundle_()
    assert set(bundle) == {"text/plain", "text/html", PAGE_FORM, "image/svg+xml", WORDS_FORM}
    assert bundle["text/html"].count("<img") == 1
    assert not re.search(r'(src|srcset)="(?!data:)', bundle["text/html"])
    assert not re.search(r"\d{4}-\d\d-\d\dT", bundle["image/svg+xml"]), "a date of drawing"


def test_hostile_names_are_text(posterior):
    names = {"GPT-5.5": '<script>alert("$x^2")</script>', "DeepSeek-V4-Pro": "通义千问 $\\frac{ & '"}
    renamed = replace(
        posterior,
        ability=posterior.ability.assign_coords(
            model=[names.get(name, name) for name in posterior.ability["model"].to_numpy()]
        ),
        models=posterior.models.rename(index=names),
    )
    for chart in drawn(renamed).values():
        bundle = chart._repr_mimebundle_()
        assert "<script" not in bundle["text/html"] + bundle[PAGE_FORM]
        assert chart.png()
