"""The command `gaplab`: flags and YAML in, `Params` out, and the package's verbs called with them.

Everything heavy is imported inside the verb that needs it, so that `--help` is immediate.
"""

from __future__ import annotations

import errno
import json
import math
import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import Field, dataclass, fields
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gaplab.errors import GaplabError
from gaplab.params import GROUPS, Params, choices, help_for, names
from gaplab.write import check_kind, replace_file

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from pandas import DataFrame

    from gaplab.data import Tables
    from gaplab.plots import Chart
    from gaplab.posterior import Posterior
    from gaplab.scenarios import Comparison

FAILED, BAD_INPUT = 1, 2
_LONGEST_LINE = 2000
_WIDTH_OF_A_FILE = 160
_PICTURES = ("png", "svg")
_HELP_ALL = "gaplab.help_all"
_RECORD = Path("docs/record")
_METAVARS = {"as_of": "DATE", "leader": "COUNTRY", "follower": "COUNTRY", "subject": "NAME", "data": "DIR"}
_METAVARS |= dict.fromkeys(
    ("leader_pause_from", "leader_pause_to", "follower_rate_from", "inject_date", "since"), "DATE"
)
_METAVARS |= {"target": "NAMES", "inject_model": "NAME"}


def printable(line: str) -> str:
    """Text from a file as a terminal may show it: no control characters, no change of direction, no endless line."""
    safe = "".join(c if c.isprintable() or c == "\n" else c.encode("unicode_escape").decode() for c in line)
    return safe if len(safe) <= _LONGEST_LINE else f"{safe[:_LONGEST_LINE]}…"


class Verbs(click.Group):
    """A group of verbs that explains what went wrong instead of showing a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (click.exceptions.Exit, click.Abort):  # how click ends on purpose; both are RuntimeErrors
            raise
        except GaplabError as error:
            for problem in error.problems:
                click.echo(f"Error: {printable(problem)}", err=True)
            ctx.exit(BAD_INPUT)
        except RuntimeError as error:
            click.echo(f"Error: the run failed: {error}", err=True)
            ctx.exit(FAILED)
        except OSError as error:
            if error.errno == errno.EPIPE:  # the reader has seen enough; click ends quietly
                raise
            where = f"{error.filename}: " if error.filename else "output: "
            click.echo(f"Error: {printable(where)}cannot be written or read ({error.strerror or error})", err=True)
            if error.filename is None:  # standard output itself: what it still holds would fail again at the end
                os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
            ctx.exit(FAILED)


@click.group(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="gaplab")
def main() -> None:
    """How many months is China's AI frontier behind the United States', and by which definition?

    The last line that a verb prints is the path of its result. Exit status: 0 done, 1 a run failed, 2 bad input.
    """


class RunOption(click.Option):
    """The option of one parameter, with its group of `params.GROUPS`; a short help shows some groups only."""

    def __init__(self, *args: Any, group: str, short: bool, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.group, self.short = group, short

    def get_help_record(self, ctx: click.Context) -> tuple[str, str]:
        """The option with its default, and what it means."""
        flags, meaning = super().get_help_record(ctx)
        default = getattr(Params(), self.name)
        return (flags if default is None else f"{flags}  [default: {default}]"), meaning


class Verb(click.Command):
    """A command whose help lists options in groups, those of a run that matter for the verb first."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options under the headings of `params.GROUPS`."""
        sections: dict[str, list[tuple[str, str]]] = {"Options": []}
        for option in self.get_params(ctx):
            record = option.get_help_record(ctx)
            of_a_run = isinstance(option, RunOption)
            if (
                record
                and isinstance(option, click.Option)
                and (not of_a_run or option.short or ctx.meta.get(_HELP_ALL))
            ):
                sections.setdefault(GROUPS[option.group] if of_a_run else "Options", []).append(record)
        for heading, rows in sections.items():
            with formatter.section(heading):
                # The choices of a parameter are long: what it means goes below them.
                formatter.write_dl(rows, col_max=30 if heading == "Options" else 4)


Verbs.command_class, Verbs.group_class = Verb, type


@dataclass(frozen=True)
class Run:
    """What was typed of a run.

    Attributes
    ----------
    params : Params
    quiet : bool
        No progress bars and no notes.
    typed : str
        The flags as they were typed; where the data are is no part of what was run.
    """

    params: Params
    quiet: bool
    typed: str


def run_options(*groups: str) -> Callable:
    """Give a verb the options of a run, and the `Run` that was typed; `--help` shows these groups."""

    def decorated(verb: Callable) -> Callable:
        @wraps(verb)
        def called(file: Path | None, quiet: bool, **given: Any) -> Any:
            flags = {name: given.pop(name) for name in names()}
            return verb(Run(_params(file, flags), quiet, _typed(flags)), **given)

        for option in (_ALL, _QUIET, _PARAMS):
            called = option(called)
        for spec in reversed(fields(Params)):
            called = _flag(spec, short=spec.metadata["group"] in groups)(called)
        return called

    return decorated


