"""Chart: the lag at every date of the past."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from gaplab.params.spec import Params
from gaplab.report.charts.drawing.chart import Chart, framed_chart
from gaplab.report.charts.drawing.marks import draw_band, label_end, mark_half_years, note_bands
from gaplab.report.charts.drawing.style import COLOUR, GREY, INK, QUIET
from gaplab.report.text.names import country_name, frontier_name, that_came
from gaplab.report.text.numbers import format_number
from gaplab.report.text.phrases import counted_as_of, is_behind, widened_sentence
from gaplab.results.columns import percent_label
from gaplab.results.over_time import LagHistory, band_rows, change_verdict


def over_time_chart(history: LagHistory, params: Params) -> Chart:
    """The frontier lag at every knot with its bands, and the saw-tooth of what was released by each day."""
    band, teeth, p_widened = history.lag, history.released, history.p_widened

    def draw(axes: Axes, small: bool) -> None:
        draw_band(axes, band, COLOUR["follower"])
        axes.plot(teeth.index, teeth, color=QUIET, lw=0.9)
        end, now, sharp = band.index[-1], band["median"].iloc[-1], teeth.iloc[-1]
        axes.plot(end, now, "o", color=COLOUR["follower"], mec="white", ms=7, clip_on=False)
        axes.set_xlim(band.index[0], end)
        mark_half_years(axes, small)
        axes.set_ylim(min(0, band["outer_low"].min(), teeth.min()), 1.08 * max(band["outer_high"].max(), teeth.max()))
        axes.axhline(0, color=GREY, lw=0.8)
        note_bands(axes, {"frontier to frontier": band}, "months")
        points_per_month = (
            axes.get_position().height * axes.figure.get_size_inches()[1] * 72 / np.diff(axes.get_ylim())[0]
        )
        crowd = max(0, 15 - abs(now - sharp) * points_per_month) / 2 * (1 if sharp > now else -1)
        label_end(axes, end, now, f"{format_number(now)} frontier", INK["follower"], down=crowd)
        label_end(axes, end, sharp, f"{format_number(sharp)} released", QUIET, down=-crowd)

    below = f" Below zero {country_name(params.follower)} is ahead." if band["outer_low"].min() < 0 else ""
    at_least = " The data do not go back far enough: the gap is at least what the lines show."
    return framed_chart(
        draw,
        name="gap_over_time",
        title=_title(p_widened),
        subtitle=f"Months {is_behind(params, frontier_name)}, {counted_as_of(params)}",
        alt=(
            f"A line with bands: months {is_behind(params, frontier_name)}, with {percent_label(params.prob)}% "
            f"intervals: {_yearly(band, params)}. {widened_sentence(p_widened, params)}"
        ),
        caption=(
            f"{widened_sentence(p_widened, params)} Thick line: from frontier to frontier, with 50% and "
            f"{percent_label(params.prob)}% bands. Thin line: from the best model {that_came(params.follower, 'had')} "
            "by then; it climbs a month for every month without a better one."
            f"{below} The past, too, is read from the scores known at the as-of "
            f"date.{at_least if history.at_least else ''}"
        ),
        data=pd.concat(
            [band_rows(band, "frontier_lag"), band_rows(teeth.to_frame("median"), "released_lag")], ignore_index=True
        ),
        heights=(4.4, 4.4),
        sides=(0.42, 1.25),
    )


def _title(p_widened: float) -> str:
    verdict = change_verdict(p_widened)
    if verdict is None:
        return "No clear change over the last year"
    probably, longer = verdict
    return f"The gap has {probably}{'widened' if longer else 'narrowed'} over the last year"


def _yearly(band: pd.DataFrame, params: Params) -> str:
    """The lag a year apart, with its interval."""
    return "; ".join(
        f"{when:%B %Y} {format_number(row['median'])} ({format_number(row['outer_low'])} to "
        f"{format_number(row['outer_high'])})"
        for when, row in band.iloc[:: -max(1, round(12 / params.knot_months))].iloc[::-1].iterrows()
    )
