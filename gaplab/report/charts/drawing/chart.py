"""A chart: picture, alt text, caption and data, and the frame that every chart shares."""

from __future__ import annotations

import io
import re
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox
from PIL import Image

from gaplab.report.charts.drawing.marks import noted_values
from gaplab.report.charts.drawing.style import BLACK, PAGE_INCHES, PHONE_INCHES, QUIET, house_style, text_inches
from gaplab.report.figure import PAGE_FORM, WORDS_FORM, caption_html, figure_html, notebook_html
from gaplab.results.columns import csv_text

CREDIT = "Data: Epoch AI (CC BY 4.0), NIST CAISI, METR; analysis: gaplab"
SLIDE_DOTS, _SLIDE_EDGE = (1920, 1080), (64, 36)
_SHAPE = SLIDE_DOTS[1] / SLIDE_DOTS[0]
_AXIS = 0.34  # inches for the scale below the axes
_CLOSER = 0.75  # how much closer rows may stand on a slide than on a page
_SIZES, _SLIDE_SIZES = (12.0, 9.0, 7.5), (16.0, 10.0, 7.5)  # of title, subtitle and credit line, in points


@dataclass(frozen=True)
class Chart:
    """A picture with the words that stand for it and below it.

    Attributes
    ----------
    fig : Figure
        For a page.
    phone : Figure
        The same numbers, drawn for a screen 390 pixels wide.
    draw_slide : callable
        The same as a slide, from what its small print says before the credit.
    name : str
        File name without suffix.
    title, subtitle : str
        The finding, and what is drawn.
    alt : str
        What the picture shows, with the numbers drawn, for those who do not see it.
    caption : str
        How to read it.
    data : DataFrame
        The numbers drawn, for those who want to draw them otherwise.
    values : list of str
        What a reader can ask for, one text for each place along the chart.
    places : pair of lists
        Where each of them is, from left and top in points: in the picture for a page, and in that for a phone.
    dateline : str
        Of what day the numbers are, and how old their data; empty where the page says so.
    """

    fig: Figure
    phone: Figure
    draw_slide: Callable[[str], Figure]
    name: str
    title: str
    subtitle: str
    alt: str
    caption: str
    data: pd.DataFrame
    values: list[str] = field(default_factory=list)
    places: tuple[list[tuple[float, float]], ...] = ([], [])
    dateline: str = ""

    def dated(self, dateline: str) -> Chart:
        """The same chart, which says itself of what day its numbers are where it stands alone."""
        return replace(self, dateline=dateline)

    def svg(self, *, phone: bool = False) -> str:
        """The picture as SVG text, the same bytes for the same numbers."""
        return _compact_svg(render_figure(self.phone if phone else self.fig, format="svg", metadata=_NO_DATE).decode())

    def csv(self) -> str:
        """The numbers drawn as CSV text."""
        return csv_text(self.data)

    def png(self) -> bytes:
        """The chart as a slide of `SLIDE_DOTS`, with its day and its sources in small print."""
        slide, file = self.draw_slide(self.dateline), io.BytesIO()
        slide.dpi = (SLIDE_DOTS[0] - 2 * _SLIDE_EDGE[0]) / slide.get_size_inches()[0]
        with house_style():
            slide.canvas.draw()
        size, dots = slide.canvas.get_width_height(), slide.canvas.buffer_rgba()
        whole = Image.new("RGB", SLIDE_DOTS, "white")
        whole.paste(Image.frombuffer("RGBA", size, dots).convert("RGB"), _SLIDE_EDGE)
        # 256 colours are enough for a chart, at a third of the size and in less time.
        whole.quantize(256, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE).save(file, format="png")
        return file.getvalue()

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict[str, str | dict[str, str]]:
        return self.drawn

    def __reduce__(self) -> tuple:
        return Drawn, (self.drawn,)

    @cached_property
    def drawn(self) -> dict[str, str | dict[str, str]]:
        """Every form of the chart by its media type; its slide, which few ask for, is `png`."""
        picture, below = self.svg(), caption_html(self.name, self.caption, self.csv())
        both = (picture, self.svg(phone=True))
        return {
            "text/plain": self.alt,
            "text/html": notebook_html(self.name, self.alt, picture, below),
            PAGE_FORM: figure_html(self.name, self.alt, both, self.places, self.values, below),
            "image/svg+xml": picture,
            WORDS_FORM: {"title": self.title, "subtitle": self.subtitle, "dateline": self.dateline},
        }


@dataclass(frozen=True)
class Drawn:
    """Every form of a chart by its media type: what another process gets of a chart."""

    forms: dict[str, str | dict[str, str]]

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict[str, str | dict[str, str]]:
        return self.forms

    def __repr__(self) -> str:
        return self.forms["text/plain"]


_NO_DATE = {"Date": None, "Creator": None, "Format": None, "Type": None}


