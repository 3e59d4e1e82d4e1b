"""Draws as bytes: everything that a posterior is made of comes back."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from gaplab.fit import stored


def test_numbers_dates_text_and_what_is_a_coordinate_come_back():
    draws = xr.Dataset(
        {
            "ability": (("draw", "model"), np.array([[1.0, np.nan], [-np.inf, 0.1]]), {"units": "logit"}),
            "factor": (("draw", "factor"), np.ones((2, 3))),
            "follower": ("model", np.array([True, False])),
            "empty": (("draw", "none"), np.empty((2, 0))),
        },
        coords={
            "draw": np.arange(2),
            "model": np.array(["Qwen 3", "Ernie – 4"], object),
            "date": pd.DatetimeIndex(["2026-06-01", "2026-08-11"]),
            "country": "US",
        },
        attrs={"notes": '["said"]'},
    )
    back = stored.from_bytes(stored.to_bytes(draws))
    xr.testing.assert_identical(back, draws)
    assert set(back.coords) == set(draws.coords)


def test_what_only_python_could_read_is_refused():
    with pytest.raises((TypeError, ValueError)):
        stored.to_bytes(xr.Dataset(attrs={"model": object()}))
