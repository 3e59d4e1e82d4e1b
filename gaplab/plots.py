"""The charts: draws in, a `Chart` with picture, alt text and caption out.

Every chart is drawn twice from the same numbers, for a page and for a phone,
because type that is readable at 760 pixels is not at 390.
"""

from __future__ import annotations

import base64
import html
import io
import re
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import matplotlib.dates as mdates
import numpy as np
import pandas as pd
import xarray as xr
from matplotlib import colormaps, font_manager, rc_context, style
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.textpath import text_to_path
from matplotlib.transforms import Bbox

from gaplab import forecast, gap, scenarios, summary, tables, words
from gaplab.bridge import Bridge
from gaplab.params import Params
from gaplab.posterior import Posterior
from gaplab.scenarios import Comparison

# A stroke around the letters would do the same, at ten times the size of an SVG.
_BEHIND_TEXT = {"facecolor": "white", "edgecolor": "none", "alpha": 0.75, "pad": 0.6}

CREDIT = "Data: Epoch AI (CC BY 4.0), NIST CAISI, METR; analysis: gaplab"

# Blue and vermilion stay apart for every kind of colour vision (Okabe & Ito; the blue is a darker one, which
# stays apart in grey too); the inks are the same hues, dark enough for small type on white (contrast above 4.5 to 1).
_COLOUR = {"leader": "#004F84", "follower": "#D55E00"}
_INK = {"leader": "#00456F", "follower": "#A94A00"}
_GREY, _QUIET, _BLACK = "#8a8f98", "#5a6069", "#1d2127"

_PAGE, _PHONE = 7.6, 3.7  # widths in inches; at 100 dots per inch, the pixels the brief gives a figure


@dataclass(frozen=True)
class Chart:
    """A picture with the words that stand for it and below it.

    Attributes
    ----------
    fig : Figure
        For a page.
    phone : Figure
        The same numbers, drawn for a screen 390 pixels wide.
    name : str
        File name without suffix.
    alt : str
        What the picture shows, with the numbers drawn, for those who do not see it.
    caption : str
        How to read it.
    data : DataFrame
        The numbers drawn, for those who want to draw them otherwise.
    """

    fig: Figure
    phone: Figure
    name: str
    alt: str
    caption: str
    data: pd.DataFrame

    def svg(self, *, phone: bool = False) -> str:
        """The picture as SVG text, the same bytes for the same numbers."""
        return _compact(_written(self.phone if phone else self.fig, format="svg", metadata=_NO_DATE).decode())

    def csv(self) -> str:
        """The numbers drawn as CSV text."""
        numbers = self.data.select_dtypes("float")
        dates = {name: column.dt.strftime("%Y-%m-%d") for name, column in self.data.select_dtypes("datetime").items()}
        return tables.to_csv_text(self.data.assign(**numbers.round(tables.DECIMALS), **dates))

    def png(self) -> bytes:
        """The picture for a page as PNG, two dots to the pixel."""
        return _written(self.fig, format="png", dpi=200, metadata={"Software": None})

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict[str, str]:
        return {
            "text/plain": self.alt,
            "text/html": _figure_html(self),
            "image/svg+xml": self.svg(),
            "image/png": base64.b64encode(self.png()).decode(),
        }


_NO_DATE = {"Date": None, "Creator": None, "Format": None, "Type": None}


def _written(fig: Figure, **options) -> bytes:
    file = io.BytesIO()
    with _look():
        fig.savefig(file, **options)
    return file.getvalue()


def _compact(svg: str) -> str:
    """The same picture with coordinates to a hundredth of a point and short names of letters: a third less to send."""

    def rounded(found: re.Match) -> str:
        numbers = re.sub(r"-?\d+\.\d{3,}", lambda number: f"{float(number[0]):.2f}".rstrip("0").rstrip("."), found[0])
        return re.sub(r"\s+", " ", numbers)

    svg = re.sub(r"<!--.*?-->|(?<=>)\s+(?=<)", "", svg, flags=re.DOTALL)
    svg = re.sub(r'(?<= )(?:d|x|y|points)="[^"]*"|translate\([^)]*\)', rounded, svg)
    fonts = dict.fromkeys(re.findall(r'id="([A-Za-z][^"]*-)[0-9a-f]+"', svg))
    for number, font in enumerate(sorted(fonts, key=len, reverse=True)):
        svg = re.sub(f'(id="|href="#){re.escape(font)}', rf"\1{chr(ord('A') + number)}", svg)
    return svg


def _figure_html(chart: Chart) -> str:
    page, phone = (base64.b64encode(chart.svg(phone=small).encode()).decode() for small in (False, True))
    prefix = "data:image/svg+xml;base64,"
    csv = base64.b64encode(chart.csv().encode()).decode()
    return (
        f'<figure class="chart" id="{chart.name}"><picture>'
        f'<source media="(max-width: 600px)" srcset="{prefix}{phone}">'
        f'<img src="{prefix}{page}" alt="{html.escape(chart.alt)}"></picture>'
        f"<figcaption>{html.escape(chart.caption)} "
        f'<a class="download" download="{chart.name}.csv" href="data:text/csv;charset=utf-8;base64,{csv}">'
        f"Numbers of this chart (CSV)</a></figcaption></figure>"
    )


def chinese_fonts() -> list[str]:
    """Names of the installed fonts that have Chinese letters."""
    return sorted({font.name for font in font_manager.fontManager.ttflist if "CJK" in font.name})


@contextmanager
def _look() -> Iterator[None]:
    """The style sheet, whatever matplotlib settings the user has, and no complaint about a missing glyph."""
    with (
        style.context("gaplab.gaplab", after_reset=True),
        rc_context({"font.family": ["DejaVu Sans", *chinese_fonts()[:1]]}),
        warnings.catch_warnings(),
    ):
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        yield


def _chart(
    draw: Callable[[Axes, bool], None], *, name, title, subtitle, alt, caption, data, heights, sides, above=0.14
) -> Chart:
    """Both pictures of one chart: title block, axes and credit line around what `draw` puts on the axes.

    `heights`, `sides` (room left and right of the axes) and `above` (room
    between title block and axes) are in inches.
    """
    figures = []
    with _look():
        for width, height, small in zip((_PAGE, _PHONE), heights, (False, True), strict=True):
            fig = Figure(figsize=(width, height))
            FigureCanvasAgg(fig)
            axes = fig.add_axes(_panel(fig, title, subtitle, sides, above))
            draw(axes, small)
            figures.append(fig)
    return Chart(*figures, name=name, alt=alt, caption=caption, data=data)


def _panel(fig: Figure, title: str, subtitle: str, sides: tuple[float, float], above: float) -> Bbox:
    """Write the title block and the credit line; the box that is left for the axes, in figure fractions."""
    width, height = fig.get_size_inches()
    top = 0.06
    for text, size, weight, colour in ((title, 12, "bold", _BLACK), (subtitle, 9, "normal", _QUIET)):
        for line in _wrapped(text, width - 0.2, size, weight):
            top += size * 1.35 / 72
            fig.text(0.1 / width, 1 - top / height, line, size=size, weight=weight, color=colour)
        top += 0.04
    below = 0.06
    for line in reversed(_wrapped(CREDIT, width - 0.2, 7.5, "normal")):
        fig.text(0.1 / width, below / height, line, size=7.5, color=_QUIET)
        below += 7.5 * 1.35 / 72
    left, right = sides
    return Bbox.from_extents(left / width, (below + 0.34) / height, 1 - right / width, 1 - (top + above) / height)


def _wrapped(text: str, inches: float, size: float, weight: str) -> list[str]:
    """The text in lines that fit the width, with a little to spare: letters on a screen are set to whole dots."""
    lines: list[str] = []
    inches *= 0.965
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and _inches(longer, size, weight) <= inches:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def _shortened(text: str, inches: float, size: float) -> str:
    """The text, cut with an ellipsis where it is too wide."""
    if _inches(text, size) <= inches:
        return text
    while text and _inches(f"{text}…", size) > inches:
        text = text[:-1]
    return f"{text.rstrip()}…"


def _abridged(text: str, inches: float, size: float) -> str:
    """The text without its middle where it is too wide: the names of versions differ at their ends."""
    if _inches(text, size) <= inches:
        return text
    keep = len(text) - 1
    while keep and _inches(f"{text[: keep - keep // 2]}…{text[len(text) - keep // 2 :]}", size) > inches:
        keep -= 1
    return f"{text[: keep - keep // 2]}…{text[len(text) - keep // 2 :]}"


def _inches(text: str, size: float, weight: str = "normal") -> float:
    font = font_manager.FontProperties(size=size, weight=weight)
    return text_to_path.get_text_width_height_descent(text, font, ismath=False)[0] / 72


