"""The command `gaplab`: flags and YAML in, `Params` out, and the package's verbs called with them.

Everything heavy is imported inside the verb that needs it, so that `--help` is immediate.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable
from dataclasses import MISSING, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gaplab.errors import GaplabError
from gaplab.params import Params, choices, help_for, names

if TYPE_CHECKING:
    from pandas import DataFrame

    from gaplab.data import Tables
    from gaplab.posterior import Health, Posterior

DONE, FAILED, BAD_INPUT = 0, 1, 2


class _Verbs(click.Group):
    """A group of verbs that explains bad input instead of showing a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except GaplabError as error:
            for problem in error.problems:
                click.echo(f"Error: {problem}", err=True)
            ctx.exit(BAD_INPUT)


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
    metavar = "|".join(choices(name)) or {"data": "DIR", "as_of": "DATE"}.get(name, name.upper())
    return click.option(f"--{name.replace('_', '-')}", name, metavar=metavar, help=help_for(name) + shown)


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
@_flag("data")
def check(data: str | None) -> None:
    """Report every problem of the data tables, one line each."""
    from gaplab import data as tables

    root = _root(data)
    problems = tables.check(root)
    if problems:
        raise GaplabError(*problems)
    click.echo("The data tables are valid.")
    click.echo(tables.folder(root))


@main.command()
@_common
def fit(file: Path | None, quiet: bool, **flags: str | None) -> None:
    """Sample the posterior, or find it in the cache, and say whether it can be trusted."""
    params = _params(file, flags)
    tables, posterior = _posterior(params, quiet)
    click.echo(health_line(posterior.health))
    from gaplab.fit import cache_file

    click.echo(cache_file(tables, params))


@main.command()
@_common
@click.option("--format", "kind", type=click.Choice(["table", "csv", "json"]), help="how to print it  [default: table]")
@_out(None, "write to this file instead; .csv and .json choose the format")
def gap(file: Path | None, quiet: bool, kind: str | None, out: Path | None, **flags: str | None) -> None:
    """Every definition of the gap, with its intervals."""
    params = _params(file, flags)
    kind = kind or {".csv": "csv", ".json": "json"}.get(out.suffix.lower() if out else "", "table")
    if out:
        _check_writable(out, folder=False)
    tables, posterior = _posterior(params, quiet)
    text = _render(kind, tables, posterior, width=160 if out else None)
    if not out:
        click.echo(text, nl=False)
        return
    _write(out, text)
    click.echo(health_line(posterior.health))
    click.echo(out.resolve())


@main.command()
@_common
@_out("briefs", "folder that receives the brief's own folder")
def brief(file: Path | None, quiet: bool, out: Path, **flags: str | None) -> None:
    """One self-contained HTML page with the numbers, figures, sources and caveats."""
    params = _params(file, flags)
    _check_writable(out, folder=True)
    from gaplab import brief as maker

    result = maker.run(params, out=out, progress=not quiet)
    for line in result.headlines:
        click.echo(line)
    click.echo(result.html.resolve())


@main.command()
@_common
@_out("figures", "folder that receives the PNG and SVG files")
def figures(file: Path | None, quiet: bool, out: Path, **flags: str | None) -> None:
    """The figures of the README and the brief, as PNG and SVG."""
    params = _params(file, flags)
    _check_writable(out, folder=True)
    from gaplab import brief as maker

    maker.figures(params, out=out, progress=not quiet)
    click.echo(out.resolve())


def _params(file: Path | None, flags: dict[str, str | None]) -> Params:
    """The YAML file's values, overridden by the flags that were typed."""
    typed = {name: value for name, value in flags.items() if value is not None}
    return Params.from_mapping({**(_read_yaml(file) if file else {}), **typed})


def _read_yaml(file: Path) -> dict[str, Any]:
    import yaml

    try:
        given = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise GaplabError(f"{file}: not a YAML file ({' '.join(str(error).split())})") from None
    if not isinstance(given, dict):
        raise GaplabError(f'{file}: expected one "name: value" per line, such as "as_of: 2026-06-30"')
    return given


def _root(data: str | None) -> Path | None:
    return Path(data) if data else None


