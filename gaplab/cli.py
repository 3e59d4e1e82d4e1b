"""The command `gaplab`: flags and YAML in, `Params` out, and the package's verbs called with them.

Everything heavy is imported inside the verb that needs it, so that `--help` is immediate.
"""

from __future__ import annotations

import errno
import json
import math
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import MISSING, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gaplab.errors import GaplabError
from gaplab.params import Params, choices, help_for, names
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
_METAVARS = {"as_of": "DATE", "leader": "COUNTRY", "follower": "COUNTRY", "subject": "NAME", "data": "DIR"}
_METAVARS |= dict.fromkeys(
    ("leader_pause_from", "leader_pause_to", "follower_rate_from", "inject_date", "since"), "DATE"
)
_METAVARS |= {"target": "NAMES", "inject_model": "NAME"}


def printable(line: str) -> str:
    """Text from a file as a terminal may show it: no control characters, no change of direction, no endless line."""
    safe = "".join(c if c.isprintable() or c == "\n" else c.encode("unicode_escape").decode() for c in line)
    return safe if len(safe) <= _LONGEST_LINE else f"{safe[:_LONGEST_LINE]}…"


class _Verbs(click.Group):
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


@click.group(cls=_Verbs, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="gaplab")
def main() -> None:
    """How many months is China's AI frontier behind the United States', and by which definition?

    The last line that a verb prints is the path of its result. Exit status: 0 done, 1 a run failed, 2 bad input.
    """


def _flag(name: str) -> Callable:
    """The option of one parameter; values stay text so that `Params` reports all problems together."""
    default = next(spec.default for spec in fields(Params) if spec.name == name)
    shown = "" if default in (None, MISSING) else f"  [default: {default}]"
    metavar = "|".join(choices(name)) or _METAVARS.get(name, "NUMBER")
    switch = {"is_flag": False, "flag_value": "true"} if isinstance(default, bool) else {}
    return click.option(f"--{name.replace('_', '-')}", name, metavar=metavar, help=help_for(name) + shown, **switch)


def _common(verb: Callable) -> Callable:
    """The options shared by every verb that needs a posterior."""
    verb = click.option("--quiet", "-q", is_flag=True, help="no progress bars and no notes")(verb)
    verb = click.option(
        "--params",
        "file",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        help="YAML file of these options (with underscores); flags given as well win",
    )(verb)
    for name in reversed(names()):
        verb = _flag(name)(verb)
    return verb


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
@click.argument("publisher", type=click.Choice(["epoch", "metr", "arena", "aa"]))
@click.argument("where", metavar="PATH_OR_URL")
@click.option("--vintage", metavar="DATE", help="day the file was published, when neither its name nor its rows tell")
@click.option("--write", is_flag=True, help="change the tables; without it the change is only shown")
@click.option("--all", "every", is_flag=True, help="show every row, not the first few")
@click.option("--data", "folder", metavar="DIR", help=help_for("data"))
def import_(publisher: str, where: str, vintage: str | None, write: bool, every: bool, folder: str | None) -> None:
    """Read a publisher's file and show what it changes in the tables; with --write, change them.

    epoch: eci_scores.csv, epoch_capabilities_index.csv, eci_benchmarks.csv or benchmark_data.zip; metr:
    benchmark_results YAML; arena: the text leaderboard as CSV; aa: Artificial Analysis, which may not be passed on.
    All tables are written or none, and those before are kept. The network is only used for an http(s) address.
    """
    from gaplab.data import folder_of
    from gaplab.importers import change as changes
    from gaplab.importers.feed import day

    root = folder_of(Path(folder) if folder else None)
    change = changes.prepare(publisher, where, root, vintage=day(vintage, "--vintage") if vintage else None)
    for line in change.lines(every=every):
        click.echo(printable(line))
    if change.is_empty:
        click.echo("The tables have all of it: nothing to change.")
    elif not write:
        click.echo("Nothing was written; --write changes the tables.")
    elif kept := changes.write(change):
        click.echo(f"The tables before are in {kept.resolve()}")
    click.echo(root.resolve())


