"""The brief: the parts that its notebook shows, and the run from parameters to a finished page.

`run` validates, fits, executes notebooks/brief.ipynb and renders what it shows
as one HTML file. A folder appears under its final name only when everything in
it is complete; manifest.json is written last.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from gaplab import bridge as bridges
from gaplab import changes, dossier, folder, gap, notebook, page, preflight, runs, scenarios, words, yaml_file
from gaplab import claims as published
from gaplab import influence as influences
from gaplab import nowcast as unseen
from gaplab import tables as tabulate
from gaplab.data import Tables, eligible
from gaplab.fit import fit
from gaplab.params import Params, choices, help_for
from gaplab.places import NOTEBOOKS
from gaplab.plots import Chart, domain_lags, waterfall
from gaplab.posterior import Posterior
from gaplab.scenarios import Comparison
from gaplab.summary import quantiles, tails
from gaplab.validation import record as records


@dataclass(frozen=True)
class Part:
    """A piece of the page.

    Attributes
    ----------
    html : str
        Every text that came from data is escaped.
    text : str
        The same for a terminal.
    """

    html: str
    text: str

    def _repr_html_(self) -> str:
        return self.html

    def __repr__(self) -> str:
        return self.text


@dataclass(frozen=True)
class Brief:
    """Where a finished brief is, and its three headline numbers as lines of text."""

    folder: Path
    headlines: list[str]

    @property
    def html(self) -> Path:
        """The page."""
        return self.folder / "brief.html"


# --- Parts of the page ----------------------------------------------------------------------------


def with_restricted(params: Params) -> Params:
    """The run that counts the leader's restricted models too, whatever this one counts."""
    return replace(params, scope="trusted") if params.scope == "public" else params


def distinct(posterior: Posterior, restricted: Posterior) -> list[Posterior]:
    """The run and the one that counts restricted models; one of them where they are the same."""
    return list({run.params: run for run in (posterior, restricted)}.values())


def opening(posterior: Posterior, restricted: Posterior, table: pd.DataFrame, wider: pd.DataFrame) -> Part:
    """Title, answer, dates, health and the headline numbers; `wider` is the gap table of `restricted`."""
    params, headlines = posterior.params, tabulate.headlines(posterior, restricted)
    answer = words.answer(headlines, table, params)
    note = words.restricted_note(posterior, restricted, table, wider).text
    return _opening(posterior, words.question(params), answer, words.headlines(headlines, params), note)


def definitions(table: pd.DataFrame, posterior: Posterior) -> Part:
    """Every definition: its sentence, the country's number and the newest record model's."""
    shown = words.definitions_table(table, gap.newest_record(posterior), posterior.params)
    return _table(shown, caption=words.definitions_caption(posterior.params), name="definitions-table")


def claims(tables: Tables, ranked: pd.DataFrame, posterior: Posterior, restricted: Posterior) -> Part:
    """What the disputed published numbers measure, whether they hold, and every published claim.

    `ranked` is what `claims.which_definition` gives for the run and for the
    same run with restricted models counted.
    """
    params = posterior.params
    if words.claims_about(tables.claims, params).empty:
        return Part("", "No claim about these countries had been published by the as-of date.")
    finding = words.claims_finding(tables.claims, ranked, params)
    believed = []
    for run in distinct(posterior, restricted):
        combined = published.combine(tables.claims, run)
        numbers = gap.readings(run, gap.country_subject(run))
        beside = published.beside(run, combined, {"frontier_lag": numbers["frontier_lag", "months"]})
        believed.append(words.with_claims(beside, combined, run.params).text)
    text = "\n".join([finding.text, *filter(None, believed)])
    heading = words.claims_heading(tables.claims, params)
    rows = _table(finding.table, caption=words.claims_caption(params), name="claims-table")
    shown = words.Finding(finding.table, text)
    return Part(f"<h2>{html.escape(heading)}</h2>{shown._repr_html_()}{rows.html}", f"{heading}\n{text}")


def bridge(tables: Tables, ranked: pd.DataFrame, posterior: Posterior, restricted: Posterior) -> Chart | Part:
    """The way from one disputed number to the other; nothing when both were not yet published by the as-of date."""
    runs = {run.params: run for run in distinct(posterior, restricted)}
    disputed = [claim for _, claim in words.claims_about(tables.claims, posterior.params).iterrows()]
    names = [claim["claim_id"] for claim in reversed(disputed) if words.is_disputed(claim)]
    ends = [bridges.end(name, tables.claims, ranked, runs) for name in names]
    if len(ends) != 2 or set(bridges.runs(*(end.setting for end in ends))) - set(runs):
        return Part("", "")
    return waterfall(bridges.between(*ends, runs))


