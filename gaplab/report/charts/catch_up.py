"""Charts: when the follower reaches named models, as intervals and as ridgelines."""

from __future__ import annotations

import matplotlib.dates as mdates
import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.axes import Axes

from gaplab.gap import summary
from gaplab.params.spec import Params
from gaplab.report.charts.chart import Chart, framed_chart
from gaplab.report.charts.style import BEHIND_TEXT, BLACK, COLOUR, GREY, INK, QUIET, bar_style, dot_style
from gaplab.report.text.forecast import date_with_interval, month_reached
from gaplab.report.text.names import country_name, long_date
from gaplab.report.text.numbers import format_probability, upper_first
from gaplab.results.columns import percent_label
from gaplab.units import MONTH_DAYS


def catch_up_chart(table: pd.DataFrame, params: Params) -> Chart:
    """When the follower reaches each named model: intervals on an axis of dates.

    Parameters
    ----------
    table : DataFrame
        What `tables.catch_up_table` gives.
    params : Params
    """
    start, last = pd.Timestamp(params.as_of), params.horizon_months
    named = list(table["target"].drop_duplicates())

    def on(months: float) -> pd.Timestamp:
        return start + pd.Timedelta(days=min(months, last) * MONTH_DAYS)

    def draw(axes: Axes, small: bool) -> None:
        finite, line = [0.0, 12.0], 0.0
        for name in named:
            rows = table[table["target"] == name]
            line += 1.0
            status = rows["status"].iloc[0]
            axes.annotate(
                f"{name}: {status}" if status else name,
                (0, line),
                xycoords=("axes fraction", "data"),
                size=9,
                weight="normal" if status else "bold",
                color=QUIET if status else BLACK,
                va="center",
                bbox={"facecolor": "white", "edgecolor": "none", "pad": 1},
            )
            for _, row in rows[rows["status"] == ""].iterrows():
                line += 0.8
                hollow = row["reading"] == "released"
                for bounds, width in ((percent_label(params.prob), 2), ("50", 6)):
                    ends = [row[f"{side}_{bounds}"] for side in ("lower", "upper")]
                    axes.plot([on(end) for end in ends], [line] * 2, **bar_style(width))
                    finite += [min(end, last) for end in ends]
                axes.plot(on(row["median"]), line, "o", **dot_style(hollow))
                reach = on(row[f"upper_{percent_label(params.prob)}"])
                axes.annotate(
                    "released" if hollow else "frontier",
                    (reach, line),
                    xytext=(6, 0),
                    textcoords="offset points",
                    va="center",
                    size=8,
                    color=QUIET,
                    annotation_clip=False,
                )
        axes.axvline(start, color=GREY, lw=0.8)
        axes.set_xlim(on(min(finite) - 0.5), on(1.08 * max(finite)))
        axes.set_ylim(line + 0.7, 0.4)
        axes.set_yticks([])
        axes.grid(True, axis="x")
        axes.grid(False, axis="y")
        axes.xaxis.set_major_locator(mdates.AutoDateLocator(minticks=3, maxticks=5 if small else 8))
        axes.xaxis.set_major_formatter(mdates.DateFormatter("%b %Y"))

    lines = len(named) + 0.8 * (table["status"] == "").sum()
    return framed_chart(
        draw,
        name="catch_up_dates",
        title=_dates_title(table, params),
        subtitle=_subtitle(params),
        alt=_dates_alt(table, params),
        caption=_dates_caption(params),
        data=table,
        heights=(1.3 + 0.32 * lines, 1.5 + 0.32 * lines),
        sides=(0.2, 0.75),
    )


