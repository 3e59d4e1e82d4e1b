"""Verbs on the future: forecast and scenarios."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from gaplab.cli.options import Run, fitted_posterior, read_tables, run_options
from gaplab.cli.output import as_json_text, grid_of, health_on_one_line, output, printed_parts
from gaplab.cli.root import main
from gaplab.errors import GaplabError

if TYPE_CHECKING:
    from gaplab.outlook.scenarios import Comparison


@main.command()
@run_options("gap", "shown", "forecast", idle=("page",))
@output("table", "csv", "json")
def forecast(run: Run, kind: str, width: int | None) -> tuple[str, str]:
    """Where the gap goes: P(gap > x by date), catch-up dates, and what the levers change.

    As CSV in the format of forecast hubs.
    """
    tables, posterior = fitted_posterior(run)
    from gaplab.outlook.scenarios import compare
    from gaplab.results.as_json import forecast_json
    from gaplab.results.columns import to_csv_text
    from gaplab.results.hub import hub_tables

    comparison = compare(posterior)
    if kind == "json":
        text = as_json_text(forecast_json(comparison, tables))
    elif kind == "csv":
        text = to_csv_text(hub_tables(comparison))
    else:
        text = _forecast_for_reading(comparison, width)
    return text, health_on_one_line(posterior)


@main.command()
@click.argument("files", nargs=-1, type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="[YAML]...")
@run_options("levers", idle=("page",))
@output("table", "csv", "json")
def scenarios(run: Run, files: tuple[Path, ...], kind: str, width: int | None) -> str:
    """Scenarios drawn against the baseline: those of notebooks/params, or YAML files of your own.

    Their dates move with the as-of date; levers that are flags here are one scenario more.
    """
    params = run.params
    from gaplab.outlook import scenarios as levers
    from gaplab.questions.scenario_library import compare_scenario_library, read_scenario_library

    own = {"these_levers": params} if levers.set_levers(params) else {}
    library = read_scenario_library(params, files or None) | own
    if not library:
        where = ", ".join(map(str, files)) or "notebooks/params"
        raise GaplabError(f"{where}: no lever is set; expected a scenario in which one is not neutral")
    for moved in library.values():
        read_tables(moved)
    _, posterior = fitted_posterior(run)
    found = compare_scenario_library(posterior, library)
    from gaplab.report.text.names import scenario_label
    from gaplab.report.text.scenarios import lever_sentences, readable_scenarios, scenarios_table_caption
    from gaplab.results.columns import json_rows, to_csv_text
    from gaplab.results.forecast import scenario_table

    table = scenario_table(found)
    if kind == "table":
        described = {name: " ".join(lever_sentences(each.scenario.posterior.params)) for name, each in found.items()}
        shown = readable_scenarios(table, described, params).drop(columns=["Assumes"])
        lines = [f"{scenario_label(name, params)}: {text}" for name, text in described.items()]
        caption = scenarios_table_caption(params)
        return "\n".join([health_on_one_line(posterior), "", *lines, "", caption, grid_of(shown, width)])
    return to_csv_text(table) if kind == "csv" else as_json_text({"scenarios": json_rows(table)})


def _forecast_for_reading(comparison: Comparison, width: int | None) -> str:
    """Health, the levers that are set, and the tables of the brief."""
    from gaplab.report.text.forecast import (
        catch_up_table_caption,
        forecast_subtitle,
        readable_catch_up,
        threshold_caption,
        threshold_table,
    )
    from gaplab.report.text.names import month_year, short_name
    from gaplab.report.text.scenarios import lever_sentences, readable_scenarios, scenarios_table_caption
    from gaplab.results.forecast import catch_up_table, forecast_table, scenario_table

    posterior = comparison.scenario.posterior
    params, levers = posterior.params, lever_sentences(posterior.params)
    ahead, reached = forecast_table(comparison.scenario), catch_up_table(comparison.scenario)
    shown = {
        f"{threshold_caption(params)}, longer than in {month_year(params.as_of)}, or {short_name(params.follower)} "
        "ahead by then": threshold_table(ahead, params, short=True),
        f"{catch_up_table_caption(params)}. With the probability that it has, now and in 6 and 12 months": (
            readable_catch_up(reached, params, short=True)
        ),
    }
    if levers:
        change = scenario_table({"these levers": comparison})
        moved = readable_scenarios(change, {"these levers": " ".join(levers)}, params)
        shown[scenarios_table_caption(params)] = moved.drop(columns=["Assumes"])
    head = [health_on_one_line(posterior), f"{forecast_subtitle(params)}.", *(f"Lever: {line}" for line in levers)]
    parts = [
        printed_parts("", caption, width=width) + grid_of(table, width, whole=("In", "By", "Months", "When"))
        for caption, table in shown.items()
    ]
    return "".join([printed_parts(*head, width=width), *parts])
