"""Sections of the comparison of two dates."""

from __future__ import annotations

import numpy as np
import pandas as pd

from gaplab.params.spec import Params
from gaplab.questions import influence as influences
from gaplab.report.charts.changed import changes_chart
from gaplab.report.page.part import Shown, heading_part, join_parts, opening_part, table_part
from gaplab.report.sections.run_results import RunResults
from gaplab.report.text.definitions import (
    DEFINITION_LABELS,
    definition_label,
    definition_meaning,
    fill_country_names,
    headline_label,
)
from gaplab.report.text.finding import Finding, Headline
from gaplab.report.text.names import country_name, long_date, short_name, side_word
from gaplab.report.text.numbers import (
    estimate_in_words,
    format_months,
    format_number,
    join_words,
    lower_first,
    signed_months,
    signed_or_dash,
    upper_first,
)
from gaplab.report.text.titles import changes_question
from gaplab.results.columns import percent_label
from gaplab.results.revisions import ELIGIBLE, headline_definition

REFITS = 2
"""New models whose effect weights cannot tell, and a fit without them does; the others have none."""


def changes_section(results: RunResults) -> Shown:
    """Title, answer and numbers of a comparison of two dates."""
    params, moved = results.params, results.moved
    answer = changes_finding(moved, results.fresh, params)
    return [opening_part(results.posterior, changes_question(params), answer, _changes_headlines(moved, params))]


def changes_lines(results: RunResults) -> list[str]:
    """The numbers of a comparison of two dates as lines of text, each with the earlier date."""
    since, numbers = long_date(results.params.since), _changes_headlines(results.moved, results.params)
    return [f"Since {since}, {lower_first(str(number))}" for number in numbers]


def moved_section(results: RunResults) -> Shown:
    """The numbers that are months, on both dates."""
    return [changes_chart(results.moved, results.params)]


def news_section(results: RunResults) -> Shown:
    """What moved the numbers: what has become known of the earlier date, and the models with new scores."""
    params, fresh, steps = results.params, results.fresh, results.steps
    # Each number without the readings of one model. Shifts do not add up: models share information, and time passes.
    influence = influences.by_model(results.tables, params, names=list(fresh["model"]), refits=REFITS)
    shown = _readable_news(fresh, influence, params)
    caption = (
        f"Models with new scores, and by how many months each number of {long_date(params.as_of)} would move without "
        f"the model{_others(fresh, shown)}"
    )
    rows = table_part(shown, caption=caption, name="news-table")
    return [
        heading_part("What moved it"),
        *([steps_finding(steps, params)] if len(steps) else []),
        join_parts(news_finding(fresh, influence, params), rows),
    ]


def steps_finding(steps: pd.DataFrame, params: Params) -> Finding:
    """How much of the change of each number is what has become known of the earlier date, from `changes.steps`."""
    first, *others = [
        (
            lower_first(DEFINITION_LABELS[row.definition]),
            *map(format_number, (row.read, row.then)),
            *map(signed_months, (row.revised, row.since)),
        )
        for row in steps.itertuples()
    ]
    _, read, then, revised, since = first
    return Finding(
        steps,
        f"On {long_date(params.since)} itself the lag {_ways(steps['definition'].iloc[0])} was read as {read} months. "
        f"With the scores known now that day reads {then} ({revised}); new models and time then moved it by {since}."
        + "".join(
            f" {upper_first(label)}: {read} read on the day, {then} read now ({revised}), and {since} since."
            for label, read, then, revised, since in others
        )
        + (" A lag below zero is a lead." if (steps[["read", "then"]] < 0).any(axis=None) else ""),
    )


def _others(fresh: pd.DataFrame, shown: pd.DataFrame) -> str:
    """How many models a table does not list."""
    left = len(fresh) - len(shown)
    return f"; {'the other one moves' if left == 1 else f'{left} others move'} it less" if left else ""


def changes_finding(moved: pd.DataFrame, fresh: pd.DataFrame, params: Params) -> Finding:
    """The gap then and now, and what is new, from `numbers_on_both_dates` and `newly_scored_models`."""
    first = headline_definition()
    lag = moved[(moved["definition"] == first) & (moved["unit"] == "months")].iloc[0]
    then, now = (estimate_in_words(lag[side], lag[f"{side}_lower"], lag[f"{side}_upper"]) for side in ("then", "now"))
    then, now = (f"{text} behind" if text.endswith("months") else text for text in (then, now))
    new, count = int(fresh["released"].sum()), len(fresh)
    came = "all of these models" if 1 < count == new else f"{new or 'none'} of these models"
    return Finding(
        moved,
        f"Against {country_name(params.leader)}, {_ways(first)}, {country_name(params.follower)} was "
        f"{then} on {long_date(params.since)} and is {now} on {long_date(params.as_of)}: "
        f"{_change_in_words(lag, params)}. In brackets {percent_label(params.prob)}% intervals. "
        + (
            f"{fresh['scores'].sum():,} scores of {count} models are new; {came} came out since."
            if count
            else "No score is new."
        ),
    )


