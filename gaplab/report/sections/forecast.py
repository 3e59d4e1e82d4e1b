"""Sections: the forecast with its catch-up dates, and the scenarios."""

from __future__ import annotations

import html

import pandas as pd

from gaplab.outlook.scenarios import Comparison
from gaplab.params.spec import Params
from gaplab.questions.scenario_library import compare_scenario_library
from gaplab.report.charts.catch_up import catch_up_chart
from gaplab.report.charts.forecast import forecast_chart
from gaplab.report.charts.scenarios import scenarios_chart
from gaplab.report.page.part import Part, Shown, heading_part, table_part
from gaplab.report.sections.run_results import RunResults
from gaplab.report.text.finding import Finding
from gaplab.report.text.forecast import (
    catch_up_table_caption,
    coming_lag_phrase,
    pick_horizon,
    readable_catch_up,
    threshold_caption,
    threshold_table,
)
from gaplab.report.text.names import country_name, frontier_name, month_year
from gaplab.report.text.numbers import format_probability, join_words
from gaplab.report.text.scenarios import lever_sentences, readable_scenarios, scenarios_table_caption
from gaplab.results.forecast import catch_up_table, forecast_table, scenario_table


def forecast_part(comparison: Comparison) -> Part:
    """The forecast in a paragraph, the levers that are set, and the table of probabilities."""
    params = comparison.scenario.posterior.params
    table = forecast_table(comparison.scenario)
    finding, levers = forecast_finding(table, params), lever_sentences(params)
    shown = threshold_table(table, params)
    rows = table_part(shown, caption=threshold_caption(params), name="forecast-table")
    scenario = f"<p><strong>Scenario.</strong> {html.escape(' '.join(levers))}</p>" if levers else ""
    return Part(f"{scenario}{finding._repr_html_()}{rows.html}", "\n".join([*levers, finding.text, rows.text]))


def catch_up_part(comparison: Comparison) -> Part:
    """When the follower reaches the named leader models."""
    params = comparison.scenario.posterior.params
    shown = readable_catch_up(catch_up_table(comparison.scenario), params)
    return table_part(shown, caption=catch_up_table_caption(params), name="catch-up-table")


def scenarios_part(comparisons: dict[str, Comparison], params: Params) -> Part:
    """What each scenario assumes and changes."""
    described = {
        name: " ".join(lever_sentences(comparison.scenario.posterior.params))
        for name, comparison in comparisons.items()
    }
    shown = readable_scenarios(scenario_table(comparisons), described, params)
    return table_part(shown, caption=scenarios_table_caption(params), name="scenarios-table")


def forecast_section(story: RunResults) -> Shown:
    run = story.forecast
    return [
        heading_part("Where is it going?"),
        forecast_chart(run, story.counted),
        forecast_part(run),
        catch_up_chart(story.dates, story.params),
        catch_up_part(run),
    ]


def scenarios_section(story: RunResults) -> Shown:
    library = compare_scenario_library(story.posterior)
    chart = scenarios_chart(scenario_table(library), story.params)
    return [heading_part("What if?"), chart, scenarios_part(library, story.params)]


def forecast_finding(table: pd.DataFrame, params: Params) -> Finding:
    """What the forecast says of the coming year, from the rows of `tables.forecast_table`."""
    near, far = (pick_horizon(table, "frontier_lag", horizon) for horizon in (12, 24))
    limits: dict[str, list[str]] = {}
    for limit in (6, 9, 12, 18):
        limits.setdefault(format_probability(near[f"p_over_{limit}"]), []).append(f"{limit}")
    either = {prob: " or ".join(filter(None, [", ".join(those[:-1]), those[-1]])) for prob, those in limits.items()}
    over = [f"{prob} for more than {those} months" for prob, those in either.items()]
    ahead = f"The probability that {country_name(params.follower)} has been ahead by then"
    return Finding(
        table,
        f"In {month_year(near['date'])} {frontier_name(params.follower)} will be "
        f"{coming_lag_phrase(near, params.prob)}. The probability that the lag is longer than today is "
        f"{format_probability(near['p_widened'])}; {join_words(over)}. {ahead} is "
        f"{format_probability(near['p_ahead_by'])}, and {format_probability(far['p_ahead_by'])} by "
        f"{month_year(far['date'])}.",
    )