def _posterior(params: Params, quiet: bool) -> tuple[Tables, Posterior]:
    """Tables and posterior of a run, everything that can be wrong found before sampling."""
    from gaplab.data import load
    from gaplab.fit import fit

    tables = load(as_of=params.as_of, knowledge=params.knowledge, root=_root(params.data))
    posterior = fit(tables, params, progress=not quiet)
    if not quiet:
        for note in posterior.identity.get("notes", ()):
            click.echo(f"note: {note}", err=True)
    return tables, posterior


def _render(kind: str, tables: Tables, posterior: Posterior, width: int | None) -> str:
    from gaplab.tables import gap_json, gap_table

    if kind == "json":
        return json.dumps(gap_json(posterior, tables), ensure_ascii=False, allow_nan=False, indent=2) + "\n"
    table = gap_table(posterior)
    if kind == "csv":
        return table.to_csv(index=False)
    return _for_reading(table, posterior, width)


def health_line(health: Health) -> str:
    """One line: PASS, REVIEW or FAIL, and what to do when it is not PASS."""
    return f"{health.status}: {health.advice or 'the sampler shows no sign of trouble.'}"


def _for_reading(table: DataFrame, posterior: Posterior, width: int | None) -> str:
    """The table for a person: health first, rows grouped by definition, two significant figures and more."""
    from rich.console import Console
    from rich.table import Table

    params = posterior.params
    level = f"{100 * params.prob:g}"
    grid = Table(box=None, pad_edge=False, header_style="bold")
    for heading, justify in (
        ("definition", "left"),
        ("subject", "left"),
        ("median", "right"),
        (f"{level}% interval", "right"),
        ("unit", "left"),
        (f"P({params.follower} ahead)", "right"),
        ("", "left"),
    ):
        grid.add_column(heading, justify=justify)
    for definition, rows in table.groupby("definition", sort=False):
        for position, row in enumerate(rows.to_dict("records")):
            grid.add_row(
                definition if position == 0 else "",
                row["subject"],
                _number(row["median"]),
                f"{_number(row[f'lower_{level}'])} to {_number(row[f'upper_{level}'])}",
                row["unit"].replace("_", " "),
                _share(row["p_follower_ahead"]),
                _remark(row),
            )
        grid.add_section()
    console = Console(width=width, highlight=False)
    with console.capture() as capture:
        console.print(health_line(posterior.health))
        console.print(
            f"As of {params.as_of}: {params.follower} behind {params.leader}, scope {params.scope}, "
            f"clock {params.clock}, ruler {params.ruler}, knowledge {params.knowledge}\n"
        )
        console.print(grid)
    return capture.get()


def _number(value: float) -> str:
    return "–" if value != value else f"{value:.1f}" if abs(value) < 100 else f"{value:.0f}"


def _share(value: float) -> str:
    return "–" if value != value else f"{100 * value:.0f}%"


def _remark(row: dict[str, Any]) -> str:
    """What the interval alone does not tell: first match, undefined and censored draws."""
    remarks = []
    if isinstance(row["first_match"], str):
        remarks.append(f"first match {row['first_match']} ({_share(row['p_first_match'])})")
    if row["p_undefined"] > 0.005:
        remarks.append(f"undefined in {_share(row['p_undefined'])} of draws")
    if row["p_censored"] > 0.005:
        remarks.append(f'"at least" in {_share(row["p_censored"])} of draws')
    return "; ".join(remarks)


def _check_writable(path: Path, *, folder: bool) -> None:
    """Refuse an output that cannot be written before time is spent on computing it."""
    if path.exists() and path.is_dir() != folder:
        kind, expected = ("a file", "a folder") if folder else ("a folder", "a file")
        raise GaplabError(f"--out {path}: is {kind}; expected {expected} that can be written; give another path")
    home = path if folder else path.parent
    while not home.exists():
        home = home.parent
    try:
        with tempfile.TemporaryFile(dir=home):
            pass
    except OSError as error:
        raise GaplabError(
            f"--out {path}: {home} cannot be written ({error.strerror}); expected a folder that can; give another path"
        ) from None


def _write(path: Path, text: str) -> None:
    """Write the whole file or nothing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=path.parent, delete=False) as draft:
        draft.write(text)
    os.chmod(draft.name, 0o644)
    os.replace(draft.name, path)
