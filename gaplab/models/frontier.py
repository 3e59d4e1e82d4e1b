"""Stage 2: a stochastic frontier per country, read from abilities or from a published index."""

from __future__ import annotations

import math
from datetime import date
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numba import carray, types
from numba.core.ccallback import CFunc
from scipy.special import log_ndtr, ndtri_exp

from gaplab.models.density import Density
from gaplab.models.native import Held, read, signature
from gaplab.models.special import log_normal_cdf
from gaplab.rulers import Readings
from gaplab.sampling.compiled import cfunc, njit
from gaplab.units import MONTH_DAYS, YEAR_DAYS

if TYPE_CHECKING:
    import pymc as pm
    from pymc.logprob.transforms import Transform

RATE_SPREAD = (math.log(0.4), 0.5)
"""Log median and spread of how far the log pace moves from knot to knot; not zero, no country's pace being constant."""

CONTRAST_SD = 0.1
"""Prior standard deviation of the contrast between the countries' mean log paces, which differ by root two of it.

Neither country grows faster for good: with 0.3 the pace at which a follower had caught up from far behind was
carried on beyond its last releases, and lags were read too small."""

_LOG_LOG_2 = math.log(math.log(2.0))

# Frontiers press against the best readings, a steep wall on one side, so steps are short; the spread
# of the pace mixes slowest.
SAMPLING = {"tune": 200, "thin": 3, "target_accept": 0.95}


def knots(first: pd.Timestamp, as_of: date, months: float) -> pd.DatetimeIndex:
    """Knot dates `months` apart, the last at the as-of date, the first at or before `first`."""
    last = pd.Timestamp(as_of)
    n = max(2, int(np.ceil((last - first).days / (months * MONTH_DAYS))) + 1)
    days = np.round(np.arange(n)[::-1] * months * MONTH_DAYS)
    return pd.DatetimeIndex(last - pd.to_timedelta(days, unit="D")).as_unit("ns")