def influence(tables: Tables, posterior: Posterior) -> Part:
    """What the gap today rests on: the record models without which it would change most."""
    records = posterior.models.index[posterior.models["record"]]
    found = influences.by_model(tables, posterior.params, names=records, refits=0)
    finding = words.influence_finding(found, posterior.params)
    rows = _table(
        words.influence_table(found, posterior.params, rows=6),
        caption=words.influence_caption(posterior.params),
        name="influence-table",
    )
    return Part(f"<h2>What would change this</h2>{finding._repr_html_()}{rows.html}", finding.text)


def library_params(params: Params, files: Iterable[Path] | None = None) -> dict[str, Params]:
    """The scenarios of notebooks/params or of other files that set a lever, moved to the run's as-of date.

    Parameters
    ----------
    params : Params
    files : iterable of Path, optional

    Returns
    -------
    dict of str to Params
    """
    paths = sorted((NOTEBOOKS / "params").glob("*.yaml")) if files is None else list(files)
    moved = {path.stem: scenarios.moved_to(_scenario(path), params) for path in paths}
    return {name: each for name, each in moved.items() if scenarios.set_levers(each)}


def library(posterior: Posterior, chosen: Mapping[str, Params] | None = None) -> dict[str, Comparison]:
    """Scenarios drawn against the baseline of a run: those of notebooks/params when none are given.

    Parameters
    ----------
    posterior : Posterior
    chosen : mapping of str to Params, optional
        What `library_params` gives.

    Returns
    -------
    dict of str to Comparison
    """
    found, baseline = {}, None
    for name, params in (library_params(posterior.params) if chosen is None else chosen).items():
        found[name] = scenarios.compare(replace(posterior, params=params), baseline=baseline)
        baseline = found[name].baseline
    return found


def forecast(comparison: Comparison) -> Part:
    """The forecast in a paragraph, the levers that are set, and the table of probabilities."""
    params = comparison.scenario.posterior.params
    table = tabulate.forecast_table(comparison.scenario)
    finding, levers = words.forecast_finding(table, params), words.lever_lines(params)
    shown = words.threshold_table(table, params)
    rows = _table(shown, caption=words.threshold_caption(params), name="forecast-table")
    scenario = f"<p><strong>Scenario.</strong> {html.escape(' '.join(levers))}</p>" if levers else ""
    return Part(f"{scenario}{finding._repr_html_()}{rows.html}", "\n".join([*levers, finding.text, rows.text]))


def catch_up(comparison: Comparison) -> Part:
    """When the follower reaches the named leader models."""
    params = comparison.scenario.posterior.params
    shown = words.catch_up_display(tabulate.catch_up_table(comparison.scenario), params)
    return _table(shown, caption=words.catch_up_caption(params), name="catch-up-table")


def scenario_effects(comparisons: dict[str, Comparison], params: Params) -> Part:
    """What each scenario assumes and changes."""
    described = {
        name: " ".join(words.lever_lines(comparison.scenario.posterior.params))
        for name, comparison in comparisons.items()
    }
    shown = words.scenarios_table(tabulate.scenario_table(comparisons), described, params)
    return _table(shown, caption=words.scenarios_table_caption(params), name="scenarios-table")


def _scenario(path: Path) -> Params:
    return Params.from_mapping(yaml_file.read(path))


def nowcast(tables: Tables, posterior: Posterior) -> Part:
    """The gap with and without the models that are out but unscored, and the list of them."""
    params, expected = posterior.params, unseen.predict(tables, posterior)
    listed = tabulate.unscored_table(posterior, expected)
    moves = np.ravel(unseen.frontier_moves(posterior, expected))
    low, high = quantiles(moves, tails(params.prob))
    finding = words.nowcast_finding(
        tabulate.gap_table(posterior, expected), listed, tabulate.delay_table(posterior, expected), (low, high), params
    )
    shown = words.unscored_shown(listed, params)
    if shown.empty:
        return Part(finding._repr_html_(), finding.text)
    rows = _table(shown, caption=words.unscored_caption(params), name="unscored-table")
    return Part(finding._repr_html_() + rows.html, f"{finding.text}\n{rows.text}")