def frontiers(posterior: Posterior, table: pd.DataFrame) -> Chart:
    """Both frontiers with their bands, recent record models and today's lag as an arrow.

    Parameters
    ----------
    posterior : Posterior
    table : DataFrame
        What `tables.gap_table` gives for it; the arrow is its `frontier_lag`.
    """
    params = posterior.params
    draws, unit = _display(posterior, posterior.frontier)
    bands = {role: summary.band(draws.sel(country=getattr(params, role)), params.prob) for role in _COLOUR}
    level = summary.median(_display(posterior, posterior.ability)[0]).to_series()
    models = posterior.models.assign(level=level)
    records = {role: models[models["record"] & (models["country"] == getattr(params, role))] for role in _COLOUR}
    today = words.row(table, "frontier_lag", params.follower)

    def draw(axes: Axes, small: bool) -> None:
        months, names = (18, 4) if small else (30, 7)
        since = bands["leader"].index[-1] - pd.DateOffset(months=months)
        _frontier_lines(axes, bands, params, since)
        level, end = bands["follower"]["median"].iloc[-1], bands["follower"].index[-1]
        _arrow(axes, level, end, today)
        _model_marks(axes, models, records)
        named = {role: rows[rows["date"] >= since].tail(names) for role, rows in records.items()}
        lines = [band["median"] for band in bands.values()]
        _name_models(axes, named, lines, models, arrow=(_arrow_start(end, today), end, level))

    return _chart(
        draw,
        name="frontiers",
        title=words.frontiers_title(today, params),
        subtitle=words.frontiers_subtitle(unit, params),
        alt=words.frontiers_alt(bands, {role: rows.tail(7) for role, rows in records.items()}, today, unit, params),
        caption=words.frontiers_caption(params),
        data=pd.concat([_long(bands, params), _marks(models)], ignore_index=True),
        heights=(5.4, 5.2),
        sides=(0.42, 0.75),
    )


def _long(bands: dict[str, pd.DataFrame], params: Params) -> pd.DataFrame:
    return pd.concat([_dated(band, getattr(params, role)) for role, band in bands.items()], ignore_index=True)


def _dated(band: pd.DataFrame, series: str) -> pd.DataFrame:
    """A band as rows of a table: what, when, and its quantiles."""
    table = band.rename_axis("date").reset_index()
    table.insert(0, "series", series)
    return table


def _marks(models: pd.DataFrame) -> pd.DataFrame:
    """The dots as rows of the same table."""
    shown = models.rename_axis("series").reset_index()[["series", "date", "level", "country", "record"]]
    return shown.rename(columns={"level": "median"})


def _display(posterior: Posterior, logits: xr.DataArray) -> tuple[xr.DataArray, str]:
    """Draws on the scale shown: points where the anchors are known, else logits."""
    if posterior.points is None:
        return logits, "logits"
    return posterior.points["intercept"] + posterior.points["slope"] * logits, "points"


def _fill(axes: Axes, band: pd.DataFrame, colour: str) -> None:
    axes.fill_between(band.index, band["outer_low"], band["outer_high"], color=colour, alpha=0.14, linewidth=0)
    axes.fill_between(band.index, band["low"], band["high"], color=colour, alpha=0.25, linewidth=0)
    axes.plot(band.index, band["median"], color=colour)


def _frontier_lines(axes: Axes, bands: dict, params: Params, since: pd.Timestamp) -> None:
    for role, band in bands.items():
        shown = band[band.index >= since]
        _fill(axes, shown, _COLOUR[role])
        _end_label(axes, band.index[-1], band["median"].iloc[-1], getattr(params, role), _INK[role])
    start, end = shown.index[[0, -1]]
    axes.set_xlim(start, end)
    axes.xaxis.set_major_locator(mdates.MonthLocator(bymonth=(1, 7)))
    low = min(band.loc[start, "outer_low"] for band in bands.values())
    high = max(band["outer_high"].iloc[-1] for band in bands.values())
    axes.set_ylim(low - 0.05 * (high - low), high + 0.12 * (high - low))


def _end_label(axes: Axes, date: pd.Timestamp, level: float, text: str, ink: str, *, down: float = 0) -> None:
    """What a line is, written where it ends."""
    axes.annotate(
        text,
        (date, level),
        xytext=(7, -down),
        textcoords="offset points",
        va="center",
        size=10,
        weight="bold",
        color=ink,
        annotation_clip=False,
    )


def _arrow(axes: Axes, level: float, end: pd.Timestamp, today: pd.Series) -> None:
    """The lag as a horizontal distance: from the date the leader stood at the follower's level to the as-of date."""
    if not np.isfinite(today["median"]):
        return
    start = _arrow_start(end, today)
    shape = {"arrowstyle": "<|-|>", "color": _BLACK, "lw": 1.4, "shrinkA": 0, "shrinkB": 0}
    axes.annotate("", (start, level), (end, level), arrowprops=shape, zorder=4)
    axes.annotate(
        words.arrow_label(today),
        (min(start, end), level),
        xytext=(9, -3),
        textcoords="offset points",
        va="top",
        weight="bold",
        size=10,
        zorder=5,
        bbox=_BEHIND_TEXT,
    )


def _arrow_start(end: pd.Timestamp, today: pd.Series) -> pd.Timestamp:
    months = today["median"] if np.isfinite(today["median"]) else 0.0
    return end - pd.Timedelta(days=months * gap.MONTH_DAYS)


def _model_marks(axes: Axes, models: pd.DataFrame, named: dict[str, pd.DataFrame]) -> None:
    """Every model as a dot, the record setters larger."""
    for role, records in named.items():
        country = records["country"].iloc[0] if len(records) else None
        ours = models[models["country"] == country]
        best = ours[ours["record"]]
        axes.scatter(ours["date"], ours["level"], s=8, color=_COLOUR[role], alpha=0.35, linewidth=0)
        axes.scatter(best["date"], best["level"], s=22, color=_COLOUR[role], edgecolor="white", linewidth=0.7, zorder=3)


def _name_models(
    axes: Axes,
    named: dict[str, pd.DataFrame],
    lines: list[pd.Series],
    models: pd.DataFrame,
    arrow: tuple[pd.Timestamp, pd.Timestamp, float],
) -> None:
    """Write each name in the best free spot around its mark, or not at all; the newest choose first.

    A spot is free when the text lies inside the picture and touches no other
    text, no named mark and not the arrow (its two dates and its level), and
    when the thread to its mark crosses no text and no named mark.
    The best is near and covers little of the lines and few dots.
    """
    axes.figure.draw_without_rendering()
    per_point = axes.figure.dpi / 72
    labels = [(row.date, row.level, row.Index, role) for role, rows in named.items() for row in rows.itertuples()]
    labels.sort(key=lambda label: label[0], reverse=True)
    marks = [_pixel(axes, date, level) for date, level, *_ in labels]
    texts = [Text.get_window_extent(text) for text in axes.texts if text.get_text()]
    rings = [Bbox.from_bounds(x - 5, y - 5, 10, 10) for x, y in marks]
    (left, height), (right, _) = sorted(tuple(_pixel(axes, day, arrow[2])) for day in arrow[:2])
    shaft = Bbox.from_extents(left - 2, height - 5, right + 2, height + 5)
    path = np.concatenate([_pixels(axes, line) for line in lines])
    dots = _pixel(axes, models["date"], models["level"])
    frame = Bbox.from_extents(axes.bbox.x0, axes.bbox.y0, axes.figure.bbox.x1, axes.bbox.y1)
    for index, (mark, (date, level, name, role)) in enumerate(zip(marks, labels, strict=True)):
        size = _text_size(axes, name)
        obstacles = [*texts, *(ring for ring, other in zip(rings, marks, strict=True) if np.hypot(*(other - mark)) > 8)]
        spots = []
        for offset in _spots(above=role == "leader"):
            corner = mark + np.array(offset) * per_point - size * (1 - np.sign(offset)) / 2
            box = Bbox.from_bounds(*corner, *size)
            thread = mark + np.linspace(0.1, 1, 20)[:, None] * (np.array(offset) * per_point)
            crossed = any(_count_in(thread, obstacle) for obstacle in obstacles)
            apart = Bbox.from_extents(box.x0 - 4, box.y0, box.x1 + 4, box.y1)
            free = not apart.count_overlaps([*obstacles, rings[index], shaft])
            if _inside(box, frame) and not crossed and free:
                cost = np.hypot(*offset) + 0.25 * _count_in(path, box) + 3 * _count_in(dots, box)
                spots.append((cost, offset, box))
        if spots:
            _, offset, box = min(spots, key=lambda spot: spot[:2])
            texts.append(box)
            _thread_label(axes, (date, level), offset, name, _INK[role])


def _thread_label(axes: Axes, mark: tuple, offset: tuple[float, float], name: str, ink: str) -> None:
    axes.annotate(
        name,
        mark,
        xytext=offset,
        textcoords="offset points",
        ha=["center", "left", "right"][int(np.sign(offset[0]))],
        va=["center", "bottom", "top"][int(np.sign(offset[1]))],
        size=8,
        color=ink,
        arrowprops={"arrowstyle": "-", "color": ink, "lw": 0.6, "shrinkA": 0, "shrinkB": 3, "alpha": 0.6},
        bbox=_BEHIND_TEXT,
        zorder=3.5,
    )


def _text_size(axes: Axes, text: str) -> np.ndarray:
    probe = axes.text(0, 0, text, size=8)
    extent = probe.get_window_extent()
    probe.remove()
    return np.array([extent.width, extent.height])


def _inside(box: Bbox, frame: Bbox) -> bool:
    return bool((box.min >= frame.min + 1).all() and (box.max <= frame.max - 1).all())


def _count_in(points: np.ndarray, box: Bbox) -> int:
    return int(((points >= box.min) & (points <= box.max)).all(axis=1).sum())


def _spots(above: bool) -> list[tuple[float, float]]:
    """Offsets of a label from its mark in points, on the side where its country's models lie free."""
    side = 1 if above else -1
    reaches, leans = (6, 12, 18, 26, 36, 46), (-1.6, -0.8, -0.4, 0, 0.4, 0.8, 1.6)
    return [(side * lean * reach, side * reach) for reach in reaches for lean in leans] + [(8, 0), (-8, 0)]


