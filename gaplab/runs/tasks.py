"""What a batch has to do: a job for each run, and before it the stages of the fits that the run waits for."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from gaplab.fit.files import ability_file, cache_file
from gaplab.fit.runs import with_restricted
from gaplab.params.spec import Params, parameter_names
from gaplab.places import NOTEBOOKS
from gaplab.runs import run_folder
from gaplab.runs.job import Job, identity, key
from gaplab.runs.plan_file import Run, planned_tables
from gaplab.runs.sources import needs_of

SCRATCH = ".gaplab-scratch"


def planned_job(run: Run, out: Path) -> tuple[str, Job]:
    """The run's id, and what its process is to do."""
    params, content = run.params, key(identity(run.notebook, run.params))
    stem = re.sub(r"[^A-Za-z0-9_-]+", "-", run.notebook.stem)[:40].strip("-") or "notebook"
    name = f"{stem}_{run_folder.stem_of(params)}_{content[:12]}"
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


@dataclass
class Task:
    """A job, what it waits for and what waits for it."""

    job: Job
    needs: set[str] = field(default_factory=set)
    feeds: list[str] = field(default_factory=list)
    tries: int = 0


def tasks_of(jobs: dict[str, tuple[Run, Job]], out: Path) -> tuple[dict[str, Task], list[Path]]:
    """Stages of fits that are not in the cache, then the runs that wait for them; and every posterior they use."""
    tasks: dict[str, Task] = {}
    used: dict[Path, None] = {}
    for name, (run, job) in jobs.items():
        needs = set()
        for params in posteriors_needed(run):
            first, second = posterior_files(fitted_part(params))
            used |= dict.fromkeys((first, second))
            if second.exists():
                continue
            needs.add(second.stem)
            if second.stem not in tasks:
                early = set() if params.ruler != "ability" or first.exists() else {first.stem}
                if early and first.stem not in tasks:
                    tasks[first.stem] = Task(_stage("abilities", params, first, out))
                tasks[second.stem] = Task(_stage("frontiers", params, second, out), early)
        tasks[name] = Task(job, needs)
    for name, task in tasks.items():
        for need in task.needs:
            tasks[need].feeds.append(name)
    return tasks, list(used)


def posteriors_needed(run: Run) -> list[Params]:
    """The posteriors that a notebook says it needs; any other is fitted when the notebook asks for it."""
    needs = needs_of(run.notebook)
    return [run.params] * ("run" in needs) + [with_restricted(run.params)] * ("trusted" in needs)


def fitted_part(params: Params) -> Params:
    """The parameters that a posterior depends on; runs that differ in others share it."""
    return params.reset(*parameter_names(stage="reading"), *parameter_names(stage="forecast"))


@cache
def posterior_files(params: Params) -> tuple[Path, Path]:
    """Where the draws of both stages of a run are cached."""
    tables = planned_tables(params)
    return ability_file(tables, params), cache_file(tables, params)


def _stage(kind: str, params: Params, file: Path, out: Path) -> Job:
    return Job(kind=kind, parameters=params.as_strings(), log=str(out / "logs" / f"{file.stem}.log"))


def is_here(job: Job) -> bool:
    """Whether the folder of a run is whole and made from what was asked for."""
    made = run_folder.read_manifest(Path(job.target))
    return made is not None and made.get("run") == job.key


def page_of(name: str, job: Job) -> str:
    """The page of a run, from the batch's folder."""
    return f"{name}/{Path(job.notebook).stem}.html"


def log_of(out: Path, name: str) -> str | None:
    """The log of a run, from the batch's folder, if it has one."""
    return f"logs/{name}.log" if (out / "logs" / f"{name}.log").exists() else None
