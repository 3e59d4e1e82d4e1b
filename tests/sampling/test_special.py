"""Special functions."""

import numpy as np
import pytest
import scipy.stats as st
from scipy.special import digamma, expit, gammaln

from gaplab.sampling import special


def test_special_functions_match_scipy():
    for x in np.exp(np.linspace(-8, 6, 60)):
        value, slope = special.log_gamma(x)
        assert value == pytest.approx(gammaln(x), abs=1e-9)
        assert slope == pytest.approx(digamma(x), rel=1e-9, abs=1e-9)
        both, slope_x, slope_y = special.log_gammas(x, 1000 / x)
        assert both == pytest.approx(gammaln(x) + gammaln(1000 / x), rel=1e-12, abs=1e-9)
        assert [slope_x, slope_y] == pytest.approx(digamma([x, 1000 / x]), rel=1e-9, abs=1e-9)
        assert special.log(x) == pytest.approx(np.log(x), rel=1e-15, abs=1e-16)
    for x in np.linspace(-690, 690, 60):
        assert special.exp(x) == pytest.approx(np.exp(x), rel=1e-15)
    for u in np.linspace(-36, 8, 60):
        value, hazard = special.log_normal_cdf(u)
        assert value == pytest.approx(st.norm.logcdf(u), rel=1e-10, abs=1e-15)
        assert hazard == pytest.approx(np.exp(st.norm.logpdf(u) - st.norm.logcdf(u)), rel=1e-10)
    for alpha, beta, upper in [(0.02, 3.0, 0.01), (5.0, 40.0, 0.25), (20.0, 60.0, 0.2525), (0.5, 200.0, 0.002)]:
        ratio = st.beta.logcdf(upper, alpha, beta) - st.beta.logpdf(upper, alpha, beta)
        assert special.log_beta_cdf_to_density(alpha, beta, upper)[0] == pytest.approx(ratio, abs=1e-8)


@pytest.mark.parametrize("x", [-600.0, -40.0, -1.0, -1e-9, 0.0, 1e-9, 0.7, 40.0, 600.0])
def test_softplus_and_its_slope(x):
    value, slope = special.softplus(x)
    assert value == pytest.approx(np.logaddexp(0.0, x), rel=4e-15, abs=0)
    assert slope == pytest.approx(expit(x), rel=4e-15, abs=0)
