"""The posterior that travels with a wheel: every draw of the default run, rounded so that it takes little room."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from gaplab import local_store
from gaplab.posterior import notes_of

if TYPE_CHECKING:
    from gaplab.data.tables import Tables

STEP = 2.0**-11
"""Logits that stored abilities are rounded to; sixteen bits then hold 16 logits on either side of zero."""
_ABILITY = {"dtype": "int16", "scale_factor": STEP, "_FillValue": -(2**15)}


def read(path: Path) -> xr.Dataset | None:
    """The draws of a stored posterior; None where there is none or its checksum is wrong."""
    try:
        with path.open("rb") as opened:
            body = local_store.without_checksum(opened)
    except OSError:
        return None
    if body is None:
        return None
    with xr.open_dataset(io.BytesIO(body), engine="h5netcdf") as opened:
        draws = opened.load()
    return draws.map(lambda values: values.astype(float), keep_attrs=True)


def write(path: Path, draws: xr.Dataset, tables: Tables, versions: Mapping[str, str]) -> None:
    """Store draws, with a note on what they are and the libraries that made them.

    Raises
    ------
    ValueError
        An ability is too large for its sixteen bits.
    """
    if float(np.abs(draws["ability"]).max()) >= STEP * (2**15 - 1):
        raise ValueError("an ability does not fit into the stored posterior")
    chains, number = draws.sizes["chain"], draws.sizes["draw"]
    note = (
        f"These draws came with gaplab {version('gaplab')}: all {chains} x {number:,} draws of this run on "
        f"the tables complete to {tables.complete} (SHA-256 {tables.hash[:8]}), sampled when the package was built; "
        f"abilities are rounded to 1/{round(1 / STEP):,} logit."
    )
    about = {"notes": json.dumps([*notes_of(draws), note]), "versions": json.dumps(dict(versions))}
    coding = {name: {"dtype": "float32"} for name in draws.data_vars if name != "ability"} | {"ability": _ABILITY}
    coding = {name: {"zlib": True, "shuffle": True} | coded for name, coded in coding.items()}
    local_store.write(path, bytes(draws.assign_attrs(about).to_netcdf(engine="h5netcdf", encoding=coding)))
    path.chmod(0o644)  # for every user of an installation
