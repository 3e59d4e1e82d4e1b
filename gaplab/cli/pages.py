"""Verbs that make pages: brief, figures, batch, notebooks and publish."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from gaplab.cli.options import Run, read_tables, run_options
from gaplab.cli.output import check_writable, out_option
from gaplab.cli.root import FAILED, main


@main.command()
@run_options("gap", "shown", "page")
@out_option("briefs", "folder that receives the brief's own folder")
@click.option("--pdf", "as_pdf", is_flag=True, help="also a PDF beside the folder, printed by an installed Chromium")
def brief(run: Run, out: Path, as_pdf: bool) -> None:
    """One self-contained HTML page with the numbers, figures, sources and caveats."""
    check_writable(out, folder=True)
    read_tables(run.params, page=True)
    from gaplab.runs import pdf

    if as_pdf:
        pdf.find_browser()  # missing: say so before time is spent on the brief
    from gaplab.runs.brief import make_brief

    result = make_brief(run.params, out=out, progress=not run.quiet)
    for line in result.headlines:
        click.echo(line)
    click.echo(result.html.resolve())
    if as_pdf:
        click.echo(pdf.write_pdf(result.html, out / f"{result.folder.name}.pdf").resolve())


@main.command()
@run_options("gap", "evidence", "shown")
@out_option("figures", "folder that receives the files")
def figures(run: Run, out: Path) -> None:
    """The charts of the brief: each as SVG, slide (PNG), numbers (CSV) and a page to embed (HTML)."""
    check_writable(out, folder=True)
    read_tables(run.params)
    from gaplab.runs.brief_files import write_figures

    write_figures(run.params, out=out, progress=not run.quiet)
    click.echo(out.resolve())


@main.command()
@click.argument("file", type=click.Path(path_type=Path), metavar="RUNS.YAML")
@out_option("batch", "folder that receives a folder for each run, index.html and batch.json")
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
    check_writable(out, folder=True)
    from gaplab.places import NOTEBOOKS
    from gaplab.runs import batch as batches
    from gaplab.runs.ledger import display

    options = batches.Options(fail_fast=fail_fast, **limits)
    with display(quiet) as tell:
        ledger = batches.run(file, out, options=options, home=(notebooks or NOTEBOOKS).resolve(), tell=tell)
    counts = ", ".join(f"{number} {status}" for status, number in sorted(ledger.counts.items()))
    click.echo(f"{len(ledger.rows)} runs: {counts}")
    failures = [row for row in ledger.rows.values() if row.status == "failed"]
    for row in failures:
        log = out / row.log if row.log else "no log"
        click.echo(f"failed: {row.id}\n  {' '.join(row.error.split())}\n  {log}", err=True)
    click.echo((out / "index.html").resolve())
    if failures:
        raise click.exceptions.Exit(FAILED)


@main.command("notebooks")
@click.argument("target", type=click.Path(path_type=Path), metavar="DIR")
def copy_notebooks(target: Path) -> None:
    """Copy the notebooks and the scenario files into a folder of your own, to run and change them."""
    import shutil

    from gaplab.errors import GaplabError
    from gaplab.places import NOTEBOOKS

    if target.exists():
        raise GaplabError(f"{target}: exists already; expected the name of a folder that does not: give another")
    check_writable(target, folder=True)
    shutil.copytree(NOTEBOOKS, target, ignore=shutil.ignore_patterns(".*"))
    click.echo(target.resolve())


@main.command()
@click.argument("briefs", type=click.Path(path_type=Path), metavar="DIR")
@out_option("site", "folder of the site; an earlier site there is replaced")
@click.option("--title", default="How far behind?", show_default=True, help="of the index and the feed")
@click.option(
    "--url", default="", metavar="ADDRESS", help="where the site will be, for absolute links in feed and previews"
)
@click.option("--data", metavar="DIR", help="tables to publish too  [default: $GAPLAB_DATA, else the project's own]")
def publish(briefs: Path, out: Path, title: str, url: str, data: str | None) -> None:
    """Briefs gathered into a static site with index and feeds, ready for any web host.

    The newest default brief gives latest.json, series.json and charts/; its tables go to data/.
    """
    check_writable(out, folder=True)
    from gaplab.data.load import data_folder
    from gaplab.runs import site as publisher

    items, left_out = publisher.write_site(
        briefs, out, title=title, url=url, data=data_folder(Path(data) if data else None)
    )
    for line in left_out:
        click.echo(f"left out: {line}", err=True)
    click.echo(f"{len(items)} briefs")
    click.echo((out / "index.html").resolve())
