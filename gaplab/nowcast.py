"""The gap as it will be read once the models that are out but unscored have scores: draws in, draws out.

Chinese models are scored later than American ones, so a gap read in real time
rests on older Chinese models and is too large. Three steps:

1. *Delay*: how long from release to the first score that the ruler can use,
   and how often never, by country: `waits`, `delay_posterior`.
2. *Ability*: an unscored model stands below its country's frontier of its date
   by an exponential shortfall, shrunk towards that of its family: `predict`.
3. *Reading*: the follower's best model with those that will be scored, draw by
   draw: `subject`, which every definition of the gap then reads.

The frontiers are not touched: releases without scores say nothing about them
that the fit does not say already (see `frontier_moves`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr
from scipy.special import gammaln, log_ndtr, ndtr, ndtri

from gaplab import gap
from gaplab.data import Tables, eligible
from gaplab.errors import GaplabError
from gaplab.params import Params
from gaplab.posterior import Posterior
from gaplab.rulers import INDICES
from gaplab.units import SAMPLE

WINDOW_DAYS = 365
"""Releases this recent inform the delays and are nowcast; what is older and unscored is taken as never scored."""

MIN_BENCHMARKS = 10
"""A vintage with new scores on this many tests is a look at the whole field; one with fewer only says who is in."""

FAMILY_MEMBERS = 5
"""The newest scored relatives that inform a model's shortfall."""

LISTED_FROM = 0.05
"""Least probability of ever being scored at which an unscored model is listed by name."""

_DAY = pd.Timedelta(days=1)

# Grid of the delay model. Priors: never ~ uniform; log median ~ Normal(log 45 days, 1); log spread ~ Normal(0, 0.4).
_NEVER = (np.arange(50) + 0.5) / 50
_MEDIAN_DAYS = np.geomspace(2.0, 1000.0, 60)
_SPREAD = np.geomspace(0.25, 4.0, 24)
# How far families differ in their mean shortfall: shape of the gamma that their rates come from.
_ALIKE = 1.0 + np.geomspace(0.5, 64.0, 15)


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


@dataclass(frozen=True)
class Nowcast:
    """Models that are out but unscored, with what can be expected of them.

    Releases of the last `WINDOW_DAYS` without any reading so far; the older
    ones have waited so long that they are taken as never scored.

    Attributes
    ----------
    models : DataFrame, indexed by model, by date
        developer, country, family, date; days_unscored (from release to the
        newest vintage, 0 where there was none since); relatives (scored
        members of its family that inform it); p_scored (probability of ever
        being scored).
    ability : DataArray, dims (chain, draw, model)
        Predictive ability, in logits.
    counted : DataArray of bool, dims (chain, draw, model)
        Whether the model is scored some day, in that draw.
    delays : Delays
    waits : DataFrame
        The releases behind `delays`, as `waits` gives them.
    undated : list of str
        Unscored models of the two countries without a release date: not counted.
    """

    models: pd.DataFrame
    ability: xr.DataArray
    counted: xr.DataArray
    delays: Delays
    waits: pd.DataFrame
    undated: list[str]


# --- delays ---------------------------------------------------------------------------------------


def first_readings(tables: Tables, params: Params) -> tuple[pd.Series, pd.DatetimeIndex]:
    """First vintage in which the ruler can read each model, and the vintages that looked at the whole field.

    Parameters
    ----------
    tables : Tables
    params : Params
        `ruler`, and for the ruler "ability" the `sources`, `benchmarks` and
        `horizons` that a score must have to be used.

    Returns
    -------
    Series of Timestamp, indexed by model
    DatetimeIndex
        Vintages in which a model's absence means that it had no reading. The
        others hold few models: they say who was scored, not who was not.
    """
    if params.ruler == "ability":
        rows = tables.scores.rename(columns={"first_seen": "vintage"})
        full = rows.groupby("vintage")["benchmark"].nunique() >= MIN_BENCHMARKS
        rows = rows[_usable(rows, tables.benchmarks.set_index("benchmark"), params)]
    else:
        rows = tables.index_vintages[tables.index_vintages["index"] == INDICES[params.ruler].index]
        size = rows.groupby("vintage")["model"].nunique()
        full = size >= size.max() / 2
    return rows.groupby("model")["vintage"].min(), pd.DatetimeIndex(full.index[full]).sort_values()