@main.command()
@_common
def fit(file: Path | None, quiet: bool, **flags: str | None) -> None:
    """Sample the posterior, or find it in the cache, and say whether it can be trusted."""
    params = _params(file, flags)
    tables, posterior = _posterior(params, quiet)
    click.echo(_health_line(posterior))
    from gaplab.fit import cache_file

    click.echo(cache_file(tables, params))


@main.command()
@_common
@click.option("--format", "kind", type=click.Choice(["table", "csv", "json"]), help="how to print it  [default: table]")
@_out(None, "write to this file instead; .csv and .json choose the format")
def gap(file: Path | None, quiet: bool, kind: str | None, out: Path | None, **flags: str | None) -> None:
    """Every definition of the gap, with its intervals."""
    params = _params(file, flags)
    kind = _format(kind, out)
    if out:
        _check_writable(out, folder=False)
    tables, posterior = _posterior(params, quiet)
    text = _render(kind, tables, posterior, width=160 if out else None)
    if not out:
        click.echo(text, nl=False)
        return
    replace_file(out, text)
    click.echo(_health_line(posterior))
    click.echo(out.resolve())


@main.command()
@_common
@click.option(
    "--format",
    "kind",
    type=click.Choice(["table", "csv", "json"]),
    help="how to print it; csv: the format of forecast hubs",
)
@_out(None, "write to this file instead; .csv and .json choose the format")
def forecast(file: Path | None, quiet: bool, kind: str | None, out: Path | None, **flags: str | None) -> None:
    """Where the gap goes: P(gap > x) by date, catch-up dates, and what the levers change."""
    params = _params(file, flags)
    kind = _format(kind, out)
    if out:
        _check_writable(out, folder=False)
    tables, posterior = _posterior(params, quiet)
    text = _render_forecast(kind, tables, posterior, width=160 if out else None)
    if not out:
        click.echo(text, nl=False)
        return
    replace_file(out, text)
    click.echo(_health_line(posterior))
    click.echo(out.resolve())


@main.command()
@_common
@_out("briefs", "folder that receives the brief's own folder")
@click.option("--pdf", "as_pdf", is_flag=True, help="also a PDF beside the folder, printed by an installed Chromium")
def brief(file: Path | None, quiet: bool, out: Path, as_pdf: bool, **flags: str | None) -> None:
    """One self-contained HTML page with the numbers, figures, sources and caveats."""
    params = _params(file, flags)
    _check_writable(out, folder=True)
    _tables(params)
    from gaplab import pdf

    if as_pdf:
        pdf.browser()  # missing: say so before time is spent on the brief
    from gaplab import brief as maker

    result = maker.run(params, out=out, progress=not quiet)
    for line in result.headlines:
        click.echo(line)
    click.echo(result.html.resolve())
    if as_pdf:
        click.echo(pdf.write(result.html, out / f"{result.folder.name}.pdf").resolve())


@main.command()
@_common
@_out("figures", "folder that receives the PNG and SVG files")
def figures(file: Path | None, quiet: bool, out: Path, **flags: str | None) -> None:
    """The figures of the README and the brief, as PNG and SVG."""
    params = _params(file, flags)
    _check_writable(out, folder=True)
    _tables(params)
    from gaplab import brief as maker

    maker.figures(params, out=out, progress=not quiet)
    click.echo(out.resolve())


