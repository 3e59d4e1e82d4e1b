"""The cache of fitted draws on disk, each entry named by the content that made it."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import stat
import tempfile
import uuid
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import xarray as xr

from gaplab import local_store
from gaplab.errors import GaplabError
from gaplab.fit import memory, stored
from gaplab.write import replace_file

DEFAULT_LIMIT = "10 GiB"
_UNITS = {"": 1, "B": 1} | {
    prefix + unit: base**power
    for power, prefix in enumerate("KMGT", start=1)
    for unit, base in (("", 1024), ("iB", 1024), ("B", 1000))
}
_ENTRY = r"[a-z]+-[0-9a-f]{24}\.(?:npz|nc)"  # .nc: of earlier versions, which wrote netCDF
_EVICTION = "eviction-lock"
_TEMPORARY: ContextVar[Path | None] = ContextVar("_TEMPORARY", default=None)


@dataclass(frozen=True)
class Entry:
    """A stored file; a larger `used` was used later, whatever the clock said."""

    path: Path
    size_bytes: int
    used: int


@contextmanager
def temporary() -> Iterator[None]:
    """A cache that is gone afterwards: for fits that nobody will ask for again."""
    with tempfile.TemporaryDirectory(prefix="gaplab-") as name:
        token = _TEMPORARY.set(Path(name))
        try:
            yield
        finally:
            _TEMPORARY.reset(token)


def folder() -> Path:
    """Folder of the cache: a temporary one, else `local_store.home`."""
    return _TEMPORARY.get() or local_store.home()


def key(content: Mapping[str, Any]) -> str:
    """SHA-256 of JSON-ready content, the same whatever the order of its keys."""
    return hashlib.sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()


def limit() -> int:
    """Bytes that the cache may take: $GAPLAB_CACHE_LIMIT, such as "500 MB" or "10 GiB".

    Raises
    ------
    GaplabError
        The variable is not a size.
    """
    given = os.environ.get("GAPLAB_CACHE_LIMIT") or DEFAULT_LIMIT
    match = re.fullmatch(r"\s*(\d{1,15}(?:\.\d{1,6})?)\s*([A-Za-z]*)\s*", given, flags=re.ASCII)
    units = {unit.lower(): size for unit, size in _UNITS.items()}
    if not match or match[2].lower() not in units:
        raise GaplabError(f"GAPLAB_CACHE_LIMIT: {given!r} is not a size; expected a number of bytes or such as 10 GiB")
    return int(float(match[1]) * units[match[2].lower()])


def get_or_make(path: Path, make: Callable[[], xr.Dataset]) -> xr.Dataset:
    """The stored draws, made and stored first when there are none.

    Processes that ask for the same draws at once wait for the one that makes
    them. Draws that cannot be stored (disk full, folder read-only) are
    returned all the same, with a warning.

    Parameters
    ----------
    path : Path
        Where the draws are stored.
    make : callable
        Makes the draws.
    """
    limit()  # a wrong limit is refused before time is spent on sampling
    kept, _ = _load(path)
    if kept is not None:
        return kept
    with _locked_if_possible(path):
        draws = read(path)
        if draws is None:
            draws = make()
            _keep(path, draws)
    return draws


def read(path: Path) -> xr.Dataset | None:
    """The stored draws, or None when there are none; a damaged file counts as none, with a warning."""
    draws, damage = _load(path)
    if damage:
        warnings.warn(f"{path} is damaged ({damage}); fitting again", stacklevel=2)
    return draws


def write(path: Path, draws: xr.Dataset) -> None:
    """Store draws so that a reader sees either the whole file or none; a warning when they cannot be stored."""
    with _locked_if_possible(path):
        _keep(path, draws)


def check_writable() -> None:
    """Refuse a cache that cannot hold what processes are to pass on to each other.

    Raises
    ------
    GaplabError
        Nothing can be written to its folder.
    """
    if reason := why_not_writable():
        raise GaplabError(
            f"{folder()}: posteriors cannot be kept ({reason}); expected a cache that can be written: "
            "set GAPLAB_CACHE to such a folder"
        )


def why_not_writable() -> str:
    """What keeps files out of the cache; "" where nothing does."""
    try:
        folder().mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder()):
            return ""
    except OSError as error:
        return error.strerror or str(error)


@contextmanager
def in_use(*paths: Path) -> Iterator[None]:
    """Entries that may not be thrown away for as long as this lasts, whether they exist yet or not."""
    with ExitStack() as held:
        with _locked(folder() / _EVICTION):
            for path in paths:
                held.enter_context(_locked(path.with_name(f"{path.name}.use-{uuid.uuid4().hex}")))
        yield


def _load(path: Path) -> tuple[xr.Dataset | None, str]:
    """The draws, or what is wrong with the file; neither when it does not exist."""
    if (held := memory.find(path)) is not None:
        _mark_used(path)
        memory.remember(path, held)
        return held, ""
    try:
        with path.open("rb") as opened:
            body = local_store.without_checksum(opened)
    except (FileNotFoundError, NotADirectoryError):
        return None, ""
    except OSError as error:
        return None, str(error)
    if body is None:
        return None, "its checksum is missing or wrong"
    draws = stored.from_bytes(body)
    _mark_used(path)
    memory.remember(path, draws)
    return draws, ""


def _keep(path: Path, draws: xr.Dataset) -> None:
    try:
        _store(path, draws)
        evict(keep=path)
    except OSError as error:
        # The same words for every posterior, so that Python shows them once.
        warnings.warn(
            f"{folder()}: posteriors cannot be kept ({error.strerror or error}); each run fits again", stacklevel=2
        )


def _store(path: Path, draws: xr.Dataset) -> None:
    replace_file(path, local_store.with_checksum(stored.to_bytes(draws)))
    _mark_used(path)
    memory.remember(path, draws)


def _mark_used(path: Path) -> None:
    """Make this the entry used last: its time is one more than any other's, so a clock set back changes nothing."""
    newest = max((entry.used for entry in entries() if entry.path != path), default=0)
    try:
        if path.stat().st_mtime_ns <= newest:
            os.utime(path, ns=(newest + 1, newest + 1))
    except OSError:
        return  # thrown away meanwhile, or the folder is read-only: only the order of eviction depends on it


