"""Outcomes of a forecast: probabilities of thresholds, the change of the lag, and catch-up dates."""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr

from gaplab import gap
from gaplab.gap.arrays import MONTH_NS
from gaplab.outlook.forecast import LAGS, Forecast
from gaplab.outlook.history import HORIZONS
from gaplab.units import SAMPLE

THRESHOLDS = (6, 9, 12, 18)


def p_exceeds(draws: xr.Dataset) -> xr.DataArray:
    """Probability that each lag is longer than each of `THRESHOLDS`, in months, at each of `HORIZONS`.

    Parameters
    ----------
    draws : Dataset
        `Forecast.draws`.

    Returns
    -------
    DataArray, dims (definition, horizon, threshold)
        A censored lag counts with its bound, an undefined one (the follower
        is ahead for good) as short.
    """
    limit = xr.DataArray(list(THRESHOLDS), dims="threshold", coords={"threshold": list(THRESHOLDS)})
    shares = [(draws[name].sel(horizon=list(HORIZONS)) > limit).mean(SAMPLE) for name in LAGS]
    return xr.concat(shares, dim=pd.Index(LAGS, name="definition")).transpose("definition", "horizon", "threshold")


def p_ahead_by(draws: xr.Dataset) -> xr.DataArray:
    """Probability that the follower's frontier has been above the leader's at some month's end by each horizon.

    Parameters
    ----------
    draws : Dataset
        `Forecast.draws`.

    Returns
    -------
    DataArray, dims (horizon,)
        Never falls along `horizon`.
    """
    ahead = (draws["distance"] < 0).transpose(*SAMPLE, "horizon")
    return ahead.copy(data=np.maximum.accumulate(ahead.to_numpy(), axis=-1)).mean(SAMPLE)


def lag_change(draws: xr.Dataset) -> xr.DataArray:
    """Change of the frontier lag from the as-of date to each horizon, in months; positive is widening.

    -inf where the lag is undefined then. Divided by the years it is the
    velocity; the share of positive draws is the probability of widening.

    Parameters
    ----------
    draws : Dataset
        `Forecast.draws`.

    Returns
    -------
    DataArray, dims (chain, draw, horizon), months
    """
    lag = draws["frontier_lag"]
    now = lag.sel(horizon=0, drop=True).drop_vars("date", errors="ignore")
    return (lag - now.where(np.isfinite(now), 0.0)).assign_attrs(units="months")


def forecast_catch_up(forecast: Forecast, target: xr.DataArray) -> xr.Dataset:
    """Months from the as-of date until the follower reaches a target ability, up to the horizon.

    Parameters
    ----------
    target : DataArray, dims (chain, draw)
        Ability of a leader model; logits.

    Returns
    -------
    Dataset, dims (chain, draw), months
        `frontier`: until the follower's frontier reaches it; `released`:
        until one of its released models does. Zero or negative where that has
        happened; +inf where it does not happen within the horizon. At every
        month's end the share reached is that of draws at or above the target.
    """
    posterior = forecast.posterior
    params, as_of = posterior.params, pd.Timestamp(posterior.params.as_of)
    whole = forecast.whole_path(params.follower)
    reached = -gap.lag_of_level(whole, target, date=as_of).drop_vars("censored")
    reached = reached.where(whole.isel(date=-1, drop=True) >= target, np.inf)

    ours = posterior.models[posterior.models["country"] == params.follower]
    known = posterior.ability.sel(model=ours.index.to_numpy())
    months = xr.DataArray(np.asarray((ours["date"] - as_of) / MONTH_NS), dims="model", coords={"model": known["model"]})
    before = months.where(known >= target, np.inf).min("model")
    # What comes after the horizon is not known; ability there is held at its last value.
    able = (forecast.releases["ability"] >= target) & (forecast.releases["month"] <= params.horizon_months)
    after = forecast.releases["month"].where(able, np.inf).min("release")
    released = np.minimum(before, after).transpose(*SAMPLE)
    return xr.Dataset({"frontier": reached.transpose(*SAMPLE), "released": released}).map(
        lambda values: values.assign_attrs(units="months")
    )
