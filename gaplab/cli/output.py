"""What a verb prints or writes: tables, CSV, JSON and pictures."""

from __future__ import annotations

import json
import math
import os
import stat
import tempfile
from collections.abc import Callable, Sequence
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gaplab.errors import GaplabError
from gaplab.write import check_kind, descriptor, mode_of, replace_file

if TYPE_CHECKING:
    from pandas import DataFrame

    from gaplab.posterior import Posterior

_WIDTH_OF_A_FILE, _NARROWEST = 160, 40
_IN_FILES = {"png": "a picture", "svg": "a picture", "xlsx": "a workbook"}


def output(*kinds: str) -> Callable:
    """Give a verb `--format` and `--out`; it gets `kind` and `width`, and returns what to print or write.

    A verb may return a line beside its text, which is printed when the text goes to a file.
    """

    def decorated(verb: Callable) -> Callable:
        @wraps(verb)
        def called(*args: Any, kind: str | None, out: Path | None, **given: Any) -> None:
            suffix = out.suffix.lower().removeprefix(".") if out else ""
            kind = kind or (suffix if suffix in kinds else kinds[0])
            if kind in _IN_FILES and not out:
                raise GaplabError(f"--format {kind}: {_IN_FILES[kind]} goes to a file; expected --out FILE as well")
            if out:
                check_writable(out, folder=False)
            shown = verb(*args, kind=kind, width=_WIDTH_OF_A_FILE if out else None, **given)
            text, line = shown if isinstance(shown, tuple) else (shown, None)
            if not out:
                click.echo(text, nl=False)
                return
            replace_file(out, text)
            if descriptor(out) is None:  # a reader of standard output wants nothing but the text
                if line:
                    click.echo(line)
                click.echo(out.resolve())

        others = ", ".join(f".{kind}" for kind in kinds[1:])
        called = out_option(None, f"write to this file instead; {others} choose the format")(called)
        how = f"how to print it  [default: {kinds[0]}]"
        return click.option("--format", "kind", type=click.Choice(kinds), help=how)(called)

    return decorated


def out_option(default: str | None, help: str) -> Callable:
    return click.option("--out", type=click.Path(path_type=Path), default=default, help=help, show_default=True)


def as_json_text(content: Any) -> str:
    return json.dumps(content, ensure_ascii=False, allow_nan=False, indent=2) + "\n"


def grid_of(table: DataFrame, width: int | None, *, whole: Sequence[str] = (), bold: Sequence[int] = ()) -> str:
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
    return printed_parts(grid, width=width)


def printed_parts(*parts: Any, width: int | None) -> str:
    """Lines and grids as a terminal of this width shows them."""
    from rich.console import Console

    console = Console(width=width, highlight=False, markup=False)
    if console.width < _NARROWEST:  # COLUMNS=0, or a window of a few letters
        console.width = _NARROWEST
    with console.capture() as capture:
        for part in parts:
            console.print(part)
    return capture.get()


def health_on_one_line(posterior: Posterior) -> str:
    from gaplab.report.text.titles import health_line

    return f"{posterior.health.status}: {health_line(posterior.health)}"


def number_cell(value: float, places: int) -> str:
    return f"{value:.{places}f}" if math.isfinite(value) else "–"


def interval_cell(low: float, high: float, places: int) -> str:
    known = math.isfinite(low) or math.isfinite(high)
    return f"{number_cell(low, places)} to {number_cell(high, places)}" if known else "–"


def share_cell(value: float) -> str:
    return f"{100 * value:.0f}%" if math.isfinite(value) else "–"


def remarks(row: dict[str, Any], follower: str) -> str:
    """What median and interval do not tell: the first match, and draws that are ahead, undefined or censored."""
    remarks = []
    if isinstance(row["first_match"], str):
        remarks.append(
            row["first_match"] + (f" ({share_cell(row['p_first_match'])})" if row["p_first_match"] > 0 else "")
        )
    if row["p_follower_ahead"] >= 0.01:
        remarks.append(f"{follower} ahead in {share_cell(row['p_follower_ahead'])} of draws")
    if row["p_undefined"] >= 0.01:
        remarks.append(f"undefined in {share_cell(row['p_undefined'])} of draws")
    if row["p_censored"] >= 0.01:
        remarks.append(f"at least, in {share_cell(row['p_censored'])} of draws")
    return "; ".join(remarks)


def check_writable(path: Path, *, folder: bool) -> None:
    """Refuse an output that cannot be written before time is spent on computing it."""
    try:
        mode = mode_of(path)
    except OSError as error:
        raise GaplabError(f"--out {path}: leads nowhere ({error.strerror}); give another path") from None
    if mode is not None and stat.S_ISDIR(mode) != folder:
        kind, expected = ("a file", "a folder") if folder else ("a folder", "a file")
        raise GaplabError(f"--out {path}: is {kind}; expected {expected} that can be written; give another path")
    if not folder:
        check_kind(path)
        if descriptor(path) is not None or (path.exists() and not path.is_file()):  # a terminal, a pipe or /dev/null
            return
    if path.is_file() and not os.access(path, os.W_OK):  # it could be replaced all the same, against its owner's will
        raise GaplabError(f"--out {path}: is read-only; expected a file that can be written: give another path")
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
