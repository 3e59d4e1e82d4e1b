"""Sections: the forecast with its catch-up dates, and the scenarios."""

from __future__ import annotations

import html

import numpy as np
import pandas as pd

from gaplab.outlook.forecast import Forecast
from gaplab.outlook.scenarios import Comparison
from gaplab.params.spec import Params
from gaplab.posterior import Posterior
from gaplab.questions.scenario_library import compare_scenario_library
from gaplab.report.charts.catch_up import catch_up_chart
from gaplab.report.charts.forecast import forecast_chart
from gaplab.report.charts.scenarios import scenarios_chart
from gaplab.report.page.levers import levers_part, packed
from gaplab.report.page.part import Part, Shown, heading_part, join_parts, table_part
from gaplab.report.sections.record import past_coverage, past_sentence
from gaplab.report.sections.run_results import RunResults
from gaplab.report.text.definitions import DEFINITION_LABELS
from gaplab.report.text.finding import Finding, Headline
from gaplab.report.text.forecast import (
    catch_up_table_caption,
    coming_lag_phrase,
    pick_horizon,
    readable_catch_up,
    threshold_caption,
    threshold_table,
)
from gaplab.report.text.names import country_name, frontier_name, long_date, month_year
from gaplab.report.text.numbers import format_probability, join_words, upper_first
from gaplab.report.text.scenarios import (
    described_scenarios,
    lever_sentences,
    readable_scenarios,
    scenario_phrase,
    scenarios_table_caption,
)
from gaplab.results.forecast import forecast_fan, forecast_table, scenario_table
from gaplab.results.levers import lever_draws
from gaplab.results.revisions import headline_definition


def forecast_part(comparison: Comparison, table: pd.DataFrame | None = None) -> Part:
    """The forecast in a paragraph, the levers that are set, and the table of probabilities.

    `table` is the `forecast_table` of the scenario, when it is at hand.
    """
    params = comparison.scenario.posterior.params
    table = forecast_table(comparison.scenario) if table is None else table
    levers = lever_sentences(params)
    scenario = f"<p><strong>Scenario.</strong> {html.escape(' '.join(levers))}</p>" if levers else ""
    rows = table_part(
        threshold_table(table, params),
        caption=threshold_caption(params),
        name="forecast-table",
        fold="Probabilities by date",
    )
    record = past_coverage()
    return join_parts(Part(scenario, "\n".join(levers)), forecast_finding(table, params, record), rows)


def catch_up_part(table: pd.DataFrame, params: Params) -> Part:
    """When the follower reaches the named leader models."""
    return table_part(
        readable_catch_up(table, params),
        caption=catch_up_table_caption(params),
        name="catch-up-table",
        fold="Dates by model",
    )


def scenarios_part(comparisons: dict[str, Comparison], params: Params, table: pd.DataFrame | None = None) -> Part:
    """What each scenario assumes and changes; `table` is the `scenario_table` of them, when it is at hand."""
    table = scenario_table(comparisons) if table is None else table
    rows = readable_scenarios(table, described_scenarios(comparisons), params)
    return table_part(
        rows,
        caption=scenarios_table_caption(params),
        name="scenarios-table",
        fold="What each scenario assumes and changes",
    )


def forecast_section(results: RunResults) -> Shown:
    """The forecast and the catch-up dates."""
    run, params = results.forecast, results.params
    fan = forecast_fan(run)
    return [
        heading_part("Where is it going?"),
        forecast_chart(fan, results.counted),
        forecast_part(run, fan.table),
        catch_up_chart(results.dates, params),
        catch_up_part(results.dates, params),
    ]


def scenario_headlines(comparison: Comparison) -> list[Headline]:
    """The first number in a year under the levers of the run, and without them; [] for the baseline."""
    params = comparison.scenario.posterior.params
    if comparison.scenario is comparison.baseline:
        return []
    with_levers, without = (forecast_table(each) for each in (comparison.scenario, comparison.baseline))
    row, plain = (pick_horizon(table, headline_definition(), 12) for table in (with_levers, without))
    where, _, interval = coming_lag_phrase(row, params.prob).rstrip(")").partition(" (")
    value, _, unit = where.partition(" ") if np.isfinite(row["median"]) else ("Ahead", "", "for good")
    otherwise = coming_lag_phrase(plain, params.prob).partition(" (")[0]
    number = Headline(
        label=upper_first(
            f"{country_name(params.follower)} in {month_year(row['date'])}, in {scenario_phrase(params)}"
        ),
        value=value,
        unit=f"{unit}, instead of {otherwise.removesuffix(f' {unit}')}".removeprefix(", "),
        interval=interval or "no interval",
        meaning=f"{DEFINITION_LABELS[row['definition']]}, our central estimate. {' '.join(lever_sentences(params))}",
    )
    return [number]


def scenarios_section(results: RunResults) -> Shown:
    """What the scenarios of the library would change."""
    baseline = results.forecast.baseline
    library = compare_scenario_library(results.posterior)
    table = scenario_table(library)
    chart, part = scenarios_chart(table, results.params), scenarios_part(library, results.params, table)
    return [heading_part("What if?"), chart, part, moving_part(results.posterior, baseline)]


def moving_part(posterior: Posterior, baseline: Forecast) -> Part:
    """The main levers as sliders, for a page with its script."""
    params, draws = posterior.params, lever_draws(posterior, baseline)
    words, unit = packed(draws["rows"])
    leader, follower = country_name(params.leader), country_name(params.follower)
    levers = {
        f"Pace of {leader}, times": (2.0, 0.1, 1.0),
        f"Pause of {leader}, months": (24.0, 1.0, 0.0),
        f"Pace of {follower}, times": (2.0, 0.1, 1.0),
        f"Diffusion to {follower}, times": (3.0, 0.1, 1.0),
    }
    explanation = (
        f"Months {frontier_name(params.follower)} is behind, from {len(draws['rows'])} of the draws, so that numbers "
        f"may differ by some tenths from those above. All levers act from {long_date(params.as_of)}. Line: middle; "
        "band: 80%; dashed: without levers."
    )
    return levers_part(
        draws | {"draws": words, "unit": unit}, levers, ["Move the levers", explanation, month_year(params.as_of)]
    )


def forecast_finding(table: pd.DataFrame, params: Params, record: pd.DataFrame | None = None) -> Finding:
    """What the forecast says of the coming year, from the rows of `forecast_table`, and how such forecasts held.

    `record` is what `target_coverage` gives of the committed back-test.
    """
    near, far = (pick_horizon(table, "frontier_lag", horizon) for horizon in (12, 24))
    limits: dict[str, list[str]] = {}
    for limit in (6, 9, 12, 18):
        limits.setdefault(format_probability(near[f"p_over_{limit}"]), []).append(f"{limit}")
    either = {prob: " or ".join(filter(None, [", ".join(those[:-1]), those[-1]])) for prob, those in limits.items()}
    over = [f"{prob} for more than {those} months" for prob, those in either.items()]
    ahead = f"The probability that {country_name(params.follower)} has been ahead by then"
    return Finding(
        table if record is None else pd.concat([table, record]),
        f"Our central estimate for {month_year(near['date'])} is that {frontier_name(params.follower)} is "
        f"{coming_lag_phrase(near, params.prob)}.{past_sentence(record)} The probability that the lag is longer "
        f"than in {month_year(params.as_of)} is {format_probability(near['p_widened'])}; {join_words(over)}. "
        f"{ahead} is {format_probability(near['p_ahead_by'])}, and {format_probability(far['p_ahead_by'])} by "
        f"{month_year(far['date'])}.",
    )