def _pixel(axes: Axes, date: pd.Timestamp | pd.Series, level: float | pd.Series) -> np.ndarray:
    return axes.transData.transform(np.column_stack([mdates.date2num(date), level])).squeeze()


def _pixels(axes: Axes, line: pd.Series) -> np.ndarray:
    """A line as points close enough together that no label can slip between two of them."""
    knots = mdates.date2num(line.index)
    grid = np.linspace(knots[0], knots[-1], 600)
    return axes.transData.transform(np.column_stack([grid, np.interp(grid, knots, line)]))


def strip_rows(table: pd.DataFrame, model: str, params: Params) -> pd.DataFrame:
    """The rows of a gap table that are months: every definition for the country, and two for its newest model."""
    in_months = table[table["unit"].str.startswith("months")]
    country = in_months[(in_months["subject"] == params.follower) & (in_months["definition"] != "model_lag")]
    newest = in_months[(in_months["subject"] == model) & in_months["definition"].isin(["model_lag", "first_match_lag"])]
    rows = pd.concat([country, newest])
    return rows.assign(label=[words.label_of(r.definition, r.unit, params) for r in rows.itertuples()])


def definitions_strip(table: pd.DataFrame, claims: pd.DataFrame, model: str, params: Params) -> Chart:
    """Every definition as an interval on one axis of months, and what others have published below.

    Parameters
    ----------
    table : DataFrame
        What `tables.gap_table` gives.
    claims : DataFrame
        claims.csv, as of the same date.
    model : str
        The follower's newest record model.
    params : Params
    """
    rows, claims = strip_rows(table, model, params), words.claims_about(claims, params)
    groups = {words.group_heading(subject, params): part for subject, part in rows.groupby("subject", sort=False)}
    lines = len(rows) + len(claims) + 1.4 * (len(groups) + bool(len(claims)))

    def draw(axes: Axes, small: bool) -> None:
        column = _Column(axes, small)
        for heading, part in groups.items():
            column.heading(heading)
            for _, row in part.iterrows():
                column.estimate(row, params)
        if len(claims):
            column.heading(words.CLAIMS_HEADING)
            for _, claim in claims.iterrows():
                column.claim(claim)
        column.finish()

    return _chart(
        draw,
        name="definitions",
        title=words.strip_title(rows, params),
        subtitle=words.strip_subtitle(params),
        alt=words.strip_alt(rows, claims, params),
        caption=words.strip_caption(claims, params),
        data=_strip_data(rows, claims, params),
        heights=(1.75 + 0.25 * lines, 2.0 + 0.37 * lines),
        sides=(0.1, 0.1),
        above=0.34,
    )


def _strip_data(rows: pd.DataFrame, claims: pd.DataFrame, params: Params) -> pd.DataFrame:
    """Estimates and published claims as rows of one table."""
    bounds = [f"{side}_{at}" for at in dict.fromkeys(("50", words.level(params.prob))) for side in ("lower", "upper")]
    ours = rows[["subject", "definition", "unit", "median", *bounds]]
    theirs = claims[["claim_id", "who", "published", "form", "low", "central", "high"]]
    return pd.concat([ours, theirs], ignore_index=True)


class _Column:
    """Labelled intervals, one under the other; the label stands left of its interval, on a phone above it."""

    def __init__(self, axes: Axes, small: bool):
        self.axes, self.small, self.line, self.reach = axes, small, 0.0, [0.0]
        if not small:
            box = axes.get_position()
            axes.set_position(Bbox.from_extents(0.395, box.y0, 0.855, box.y1))
        axes.grid(True, axis="x")
        axes.grid(False, axis="y")
        axes.set_yticks([])
        axes.tick_params(labeltop=True, top=False)
        axes.locator_params(axis="x", integer=True)

    def heading(self, text: str) -> None:
        self.line += 1.4
        self._label(text, weight="bold", size=9)

    def estimate(self, row: pd.Series, params: Params) -> None:
        self.line += 1
        colour, ink = _COLOUR["follower"], _BLACK
        level = f"{100 * params.prob:g}"
        for bounds, width in ((level, 2), ("50", 6)):
            low, high = row[f"lower_{bounds}"], row[f"upper_{bounds}"]
            if np.isfinite(low) and np.isfinite(high):
                self.axes.plot(
                    [low, high],
                    [self._mark] * 2,
                    color=colour,
                    lw=width,
                    alpha=0.9 if width == 2 else 0.55,
                    solid_capstyle="butt",
                )
                self.reach += [low, high]
        if np.isfinite(row["median"]):
            self.axes.plot(row["median"], self._mark, "o", ms=6, color=colour, mec="white", mew=1)
            self.reach.append(row["median"])
        self._label(row["label"])
        self._value(words.figures(row, params.prob), ink)

    def claim(self, claim: pd.Series) -> None:
        self.line += 1
        low, high = words.claim_range(claim)
        ink = _BLACK if words.is_disputed(claim) else _QUIET
        style = {"color": ink, "mfc": ink if words.is_disputed(claim) else "white", "mec": ink, "mew": 1.2, "ms": 5.5}
        if claim["form"] == "point":
            self.axes.plot(claim["central"], self._mark, "D", **style)
            self.reach.append(claim["central"])
        else:
            ends = [end for end in (low, high) if np.isfinite(end)]
            self.axes.plot(ends, [self._mark] * len(ends), "D-", lw=1.2, **style)
            if len(ends) == 1:
                towards = 1 if np.isinf(high) else -1
                self.axes.annotate(
                    "",
                    (ends[0] + 2.5 * towards, self._mark),
                    (ends[0] + 0.2 * towards, self._mark),
                    arrowprops={"arrowstyle": "->", "color": ink, "lw": 1.2},
                )
            self.reach += ends
        who, when = words.claim_label(claim)
        room = 2.55 if self.small else 2.75
        self._label(f"{_shortened(who, room - _inches(f', {when}', 8.5), 8.5)}, {when}")
        self._value(words.claim_text(claim).removesuffix(" months"), ink)

    def pair(self, label: str, values: tuple[float, float], text: str) -> None:
        """Two numbers on one line: a diamond for the other's, a dot for ours."""
        self.line += 1
        other, ours = values
        self.axes.plot([other, ours], [self._mark] * 2, color=_GREY, lw=1)
        self.axes.plot(other, self._mark, "D", ms=5, color=_COLOUR["leader"])
        self.axes.plot(ours, self._mark, "o", ms=6.5, color=_COLOUR["follower"], mec="white", mew=1)
        self.reach += [other, ours]
        self._label(self._fitted(label, 8.5))
        self._value(text, _BLACK)

    def two(self, label: str, then: np.ndarray, now: np.ndarray, text: str) -> None:
        """One number on two dates: the earlier hollow and above, the later filled."""
        self.line += 1.25
        for (low, middle, high), rise, filled in ((then, -0.2, False), (now, 0.14, True)):
            style = {"color": _COLOUR["follower"], "alpha": 0.9 if filled else 0.5}
            if np.isfinite(low) and np.isfinite(high):
                self.axes.plot([low, high], [self._mark + rise] * 2, lw=2, solid_capstyle="butt", **style)
                self.reach += [low, high]
            if np.isfinite(middle):
                self.axes.plot(middle, self._mark + rise, "o", **_dot(not filled))
                self.reach.append(middle)
        self._label(self._fitted(label, 8.5))
        self._value(text, _BLACK)

    def interval(self, label: str, row: pd.Series, text: str) -> None:
        """A middle estimate with its two intervals; a line without a number has its reason only."""
        self.line += 1
        for low, high, width in ((row["outer_low"], row["outer_high"], 2), (row["low"], row["high"], 6)):
            if np.isfinite(low) and np.isfinite(high):
                self.axes.plot([low, high], [self._mark] * 2, **_bar(width))
                self.reach += [low, high]
        if np.isfinite(row["median"]):
            self.axes.plot(row["median"], self._mark, "o", **_dot(False))
            self.reach.append(row["median"])
        self._label(self._fitted(label, 8.5))
        self._value(text, _BLACK if np.isfinite(row["median"]) else _QUIET)

    def end(self, label: str, months: float) -> None:
        """One end of a bridge: a diamond, as published numbers are drawn elsewhere."""
        self.line += 1
        self.axes.plot(months, self._mark, "D", color=_BLACK, ms=6.5)
        self.reach.append(months)
        self._label(self._fitted(label, 9, "bold"), weight="bold", size=9)
        self._value(words.number(months), _BLACK)

    def step(self, label: tuple[str, str], start: float, end: float, *, explained: bool) -> None:
        """One change of a bridge: a bar from the number before to the number after."""
        self.line += 1
        colour = _COLOUR["leader" if end >= start else "follower"] if explained else _GREY
        half = 0.15 if self.small else 0.25
        if abs(end - start) < 0.05:
            self.axes.plot([start, start], [self._mark - half, self._mark + half], color=colour, lw=2)
        else:
            # What is not explained is hatched: in grey its colour is that of a step down.
            paint = {"color": colour} if explained else {"facecolor": "white", "edgecolor": colour, "hatch": "/////"}
            self.axes.barh(self._mark, end - start, left=start, height=2 * half, **paint)
        for edge, way in ((start, -1), (end, 1)):
            reach = [self._mark + way * half, self._mark + way]
            self.axes.plot([edge, edge], reach, color=_GREY, lw=0.7, zorder=0.5)
        self.reach += [start, end]
        what, how = label
        self._label(self._fitted(what, 8.5, "bold"), weight="bold", rise=0.19)
        room = self._room()
        if self.small or _inches(how, 7.5) <= room:
            self._label(self._fitted(how, 7.5), size=7.5, rise=-0.05 if self.small else -0.19)
        else:
            before, _, after = how.partition(" → ")
            for line, rise in ((before, -0.12), (f"→ {after}", -0.38)):
                self._label(_shortened(line, room, 7.5), size=7.5, rise=rise)
        self._value(words.added(end - start), _BLACK)

    def _fitted(self, text: str, size: float, weight: str = "normal") -> str:
        """The text, cut to the room left of the axes, or on a phone to that left of the value."""
        return _shortened(text, self._room() * (0.93 if weight == "bold" else 1), size)

    def _room(self) -> float:
        return 3.0 if self.small else self.axes.get_position().x0 * _PAGE - 0.3

    def finish(self, before: float = 0.0) -> None:
        low, high = min(self.reach), max(self.reach)
        pad = max(0.04 * (high - low), before)
        self.axes.set_xlim(low - (pad if low < 0 else 0.01 * (high - low)), high + pad)
        if before:
            self.axes.set_xlim(low - pad, high + pad)
        self.axes.set_ylim(self.line + 0.8, 0.7 - (0.3 if before else 0))
        if low < 0:
            self.axes.axvline(0, color=_GREY, lw=1)

    @property
    def _mark(self) -> float:
        return self.line + (0.3 if self.small else 0)

    def _label(self, text: str, *, weight: str = "normal", size: float = 8.5, rise: float = 0.0) -> None:
        inches = 0 if self.small else (self.axes.get_position().x0 - 0.1 / _PAGE) * _PAGE
        self.axes.annotate(
            text,
            (0, self.line - rise - (0.15 if self.small else 0)),
            xycoords=("axes fraction", "data"),
            xytext=(-72 * inches, 0),
            textcoords="offset points",
            va="center",
            size=size,
            weight=weight,
            annotation_clip=False,
            # On a phone a label stands among grid lines and the steps of a bridge.
            bbox={**_BEHIND_TEXT, "pad": 0.2} if self.small else None,
        )

    def _value(self, text: str, ink: str) -> None:
        edge = 0 if self.small else (1 - 0.1 / _PAGE - self.axes.get_position().x1) * _PAGE
        self.axes.annotate(
            text,
            (1, self.line - (0.15 if self.small else 0)),
            xycoords=("axes fraction", "data"),
            xytext=(72 * edge, 0),
            textcoords="offset points",
            va="center",
            ha="right",
            size=8.5,
            color=ink,
            annotation_clip=False,
        )


