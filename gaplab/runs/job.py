"""One job of a batch in its own process: a stage of a fit, or a notebook."""

from __future__ import annotations

import hashlib
import json
import platform
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

from gaplab import identity as identities
from gaplab.errors import GaplabError
from gaplab.params.spec import LEVERS, Params
from gaplab.places import NOTEBOOKS, PROJECT_DATA
from gaplab.runs import run_folder
from gaplab.runs.sources import code_behind

LONGEST_ERROR = 2_000
_LIBRARIES = (
    "arviz-stats", "matplotlib", "nbconvert", "numba", "numpy", "pandas", "papermill", "pymc", "pytensor",
    "scipy", "xarray",
)  # fmt: skip
Kind = Literal["abilities", "frontiers", "notebook"]


@dataclass(frozen=True)
class Job:
    """What a process is to do, in values that travel as JSON.

    Attributes
    ----------
    kind : {"abilities", "frontiers", "notebook"}
        A stage of a fit, which goes to the cache, or a notebook.
    parameters : dict
        `Params` as strings.
    log : str
        File that receives what the process prints.
    notebook : str
        Path of the notebook; its name alone when it is one of the project's.
    target : str
        Folder of the finished run.
    scratch : str
        Folder for drafts, on the disk of the target.
    key : str
        `identity` when the batch was planned; the process refuses another.
    """

    kind: Kind
    parameters: dict[str, Any]
    log: str
    notebook: str = ""
    target: str = ""
    scratch: str = ""
    key: str = ""

    @property
    def params(self) -> Params:
        """The run's parameters."""
        return Params.from_mapping(self.parameters)

    @property
    def group(self) -> str:
        """The same for briefs that differ in levers alone, and so have most of their sections in common; else ""."""
        if self.notebook != "brief.ipynb":
            return ""
        return json.dumps({name: value for name, value in sorted(self.parameters.items()) if name not in LEVERS})


@dataclass(frozen=True)
class Outcome:
    """How a job ended; `error` is "" when it went well, and `hopeless` when it would end so again."""

    seconds: float
    error: str = ""
    hopeless: bool = False


def identity(notebook: Path, params: Params) -> dict[str, Any]:
    """All that determines the files of a run; equal identities give equal files."""
    parameters = {name: value for name, value in params.as_strings().items() if name != "data"}
    return {
        "notebook": notebook.stem,
        "notebook_sha256": hashlib.sha256(notebook.read_bytes()).hexdigest(),
        "parameters": parameters,
        "data_sha256": data_hash(params.data),
        **code(notebook),
    }


@cache
def code(notebook: Path | None = None) -> dict[str, Any]:
    """Hash of the code behind a notebook, or of the whole package, and versions of what it rests on."""
    behind = code_behind(notebook) if notebook else identities.of(*identities.package())
    versions = {name: version(name) for name in _LIBRARIES}
    return {"code_sha256": behind, "versions": versions | {"python": platform.python_version()}}


def data_hash(root: str | None) -> str:
    """SHA-256 of the tables of a data folder as they are on disk."""
    digest = hashlib.sha256()
    for path in sorted(Path(root or PROJECT_DATA).glob("*.csv")):
        digest.update(f"{path.name} {path.stat().st_size}\n".encode() + path.read_bytes())
    return digest.hexdigest()


def key(made_from: dict[str, Any]) -> str:
    """Hash of an identity."""
    return hashlib.sha256(json.dumps(made_from, sort_keys=True).encode()).hexdigest()


def do(job: Job) -> None:
    """Do a job in this process.

    Raises
    ------
    GaplabError
        The input cannot be used, or has changed since the batch was planned.
    RuntimeError
        The notebook stopped.
    """
    params = job.params
    if job.kind != "notebook":
        _fit(job.kind, params)
        return
    path, target = NOTEBOOKS / job.notebook, Path(job.target)
    more = _as_planned(job, path) | {"run": job.key}
    with run_folder.draft_folder(target, scratch=Path(job.scratch)) as draft:
        if path == NOTEBOOKS / "brief.ipynb":
            from gaplab.runs.brief_files import write_brief

            write_brief(params, draft, identity=more)
        else:
            from gaplab.runs import notebook

            notebook.write_notebook_run(path, params, draft, identity=more)
        _as_planned(job, path)


def _as_planned(job: Job, path: Path) -> dict[str, Any]:
    """What the run is made from, which is what the batch was planned with."""
    made_from = identity(path, job.params)
    if key(made_from) != job.key:
        raise GaplabError(
            f"{path.name}: notebook, data or code have changed since the batch was planned, or differ on this "
            "machine; expected those it was planned with: start the batch again"
        )
    return made_from


def _fit(kind: Kind, params: Params) -> None:
    from gaplab.fit import files, fit
    from gaplab.fit.runs import tables_of

    tables = tables_of(params)
    stage = {"abilities": fit.abilities, "frontiers": fit.stage_two}[kind]
    stage(tables, params)
    stored = {"abilities": files.ability_file, "frontiers": files.cache_file}[kind](tables, params)
    if not stored.exists():
        raise RuntimeError(f"{stored} could not be kept; the log says why")
