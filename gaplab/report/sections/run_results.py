"""What the sections of one page are made from; each piece is computed when it is first needed."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

import pandas as pd

from gaplab import preflight
from gaplab.data.tables import Tables
from gaplab.fit import runs
from gaplab.fit.fit import fit
from gaplab.fit.runs import distinct_runs, with_restricted
from gaplab.outlook import scenarios
from gaplab.outlook.nowcast import Nowcast, predicted
from gaplab.outlook.scenarios import Comparison
from gaplab.params.spec import LEVERS, Params
from gaplab.posterior import Posterior
from gaplab.questions import changes
from gaplab.questions.claims.ranking import which_definition
from gaplab.questions.claims.reading import domain_runs
from gaplab.report.text.claims import claims_in_scope
from gaplab.report.text.phrases import pick_row
from gaplab.results.columns import percent_label
from gaplab.results.forecast import catch_up_table
from gaplab.results.gap import gap_table
from gaplab.results.listed import dossier_model
from gaplab.results.over_time import AbilityHistory, ability_history
from gaplab.results.revisions import ELIGIBLE, headline_definition

if TYPE_CHECKING:
    from gaplab.report.page.part import Shown


_KEPT: ContextVar[dict[Hashable, RunResults] | None] = ContextVar("kept", default=None)


@contextmanager
def days_kept() -> Iterator[None]:
    """Meanwhile the next run has at hand what the one before it made, as far as the two differ in levers alone.

    It is for processes in which neither code nor tables change.
    """
    token = _KEPT.set({} if (kept := _KEPT.get()) is None else kept)
    try:
        yield
    finally:
        _KEPT.reset(token)


class RunResults:
    """What the sections of one page are made from.

    Parameters
    ----------
    tables : Tables, optional
        Those of the run, when they were read and checked already.
    """

    def __init__(self, params: Params, tables: Tables | None = None):
        self.params = params
        self.tables = tables or runs.tables_of(params)
        if tables is None:
            preflight.check(self.tables, params, page=True)
        self.posterior = fit(self.tables, params)
        self.restricted = fit(self.tables, with_restricted(params))
        self.sections: dict[str, Shown] = {}

    @cached_property
    def day(self) -> RunResults:
        """The same run without levers, which say nothing of the day; see `days_kept`."""
        plain = self.params.reset(*LEVERS)
        kept = {} if (kept := _KEPT.get()) is None else kept
        key = (plain, self.tables.hash, self.tables.complete)
        if key not in kept:
            kept.clear()
            kept[key] = self if plain == self.params else RunResults(plain, self.tables)
        return kept[key]

    @cached_property
    def table(self) -> pd.DataFrame:
        """Every definition of the gap."""
        return gap_table(self.posterior)

    @cached_property
    def wider(self) -> pd.DataFrame:
        """The same with the leader's restricted models."""
        return gap_table(self.restricted)

    @cached_property
    def history(self) -> AbilityHistory:
        """The frontiers on every knot, and every model."""
        return ability_history(self.posterior)

    @cached_property
    def forecast(self) -> Comparison:
        """The forecast under the levers of the run, beside the baseline."""
        return scenarios.compare(self.posterior)

    @cached_property
    def expected(self) -> Nowcast:
        """The models that are out and have no score yet."""
        return predicted(self.tables, self.posterior)

    @cached_property
    def with_unscored(self) -> pd.DataFrame:
        """Every definition of the gap without and with the models that have no score yet."""
        return gap_table(self.posterior, self.expected)

    @property
    def counted(self) -> pd.Series:
        """The lag of the best released model with the models that have no score yet."""
        both = self.with_unscored
        return pick_row(both[both["nowcast"]], "released_lag", self.params.follower)

    @cached_property
    def dates(self) -> pd.DataFrame:
        """When the follower reaches the named models."""
        return catch_up_table(self.forecast.scenario)

    @cached_property
    def ranked(self) -> pd.DataFrame:
        """Every recent claim beside every reading of what it says it is about."""
        recent = claims_in_scope(self.tables.claims, self.params)
        narrower = self.domains | runs.fit_or_reason(domain_runs(self.params, recent), tables=self.tables)
        in_domains = [run for run in narrower.values() if not isinstance(run, str)]
        runs_read = [*distinct_runs(self.posterior, self.restricted), *in_domains]
        return which_definition(recent, runs_read, comparable=True)

    @cached_property
    def domains(self) -> dict[Params, Posterior | str]:
        """The run in every domain, or why there is no number; empty for a run that is about one domain itself."""
        asked = runs.by_domain(self.params) if self.params.domain == "all" else []
        return runs.fit_or_reason(asked, tables=self.tables)

    @cached_property
    def model(self) -> str:
        """The model a dossier is about."""
        return dossier_model(self.posterior)

    @cached_property
    def of_model(self) -> pd.DataFrame:
        """The definitions of the gap for that model."""
        asked = replace(self.params, subject=self.model)
        return gap_table(replace(self.posterior, params=asked)).query("subject == @self.model")

    @cached_property
    def then(self) -> tuple[Tables, Posterior]:
        """Data and posterior on the date to compare with."""
        params = changes.earlier_run(self.params)
        tables = runs.tables_of(params)
        return tables, fit(tables, params)

    @cached_property
    def moved(self) -> pd.DataFrame:
        """Every number on both dates."""
        return changes.numbers_on_both_dates(gap_table(self.then[1]), self.table, percent_label(self.params.prob))

    @cached_property
    def steps(self) -> pd.DataFrame:
        """What moved the numbers that may come first, in two steps; empty where the earlier date had no reading."""
        run = changes.run_of_the_day(self.params)
        read = runs.fit_or_reason([run])[run]
        if isinstance(read, str) or self.params.knowledge == "real_time":
            return pd.DataFrame()
        lags = sorted(ELIGIBLE, key=lambda name: name != headline_definition())
        return changes.steps(gap_table(read), self.moved, lags)

    @cached_property
    def fresh(self) -> pd.DataFrame:
        """The models with new scores."""
        return changes.newly_scored_models(self.then[0], self.tables, self.posterior)