def output(*kinds: str) -> Callable:
    """Give a verb `--format` and `--out`; it gets `kind` and `width`, and returns what to print or write.

    A verb may return a line beside its text, which is printed when the text goes to a file.
    """

    def decorated(verb: Callable) -> Callable:
        @wraps(verb)
        def called(*args: Any, kind: str | None, out: Path | None, **given: Any) -> None:
            suffix = out.suffix.lower().removeprefix(".") if out else ""
            kind = kind or (suffix if suffix in kinds else kinds[0])
            if kind in _PICTURES and not out:
                raise GaplabError(f"--format {kind}: a picture goes to a file; expected --out FILE as well")
            if out:
                _check_writable(out, folder=False)
            shown = verb(*args, kind=kind, width=_WIDTH_OF_A_FILE if out else None, **given)
            text, line = shown if isinstance(shown, tuple) else (shown, None)
            if not out:
                click.echo(text, nl=False)
                return
            replace_file(out, text)
            if line:
                click.echo(line)
            click.echo(out.resolve())

        others = ", ".join(f".{kind}" for kind in kinds[1:])
        called = _out(None, f"write to this file instead; {others} choose the format")(called)
        how = f"how to print it  [default: {kinds[0]}]"
        return click.option("--format", "kind", type=click.Choice(kinds), help=how)(called)

    return decorated


def _flag(spec: Field, *, short: bool) -> Callable:
    """The option of one parameter; values stay text so that `Params` reports all problems together."""
    name, default = spec.name, spec.default
    metavar = "|".join(choices(name)) or _METAVARS.get(name, "NUMBER")
    switch = {"is_flag": False, "flag_value": "true"} if isinstance(default, bool) else {}
    return click.option(
        f"--{name.replace('_', '-')}", name, cls=RunOption, group=spec.metadata["group"], short=short,
        metavar=metavar, help=help_for(name), **switch,
    )  # fmt: skip


def _show_all(ctx: click.Context, _option: click.Parameter, asked: bool) -> None:
    if asked:
        ctx.meta[_HELP_ALL] = True
        click.echo(ctx.get_help())
        ctx.exit()


_ALL = click.option(
    "--help-all", is_flag=True, is_eager=True, expose_value=False, callback=_show_all, help="every option of a run"
)
_QUIET = click.option("--quiet", "-q", is_flag=True, help="no progress bars and no notes")
_PARAMS = click.option(
    "--params",
    "file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="YAML file of these options (with underscores); flags given as well win",
)


def _out(default: str | None, help: str) -> Callable:
    return click.option("--out", type=click.Path(path_type=Path), default=default, help=help, show_default=True)


@main.group()
def data() -> None:
    """The tables that everything rests on."""


@data.command()
@click.option("--data", "folder", metavar="DIR", envvar="GAPLAB_DATA", help=help_for("data"))
def check(folder: str | None) -> None:
    """Report every problem of the data tables, one line each."""
    from gaplab import data as tables
    from gaplab.places import PROJECT_DATA

    root = Path(folder) if folder else PROJECT_DATA
    problems = tables.check(root)
    if problems:
        raise GaplabError(*problems)
    click.echo("The data tables are valid.")
    click.echo(root.resolve())


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
    from gaplab.data import folder_of
    from gaplab.importers import change as changes
    from gaplab.importers.feed import day

    root = folder_of(Path(folder) if folder else None)
    change = changes.prepare(publisher, where, root, vintage=day(vintage, "--vintage") if vintage else None)
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
    elif kept := changes.write(change):
        click.echo(f"The tables before are in {kept.resolve()}")
    click.echo(root.resolve())


@data.command()
@click.option("--data", "folder", metavar="DIR", help=help_for("data"))
def undo(folder: str | None) -> None:
    """Bring back the tables as they were before the last import; a second time brings the import back."""
    from gaplab import store
    from gaplab.data import folder_of

    root = folder_of(Path(folder) if folder else None)
    click.echo(f"The tables are those of {store.undo(root).resolve()}")
    click.echo(root.resolve())


@main.command()
@run_options("gap", "evidence", "sampling")
def fit(run: Run) -> None:
    """Sample the posterior, or find it in the cache, and say whether it can be trusted."""
    tables, posterior = _posterior(run)
    click.echo(_health_line(posterior))
    from gaplab.fit import cache_file

    click.echo(cache_file(tables, run.params))


@main.command()
@run_options("gap", "evidence", "shown")
@output("table", "csv", "json")
def gap(run: Run, kind: str, width: int | None) -> tuple[str, str]:
    """Every definition of the gap, with its intervals."""
    tables, posterior = _posterior(run)
    from gaplab.nowcast import wanted
    from gaplab.tables import gap_json, gap_table, to_csv_text

    expected = wanted(tables, posterior)
    if kind == "json":
        text = _json(gap_json(posterior, tables, expected))
    elif kind == "csv":
        text = to_csv_text(gap_table(posterior, expected))
    else:
        text = _gap_for_reading(gap_table(posterior, expected), posterior, width)
    return text, _health_line(posterior)


