"""Sections of the comparison of two dates."""

from __future__ import annotations

import numpy as np
import pandas as pd

from gaplab.params.spec import Params
from gaplab.questions import influence as influences
from gaplab.report.charts.definitions import changes_chart
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
    format_estimate,
    format_months,
    format_number,
    lower_first,
    signed_months,
    signed_or_dash,
    upper_first,
)
from gaplab.report.text.titles import changes_question
from gaplab.results.columns import percent_label
from gaplab.results.revisions import ELIGIBLE, headline_definition


def changes_section(results: RunResults) -> Shown:
    """Title, answer and numbers of a comparison of two dates."""
    params, moved = results.params, results.moved
    answer = changes_finding(moved, results.fresh, params)
    return [opening_part(results.posterior, changes_question(params), answer, _changes_headlines(moved, params))]


def moved_section(results: RunResults) -> Shown:
    """Every number on both dates."""
    params, rows = results.params, list(results.moved.itertuples())
    columns = {
        "Definition": [definition_label(row.definition, row.unit, params) for row in rows],
        long_date(params.since): [format_estimate(row.then, row.then_lower, row.then_upper) for row in rows],
        long_date(params.as_of): [format_estimate(row.now, row.now_lower, row.now_upper) for row in rows],
        "Change": [signed_or_dash(row.change) for row in rows],
    }
    caption = f"Every definition on both dates, with {percent_label(params.prob)}% intervals in brackets"
    return [
        heading_part("Then and now, by every definition"),
        changes_chart(results.moved, params),
        table_part(columns, caption=caption, name="changes-table"),
    ]


def news_section(results: RunResults) -> Shown:
    """The models with new scores, and how far each moves the numbers."""
    params, fresh = results.params, results.fresh
    # Each number without the readings of one model. Shifts do not add up: models share information, and time passes.
    influence = influences.by_model(results.tables, params, names=list(fresh["model"]), refits=0)
    caption = (
        f"Models with scores that were not known on {long_date(params.since)}, and by how many months each number of "
        f"{long_date(params.as_of)} would move without the model (–: only a new fit could tell); the others move none"
    )
    rows = table_part(_readable_news(fresh, influence, params), caption=caption, name="news-table")
    finding = news_finding(fresh, influence, params)
    return [heading_part("Which new scores moved which number"), join_parts(finding, rows)]


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
    """Which model with new scores moves the gap most."""
    if fresh.empty:
        return Finding(fresh, f"No score is new since {long_date(params.since)}: the numbers moved with time alone.")
    today = influence[(influence["number"] == "frontier_lag") & np.isfinite(influence["shift"])]
    if today.empty:
        return Finding(influence, "How far each of them moves the gap cannot be told without a new fit.")
    most = today.loc[today["shift"].abs().idxmax()]
    return Finding(
        influence,
        f"Of the models with new scores {most['left_out']} moves the gap from frontier to frontier most: without it "
        f"today's number would be {format_number(most['months_without'])} instead of {format_months(most['months'])} "
        f"({signed_months(most['shift'])}). The rows do not add up to the change: models share what they say, and "
        "time passes by itself.",
    )


def _readable_news(fresh: pd.DataFrame, influence: pd.DataFrame, params: Params) -> pd.DataFrame:
    """The models with new scores and how each moves the numbers, those that move them most first."""
    if influence.empty:
        return pd.DataFrame()
    wide = influence.pivot(index="left_out", columns="number", values="shift")
    names = [name for name in DEFINITION_LABELS if name in wide.columns]
    # A model that moves no number would only fill the table; one that cannot be told is shown.
    wide = wide[(wide.abs() >= 0.05).any(axis=1) | wide["frontier_lag"].isna()]
    order = wide["frontier_lag"].abs().sort_values(ascending=False, na_position="last").index
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
        label = f"Without it: {lower_first(headline_label(name, params))}"
        columns[label] = [signed_or_dash(shift) for shift in wide.loc[order, name]]
    return pd.DataFrame(columns).reset_index(drop=True)
