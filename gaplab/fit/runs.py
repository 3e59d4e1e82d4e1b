"""Several runs at once: each distinct run is fitted once, or read from the cache."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path

from gaplab.data.groups import with_groups
from gaplab.data.load import load
from gaplab.data.tables import Tables
from gaplab.errors import GaplabError
from gaplab.fit.fit import fit
from gaplab.params.fields import Knowledge
from gaplab.params.spec import Params, choices_of
from gaplab.posterior import Posterior


def with_restricted(params: Params) -> Params:
    """The run that counts the leader's restricted models too, whatever this one counts."""
    return replace(params, scope="trusted") if params.scope == "public" else params


def distinct_runs(posterior: Posterior, restricted: Posterior) -> list[Posterior]:
    """The run and the one that counts restricted models; one of them where they are the same."""
    return list({run.params: run for run in (posterior, restricted)}.values())


_AT_HAND: ContextVar[tuple[tuple, Tables] | None] = ContextVar("at_hand", default=None)


@contextmanager
def tables_at_hand(params: Params, tables: Tables) -> Iterator[None]:
    """Meanwhile `tables_of` gives these tables to runs that ask for the same, and reads no file for them."""
    token = _AT_HAND.set((_table_arguments(params), tables))
    try:
        yield
    finally:
        _AT_HAND.reset(token)


def tables_of(params: Params) -> Tables:
    """The tables that a run may see, each model under its country or its group."""
    wanted = _table_arguments(params)
    given = _AT_HAND.get()
    return given[1] if given and given[0] == wanted else _tables(*wanted)


def _table_arguments(params: Params) -> tuple[date, Knowledge, str | None, str, str]:
    """All that the tables of a run depend on."""
    return params.as_of, params.knowledge, params.data, params.leader, params.follower


def _tables(as_of: date, knowledge: Knowledge, data: str | None, leader: str, follower: str) -> Tables:
    return with_groups(load(as_of=as_of, knowledge=knowledge, root=Path(data) if data else None), leader, follower)


def fit_or_reason(
    runs: Iterable[Params], *, tables: Tables | None = None, progress: bool = False
) -> dict[Params, Posterior | str]:
    """The posterior of every run, or why the data do not suffice for one.

    Parameters
    ----------
    tables : Tables, optional
        Those of all runs, when they were read already.
    progress : bool
        Show a bar for each phase of sampling on the terminal.
    """
    found: dict[Params, Posterior | str] = {}
    read = cache(_tables) if tables is None else lambda *_: tables
    for run in dict.fromkeys(runs):
        try:
            found[run] = fit(read(*_table_arguments(run)), run, progress=progress)
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
    read = cache(_tables)
    return {run: fit(read(*_table_arguments(run)), run, progress=progress) for run in dict.fromkeys(runs)}
