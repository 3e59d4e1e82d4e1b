"""Names of results: code that reaches a result renames it, and nothing else does."""

from __future__ import annotations

import ast
import dataclasses
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from gaplab import identity
from gaplab.data.tables import Tables
from gaplab.fit import stage_abilities, stage_frontiers
from gaplab.params.spec import Params
from gaplab.places import NOTEBOOKS, PACKAGE
from gaplab.runs import sources
from gaplab.validation import jobs
from gaplab.validation.backtest.forecasts import forecasts_at
from gaplab.validation.calibration.run import rank_one

ONE, TWO = stage_abilities.__name__, stage_frontiers.__name__
FITS = (ONE, TWO)
SIMULATIONS = (rank_one.__module__, forecasts_at.__module__)
PAGE = (
    "gaplab.report.sections.opening",
    "gaplab.report.text.phrases",
    "gaplab.report.charts.frontiers",
    "gaplab.report.page.finish",
    "gaplab.cli.root",
)


@pytest.fixture(scope="module")
def code(tmp_path_factory) -> dict[str, bytes]:
    """The package as a copy elsewhere has it."""
    root = tmp_path_factory.mktemp("copy") / "gaplab"
    shutil.copytree(PACKAGE, root, ignore=shutil.ignore_patterns("__pycache__"))
    return identity.read(root)


def names(code: dict[str, bytes]) -> dict[str, str]:
    return {entry: identity.of(entry, code=code) for entry in (*FITS, *SIMULATIONS, "gaplab.report.sections.variants")}


def renamed(code: dict[str, bytes], module: str, changed: bytes) -> set[str]:
    before, after = names(code), names(code | {module: changed})
    return {entry for entry in before if before[entry] != after[entry]}


def replaced(source: bytes, old: str, new: str) -> bytes:
    text = source.decode()
    assert text.count(old) == 1, old
    return text.replace(old, new).encode()


def test_a_copy_elsewhere_has_the_same_names(code):
    assert names(code) == {entry: identity.of(entry) for entry in names(code)}


def test_a_prior_of_abilities_renames_both_stages(code):
    changed = replaced(code["gaplab.models.priors"], "DISCRIMINATION_SD = 0.5", "DISCRIMINATION_SD = 5.0")
    assert renamed(code, "gaplab.models.priors", changed) == set(names(code))


def test_who_counts_renames_the_frontiers_alone(code):
    assert "def eligible(" in code["gaplab.data.access"].decode()
    changed = code["gaplab.data.access"] + b"\n\ndef eligible(tables, **_):\n    return tables.models.iloc[:0]\n"
    assert renamed(code, "gaplab.data.access", changed) == set(names(code)) - {ONE}


@pytest.mark.parametrize("entry", [*FITS, *SIMULATIONS])
def test_any_file_that_is_reached_renames(code, entry):
    before = identity.of(entry, code=code)
    for module in identity.closure(entry, code=code):
        changed = code | {module: code[module] + b"\nX = 1\n"}
        assert identity.of(entry, code=changed) != before, module


def test_code_of_one_stage_renames_only_what_rests_on_it(code):
    for module, others in (("gaplab.models.frontier", {ONE}), ("gaplab.models.ability", {TWO})):
        assert renamed(code, module, code[module] + b"\nX = 1\n") == set(names(code)) - others


def test_comments_and_docstrings_rename_nothing(code):
    changed = {}
    for module, source in code.items():
        text = b"# A comment.\n\n" + source.replace(b'."""\n', b' indeed."""\n')
        ast.parse(text)
        changed[module] = text + b'\n"""What the last name is for."""\n'
    assert sum(source.count(b' indeed."""') for source in changed.values()) > 500
    assert names(changed) == names(code)


@pytest.mark.parametrize("module", PAGE)
def test_the_page_renames_no_fit_and_no_simulation(code, module):
    changed = renamed(code, module, code[module] + b"\nX = 1\n")
    assert changed <= {"gaplab.report.sections.variants"}
    assert (module in identity.closure("gaplab.report.sections.variants", code=code)) == bool(changed)


def test_stages_read_only_values_of_what_they_are_given(code):
    """Parameters and tables are in the name by value: a computation on them would be in no closure."""
    fields = {kind.__name__: {field.name for field in dataclasses.fields(kind)} for kind in (Params, Tables)}
    for module in identity.closure(*FITS, code=code):
        for function in ast.walk(ast.parse(code[module])):
            if not isinstance(function, ast.FunctionDef):
                continue
            given = {
                each.arg: ast.unparse(each.annotation)
                for each in function.args.args + function.args.kwonlyargs
                if each.annotation
            }
            for node in ast.walk(function):
                if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                    allowed = fields.get(given.get(node.value.id))
                    assert allowed is None or node.attr in allowed, f"{module}:{node.lineno} {ast.unparse(node)}"


