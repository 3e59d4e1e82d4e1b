"""Compiled functions on disk, kept under the identity of the module that declares them."""

from __future__ import annotations

import hashlib
import os
import pickle
import shutil
import sys
import warnings
from collections.abc import Callable
from contextlib import suppress
from functools import cache as remembered
from pathlib import Path
from typing import Any

import llvmlite
import numba
import numpy as np
from numba.core import sigutils
from numba.core.caching import NullCache
from numba.core.ccallback import CFunc
from numba.core.compiler import CompileResult
from numba.core.runtime import rtsys
from numba.core.serialize import dumps

from gaplab import identity, local_store

_KEPT_FOLDERS = 60
"""There is one for each module with compiled functions and each state of its code: several states, so that two
checkouts do not throw away each other's."""


def njit(*, cache: bool = False, inner: bool = False, **options: Any) -> Callable:
    """As `numba.njit`, with machine code kept in our folder if `cache`.

    An `inner` function is called by compiled ones only, and compiles sooner: what would let Python call it
    and unpack its arguments is left out. A call from Python would crash.
    """
    if inner:
        options |= {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}

    def compiled(function: Callable) -> Any:
        made = numba.njit(**options)(function)
        if cache:
            made._cache = _OnDisk(function)
        return made

    return compiled


def cfunc(signature: Any, *, cache: bool = False, **options: Any) -> Callable:
    """As `numba.cfunc`, with machine code kept in our folder if `cache`."""

    def compiled(function: Callable) -> CFunc:
        made = CFunc(function, sigutils.normalize_signature(signature), locals={}, options=options)
        if cache:
            made._cache = _OnDisk(function)
        made.compile()
        return made

    return compiled


def is_wanted(*modules: str) -> bool:
    """Whether machine code of these modules can be kept, and some of them have none yet."""
    folders = [_folder(module) for module in modules]
    try:
        for folder in folders:
            _make(folder)
    except OSError:
        return False
    return not all(any(folder.iterdir()) for folder in folders)


class _OnDisk(NullCache):
    """What numba asks for the machine code of one function, and gives it to.

    Names follow the text of a signature and not its pickle, which differs by what a process has imported.
    """

    def __init__(self, function: Callable):
        if function.__closure__:
            raise TypeError(f"{function.__qualname__}: what it takes from another function is in no file's name")
        self._function = function

    def load_overload(self, sig: Any, target_context: Any) -> CompileResult | None:
        file = self._file(sig, target_context)
        content = None if file is None else local_store.read_own(file)
        # What machine code calls to allocate memory. A refresh of the context, as numba has it here, takes half of the
        # time: it imports all that the compiler knows, which only compilation needs and then imports.
        rtsys.initialize(target_context)
        return None if content is None else CompileResult._rebuild(target_context, *pickle.loads(content))

    def save_overload(self, sig: Any, data: CompileResult) -> None:
        file = self._file(sig, data.target_context)
        if file is None or data.library.has_dynamic_globals:
            return
        try:
            _make(file.parent)
            local_store.write(file, dumps(data._reduce()))
        except OSError as error:
            _not_kept(error.strerror or str(error))

    def _file(self, sig: Any, target_context: Any) -> Path | None:
        folder = _folder(self._function.__module__)
        code = self._function.__code__.co_code
        about = repr((str(sig), target_context.codegen().magic_tuple(), code))
        name = f"{self._function.__qualname__}-{hashlib.sha256(about.encode()).hexdigest()[:24]}"
        return folder and folder / name


@remembered
def _folder(module: str) -> Path | None:
    """Where the machine code of a module lies; None for one that is not of this package."""
    if module not in identity.package():
        return None
    versions = numba.__version__, llvmlite.__version__, np.__version__, sys.version
    name = hashlib.sha256(repr((identity.of(module), versions)).encode()).hexdigest()[:24]
    given = os.environ.get("NUMBA_CACHE_DIR")
    return (Path(given) if given else local_store.home()) / "compiled" / f"{module}-{name}"


def _make(folder: Path) -> None:
    """Make a folder that is the user's alone, and throw away those that nobody has added to for longest."""
    if not folder.is_dir():
        folder.parent.mkdir(parents=True, exist_ok=True)
        folder.mkdir(mode=0o700, exist_ok=True)
        with suppress(FileNotFoundError):  # another process throws them away already
            others = sorted(folder.parent.iterdir(), key=lambda each: each.lstat().st_mtime_ns, reverse=True)
            for old in others[_KEPT_FOLDERS:]:
                shutil.rmtree(old, ignore_errors=True)
    status = folder.lstat()
    if status.st_uid != local_store.user() or status.st_mode & 0o077:
        raise PermissionError(f"{folder} is open to other users")


@remembered
def _not_kept(reason: str) -> None:
    """Say once that the next process compiles again."""
    warnings.warn(f"compiled code cannot be kept ({reason}); every process compiles it again", stacklevel=2)
