"""Chart: how far the first number moves without a model, test or source."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from gaplab.params.spec import Params
from gaplab.report.charts.drawing.chart import Chart
from gaplab.report.charts.drawing.interval_rows import ranked_rows_chart, shifts_with_error
from gaplab.report.text.definitions import headline_label
from gaplab.report.text.names import long_date
from gaplab.report.text.numbers import (
    format_months,
    format_number,
    join_words,
    signed_months,
)
from gaplab.results.revisions import headline_definition


def influence_chart(table: pd.DataFrame, params: Params, *, rows: int = 12) -> Chart:
    """What moves the first number most when it is left out, in months, the largest shift first.

    Parameters
    ----------
    table : DataFrame
        What `influence.by_model` or `by_refit` gives, or the record's influence.csv.
    rows : int
        How many are drawn.
    """
    known = table[(table["number"] == headline_definition()) & table["shift"].notna()]
    ranked = known.sort_values("shift", key=abs, ascending=False, kind="stable").head(rows).reset_index(drop=True)
    labels = [_left_out(row) for row in ranked.to_dict("records")]
    shifts, number = [signed_months(shift) for shift in ranked["shift"]], headline_label(headline_definition(), params)
    title, alt = "Nothing could be left out", "Nothing could be left out."
    if labels:
        months, without = ranked[["months", "months_without"]].iloc[0]
        title = f"{number}: {format_number(months)} months, {format_number(without)} without {labels[0]}"
        readings = (f"Without {label}: {shift}." for label, shift in zip(labels, shifts, strict=True))
        alt = " ".join([f"{number}, {format_months(months)} with everything.", *readings])
    return ranked_rows_chart(
        labels,
        *shifts_with_error(ranked),
        values=shifts,
        name="influence",
        title=title,
        subtitle=(
            f"{number} on {long_date(params.as_of)}: months by which it would move if each were left out; the line is "
            "twice the Monte Carlo error"
        ),
        alt=alt,
        caption=_influence_caption(ranked),
        data=ranked,
    )


def _left_out(row: Mapping[str, Any]) -> str:
    """What is left out, with the number of its scores when it is a test or a source."""
    kind = {"benchmark": "test", "source": "source"}.get(row.get("by"))
    return f"{row['left_out']} ({kind}, {row['scores']:,} scores)" if kind else str(row["left_out"])


def _influence_caption(ranked: pd.DataFrame) -> str:
    by_weight = int((ranked["method"] == "weights").sum())
    made = [f"{by_weight} by weights on the draws"] if by_weight else []
    made += [f"{len(ranked) - by_weight} by a new fit"] if by_weight < len(ranked) else []
    caption = (
        f"The {len(ranked)} largest shifts, {join_words(made)}. A shift within its line may be chance of the "
        "computation"
    )
    if by_weight == len(ranked):
        return f"{caption}."
    return f"{caption}; the line of a new fit does not hold what another seed would change in the abilities."
