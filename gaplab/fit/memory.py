"""Draws kept in memory: those stored or read last in this process, since a brief asks for the same ones many times."""

from __future__ import annotations

from pathlib import Path

import xarray as xr

_ROOM = 200 * 2**20
"""Bytes."""
_HELD: dict[Path, tuple[tuple[int, ...], xr.Dataset]] = {}
"""Draws with the state of their file, the one asked for last at the end."""


def find(path: Path) -> xr.Dataset | None:
    """The draws of a file, if it has not changed since they were remembered."""
    state, held = _HELD.get(path, ((), None))
    return held.copy() if held is not None and state == _state(path) else None


def remember(path: Path, draws: xr.Dataset) -> None:
    """Keep draws for as long as their file stays as it is; those asked for longest ago make room."""
    _HELD.pop(path, None)
    if (state := _state(path)) and draws.nbytes <= _ROOM:
        _HELD[path] = state, draws.copy()
    while sum(held.nbytes for _, held in list(_HELD.values())) > _ROOM:
        _HELD.pop(next(iter(_HELD), path), None)


def _state(path: Path) -> tuple[int, ...]:
    """What changes with any change to a file; empty where there is none."""
    try:
        status = path.stat()
    except OSError:
        return ()
    return status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns
