"""The files of a brief, and its charts as files."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager, nullcontext
from contextvars import copy_context
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

from gaplab.data.tables import Tables
from gaplab.fit import cache, runs
from gaplab.fit.files import cache_file
from gaplab.fit.fit import fit
from gaplab.fit.runs import with_restricted
from gaplab.light_imports import import_nbformat
from gaplab.outlook import scenarios
from gaplab.outlook.nowcast import predict_if_asked
from gaplab.params.spec import Params
from gaplab.places import NOTEBOOKS
from gaplab.posterior import Posterior
from gaplab.questions.scenario_library import scenario_name
from gaplab.report.sections.changes import changes_lines
from gaplab.report.sections.dossier import dossier_lines
from gaplab.report.sections.forecast import scenario_headlines
from gaplab.report.sections.opening import distinct_headlines, headline_numbers
from gaplab.report.sections.run_results import RunResults
from gaplab.report.sections.variants import two_processes
from gaplab.report.text.names import side_word
from gaplab.report.text.titles import window_title
from gaplab.results.as_json import gap_json
from gaplab.results.columns import to_csv_text
from gaplab.results.feeds import latest_json, series_json
from gaplab.results.gap import gap_table, headline_table
from gaplab.results.hub import hub_tables
from gaplab.runs import chart_files, notebook, run_folder


def write_brief(
    params: Params,
    out: Path,
    *,
    tables: Tables | None = None,
    identity: dict[str, Any] | None = None,
    log: Path | None = None,
    progress: bool = False,
    alone: bool = False,
) -> list[str]:
    """Fill an empty folder with the brief and all that belongs to it.

    Parameters
    ----------
    out : Path
        The folder.
    tables : Tables, optional
        Those of the run, when they were read already.
    identity : dict, optional
        What the manifest says beside what it says of every brief.
    log : Path, optional
        Where the traceback of a notebook that stops is left.
    progress : bool
        Show what is going on in the terminal.
    alone : bool
        Whether no other run needs the cores, so that two processes may make the page.

    Returns
    -------
    list of str
        The headline numbers.
    """
    nbformat = import_nbformat()
    tables = tables or runs.tables_of(params)
    posterior = fit(tables, params, progress=progress)
    restricted = fit(tables, with_restricted(params), progress=progress)
    path = NOTEBOOKS / "brief.ipynb"
    backwards = partial(_fitted_ahead, tables, params, backwards=True)
    with two_processes(params, tables, backwards) if alone else nullcontext(), _fitted_ahead(tables, params):
        numbers, texts = _files(tables, posterior, restricted)
        with runs.tables_at_hand(params, tables):
            made = notebook.execute_notebook(path, params, log=log, progress=progress, data_hash=tables.hash, here=True)
        nbformat.write(made, out / "brief.ipynb")
        page = notebook.render_page(made, window_title(posterior), params.variant, side_word(params))
        (out / "brief.html").write_text(page, encoding="utf-8")
    for name, text in texts.items():
        (out / name).write_text(text, encoding="utf-8")
    run_folder.write_json(out / run_folder.MANIFEST, _manifest(posterior, out) | (identity or {}))
    return numbers


def _files(tables: Tables, posterior: Posterior, restricted: Posterior) -> tuple[list[str], dict[str, str]]:
    """The headline numbers, and the text of each file of a brief that its notebook does not make."""
    expected = predict_if_asked(tables, posterior)
    table = headline_table(posterior, restricted)
    headlines = headline_numbers(table, posterior.params)
    comparison = scenarios.compare(posterior)
    own_lines = {"dossier": dossier_lines, "changes": changes_lines}.get(posterior.params.variant)
    numbers = [str(headline) for headline in [*scenario_headlines(comparison), *headlines]]
    numbers = own_lines(RunResults(posterior.params)) if own_lines else numbers
    sentences = [{"meaning": each.meaning, "sentence": str(each)} for each in headlines]
    whole = gap_json(posterior, tables, expected) | {"headlines": numbers}
    latest = latest_json(posterior, tables, distinct_headlines(table), sentences)
    return numbers, {
        "gap.csv": to_csv_text(gap_table(posterior, expected)),
        "forecast.csv": to_csv_text(hub_tables(comparison)),
        "summary.json": run_folder.json_text(whole),
        "latest.json": run_folder.json_text(latest),
        "series.json": run_folder.json_text(series_json(posterior, tables)),
    }


@contextmanager
def _fitted_ahead(tables: Tables, params: Params, *, backwards: bool = False) -> Iterator[None]:
    """Meanwhile a thread fits the domains; the page waits for those that it comes to first.

    Two processes may do this for one run, one of them backwards: a domain that the other has fitted is left out.
    Where the cache cannot be written the page would not find these fits, so that none are made.
    """
    needed = params.variant == "full" and params.domain == "all" and not cache.why_not_writable()
    wanted = runs.by_domain(params) if needed else []

    def fit_unless_there(run: Params) -> None:
        if not cache_file(tables, run).exists():
            runs.fit_or_reason([run], tables=tables)

    beside = ThreadPoolExecutor(1)
    try:
        fits = [beside.submit(copy_context().run, fit_unless_there, run) for run in wanted[:: -1 if backwards else 1]]
        yield
        wait(fits)
    finally:
        beside.shutdown(cancel_futures=True)


def write_figures(params: Params, out: Path, *, progress: bool = False) -> Path:
    """Write every chart of the brief to `out`: SVG, slide, numbers and a page to embed; manifest.json says from what.

    Parameters
    ----------
    out : Path
        Folder of the figures; made when missing, other files in it are kept.

    Returns
    -------
    Path
        `out`.
    """
    tables = runs.tables_of(params)
    posterior = fit(tables, params, progress=progress)
    runs.fit_or_reason([with_restricted(params), *runs.by_domain(params)], progress=progress)
    charts = chart_files.charts_made(params)
    out.mkdir(parents=True, exist_ok=True)
    made = {}
    for name, chart in charts.items():
        chart_files.write_chart(name, chart.drawn, chart.png(), out)
        made[name] = {"notebook": "notebooks/brief.ipynb", "alt": chart.alt}
    run_folder.write_json(out / run_folder.MANIFEST, run_folder.identity_of(posterior) | {"figures": made})
    return out


def _manifest(posterior: Posterior, out: Path) -> dict[str, Any]:
    health = {"status": posterior.health.status, "checks": [asdict(check) for check in posterior.health.checks]}
    scenario = scenario_name(posterior.params)
    return run_folder.identity_of(posterior) | {
        "scenario": scenario,
        "health": health,
        "sha256": run_folder.file_checksums(out),
    }
