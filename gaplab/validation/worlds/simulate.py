"""A simulated world: its true frontiers and models, drawn from a specification and a seed."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import xarray as xr

from gaplab.units import MONTH_DAYS, YEAR_DAYS
from gaplab.validation.worlds.spec import FOLLOWER, FUTURE_YEARS, LEADER, PAST_YEARS, World, WorldSpec
from gaplab.validation.worlds.tables import tests_like, world_scores, world_tables

AS_OF = date(2026, 6, 30)


def simulate_world(spec: WorldSpec, seed: int) -> World:
    """One world of a specification.

    Parameters
    ----------
    spec : WorldSpec
        A row of `WORLDS`, or one of your own.
    seed : int
        Equal seeds give equal worlds.
    """
    rng = np.random.default_rng([seed, 11])
    end = pd.Timestamp(AS_OF)
    models = models_on_random_days(spec, rng, end)
    frontier = _frontiers(spec, rng, end)
    at = np.array([float(frontier.sel(country=row.country, date=row.release_date)) for row in models.itertuples()])
    below = draw_shortfalls(spec, rng, len(models))
    ahead = spec.restricted and models["restricted"].to_numpy() * 0.5 * spec.pace
    theta = at - below * ~models["restricted"].to_numpy() + ahead
    tests = tests_like(theta, spec.benchmarks, rng)
    rows = world_scores(spec, models, theta, tests, rng)
    ability = pd.Series(theta, index=pd.Index(models["model"], name="model"))
    return World(world_tables(models, tests, rows, ability, end, rng), spec, AS_OF, ability, frontier)


def models_on_random_days(spec: WorldSpec, rng: np.random.Generator, end: pd.Timestamp) -> pd.DataFrame:
    """Models of both countries on random days, those of restricted access last."""
    n = spec.models_per_country
    days = np.round(rng.uniform(-spec.years, 0.0, 2 * n) * YEAR_DAYS)
    country = np.repeat([LEADER, FOLLOWER], n)
    names = [f"{name} {number:03d}" for number, name in enumerate(country)]
    restricted = np.zeros(2 * n, bool)
    restricted[: spec.restricted] = True
    days[restricted] = np.round(rng.uniform(-1.0, 0.0, spec.restricted) * YEAR_DAYS)
    return pd.DataFrame({
        "model": names, "developer": [f"{name} Labs" for name in country], "country": country,
        "release_date": end + pd.to_timedelta(days, unit="D"), "restricted": restricted,
    })  # fmt: skip


def _frontiers(spec: WorldSpec, rng: np.random.Generator, end: pd.Timestamp) -> xr.DataArray:
    """True frontiers of both countries, day by day."""
    first, last = (round(years * YEAR_DAYS) for years in (-spec.years - 2 * PAST_YEARS, FUTURE_YEARS + PAST_YEARS))
    day = np.arange(first, last + 1)
    years = day / YEAR_DAYS
    if spec.frontier == "smooth":
        leader = spec.pace * years + 0.15 * np.sin(2 * years)
    elif spec.frontier == "slope_change":
        leader = spec.pace * np.where(years < -1.25, 0.6 * years - 1.25 * 0.8, 1.4 * years)
    else:
        # Growth over a time t is Gamma(t / v) with mean pace x t: most of it in rare large jumps.
        variance_years = 0.2
        grown = rng.gamma(1 / YEAR_DAYS / variance_years, spec.pace * variance_years, day.size)
        leader = np.cumsum(np.maximum(grown, 1e-7))
        leader -= leader[day == 0]
    elapsed = np.clip(years / spec.years + 1.0, 0.0, 1.0)
    lag = spec.lag_months[0] + (spec.lag_months[1] - spec.lag_months[0]) * elapsed
    follower = np.interp(day - lag * MONTH_DAYS, day, leader)
    kept = (day >= first + PAST_YEARS * YEAR_DAYS) & (day <= last - PAST_YEARS * YEAR_DAYS)
    return xr.DataArray(
        np.stack([leader, follower])[:, kept],
        dims=("country", "date"),
        coords={"country": [LEADER, FOLLOWER], "date": (end + pd.to_timedelta(day[kept], unit="D")).as_unit("ns")},
        attrs={"units": "logit"},
    )


def draw_shortfalls(spec: WorldSpec, rng: np.random.Generator, count: int) -> np.ndarray:
    """Logits by which each model stays below the frontier of its country."""
    if spec.shortfall == "exponential":
        return rng.exponential(spec.mean_shortfall, count)
    return rng.lognormal(np.log(spec.mean_shortfall) - 0.5, 1.0, count)
