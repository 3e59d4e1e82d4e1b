"""Fitted draws on disk, named by the content that made them."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any

import platformdirs
import xarray as xr

_PASSING: ContextVar[Path | None] = ContextVar("_PASSING", default=None)


@contextmanager
def passing() -> Iterator[None]:
    """A cache that is gone afterwards: for fits that nobody will ask for again."""
    with tempfile.TemporaryDirectory(prefix="gaplab-") as name:
        token = _PASSING.set(Path(name))
        try:
            yield
        finally:
            _PASSING.reset(token)


def folder() -> Path:
    """Folder of the cache: a passing one, else $GAPLAB_CACHE, else the user's own cache folder."""
    if passing_folder := _PASSING.get():
        return passing_folder
    named = os.environ.get("GAPLAB_CACHE")
    return Path(named) if named else Path(platformdirs.user_cache_dir("gaplab", appauthor=False))


def key(content: Mapping[str, Any]) -> str:
    """SHA-256 of JSON-ready content, the same whatever the order of its keys."""
    return hashlib.sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()


def read(path: Path) -> xr.Dataset | None:
    """The stored draws, or None when there are none; a damaged file counts as none, with a warning."""
    if not path.exists():
        return None
    try:
        with xr.open_dataset(path, engine="h5netcdf") as stored:
            draws = stored.load()
        if draws.attrs.get("complete") != 1:
            raise OSError("it is not complete")
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        warnings.warn(f"{path} is damaged ({error}); fitting again", stacklevel=2)
        return None
    return draws


def write(path: Path, draws: xr.Dataset) -> None:
    """Store draws so that a reader sees either the whole file or none."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, suffix=".part")
    os.close(handle)
    try:
        draws.assign_attrs(complete=1).to_netcdf(name, engine="h5netcdf")
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
