"""Chart: one model of the follower beside the frontier of the leader."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes

from gaplab.params.spec import Params
from gaplab.report.charts.drawing.chart import Chart, framed_chart
from gaplab.report.charts.drawing.marks import draw_band, draw_lag_arrow, label_end, mark_half_years, room_for
from gaplab.report.charts.drawing.style import BEHIND_TEXT, COLOUR, INK
from gaplab.report.text.names import country_name, frontier_name, long_date, mark_name, two_sides
from gaplab.report.text.numbers import format_number
from gaplab.report.text.phrases import interval_phrase, model_standing, pick_row, scale_in_words, where_it_stands
from gaplab.results.columns import percent_label
from gaplab.results.over_time import AbilityHistory, band_rows, model_rows


def placed_chart(history: AbilityHistory, table: pd.DataFrame, model: str, params: Params) -> Chart:
    """One model of the follower beside the leader's frontier, with its `model_lag` in a `gap_table` as an arrow."""
    band, facts, lag = history.bands["leader"], history.models.loc[model], pick_row(table, "model_lag", model)
    date, low, middle, high = facts[["date", "level_lower", "level", "level_upper"]]
    near = history.models[history.models["level"] > middle - 25]

    def draw(axes: Axes, small: bool) -> None:
        since = date - pd.DateOffset(months=14 if small else 22)
        leading = band[band.index >= since]
        draw_band(axes, leading, COLOUR["leader"])
        label_end(axes, band.index[-1], band["median"].iloc[-1], mark_name(params.leader), INK["leader"])
        for role in COLOUR:
            dots = near[(near["country"] == getattr(params, role)) & (near["date"] >= since)]
            axes.scatter(dots["date"], dots["level"], s=9, color=COLOUR[role], alpha=0.4, linewidth=0)
        axes.plot([date, date], [low, high], color=COLOUR["follower"], lw=3, alpha=0.55, solid_capstyle="butt")
        axes.plot(date, middle, "o", ms=8, color=COLOUR["follower"], mec="white", mew=1.2, zorder=5)
        axes.set_xlim(leading.index[0], max(band.index[-1], date))
        axes.set_ylim(min(low, leading["outer_low"].min()) - 2, band["outer_high"].iloc[-1] + 3)
        mark_half_years(axes)
        draw_lag_arrow(axes, middle, date, lag)
        axes.annotate(
            model, (date, low), xytext=(0, -4), textcoords="offset points", va="top", size=9, weight="bold",
            ha="right" if date > band.index[-1] - pd.DateOffset(months=4) else "center",
            color=INK["follower"], bbox=BEHIND_TEXT,
        )  # fmt: skip

    ahead, level, today = frontier_name(params.leader), percent_label(params.prob), long_date(params.as_of)
    return framed_chart(
        draw,
        name="placed",
        title=f"{model}: {where_it_stands(lag)} {country_name(params.leader)} when it came out",
        subtitle=f"Ability of the model beside {ahead} ({scale_in_words(history.unit)}), as of {today}",
        alt=(
            f"The rising line of {ahead}, and {model} as a dot at {format_number(middle)} {history.unit} ({level}% "
            f"interval {format_number(low)} to {format_number(high)}). {model_standing(lag, params)}, "
            f"{interval_phrase(lag, params.prob)}: an arrow marks it. Small dots are other models of both "
            f"{two_sides(params)}."
        ),
        caption=(
            f"Line: {ahead}, with the bands that hold it with probability 50% and {level}%. The bar through the large "
            f"dot is the {level}% interval of the model. The arrow goes from the day {country_name(params.leader)} "
            "stood there to the day the model came out."
        ),
        data=pd.concat([band_rows(band, params.leader), model_rows(near)], ignore_index=True),
        heights=(4.6, 4.4),
        sides=(0.42, room_for(mark_name(params.leader))),
    )
