"""A batch: many runs from one plan, each posterior fitted once and each notebook in its own process."""

from __future__ import annotations

import os
import shutil
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, CancelledError, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import psutil
from filelock import FileLock, Timeout

from gaplab.errors import GaplabError
from gaplab.fit import cache as store
from gaplab.places import NOTEBOOKS
from gaplab.questions.scenario_library import scenario_name
from gaplab.runs import plan_file
from gaplab.runs.gap_by_run import gap_of
from gaplab.runs.job import Job, Outcome
from gaplab.runs.ledger import Event, Ledger, Row, answer_of, earlier_seconds, parameters_shown
from gaplab.runs.plan_file import Run
from gaplab.runs.tasks import SCRATCH, Task, is_here, log_of, page_of, planned_job, tasks_of
from gaplab.runs.worker import Worker

MEMORY_BYTES = 2**30
"""What a notebook and its kernel need, with room to spare."""
MOST_HELD = 500
"""Cache entries that a batch keeps from eviction; each takes an open file."""
_NO_POSTERIOR = "its posterior failed: "


@dataclass(frozen=True)
class Options:
    """How a batch is worked through.

    Attributes
    ----------
    workers : int or None
        Processes at once; None: as many as cores and memory allow.
    retries : int
        How often a run that failed is tried again.
    timeout : float or None
        Seconds after which a run is stopped.
    fail_fast : bool
        Start nothing more once a run has failed.
    scheduler : str or None
        Address of a dask scheduler; None: this machine.
    """

    workers: int | None = None
    retries: int = 1
    timeout: float | None = None
    fail_fast: bool = False
    scheduler: str | None = None


def run(
    file: Path,
    out: Path,
    *,
    options: Options = Options(),
    home: Path = NOTEBOOKS,
    tell: Callable[[Event], None] = lambda event: None,
) -> Ledger:
    """Run all that a file lists, and write a folder for each run, batch.json and index.html.

    Parameters
    ----------
    file : Path
        See `plan_file`.
    out : Path
        Folder of the batch; runs that are complete in it are skipped.
    home : Path
        Folder of the notebooks.
    tell : callable
        Is told whenever something happens.

    Returns
    -------
    Ledger
        Every run as batch.json lists it.

    Raises
    ------
    GaplabError
        Something in the file cannot be run, or the cluster does not share
        what it must; nothing was started.
    RuntimeError
        The outcome could not be recorded.
    """
    store.limit()
    store.check_writable()
    runs, out = plan_file.read(file, home=home), out.resolve()
    with only_batch_in(out):
        scratch = out / SCRATCH
        shutil.rmtree(scratch, ignore_errors=True)  # drafts of a batch that was killed
        jobs = {name: (run, job) for run in runs for name, job in [planned_job(run, out)]}
        ledger = _opened(jobs, out)
        unfinished = {name: pair for name, pair in jobs.items() if ledger.rows[name].status == "pending"}
        tasks, posteriors = tasks_of(unfinished, out)
        try:
            all_runs = [run for run, _ in jobs.values()]
            with store.in_use(*posteriors[:MOST_HELD]), _workers(options, out, all_runs) as workers:
                Work(tasks, ledger, options, tell, workers).run_all()
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
            ledger.close()
    return ledger


@contextmanager
def only_batch_in(out: Path) -> Iterator[None]:
    """The batch's folder, which no other batch may work in; the system frees it when this process dies."""
    lock = FileLock(out / ".gaplab-batch", blocking=False)
    try:
        out.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except Timeout:
        raise GaplabError(
            f"--out {out}: another batch is at work there; expected a folder of its own for each: wait or give another"
        ) from None
    except OSError as error:
        raise GaplabError(
            f"--out {out}: cannot be written ({error.strerror}); expected a folder that can; give another path"
        ) from None
    try:
        yield
    finally:
        lock.release()


def _opened(jobs: dict[str, tuple[Run, Job]], out: Path) -> Ledger:
    """The ledger before the first run starts: what is complete already is skipped."""
    seconds = earlier_seconds(out)
    ledger = Ledger(out)
    for name, (run, job) in jobs.items():
        parameters, scenario = parameters_shown(run.params), scenario_name(run.params)
        row = Row(name, "pending", run.notebook.stem, run.name, parameters, scenario=scenario)
        if is_here(job):
            page, log = page_of(name, job), log_of(out, name)
            answer = answer_of(out / name)
            gap = gap_of(out / name)
            row = replace(row, status="skipped", answer=answer, gap=gap, seconds=seconds.get(name), brief=page, log=log)
        ledger.rows[name] = row
    ledger.write()
    ledger.close()
    return ledger


