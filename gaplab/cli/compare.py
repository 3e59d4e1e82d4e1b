"""The verb that sets two runs side by side."""

from __future__ import annotations

from pathlib import Path

import click

from gaplab.cli.options import read_params, read_tables
from gaplab.cli.output import as_json_text, grid_of, health_on_one_line, output
from gaplab.cli.root import main

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@main.command()
@click.argument("first", type=_FILE, metavar="A.YAML")
@click.argument("second", type=_FILE, metavar="B.YAML")
@click.option("--quiet", "-q", is_flag=True, help="no progress bars")
@output("table", "csv", "json")
def compare(first: Path, second: Path, quiet: bool, kind: str, width: int | None) -> str:
    """Two runs side by side: what differs, by how much, and which change did it.

    Files hold the options of a run, as for --params. Every choice of the changes is fitted: sixteen runs for four.
    """
    from gaplab.fit.fit import fit
    from gaplab.questions import compare as compared
    from gaplab.report.text.compare import compare_sentences, readable_numbers, readable_steps
    from gaplab.results.columns import json_rows, percent_label, to_csv_text
    from gaplab.results.gap import gap_table

    params = read_params(first, {}), read_params(second, {})
    runs = compared.runs_between(*params).values()
    tables = {run: read_tables(run) for run in runs}  # all of them are checked before the first is sampled
    found = compared.compare(*params, lambda run: fit(tables[run], run, progress=not quiet))
    from gaplab.questions.changes import numbers_on_both_dates

    level = percent_label(params[0].prob)
    both = numbers_on_both_dates(gap_table(found.first), gap_table(found.second), level)
    both = both.rename(columns=lambda name: name.replace("then", "first").replace("now", "second"))
    if kind == "json":
        parameters = {name: run.as_strings() for name, run in zip(("first", "second"), params, strict=True)}
        rows = {"numbers": json_rows(both), "steps": json_rows(found.steps), "beside": found.beside}
        return as_json_text(parameters | rows)
    if kind == "csv":
        return to_csv_text(both)
    lines = [
        f"{path.name}: {health_on_one_line(run)}"
        for path, run in zip((first, second), (found.first, found.second), strict=True)
    ]
    parts = [*lines, "", grid_of(readable_numbers(both, params, (first.stem, second.stem)), width)]
    return "\n".join([*parts, grid_of(readable_steps(found.steps), width), compare_sentences(found, both, level), ""])
