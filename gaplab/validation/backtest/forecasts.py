"""Forecasts at one origin, ours and the baselines', and the outcomes they are scored against."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from gaplab import gap
from gaplab.gap.arrays import MONTH_NS, flat_draws
from gaplab.gap.summary import middle, quantiles
from gaplab.outlook.forecast import LAGS, Forecast, begin, forecast
from gaplab.outlook.history import COMPONENTS
from gaplab.outlook.outcomes import forecast_catch_up
from gaplab.params.spec import Params
from gaplab.posterior import Posterior
from gaplab.units import SAMPLE
from gaplab.validation import baselines, scoring
from gaplab.validation.backtest.origins import EARLIER_MONTHS, KEPT, Kind, fit_run, months_later, origin_run


def forecasts_at(
    kind: Kind, origin: str, settings: Mapping[str, Any], horizons: Sequence[int], reread: Sequence[str]
) -> dict[str, Any]:
    """Draws of every forecaster for every target and horizon, made with nothing from after the origin.

    Parameters
    ----------
    kind : {"real", "pseudo"}
    origin : str
        Day.
    settings : mapping
        Fields of `Params`; those that belong to the origin are replaced.
    reread : sequence of str
        Earlier days whose lags are read again from here: outcomes, as far as
        they are known at the origin, of earlier forecasts.

    Returns
    -------
    dict
        `targets`: the leader models chosen at the origin; `draws`: target,
        horizon and forecaster to draws; `reread`: target and day to the median
        lag; `health`.
    """
    day = pd.Timestamp(origin)
    params = origin_run(Params(**settings), kind, day)
    posterior = fit_run(params)
    chosen = chosen_targets(posterior)
    shapes = {
        name: forecast(posterior, start=begin(posterior, weights=np.eye(len(COMPONENTS))[place]))
        for place, name in enumerate(COMPONENTS)
    }
    draws = {name: path_draws(path, chosen, horizons) for name, path in shapes.items()}
    draws |= baseline_draws(posterior, chosen, horizons)
    by_target: dict[str, dict[str, dict[str, list[float]]]] = {}
    for forecaster, found in draws.items():
        for (target, horizon), values in found.items():
            kept = np.round(thinned_draws(scoring.bounded(values)), 3).tolist()
            by_target.setdefault(target, {}).setdefault(str(horizon), {})[forecaster] = kept
    earlier = lags_on(posterior, [pd.Timestamp(other) for other in reread])
    return {"targets": chosen, "draws": by_target, "reread": earlier, "health": posterior.health.status}


def chosen_targets(posterior: Posterior) -> dict[str, str]:
    """The leader models to catch up with, by rule: its best by mean ability today, and its best half a year ago.

    With a lag of more than half a year nobody expects the first to be matched
    within three months, so the second is where most can be learned.

    Returns
    -------
    dict of str
        match_best and match_earlier, which may be the same; only the first
        where the leader had no model half a year ago.
    """
    theirs = posterior.models[posterior.models["country"] == posterior.params.leader]
    mean = posterior.ability.sel(model=theirs.index.to_numpy(object)).mean(SAMPLE).to_series()
    before = theirs.index[theirs["date"] <= pd.Timestamp(posterior.params.as_of) - EARLIER_MONTHS * MONTH_NS]
    found = {"match_best": str(mean.idxmax())}
    return found | ({"match_earlier": str(mean[before].idxmax())} if len(before) else {})


def path_draws(path: Forecast, chosen: Mapping[str, str], horizons: Sequence[int]) -> dict:
    """Draws of one forecast for every target and horizon."""
    posterior, found = path.posterior, {}
    for name in ("frontier_lag", "released_lag"):
        for horizon in horizons:
            found[name, horizon] = flat_draws(path.draws[name].sel(horizon=horizon))
    for target, model in chosen.items():
        months = flat_draws(forecast_catch_up(path, posterior.ability.sel(model=model, drop=True))["released"])
        for horizon in horizons:
            found[target, horizon] = np.clip(months, 0.0, horizon)
    for horizon in horizons:
        found["next_record", horizon] = _next_record(path, horizon)
    return found


def _next_record(path: Forecast, horizon: int) -> np.ndarray:
    """Where the first better release within the horizon stands on the leader's clock, months before the origin."""
    posterior = path.posterior
    params, at = posterior.params, pd.Timestamp(posterior.params.as_of)
    best = path.draws["best_released"].isel(horizon=0, drop=True).drop_vars("date", errors="ignore")
    better = (path.releases["ability"] > best) & (path.releases["month"] <= horizon)
    first = path.releases["ability"].isel(release=better.argmax("release"))
    level = first.where(better.any("release"), best).transpose(*SAMPLE)
    return flat_draws(gap.lag_of_level(path.whole_path(params.leader), level, date=at))


