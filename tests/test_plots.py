"""Charts show the numbers of their tables, the same bytes every time, and can be read by everyone."""

from __future__ import annotations

import itertools
import re
from dataclasses import replace

import matplotlib
import numpy as np
import pytest
from matplotlib.colors import to_rgb
from matplotlib.font_manager import findfont
from matplotlib.ft2font import FT2Font
from matplotlib.text import Annotation, Text
from support import charts as every
from support.worlds import synthetic_posterior

from gaplab import gap
from gaplab.data.load import load
from gaplab.gap import summary
from gaplab.params.spec import Params
from gaplab.report.charts.definitions import definitions_chart, strip_rows
from gaplab.report.charts.frontiers import frontiers_chart
from gaplab.report.charts.over_time import over_time_chart
from gaplab.report.charts.style import COLOUR, INK, chinese_fonts, cut_middle, text_inches
from gaplab.report.text.claims import claim_label, claims_in_scope
from gaplab.report.text.numbers import format_months, format_number
from gaplab.report.text.phrases import estimate_of_row, pick_row, standing_sentence
from gaplab.results.gap import gap_table
from gaplab.results.over_time import ability_history, lag_history
from gaplab.units import MONTH_DAYS


@pytest.fixture(scope="module")
def posterior():
    return synthetic_posterior(draws=30)


def drawn(posterior):
    table = gap_table(posterior)
    claims = load(as_of=posterior.params.as_of).claims
    newest = gap.newest_record(posterior)
    params = posterior.params
    return {
        "frontiers": frontiers_of(posterior),
        "definitions": definitions_chart(table, claims, newest, params),
        "gap_over_time": over_time_chart(lag_history(posterior), params),
    }


@pytest.fixture(scope="module")
def charts(posterior):
    return drawn(posterior)


each_chart = pytest.mark.parametrize("name", ["frontiers", "definitions", "gap_over_time"])


def frontiers_of(posterior):
    return frontiers_chart(ability_history(posterior), gap_table(posterior), posterior.params)


def texts(figure):
    return [text.get_text() for text in figure.findobj(Text) if text.get_text()]


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


# --- Numbers --------------------------------------------------------------------------------------


def test_the_arrow_is_the_lag_of_the_table(charts, posterior):
    today = pick_row(gap_table(posterior), "frontier_lag", "China")
    assert format_months(today["median"]) in texts(charts["frontiers"].fig)
    assert standing_sentence(today) in charts["frontiers"].alt
    (arrow,) = [
        text
        for text in charts["frontiers"].fig.axes[0].texts
        if isinstance(text, Annotation) and not text.get_text() and text.arrow_patch
    ]
    start, end = arrow.xyann[0], arrow.xy[0]
    days = abs((start - end).total_seconds()) / 86400
    assert days / MONTH_DAYS == pytest.approx(today["median"], abs=0.01)


def test_the_alt_text_of_the_frontiers_states_where_they_end(charts, posterior):
    scale = posterior.points["intercept"] + posterior.points["slope"] * posterior.frontier
    for country in ("US", "China"):
        end = summary.middle(scale.sel(country=country).isel(date=-1))
        assert format_number(end) in charts["frontiers"].alt


def test_the_strip_shows_every_definition_and_claim(charts, posterior):
    table = gap_table(posterior)
    rows = strip_rows(table, gap.newest_record(posterior), posterior.params)
    assert set(rows["definition"]) == {name for name, _ in gap.DEFINITIONS}
    for figure in (charts["definitions"].fig, charts["definitions"].phone):
        assert set(rows["label"]) <= set(texts(figure))
    for _, row in rows.iterrows():
        assert estimate_of_row(row, posterior.params.prob) in charts["definitions"].alt
    claims = claims_in_scope(load(as_of=posterior.params.as_of).claims, posterior.params)
    for _, claim in claims.iterrows():
        who, when = claim_label(claim)
        assert claim["who"][1:].startswith(who[1:])
        assert f"{who}, {when}" in charts["definitions"].alt


def test_the_chart_over_time_ends_at_the_lag_of_the_table(charts, posterior):
    table = gap_table(posterior)
    lag = format_number(pick_row(table, "frontier_lag", "China")["median"])
    released = format_number(pick_row(table, "released_lag", "China")["median"])
    assert {f"{lag} frontier", f"{released} released"} <= set(texts(charts["gap_over_time"].fig))
    assert lag in charts["gap_over_time"].alt


def test_without_anchors_the_frontiers_are_in_logits(posterior):
    chart = frontiers_of(replace(posterior, points=None))
    assert "logits" in chart.alt
    assert not any("points" in text for text in texts(chart.fig))


@pytest.mark.parametrize("lag", [-3.0, 0.0, 40.0])
def test_charts_hold_when_the_order_changes_or_the_gap_is_wide(lag):
    for chart in drawn(synthetic_posterior(draws=30, lag_months=lag)).values():
        assert chart.svg()
        assert "nan" not in chart.alt


