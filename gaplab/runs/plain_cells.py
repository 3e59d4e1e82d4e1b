"""Cells of plain Python, run in this process: no kernel has to start and to read again what is at hand."""

from __future__ import annotations

import ast
import io
import platform
import traceback
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from typing import Any

import pandas as pd

from gaplab.light_imports import import_nbformat


class CellFailed(Exception):
    """A cell raised; its output says what."""


def run_cells(notebook: Any, started: Callable[[Any, int], None]) -> None:
    """Run a notebook's code as its kernel would; what cells show becomes their output.

    Parameters
    ----------
    notebook : NotebookNode
        Changed in place. Commands to a kernel, such as `%time`, are errors of syntax here.
    started : callable
        Told of each cell and its number.

    Raises
    ------
    CellFailed
        A cell raised.
    """
    language = {"name": "ipython", "version": 3}
    notebook.metadata.language_info = {
        "codemirror_mode": language, "file_extension": ".py", "mimetype": "text/x-python", "name": "python",
        "nbconvert_exporter": "python", "pygments_lexer": "ipython3", "version": platform.python_version(),
    }  # fmt: skip
    space: dict[str, Any] = {"__name__": "__main__", "In": [""]}
    for number, cell in enumerate(notebook.cells):
        started(cell, number)
        if cell.cell_type == "code":
            _Running(cell).run(space)


class _Running:
    """A cell that runs, and its output."""

    def __init__(self, cell: Any):
        self._cell = cell
        self._streams = {"stdout": io.StringIO(), "stderr": io.StringIO()}

    def run(self, space: dict[str, Any]) -> None:
        count = self._cell.execution_count = len(space["In"])
        space["In"].append(self._cell.source)
        space["display"] = self._display
        with redirect_stdout(self._streams["stdout"]), redirect_stderr(self._streams["stderr"]):
            try:
                last = _value_of_last_line(self._cell.source, space)
            except Exception as error:
                told = traceback.format_exception(error)
                self._add("error", ename=type(error).__name__, evalue=str(error), traceback=told)
                raise CellFailed from error
        if last is not None:
            self._add("execute_result", data=_forms(last), execution_count=count)
        self._add_printed()

    def _display(self, *shown: Any) -> None:
        for each in shown:
            self._add("display_data", data=_forms(each))

    def _add(self, kind: str, **what: Any) -> None:
        self._add_printed()
        self._cell.outputs.append(import_nbformat().v4.new_output(kind, **what))

    def _add_printed(self) -> None:
        for name, stream in self._streams.items():
            text = stream.getvalue()
            stream.seek(0)
            stream.truncate()
            if text:
                self._add("stream", name=name, text=text)


def _value_of_last_line(source: str, space: dict[str, Any]) -> Any:
    """What the last line of a cell is, when it is an expression; None else, and where that is what it is."""
    code = ast.parse(source)
    last = code.body.pop() if code.body and isinstance(code.body[-1], ast.Expr) else None
    exec(compile(code, "<cell>", "exec"), space)
    return eval(compile(ast.Expression(last.value), "<cell>", "eval"), space) if last else None


def _forms(shown: Any) -> dict[str, Any]:
    """Every form of what a cell shows, by its media type; a table is as wide as in a kernel, whatever the terminal."""
    with pd.option_context("display.width", 80, "display.max_columns", 20):
        forms = {"text/plain": repr(shown)}
        if hasattr(shown, "_repr_html_"):
            forms["text/html"] = shown._repr_html_()
    if hasattr(shown, "_repr_mimebundle_"):
        forms |= shown._repr_mimebundle_()
    return forms
