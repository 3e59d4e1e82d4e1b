"""Small frontiers, made by hand or drawn by Hypothesis."""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from gaplab.units import MONTH_DAYS

AS_OF = pd.Timestamp("2026-06-30")
MONTH = pd.Timedelta(days=MONTH_DAYS)
PAIR = {"leader": "US", "follower": "China"}
N_DRAWS = 4  # draws of every small world; each is a case of its own
few = settings(max_examples=30)


def knots_back(n, step=2.0):
    return pd.DatetimeIndex([AS_OF - (n - 1 - k) * step * MONTH for k in range(n)])


def sample(values, dims, **coords):
    """An array with (chain, draw) in front, one chain."""
    return xr.DataArray(np.asarray(values, dtype=float)[None], dims=("chain", "draw", *dims), coords=coords)


def frontier_of(values, knots):
    return sample(values, ("country", "date"), country=["US", "China"], date=knots)


def line(*, slope=1 / 12, lag=0.0, n=24, draws=N_DRAWS):
    """Both frontiers straight with one slope per month, the follower `lag` months behind."""
    at = np.asarray((knots_back(n) - AS_OF) / MONTH)
    both = np.stack([slope * at, slope * (at - lag)])
    return frontier_of(np.broadcast_to(both, (draws, 2, n)), knots_back(n))


# Steps of 1/64 keep every sum and product below exact, so that ties stay ties.
def dyadic(low, high):
    return st.integers(low * 64, high * 64).map(lambda n: n / 64)


@st.composite
def worlds(draw):
    """A small posterior: ability, frontier (strictly rising) and models, in any order of dates."""
    n_knots, n_models = draw(st.integers(8, 16)), draw(st.integers(2, 9))
    rise = draw(hnp.arrays(float, (N_DRAWS, 2, n_knots - 1), elements=dyadic(0, 1).map(lambda x: x + 1 / 64)))
    start = draw(hnp.arrays(float, (N_DRAWS, 2, 1), elements=dyadic(-2, 2)))
    frontier = frontier_of(np.concatenate([start, start + rise.cumsum(axis=-1)], axis=-1), knots_back(n_knots))

    names = [f"model {n}" for n in range(n_models)]
    span = (AS_OF - frontier["date"].to_index()[0]).days
    days = draw(st.lists(st.integers(0, span), min_size=n_models, max_size=n_models))
    others = draw(st.lists(st.sampled_from(["US", "China"]), min_size=n_models - 2, max_size=n_models - 2))
    models = pd.DataFrame(
        {"country": ["US", "China", *others], "date": [AS_OF - pd.Timedelta(days=day) for day in days]},
        index=pd.Index(names, name="model"),
    )
    ability = draw(hnp.arrays(float, (N_DRAWS, n_models), elements=dyadic(-4, 8)))
    return sample(ability, ("model",), model=names), frontier, models
