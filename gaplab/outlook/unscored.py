"""The gap once unscored models have scores: the follower's best model, lags of models, moves of the frontier."""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr

from gaplab import gap
from gaplab.gap.arrays import MONTH_NS
from gaplab.models.likelihood import log_shortfall
from gaplab.outlook.delays import LISTED_FROM
from gaplab.outlook.nowcast import Nowcast
from gaplab.posterior import Posterior
from gaplab.units import SAMPLE


def best_with(posterior: Posterior, expected: Nowcast) -> xr.DataArray:
    """Ability of the follower's best released model once all that will be scored have scores, in logits.

    In each draw, the highest of the scored models and of the unscored ones
    that are scored some day in that draw.

    Returns
    -------
    DataArray, dims (chain, draw)
    """
    best = gap.country_subject(posterior).ability
    theirs = expected.models.index[expected.models["country"] == posterior.params.follower].to_numpy(object)
    if not len(theirs):
        return best
    chance = expected.ability.where(expected.counted, -np.inf).sel(model=theirs).max("model")
    return np.maximum(best, chance)


def unscored_subject(posterior: Posterior, expected: Nowcast) -> gap.Subject:
    """The follower country on the as-of date with its unscored models counted, for `gap.readings`."""
    params = posterior.params
    return gap.Subject(params.follower, pd.Timestamp(params.as_of), best_with(posterior, expected))


def newest_record_lag(posterior: Posterior, expected: Nowcast) -> xr.DataArray:
    """Model lag of the follower's newest record model, unscored ones counted, draw by draw.

    In each draw: the latest model, scored or one that will be, that was above
    all before it; its `gap.model_lag` on its own date.

    Returns
    -------
    DataArray, dims (chain, draw), months
        With coordinates `censored` and `record`, the model's name.
    """
    follower = posterior.params.follower
    scored = posterior.models[posterior.models["country"] == follower]
    unscored = expected.models[expected.models["country"] == follower]
    order = pd.concat([scored["date"], unscored["date"]]).sort_values(kind="stable")
    ability = xr.concat(
        [
            posterior.ability.sel(model=scored.index.to_numpy(object)),
            expected.ability.where(expected.counted, -np.inf).sel(model=unscored.index.to_numpy(object)),
        ],
        dim="model",
    )
    # The latest record is the best of all: nothing after it is above it, and it is above all before.
    ability = ability.sel(model=order.index.to_numpy(object)).transpose(*SAMPLE, "model")
    newest = ability.to_numpy().argmax(axis=-1)
    level = ability.max("model")
    as_of = pd.Timestamp(posterior.params.as_of)
    lag = gap.lag_of_level(posterior.frontier.sel(country=posterior.params.leader, drop=True), level, date=as_of)
    age = ((as_of - order) / MONTH_NS).to_numpy()
    lag = lag - level.copy(data=age[newest])
    return lag.assign_coords(record=level.copy(data=order.index.to_numpy(object)[newest]))


def model_lags(posterior: Posterior, expected: Nowcast) -> xr.DataArray:
    """Months by which each unscored follower model is expected to trail the leader's frontier on its own date.

    `gap.model_lag` of the predictive abilities, whether or not the model is ever scored.

    Returns
    -------
    DataArray, dims (chain, draw, model), months, with coordinate `censored`
    """
    theirs = expected.models[expected.models["country"] == posterior.params.follower]
    level = expected.ability.sel(model=theirs.index.to_numpy(object))
    when = xr.DataArray(pd.DatetimeIndex(theirs["date"]), dims="model", coords={"model": level["model"]})
    return gap.lag_of_level(posterior.frontier.sel(country=posterior.params.leader, drop=True), level, date=when)


def frontier_moves(posterior: Posterior, expected: Nowcast, *, outcomes: int = 200) -> xr.DataArray:
    """Medians that the frontier lag could have once the unscored models have scores, in months.

    The unscored releases cannot move the frontier lag in an expected
    direction: their predictive abilities come from the same draws, so that
    the posterior after their scores, averaged over what these may be, is the
    posterior before. What can be said is how far the number may still move.
    For each of `outcomes` draws the models that are scored in it get readings
    (their ability plus the usual error of a reading), and all draws are
    weighted by the likelihood of these readings; the result is the weighted
    median of the lag.

    Returns
    -------
    DataArray, dims (outcome,), months
        With the coordinate `effective`, the effective number of draws behind
        each median.
    """
    leader, follower = posterior.params.leader, posterior.params.follower
    lag = gap.frontier_lag(posterior.frontier, leader=leader, follower=follower).isel(date=-1, drop=True)
    draws = lag.to_numpy().ravel()
    listed = expected.models[expected.models["p_scored"] >= LISTED_FROM]
    error = float(posterior.ability.std(SAMPLE).median())
    rng = np.random.default_rng([posterior.params.seed, 5])
    picked = rng.choice(draws.size, size=outcomes, replace=outcomes > draws.size)
    log_weight = np.zeros((outcomes, draws.size))
    for name, model in listed.iterrows():
        frontier = gap.frontier_at(posterior.frontier.sel(country=model["country"], drop=True), model["date"])
        at = frontier.transpose(*SAMPLE).to_numpy().ravel()
        nu = posterior.shortfall.sel(country=model["country"]).to_numpy().ravel()
        theta = expected.ability.sel(model=name).to_numpy().ravel()
        counted = expected.counted.sel(model=name).to_numpy().ravel()[picked]
        reading = theta[picked] + error * rng.normal(size=outcomes)
        log_weight[counted] += log_shortfall(reading[counted, None] - at, nu, error)
    weight = np.exp(log_weight - log_weight.max(axis=1, keepdims=True))
    weight /= weight.sum(axis=1, keepdims=True)
    order = np.argsort(draws)
    reached = (np.cumsum(weight[:, order], axis=1) < 0.5).sum(axis=1)
    medians = draws[order][np.minimum(reached, draws.size - 1)]
    effective = 1.0 / (weight**2).sum(axis=1)
    return xr.DataArray(
        medians, dims="outcome", coords={"effective": ("outcome", effective)}, attrs={"units": "months"}
    )
