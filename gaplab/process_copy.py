"""A second process that is a copy of this one, which has read and imported what both need."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import signal
import sys
import threading
import warnings
from collections.abc import Callable
from typing import IO


def possible() -> bool:
    """Whether this process can be copied: on Linux, with a core to spare, and no other thread that may hold a lock."""
    alone = threading.active_count() == 1 and not multiprocessing.current_process().daemon
    return sys.platform == "linux" and len(os.sched_getaffinity(0)) > 1 and alone


class Copy:
    """A copy of this process that makes sections."""

    def __init__(self, params: object, make: Callable[[], dict], file: IO[bytes]):
        self.params, self._file = params, file
        self._process = multiprocessing.get_context("fork").Process(target=_make, args=(make, file), daemon=True)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # of libraries' threads, which take no part in this
            self._process.start()

    def collect(self) -> dict:
        """What it made, when it has ended; nothing where it failed, so that the reason comes up in this process."""
        self._process.join()
        self._file.seek(0)
        return pickle.load(self._file) if self._process.exitcode == 0 else {}

    def close(self) -> None:
        """End it, wherever it is."""
        self._process.kill()
        self._process.join()


def _make(make: Callable[[], dict], file: IO[bytes]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # an interrupt of the terminal is for the first process to handle
    with open(os.devnull, "w") as nowhere:
        sys.stdout = sys.stderr = nowhere
        pickle.dump(make(), file)
        file.flush()