def gap_over_time(posterior: Posterior) -> Chart:
    """The frontier lag at every knot with its bands, and the saw-tooth of what was released by each day."""
    params = posterior.params
    pair = {"leader": params.leader, "follower": params.follower}
    lag = gap.frontier_lag(posterior.frontier, **pair)
    known = (gap.p_censored(lag) < 0.1).to_numpy()
    bound = known.sum() < 2
    known = known | bound
    band = summary.band(lag.isel(date=known), params.prob)
    teeth = _teeth(posterior, band.index[0])
    p_widened = gap.p_widened(posterior.frontier, **pair)

    def draw(axes: Axes, small: bool) -> None:
        _fill(axes, band, _COLOUR["follower"])
        axes.plot(teeth.index, teeth, color=_QUIET, lw=0.9)
        end, now, sharp = band.index[-1], band["median"].iloc[-1], teeth.iloc[-1]
        axes.plot(end, now, "o", color=_COLOUR["follower"], mec="white", ms=7, clip_on=False)
        axes.set_xlim(band.index[0], end)
        axes.xaxis.set_major_locator(mdates.MonthLocator(bymonth=1 if small else (1, 7)))
        axes.set_ylim(min(0, band["outer_low"].min(), teeth.min()), 1.08 * max(band["outer_high"].max(), teeth.max()))
        axes.axhline(0, color=_GREY, lw=0.8)
        points_per_month = (
            axes.get_position().height * axes.figure.get_size_inches()[1] * 72 / np.diff(axes.get_ylim())[0]
        )
        crowd = max(0, 15 - abs(now - sharp) * points_per_month) / 2 * (1 if sharp > now else -1)
        _end_label(axes, end, now, f"{words.number(now)} frontier", _INK["follower"], down=crowd)
        _end_label(axes, end, sharp, f"{words.number(sharp)} released", _QUIET, down=-crowd)

    return _chart(
        draw,
        name="gap_over_time",
        title=words.over_time_title(p_widened),
        subtitle=words.over_time_subtitle(params),
        alt=words.over_time_alt(band, p_widened, params),
        caption=words.over_time_caption(p_widened, bound, params),
        data=pd.concat(
            [_dated(band, "frontier_lag"), _dated(teeth.to_frame("median"), "released_lag")], ignore_index=True
        ),
        heights=(4.4, 4.4),
        sides=(0.42, 1.25),
    )


def _teeth(posterior: Posterior, since: pd.Timestamp) -> pd.Series:
    """The lag of the best released model on every day it jumps, and on the as-of date."""
    params, models = posterior.params, posterior.models
    end = pd.Timestamp(posterior.frontier["date"].to_numpy()[-1])
    released_on = models["date"][(models["country"] == params.follower) & (models["date"] > since)]
    before = pd.DatetimeIndex(released_on) - pd.Timedelta(minutes=1)
    days = pd.DatetimeIndex([since, end]).union(pd.DatetimeIndex(released_on)).union(before)
    pair = {"leader": params.leader, "follower": params.follower}
    return summary.median(
        gap.released_lag(posterior.ability, posterior.frontier, models, **pair, dates=days)
    ).to_series()


def gap_forecast(comparison: Comparison, counted: pd.Series | None = None) -> Chart:
    """The lags of the last two years and their forecast: latent line and fan, saw-tooth, nowcast; and the baseline.

    Parameters
    ----------
    comparison : Comparison
        The baseline is drawn where a lever is set.
    counted : Series, optional
        Row of `tables.gap_table` with a nowcast: the `released_lag` with the
        models that are out but not scored yet. It is marked on the as-of date.
    """
    posterior, draws = comparison.scenario.posterior, comparison.scenario.draws
    params = posterior.params
    past = gap.frontier_lag(posterior.frontier, leader=params.leader, follower=params.follower)
    known = (gap.p_censored(past) < 0.1).to_numpy()
    past = summary.band(past.isel(date=known), params.prob)
    past = past[past.index >= past.index[-1] - pd.DateOffset(months=24)]
    sawtooth = _teeth(posterior, past.index[0])
    dates = draws["date"].to_numpy()
    fan, teeth = (summary.band(draws[name], params.prob) for name in forecast.LAGS)
    moved = bool(scenarios.set_levers(params))
    plain = summary.band(comparison.baseline.draws["frontier_lag"], params.prob)
    table = tables.forecast_table(comparison.scenario)
    baseline = tables.forecast_table(comparison.baseline) if moved else None

    def draw(axes: Axes, small: bool) -> None:
        highest = max(*(frame["outer_high"].max() for frame in (past, fan, plain)), sawtooth.max())
        lowest = max(min(frame["outer_low"].min() for frame in (past, fan)), -0.7 * highest)
        for band in (past, fan):
            _fill(axes, band.clip(lower=lowest - 5), _COLOUR["follower"])
        axes.plot(teeth.index, teeth["median"].clip(lower=lowest - 5), color=_QUIET, lw=0.9)
        axes.plot(sawtooth.index, sawtooth, color=_QUIET, lw=0.9)
        if counted is not None and np.isfinite(counted["median"]):
            bounds = [counted[f"{side}_{words.level(params.prob)}"] for side in ("lower", "upper")]
            axes.plot([dates[0]] * 2, bounds, color=_BLACK, lw=1.4, solid_capstyle="butt")
            axes.plot(dates[0], counted["median"], "D", ms=5, color="white", mec=_BLACK, mew=1.2, zorder=5)
        if moved:
            axes.plot(plain.index, plain["median"], color=_BLACK, lw=1.2, ls=(0, (4, 3)))
        axes.axvline(dates[0], color=_GREY, lw=0.8)
        axes.axhline(0, color=_GREY, lw=0.8)
        axes.set_xlim(past.index[0], dates[-1])
        axes.set_ylim(lowest, 1.05 * highest)
        axes.xaxis.set_major_locator(mdates.MonthLocator(bymonth=1 if small else (1, 7)))
        ends = [(fan, "frontier", _INK["follower"]), (teeth, "released", _QUIET)]
        ends += [(plain, "baseline", _BLACK)] if moved else []
        _end_labels(axes, dates[-1], [(band["median"].iloc[-1], *rest) for band, *rest in ends])

    return _chart(
        draw,
        name="gap_forecast",
        title=words.forecast_title(table, params.prob),
        subtitle=words.forecast_subtitle(params),
        alt=words.forecast_alt(table, baseline, params),
        caption=words.forecast_caption(params, scenario=moved, nowcast=counted is not None),
        data=_fan_data(past, sawtooth, fan, teeth, plain if moved else None),
        heights=(4.4, 4.4),
        sides=(0.42, 1.3),
    )


