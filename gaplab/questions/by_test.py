"""The lag on each single test: when the leader first reached each level that the follower reached; no model of ours."""

from __future__ import annotations

from itertools import groupby
from operator import attrgetter

import numpy as np
import pandas as pd

from gaplab.data.access import eligible
from gaplab.data.tables import Tables
from gaplab.models.observations.selection import asked
from gaplab.params.spec import Params
from gaplab.units import MONTH_DAYS

FEWEST = 3
"""Models of the leader that have to have taken a test: fewer tell no history of its level."""
COLUMNS = ("benchmark", "domain", "access_class", "model", "date", "score", "record", "leader_model", "leader_date",
           "months", "ahead", "at_least")  # fmt: skip


def crossings(tables: Tables, params: Params) -> pd.DataFrame:
    """Each model of the follower on each test, beside the first model of the leader that scored as high.

    A model's score is its best published one, on the raw scale of the test. Scores have no error here, so that a
    single lag is coarse; the choice of sources, tests, domain, scope and clock is that of the run.

    Returns
    -------
    DataFrame
        benchmark, domain, access_class; model of the follower with its date and score; record: no earlier model of
        the follower had scored as high; leader_model and leader_date: the first of the leader with that score;
        months from leader_date to date, negative where the follower came first; ahead: no model of the leader has
        that score yet, and there are no months; at_least: every model of the leader on this test has that score or is
        later, so that the leader may have been there before. Tests in the order of their names, models in that of
        dates. A test counts if three models of the leader and one of the follower took it, unless its successor does.
    """
    scores = _best_scores(tables, params)
    tests = groupby(scores.itertuples(index=False), key=attrgetter("benchmark"))
    rows = [row for name, test in tests for row in _on_one_test(name, list(test), params)]
    facts = tables.benchmarks.set_index("benchmark")
    table = pd.DataFrame(rows, columns=[name for name in COLUMNS if name not in ("domain", "access_class")])
    known = table["benchmark"].map(facts["superseded_by"]).isin(table["benchmark"])
    table = table[~known].reset_index(drop=True)
    return table.assign(**{name: table["benchmark"].map(facts[name]) for name in ("domain", "access_class")})[
        list(COLUMNS)
    ]


def records(table: pd.DataFrame) -> pd.DataFrame:
    """Of `crossings`, the follower's best score on each test."""
    return table[table["record"].astype(bool)].groupby("benchmark", sort=False).tail(1)


def _best_scores(tables: Tables, params: Params) -> pd.DataFrame:
    """The best score of each model of either side on each test, with its country and date."""
    models = eligible(tables, scope=params.scope, clock=params.clock, leader=params.leader)
    models = models[models["country"].isin(params.pair)]
    facts = tables.benchmarks.set_index("benchmark")
    first = tables.access.groupby("model")["from"].min()
    rows = tables.scores[asked(tables.scores, facts, first, params)]
    rows = rows[rows["model"].isin(models.index) & (rows["censored"] != "upper")]
    if params.domain != "all":
        rows = rows[rows["benchmark"].map(facts["domain"]) == params.domain]
    floor = rows["benchmark"].map(facts["floor"]).astype(float).fillna(0.0)
    width = rows["benchmark"].map(facts["ceiling"]).astype(float).fillna(1.0) - floor
    rows = rows.assign(score=np.where(rows["adjusted"] == "chance", floor + width * rows["score"], rows["score"]))
    best = rows.groupby(["benchmark", "model"], as_index=False)["score"].max()
    return best.join(models[["country", "date"]], on="model").sort_values(["benchmark", "date", "model"])


def _on_one_test(name: str, test: list, params: Params) -> list[tuple]:
    """Rows of `crossings` for one test, from its scores in order of date, without what is known of the test."""
    leaders = [each for each in test if each.country == params.leader]
    if len(leaders) < FEWEST:
        return []
    rows, best = [], -np.inf
    for row in test:
        if row.country != params.follower:
            continue
        first = next((each for each in leaders if each.score >= row.score), None)
        since = pd.NaT if first is None else first.date
        rows.append((
            name, row.model, row.date, row.score, row.score > best, None if first is None else first.model, since,
            np.nan if first is None else (row.date - since).days / MONTH_DAYS,
            first is None, first is not None and leaders[0].date == since,
        ))  # fmt: skip
        best = max(best, row.score)
    return rows
