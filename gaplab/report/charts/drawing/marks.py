"""Marks that several charts draw: bands, labels at the end of lines, the lag as an arrow, rows."""

from __future__ import annotations

from collections.abc import Mapping

import matplotlib.dates as mdates
import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from gaplab.report.charts.drawing.style import BEHIND_TEXT, BLACK
from gaplab.report.text.numbers import format_estimate, format_number
from gaplab.report.text.phrases import arrow_label
from gaplab.units import MONTH_DAYS


def draw_band(axes: Axes, band: pd.DataFrame, colour: str) -> None:
    axes.fill_between(band.index, band["outer_low"], band["outer_high"], color=colour, alpha=0.14, linewidth=0)
    axes.fill_between(band.index, band["low"], band["high"], color=colour, alpha=0.25, linewidth=0)
    axes.plot(band.index, band["median"], color=colour)


def note_value(axes: Axes, x: float, y: float, text: str) -> None:
    """A value of a chart at its place, for a reader who asks for it."""
    axes.__dict__.setdefault("gaplab_values", []).append((x, y, text))


def noted_values(axes: Axes) -> list[tuple[float, float, str]]:
    """Every value noted on the axes: place and text."""
    return axes.__dict__.get("gaplab_values", [])


def note_bands(axes: Axes, bands: Mapping[str, pd.DataFrame], unit: str) -> None:
    """The middle and the outer ends of bands on every date of the first, as one value a date."""
    first = next(iter(bands.values()))
    for when in first.index:
        readings = []
        for name, band in bands.items():
            if when in band.index and np.isfinite(band.loc[when, "median"]):
                row = band.loc[when]
                readings.append(f"{name} {format_estimate(row['median'], row['outer_low'], row['outer_high'])}")
        note_value(
            axes, mdates.date2num(when), first.loc[when, "median"], f"{when:%B %Y}: {'; '.join(readings)} {unit}"
        )


def label_end(axes: Axes, date: pd.Timestamp, level: float, text: str, ink: str, *, down: float = 0) -> None:
    """What a line is, written where it ends."""
    axes.annotate(
        text, (date, level), xytext=(7, -down), textcoords="offset points", va="center", size=10, weight="bold",
        color=ink, annotation_clip=False,
    )  # fmt: skip


def room_for(*names: str) -> float:
    """The inches right of the axes that names at the ends of lines need."""
    return max(0.75, 0.2 + 0.1 * max(map(len, names)))


def draw_lag_arrow(axes: Axes, level: float, end: pd.Timestamp, today: pd.Series) -> None:
    """The lag as a horizontal distance: from the date the leader stood at the follower's level to the as-of date."""
    if not np.isfinite(today["median"]):
        return
    start = lag_arrow_start(end, today)
    if start > end:  # the leader stands there on a day to come, for which there is no line
        axes.annotate(
            arrow_label(today), (end, level), xytext=(-4, 4), textcoords="offset points", ha="right",
            weight="bold", size=10, zorder=5, bbox=BEHIND_TEXT,
        )  # fmt: skip
        return
    shape = {"arrowstyle": "<|-|>", "color": BLACK, "lw": 1.4, "shrinkA": 0, "shrinkB": 0}
    axes.annotate("", (start, level), (end, level), arrowprops=shape, zorder=4)
    axes.annotate(
        arrow_label(today), (start, level), xytext=(9, -3), textcoords="offset points", va="top",
        weight="bold", size=10, zorder=5, bbox=BEHIND_TEXT,
    )  # fmt: skip


def lag_arrow_start(end: pd.Timestamp, today: pd.Series) -> pd.Timestamp:
    months = today["median"] if np.isfinite(today["median"]) else 0.0
    return end - pd.Timedelta(days=months * MONTH_DAYS)


def label_ends(axes: Axes, date: pd.Timestamp, ends: list[tuple[float, str, str]]) -> None:
    """What several lines are, beside their ends and never on top of one another."""
    bottom, top = axes.get_ylim()
    per_point = (top - bottom) / (axes.get_position().height * axes.figure.get_size_inches()[1] * 72)
    free = np.inf
    for level, text, ink in sorted(ends, reverse=True):
        height = max(level, bottom) if np.isfinite(level) else bottom
        place = min(height, free)
        number = format_number(level) if np.isfinite(level) else "ahead"
        label_end(axes, date, height, f"{number} {text}", ink, down=(height - place) / per_point)
        free = place - 14 * per_point


def write_at(axes: Axes, text: str, x: float, line: float, *, right: float = 0, **style) -> None:
    """A text at a place across the axes, from 0 to 1, and so many points right of it, at the height of a row."""
    style = {"va": "center", "size": 8, "annotation_clip": False} | style
    axes.annotate(
        text, (x, line), xycoords=("axes fraction", "data"), xytext=(right, 0), textcoords="offset points", **style
    )


def set_rows(axes: Axes, bottom: float, top: float) -> None:
    """Rows from top to bottom, without marks at the left."""
    axes.set_ylim(bottom, top)
    axes.set_yticks([])
    axes.grid(True, axis="x")
    axes.grid(False, axis="y")


def mark_half_years(axes: Axes, small: bool = False) -> None:
    axes.xaxis.set_major_locator(mdates.MonthLocator(bymonth=1 if small else (1, 7)))