@main.command()
@click.argument("files", nargs=-1, type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="[YAML]...")
@_common
@click.option("--format", "kind", type=click.Choice(["table", "csv", "json"]), help="how to print it  [default: table]")
@_out(None, "write to this file instead; .csv and .json choose the format")
def scenarios(
    file: Path | None, quiet: bool, files: tuple[Path, ...], kind: str | None, out: Path | None, **flags: str | None
) -> None:
    """Scenarios drawn against the baseline: those of notebooks/params, or YAML files of your own.

    Their dates move with the as-of date; levers that are flags here are one scenario more.
    """
    params = _params(file, flags)
    kind = _format(kind, out)
    if out:
        _check_writable(out, folder=False)
    from gaplab import brief as maker
    from gaplab import scenarios as levers

    own = {"these_levers": params} if levers.set_levers(params) else {}
    library = maker.library_params(params, files or None) | own
    if not library:
        raise GaplabError(f"{', '.join(map(str, files))}: no lever is set; expected one that is not neutral")
    for moved in library.values():
        _tables(moved)
    _, posterior = _posterior(params, quiet)
    found = maker.library(posterior, library)
    from gaplab import words
    from gaplab.tables import records, scenario_table, to_csv_text

    table = scenario_table(found)
    if kind == "table":
        described = {name: " ".join(words.lever_lines(each.scenario.posterior.params)) for name, each in found.items()}
        shown = words.scenarios_table(table, described, params).drop(columns=["Assumes"])
        lines = [f"{words.scenario_name(name)}: {text}" for name, text in described.items()]
        caption = words.scenarios_table_caption(params)
        text = "\n".join([_health_line(posterior), "", *lines, "", caption, _grid(shown, 160 if out else None)])
    elif kind == "csv":
        text = to_csv_text(table)
    else:
        text = json.dumps({"scenarios": records(table)}, ensure_ascii=False, allow_nan=False, indent=2) + "\n"
    _print_or_write(text, out)


@main.command()
@click.option(
    "--claim", "names", multiple=True, metavar="CLAIM", help="every reading of this claim; may be given again"
)
@_common
@click.option("--format", "kind", type=click.Choice(["table", "csv", "json"]), help="how to print it  [default: table]")
@_out(None, "write to this file instead; .csv and .json choose the format")
def claims(
    file: Path | None, quiet: bool, names: tuple[str, ...], kind: str | None, out: Path | None, **flags: str | None
) -> None:
    """Which definition, scope and domain make each published number true, and whether the disputed ones hold."""
    params = _params(file, flags)
    kind = _format(kind, out)
    if out:
        _check_writable(out, folder=False)
    tables = _tables(params)
    from gaplab import claims as published

    published.check(names, tables.claims, params)
    from gaplab import gap, runs, words
    from gaplab.tables import claims_json, to_csv_text

    posteriors = runs.fitted([params, *published.runs(params)], progress=not quiet)
    posterior = posteriors[params]
    by_domain = runs.readable(published.domain_runs(params, tables.claims), progress=not quiet)
    read = posteriors | {run: found for run, found in by_domain.items() if not isinstance(found, str)}
    ranked = published.which_definition(tables.claims, read.values())
    combined = published.combine(tables.claims, posterior)
    lag = gap.readings(posterior, gap.country_subject(posterior))["frontier_lag", "months"]
    beside = published.beside(posterior, combined, {"frontier_lag": lag})
    chosen = ranked[ranked["claim_id"].isin(names)] if names else ranked
    if kind == "json":
        found = claims_json(tables.claims, chosen, beside, combined)
        text = json.dumps(found, ensure_ascii=False, allow_nan=False, indent=2) + "\n"
    elif kind == "csv":
        text = to_csv_text(chosen.round(4))
    else:
        shown = chosen if names else chosen[chosen["rank"] == 1]
        said = [
            words.claims_finding(tables.claims, ranked, params).text,
            words.with_claims(beside, combined, params).text,
        ]
        grid = _grid(words.readings_table(tables.claims, shown), 170)
        text = "\n".join([_health_line(posterior), "", grid, *filter(None, said), ""])
    _print_or_write(text, out)


