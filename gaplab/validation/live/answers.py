"""Answers to questions about a day, read from tables that are complete to that day; nobody is asked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd

from gaplab.data.tables import Tables
from gaplab.fit import runs
from gaplab.fit.fit import fit
from gaplab.gap.arrays import MONTH_NS
from gaplab.models.scales import full_vintages
from gaplab.outlook.forecast import LAGS
from gaplab.params.spec import Params
from gaplab.posterior import Posterior
from gaplab.validation.backtest.forecasts import outcome_of

INDEX = "epoch_eci"
LEVEL_MONTHS = 0.0
"""First match where no leader model is at or above the follower's best: level, or ahead."""


@dataclass(frozen=True)
class Query:
    """What a question is about.

    Attributes
    ----------
    kind : str
        One of `ANSWERS`.
    subject : str
        A country or a model.
    threshold : float
        NaN where the question has none.
    start, day : Timestamp
        The day it was asked on, and the day it is about.
    """

    kind: str
    subject: str
    threshold: float
    start: pd.Timestamp
    day: pd.Timestamp


class Sources:
    """What answers are read from: tables, and the posterior of the run on them, fitted when it is first needed.

    Parameters
    ----------
    posterior : Posterior, optional
        When it is at hand.
    """

    def __init__(self, tables: Tables, params: Params, posterior: Posterior | None = None, *, progress: bool = False):
        self.tables, self.params, self._given, self._progress = tables, params, posterior, progress

    @cached_property
    def posterior(self) -> Posterior:
        """Of the run, with everything that the tables know."""
        return self._given or fit(self.tables, self.params, progress=self._progress)

    def of_scope(self, scope: str) -> Posterior:
        """Of the same run with another scope."""
        if scope == self.params.scope:
            return self.posterior
        run = replace(self.params, scope=scope)
        return fit(runs.tables_of(run), run, progress=self._progress)

    def lag(self, definition: str, day: pd.Timestamp) -> float:
        """Median of a lag on a day, in months."""
        return outcome_of(self.posterior, definition, day, 0, None)

    def index_on(self, day: pd.Timestamp) -> pd.DataFrame:
        """The newest full vintage of Epoch's index by a day: value, country and date of each public model by then.

        Returns
        -------
        DataFrame
            Indexed by model, by date; empty where there is no vintage.
        """
        rows = self.tables.index_vintages
        rows = rows[(rows["index"] == INDEX) & (rows["vintage"] <= day)]
        if rows.empty:
            return pd.DataFrame(columns=["value", "country", "date"])
        newest = rows[rows["vintage"] == full_vintages(rows)[-1]].set_index("model")
        facts = self.tables.models.set_index("model")[["country", "release_date"]]
        found = newest[["value"]].join(facts.rename(columns={"release_date": "date"}))
        of_both = found["country"].isin(self.params.pair)
        return found[of_both & (found["date"] <= day)].sort_values("date", kind="stable")

    def index_of(self, role: str, day: pd.Timestamp) -> pd.DataFrame:
        """`index_on` of the leader or the follower alone."""
        rows = self.index_on(day)
        return rows[rows["country"] == getattr(self.params, role)]

    def released(self, start: pd.Timestamp, day: pd.Timestamp) -> pd.DataFrame:
        """The follower's models released after one day and by another."""
        models = self.tables.models
        ours = models[models["country"] == self.params.follower]
        return ours[(ours["release_date"] > start) & (ours["release_date"] <= day)]

    def task_minutes(self, day: pd.Timestamp) -> pd.Series:
        """METR's 50% task horizon in minutes of every model seen by a day, on the newer suite where it has two."""
        tests = self.tables.benchmarks[self.tables.benchmarks["link"] == "log2_minutes"].set_index("benchmark")
        scores = self.tables.scores
        rows = scores[scores["benchmark"].isin(tests.index) & (scores["first_seen"] <= day)]
        older = rows["benchmark"].map(tests["superseded_by"].notna())
        rows = rows.assign(older=older).sort_values(["older", "score"], ascending=[True, False])
        return rows.drop_duplicates("model").set_index("model")["score"]


def best_index(known: Sources, role: str, day: pd.Timestamp) -> float:
    """The best value of a country on Epoch's index, in points; NaN without one."""
    return float(known.index_of(role, day)["value"].max())


def first_match_on_index(known: Sources, day: pd.Timestamp) -> float:
    """Months from the leader's first model at or above the follower's best to the day, by values alone."""
    theirs, ours = (known.index_of(role, day) for role in ("leader", "follower"))
    if ours.empty:
        return np.nan
    match = theirs.loc[theirs["value"] >= ours["value"].max(), "date"]
    return float((day - match.min()) / MONTH_NS) if len(match) else LEVEL_MONTHS


def _passes(known: Sources, asked: Query) -> float:
    level = known.index_on(asked.day)["value"].get(asked.subject, np.nan)
    return np.nan if np.isnan(level) else float(best_index(known, "follower", asked.day) >= level)


def _new_best(known: Sources, asked: Query) -> float:
    ours = known.index_of("follower", asked.day)
    return float(ours["date"][ours["value"].idxmax()] > asked.start) if len(ours) else np.nan


def _task_minutes(known: Sources, asked: Query) -> float:
    minutes = known.task_minutes(asked.day)
    countries = known.tables.models.set_index("model")["country"].reindex(minutes.index)
    return float(minutes[countries == known.params.follower].max())


def _matched(known: Sources, asked: Query) -> float:
    horizon = (asked.day - asked.start) / MONTH_NS
    # A horizon in days: `outcome_of` cuts months until a match off there.
    months = outcome_of(known.posterior, "match", asked.start, horizon, asked.subject)
    return np.nan if np.isnan(months) else float(months < horizon)


ANSWERS: dict[str, Callable[[Sources, Query], float]] = {
    "index_exceeds": lambda known, asked: float(best_index(known, "follower", asked.day) > asked.threshold),
    "index_passes": _passes,
    "index_new_best": _new_best,
    "index_best_follower": lambda known, asked: best_index(known, "follower", asked.day),
    "index_best_leader": lambda known, asked: best_index(known, "leader", asked.day),
    "index_distance": lambda known, asked: (
        best_index(known, "leader", asked.day) - best_index(known, "follower", asked.day)
    ),
    "index_first_match": lambda known, asked: first_match_on_index(known, asked.day),
    "releases": lambda known, asked: float(len(known.released(asked.start, asked.day))),
    "task_minutes": _task_minutes,
    "task_minutes_exceed": lambda known, asked: float(_task_minutes(known, asked) > asked.threshold),
    "matched": _matched,
    "frontier_ahead": lambda known, asked: float(known.lag("frontier_lag", asked.day) < 0),
    **{f"{name}_on": lambda known, asked, name=name: known.lag(name, asked.day) for name in LAGS},
    **{
        f"{name}_exceeds": lambda known, asked, name=name: float(known.lag(name, asked.day) > asked.threshold)
        for name in LAGS
    },
    **{
        f"{name}_longer": lambda known, asked, name=name: float(
            known.lag(name, asked.day) > known.lag(name, asked.start)
        )
        for name in LAGS
    },
}
"""How each kind of question is answered, in its unit; 1 and 0 are yes and no, NaN has no answer."""


def as_today(known: Sources, asked: Query) -> float:
    """The simple forecast of an answer: as on the day it is asked, or as in an equal time before.

    Returns
    -------
    float
        NaN where there is no such answer.
    """
    before = asked.start - (asked.day - asked.start)
    return ANSWERS[asked.kind](known, Query(asked.kind, asked.subject, asked.threshold, before, asked.start))