def _fan_data(
    past: pd.DataFrame, sawtooth: pd.Series, fan: pd.DataFrame, teeth: pd.DataFrame, plain: pd.DataFrame | None
) -> pd.DataFrame:
    """Past, forecast and baseline as rows of one table."""
    parts = {
        "frontier_lag, past": past,
        "released_lag, past": sawtooth.to_frame("median"),
        "frontier_lag": fan,
        "released_lag": teeth,
        "frontier_lag, baseline": plain,
    }
    return pd.concat([_dated(band, name) for name, band in parts.items() if band is not None], ignore_index=True)


def catch_up_dates(table: pd.DataFrame, params: Params) -> Chart:
    """When the follower reaches each named model: intervals on an axis of dates.

    Parameters
    ----------
    table : DataFrame
        What `tables.catch_up_table` gives.
    params : Params
    """
    start, last = pd.Timestamp(params.as_of), params.horizon_months
    named = list(table["target"].drop_duplicates())

    def on(months: float) -> pd.Timestamp:
        return start + pd.Timedelta(days=min(months, last) * gap.MONTH_DAYS)

    def draw(axes: Axes, small: bool) -> None:
        finite, line = [0.0, 12.0], 0.0
        for name in named:
            rows = table[table["target"] == name]
            line += 1.0
            status = rows["status"].iloc[0]
            axes.annotate(
                f"{name}: {status}" if status else name,
                (0, line),
                xycoords=("axes fraction", "data"),
                size=9,
                weight="normal" if status else "bold",
                color=_QUIET if status else _BLACK,
                va="center",
                bbox={"facecolor": "white", "edgecolor": "none", "pad": 1},
            )
            for _, row in rows[rows["status"] == ""].iterrows():
                line += 0.8
                hollow = row["reading"] == "released"
                for bounds, width in ((words.level(params.prob), 2), ("50", 6)):
                    ends = [row[f"{side}_{bounds}"] for side in ("lower", "upper")]
                    axes.plot([on(end) for end in ends], [line] * 2, **_bar(width))
                    finite += [min(end, last) for end in ends]
                axes.plot(on(row["median"]), line, "o", **_dot(hollow))
                reach = on(row[f"upper_{words.level(params.prob)}"])
                axes.annotate(
                    "released" if hollow else "frontier",
                    (reach, line),
                    xytext=(6, 0),
                    textcoords="offset points",
                    va="center",
                    size=8,
                    color=_QUIET,
                    annotation_clip=False,
                )
        axes.axvline(start, color=_GREY, lw=0.8)
        axes.set_xlim(on(min(finite) - 0.5), on(1.08 * max(finite)))
        axes.set_ylim(line + 0.7, 0.4)
        axes.set_yticks([])
        axes.grid(True, axis="x")
        axes.grid(False, axis="y")
        axes.xaxis.set_major_locator(mdates.AutoDateLocator(minticks=3, maxticks=5 if small else 8))
        axes.xaxis.set_major_formatter(mdates.DateFormatter("%b %Y"))

    lines = len(named) + 0.8 * (table["status"] == "").sum()
    return _chart(
        draw,
        name="catch_up_dates",
        title=words.catch_up_title(table, params),
        subtitle=words.catch_up_subtitle(params),
        alt=words.catch_up_alt(table, params),
        caption=words.catch_up_note(params),
        data=table,
        heights=(1.3 + 0.32 * lines, 1.5 + 0.32 * lines),
        sides=(0.2, 0.75),
    )


def scenario_effects(table: pd.DataFrame, params: Params, *, horizon: int = 24) -> Chart:
    """What each scenario changes after `horizon` months, as intervals of change in months.

    Parameters
    ----------
    table : DataFrame
        What `tables.scenario_table` gives.
    params : Params
    horizon : int
        One of the horizons of the table.
    """
    rows = table[(table["horizon"] == horizon) & table["definition"].isin(forecast.LAGS)]
    bounds = rows[["median", *(f"{side}_{words.level(params.prob)}" for side in ("lower", "upper"))]].abs().to_numpy()
    edge = max([value for value in bounds.ravel() if value > 0], default=1.0)

    def draw(axes: Axes, small: bool) -> None:
        line = 0.0
        for name, part in rows.groupby("scenario", sort=False):
            line += 1.1
            axes.annotate(
                words.scenario_name(str(name)),
                (0, line),
                xycoords=("axes fraction", "data"),
                size=9,
                weight="bold",
                va="center",
                bbox={"facecolor": "white", "edgecolor": "none", "pad": 1},
            )
            for _, row in part.iterrows():
                line += 0.8
                hollow = row["definition"] == "released_lag"
                for bounds, width in ((words.level(params.prob), 2), ("50", 6)):
                    # A bound without a number lies where the follower is ahead for good: far to the left.
                    low, high = (np.nan_to_num(row[f"{side}_{bounds}"], nan=-1.1 * edge) for side in ("lower", "upper"))
                    axes.plot([low, high], [line] * 2, **_bar(width))
                if np.isfinite(row["median"]):
                    axes.plot(row["median"], line, "o", **_dot(hollow))
                axes.annotate(
                    words.signed(row, params.prob),
                    (1, line),
                    xycoords=("axes fraction", "data"),
                    xytext=(6, 0),
                    textcoords="offset points",
                    va="center",
                    size=8,
                    annotation_clip=False,
                )
        axes.axvline(0, color=_GREY, lw=0.8)
        axes.set_xlim(-1.1 * edge, 1.1 * edge)
        axes.set_ylim(line + 0.7, 0.4)
        axes.set_yticks([])
        axes.grid(True, axis="x")
        axes.grid(False, axis="y")

    lines = 1.1 * rows["scenario"].nunique() + 0.8 * len(rows)
    return _chart(
        draw,
        name="scenario_effects",
        title=words.scenarios_title(table, horizon),
        subtitle=words.scenarios_subtitle(horizon, params),
        alt=words.scenarios_alt(rows, params),
        caption=words.scenarios_caption(params),
        data=rows.reset_index(drop=True),
        heights=(1.5 + 0.29 * lines, 2.0 + 0.29 * lines),
        sides=(0.2, 1.5),
    )


def _bar(width: int) -> dict:
    """Style of an interval: thin for the wide one, thick for the middle half."""
    return {"color": _COLOUR["follower"], "lw": width, "alpha": 0.9 if width == 2 else 0.55, "solid_capstyle": "butt"}


def _dot(hollow: bool) -> dict:
    colours = ("white", _COLOUR["follower"]) if hollow else (_COLOUR["follower"], "white")
    return {"ms": 6.5, "color": _COLOUR["follower"], "mfc": colours[0], "mec": colours[1]}


def _end_labels(axes: Axes, date: pd.Timestamp, ends: list[tuple[float, str, str]]) -> None:
    """What several lines are, beside their ends and never on top of one another."""
    bottom, top = axes.get_ylim()
    per_point = (top - bottom) / (axes.get_position().height * axes.figure.get_size_inches()[1] * 72)
    free = np.inf
    for level, text, ink in sorted(ends, reverse=True):
        shown = max(level, bottom) if np.isfinite(level) else bottom
        place = min(shown, free)
        number = words.number(level) if np.isfinite(level) else "ahead"
        _end_label(axes, date, shown, f"{number} {text}", ink, down=(shown - place) / per_point)
        free = place - 14 * per_point


def waterfall(bridge: Bridge) -> Chart:
    """The single changes that lead from one published number to another, one under the other.

    Parameters
    ----------
    bridge : Bridge
        What `bridge.between` gives.
    """
    steps = bridge.steps
    params = bridge.start.setting.run

    def draw(axes: Axes, small: bool) -> None:
        column = _Column(axes, small)
        column.reach = []
        column.end(words.end_label(bridge.start, params), bridge.first)
        at = bridge.first
        for _, row in steps.iterrows():
            column.step(words.step_label(row, bridge), at, at + row["months"], explained=row["step"] != "not explained")
            at += row["months"]
        column.end(words.end_label(bridge.end, params), bridge.last)
        column.finish(before=0.6)

    return _chart(
        draw,
        name="bridge",
        title=words.bridge_title(bridge),
        subtitle=words.bridge_subtitle(bridge),
        alt=words.bridge_alt(bridge),
        caption=words.bridge_caption(bridge),
        data=steps.reset_index(drop=True),
        heights=(1.9 + 0.42 * (len(steps) + 2), 2.3 + 0.66 * (len(steps) + 2)),
        sides=(0.1, 0.1),
        above=0.34,
    )


def calibration_ranks(bands: pd.DataFrame, summary: pd.DataFrame) -> Chart:
    """Ranks of the truth among the draws: ECDF less that of a uniform, in simultaneous bands.

    Parameters
    ----------
    bands, summary : DataFrame
        What `validation.calibration.bands` and `.summary` give.
    """

    def draw(axes: Axes, small: bool) -> None:
        for quantity, each in bands.groupby("quantity"):
            lags = str(quantity).startswith("pipeline")
            inside = bool(each["inside"].iloc[0])
            colour = _COLOUR["follower"] if lags else _COLOUR["leader"]
            axes.fill_between(each["at"], each["lower"], each["upper"], color=_GREY, alpha=0.03, lw=0)
            axes.plot(each["at"], each["difference"], color=colour, lw=1.2 if inside else 2.4, alpha=0.8)
            if not inside:
                peak = each.loc[each["difference"].abs().idxmax()]
                name = str(quantity).split(": ")[-1]
                axes.annotate(name, (peak["at"], peak["difference"]), size=8, ha="center", bbox=_BEHIND_TEXT)
        axes.axhline(0, color=_GREY, lw=0.8)
        axes.set_xlim(0, 1)
        for name, place, role in (("both stages", 0.97, "follower"), ("abilities alone", 0.90, "leader")):
            axes.annotate(name, (0.98, place), xycoords="axes fraction", ha="right", va="top", color=_INK[role], size=9)

    return _chart(
        draw,
        name="calibration",
        title=words.calibration_title(summary),
        subtitle=words.calibration_subtitle(),
        alt=words.calibration_alt(summary),
        caption=words.calibration_caption(),
        data=bands,
        heights=(4.2, 4.4),
        sides=(0.55, 0.2),
    )


