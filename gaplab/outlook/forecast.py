"""The forecast: joint monthly paths of both frontiers and releases that follow from them, draw by draw."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import xarray as xr

from gaplab import gap
from gaplab.errors import GaplabError
from gaplab.gap.arrays import MONTH_NS, flat_draws
from gaplab.once import Once
from gaplab.outlook.history import COMPONENTS, WEIGHTS, Levers, Past, interp_rows, past_of
from gaplab.outlook.paths import Parts, follower_path, leader_path, movable_parts
from gaplab.outlook.shocks import Shocks, draw_shocks
from gaplab.posterior import Posterior
from gaplab.units import SAMPLE

LAGS = ("frontier_lag", "released_lag")


@dataclass(frozen=True)
class Forecast(Once):
    """Draws of the future, each going on from the posterior draw of the same chain and number.

    Attributes
    ----------
    posterior : Posterior
        Where the draws start.
    draws : Dataset, dims among (chain, draw, country, horizon)
        `frontier` (logits, by country), `frontier_lag` and `released_lag`
        (months, with coordinates `<name>_censored`), `distance` and
        `best_released` (logits), for horizon 0, 1, ... months, 0 being the
        as-of date; `component` (index into `COMPONENTS`) and `kappa`
        (per year). `date` is a coordinate along `horizon`.
    releases : Dataset, dims (chain, draw, release)
        `month` (from the as-of date) and `ability` (logits) of the follower's
        future release days.
    """

    posterior: Posterior
    draws: xr.Dataset
    releases: xr.Dataset = field(repr=False)

    def whole_path(self, country: str) -> xr.DataArray:
        """A frontier from its first knot to the horizon, dims (chain, draw, date), in logits."""
        ahead = self.draws["frontier"].sel(country=country, drop=True).isel(horizon=slice(1, None))
        ahead = ahead.swap_dims(horizon="date").drop_vars("horizon").transpose(*SAMPLE, "date")
        history = self.posterior.frontier.sel(country=country, drop=True).transpose(*SAMPLE, "date")
        return xr.concat([history, ahead], dim="date")


@dataclass(frozen=True)
class Start:
    """Where the forecasts of a posterior start and the random numbers they share; see `begin`."""

    past: Past = field(repr=False)
    shocks: Shocks = field(repr=False)
    parts: Parts = field(repr=False)


def begin(posterior: Posterior, *, weights: Sequence[float] = WEIGHTS) -> Start:
    """The history and random numbers that all forecasts of a posterior share, computed once so that levers move fast.

    Parameters
    ----------
    weights : sequence of float
        Of the shapes, in the order of `COMPONENTS`; only their ratios count.

    Raises
    ------
    GaplabError
        The history is shorter than two knots, or the weights are no weights.
    """

    def made() -> Start:
        past = past_of(posterior)
        shocks = draw_shocks(posterior, past, _checked(weights))
        return Start(past, shocks, movable_parts(past, shocks))

    return posterior.once(("start", *weights), made)


def forecast(posterior: Posterior, levers: Levers = Levers(), *, start: Start | None = None) -> Forecast:
    """Joint paths of both frontiers and of the follower's releases, to `params.horizon_months`.

    Parameters
    ----------
    posterior : Posterior
        `params.seed` fixes every random number; levers change none of them.
    start : Start, optional
        What `begin` gave for this posterior, when it is at hand or has weights of its own.

    Returns
    -------
    Forecast
        As many draws as the posterior has. Where the follower passes the
        leader for good within the horizon the lag is negative, or -inf where
        the leader stands still, as in `gap.lag_of_level`.

    Raises
    ------
    GaplabError
        The history is shorter than two knots.
    """
    start = start or begin(posterior)
    past = start.past
    leader = leader_path(past, start.parts, levers)
    follower = follower_path(past, start.parts, levers, leader)
    return _labelled(posterior, start, leader, follower, _releases(past, start.shocks, levers, follower))


def _checked(weights: Sequence[float]) -> np.ndarray:
    given = np.asarray(weights, float)
    if given.shape != (len(COMPONENTS),) or not np.isfinite(given).all() or given.min() < 0 or given.sum() <= 0:
        raise GaplabError(
            f"forecast: weights {list(weights)} cannot be used; expected {len(COMPONENTS)} numbers from 0 up, not all "
            f"0, for {', '.join(COMPONENTS)}"
        )
    return given / given.sum()


@dataclass(frozen=True)
class _Releases:
    month: np.ndarray  # [draw, release] when users get it
    ability: np.ndarray  # [draw, release]
    best: np.ndarray  # [draw, month 0...]


def _releases(past: Past, shocks: Shocks, levers: Levers, follower: np.ndarray) -> _Releases:
    """When the follower releases what, and the best model out by each month."""
    ready = shocks.release_month
    ability = interp_rows(follower, np.arange(past.horizon + 1.0), ready) - shocks.shortfall
    month = ready + levers.delay
    if levers.injected is not None and levers.injected.country == "follower":
        extra = np.full((len(month), 1), levers.injected.month)
        month = np.concatenate([month, extra], axis=1)
        ability = np.concatenate([ability, flat_draws(levers.injected.ability)[:, None]], axis=1)
    best = np.full(follower.shape, -np.inf)
    best[:, 0] = past.best
    end = np.maximum(np.ceil(month), 1).astype(np.intp)
    row, release = np.nonzero(end <= past.horizon)
    np.maximum.at(best, (row, end[row, release]), ability[row, release])
    return _Releases(month, ability, np.maximum.accumulate(best, axis=1))


def _labelled(posterior: Posterior, start: Start, leader, follower, releases: _Releases) -> Forecast:
    params, as_of = posterior.params, pd.Timestamp(posterior.params.as_of)
    shape = tuple(posterior.ability.sizes[dim] for dim in SAMPLE)
    sample = {dim: posterior.ability[dim].to_numpy() for dim in SAMPLE}
    horizon = np.arange(start.past.horizon + 1)
    dates = pd.DatetimeIndex([as_of + months * MONTH_NS for months in horizon]).as_unit("s")

    def of_draws(values: np.ndarray, *dims: str, units: str = "logit") -> tuple:
        return (*SAMPLE, *dims), values.reshape(*shape, *values.shape[1:]), {"units": units}

    history = posterior.frontier.sel(country=params.leader, drop=True).transpose(*SAMPLE, "date")
    knots = np.concatenate([history["date"].to_numpy(), dates[1:].to_numpy()])
    dims, ahead, _ = of_draws(leader[:, 1:], "date")
    whole = xr.DataArray(np.concatenate([history.to_numpy(), ahead], axis=-1), sample | {"date": knots}, dims)
    when, lags = xr.DataArray(dates, dims="horizon"), {}
    for name, values in zip(LAGS, (follower, releases.best), strict=True):
        level = xr.DataArray(of_draws(values, "horizon")[1], dims=(*SAMPLE, "horizon"))
        lag = gap.lag_of_level(whole, level, date=when)
        lags[name], lags[f"{name}_censored"] = lag.drop_vars("censored").variable, lag["censored"].variable
    draws = xr.Dataset(
        {
            "frontier": of_draws(np.stack([leader, follower], axis=1), "country", "horizon"),
            **lags,
            "distance": of_draws(leader - follower, "horizon"),
            "best_released": of_draws(releases.best, "horizon"),
            "component": of_draws(start.shocks.component, units="index into COMPONENTS"),
            "kappa": of_draws(start.parts.kappa * 12, units="per year"),
        },
        sample | {"horizon": horizon, "date": ("horizon", dates), "country": [params.leader, params.follower]},
    )
    found = {name: of_draws(getattr(releases, name), "release") for name in ("month", "ability")}
    found["month"][-1]["units"] = "months"
    return Forecast(posterior, draws, xr.Dataset(found, sample))
