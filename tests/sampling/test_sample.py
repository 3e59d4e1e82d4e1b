"""The sampler draws from the density it is given, whatever shape it begins with."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from numba import carray, cfunc
from scipy.sparse import csr_array
from scipy.special import ndtr, ndtri

from gaplab.sampling.controls import Controls
from gaplab.sampling.convergence import worst
from gaplab.sampling.curvature import Curvature, learn
from gaplab.sampling.density import Density
from gaplab.sampling.hmc import Settings
from gaplab.sampling.native import NativeArgs, read, signature
from gaplab.sampling.sample import sample


def _gaussian(kind):
    @cfunc(signature(kind))
    def function(x, gradient, size, held):
        mean, precision, edge = read(held)
        away = carray(x, size) - mean
        carray(gradient, size)[:] = -precision @ away
        if away[0] > edge:
            carray(gradient, size)[:] = np.nan
        return -0.5 * (away @ precision @ away)

    return function


def _four(mean, precision, edge=np.inf, controlled=0):
    """A normal density of four coordinates, without a gradient where the first is further than the edge."""
    data = NativeArgs((mean, precision, edge))
    names, block = pd.Index(list("abcd"), dtype=object), np.arange(2) if controlled else np.zeros(2, int)
    return Density(_gaussian(data.kind), data, np.zeros(4), names, block, lambda x: {"x": x}, controlled)


def test_thinned_draws_are_all_there_and_no_two_chains_are_alike():
    density, run = _four(np.zeros(4), np.eye(4)), {"chains": 3, "seed": 1}
    found, every = (
        sample(density, Settings(tune=20, thin=thin), draws=150 // thin, **run).values["x"] for thin in (3, 1)
    )
    assert found.shape == (3, 50, 4)
    np.testing.assert_array_equal(found, every[:, ::3])
    assert len(np.unique(found[:, -1, 0])) == 3


@pytest.mark.parametrize("exact_normal", [False, True])
def test_draws_are_right_whatever_the_shape_they_begin_with(exact_normal):
    """A wrong curvature of half the coordinates costs time, and changes no number."""
    precision = np.array([[4.0, 1.0, 0.5, 0.0], [1.0, 2.0, 0.0, 0.3], [0.5, 0.0, 1.0, 0.2], [0.0, 0.3, 0.2, 0.5]])
    mean = np.array([1.0, -2.0, 0.5, 3.0])
    density = _four(mean, precision)
    settings = Settings(exact_normal=exact_normal)
    run = {"draws": 2000, "chains": 2, "seed": 5}
    piloted = sample(density, settings, **run)
    stored = Curvature(density.names[::-1][:3], np.array([3.0, 0.0, -1.0]), csr_array(np.diag([2.0, 1.0, 1.0])))
    for found in (piloted, sample(density, settings, **run, curvature=stored)):
        draws = found.values["x"].reshape(-1, 4)
        assert found.divergences == 0
        np.testing.assert_allclose(draws.mean(axis=0), mean, atol=0.12)
        np.testing.assert_allclose(np.cov(draws.T), np.linalg.inv(precision), atol=0.25)
    np.testing.assert_allclose(piloted.curvature.matrix.toarray(), precision, atol=1e-4)


@pytest.mark.parametrize("exact_normal", [False, True])
def test_gradients_take_the_monte_carlo_error_out_of_mean_and_covariance(exact_normal):
    """All of it where the density is normal, whose first two coordinates do not interact directly."""
    precision = np.array([[4.0, 0.0, 0.5, 0.2], [0.0, 2.0, 0.3, 0.3], [0.5, 0.3, 1.0, 0.2], [0.2, 0.3, 0.2, 0.5]])
    mean = np.array([1.0, -2.0, 0.5, 3.0])
    settings = Settings(thin=2, exact_normal=exact_normal)
    found = sample(_four(mean, precision, controlled=2), settings, draws=50, chains=2, seed=3)
    draws, covariance = found.values["x"][..., :2].reshape(-1, 2), np.linalg.inv(precision)[:2, :2]
    controls = Controls(found.controls.newton.reshape(-1, 2), found.controls.variances, found.controls.loadings)
    assert np.abs(draws.mean(axis=0) - mean[:2]).max() > 0.01
    moved, corrected = controls.corrections(draws, np.eye(2))
    np.testing.assert_allclose(draws.mean(axis=0) + moved, mean[:2], atol=1e-3)
    np.testing.assert_allclose(np.cov(draws.T, ddof=0) + corrected, covariance, atol=1e-3)
    first = controls.select(np.array([True, False])).corrections(draws[:, :1], np.eye(1))
    np.testing.assert_allclose([part.ravel()[0] for part in first], [moved[0], corrected[0, 0]], atol=1e-12)


def test_the_shape_is_learnt_where_it_can_be_seen():
    precision = np.diag([4.0, 2.0, 1.0, 0.5])
    points = np.zeros((12, 4))
    points[[0, 5, 11], 0] = 7.0, 1.0005, -7.0
    found = learn(_four(np.zeros(4), precision, edge=1.0), points).matrix.toarray()
    np.testing.assert_allclose(found, precision, atol=1e-6)


def test_trajectories_into_a_region_without_a_density_count_as_diverged():
    """They are refused, so that the draws are those of the rest of the density."""
    found = sample(_four(np.zeros(4), np.eye(4), edge=0.5), draws=2000, chains=2, seed=3)
    assert found.divergences > 0
    draws = found.values["x"][..., 0].ravel()
    assert draws.max() <= 0.5
    below = ndtri(np.linspace(0.005, 0.995, 100) * ndtr(0.5))  # of a normal distribution cut off there
    assert abs(draws.mean() - below.mean()) < 0.1


@pytest.mark.parametrize("exact_normal", [False, True])
def test_a_square_of_a_normal_coordinate_mixes_too(exact_normal):
    """In its own shape a normal density is followed nearly without error, and most trajectories end elsewhere."""
    found = sample(_four(np.zeros(4), np.eye(4)), Settings(exact_normal=exact_normal), draws=1000, chains=4, seed=2)
    squares = xr.Dataset({"square": (("chain", "draw", "k"), found.values["x"] ** 2)})
    r_hat, ess = worst(squares)
    assert r_hat < 1.01
    assert ess > 1000


def test_a_density_that_is_finite_nowhere_is_refused():
    with pytest.raises(RuntimeError, match="cannot follow the density"):
        sample(_four(np.full(4, np.nan), np.eye(4)), draws=10, chains=1, seed=1)