def render_figure(fig: Figure, **options) -> bytes:
    """A figure in the style of the house as a file's content."""
    file = io.BytesIO()
    with house_style():
        fig.savefig(file, **options)
    return file.getvalue()


def _compact_svg(svg: str) -> str:
    """The same picture with coordinates to a hundredth of a point and short names of letters: a third less to send."""

    def rounded(match: re.Match) -> str:
        numbers = re.sub(r"-?\d+\.\d{3,}", lambda number: f"{float(number[0]):.2f}".rstrip("0").rstrip("."), match[0])
        return re.sub(r"\s+", " ", numbers)

    svg = svg.replace("'DejaVu Sans'", "'DejaVu Sans', Verdana")
    svg = re.sub(r"<!--.*?-->|(?<=>)\s+(?=<)", "", svg, flags=re.DOTALL)
    svg = re.sub(r'(?<= )(?:d|x|y|points)="[^"]*"|translate\([^)]*\)', rounded, svg)
    fonts = dict.fromkeys(re.findall(r'id="([A-Za-z][^"]*-)[0-9a-f]+"', svg))
    for number, font in enumerate(sorted(fonts, key=len, reverse=True)):
        svg = re.sub(f'(id="|href="#){re.escape(font)}', rf"\1{chr(ord('A') + number)}", svg)
    return svg


def framed_chart(
    draw: Callable[[Axes, bool], None], *, name, title, subtitle, alt, caption, data, heights, sides, above=0.14
) -> Chart:
    """All pictures of one chart: title block, axes and credit line around what `draw` puts on the axes.

    `heights`, `sides` (room left and right of the axes) and `above` (room
    between title block and axes) are in inches.
    """
    told = {"title": title, "subtitle": subtitle, "sides": sides, "above": above}

    def slide(dateline: str) -> Figure:
        frame = told | {"credit": [*filter(None, [dateline]), CREDIT]}
        with house_style():
            fig, axes = _framed_axes(PAGE_INCHES, PAGE_INCHES * _SHAPE, **frame, sizes=_SLIDE_SIZES)
            # Words grow with a slide, so that the room between them does: larger, until the rows have room.
            fixed = _AXIS + above
            larger = max(1.0, (_CLOSER * _axes_inches(figures[0]) + fixed) / (_axes_inches(fig) + fixed))
            if larger > 1:
                width, sizes = larger * PAGE_INCHES, [larger * size for size in _SLIDE_SIZES]
                fig, axes = _framed_axes(width, width * _SHAPE, **frame, sizes=sizes)
            draw(axes, False)
        return fig

    figures, places, values = [], [], []
    with house_style():
        for width, height, small in zip((PAGE_INCHES, PHONE_INCHES), heights, (False, True), strict=True):
            fig, axes = _framed_axes(width, height, **told)
            draw(axes, small)
            figures.append(fig)
            noted = noted_values(axes)
            values, where = [text for *_, text in noted], np.array([place for *place, _ in noted]).reshape(-1, 2)
            at = axes.transData.transform(where) * 72 / fig.dpi
            places.append([(x, 72 * height - y) for x, y in at])
    words = {"name": name, "title": title, "subtitle": subtitle, "alt": alt, "caption": caption}
    return Chart(*figures, slide, **words, data=data, values=values, places=tuple(places))


def _framed_axes(
    width: float, height: float, *, title, subtitle, sides, above, sizes=_SIZES, credit=(CREDIT,)
) -> tuple[Figure, Axes]:
    """A figure with its title block and credit line, and the axes in the box that they leave."""
    fig = Figure(figsize=(width, height))
    FigureCanvasAgg(fig)
    top, (large, middle, small) = 0.06, sizes
    for text, size, weight, colour in ((title, large, "bold", BLACK), (subtitle, middle, "normal", QUIET)):
        for line in _wrapped(text, width - 0.2, size, weight):
            top += size * 1.35 / 72
            fig.text(0.1 / width, 1 - top / height, line, size=size, weight=weight, color=colour)
        top += 0.04
    below = 0.06
    for line in reversed([line for text in credit for line in _wrapped(text, width - 0.2, small, "normal")]):
        fig.text(0.1 / width, below / height, line, size=small, color=QUIET)
        below += small * 1.35 / 72
    left, right = sides
    box = Bbox.from_extents(left / width, (below + _AXIS) / height, 1 - right / width, 1 - (top + above) / height)
    return fig, fig.add_axes(box)


def _axes_inches(fig: Figure) -> float:
    return fig.axes[0].get_position().height * fig.get_size_inches()[1]


def _wrapped(text: str, inches: float, size: float, weight: str) -> list[str]:
    """The text in lines that fit the width, with a little to spare: letters on a screen are set to whole dots."""
    lines, words = [], text.split()
    while words:
        counts = range(1, len(words) + 1)
        fit = bisect_right(counts, 0.965 * inches, key=lambda n: text_inches(" ".join(words[:n]), size, weight))
        lines.append(" ".join(words[: max(1, fit)]))
        del words[: max(1, fit)]
    return lines
