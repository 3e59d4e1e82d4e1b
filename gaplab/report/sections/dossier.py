"""Sections of the dossier: one model of the follower."""

from __future__ import annotations

import numpy as np
import pandas as pd

from gaplab.params.spec import Params
from gaplab.questions import dossier
from gaplab.questions import influence as influences
from gaplab.questions.claims.reading import model_named
from gaplab.report.charts.model_scores import model_scores_chart
from gaplab.report.charts.placed import placed_chart
from gaplab.report.page.part import Shown, heading_part, join_parts, opening_part, table_part
from gaplab.report.sections.run_results import RunResults
from gaplab.report.text.claims import claimed_months, claims_in_scope
from gaplab.report.text.definitions import DEFINITION_LABELS, definition_meaning, headline_label
from gaplab.report.text.finding import Finding, Headline
from gaplab.report.text.names import country_name, its_model, long_date, models_of, side_word, what_counts
from gaplab.report.text.numbers import (
    format_months,
    format_number,
    format_probability,
    format_short_probability,
    lower_first,
    signed_months,
    upper_first,
)
from gaplab.report.text.phrases import interval_phrase, lag_headline, model_standing, pick_row
from gaplab.report.text.titles import dossier_question
from gaplab.results.revisions import headline_definition


def dossier_section(results: RunResults) -> Shown:
    """Title, answer and numbers of one model."""
    params, rows = results.params, results.of_model
    facts = dossier.model_facts(results.tables, results.posterior, results.model)
    question = dossier_question(results.model, params)
    answer, numbers = dossier_finding(facts, rows, params), dossier_headlines(rows, facts, params)
    return [opening_part(results.posterior, question, answer, numbers)]


def dossier_lines(results: RunResults) -> list[str]:
    """The numbers of a dossier as lines of text, each with the name of its model."""
    facts = dossier.model_facts(results.tables, results.posterior, results.model)
    numbers = dossier_headlines(results.of_model, facts, results.params)
    return [f"{results.model}, {lower_first(str(number))}" for number in numbers]


def placed_section(results: RunResults) -> Shown:
    """The model among the leader's models around it."""
    params, model = results.params, results.model
    near = dossier.nearest_leader_records(results.posterior, model)
    columns = {
        upper_first(its_model(params.leader)): near["other"],
        "Came out": near["date"].map(long_date),
        f"Months before {model}": near["months_earlier"].map(format_number),
        f"{model} is at least as able": near["p_at_least"].map(format_short_probability),
        "It is the first match": [format_short_probability(p) if p > 0 else "–" for p in near["p_first"]],
    }
    caption = f"Record {models_of(params.leader)} nearest to {model}, with probabilities"
    return [
        heading_part(f"Where {model} stood"),
        placed_chart(results.history, results.of_model, model, params),
        table_part(columns, caption=caption, name="beside-table"),
    ]


def scores_section(results: RunResults) -> Shown:
    """Every score of the model."""
    params, model = results.params, results.model
    scores = dossier.scores_of_model(results.tables, results.posterior, model)
    rows = list(scores.itertuples())
    columns = {
        "Test": scores["benchmark"],
        "Domain": scores["domain"],
        "Score": [_score_text(r.score, r.link) for r in rows],
        "Measured by": [f"{r.evaluator if isinstance(r.evaluator, str) else '–'} ({r.source_class})" for r in rows],
        "Best before it": [
            f"{_score_text(r.best_score, r.link)} ({r.best})" if isinstance(r.best, str) else "–" for r in rows
        ],
    }
    leader = country_name(params.leader)
    caption = f"Every score of {model}, and the best score of {leader} on the same test by the same day"
    return [
        heading_part("Its scores, test by test"),
        model_scores_chart(scores, model, params),
        table_part(columns, caption=caption, name="scores-table", fold="Every score"),
    ]


def about_section(results: RunResults) -> Shown:
    """What others have published about the model; nothing where nobody has."""
    recent = claims_in_scope(results.tables.claims, results.params)
    models = results.posterior.models.index
    named = [claim for _, claim in recent.iterrows() if model_named(claim, models) == results.model]
    if not named:
        return []
    columns = {
        "Who": [f"{upper_first(claim['who'])}, {long_date(claim['published'])}" for claim in named],
        "Says": [claimed_months(claim) for claim in named],
        "About": [upper_first(claim["note"]) for claim in named],
    }
    table = table_part(columns, caption=f"Published about {results.model}", name="about-table")
    return [join_parts(heading_part("What others say about it"), table)]


def without_section(results: RunResults) -> Shown:
    """What the gap of the country would be without the model."""
    params, model = results.params, results.model
    influence = influences.by_model(results.tables, params, names=[model], refits=0)
    return [join_parts(heading_part("How much the gap rests on it"), _without_finding(influence, model, params))]


def dossier_finding(facts: pd.Series, rows: pd.DataFrame, params: Params) -> Finding:
    """What a model is, from `model_facts`, and where it stood when it came out, from its rows of a `gap_table`."""
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
    scores, tests, sources = facts[["n_scores", "n_benchmarks", "n_sources"]]
    evidence = Headline(
        label="Evidence",
        value=str(scores),
        unit="score" if scores == 1 else "scores",
        interval=f"on {tests} test{'' if tests == 1 else 's'}, from {sources} source{'' if sources == 1 else 's'}",
        meaning="Everything the two numbers beside this one rest on, besides the scores of all other models.",
    )
    lags = []
    for definition in ("model_lag", "first_match_lag"):
        label, meaning = DEFINITION_LABELS[definition], definition_meaning(definition, "months", params)
        lags.append(lag_headline(pick_row(rows, definition, facts["model"]), label, meaning, params))
    return [*lags, evidence]


def _score_text(value: float, link: str) -> str:
    if link == "logit":
        return f"{value:.1%}"
    return f"{value:,.0f} min" if link == "log2_minutes" else f"{value:,.0f} Elo"


def _without_finding(influence: pd.DataFrame, model: str, params: Params) -> Finding:
    """How the gap of the country would move without one model."""
    today = influence[influence["number"] == headline_definition()].iloc[0]
    what = f"{lower_first(headline_label(headline_definition(), params))} on {long_date(params.as_of)}"
    if not np.isfinite(today["shift"]):
        return Finding(
            influence,
            f"How far {model} moves the gap of its {side_word(params)} ({what}) cannot be told by weighing draws; only "
            "a new fit could tell.",
        )
    return Finding(
        influence,
        f"The gap of its {side_word(params)}, {what}, is {format_months(today['months'])}. Without {model} it would "
        + (
            f"be {format_number(today['months_without'])} ({signed_months(today['shift'])})."
            if signed_months(today["shift"]) != "0"
            else "stay the same."
        ),
    )