@main.command()
@click.option("--from", "start", metavar="CLAIM|NUMBER", required=True, help="a claim_id, or DEFINITION:SUBJECT,…")
@click.option("--to", "end", metavar="CLAIM|NUMBER", required=True, help="the same; frontier_lag:China,scope=trusted")
@_common
@click.option("--format", "kind", type=click.Choice(["table", "csv", "json"]), help="how to print it  [default: table]")
@_out(None, "write to this file instead; .csv, .json, .png and .svg choose the format")
def bridge(
    file: Path | None, quiet: bool, start: str, end: str, kind: str | None, out: Path | None, **flags: str | None
) -> None:
    """From one published number to another by single changes that add up."""
    params = _params(file, flags)
    suffix = out.suffix.lower() if out else ""
    kind = kind or {".csv": "csv", ".json": "json", ".png": "png", ".svg": "svg"}.get(suffix, "table")
    if out:
        _check_writable(out, folder=False)
    from gaplab import bridge as bridges
    from gaplab import claims
    from gaplab.data import eligible

    tables = _tables(params)
    models = eligible(tables, scope=params.scope, clock=params.clock, leader=params.leader)
    bridges.check([start, end], tables.claims, params, models)
    from gaplab import words
    from gaplab.runs import fitted
    from gaplab.tables import bridge_json, to_csv_text

    posteriors = fitted([params, *claims.runs(params)], progress=not quiet)
    ranked = claims.which_definition(tables.claims, posteriors.values())
    ends = [bridges.end(name, tables.claims, ranked, posteriors) for name in (start, end)]
    posteriors |= fitted(bridges.runs(*(side.setting for side in ends)), progress=not quiet)
    found = bridges.between(*ends, posteriors)
    if kind in ("png", "svg"):
        from gaplab.plots import waterfall

        chart = waterfall(found)
        replace_file(out, chart.png() if kind == "png" else chart.svg())
        click.echo(chart.alt)
        click.echo(out.resolve())
        return
    shown = words.bridge_table(found)
    text = {
        "json": lambda: json.dumps(bridge_json(found), ensure_ascii=False, allow_nan=False, indent=2) + "\n",
        "csv": lambda: to_csv_text(shown),
        "table": lambda: (
            f"{_health_line(posteriors[params])}\n{words.bridge_title(found)}\n\n"
            f"{_grid(shown, 160 if out else None)}\n{words.bridge_caption(found)}\n"
        ),
    }[kind]()
    _print_or_write(text, out)


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
@_common
@click.option("--format", "kind", type=click.Choice(["table", "csv", "json"]), default="table", show_default=True)
def whatif(
    file: Path | None,
    quiet: bool,
    model: str,
    country: str,
    when: str,
    scores: tuple[str, ...],
    ability: str | None,
    refit: bool | None,
    kind: str,
    **flags: str | None,
) -> None:
    """How every headline number would move if a model came out with these scores.

    By importance weights on the draws, in seconds; where they fail, by a fit with the model among the data.
    """
    params = _params(file, flags)
    tables = _tables(params)
    from gaplab import whatif as releases

    new = releases.release(
        model=model, country=country, date=when, scores=scores, ability=ability, tables=tables, params=params
    )
    effect = releases.effect(
        new, tables, params, refit=refit, progress=not quiet, tell=lambda line: click.echo(line, err=True)
    )
    from gaplab import words
    from gaplab.tables import to_csv_text, whatif_json

    if kind == "json":
        click.echo(json.dumps(whatif_json(effect), ensure_ascii=False, allow_nan=False, indent=2))
    elif kind == "csv":
        click.echo(to_csv_text(effect.table), nl=False)
    else:
        _, posterior = _posterior(params, quiet=True)
        click.echo(f"{_health_line(posterior)}\n\n{_grid(words.whatif_table(effect, params), None)}")
        click.echo(words.whatif_finding(effect, params).text)


