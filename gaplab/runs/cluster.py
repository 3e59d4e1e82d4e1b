"""A cluster: a dask scheduler hands jobs to workers that share code, data and the batch's folder."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterator
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from gaplab.errors import GaplabError
from gaplab.places import NOTEBOOKS
from gaplab.runs.job import Job, Outcome, code, data_hash
from gaplab.runs.plan_file import Run
from gaplab.runs.worker import isolated
from gaplab.write import replace_file

PATIENCE_SECONDS = 20


class Workers:
    """The workers of a scheduler; one that is lost has its jobs done again by another."""

    def __init__(self, client: Any):
        self._client = client
        self._executor = client.get_executor(pure=False)

    @property
    def width(self) -> int:
        """Jobs that can run at once; workers may come and go."""
        return max(1, sum(self._client.nthreads().values()))

    def submit(self, job: Job, timeout: float | None) -> Future[Outcome]:
        """Start a job on some worker.

        Parameters
        ----------
        timeout : float or None
            Seconds after which the worker stops it.
        """
        return self._executor.submit(isolated, job, timeout)


@contextmanager
def workers(address: str, out: Path, runs: list[Run]) -> Iterator[Workers]:
    """The workers of the scheduler at an address, once each is known to share what it must.

    Parameters
    ----------
    address : str
        Such as tcp://10.0.0.1:8786.
    out : Path
        Folder of the batch.

    Raises
    ------
    GaplabError
        There is no scheduler or no worker, or a worker has other code, other
        data, or another output folder: a line for each.
    """
    with _client(address) as client:
        _check(client, address, out, sorted({_travelling(run.notebook) for run in runs}), _roots(runs))
        yield Workers(client)


@contextmanager
def executor(address: str, data: str | None) -> Iterator[Executor]:
    """What hands the simulations of a record to the workers of a scheduler, once they have this code and these data.

    Parameters
    ----------
    address : str
        As in `workers`.
    data : str or None
        Folder of the data tables, as in `Params`.

    Raises
    ------
    GaplabError
        As `workers`; no folder has to be shared.
    """
    with _client(address) as client:
        _check(client, address, None, [], [data or ""])
        yield client.get_executor(pure=False)


def _client(address: str) -> Any:
    try:
        from distributed import Client
    except ModuleNotFoundError:
        raise GaplabError(
            "--scheduler: dask.distributed is not installed; expected the extra `cluster`: "
            'pip install "gaplab[cluster]"'
        ) from None
    try:
        return Client(address, timeout=PATIENCE_SECONDS, set_as_default=False)
    except (OSError, ValueError) as error:
        raise GaplabError(
            f"--scheduler {address}: no dask scheduler answers ({error}); expected an address such as "
            "tcp://10.0.0.1:8786, where `dask scheduler` runs"
        ) from None


def _roots(runs: list[Run]) -> list[str]:
    return sorted({run.params.data or "" for run in runs})


def _check(client: Any, address: str, out: Path | None, notebooks: list[str], roots: list[str]) -> None:
    """Refuse workers that would make other files than this machine, or put them elsewhere."""
    token, written = f".gaplab-token-{uuid.uuid4().hex}", set()
    place = None if out is None else str(out)
    if out is not None:
        replace_file(out / token, token)
    try:
        expected = describe(place, token, notebooks, roots, "here")
        answers = client.run(describe, place, token, notebooks, roots, "there", on_error="return")
        if out is not None:
            written = {path.read_text() for path in out.glob(f"{token}-there-*")}
    finally:
        for path in out.glob(f"{token}*") if out is not None else ():
            path.unlink()
    if not answers:
        raise GaplabError(f"--scheduler {address}: it has no workers; start some: dask worker {address}")
    problems = []
    for worker, found in sorted(answers.items()):
        problems += [f"worker {worker}: {problem}" for problem in worker_problems(expected, found, out, written)]
    if problems:
        raise GaplabError(*problems)


def _travelling(notebook: Path) -> str:
    """A notebook of the project by name: it may be installed elsewhere on a worker."""
    return notebook.name if notebook.parent == NOTEBOOKS else str(notebook)


def describe(out: str | None, token: str, notebooks: list[str], roots: list[str], where: str) -> dict[str, Any]:
    """What this process would make results from, and whether it reads and writes the batch's folder.

    Parameters
    ----------
    out : str or None
        Folder of the batch, where one has to be shared.
    token : str
        Name of a file in it, and what it says.
    notebooks, roots : list of str
        Notebooks and data folders of the batch.
    where : str
        Part of the name of the file that is written in answer.
    """
    found: dict[str, Any] = {"code": code(), "notebooks": {}, "data": {}, "token": "", "answer": uuid.uuid4().hex}
    for name in notebooks:
        path = NOTEBOOKS / name
        found["notebooks"][name] = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "missing"
    for root in roots:
        found["data"][root] = data_hash(root or None)
    if out is None:
        return found
    try:
        found["token"] = (Path(out) / token).read_text()
        (Path(out) / f"{token}-{where}-{found['answer']}").write_text(found["answer"])
    except OSError as error:
        found["problem"] = str(error)
    return found


def worker_problems(expected: dict[str, Any], found: Any, out: Path | None, written: set[str]) -> Iterator[str]:
    """What a worker has that this machine has not, one line each."""
    if isinstance(found, BaseException):
        yield f"cannot run gaplab ({type(found).__name__}: {found}); expected the version that is here: install it"
        return
    if found["code"]["code_sha256"] != expected["code"]["code_sha256"]:
        yield "has other code of gaplab; expected the same commit, without changes: update it and start it again"
    here, there = expected["code"]["versions"], found["code"]["versions"]
    differ = [f"{name} {there.get(name)} (here {here[name]})" for name in here if there.get(name) != here[name]]
    if differ:
        yield f"has {', '.join(differ)}; expected the same versions: install with -c constraints.txt"
    for name in expected["notebooks"]:
        if found["notebooks"].get(name) != expected["notebooks"][name]:
            yield f"has another notebook {name}, or none; expected the same file"
    for root in expected["data"]:
        if found["data"].get(root) != expected["data"][root]:
            yield f"has other data in {root or 'the data folder of the project'}; expected the same tables"
    if out is None:
        return
    if found["token"] != expected["token"]:
        yield f"does not see the output folder {out}; expected a folder that all workers share under this path"
    elif found["answer"] not in written:
        yield f"cannot write to the output folder {out} ({found.get('problem', 'its file did not appear here')})"
