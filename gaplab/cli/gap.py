"""Verbs that fit, and print every definition of the gap, or the lag on single tests."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from gaplab.cli.options import Run, fitted_posterior, read_tables, run_options
from gaplab.cli.output import (
    as_json_text,
    check_writable,
    grid_of,
    health_on_one_line,
    interval_cell,
    number_cell,
    output,
    printed_parts,
    remarks,
)
from gaplab.cli.root import main

if TYPE_CHECKING:
    from pandas import DataFrame

    from gaplab.data.tables import Tables
    from gaplab.posterior import Posterior


@main.command()
@run_options("gap", "evidence", "sampling", idle=("page", "forecast", "levers"))
def fit(run: Run) -> None:
    """Sample the posterior, or find it in the cache, and say whether it can be trusted."""
    tables, posterior = fitted_posterior(run)
    click.echo(health_on_one_line(posterior))
    from gaplab.fit.files import cache_file

    click.echo(cache_file(tables, run.params))


@main.command()
@run_options("gap", "evidence", "shown", idle=("page", "forecast", "levers"))
@click.option(
    "--draws-out",
    "draws_file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="also write all draws: .nc for ArviZ, .parquet with the numbers of the gap",
)
@output("table", "csv", "json", "xlsx")
def gap(run: Run, draws_file: Path | None, kind: str, width: int | None) -> tuple[str | bytes, str]:
    """Every definition of the gap, with its intervals."""
    from gaplab.results import files

    if kind == "xlsx":
        files.check_workbook()
    if draws_file:
        files.check_draws_file(draws_file)
        check_writable(draws_file, folder=False)
    tables, posterior = fitted_posterior(run)
    if draws_file:
        files.write_draws(posterior, draws_file)
        click.echo(f"draws: {draws_file.resolve()}", err=True)
    from gaplab.outlook.nowcast import predict_if_asked
    from gaplab.results.columns import to_csv_text
    from gaplab.results.gap import gap_table

    expected = predict_if_asked(tables, posterior)
    if kind == "json":
        from gaplab.results.as_json import gap_json

        text = as_json_text(gap_json(posterior, tables, expected))
    elif kind == "csv":
        text = to_csv_text(gap_table(posterior, expected))
    elif kind == "xlsx":
        text = files.workbook(posterior, tables, expected)
    else:
        text = _gap_for_reading(gap_table(posterior, expected), posterior, tables, width)
    return text, health_on_one_line(posterior)


@main.command()
@run_options("gap", "evidence", "shown", idle=("page", "forecast", "levers"))
@output("table", "csv", "json", "png", "svg")
def lags(run: Run, kind: str, width: int | None) -> str | tuple[str | bytes, str]:
    """The lag on each single test: when the leader first scored as high. From the tables alone; nothing is fitted."""
    params, tables = run.params, read_tables(run.params, fits=False)
    from gaplab.report.sections.by_test import by_test_finding, readable_by_test
    from gaplab.results.by_test import lag_by_test_summary, lag_by_test_table, require_tests
    from gaplab.results.columns import json_rows, to_csv_text

    table = lag_by_test_table(tables, params)
    require_tests(table, params)
    if kind == "csv":
        return to_csv_text(table)
    if kind == "json":
        rows = {"summary": json_rows(lag_by_test_summary(table)), "tests": json_rows(table)}
        return as_json_text({"parameters": params.as_strings(), "data_hash": tables.hash} | rows)
    finding = by_test_finding(table, params)
    if kind == "table":
        return f"{finding.text}\n\n{grid_of(readable_by_test(table, params), width)}"
    from gaplab.report.charts.by_test import by_test_chart

    chart = by_test_chart(table, params)
    return (chart.png() if kind == "png" else chart.svg()), finding.text


def _gap_for_reading(table: DataFrame, posterior: Posterior, tables: Tables, width: int | None) -> str:
    """The table for a person: health first, then rows grouped by definition, to a tenth."""
    from pandas import DataFrame

    from gaplab.report.sections.milestones import milestones_finding
    from gaplab.report.sections.scopes import clock_sentence
    from gaplab.report.text.phrases import read_later_sentence, short_usual_move
    from gaplab.results.columns import percent_label
    from gaplab.results.revisions import revision_table

    params, moved = posterior.params, revision_table(posterior)
    past = {(row["definition"], row["subject"], row["unit"]): short_usual_move(row) for _, row in moved.iterrows()}
    level = percent_label(params.prob)
    columns = ["definition, unit, subject", "median", f"{level}% interval", "first match, remarks"]
    shown, heads = [], []
    for (definition, unit), rows in table.groupby(["definition", "unit"], sort=False):
        heads.append(len(shown))
        shown.append((f"{definition}, {unit.replace('_', ' ')}", "", "", ""))
        places = 2 if unit in ("logits", "odds_ratio") else 1
        shown += [
            (
                f"  {row['subject']}{' (nowcast)' if row.get('nowcast') else ''}",
                number_cell(row["median"], places),
                interval_cell(row[f"lower_{level}"], row[f"upper_{level}"], places),
                "; ".join(
                    each
                    for each in (
                        remarks(row, params.follower),
                        "" if row.get("nowcast") else past.get((definition, row["subject"], unit)),
                    )
                    if each
                ),
            )
            for row in rows.to_dict("records")
        ]
    head = (
        f"As of {params.as_of}: {params.follower} behind {params.leader}, scope {params.scope}, "
        f"clock {params.clock}, ruler {params.ruler}, knowledge {params.knowledge}."
    )
    grid = grid_of(DataFrame(shown, columns=columns), width, whole=columns[:3], bold=heads)
    first = table.iloc[0]
    later = f"{first['definition']}:{read_later_sentence(first, moved, params.prob)}" if len(moved) else ""
    history = milestones_finding(posterior).text
    beside = filter(None, [clock_sentence(tables, params), later])
    above = printed_parts(health_on_one_line(posterior), head, *beside, "", width=width)
    return above + grid + (printed_parts("", history, width=width) if history else "")