def scopes(tables: Tables, params: Params) -> Part:
    """The gap by scope and clock; combinations that admit the same models on the same days share a posterior."""
    fitted: list[tuple[pd.DataFrame, Posterior]] = []
    runs = {}
    for scope in choices("scope"):
        # The run's own clock first: its posteriors are fitted already.
        for clock in (params.clock, *(other for other in choices("clock") if other != params.clock)):
            one = replace(params, scope=scope, clock=clock)
            admitted = eligible(tables, scope=scope, clock=clock, leader=params.leader)
            same = next((posterior for models, posterior in fitted if models.equals(admitted)), None)
            if same is None:
                same = fit(tables, one)
                fitted.append((admitted, same))
            runs[scope, clock] = replace(same, params=one)
    table = tabulate.scopes_table(runs[scope, clock] for scope in choices("scope") for clock in choices("clock"))
    return _table(words.scopes_shown(table, params), caption=words.scopes_caption(params), name="scopes-table")


def domains(found: dict[Params, Posterior | str], params: Params) -> Chart:
    """The lag from frontier to frontier in each domain on the as-of date, or that there are too few data."""
    lags = {
        run.domain: gap.frontier_lag(posterior.frontier, leader=run.leader, follower=run.follower).isel(
            date=-1, drop=True
        )
        for run, posterior in found.items()
        if not isinstance(posterior, str)
    }
    missing = tuple(run.domain for run, posterior in found.items() if isinstance(posterior, str))
    return domain_lags(lags, params, missing=missing)


def record() -> Part:
    """How good past forecasts were, from the committed record; a line where there is none yet."""
    if not {"backtest.csv", "backtest_summary.csv"} <= set(records.present()):
        return Part(f"<p>{html.escape(words.record_missing())}</p>", words.record_missing())
    summary = records.read("backtest_summary.csv")
    finding = words.record_finding(records.read("backtest.csv"), summary)
    rows = _table(words.record_lags_table(summary), caption=words.record_lags_caption(), name="record-table")
    lines = finding.text.splitlines()
    if "sbc.csv" in records.present():
        from gaplab.validation import calibration

        lines.insert(0, words.calibration_line(calibration.summary(records.read("sbc.csv"))))
    told = replace(finding, text="\n".join(lines))
    return Part(told._repr_html_() + rows.html, f"{told.text}\n{rows.text}")


def colophon(tables: Tables, posterior: Posterior) -> Part:
    """Method, sources with their licences, and the record of the run."""
    params, identity = posterior.params, posterior.identity
    method = words.method(posterior, tables)
    given = pd.DataFrame(
        [(name, "–" if value is None else value, help_for(name)) for name, value in params.as_strings().items()],
        columns=["parameter", "value", "meaning"],
    )
    made_of = pd.DataFrame(
        [
            ("data", identity["data_hash"]),
            ("newest score", words.day(identity["vintage"])),
            ("fit", identity["fit_hash"]),
            ("commit", identity["commit"]),
            ("software", ", ".join(f"{name} {version}" for name, version in sorted(identity["versions"].items()))),
        ],
        columns=["what", "identity"],
    )
    checks = tabulate.health_table(posterior)
    checks = checks if checks["advice"].any() else checks.drop(columns="advice")
    return Part(
        _parts().colophon(
            method=method,
            sources=words.sources(tables),
            notes=identity["notes"],
            checks=_titled(checks, caption="Checks of the computation", name="checks").html,
            parameters=_titled(given, caption="Parameters", name="parameters").html,
            identity=_titled(made_of, caption="Data, fit and software", name="identity").html,
        ),
        "\n".join(method),
    )


def credits(tables: Tables, posterior: Posterior) -> Part:
    """The last lines of a page that has no room for a colophon: whose data, and where the rest is."""
    text = words.credits(tables, posterior)
    return Part(f'<p class="note">{html.escape(text)}</p>', text)


# --- One model, and two dates ---------------------------------------------------------------------


def dossier_opening(tables: Tables, posterior: Posterior, rows: pd.DataFrame, model: str) -> Part:
    """Title, answer and numbers of one model; `rows` are those of its gap table."""
    params, facts = posterior.params, dossier.facts(tables, posterior, model)
    answer = words.dossier_answer(facts, rows, params)
    numbers = words.dossier_headlines(rows, facts, params)
    return _opening(posterior, words.dossier_title(model, params), answer, numbers)