@main.command()
@run_options("gap", "shown", "forecast")
@output("table", "csv", "json")
def forecast(run: Run, kind: str, width: int | None) -> tuple[str, str]:
    """Where the gap goes: P(gap > x by date), catch-up dates, and what the levers change.

    As CSV in the format of forecast hubs.
    """
    tables, posterior = _posterior(run)
    from gaplab.scenarios import compare
    from gaplab.tables import forecast_json, hub_tables, to_csv_text

    comparison = compare(posterior)
    if kind == "json":
        text = _json(forecast_json(comparison, tables))
    elif kind == "csv":
        text = to_csv_text(hub_tables(comparison))
    else:
        text = _forecast_for_reading(comparison, width)
    return text, _health_line(posterior)


@main.command()
@run_options("gap", "shown", "page")
@_out("briefs", "folder that receives the brief's own folder")
@click.option("--pdf", "as_pdf", is_flag=True, help="also a PDF beside the folder, printed by an installed Chromium")
def brief(run: Run, out: Path, as_pdf: bool) -> None:
    """One self-contained HTML page with the numbers, figures, sources and caveats."""
    _check_writable(out, folder=True)
    _tables(run.params, page=True)
    from gaplab import pdf

    if as_pdf:
        pdf.browser()  # missing: say so before time is spent on the brief
    from gaplab import brief as maker

    result = maker.run(run.params, out=out, progress=not run.quiet)
    for line in result.headlines:
        click.echo(line)
    click.echo(result.html.resolve())
    if as_pdf:
        click.echo(pdf.write(result.html, out / f"{result.folder.name}.pdf").resolve())


@main.command()
@run_options("gap", "evidence", "shown")
@_out("figures", "folder that receives the PNG and SVG files")
def figures(run: Run, out: Path) -> None:
    """The figures of the README and the brief, as PNG and SVG."""
    _check_writable(out, folder=True)
    _tables(run.params)
    from gaplab import brief as maker

    maker.figures(run.params, out=out, progress=not run.quiet)
    click.echo(out.resolve())


@main.command()
@click.argument("files", nargs=-1, type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="[YAML]...")
@run_options("levers")
@output("table", "csv", "json")
def scenarios(run: Run, files: tuple[Path, ...], kind: str, width: int | None) -> str:
    """Scenarios drawn against the baseline: those of notebooks/params, or YAML files of your own.

    Their dates move with the as-of date; levers that are flags here are one scenario more.
    """
    params = run.params
    from gaplab import brief as maker
    from gaplab import scenarios as levers

    own = {"these_levers": params} if levers.set_levers(params) else {}
    library = maker.library_params(params, files or None) | own
    if not library:
        where = ", ".join(map(str, files)) or "notebooks/params"
        raise GaplabError(f"{where}: no lever is set; expected a scenario in which one is not neutral")
    for moved in library.values():
        _tables(moved)
    _, posterior = _posterior(run)
    found = maker.library(posterior, library)
    from gaplab import words
    from gaplab.tables import records, scenario_table, to_csv_text

    table = scenario_table(found)
    if kind == "table":
        described = {name: " ".join(words.lever_lines(each.scenario.posterior.params)) for name, each in found.items()}
        shown = words.scenarios_table(table, described, params).drop(columns=["Assumes"])
        lines = [f"{words.scenario_name(name)}: {text}" for name, text in described.items()]
        caption = words.scenarios_table_caption(params)
        return "\n".join([_health_line(posterior), "", *lines, "", caption, _grid(shown, width)])
    return to_csv_text(table) if kind == "csv" else _json({"scenarios": records(table)})


@main.command()
@click.option(
    "--claim", "chosen", multiple=True, metavar="CLAIM", help="every reading of this claim; may be given again"
)
@run_options("gap", "evidence")
@output("table", "csv", "json")
def claims(run: Run, chosen: tuple[str, ...], kind: str, width: int | None) -> str:
    """Which definition, scope and domain make each published number true, and whether the disputed ones hold."""
    params = run.params
    tables = _tables(params, claim_ids=chosen)
    from gaplab import claims as published
    from gaplab import gap, runs, words
    from gaplab.tables import claims_json, to_csv_text

    posteriors = runs.fitted([params, *published.runs(params)], progress=not run.quiet)
    posterior = posteriors[params]
    by_domain = runs.readable(published.domain_runs(params, tables.claims), progress=not run.quiet)
    read = posteriors | {each: found for each, found in by_domain.items() if not isinstance(found, str)}
    ranked = published.which_definition(tables.claims, read.values())
    combined = published.combine(tables.claims, posterior)
    lag = gap.readings(posterior, gap.country_subject(posterior))["frontier_lag", "months"]
    beside = published.beside(posterior, combined, {"frontier_lag": lag})
    rows = ranked[ranked["claim_id"].isin(chosen)] if chosen else ranked
    if kind == "json":
        return _json(claims_json(tables.claims, rows, beside, combined))
    if kind == "csv":
        return to_csv_text(rows.round(4))
    shown = rows if chosen else rows[rows["rank"] == 1]
    said = [
        words.claims_finding(tables.claims, ranked, params).text,
        words.with_claims(beside, combined, params).text,
    ]
    grid = _grid(words.readings_table(tables.claims, shown), 170)
    return "\n".join([_health_line(posterior), "", grid, *filter(None, said), ""])