@main.command()
@_common
@click.option(
    "--by",
    type=click.Choice(["model", "source", "benchmark"]),
    default="model",
    show_default=True,
    help="what to leave out; source and benchmark fit everything again for each, and resume",
)
@click.option("--leave-out", "names", multiple=True, metavar="NAME", help="only these; may be given again")
@click.option(
    "--refits", type=click.IntRange(0, 50), default=5, show_default=True, help="most fits for models whose weights fail"
)
@click.option("--format", "kind", type=click.Choice(["table", "csv"]), default="table", show_default=True)
def influence(
    file: Path | None, quiet: bool, by: str, names: tuple[str, ...], refits: int, kind: str, **flags: str | None
) -> None:
    """What the gap rests on: every headline number without each model, source or benchmark."""
    params = _params(file, flags)
    if by == "model" and names:
        raise GaplabError("--leave-out: only with --by source or --by benchmark; --by model does them all in seconds")
    tables = _tables(params)
    from gaplab import influence as influences
    from gaplab import words
    from gaplab.tables import to_csv_text

    if by == "model":
        found = influences.by_model(tables, params, refits=refits, progress=not quiet)
    else:
        found = influences.by_refit(tables, params, by=by, names=names or None, progress=not quiet)
    if kind == "csv":
        click.echo(to_csv_text(found.round(4)), nl=False)
        return
    click.echo(_grid(words.influence_table(found, params, rows=20), None))
    click.echo(words.influence_finding(found, params).text)


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
    from gaplab.progress import shown

    options = batches.Options(fail_fast=fail_fast, **limits)
    with shown(quiet) as tell:
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


def _simulated(verb: Callable) -> Callable:
    """The options of verbs that make many runs."""
    verb = click.option("--quick", is_flag=True, help="a few small runs, to see that it works; no record")(verb)
    verb = click.option("--workers", type=click.IntRange(1, 256), default=1, show_default=True, help="processes")(verb)
    verb = click.option("--scheduler", metavar="ADDRESS", help="run on the workers of this dask scheduler")(verb)
    return _out("docs/record", "folder of the record; a quick run writes only where this is given")(verb)


@validate.command("sbc")
@_simulated
@click.option("--quiet", "-q", is_flag=True, help="no progress bar")
@click.option("--simulations", type=click.IntRange(4, 10_000), default=400, show_default=True, help="of each stage")
def validate_sbc(out: Path, workers: int, scheduler: str | None, quick: bool, quiet: bool, simulations: int) -> None:
    """Calibration: ranks of the truth in worlds drawn from the priors, stage 1 and both stages. Resumes."""
    from gaplab import plots
    from gaplab.validation import calibration

    size = {"simulations": 4, "setting": calibration.QUICK} if quick else {"simulations": simulations}
    with _workers(workers, scheduler) as hands:
        ranks = calibration.table(**size, workers=hands, progress=not quiet)
    summary = calibration.summary(ranks)
    click.echo(_grid(summary, None))
    chart = plots.calibration_ranks(calibration.bands(ranks), summary)
    _keep_record({"sbc.csv": ranks}, out, quick, f"sbc --simulations {simulations}", "simulated", chart)


