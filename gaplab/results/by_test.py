"""The lag on each single test, as a table: the follower's best score, and the models that a run asks for."""

from __future__ import annotations

import pandas as pd

from gaplab.data.tables import Tables
from gaplab.errors import GaplabError, quoted
from gaplab.params.spec import Params
from gaplab.questions.by_test import crossings, records
from gaplab.results.columns import round_numbers


def lag_by_test_table(tables: Tables, params: Params) -> pd.DataFrame:
    """One row per subject and test, from `questions.by_test.crossings`, longest lag first.

    Returns
    -------
    DataFrame
        subject (the follower for its best score on a test, else a model: the one that `params.subject` names, all, or
        those that models.csv features), benchmark, domain, access_class, model, date, score, leader_model,
        leader_date, months, ahead, at_least.
        No rows where no test was taken by three models of the leader and one of the follower.
    """
    found = crossings(tables, params)
    ours = list(found["model"].unique())
    featured = tables.models.dropna(subset="featured")["model"]
    asked = {"default": [name for name in featured if name in ours], "all": ours}.get(params.subject, [params.subject])
    parts = [records(found).assign(subject=params.follower)]
    parts += [found[found["model"] == name].assign(subject=name) for name in asked]
    # Ahead stands below every number of months.
    rows = [part.sort_values(["ahead", "months", "benchmark"], ascending=[True, False, True]) for part in parts]
    table = pd.concat(rows, ignore_index=True).drop(columns="record")
    return round_numbers(table[["subject", *table.columns.drop("subject")]])


def require_tests(table: pd.DataFrame, params: Params) -> None:
    """Refuse a `lag_by_test_table` without any test, or without the model that is asked for."""
    if table.empty:
        raise GaplabError(
            f"scores.csv: no test was taken by three models of {params.leader} and one of {params.follower} by "
            f"{params.as_of} in this choice of tests and sources; widen it"
        )
    if params.subject not in ("default", "all", *table["subject"]):
        raise GaplabError(
            f"parameter subject: {quoted(params.subject)} took none of these tests; expected default, all or a model "
            "that did"
        )


def lag_by_test_summary(table: pd.DataFrame, since: pd.Timestamp | None = None) -> pd.DataFrame:
    """Per subject: tests, their median lag with ahead below every number, and the share on which it is ahead.

    Parameters
    ----------
    since : Timestamp, optional
        Only scores of models of this day or later.
    """
    chosen = table if since is None else table[table["date"] >= since]
    lag = chosen["months"].mask(chosen["ahead"], -float("inf"))
    return (
        chosen.assign(lag=lag)
        .groupby("subject", sort=False)
        .agg(tests=("benchmark", "size"), median_months=("lag", "median"), ahead=("ahead", "sum"))
        .assign(share_ahead=lambda each: each["ahead"] / each["tests"])
        .reset_index()
    )
