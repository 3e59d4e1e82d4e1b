"""Chart: every definition of the gap on one date, beside published claims."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes

from gaplab.params.spec import Params
from gaplab.report.charts.drawing.chart import Chart, framed_chart
from gaplab.report.charts.drawing.interval_rows import IntervalRows
from gaplab.report.text.claims import CLAIMS_HEADING, claim_label, claimed_months, claims_in_scope
from gaplab.report.text.definitions import definition_label, subject_heading
from gaplab.report.text.numbers import format_number, upper_first
from gaplab.report.text.phrases import (
    counted_as_of,
    definitions_in_months,
    dot_and_bars,
    estimate_of_row,
    is_behind,
    range_of_gaps,
)
from gaplab.results.columns import percent_label


def strip_rows(table: pd.DataFrame, model: str, params: Params) -> pd.DataFrame:
    """The rows of a gap table that are months: every definition for the country, and two for its newest model."""
    newest = table[(table["subject"] == model) & table["definition"].isin(["model_lag", "first_match_lag"])]
    rows = pd.concat([definitions_in_months(table, params.follower), newest])
    return rows.assign(label=[definition_label(r.definition, r.unit, params) for r in rows.itertuples()])


def definitions_chart(table: pd.DataFrame, claims: pd.DataFrame, model: str, params: Params) -> Chart:
    """Every definition as an interval on one axis of months, and what others have published below.

    Parameters
    ----------
    table : DataFrame
        What `gap_table` gives.
    claims : DataFrame
        claims.csv, as of the same date.
    model : str
        The follower's newest record model.
    """
    rows, claims = strip_rows(table, model, params), claims_in_scope(claims, params)
    groups = {subject_heading(subject, params): part for subject, part in rows.groupby("subject", sort=False)}
    lines = len(rows) + len(claims) + 1.4 * (len(groups) + bool(len(claims)))

    def draw(axes: Axes, small: bool) -> None:
        column = IntervalRows(axes, small)
        for heading, part in groups.items():
            column.heading(heading)
            for _, row in part.iterrows():
                column.estimate(row, params)
        if len(claims):
            column.heading(CLAIMS_HEADING)
            for _, claim in claims.iterrows():
                column.claim(claim)
        column.finish()

    level = percent_label(params.prob)
    bounds = [f"{side}_{at}" for at in dict.fromkeys(("50", level)) for side in ("lower", "upper")]
    ours = rows[["subject", "definition", "unit", "median", *bounds]]
    theirs = claims[["claim_id", "who", "published", "form", "low", "central", "high"]]
    readings = {
        heading: [f"{row['label']} {estimate_of_row(row, params.prob)}" for _, row in part.iterrows()]
        for heading, part in groups.items()
    }
    if len(claims):
        readings[CLAIMS_HEADING] = [
            f"{', '.join(claim_label(claim))}, {claimed_months(claim)}" for _, claim in claims.iterrows()
        ]
    listed = " ".join(f"{heading}: {'; '.join(those)}." for heading, those in readings.items())
    diamonds = (
        " Diamonds: what others have published, filled where the brief takes it up; none of it enters our estimates."
    )
    return framed_chart(
        draw,
        name="definitions",
        title=_strip_title(table, params),
        subtitle=f"Months {is_behind(params)}, by definition, {counted_as_of(params)}",
        alt=f"Months on one axis, with {level}% intervals. {listed}",
        caption=(
            f"{dot_and_bars(params)} What each definition means is in the brief's table."
            f"{diamonds if len(claims) else ''}"
        ),
        data=pd.concat([ours, theirs], ignore_index=True),
        heights=(1.75 + 0.25 * lines, 2.0 + 0.37 * lines),
        sides=(0.1, 0.1),
        above=0.34,
    )


def _strip_title(table: pd.DataFrame, params: Params) -> str:
    months = definitions_in_months(table, params.follower)["median"]
    span = range_of_gaps(months.min(), months.max())
    if format_number(months.min()) == format_number(months.max()):
        return f"Every definition says {span}"
    return f"{upper_first(span)}: the definition decides"
