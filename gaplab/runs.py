"""Several runs at once: each distinct one is fitted once, or read from the cache."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from pandas import DataFrame

from gaplab import data, scenarios
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


def check(tables: Tables, params: Params) -> None:
    """Refuse a run that the tables cannot answer, before time is spent on it.

    Parameters
    ----------
    tables : Tables
        What the run may see.
    params : Params

    Raises
    ------
    GaplabError
        The subject is no model of the follower; a target or lever cannot be
        answered; no model of the leader is out.
    """
    models = admitted(tables, params)
    ours = models.index[models["country"] == params.follower]
    if len(ours) and params.subject not in ("default", "all", *ours):
        close = difflib.get_close_matches(params.subject, ours, n=3, cutoff=0.5)
        hint = f"did you mean {' or '.join(map(repr, close))}?" if close else "--subject all lists them."
        raise GaplabError(
            f"parameter subject: {params.subject!r} is no model of {params.follower} out by {params.as_of}; "
            f"expected default, all or the name of one; {hint}"
        )
    if params.target != "default" or params.inject_ability is not None:
        scenarios.check(tables, params)


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
