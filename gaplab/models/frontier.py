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

from gaplab.compiled import cfunc, njit
from gaplab.models.density import Density
from gaplab.models.native import Held, read, signature
from gaplab.models.special import log_normal_cdf
from gaplab.rulers import Readings
from gaplab.units import MONTH_DAYS, YEAR_DAYS

if TYPE_CHECKING:
    import pymc as pm
    from pymc.logprob.transforms import Transform

RATE_SPREAD = (math.log(0.4), 0.5)
"""Log median and spread of how far steps depart from the pace of their time; not zero, no pace being even."""

WANDERING = (math.log(0.6), 0.5)
"""Log median and spread of how far the log pace of a country wanders in a year (the root of its variance)."""

CONTRAST_SD = 0.1
"""Prior standard deviation of the difference in mean log pace between the countries, over root two."""

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
            Delta_{c,l} = step_l exp(lg + d_c + omega w_c(t_l) + tau z_{c,l} - tau^2/2) > 0
        theta_i = F_{c(i)}(t_i) - s_i,   s_i ~ Exponential(mean nu_c)
        reading_i = theta_i + loadings_i f + Normal(0, sd_i)

    with w_c a random walk in years whose mean over the steps is zero: the pace at the end is known from recent steps,
    not from all. A reading minus its frontier is a reflected exponentially modified Gaussian. All models of a country
    inform its frontier; the shortfalls remove the upward bias of a running maximum of noisy readings.

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
        Deterministic `frontier` [country, date]; free `nu` [country], `factor`, `log_median_pace`, `pace_contrast`,
        `tau`, `omega`, `departure` [country, date - 1] (omega w + tau z) and `level`.

    References
    ----------
    Aigner, Lovell & Schmidt (1977), doi:10.1016/0304-4076(77)90052-5;
    Meeusen & van den Broeck (1977), doi:10.2307/2525757 (exponential shortfall).
    """
    import pymc as pm
    import pytensor.tensor as pt

    n_knots, n_factors = weights.shape[1], readings.loadings.shape[1]
    with pm.Model() as model:
        tau, omega = pm.LogNormal("tau", *RATE_SPREAD), pm.LogNormal("omega", *WANDERING)
        # Of paces the mean has the prior; what scores know, whatever tau, is nearer to the median.
        median = pm.Normal("log_median_pace", -(tau**2) / 2, 0.5)
        contrast = pm.Normal("pace_contrast", 0.0, CONTRAST_SD)
        middle = median + pt.stack([contrast, -contrast])[:, None] / np.sqrt(2)
        covariance = tau**2 * np.eye(n_knots - 1) + omega**2 * walk_covariance(step_years)
        zero = np.zeros(n_knots - 1)
        departure = pm.MvNormal("departure", zero, covariance, shape=(2, n_knots - 1), default_transform=_stretch())
        rise = step_years * pt.exp(middle + departure)
        level = pm.Normal("level", _top(readings, country), 2.0, shape=2)
        below = pt.cumsum(rise[:, ::-1], axis=1)[:, ::-1]
        frontier = pm.Deterministic("frontier", pt.concatenate([level[:, None] - below, level[:, None]], axis=1))
        nu = pm.LogNormal("nu", np.log(0.6), 0.5, shape=2)

        factor = pm.Normal("factor", 0.0, 1.0, shape=n_factors)
        expected = (weights * frontier[country]).sum(axis=1) + pt.dot(readings.loadings, factor)
        pm.Potential("reading", _log_reflected_ex_gaussian(readings.mean - expected, nu[country], readings.sd).sum())
    return model


def walk_covariance(step_years: np.ndarray) -> np.ndarray:
    """Covariance [step, step] of a random walk in years at the middle of each step, less its mean over the steps."""
    middle = np.cumsum(step_years) - step_years / 2
    covariance = np.minimum.outer(middle, middle)
    centre = np.eye(len(middle)) - 1 / len(middle)
    return centre @ covariance @ centre


def _stretch() -> Transform:
    """The coordinate v of departures: softplus(sqrt(s) v) is log 2 times their exponential, s their spread.

    Large increments are straight in v, so that scores know one as well as another; small
    ones are straight in the logarithm, and positive. The root of the spread is halfway between centred
    and non-centred: some increments are well known, some are not.
    """
    import pytensor.tensor as pt
    from pymc.logprob.transforms import Transform

    class Stretch(Transform):
        name = "stretch"
        ndim_supp = 1

        def forward(self, value, *inputs):
            return pt.log(pt.expm1(math.log(2.0) * pt.exp(value))) / _root_spread(inputs[-1])

        def backward(self, value, *inputs):
            return pt.log(pt.softplus(_root_spread(inputs[-1]) * value) / math.log(2.0))

        def log_jac_det(self, value, *inputs):
            root = _root_spread(inputs[-1])
            soft = pt.softplus(root * value)
            return (pt.log(root) + root * value - soft - pt.log(soft)).sum(axis=-1)

    return Stretch()


def _root_spread(covariance):
    """Root of the spread of a departure, the mean variance over steps standing for all."""
    import pytensor.tensor as pt

    return pt.diagonal(covariance, axis1=-2, axis2=-1).mean() ** 0.25


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

    Coordinates, in order: log_median_pace, pace_contrast, log tau, log omega, departure [country, date - 1] as
    `_stretch` has it, level [country], log nu [country], factor.
    """
    n_rises, n_factors = len(step_years), readings.loadings.shape[1]
    left = np.minimum(np.argmax(weights > 0, axis=1), n_rises - 1)
    right = weights[np.arange(len(left)), left + 1]
    top = _top(readings, country)
    start = np.zeros(8 + 2 * n_rises + n_factors)
    start[2:4] = RATE_SPREAD[0], WANDERING[0]
    start[4 + 2 * n_rises : 6 + 2 * n_rises] = top
    start[6 + 2 * n_rises : 8 + 2 * n_rises] = np.log(0.6)
    loadings = np.ascontiguousarray(readings.loadings, float)
    walk = _waves(step_years)
    held = Held((readings.mean, readings.sd, loadings, country, left, right, step_years, top, *walk))
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
        "log_median_pace", "pace_contrast", "tau", "omega",
        *(f"rise: {side}, {back} before the last" for side in sides for back in range(n_rises - 1, -1, -1)),
        *(f"{name}: {side}" for name in ("level", "nu") for side in sides),
        *(f"factor: {number}" for number in range(n_factors)),
    ], dtype=object)  # fmt: skip


