"""Cells of plain Python, run in this process: no kernel has to start and to read again what is at hand."""

from __future__ import annotations

import ast
import io
import platform
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from typing import Any

import pandas as pd

from gaplab.light_imports import import_nbformat

type Told = Callable[[Any, int], None]


def run_cells(notebook: Any, started: Told, ended: Told) -> None:
    """Run a notebook's code as its kernel would, up to the first cell that raises; what cells show is their output.

    Parameters
    ----------
    notebook : NotebookNode
        Changed in place. Commands to a kernel, such as `%time`, are errors of syntax here.
    started, ended : callable
        Told of each cell and its number.
    """
    language = {"name": "ipython", "version": 3}
    notebook.metadata.language_info = {
        "codemirror_mode": language, "file_extension": ".py", "mimetype": "text/x-python", "name": "python",
        "nbconvert_exporter": "python", "pygments_lexer": "ipython3", "version": platform.python_version(),
    }  # fmt: skip
    space: dict[str, Any] = {"__name__": "__main__", "In": [""]}
    for number, cell in enumerate(notebook.cells):
        started(cell, number)
        if cell.cell_type == "code" and not _run(cell, space):
            return
        ended(cell, number)


def _run(cell: Any, space: dict[str, Any]) -> bool:
    """Whether a cell ran to its end."""
    output, cell.execution_count = import_nbformat().v4.new_output, len(space["In"])
    space["In"].append(cell.source)
    space["display"] = lambda *shown: cell.outputs.extend(output("display_data", data=_forms(each)) for each in shown)
    with _printed_to(cell, output):
        try:
            last = _value_of_last_line(cell.source, space)
            if last is not None:
                count = {"execution_count": cell.execution_count}
                cell.outputs.append(output("execute_result", data=_forms(last), **count))
        except Exception as error:
            told = traceback.format_exception(error)
            cell.outputs.append(output("error", ename=type(error).__name__, evalue=str(error), traceback=told))
            return False
    return True


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


@contextmanager
def _printed_to(cell: Any, output: Callable[..., Any]) -> Iterator[None]:
    """What is printed meanwhile becomes output of the cell."""
    streams = {"stdout": io.StringIO(), "stderr": io.StringIO()}
    try:
        with redirect_stdout(streams["stdout"]), redirect_stderr(streams["stderr"]):
            yield
    finally:
        printed = {name: stream.getvalue() for name, stream in streams.items() if stream.getvalue()}
        cell.outputs += [output("stream", name=name, text=text) for name, text in printed.items()]
