"""Who is compared: the best released model, against a loop."""

from __future__ import annotations

import numpy as np
import xarray as xr
from hypothesis import given
from support.frontiers import few, worlds

from gaplab import gap


@few
@given(world=worlds())
def test_best_released_against_a_loop(world):
    ability, frontier, models = world
    dates = frontier["date"].to_index()
    found = gap.best_released(ability, models, country="China", date=dates)
    for date in dates:
        out = models.index[(models["country"] == "China") & (models["date"] <= date)]
        expected = ability.sel(model=out).max("model") if len(out) else xr.full_like(ability[:, :, 0], -np.inf)
        np.testing.assert_array_equal(found.sel(date=date), expected)
        np.testing.assert_array_equal(gap.best_released(ability, models, country="China", date=date), expected)