def known_truth(errors: pd.DataFrame) -> Chart:
    """Error in worlds with a known gap: ours beside those of the rules in use.

    Parameters
    ----------
    errors : DataFrame
        What `validation.truth.errors` gives.
    """
    ranked = errors.iloc[(errors["ours"] / errors["best"]).argsort(kind="stable")]
    rules = ranked.drop(columns=["ours", "best", "coverage_80"])

    def draw(axes: Axes, small: bool) -> None:
        for place, (world, row) in enumerate(ranked.iterrows()):
            label, line = 1.6 * place, 1.6 * place + 0.75
            axes.annotate(
                words.world_name(world), (0, label), xycoords=("axes fraction", "data"), size=8, va="center",
                bbox=_BEHIND_TEXT,
            )  # fmt: skip
            axes.plot([row["ours"], row["best"]], [line, line], **_bar(2))
            axes.plot(rules.loc[world], np.full(rules.shape[1], line), "o", ls="", ms=6, mfc="white", mec=_QUIET)
            axes.plot(row["ours"], line, "o", **_dot(hollow=False))
            axes.annotate(
                words.percent_of(row["coverage_80"]), (1, line), xycoords=("axes fraction", "data"), xytext=(6, 0),
                textcoords="offset points", va="center", size=8, annotation_clip=False,
            )  # fmt: skip
        axes.set_xlim(0, 1.08 * rules.join(ranked["ours"]).max(axis=None))
        _in_rows(axes, len(ranked))

    return _chart(
        draw,
        name="known_truth",
        title=words.known_truth_title(ranked),
        subtitle=words.known_truth_subtitle(),
        alt=words.known_truth_alt(ranked),
        caption=words.known_truth_caption(),
        data=ranked.reset_index(),
        heights=(1.5 + 0.36 * len(ranked), 2.0 + 0.36 * len(ranked)),
        sides=(0.2, 0.5),
    )


def past_readings(rows: pd.DataFrame, *, definition: str = "frontier_lag") -> Chart:
    """One number as it was read on past days, with its intervals, over what is now read of the same days.

    Parameters
    ----------
    rows : DataFrame
        What `validation.readings.record` gives; drawn are the readings on its first ruler that know every score the
        models out by then have today.
    definition : str
    """
    told = rows[(rows["definition"] == definition) & (rows["horizon"] == "today") & (rows["knowledge"] == "hindsight")]
    told = told[told["ruler"] == told["ruler"].iloc[0]].sort_values("origin").reset_index(drop=True)
    days = pd.DatetimeIndex(told["origin"])
    colours = colormaps["viridis"](np.linspace(0.0, 0.85, len(told)))

    def draw(axes: Axes, small: bool) -> None:
        axes.vlines(days, told["lower_80"], told["upper_80"], color=colours, lw=1.6, alpha=0.5)
        axes.vlines(days, told["lower_50"], told["upper_50"], color=colours, lw=4, alpha=0.5)
        axes.scatter(days, told["median"], s=22, color=colours, zorder=3)
        axes.plot(days, told["later"], color=_BLACK)
        axes.axhline(0, color=_GREY, lw=0.8)
        axes.xaxis.set_major_locator(mdates.MonthLocator(bymonth=1 if small else (1, 7)))
        ends = [(told["median"].iloc[-1], "on its day", _QUIET), (told["later"].iloc[-1], "read today", _BLACK)]
        _end_labels(axes, days[-1], ends)

    return _chart(
        draw,
        name="readings",
        title=words.readings_title(told),
        subtitle=words.readings_subtitle(told),
        alt=words.readings_alt(told),
        caption=words.readings_caption(),
        data=told,
        heights=(4.4, 4.4),
        sides=(0.42, 1.1),
    )


def record_skill(summary: pd.DataFrame) -> Chart:
    """Skill of our forecast over the best simple one, by target and horizon.

    Parameters
    ----------
    summary : DataFrame
        What `validation.backtest.summary` gives.
    """
    rows = summary[summary["forecaster"] == "stack"]
    labels = [
        f"{words.target_name(row['target'])}, {int(row['horizon_months'])} months, {row['kind']}"
        for _, row in rows.iterrows()
    ]
    return _rows_chart(
        labels,
        100 * rows["skill"].to_numpy(),
        100 * rows["skill_lower"].to_numpy(),
        100 * rows["skill_upper"].to_numpy(),
        name="record",
        title=words.record_title(summary),
        subtitle=words.record_subtitle(),
        alt=words.record_alt(summary),
        caption=words.record_caption(),
        data=rows,
        limit=100.0,
    )


def sensitivity_shifts(table: pd.DataFrame, *, headline: str = "frontier_lag") -> Chart:
    """Shift of a headline number by each reversed assumption, in months.

    Parameters
    ----------
    table : DataFrame
        What `validation.sensitivity.table` gives.
    headline : str
    """
    rows = table[table["headline"] == headline].dropna(subset="shift_months")
    rows = rows.sort_values("shift_months", key=abs, ascending=False).head(24)
    shift, error = rows["shift_months"].to_numpy(), 2 * rows["error"].fillna(0.0).to_numpy()
    return _rows_chart(
        list(rows["assumption"]),
        shift,
        shift - error,
        shift + error,
        name="sensitivity",
        title=words.sensitivity_title(table),
        subtitle=words.sensitivity_subtitle(),
        alt=words.sensitivity_alt(rows),
        caption=words.sensitivity_caption(),
        data=rows,
    )


def influence_ranking(table: pd.DataFrame, params: Params, *, number: str = "frontier_lag", rows: int = 12) -> Chart:
    """What moves a headline number most when it is left out, in months, the largest shift first.

    Parameters
    ----------
    table : DataFrame
        What `influence.by_model` or `by_refit` gives, or the record's influence.csv.
    params : Params
    number : str
        One of `influence.NUMBERS`.
    rows : int
        How many are drawn.
    """
    known = table[(table["number"] == number) & table["shift"].notna()]
    ranked = known.sort_values("shift", key=abs, ascending=False, kind="stable").head(rows).reset_index(drop=True)
    shift, error = ranked["shift"].to_numpy(float), 2 * ranked["error"].fillna(0.0).to_numpy(float)
    return _rows_chart(
        [words.influence_label(row) for row in ranked.to_dict("records")],
        shift,
        shift - error,
        shift + error,
        shown=[words.added(value) for value in shift],
        name="influence",
        title=words.influence_title(ranked, params),
        subtitle=words.influence_subtitle(number, params),
        alt=words.influence_alt(ranked, params),
        caption=words.influence_chart_caption(ranked),
        data=ranked,
    )


def _rows_chart(
    labels: list[str],
    middle: np.ndarray,
    low: np.ndarray,
    high: np.ndarray,
    *,
    limit: float = np.inf,
    shown: list[str] | None = None,
    **said,
) -> Chart:
    """One number with its interval a line, each under its label and, if given, with its text at the right.

    A number beyond `limit` would squash all others: an arrow at the edge
    stands for it, with the number beside.
    """
    ends = np.concatenate([middle, low, high])
    ends = ends[np.isfinite(ends)]
    edge = min(1.1 * max(np.abs(ends).max(initial=0.0), 0.5), 1.15 * limit)

    def draw(axes: Axes, small: bool) -> None:
        for place, label in enumerate(labels):
            line = 1.6 * place
            fitting = _shortened(label, (_PHONE if small else _PAGE) - 0.6, 8)
            axes.annotate(
                fitting, (0, line), xycoords=("axes fraction", "data"), size=8, va="center", bbox=_BEHIND_TEXT
            )
            if np.isfinite(low[place]) and np.isfinite(high[place]):
                axes.plot([low[place], high[place]], [line + 0.75] * 2, **_bar(2))
            if abs(middle[place]) <= limit:
                axes.plot(middle[place], line + 0.75, "o", **_dot(hollow=False))
            elif np.isfinite(middle[place]):
                side = np.sign(middle[place])
                axes.plot(side * limit, line + 0.75, "<" if side < 0 else ">", **_dot(hollow=False))
                axes.annotate(
                    words.beyond(middle[place]),
                    (side * limit, line + 0.75),
                    xytext=(-8 * side, 0),
                    textcoords="offset points",
                    size=8,
                    ha="left" if side < 0 else "right",
                    va="center",
                )
            if shown:
                axes.annotate(
                    shown[place],
                    (1, line + 0.75),
                    xycoords=("axes fraction", "data"),
                    xytext=(6, 0),
                    textcoords="offset points",
                    va="center",
                    size=8,
                    annotation_clip=False,
                )
        axes.axvline(0, color=_GREY, lw=0.8)
        axes.set_xlim(-edge, edge)
        _in_rows(axes, len(labels))

    lines = max(len(labels), 1)
    return _chart(draw, **said, heights=(1.4 + 0.36 * lines, 1.7 + 0.36 * lines), sides=(0.2, 0.5 if shown else 0.2))