def _ways(definition: str) -> str:
    """The definition inside a sentence: from frontier to frontier, from the best released model to the frontier."""
    return {
        "frontier_lag": "from frontier to frontier",
        "released_lag": "from the best released model to the frontier",
    }[definition]


def _change_in_words(lag: pd.Series, params: Params) -> str:
    change = lag["change"]
    if not np.isfinite(change):
        return "one of the two has no number"
    if format_number(change) == "0.0":
        return "no change"
    if min(lag["then"], lag["now"]) < 0:
        return f"{country_name(params.follower)} has {'lost' if change > 0 else 'gained'} {format_months(abs(change))}"
    return f"{format_months(abs(change))} {'more' if change > 0 else 'less'}"


def _changes_headlines(moved: pd.DataFrame, params: Params) -> list[Headline]:
    """Three numbers with their change."""
    lags = sorted(ELIGIBLE, key=lambda name: name != headline_definition())
    keys = (*((name, "months") for name in lags), ("distance", "months_at_leader_pace"))
    apart = (
        "How far {ahead} stands above the best of {follower} on the same day, divided by what {ahead} gained a month "
        "over the last 12 months."
    )
    return [
        Headline(
            label=definition_label(row.definition, row.unit, params),
            value=signed_or_dash(row.change),
            unit="months",
            interval=f"from {_bare(row.then)} to {_bare(row.now)}",
            meaning=definition_meaning(row.definition, row.unit, params)
            if row.unit == "months"
            else fill_country_names(apart, params),
        )
        for definition, unit in keys
        for row in moved[(moved["definition"] == definition) & (moved["unit"] == unit)].head(1).itertuples()
    ]


def _bare(value: float) -> str:
    return format_number(value) if np.isfinite(value) else "undefined"


def news_finding(fresh: pd.DataFrame, influence: pd.DataFrame, params: Params) -> Finding:
    """Which model with new scores moves the first number most."""
    if fresh.empty:
        return Finding(fresh, f"No score is new since {long_date(params.since)}: the numbers moved with time alone.")
    first = headline_definition()
    today = influence[influence["number"] == first]
    known = today[np.isfinite(today["shift"])]
    if known.empty:
        return Finding(influence, "How far each new model moves the gap cannot be told without a new fit.")
    most = known.loc[known["shift"].abs().idxmax()]
    untold = list(today.loc[~np.isfinite(today["shift"]), "left_out"])
    text = (
        f"Of the models with new scores {most['left_out']} moves the lag {_ways(first)} most: without it the "
        f"number of {long_date(params.as_of)} would be {format_number(most['months_without'])} instead of "
        f"{format_months(most['months'])} ({signed_months(most['shift'])})."
    )
    if untold:
        text += f" Only a new fit could tell how far {join_words(untold)} {'moves' if len(untold) == 1 else 'move'} it."
    text += " Such shifts do not add up: models share what they say."
    return Finding(influence, text)


def _readable_news(fresh: pd.DataFrame, influence: pd.DataFrame, params: Params, *, most: int = 4) -> pd.DataFrame:
    """The models with new scores and how each moves the numbers that may come first: those that move them most."""
    if influence.empty:
        return pd.DataFrame()
    names = sorted(ELIGIBLE, key=lambda name: name != headline_definition())
    wide = influence.pivot(index="left_out", columns="number", values="shift")[names]
    order = wide[names[0]].abs().sort_values(ascending=False, na_position="first").index[:most]
    facts = fresh.set_index("model").loc[order]
    columns = {
        "Model": order,
        upper_first(side_word(params)): [short_name(label) for label in facts["country"]],
        "Came out": [
            long_date(date) + ("" if new or fresh["released"].all() else " (known)")
            for date, new in zip(facts["date"], facts["released"], strict=True)
        ],
        "New scores": facts["scores"].to_numpy(),
    }
    for name in names:
        columns[headline_label(name, params)] = [signed_or_dash(shift) for shift in wide.loc[order, name]]
    return pd.DataFrame(columns).reset_index(drop=True)
