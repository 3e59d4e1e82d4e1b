"""Libraries imported without parts that this package does not use, so that processes start faster."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pkgutil import resolve_name
from types import ModuleType
from typing import Any

_NOT_FOR_ARRAYS = ("arviz_base", "xarray_einstats")
"""What `arviz_stats` installs only for its functions of labelled data."""
_NOT_FOR_WEIGHTS = ("fftpack", "interpolate", "optimize", "signal", "signal.windows", "stats")
"""Parts of SciPy that `arviz_stats` imports, but not for importance weights: nearly all of the time it takes."""


@contextmanager
def not_installed(*names: str) -> Iterator[None]:
    """For a while these modules count as not installed, unless they are imported already."""
    hidden = [name for name in names if name not in sys.modules]
    sys.modules.update(dict.fromkeys(hidden))
    try:
        yield
    finally:
        for name in hidden:
            sys.modules.pop(name, None)


def import_xarray_without_dask() -> None:
    """Import xarray so that it never asks whether an array is one of dask's, which imports all of dask first.

    xarray looks for dask once, when it is imported. It is for processes in which nobody uses the two together, such
    as the command.
    """
    if "xarray" in sys.modules:
        return
    with not_installed("dask"):
        import xarray as xr

        xr.DataArray([0.0], dims="x").to_dataset(name="y").load()


def import_nbformat() -> ModuleType:
    """The module nbformat, without a grammar of international addresses that no notebook is checked against."""
    with not_installed("rfc3987_syntax"):
        import nbformat
    return nbformat


class _Later(ModuleType):
    """A module or a part of one that is imported when it is called."""

    def __getattr__(self, name: str) -> _Later:
        if name.startswith("__"):
            raise AttributeError(name)
        return _Later(f"{self.__name__}.{name}")

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return resolve_name(self.__name__)(*args, **kwargs)


def import_array_stats() -> Any:
    """`arviz_stats.base.array_stats`, which smooths importance weights, without what smoothing does not use.

    Whoever imports `arviz_stats` afterwards gets all of it.
    """
    if "arviz_stats" in sys.modules:
        return resolve_name("arviz_stats.base:array_stats")
    later = [name for part in _NOT_FOR_WEIGHTS if (name := f"scipy.{part}") not in sys.modules]
    sys.modules.update({name: _Later(name) for name in later})
    try:
        with not_installed(*_NOT_FOR_ARRAYS):
            return resolve_name("arviz_stats.base.array:array_stats")
    finally:
        for name in [*later, *(name for name in sys.modules if name.partition(".")[0] == "arviz_stats")]:
            sys.modules.pop(name, None)