@main.command()
@click.option("--from", "start", metavar="CLAIM|NUMBER", required=True, help="a claim_id, or DEFINITION:SUBJECT,…")
@click.option("--to", "end", metavar="CLAIM|NUMBER", required=True, help="the same; frontier_lag:China,scope=trusted")
@run_options("gap", "evidence")
@output("table", "csv", "json", "png", "svg")
def bridge(run: Run, start: str, end: str, kind: str, width: int | None) -> str | tuple[str | bytes, str]:
    """From one published number to another by single changes that add up."""
    params = run.params
    from gaplab import bridge as bridges
    from gaplab import claims

    tables = _tables(params, ends=(start, end))
    from gaplab import words
    from gaplab.runs import fitted
    from gaplab.tables import bridge_json, to_csv_text

    posteriors = fitted([params, *claims.runs(params)], progress=not run.quiet)
    ranked = claims.which_definition(tables.claims, posteriors.values())
    ends = [bridges.end(name, tables.claims, ranked, posteriors) for name in (start, end)]
    posteriors |= fitted(bridges.runs(*(side.setting for side in ends)), progress=not run.quiet)
    found = bridges.between(*ends, posteriors)
    if kind in ("png", "svg"):
        from gaplab.plots import waterfall

        chart = waterfall(found)
        return (chart.png() if kind == "png" else chart.svg()), chart.alt
    if kind == "json":
        return _json(bridge_json(found))
    shown = words.bridge_table(found)
    if kind == "csv":
        return to_csv_text(shown)
    head = f"{_health_line(posteriors[params])}\n{words.bridge_title(found)}\n"
    return f"{head}\n{_grid(shown, width)}\n{words.bridge_caption(found)}\n"


@main.command()
@click.option("--model", required=True, metavar="NAME", help="a name for the new model")
@click.option("--country", required=True, metavar="COUNTRY", help="whose model it is: the leader or the follower")
@click.option("--date", "when", required=True, metavar="DATE", help="the day it comes out (YYYY-MM-DD)")
@click.option("--score", "scores", multiple=True, metavar="BENCHMARK=FRACTION", help="a score; may be given again")
@click.option("--ability", metavar="POINTS+-SD", help="its ability in points, instead of scores")
@click.option(
    "--refit/--no-refit",
    default=None,
    help="fit everything with it, about a minute, or never do  [default: where weighing the draws fails]",
)
@run_options("gap", "evidence")
@output("table", "csv", "json")
def whatif(
    run: Run,
    model: str,
    country: str,
    when: str,
    scores: tuple[str, ...],
    ability: str | None,
    refit: bool | None,
    kind: str,
    width: int | None,
) -> str:
    """How every headline number would move if a model came out with these scores.

    By importance weights on the draws, in seconds; where they fail, by a fit with the model among the data.
    """
    params = run.params
    tables = _tables(params)
    from gaplab import whatif as releases

    new = releases.release(
        model=model, country=country, date=when, scores=scores, ability=ability, tables=tables, params=params
    )
    effect = releases.effect(
        new, tables, params, refit=refit, progress=not run.quiet, tell=lambda line: click.echo(line, err=True)
    )
    from gaplab import words
    from gaplab.fit import fit
    from gaplab.tables import to_csv_text, whatif_json

    if kind == "json":
        return _json(whatif_json(effect))
    if kind == "csv":
        return to_csv_text(effect.table)
    health = _health_line(fit(tables, params))
    grid = _grid(words.whatif_table(effect, params), width)
    return f"{health}\n\n{grid}\n{words.whatif_finding(effect, params).text}\n"


@main.command()
@click.option(
    "--by",
    type=click.Choice(["model", "source", "benchmark"]),
    default="model",
    show_default=True,
    help="what to leave out; source and benchmark fit everything again for each, and resume",
)
@click.option("--leave-out", "chosen", multiple=True, metavar="NAME", help="only these; may be given again")
@click.option(
    "--refits", type=click.IntRange(0, 50), default=5, show_default=True, help="most fits for models whose weights fail"
)
@run_options("gap", "evidence")
@output("table", "csv")
def influence(run: Run, by: str, chosen: tuple[str, ...], refits: int, kind: str, width: int | None) -> str:
    """What the gap rests on: every headline number without each model, source or benchmark."""
    params = run.params
    if by == "model" and chosen:
        raise GaplabError("--leave-out: only with --by source or --by benchmark; --by model does them all in seconds")
    tables = _tables(params)
    from gaplab import influence as influences
    from gaplab import words
    from gaplab.tables import to_csv_text

    if by == "model":
        found = influences.by_model(tables, params, refits=refits, progress=not run.quiet)
    else:
        found = influences.by_refit(tables, params, by=by, names=chosen or None, progress=not run.quiet)
    if kind == "csv":
        return to_csv_text(found.round(4))
    grid = _grid(words.influence_table(found, params, rows=20), width)
    return f"{grid}\n{words.influence_finding(found, params).text}\n"


