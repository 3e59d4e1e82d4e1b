"""Chart: what each scenario changes."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from gaplab.outlook.forecast import LAGS
from gaplab.params.spec import Params
from gaplab.report.charts.drawing.chart import Chart, framed_chart
from gaplab.report.charts.drawing.marks import set_rows, write_at
from gaplab.report.charts.drawing.style import GREY, bar_style, dot_style
from gaplab.report.text.definitions import DEFINITION_LABELS
from gaplab.report.text.names import long_date, scenario_label
from gaplab.report.text.phrases import dot_and_bars, is_behind
from gaplab.report.text.scenarios import change_with_interval
from gaplab.results.columns import percent_label
from gaplab.results.forecast import strongest_scenario


def scenarios_chart(table: pd.DataFrame, params: Params, *, horizon: int = 24) -> Chart:
    """What each scenario of a `scenario_table` changes after one of its horizons, as intervals of change in months."""
    rows = table[(table["horizon"] == horizon) & table["definition"].isin(LAGS)]
    level = percent_label(params.prob)
    ends = rows[["median", f"lower_{level}", f"upper_{level}"]].abs().to_numpy()
    edge = max([value for value in ends.ravel() if value > 0], default=1.0)

    def draw(axes: Axes, small: bool) -> None:
        line = 0.0
        for name, part in rows.groupby("scenario", sort=False):
            line += 1.1
            behind = {"facecolor": "white", "edgecolor": "none", "pad": 1}
            write_at(axes, scenario_label(str(name), params), 0, line, size=9, weight="bold", bbox=behind)
            for _, row in part.iterrows():
                line += 0.8
                for bounds, width in ((level, 2), ("50", 6)):
                    # A bound without a number lies where the follower is ahead for good: far to the left.
                    low, high = (np.nan_to_num(row[f"{side}_{bounds}"], nan=-1.1 * edge) for side in ("lower", "upper"))
                    axes.plot([low, high], [line] * 2, **bar_style(width))
                if np.isfinite(row["median"]):
                    axes.plot(row["median"], line, "o", **dot_style(row["definition"] == "released_lag"))
                write_at(axes, change_with_interval(row, params.prob), 1, line, right=6)
        axes.axvline(0, color=GREY, lw=0.8)
        axes.set_xlim(-1.1 * edge, 1.1 * edge)
        set_rows(axes, line + 0.7, 0.4)

    lines = 1.1 * rows["scenario"].nunique() + 0.8 * len(rows)
    readings = "; ".join(
        f"{scenario_label(row['scenario'], params)}, {DEFINITION_LABELS[row['definition']].lower()}: "
        f"{change_with_interval(row, params.prob)}"
        for _, row in rows.iterrows()
    )
    return framed_chart(
        draw,
        name="scenario_effects",
        title=_title(strongest_scenario(table, horizon), horizon, params),
        subtitle=(
            f"Change of the months {is_behind(params)}, {horizon} months after {long_date(params.as_of)}, against the "
            "baseline: from frontier to frontier (filled) and from the best released model (hollow)"
        ),
        alt=f"Intervals of change in months ({level}%). {readings}.",
        caption=(
            f"{dot_and_bars(params, 'middle change')} Filled: frontier to frontier; hollow: from the best released "
            "model. Left of zero the gap is shorter. A scenario and the baseline use the same random numbers. A lag "
            "looks back: what the leader does shows only once the follower gets there, and a standstill of the leader "
            "makes it jump when the follower passes it."
        ),
        data=rows.reset_index(drop=True),
        heights=(1.5 + 0.29 * lines, 2.0 + 0.29 * lines),
        sides=(0.2, 1.5),
    )


def _title(strongest: pd.Series | None, horizon: int, params: Params) -> str:
    if strongest is None:
        return f"No scenario clearly moves the lag within {horizon} months"
    way = "shortens" if strongest["p_shorter"] > strongest["p_longer"] else "lengthens"
    return f"Of these, “{scenario_label(strongest['scenario'], params)}” {way} the lag most within {horizon} months"
