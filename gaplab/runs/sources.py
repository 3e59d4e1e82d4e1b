"""Notebooks as files: which there are, what they need before they start, and the code that makes their pages."""

from __future__ import annotations

import hashlib
import json
from contextlib import suppress
from functools import cache
from pathlib import Path

from gaplab import identity
from gaplab.errors import GaplabError, quoted
from gaplab.places import NOTEBOOKS, PACKAGE, RECORD, TEMPLATES

ON_PAGES = (
    (TEMPLATES, "brief/*"), (PACKAGE, "*.mplstyle"), (NOTEBOOKS, "params/*.yaml"), (RECORD, "*.csv"),
)  # fmt: skip
"""Files beside code that pages show, or are made with."""
_NEEDS = ("run", "trusted", "variant")


def list_notebooks(home: Path = NOTEBOOKS) -> dict[str, Path]:
    """The notebooks of a folder by name."""
    return {path.stem: path for path in sorted(home.glob("*.ipynb")) if not path.name.startswith(".")}


@cache
def needs_of(path: Path) -> frozenset[str]:
    """What a notebook says that it needs before it starts, in its metadata: `"gaplab": {"needs": [...]}`.

    Returns
    -------
    frozenset of str
        "run": the posterior of the run; "trusted": the one with the leader's restricted models too; "variant": all
        that `variant` asks for. Empty when the notebook says nothing.

    Raises
    ------
    GaplabError
        The metadata name something else, or the file is no notebook.
    """
    try:
        needs = json.loads(path.read_text(encoding="utf-8"))["metadata"].get("gaplab", {}).get("needs", [])
        unknown = [need for need in needs if need not in _NEEDS]
    except (ValueError, KeyError, TypeError, AttributeError):
        raise GaplabError(f"{path.name}: is no notebook; expected one that Jupyter can open") from None
    if unknown:
        raise GaplabError(
            f"{path.name}: its metadata need {quoted(unknown[0])}; expected among gaplab.needs only {', '.join(_NEEDS)}"
        )
    return frozenset(needs)


def code_behind(path: Path) -> str:
    """Hash of everything but data and parameters that the page of a notebook is made from.

    Parameters
    ----------
    path : Path
        The notebook. What its cells import is followed; the whole package where they cannot be read as Python.

    Returns
    -------
    str
        Of the notebook, the code that it reaches, the code that renders, and the templates, scenarios and tables of
        the record that a page may show.
    """
    package = identity.package()
    code, entries = dict(package), list(package)
    with suppress(ValueError, KeyError, TypeError, SyntaxError):
        code["notebook"] = python_of_cells(path)
        entries = identity.closure("notebook", "gaplab.runs.notebook", code=code)
    digest = hashlib.sha256(identity.of(*entries, code=code).encode())
    for file in [path, *(file for home, kind in ON_PAGES for file in sorted(home.glob(kind)))]:
        digest.update(f"{file.name} {file.stat().st_size}\n".encode() + file.read_bytes())
    return digest.hexdigest()


def python_of_cells(path: Path) -> bytes:
    """The Python of a notebook, without commands to the kernel."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    lines = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code").splitlines()
    return "\n".join(line for line in lines if not line.lstrip().startswith(("%", "!", "?"))).encode()
