"""The likelihoods in numpy are those of the definitions."""

import numpy as np
import pymc as pm
import pytest

from gaplab.models.frontier.definition import log_reflected_ex_gaussian
from gaplab.models.likelihood import beta_parameters, half_an_item, log_score, log_shortfall


def test_a_score_has_the_density_that_the_model_gives_it():
    rng = np.random.default_rng(1)
    eta, omega = rng.normal(size=(3, 5)), rng.uniform(0.002, 0.3, (3, 5))
    floor, n_items = np.array([0.0, 0.25, 0.0, 0.1, 0.0]), np.array([100.0, 50.0, np.inf, 20.0, 30.0])
    score = np.array([0.2, 0.6, 0.9, 0.01, 0.97])
    at_most, at_least = np.array([False, False, False, True, False]), np.array([False, False, False, False, True])
    alpha, beta = beta_parameters(eta, omega, floor=floor, ceiling=1.0, n_items=n_items)
    found = log_score(score, alpha, beta, at_most=at_most, at_least=at_least)
    mu = floor + (1 - floor) / (1 + np.exp(-eta))
    phi = 1 / (1 / n_items + (1 - 1 / n_items) * omega) - 1
    expected = pm.logp(pm.Beta.dist(mu=mu, nu=phi), score).eval()
    bounded = pm.logcdf(pm.Beta.dist(mu * phi, (1 - mu) * phi), score).eval()
    mirrored = pm.logcdf(pm.Beta.dist((1 - mu) * phi, mu * phi), 1 - score).eval()
    assert found == pytest.approx(np.where(at_most, bounded, np.where(at_least, mirrored, expected)), rel=1e-8)
    # Binomial sampling of the items and over-dispersion between tests of the kind.
    variance = alpha * beta / (alpha + beta) ** 2 / (alpha + beta + 1)
    assert variance == pytest.approx(mu * (1 - mu) * (1 / n_items + (1 - 1 / n_items) * omega))


def test_half_an_item_of_a_test_of_unknown_size_is_small():
    assert half_an_item(np.array([100.0, np.inf])).tolist() == [0.005, 0.0005]


def test_a_shortfall_has_the_density_that_the_model_gives_it():
    rng = np.random.default_rng(2)
    distance, mean, sd = rng.normal(0, 2, 50), rng.uniform(0.1, 2, 50), rng.uniform(0.05, 1, 50)
    exact = log_reflected_ex_gaussian(distance, mean, sd).eval()
    assert log_shortfall(distance, mean, sd) == pytest.approx(exact, abs=1e-6)
    grid = np.linspace(-20, 20, 400_001)
    assert np.trapezoid(np.exp(log_shortfall(grid, 0.7, 0.3)), grid) == pytest.approx(1, abs=1e-6)
