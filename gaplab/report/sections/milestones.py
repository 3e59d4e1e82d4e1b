"""Section: the gap today beside its own past, in sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gaplab.params.spec import Params
from gaplab.posterior import Posterior
from gaplab.report.text.finding import Finding
from gaplab.report.text.names import long_date, month_year
from gaplab.report.text.numbers import estimate_in_words, format_probability, signed_months
from gaplab.results.columns import percent_label
from gaplab.results.milestones import milestones_table

if TYPE_CHECKING:
    from gaplab.report.page.part import Shown
    from gaplab.report.sections.run_results import RunResults


def milestones_section(results: RunResults) -> Shown:
    """The sentences below the chart of the past; nothing where the data do not go back far enough."""
    finding = milestones_finding(results.posterior)
    return [finding] if finding.text else []


def milestones_finding(posterior: Posterior) -> Finding:
    """Change over a year, last time the gap was this large, and its largest and smallest."""
    table = milestones_table(posterior)
    return Finding(table, milestone_sentences(table, posterior.params))


def milestone_sentences(table: pd.DataFrame, params: Params) -> str:
    """The sentences that people look for, from a `milestones_table`; empty where it has no rows."""
    if table.empty:
        return ""
    rows = table.set_index("what")
    parts = [_change(rows.loc["change_12_months"], params), _last(rows.loc["last_this_large"], params)]
    return " ".join([*filter(None, parts), _ends(rows, params)])


def _change(row: pd.Series, params: Params) -> str:
    if not np.isfinite(row[["median", "lower", "upper"]].astype(float)).all():
        return ""
    low, middle, high = (signed_months(row[name]) for name in ("lower", "median", "upper"))
    return (
        f"Over the 12 months to {long_date(params.as_of)} the gap from frontier to frontier changed by {middle} months "
        f"({percent_label(params.prob)}% interval {low} to {high}); it grew with probability "
        f"{format_probability(row['probability'])}."
    )


def _last(row: pd.Series, params: Params) -> str:
    """When the gap was last as large as today, or how probable it is that it never was."""
    start, ever = month_year(row["since"]), row["probability"]
    if not isinstance(row["date"], str):
        return f"With probability {format_probability(1 - ever)} it has not been this large before, since {start}."
    low, high = row["date_lower"], row["date_upper"]
    early = month_year(low) if isinstance(low, str) else f"not since {start}"
    late = month_year(high)
    around = "" if early == late else f" ({percent_label(params.prob)}% interval: {early} to {late})"
    return f"It was last as large as this in {month_year(row['date'])}{around}."


def _ends(rows: pd.DataFrame, params: Params) -> str:
    """The largest and the smallest gap, each with its month and the probability that it is today's."""
    phrases = []
    for name, word in (("highest", "largest"), ("lowest", "smallest")):
        row = rows.loc[name]
        today = row["probability"]
        now = f", and with probability {format_probability(today)} it is so now" if today >= 0.05 else ""
        size = estimate_in_words(row["median"], row["lower"], row["upper"])
        when = "at the start" if row["date"] == row["since"] else f"around {month_year(row['date'])}"
        phrases.append(f"{word} {when}, {size}{now}")
    return f"Since {month_year(rows.iloc[0]['since'])} it was {phrases[0]}; it was {phrases[1]}."
