"""The chart of past readings: a number as it came out, day by day, over what is now read of the same days."""

from __future__ import annotations

import matplotlib.dates as mdates
import numpy as np
import pandas as pd
from matplotlib import colormaps
from matplotlib.axes import Axes

from gaplab.gap.summary import quantiles, tails
from gaplab.report.charts.chart import Chart, framed_chart
from gaplab.report.charts.style import BLACK, GREY
from gaplab.report.text.definitions import DEFINITION_LABELS
from gaplab.report.text.numbers import format_number


def past_readings_chart(rows: pd.DataFrame, *, definition: str = "frontier_lag") -> Chart:
    """One number as it was read on past days, with its intervals, over what is now read of the same days.

    Parameters
    ----------
    rows : DataFrame
        What `validation.readings.read_again` gives; drawn are the readings on its first ruler that know every score
        the models out by then have today.
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
        axes.xaxis.set_major_formatter(mdates.DateFormatter("%b %Y"))

    return framed_chart(
        draw,
        name="readings",
        title=past_readings_title(told),
        subtitle=f"{DEFINITION_LABELS[definition]}, months. Points: read on the day; line: read today",
        alt=_alt(told),
        caption=_caption(),
        data=told,
        heights=(4.4, 4.4),
        sides=(0.42, 0.3),
    )


def past_readings_title(told: pd.DataFrame) -> str:
    """How far the readings of past days have moved since."""
    lower, upper = quantiles(told["revision"].to_numpy(), tails(0.8))
    return (
        f"Read on its day, the lag has later moved by {_signed(told['revision'].mean())} months on average "
        f"(80%: {_signed(lower)} to {_signed(upper)})"
    )


def _alt(told: pd.DataFrame) -> str:
    """Every reading, in words."""
    return " ".join(
        f"{row['origin']}: {format_number(row['median'])}, {format_number(row['lower_80'])} to "
        f"{format_number(row['upper_80'])}; today {format_number(row['later'])}."
        for _, row in told.iterrows()
    )


def _caption() -> str:
    """How to read the chart of past readings."""
    return (
        "Each point is the number as it came out on that day, from the models that were out by then, with intervals of "
        "50% and 80%; the line is what is now read of the same days."
    )


def _signed(value: float) -> str:
    text = format_number(value)
    return text if value <= 0 or text == "0.0" else f"+{text}"
