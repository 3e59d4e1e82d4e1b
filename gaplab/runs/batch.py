"""A batch: many runs from one plan, each posterior fitted once and each notebook in its own process."""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, CancelledError, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

import psutil
from filelock import FileLock, Timeout

from gaplab.errors import GaplabError
from gaplab.fit import cache as store
from gaplab.fit.fit import ability_file, cache_file
from gaplab.fit.runs import tables_of, with_restricted
from gaplab.params.spec import Params, parameter_names
from gaplab.places import NOTEBOOKS
from gaplab.progress import Report, bars
from gaplab.runs import plan_file, run_folder
from gaplab.runs.job import Job, Outcome, identity, isolated, key, kill_tree
from gaplab.runs.ledger import Ledger, Row, earlier_seconds, shown
from gaplab.runs.notebook import needs_of
from gaplab.runs.plan_file import Run

SCRATCH = ".gaplab-scratch"
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


@dataclass(frozen=True)
class News:
    """Something happened: a line for people, and where the batch stands."""

    line: str
    ledger: Ledger
    running: int
    posteriors_done: int
    posteriors: int


@contextmanager
def display(quiet: bool) -> Iterator[Callable[[News], None]]:
    """A function to be told the news: bars on a terminal, plain lines elsewhere, on standard error."""
    if quiet:
        yield lambda news: None
    elif not sys.stderr.isatty():
        yield _line
    else:
        with bars(True, counted=True) as report:
            yield lambda news: _on_bars(report, news)


def _line(news: News) -> None:
    if news.line:
        ended = sum(news.ledger.counts.values()) - news.ledger.counts["pending"]
        print(f"[{ended}/{len(news.ledger.rows)}] {news.line}", file=sys.stderr, flush=True)


def _on_bars(report: Report, news: News) -> None:
    counts, total = news.ledger.counts, len(news.ledger.rows)
    report("posteriors", news.posteriors_done, news.posteriors)
    report("runs", total - counts["pending"], total)
    report("running", news.running, total)
    report("failed", counts["failed"], total)
    if news.line.startswith(("failed", "again")):
        print(news.line, file=sys.stderr)


@dataclass
class _Task:
    """A job, what it waits for and what waits for it."""

    job: Job
    needs: set[str] = field(default_factory=set)
    feeds: list[str] = field(default_factory=list)
    tries: int = 0


def run(
    file: Path,
    out: Path,
    *,
    options: Options = Options(),
    home: Path = NOTEBOOKS,
    tell: Callable[[News], None] = lambda news: None,
) -> Ledger:
    """Run all that a file lists, and write a folder for each run, batch.json and index.html.

    Parameters
    ----------
    file : Path
        See `runfile`.
    out : Path
        Folder of the batch; runs that are complete in it are skipped.
    options : Options
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
    runs, out = plan_file.read(file, home=home), out.resolve()
    with _alone(out):
        scratch = out / SCRATCH
        shutil.rmtree(scratch, ignore_errors=True)  # drafts of a batch that was killed
        jobs = {name: (run, job) for run in runs for name, job in [_planned(run, out)]}
        ledger = _opened(jobs, out)
        unfinished = {name: pair for name, pair in jobs.items() if ledger.rows[name].status == "pending"}
        tasks, posteriors = _tasks(unfinished, out)
        try:
            with store.in_use(*posteriors[:MOST_HELD]), _crew(options, out, [run for run, _ in jobs.values()]) as crew:
                _Work(tasks, ledger, options, tell, crew).through()
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
            ledger.close()
    return ledger


@contextmanager
def _alone(out: Path) -> Iterator[None]:
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


def _planned(run: Run, out: Path) -> tuple[str, Job]:
    """The run's id and what its process is to do."""
    params, content = run.params, key(identity(run.notebook, run.params))
    stem = re.sub(r"[^A-Za-z0-9_-]+", "-", run.notebook.stem)[:40].strip("-") or "notebook"
    name = f"{stem}_{params.as_of}_{params.scope}_{params.ruler}_{content[:12]}"
    own = run.notebook.parent == NOTEBOOKS
    return name, Job(
        kind="notebook",
        parameters=params.as_strings(),
        log=str(out / "logs" / f"{name}.log"),
        notebook=run.notebook.name if own else str(run.notebook),
        target=str(out / name),
        scratch=str(out / SCRATCH),
        key=content,
    )


def _opened(jobs: dict[str, tuple[Run, Job]], out: Path) -> Ledger:
    """The ledger before the first run starts: what is complete already is skipped."""
    seconds = earlier_seconds(out)
    ledger = Ledger(out)
    for name, (run, job) in jobs.items():
        row = Row(name, "pending", run.notebook.stem, run.name, shown(run.params))
        if _is_here(job):
            row = replace(row, status="skipped", seconds=seconds.get(name), brief=_page(name, run), log=_log(out, name))
        ledger.rows[name] = row
    ledger.write()
    ledger.close()
    return ledger


def _page(name: str, run: Run) -> str:
    return f"{name}/{run.notebook.stem}.html"


def _log(out: Path, name: str) -> str | None:
    return f"logs/{name}.log" if (out / "logs" / f"{name}.log").exists() else None


