"""Sections of the dossier: one model of the follower."""

from __future__ import annotations

import numpy as np
import pandas as pd

from gaplab.data.tables import Tables
from gaplab.params.spec import Params
from gaplab.posterior import Posterior
from gaplab.questions import dossier
from gaplab.questions import influence as influences
from gaplab.questions.claims.reading import model_named
from gaplab.report.charts.one_model import model_scores_chart, placed_chart
from gaplab.report.page.part import Part, Shown, heading_part, opening_part, table_part
from gaplab.report.sections.run_results import RunResults
from gaplab.report.text.claims import claimed_months, claims_in_scope
from gaplab.report.text.definitions import DEFINITION_LABELS, definition_label, definition_meaning
from gaplab.report.text.finding import Finding, Headline
from gaplab.report.text.names import country_name, long_date, what_counts
from gaplab.report.text.numbers import (
    format_months,
    format_number,
    format_probability,
    format_short_probability,
    lower_first,
    signed_months,
    upper_first,
)
from gaplab.report.text.phrases import interval_phrase, model_standing, pick_row, value_and_unit
from gaplab.report.text.titles import dossier_question


def _opening_part(tables: Tables, posterior: Posterior, rows: pd.DataFrame, model: str) -> Part:
    """Title, answer and numbers of one model; `rows` are those of its gap table."""
    params, facts = posterior.params, dossier.model_facts(tables, posterior, model)
    answer = dossier_finding(facts, rows, params)
    numbers = dossier_headlines(rows, facts, params)
    return opening_part(posterior, dossier_question(model, params), answer, numbers)


def _neighbours_part(beside: pd.DataFrame, model: str, params: Params) -> Part:
    """The leader's models around one of the follower's."""
    shown = _readable_neighbours(beside, model, params)
    return table_part(shown, caption=_neighbours_caption(model, params), name="beside-table")


def _scores_part(scores: pd.DataFrame, model: str, params: Params) -> Part:
    """Every score of a model."""
    shown = _readable_scores(scores)
    return table_part(shown, caption=_scores_caption(model, params), name="scores-table")


def _about_part(tables: Tables, posterior: Posterior, model: str) -> Part:
    """What others have published about a model; nothing where nobody has."""
    recent = claims_in_scope(tables.claims, posterior.params)
    named = recent[[model_named(claim, posterior.models.index) == model for _, claim in recent.iterrows()]]
    if named.empty:
        return Part("", "")
    rows = table_part(_readable_claims(named), caption=_claims_caption(model), name="about-table")
    return Part(f"<h2>What others say about it</h2>{rows.html}", rows.text)


def _without_part(tables: Tables, posterior: Posterior, model: str) -> Part:
    """What the gap of the country would be without the model."""
    params = posterior.params
    found = influences.by_model(tables, params, names=[model], refits=0)
    finding = _without_finding(found, model, params)
    return Part(f"<h2>How much the gap rests on it</h2>{finding._repr_html_()}", finding.text)


def dossier_section(story: RunResults) -> Shown:
    return [_opening_part(story.evidence, story.posterior, story.of_model, story.model)]


def placed_section(story: RunResults) -> Shown:
    neighbours = dossier.nearest_leader_records(story.posterior, story.model)
    return [
        heading_part(f"Where {story.model} stood"),
        placed_chart(story.posterior, story.of_model, story.model),
        _neighbours_part(neighbours, story.model, story.params),
    ]


def scores_section(story: RunResults) -> Shown:
    scores = dossier.scores_of_model(story.evidence, story.posterior, story.model)
    return [
        heading_part("Its scores, test by test"),
        model_scores_chart(scores, story.model, story.params),
        _scores_part(scores, story.model, story.params),
    ]


def about_section(story: RunResults) -> Shown:
    return [_about_part(story.evidence, story.posterior, story.model)]


def without_section(story: RunResults) -> Shown:
    return [_without_part(story.evidence, story.posterior, story.model)]


def dossier_finding(facts: pd.Series, rows: pd.DataFrame, params: Params) -> Finding:
    """The model in two sentences: what it is, and where it stood when it came out.

    Parameters
    ----------
    facts : Series
        What `dossier.facts` gives.
    rows : DataFrame
        Rows of `tables.gap_table` about the model.
    params : Params
    """
    lag = pick_row(rows, "model_lag", facts["model"])
    return Finding(
        pd.concat([facts.to_frame().T, rows]),
        f"{facts['model']} came out on {long_date(facts['date'])}, by {facts['developer']}. "
        f"{model_standing(lag, params)} ({interval_phrase(lag, params.prob)}), counting {what_counts(params)}. The "
        f"probability that it was the best of {country_name(params.follower)} then is "
        f"{format_probability(facts['p_record'])}.",
    )