@main.command()
@click.argument("file", type=click.Path(path_type=Path), metavar="RUNS.YAML")
@_out("batch", "folder that receives a folder for each run, index.html and batch.json")
@click.option("--workers", type=click.IntRange(1, 1024), help="processes at once  [default: cores, as memory allows]")
@click.option("--retries", type=click.IntRange(0, 20), default=1, show_default=True, help="tries more for a failed run")
@click.option(
    "--timeout", type=click.FloatRange(0, min_open=True), metavar="SECONDS", help="stop runs that take longer"
)
@click.option("--fail-fast", is_flag=True, help="start nothing more once a run has failed")
@click.option("--scheduler", metavar="ADDRESS", help="run on the workers of this dask scheduler")
@click.option(
    "--notebooks",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="folder of the notebooks  [default: the project's own]",
)
@click.option("--quiet", "-q", is_flag=True, help="no progress")
def batch(file: Path, out: Path, fail_fast: bool, notebooks: Path | None, quiet: bool, **limits: Any) -> None:
    """Many runs from one file, each posterior fitted once; started again, it goes on where it was."""
    _check_writable(out, folder=True)
    from gaplab import batch as batches
    from gaplab.places import NOTEBOOKS

    options = batches.Options(fail_fast=fail_fast, **limits)
    with batches.display(quiet) as tell:
        ledger = batches.run(file, out, options=options, home=(notebooks or NOTEBOOKS).resolve(), tell=tell)
    told = ", ".join(f"{number} {status}" for status, number in sorted(ledger.counts.items()))
    click.echo(f"{len(ledger.rows)} runs: {told}")
    failures = [row for row in ledger.rows.values() if row.status == "failed"]
    for row in failures:
        log = out / row.log if row.log else "no log"
        click.echo(f"failed: {row.id}\n  {' '.join(row.error.split())}\n  {log}", err=True)
    click.echo((out / "index.html").resolve())
    if failures:
        raise click.exceptions.Exit(FAILED)


@main.command()
@click.argument("briefs", type=click.Path(path_type=Path), metavar="DIR")
@_out("site", "folder of the site; an earlier site there is replaced")
@click.option("--title", default="How far behind?", show_default=True, help="of the index and the feed")
@click.option("--url", default="", metavar="ADDRESS", help="where the site will be, for absolute links in the feed")
def publish(briefs: Path, out: Path, title: str, url: str) -> None:
    """Briefs gathered into a static site with index and feed, ready for any web host."""
    _check_writable(out, folder=True)
    from gaplab import publish as publisher

    items, left_out = publisher.site(briefs, out, title=title, url=url)
    for line in left_out:
        click.echo(f"left out: {line}", err=True)
    click.echo(f"{len(items)} briefs")
    click.echo((out / "index.html").resolve())


@main.group("cache")
def cached() -> None:
    """The posteriors that are kept on disk; the variable GAPLAB_CACHE_LIMIT says how much they may take."""


@cached.command("list")
def cache_list() -> None:
    """What is kept, the entry used last first."""
    from gaplab import cache

    allowed, entries = cache.limit(), cache.entries()
    for entry in entries:
        click.echo(f"{entry.size_bytes / 1e6:10.1f} MB  {entry.path.name}")
    total = sum(entry.size_bytes for entry in entries)
    click.echo(f"{len(entries)} posteriors, {total / 1e6:.1f} MB of {allowed / 1e6:.0f} MB")
    click.echo(cache.folder().resolve())


@cached.command("clear")
def cache_clear() -> None:
    """Throw away every posterior that nobody is using; what is needed again is fitted again."""
    from gaplab import cache

    gone, kept = cache.evict(limit_bytes=0), cache.entries()
    click.echo(f"{len(gone)} posteriors gone, {sum(entry.size_bytes for entry in gone) / 1e6:.1f} MB")
    if kept:
        click.echo(f"{len(kept)} are in use and stay", err=True)
    click.echo(cache.folder().resolve())


@main.group()
def validate() -> None:
    """How well this would have done: our own record, good or bad."""


def recorded(verb: Callable) -> Callable:
    """Give a verb of many runs its options; it gets `hands`, what runs them, with `out` and `quick`."""

    @wraps(verb)
    def called(*run: Run, workers: int, scheduler: str | None, **given: Any) -> None:
        with _workers(workers, scheduler, run[0].params.data if run else None) as hands:
            verb(*run, hands=hands, **given)

    called = click.option("--quick", is_flag=True, help="a few small runs, to see that it works; no record")(called)
    called = click.option("--workers", type=click.IntRange(1, 256), default=1, show_default=True, help="processes")(
        called
    )
    called = click.option("--scheduler", metavar="ADDRESS", help="run on the workers of this dask scheduler")(called)
    told = f"folder of the record; a quick run writes only where one is given  [default: {_RECORD}]"
    return _out(None, told)(called)


