"""Notebooks are prose and calls; their parameters cell is `Params`, and they refuse what `Params` refuses."""

from __future__ import annotations

import ast
import dataclasses
import os
import re
import subprocess
import sys
from datetime import date

import nbformat
import pytest
from nbclient import NotebookClient
from support.briefs import QUICK, keep_for, keep_simulated
from support.fakes import notebook
from support.tables import write_tiny
from support.worlds import synthetic_posterior

from gaplab.data.load import load
from gaplab.errors import GaplabError
from gaplab.params.spec import Params, parameter_names
from gaplab.places import NOTEBOOKS as FOLDER
from gaplab.runs.notebook import execute_notebook
from gaplab.runs.parameter_cells import idle_problems, parameters_cells, reads_of
from gaplab.runs.sources import needs_of
from gaplab.validation import track_record

NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
CODE_CELLS, LINES = 13, 8
each_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def cells(path, kind="code"):
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    return [cell for cell in notebook.cells if cell.cell_type == kind]


def test_there_are_notebooks():
    assert {"brief", "gap_today"} <= {path.stem for path in NOTEBOOKS}


@each_notebook
def test_it_opens_with_its_question(path):
    first = nbformat.read(path, as_version=4).cells[0]
    assert first.cell_type == "markdown"
    assert first.source.startswith("# ")
    assert first.source.splitlines()[0].endswith("?")


@each_notebook
def test_it_is_committed_without_outputs(path):
    for cell in cells(path):
        assert cell.outputs == []
        assert cell.execution_count is None


@each_notebook
def test_it_is_thin(path):
    code = cells(path)[2:]
    assert len(code) <= CODE_CELLS
    for cell in code:
        lines = [line for line in cell.source.splitlines() if line.strip()]
        assert len(lines) <= LINES, cell.source
        assert all(len(line) <= 120 for line in lines)
        logic = (ast.FunctionDef, ast.ClassDef, ast.Lambda, ast.For, ast.While, ast.If, ast.Try, ast.With)
        assert not [node for node in ast.walk(ast.parse(cell.source)) if isinstance(node, logic)], cell.source


WAITS = {"fit", "fit_all", "RunResults", "frontier_data", "sample", "power_scaling", "scopes_part"}
"""Calls that sample, unless the cache has what they make."""


@each_notebook
def test_it_says_before_a_cell_that_samples_how_long_it_takes(path):
    told, waits = "", 0
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "markdown":
            told = cell.source
        elif WAITS & {name.rpartition(".")[2] for name in re.findall(r"([\w.]+)\(", cell.source)}:
            assert re.search(r"second|minute", told), cell.source
            waits += 1
    assert waits > 0 or path.stem == "backtest"


@each_notebook
def test_it_has_an_exercise(path):
    exercises = [cell.source for cell in cells(path, "markdown") if "Exercise" in cell.source]
    assert len(exercises) == (path.stem != "brief"), "the brief is a page, made to be read"


@each_notebook
def test_its_first_cells_are_params(path):
    chosen, listed = cells(path)[:2]
    made = "gaplab.runs.parameter_cells.write_parameters_cells() brings them up to date"
    assert (chosen.source, listed.source) == parameters_cells(path), made
    assert listed.metadata == {"jupyter": {"source_hidden": True}, "tags": ["parameters"]}
    given = {}
    exec(chosen.source, given)
    assert 0 < len(given) - 1 <= 6, "the few that matter"
    exec(listed.source, given)
    assert {name for name in given if name != "__builtins__"} == set(reads_of(path))
    assert Params.from_notebook(given) == Params()


@each_notebook
def test_its_third_code_cell_checks_them(path):
    assert "Params.from_notebook(globals())" in cells(path)[2].source


def test_a_setting_that_changes_nothing_is_refused_before_anything_runs():
    gap_today, forecast = (FOLDER / f"{name}.ipynb" for name in ("gap_today", "forecast"))
    pause = dataclasses.replace(QUICK, leader_pause_to=date(2027, 6, 30), domain="cyber")
    assert [problem.split(":")[0] for problem in idle_problems(gap_today, pause)] == ["parameter leader_pause_to"]
    assert idle_problems(forecast, pause) == []
    assert len(idle_problems(FOLDER / "backtest.ipynb", pause)) >= 2


@pytest.fixture
def shell():
    """A notebook's namespace, with its cells as they ran."""
    from IPython.core.interactiveshell import InteractiveShell

    found = InteractiveShell()
    yield found
    found.history_manager.end_session()
    InteractiveShell.clear_instance()


def run_cell(shell, source: str) -> None:
    shell.run_cell(source, store_history=True).raise_error()


