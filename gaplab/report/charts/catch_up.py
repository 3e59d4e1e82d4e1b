"""Chart: when the follower reaches named models, as intervals on an axis of dates."""

from __future__ import annotations

import matplotlib.dates as mdates
import pandas as pd
from matplotlib.axes import Axes

from gaplab.params.spec import Params
from gaplab.report.charts.drawing.chart import Chart, framed_chart
from gaplab.report.charts.drawing.marks import set_rows, write_at
from gaplab.report.charts.drawing.style import BLACK, GREY, QUIET, bar_style, dot_style
from gaplab.report.text.forecast import catch_up_subtitle, date_with_interval, month_reached
from gaplab.report.text.names import country_name
from gaplab.report.text.numbers import upper_first
from gaplab.results.columns import percent_label
from gaplab.results.forecast import catch_up_verdict
from gaplab.units import MONTH_DAYS


def catch_up_chart(table: pd.DataFrame, params: Params) -> Chart:
    """When the follower reaches each named model, from a `catch_up_table`: intervals on an axis of dates."""
    start, last = pd.Timestamp(params.as_of), params.horizon_months

    def on(months: float) -> pd.Timestamp:
        return start + pd.Timedelta(days=min(months, last) * MONTH_DAYS)

    def draw(axes: Axes, small: bool) -> None:
        finite, line = [0.0, 12.0], 0.0
        for name, rows in table.groupby("target", sort=False):
            line += 1.0
            status = rows["status"].iloc[0]
            style = {"color": QUIET, "weight": "normal"} if status else {"color": BLACK, "weight": "bold"}
            behind = {"facecolor": "white", "edgecolor": "none", "pad": 1}
            write_at(axes, f"{name}: {status}" if status else str(name), 0, line, size=9, bbox=behind, **style)
            for _, row in rows[rows["status"] == ""].iterrows():
                line += 0.8
                hollow = row["reading"] == "released"
                for bounds, width in ((percent_label(params.prob), 2), ("50", 6)):
                    ends = [row[f"{side}_{bounds}"] for side in ("lower", "upper")]
                    axes.plot([on(end) for end in ends], [line] * 2, **bar_style(width))
                    finite += [min(end, last) for end in ends]
                axes.plot(on(row["median"]), line, "o", **dot_style(hollow))
                axes.annotate(
                    "released" if hollow else "frontier", (on(row[f"upper_{percent_label(params.prob)}"]), line),
                    xytext=(6, 0), textcoords="offset points", va="center", size=8, color=QUIET, annotation_clip=False,
                )  # fmt: skip
        axes.axvline(start, color=GREY, lw=0.8)
        axes.set_xlim(on(min(finite) - 0.5), on(1.08 * max(finite)))
        set_rows(axes, line + 0.7, 0.4)
        axes.xaxis.set_major_locator(mdates.AutoDateLocator(minticks=3, maxticks=5 if small else 8))
        axes.xaxis.set_major_formatter(mdates.DateFormatter("%b %Y"))

    lines = table["target"].nunique() + 0.8 * (table["status"] == "").sum()
    return framed_chart(
        draw,
        name="catch_up_dates",
        title=_dates_title(table, params),
        subtitle=catch_up_subtitle(params),
        alt=_dates_alt(table, params),
        caption=(
            f"Dot: middle date. Thick bar: 50% interval. Thin bar: {percent_label(params.prob)}% interval. Filled: "
            f"the frontier of {country_name(params.follower)}; hollow: a released model. A model that this run "
            "does not count has no date."
        ),
        data=table,
        heights=(1.3 + 0.32 * lines, 1.5 + 0.32 * lines),
        sides=(0.2, 0.75),
    )


def _dates_title(table: pd.DataFrame, params: Params) -> str:
    """About the most recent model in scope."""
    known = table[(table["status"] == "") & (table["reading"] == "frontier")]
    if known.empty:
        return "None of the named models is counted in this run"
    row, who = known.iloc[-1], upper_first(country_name(params.follower))
    match catch_up_verdict(row):
        case "matched":
            return f"{who} has probably matched {row['target']}"
        case "later":
            return f"{who} reaches {row['target']} {month_reached(row['median'], params)}"
    return f"{who} reaches {row['target']} around {month_reached(row['median'], params)}"


def _dates_alt(table: pd.DataFrame, params: Params) -> str:
    parts = [
        f"{row['target']}, {'by frontier' if row['reading'] == 'frontier' else 'by a released model'}: "
        f"{row['status'] or date_with_interval(row, params)}"
        for _, row in table.iterrows()
    ]
    return f"Intervals of dates ({percent_label(params.prob)}%). {'; '.join(parts)}."
