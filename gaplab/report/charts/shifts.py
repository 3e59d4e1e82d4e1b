"""Charts: how far a number moves without a model, test or source, and under other assumptions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from gaplab.params.spec import Params
from gaplab.report.charts.chart import Chart
from gaplab.report.charts.ranked_rows import ranked_rows_chart
from gaplab.report.text.definitions import headline_label
from gaplab.report.text.names import long_date
from gaplab.report.text.numbers import format_months, format_number, join_words, signed_months, signed_or_ahead


def sensitivity_chart(table: pd.DataFrame, *, headline: str = "frontier_lag") -> Chart:
    """Shift of a headline number by each reversed assumption, in months.

    Parameters
    ----------
    table : DataFrame
        What `validation.sensitivity.run` gives.
    headline : str
    """
    rows = table[table["headline"] == headline].dropna(subset="shift_months")
    rows = rows.sort_values("shift_months", key=abs, ascending=False).head(24)
    shift, error = rows["shift_months"].to_numpy(), 2 * rows["error"].fillna(0.0).to_numpy()
    return ranked_rows_chart(
        list(rows["assumption"]),
        shift,
        shift - error,
        shift + error,
        name="sensitivity",
        title=_sensitivity_title(table),
        subtitle=_sensitivity_subtitle(),
        alt=_sensitivity_alt(rows),
        caption=_sensitivity_caption(),
        data=rows,
    )


def influence_chart(table: pd.DataFrame, params: Params, *, number: str = "frontier_lag", rows: int = 12) -> Chart:
    """What moves a headline number most when it is left out, in months, the largest shift first.

    Parameters
    ----------
    table : DataFrame
        What `influence.by_model` or `by_refit` gives, or the record's influence.csv.
    params : Params
    number : str
        One of `influence.NUMBERS`.
    rows : int
        How many are drawn.
    """
    known = table[(table["number"] == number) & table["shift"].notna()]
    ranked = known.sort_values("shift", key=abs, ascending=False, kind="stable").head(rows).reset_index(drop=True)
    shift, error = ranked["shift"].to_numpy(float), 2 * ranked["error"].fillna(0.0).to_numpy(float)
    return ranked_rows_chart(
        [_influence_label(row) for row in ranked.to_dict("records")],
        shift,
        shift - error,
        shift + error,
        shown=[signed_months(value) for value in shift],
        name="influence",
        title=_influence_title(ranked, params),
        subtitle=_influence_subtitle(number, params),
        alt=_influence_alt(ranked, params),
        caption=_influence_caption(ranked),
        data=ranked,
    )


_WAYS_OUT = {"benchmark": "test", "source": "source"}


def _influence_label(row: Mapping[str, Any]) -> str:
    """What is left out, with the number of its scores when it is a test or a source."""
    kind = _WAYS_OUT.get(row.get("by"))
    return f"{row['left_out']} ({kind}, {row['scores']:,} scores)" if kind else str(row["left_out"])


def _influence_title(ranked: pd.DataFrame, params: Params) -> str:
    """The largest shift of the chart of influence."""
    if ranked.empty:
        return "Nothing could be left out"
    first = ranked.iloc[0]
    label = headline_label(first["number"], params)
    return (
        f"{label}: {format_number(first['months'])} months, {format_number(first['months_without'])} without "
        f"{_influence_label(first.to_dict())}"
    )


def _influence_subtitle(name: str, params: Params) -> str:
    """What the marks of the chart of influence are."""
    return (
        f"{headline_label(name, params)} on {long_date(params.as_of)}: months by which it would move if each were "
        "left out; "
        "the line is twice the Monte Carlo error"
    )


def _influence_alt(ranked: pd.DataFrame, params: Params) -> str:
    """Every number of the chart of influence."""
    if ranked.empty:
        return "Nothing could be left out."
    opening = (
        f"{headline_label(ranked['number'].iloc[0], params)}, {format_months(ranked['months'].iloc[0])} with "
        "everything."
    )
    return " ".join(
        [
            opening,
            *(f"Without {_influence_label(row)}: {signed_months(row['shift'])}." for row in ranked.to_dict("records")),
        ]
    )


def _influence_caption(ranked: pd.DataFrame) -> str:
    """How to read the chart of influence, and how its numbers were made."""
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


def _sensitivity_title(table: pd.DataFrame) -> str:
    """The largest shift among the reversed assumptions."""
    headline = table[table["headline"] == "frontier_lag"].dropna(subset="shift_months")
    if headline.empty:
        return "No assumption could be reversed"
    largest = headline.loc[headline["shift_months"].abs().idxmax()]
    return f"{signed_or_ahead(largest['shift_months'])} months at most: {largest['assumption']}"


def _sensitivity_subtitle() -> str:
    """What the marks of the chart of assumptions are."""
    return "Shift of the lag from frontier to frontier, months; the line is twice the Monte Carlo error"


def _sensitivity_alt(rows: pd.DataFrame) -> str:
    """Every number of the chart of assumptions."""
    return " ".join(
        f"{row['assumption']}: {signed_or_ahead(row['shift_months'])} months." for _, row in rows.iterrows()
    )


def _sensitivity_caption() -> str:
    """How to read the chart of assumptions."""
    return "Each row reverses one assumption, or scales one prior, and leaves all else as it is."
