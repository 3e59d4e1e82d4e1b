"""Several runs at once: each distinct one is fitted once, or read from the cache."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from pandas import DataFrame

from gaplab import data
from gaplab.data import Tables
from gaplab.errors import GaplabError
from gaplab.fit import fit
from gaplab.params import Params, choices
from gaplab.posterior import Posterior


def evidence(params: Params) -> Tables:
    """The tables that a run may see."""
    return data.load(as_of=params.as_of, knowledge=params.knowledge, root=Path(params.data) if params.data else None)


def admitted(tables: Tables, params: Params) -> DataFrame:
    """The models that count in a run, as `data.eligible` lists them."""
    return data.eligible(tables, scope=params.scope, clock=params.clock, leader=params.leader)


def readable(runs: Iterable[Params], *, progress: bool = False) -> dict[Params, Posterior | str]:
    """The posterior of every run, or why the data do not suffice for one.

    Parameters
    ----------
    runs : iterable of Params
    progress : bool
        Show a bar for each phase of sampling on the terminal.

    Returns
    -------
    dict of Params to Posterior or str
    """
    found: dict[Params, Posterior | str] = {}
    for run in dict.fromkeys(runs):
        try:
            found[run] = fit(evidence(run), run, progress=progress)
        except GaplabError as error:
            found[run] = error.problems[0]
    return found


def by_domain(run: Params) -> list[Params]:
    """The same run in every domain; none where domains cannot be read."""
    if run.ruler != "ability" or run.domains == "ignored":
        return []
    return [replace(run, domain=domain) for domain in choices("domain") if domain != "all"]


def fitted(runs: Iterable[Params], *, progress: bool = False) -> dict[Params, Posterior]:
    """The posterior of every run, in the order given.

    Parameters
    ----------
    runs : iterable of Params
        Equal ones are fitted once.
    progress : bool
        Show a bar for each phase of sampling on the terminal.

    Returns
    -------
    dict of Params to Posterior
    """
    return {run: fit(evidence(run), run, progress=progress) for run in dict.fromkeys(runs)}