def with_values(path, **values) -> list[str]:
    """The cells of a notebook with other values in the parameters cells."""
    first, second, *rest = [cell.source for cell in cells(path)]
    for name, value in values.items():
        pattern = re.compile(rf"^{name} = .*$", flags=re.MULTILINE)
        found = pattern.search(first)
        first = pattern.sub(f"{name} = {value!r}", first)
        second = second if found else pattern.sub(f"{name} = {value!r}", second)
    return [first, second, *rest]


@each_notebook
def test_a_changed_value_is_read_when_the_cells_run_again(path, shell):
    first, second, check, *rest = with_values(path)
    names = {node.id for cell in rest for node in ast.walk(ast.parse(cell)) if isinstance(node, ast.Name)}
    for source in (first, second, check, "story = 1; draws_by_model = [2]; text = 'three'"):
        run_cell(shell, source)
    # What the later cells leave behind.
    shell.user_ns |= dict.fromkeys(names - {"params", "Params"} - set(parameter_names()), "left behind")
    changed = {"as_of": "2026-05-12", "scope": "trusted"}
    changed = {name: value for name, value in changed.items() if name in reads_of(path)}
    for source in with_values(path, **changed)[:3]:
        run_cell(shell, source)
    assert shell.user_ns["params"] == Params(**changed)


CHANGED = {"as_of": "2026-05-12", "scope": "trusted", "follower_rate": 0.5}
# The brief fits every domain of the other day, and the model lab samples with PyMC.
AGAIN = [
    pytest.param(path, id=path.stem, marks=pytest.mark.slow if path.stem in ("brief", "model_lab") else ())
    for path in NOTEBOOKS
]


@pytest.mark.machine
@pytest.mark.parametrize("path", AGAIN)
def test_all_cells_run_twice_in_one_kernel_and_what_is_shown_follows(path):
    """With another date, scope and scenario between; `tests/machine/test_lab.py` does it in JupyterLab."""
    few = {name: value for name, value in (CHANGED | {"draws": QUICK.draws}).items() if name in reads_of(path)}
    keep_simulated(QUICK)
    for scope, months in {"public": 6.0, "trusted": 7.0, "internal": 7.5}.items():
        run = dataclasses.replace(QUICK, as_of=date(2026, 5, 12), scope=scope)
        keep_for(run, synthetic_posterior(params=run, lag_months=months))
    notebook, shown = nbformat.read(path, as_version=4), []
    client = NotebookClient(notebook, kernel_name="python3", timeout=300)
    with client.setup_kernel():
        for values in ({name: few[name] for name in few if name == "draws"}, few):
            sources = iter(with_values(path, **values))
            for number, cell in enumerate(notebook.cells):
                if cell.cell_type == "code":
                    cell.source = next(sources)
                    client.execute_cell(cell, number)
            shown.append([cell.outputs for cell in notebook.cells if cell.cell_type == "code"])
    outputs = [output for run in shown for cell in run for output in cell]
    assert {output.output_type for output in outputs} <= {"display_data", "execute_result"}, "no error, no warning"
    # A part that has nothing to say of a day shows nothing: cells are compared, not outputs one by one.
    first, second = ([[dict(output.data) for output in cell] for cell in run] for run in shown)
    charts = [
        before != after
        for before, after in zip(first, second, strict=True)
        if any("image/svg+xml" in data for data in before + after)
    ]
    of_the_record = ("backtest", "sensitivity")  # charts of the committed record follow no setting, tables do
    assert any(charts) or (path.stem in of_the_record and first != second)


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("scop = 'public'", 'unknown parameter "scop"; did you mean "scope"?'),
        (
            "scope = 'publik'",
            'parameter scope: "publik" is not one of public, trusted, internal; did you mean "public"?',
        ),
        ("leader_rate = 0.5", "parameter leader_rate: changes nothing in this notebook; take it out"),
        ("# Parameters\nleader_rate = 0.5", "parameter leader_rate: changes nothing in this notebook; take it out"),
        (
            "ruler = 'epoch_eci'",
            "parameter ruler: is set in two cells; set it in the lower one, which lists all settings",
        ),
        ("# Parameters\nas_off = '2026-05-12'", 'unknown parameter "as_off"; did you mean "as_of"?'),
    ],
)
def test_a_wrong_parameter_is_one_line_and_a_mended_one_is_forgotten(typed, expected, shell, capsys):
    check = "from gaplab.params.spec import Params\nparams = Params.from_notebook(globals())"
    injected = typed.startswith("#")
    chosen, listed = parameters_cells(FOLDER / "gap_today.ipynb")
    for source in (chosen if injected else f"{chosen}\n{typed}", listed):
        run_cell(shell, source)
    if injected:
        run_cell(shell, typed)
    assert isinstance(shell.run_cell(check, store_history=True).error_in_exec, GaplabError)
    assert capsys.readouterr().out.strip() == f"GaplabError: {expected}"
    for source in (chosen, listed, check):
        run_cell(shell, source)
    assert shell.user_ns["params"] == Params()


