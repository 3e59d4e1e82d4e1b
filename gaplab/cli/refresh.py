"""The verb that brings tables and site up to date."""

from __future__ import annotations

from pathlib import Path

import click

from gaplab.cli.options import PARAMS_OPTION
from gaplab.cli.output import check_writable, out_option
from gaplab.cli.root import main, printable
from gaplab.params.spec import help_for

MOVED = 3


@main.command()
@click.option(
    "--from", "source", type=click.Path(exists=True, path_type=Path), metavar="DIR",
    help="take publishers' files from this folder or file; else they are fetched",
)  # fmt: skip
@out_option("site", "folder of the site; an earlier site there is replaced")
@click.option("--no-fit", is_flag=True, help="only the tables: no fit, no site")
@click.option("--in-spite-of-doubts", "doubted", is_flag=True, help="take files that may not be what they seem")
@click.option(
    "--accept", "accepted", multiple=True, metavar="MODEL",
    help="take the developer and country proposed for this model; all: for every model",
)  # fmt: skip
@click.option("--limit", type=click.FloatRange(0), default=1.0, show_default=True, help="months a headline may move")
@click.option("--title", default="How far behind?", show_default=True, help="of the index and the feed")
@click.option(
    "--url", default="", metavar="ADDRESS", help="where the site will be, for absolute links in feed and previews"
)
@click.option("--record", type=click.Path(path_type=Path), metavar="DIR", help="live record to add to")
@PARAMS_OPTION
@click.option("--data", "folder", metavar="DIR", envvar="GAPLAB_DATA", help=help_for("data"))
@click.option("--quiet", "-q", is_flag=True, help="no progress bars")
def refresh(
    source: Path | None, out: Path, no_fit: bool, doubted: bool, accepted: tuple[str, ...], limit: float, title: str,
    url: str, record: Path | None, file: Path | None, folder: str | None, quiet: bool,
) -> None:  # fmt: skip
    """Take what is new from the publishers, check it, fit what changed and make the site anew.

    Tables and site change whole or not at all, and stay as they are on any doubt. Started again after it was stopped,
    it goes on; a second time it changes nothing. Exit status: 0 done or nothing new, 2 refused, 3 done, and a headline
    moved by more than the limit or left its former interval: moved.json in the site says which.
    """
    if not no_fit:
        check_writable(out, folder=True)
    from gaplab.data.load import data_folder
    from gaplab.params import yaml_file
    from gaplab.runs.refresh.refresh import refresh as run

    root = data_folder(Path(folder) if folder else None)
    outcome = run(
        root, None if no_fit else out, source=source, settings=yaml_file.read(file) if file else {}, limit=limit,
        title=title, url=url, record=record, doubted=doubted, accepted=accepted, progress=not quiet,
        tell=lambda line: click.echo(printable(line)),
    )  # fmt: skip
    click.echo(f"{outcome.files} new files; {'changed' if outcome.changed else 'nothing changed'}")
    for row in outcome.moved:
        click.echo(f"moved: {row['headline']} from {row['before']} to {row['after']}: {row['why']}")
    click.echo((root if no_fit else out).resolve())
    if outcome.moved:
        raise click.exceptions.Exit(MOVED)
