"""The sampler draws from the density it is given, whatever shape it begins with."""

import numpy as np
import pandas as pd
import pytest
from numba import carray, cfunc
from scipy.sparse import csr_array

from gaplab.sampling.curvature import Curvature, learn
from gaplab.sampling.density import Density
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


def _four(mean, precision, edge=np.inf):
    """A normal density of four coordinates, without a gradient where the first is further than the edge."""
    data = NativeArgs((mean, precision, edge))
    names = pd.Index(list("abcd"), dtype=object)
    return Density(_gaussian(data.kind), data, np.zeros(4), names, np.zeros(2, int), lambda x: {"x": x})


def test_thinned_draws_are_all_there_and_no_two_chains_are_alike():
    found = sample(_four(np.zeros(4), np.eye(4)), draws=50, chains=3, seed=1, tune=20, thin=3).values["x"]
    assert found.shape == (3, 50, 4)
    assert len(np.unique(found[..., 0])) == 150


@pytest.mark.parametrize("exact_normal", [False, True])
def test_draws_are_right_whatever_the_shape_they_begin_with(exact_normal):
    """A wrong curvature of half the coordinates costs time, and changes no number."""
    precision = np.array([[4.0, 1.0, 0.5, 0.0], [1.0, 2.0, 0.0, 0.3], [0.5, 0.0, 1.0, 0.2], [0.0, 0.3, 0.2, 0.5]])
    mean = np.array([1.0, -2.0, 0.5, 3.0])
    density = _four(mean, precision)
    settings = {"draws": 2000, "chains": 2, "seed": 5, "exact_normal": exact_normal}
    piloted = sample(density, **settings)
    stored = Curvature(density.names[::-1][:3], np.array([3.0, 0.0, -1.0]), csr_array(np.diag([2.0, 1.0, 1.0])))
    for found in (piloted, sample(density, **settings, curvature=stored)):
        draws = found.values["x"].reshape(-1, 4)
        assert found.divergences == 0
        np.testing.assert_allclose(draws.mean(axis=0), mean, atol=0.12)
        np.testing.assert_allclose(np.cov(draws.T), np.linalg.inv(precision), atol=0.25)
    np.testing.assert_allclose(piloted.curvature.matrix.toarray(), precision, atol=1e-4)


def test_the_shape_is_learnt_where_it_can_be_seen():
    precision = np.diag([4.0, 2.0, 1.0, 0.5])
    points = np.zeros((12, 4))
    points[[0, 5, 11], 0] = 7.0, 1.0005, -7.0
    found = learn(_four(np.zeros(4), precision, edge=1.0), points).matrix.toarray()
    np.testing.assert_allclose(found, precision, atol=1e-6)
