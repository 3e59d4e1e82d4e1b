"""The chart of the frontiers shows the numbers of its table."""

from __future__ import annotations

from dataclasses import replace

import pytest
from matplotlib.font_manager import findfont
from matplotlib.ft2font import FT2Font
from matplotlib.text import Annotation, Text
from support.drawings import frontiers_of, texts
from support.worlds import synthetic_posterior

from gaplab.gap import summary
from gaplab.params.spec import Params
from gaplab.report.charts.drawing.style import INK, chinese_fonts
from gaplab.report.text.numbers import format_months, format_number
from gaplab.report.text.phrases import frontiers_sentence, pick_row
from gaplab.results.gap import gap_table
from gaplab.units import MONTH_DAYS


def test_the_arrow_is_the_lag_of_the_table(charts, posterior):
    today = pick_row(gap_table(posterior), "frontier_lag", "China")
    assert format_months(today["median"]) in texts(charts["frontiers"].fig)
    assert frontiers_sentence(today) in charts["frontiers"].alt
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


def test_without_anchors_the_frontiers_are_in_logits(posterior):
    chart = frontiers_of(replace(posterior, points=None))
    assert "logits" in chart.alt
    assert not any("points" in text for text in texts(chart.fig))


def test_no_name_stands_on_the_arrow(charts):
    for figure in (charts["frontiers"].fig, charts["frontiers"].phone):
        figure.draw_without_rendering()
        arrows = [one for one in figure.findobj(Annotation) if one.arrow_patch and not one.get_text()]
        (shaft,) = [one.arrow_patch.get_window_extent() for one in arrows]
        named = [one for one in figure.findobj(Annotation) if one.get_text() and one.arrow_patch]
        assert len(named) > 4
        assert not [one.get_text() for one in named if Text.get_window_extent(one).overlaps(shaft)]


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
