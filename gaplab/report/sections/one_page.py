"""Sections of the one-page variant: the gap in three sentences, and the credits."""

from __future__ import annotations

import html

import pandas as pd

from gaplab import gap
from gaplab.data.tables import Tables
from gaplab.params.spec import Params
from gaplab.posterior import Posterior
from gaplab.report.charts.frontiers import frontiers_chart
from gaplab.report.page.part import Part, Shown
from gaplab.report.sections.run_results import RunResults
from gaplab.report.text.finding import Finding
from gaplab.report.text.forecast import coming_lag_phrase, pick_horizon
from gaplab.report.text.names import country_name, frontier_name, long_date
from gaplab.report.text.numbers import format_probability, upper_first
from gaplab.report.text.phrases import widened_sentence
from gaplab.results.forecast import forecast_table


def credits_part(tables: Tables, posterior: Posterior) -> Part:
    """The last lines of a page that has no room for a colophon: whose data, and where the rest is."""
    text = _credits_text(tables, posterior)
    return Part(f'<p class="note">{html.escape(text)}</p>', text)


def in_short_section(story: RunResults) -> Shown:
    params = story.params
    p_widened = gap.p_widened(story.posterior.frontier, leader=params.leader, follower=params.follower)
    coming = forecast_table(story.forecast.scenario)
    return [
        frontiers_chart(story.posterior, story.table),
        in_short_finding(story.table, coming, story.dates, p_widened, params),
    ]


def credits_section(story: RunResults) -> Shown:
    return [credits_part(story.evidence, story.posterior)]


def in_short_finding(
    table: pd.DataFrame, coming: pd.DataFrame, dates: pd.DataFrame, p_widened: float, params: Params
) -> Finding:
    """The gap in three sentences: whether it grew, where it is going, when the newest leader model is reached.

    Parameters
    ----------
    table, coming, dates : DataFrame
        What `tables.gap_table`, `forecast_table` and `catch_up_table` give.
    p_widened : float
        Probability that the lag grew over the last 12 months.
    params : Params
    """
    year = pick_horizon(coming, "frontier_lag", 12)
    known = dates[(dates["status"] == "") & (dates["reading"] == "frontier")]
    sentences = [
        widened_sentence(p_widened, params),
        f"In a year {frontier_name(params.follower)} will be {coming_lag_phrase(year, params.prob)} if nothing is "
        "done differently.",
    ]
    if len(known):
        row = known.iloc[-1]
        sentences.append(
            upper_first(f"{country_name(params.follower)} has matched {row['target']} already with probability ")
            + format_probability(row["p_matched"])
            + (
                "."
                if row["p_matched"] > 0.99
                else f", and will have within a year with probability {format_probability(row['p_by_12'])}."
            )
        )
    return Finding(pd.concat([table, coming, dates]), " ".join(sentences))


def _credits_text(tables: Tables, posterior: Posterior) -> str:
    """Whose data a page rests on, in two sentences."""
    params = posterior.params
    return (
        f"{len(tables.scores):,} scores of {tables.scores['model'].nunique()} models, compiled by Epoch AI (CC BY "
        f"4.0), NIST CAISI, METR and others; no model after {long_date(params.as_of)}. Every definition, the method "
        f"and all sources are in the full brief of the same run (fit {posterior.identity['fit_hash'][:8]})."
    )
