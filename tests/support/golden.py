"""What the package says of a simulated world, as text: tables, pages, charts by their hashes, and help."""

from __future__ import annotations

import ast
import hashlib
import html
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any
from unittest import mock

import click
import nbformat
import pandas as pd
from click.testing import CliRunner

from gaplab.cli.root import main
from gaplab.params.spec import Params
from gaplab.places import NOTEBOOKS
from gaplab.report import panel
from gaplab.report.charts.drawing.chart import Chart
from gaplab.report.figure import PAGE_FORM
from gaplab.report.page.part import Part
from gaplab.report.sections import changes
from gaplab.report.text.finding import Finding
from gaplab.runs import notebook
from support.briefs import QUICK, VARIANTS, keep_simulated
from support.charts import drawn
from support.worlds import synthetic_posterior

ROWS = 30
"""Of a table; the others become a hash."""
RUN = replace(QUICK, as_of=date(2026, 6, 30))  # whatever the default day is
BRIEFS = {name: replace(params, as_of=RUN.as_of) for name, params in VARIANTS.items()} | {
    "trusted": replace(RUN, variant="one_page", scope="trusted", prob=0.9, follower_rate=0.7),
}
LEVERS = ("--follower-rate", "0.7", "--leader-pause-from", "2026-09-01", "--leader-pause-to", "2027-03-01")
NEW = ("--model", "Next", "--country", "China", "--date", "2026-09-01", "--no-refit")
COMMANDS: dict[str, tuple[str, ...]] = {
    "gap.txt": ("gap",),
    "gap.csv": ("gap", "--format", "csv", "--nowcast"),
    "gap.json": ("gap", "--format", "json", "--subject", "DeepSeek-R1"),
    "forecast.txt": ("forecast", *LEVERS),
    "forecast.csv": ("forecast", "--format", "csv"),
    "forecast.json": ("forecast", "--format", "json", *LEVERS),
    "scenarios.json": ("scenarios", str(NOTEBOOKS / "params" / "us_pause.yaml"), "--format", "json", *LEVERS),
    "claims.txt": ("claims",),
    "claims.json": ("claims", "--claim", "caisi_v4_2026", "--format", "json"),
    "bridge.json": ("bridge", "--from", "frontier_lag:China", "--to", "nyt_2026_05_12", "--format", "json"),
    "whatif.txt": ("whatif", *NEW, "--ability", "120+-9"),
    "whatif.json": ("whatif", *NEW, "--ability", "128+-6", "--format", "json"),
}
"""What a verb prints, by file: as a table, as CSV or as JSON."""


def made() -> dict[str, str]:
    """Every golden file by name; nothing is sampled."""
    keep_simulated(RUN)
    with mock.patch.object(changes, "REFITS", 0):
        return _made()


def _made() -> dict[str, str]:
    charts: dict[str, Chart] = {}
    files: dict[str, str] = {}
    for name, params in BRIEFS.items():
        path = NOTEBOOKS / "brief.ipynb"
        cells = dict(_shown(path, params))
        shown = [each for cell in cells.values() for each in cell]
        files[f"brief_{name}.txt"] = _told(shown)
        if name == params.variant:  # one page of each variant, which has the hashes of its charts
            files[f"brief_{name}.html"] = _page(path, cells, params)
        else:
            charts |= _named(f"brief_{name}", shown)
    for path in sorted(NOTEBOOKS.glob("*.ipynb")):
        if path.stem not in ("brief", "model_lab"):  # which samples
            shown = [each for _, cell in _shown(path, RUN) for each in cell]
            files[f"notebook_{path.stem}.txt"] = _told(shown)
            charts |= _named(path.stem, shown)
    charts |= _named("simulated", drawn(synthetic_posterior(draws=30, params=RUN)).values())
    for name, arguments in COMMANDS.items():
        files[f"command_{name}"] = printed(*arguments)
    files["help.txt"] = "\n".join(_helps(main, "gaplab", set()))
    files["charts.sha256"] = "".join(f"{line}\n" for line in sorted(_hashes(charts)))
    # The name of a fit follows the commit; what the page says does not.
    return {name: re.sub(r"\bfit [0-9a-f]{8}\b", "fit …", text) for name, text in files.items()}


def printed(*arguments: str) -> str:
    """What the command prints, with its notes."""
    run = ("--as-of", str(RUN.as_of), "--chains", str(RUN.chains), "--draws", str(RUN.draws), "--quiet")
    result = CliRunner(env={"COLUMNS": "160"}).invoke(main, [*arguments, *run])
    assert result.exit_code == 0, f"{' '.join(arguments)}: {result.output}"
    return re.sub(r'(?<="hash": ")[0-9a-f]+', "…", result.output)