def _usable(rows: pd.DataFrame, facts: pd.DataFrame, params: Params) -> pd.Series:
    """Whether the ability model of this run can use a score."""
    link = rows["benchmark"].map(facts["link"])
    usable = (link == "logit") & (rows["censored"] == "none")
    if params.horizons == "used":
        usable |= link == "log2_minutes"
    if params.sources != "all":
        usable &= rows["source_class"] == params.sources
    if params.benchmarks != "all":
        wanted = ("public",) if params.benchmarks == "public" else ("semi_private", "private")
        usable &= rows["benchmark"].map(facts["access_class"]).isin(wanted)
    if params.domain != "all":
        usable &= rows["benchmark"].map(facts["domain"]) == params.domain
    return usable


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
    n_before = np.where(scored, vintages.searchsorted(seen.fillna(vintages[-1] + _DAY)), len(vintages))
    before = pd.Series(vintages.insert(0, pd.NaT)[n_before], recent.index)
    low = ((before - recent["date"]) / _DAY).clip(lower=0.0).fillna(0.0)
    high = ((seen - recent["date"]) / _DAY).fillna(np.inf)
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
    draws : int
    rng : Generator

    Returns
    -------
    Delays

    References
    ----------
    Boag, J. W. (1949). Maximum likelihood estimates of the proportion of
    patients cured by cancer therapy. J. R. Stat. Soc. B 11(1).
    (mixture cure model)

    Kalbfleisch, J. D. & Lawless, J. F. (1989). Inference based on
    retrospective ascertainment. J. Am. Stat. Assoc. 84(406),
    doi:10.2307/2289919. (why delays of the scored models alone are too short)
    """
    never, median, spread = np.meshgrid(_NEVER, _MEDIAN_DAYS, _SPREAD, indexing="ij")
    prior = -0.5 * np.log(median / 45.0) ** 2 - 0.5 * (np.log(spread) / 0.4) ** 2
    picked = []
    for country in countries:
        rows = bounds[bounds["country"] == country]
        density = prior.copy()
        for low, high in rows[["low", "high"]].itertuples(index=False):
            by_low, by_high = (_scored_within(days, never, median, spread) for days in (low, high))
            density += np.log(np.maximum((1.0 if np.isinf(high) else by_high) - by_low, 1e-300))
        weight = np.exp(density - density.max()).ravel()
        picked.append(rng.choice(weight.size, size=draws, p=weight / weight.sum()))
    cells = np.stack(picked, axis=1)
    named = {
        name: xr.DataArray(grid.ravel()[cells], dims=("sample", "country"), coords={"country": countries})
        for name, grid in (("never", never), ("median_days", median), ("spread", spread))
    }
    return Delays(**named)


def p_scored_within(delays: Delays, country: str, days: float) -> xr.DataArray:
    """Probability that a model of the country is scored within so many days of its release, by draw.

    Parameters
    ----------
    delays : Delays
    country : str
    days : float
        Infinite for "ever".

    Returns
    -------
    DataArray, dims (sample,)
    """
    never, median, spread = (
        each.sel(country=country, drop=True) for each in (delays.never, delays.median_days, delays.spread)
    )
    return never.copy(data=_scored_within(days, never.to_numpy(), median.to_numpy(), spread.to_numpy()))


def p_scored_after(delays: Delays, country: str, days: float) -> xr.DataArray:
    """Probability that a model of the country unscored for so many days is ever scored, by draw.

    (1 - never) (1 - F) / (1 - (1 - never) F), with F the share of the delays
    that are shorter; it falls from 1 - never to 0 as the wait goes on.

    Parameters
    ----------
    delays : Delays
    country : str
    days : float

    Returns
    -------
    DataArray, dims (sample,)
    """
    by_now, ever = (p_scored_within(delays, country, each) for each in (days, np.inf))
    return (ever - by_now) / (1.0 - by_now)


def _scored_within(days: float, never: np.ndarray, median: np.ndarray, spread: np.ndarray) -> np.ndarray:
    if days <= 0:
        return np.zeros_like(never)
    if np.isinf(days):
        return 1.0 - never
    return (1.0 - never) * ndtr(np.log(days / median) / spread)


# --- abilities of the unscored --------------------------------------------------------------------


def predict(tables: Tables, posterior: Posterior) -> Nowcast:
    """Models that are out but that the ruler cannot read yet, with predictive abilities.

    An unscored model of country c and family f, out on day t, has ability

    ::

        F_c(t) - s,   s ~ Exponential(rate r_f),   r_f ~ Gamma(k, (k - 1) nu_c)

    so that the mean shortfall of a family is nu_c on average; given the
    shortfalls s_1..s_n of its newest scored relatives (at most five, released
    no later), r_f ~ Gamma(k + n, (k - 1) nu_c + sum s_i) exactly. How alike
    families are, k, is drawn from its posterior on a grid in each draw.
    Whether the model is ever scored is drawn from the delay model, given how
    long it has waited already.

    Parameters
    ----------
    tables : Tables
        Those that the posterior was fitted to.
    posterior : Posterior

    Returns
    -------
    Nowcast

    Raises
    ------
    GaplabError
        The ruler has no vintage that looked at the whole field.
    """
    params = posterior.params
    countries = [params.leader, params.follower]
    facts = tables.models.set_index("model")
    out = eligible(tables, scope=params.scope, clock=params.clock, leader=params.leader)
    out = out[out["country"].isin(countries)]
    first, vintages = first_readings(tables, params)
    if vintages.empty:
        raise GaplabError(
            f'nowcast: no vintage of the ruler "{params.ruler}" with new scores on {MIN_BENCHMARKS} tests is known at '
            "this date; choose a later as_of or knowledge=hindsight"
        )
    rng = np.random.default_rng([params.seed, 4])
    n_chains, n_draws = (posterior.ability.sizes[dim] for dim in SAMPLE)
    since = pd.Timestamp(params.as_of) - WINDOW_DAYS * _DAY
    bounds = waits(out, first, vintages, since=since)
    delays = delay_posterior(bounds, countries, draws=n_chains * n_draws, rng=rng)

    # A model that an index dropped in a later vintage is not unscored; one whose scores say too little to place it is.
    read = out.index.isin(posterior.models.index)
    if params.ruler != "ability":
        read |= out.index.isin(first.index)
    since = max(since, pd.Timestamp(posterior.frontier["date"].to_numpy()[0]))
    unscored = out[~read & (out["date"] >= since)].copy()
    unscored["family"] = facts["family"].reindex(unscored.index)
    unscored["days_unscored"] = ((vintages[-1] - unscored["date"]) / _DAY).clip(lower=0.0)
    family = facts["family"].reindex(posterior.models.index)
    relatives = [_relatives(posterior.models, family, model) for _, model in unscored.iterrows()]
    unscored["relatives"] = [len(names) for names in relatives]

    shape = (n_chains, n_draws, len(unscored))
    ever, theta = np.empty(shape), np.empty(shape)
    scored_shortfalls = shortfalls(posterior)
    nu = posterior.shortfall.sel(country=list(posterior.models["country"]))
    alike = draw_alikeness(scored_shortfalls.to_numpy(), nu.to_numpy(), family, rng)
    for index, (model, names) in enumerate(zip(unscored.itertuples(), relatives, strict=True)):
        ever[..., index] = p_scored_after(delays, model.country, model.days_unscored).to_numpy().reshape(shape[:2])
        known = scored_shortfalls.sel(model=names).sum("model").to_numpy()
        mean = posterior.shortfall.sel(country=model.country).to_numpy()
        rate = rng.gamma(alike + len(names)) / ((alike - 1.0) * mean + known)
        attainable = gap.frontier_at(posterior.frontier.sel(country=model.country, drop=True), model.date)
        theta[..., index] = attainable.transpose(*SAMPLE).to_numpy() - rng.exponential(1.0 / rate)
    unscored["p_scored"] = ever.mean(axis=(0, 1))

    coords = {dim: posterior.ability[dim] for dim in SAMPLE} | {"model": unscored.index.to_numpy(object)}
    return Nowcast(
        models=unscored,
        ability=xr.DataArray(theta, dims=(*SAMPLE, "model"), coords=coords, attrs={"units": "logit"}),
        counted=xr.DataArray(rng.uniform(size=shape) < ever, dims=(*SAMPLE, "model"), coords=coords),
        delays=delays,
        waits=bounds,
        undated=_undated(tables, first, countries),
    )


def wanted(tables: Tables, posterior: Posterior) -> Nowcast | None:
    """The nowcast when the run's `nowcast` parameter asks for it, for `tables.gap_table`.

    Parameters
    ----------
    tables : Tables
    posterior : Posterior

    Returns
    -------
    Nowcast or None
    """
    return predict(tables, posterior) if posterior.params.nowcast else None


def shortfalls(posterior: Posterior) -> xr.DataArray:
    """Distance of every scored model below its country's frontier on its date, draw by draw, in logits.

    Returns
    -------
    DataArray, dims (chain, draw, model)
        At least 0.
    """
    models = posterior.models
    parts = []
    for country, theirs in models.groupby("country", sort=False):
        dates = pd.DatetimeIndex(theirs["date"])
        at = gap.frontier_at(posterior.frontier.sel(country=country, drop=True), dates)
        at = at.rename(date="model").assign_coords(model=theirs.index.to_numpy(object))
        parts.append(at - posterior.ability.sel(model=theirs.index.to_numpy(object)))
    below = xr.concat(parts, dim="model").sel(model=models.index.to_numpy(object))
    return below.transpose(*SAMPLE, "model").clip(min=0.0)


def draw_alikeness(below: np.ndarray, nu: np.ndarray, family: pd.Series, rng: np.random.Generator) -> np.ndarray:
    """How alike families are in their shortfalls: one draw of the gamma shape per posterior draw.

    With rates Gamma(k, (k - 1) nu) and shortfalls exponential, a family's
    shortfalls have the density Gamma(k + n) / Gamma(k) ((k - 1) nu)^k /
    ((k - 1) nu + sum s)^(k + n), the rate integrated out. Prior: log-uniform
    in k - 1 from 0.5 (families differ widely) to 64 (not at all).

    Parameters
    ----------
    below : array [chain, draw, model]
        Shortfalls, logits.
    nu : array [chain, draw, model]
        Mean shortfall of each model's country.
    family : Series
        Family of each model; a model without one tells nothing.
    rng : Generator

    Returns
    -------
    array [chain, draw]
    """
    density = np.zeros((len(_ALIKE), *below.shape[:2]))
    k = _ALIKE[:, None, None]
    for name in family.dropna().unique():
        members = np.flatnonzero((family == name).to_numpy())
        total, scale = below[..., members].sum(axis=-1), (k - 1.0) * nu[..., members[0]]
        n = len(members)
        density += gammaln(k + n) - gammaln(k) + k * np.log(scale) - (k + n) * np.log(scale + total)
    weight = np.exp(density - density.max(axis=0))
    share = np.cumsum(weight, axis=0) / weight.sum(axis=0)
    return _ALIKE[np.minimum((share < rng.uniform(size=share.shape[1:])).sum(axis=0), len(_ALIKE) - 1)]


def _relatives(models: pd.DataFrame, family: pd.Series, model: pd.Series) -> list[str]:
    """The newest scored members of a model's family in its country, out no later than it."""
    if pd.isna(model["family"]):
        return []
    kin = (family == model["family"]) & (models["country"] == model["country"]) & (models["date"] <= model["date"])
    return list(models.index[kin][-FAMILY_MEMBERS:])


