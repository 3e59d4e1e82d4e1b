"""Stage 2: a stochastic frontier per country, read from abilities or from a published index."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pymc as pm
import pytensor.tensor as pt
import xarray as xr
from scipy.stats import truncnorm

from gaplab.rulers import Readings

DAYS_PER_YEAR = 365.25
DAYS_PER_MONTH = DAYS_PER_YEAR / 12

KEEP = ("frontier", "nu", "factor", "log_pace", "pace_contrast", "tau")
# Frontiers press against the best readings: a boundary that needs short steps.
TUNE, TARGET_ACCEPT = 500, 0.95


def knots(first: pd.Timestamp, as_of: date, months: float) -> pd.DatetimeIndex:
    """Knot dates `months` apart, the last at the as-of date, the first at or before `first`."""
    last = pd.Timestamp(as_of)
    n = max(2, int(np.ceil((last - first).days / (months * DAYS_PER_MONTH))) + 1)
    days = np.round(np.arange(n)[::-1] * months * DAYS_PER_MONTH)
    return pd.DatetimeIndex(last - pd.to_timedelta(days, unit="D")).as_unit("ns")


def steps(dates: pd.DatetimeIndex) -> np.ndarray:
    """Years between neighbouring knots."""
    return np.diff(dates.to_numpy()).astype("timedelta64[D]").astype(float) / DAYS_PER_YEAR


def interpolation(dates: pd.DatetimeIndex, at: pd.Series) -> np.ndarray:
    """Weights [row of at, date] of linear interpolation between the knots."""
    x = (dates - dates[0]).days.to_numpy(float)
    t = (pd.DatetimeIndex(at) - dates[0]).days.to_numpy(float)
    return np.stack([np.interp(t, x, column) for column in np.eye(len(x))], axis=1)


def build(readings: Readings, country: np.ndarray, weights: np.ndarray, step_years: np.ndarray) -> pm.Model:
    """Attainable ability over time, with each model's shortfall integrated out.

    ::

        F_c falls backwards from its last knot by increments
            Delta_{c,l} = step_l exp(lg + d_c + tau z_{c,l} - tau^2/2) > 0
        theta_i = F_{c(i)}(t_i) - s_i,   s_i ~ Exponential(mean nu_c)
        reading_i = theta_i + loadings_i f + Normal(0, sd_i)

    so a reading minus its frontier is a reflected exponentially modified
    Gaussian. All models of a country inform its frontier; the shortfalls remove
    the upward bias of a running maximum of noisy readings.

    Parameters
    ----------
    readings : Readings
        One per model.
    country : int array [model]
        0 for the leader, 1 for the follower.
    weights : array [model, date]
        From `interpolation`.
    step_years : array [date - 1]
        Years between neighbouring knots.

    Returns
    -------
    pymc.Model
        Deterministic `frontier` [country, date]; free `nu` [country], `factor`,
        `log_pace`, `pace_contrast`, `tau`, `z` and `level`.

    References
    ----------
    Aigner, Lovell & Schmidt (1977), doi:10.1016/0304-4076(77)90052-5;
    Meeusen & van den Broeck (1977), doi:10.2307/2525757 (exponential shortfall).
    """
    n_knots, n_factors = weights.shape[1], readings.loadings.shape[1]
    top = np.array([np.sort(readings.mean[country == c])[-3:].mean() for c in (0, 1)])
    with pm.Model() as model:
        pace = pm.Normal("log_pace", 0.0, 0.5)
        contrast = pm.Normal("pace_contrast", 0.0, 0.3)
        tau = pm.HalfNormal("tau", 0.4)
        z = pm.Normal("z", 0.0, 1.0, shape=(2, n_knots - 1))
        log_rate = pace + pt.stack([contrast, -contrast])[:, None] / np.sqrt(2) + tau * z - tau**2 / 2
        rise = step_years * pt.exp(log_rate)
        level = pm.Normal("level", top, 2.0)
        below = pt.cumsum(rise[:, ::-1], axis=1)[:, ::-1]
        frontier = pm.Deterministic("frontier", pt.concatenate([level[:, None] - below, level[:, None]], axis=1))
        nu = pm.LogNormal("nu", np.log(0.6), 0.5, shape=2)

        factor = pm.Normal("factor", 0.0, 1.0, shape=n_factors)
        expected = (weights * frontier[country]).sum(axis=1) + pt.dot(readings.loadings, factor)
        pm.Potential("reading", log_reflected_ex_gaussian(readings.mean - expected, nu[country], readings.sd).sum())
    return model


def log_reflected_ex_gaussian(x, mean, sd):
    """Log density of Normal(0, sd) minus Exponential(mean) at x.

    (1/nu) exp(x/nu + sd^2 / (2 nu^2)) Phi(-x/sd - sd/nu), from completing the
    square in the integral over the shortfall.
    """
    u = x / sd + sd / mean
    # Where the Gaussian tail is small, erfcx keeps its logarithm exact; elsewhere it is near
    # zero and erfc serves. Each branch sees only arguments that it can take.
    far = 0.5 * pt.erfcx(pt.maximum(u, 0.0) / np.sqrt(2.0))
    near = 0.5 * pt.erfc(pt.minimum(u, 0.0) / np.sqrt(2.0))
    tail = pt.switch(u > 0, pt.log(far) - u**2 / 2, pt.log(near))
    return -pt.log(mean) + x / mean + sd**2 / (2 * mean**2) + tail


def draw_abilities(
    draws: xr.Dataset, readings: Readings, country: np.ndarray, weights: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Exact draws [chain, draw, model] of abilities given the frontiers and the readings.

    Given all else the shortfall is a Normal(-x - sd^2/nu, sd) truncated to
    positive values, with x the reading minus its frontier and shared part.
    """
    at_date = np.einsum("ml,sdml->sdm", weights, draws["frontier"].to_numpy()[:, :, country, :])
    shared = np.einsum("mk,sdk->sdm", readings.loadings, draws["factor"].to_numpy())
    nu = draws["nu"].to_numpy()[:, :, country]
    centre = -(readings.mean - at_date - shared) - readings.sd**2 / nu
    low = -centre / readings.sd
    uniform = rng.uniform(size=low.shape)
    shortfall = centre + readings.sd * truncnorm.ppf(uniform, low, np.inf)
    return at_date - np.maximum(shortfall, 0.0)
