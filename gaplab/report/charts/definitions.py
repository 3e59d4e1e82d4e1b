"""Charts: every definition of the gap on one date beside published claims, and on two dates."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from gaplab.params.spec import Params
from gaplab.report.charts.chart import Chart, framed_chart
from gaplab.report.charts.interval_rows import IntervalRows
from gaplab.report.text.claims import CLAIMS_HEADING, claim_label, claimed_months, claims_in_scope
from gaplab.report.text.definitions import definition_label, subject_heading
from gaplab.report.text.names import country_name, long_date, what_counts
from gaplab.report.text.numbers import format_estimate, format_number, signed_months, upper_first
from gaplab.report.text.phrases import definitions_in_months, estimate_of_row, range_of_gaps
from gaplab.results.columns import percent_label


def strip_rows(table: pd.DataFrame, model: str, params: Params) -> pd.DataFrame:
    """The rows of a gap table that are months: every definition for the country, and two for its newest model."""
    in_months = table[table["unit"].str.startswith("months")]
    country = in_months[(in_months["subject"] == params.follower) & (in_months["definition"] != "model_lag")]
    newest = in_months[(in_months["subject"] == model) & in_months["definition"].isin(["model_lag", "first_match_lag"])]
    rows = pd.concat([country, newest])
    return rows.assign(label=[definition_label(r.definition, r.unit, params) for r in rows.itertuples()])


def definitions_chart(table: pd.DataFrame, claims: pd.DataFrame, model: str, params: Params) -> Chart:
    """Every definition as an interval on one axis of months, and what others have published below.

    Parameters
    ----------
    table : DataFrame
        What `tables.gap_table` gives.
    claims : DataFrame
        claims.csv, as of the same date.
    model : str
        The follower's newest record model.
    params : Params
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

    return framed_chart(
        draw,
        name="definitions",
        title=_strip_title(rows, params),
        subtitle=_strip_subtitle(params),
        alt=_strip_alt(rows, claims, params),
        caption=_strip_caption(claims, params),
        data=_strip_data(rows, claims, params),
        heights=(1.75 + 0.25 * lines, 2.0 + 0.37 * lines),
        sides=(0.1, 0.1),
        above=0.34,
    )


def _strip_data(rows: pd.DataFrame, claims: pd.DataFrame, params: Params) -> pd.DataFrame:
    """Estimates and published claims as rows of one table."""
    bounds = [f"{side}_{at}" for at in dict.fromkeys(("50", percent_label(params.prob))) for side in ("lower", "upper")]
    ours = rows[["subject", "definition", "unit", "median", *bounds]]
    theirs = claims[["claim_id", "who", "published", "form", "low", "central", "high"]]
    return pd.concat([ours, theirs], ignore_index=True)


def changes_chart(moved: pd.DataFrame, params: Params) -> Chart:
    """Every definition on two dates, one under the other.

    Parameters
    ----------
    moved : DataFrame
        What `changes.moved` gives.
    params : Params
        Of the later run, with `since`.
    """
    rows = moved_in_months(moved)

    def draw(axes: Axes, small: bool) -> None:
        column = IntervalRows(axes, small)
        column.heading(country_name(params.follower)[:1].upper() + country_name(params.follower)[1:])
        for _, row in rows.iterrows():
            label = definition_label(row["definition"], row["unit"], params)
            ends = [row[["then_lower", "then", "then_upper"]], row[["now_lower", "now", "now_upper"]]]
            text = signed_months(row["change"]) if np.isfinite(row["change"]) else "–"
            column.two(label, *(end.to_numpy(float) for end in ends), text)
        column.finish()

    lines = 1.25 * len(rows) + 1.4
    return framed_chart(
        draw,
        name="changed",
        title=_changes_title(moved),
        subtitle=_changes_subtitle(params),
        alt=_changes_alt(moved, params),
        caption=_changes_caption(params),
        data=rows.reset_index(drop=True),
        heights=(1.75 + 0.25 * lines, 2.0 + 0.4 * lines),
        sides=(0.1, 0.1),
        above=0.34,
    )


