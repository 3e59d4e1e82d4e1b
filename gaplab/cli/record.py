"""Verbs on the live record: issue, resolve, check, and questions for forecast hubs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import click

from gaplab.cli.output import check_writable, grid_of, out_option
from gaplab.cli.root import main
from gaplab.errors import GaplabError

_RECORD = "docs/record"
_FOLDER = click.option(
    "--record",
    "folder",
    type=click.Path(path_type=Path),
    default=_RECORD,
    show_default=True,
    help="folder of the record",
)
_DATA = click.option(
    "--data", metavar="DIR", help="folder of the data tables  [default: $GAPLAB_DATA, else the project's]"
)
_ON = click.option("--on", metavar="DATE", help="day of issue  [default: the newest day that the tables tell of]")
_QUIET = click.option("--quiet", "-q", is_flag=True, help="no progress bars")


@main.group()
def record() -> None:
    """What was said before the outcome was known: issued, due, resolved and scored."""


def of_the_default_run(verb: Callable) -> Callable:
    """Give a verb the folder of the data and silence; the record is of the default run alone."""
    return _DATA(_QUIET(verb))


@record.command("issue")
@_FOLDER
@_ON
@of_the_default_run
def record_issue(folder: Path, on: str | None, data: str | None, quiet: bool) -> None:
    """Append every reading, forecast and question that the default run publishes; once for each release.

    Each row of issued.csv has the hash of the row before it.
    """
    check_writable(folder, folder=True)
    from gaplab.params.spec import Params
    from gaplab.validation.live.release import ISSUED, issue

    rows = issue(Params(data=data), folder, on=_day(on), progress=not quiet)
    click.echo(f"{rows} rows issued" if rows else "this release is in the record already")
    click.echo((folder / ISSUED).resolve())


@record.command("resolve")
@_FOLDER
@of_the_default_run
def record_resolve(folder: Path, data: str | None, quiet: bool) -> None:
    """Score what has come due against the tables of today: CRPS and coverage beside the simple forecasts."""
    check_writable(folder, folder=True)
    from gaplab.params.spec import Params
    from gaplab.report.sections.live_record import readable_live_record
    from gaplab.validation import track_record
    from gaplab.validation.live.resolve import BACKFILLED, RESOLVED, backfill, resolve, summary_of
    from gaplab.write import replace_file

    params = Params(data=data)
    new = resolve(params, folder, progress=not quiet)
    if "backtest.csv" in track_record.present(folder):
        replace_file(folder / BACKFILLED, backfill(track_record.read("backtest.csv", folder)).to_csv(index=False))
    click.echo(grid_of(readable_live_record(summary_of(params, folder)), None), nl=False)
    click.echo(f"{len(new)} rows resolved on the tables of {params.as_of}")
    click.echo((folder / RESOLVED).resolve())


@record.command("check")
@_FOLDER
def record_check(folder: Path) -> None:
    """Verify that no row of issued.csv was changed, added or taken away; the row is named."""
    from gaplab.validation.live import chain
    from gaplab.validation.live.release import COLUMNS, ISSUED

    path = folder / ISSUED
    if not path.is_file():
        raise GaplabError(f"{path}: no such record; expected {ISSUED}: make it with gaplab record issue")
    rows = chain.read(path, COLUMNS)
    click.echo(f"{len(rows)} rows, each follows the one before; the last has the hash {rows['hash'].iloc[-1]}")
    click.echo(path.resolve())


@record.command("questions")
@out_option("questions", "folder that receives questions.json and a hub: configuration, metadata, forecasts, outcomes")
@_FOLDER
@_ON
@of_the_default_run
def record_questions(out: Path, folder: Path, on: str | None, data: str | None, quiet: bool) -> None:
    """The questions of this vintage with our answers, as JSON and in the layout of forecast hubs (hubverse 6.0.0)."""
    check_writable(out, folder=True)
    from gaplab.params.spec import Params
    from gaplab.validation.live.hubverse import write_questions
    from gaplab.validation.live.release import release_of
    from gaplab.validation.live.resolve import resolved

    release = release_of(Params(data=data), on=_day(on), progress=not quiet)
    write_questions(release, out, resolved(folder))
    click.echo(f"{len(release.questions)} questions")
    click.echo(out.resolve())


def _day(text: str | None):
    from datetime import date

    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise GaplabError(f"--on {text}: is no day; expected YYYY-MM-DD") from None
