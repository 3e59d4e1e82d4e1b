"""Chart: what each scenario changes."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from gaplab.outlook.forecast import LAGS
from gaplab.params.spec import Params
from gaplab.report.charts.chart import Chart, framed_chart
from gaplab.report.charts.style import GREY, bar_style, dot_style
from gaplab.report.text.definitions import DEFINITION_LABELS
from gaplab.report.text.names import country_name, long_date, scenario_label
from gaplab.report.text.scenarios import change_with_interval
from gaplab.results.columns import percent_label


def scenarios_chart(table: pd.DataFrame, params: Params, *, horizon: int = 24) -> Chart:
    """What each scenario changes after `horizon` months, as intervals of change in months.

    Parameters
    ----------
    table : DataFrame
        What `tables.scenario_table` gives.
    params : Params
    horizon : int
        One of the horizons of the table.
    """
    rows = table[(table["horizon"] == horizon) & table["definition"].isin(LAGS)]
    bounds = rows[["median", *(f"{side}_{percent_label(params.prob)}" for side in ("lower", "upper"))]].abs().to_numpy()
    edge = max([value for value in bounds.ravel() if value > 0], default=1.0)

    def draw(axes: Axes, small: bool) -> None:
        line = 0.0
        for name, part in rows.groupby("scenario", sort=False):
            line += 1.1
            axes.annotate(
                scenario_label(str(name)),
                (0, line),
                xycoords=("axes fraction", "data"),
                size=9,
                weight="bold",
                va="center",
                bbox={"facecolor": "white", "edgecolor": "none", "pad": 1},
            )
            for _, row in part.iterrows():
                line += 0.8
                hollow = row["definition"] == "released_lag"
                for bounds, width in ((percent_label(params.prob), 2), ("50", 6)):
                    # A bound without a number lies where the follower is ahead for good: far to the left.
                    low, high = (np.nan_to_num(row[f"{side}_{bounds}"], nan=-1.1 * edge) for side in ("lower", "upper"))
                    axes.plot([low, high], [line] * 2, **bar_style(width))
                if np.isfinite(row["median"]):
                    axes.plot(row["median"], line, "o", **dot_style(hollow))
                axes.annotate(
                    change_with_interval(row, params.prob),
                    (1, line),
                    xycoords=("axes fraction", "data"),
                    xytext=(6, 0),
                    textcoords="offset points",
                    va="center",
                    size=8,
                    annotation_clip=False,
                )
        axes.axvline(0, color=GREY, lw=0.8)
        axes.set_xlim(-1.1 * edge, 1.1 * edge)
        axes.set_ylim(line + 0.7, 0.4)
        axes.set_yticks([])
        axes.grid(True, axis="x")
        axes.grid(False, axis="y")

    lines = 1.1 * rows["scenario"].nunique() + 0.8 * len(rows)
    return framed_chart(
        draw,
        name="scenario_effects",
        title=_title(table, horizon),
        subtitle=_subtitle(horizon, params),
        alt=_alt(rows, params),
        caption=_caption(params),
        data=rows.reset_index(drop=True),
        heights=(1.5 + 0.29 * lines, 2.0 + 0.29 * lines),
        sides=(0.2, 1.5),
    )


def _title(table: pd.DataFrame, horizon: int) -> str:
    """The finding of the chart of scenarios: what moves the lag most."""
    rows = table[(table["definition"] == "frontier_lag") & (table["horizon"] == horizon)]
    moved = rows.loc[(rows["p_shorter"] - rows["p_longer"]).abs() > 0.8]
    if moved.empty:
        return f"No scenario clearly moves the lag within {horizon} months"
    strongest = moved.assign(size=moved["median"].abs().fillna(np.inf)).sort_values("size").iloc[-1]
    way = "shortens" if strongest["p_shorter"] > strongest["p_longer"] else "lengthens"
    return f"Of these, “{scenario_label(strongest['scenario'])}” {way} the lag most within {horizon} months"


def _subtitle(horizon: int, params: Params) -> str:
    """What is drawn on the chart of scenarios."""
    return (
        f"Change of the months {country_name(params.follower)} is behind {country_name(params.leader)}, {horizon} "
        f"months after {long_date(params.as_of)}, against the baseline: from frontier to frontier (filled) and from "
        "the best released model (hollow)"
    )


def _alt(rows: pd.DataFrame, params: Params) -> str:
    """The chart of scenarios for those who do not see it."""
    parts = [
        f"{scenario_label(row['scenario'])}, {DEFINITION_LABELS[row['definition']].lower()}: "
        f"{change_with_interval(row, params.prob)}"
        for _, row in rows.iterrows()
    ]
    return f"Intervals of change in months ({percent_label(params.prob)}%). {'; '.join(parts)}."


def _caption(params: Params) -> str:
    """How to read the chart of scenarios."""
    return (
        f"Dot: middle change. Thick bar: 50% interval. Thin bar: {percent_label(params.prob)}% interval. Filled: "
        "frontier to frontier; hollow: from the best released model. Left of zero the gap is shorter. A scenario and "
        "the baseline use the same random numbers. A lag looks back: what the leader does shows only once the "
        "follower gets there, and a standstill of the leader makes it jump when the follower passes it."
    )
