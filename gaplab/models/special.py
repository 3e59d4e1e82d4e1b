"""Special functions for compiled densities: value and derivative in one pass."""

from __future__ import annotations

import math

from numba import njit

_HALF_LOG_TWO_PI = 0.5 * math.log(2.0 * math.pi)


@njit(cache=True, error_model="numpy")
def log_gamma(x: float) -> tuple[float, float]:
    """Logarithm of the gamma function and its derivative, digamma, for x > 0.

    Recurrence up to 7, then Stirling's series; relative error below 1e-11.
    """
    product, slope = 1.0, 0.0
    while x < 7.0:
        slope = slope * x + product
        product *= x
        x += 1.0
    log_x, inverse = math.log(x), 1.0 / x
    square = inverse * inverse
    series = inverse * (1 / 12 - square * (1 / 360 - square * (1 / 1260 - square * (1 / 1680 - square / 1188))))
    value = (x - 0.5) * log_x - x + _HALF_LOG_TWO_PI + series
    digamma = (
        log_x
        - 0.5 * inverse
        - square * (1 / 12 - square * (1 / 120 - square * (1 / 252 - square * (1 / 240 - square / 132))))
    )
    if slope > 0.0:
        value -= math.log(product)
        digamma -= slope / product
    return value, digamma


@njit(cache=True, error_model="numpy")
def log_beta_cdf(alpha: float, beta: float, upper: float) -> tuple[float, float, float]:
    """Log probability of a Beta variable below `upper`, and its derivatives in alpha and beta.

    The hypergeometric series I_x(a, b) = x^a (1-x)^b / (a B(a, b)) * sum_n t_n with
    t_0 = 1 and t_{n+1} = t_n x (a+b+n) / (a+1+n), all of whose terms are positive
    (DLMF 8.17.8, https://dlmf.nist.gov/8.17.E8), differentiated term by term.
    """
    term, total = 1.0, 1.0
    log_d_alpha = log_d_beta = d_alpha = d_beta = 0.0
    for n in range(10_000):
        above, below = 1.0 / (alpha + beta + n), 1.0 / (alpha + 1.0 + n)
        ratio = upper * below / above
        term *= ratio
        log_d_alpha += above - below
        log_d_beta += above
        total += term
        d_alpha += term * log_d_alpha
        d_beta += term * log_d_beta
        if ratio < 1.0 and term * (n + 1.0) < 1e-12 * total * (1.0 - ratio):
            break
    gamma_a, psi_a = log_gamma(alpha)
    gamma_b, psi_b = log_gamma(beta)
    gamma_ab, psi_ab = log_gamma(alpha + beta)
    log_upper, log_rest = math.log(upper), math.log1p(-upper)
    value = alpha * log_upper + beta * log_rest - math.log(alpha) - gamma_a - gamma_b + gamma_ab + math.log(total)
    d_alpha = log_upper - 1.0 / alpha - psi_a + psi_ab + d_alpha / total
    return value, d_alpha, log_rest - psi_b + psi_ab + d_beta / total


@njit(cache=True, error_model="numpy")
def log_normal_cdf(u: float) -> tuple[float, float]:
    """Logarithm of the standard normal distribution function and its derivative."""
    if u > -25.0:
        cdf = 0.5 * math.erfc(-u / math.sqrt(2.0))
        log_cdf = math.log(cdf)
    else:
        # Asymptotic series of the Mills ratio; the first omitted term is below 1e-9 here.
        q = 1.0 / (u * u)
        log_cdf = -0.5 * u * u - _HALF_LOG_TWO_PI - math.log(-u) + math.log1p(-q * (1 - q * (3 - q * (15 - 105 * q))))
    return log_cdf, math.exp(-0.5 * u * u - _HALF_LOG_TWO_PI - log_cdf)


@njit(cache=True, error_model="numpy")
def logistic(x: float) -> float:
    """1 / (1 + exp(-x)), without overflow."""
    if x >= 0.0:
        return 1.0 / (1.0 + math.exp(-x))
    e = math.exp(x)
    return e / (1.0 + e)