@validate.command("sbc")
@recorded
@click.option("--quiet", "-q", is_flag=True, help="no progress bar")
@click.option("--simulations", type=click.IntRange(4, 10_000), default=400, show_default=True, help="of each stage")
def validate_sbc(hands: int | Executor, out: Path | None, quick: bool, quiet: bool, simulations: int) -> None:
    """Calibration: ranks of the truth in worlds drawn from the priors, stage 1 and both stages. Resumes."""
    from gaplab import plots
    from gaplab.validation import calibration

    size = {"simulations": 4, "setting": calibration.QUICK} if quick else {"simulations": simulations}
    ranks = calibration.table(**size, workers=hands, progress=not quiet)
    summary = calibration.summary(ranks)
    click.echo(_grid(summary, None))
    chart = plots.calibration_ranks(calibration.bands(ranks), summary)
    _keep_record({"sbc.csv": ranks}, out, quick, f"sbc --simulations {simulations}", "simulated", chart)


@validate.command("truth")
@recorded
@click.option("--quiet", "-q", is_flag=True, help="no progress bar")
@click.option("--simulations", type=click.IntRange(2, 10_000), help="of each world  [default: 40, smooth 100]")
@click.option("--world", "worlds", multiple=True, metavar="NAME", help="only these; may be given again")
def validate_truth(
    hands: int | Executor,
    out: Path | None,
    quick: bool,
    quiet: bool,
    simulations: int | None,
    worlds: tuple[str, ...],
) -> None:
    """Bias, error and coverage of every definition and every peer's rule in worlds with a known gap. Resumes."""
    from gaplab import plots
    from gaplab.validation import simulate, truth

    if unknown := [name for name in worlds if name not in simulate.WORLDS]:
        raise GaplabError(f"--world: {', '.join(unknown)} unknown; expected some of {', '.join(simulate.WORLDS)}")
    chosen = worlds or (truth.NAMES[:1] if quick else truth.NAMES)
    size = {"simulations": 2, "setting": simulate.WORLDS["tiny"]} if quick else {"simulations": simulations}
    table = truth.table(worlds=chosen, **size, workers=hands, progress=not quiet)
    click.echo(_grid(table.round(2), 140))
    only = "".join(f" --world {name}" for name in worlds)
    number = f" --simulations {simulations}" if simulations else ""
    chart = plots.known_truth(truth.errors(table))
    _keep_record({"known_truth.csv": table}, out, quick, f"truth{number}{only}", "simulated", chart)


@validate.command("backtest")
@run_options("gap", "evidence")
@recorded
def validate_backtest(run: Run, hands: int | Executor, out: Path | None, quick: bool) -> None:
    """Forecasts made on past days, and published numbers, against what came. Resumes.

    Origins set as_of, knowledge and ruler themselves; as_of is the last day.
    """
    params = run.params
    tables = _tables(params)
    from gaplab import plots
    from gaplab.validation import backtest, published

    short = {"horizons": (3,), "kinds": ("pseudo",), "first": backtest.recent(params)} if quick else {}
    rows = backtest.record(params, **short, workers=hands, progress=not run.quiet)
    summary = backtest.summary(rows)
    ours = summary["forecaster"].str.startswith("stack")
    click.echo(_grid(summary.loc[ours, ["kind", *backtest.SHOWN]].round(2), 140))
    said = published.table(tables, *backtest.present_readings(params))
    found = {"backtest.csv": rows, "backtest_summary.csv": summary, "published_claims.csv": said}
    _keep_record(found, out, quick, f"backtest{run.typed}", tables.hash, plots.record_skill(summary))


@validate.command("readings")
@run_options("gap", "evidence")
@recorded
def validate_readings(run: Run, hands: int | Executor, out: Path | None, quick: bool) -> None:
    """Each number as it was read on its day, against what was later read of that day. Resumes.

    Origins set as_of, knowledge and ruler themselves; as_of is the last day.
    """
    params = run.params
    tables = _tables(params)
    from gaplab import plots
    from gaplab.validation import backtest, readings

    short = {"rulers": ("epoch_eci",), "first": backtest.recent(params)} if quick else {}
    rows = readings.record(params, **short, workers=hands, progress=not run.quiet)
    summary = readings.summary(rows)
    click.echo(_grid(summary.loc[summary["horizon"] == "today", readings.SHOWN].round(2), 140))
    found = {"readings.csv": rows, "readings_summary.csv": summary}
    _keep_record(found, out, quick, f"readings{run.typed}", tables.hash, plots.past_readings(rows))


@validate.command("sensitivity")
@run_options("gap", "evidence")
@recorded
def validate_sensitivity(run: Run, hands: int | Executor, out: Path | None, quick: bool) -> None:
    """Each assumption reversed, each prior scaled, and whether the scores are as predicted. Resumes."""
    params = run.params
    tables = _tables(params)
    from gaplab import plots
    from gaplab.validation import predictive, sensitivity

    chosen = sensitivity.available()[:1] if quick else None
    table = sensitivity.table(params, assumptions=chosen, workers=hands, progress=not run.quiet)
    checks = predictive.checks(tables, params)
    click.echo(_grid(table.round(2), 140))
    click.echo(_grid(checks.round(2).head(8), 140))
    found, chart = {"sensitivity.csv": table, "predictive.csv": checks}, plots.sensitivity_shifts(table)
    _keep_record(found, out, quick, f"sensitivity{run.typed}", tables.hash, chart)