def neighbours(beside: pd.DataFrame, model: str, params: Params) -> Part:
    """The leader's models around one of the follower's."""
    shown = words.beside_table(beside, model, params)
    return _table(shown, caption=words.beside_caption(model, params), name="beside-table")


def model_scores(scores: pd.DataFrame, model: str, params: Params) -> Part:
    """Every score of a model."""
    shown = words.model_scores_table(scores)
    return _table(shown, caption=words.scores_table_caption(model, params), name="scores-table")


def about(tables: Tables, posterior: Posterior, model: str) -> Part:
    """What others have published about a model; nothing where nobody has."""
    recent = words.claims_about(tables.claims, posterior.params)
    named = recent[[published.model_named(claim, posterior.models.index) == model for _, claim in recent.iterrows()]]
    if named.empty:
        return Part("", "")
    rows = _table(words.about_model(named), caption=words.about_model_caption(model), name="about-table")
    return Part(f"<h2>What others say about it</h2>{rows.html}", rows.text)


def without(tables: Tables, posterior: Posterior, model: str) -> Part:
    """What the gap of the country would be without the model."""
    params = posterior.params
    found = influences.by_model(tables, params, names=[model], refits=0)
    finding = words.without_finding(found, model, params)
    return Part(f"<h2>How much the gap rests on it</h2>{finding._repr_html_()}", finding.text)


def changes_opening(posterior: Posterior, moved: pd.DataFrame, fresh: pd.DataFrame) -> Part:
    """Title, answer and numbers of a comparison of two dates."""
    params = posterior.params
    answer = words.changes_answer(moved, fresh, params)
    return _opening(posterior, words.changes_title(params), answer, words.changes_headlines(moved, params))


def moved(table: pd.DataFrame, params: Params) -> Part:
    """Every number on both dates."""
    shown = words.changes_table(table, params)
    return _table(shown, caption=words.changes_table_caption(params), name="changes-table")


def news(tables: Tables, posterior: Posterior, fresh: pd.DataFrame) -> Part:
    """The models with new scores, and how far each moves the numbers."""
    params = posterior.params
    found = changes.by_model(tables, params, fresh)
    finding = words.news_finding(fresh, found, params)
    shown = words.news_table(fresh, found, params)
    if shown.empty:
        return Part(finding._repr_html_(), finding.text)
    rows = _table(shown, caption=words.news_caption(params), name="news-table")
    return Part(finding._repr_html_() + rows.html, f"{finding.text}\n{rows.text}")


def _opening(
    posterior: Posterior, question: str, answer: words.Finding, numbers: list[words.Headline], note: str = ""
) -> Part:
    health = words.health_line(posterior.health)
    return Part(
        str(
            _parts().opening(
                question=question,
                answer=answer.text,
                dateline=words.dateline(posterior),
                status=posterior.health.status,
                health=health,
                numbers=numbers,
                note=note,
            )
        ),
        "\n".join([health, question, answer.text, *map(str, numbers)]),
    )


def _titled(table: pd.DataFrame, *, caption: str, name: str) -> Part:
    return _table(table.rename(columns=str.capitalize), caption=caption, name=name)


def _table(table: pd.DataFrame, *, caption: str, name: str) -> Part:
    cells = [[_cell(value) for value in row] for row in table.itertuples(index=False)]
    numeric = [pd.api.types.is_numeric_dtype(dtype) for dtype in table.dtypes]
    # A plain str: the template's own type would escape what is joined to it.
    rendered = str(_parts().table(columns=list(table.columns), rows=cells, numeric=numeric, caption=caption, name=name))
    return Part(rendered, f"{caption}\n{table.to_string(index=False)}")


