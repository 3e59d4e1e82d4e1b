"""R-hat and effective sample size of everything a sampler drew: ArviZ's numbers, for many quantities at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import xarray as xr
from scipy.fft import next_fast_len
from scipy.special import ndtri

_AT_ONCE = 64
"""Quantities that are judged together: more need more memory, fewer more time."""


def worst(draws: xr.Dataset) -> tuple[float, float]:
    """Largest R-hat and smallest bulk effective sample size of all quantities.

    R-hat is the larger of those of rank-normalised split chains and of their distances from the median. The numbers
    are those of `arviz.rhat` and `arviz.ess`, which take quantities one by one and several times as long.

    Parameters
    ----------
    draws : Dataset
        Variables over (chain, draw, ...). A quantity with a missing draw does not count; one that never moves has
        no R-hat.

    Returns
    -------
    tuple of float
        NaN where nothing counts.

    References
    ----------
    Vehtari, Gelman, Simpson, Carpenter & Bürkner (2021), doi:10.1214/20-BA1221.
    """
    variables = (draws[name].transpose("chain", "draw", ...).to_numpy() for name in draws)
    flat = [values.reshape(*values.shape[:2], -1) for values in variables if values.size]
    parts = [part for each in flat for part in np.array_split(each, -(-each.shape[2] // _AT_ONCE), axis=2)]
    with ThreadPoolExecutor() as pool:
        r_hat, ess = map(np.concatenate, zip(*pool.map(_judged, parts), strict=True))
    return float(np.fmax.reduce(r_hat)), float(np.fmin.reduce(ess))


def _judged(draws: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """R-hat and bulk effective sample size [quantity] of draws [chain, draw, quantity]."""
    half = draws.shape[1] // 2
    split = np.array(np.concatenate([draws[:, :half], draws[:, -half:]]).transpose(2, 0, 1), float, order="C")
    bulk, median = _normal_scores(split)
    folded, _ = _normal_scores(np.abs(split - median[:, None, None]))
    with np.errstate(invalid="ignore", divide="ignore"):  # a quantity that never moves has no R-hat
        return np.fmax(_r_hat(bulk), _r_hat(folded)), _effective(bulk)


def _r_hat(z: np.ndarray) -> np.ndarray:
    """Potential scale reduction [quantity] of chains [quantity, chain, draw]."""
    draws = z.shape[2]
    between, within = draws * z.mean(axis=2).var(axis=1, ddof=1), z.var(axis=2, ddof=1).mean(axis=1)
    return np.sqrt((between / within + draws - 1) / draws)


def _effective(z: np.ndarray) -> np.ndarray:
    """Effective sample size [quantity] of chains [quantity, chain, draw], by Geyer's initial monotone sequence."""
    size, draws = z[0].size, z.shape[2]
    autocovariance = _autocovariance(z).mean(axis=1)
    within = autocovariance[:, :1] * draws / (draws - 1)
    total = autocovariance[:, :1] + z.mean(axis=2).var(axis=1, ddof=1)[:, None]
    correlation = 1 - (within - autocovariance) / total
    correlation[:, 0] = 1.0
    even = correlation[:, 0 : draws - 1 : 2]
    pairs = even + correlation[:, 1::2]
    # Pairs count up to the first that is not positive, or the last there may be; none for more than one before it.
    number = np.arange(pairs.shape[1])
    stop = np.argmax((pairs <= 0) | (number >= (draws - 3) // 2), axis=1)[:, None]
    counted = np.where(number < stop, np.minimum.accumulate(pairs, axis=1), 0.0).sum(axis=1)
    ended, half = (np.take_along_axis(values, stop, axis=1)[:, 0] for values in (pairs, even))
    tau = 2 * counted - 1 + np.where(ended > 0, half, np.maximum(half, 0.0))
    ess = size / np.maximum(tau, 1 / np.log10(size))
    return np.where(np.ptp(z, axis=(1, 2)) < np.finfo(float).resolution, size, ess)


def _autocovariance(z: np.ndarray) -> np.ndarray:
    """At every lag, of series along the last axis."""
    draws = z.shape[-1]
    length = next_fast_len(2 * draws, real=True)
    spectrum = np.fft.rfft(z - z.mean(axis=-1, keepdims=True), n=length)
    spectrum *= np.conjugate(spectrum)
    return np.fft.irfft(spectrum, n=length)[..., :draws] / draws


def _normal_scores(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Normal quantiles of the ranks (Blom's) within each quantity [quantity, chain, draw], and its median [quantity].

    The quantiles are NaN where a draw is.
    """
    flat = values.reshape(len(values), -1)
    order = np.argsort(flat, axis=1)
    ordered = np.take_along_axis(flat, order, axis=1)
    scores = np.tile(_blom(np.arange(1.0, flat.shape[1] + 1), flat.shape[1]), (len(flat), 1))
    tied = ordered[:, 1:] == ordered[:, :-1]
    for quantity in np.flatnonzero(tied.any(axis=1)):
        scores[quantity] = _shared(scores[quantity], tied[quantity])
    scores[np.isnan(ordered[:, -1])] = np.nan
    placed = np.empty(flat.shape)
    np.put_along_axis(placed, order, scores, axis=1)
    size = flat.shape[1]
    return placed.reshape(values.shape), (ordered[:, (size - 1) // 2] + ordered[:, size // 2]) / 2


def _shared(scores: np.ndarray, tied: np.ndarray) -> np.ndarray:
    """Scores in order, of equal values the one of their mean rank; `tied` says which equal the value before them."""
    first = np.flatnonzero(np.append(True, ~tied))
    count = np.diff(np.append(first, len(scores)))
    several, of_each = count > 1, scores[first]
    of_each[several] = _blom((first + (count + 1) / 2)[several], len(scores))
    return np.repeat(of_each, count)


def _blom(rank: np.ndarray, size: int) -> np.ndarray:
    return ndtri((rank - 0.375) / (size + 0.25))
