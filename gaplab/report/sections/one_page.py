"""Sections of the one-page variant: the gap in three sentences, and the credits."""

from __future__ import annotations

import html

import pandas as pd

from gaplab import gap
from gaplab.fit.table_checks import scores_by_side
from gaplab.params.spec import Params
from gaplab.report.charts.frontiers import frontiers_chart
from gaplab.report.page.part import Part, Shown
from gaplab.report.sections.record import past_coverage, past_sentence
from gaplab.report.sections.run_results import RunResults
from gaplab.report.text.finding import Finding
from gaplab.report.text.forecast import coming_lag_phrase, pick_horizon
from gaplab.report.text.names import country_name, frontier_name, long_date, month_year
from gaplab.report.text.numbers import format_probability, upper_first
from gaplab.report.text.phrases import widened_sentence
from gaplab.report.text.scenarios import scenario_phrase
from gaplab.results.forecast import forecast_table


def in_short_section(results: RunResults) -> Shown:
    """The frontiers, and the gap in three sentences."""
    params = results.params
    p_widened = gap.p_widened(results.posterior.frontier, **params.roles)
    coming = forecast_table(results.forecast.scenario)
    return [
        frontiers_chart(results.history, results.table, params),
        in_short_finding(results.table, coming, results.dates, p_widened, params, past_coverage()),
    ]


def credits_section(results: RunResults) -> Shown:
    """The last lines of a page that has no room for a colophon: whose data, and where the rest is."""
    scores, sides = results.tables.scores, scores_by_side(results.tables, results.params, results.posterior.models)
    where = "" if results.params.domain == "all" else f" in {results.params.domain}"
    counted = " and ".join(f"{row['scores']:,} of {country_name(side)}" for side, row in sides.iterrows())
    text = (
        f"{len(scores):,} scores of {scores['model'].nunique()} models, compiled by Epoch AI (CC BY 4.0), NIST CAISI, "
        f"METR and others, of which {counted} count{where}; no model after {long_date(results.params.as_of)}. Every "
        "definition, the method and all sources are in the full brief of the same run (fit "
        f"{results.posterior.identity['fit_hash'][:8]})."
    )
    return [Part(f'<div class="note">{html.escape(text)}</div>', text)]


def in_short_finding(
    table: pd.DataFrame,
    coming: pd.DataFrame,
    dates: pd.DataFrame,
    p_widened: float,
    params: Params,
    record: pd.DataFrame | None = None,
) -> Finding:
    """The gap in three sentences: whether it grew, where it is going, when the newest leader model is reached.

    `coming` is a `forecast_table`, `dates` a `catch_up_table`.
    """
    year = pick_horizon(coming, "frontier_lag", 12)
    known = dates[(dates["status"] == "") & (dates["reading"] == "frontier")]
    scenario = scenario_phrase(params)
    assumed = f"in {scenario}" if scenario else "if nothing is done differently"
    sentences = [
        widened_sentence(p_widened, params),
        f"Our central estimate for a year on, {assumed}, is that {frontier_name(params.follower)} "
        f"is {coming_lag_phrase(year, params.prob)}.{'' if scenario else past_sentence(record)}",
    ]
    if len(known):
        row = known.iloc[-1]
        sentences.append(
            upper_first(f"{country_name(params.follower)} has matched {row['target']} already with probability ")
            + format_probability(row["p_matched"])
            + (
                "."
                if row["p_matched"] > 0.99
                else f", and by {month_year(year['date'])} we give it {format_probability(row['p_by_12'])}."
            )
        )
    return Finding(pd.concat([table, coming, dates, record]), " ".join(sentences))