@each_notebook
def test_it_runs_on_the_usual_kernel(path):
    metadata = nbformat.read(path, as_version=4).metadata
    assert metadata.kernelspec.name == "python3"


@each_notebook
def test_it_says_which_posteriors_it_needs(path):
    """A batch fits them first, each once for all notebooks."""
    calls = {
        node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id
        for cell in cells(path)
        for node in ast.walk(ast.parse(cell.source))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute | ast.Name)
    }
    asks = {
        "run": calls & {"fit", "fit_all", "frontier_data", "RunResults"},
        "trusted": calls & {"with_restricted", "RunResults"},
        "variant": calls & {"RunResults"},
    }
    assert needs_of(path) == {need for need, called in asks.items() if called}


def test_a_notebook_needs_nothing_unless_it_says_so(tmp_path):
    notebook(tmp_path, "mine", "1")
    assert needs_of(tmp_path / "mine.ipynb") == set()
    told = nbformat.read(tmp_path / "mine.ipynb", as_version=4)
    told.metadata.gaplab = {"needs": ["runs"]}
    nbformat.write(told, tmp_path / "other.ipynb")
    with pytest.raises(GaplabError, match=r'other.ipynb: its metadata need "runs"; expected .* run, trusted, variant'):
        needs_of(tmp_path / "other.ipynb")


def papermill(path, out, *flags):
    return subprocess.run(
        [sys.executable, "-m", "papermill", str(path), str(out), *flags],
        cwd=path.parents[1],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        # What a user sees: warnings of the libraries are not this test's business.
        env={name: value for name, value in os.environ.items() if name != "PYTHONWARNINGS"},
    )


@pytest.mark.machine
@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        (["-p", "as_off", "2026-05-12"], 'unknown parameter "as_off"; did you mean "as_of"?'),
        (["-r", "as_of", "yesterday"], "expected YYYY-MM-DD"),
        (["-r", "scope", "publik"], 'did you mean "public"?'),
        (["-p", "draws", "true"], "draws"),
    ],
    ids=["misspelt", "not a date", "not a choice", "ill-typed"],
)
def test_bare_papermill_refuses_bad_parameters(flags, expected, tmp_path, repository):
    result = papermill(repository / "notebooks" / "gap_today.ipynb", tmp_path / "out.ipynb", *flags)
    assert result.returncode != 0
    last = result.stderr.strip().splitlines()[-4:]
    assert any("GaplabError" in line and expected in line for line in last), result.stderr[-2000:]


# The brief fits every domain; test_tools.py runs it by papermill too, from where another test has fitted them.
BY_PAPERMILL = [
    pytest.param(path, id=path.stem, marks=[pytest.mark.slow] if path.stem == "brief" else []) for path in NOTEBOOKS
]


@pytest.mark.machine
@pytest.mark.parametrize("path", BY_PAPERMILL)
def test_bare_papermill_runs_it(path, tmp_path):
    keep_simulated(QUICK)
    flags = ["-p", "draws", str(QUICK.draws)] if "draws" in reads_of(path) else []
    result = papermill(path, tmp_path / "out.ipynb", *flags)
    if missing := [
        name for name in track_record.FILES if name in path.read_text("utf-8") and name not in track_record.present()
    ]:
        assert "make it with gaplab validate" in result.stderr, f"says how {missing[0]} is made"
        return
    assert result.returncode == 0, result.stderr[-2000:]
    shown = [output for cell in cells(tmp_path / "out.ipynb") for output in cell.outputs]
    assert any("image/svg+xml" in output.get("data", {}) for output in shown)
    assert not [output for output in shown if output.output_type == "stream"], "a run is silent"


@pytest.fixture
def folder(tmp_path):
    return write_tiny(tmp_path)


def append(folder, name, line):
    with (folder / f"{name}.csv").open("a", encoding="utf-8") as text:
        text.write(line + "\n")


@pytest.mark.machine
def test_a_notebook_stops_when_the_tables_are_no_longer_those_of_its_run(folder, tmp_path_factory):
    params = Params(as_of=date(2025, 12, 31), data=str(folder))
    tables = load(as_of=params.as_of, root=folder)
    read = (
        f"import datetime\nfrom gaplab.data.load import load\nload(as_of={params.as_of!r}, root={str(folder)!r}).hash"
    )
    path = folder / "claims.csv"
    edit = f"path = {str(path)!r}\nlines = open(path).read()\nopen(path, 'w').write(lines.replace('Lab', 'Lob'))"
    home = tmp_path_factory.mktemp("notebooks")
    path = home / "edited.ipynb"
    notebook(home, "edited", read)
    assert tables.hash in str(execute_notebook(path, params, data_hash=tables.hash))
    notebook(home, "edited", edit, read)
    with pytest.raises(RuntimeError, match="tables have changed since this run read them"):
        execute_notebook(path, params, data_hash=tables.hash)
