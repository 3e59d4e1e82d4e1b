"""The process that does the jobs of a batch, each in a copy of itself, and who watches it."""

from __future__ import annotations

import gc
import json
import multiprocessing
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
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import IO, Any

import psutil

from gaplab.errors import GaplabError
from gaplab.light_imports import import_nbformat, import_xarray_without_dask
from gaplab.places import package_path
from gaplab.runs.job import LONGEST_ERROR, Job, Outcome, do

_COPIES = sys.platform == "linux"
"""Whether a process can be copied for each job; elsewhere libraries do not survive that, and each job has its own."""
_WENT_WELL = b"{}\n"
_LOOK_SECONDS, _END_SECONDS = 0.5, 3.0


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
    """A process that does one job after another, each in a copy of itself that has imported what jobs need.

    Attributes
    ----------
    group : str
        That of its latest job: the next one of this group finds at hand what they have in common.
    """

    def __init__(self) -> None:
        self.group = ""
        self._process: subprocess.Popen[bytes] | None = None

    def run(self, job: Job, timeout: float | None = None) -> Outcome:
        """As `isolated`; the process stays for the next job, unless this one took it down."""
        start, self.group = time.perf_counter(), job.group
        try:
            error = self._watch(job, timeout)
        except OSError as problem:
            error = {"message": f"could not be started: {problem}"}
        if not _COPIES:
            self.close()
        seconds = round(time.perf_counter() - start, 1)
        return Outcome(seconds, error.get("message", "")[:LONGEST_ERROR], error.get("hopeless", False))

    def close(self) -> None:
        """End the process and all that it started: a job that is at work, or what waits for more."""
        if process := self._process:
            with suppress(BrokenPipeError):  # of a job that it never read
                process.stdin.close()  # which it takes for the end
            try:
                process.wait(_END_SECONDS)
            except subprocess.TimeoutExpired:
                kill_tree(process.pid)
                process.wait()
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
    copy = None
    for line in iter(sys.stdin.buffer.readline, b""):
        job = Job(**json.loads(line))
        if not _COPIES:
            threading.Thread(target=_end_with_watcher, daemon=True).start()
            _do_and_tell(job, answers.write)
            continue
        _import_what_jobs_need()
        if copy is None or not copy.serves(job.group):
            if copy:
                copy.end()
            copy = _Copy(job.group)
        answers.write(copy.do(line, watcher=0))
    if copy:
        copy.end()


class _Copy:
    """A copy of this process that does a job, and then others of its group, each of these in a copy of its own.

    What the first job has computed is at hand for the others.
    """

    def __init__(self, group: str = ""):
        self._group, self._ended, self._status = group, False, 0
        self._pipe, theirs = multiprocessing.Pipe()
        gc.freeze()  # what is here already is no garbage, and a copy that looks for garbage in it would copy it all
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # of libraries' threads, which take no part in this
            self._pid = os.fork()
        if not self._pid:
            self._pipe.close()
            _serve(theirs)
            sys.exit()
        theirs.close()

    def serves(self, group: str) -> bool:
        """Whether it can do a job of this group too."""
        return bool(group) and group == self._group and not self._ended

    def do(self, line: bytes, watcher: int | None = None) -> bytes:
        """What is to be told of the end of the job that a line describes.

        Parameters
        ----------
        watcher : int, optional
            A file from which nothing comes before the job is answered, but its end when nobody watches any more.
        """
        with suppress(BrokenPipeError):
            self._pipe.send_bytes(line)
        answer = b""
        while not (answer or self._ended):
            ready = wait([self._pipe, *([] if watcher is None else [watcher])], _LOOK_SECONDS)
            if watcher in ready:
                kill_tree(os.getpid())
            if self._pipe in ready:
                answer = self._answer()
            else:  # what the copy started, and left behind, may hold the other end of the pipe
                self.end(os.WNOHANG)
        if answer != _WENT_WELL or not self._group:
            self.end()
        return answer or json.dumps(_end(self._status)).encode() + b"\n"

    def _answer(self) -> bytes:
        """What has come; b"" when it has ended without a word."""
        try:
            return self._pipe.recv_bytes()
        except (EOFError, ConnectionResetError):
            self.end()
            return b""

    def end(self, how: int = 0) -> None:
        """Wait until it has ended, as it does for want of jobs; with os.WNOHANG, only see whether it has."""
        if not how:
            self._pipe.close()
        if not self._ended:
            pid, status = os.waitpid(self._pid, how)
            self._ended, self._status = bool(pid), os.waitstatus_to_exitcode(status)


def _serve(pipe: Connection) -> None:
    """Do the first job that comes, and each later one in a copy of this process."""
    from gaplab.report.sections.run_results import days_kept

    with days_kept():
        _do_and_tell(Job(**json.loads(pipe.recv_bytes())), pipe.send_bytes)
        with suppress(EOFError):  # no more jobs of this group
            while line := pipe.recv_bytes():
                pipe.send_bytes(_Copy().do(line))


def _import_what_jobs_need() -> None:
    import gaplab.models.ability.density
    import gaplab.models.frontier.density
    import gaplab.runs.brief_files  # noqa: F401

    import_nbformat()


def _do_and_tell(job: Job, tell: Callable[[bytes], Any]) -> None:
    """Do a job, and tell its error as a line of JSON, {} when it went well."""
    log = os.open(job.log, os.O_WRONLY | os.O_APPEND)
    for printed in (1, 2):  # whatever libraries print goes to the log
        os.dup2(log, printed)
    os.close(log)
    try:
        do(job)
    except BaseException as error:
        message = str(error)[:LONGEST_ERROR] or type(error).__name__
        tell(json.dumps({"message": message, "hopeless": isinstance(error, GaplabError)}).encode() + b"\n")
        raise
    tell(_WENT_WELL)


def _end_with_watcher() -> None:
    """Wait for the end of standard input, which is the end of the watcher, and take the kernel along."""
    while os.read(0, 1024):  # not through sys.stdin: a thread that waits in it aborts the interpreter's end
        pass
    kill_tree(os.getpid())


if __name__ == "__main__":
    main()
