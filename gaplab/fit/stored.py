"""Draws as bytes and back: plain arrays in one file, with their dimensions and attributes beside them."""

from __future__ import annotations

import io
import json

import numpy as np
import xarray as xr


def to_bytes(draws: xr.Dataset) -> bytes:
    """A dataset of numbers, dates and text, whose attributes can be written as JSON."""
    named = list(draws.variables.items())
    about = {
        "attrs": draws.attrs,
        "coords": list(draws.coords),
        "variables": [(name, variable.dims, variable.attrs) for name, variable in named],
    }
    file = io.BytesIO()
    np.savez(file, json.dumps(about), *(_plain(variable.to_numpy()) for _, variable in named))
    return file.getvalue()


def from_bytes(body: bytes) -> xr.Dataset:
    """What `to_bytes` was given."""
    with np.load(io.BytesIO(body), allow_pickle=False) as arrays:
        about, *values = (arrays[name] for name in arrays.files)
    about = json.loads(str(about))
    variables = {
        name: (dims, array, attrs) for (name, dims, attrs), array in zip(about["variables"], values, strict=True)
    }
    return xr.Dataset(variables, attrs=about["attrs"]).set_coords(about["coords"])


def _plain(values: np.ndarray) -> np.ndarray:
    """Text of one width in the place of Python's strings."""
    return values.astype(str) if values.dtype.kind in "OT" else values