def dossier_headlines(rows: pd.DataFrame, facts: pd.Series, params: Params) -> list[Headline]:
    """The numbers on top of a dossier: to the leader's frontier, to its first match, and what they rest on."""
    found = []
    for definition in ("model_lag", "first_match_lag"):
        reading = pick_row(rows, definition, facts["model"])
        value, unit = value_and_unit(reading)
        found.append(
            Headline(
                label=DEFINITION_LABELS[definition],
                value=value or upper_first(unit),
                unit=f"{unit} {country_name(params.leader)}" if value else country_name(params.leader),
                interval=interval_phrase(reading, params.prob).removesuffix(" months"),
                meaning=definition_meaning(definition, "months", params),
            )
        )
    scores, tests = facts["n_scores"], facts["n_benchmarks"]
    found.append(
        Headline(
            label="Evidence",
            value=str(scores),
            unit="score" if scores == 1 else "scores",
            interval=f"on {tests} test{'' if tests == 1 else 's'}, from {facts['n_sources']} "
            f"source{'' if facts['n_sources'] == 1 else 's'}",
            meaning="Everything the two numbers beside this one rest on, besides the scores of all other models.",
        )
    )
    return found


def _readable_neighbours(beside: pd.DataFrame, model: str, params: Params) -> pd.DataFrame:
    """The leader's models around the model, as a reader wants them."""
    return pd.DataFrame({
        f"{params.leader} model": beside["other"],
        "Came out": [long_date(date) for date in beside["date"]],
        f"Before {model}": [
            format_months(value) if value >= 0 else f"{format_months(-value)} after"
            for value in beside["months_earlier"]
        ],
        f"{model} is at least as able": [format_short_probability(p) for p in beside["p_at_least"]],
        "It is the first match": [format_short_probability(p) if p > 0 else "–" for p in beside["p_first"]],
    })  # fmt: skip


def _neighbours_caption(model: str, params: Params) -> str:
    """What the table of neighbours holds."""
    return f"Record models of {country_name(params.leader)} nearest to {model}, with probabilities"


def _readable_scores(scores: pd.DataFrame) -> pd.DataFrame:
    """Every score of a model as a reader wants it."""
    return pd.DataFrame({
        "Test": scores["benchmark"],
        "Domain": scores["domain"],
        "Score": [_score_text(r.score, r.link) for r in scores.itertuples()],
        "Measured by": [
            f"{r.evaluator if isinstance(r.evaluator, str) else '–'} ({r.source_class})" for r in scores.itertuples()
        ],
        "Best before it": [
            f"{_score_text(r.best_score, r.link)} ({r.best})" if isinstance(r.best, str) else "–"
            for r in scores.itertuples()
        ],
    })  # fmt: skip


def _score_text(value: float, link: str) -> str:
    if link == "logit":
        return f"{value:.1%}"
    return f"{value:,.0f} min" if link == "log2_minutes" else f"{value:,.0f} Elo"


def _scores_caption(model: str, params: Params) -> str:
    """What the table of a model's scores holds."""
    return (
        f"Every score of {model}, and the best score of {country_name(params.leader)} on the same test by the same day"
    )


def _readable_claims(named: pd.DataFrame) -> pd.DataFrame:
    """Published claims about a model as a reader wants them."""
    return pd.DataFrame(
        [
            (f"{upper_first(c['who'])}, {long_date(c['published'])}", claimed_months(c), upper_first(c["note"]))
            for _, c in named.iterrows()
        ],
        columns=["Who", "Says", "About"],
    )


def _claims_caption(model: str) -> str:
    """What the table of claims about one model holds."""
    return f"Published about {model}"


def _without_finding(influence: pd.DataFrame, model: str, params: Params) -> Finding:
    """How the gap of the country would move without one model."""
    today = influence[influence["number"] == "frontier_lag"].iloc[0]
    what = f"{lower_first(definition_label('frontier_lag', 'months', params))} on {long_date(params.as_of)}"
    if not np.isfinite(today["shift"]):
        return Finding(
            influence,
            f"How far {model} moves the gap of its country ({what}) cannot be told by weighing draws; only a new fit "
            "could tell.",
        )
    return Finding(
        influence,
        f"The gap of its country, {what}, is {format_months(today['months'])}. Without {model} it would "
        + (
            f"be {format_number(today['months_without'])} ({signed_months(today['shift'])})."
            if signed_months(today["shift"]) != "0"
            else "stay the same."
        ),
    )