def _undated(tables: Tables, first: pd.Series, countries: list[str]) -> list[str]:
    known = set(tables.access["model"]) | set(first.index)
    rest = tables.models[tables.models["country"].isin(countries) & ~tables.models["model"].isin(known)]
    return sorted(rest.loc[rest["release_date"].isna(), "model"])


# --- the gap with them ----------------------------------------------------------------------------


def best_with(posterior: Posterior, expected: Nowcast) -> xr.DataArray:
    """Ability of the follower's best released model once all that will be scored have scores, in logits.

    In each draw, the highest of the scored models and of the unscored ones
    that are scored some day in that draw.

    Returns
    -------
    DataArray, dims (chain, draw)
    """
    best = gap.country_subject(posterior).ability
    theirs = expected.models.index[expected.models["country"] == posterior.params.follower].to_numpy(object)
    if not len(theirs):
        return best
    chance = expected.ability.where(expected.counted, -np.inf).sel(model=theirs).max("model")
    return np.maximum(best, chance)


def subject(posterior: Posterior, expected: Nowcast) -> gap.Subject:
    """The follower country on the as-of date with its unscored models counted, for `gap.readings`."""
    params = posterior.params
    return gap.Subject(params.follower, pd.Timestamp(params.as_of), best_with(posterior, expected))


