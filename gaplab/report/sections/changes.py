"""Sections of the comparison of two dates."""

from __future__ import annotations

import numpy as np
import pandas as pd

from gaplab.data.tables import Tables
from gaplab.params.spec import Params
from gaplab.posterior import Posterior
from gaplab.questions import influence
from gaplab.report.charts.definitions import changes_chart
from gaplab.report.page.part import Part, Shown, heading_part, opening_part, table_part
from gaplab.report.sections.run_results import RunResults
from gaplab.report.text.definitions import (
    DEFINITION_LABELS,
    definition_label,
    definition_meaning,
    fill_country_names,
    headline_label,
)
from gaplab.report.text.finding import Finding, Headline
from gaplab.report.text.names import country_name, long_date
from gaplab.report.text.numbers import (
    estimate_in_words,
    format_estimate,
    format_months,
    format_number,
    lower_first,
    signed_months,
    signed_or_dash,
)
from gaplab.report.text.titles import changes_question
from gaplab.results.columns import percent_label


def _opening_part(posterior: Posterior, moved: pd.DataFrame, fresh: pd.DataFrame) -> Part:
    """Title, answer and numbers of a comparison of two dates."""
    params = posterior.params
    answer = changes_finding(moved, fresh, params)
    return opening_part(posterior, changes_question(params), answer, _changes_headlines(moved, params))


def _moved_part(table: pd.DataFrame, params: Params) -> Part:
    """Every number on both dates."""
    shown = _readable_changes(table, params)
    return table_part(shown, caption=_changes_caption(params), name="changes-table")


def _news_part(tables: Tables, posterior: Posterior, fresh: pd.DataFrame) -> Part:
    """The models with new scores, and how far each moves the numbers."""
    params = posterior.params
    # Each number without the readings of one model. Shifts do not add up: models share information, and time passes.
    found = influence.by_model(tables, params, names=list(fresh["model"]), refits=0)
    finding = news_finding(fresh, found, params)
    shown = _readable_news(fresh, found, params)
    if shown.empty:
        return Part(finding._repr_html_(), finding.text)
    rows = table_part(shown, caption=_news_caption(params), name="news-table")
    return Part(finding._repr_html_() + rows.html, f"{finding.text}\n{rows.text}")


def changes_section(story: RunResults) -> Shown:
    return [_opening_part(story.posterior, story.moved, story.fresh)]


def moved_section(story: RunResults) -> Shown:
    return [
        heading_part("Then and now, by every definition"),
        changes_chart(story.moved, story.params),
        _moved_part(story.moved, story.params),
    ]


def news_section(story: RunResults) -> Shown:
    return [
        heading_part("Which new scores moved which number"),
        _news_part(story.evidence, story.posterior, story.fresh),
    ]


def changes_finding(moved: pd.DataFrame, fresh: pd.DataFrame, params: Params) -> Finding:
    """The gap then and now, and what is new, in two sentences.

    Parameters
    ----------
    moved, fresh : DataFrame
        What `changes.moved` and `changes.news` give.
    params : Params
        Of the later run, with `since`.
    """
    lag = moved[(moved["definition"] == "frontier_lag") & (moved["unit"] == "months")].iloc[0]
    then, now = (estimate_in_words(lag[side], lag[f"{side}_lower"], lag[f"{side}_upper"]) for side in ("then", "now"))
    then, now = (f"{text} behind" if text.endswith("months") else text for text in (then, now))
    new, count = int(fresh["released"].sum()), len(fresh)
    came = "all of these models" if 1 < count == new else f"{new or 'none'} of these models"
    return Finding(
        moved,
        f"Against {country_name(params.leader)}, from frontier to frontier, {country_name(params.follower)} was "
        f"{then} on "
        f"{long_date(params.since)} and is {now} on {long_date(params.as_of)}: {_change_in_words(lag, params)}. "
        f"In brackets {percent_label(params.prob)}% intervals. "
        + (
            f"{fresh['scores'].sum():,} scores of {count} models are new; {came} came out since."
            if count
            else "No score is new."
        ),
    )


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
    keys = (("frontier_lag", "months"), ("released_lag", "months"), ("distance", "months_at_leader_pace"))
    found = []
    for definition, unit in keys:
        rows = moved[(moved["definition"] == definition) & (moved["unit"] == unit)]
        if rows.empty:
            continue
        one = rows.iloc[0]
        found.append(
            Headline(
                label=definition_label(definition, unit, params),
                value=signed_months(one["change"]) if np.isfinite(one["change"]) else "–",
                unit="months",
                interval=f"from {_bare(one['then'])} to {_bare(one['now'])}",
                meaning=fill_country_names(_APART, params)
                if unit != "months"
                else definition_meaning(definition, unit, params),
            )
        )
    return found


_APART = (
    "How far {ahead} stands above the best of {follower} on the same day, divided by what {ahead} gained a month over "
    "the last 12 months."
)


def _bare(value: float) -> str:
    return format_number(value) if np.isfinite(value) else "undefined"


def _readable_changes(moved: pd.DataFrame, params: Params) -> pd.DataFrame:
    """Every number on both dates, as a reader wants it."""
    return pd.DataFrame({
        "Definition": [definition_label(r.definition, r.unit, params) for r in moved.itertuples()],
        long_date(params.since): [format_estimate(r.then, r.then_lower, r.then_upper) for r in moved.itertuples()],
        long_date(params.as_of): [format_estimate(r.now, r.now_lower, r.now_upper) for r in moved.itertuples()],
        "Change": [signed_months(r.change) if np.isfinite(r.change) else "–" for r in moved.itertuples()],
    })  # fmt: skip


def _changes_caption(params: Params) -> str:
    """What the table of two dates holds."""
    return f"Every definition on both dates, with {percent_label(params.prob)}% intervals in brackets"


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
        "time passes "
        "by itself.",
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
        "Country": facts["country"].to_numpy(),
        "Came out": [
            long_date(date) + ("" if new or fresh["released"].all() else " (known)")
            for date, new in zip(facts["date"], facts["released"], strict=True)
        ],
        "New scores": facts["scores"].to_numpy(),
    }
    columns |= {
        f"Without it: {lower_first(headline_label(name, params))}": [signed_or_dash(v) for v in wide.loc[order, name]]
        for name in names
    }
    return pd.DataFrame(columns).reset_index(drop=True)


def _news_caption(params: Params) -> str:
    """What the table of new scores holds."""
    return (
        f"Models with scores that were not known on {long_date(params.since)}, and by how many months each number of "
        f"{long_date(params.as_of)} would move without the model (–: only a new fit could tell); the others move none"
    )