def baseline_draws(posterior: Posterior, chosen: Mapping[str, str], horizons: Sequence[int]) -> dict[str, dict]:
    """Draws of the simple forecasts, from the lag's history as read at the origin."""
    params, at = posterior.params, pd.Timestamp(posterior.params.as_of)
    months = _months_since_both(posterior)
    history = {name: np.array(list(lags.values())) for name, lags in lags_on(posterior, months).items()}
    now = {name: flat_draws(_lag(posterior, name, [at]).isel(date=0)) for name in history}
    ours = posterior.models[(posterior.models["country"] == params.follower) & posterior.models["record"]]
    gaps = np.diff(ours["date"].to_numpy()) / MONTH_NS.to_timedelta64()
    gaps = gaps[gaps > 0] if (gaps > 0).any() else np.array([6.0])
    found: dict[str, dict] = {}
    for place, name in enumerate((*baselines.NAMES, *baselines.LEVELS)):
        rng = np.random.default_rng([params.seed, 21, place])
        draws = {}
        for horizon in horizons:
            ahead = {
                lag: baselines.lag(name, history[lag], scoring.bounded(now[lag]), horizon=horizon, rng=rng)
                for lag in history
            }
            draws |= {(lag, horizon): values for lag, values in ahead.items()}
            for target, model in chosen.items():
                age = float((at - posterior.models.loc[model, "date"]) / MONTH_NS)
                # A leader model is matched when the follower, trailing by the lag, reaches the day of its release.
                draws[target, horizon] = np.clip(ahead["frontier_lag"] - age, 0.0, horizon)
            draws["next_record", horizon] = baselines.next_record(
                ahead["frontier_lag"], now["released_lag"], gaps, horizon=horizon, rng=rng
            )
        found[name] = draws
    return found


def _months_since_both(posterior: Posterior) -> list[pd.Timestamp]:
    """Month by month back from the origin, as long as both countries have models; a year at least where knots allow."""
    at, knots = pd.Timestamp(posterior.params.as_of), pd.DatetimeIndex(posterior.frontier["date"].to_numpy())
    pair = [posterior.params.leader, posterior.params.follower]
    start = posterior.models.groupby("country")["date"].min()[pair].max()
    start = max(min(start, at - 12 * MONTH_NS), knots[0])
    return [at - back * MONTH_NS for back in range(int((at - start) / MONTH_NS), -1, -1)]


def _lag(posterior: Posterior, name: str, days: Sequence[pd.Timestamp]) -> xr.DataArray:
    params, dates = posterior.params, pd.DatetimeIndex(days)
    if name == "frontier_lag":
        return gap.frontier_lag(posterior.frontier, **params.roles, dates=dates)
    return gap.released_lag(posterior.ability, posterior.frontier, posterior.models, **params.roles, dates=dates)


def lags_on(posterior: Posterior, days: Sequence[pd.Timestamp]) -> dict[str, dict[str, float]]:
    """Medians of both lags on some days."""
    if not len(days):
        return {name: {} for name in LAGS}
    found = {}
    for name in LAGS:
        draws = _lag(posterior, name, days).transpose(*SAMPLE, "date").to_numpy().reshape(-1, len(days))
        medians = quantiles(scoring.bounded(draws), [0.5])[0]
        found[name] = {f"{day:%Y-%m-%d}": round(float(value), 4) for day, value in zip(days, medians, strict=True)}
    return found


def thinned_draws(values: np.ndarray) -> np.ndarray:
    """Evenly chosen draws, few enough to be kept for every origin."""
    return values[np.linspace(0, values.size - 1, min(KEPT, values.size)).astype(int)]


def outcome_of(last: Posterior, target: str, origin: pd.Timestamp, horizon: int, model: str | None) -> float:
    """What a target turned out to be, as the last posterior has it: the median of its draws.

    Parameters
    ----------
    target : str
        One of `TARGETS`.
    horizon : int
        Months.
    model : str or None
        The leader model to be matched.

    Returns
    -------
    float
        Months; NaN when the model has no reading any more.
    """
    end = months_later(origin, horizon)
    if target in LAGS:
        return middle(scoring.bounded(flat_draws(_lag(last, target, [end]).isel(date=0))))
    follower = last.models[(last.models["country"] == last.params.follower) & (last.models["date"] <= end)]
    ability = last.ability.sel(model=follower.index.to_numpy(object)).transpose(*SAMPLE, "model")
    months = np.asarray((follower["date"] - origin) / MONTH_NS)
    draws = ability.to_numpy().reshape(-1, len(follower))
    if target == "next_record":
        best = draws[:, months <= 0].max(axis=1, initial=-np.inf)
        better = (draws > best[:, None]) & (months > 0)
        first = np.take_along_axis(draws, better.argmax(axis=1)[:, None], axis=1)[:, 0]
        level = ability.isel(model=0, drop=True)
        level = level.copy(data=np.where(better.any(axis=1), first, best).reshape(level.shape))
        leading = last.frontier.sel(country=last.params.leader, drop=True)
        return middle(scoring.bounded(flat_draws(gap.lag_of_level(leading, level, date=origin))))
    if model not in last.models.index:
        return np.nan
    goal = flat_draws(last.ability.sel(model=model, drop=True))
    reached = np.where(draws >= goal[:, None], months, np.inf).min(axis=1)
    return middle(np.clip(reached, 0.0, horizon))
