"""The chart of past readings: the lag as it came out, day by day, over what is now read of the same days."""

from __future__ import annotations

import matplotlib.dates as mdates
import numpy as np
import pandas as pd
from matplotlib import colormaps
from matplotlib.axes import Axes

from gaplab.report.charts.chart import Chart, framed_chart
from gaplab.report.charts.marks import mark_half_years
from gaplab.report.charts.style import BLACK, GREY
from gaplab.report.text.definitions import DEFINITION_LABELS
from gaplab.report.text.numbers import format_number, signed_or_ahead


def past_readings_chart(rows: pd.DataFrame, summary: pd.DataFrame) -> Chart:
    """The frontier lag as it was read on past days, with its intervals, over what is now read of the same days.

    Parameters
    ----------
    rows, summary : DataFrame
        What `validation.readings.read_again` and `revision_summary` give;
        drawn are the readings on the first ruler that know every score that
        the models out by then have today.
    """
    asked = {"knowledge": "hindsight", "definition": "frontier_lag", "horizon": "today"}
    rows, moved = (table[(table[list(asked)] == pd.Series(asked)).all(axis=1)] for table in (rows, summary))
    rows = rows[rows["ruler"] == rows["ruler"].iloc[0]].sort_values("origin").reset_index(drop=True)
    moved = moved[moved["ruler"] == rows["ruler"].iloc[0]].iloc[0]
    days = pd.DatetimeIndex(rows["origin"])
    colours = colormaps["viridis"](np.linspace(0.0, 0.85, len(rows)))

    def draw(axes: Axes, small: bool) -> None:
        axes.vlines(days, rows["lower_80"], rows["upper_80"], color=colours, lw=1.6, alpha=0.5)
        axes.vlines(days, rows["lower_50"], rows["upper_50"], color=colours, lw=4, alpha=0.5)
        axes.scatter(days, rows["median"], s=22, color=colours, zorder=3)
        axes.plot(days, rows["later"], color=BLACK)
        axes.axhline(0, color=GREY, lw=0.8)
        mark_half_years(axes, small)
        axes.xaxis.set_major_formatter(mdates.DateFormatter("%b %Y"))

    return framed_chart(
        draw,
        name="readings",
        title=(
            f"Read on its day, the lag has later moved by {signed_or_ahead(moved['bias'])} months on average (80%: "
            f"{signed_or_ahead(moved['usual_lower'])} to {signed_or_ahead(moved['usual_upper'])})"
        ),
        subtitle=f"{DEFINITION_LABELS['frontier_lag']}, months. Points: read on the day; line: read today",
        alt=" ".join(
            f"{row['origin']}: {format_number(row['median'])}, {format_number(row['lower_80'])} to "
            f"{format_number(row['upper_80'])}; today {format_number(row['later'])}."
            for _, row in rows.iterrows()
        ),
        caption=(
            "Each point is the number as it came out on that day, from the models that were out by then, with "
            "intervals of 50% and 80%; the line is what is now read of the same days."
        ),
        data=rows,
        heights=(4.4, 4.4),
        sides=(0.42, 0.3),
    )