@validate.command("truth")
@_simulated
@click.option("--quiet", "-q", is_flag=True, help="no progress bar")
@click.option("--simulations", type=click.IntRange(2, 10_000), help="of each world  [default: 40, smooth 100]")
@click.option("--world", "worlds", multiple=True, metavar="NAME", help="only these; may be given again")
def validate_truth(
    out: Path,
    workers: int,
    scheduler: str | None,
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
    with _workers(workers, scheduler) as hands:
        table = truth.table(worlds=chosen, **size, workers=hands, progress=not quiet)
    click.echo(_grid(table.round(2), 140))
    only = "".join(f" --world {name}" for name in worlds)
    number = f" --simulations {simulations}" if simulations else ""
    chart = plots.known_truth(truth.errors(table))
    _keep_record({"known_truth.csv": table}, out, quick, f"truth{number}{only}", "simulated", chart)


@validate.command("backtest")
@_common
@_simulated
def validate_backtest(
    file: Path | None, quiet: bool, out: Path, workers: int, scheduler: str | None, quick: bool, **flags: str | None
) -> None:
    """Forecasts made on past days, and published numbers, against what came. Resumes.

    Origins set as_of, knowledge and ruler themselves; as_of is the last day.
    """
    params = _params(file, flags)
    tables = _tables(params)
    from gaplab import plots
    from gaplab.validation import backtest, published

    short = {"horizons": (3,), "kinds": ("pseudo",), "first": backtest.recent(params)} if quick else {}
    with _workers(workers, scheduler, params.data) as hands:
        rows = backtest.record(params, **short, workers=hands, progress=not quiet)
    summary = backtest.summary(rows)
    ours = summary["forecaster"].str.startswith("stack")
    click.echo(_grid(summary.loc[ours, ["kind", *backtest.SHOWN]].round(2), 140))
    said = published.table(tables, *backtest.present_readings(params))
    found = {"backtest.csv": rows, "backtest_summary.csv": summary, "published_claims.csv": said}
    _keep_record(found, out, quick, f"backtest{_typed(flags)}", tables.hash, plots.record_skill(summary))


@validate.command("readings")
@_common
@_simulated
def validate_readings(
    file: Path | None, quiet: bool, out: Path, workers: int, scheduler: str | None, quick: bool, **flags: str | None
) -> None:
    """Each number as it was read on its day, against what was later read of that day. Resumes.

    Origins set as_of, knowledge and ruler themselves; as_of is the last day.
    """
    params = _params(file, flags)
    tables = _tables(params)
    from gaplab import plots
    from gaplab.validation import backtest, readings

    short = {"rulers": ("epoch_eci",), "first": backtest.recent(params)} if quick else {}
    with _workers(workers, scheduler, params.data) as hands:
        rows = readings.record(params, **short, workers=hands, progress=not quiet)
    summary = readings.summary(rows)
    click.echo(_grid(summary.loc[summary["horizon"] == "today", readings.SHOWN].round(2), 140))
    found = {"readings.csv": rows, "readings_summary.csv": summary}
    _keep_record(found, out, quick, f"readings{_typed(flags)}", tables.hash, plots.past_readings(rows, params))


@validate.command("sensitivity")
@_common
@_simulated
def validate_sensitivity(
    file: Path | None, quiet: bool, out: Path, workers: int, scheduler: str | None, quick: bool, **flags: str | None
) -> None:
    """Each assumption reversed, each prior scaled, and whether the scores are as predicted. Resumes."""
    params = _params(file, flags)
    tables = _tables(params)
    from gaplab import plots
    from gaplab.validation import predictive, sensitivity

    chosen = sensitivity.available()[:1] if quick else None
    with _workers(workers, scheduler, params.data) as hands:
        table = sensitivity.table(params, assumptions=chosen, workers=hands, progress=not quiet)
    checks = predictive.checks(tables, params)
    click.echo(_grid(table.round(2), 140))
    click.echo(_grid(checks.round(2).head(8), 140))
    found, chart = {"sensitivity.csv": table, "predictive.csv": checks}, plots.sensitivity_shifts(table)
    _keep_record(found, out, quick, f"sensitivity{_typed(flags)}", tables.hash, chart)


@validate.command("nowcast")
@_common
@_simulated
def validate_nowcast(
    file: Path | None, quiet: bool, out: Path, workers: int, scheduler: str | None, quick: bool, **flags: str | None
) -> None:
    """Nowcasts made on three past days against what later vintages say of those days. Resumes.

    Sets as_of, knowledge and ruler itself.
    """
    params = _params(file, flags)
    tables = _tables(params)
    from gaplab.validation import nowcasts

    dates = nowcasts.DATES[:1] if quick else nowcasts.DATES
    with _workers(workers, scheduler, params.data) as hands:
        gaps, models = nowcasts.record(params, dates=dates, workers=hands, progress=not quiet)
    click.echo(nowcasts.summary(gaps))
    found = {"nowcast.csv": gaps, "nowcast_models.csv": models}
    _keep_record(found, out, quick, f"nowcast{_typed(flags)}", tables.hash)


@validate.command("influence")
@_common
@_simulated
@click.option("--fewest", type=click.IntRange(1), help="leave out tests and sources of so many scores  [default: 50]")
def validate_influence(
    file: Path | None,
    quiet: bool,
    out: Path,
    workers: int,
    scheduler: str | None,
    quick: bool,
    fewest: int | None,
    **flags: str | None,
) -> None:
    """Every headline number without each model, much-used test and much-used source. Resumes."""
    params = _params(file, flags)
    tables = _tables(params)
    from gaplab.validation import leave_outs

    most = int(tables.scores["benchmark"].value_counts().max())
    size = {"fewest": most, "refits": 0} if quick else {"fewest": fewest or leave_outs.FEWEST}
    with _workers(workers, scheduler, params.data) as hands:
        table = leave_outs.table(params, **size, workers=hands, progress=not quiet)
    from gaplab import plots, words

    ranking = leave_outs.ranking(table)
    click.echo(_grid(ranking.round(2).head(20), 140))
    click.echo(words.leave_outs_finding(table).text)
    number = f" --fewest {fewest}" if fewest else ""
    command, chart = f"influence{number}{_typed(flags)}", plots.influence_ranking(ranking, params)
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
    found: dict[str, DataFrame], out: Path, quick: bool, command: str, data_hash: str, chart: Chart | None = None
) -> None:
    """Write the tables and the chart of a full run; those of a quick one only to a folder that was asked for."""
    source = click.get_current_context().get_parameter_source("out")
    if quick and source is click.core.ParameterSource.DEFAULT:
        return
    _check_writable(out, folder=True)
    from gaplab.validation import record

    if failed := max(table.attrs.get("failed", 0) for table in found.values()):
        click.echo(f"{failed} simulated worlds could not be fitted and are in no table.", err=True)
    record.write(out, found, command=f"gaplab validate {command}{' --quick' if quick else ''}", data_hash=data_hash)
    if chart:
        replace_file(out / f"{chart.name}.svg", chart.svg())
    click.echo(out.resolve())