def ridges_chart(dates: dict[str, xr.DataArray], params: Params) -> Chart:
    """When the follower's frontier reaches each named model, as hills of probability over time.

    Parameters
    ----------
    dates : dict of DataArray
        Draws of months from the as-of date by the name of the model, infinite
        where not within the horizon: `forecast.catch_up(...)["frontier"]`.
    params : Params
    """
    start, last = pd.Timestamp(params.as_of), params.horizon_months
    rows = summary.bands(dates, params.prob).rename_axis("target").reset_index()
    rows = rows.rename(columns={"outer_low": "lower", "outer_high": "upper"})
    rows["p_later"] = [float((one > last).mean()) for one in dates.values()]
    reached = np.concatenate([one.to_numpy().ravel() for one in dates.values()])
    reached = reached[np.isfinite(reached) & (reached <= last)]
    first, final = -1.0, 12.0
    if reached.size:
        low, high = summary.quantiles(reached, [0.002, 0.99])
        first, final = max(-24.0, np.floor(low)), min(float(last), np.ceil(high) + 1)
    edges = np.arange(min(first, -1.0), max(final, 3.0) + 0.5, 0.5)
    hills = {name: _hill(one.to_numpy().ravel(), edges) for name, one in dates.items()}
    top = max(hill.max() for hill in hills.values()) or 1.0

    def on(months: float) -> pd.Timestamp:
        return start + pd.Timedelta(days=float(np.clip(months, edges[0], edges[-1])) * MONTH_DAYS)

    middles = (edges[:-1] + edges[1:]) / 2

    def draw(axes: Axes, small: bool) -> None:
        for number, row in enumerate(rows.itertuples(), start=1):
            base = 1.4 * number
            days = [on(month) for month in middles]
            axes.fill_between(days, base, base - hills[row.target] / top, color=COLOUR["follower"], alpha=0.35, lw=0)
            axes.plot(days, base - hills[row.target] / top, color=COLOUR["follower"], lw=1.2)
            axes.plot([on(row.lower), on(row.upper)], [base + 0.09] * 2, color=INK["follower"], lw=2)
            if row.median <= last:
                axes.plot(on(row.median), base + 0.09, "o", ms=5.5, color=INK["follower"], mec="white", zorder=4)
            axes.annotate(
                row.target,
                (0, base - 1.13),
                xycoords=("axes fraction", "data"),
                size=9,
                weight="bold",
                va="center",
                bbox=BEHIND_TEXT,
                zorder=5,
            )
            axes.annotate(
                _ridge_reading(row._asdict(), params),
                (1, base - 1.13),
                xycoords=("axes fraction", "data"),
                size=8.5,
                ha="right",
                va="center",
                bbox=BEHIND_TEXT,
                zorder=5,
            )
        axes.axvline(start, color=GREY, lw=0.8)
        axes.set_xlim(on(edges[0]), on(edges[-1]))
        axes.set_ylim(1.4 * len(rows) + 0.3, 0.1)
        axes.set_yticks([])
        axes.grid(True, axis="x")
        axes.grid(False, axis="y")
        step = next(step for step in (2, 3, 4, 6, 12, 24, 60) if (edges[-1] - edges[0]) / step < (4 if small else 8))
        axes.xaxis.set_major_locator(mdates.MonthLocator(bymonth=range(1, 13, step), interval=max(1, step // 12)))
        axes.xaxis.set_major_formatter(mdates.DateFormatter("%b %Y"))

    shown = pd.DataFrame(hills, index=[on(month) for month in middles]).rename_axis("date").reset_index()
    return framed_chart(
        draw,
        name="catch_up_ridges",
        title=_ridges_title(rows, params),
        subtitle=_subtitle(params),
        alt=_ridges_alt(rows, params),
        caption=_ridges_caption(params),
        data=shown.melt(id_vars="date", var_name="target", value_name="probability_per_half_month"),
        heights=(1.35 + 0.8 * len(rows), 1.55 + 0.8 * len(rows)),
        sides=(0.4, 0.4),
    )


def _hill(months: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """Share of all draws in each half month, smoothed over about a month each way."""
    share = np.histogram(months[np.isfinite(months)], bins=edges)[0] / len(months)
    weights = np.array([1.0, 2.0, 3.0, 2.0, 1.0])
    padded = np.pad(share, 2)
    return np.convolve(padded, weights / weights.sum(), mode="valid")


def _dates_title(table: pd.DataFrame, params: Params) -> str:
    """The finding of the chart of catch-up dates, about the most recent model in scope."""
    known = table[(table["status"] == "") & (table["reading"] == "frontier")]
    if known.empty:
        return "None of the named models is counted in this run"
    row = known.iloc[-1]
    if row["p_matched"] > 0.5:
        return upper_first(f"{country_name(params.follower)} has probably matched {row['target']}")
    if row["p_later"] > 0.5:
        return upper_first(
            f"{country_name(params.follower)} reaches {row['target']} {month_reached(row['median'], params)}"
        )
    return upper_first(
        f"{country_name(params.follower)} reaches {row['target']} around {month_reached(row['median'], params)}"
    )


def _subtitle(params: Params) -> str:
    """What is drawn on the chart of catch-up dates."""
    return (
        f"When {country_name(params.follower)} is as able as each model of {country_name(params.leader)}, seen from "
        f"{long_date(params.as_of)}"
    )


def _dates_alt(table: pd.DataFrame, params: Params) -> str:
    """The chart of catch-up dates for those who do not see it."""
    parts = [
        f"{row['target']}, {'by frontier' if row['reading'] == 'frontier' else 'by a released model'}: "
        f"{row['status'] or date_with_interval(row, params)}"
        for _, row in table.iterrows()
    ]
    return f"Intervals of dates ({percent_label(params.prob)}%). {'; '.join(parts)}."


def _dates_caption(params: Params) -> str:
    """How to read the chart of catch-up dates."""
    return (
        f"Dot: middle date. Thick bar: 50% interval. Thin bar: {percent_label(params.prob)}% interval. Filled: the "
        f"frontier of {country_name(params.follower)}; hollow: a model it has released. A model that this run does "
        "not count has no date."
    )


def _ridges_title(rows: pd.DataFrame, params: Params) -> str:
    """The finding of the ridgelines: which model is reached last."""
    known = rows[rows["median"] <= params.horizon_months]
    if known.empty:
        return f"No named model is probably reached within {params.horizon_months} months"
    last = known.loc[known["median"].idxmax()]
    if last["median"] < 0:
        return upper_first(f"{country_name(params.follower)} has probably matched all of them")
    return upper_first(
        f"{country_name(params.follower)} reaches {last['target']} around {month_reached(last['median'], params)}"
    )


def _ridge_reading(row: dict, params: Params) -> str:
    """A hill in figures: its middle, or how probable it is that nothing comes within the horizon."""
    if row["median"] <= params.horizon_months:
        return month_reached(row["median"], params)
    return f"{format_probability(row['p_later'])} later"


def _ridges_alt(rows: pd.DataFrame, params: Params) -> str:
    """The ridgelines for those who do not see them."""
    readings = "; ".join(
        f"{r['target']}: {month_reached(r['median'], params)} ({month_reached(r['lower'], params)} to "
        f"{month_reached(r['upper'], params)}), not within the horizon with probability "
        f"{format_probability(r['p_later'])}"
        for _, r in rows.iterrows()
    )
    return f"Hills of probability over time, one for each model: {readings}."


def _ridges_caption(params: Params) -> str:
    """How to read the ridgelines."""
    return (
        f"The height of a hill is how probable it is that the frontier of {country_name(params.follower)} reaches the "
        f"model in that month; the line under it is the {percent_label(params.prob)}% interval, the dot its middle. "
        f"Left of the vertical line lies what may have happened already; what comes after {params.horizon_months} "
        "months is left out."
    )
