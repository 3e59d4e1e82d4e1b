"""Chart: every definition of the gap on two dates."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from gaplab.params.spec import Params
from gaplab.report.charts.drawing.chart import Chart, framed_chart
from gaplab.report.charts.drawing.interval_rows import IntervalRows
from gaplab.report.text.definitions import definition_label
from gaplab.report.text.names import long_date
from gaplab.report.text.numbers import format_estimate, signed_or_dash
from gaplab.report.text.phrases import is_behind
from gaplab.results.columns import percent_label


def changes_chart(moved: pd.DataFrame, params: Params) -> Chart:
    """Every definition on two dates, one under the other.

    Parameters
    ----------
    moved : DataFrame
        What `numbers_on_both_dates` gives.
    params : Params
        Of the later run, with `since`.
    """
    # The model lag of a country repeats its released lag and is left out.
    rows = moved[moved["unit"].str.startswith("months") & (moved["definition"] != "model_lag")].reset_index(drop=True)
    labels = [definition_label(row.definition, row.unit, params) for row in rows.itertuples()]

    def draw(axes: Axes, small: bool) -> None:
        column = IntervalRows(axes, small)
        for label, (_, row) in zip(labels, rows.iterrows(), strict=True):
            ends = [row[["then_lower", "then", "then_upper"]], row[["now_lower", "now", "now_upper"]]]
            column.two_dates(label, *(end.to_numpy(float) for end in ends), signed_or_dash(row["change"]))
        column.finish()

    known = rows[np.isfinite(rows["change"])]
    longer, shorter = int((known["change"] > 0.05).sum()), int((known["change"] < -0.05).sum())
    readings = "; ".join(
        f"{label} {format_estimate(row.then, row.then_lower, row.then_upper)} then, "
        f"{format_estimate(row.now, row.now_lower, row.now_upper)} now"
        for label, row in zip(labels, rows.itertuples(), strict=True)
    )
    then, now, level = long_date(params.since), long_date(params.as_of), percent_label(params.prob)
    knowledge = {
        "hindsight": "Both dates are read with all scores known today of the models that were out by then.",
        "real_time": "Each date is read with the scores published by then: new scores of old models count as change.",
    }[params.knowledge]
    lines = 1.25 * len(rows)
    return framed_chart(
        draw,
        name="changed",
        title=_title(longer, shorter, len(known)),
        subtitle=f"Months {is_behind(params)}, by definition: {then} (hollow) and {now} (filled)",
        alt=f"Months behind on {then} and {now}, with {level}% intervals: {readings}.",
        caption=f"Dots: middle estimates; bars: {level}% intervals. Differences are taken before rounding. {knowledge}",
        data=rows,
        heights=(1.6 + 0.2 * lines, 2.0 + 0.4 * lines),
        sides=(0.1, 0.1),
        above=0.34,
    )


def _title(longer: int, shorter: int, known: int) -> str:
    """How many definitions say longer and how many shorter; those left say no change."""
    for number, way in ((longer, "longer"), (shorter, "shorter")):
        if number == known > 1:
            return f"All {known} definitions say {way}"
    return f"{longer or 'None'} of {known} definitions say longer, {shorter or 'none'} shorter"
