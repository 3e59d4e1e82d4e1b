"""The plan of a batch as a YAML file: single runs and grids of values, all checked before the first starts."""

from __future__ import annotations

import itertools
import math
import os
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from gaplab import preflight
from gaplab.data.tables import Tables
from gaplab.errors import GaplabError, did_you_mean, quoted
from gaplab.fit import runs
from gaplab.outlook import scenarios
from gaplab.params import yaml_file
from gaplab.params.spec import LEVERS, Params
from gaplab.places import NOTEBOOKS
from gaplab.runs.parameter_cells import idle_problems
from gaplab.runs.sources import list_notebooks, needs_of

MOST_RUNS = 10_000
LONGEST_TEXT = 2_000
MOST_PROBLEMS = 40
_SECTIONS = ("defaults", "runs", "grid")
_OWN = ("notebook", "name", "scenario")
_NO_RUNS = "expected `runs:` (a list of mappings) or `grid:` (lists to combine)"


@dataclass(frozen=True)
class Run:
    """One run of a batch.

    Attributes
    ----------
    notebook : Path
        What is run.
    name : str
        What its author calls it; "" when it has no name.
    """

    notebook: Path
    params: Params
    name: str = ""


def read(file: Path, *, home: Path = NOTEBOOKS) -> list[Run]:
    """The runs of a file, every one of which can be answered.

    Parameters
    ----------
    home : Path
        Folder of the notebooks.

    Returns
    -------
    list of Run
        In the order of the file, equal ones once.

    Raises
    ------
    GaplabError
        All that is wrong with the file and with every run in it.
    """
    given = yaml_file.read(file)
    listed, problems = _listed(given)
    if problems:
        raise GaplabError(*(f"{file}: {problem}" for problem in problems))
    found: dict[tuple[Path, Params], Run] = {}
    counted: Counter[str] = Counter()
    first: dict[str, str] = {}
    for place, values in listed:
        try:
            run = _run(values, home)
        except GaplabError as error:
            for problem in error.problems:
                counted[problem] += 1
                first.setdefault(problem, place)
        else:
            found.setdefault((run.notebook, run.params), run)
    if counted:
        raise GaplabError(*_repeated_names(file, counted, first))
    return list(found.values())


def _listed(given: dict[str, Any]) -> tuple[list[tuple[str, dict[str, Any]]], list[str]]:
    """Every run as its place in the file and its values, or what is wrong with the sections."""
    problems = [_unknown("section", name, _SECTIONS) for name in given if name not in _SECTIONS]
    defaults, singles, grids = (given.get(name) for name in _SECTIONS)
    defaults, singles = {} if defaults is None else defaults, [] if singles is None else singles
    grids = [] if grids is None else grids if isinstance(grids, list) else [grids]
    if not isinstance(defaults, dict):
        problems.append("defaults: expected names and values")
    if not isinstance(singles, list):
        problems.append("runs: expected a list, each item names and values")
    elif strange := [number for number, run in enumerate(singles, 1) if not isinstance(run, dict)]:
        problems.append(f"runs: item {strange[0]} is no mapping; expected names and values")
    if strange := [grid for grid in grids if not isinstance(grid, dict) or not grid]:
        problems.append(f"grid: {str(strange[0])[:100]!r} is no mapping; expected names, each with a list of values")
    if problems:
        return [], problems
    if not singles and not grids:
        return [], [f"holds no runs; {_NO_RUNS}"]
    axes = [{name: _axis(values) for name, values in grid.items()} for grid in grids]
    empty = [f"grid: {name} has no values" for grid in axes for name, values in grid.items() if not values]
    total = len(singles) + sum(math.prod(len(values) for values in grid.values()) for grid in axes)
    if empty or total > MOST_RUNS:
        return [], empty or [f"{total} runs; expected at most {MOST_RUNS}: split the file"]
    listed = [(f"runs, item {number}", defaults | run) for number, run in enumerate(singles, 1)]
    for grid in axes:
        for combination in itertools.product(*grid.values()):
            chosen = dict(zip(grid, combination, strict=True))
            listed.append((f"grid, {_briefly(chosen)}", defaults | chosen))
    return listed, []


