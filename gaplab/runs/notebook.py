"""A notebook that runs with parameters and becomes one HTML page."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from gaplab.data.load import EXPECTED_HASH
from gaplab.light_imports import import_nbformat
from gaplab.params.spec import Params
from gaplab.places import package_path
from gaplab.progress import EMPTY
from gaplab.questions.scenario_library import scenario_name
from gaplab.report.figure import PAGE_FORM
from gaplab.report.page.finish import finish_page, load_template
from gaplab.runs import run_folder
from gaplab.runs.parameter_cells import reads_of
from gaplab.runs.plain_cells import CellFailed, run_cells


def write_notebook_run(path: Path, params: Params, out: Path, *, identity: dict[str, Any]) -> None:
    """Fill an empty folder with the notebook as run, its page, and a manifest that says what they were made from.

    Parameters
    ----------
    path : Path
        The notebook.
    out : Path
        The folder.
    identity : dict
        What the manifest says beside the checksums.

    Raises
    ------
    RuntimeError
        The notebook stopped.
    """
    nbformat = import_nbformat()
    made = execute_notebook(path, params)
    nbformat.write(made, out / f"{path.stem}.ipynb")
    (out / f"{path.stem}.html").write_text(render_page(made, first_heading(made, path.stem)), encoding="utf-8")
    run_folder.write_json(
        out / run_folder.MANIFEST,
        identity | {"scenario": scenario_name(params), "sha256": run_folder.file_checksums(out)},
    )


def execute_notebook(
    path: Path,
    params: Params,
    *,
    log: Path | None = None,
    progress: bool = False,
    data_hash: str | None = None,
    here: bool = False,
) -> Any:
    """The notebook, run with these parameters and freed of what differs from run to run.

    Parameters
    ----------
    log : Path, optional
        Where the traceback of a cell that raises is left.
    progress : bool
        Show a bar over the cells in the terminal.
    data_hash : str, optional
        Of the tables that the notebook is to use; it stops when it finds others.
    here : bool
        Run it in this process, without a kernel; see `plain_cells.run_cells`.

    Raises
    ------
    RuntimeError
        A cell raised, or the kernel died.
    """
    given = {name: value for name, value in params.as_strings().items() if name in reads_of(path)}
    name = f"{path.parent.name}/{path.name}"
    if log:
        log.unlink(missing_ok=True)
    if here:
        with _expecting(data_hash):
            notebook, failed = _run_here(path, given, progress)
    else:
        notebook, failed = _run_in_kernel(path, given, name, data_hash, progress)
    if failed:
        if log:
            log.write_text("\n".join(failed.traceback), encoding="utf-8")
        left = f" (log: {log})" if log else ""
        raise RuntimeError(f"{name} stopped with {failed.ename}: {failed.evalue}{left}")
    if params.data:
        _name_the_data_only(notebook, Path(params.data))
    return _without_traces(notebook)


@contextmanager
def _expecting(data_hash: str | None) -> Iterator[None]:
    """Meanwhile this process refuses other tables than these."""
    if not data_hash:
        yield
        return
    before = os.environ.get(EXPECTED_HASH)
    os.environ[EXPECTED_HASH] = data_hash
    try:
        yield
    finally:
        del os.environ[EXPECTED_HASH]
        if before is not None:
            os.environ[EXPECTED_HASH] = before


def _run_here(path: Path, given: Mapping[str, Any], progress: bool) -> tuple[Any, Any]:
    """The notebook run with these parameters, as papermill would, and the output that says what was raised, if so."""
    nbformat = import_nbformat()
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        cell.metadata.setdefault("tags", [])
    source = "".join(["# Parameters\n", *(f"{name} = {_literal(value)}\n" for name, value in given.items())])
    injected = nbformat.v4.new_code_cell(source, metadata={"tags": ["injected-parameters"]})
    after = next((number for number, cell in enumerate(notebook.cells, 1) if "parameters" in cell.metadata.tags), 0)
    if given:
        notebook.cells.insert(after, injected)
    terminal = sys.stderr  # which a running cell has not: its output is caught

    def tell(cell: Any, number: int) -> None:
        if progress:
            end = "\n" if number == len(notebook.cells) - 1 else ""
            print(f"\r{path.stem}: cell {number + 1} of {len(notebook.cells)}", end=end, file=terminal, flush=True)

    with suppress(CellFailed):
        run_cells(notebook, tell)
    shown = [output for cell in notebook.cells for output in cell.get("outputs", ())]
    return notebook, next((output for output in shown if output.output_type == "error"), None)


def _literal(value: Any) -> str:
    """A value as papermill writes it into a notebook."""
    if not isinstance(value, str):
        return str(value)
    return '"' + value.encode("unicode_escape").decode().replace('"', r"\"") + '"'


def _run_in_kernel(
    path: Path, given: Mapping[str, Any], name: str, data_hash: str | None, progress: bool
) -> tuple[Any, Any]:
    """The notebook run by papermill in a kernel, or what was raised."""
    import_nbformat()  # before papermill does
    import papermill
    from nbclient.exceptions import DeadKernelError
    from papermill.exceptions import PapermillExecutionError

    variables = {"PYTHONPATH": package_path(), "PYTHONSTARTUP": ""} | ({EXPECTED_HASH: data_hash} if data_hash else {})

    def attempt() -> Any:
        # Start-up files and settings of the user stay out.
        with TemporaryDirectory(prefix="gaplab-ipython-") as profile:
            return papermill.execute_notebook(
                path,
                None,
                given,
                progress_bar=progress,
                kernel_manager_class=_kernels_of_this_python(variables | {"IPYTHONDIR": profile}),
                shutdown_kernel="immediate",  # a graceful end interrupts the idle kernel, which complains
            )

    try:
        try:
            return attempt(), None
        except RuntimeError as error:
            # A kernel that starts while the machine is busy now and then misses its first message.
            if "Kernel didn't respond" not in str(error):
                raise
            return attempt(), None
    except DeadKernelError as error:
        raise RuntimeError(f"{name}: its kernel died; it was killed or ran out of memory") from error
    except PapermillExecutionError as error:
        return None, error


def _kernels_of_this_python(variables: Mapping[str, str]) -> type:
    """Kernels run the interpreter that runs the brief, whatever kernels, start-up files and modules lie about."""
    from ipykernel.kernelspec import get_kernel_dict
    from jupyter_client import AsyncKernelManager
    from jupyter_client.kernelspec import KernelSpec
    from traitlets import default

    class ThisPython(AsyncKernelManager):
        @property
        def kernel_spec(self) -> KernelSpec:
            described = get_kernel_dict()
            # Not ipykernel_launcher, which takes the folder of this package out of the path when it is the current one.
            start = [sys.executable, "-P", "-m", "ipykernel", "-f", "{connection_file}"]
            return KernelSpec(**(described | {"argv": start}), env=dict(variables))

        @default("transport_encryption")
        def _encrypted_where_possible(self) -> str:
            return "auto"

    return ThisPython


def _name_the_data_only(notebook: Any, folder: Path) -> None:
    """Leave of the path of the data folder its name: a notebook goes to people who have no business with the rest."""
    named = f"data = {json.dumps(folder.resolve().name, ensure_ascii=False)}"
    for cell in notebook.cells:
        if "injected-parameters" in cell.metadata.get("tags", ()):
            cell.source = re.sub(r"^data = .*$", lambda _: named, cell.source, flags=re.MULTILINE)


def _without_traces(notebook: Any) -> Any:
    """The notebook without times, durations, random cell ids and what bars left; see `progress.shown_bars`."""
    notebook.metadata.pop("papermill", None)
    for number, cell in enumerate(notebook.cells):
        cell.id = f"cell-{number:02d}"
        cell.metadata.pop("papermill", None)
        cell.metadata.pop("execution", None)
        if cell.cell_type == "code":
            cell.outputs = [each for each in cell.outputs if each.get("data") != EMPTY]
    return notebook


def first_heading(notebook: Any, otherwise: str) -> str:
    """The notebook's first heading, without markup."""
    for cell in notebook.cells:
        if cell.cell_type == "markdown" and (match := re.match(r"#\s+(.+)", cell.source)):
            return match[1].strip()
    return otherwise


def render_page(notebook: Any, title: str, variant: str = "full", side: str = "country") -> str:
    """What the notebook shows, as one HTML file without code; `side` is what the notes on terms call the two sides."""
    parts: dict[str, list[str]] = {"header": [], "body": [], "footer": []}
    for cell in notebook.cells:
        tags = cell.metadata.get("tags", ())
        if "notebook-only" not in tags:
            place = next((name for name in parts if name in tags), "body")
            parts[place] += _shown(cell)
    joined = {name: "\n".join(shown) for name, shown in parts.items()}
    return finish_page(load_template("brief/index.html.j2").render(title=title, variant=variant, **joined), side)


def _shown(cell: Any) -> Iterator[str]:
    """What a cell shows, as HTML: text, or the outputs of code in their form for a page."""
    if cell.cell_type == "markdown":
        yield _from_markdown(cell.source)
    for output in cell.get("outputs", ()):
        forms = output.get("data", {})
        if forms.get("text/html"):
            yield forms.get(PAGE_FORM) or forms["text/html"]


def _from_markdown(text: str) -> str:
    from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath  # half a second

    return MarkdownWithMath(renderer=IPythonRenderer(escape=False, exclude_anchor_links=True)).render(text)
