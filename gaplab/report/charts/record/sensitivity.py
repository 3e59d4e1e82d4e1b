"""Chart: how far the first number moves when an assumption is reversed."""

from __future__ import annotations

import pandas as pd

from gaplab.report.charts.drawing.chart import Chart
from gaplab.report.charts.drawing.interval_rows import ranked_rows_chart, shifts_with_error
from gaplab.report.text.definitions import DEFINITION_LABELS
from gaplab.report.text.numbers import (
    lower_first,
    signed_or_ahead,
)
from gaplab.results.revisions import headline_definition


def sensitivity_chart(table: pd.DataFrame) -> Chart:
    """Shift of the first number by each reversed assumption of `validation.sensitivity.run`, in months."""
    rows = table[table["headline"] == headline_definition()].dropna(subset="shift_months")
    rows = rows.sort_values("shift_months", key=abs, ascending=False).head(24)
    title, label = "No assumption could be reversed", DEFINITION_LABELS[headline_definition()]
    if len(rows):
        title = f"{signed_or_ahead(rows['shift_months'].iloc[0])} months at most: {rows['assumption'].iloc[0]}"
    return ranked_rows_chart(
        list(rows["assumption"]),
        *shifts_with_error(rows.rename(columns={"shift_months": "shift"})),
        name="sensitivity",
        title=title,
        subtitle=f"Shift of {lower_first(label)}, months; the line is twice the Monte Carlo error",
        alt=" ".join(f"{row.assumption}: {signed_or_ahead(row.shift_months)} months." for row in rows.itertuples()),
        caption="Each row reverses one assumption, or scales one prior, and leaves all else as it is.",
        data=rows,
    )
