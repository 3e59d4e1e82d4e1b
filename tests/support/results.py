"""Worlds for the tables of results."""

from __future__ import annotations

from gaplab.params.spec import Params
from support.worlds import synthetic_posterior


def world(**params):
    return synthetic_posterior(params=Params(**params))


def ahead_world():
    """A follower so far ahead that first_match_lag is undefined in most draws."""
    return synthetic_posterior(lag_months=-9.0)
