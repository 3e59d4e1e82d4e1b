"""Section: the question, the answer and the headline numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from gaplab.params.spec import Params
from gaplab.posterior import Posterior
from gaplab.report.page.part import Part, Shown, opening_part
from gaplab.report.sections.claims import disputed_sentences
from gaplab.report.sections.forecast import scenario_headlines
from gaplab.report.sections.influence import evidence_record, other_evidence_sentence
from gaplab.report.sections.run_results import RunResults
from gaplab.report.sections.scopes import clock_sentence
from gaplab.report.text.definitions import definition_label, definition_meaning
from gaplab.report.text.finding import Finding, Headline
from gaplab.report.text.names import SCOPE_NAMES, country_name, its_model, long_date, models_of, pace_of, what_counts
from gaplab.report.text.numbers import format_number, format_probability, join_words, lower_first, upper_first
from gaplab.report.text.phrases import (
    below_zero_note,
    definitions_in_months,
    interval_phrase,
    lag_headline,
    pick_row,
    range_of_gaps,
    read_later_sentence,
    standing_clause,
)
from gaplab.report.text.titles import brief_question
from gaplab.results.gap import headline_table
from gaplab.results.revisions import headline_definition, revision_table

_BEFORE_LEVERS = "A scenario changes only what comes; the numbers of the day are the same without it."
NEARLY_ALL = 0.75
"""Share of a group's recent records from one country above which openness and country are called nearly one cut."""


def opening_of_run(
    posterior: Posterior,
    restricted: Posterior,
    table: pd.DataFrame,
    wider: pd.DataFrame,
    seats: pd.Series | None = None,
    facts: Sequence[str] = (),
    coming: Sequence[Headline] = (),
) -> Part:
    """Title, answer, dates, health and the headline numbers.

    Parameters
    ----------
    wider : DataFrame
        The gap table of `restricted`.
    seats : Series indexed by model, optional
        The country of each model's developer, in a run of groups that are not countries.
    facts : sequence of str
        Sentences that stand below the numbers.
    coming : sequence of Headline
        Numbers of the scenario of the run, which stand first.
    """
    params, headlines = posterior.params, headline_table(posterior, restricted)
    answer = answer_finding(headlines, table, params, revision_table(posterior))
    note = restricted_finding(posterior, restricted, table, wider).text
    if seats is not None and "weights" in params.leader + params.follower:
        facts = [*facts, openness_finding(posterior, seats).text]
    if coming:
        answer = replace(answer, text=f"{' '.join(map(_in_a_sentence, coming))} {_BEFORE_LEVERS} {answer.text}")
    # The number with restricted models, the last of four, stands in the note too.
    numbers = [*coming, *headline_numbers(headlines, params)][:3]
    return opening_part(posterior, brief_question(params), answer, numbers, [*facts, note])


def opening_section(results: RunResults) -> Shown:
    """The question, the answer and the headline numbers."""
    models, params = results.tables.models, results.params
    seats = models.set_index("model")["seat"] if "seat" in models else None
    facts = disputed_sentences(results.tables.claims, results.day.ranked, params) if params.variant == "full" else []
    facts += [clock_sentence(results.tables, params), other_evidence_sentence(evidence_record(params))]
    coming = scenario_headlines(results.forecast)
    return [opening_of_run(results.posterior, results.restricted, results.table, results.wider, seats, facts, coming)]


def answer_finding(
    headlines: pd.DataFrame, table: pd.DataFrame, params: Params, moved: pd.DataFrame | None = None
) -> Finding:
    """The country's gap, how such readings have moved, and how far it depends on the definition.

    `headlines` is a `headline_table`, `table` a `gap_table`, `moved` a `revision_table`.
    """
    today = headlines[headlines["headline"] == "country_today"].iloc[0]
    country = definitions_in_months(table, params.follower)
    country = country[country["definition"] != today["definition"]]
    open_order = 0.01 <= today["p_follower_ahead"] <= 0.99
    ahead = (
        f" The probability that {country_name(params.follower)} is ahead is "
        f"{format_probability(today['p_follower_ahead'])}."
    )
    ends = country.dropna(subset="median").sort_values("median").iloc[[0, -1]]
    names = [lower_first(definition_label(row.definition, row.unit, params)) for row in ends.itertuples()]
    return Finding(
        pd.concat([today.to_frame().T, country]),
        f"As of {long_date(params.as_of)}, {standing_clause(today)}, counting {what_counts(params)} "
        f"({interval_phrase(today, params.prob)}).{ahead if open_order else ''}"
        f"{read_later_sentence(today, moved, params.prob)} Other definitions of the gap give "
        f"{range_of_gaps(*ends['median'], *names)}.",
    )