def _cell(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _parts() -> Any:
    return page.template("brief/parts.html.j2").module


# --- The run --------------------------------------------------------------------------------------


def run(params: Params, out: Path, *, progress: bool = False) -> Brief:
    """Write `out`/<run>/{brief.html, brief.ipynb, gap.csv, forecast.csv, summary.json, manifest.json}.

    The name of the run is made of its as-of date, scope, ruler and content;
    the same inputs give the same name and the same bytes. Either the whole
    folder appears or none of it; one that is there already, whole and
    unchanged, is not made again.

    Parameters
    ----------
    params : Params
    out : Path
        Folder of all briefs; made when missing.
    progress : bool
        Show what is going on in the terminal.

    Raises
    ------
    GaplabError
        The data or the parameters cannot be used.
    RuntimeError
        The notebook stopped; the message names the log that was left in `out`.
    """
    tables = runs.evidence(params)
    preflight.check(tables, params, page=True)
    posterior = fit(tables, params, progress=progress)
    restricted = fit(tables, with_restricted(params), progress=progress)
    if params.variant == "changes":
        earlier = changes.earlier(params)
        fit(runs.evidence(earlier), earlier, progress=progress)
    target = out / _run_name(posterior, restricted)
    if folder.manifest(target):
        return Brief(target, json.loads((target / "summary.json").read_text(encoding="utf-8"))["headlines"])
    with folder.draft(target) as draft:
        numbers = write(params, draft, tables=tables, log=out / f"{target.name}.log", progress=progress)
    return Brief(target, numbers)


def write(
    params: Params,
    out: Path,
    *,
    tables: Tables | None = None,
    identity: dict[str, Any] | None = None,
    log: Path | None = None,
    progress: bool = False,
) -> list[str]:
    """Fill an empty folder with the brief and all that belongs to it.

    Parameters
    ----------
    params : Params
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

    Returns
    -------
    list of str
        The headline numbers.
    """
    tables = tables or runs.evidence(params)
    posterior = fit(tables, params, progress=progress)
    restricted = fit(tables, with_restricted(params), progress=progress)
    expected = unseen.wanted(tables, posterior)
    numbers = [str(headline) for headline in words.headlines(tabulate.headlines(posterior, restricted), params)]
    path = NOTEBOOKS / "brief.ipynb"
    made = notebook.executed(path, params, log=log, progress=progress, data_hash=tables.hash)
    notebook.save(made, out / "brief.ipynb")
    (out / "brief.html").write_text(notebook.page(made, words.page_title(posterior), params.variant), encoding="utf-8")
    (out / "gap.csv").write_text(tabulate.to_csv_text(tabulate.gap_table(posterior, expected)), encoding="utf-8")
    (out / "forecast.csv").write_text(
        tabulate.to_csv_text(tabulate.hub_tables(scenarios.compare(posterior))), encoding="utf-8"
    )
    folder.write_json(out / "summary.json", tabulate.gap_json(posterior, tables, expected) | {"headlines": numbers})
    folder.write_json(out / folder.MANIFEST, _manifest(posterior, out) | (identity or {}))
    return numbers


def figures(params: Params, out: Path, *, progress: bool = False) -> Path:
    """Write every chart of the notebooks to `out` as PNG and SVG, with manifest.json saying from what.

    Parameters
    ----------
    params : Params
    out : Path
        Folder of the figures; made when missing, other files in it are kept.
    progress : bool

    Returns
    -------
    Path
        `out`.
    """
    tables = runs.evidence(params)
    posterior = fit(tables, params, progress=progress)
    fit(tables, with_restricted(params), progress=progress)
    out.parent.mkdir(parents=True, exist_ok=True)
    log = out.with_name(f"{out.name}.log")
    made_notebook = notebook.executed(NOTEBOOKS / "brief.ipynb", params, log=log, progress=progress)
    out.mkdir(exist_ok=True)
    made = {}
    for name, chart in notebook.charts(made_notebook).items():
        (out / f"{name}.png").write_bytes(base64.b64decode(chart["image/png"]))
        (out / f"{name}.svg").write_text(chart["image/svg+xml"], encoding="utf-8")
        made[name] = {"notebook": "notebooks/brief.ipynb", "alt": chart["text/plain"]}
    folder.write_json(out / folder.MANIFEST, _identity(posterior) | {"figures": made})
    return out


def _run_name(posterior: Posterior, restricted: Posterior) -> str:
    params = posterior.params
    content = [_identity(posterior), restricted.identity["fit_hash"], notebook.code_behind(NOTEBOOKS / "brief.ipynb")]
    digest = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
    kind = "" if params.variant == "full" else f"_{params.variant}"
    return f"{params.as_of}_{params.scope}_{params.ruler}{kind}_{digest[:8]}"


def _identity(posterior: Posterior) -> dict[str, Any]:
    """What a result was made from; the data folder is known by its content, not by its place."""
    parameters = {name: value for name, value in posterior.params.as_strings().items() if name != "data"}
    return {"parameters": parameters, **posterior.identity}


def _manifest(posterior: Posterior, out: Path) -> dict[str, Any]:
    health = {"status": posterior.health.status, "checks": [asdict(check) for check in posterior.health.checks]}
    return _identity(posterior) | {"health": health, "sha256": folder.checksums(out)}
