"""Readings of past days as they came out, over what is now read of the same days."""

from __future__ import annotations

import matplotlib.dates as mdates
import numpy as np
import pandas as pd
from matplotlib import colormaps
from matplotlib.axes import Axes

from gaplab.report.charts.chart import Chart, framed_chart
from gaplab.report.charts.marks import label_ends
from gaplab.report.charts.style import BLACK, GREY, QUIET
from gaplab.report.text.definitions import DEFINITION_LABELS
from gaplab.report.text.numbers import format_number, signed_or_ahead


def past_readings_chart(rows: pd.DataFrame, *, definition: str = "frontier_lag") -> Chart:
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
        axes.plot(days, told["later"], color=BLACK)
        axes.axhline(0, color=GREY, lw=0.8)
        axes.xaxis.set_major_locator(mdates.MonthLocator(bymonth=1 if small else (1, 7)))
        ends = [(told["median"].iloc[-1], "on its day", QUIET), (told["later"].iloc[-1], "read today", BLACK)]
        label_ends(axes, days[-1], ends)

    return framed_chart(
        draw,
        name="readings",
        title=_title(told),
        subtitle=_subtitle(told),
        alt=_alt(told),
        caption=_caption(),
        data=told,
        heights=(4.4, 4.4),
        sides=(0.42, 1.1),
    )


def _title(told: pd.DataFrame) -> str:
    """How far the readings of past days have moved since."""
    lower, upper = told["revision"].quantile([0.1, 0.9])
    return (
        f"Read on its day, the lag has later moved by {signed_or_ahead(told['revision'].mean())} months on average "
        f"(80%: {signed_or_ahead(lower)} to {signed_or_ahead(upper)})"
    )


def _subtitle(told: pd.DataFrame) -> str:
    """What the chart of past readings shows."""
    return f"{DEFINITION_LABELS[told['definition'].iloc[0]]}, months, by the day it was read"


def _alt(told: pd.DataFrame) -> str:
    """Every reading of the chart of past readings."""
    return " ".join(
        f"{row['origin']}: {format_number(row['median'])}, {format_number(row['lower_80'])} to "
        f"{format_number(row['upper_80'])}; today {format_number(row['later'])}."
        for _, row in told.iterrows()
    )


def _caption() -> str:
    """How to read the chart of past readings."""
    return (
        "Each point is the number as it came out on that day, from the models that were out by then, with intervals "
        "of 50% and 80%; the line is what is now read of the same days."
    )
