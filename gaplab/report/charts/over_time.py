"""Chart: the lag at every date of the past."""

from __future__ import annotations

import matplotlib.dates as mdates
import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from gaplab import gap
from gaplab.gap import summary
from gaplab.params.spec import Params
from gaplab.posterior import Posterior
from gaplab.report.charts.chart import Chart, framed_chart
from gaplab.report.charts.marks import draw_band, label_end
from gaplab.report.charts.style import COLOUR, GREY, INK, QUIET
from gaplab.report.text.names import country_name, frontier_name, long_date, what_counts
from gaplab.report.text.numbers import format_number
from gaplab.report.text.phrases import widened_sentence
from gaplab.results.columns import percent_label
from gaplab.results.over_time import band_rows, released_lag_by_day


def over_time_chart(posterior: Posterior) -> Chart:
    """The frontier lag at every knot with its bands, and the saw-tooth of what was released by each day."""
    params = posterior.params
    pair = {"leader": params.leader, "follower": params.follower}
    lag = gap.frontier_lag(posterior.frontier, **pair)
    known = (gap.p_censored(lag) < 0.1).to_numpy()
    bound = known.sum() < 2
    known = known | bound
    band = summary.band(lag.isel(date=known), params.prob)
    teeth = released_lag_by_day(posterior, band.index[0])
    p_widened = gap.p_widened(posterior.frontier, **pair)

    def draw(axes: Axes, small: bool) -> None:
        draw_band(axes, band, COLOUR["follower"])
        axes.plot(teeth.index, teeth, color=QUIET, lw=0.9)
        end, now, sharp = band.index[-1], band["median"].iloc[-1], teeth.iloc[-1]
        axes.plot(end, now, "o", color=COLOUR["follower"], mec="white", ms=7, clip_on=False)
        axes.set_xlim(band.index[0], end)
        axes.xaxis.set_major_locator(mdates.MonthLocator(bymonth=1 if small else (1, 7)))
        axes.set_ylim(min(0, band["outer_low"].min(), teeth.min()), 1.08 * max(band["outer_high"].max(), teeth.max()))
        axes.axhline(0, color=GREY, lw=0.8)
        points_per_month = (
            axes.get_position().height * axes.figure.get_size_inches()[1] * 72 / np.diff(axes.get_ylim())[0]
        )
        crowd = max(0, 15 - abs(now - sharp) * points_per_month) / 2 * (1 if sharp > now else -1)
        label_end(axes, end, now, f"{format_number(now)} frontier", INK["follower"], down=crowd)
        label_end(axes, end, sharp, f"{format_number(sharp)} released", QUIET, down=-crowd)

    return framed_chart(
        draw,
        name="gap_over_time",
        title=_title(p_widened),
        subtitle=_subtitle(params),
        alt=_alt(band, p_widened, params),
        caption=_caption(p_widened, bound, params),
        data=pd.concat(
            [band_rows(band, "frontier_lag"), band_rows(teeth.to_frame("median"), "released_lag")], ignore_index=True
        ),
        heights=(4.4, 4.4),
        sides=(0.42, 1.25),
    )


def _title(p_widened: float) -> str:
    """The finding of the chart over time, from the probability that the lag grew over 12 months."""
    sure = max(p_widened, 1 - p_widened)
    if sure < 0.8:
        return "No clear change over the last year"
    change = "widened" if p_widened > 0.5 else "narrowed"
    return f"The gap has {'' if sure >= 0.95 else 'probably '}{change} over the last year"


def _subtitle(params: Params) -> str:
    """What is drawn on the chart over time."""
    return (
        f"Months {frontier_name(params.follower)} is behind {frontier_name(params.leader)}, {what_counts(params)}, as "
        f"of {long_date(params.as_of)}"
    )


def _alt(band: pd.DataFrame, p_widened: float, params: Params) -> str:
    """The chart over time for those who do not see it."""
    yearly = band.iloc[:: -max(1, round(12 / params.knot_months))].iloc[::-1]
    readings = "; ".join(
        f"{when:%B %Y} {format_number(row['median'])} ({format_number(row['outer_low'])} to "
        f"{format_number(row['outer_high'])})"
        for when, row in yearly.iterrows()
    )
    return (
        f"A line with bands: months {frontier_name(params.follower)} is behind {frontier_name(params.leader)}, with "
        f"{percent_label(params.prob)}% intervals: {readings}. {widened_sentence(p_widened, params)}"
    )


def _caption(p_widened: float, bound: bool, params: Params) -> str:
    """How to read the chart over time, whether the gap grew, and whether the line is only a lower bound."""
    at_least = " The data do not go back far enough: the gap is at least what the lines show." if bound else ""
    return (
        f"{widened_sentence(p_widened, params)} Thick line: from frontier to frontier, with 50% and "
        f"{percent_label(params.prob)}% bands. Thin line: from the best model {country_name(params.follower)} had "
        "released by then; it climbs a month for every month without a better one. Below zero "
        f"{country_name(params.follower)} is ahead. The past, too, is read from the scores known at the as-of date."
        + at_least
    )
