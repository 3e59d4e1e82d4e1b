"""Sections made by a second process: a copy of this one, which has read and imported what both need."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import signal
import sys
import tempfile
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from gaplab.params.spec import Params
    from gaplab.report.page.part import Shown

type Sections = dict[str, Shown]


def possible() -> bool:
    """Whether this process can be copied: on Linux, with a core to spare, and no other thread that may hold a lock."""
    alone = threading.active_count() == 1 and not multiprocessing.current_process().daemon
    return sys.platform == "linux" and len(os.sched_getaffinity(0)) > 1 and alone


class _Copy:
    """A copy of this process that makes sections."""

    def __init__(self, params: Params, make: Callable[[], Sections], file: IO[bytes]):
        self.params, self._file = params, file
        self._process = multiprocessing.get_context("fork").Process(target=_make, args=(make, file), daemon=True)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # of libraries' threads, which take no part in this
            self._process.start()

    def collect(self) -> Sections:
        """What it made, when it has ended; nothing where it failed, so that the reason comes up in this process."""
        self._process.join()
        self._file.seek(0)
        return pickle.load(self._file) if self._process.exitcode == 0 else {}

    def close(self) -> None:
        """End it, wherever it is."""
        self._process.kill()
        self._process.join()


def _make(make: Callable[[], Sections], file: IO[bytes]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # an interrupt of the terminal is for the first process to handle
    with open(os.devnull, "w") as nowhere:
        sys.stdout = sys.stderr = nowhere
        pickle.dump(make(), file)
        file.flush()


_COPY: ContextVar[_Copy | None] = ContextVar("copy", default=None)


@contextmanager
def made_beside(params: Params, make: Callable[[], Sections]) -> Iterator[None]:
    """Meanwhile a second process makes these sections of a run, which `collected` gives."""
    with tempfile.TemporaryFile() as file:
        copy = _Copy(params, make, file)
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
