"""Readings of stage 1 made by a second process while the first one loads the compiler."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from gaplab import process_copy
from gaplab.fit import cache
from gaplab.fit.stage_frontiers import Read, readings_of

if TYPE_CHECKING:
    from gaplab.data.tables import Tables
    from gaplab.params.spec import Params


@contextmanager
def read_beside(tables: Tables, params: Params, file: Path) -> Iterator[Callable[[], Read | None]]:
    """Meanwhile a copy of this process reads the draws of stage 1, if they are stored and the compiler is not loaded.

    Parameters
    ----------
    file : Path
        Where draws of stage 1 are stored.

    Yields
    ------
    callable
        Gives what `readings_of` has, once; None where no copy reads, or where it failed.
    """
    wanted = params.ruler == "ability" and "numba" not in sys.modules and file.exists()
    if not (wanted and process_copy.possible()):
        yield lambda: None
        return
    with process_copy.copied(lambda: readings_of(tables, params, lambda: cache.read(file))) as copy:

        def collected() -> Read | None:
            import gaplab.models.frontier.density  # noqa: F401

            return copy.collect()

        yield collected
