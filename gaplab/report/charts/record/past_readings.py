"""Chart: the first number as it was read on past days, over what is now read of the same days."""

from __future__ import annotations

import matplotlib.dates as mdates
import numpy as np
import pandas as pd
from matplotlib import colormaps
from matplotlib.axes import Axes

from gaplab.gap.summary import quantiles, tails
from gaplab.report.charts.drawing.chart import Chart, framed_chart
from gaplab.report.charts.drawing.marks import mark_half_years
from gaplab.report.charts.drawing.style import BLACK, GREY
from gaplab.report.text.definitions import DEFINITION_LABELS
from gaplab.report.text.numbers import format_number, signed_months
from gaplab.results.revisions import headline_definition


def past_readings_chart(rows: pd.DataFrame, summary: pd.DataFrame) -> Chart:
    """The first number as it was read on past days, with its intervals, over what is now read of the same days.

    Parameters
    ----------
    rows, summary : DataFrame
        What `validation.readings.read_again` and `revision_summary` give;
        drawn are the readings on the first ruler: of the months since its
        first day with the scores that models out by then have today, and of
        days from which the scores known then are kept.
    """
    definition = headline_definition(summary)
    asked = {"definition": definition, "horizon": "today", "ruler": rows["ruler"].iloc[0]}
    rows = rows[(rows[list(asked)] == pd.Series(asked)).all(axis=1)].dropna(subset="later")
    rows = pd.concat([_weeks_apart(each) for _, each in rows.groupby("knowledge")]).reset_index(drop=True)
    days = pd.DatetimeIndex(rows["origin"])
    span = max(float((days.max() - days.min()).days), 1.0)
    colours = colormaps["viridis"](0.85 * np.asarray((days - days.min()).days) / span)
    real = (rows["knowledge"] == "real_time").to_numpy()
    today = rows.drop_duplicates("origin").sort_values("origin")
    low, high = quantiles(rows["revision"].to_numpy(), tails(0.8))

    def draw(axes: Axes, small: bool) -> None:
        axes.vlines(days, rows["lower_80"], rows["upper_80"], color=colours, lw=1.6, alpha=0.5)
        axes.vlines(days, rows["lower_50"], rows["upper_50"], color=colours, lw=4, alpha=0.5)
        for marker, chosen in (("o", ~real), ("D", real)):
            axes.scatter(days[chosen], rows["median"][chosen], s=24, c=colours[chosen], marker=marker, zorder=3)
        axes.plot(pd.DatetimeIndex(today["origin"]), today["later"], color=BLACK)
        axes.axhline(0, color=GREY, lw=0.8)
        mark_half_years(axes, small)
        axes.xaxis.set_major_formatter(mdates.DateFormatter("%b %Y"))

    return framed_chart(
        draw,
        name="readings",
        title=(
            f"Read on its day, the first number has later moved by {signed_months(low)} to {signed_months(high)} "
            "months (80%)"
        ),
        subtitle=f"{DEFINITION_LABELS[definition]}, months. Marks: read on the day; line: read today",
        alt=" ".join(
            f"{row['origin']}{' as known then' if row['knowledge'] == 'real_time' else ''}: "
            f"{format_number(row['median'])}, {format_number(row['lower_80'])} to "
            f"{format_number(row['upper_80'])}; today {format_number(row['later'])}."
            for _, row in rows.iterrows()
        ),
        caption=(
            "Each mark is the number as it came out on that day, in the colour of the day, with intervals of 50% and "
            "80%; the line is what is now read of the same days. Circles: only models that were out by then, with the "
            "scores that they have today. Diamonds: only scores that were known then."
        ),
        data=rows,
        heights=(4.4, 4.4),
        sides=(0.42, 0.3),
    )


def _weeks_apart(rows: pd.DataFrame) -> pd.DataFrame:
    """Readings at least twenty days apart, the first of each stretch."""
    chosen, last = [], pd.Timestamp("1970-01-01")
    rows = rows.sort_values("origin")
    for place, day in enumerate(pd.to_datetime(rows["origin"])):
        if (day - last).days >= 20:
            chosen, last = [*chosen, place], day
    return rows.iloc[chosen]
