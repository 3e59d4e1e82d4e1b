"""What a page can consist of, and which of it each variant of the brief shows."""

from __future__ import annotations

import html
from collections.abc import Callable
from dataclasses import replace
from functools import cached_property

import pandas as pd

from gaplab import brief, changes, dossier, gap, nowcast, plots, preflight, runs, scenarios, tables, words
from gaplab import claims as published
from gaplab.brief import Part
from gaplab.data import Tables
from gaplab.fit import fit
from gaplab.params import Params
from gaplab.plots import Chart
from gaplab.posterior import Posterior
from gaplab.scenarios import Comparison


class Story:
    """What the sections of one page are made from; each piece is computed when the first section asks for it."""

    def __init__(self, params: Params):
        self.params = params
        self.evidence = runs.evidence(params)
        preflight.check(self.evidence, params, page=True)
        self.posterior = fit(self.evidence, params)
        self.restricted = fit(self.evidence, brief.with_restricted(params))

    @cached_property
    def table(self) -> pd.DataFrame:
        """Every definition of the gap."""
        return tables.gap_table(self.posterior)

    @cached_property
    def wider(self) -> pd.DataFrame:
        """The same with the leader's restricted models."""
        return tables.gap_table(self.restricted)

    @cached_property
    def forecast(self) -> Comparison:
        """The forecast under the levers of the run, beside the baseline."""
        return scenarios.compare(self.posterior)

    @cached_property
    def counted(self) -> pd.Series:
        """The lag of the best released model with the models that have no score yet."""
        both = tables.gap_table(self.posterior, nowcast.predict(self.evidence, self.posterior))
        return words.row(both[both["nowcast"]], "released_lag", self.params.follower)

    @cached_property
    def dates(self) -> pd.DataFrame:
        """When the follower reaches the named models."""
        return tables.catch_up_table(self.forecast.scenario)

    @cached_property
    def ranked(self) -> pd.DataFrame:
        """Every recent claim beside every reading of it."""
        recent = words.claims_about(self.evidence.claims, self.params)
        narrower = self.domains | runs.readable(published.domain_runs(self.params, recent))
        in_domains = [found for found in narrower.values() if not isinstance(found, str)]
        return published.which_definition(recent, [*brief.distinct(self.posterior, self.restricted), *in_domains])

    @cached_property
    def domains(self) -> dict[Params, Posterior | str]:
        """The run in every domain, or why there is no number; empty for a run that is about one domain itself."""
        return runs.readable(runs.by_domain(self.params)) if self.params.domain == "all" else {}

    @cached_property
    def model(self) -> str:
        """The model a dossier is about."""
        return words.model_of(self.posterior)

    @cached_property
    def of_model(self) -> pd.DataFrame:
        """The definitions of the gap for that model."""
        asked = replace(self.params, subject=self.model)
        return tables.gap_table(replace(self.posterior, params=asked)).query("subject == @self.model")

    @cached_property
    def then(self) -> tuple[Tables, Posterior]:
        """Data and posterior on the date to compare with."""
        params = changes.earlier(self.params)
        evidence = runs.evidence(params)
        return evidence, fit(evidence, params)

    @cached_property
    def moved(self) -> pd.DataFrame:
        """Every number on both dates."""
        return changes.moved(tables.gap_table(self.then[1]), self.table, words.level(self.params.prob))

    @cached_property
    def fresh(self) -> pd.DataFrame:
        """The models with new scores."""
        return changes.news(self.then[0], self.evidence, self.posterior)


Shown = list[Chart | Part | words.Finding]


def parts(story: Story, *names: str) -> Shown:
    """The sections with these names, in this order, as far as the variant of the page has them."""
    chosen = [name for name in names if name in VARIANTS[story.params.variant]]
    return [part for name in chosen for part in SECTIONS[name](story)]


def _heading(text: str) -> Part:
    return Part(f"<h2>{html.escape(text)}</h2>", text)


# --- The whole page -------------------------------------------------------------------------------


def _opening(story: Story) -> Shown:
    return [brief.opening(story.posterior, story.restricted, story.table, story.wider)]


def _frontiers(story: Story) -> Shown:
    heading = _heading("Two frontiers, and the distance in time between them")
    return [heading, plots.frontiers(story.posterior, story.table)]


def _definitions(story: Story) -> Shown:
    record = gap.newest_record(story.posterior)
    chart = plots.definitions_strip(story.table, story.evidence.claims, record, story.params)
    return [_heading("The number depends on the definition"), chart]


def _over_time(story: Story) -> Shown:
    return [_heading("Is the gap growing?"), plots.gap_over_time(story.posterior)]


def _domains(story: Story) -> Shown:
    if not story.domains:
        return []
    return [_heading("In which domain?"), brief.domains(story.domains, story.params)]


