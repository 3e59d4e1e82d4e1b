"""Delays from a model's release to its first usable score, and their posterior by country."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import scipy
import xarray as xr

from gaplab.data.tables import Tables
from gaplab.models.observations.selection import usable
from gaplab.models.scales import INDICES, full_vintages
from gaplab.params.spec import Params

WINDOW_DAYS = 365
"""Releases this recent inform the delays and are nowcast; what is older and unscored is taken as never scored."""
MIN_BENCHMARKS = 10
"""New scores on this many tests make a full vintage. In a smaller one, the absence of a model says nothing."""
LISTED_FROM = 0.05
"""Least probability of ever being scored at which an unscored model is listed by name."""
DAY = pd.Timedelta(days=1)
# Grid of the delay model. Priors: never ~ uniform; log median ~ Normal(log 45 days, 1); log spread ~ Normal(0, 0.4).
NEVER = (np.arange(50) + 0.5) / 50
_MEDIAN_DAYS = np.geomspace(2.0, 1000.0, 60)
_SPREAD = np.geomspace(0.25, 4.0, 24)


@dataclass(frozen=True)
class Delays:
    """Posterior draws of the delay from release to first score, by country.

    Attributes
    ----------
    never : DataArray, dims (sample, country)
        Share of releases that are never scored.
    median_days, spread : DataArray, dims (sample, country)
        Median of the log-normal delay of the others, and the standard
        deviation of its logarithm.
    """

    never: xr.DataArray
    median_days: xr.DataArray
    spread: xr.DataArray


def first_readings(tables: Tables, params: Params) -> tuple[pd.Series, pd.DatetimeIndex]:
    """First vintage in which the ruler can read each model, and the vintages that looked at the whole field.

    Parameters
    ----------
    params : Params
        `ruler`, and for the ruler "ability" the choice of sources and
        tests and the `task_horizons` that a score must have to be used.

    Returns
    -------
    Series of Timestamp, indexed by model
    DatetimeIndex
        Vintages in which a model's absence means that it had no reading. The
        others hold few models: they say who was scored, not who was not.
    """
    if params.ruler == "ability":
        rows = tables.scores.rename(columns={"first_seen": "vintage"})
        tests = rows.groupby("vintage")["benchmark"].nunique()
        full = pd.DatetimeIndex(tests.index[tests >= MIN_BENCHMARKS]).sort_values()
        facts = tables.benchmarks.set_index("benchmark")
        rows = rows[usable(rows, facts, tables.access.groupby("model")["from"].min(), params)]
        if params.domain != "all":
            rows = rows[rows["benchmark"].map(facts["domain"]) == params.domain]
    else:
        rows = tables.index_vintages[tables.index_vintages["index"] == INDICES[params.ruler].index]
        full = full_vintages(rows)
    return rows.groupby("model")["vintage"].min(), full


def waits(models: pd.DataFrame, first: pd.Series, vintages: pd.DatetimeIndex, *, since: pd.Timestamp) -> pd.DataFrame:
    """Bounds of the delay from release to first score, in days, as dated vintages leave them.

    A model first seen in a vintage was scored between the full vintage before
    it (or its release, if later) and that one: censored to an interval, from
    the left only where no full vintage came before. One not seen yet has
    waited at least until the newest full vintage. All listed releases enter,
    scored or not, so nothing is truncated. Releases since the newest full
    vintage that nobody has seen say nothing yet and are left out; so are
    scores seen before the release date (of a preview, or under another date).

    Parameters
    ----------
    models : DataFrame, indexed by model, with country and date
    first : Series of Timestamp, indexed by model
        First vintage with a reading.
    vintages : DatetimeIndex
        Full vintages.
    since : Timestamp
        Releases before this date are left out.

    Returns
    -------
    DataFrame, indexed by model
        country, date; low, high in days, high infinite while unscored.
    """
    recent = models.loc[models["date"] >= since, ["country", "date"]]
    seen = first.reindex(recent.index)
    scored = seen.notna().to_numpy()
    # The last full vintage before the first reading; of an unscored model, the last of all.
    n_before = np.where(scored, vintages.searchsorted(seen.fillna(vintages[-1] + DAY)), len(vintages))
    before = pd.Series(vintages.insert(0, pd.NaT)[n_before], recent.index)
    low = ((before - recent["date"]) / DAY).clip(lower=0.0).fillna(0.0)
    high = ((seen - recent["date"]) / DAY).fillna(np.inf)
    bounds = recent.assign(low=low, high=high)
    return bounds[(bounds["high"] > bounds["low"]) & ~((bounds["low"] == 0) & np.isinf(bounds["high"]))]


def delay_posterior(bounds: pd.DataFrame, countries: list[str], *, draws: int, rng: np.random.Generator) -> Delays:
    """Posterior of the delay from release to first score, with a share that is never scored.

    ::

        P(T <= t) = (1 - never) Phi((log t - log median) / spread)
        interval (low, high]: P(T <= high) - P(T <= low);  unscored: 1 - P(T <= low)

    computed on a grid, country by country: exact up to its steps.

    Parameters
    ----------
    bounds : DataFrame
        What `waits` returns.
    countries : list of str
        A country without any row gets the prior.

    References
    ----------
    Boag, J. W. (1949). Maximum likelihood estimates of the proportion of
    patients cured by cancer therapy. J. R. Stat. Soc. B 11(1).
    (mixture cure model)

    Kalbfleisch, J. D. & Lawless, J. F. (1989). Inference based on
    retrospective ascertainment. J. Am. Stat. Assoc. 84(406),
    doi:10.2307/2289919. (why delays of the scored models alone are too short)
    """
    never, median, spread = np.meshgrid(NEVER, _MEDIAN_DAYS, _SPREAD, indexing="ij")
    ever = 1.0 - NEVER[:, None, None]
    prior = -0.5 * np.log(median / 45.0) ** 2 - 0.5 * (np.log(spread) / 0.4) ** 2
    picked = []
    for country in countries:
        rows = bounds[bounds["country"] == country]
        low, high = (rows[end].to_numpy()[:, None, None] for end in ("low", "high"))
        by_low, by_high = (_shorter(days, median[0], spread[0]) for days in (low, high))
        scored = np.isfinite(high.ravel())
        within = np.log(np.maximum(by_high[scored] - by_low[scored], 1e-300)).sum(axis=0)
        density = prior + within + scored.sum() * np.log(ever)
        for share in by_low[~scored]:
            density += np.log(1.0 - ever * share)
        weight = np.exp(density - density.max()).ravel()
        picked.append(rng.choice(weight.size, size=draws, p=weight / weight.sum()))
    cells = np.stack(picked, axis=1)
    named = {
        name: xr.DataArray(grid.ravel()[cells], dims=("sample", "country"), coords={"country": countries})
        for name, grid in (("never", never), ("median_days", median), ("spread", spread))
    }
    return Delays(**named)


def p_scored_after(delays: Delays, country: str, days: float) -> xr.DataArray:
    """Probability that a model of the country unscored for so many days is ever scored, by draw.

    (1 - never) (1 - F) / (1 - (1 - never) F), with F the share of the delays
    that are shorter; it falls from 1 - never to 0 as the wait goes on.

    Returns
    -------
    DataArray, dims (sample,)
    """
    never, median, spread = (
        each.sel(country=country, drop=True) for each in (delays.never, delays.median_days, delays.spread)
    )
    ever = 1.0 - never.to_numpy()
    by_now = ever * _shorter(days, median.to_numpy(), spread.to_numpy())
    return never.copy(data=(ever - by_now) / (1.0 - by_now))


def _shorter(days: float | np.ndarray, median: np.ndarray, spread: np.ndarray) -> np.ndarray:
    """Share of the delays of models that are scored some day that are no longer than so many days."""
    with np.errstate(divide="ignore"):
        return scipy.special.ndtr(np.log(days / median) / spread)