def _format(kind: str | None, out: Path | None) -> str:
    """How to print: as asked, else as the name of the file says."""
    return kind or {".csv": "csv", ".json": "json"}.get(out.suffix.lower() if out else "", "table")


def _print_or_write(text: str, out: Path | None) -> None:
    """Show the text, or write it and show where."""
    if not out:
        click.echo(text, nl=False)
        return
    replace_file(out, text)
    click.echo(out.resolve())


def _grid(table: DataFrame, width: int | None) -> str:
    """Any table for a person, numbers to the right."""
    from pandas.api.types import is_numeric_dtype
    from rich.console import Console
    from rich.table import Table

    grid = Table(box=None, pad_edge=False, header_style="bold")
    for name, column in table.items():
        grid.add_column(str(name), justify="right" if is_numeric_dtype(column) else "left")
    for row in table.itertuples(index=False):
        grid.add_row(*(f"{cell:.4g}" if isinstance(cell, float) else str(cell) for cell in row))
    console = Console(width=width, highlight=False, markup=False)
    with console.capture() as capture:
        console.print(grid)
    return capture.get()


def _params(file: Path | None, flags: dict[str, str | None]) -> Params:
    """The YAML file's values, overridden by the flags that were typed."""
    from gaplab import settings

    typed = {name: value for name, value in flags.items() if value is not None}
    return Params.from_mapping({**(settings.read(file) if file else {}), **typed})


def _tables(params: Params) -> Tables:
    """The tables of a run, once it is certain that they can answer it."""
    from gaplab import runs

    tables = runs.evidence(params)
    runs.check(tables, params)
    return tables


def _posterior(params: Params, quiet: bool) -> tuple[Tables, Posterior]:
    from gaplab.fit import fit

    tables = _tables(params)
    posterior = fit(tables, params, progress=not quiet)
    if not quiet:
        for note in posterior.identity.get("notes", ()):
            click.echo(f"note: {note}", err=True)
    return tables, posterior


def _render(kind: str, tables: Tables, posterior: Posterior, width: int | None) -> str:
    from gaplab.nowcast import wanted
    from gaplab.tables import gap_json, gap_table, to_csv_text

    expected = wanted(tables, posterior)
    if kind == "json":
        return json.dumps(gap_json(posterior, tables, expected), ensure_ascii=False, allow_nan=False, indent=2) + "\n"
    table = gap_table(posterior, expected)
    if kind == "csv":
        return to_csv_text(table)
    return _for_reading(table, posterior, width)


