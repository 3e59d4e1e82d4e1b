"""Cells that run in this process show what they show in a kernel."""

from __future__ import annotations

import os

import nbformat
import pytest
from papermill.translators import PythonTranslator
from support.fakes import notebook

from gaplab.data.load import EXPECTED_HASH
from gaplab.params.spec import Params
from gaplab.runs.notebook import execute_notebook
from gaplab.runs.plain_cells import CellFailed, run_cells

CELLS = (
    "from gaplab.params.spec import Params\nparams = Params.from_notebook(globals())",
    "import pandas as pd\nframe = pd.DataFrame({name: [1.5, 2.5] for name in 'abcdefghijklmnopqrstuvwxyz'})\nframe",
    "from gaplab.report.page.part import Part\ndisplay(Part('<p>shown</p>', 'in words'), params.scope)",
    "print('printed')\nparams.scope",
    "x = 1",
    "None",
)


@pytest.mark.machine
def test_a_notebook_is_the_same_from_a_kernel_and_from_this_process(tmp_path, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")  # the terminal is not that of a kernel
    notebook(tmp_path, "shows", *CELLS)
    params = Params(scope="trusted")
    kernel, here = (execute_notebook(tmp_path / "shows.ipynb", params, here=here) for here in (False, True))
    assert here == kernel
    shown = [output for cell in here.cells for output in cell.get("outputs", ())]
    assert [each.output_type for each in shown] == ["execute_result", *["display_data"] * 2, "stream", "execute_result"]


def test_parameters_are_written_as_papermill_writes_them(tmp_path):
    notebook(tmp_path, "reads", "1 + 1")
    params = Params(inject_model='Qwen "通义" \\ é', nowcast=True, draws=300, prob=0.55)
    made = execute_notebook(tmp_path / "reads.ipynb", params, here=True)
    (injected,) = [cell for cell in made.cells if "injected-parameters" in cell.metadata.tags]
    assert injected.source == PythonTranslator.codify(params.as_strings())
    assert made.cells.index(injected) == 2, "after the cell that it changes"


def test_a_cell_that_raises_is_the_last(tmp_path):
    notebook(tmp_path, "raises", "1 + 1", "print('before')\nraise ValueError('on purpose')", "2 + 2")
    made, began = nbformat.read(tmp_path / "raises.ipynb", as_version=4), []
    with pytest.raises(CellFailed):
        run_cells(made, lambda cell, number: began.append(number))
    assert began == list(range(len(made.cells) - 1))
    ran, raised, waits = [cell for cell in made.cells if cell.cell_type == "code"][-3:]
    assert ran.outputs[0].data == {"text/plain": "2"}
    assert [each.output_type for each in raised.outputs] == ["stream", "error"]
    assert (raised.outputs[1].ename, raised.outputs[1].evalue) == ("ValueError", "on purpose")
    assert waits.outputs == []
    with pytest.raises(RuntimeError, match="ValueError: on purpose"):
        execute_notebook(tmp_path / "raises.ipynb", Params(), here=True)


def test_it_refuses_other_tables_than_those_of_its_run_and_forgets_them_afterwards(tmp_path, monkeypatch):
    notebook(tmp_path, "reads", f"import os\nos.environ[{EXPECTED_HASH!r}]")
    made = execute_notebook(tmp_path / "reads.ipynb", Params(), here=True, data_hash="of this run")
    assert "of this run" in str(made)
    assert EXPECTED_HASH not in os.environ
    monkeypatch.setenv(EXPECTED_HASH, "of a run around it")
    execute_notebook(tmp_path / "reads.ipynb", Params(), here=True, data_hash="of this run")
    assert os.environ[EXPECTED_HASH] == "of a run around it"
