"""The parameters cells of a notebook: which settings it reads, and the two generated cells that list them."""

from __future__ import annotations

import json
import re
from dataclasses import fields
from functools import cache
from pathlib import Path

from gaplab.params.fields import GROUPS
from gaplab.params.reading import ALL_SETTINGS
from gaplab.params.spec import Params, help_for, parameter_names
from gaplab.places import NOTEBOOKS


@cache
def reads_of(path: Path) -> tuple[str, ...]:
    """What a notebook reads: groups and names of parameters in its metadata, `"gaplab": {"reads": [...]}`; else all."""
    metadata = json.loads(path.read_text(encoding="utf-8"))["metadata"]
    groups = metadata.get("gaplab", {}).get("reads", list(GROUPS))
    chosen = {name for each in groups for name in (parameter_names(group=each) or [each])}
    return tuple(name for name in parameter_names() if name in chosen)


def idle_problems(path: Path, params: Params) -> list[str]:
    """One line for every parameter that is set and changes nothing in a notebook."""
    values, plain = params.as_strings(), Params(as_of=params.as_of).as_strings()
    return [
        f"parameter {name}: changes nothing in the notebook {path.stem}; expected it only for one that reads it"
        for name in parameter_names()
        if name not in (*reads_of(path), "data") and values[name] != plain[name]
    ]


def write_parameters_cells(home: Path = NOTEBOOKS) -> None:
    """Bring the parameters cells of every notebook of a folder up to date with `Params`."""
    for path in sorted(home.glob("[!.]*.ipynb")):
        notebook = json.loads(path.read_text(encoding="utf-8"))
        first, rest = parameters_cells(path)
        chosen, listed = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"][:2]
        chosen["source"], listed["source"] = first.splitlines(keepends=True), rest.splitlines(keepends=True)
        path.write_text(json.dumps(notebook, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def parameters_cells(path: Path) -> tuple[str, str]:
    """The two parameters cells of a notebook, with defaults and what each means.

    Returns
    -------
    chosen : str
        The few that the notebook's first code cell names, in its order.
    listed : str
        All that it reads, by group; those of the first cell keep their value.
    """
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    source = "".join(next(cell["source"] for cell in cells if cell["cell_type"] == "code"))
    first = re.findall(r"^(\w+) = ", source, flags=re.MULTILINE)
    specs = {spec.name: spec for spec in fields(Params)}
    written = {name: json.dumps(spec.default) if isinstance(spec.default, str) else repr(spec.default)
               for name, spec in specs.items()}  # fmt: skip
    lines = [ALL_SETTINGS]
    for group, heading in GROUPS.items():
        names = [name for name in reads_of(path) if specs[name].metadata["group"] == group]
        lines += [f"# {heading}"] * bool(names)
        lines += [f"{name} = {name if name in first else written[name]}  # {help_for(name)}" for name in names]
    return "\n".join(f"{name} = {written[name]}  # {help_for(name)}" for name in first), "\n".join(lines)
