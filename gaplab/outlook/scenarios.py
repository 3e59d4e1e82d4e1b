"""Scenarios: levers on the forecast, each compared with the baseline by the same random numbers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import pandas as pd
import xarray as xr

from gaplab.errors import GaplabError, did_you_mean
from gaplab.models.scales import ANCHORS
from gaplab.outlook.forecast import Forecast, forecast
from gaplab.outlook.history import InjectedRelease, Levers
from gaplab.params.reading import names_in
from gaplab.params.spec import LEVERS, Params
from gaplab.posterior import Posterior
from gaplab.units import MONTH_DAYS, SAMPLE

_COMPARED = ("frontier_lag", "released_lag", "distance")


@dataclass(frozen=True)
class Comparison:
    """A scenario beside the baseline, draw by draw with the same random numbers.

    Attributes
    ----------
    difference : Dataset, dims (chain, draw, horizon)
        Scenario minus baseline of `frontier_lag`, `released_lag` (months) and
        `distance` (logits). 0 where both are undefined, infinite where one is.
    """

    baseline: Forecast
    scenario: Forecast
    difference: xr.Dataset


def compare(posterior: Posterior, params: Params | None = None) -> Comparison:
    """The forecast under the levers of `params`, and without them.

    Parameters
    ----------
    params : Params, optional
        Whose levers to set, on the posterior's as-of date; `posterior.params`
        when left out.

    Returns
    -------
    Comparison
        With neutral levers, the same numbers twice and differences of 0. The
        baseline is computed once for a posterior, and the latest comparison
        with it is kept.
    """
    params = posterior.params if params is None else params
    asked = (posterior.params, params)
    latest = posterior.once("comparison", dict)  # one: a comparison takes some ten megabytes
    if asked not in latest:
        latest.clear()
        latest[asked] = _compared(posterior, params)
    return latest[asked]


def _compared(posterior: Posterior, params: Params) -> Comparison:
    without = posterior.under(posterior.params.reset(*LEVERS))
    baseline = posterior.once("baseline", lambda: forecast(without))
    scenario = forecast(posterior, levers(posterior, params)) if set_levers(params) else baseline
    return Comparison(baseline, scenario, _difference(scenario, baseline))


def levers(posterior: Posterior, params: Params) -> Levers:
    """The levers of `params` in the units of the forecast, onsets in months from the posterior's as-of date.

    Restricted models count under the scopes trusted and internal: there
    `leader_restricted_share` changes nothing.

    Raises
    ------
    GaplabError
        The injected model is given in points and the posterior has none.
    """
    as_of = posterior.params.as_of

    def months(day: date | None, otherwise: float = 0.0) -> float:
        return otherwise if day is None else (day - as_of).days / MONTH_DAYS

    pause = None
    if params.leader_pause_from or params.leader_pause_to:
        pause = (months(params.leader_pause_from), months(params.leader_pause_to, otherwise=np.inf))
    return Levers(
        leader_rate=params.leader_rate,
        pause=pause,
        restricted_share=params.leader_restricted_share if posterior.params.scope == "public" else 0.0,
        restricted_months=params.leader_restricted_months,
        follower_rate=params.follower_rate,
        follower_rate_after=months(params.follower_rate_from),
        diffusion=params.follower_diffusion,
        delay=params.follower_delay_months,
        injected=_injected(posterior, params, months(params.inject_date)),
    )


def set_levers(params: Params) -> list[str]:
    """The levers that are not neutral, each by the field that sets it."""
    moved = {
        "leader_rate": params.leader_rate != 1,
        "leader_pause_from": bool(params.leader_pause_from or params.leader_pause_to),
        "leader_restricted_share": params.leader_restricted_share * params.leader_restricted_months > 0,
        "follower_rate": params.follower_rate != 1,
        "follower_diffusion": params.follower_diffusion != 1,
        "follower_delay_months": params.follower_delay_months > 0,
        "inject_ability": params.inject_ability is not None,
    }
    return [name for name, is_set in moved.items() if is_set]


def moved_to(scenario: Params, params: Params) -> Params:
    """The levers of one run set in another, their dates moved with the as-of date.

    So a library written for one day ("a pause of a year from today") can be
    drawn for another.
    """
    shift = params.as_of - scenario.as_of
    values = {name: getattr(scenario, name) for name in LEVERS}
    return replace(
        params, **{name: value + shift if isinstance(value, date) else value for name, value in values.items()}
    )


def neutral(params: Params) -> Params:
    """The same run with every lever neutral."""
    return params.reset(*LEVERS)


def targets(params: Params, featured: pd.Series | None = None) -> list[str]:
    """The leader models that `params.target` names; by default those that models.csv features."""
    if params.target == "default":
        return [] if featured is None else list(featured.index[featured == params.leader])
    return names_in(params.target)


def lever_problems(params: Params, models: pd.DataFrame) -> list[str]:
    """An injected ability in points where the models that fix their scale are not in the run.

    Parameters
    ----------
    models : DataFrame indexed by model, with country
        The models that the run admits.
    """
    if params.inject_ability is None or params.inject_scale != "points" or params.ruler != "ability":
        return []
    pair = set(models.index[models["country"].isin(params.pair)])
    return [] if {name for name, _ in ANCHORS} <= pair else [_NO_POINTS]


_NO_POINTS = (
    "parameter inject_scale: this run has no points, the models that fix their scale are not in it; expected logits or "
    "from_leader"
)


def target_problems(params: Params, countries: pd.Series) -> list[str]:
    """One line for every target that is no known model of the leader.

    Parameters
    ----------
    countries : Series indexed by model
        Country of every model known by the as-of date, in whatever scope.
    """
    names, problems = targets(params), []
    if not names:
        return ["parameter target: names no model; expected default or names separated by semicolons"]
    leaders = countries.index[countries == params.leader]
    for name in names:
        country = countries.get(name)
        if country == params.leader:
            continue
        hint = did_you_mean(name, leaders, otherwise="expected default or names separated by semicolons")
        known = f"is a model of {country}" if country else f"is no model out by {params.as_of}"
        problems.append(f'parameter target: "{name}" {known}, not a model of the leader {params.leader}{hint}')
    return problems


def _injected(posterior: Posterior, params: Params, month: float) -> InjectedRelease | None:
    if params.inject_ability is None:
        return None
    mean = xr.full_like(posterior.ability.isel(model=0, drop=True), 0.0)
    rng = np.random.default_rng(np.random.SeedSequence([posterior.params.seed, 6]))
    value = params.inject_ability + params.inject_sd * rng.standard_normal(mean.shape)
    ability = mean + value
    if params.inject_scale == "points":
        if posterior.points is None:
            raise GaplabError(_NO_POINTS)
        ability = (ability - posterior.points["intercept"]) / posterior.points["slope"]
    elif params.inject_scale == "from_leader":
        ability = ability + posterior.frontier.sel(country=posterior.params.leader, drop=True).isel(date=-1, drop=True)
    return InjectedRelease(params.inject_country, month, ability.transpose(*SAMPLE))


def _difference(scenario: Forecast, baseline: Forecast) -> xr.Dataset:
    def minus(new: xr.DataArray, old: xr.DataArray) -> xr.DataArray:
        same = (new == old).to_numpy()  # -inf minus -inf is no change
        with np.errstate(invalid="ignore"):
            change = new.to_numpy() - old.to_numpy()
        return new.copy(data=np.where(same, 0.0, change))

    return xr.Dataset({name: minus(scenario.draws[name], baseline.draws[name]) for name in _COMPARED})