def _axis(values: Any) -> list[Any]:
    return values if isinstance(values, list) else [values]


def _run(values: dict[Any, Any], home: Path) -> Run:
    """One run, with every problem of it."""
    problems = list(_not_text(values))
    if problems:
        raise GaplabError(*problems)
    path = home / "brief.ipynb"
    try:
        path = _notebook(values.get("notebook", "brief"), home)
    except GaplabError as error:
        problems += error.problems
    try:
        params = _params(values)
        _check(params, path if not problems else None)
    except GaplabError as error:
        problems += error.problems
    if problems:
        raise GaplabError(*problems)
    return Run(path, params, str(values.get("name") or ""))


def _not_text(values: Mapping[Any, Any]) -> Iterator[str]:
    """Values that no notebook and no page can hold."""
    for name, value in values.items():
        if isinstance(value, list | dict | set | bytes):
            yield f"{str(name)[:100]}: {str(value)[:100]} is no single value; lists belong under `grid:`"
        for text in (name, value):
            if not isinstance(text, str):
                continue
            if len(text) > LONGEST_TEXT:
                yield f"{str(name)[:100]}: {len(text)} characters; expected at most {LONGEST_TEXT}"
            if strange := next((mark for mark in text if unicodedata.category(mark) in ("Cc", "Cs")), None):
                yield f"{ascii(name)[:100]}: holds the control character {strange!a}; expected plain text"


def _notebook(name: Any, home: Path) -> Path:
    known = list_notebooks(home)
    if name not in known:
        raise GaplabError(_unknown("notebook", name, list(known)))
    return known[name].resolve()


def _params(values: dict[str, Any]) -> Params:
    """Parameters of a run; levers given beside a scenario win over it."""
    plain = {name: value for name, value in values.items() if name not in _OWN}
    scenario = values.get("scenario")
    if scenario is not None:
        library = {path.stem: path for path in (NOTEBOOKS / "params").glob("*.yaml")}
        if scenario not in library:
            raise GaplabError(_unknown("scenario", scenario, sorted(library)))
        base = Params.from_mapping({name: value for name, value in plain.items() if name not in LEVERS})
        moved = scenarios.moved_to(Params.from_mapping(yaml_file.read(library[scenario])), base)
        plain = moved.as_strings() | plain
    data = plain.get("data") or os.environ.get("GAPLAB_DATA")
    return Params.from_mapping(plain | ({"data": os.path.abspath(data)} if isinstance(data, str) else {}))


def _check(params: Params, notebook: Path | None) -> None:
    needs = needs_of(notebook) if notebook else frozenset()
    if notebook and (idle := idle_problems(notebook, params)):
        raise GaplabError(*idle)
    preflight.check(planned_tables(params), params, fits="run" in needs, page="variant" in needs)


def planned_tables(params: Params) -> Tables:
    """The tables that a run may see, read once for all runs of a plan that may see the same."""
    return _tables(params.as_of, params.knowledge, params.data, params.leader, params.follower)


@cache
def _tables(as_of: date, knowledge: str, data: str | None, leader: str, follower: str) -> Tables:
    return runs.tables_of(Params(as_of=as_of, knowledge=knowledge, data=data, leader=leader, follower=follower))


def _repeated_names(file: Path, counted: Counter[str], first: dict[str, str]) -> Iterator[str]:
    """Each problem once, with the first run that has it."""
    for problem in list(counted)[:MOST_PROBLEMS]:
        more = f" (and {counted[problem] - 1} more)" if counted[problem] > 1 else ""
        yield f"{file}: {first[problem]}{more}: {problem}"
    if len(counted) > MOST_PROBLEMS:
        yield f"{file}: {len(counted) - MOST_PROBLEMS} further problems are not shown"


def _briefly(values: dict[str, Any]) -> str:
    return ", ".join(f"{name}={str(value)[:40]}" for name, value in values.items())


def _unknown(kind: str, name: Any, legal: list[str] | tuple[str, ...]) -> str:
    return f"unknown {kind} {quoted(name)}{did_you_mean(name, legal)}"
