"""Scenarios of the library."""

from __future__ import annotations

import functools

from gaplab.outlook.forecast import forecast
from gaplab.params.spec import Params
from support.worlds import synthetic_posterior

US, CHINA = "US", "China"
asked = functools.partial(Params, as_of="2026-06-30")
"""Parameters of a run on the day on which these worlds end, and the levers given."""


LIBRARY = [
    "baseline",
    "china_delays_releases",
    "distillation_blocked",
    "surprise_chinese_release",
    "tighter_compute_controls",
    "us_pause",
    "us_restricts_releases",
]


@functools.cache
def world(scope="public"):
    return synthetic_posterior(draws=250, params=asked(scope=scope))


@functools.cache
def baseline():
    return forecast(world())