def _record(story: Story) -> Shown:
    about = words.record_domain(story.params)
    note = [words.Finding(pd.DataFrame(), about)] if about else []
    return [_heading("How good were past forecasts?"), *note, brief.record()]


def _forecast(story: Story) -> Shown:
    run = story.forecast
    return [
        _heading("Where is it going?"),
        plots.gap_forecast(run, story.counted),
        brief.forecast(run),
        plots.catch_up_dates(story.dates, story.params),
        brief.catch_up(run),
    ]


def _scenarios(story: Story) -> Shown:
    library = brief.library(story.posterior)
    chart = plots.scenario_effects(tables.scenario_table(library), story.params)
    return [_heading("What if?"), chart, brief.scenario_effects(library, story.params)]


def _claims(story: Story) -> Shown:
    made_of = (story.evidence, story.ranked, story.posterior, story.restricted)
    return [brief.claims(*made_of), brief.bridge(*made_of)]


def _influence(story: Story) -> Shown:
    return [brief.influence(story.evidence, story.posterior)]


def _nowcast(story: Story) -> Shown:
    return [_heading("Out, but not scored yet"), brief.nowcast(story.evidence, story.posterior)]


def _table(story: Story) -> Shown:
    heading = _heading("Every definition, in words and numbers")
    return [heading, brief.definitions(story.table, story.posterior)]


def _colophon(story: Story) -> Shown:
    return [brief.colophon(story.evidence, story.posterior)]


# --- One page -------------------------------------------------------------------------------------


def _in_short(story: Story) -> Shown:
    params = story.params
    p_widened = gap.p_widened(story.posterior.frontier, leader=params.leader, follower=params.follower)
    coming = tables.forecast_table(story.forecast.scenario)
    return [
        plots.frontiers(story.posterior, story.table),
        words.in_short(story.table, coming, story.dates, p_widened, params),
    ]


def _credits(story: Story) -> Shown:
    return [brief.credits(story.evidence, story.posterior)]


# --- One model ------------------------------------------------------------------------------------


def _dossier(story: Story) -> Shown:
    return [brief.dossier_opening(story.evidence, story.posterior, story.of_model, story.model)]


def _placed(story: Story) -> Shown:
    neighbours = dossier.beside(story.posterior, story.model)
    return [
        _heading(f"Where {story.model} stood"),
        plots.placed(story.posterior, story.of_model, story.model),
        brief.neighbours(neighbours, story.model, story.params),
    ]


def _scores(story: Story) -> Shown:
    scores = dossier.scores(story.evidence, story.posterior, story.model)
    return [
        _heading("Its scores, test by test"),
        plots.model_scores(scores, story.model, story.params),
        brief.model_scores(scores, story.model, story.params),
    ]


def _about(story: Story) -> Shown:
    return [brief.about(story.evidence, story.posterior, story.model)]


def _without(story: Story) -> Shown:
    return [brief.without(story.evidence, story.posterior, story.model)]


# --- Two dates ------------------------------------------------------------------------------------


def _changes(story: Story) -> Shown:
    return [brief.changes_opening(story.posterior, story.moved, story.fresh)]


def _moved(story: Story) -> Shown:
    return [
        _heading("Then and now, by every definition"),
        plots.changed(story.moved, story.params),
        brief.moved(story.moved, story.params),
    ]


def _news(story: Story) -> Shown:
    return [_heading("Which new scores moved which number"), brief.news(story.evidence, story.posterior, story.fresh)]


SECTIONS: dict[str, Callable[[Story], Shown]] = {
    "opening": _opening,
    "frontiers": _frontiers,
    "definitions": _definitions,
    "over_time": _over_time,
    "domains": _domains,
    "forecast": _forecast,
    "scenarios": _scenarios,
    "claims": _claims,
    "influence": _influence,
    "nowcast": _nowcast,
    "record": _record,
    "table": _table,
    "in_short": _in_short,
    "credits": _credits,
    "dossier": _dossier,
    "placed": _placed,
    "scores": _scores,
    "about": _about,
    "without": _without,
    "changes": _changes,
    "moved": _moved,
    "news": _news,
    "colophon": _colophon,
}
"""Every section by name; one returns what it shows, in order."""

VARIANTS: dict[str, tuple[str, ...]] = {
    "full": (
        "opening", "frontiers", "definitions", "over_time", "domains", "forecast", "scenarios", "claims", "influence",
        "nowcast", "record", "table", "colophon",
    ),
    "one_page": ("opening", "in_short", "credits"),
    "dossier": ("dossier", "placed", "scores", "about", "without", "colophon"),
    "changes": ("changes", "moved", "news", "colophon"),
}  # fmt: skip
"""The sections of each variant; the notebook says where on the page they stand."""
