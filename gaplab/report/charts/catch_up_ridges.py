"""Chart: when the follower reaches named models, as hills of probability over time."""

from __future__ import annotations

import matplotlib.dates as mdates
import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from gaplab.params.spec import Params
from gaplab.report.charts.drawing.chart import Chart, framed_chart
from gaplab.report.charts.drawing.marks import set_rows, write_at
from gaplab.report.charts.drawing.style import BEHIND_TEXT, COLOUR, GREY, INK
from gaplab.report.text.forecast import catch_up_subtitle, month_reached
from gaplab.report.text.names import country_name
from gaplab.report.text.numbers import format_probability, upper_first
from gaplab.results.columns import percent_label
from gaplab.units import MONTH_DAYS


def ridges_chart(table: pd.DataFrame, density: pd.DataFrame, params: Params) -> Chart:
    """When the follower's frontier reaches each named model, as hills of probability over time.

    Parameters
    ----------
    table : DataFrame
        What `catch_up_table` gives.
    density : DataFrame
        What `catch_up_density` gives for some of its models.
    """
    start, last = pd.Timestamp(params.as_of), params.horizon_months
    frontier = table[table["reading"] == "frontier"].set_index("target").loc[density.columns]
    level = percent_label(params.prob)
    rows = frontier.rename(columns={f"lower_{level}": "lower", f"upper_{level}": "upper"}).reset_index()
    top = density.max(axis=None) or 1.0
    first, final = density.index[0] - 0.25, density.index[-1] + 0.25

    def on(months: float) -> pd.Timestamp:
        return start + pd.Timedelta(days=float(np.clip(months, first, final)) * MONTH_DAYS)

    days = [on(month) for month in density.index]

    def draw(axes: Axes, small: bool) -> None:
        for number, row in enumerate(rows.itertuples(), start=1):
            base = 1.4 * number
            hill = base - density[row.target].to_numpy() / top
            axes.fill_between(days, base, hill, color=COLOUR["follower"], alpha=0.35, lw=0)
            axes.plot(days, hill, color=COLOUR["follower"], lw=1.2)
            axes.plot([on(row.lower), on(row.upper)], [base + 0.09] * 2, color=INK["follower"], lw=2)
            if row.median <= last:
                axes.plot(on(row.median), base + 0.09, "o", ms=5.5, color=INK["follower"], mec="white", zorder=4)
            style = {"bbox": BEHIND_TEXT, "zorder": 5}
            write_at(axes, row.target, 0, base - 1.13, size=9, weight="bold", **style)
            reading = (
                month_reached(row.median, params) if row.median <= last else f"{format_probability(row.p_later)} later"
            )
            write_at(axes, reading, 1, base - 1.13, size=8.5, ha="right", **style)
        axes.axvline(start, color=GREY, lw=0.8)
        axes.set_xlim(on(first), on(final))
        set_rows(axes, 1.4 * len(rows) + 0.3, 0.1)
        step = next(step for step in (2, 3, 4, 6, 12, 24, 60) if (final - first) / step < (4 if small else 8))
        axes.xaxis.set_major_locator(mdates.MonthLocator(bymonth=range(1, 13, step), interval=max(1, step // 12)))
        axes.xaxis.set_major_formatter(mdates.DateFormatter("%b %Y"))

    return framed_chart(
        draw,
        name="catch_up_ridges",
        title=_ridges_title(rows, params),
        subtitle=catch_up_subtitle(params),
        alt=_ridges_alt(rows, params),
        caption=(
            f"The height of a hill is how probable it is that the frontier of {country_name(params.follower)} reaches "
            f"the model in that month; the line under it is the {level}% interval, the dot its middle. Left of the "
            f"vertical line lies what may have happened already; what comes after {params.horizon_months} months is "
            "left out."
        ),
        data=density.set_axis(pd.Index(days, name="date")).reset_index().melt(
            id_vars="date", var_name="target", value_name="probability_per_half_month"
        ),
        heights=(1.35 + 0.8 * len(rows), 1.55 + 0.8 * len(rows)),
        sides=(0.4, 0.4),
    )  # fmt: skip


def _ridges_title(rows: pd.DataFrame, params: Params) -> str:
    """About the model that is reached last."""
    known = rows[rows["median"] <= params.horizon_months]
    if known.empty:
        return f"No named model is probably reached within {params.horizon_months} months"
    last, who = known.loc[known["median"].idxmax()], upper_first(country_name(params.follower))
    if last["median"] < 0:
        return f"{who} has probably matched all of them"
    return f"{who} reaches {last['target']} around {month_reached(last['median'], params)}"


def _ridges_alt(rows: pd.DataFrame, params: Params) -> str:
    readings = "; ".join(
        f"{r['target']}: {month_reached(r['median'], params)} ({month_reached(r['lower'], params)} to "
        f"{month_reached(r['upper'], params)}), not within the horizon with probability "
        f"{format_probability(r['p_later'])}"
        for _, r in rows.iterrows()
    )
    return f"Hills of probability over time, one for each model: {readings}."