def _in_rows(axes: Axes, count: int) -> None:
    """Room for so many lines, each under its label."""
    axes.set_ylim(1.6 * count, -0.8)
    axes.set_yticks([])
    axes.grid(True, axis="x")
    axes.grid(False, axis="y")


def placed(posterior: Posterior, table: pd.DataFrame, model: str) -> Chart:
    """One model of the follower beside the leader's frontier, with its lag as an arrow.

    Parameters
    ----------
    posterior : Posterior
    table : DataFrame
        A `tables.gap_table` that lists the model.
    model : str
    """
    params, models = posterior.params, posterior.models
    draws, unit = _display(posterior, posterior.frontier)
    band = summary.band(draws.sel(country=params.leader), params.prob)
    shown, _ = _display(posterior, posterior.ability)
    level = summary.median(shown).to_series()
    low, high = summary.interval(shown.sel(model=model), params.prob).to_numpy()
    middle = level[model]
    date, lag = models.loc[model, "date"], words.row(table, "model_lag", model)
    models = models.assign(level=level)
    near = models[models["level"] > middle - 25]

    def draw(axes: Axes, small: bool) -> None:
        since = date - pd.DateOffset(months=14 if small else 22)
        leading = band[band.index >= since]
        _fill(axes, leading, _COLOUR["leader"])
        _end_label(axes, band.index[-1], band["median"].iloc[-1], params.leader, _INK["leader"])
        for role in _COLOUR:
            dots = near[(near["country"] == getattr(params, role)) & (near["date"] >= since)]
            axes.scatter(dots["date"], dots["level"], s=9, color=_COLOUR[role], alpha=0.4, linewidth=0)
        axes.plot([date, date], [low, high], color=_COLOUR["follower"], lw=3, alpha=0.55, solid_capstyle="butt")
        axes.plot(date, middle, "o", ms=8, color=_COLOUR["follower"], mec="white", mew=1.2, zorder=5)
        axes.set_xlim(leading.index[0], max(band.index[-1], date))
        axes.set_ylim(min(low, leading["outer_low"].min()) - 2, band["outer_high"].iloc[-1] + 3)
        axes.xaxis.set_major_locator(mdates.MonthLocator(bymonth=(1, 7)))
        _arrow(axes, middle, date, lag)
        axes.annotate(
            model,
            (date, low),
            xytext=(0, -4),
            textcoords="offset points",
            ha="right" if date > band.index[-1] - pd.DateOffset(months=4) else "center",
            va="top",
            size=9,
            weight="bold",
            color=_INK["follower"],
            bbox=_BEHIND_TEXT,
        )

    dots = _marks(near)
    return _chart(
        draw,
        name="placed",
        title=words.placed_title(lag, model, params),
        subtitle=words.placed_subtitle(unit, params),
        alt=words.placed_alt(lag, model, (low, middle, high), unit, params),
        caption=words.placed_caption(params),
        data=pd.concat([_dated(band, params.leader), dots], ignore_index=True),
        heights=(4.6, 4.4),
        sides=(0.42, 0.75),
    )


def model_scores(scores: pd.DataFrame, model: str, params: Params) -> Chart:
    """The scores of a model beside the leader's best on the same tests.

    Parameters
    ----------
    scores : DataFrame
        What `dossier.scores` gives.
    model : str
    params : Params
    """
    rows = words.compared_scores(scores)

    def draw(axes: Axes, small: bool) -> None:
        column = _Column(axes, small)
        for domain, part in rows.groupby("domain", sort=True):
            column.heading(str(domain).capitalize())
            for _, row in part.iterrows():
                column.pair(row["benchmark"], (100 * row["best_score"], 100 * row["score"]), f"{row['score']:.0%}")
        column.finish()
        axes.set_xlim(0, 108)  # room for the label of 100%
        axes.xaxis.set_major_formatter(lambda value, _: f"{value:.0f}%")

    lines = len(rows) + 1.4 * rows["domain"].nunique()
    return _chart(
        draw,
        name="model_scores",
        title=words.model_scores_title(scores, model, params),
        subtitle=words.model_scores_subtitle(model, params),
        alt=words.model_scores_alt(scores, model, params),
        caption=words.model_scores_caption(params),
        data=scores,
        heights=(1.75 + 0.25 * lines, 2.0 + 0.37 * lines),
        sides=(0.1, 0.1),
        above=0.34,
    )


def changed(moved: pd.DataFrame, params: Params) -> Chart:
    """Every definition on two dates, one under the other.

    Parameters
    ----------
    moved : DataFrame
        What `changes.moved` gives.
    params : Params
        Of the later run, with `since`.
    """
    rows = words.moved_in_months(moved)

    def draw(axes: Axes, small: bool) -> None:
        column = _Column(axes, small)
        column.heading(words.the(params.follower)[:1].upper() + words.the(params.follower)[1:])
        for _, row in rows.iterrows():
            label = words.label_of(row["definition"], row["unit"], params)
            ends = [row[["then_lower", "then", "then_upper"]], row[["now_lower", "now", "now_upper"]]]
            text = words.added(row["change"]) if np.isfinite(row["change"]) else "–"
            column.two(label, *(end.to_numpy(float) for end in ends), text)
        column.finish()

    lines = 1.25 * len(rows) + 1.4
    return _chart(
        draw,
        name="changed",
        title=words.changes_chart_title(moved),
        subtitle=words.changes_chart_subtitle(params),
        alt=words.changes_chart_alt(moved, params),
        caption=words.changes_chart_caption(params),
        data=rows.reset_index(drop=True),
        heights=(1.75 + 0.25 * lines, 2.0 + 0.4 * lines),
        sides=(0.1, 0.1),
        above=0.34,
    )


def coverage_map(coverage: pd.DataFrame, params: Params, *, models: int = 60, tests: int = 40) -> Chart:
    """Which of the newest models took which of the commonest tests.

    Parameters
    ----------
    coverage : DataFrame
        What `tables.coverage_table` gives: model, country, date, benchmark,
        domain, independent.
    params : Params
    models, tests : int
        How many columns and rows at most.
    """
    cells = coverage.dropna(subset=["benchmark"])
    named = coverage.drop_duplicates("model").sort_values("date").tail(models)
    cells = cells[cells["model"].isin(named["model"])]
    common = cells["benchmark"].value_counts().head(tests).index
    cells = cells[cells["benchmark"].isin(common)]
    order = cells.drop_duplicates("benchmark").sort_values(["domain", "benchmark"])
    share = len(cells) / max(1, len(named) * len(order))
    counts = named.groupby("country").agg(models=("model", "size")).join(
        cells.groupby("country").agg(cells=("benchmark", "size"))
    )  # fmt: skip

    def draw(axes: Axes, small: bool) -> None:
        shown = named.tail(22) if small else named
        across = {name: number for number, name in enumerate(shown["model"])}
        down, line, last = {}, 0.0, None
        for row in order.itertuples():
            if row.domain != last:
                line += 1.5
                axes.annotate(
                    row.domain,
                    (0, line - 0.1),
                    xycoords=("axes fraction", "data"),
                    xytext=(-4, 0),
                    textcoords="offset points",
                    ha="right",
                    va="center",
                    size=8,
                    weight="bold",
                    annotation_clip=False,
                )
                last = row.domain
            line += 1
            down[row.benchmark] = line
            axes.annotate(
                _abridged(row.benchmark, 1.5 if small else 2.0, 7.5),
                (0, line),
                xycoords=("axes fraction", "data"),
                xytext=(-4, 0),
                textcoords="offset points",
                ha="right",
                va="center",
                size=7.5,
                annotation_clip=False,
            )
        drawn = cells[cells["model"].isin(across)]
        for role, colour in _COLOUR.items():
            part = drawn[drawn["country"] == getattr(params, role)]
            for independent, alpha in ((True, 0.95), (False, 0.3)):
                some = part[part["independent"] == independent]
                x, y = [across[name] for name in some["model"]], [down[name] for name in some["benchmark"]]
                axes.plot(x, y, "s", ms=4.8, color=colour, alpha=alpha, mew=0)
                if not independent:
                    axes.plot(x, y, ".", ms=2.5, color=_BLACK)
        for number, row in enumerate(shown.itertuples()):
            role = "leader" if row.country == params.leader else "follower"
            axes.plot(number, 0.6, "v", ms=3, color=_COLOUR[role], clip_on=False)
        for x, row, side in ((0, shown.iloc[0], "left"), (len(shown) - 1, shown.iloc[-1], "right")):
            axes.annotate(
                f"{row['date']:%b %Y}",
                (x, 0.2),
                xytext=(0, 3),
                textcoords="offset points",
                ha=side,
                size=8,
                color=_QUIET,
                annotation_clip=False,
            )
        for number, role in enumerate(_COLOUR):
            axes.annotate(
                f"▼ {getattr(params, role)}",
                (0, 0.2),
                xycoords=("axes fraction", "data"),
                xytext=((-52, -6)[number], 3),
                textcoords="offset points",
                ha="right",
                size=8,
                weight="bold",
                color=_INK[role],
                annotation_clip=False,
            )
        axes.set_xlim(-0.6, len(shown) - 0.4)
        axes.set_ylim(line + 0.7, 0.4)
        axes.set_yticks([])
        axes.set_xticks([])
        axes.grid(False)
        axes.spines["bottom"].set_visible(False)
        if small:
            box = axes.get_position()
            axes.set_position(Bbox.from_extents(1.65 / _PHONE, box.y0, box.x1, box.y1))

    lines = len(order) + 1.5 * order["domain"].nunique()
    return _chart(
        draw,
        name="coverage",
        title=words.coverage_title(share, len(named), len(order)),
        subtitle=words.coverage_subtitle(params),
        alt=words.coverage_alt(counts.reset_index(), share, params),
        caption=words.coverage_caption(),
        data=cells.reset_index(drop=True),
        heights=(1.5 + 0.155 * lines, 1.8 + 0.16 * lines),
        sides=(2.2, 0.12),
        above=0.3,
    )


