"""Sections made by a second process: a copy of this one, which has read and imported what both need."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

from gaplab.process_copy import Copy, copied

if TYPE_CHECKING:
    from gaplab.params.spec import Params
    from gaplab.report.page.part import Shown

type Sections = dict[str, Shown]


_COPY: ContextVar[tuple[Params, Copy[Sections]] | None] = ContextVar("copy", default=None)


@contextmanager
def made_beside(params: Params, make: Callable[[], Sections]) -> Iterator[None]:
    """Meanwhile a second process makes these sections of a run, which `collected` gives."""
    with copied(make) as copy:
        token = _COPY.set((params, copy))
        try:
            yield
        finally:
            _COPY.reset(token)


def at_work(params: Params) -> bool:
    """Whether a second process makes sections of this run."""
    held = _COPY.get()
    return held is not None and held[0] == params


def collected(params: Params) -> Sections:
    """The sections of a run that a second process has made, once; nothing where there is none, or it failed."""
    if not at_work(params):
        return {}
    _, copy = _COPY.get()
    _COPY.set(None)
    return copy.collect() or {}