def headline_numbers(table: pd.DataFrame, params: Params) -> list[Headline]:
    """The numbers on top of the brief, from the rows of `headlines`; repeated ones are left out."""
    return [_headline(row, params) for _, row in distinct_headlines(table).iterrows()]


def distinct_headlines(table: pd.DataFrame) -> pd.DataFrame:
    """The rows of `headline_table` without repeated ones."""
    return table.drop_duplicates(["definition", "subject", "scope"])


def restricted_finding(
    posterior: Posterior, restricted: Posterior, table: pd.DataFrame, wider: pd.DataFrame
) -> Finding:
    """What counting the leader's restricted models changes; empty when the run counts them anyway.

    `table` and `wider` are the gap tables of the run and of the same run with the restricted models.
    """
    params = posterior.params
    first = headline_definition()
    changed = [(first, "months"), ("distance", "months_at_leader_pace")]
    rows = {
        key: [pick_row(each, key[0], params.follower, key[1])["median"] for each in (table, wider)] for key in changed
    }
    comparison = pd.DataFrame(rows, index=[params.scope, restricted.params.scope]).T
    if params.scope == restricted.params.scope:
        return Finding(comparison, "")
    added = [name for name in restricted.models.index if name not in posterior.models.index]
    if not added:
        return Finding(
            comparison,
            f"No restricted {models_of(params.leader, 'model')} has test scores that can be used: both numbers "
            "rest on the same models.",
        )
    lag, apart = (_from_to(*pair) for pair in rows.values())
    explained = (
        f"A lag looks back to the day {country_name(params.leader)} stood where {country_name(params.follower)} "
        f"stands: what {country_name(params.leader)} has reached since moves the distance, not the lag."
        if min(rows[first, "months"]) > 0
        else below_zero_note(params)
    )
    return Finding(
        comparison,
        f"Restricted models counted: {join_words(added)}. With them the lag {lag} months, and the distance on that "
        f"day, measured in months at {pace_of(params.leader)}, {apart}. {explained}",
    )


def openness_finding(posterior: Posterior, seats: pd.Series) -> Finding:
    """How far groups by weights are groups by country, from the country of each model's developer."""
    params, models = posterior.params, posterior.models
    recent = models["record"] & (models["date"] > pd.Timestamp(params.as_of) - pd.DateOffset(years=2))
    rows, parts = [], []
    for label in params.pair:
        ours = models["country"] == label
        for which in (ours, ours & recent):
            count = seats.reindex(models.index[which]).value_counts()
            rows.append((label, count.index[0], count.iloc[0], count.sum()) if len(count) else (label, "", 0, 0))
        (_, seat, same, total), (_, top, first, records) = rows[-2:]
        new = (
            f" ({first} of {records} record models of the last two years are of {country_name(top)})" if records else ""
        )
        parts.append(f"of {total} {models_of(label)} counted {same} are of {country_name(seat)}{new}")
    table = pd.DataFrame(rows, columns=["group", "seat", "models", "of"])
    records = table.iloc[[1, 3]]
    one_cut = records["seat"].nunique() == 2 and (records["models"] >= NEARLY_ALL * records["of"]).all()
    lead = "Openness and country are nearly one cut" if one_cut else "Openness and country overlap"
    return Finding(
        table, f"{lead}: {join_words(parts)}. What is due to openness and what to country, this gap cannot tell."
    )


def _from_to(before: float, after: float) -> str:
    if format_number(before) == format_number(after):
        return f"stays at {format_number(before)}"
    return f"goes from {format_number(before)} to {format_number(after)}"


def _in_a_sentence(number: Headline) -> str:
    """A number of the scenario in the lead; what is assumed stands below the number."""
    return f"{number.label}: {number.value} {number.unit} ({number.interval})."


def _headline(row: pd.Series, params: Params) -> Headline:
    label = f"{country_name(params.follower)} on {long_date(params.as_of)}, {SCOPE_NAMES[row['scope']]}"
    meaning = definition_meaning(row["definition"], "months", params)
    if row["subject"] != params.follower:
        label = f"{row['subject']} when it came out"
    elif row["scope"] != params.scope:
        meaning = (
            f"As the first number, counting {its_model(params.leader, 'models')} too that only selected users may use."
        )
    return lag_headline(row, upper_first(label), meaning, params)