def said(params: Params) -> str:
    """All that the page of a run shows, as text; the run's posteriors are kept already."""
    cells = _shown(NOTEBOOKS / "brief.ipynb", params)
    parts = [each for _, cell in cells for each in cell]
    page = "\n".join(_text(each) if isinstance(each, Chart) else _html(each) for each in parts)
    return html.unescape(re.sub(r"<[^>]*>", "\n", page))


# --- Notebooks, without a kernel ------------------------------------------------------------------


def _page(path: Path, cells: dict[int, list[Any]], params: Params) -> str:
    """The page of a notebook whose cells show this."""
    page = nbformat.read(path, as_version=4)
    for number, shown in cells.items():
        page.cells[number].outputs = [
            nbformat.v4.new_output("display_data", {"text/html": each}) for each in map(_html, shown)
        ]
    return _plain(notebook.render_page(page, "Brief", params.variant))


def _shown(path: Path, params: Params) -> Iterator[tuple[int, list[Any]]]:
    """The number of every code cell that shows something, and what it shows."""
    shown: list[Any] = []
    space: dict[str, Any] = {"display": lambda *many: shown.extend(many)}
    for number, cell in enumerate(nbformat.read(path, as_version=4).cells):
        if cell.cell_type != "code" or "effect_of(" in cell.source:  # where weights fail, it would sample
            continue
        code = ast.parse(cell.source)
        last = code.body.pop() if isinstance(code.body[-1], ast.Expr) else None
        exec(compile(code, path.name, "exec"), space)
        if "parameters" in cell.metadata.get("tags", []):
            space.update(params.as_strings())
        if last and (value := eval(compile(ast.Expression(last.value), path.name, "eval"), space)) is not None:
            shown.append(value)
        if shown:
            yield number, shown.copy()
            shown.clear()


def _told(shown: list[Any]) -> str:
    """Everything that is shown, as text."""
    return "\n".join(f"{text.rstrip()}\n" for text in map(_text, shown))


def _text(shown: Any) -> str:
    match shown:
        case Chart():
            return f"[{shown.name}] {shown.alt}\n{shown.caption}"
        case Part():
            return shown.text
        case Finding():
            return f"{shown.text}\n{_hash(shown.table.to_csv())}"
        case pd.DataFrame() | pd.Series():
            first, rest = shown.iloc[:ROWS], shown.iloc[ROWS:]
            return first.to_csv(float_format="%.6g") + (_hash(rest.to_csv(float_format="%.6g")) if len(rest) else "")
        case panel.Panel():
            return f"{shown.summary}\n{shown.yaml.value}{shown.table.value}"
    return str(shown)


def _html(shown: Any) -> str:
    return shown._repr_mimebundle_()[PAGE_FORM] if isinstance(shown, Chart) else shown._repr_html_()


def _plain(page: str) -> str:
    """A page without what made it and without its style, a file of its own; its pictures are hashes."""
    page = re.sub(r"(>(?:data|fit|commit|software)</th><td[^>]*>)[^<]*", r"\1…", page)
    page = re.sub(r"(?<=base64,)[A-Za-z0-9+/=]+", lambda found: _hash(found[0]), page)
    page = re.sub(r'(?<= data-draws=")[^"]*', lambda found: _hash(found[0]), page)
    page = re.sub(r"(<svg[^>]*>)(.*?)(?=</svg>)", lambda found: found[1] + _hash(found[2]), page, flags=re.DOTALL)
    page = re.sub(r"'sha256-[^']*'", "…", page)
    return re.sub(r"<(style|script)>.*?</\1>", r"<\1></\1>", page, flags=re.DOTALL)


# --- Charts and help ------------------------------------------------------------------------------


def _named(of: str, shown: Any) -> dict[str, Chart]:
    charts = [each for each in shown if isinstance(each, Chart)]
    return {f"{of}/{number:02d}_{chart.name}": chart for number, chart in enumerate(charts)}


def _hashes(charts: dict[str, Chart]) -> Iterator[str]:
    for name, chart in charts.items():
        yield f"{name}.svg {_hash(chart.svg())}"
        yield f"{name}.phone.svg {_hash(chart.svg(phone=True))}"
        yield f"{name}.csv {_hash(chart.csv())}"


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _helps(command: click.Command, path: str, seen: set[str]) -> Iterator[str]:
    """What `--help` and `--help-all` print, verb by verb: a hash, and every line that no verb before has printed."""
    known = {name for option in command.params for name in option.opts}
    for flag in ("--help", *({"--help-all"} & known)):
        terminal = CliRunner(env={"COLUMNS": "100"})
        said = terminal.invoke(main, [*path.split()[1:], flag], prog_name="gaplab").output
        new = [line for line in said.splitlines() if line not in seen]
        seen.update(new)
        yield "\n".join([f"$ {path} {flag}", _hash(said), *new, ""])
    for name in sorted(getattr(command, "commands", {})):
        yield from _helps(command.commands[name], f"{path} {name}", seen)
