"""Sections made by a second process: a copy of this one, which has read and imported what both need."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

from gaplab.process_copy import Copy

if TYPE_CHECKING:
    from gaplab.params.spec import Params
    from gaplab.report.page.part import Shown

type Sections = dict[str, Shown]


_COPY: ContextVar[Copy | None] = ContextVar("copy", default=None)


@contextmanager
def made_beside(params: Params, make: Callable[[], Sections]) -> Iterator[None]:
    """Meanwhile a second process makes these sections of a run, which `collected` gives."""
    with tempfile.TemporaryFile() as file:
        copy = Copy(params, make, file)
        token = _COPY.set(copy)
        try:
            yield
        finally:
            _COPY.reset(token)
            copy.close()


def at_work(params: Params) -> bool:
    """Whether a second process makes sections of this run."""
    copy = _COPY.get()
    return copy is not None and copy.params == params


def collected(params: Params) -> Sections:
    """The sections of a run that a second process has made, once; nothing where there is none."""
    if not at_work(params):
        return {}
    copy = _COPY.get()
    _COPY.set(None)
    return copy.collect()