def entries() -> list[Entry]:
    """What is stored, the one used last first."""
    found = []
    for path in folder().glob("*-*"):
        if not re.fullmatch(_ENTRY, path.name):
            continue
        try:
            status = path.lstat()
        except FileNotFoundError:
            continue
        if stat.S_ISREG(status.st_mode):  # a folder or link of that name is not ours
            found.append(Entry(path, status.st_size, status.st_mtime_ns))
    return sorted(found, key=lambda entry: (entry.used, entry.path.name), reverse=True)


def evict(*, keep: Path | None = None, limit_bytes: int | None = None) -> list[Entry]:
    """Throw away the entries used longest ago until the cache is within its limit, and what killed writers left.

    Parameters
    ----------
    keep : Path, optional
        An entry that stays.
    limit_bytes : int, optional
        `limit()` when left out; 0 throws away everything that is not in use.

    Returns
    -------
    list of Entry
        What was thrown away.
    """
    allowed = limit() if limit_bytes is None else limit_bytes
    if not folder().is_dir():
        return []
    with _locked(folder() / _EVICTION):
        for draft in folder().glob(".*-*.*"):
            if name := re.fullmatch(rf"\.({_ENTRY})\.\w+", draft.name):
                _discard(folder() / name[1], draft)
        for lock in folder().glob("*-*.*"):
            if re.fullmatch(rf"{_ENTRY}\.(make-lock|use-[0-9a-f]{{32}})", lock.name):
                with suppress(OSError), _locked(lock, wait=False):  # left behind by a process that was killed
                    pass
        present = entries()
        total, gone = sum(entry.size_bytes for entry in present), []
        for entry in reversed(present):
            if total <= allowed:
                break
            if entry.path != keep and _discard(entry.path, entry.path):
                total -= entry.size_bytes
                gone.append(entry)
    return gone


def _discard(entry: Path, what: Path) -> bool:
    """Delete an entry or a draft of it unless somebody makes or uses the entry."""
    try:
        for use in entry.parent.glob(f"{entry.name}.use-*"):
            with _locked(use, wait=False):  # left behind by a process that was killed
                pass
        with _making(entry, wait=False):
            shutil.rmtree(what) if what.is_dir() else what.unlink(missing_ok=True)
            return True
    except OSError:
        return False


@contextmanager
def _locked(file: Path, *, wait: bool = True) -> Iterator[None]:
    """A lock file, gone afterwards; without waiting, an OSError when somebody else has it."""
    from filelock import FileLock  # which from then on looks at every audited event of the process

    file.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(file, blocking=wait):
        try:
            yield
        finally:
            with suppress(OSError):
                file.unlink()


def _making(entry: Path, *, wait: bool = True) -> AbstractContextManager[None]:
    """The lock of whoever makes an entry."""
    return _locked(entry.with_name(f"{entry.name}.make-lock"), wait=wait)


@contextmanager
def _locked_if_possible(path: Path) -> Iterator[None]:
    """The lock of an entry, or none where files cannot be locked."""
    with ExitStack() as held:
        with suppress(OSError):  # another process may fit it too
            held.enter_context(_making(path))
        yield