PACKAGES = {
    "p": b"from p.low import y\ndef later():\n    from p import lazy\n",
    "p.low": b"y = 1",
    "p.lazy": b"z = 1",
    "p.types": b"",
    "p.a": b"import typing\nimport p.b.c\nif typing.TYPE_CHECKING:\n    import p.types\nelse:\n    import p.d\n",
    "p.b": b"",
    "p.b.c": b"async def f():\n    from p.e import name\n",
    "p.d": b"import numpy, p_other",
    "p.e": b"from p import low",
    "p.named": b"from p import later",
}


def test_which_imports_are_followed():
    assert identity.closure("p.a", code=PACKAGES) == ["p", "p.a", "p.b", "p.b.c", "p.d", "p.e", "p.low"]
    assert "p.lazy" in identity.closure("p.named", code=PACKAGES), "a function of the package itself is wanted"
    with pytest.raises(ValueError, match="relative"):
        identity.closure("p.x", code=PACKAGES | {"p.x": b"from . import low"})


def test_what_was_read_before_is_read_again_or_made_anew(tmp_path):
    """A process takes the facts of another from the disk; damaged ones are no facts."""
    told = "from gaplab import identity; print(identity.of('gaplab.report.sections.variants'))"

    def asked() -> str:
        environment = {**os.environ, "GAPLAB_CACHE": str(tmp_path)}
        return subprocess.run([sys.executable, "-c", told], env=environment, check=True, capture_output=True).stdout

    first = asked()
    (file,) = tmp_path.iterdir()
    whole = file.read_bytes()
    assert asked() == first
    assert file.read_bytes() == whole
    for damaged in (whole[: len(whole) // 2], whole.replace(b"gaplab.report.text", b"gaplab.report.txet"), b""):
        file.write_bytes(damaged)
        assert asked() == first
        assert file.read_bytes() == whole


# --- Notebooks and simulations --------------------------------------------------------------------


def written(folder: Path, *cells: str) -> Path:
    path = folder / "own.ipynb"
    content = [{"cell_type": "code", "source": cell.splitlines(keepends=True)} for cell in cells]
    path.write_text(json.dumps({"cells": content}))
    return path


def behind(path: Path, code: dict[str, bytes], monkeypatch) -> str:
    monkeypatch.setattr("gaplab.identity.package", lambda: code)
    return sources.code_behind(path)


def test_a_notebook_is_named_by_what_its_cells_import(tmp_path, code, monkeypatch):
    path = written(
        tmp_path, "%matplotlib inline\nfrom gaplab import gap\n", "def f():\n    import gaplab.questions.weights\n"
    )
    before = behind(path, code, monkeypatch)
    for module, counts in (
        ("gaplab.gap", True),
        ("gaplab.questions.weights", True),
        ("gaplab.report.page.finish", True),
        ("gaplab.cli.root", False),
    ):
        changed = code | {module: code[module] + b"\nX = 1\n"}
        assert (behind(path, changed, monkeypatch) != before) == counts, module
    assert behind(written(tmp_path, "from gaplab import gap, cli\n"), code, monkeypatch) != before


@pytest.mark.parametrize("cell", ["from gaplab import gap\ngap?\n", "from . import x\n", "x ="])
def test_a_notebook_that_is_not_python_rests_on_everything(tmp_path, code, monkeypatch, cell):
    path = written(tmp_path, cell)
    changed = code | {"gaplab.cli.root": code["gaplab.cli.root"] + b"\nX = 1\n"}
    assert behind(path, code, monkeypatch) != behind(path, changed, monkeypatch)


def test_the_brief_rests_on_its_sections_and_on_what_stands_beside_code():
    reached = identity.closure("notebook", code=dict(identity.package()) | {
        "notebook": sources.python_of_cells(NOTEBOOKS / "brief.ipynb")})  # fmt: skip
    assert {"gaplab.report.sections.claims", "gaplab.report.text.phrases", ONE, TWO} <= set(reached)
    for home, kind in sources.ON_PAGES:
        assert list(home.glob(kind)), kind


def test_simulations_are_named_by_their_own_code():
    assert jobs.code(rank_one) == identity.of("gaplab.validation.calibration.run")
    assert jobs.code(rank_one) != jobs.code(forecasts_at)
    assert jobs.code(written) == identity.of(*identity.package()), "code that is not of the package rests on all of it"
