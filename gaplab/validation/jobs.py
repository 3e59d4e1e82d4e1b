"""Many simulations: over processes, with the time left, kept one by one so that a broken-off run goes on."""

from __future__ import annotations

import json
import multiprocessing
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor, as_completed
from pathlib import Path
from typing import Any

from threadpoolctl import threadpool_limits

from gaplab import identity
from gaplab.fit import cache
from gaplab.progress import bars

Job = Mapping[str, Any]
"""Arguments of one simulation: JSON-ready values only."""

Workers = int | Executor
"""A number of processes, or what hands jobs to workers elsewhere."""


def code(function: Callable[..., Any]) -> str:
    """Hash of the code that a simulation reaches; of the whole package for one that is defined elsewhere."""
    package = identity.package()
    return identity.of(*([function.__module__] if function.__module__ in package else package))


def run(
    function: Callable[..., Any],
    jobs: Sequence[Job],
    *,
    key: Mapping[str, Any],
    workers: Workers = 1,
    progress: bool = False,
    tolerated: float = 0.0,
) -> list[Any]:
    """Results of `function(**job)` for every job, in their order.

    Each result is appended to a file in the cache folder as soon as it is
    there. The file's name is a hash of `key` and of the code, so a run that was
    broken off goes on where it stopped, and one with other data or other code
    starts afresh. Equal jobs give equal results whatever the number of
    processes: seeds are part of the job.

    Parameters
    ----------
    function : callable
        Of a module, so that other processes can import it; JSON-ready result.
    jobs : sequence of mappings
        Keyword arguments, JSON-ready.
    key : mapping
        What else determines the results, the data hash for one.
    workers : int or Executor
        Processes, with 1 the jobs run in this one; or an executor of other machines, see `cluster.executor`.
    progress : bool
        Show a bar with the time left on standard error.
    tolerated : float
        Share of the jobs that may fail: their result is None, for the caller to count and report.

    Raises
    ------
    RuntimeError
        More jobs failed; the others are kept, and a second run tries these again.
    """
    label = f"{function.__module__.rsplit('.', 1)[-1]}.{function.__name__}"
    path = cache.folder() / f"validation-{label}-{cache.key({**key, 'code': code(function)})[:24]}.jsonl"
    done = _finished(path)
    todo = [job for job in jobs if _name(job) not in done]
    path.parent.mkdir(parents=True, exist_ok=True)
    failures = []
    with path.open("a", encoding="utf-8") as file, bars(progress, counted=True) as report:
        report(label, len(jobs) - len(todo), len(jobs))
        results = enumerate(_results(function, todo, workers), start=len(jobs) - len(todo) + 1)
        for ended, (job, result, problem) in results:
            if problem is None:
                file.write(json.dumps({"job": dict(job), "result": result}) + "\n")
                file.flush()
                done[_name(job)] = json.loads(json.dumps(result))
            else:
                failures.append(f"{_name(job)}: {problem}")
            report(label, ended, len(jobs))
    if len(failures) > tolerated * len(jobs):
        raise RuntimeError(f"{len(failures)} of {len(jobs)} simulations failed; the first: {failures[0]}")
    return [done.get(_name(job)) for job in jobs]


def _results(function: Callable, jobs: Sequence[Job], workers: Workers) -> Iterator[tuple[Job, Any, str | None]]:
    """(job, result, problem) as they come in; the failure of one job does not stop the others."""
    if isinstance(workers, Executor):
        yield from _handed_out(function, jobs, workers)
    elif workers <= 1:
        for job in jobs:
            yield job, *_attempt(function, job)
    else:
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(min(workers, max(len(jobs), 1)), context, _one_thread) as pool:
            yield from _handed_out(function, jobs, pool)


def _handed_out(function: Callable, jobs: Sequence[Job], pool: Executor) -> Iterator[tuple[Job, Any, str | None]]:
    running: dict[Future, Job] = {pool.submit(_attempt, function, job): job for job in jobs}
    for future in as_completed(running):
        yield running[future], *future.result()


def _attempt(function: Callable, job: Job) -> tuple[Any, str | None]:
    try:
        return function(**job), None
    except (ValueError, ArithmeticError, RuntimeError, KeyError, IndexError) as problem:
        return None, f"{type(problem).__name__}: {str(problem).splitlines()[0]}"


def _one_thread() -> None:
    threadpool_limits(1, user_api="blas")


def _name(job: Job) -> str:
    return json.dumps(dict(job), sort_keys=True)


def _finished(path: Path) -> dict[str, Any]:
    """Results of earlier runs; a last line that was cut off counts as not there."""
    if not path.exists():
        return {}
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    whole = [line for line in lines if line.endswith("\n")]
    if len(whole) < len(lines):
        path.write_text("".join(whole), encoding="utf-8")
    kept = map(json.loads, whole)
    return {_name(entry["job"]): entry["result"] for entry in kept}