def _top(readings: Readings, country: np.ndarray) -> np.ndarray:
    """Mean of the three best readings of each country."""
    return np.array([np.sort(readings.mean[country == c])[-3:].mean() for c in (0, 1)])


def _waves(step_years: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Variances of a unit walk along its principal directions, none negative, and these directions in columns.

    Along them the steps are independent, whatever tau and omega are.
    """
    variance, direction = np.linalg.eigh(walk_covariance(step_years))
    return np.maximum(variance, 0.0), np.ascontiguousarray(direction)


def _unpack(x: np.ndarray, step_years: np.ndarray) -> dict[str, np.ndarray]:
    k = len(step_years)
    tau, omega = np.exp(x[..., 2]), np.exp(x[..., 3])
    contrast = np.stack([x[..., 1], -x[..., 1]], axis=-1) / np.sqrt(2)
    median = x[..., :1] + contrast
    spread = np.sqrt(tau**2 + omega**2 * walk_covariance(step_years).trace() / k)
    stretched = np.sqrt(spread)[..., None, None] * x[..., 4 : 4 + 2 * k].reshape(*x.shape[:-1], 2, k)
    soft = np.logaddexp(0.0, stretched) / math.log(2.0)
    level = x[..., 4 + 2 * k : 6 + 2 * k, None]
    below = np.cumsum((step_years * np.exp(median)[..., None] * soft)[..., ::-1], axis=-1)[..., ::-1]
    return {
        "frontier": np.concatenate([level - below, level], axis=-1),
        "nu": np.exp(x[..., 6 + 2 * k : 8 + 2 * k]),
        "factor": x[..., 8 + 2 * k :],
        "log_pace": median + tau[..., None] ** 2 / 2,
        "departure": np.log(soft),
        "tau": tau,
        "omega": omega,
    }


def draw_walk(draws: dict[str, np.ndarray], step_years: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Exact draws [chain, draw, country] of the walk of the log pace on the last step, given the departures."""
    variance, direction = _waves(step_years)
    wandered = draws["omega"][..., None, None] ** 2 * variance
    share = wandered / (wandered + draws["tau"][..., None, None] ** 2)
    along = draws["departure"] @ direction
    spread = draws["tau"][..., None, None] * np.sqrt(share)
    return (share * along + spread * rng.normal(size=along.shape)) @ direction[-1]


def log_departures(departure: np.ndarray, tau: np.ndarray, omega: np.ndarray, step_years: np.ndarray) -> np.ndarray:
    """Log density [...] of departures [..., step] of one country, up to a constant."""
    variance, direction = _waves(step_years)
    total = tau[..., None] ** 2 + omega[..., None] ** 2 * variance
    return -0.5 * ((departure @ direction) ** 2 / total + np.log(total)).sum(axis=-1)


@cache
def _compiled(kind: types.Type) -> CFunc:
    return cfunc(signature(kind), cache=True)(_as_c_function)


def _as_c_function(x, gradient, size, held):
    return _log_density(carray(x, size), carray(gradient, size), held)


@njit(cache=True, error_model="numpy")
def _log_density(x, g, held):
    mean, sd, loadings, country, left, right, step_years, top, variance, direction = read(held)
    k, n_factors = step_years.size, loadings.shape[1]
    tau, omega = math.exp(x[2]), math.exp(x[3])
    spread2 = tau**2 + omega**2 * variance.mean()
    root = math.sqrt(math.sqrt(spread2))
    coordinate, level = x[4 : 4 + 2 * k].reshape(2, k), x[4 + 2 * k : 6 + 2 * k]
    log_nu, factor = x[6 + 2 * k : 8 + 2 * k], x[8 + 2 * k :]
    g[:] = 0.0
    g_coordinate, g_level = g[4 : 4 + 2 * k].reshape(2, k), g[4 + 2 * k : 6 + 2 * k]
    g_log_nu, g_factor = g[6 + 2 * k : 8 + 2 * k], g[8 + 2 * k :]

    log_tau, log_omega = (x[2] - RATE_SPREAD[0]) / RATE_SPREAD[1], (x[3] - WANDERING[0]) / WANDERING[1]
    log_pace = x[0] + 0.5 * tau**2
    contrast = x[1] / CONTRAST_SD
    logp = -0.5 * ((log_pace / 0.5) ** 2 + contrast**2 + log_tau**2 + log_omega**2)
    g[0], g[1] = -log_pace / 0.25, -contrast / CONTRAST_SD
    g[2], g[3] = -log_tau / RATE_SPREAD[1] - log_pace / 0.25 * tau**2, -log_omega / WANDERING[1]
    for f in range(n_factors):
        logp -= 0.5 * factor[f] ** 2
        g_factor[f] = -factor[f]

    frontier, rise, by_stretched = np.empty((2, k + 1)), np.empty((2, k)), np.empty((2, k))
    departure, g_departure = np.empty((2, k)), np.empty((2, k))
    pull = np.zeros((2, k + 1))
    for c in range(2):
        middle = math.exp(x[0] + (1.0 if c == 0 else -1.0) * x[1] / math.sqrt(2.0))
        frontier[c, k] = level[c]
        for j in range(k - 1, -1, -1):
            stretched = root * coordinate[c, j]
            small = math.exp(-abs(stretched))
            soft = max(stretched, 0.0) + math.log1p(small)
            share = (1.0 if stretched > 0.0 else small) / (1.0 + small)
            log_soft = math.log(soft)
            departure[c, j] = log_soft - _LOG_LOG_2
            logp += 0.25 * math.log(spread2) + stretched - soft - log_soft
            by_stretched[c, j] = share / soft
            # In the place of `g_coordinate` stands the gradient in `stretched`, until that of the readings is known.
            g_coordinate[c, j] = 1.0 - share - by_stretched[c, j]
            rise[c, j] = step_years[j] * middle * soft / math.log(2.0)
            frontier[c, j] = frontier[c, j + 1] - rise[c, j]
        # Along the principal directions of the walk departures are independent.
        along = np.dot(departure[c], direction)
        for j in range(k):
            total = tau**2 + omega**2 * variance[j]
            logp -= 0.5 * (along[j] ** 2 / total + math.log(total))
            by_total = (along[j] ** 2 / total - 1.0) / total
            g[2] += tau**2 * by_total
            g[3] += omega**2 * variance[j] * by_total
            along[j] /= -total
        g_departure[c] = np.dot(direction, along)
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

    by_log_spread2 = 0.5 * k
    for c in range(2):
        behind = 0.0
        for j in range(k):
            behind += pull[c, j]
            g_log_rise = -behind * rise[c, j]
            g_stretched = g_coordinate[c, j] + (g_departure[c, j] + g_log_rise) * by_stretched[c, j]
            g_coordinate[c, j] = g_stretched * root
            g[0] += g_log_rise
            g[1] += (1.0 if c == 0 else -1.0) / math.sqrt(2.0) * g_log_rise
            by_log_spread2 += 0.25 * root * coordinate[c, j] * g_stretched
        g_level[c] += behind + pull[c, k]
    g[2] += by_log_spread2 * 2.0 * tau**2 / spread2
    g[3] += by_log_spread2 * 2.0 * (spread2 - tau**2) / spread2
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