def best_share(posterior: Posterior, expected: Nowcast) -> pd.Series:
    """Share of the draws in which each follower model is the best, scored or not, largest first."""
    follower = posterior.params.follower
    scored = posterior.models.index[posterior.models["country"] == follower].to_numpy(object)
    theirs = expected.models.index[expected.models["country"] == follower].to_numpy(object)
    chance = expected.ability.where(expected.counted, -np.inf).sel(model=theirs)
    everyone = xr.concat([posterior.ability.sel(model=scored), chance], dim="model").transpose(*SAMPLE, "model")
    names = everyone["model"].to_numpy()[everyone.to_numpy().argmax(axis=-1)]
    return pd.Series(names.ravel(), dtype=object).value_counts(normalize=True)


def newest_record_lag(posterior: Posterior, expected: Nowcast) -> xr.DataArray:
    """Model lag of the follower's newest record model, unscored ones counted, draw by draw.

    In each draw: the latest model, scored or one that will be, that was above
    all before it; its `gap.model_lag` on its own date.

    Returns
    -------
    DataArray, dims (chain, draw), months
        With coordinates `censored` and `record`, the model's name.
    """
    follower = posterior.params.follower
    scored = posterior.models[posterior.models["country"] == follower]
    unscored = expected.models[expected.models["country"] == follower]
    order = pd.concat([scored["date"], unscored["date"]]).sort_values(kind="stable")
    ability = xr.concat(
        [
            posterior.ability.sel(model=scored.index.to_numpy(object)),
            expected.ability.where(expected.counted, -np.inf).sel(model=unscored.index.to_numpy(object)),
        ],
        dim="model",
    )
    # The latest record is the best of all: nothing after it is above it, and it is above all before.
    ability = ability.sel(model=order.index.to_numpy(object)).transpose(*SAMPLE, "model")
    newest = ability.to_numpy().argmax(axis=-1)
    level = ability.max("model")
    as_of = pd.Timestamp(posterior.params.as_of)
    lag = gap.lag_of_level(posterior.frontier.sel(country=posterior.params.leader, drop=True), level, date=as_of)
    age = ((as_of - order) / pd.Timedelta(days=gap.MONTH_DAYS)).to_numpy()
    lag = lag - level.copy(data=age[newest])
    return lag.assign_coords(record=level.copy(data=order.index.to_numpy(object)[newest]))


