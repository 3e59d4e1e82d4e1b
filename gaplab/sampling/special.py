"""Special functions for compiled densities: value and derivative in one pass.

Those marked *free of branches* are inlined into loops over scores, which the
compiler then carries out several rows at a time; calls of the C library would
keep it from doing so.
"""

from __future__ import annotations

import math

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from gaplab.sampling.compiled import njit

_HALF_LOG_TWO_PI = 0.5 * math.log(2.0 * math.pi)
_LOG2_HIGH, _LOG2_LOW = 6.93147180369123816490e-01, 1.90821492927058770002e-10
_ROUND = 6755399441055744.0  # 1.5 * 2^52: adding it leaves the nearest whole number in the lowest bits.
_ROUND_BITS = 0x4338000000000000
_HALF_ROOT_BITS = 0x3FE6A09E667F3BCD  # sqrt(1/2)

# Without "fastmath": where operations may be contracted, the order of compilation decides how they are rounded. Where
# a multiplication is fused with an addition, `_fma` says so.
inlined = njit(cache=True, error_model="numpy", forceinline=True)


@intrinsic
def _bits(typing_context, x):
    def generate(context, builder, signature, arguments):
        return builder.bitcast(arguments[0], ir.IntType(64))

    return types.int64(types.float64), generate


@intrinsic
def _float(typing_context, bits):
    def generate(context, builder, signature, arguments):
        return builder.bitcast(arguments[0], ir.DoubleType())

    return types.float64(types.int64), generate


@intrinsic
def _fma(typing_context, a, b, c):
    """a b + c, rounded once."""

    def generate(context, builder, signature, arguments):
        return builder.fma(*arguments)

    return types.float64(types.float64, types.float64, types.float64), generate


@inlined
def exp(x: float) -> float:
    """Exponential function for |x| up to 700, beyond which it stays; free of branches, relative error below 1e-15.

    exp(x) = 2^k exp(r) with |r| at most log(2) / 2, and the Taylor series of exp(r).
    """
    x = -700.0 if x < -700.0 else x
    x = 700.0 if x > 700.0 else x
    shifted = _fma(x, 1.4426950408889634, _ROUND)
    k = shifted - _ROUND
    r = _fma(-k, _LOG2_LOW, _fma(-k, _LOG2_HIGH, x))
    p = _fma(r, 1 / 479001600.0, 1 / 39916800.0)
    p = _fma(p, r, 1 / 3628800.0)
    p = _fma(p, r, 1 / 362880.0)
    p = _fma(p, r, 1 / 40320.0)
    p = _fma(p, r, 1 / 5040.0)
    p = _fma(p, r, 1 / 720.0)
    p = _fma(p, r, 1 / 120.0)
    p = _fma(p, r, 1 / 24.0)
    p = _fma(p, r, 1 / 6.0)
    p = _fma(p, r, 0.5)
    p = _fma(p, r, 1.0)
    p = _fma(p, r, 1.0)
    return _float(_bits(p) + (_bits(shifted) << 52))


@inlined
def log(x: float) -> float:
    """Natural logarithm of a positive normal number; free of branches, relative error below 1e-15.

    log(x) = k log(2) + log(1 + f) with 1 + f between sqrt(1/2) and sqrt(2), and
    log(1 + f) from s = f / (2 + f) as in FDLIBM (https://netlib.org/fdlibm/e_log.c).
    """
    exponent = (_bits(x) - _HALF_ROOT_BITS) >> 52
    k = _float(exponent + _ROUND_BITS) - _ROUND
    f = _float(_bits(x) - (exponent << 52)) - 1.0
    s = f / (2.0 + f)
    z = s * s
    series = _fma(z, 1.479819860511658591e-01, 1.531383769920937332e-01)
    series = _fma(z, series, 1.818357216161805012e-01)
    series = _fma(z, series, 2.222219843214978396e-01)
    series = _fma(z, series, 2.857142874366239149e-01)
    series = _fma(z, series, 3.999999999940941908e-01)
    series = _fma(z, series, 6.666666666666735130e-01)
    half = 0.5 * f * f
    return _fma(k, _LOG2_HIGH, f - (half - _fma(s, _fma(z, series, half), k * _LOG2_LOW)))


@inlined
def _stirling(p):
    """x times what Stirling's series adds to log gamma(x), from p = 1 / x^2."""
    series = _fma(-p, _fma(-p, 1 / 1188, 1 / 1680), 1 / 1260)
    return _fma(-p, _fma(-p, series, 1 / 360), 1 / 12)


@inlined
def _stirling_slope(by):
    """Minus the derivative of what Stirling's series adds to log gamma(x), from 1 / x."""
    p = by * by
    series = _fma(-p, _fma(-p, _fma(-p, 1 / 132, 1 / 240), 1 / 252), 1 / 120)
    return p * _fma(-p, series, 1 / 12)


@inlined
def _seven(x):
    """x (x + 1) ... (x + 6), and its derivative.

    The first factor and the last, the second and the last but one, and so on have products q, q + 5 and q + 8, where q
    is x (x + 6); the factor in the middle has a square of q + 9.
    """
    middle, q = x + 3.0, x * (x + 6.0)
    pairs = q * _fma(q, q + 13.0, 40.0)
    slope = _fma(q, _fma(3.0, q, 26.0), 40.0)
    return middle * pairs, _fma(_fma(2.0, q, 18.0), slope, pairs)