class _LocalWorkers:
    """Processes on this machine, each watched by a thread, which do one job after another."""

    def __init__(self, workers: int | None):
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        room = int(psutil.virtual_memory().available // MEMORY_BYTES)
        self.width = workers or max(1, min(cores, room))
        self._workers = [Worker() for _ in range(self.width)]
        self._idle = list(self._workers)
        self._threads = ThreadPoolExecutor(self.width)

    def submit(self, job: Job, timeout: float | None) -> Future[Outcome]:
        worker = next((each for each in self._idle if each.group == job.group), self._idle[0])
        self._idle.remove(worker)
        return self._threads.submit(self._run, worker, job, timeout)

    def _run(self, worker: Worker, job: Job, timeout: float | None) -> Outcome:
        try:
            return worker.run(job, timeout)
        finally:
            self._idle.append(worker)

    def close(self) -> None:
        """End what still runs."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        for _ in range(2):  # a worker that was just about to start has started once its thread has ended
            for worker in self._workers:
                worker.close()
            self._threads.shutdown()


@contextmanager
def _workers(options: Options, out: Path, runs: list[Run]) -> Iterator:
    """What runs the jobs: processes on this machine or a cluster."""
    if not options.scheduler:
        workers = _LocalWorkers(options.workers)
        try:
            yield workers
        finally:
            workers.close()
        return
    from gaplab.runs import cluster

    with cluster.workers(options.scheduler, out, runs) as workers:
        yield workers


class Work:
    """Runs the tasks of a batch: starts each when what it needs is done, and records how it ended."""

    def __init__(self, tasks: dict[str, Task], ledger: Ledger, options: Options, tell: Callable, workers):
        self.tasks, self.ledger, self.options, self.tell, self.workers = tasks, ledger, options, tell, workers
        self.ready = deque(name for name, task in tasks.items() if not task.needs)
        self.running: dict[Future[Outcome], str] = {}
        self.lately = deque[str](maxlen=workers.width)
        self.fits = sum(name not in ledger.rows for name in tasks)
        self.fits_done, self.stopped = 0, ""

    def run_all(self) -> None:
        """Start and record tasks until none is left that can run."""
        self._say("")
        while self.ready or self.running:
            while self.ready and len(self.running) < self.workers.width:
                name = self._next()
                self.running[self.workers.submit(self.tasks[name].job, self.options.timeout)] = name
            ended, _ = wait(self.running, return_when=FIRST_COMPLETED)
            for future in ended:
                self._ended(self.running.pop(future), _outcome(future))
            if self.stopped:
                self.ready.clear()
        for name, row in self.ledger.rows.items():
            if row.status == "pending":
                self.ledger.set(name, status="skipped", error=f"not started: stopped when {self.stopped} failed")

    def _next(self) -> str:
        """The task to start now: of a group that a worker has just been at, else of one that no worker is at."""
        at_work = {self.tasks[name].job.group for name in self.running.values()} - {""}

        def rank(name: str) -> int:
            group = self.tasks[name].job.group
            return 2 if group in at_work else int(not group or group not in self.lately)

        first = min(self.ready, key=rank)
        self.ready.remove(first)
        return first

    def _ended(self, name: str, outcome: Outcome) -> None:
        task = self.tasks[name]
        self.lately.append(task.job.group)
        if not outcome.error and task.job.target and not is_here(task.job):
            outcome = replace(outcome, error=f"its process reported success, but {task.job.target} is not whole here")
        if not outcome.error:
            self._went_well(name, outcome)
        elif task.tries < self.options.retries and not outcome.hopeless and not self.stopped:
            task.tries += 1
            self.ready.append(name)
            self._say(f"again {name}: {outcome.error.splitlines()[0]}")
        else:
            self._failed(name, outcome, f"logs/{name}.log")

    def _went_well(self, name: str, outcome: Outcome) -> None:
        if name in self.ledger.rows:
            page = page_of(name, self.tasks[name].job)
            log = log_of(self.ledger.home, name)
            answer = answer_of(self.ledger.home / name)
            gap = gap_of(self.ledger.home / name)
            self.ledger.set(name, status="done", answer=answer, gap=gap, seconds=outcome.seconds, brief=page, log=log)
        else:
            self.fits_done += 1
        for fed in self.tasks[name].feeds:
            self.tasks[fed].needs.discard(name)
            if not self.tasks[fed].needs:
                self.ready.append(fed)
        self._say(f"done {name} ({outcome.seconds:.1f} s)")

    def _failed(self, name: str, outcome: Outcome, log: str) -> None:
        """Record a failure, and that of the runs that waited for it."""
        if self.options.fail_fast:
            self.stopped = self.stopped or name
        if name in self.ledger.rows:
            if self.ledger.rows[name].status == "failed":  # two of its posteriors failed
                return
            log = log if (self.ledger.home / log).exists() else None
            self.ledger.set(name, status="failed", seconds=outcome.seconds, log=log, error=outcome.error)
        self._say(f"failed {name}: {outcome.error.splitlines()[0]}")
        error = outcome.error if outcome.error.startswith(_NO_POSTERIOR) else _NO_POSTERIOR + outcome.error
        for fed in self.tasks[name].feeds:
            self._failed(fed, Outcome(0.0, error), log)

    def _say(self, line: str) -> None:
        self.tell(Event(line, self.ledger, len(self.running), self.fits_done, self.fits))


def _outcome(future: Future[Outcome]) -> Outcome:
    """How a job ended; a cluster may lose its worker again and again."""
    problem = None if future.cancelled() else future.exception()
    if future.cancelled() or problem is not None:
        return Outcome(0.0, f"its worker was lost: {problem or CancelledError.__name__}")
    return future.result()