@pytest.fixture(scope="module")
def everything(posterior):
    return every.drawn(posterior)


any_chart = pytest.mark.parametrize("name", every.NAMES)

# --- Reading --------------------------------------------------------------------------------------


@any_chart
def test_each_picture_states_its_date_and_its_sources(everything, name):
    for figure in (everything[name].fig, everything[name].phone):
        written = " ".join(texts(figure))
        assert "30 June 2026" in written
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


def test_countries_are_told_apart_by_everyone():
    """Leader and follower differ in lightness, not in hue alone, and their inks are readable on white."""

    def luminance(colour):
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(colour)]
        return float(np.dot(linear, [0.2126, 0.7152, 0.0722]))

    for ink in INK.values():
        assert 1.05 / (luminance(ink) + 0.05) >= 4.5
    for colours in (COLOUR, INK):
        one, other = (116 * luminance(colours[role]) ** (1 / 3) - 16 for role in ("leader", "follower"))
        assert abs(one - other) > 15, "the lightness of CIE L*, of which about 2 can just be seen"
    assert min(1.05 / (luminance(colour) + 0.05) for colour in COLOUR.values()) >= 3


@any_chart
def test_no_label_is_cut(everything, name):
    """Shortening is for names nobody foresaw; the names of the coverage map on a phone lose their middles."""
    for figure in (everything[name].fig, *([] if name == "coverage" else [everything[name].phone])):
        assert not [text for text in texts(figure) if "…" in text and not text.startswith("FrontierMath")]


def test_a_name_that_is_too_long_keeps_its_ends():
    names = ["FrontierMath-Tier-4-2025-07-01-Private", "FrontierMath-Tiers-1-3-v2-Private"]
    short = [cut_middle(name, 1.2, 7.5) for name in names]
    assert short[0] != short[1]
    for name, cut in zip(names, short, strict=True):
        assert text_inches(cut, 7.5) <= 1.2 < text_inches(name, 7.5)
        assert name.startswith(cut.split("…")[0])
        assert name.endswith(cut.split("…")[1])
    assert cut_middle("HLE", 1.2, 7.5) == "HLE"


def test_no_name_stands_on_the_arrow(charts):
    for figure in (charts["frontiers"].fig, charts["frontiers"].phone):
        figure.draw_without_rendering()
        arrows = [one for one in figure.findobj(Annotation) if one.arrow_patch and not one.get_text()]
        (shaft,) = [one.arrow_patch.get_window_extent() for one in arrows]
        named = [one for one in figure.findobj(Annotation) if one.get_text() and one.arrow_patch]
        assert len(named) > 4
        assert not [one.get_text() for one in named if Text.get_window_extent(one).overlaps(shaft)]


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


@pytest.mark.parametrize("missing", ["protan", "deutan", "tritan"])
def test_leader_and_follower_differ_for_every_kind_of_colour_vision(missing):
    """Simulated as by Machado et al. (2009), severity 1; distance in linear RGB, and in lightness alone."""
    matrix = {
        "protan": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
        "deutan": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
        "tritan": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
    }[missing]
    seen = [np.array(matrix) @ np.array(to_rgb(colour)) for colour in COLOUR.values()]
    assert np.linalg.norm(seen[0] - seen[1]) > 0.35
    assert abs(np.dot(seen[0] - seen[1], [0.2126, 0.7152, 0.0722])) > 0.03


@pytest.mark.skipif(not chinese_fonts(), reason="no font with Chinese letters (Debian package fonts-noto-cjk)")
def test_chinese_names_are_drawn_and_not_boxed(posterior):
    renamed = replace(
        posterior,
        ability=posterior.ability.assign_coords(
            model=[{"GLM-5.1": "通义千问"}.get(name, name) for name in posterior.ability["model"].to_numpy()]
        ),
        models=posterior.models.rename(index={"GLM-5.1": "通义千问"}),
    )
    page = frontiers_of(renamed)
    (label,) = [text for text in page.fig.findobj(Text) if text.get_text() == "通义千问"]
    (chinese,) = set(chinese_fonts()) & set(label.get_fontfamily())
    letters = FT2Font(findfont(chinese))
    assert all(letters.get_char_index(ord(letter)) for letter in label.get_text())


def test_colour_goes_with_the_role_and_not_with_the_name():
    swapped = synthetic_posterior(draws=30, params=Params(leader="China", follower="US"))
    chart = frontiers_of(swapped)
    label = next(text for text in chart.fig.findobj(Text) if text.get_text() == "China")
    assert label.get_color() == INK["leader"]


# --- Files ----------------------------------------------------------------------------------------


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
def test_the_bundle_has_a_figure_a_vector_and_a_bitmap(charts, name):
    bundle = charts[name]._repr_mimebundle_()
    assert set(bundle) == {"text/plain", "text/html", "image/svg+xml", "image/png"}
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
        page = chart._repr_mimebundle_()["text/html"]
        assert "<script" not in page
        assert chart.png()
