"""Chart: the lag on each single test, longest first."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes

from gaplab.params.spec import Params
from gaplab.report.charts.drawing.chart import Chart, framed_chart
from gaplab.report.charts.drawing.interval_rows import IntervalRows
from gaplab.report.text.by_test import lag_cell
from gaplab.report.text.names import country_name, models_of
from gaplab.report.text.numbers import format_months
from gaplab.report.text.phrases import counted_as_of


def by_test_chart(table: pd.DataFrame, params: Params) -> Chart:
    """A dot for the follower's best score on each test of a `lag_by_test_table`, a ring for its first named model."""
    best = table[table["subject"] == params.follower]
    others = [name for name in table["subject"].unique() if name != params.follower]
    model = table[table["subject"] == (others or [None])[0]].set_index("benchmark")["months"]
    numbers = [lag_cell(row) for _, row in best.iterrows()]
    leader, follower = country_name(params.leader), country_name(params.follower)
    rival = models_of(params.leader, "model")

    def draw(axes: Axes, small: bool) -> None:
        column = IntervalRows(axes, small)
        for (_, row), number in zip(best.iterrows(), numbers, strict=True):
            column.points(row["benchmark"], row["months"], model.get(row["benchmark"], float("nan")), number)
        column.finish()

    ring = f" Ring: {others[0]}." if others else ""
    middle = best["months"].mask(best["ahead"], -float("inf")).median()
    readings = "; ".join(f"{name} {number}" for name, number in zip(best["benchmark"], numbers, strict=True))
    return framed_chart(
        draw,
        name="lag_by_test",
        title=f"On the middle one of {len(best)} tests the lag is {format_months(middle)}",
        subtitle=f"Months from the day {leader} first had {follower}'s best score on a test, {counted_as_of(params)}",
        alt=f"Months behind on each test, for {follower}'s best score there: {readings}.",
        caption=(
            f"Dot: from the first {rival} that scored as high to the first {models_of(params.follower, 'model')} with "
            f"its best score on the test.{ring} Ahead: no {rival} has that score. ≥: the {models_of(params.leader)} "
            "that were tested had it from the first. One published score a dot, without error."
        ),
        data=table,
        heights=(1.75 + 0.2 * len(best), 2.0 + 0.36 * len(best)),
        sides=(0.1, 0.1),
        above=0.34,
    )