@inlined
def log_gammas(a: float, b: float) -> tuple[float, float, float]:
    """Sum of the logarithms of gamma(a) and gamma(b), digamma(a) and digamma(b), for positive arguments below 1e20.

    Seven steps of the recurrence, then Stirling's series; free of branches, relative error below 1e-11.
    """
    product_a, slope_a = _seven(a)
    product_b, slope_b = _seven(b)
    a += 7.0
    b += 7.0
    log_a, log_b = log(a), log(b)
    by_a, by_b = 1.0 / a, 1.0 / b
    value = _fma(a - 0.5, log_a, -a) + _fma(b - 0.5, log_b, -b) + (2 * _HALF_LOG_TWO_PI - log(product_a * product_b))
    value = _fma(by_a, _stirling(by_a * by_a), _fma(by_b, _stirling(by_b * by_b), value))
    psi_a, psi_b = _fma(-0.5, by_a, log_a) - _stirling_slope(by_a), _fma(-0.5, by_b, log_b) - _stirling_slope(by_b)
    return value, psi_a - slope_a / product_a, psi_b - slope_b / product_b


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
    series = inverse * (1 / 12 - square * (1 / 360 - square * (1 / 1260 - square * (1 / 1680 - square * (1 / 1188)))))
    value = (x - 0.5) * log_x - x + _HALF_LOG_TWO_PI + series
    digamma = (
        log_x
        - 0.5 * inverse
        - square * (1 / 12 - square * (1 / 120 - square * (1 / 252 - square * (1 / 240 - square * (1 / 132)))))
    )
    if slope > 0.0:
        value -= math.log(product)
        digamma -= slope / product
    return value, digamma


@njit(cache=True, error_model="numpy")
def log_beta_cdf_to_density(alpha: float, beta: float, upper: float) -> tuple[float, float, float]:
    """Logarithm of the probability of a Beta variable below `upper` over its density there; derivatives in alpha, beta.

    The hypergeometric series I_x(a, b) = x^a (1-x)^b / (a B(a, b)) * sum_n t_n with
    t_0 = 1 and t_{n+1} = t_n x (a+b+n) / (a+1+n), all of whose terms are positive
    (DLMF 8.17.8, https://dlmf.nist.gov/8.17.E8), differentiated term by term.
    """
    term, total = 1.0, 1.0
    log_d_alpha = log_d_beta = d_alpha = d_beta = 0.0
    for n in range(10_000):
        above, below = alpha + beta + n, alpha + 1.0 + n
        inverse = 1.0 / (above * below)
        ratio = upper * above * (above * inverse)
        term *= ratio
        log_d_alpha += (below - above) * inverse
        log_d_beta += below * inverse
        total += term
        d_alpha += term * log_d_alpha
        d_beta += term * log_d_beta
        if ratio < 1.0 and term * (n + 1.0) < 1e-12 * total * (1.0 - ratio):
            break
    return math.log(total * upper * (1.0 - upper) / alpha), d_alpha / total - 1.0 / alpha, d_beta / total


@inlined
def log_normal_cdf(u: float) -> tuple[float, float]:
    """Logarithm of the standard normal distribution function, and its derivative; free of branches, within 1e-11.

    From erfcx(x) = exp(x^2) erfc(x): for all x >= 0, (1 + 2 x) erfcx(x) is close to a polynomial
    in t = (x - k) / (x + k) (Shepherd & Laframboise 1981, doi:10.1090/S0025-5718-1981-0595058-X),
    here that through its values at Chebyshev's points for k = 13/4.
    """
    x = abs(u) * math.sqrt(0.5)
    above, twice, half_square = x + 3.25, _fma(2.0, x, 1.0), 0.5 * u * u
    inverse = 1.0 / (above * twice)
    t = (x - 3.25) * twice * inverse
    square = t * t
    even = _fma(square, -7.152486070698386e-07, 7.527489608319995e-06)
    even = _fma(square, even, -5.323397932705869e-05)
    even = _fma(square, even, 0.0003045748328235547)
    even = _fma(square, even, -0.0001874072525414302)
    even = _fma(square, even, -0.03696060491044916)
    even = _fma(square, even, -0.118978889363976)
    even = _fma(square, even, -0.027456781222536378)
    even = _fma(square, even, 1.2475151132011624)
    odd = _fma(square, 1.6501734806842072e-07, -4.204553424779031e-06)
    odd = _fma(square, odd, 7.490524496887632e-05)
    odd = _fma(square, odd, -0.001075060162862057)
    odd = _fma(square, odd, 0.010148629107596197)
    odd = _fma(square, odd, 0.08014898905237142)
    odd = _fma(square, odd, 0.1135074934463681)
    odd = _fma(square, odd, -0.13861133360445788)
    tail, bell = 0.5 * _fma(t, odd, even) * (above * inverse), exp(-half_square)
    below = u < 0.0
    cdf = tail if below else _fma(-bell, tail, 1.0)
    log_cdf = log(cdf) - (half_square if below else 0.0)
    return log_cdf, (1.0 if below else bell) * math.exp(-_HALF_LOG_TWO_PI) / cdf


@inlined
def softplus(x: float) -> tuple[float, float]:
    """log(1 + exp(x)) and its derivative; free of branches, relative error below 1e-15 for x above -700."""
    small = exp(-abs(x))
    whole = 1.0 + small
    inverse = 1.0 / whole
    lost = small - (whole - 1.0)
    return max(x, 0.0) + _fma(lost, inverse, log(whole)), (1.0 if x > 0.0 else small) * inverse


@njit(cache=True, error_model="numpy")
def logistic(x: float) -> float:
    """1 / (1 + exp(-x)), without overflow."""
    if x >= 0.0:
        return 1.0 / (1.0 + math.exp(-x))
    e = math.exp(x)
    return e / (1.0 + e)
