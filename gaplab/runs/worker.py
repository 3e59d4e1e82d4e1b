"""The process that does the jobs of a batch, each in a copy of itself, and who watches it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import IO, Any

import psutil

from gaplab.errors import GaplabError
from gaplab.light_imports import import_xarray_without_dask
from gaplab.places import package_path
from gaplab.runs.job import LONGEST_ERROR, Job, Outcome, do

_COPIES = sys.platform == "linux"
"""Whether a process can be copied for each job; elsewhere libraries do not survive that, and each job has its own."""


def isolated(job: Job, timeout: float | None = None) -> Outcome:
    """Run a job in a new process and say how it ended; nothing that happens to it happens to the caller.

    Parameters
    ----------
    timeout : float, optional
        Seconds after which the process and its kernel are killed.
    """
    worker = Worker()
    try:
        return worker.run(job, timeout)
    finally:
        worker.close()


class Worker:
    """A process that does one job after another, each in a copy of itself that has imported what jobs need."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    def run(self, job: Job, timeout: float | None = None) -> Outcome:
        """As `isolated`; the process stays for the next job, unless this one took it down."""
        start = time.perf_counter()
        try:
            error = self._watch(job, timeout)
        except OSError as problem:
            error = {"message": f"could not be started: {problem}"}
        if not _COPIES:
            self.close()
        seconds = round(time.perf_counter() - start, 1)
        return Outcome(seconds, error.get("message", "")[:LONGEST_ERROR], error.get("hopeless", False))

    def close(self) -> None:
        """End the process and all that it started."""
        if process := self._process:
            kill_tree(process.pid)
            process.wait()
            with suppress(BrokenPipeError):  # of a job that it never read
                process.stdin.close()
            process.stdout.close()
            self._process = None

    def _watch(self, job: Job, timeout: float | None) -> dict[str, Any]:
        """The error of the job, {} when it went well."""
        Path(job.log).parent.mkdir(parents=True, exist_ok=True)
        if self._process and self._process.poll() is not None:  # killed since its last job
            self.close()
        with open(job.log, "wb") as log:
            process = self._process = self._process or _started(log)
        late = threading.Event()
        clock = threading.Timer(timeout or 0, lambda: (late.set(), kill_tree(process.pid)))
        if timeout:
            clock.start()
        try:
            # The pipe stays open: its end tells the process that its watcher is gone.
            process.stdin.write(json.dumps(asdict(job)).encode() + b"\n")
            process.stdin.flush()
        except BrokenPipeError:
            pass
        finally:
            answer = process.stdout.readline()
            clock.cancel()
        if answer.endswith(b"\n"):
            return json.loads(answer)
        status = process.wait()
        self.close()
        return {"message": f"did not finish within {timeout:g} s and was stopped"} if late.is_set() else _end(status)


def _started(log: IO[bytes]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "gaplab.runs.worker"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=log,
        env=_environment(),
        start_new_session=True,  # an interrupt of the terminal is the runner's to handle
    )


def _end(status: int) -> dict[str, Any]:
    if status < 0:
        return {"message": f"its process was killed (signal {signal.Signals(-status).name})"}
    return {"message": f"its process ended with status {status} and no answer"}


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
    """Do the jobs that lines of standard input describe; each is answered by a line of JSON on standard output."""
    answers = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)
    import_xarray_without_dask()
    for line in iter(sys.stdin.buffer.readline, b""):
        job = Job(**json.loads(line))
        log = os.open(job.log, os.O_WRONLY | os.O_APPEND)
        for printed in (1, 2):  # whatever libraries print goes to the log
            os.dup2(log, printed)
        os.close(log)
        if _COPIES:
            answers.write(_in_a_copy(job))
        else:
            _do_and_tell(job, answers.write)


def _in_a_copy(job: Job) -> bytes:
    """What a copy of this process, which does the job, tells of its end."""
    _import_what_jobs_need()
    reading, writing = os.pipe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of libraries' threads, which take no part in this
        pid = os.fork()
    if not pid:
        os.close(reading)
        _do_and_tell(job, lambda answer: os.write(writing, answer))
        sys.exit()
    os.close(writing)
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    os.set_blocking(reading, False)  # what the copy started, and left behind, may hold the other end
    with os.fdopen(reading, "rb") as told:
        return told.read() or json.dumps(_end(status)).encode() + b"\n"


def _import_what_jobs_need() -> None:
    import gaplab.models.ability.density
    import gaplab.models.frontier.density
    import gaplab.runs.brief_files  # noqa: F401


def _do_and_tell(job: Job, tell: Callable[[bytes], Any]) -> None:
    """Do a job, while there is somebody to tell of its end: `tell` gets its error as JSON, {} when it went well."""
    threading.Thread(target=_end_with_watcher, daemon=True).start()
    try:
        do(job)
    except BaseException as error:
        message = str(error)[:LONGEST_ERROR] or type(error).__name__
        tell(json.dumps({"message": message, "hopeless": isinstance(error, GaplabError)}).encode() + b"\n")
        raise
    tell(b"{}\n")


def _end_with_watcher() -> None:
    """Wait for the end of standard input, which is the end of the watcher, and take the kernel along."""
    while os.read(0, 1024):  # not through sys.stdin: a thread that waits in it aborts the interpreter's end
        pass
    kill_tree(os.getpid())


if __name__ == "__main__":
    main()
