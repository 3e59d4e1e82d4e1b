"""Section: the lag on each single test."""

from __future__ import annotations

import pandas as pd

from gaplab.params.spec import Params
from gaplab.report.charts.by_test import by_test_chart
from gaplab.report.page.part import Shown, heading_part, join_parts
from gaplab.report.sections.run_results import RunResults
from gaplab.report.text.by_test import by_test_sentences, lag_cell
from gaplab.report.text.finding import Finding
from gaplab.report.text.names import country_name
from gaplab.results.by_test import lag_by_test_summary, lag_by_test_table

_RECENT = pd.DateOffset(months=12)


def by_test_section(results: RunResults) -> Shown:
    """The lag on each test with a recent score of the follower; nothing where no test was taken by both sides."""
    params = results.params
    table = lag_by_test_table(results.tables, params)
    if table.empty:
        return []
    recent = table[table["date"] >= pd.Timestamp(params.as_of) - _RECENT]
    shown = [join_parts(heading_part("Test by test"), by_test_finding(table, params))]
    return [*shown, by_test_chart(recent, params)] if (recent["subject"] == params.follower).any() else shown


def by_test_finding(table: pd.DataFrame, params: Params) -> Finding:
    """The middle lag over all tests, the share on which the follower is ahead, and the same of its named models."""
    since = pd.Timestamp(params.as_of) - _RECENT
    summary, recent = lag_by_test_summary(table), lag_by_test_summary(table, since)
    return Finding(table, by_test_sentences(summary, recent, params))


def readable_by_test(table: pd.DataFrame, params: Params) -> pd.DataFrame:
    """One line per test: the follower's best score, the first model of the leader as high, and named models."""
    best = table[table["subject"] == params.follower].set_index("benchmark")
    ours = [f"{model}, {day:%F}" for model, day in zip(best["model"], best["date"], strict=True)]
    theirs = zip(best["leader_model"], best["leader_date"], best["ahead"], strict=True)
    first = ["none yet" if ahead else f"{model}, {day:%F}" for model, day, ahead in theirs]
    shown = {
        "Test": list(best.index),
        f"Best of {country_name(params.follower)}": ours,
        f"First of {country_name(params.leader)} as high": first,
        "Months": [lag_cell(row) for _, row in best.iterrows()],
    }
    for subject, rows in table[table["subject"] != params.follower].groupby("subject", sort=False):
        cells = {row["benchmark"]: lag_cell(row) for _, row in rows.iterrows()}
        shown[subject] = [cells.get(name, "–") for name in best.index]
    return pd.DataFrame(shown)