def _render_forecast(kind: str, tables: Tables, posterior: Posterior, width: int | None) -> str:
    from gaplab.scenarios import compare
    from gaplab.tables import forecast_json, hub_tables, to_csv_text

    comparison = compare(posterior)
    if kind == "json":
        return json.dumps(forecast_json(comparison, tables), ensure_ascii=False, allow_nan=False, indent=2) + "\n"
    if kind == "csv":
        return to_csv_text(hub_tables(comparison))
    return _forecast_for_reading(comparison, width)


def _forecast_for_reading(comparison: Comparison, width: int | None) -> str:
    """Health, the levers that are set, and the tables of the brief."""
    from rich.console import Console
    from rich.table import Table

    from gaplab import tables, words

    posterior = comparison.scenario.posterior
    params = posterior.params
    shown = {
        words.threshold_caption(params): words.threshold_table(tables.forecast_table(comparison.scenario), params),
        words.catch_up_caption(params): words.catch_up_display(tables.catch_up_table(comparison.scenario), params),
    }
    levers = words.lever_lines(params)
    if levers:
        change = tables.scenario_table({"these levers": comparison})
        shown[words.scenarios_table_caption(params)] = words.scenarios_table(
            change, {"these levers": " ".join(levers)}, params
        ).drop(columns=["Assumes"])
    console = Console(width=width, highlight=False, markup=False)
    with console.capture() as capture:
        console.print(_health_line(posterior))
        console.print(words.forecast_subtitle(params) + ".")
        for line in levers:
            console.print(f"Lever: {line}")
        for caption, table in shown.items():
            grid = Table(box=None, pad_edge=False, header_style="bold")
            for column in table.columns:
                grid.add_column(_compact(str(column)))
            for row in table.itertuples(index=False):
                grid.add_row(*(_compact(str(cell)) for cell in row))
            console.print(f"\n{caption}")
            console.print(grid)
    return capture.get()


_SHORTER = {
    "less than ": "<",
    "more than ": ">",
    "Best released model to frontier": "released",
    "Frontier to frontier": "frontier",
    " months (": " mo. (",
    "Within ": "in ",
    "Longer than today": "longer",
    " ahead by then": " ahead",
    "Reached by": "By",
}


def _compact(text: str) -> str:
    """The words of the brief, short enough for the columns of a terminal."""
    for long, short in _SHORTER.items():
        text = text.replace(long, short)
    return text


def _health_line(posterior: Posterior) -> str:
    from gaplab.words import health_line

    return f"{posterior.health.status}: {health_line(posterior.health)}"


def _for_reading(table: DataFrame, posterior: Posterior, width: int | None) -> str:
    """The table for a person: health first, then rows grouped by definition, to a tenth."""
    from rich.console import Console
    from rich.table import Table

    from gaplab.tables import percent

    params = posterior.params
    level = percent(params.prob)
    grid = Table(box=None, pad_edge=False, header_style="bold")
    grid.add_column("definition, unit, subject", no_wrap=True)
    grid.add_column("median", justify="right", no_wrap=True)
    grid.add_column(f"{level}% interval", justify="right", no_wrap=True)
    grid.add_column("first match, remarks")
    for (definition, unit), rows in table.groupby(["definition", "unit"], sort=False):
        grid.add_row(f"{definition}, {unit.replace('_', ' ')}", style="bold")
        places = 2 if unit in ("logits", "odds_ratio") else 1
        for row in rows.to_dict("records"):
            grid.add_row(
                f"  {row['subject']}{' (nowcast)' if row.get('nowcast') else ''}",
                _number(row["median"], places),
                _interval(row[f"lower_{level}"], row[f"upper_{level}"], places),
                _remarks(row, params.follower),
            )
    console = Console(width=width, highlight=False, markup=False)
    with console.capture() as capture:
        console.print(_health_line(posterior))
        console.print(
            f"As of {params.as_of}: {params.follower} behind {params.leader}, scope {params.scope}, "
            f"clock {params.clock}, ruler {params.ruler}, knowledge {params.knowledge}.\n"
        )
        console.print(grid)
    return capture.get()


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
