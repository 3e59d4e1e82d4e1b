"""Several runs at once: each distinct run is fitted once, or read from the cache."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from gaplab.data.load import load
from gaplab.data.tables import Tables
from gaplab.errors import GaplabError
from gaplab.fit.fit import fit
from gaplab.params.spec import Params, choices_of
from gaplab.posterior import Posterior


def with_restricted(params: Params) -> Params:
    """The run that counts the leader's restricted models too, whatever this one counts."""
    return replace(params, scope="trusted") if params.scope == "public" else params


def distinct_runs(posterior: Posterior, restricted: Posterior) -> list[Posterior]:
    """The run and the one that counts restricted models; one of them where they are the same."""
    return list({run.params: run for run in (posterior, restricted)}.values())


def tables_of(params: Params) -> Tables:
    """The tables that a run may see."""
    return load(as_of=params.as_of, knowledge=params.knowledge, root=Path(params.data) if params.data else None)


def fit_or_reason(runs: Iterable[Params], *, progress: bool = False) -> dict[Params, Posterior | str]:
    """The posterior of every run, or why the data do not suffice for one.

    Parameters
    ----------
    progress : bool
        Show a bar for each phase of sampling on the terminal.
    """
    found: dict[Params, Posterior | str] = {}
    for run in dict.fromkeys(runs):
        try:
            found[run] = fit(tables_of(run), run, progress=progress)
        except GaplabError as error:
            found[run] = error.problems[0]
    return found


def by_domain(run: Params) -> list[Params]:
    """The same run in every domain; none where domains cannot be read."""
    if run.ruler != "ability" or run.domains == "ignored":
        return []
    return [replace(run, domain=domain) for domain in choices_of("domain") if domain != "all"]


def fit_all(runs: Iterable[Params], *, progress: bool = False) -> dict[Params, Posterior]:
    """The posterior of every run, in the order given.

    Parameters
    ----------
    runs : iterable of Params
        Equal ones are fitted once.
    progress : bool
        Show a bar for each phase of sampling on the terminal.
    """
    return {run: fit(tables_of(run), run, progress=progress) for run in dict.fromkeys(runs)}