def model_lags(posterior: Posterior, expected: Nowcast) -> xr.DataArray:
    """Months by which each unscored follower model is expected to trail the leader's frontier on its own date.

    `gap.model_lag` of the predictive abilities, whether or not the model is ever scored.

    Returns
    -------
    DataArray, dims (chain, draw, model), months, with coordinate `censored`
    """
    theirs = expected.models[expected.models["country"] == posterior.params.follower]
    level = expected.ability.sel(model=theirs.index.to_numpy(object))
    when = xr.DataArray(pd.DatetimeIndex(theirs["date"]), dims="model", coords={"model": level["model"]})
    return gap.lag_of_level(posterior.frontier.sel(country=posterior.params.leader, drop=True), level, date=when)


# --- what scores could still change ---------------------------------------------------------------


def frontier_moves(posterior: Posterior, expected: Nowcast, *, outcomes: int = 200) -> xr.DataArray:
    """Medians that the frontier lag could have once the unscored models have scores, in months.

    The unscored releases cannot move the frontier lag in an expected
    direction: their predictive abilities come from the same draws, so that
    the posterior after their scores, averaged over what these may be, is the
    posterior before. What can be said is how far the number may still move.
    For each of `outcomes` draws the models that are scored in it get readings
    (their ability plus the usual error of a reading), and all draws are
    weighted by the likelihood of these readings; the result is the weighted
    median of the lag.

    Parameters
    ----------
    posterior : Posterior
    expected : Nowcast
    outcomes : int

    Returns
    -------
    DataArray, dims (outcome,), months
        With the coordinate `effective`, the effective number of draws behind
        each median.
    """
    leader, follower = posterior.params.leader, posterior.params.follower
    lag = gap.frontier_lag(posterior.frontier, leader=leader, follower=follower).isel(date=-1, drop=True)
    draws = lag.to_numpy().ravel()
    listed = expected.models[expected.models["p_scored"] >= LISTED_FROM]
    error = float(posterior.ability.std(SAMPLE).median())
    rng = np.random.default_rng([posterior.params.seed, 5])
    picked = rng.choice(draws.size, size=outcomes, replace=outcomes > draws.size)
    log_weight = np.zeros((outcomes, draws.size))
    for name, model in listed.iterrows():
        frontier = gap.frontier_at(posterior.frontier.sel(country=model["country"], drop=True), model["date"])
        at = frontier.transpose(*SAMPLE).to_numpy().ravel()
        nu = posterior.shortfall.sel(country=model["country"]).to_numpy().ravel()
        theta = expected.ability.sel(model=name).to_numpy().ravel()
        counted = expected.counted.sel(model=name).to_numpy().ravel()[picked]
        reading = theta[picked] + error * rng.normal(size=outcomes)
        below = reading[:, None] - at
        density = -np.log(nu) + below / nu + 0.5 * (error / nu) ** 2 + log_ndtr(-below / error - error / nu)
        log_weight += np.where(counted[:, None], density, 0.0)
    weight = np.exp(log_weight - log_weight.max(axis=1, keepdims=True))
    weight /= weight.sum(axis=1, keepdims=True)
    order = np.argsort(draws)
    reached = (np.cumsum(weight[:, order], axis=1) < 0.5).sum(axis=1)
    medians = draws[order][np.minimum(reached, draws.size - 1)]
    effective = 1.0 / (weight**2).sum(axis=1)
    return xr.DataArray(
        medians, dims="outcome", coords={"effective": ("outcome", effective)}, attrs={"units": "months"}
    )


def delay_quantile(delays: Delays, country: str, share: float) -> xr.DataArray:
    """Days after which so large a share of the models that are ever scored have a score, by draw.

    Parameters
    ----------
    delays : Delays
    country : str
    share : float
        Between 0 and 1.

    Returns
    -------
    DataArray, dims (sample,), days
    """
    median, spread = (each.sel(country=country, drop=True) for each in (delays.median_days, delays.spread))
    return median * np.exp(spread * float(ndtri(share)))
