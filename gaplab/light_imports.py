"""Libraries imported without parts that this package does not use, so that processes start faster."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType


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