def steps(dates: pd.DatetimeIndex) -> np.ndarray:
    """Years between neighbouring knots."""
    return np.diff(dates.to_numpy()).astype("timedelta64[D]").astype(float) / YEAR_DAYS


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
        Deterministic `frontier` [country, date] and `log_pace`; free `nu` [country], `factor`,
        `log_median_pace`, `pace_contrast`, `tau`, `rise` [country, date - 1] and `level`.

    References
    ----------
    Aigner, Lovell & Schmidt (1977), doi:10.1016/0304-4076(77)90052-5;
    Meeusen & van den Broeck (1977), doi:10.2307/2525757 (exponential shortfall).
    """
    import pymc as pm
    import pytensor.tensor as pt

    n_knots, n_factors = weights.shape[1], readings.loadings.shape[1]
    with pm.Model() as model:
        tau = pm.LogNormal("tau", *RATE_SPREAD)
        # Of paces the mean has the prior; what scores know, whatever tau, is nearer to the median.
        median = pm.Normal("log_median_pace", -(tau**2) / 2, 0.5)
        pm.Deterministic("log_pace", median + tau**2 / 2)
        contrast = pm.Normal("pace_contrast", 0.0, CONTRAST_SD)
        middle = np.log(step_years) + median + pt.stack([contrast, -contrast])[:, None] / np.sqrt(2)
        rise = pm.LogNormal("rise", middle, tau, shape=(2, n_knots - 1), default_transform=_stretch())
        level = pm.Normal("level", _top(readings, country), 2.0, shape=2)
        below = pt.cumsum(rise[:, ::-1], axis=1)[:, ::-1]
        frontier = pm.Deterministic("frontier", pt.concatenate([level[:, None] - below, level[:, None]], axis=1))
        nu = pm.LogNormal("nu", np.log(0.6), 0.5, shape=2)

        factor = pm.Normal("factor", 0.0, 1.0, shape=n_factors)
        expected = (weights * frontier[country]).sum(axis=1) + pt.dot(readings.loadings, factor)
        pm.Potential("reading", _log_reflected_ex_gaussian(readings.mean - expected, nu[country], readings.sd).sum())
    return model


def _stretch() -> Transform:
    """The coordinate v of a log-normal increment: softplus(sqrt(tau) v) is what it is, over its median, times log 2.

    Large increments are straight in v, so that scores know one as well as another; small
    ones are straight in the logarithm, and positive. The root of tau is halfway between centred
    and non-centred: some increments are well known, some are not.
    """
    import pytensor.tensor as pt
    from pymc.logprob.transforms import Transform

    class Stretch(Transform):
        name = "stretch"
        ndim_supp = 0

        def forward(self, value, *inputs):
            middle, tau = inputs[-2:]
            return pt.log(pt.expm1(math.log(2.0) * value / pt.exp(middle))) / pt.sqrt(tau)

        def backward(self, value, *inputs):
            middle, tau = inputs[-2:]
            return pt.exp(middle) * pt.softplus(pt.sqrt(tau) * value) / math.log(2.0)

    return Stretch()


def _log_reflected_ex_gaussian(x, mean, sd):
    """Log density of Normal(0, sd) minus Exponential(mean) at x.

    (1/nu) exp(x/nu + sd^2 / (2 nu^2)) Phi(-x/sd - sd/nu), from completing the
    square in the integral over the shortfall.
    """
    import pymc as pm
    import pytensor.tensor as pt

    tail = pm.logcdf(pm.Normal.dist(0.0, 1.0), -x / sd - sd / mean)
    return -pt.log(mean) + x / mean + sd**2 / (2 * mean**2) + tail


def density(readings: Readings, country: np.ndarray, weights: np.ndarray, step_years: np.ndarray) -> Density:
    """The log density of `build` with the same arguments, compiled, in unconstrained coordinates.

    Coordinates, in order: log_median_pace, pace_contrast, log tau, rise [country, date - 1] as `_stretch` has it,
    level [country], log nu [country], factor.
    """
    n_rises, n_factors = len(step_years), readings.loadings.shape[1]
    left = np.minimum(np.argmax(weights > 0, axis=1), n_rises - 1)
    right = weights[np.arange(len(left)), left + 1]
    top = _top(readings, country)
    start = np.zeros(7 + 2 * n_rises + n_factors)
    start[2] = np.log(0.4)
    start[3 + 2 * n_rises : 5 + 2 * n_rises] = top
    start[5 + 2 * n_rises : 7 + 2 * n_rises] = np.log(0.6)
    loadings = np.ascontiguousarray(readings.loadings, float)
    held = Held((readings.mean, readings.sd, loadings, country, left, right, step_years, top))
    return Density(
        function=_compiled(held.kind),
        data=held,
        start=start,
        names=_names(n_rises, n_factors),
        block=np.empty(0, int),
        unpack=lambda x: _unpack(x, step_years),
    )


def _names(n_rises: int, n_factors: int) -> pd.Index:
    """A name for each coordinate; steps are counted back from the as-of date."""
    sides = ("leader", "follower")
    return pd.Index([
        "log_median_pace", "pace_contrast", "tau",
        *(f"rise: {side}, {back} before the last" for side in sides for back in range(n_rises - 1, -1, -1)),
        *(f"{name}: {side}" for name in ("level", "nu") for side in sides),
        *(f"factor: {number}" for number in range(n_factors)),
    ], dtype=object)  # fmt: skip


def _top(readings: Readings, country: np.ndarray) -> np.ndarray:
    """Mean of the three best readings of each country."""
    return np.array([np.sort(readings.mean[country == c])[-3:].mean() for c in (0, 1)])


def _unpack(x: np.ndarray, step_years: np.ndarray) -> dict[str, np.ndarray]:
    k = len(step_years)
    tau = np.exp(x[..., 2])
    contrast = np.stack([x[..., 1], -x[..., 1]], axis=-1) / np.sqrt(2)
    median_pace = np.exp(x[..., :1] + contrast)[..., None]
    stretched = tau[..., None, None] ** 0.5 * x[..., 3 : 3 + 2 * k].reshape(*x.shape[:-1], 2, k)
    rise = step_years * median_pace * np.logaddexp(0.0, stretched) / math.log(2.0)
    level = x[..., 3 + 2 * k : 5 + 2 * k, None]
    below = np.cumsum(rise[..., ::-1], axis=-1)[..., ::-1]
    return {
        "frontier": np.concatenate([level - below, level], axis=-1),
        "nu": np.exp(x[..., 5 + 2 * k : 7 + 2 * k]),
        "factor": x[..., 7 + 2 * k :],
        "log_pace": x[..., 0] + tau**2 / 2,
        "pace_contrast": x[..., 1],
        "tau": tau,
    }


@cache
def _compiled(kind: types.Type) -> CFunc:
    return cfunc(signature(kind), cache=True)(_as_c_function)


def _as_c_function(x, gradient, size, held):
    return _log_density(carray(x, size), carray(gradient, size), held)


@njit(cache=True, error_model="numpy")
def _log_density(x, g, held):
    mean, sd, loadings, country, left, right, step_years, top = read(held)
    k, n_factors = step_years.size, loadings.shape[1]
    tau = math.exp(x[2])
    root = math.sqrt(tau)
    coordinate, level = x[3 : 3 + 2 * k].reshape(2, k), x[3 + 2 * k : 5 + 2 * k]
    log_nu, factor = x[5 + 2 * k : 7 + 2 * k], x[7 + 2 * k :]
    g[:] = 0.0
    g_rise, g_level = g[3 : 3 + 2 * k].reshape(2, k), g[3 + 2 * k : 5 + 2 * k]
    g_log_nu, g_factor = g[5 + 2 * k : 7 + 2 * k], g[7 + 2 * k :]

    log_tau = (x[2] - RATE_SPREAD[0]) / RATE_SPREAD[1]
    log_pace = x[0] + 0.5 * tau**2
    logp = -0.5 * (log_pace / 0.5) ** 2 - 0.5 * (x[1] / CONTRAST_SD) ** 2 - 0.5 * log_tau**2
    g[0], g[1], g[2] = -log_pace / 0.25, -x[1] / CONTRAST_SD**2, -log_tau / RATE_SPREAD[1] - log_pace / 0.25 * tau**2
    for f in range(n_factors):
        logp -= 0.5 * factor[f] ** 2
        g_factor[f] = -factor[f]

    frontier, rise, by_stretched = np.empty((2, k + 1)), np.empty((2, k)), np.empty((2, k))
    pull = np.zeros((2, k + 1))
    for c in range(2):
        sign = 1.0 if c == 0 else -1.0
        middle = math.exp(x[0] + sign * x[1] / math.sqrt(2.0))
        frontier[c, k] = level[c]
        for j in range(k - 1, -1, -1):
            # `away` is the log of an increment over its median, in units of tau; `share` the logistic function.
            stretched = root * coordinate[c, j]
            small = math.exp(-abs(stretched))
            soft = max(stretched, 0.0) + math.log1p(small)
            share = (1.0 if stretched > 0.0 else small) / (1.0 + small)
            log_soft = math.log(soft)
            away = (log_soft - _LOG_LOG_2) / tau
            logp += -0.5 * away**2 - 0.5 * x[2] + stretched - soft - log_soft
            by_stretched[c, j] = share / soft
            # In the place of `g_rise` stands the gradient in `stretched`, until that of the readings is known.
            g_rise[c, j] = 1.0 - share - by_stretched[c, j] * (1.0 + away / tau)
            g[2] += away**2 - 0.5
            rise[c, j] = step_years[j] * middle * soft / math.log(2.0)
            frontier[c, j] = frontier[c, j + 1] - rise[c, j]
        r, q = (level[c] - top[c]) / 2.0, (log_nu[c] - math.log(0.6)) / 0.5
        logp -= 0.5 * r * r + 0.5 * q * q
        g_level[c], g_log_nu[c] = -r / 2.0, -q / 0.5

    n = mean.size
    residual = mean - np.dot(loadings, factor)
    country_rate, shortfall_rate = np.exp(-log_nu), np.empty(n)
    for i in range(n):
        c, j, w = country[i], left[i], right[i]
        residual[i] -= (1.0 - w) * frontier[c, j] + w * frontier[c, j + 1]
        shortfall_rate[i] = country_rate[c]
    value, slope, by_log_nu = np.empty(n), np.empty(n), np.empty(n)
    _shortfall_rows(residual, sd, shortfall_rate, value, slope, by_log_nu)
    for i in range(n):
        c, j, w = country[i], left[i], right[i]
        logp += value[i] - log_nu[c]
        g_log_nu[c] += by_log_nu[i]
        pull[c, j] -= (1.0 - w) * slope[i]
        pull[c, j + 1] -= w * slope[i]
    g_factor -= np.dot(slope, loadings)

    for c in range(2):
        behind = 0.0
        for j in range(k):
            behind += pull[c, j]
            g_log_rise = -behind * rise[c, j]
            g_stretched = g_rise[c, j] + g_log_rise * by_stretched[c, j]
            g_rise[c, j] = g_stretched * root
            g[0] += g_log_rise
            g[1] += (1.0 if c == 0 else -1.0) / math.sqrt(2.0) * g_log_rise
            g[2] += 0.5 * root * coordinate[c, j] * g_stretched
        g_level[c] += behind + pull[c, k]
    return logp


@njit(cache=True, error_model="numpy")
def _shortfall_rows(residual, sd, rate, value, slope, by_log_nu):
    """Log density of each residual, less log rate, with derivatives in the residual and in the log mean shortfall."""
    for i in range(residual.size):
        by_sd = 1.0 / sd[i]
        spread = sd[i] * rate[i]
        log_cdf, hazard = log_normal_cdf(-residual[i] * by_sd - spread)
        value[i] = residual[i] * rate[i] + 0.5 * spread * spread + log_cdf
        slope[i] = rate[i] - hazard * by_sd
        by_log_nu[i] = hazard * spread - 1.0 - residual[i] * rate[i] - spread * spread


def draw_abilities(
    draws: dict[str, np.ndarray], readings: Readings, country: np.ndarray, weights: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Exact draws [chain, draw, model] of abilities given the frontiers and the readings.

    Given all else the shortfall is a Normal(-x - sd^2/nu, sd) truncated to
    positive values, with x the reading minus its frontier and shared part.
    """
    at_date = np.einsum("ml,sdml->sdm", weights, draws["frontier"][:, :, country, :])
    shared = np.einsum("mk,sdk->sdm", readings.loadings, draws["factor"])
    nu = draws["nu"][:, :, country]
    centre = -(readings.mean - at_date - shared) - readings.sd**2 / nu
    # The probability of a larger shortfall is a uniform share of that of any at all.
    log_larger = log_ndtr(centre / readings.sd) + np.log1p(-rng.uniform(size=centre.shape))
    shortfall = centre - readings.sd * ndtri_exp(log_larger)
    return at_date - np.maximum(shortfall, 0.0)
