"""A posterior is kept as a dataset and comes back as it was."""

from __future__ import annotations

import pandas as pd
import xarray as xr
from support.worlds import synthetic_posterior

from gaplab.posterior import Posterior


def test_what_is_kept_comes_back(tmp_path):
    before = synthetic_posterior(draws=20)
    file = tmp_path / "posterior.nc"
    before.to_dataset().to_netcdf(file, engine="h5netcdf")
    with xr.open_dataset(file, engine="h5netcdf") as kept:
        rest = {"points": before.points, "params": before.params, "identity": {"notes": ["a later one"]}}
        after = Posterior.from_dataset(kept.load(), **rest)
    for name in ("ability", "frontier", "shortfall"):
        xr.testing.assert_equal(getattr(after, name).drop_attrs(), getattr(before, name).drop_attrs())
    pd.testing.assert_frame_equal(after.models, before.models, check_index_type=False, check_dtype=False)
    assert after.health == before.health
    assert after.identity["notes"] == [*before.identity["notes"], "a later one"]