@validate.command("nowcast")
@run_options("gap", "evidence")
@recorded
def validate_nowcast(run: Run, hands: int | Executor, out: Path | None, quick: bool) -> None:
    """Nowcasts made on three past days against what later vintages say of those days. Resumes.

    Sets as_of, knowledge and ruler itself.
    """
    params = run.params
    tables = _tables(params)
    from gaplab.validation import nowcasts

    dates = nowcasts.DATES[:1] if quick else nowcasts.DATES
    gaps, models = nowcasts.record(params, dates=dates, workers=hands, progress=not run.quiet)
    click.echo(nowcasts.summary(gaps))
    found = {"nowcast.csv": gaps, "nowcast_models.csv": models}
    _keep_record(found, out, quick, f"nowcast{run.typed}", tables.hash)


@validate.command("influence")
@run_options("gap", "evidence")
@recorded
@click.option("--fewest", type=click.IntRange(1), help="leave out tests and sources of so many scores  [default: 50]")
def validate_influence(run: Run, hands: int | Executor, out: Path | None, quick: bool, fewest: int | None) -> None:
    """Every headline number without each model, much-used test and much-used source. Resumes."""
    params = run.params
    tables = _tables(params)
    from gaplab.validation import leave_outs

    most = int(tables.scores["benchmark"].value_counts().max())
    size = {"fewest": most, "refits": 0} if quick else {"fewest": fewest or leave_outs.FEWEST}
    table = leave_outs.table(params, **size, workers=hands, progress=not run.quiet)
    from gaplab import plots, words

    ranking = leave_outs.ranking(table)
    click.echo(_grid(ranking.round(2).head(20), 140))
    click.echo(words.leave_outs_finding(table).text)
    number = f" --fewest {fewest}" if fewest else ""
    command, chart = f"influence{number}{run.typed}", plots.influence_ranking(ranking, params)
    _keep_record({"influence.csv": table}, out, quick, command, tables.hash, chart)


def _typed(flags: dict[str, str | None]) -> str:
    """The flags of a run as they were typed; where the data are is no part of what was run."""
    given = {name: value for name, value in flags.items() if value is not None and name != "data"}
    return "".join(f" --{name.replace('_', '-')} {value}" for name, value in given.items())


@contextmanager
def _workers(number: int, scheduler: str | None, data: str | None = None) -> Iterator[int | Executor]:
    """Processes of this machine, or the workers of a scheduler."""
    if scheduler is None:
        yield number
        return
    from gaplab import cluster

    with cluster.executor(scheduler, data) as workers:
        yield workers


def _keep_record(
    found: dict[str, DataFrame], out: Path | None, quick: bool, command: str, data_hash: str, chart: Chart | None = None
) -> None:
    """Write the tables and the chart of a full run; those of a quick one only to a folder that was asked for."""
    if quick and out is None:
        return
    out = out or _RECORD
    _check_writable(out, folder=True)
    from gaplab.validation import record

    if failed := max(table.attrs.get("failed", 0) for table in found.values()):
        click.echo(f"{failed} simulated worlds could not be fitted and are in no table.", err=True)
    record.write(out, found, command=f"gaplab validate {command}{' --quick' if quick else ''}", data_hash=data_hash)
    if chart:
        replace_file(out / f"{chart.name}.svg", chart.svg())
    click.echo(out.resolve())


def _json(content: Any) -> str:
    return json.dumps(content, ensure_ascii=False, allow_nan=False, indent=2) + "\n"


def _grid(table: DataFrame, width: int | None, *, whole: Sequence[str] = (), bold: Sequence[int] = ()) -> str:
    """Any table for a person, numbers to the right; columns kept `whole` are not broken into lines."""
    from pandas.api.types import is_numeric_dtype
    from rich.table import Table

    grid = Table(box=None, pad_edge=False, header_style="bold")
    for name, column in table.items():
        right = name in whole[1:] or is_numeric_dtype(column)
        grid.add_column(str(name), justify="right" if right else "left", no_wrap=name in whole)
    for number, row in enumerate(table.itertuples(index=False)):
        cells = [f"{cell:.4g}" if isinstance(cell, float) else str(cell) for cell in row]
        grid.add_row(*cells, style="bold" if number in bold else None)
    return _printed(grid, width=width)


def _printed(*parts: Any, width: int | None) -> str:
    """Lines and grids as a terminal of this width shows them."""
    from rich.console import Console

    console = Console(width=width, highlight=False, markup=False)
    with console.capture() as capture:
        for part in parts:
            console.print(part)
    return capture.get()


def _params(file: Path | None, flags: dict[str, str | None]) -> Params:
    """The YAML file's values, overridden by the flags that were typed."""
    from gaplab import yaml_file

    typed = {name: value for name, value in flags.items() if value is not None}
    return Params.from_mapping({**(yaml_file.read(file) if file else {}), **typed})


def _tables(params: Params, **asked: Any) -> Tables:
    """The tables of a run, once it is certain that they can answer it."""
    from gaplab import preflight, runs

    tables = runs.evidence(params)
    preflight.check(tables, params, **asked)
    return tables