def domain_lags(lags: dict[str, xr.DataArray], params: Params, *, missing: tuple[str, ...] = ()) -> Chart:
    """The lag in each domain as an interval, the longest first.

    Parameters
    ----------
    lags : dict of DataArray
        Draws in months by the name of the domain.
    params : Params
    missing : tuple of str
        Domains without enough data; they get a line that says so.
    """
    rows = summary.bands(lags, params.prob).rename_axis("domain").reset_index()
    rows = rows.sort_values("median", ascending=False)
    gone = pd.DataFrame({"domain": list(missing), "status": "not enough data"})
    rows = pd.concat([rows.assign(status=""), gone], ignore_index=True)

    def draw(axes: Axes, small: bool) -> None:
        column = _Column(axes, small)
        for _, row in rows.iterrows():
            column.interval(row["domain"].capitalize(), row, words.domain_reading(row))
        column.finish()

    return _chart(
        draw,
        name="domain_lags",
        title=words.domains_title(rows),
        subtitle=words.domains_subtitle(params),
        alt=words.domains_alt(rows, params),
        caption=words.domains_caption(params),
        data=rows,
        heights=(1.75 + 0.28 * len(rows), 2.0 + 0.4 * len(rows)),
        sides=(0.1, 0.1),
        above=0.34,
    )


def catch_up_ridges(dates: dict[str, xr.DataArray], params: Params) -> Chart:
    """When the follower's frontier reaches each named model, as hills of probability over time.

    Parameters
    ----------
    dates : dict of DataArray
        Draws of months from the as-of date by the name of the model, infinite
        where not within the horizon: `forecast.catch_up(...)["frontier"]`.
    params : Params
    """
    start, last = pd.Timestamp(params.as_of), params.horizon_months
    rows = summary.bands(dates, params.prob).rename_axis("target").reset_index()
    rows = rows.rename(columns={"outer_low": "lower", "outer_high": "upper"})
    rows["p_later"] = [float((one > last).mean()) for one in dates.values()]
    reached = np.concatenate([one.to_numpy().ravel() for one in dates.values()])
    reached = reached[np.isfinite(reached) & (reached <= last)]
    first, final = -1.0, 12.0
    if reached.size:
        low, high = summary.quantiles(reached, [0.002, 0.99])
        first, final = max(-24.0, np.floor(low)), min(float(last), np.ceil(high) + 1)
    edges = np.arange(min(first, -1.0), max(final, 3.0) + 0.5, 0.5)
    hills = {name: _hill(one.to_numpy().ravel(), edges) for name, one in dates.items()}
    top = max(hill.max() for hill in hills.values()) or 1.0

    def on(months: float) -> pd.Timestamp:
        return start + pd.Timedelta(days=float(np.clip(months, edges[0], edges[-1])) * gap.MONTH_DAYS)

    middles = (edges[:-1] + edges[1:]) / 2

    def draw(axes: Axes, small: bool) -> None:
        for number, row in enumerate(rows.itertuples(), start=1):
            base = 1.4 * number
            days = [on(month) for month in middles]
            axes.fill_between(days, base, base - hills[row.target] / top, color=_COLOUR["follower"], alpha=0.35, lw=0)
            axes.plot(days, base - hills[row.target] / top, color=_COLOUR["follower"], lw=1.2)
            axes.plot([on(row.lower), on(row.upper)], [base + 0.09] * 2, color=_INK["follower"], lw=2)
            if row.median <= last:
                axes.plot(on(row.median), base + 0.09, "o", ms=5.5, color=_INK["follower"], mec="white", zorder=4)
            axes.annotate(
                row.target,
                (0, base - 1.13),
                xycoords=("axes fraction", "data"),
                size=9,
                weight="bold",
                va="center",
                bbox=_BEHIND_TEXT,
                zorder=5,
            )
            axes.annotate(
                words.ridge_reading(row._asdict(), params),
                (1, base - 1.13),
                xycoords=("axes fraction", "data"),
                size=8.5,
                ha="right",
                va="center",
                bbox=_BEHIND_TEXT,
                zorder=5,
            )
        axes.axvline(start, color=_GREY, lw=0.8)
        axes.set_xlim(on(edges[0]), on(edges[-1]))
        axes.set_ylim(1.4 * len(rows) + 0.3, 0.1)
        axes.set_yticks([])
        axes.grid(True, axis="x")
        axes.grid(False, axis="y")
        step = next(step for step in (2, 3, 4, 6, 12, 24, 60) if (edges[-1] - edges[0]) / step < (4 if small else 8))
        axes.xaxis.set_major_locator(mdates.MonthLocator(bymonth=range(1, 13, step), interval=max(1, step // 12)))
        axes.xaxis.set_major_formatter(mdates.DateFormatter("%b %Y"))

    shown = pd.DataFrame(hills, index=[on(month) for month in middles]).rename_axis("date").reset_index()
    return _chart(
        draw,
        name="catch_up_ridges",
        title=words.ridges_title(rows, params),
        subtitle=words.catch_up_subtitle(params),
        alt=words.ridges_alt(rows, params),
        caption=words.ridges_caption(params),
        data=shown.melt(id_vars="date", var_name="target", value_name="probability_per_half_month"),
        heights=(1.35 + 0.8 * len(rows), 1.55 + 0.8 * len(rows)),
        sides=(0.4, 0.4),
    )


def _hill(months: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """Share of all draws in each half month, smoothed over about a month each way."""
    share = np.histogram(months[np.isfinite(months)], bins=edges)[0] / len(months)
    weights = np.array([1.0, 2.0, 3.0, 2.0, 1.0])
    padded = np.pad(share, 2)
    return np.convolve(padded, weights / weights.sum(), mode="valid")


class Board:
    """One chart that is drawn once and moves with its numbers: a fan, its saw-tooth and the baseline, as PNG."""

    def __init__(self, *, width: float = _PAGE, height: float = 3.4):
        with _look():
            self._fig = Figure(figsize=(width, height))
            FigureCanvasAgg(self._fig)
            self._axes = self._fig.add_axes(Bbox.from_extents(0.06, 0.16, 0.84, 0.88))
            self._axes.xaxis.set_major_locator(mdates.MonthLocator(bymonth=(1, 7)))
            self._axes.xaxis.set_major_formatter(mdates.ConciseDateFormatter(self._axes.xaxis.get_major_locator()))
            self._title = self._fig.text(0.013, 0.93, "", size=11, weight="bold")
            self._fig.text(0.013, 0.015, CREDIT, size=7, color=_QUIET)
        self._drawn: list = []

    def png(self, fan: pd.DataFrame, baseline: pd.DataFrame, today: pd.Timestamp, *, title: str, ends: str) -> bytes:
        """The picture for these numbers.

        Parameters
        ----------
        fan, baseline : DataFrame indexed by date
            Quantiles as `outer_low`, `low`, `median`, `high`, `outer_high`;
            of the baseline the median is drawn.
        today : Timestamp
            Where the past ends.
        title, ends : str
            What the chart says, and what its line is.
        """
        axes = self._axes
        for artist in self._drawn:
            artist.remove()
        finite = np.concatenate([frame.to_numpy().ravel() for frame in (fan, baseline)])
        finite = finite[np.isfinite(finite)]
        top = 1.05 * max(finite.max(), 1.0)
        bottom = max(min(finite.min(), 0.0), -0.7 * top)
        fan, baseline = (frame.clip(bottom - 5, top + 5) for frame in (fan, baseline))
        with _look():
            self._title.set_text(title)
            days = mdates.date2num(fan.index)
            self._drawn = [
                axes.fill_between(days, fan[low], fan[high], color=_COLOUR["follower"], alpha=alpha, linewidth=0)
                for low, high, alpha in (("outer_low", "outer_high", 0.14), ("low", "high", 0.25))
            ]
            self._drawn += axes.plot(days, fan["median"], color=_COLOUR["follower"])
            plain = mdates.date2num(baseline.index)
            self._drawn += axes.plot(plain, baseline["median"], color=_BLACK, lw=1.1, ls=(0, (4, 3)))
            self._drawn += [axes.axvline(today, color=_GREY, lw=0.8), axes.axhline(0, color=_GREY, lw=0.8)]
            end = fan["median"].iloc[-1]
            label = axes.annotate(
                ends,
                (days[-1], np.clip(end, bottom, top)),
                xytext=(6, 0),
                textcoords="offset points",
                va="center",
                size=9,
                weight="bold",
                color=_INK["follower"],
                annotation_clip=False,
            )
            self._drawn.append(label)
            axes.set_xlim(days[0], days[-1])
            axes.set_ylim(bottom, top)
        return _written(self._fig, format="png", dpi=100, metadata={"Software": None})