def _strip_title(table: pd.DataFrame, params: Params) -> str:
    """The finding of the strip of definitions."""
    country = definitions_in_months(table, params.follower)["median"]
    low, high = country.min(), country.max()
    if format_number(low) == format_number(high):
        return f"Every definition says {range_of_gaps(low, high)}"
    return f"{upper_first(range_of_gaps(low, high))}: the definition decides"


def _strip_subtitle(params: Params) -> str:
    """What is drawn on the strip of definitions."""
    return (
        f"Months {country_name(params.follower)} is behind {country_name(params.leader)}, by definition, "
        f"{what_counts(params)}, as of {long_date(params.as_of)}"
    )


def _strip_alt(table: pd.DataFrame, claims: pd.DataFrame, params: Params) -> str:
    """The strip of definitions for those who do not see it."""
    parts = [f"Months on one axis, with {percent_label(params.prob)}% intervals."]
    for subject, rows in table.groupby("subject", sort=False):
        readings = "; ".join(f"{row['label']} {estimate_of_row(row, params.prob)}" for _, row in rows.iterrows())
        parts.append(f"{subject_heading(subject, params)}: {readings}.")
    if len(claims):
        readings = "; ".join(
            f"{', '.join(claim_label(claim))}, {claimed_months(claim)}" for _, claim in claims.iterrows()
        )
        parts.append(f"{CLAIMS_HEADING}: {readings}.")
    return " ".join(parts)


def _strip_caption(claims: pd.DataFrame, params: Params) -> str:
    """How to read the strip of definitions."""
    text = (
        f"Dot: middle estimate. Thick bar: 50% interval. Thin bar: {percent_label(params.prob)}% interval. What each "
        "definition means is in the table below."
    )
    if claims.empty:
        return text
    return (
        f"{text} Diamonds: what others have published, filled where the text below takes it up; none of it enters our "
        "estimates."
    )


def moved_in_months(moved: pd.DataFrame) -> pd.DataFrame:
    """The changes of definitions in months; the model lag of a country repeats its released lag and is left out."""
    return moved[moved["unit"].str.startswith("months") & (moved["definition"] != "model_lag")]


def _changes_title(moved: pd.DataFrame) -> str:
    """The finding of the chart of two dates."""
    known = moved_in_months(moved[np.isfinite(moved["change"])])
    longer, shorter = int((known["change"] > 0.05).sum()), int((known["change"] < -0.05).sum())
    return f"{longer or 'None'} of {len(known)} definitions say longer, {shorter or 'none'} shorter"


def _changes_subtitle(params: Params) -> str:
    """What is drawn on the chart of two dates."""
    return (
        f"Months {country_name(params.follower)} is behind {country_name(params.leader)}, by definition: "
        f"{long_date(params.since)} (hollow) and {long_date(params.as_of)} (filled)"
    )


def _changes_alt(moved: pd.DataFrame, params: Params) -> str:
    """The chart of two dates for those who do not see it."""
    readings = "; ".join(
        f"{definition_label(r['definition'], r['unit'], params)} "
        f"{format_estimate(r['then'], r['then_lower'], r['then_upper'])} then, "
        f"{format_estimate(r['now'], r['now_lower'], r['now_upper'])} now"
        for _, r in moved_in_months(moved).iterrows()
    )
    dates = f"{long_date(params.since)} and {long_date(params.as_of)}"
    return f"Months behind on {dates}, with {percent_label(params.prob)}% intervals: {readings}."


def _changes_caption(params: Params) -> str:
    """How to read the chart of two dates."""
    known = {
        "hindsight": "Both dates are read with all scores known today of the models that were out by then.",
        "real_time": "Each date is read with the scores published by then: new scores of old models count as change.",
    }
    return f"Dots: middle estimates; bars: {percent_label(params.prob)}% intervals. {known[params.knowledge]}"