def _posterior(run: Run) -> tuple[Tables, Posterior]:
    """The posterior of a run, with its notes told."""
    from gaplab.fit import fit

    tables = _tables(run.params)
    posterior = fit(tables, run.params, progress=not run.quiet)
    if not run.quiet:
        for note in posterior.identity.get("notes", ()):
            click.echo(f"note: {note}", err=True)
    return tables, posterior


def _forecast_for_reading(comparison: Comparison, width: int | None) -> str:
    """Health, the levers that are set, and the tables of the brief."""
    from gaplab import tables, words

    posterior = comparison.scenario.posterior
    params, levers = posterior.params, words.lever_lines(posterior.params)
    ahead, reached = tables.forecast_table(comparison.scenario), tables.catch_up_table(comparison.scenario)
    shown = {
        words.threshold_caption(params): words.threshold_table(ahead, params, short=True),
        words.catch_up_caption(params): words.catch_up_display(reached, params, short=True),
    }
    if levers:
        change = tables.scenario_table({"these levers": comparison})
        moved = words.scenarios_table(change, {"these levers": " ".join(levers)}, params)
        shown[words.scenarios_table_caption(params)] = moved.drop(columns=["Assumes"])
    head = [_health_line(posterior), f"{words.forecast_subtitle(params)}.", *(f"Lever: {line}" for line in levers)]
    parts = [_printed("", caption, width=width) + _grid(table, width) for caption, table in shown.items()]
    return "".join([_printed(*head, width=width), *parts])


def _health_line(posterior: Posterior) -> str:
    from gaplab.words import health_line

    return f"{posterior.health.status}: {health_line(posterior.health)}"


def _gap_for_reading(table: DataFrame, posterior: Posterior, width: int | None) -> str:
    """The table for a person: health first, then rows grouped by definition, to a tenth."""
    from pandas import DataFrame

    from gaplab.tables import percent

    params = posterior.params
    level = percent(params.prob)
    columns = ["definition, unit, subject", "median", f"{level}% interval", "first match, remarks"]
    shown, heads = [], []
    for (definition, unit), rows in table.groupby(["definition", "unit"], sort=False):
        heads.append(len(shown))
        shown.append((f"{definition}, {unit.replace('_', ' ')}", "", "", ""))
        places = 2 if unit in ("logits", "odds_ratio") else 1
        shown += [
            (
                f"  {row['subject']}{' (nowcast)' if row.get('nowcast') else ''}",
                _number(row["median"], places),
                _interval(row[f"lower_{level}"], row[f"upper_{level}"], places),
                _remarks(row, params.follower),
            )
            for row in rows.to_dict("records")
        ]
    head = (
        f"As of {params.as_of}: {params.follower} behind {params.leader}, scope {params.scope}, "
        f"clock {params.clock}, ruler {params.ruler}, knowledge {params.knowledge}."
    )
    grid = _grid(DataFrame(shown, columns=columns), width, whole=columns[:3], bold=heads)
    return _printed(_health_line(posterior), head, "", width=width) + grid


def _number(value: float, places: int) -> str:
    return f"{value:.{places}f}" if math.isfinite(value) else "–"


def _interval(low: float, high: float, places: int) -> str:
    known = math.isfinite(low) or math.isfinite(high)
    return f"{_number(low, places)} to {_number(high, places)}" if known else "–"


def _share(value: float) -> str:
    return f"{100 * value:.0f}%" if math.isfinite(value) else "–"


def _remarks(row: dict[str, Any], follower: str) -> str:
    """What median and interval do not tell: the first match, and draws that are ahead, undefined or censored."""
    remarks = []
    if isinstance(row["first_match"], str):
        remarks.append(row["first_match"] + (f" ({_share(row['p_first_match'])})" if row["p_first_match"] > 0 else ""))
    if row["p_follower_ahead"] >= 0.01:
        remarks.append(f"{follower} ahead in {_share(row['p_follower_ahead'])} of draws")
    if row["p_undefined"] >= 0.01:
        remarks.append(f"undefined in {_share(row['p_undefined'])} of draws")
    if row["p_censored"] >= 0.01:
        remarks.append(f"at least, in {_share(row['p_censored'])} of draws")
    return "; ".join(remarks)


def _check_writable(path: Path, *, folder: bool) -> None:
    """Refuse an output that cannot be written before time is spent on computing it."""
    if path.exists() and path.is_dir() != folder:
        kind, expected = ("a file", "a folder") if folder else ("a folder", "a file")
        raise GaplabError(f"--out {path}: is {kind}; expected {expected} that can be written; give another path")
    if not folder:
        check_kind(path)
        if path.exists() and not path.is_file():  # a terminal, a pipe or /dev/null
            return
    home = path if folder else path.resolve().parent
    while not home.exists():
        home = home.parent
    try:
        with tempfile.TemporaryFile(dir=home):
            pass
    except OSError as error:
        raise GaplabError(
            f"--out {path}: {home} cannot be written ({error.strerror}); expected a folder that can; give another path"
        ) from None
