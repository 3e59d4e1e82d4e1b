"""One job of a batch in its own process: a stage of a fit, or a notebook."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import signal
import subprocess
import sys
import threading
import time
from dataclasses import asdict, dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

import psutil

from gaplab import identity as identities
from gaplab.errors import GaplabError
from gaplab.light_imports import import_xarray_without_dask
from gaplab.params.spec import Params
from gaplab.places import NOTEBOOKS, PROJECT_DATA
from gaplab.runs import run_folder
from gaplab.runs.sources import code_behind, package_path

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


def isolated(job: Job, timeout: float | None = None, alive: set[int] | None = None) -> Outcome:
    """Run a job in a new process and say how it ended; nothing that happens to it happens to the caller.

    Parameters
    ----------
    timeout : float, optional
        Seconds after which the process and its kernel are killed.
    alive : set of int, optional
        Holds the process's id for as long as it runs.
    """
    start = time.perf_counter()
    try:
        with _log(job) as log:
            error = _run_watched(job, log, timeout, set() if alive is None else alive)
    except OSError as problem:
        error = {"message": f"could not be started: {problem}"}
    seconds = round(time.perf_counter() - start, 1)
    return Outcome(seconds, error.get("message", "")[:LONGEST_ERROR], error.get("hopeless", False))


def _log(job: Job) -> Any:
    Path(job.log).parent.mkdir(parents=True, exist_ok=True)
    return open(job.log, "wb")


def _run_watched(job: Job, log: Any, timeout: float | None, alive: set[int]) -> dict[str, Any]:
    """The error of the process, {} when it went well."""
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "gaplab.runs.job"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=log,
        env=_environment(),
        start_new_session=True,  # an interrupt of the terminal is the runner's to handle
    )
    alive.add(process.pid)
    try:
        # The pipe stays open: its end tells the process that its watcher is gone.
        process.stdin.write(json.dumps(asdict(job)).encode() + b"\n")
        process.stdin.flush()
        process.wait(timeout)
    except subprocess.TimeoutExpired:
        return {"message": f"did not finish within {timeout:g} s and was stopped"}
    except BrokenPipeError:
        process.wait()
    finally:
        if process.poll() is None:
            kill_tree(process.pid)
            process.wait()
        alive.discard(process.pid)
        process.stdin.close()
        output = process.stdout.read()
        process.stdout.close()
    return _end(process.returncode, output)


def _end(status: int, output: bytes) -> dict[str, Any]:
    if status == 0:
        return {}
    if status < 0:
        return {"message": f"its process was killed (signal {signal.Signals(-status).name})"}
    try:
        return json.loads(output)
    except ValueError:
        return {"message": f"its process ended with status {status}"}


def _environment() -> dict[str, str]:
    """The process and its kernel import this very package; the data folder is a parameter by now."""
    kept = {name: value for name, value in os.environ.items() if name != "GAPLAB_DATA"}
    return kept | {"PYTHONPATH": package_path()}


def kill_tree(pid: int) -> None:
    """Kill a process and all that it started."""
    try:
        process = psutil.Process(pid)
        family = [*process.children(recursive=True), process]
    except psutil.NoSuchProcess:
        return
    for member in family:
        try:
            member.kill()
        except psutil.NoSuchProcess:
            continue


def main() -> None:
    """Do the job that standard input describes; the answer goes to standard output as JSON."""
    answer = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever libraries print goes to the log
    import_xarray_without_dask()
    try:
        job = Job(**json.loads(sys.stdin.buffer.readline()))
        threading.Thread(target=_end_with_watcher, daemon=True).start()
        do(job)
    except BaseException as error:
        failure = {
            "message": str(error)[:LONGEST_ERROR] or type(error).__name__,
            "hopeless": isinstance(error, GaplabError),
        }
        answer.write(json.dumps(failure).encode())
        answer.close()
        raise


def _end_with_watcher() -> None:
    """Wait for the end of standard input, which is the end of the watcher, and take the kernel along."""
    while os.read(0, 1024):  # not through sys.stdin: a thread that waits in it aborts the interpreter's end
        pass
    kill_tree(os.getpid())


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
    from gaplab.fit import fit
    from gaplab.fit.runs import tables_of

    tables = tables_of(params)
    stage = {"abilities": fit.abilities, "frontiers": fit.stage_two}[kind]
    stage(tables, params)
    stored = {"abilities": fit.ability_file, "frontiers": fit.cache_file}[kind](tables, params)
    if not stored.exists():
        raise RuntimeError(f"{stored} could not be kept; the log says why")


if __name__ == "__main__":
    main()
