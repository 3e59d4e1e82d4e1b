"""The ability model as PyMC has it: the definition, and what the compiled density is tested against."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gaplab.models import priors
from gaplab.models.ability.approximations import normal_readings, omega_bend, omega_centred, reference_ability
from gaplab.models.observations.observations import Observations

if TYPE_CHECKING:
    import pymc as pm
    from pymc.logprob.transforms import Transform
    from pytensor.tensor import TensorVariable as Variable


BLOCKS = {
    "abilities": ("prior", "sigma", "theta"),
    "discriminations": ("tau_a", "log_a"),
    "intercepts": ("intercept",),
    "over_dispersion": ("omega_mean", "omega_spread", "omega_offset"),
    "domains": ("domain_follower", "domain_sd", "domain_raw"),
    "effects": ("effect_raw",),
    "scores": ("score", "at_most", "at_least"),
    "horizons": ("horizon_slope", "horizon_intercept", "horizon_sd", "horizon", "horizon_at_least"),
    "links": ("link",),
}
"""The blocks of the model and the variables of each, in the order of `kernel.Terms`; a run may lack some of them."""


def ability_model(data: Observations) -> pm.Model:
    """Two-parameter item-response model of all scores, with no country in the prior of general ability.

    For score n of model i on benchmark b of domain k, on the raw scale::

        eta = a_b (theta_i + zeta_{i,k} - D_b) + sum of the biases of the row
        mu  = floor_b + (ceiling_b - floor_b) logistic(eta)
        score ~ Beta(mu phi, (1 - mu) phi),  1 / (phi + 1) = 1/n_items + (1 - 1/n_items) omega_b

    so that the variance is binomial sampling plus benchmark-specific
    over-dispersion, which is at least 0.002. The geometric mean of the discriminations `a` is one, which
    sets the unit; abilities scatter around a line in time with mean zero at the
    mean date, which sets the origin. Ability in a domain differs from general
    ability by Normal(m, sigma_k), where m is zero but for the follower's models,
    whose means over domains sum to zero: they may be stronger in one domain than
    in another, not in all. A benchmark's prior is on its expected logit for its
    own test-takers, Normal(0, 3).

    A domain ability is sampled as its distance from what its own scores say of it, in units of what they
    leave open (`domain_raw`): with logit(score) taken for a normal reading of eta with precision w phi, where w
    is the variance of the score over that of a logit, zeta given all else is roughly Normal(expected, scale).
    So `domain_raw` is nearly standard normal, whatever the spreads, scatters and discriminations. Otherwise
    these could hardly move while the abilities stay the same. In the same way the over-dispersion of a test, on
    the logit scale, is sampled (`omega_offset`) as its distance from the mean over tests in units of their spread where
    it has few scores, nearly as it is where it has many, and partly so in between. Its coordinate is
    straight in the over-dispersion itself where that is large, see `_bend`.

    Returns
    -------
    pymc.Model
        Free variables `theta` [model], `domain_raw` [cell], `prior` [term] (with
        `growth`, logits per year), `sigma`, `tau_a`, `log_a` and `intercept`
        [benchmark], `omega_mean`, `omega_spread`, `omega_offset` [benchmark],
        `effect_raw` [effect], `domain_follower` and `domain_sd` [domain],
        `horizon_slope`, `horizon_intercept`, `horizon_sd` [horizon]; deterministic
        `domain_ability` (zeta) [cell], `difficulty` and `omega` [benchmark], `bias` [effect].
        Terms that the run leaves out have no variables.

    References
    ----------
    Birnbaum, A. (1968). Some latent trait models. In Lord & Novick, Statistical
    Theories of Mental Test Scores. Epoch AI (2025), Epoch Capabilities Index,
    https://epoch.ai/eci.
    """
    import pymc as pm

    with pm.Model(coords={"model": data.models, "benchmark": data.benchmarks}) as model:
        theta = _abilities(data)
        a = _discriminations(data)
        intercept = _intercepts(data, a)
        phi = _over_dispersion(data)
        ability = _domains(data, theta, a, intercept, phi)
        bias = _effects(data)
        _scores(data, ability, a, intercept, phi, bias)
        _horizons(data, ability)
        _links(data, theta)
    return model


def _abilities(data: Observations) -> Variable:
    """General ability of each model, around a line in time."""
    import pymc as pm
    import pytensor.tensor as pt

    prior = pm.Normal("prior", data.prior.mean, data.prior.sd)
    sigma = pm.HalfNormal("sigma", priors.ABILITY_SD)
    return pm.Normal("theta", pt.dot(data.prior.design, prior), sigma, dims="model")


def _discriminations(data: Observations) -> Variable:
    """How sharply each test tells models apart; the geometric mean is one."""
    import pymc as pm
    import pytensor.tensor as pt

    if data.equal_slopes:
        return pt.ones(len(data.benchmarks))
    tau_a = pm.HalfNormal("tau_a", priors.DISCRIMINATION_SD)
    return pt.exp(pm.ZeroSumNormal("log_a", tau_a, dims="benchmark"))


def _intercepts(data: Observations, a: Variable) -> Variable:
    """The logit of each test at the mean ability of its test-takers.

    There it is nearly uncorrelated with the discrimination. A prior on the difficulty itself, which is
    reference - intercept / a, would make the posterior of benchmarks with few scores strongly curved.
    """
    import pymc as pm

    intercept = pm.Normal("intercept", 0.0, priors.INTERCEPT_SD, dims="benchmark")
    pm.Deterministic("difficulty", reference_ability(data) - intercept / a, dims="benchmark")
    return intercept


def _over_dispersion(data: Observations) -> Variable:
    """phi of each score: from the number of its items, and from the over-dispersion of its test."""
    import pymc as pm

    centre, floor = priors.OMEGA_MEAN[0], priors.OMEGA_FLOOR
    omega_mean = pm.Normal("omega_mean", *priors.OMEGA_MEAN)
    omega_spread = pm.HalfNormal("omega_spread", priors.OMEGA_SPREAD_SD)
    centred = omega_centred(data)
    unit, common = omega_spread ** (1.0 - centred), omega_mean - centre
    omega_offset = pm.Normal(
        "omega_offset", centred * common / unit, omega_spread**centred, dims="benchmark",
        default_transform=_bend(omega_bend(data)),
    )  # fmt: skip
    share = pm.math.sigmoid(centre + (1.0 - centred) * common + unit * omega_offset)
    omega = pm.Deterministic("omega", floor + (1 - floor) * share, dims="benchmark")
    sampling = 1.0 / data.n_items
    return 1.0 / (sampling + (1.0 - sampling) * omega[data.benchmark]) - 1.0


def _domains(data: Observations, theta: Variable, a: Variable, intercept: Variable, phi: Variable) -> Variable:
    """Ability of each model in each domain it was tested in [cell]."""
    import pymc as pm
    import pytensor.tensor as pt

    b, domains = data.benchmark, data.domains
    ability = theta[domains.model]
    if not len(domains.names):
        return ability
    follower = pm.ZeroSumNormal("domain_follower", priors.DOMAIN_FOLLOWER_SD, shape=len(domains.names))
    domain_sd = pm.LogNormal("domain_sd", *priors.DOMAIN_SPREAD, shape=len(domains.names))
    ability = ability + follower[domains.domain] * domains.follower[domains.model]
    weight, response = normal_readings(data)
    nothing, of_row = pt.zeros(len(domains.model)), a[b] ** 2 * weight * phi
    mean_of_row = (response - intercept[b]) / a[b] + reference_ability(data)[b]
    precision = pt.inc_subtensor(nothing[domains.row], of_row)
    precision_times_mean = pt.inc_subtensor(nothing[domains.row], of_row * mean_of_row)
    scale = (precision + domain_sd[domains.domain] ** -2) ** -0.5
    expected = scale**2 * (precision_times_mean - precision * ability)
    raw = pm.Normal("domain_raw", -expected / scale, domain_sd[domains.domain] / scale)
    ability = ability + expected + scale * raw
    pm.Deterministic("domain_ability", ability - theta[domains.model])
    return ability


def _effects(data: Observations) -> Variable:
    """Biases of scores, in logits."""
    import pymc as pm

    raw = pm.Normal("effect_raw", 0.0, 1.0, shape=len(data.effects.names))
    return pm.Deterministic("bias", data.effects.mean + data.effects.sd * raw)


def _scores(
    data: Observations, ability: Variable, a: Variable, intercept: Variable, phi: Variable, bias: Variable
) -> None:
    """Scores, and bounds of scores."""
    import pymc as pm
    import pytensor.tensor as pt

    b, reference = data.benchmark, reference_ability(data)
    eta = a[b] * (ability[data.domains.row] - reference[b]) + intercept[b] + pt.dot(data.effects.design(), bias)
    mu = data.floor + (data.ceiling - data.floor) * pm.math.sigmoid(eta)
    seen = ~(data.at_most | data.at_least)
    pm.Beta("score", mu=mu[seen], nu=phi[seen], observed=data.score[seen])
    for name, rows, bound, alpha, beta in (
        ("at_most", data.at_most, data.score, mu * phi, (1 - mu) * phi),
        ("at_least", data.at_least, 1.0 - data.score, (1 - mu) * phi, mu * phi),
    ):
        if rows.any():
            pm.Potential(name, pm.logcdf(pm.Beta.dist(alpha[rows], beta[rows]), bound[rows]).sum())


def _horizons(data: Observations, ability: Variable) -> None:
    """Task horizons as a line in ability; some are lower bounds."""
    import pymc as pm
    import pytensor.tensor as pt

    horizons = data.horizons
    h, size = horizons.horizon, len(horizons.names)
    slope = pm.LogNormal("horizon_slope", *priors.HORIZON_SLOPE, shape=size)
    intercept = pm.Normal("horizon_intercept", *priors.HORIZON_INTERCEPT, shape=size)
    sd = pm.LogNormal("horizon_sd", *priors.HORIZON_SD, shape=size)
    expected = intercept[h] + slope[h] * (ability[data.domains.horizon] - horizons.reference[h])
    total = pt.sqrt(sd[h] ** 2 + horizons.error**2)
    exact, bound = ~horizons.at_least, horizons.at_least
    if exact.any():
        pm.Normal("horizon", expected[exact], total[exact], observed=horizons.log2_minutes[exact])
    if bound.any():
        beyond = (expected[bound] - horizons.log2_minutes[bound]) / total[bound]
        pm.Potential("horizon_at_least", pm.logcdf(pm.Normal.dist(), beyond).sum())


def _links(data: Observations, theta: Variable) -> None:
    """Differences of two models in points."""
    import pymc as pm

    links = data.links
    if not links.points.size:
        return
    points_per_logit = links.span / (theta[links.high_anchor] - theta[links.low_anchor])
    difference = points_per_logit * (theta[links.model] - theta[links.reference])
    pm.Normal("link", difference, links.sd, observed=links.points)


def _bend(at: np.ndarray) -> Transform:
    """The coordinate y of `omega_offset`, which is at + log softplus(y - at).

    Over-dispersion is sampled on a log scale when small (below `at`) and on a linear scale when large. When one test
    supplies most scores of a domain, its over-dispersion and the spread of abilities in the domain trade off. On log
    scales the posterior then has a sharp corner, which a sampler explores slowly.
    """
    import pytensor.tensor as pt
    from pymc.logprob.transforms import Transform

    class Bend(Transform):
        name = "bend"
        ndim_supp = 0

        def forward(self, value, *inputs):
            return at + pt.log(pt.expm1(pt.exp(value - at)))

        def backward(self, value, *inputs):
            return at + pt.log(pt.softplus(value - at))

    return Bend()
