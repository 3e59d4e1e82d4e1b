"""Forecasts of simulated worlds."""

from __future__ import annotations

import functools

from gaplab.outlook.forecast import forecast
from gaplab.params.spec import Params
from support.worlds import synthetic_posterior

FLAT = ("chain", "draw")


@functools.cache
def world(seed=1, draws=500, lag=8.0, **given):
    return synthetic_posterior(seed, lag_months=lag, draws=draws, params=Params(**{"as_of": "2026-06-30"} | given))


@functools.cache
def ahead(seed=1, draws=500, lag=8.0, **given):
    return forecast(world(seed, draws, lag, **given))
