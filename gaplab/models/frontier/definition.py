"""The frontier model as PyMC has it: the definition, and what the compiled density is tested against."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from gaplab.models import priors
from gaplab.models.frontier.knots import best_readings
from gaplab.models.readings import GaussianAbilities

if TYPE_CHECKING:
    import pymc as pm
    from pymc.logprob.transforms import Transform


BLOCKS = {
    "unevenness": ("tau",),
    "pace": ("log_median_pace", "pace_contrast"),
    "rises": ("rise",),
    "levels": ("level",),
    "shortfalls": ("nu",),
    "factors": ("factor",),
    "readings": ("reading",),
}
"""The blocks of the model and the variables of each, in the order of `kernel.Terms`."""


def frontier_model(
    readings: GaussianAbilities, country: np.ndarray, weights: np.ndarray, step_years: np.ndarray
) -> pm.Model:
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
    readings : GaussianAbilities
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

    with pm.Model() as model:
        # unevenness
        tau = pm.LogNormal("tau", *priors.RATE_SPREAD)

        # pace: the prior is on the mean; the median is sampled, since scores inform it whatever tau is
        mean, sd = priors.COMMON_PACE
        median = pm.Normal("log_median_pace", mean - tau**2 / 2, sd)
        pm.Deterministic("log_pace", median + tau**2 / 2)
        contrast = pm.Normal("pace_contrast", 0.0, priors.PACE_CONTRAST_SD)

        # rises
        middle = np.log(step_years) + median + pt.stack([contrast, -contrast])[:, None] / np.sqrt(2)
        rise = pm.LogNormal("rise", middle, tau, shape=(2, len(step_years)), default_transform=_stretch(step_years))

        # levels
        level = pm.Normal("level", best_readings(readings, country), priors.LEVEL_SD, shape=2)

        # shortfalls
        nu = pm.LogNormal("nu", *priors.SHORTFALL, shape=2)

        # factors
        factor = pm.Normal("factor", 0.0, 1.0, shape=readings.loadings.shape[1])

        # readings
        below = pt.cumsum(rise[:, ::-1], axis=1)[:, ::-1]
        frontier = pm.Deterministic("frontier", pt.concatenate([level[:, None] - below, level[:, None]], axis=1))
        expected = (weights * frontier[country]).sum(axis=1) + pt.dot(readings.loadings, factor)
        pm.Potential("reading", log_reflected_ex_gaussian(readings.mean - expected, nu[country], readings.sd).sum())
    return model


def _stretch(step_years: np.ndarray) -> Transform:
    """The coordinate v of a log-normal increment, step sqrt(median pace) softplus(sqrt(tau) v) / log 2.

    Large increments are linear in v; small ones are linear in the logarithm, so that all are positive.
    The roots of pace and tau are halfway between the centred and the non-centred form, since the scores
    inform some increments well and others hardly.
    """
    import pytensor.tensor as pt
    from pymc.logprob.transforms import Transform

    class Stretch(Transform):
        name = "stretch"
        ndim_supp = 0

        def forward(self, value, *inputs):
            middle, tau = inputs[-2:]
            scale = pt.exp((middle + np.log(step_years)) / 2)
            return pt.log(pt.expm1(math.log(2.0) * value / scale)) / pt.sqrt(tau)

        def backward(self, value, *inputs):
            middle, tau = inputs[-2:]
            scale = pt.exp((middle + np.log(step_years)) / 2)
            return scale * pt.softplus(pt.sqrt(tau) * value) / math.log(2.0)

    return Stretch()


def log_reflected_ex_gaussian(x, mean, sd):
    """Log density of Normal(0, sd) minus Exponential(mean) at x.

    (1/nu) exp(x/nu + sd^2 / (2 nu^2)) Phi(-x/sd - sd/nu), from completing the
    square in the integral over the shortfall.
    """
    import pymc as pm
    import pytensor.tensor as pt

    tail = pm.logcdf(pm.Normal.dist(0.0, 1.0), -x / sd - sd / mean)
    return -pt.log(mean) + x / mean + sd**2 / (2 * mean**2) + tail
