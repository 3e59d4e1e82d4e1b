"""Verbs on the data tables: check, copy, import, undo."""

from __future__ import annotations

from pathlib import Path

import click

from gaplab.cli.root import main, printable
from gaplab.errors import GaplabError
from gaplab.params.spec import help_for


@main.group()
def data() -> None:
    """The tables that everything rests on."""


@data.command()
@click.option("--data", "folder", metavar="DIR", envvar="GAPLAB_DATA", help=help_for("data"))
def check(folder: str | None) -> None:
    """Report every problem of the data tables, one line each."""
    from gaplab.data.load import check_tables
    from gaplab.places import PROJECT_DATA

    root = Path(folder) if folder else PROJECT_DATA
    problems = check_tables(root)
    if problems:
        raise GaplabError(*problems)
    click.echo("The data tables are valid.")
    click.echo(root.resolve())


@data.command()
@click.argument("target", type=click.Path(path_type=Path), metavar="DIR")
@click.option("--data", "folder", metavar="DIR", help=help_for("data"))
def copy(target: Path, folder: str | None) -> None:
    """Copy the tables into a folder of your own, to change them; then run with --data DIR or set GAPLAB_DATA."""
    from gaplab.data.load import data_folder
    from gaplab.data.write import copy_tables

    copy_tables(data_folder(Path(folder) if folder else None), target)
    click.echo(target.resolve())


@data.command("import")
@click.argument("publisher", type=click.Choice(["epoch", "metr", "arena", "aa", "facts"]))
@click.argument("where", metavar="PATH_OR_URL...", nargs=-1, required=True)
@click.option("--vintage", metavar="DATE", help="day the file was published, when neither its name nor its rows tell")
@click.option("--write", is_flag=True, help="change the tables; without it the change is only shown")
@click.option("--in-spite-of-doubts", "doubted", is_flag=True, help="write a file that may not be what it seems")
@click.option("--all", "every", is_flag=True, help="show every row, not the first few")
@click.option("--data", "folder", metavar="DIR", help=help_for("data"))
def import_(
    publisher: str, where: tuple[str, ...], vintage: str | None, write: bool, doubted: bool, every: bool,
    folder: str | None,
) -> None:  # fmt: skip
    """Read a publisher's files and show what they change in the tables; with --write, change them.

    epoch: eci_scores.csv, epoch_capabilities_index.csv, eci_benchmarks.csv or benchmark_data.zip; metr:
    benchmark_results YAML; arena: the text leaderboard as CSV; aa: Artificial Analysis, which may not be passed on;
    facts: access events, releases, claims and findings of governments, compiled by hand.
    All tables are written or none, and those before are kept: `gaplab data undo` brings them back. The network is
    only used for an http(s) address.
    """
    from gaplab.data.load import data_folder
    from gaplab.data.write import check_not_shipped
    from gaplab.importers.cells import day
    from gaplab.importers.import_file import prepare, write_change

    root = data_folder(Path(folder) if folder else None)
    if write:
        check_not_shipped(root)
    change = prepare(publisher, where, root, vintage=day(vintage, "--vintage") if vintage else None)
    for line in change.lines(every=every):
        click.echo(printable(line))
    if change.doubts and not doubted:
        raise GaplabError(
            *(f"{', '.join(where)}: {line}" for line in change.doubts),
            "nothing was written; --in-spite-of-doubts takes the file as it is",
        )
    if change.is_empty and change.held_back:
        click.echo(f"Nothing to change; lines above say what was held back: {len(change.held_back)}.")
    elif change.is_empty:
        click.echo("The tables have all of it: nothing to change.")
    elif not write:
        click.echo("Nothing was written; --write changes the tables.")
    elif kept := write_change(change):
        click.echo(f"The tables before are in {kept.resolve()}")
    click.echo(root.resolve())


@data.command()
@click.option("--data", "folder", metavar="DIR", help=help_for("data"))
def undo(folder: str | None) -> None:
    """Bring back the tables as they were before the last import; a second time brings the import back."""
    from gaplab.data import write
    from gaplab.data.load import data_folder

    root = data_folder(Path(folder) if folder else None)
    click.echo(f"The tables are those of {write.undo(root).resolve()}")
    click.echo(root.resolve())