def _tasks(jobs: dict[str, tuple[Run, Job]], out: Path) -> tuple[dict[str, _Task], list[Path]]:
    """Stages of fits that are not in the cache, then the runs that wait for them; and every posterior they use."""
    tasks: dict[str, _Task] = {}
    used: dict[Path, None] = {}
    for name, (run, job) in jobs.items():
        needs = set()
        for params in _posteriors(run):
            first, second = _files(_fitted_part(params))
            used |= dict.fromkeys((first, second))
            if second.exists():
                continue
            needs.add(second.stem)
            if second.stem not in tasks:
                early = set() if params.ruler != "ability" or first.exists() else {first.stem}
                if early and first.stem not in tasks:
                    tasks[first.stem] = _Task(_stage("abilities", params, first, out))
                tasks[second.stem] = _Task(_stage("frontiers", params, second, out), early)
        tasks[name] = _Task(job, needs)
    for name, task in tasks.items():
        for need in task.needs:
            tasks[need].feeds.append(name)
    return tasks, list(used)


def _posteriors(run: Run) -> list[Params]:
    """The posteriors that a notebook says it needs; any other is fitted when the notebook asks for it."""
    needs = needs_of(run.notebook)
    return [run.params] * ("run" in needs) + [with_restricted(run.params)] * ("trusted" in needs)


def _fitted_part(params: Params) -> Params:
    """The parameters that a posterior depends on; runs that differ in others share it."""
    return params.reset(*parameter_names(stage="reading"), *parameter_names(stage="forecast"))


@cache
def _files(params: Params) -> tuple[Path, Path]:
    tables = tables_of(params)
    return ability_file(tables, params), cache_file(tables, params)


def _stage(kind: str, params: Params, file: Path, out: Path) -> Job:
    return Job(kind=kind, parameters=params.as_strings(), log=str(out / "logs" / f"{file.stem}.log"))


class _Here:
    """Processes on this machine, each watched by a thread."""

    def __init__(self, workers: int | None):
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        room = int(psutil.virtual_memory().available // MEMORY_BYTES)
        self.width = workers or max(1, min(cores, room))
        self._alive: set[int] = set()
        self._threads = ThreadPoolExecutor(self.width)

    def submit(self, job: Job, timeout: float | None) -> Future[Outcome]:
        return self._threads.submit(isolated, job, timeout, self._alive)

    def close(self) -> None:
        """End what still runs."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        for pid in list(self._alive):
            kill_tree(pid)
        self._threads.shutdown()


@contextmanager
def _crew(options: Options, out: Path, runs: list[Run]) -> Iterator:
    """Whoever does the jobs: processes here or a cluster."""
    if not options.scheduler:
        crew = _Here(options.workers)
        try:
            yield crew
        finally:
            crew.close()
        return
    from gaplab.runs import cluster

    with cluster.crew(options.scheduler, out, runs) as crew:
        yield crew


class _Work:
    """The way through all tasks: what is ready starts, what has ended is recorded."""

    def __init__(self, tasks: dict[str, _Task], ledger: Ledger, options: Options, tell: Callable, crew):
        self.tasks, self.ledger, self.options, self.tell, self.crew = tasks, ledger, options, tell, crew
        self.ready = deque(name for name, task in tasks.items() if not task.needs)
        self.running: dict[Future[Outcome], str] = {}
        self.fits = sum(name not in ledger.rows for name in tasks)
        self.fits_done, self.stopped = 0, ""

    def through(self) -> None:
        """Until nothing is left that can be done."""
        self._say("")
        while self.ready or self.running:
            while self.ready and len(self.running) < self.crew.width:
                name = self.ready.popleft()
                self.running[self.crew.submit(self.tasks[name].job, self.options.timeout)] = name
            ended, _ = wait(self.running, return_when=FIRST_COMPLETED)
            for future in ended:
                self._ended(self.running.pop(future), _outcome(future))
            if self.stopped:
                self.ready.clear()
        for name, row in self.ledger.rows.items():
            if row.status == "pending":
                self.ledger.set(name, status="skipped", error=f"not started: stopped when {self.stopped} failed")

    def _ended(self, name: str, outcome: Outcome) -> None:
        task = self.tasks[name]
        if not outcome.error and task.job.target and not _is_here(task.job):
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
            page = f"{name}/{Path(self.tasks[name].job.notebook).stem}.html"
            log = _log(self.ledger.home, name)
            self.ledger.set(name, status="done", seconds=outcome.seconds, brief=page, log=log)
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
        told = outcome.error if outcome.error.startswith(_NO_POSTERIOR) else _NO_POSTERIOR + outcome.error
        for fed in self.tasks[name].feeds:
            self._failed(fed, Outcome(0.0, told), log)

    def _say(self, line: str) -> None:
        self.tell(News(line, self.ledger, len(self.running), self.fits_done, self.fits))


def _is_here(job: Job) -> bool:
    """Whether the folder of a run is whole and made from what was asked for."""
    made = run_folder.read_manifest(Path(job.target))
    return made is not None and made.get("run") == job.key


def _outcome(future: Future[Outcome]) -> Outcome:
    """How a job ended; a cluster may lose its worker again and again."""
    problem = None if future.cancelled() else future.exception()
    if future.cancelled() or problem is not None:
        return Outcome(0.0, f"its worker was lost: {problem or CancelledError.__name__}")
    return future.result()
