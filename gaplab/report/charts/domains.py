"""Chart: the lag in each domain, longest first."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from gaplab.fit.table_checks import FEW_MODELS, FEW_SCORES
from gaplab.params.spec import Params
from gaplab.report.charts.drawing.chart import Chart, framed_chart
from gaplab.report.charts.drawing.interval_rows import IntervalRows
from gaplab.report.text.names import short_name
from gaplab.report.text.numbers import format_estimate, format_number
from gaplab.report.text.phrases import counted_as_of, dot_and_bars, is_behind
from gaplab.results.columns import percent_label


def domains_chart(table: pd.DataFrame, params: Params) -> Chart:
    """The lag in each domain of a `domain_table`; a domain without a number gets a line that says why.

    Beside its columns: leader_scores, leader_models, follower_scores and
    follower_models, and `few`, whether they are too few for a number to count.
    """
    numbers = [
        row["status"] or format_estimate(*row[["median", "outer_low", "outer_high"]]) for _, row in table.iterrows()
    ]

    def counts(row: pd.Series) -> str:
        sides = (
            f"{short_name(getattr(params, side))} {row[f'{side}_scores']:.0f} ({row[f'{side}_models']:.0f})"
            for side in ("leader", "follower")
        )
        return f"Scores (models): {', '.join(sides)}"

    def draw(axes: Axes, small: bool) -> None:
        column = IntervalRows(axes, small)
        for (_, row), number in zip(table.iterrows(), numbers, strict=True):
            column.interval(row["domain"].capitalize(), row, number, note=counts(row), faint=bool(row["few"]))
        column.finish()

    readings = "; ".join(
        f"{name} {number}"
        for name, number in zip(
            table["domain"] + table["few"].map({True: " (few scores)", False: ""}), numbers, strict=True
        )
    )
    return framed_chart(
        draw,
        name="domain_lags",
        title=_title(table),
        subtitle=f"Months {is_behind(params)} by domain, {counted_as_of(params)}",
        alt=f"Months behind by domain, with {percent_label(params.prob)}% intervals: {readings}.",
        caption=(
            f"{dot_and_bars(params)} Below each name: the scores and models that its number rests on. Grey: fewer than "
            f"{FEW_SCORES} scores or {FEW_MODELS} models of a side, so that the number says little and its interval "
            "not all that is unknown. A domain with too few tests has no number."
        ),
        data=table,
        heights=(1.75 + 0.36 * len(table), 2.0 + 0.63 * len(table)),
        sides=(0.1, 0.1),
        above=0.34,
    )


def _title(table: pd.DataFrame) -> str:
    known = table[np.isfinite(table["median"]) & ~table["few"]].sort_values("median")
    if len(known) < 2:
        return "Too few domains have enough data"
    least, most = known.iloc[0], known.iloc[-1]
    low, high = (format_number(row["median"], row["outer_high"] - row["outer_low"]) for row in (least, most))
    return f"From {low} months in {least['domain']} to {high} in {most['domain']}"
