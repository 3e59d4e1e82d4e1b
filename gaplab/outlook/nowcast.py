"""The nowcast: predicted abilities of models that are released but not yet scored."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import scipy
import xarray as xr

from gaplab import gap
from gaplab.data.access import eligible
from gaplab.data.tables import Tables
from gaplab.errors import GaplabError
from gaplab.outlook.delays import (
    DAY,
    MIN_BENCHMARKS,
    WINDOW_DAYS,
    Delays,
    delay_posterior,
    first_readings,
    p_scored_after,
    waits,
)
from gaplab.posterior import Posterior
from gaplab.units import SAMPLE

FAMILY_MEMBERS = 5
"""The newest scored relatives that inform a model's shortfall."""
# How far families differ in their mean shortfall: shape of the gamma that their rates come from.
_ALIKE = 1.0 + np.geomspace(0.5, 64.0, 15)


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
    since = pd.Timestamp(params.as_of) - WINDOW_DAYS * DAY
    bounds = waits(out, first, vintages, since=since)
    delays = delay_posterior(bounds, countries, draws=n_chains * n_draws, rng=rng)

    # A model that a later vintage of an index dropped counts as scored. A model counts as unscored while its scores say
    # too little to place it.
    read = out.index.isin(posterior.models.index)
    if params.ruler != "ability":
        read |= out.index.isin(first.index)
    since = max(since, pd.Timestamp(posterior.frontier["date"].to_numpy()[0]))
    unscored = out[~read & (out["date"] >= since)].copy()
    unscored["family"] = facts["family"].reindex(unscored.index)
    unscored["days_unscored"] = ((vintages[-1] - unscored["date"]) / DAY).clip(lower=0.0)
    family = facts["family"].reindex(posterior.models.index)
    relatives = _relatives(posterior.models, family, unscored)
    unscored["relatives"] = [len(places) for places in relatives]

    shape = (n_chains, n_draws, len(unscored))
    ever, theta = np.empty(shape), np.empty(shape)
    below, by_country = shortfalls(posterior).to_numpy(), posterior.shortfall.transpose("country", *SAMPLE)
    nu = by_country.sel(country=list(posterior.models["country"])).transpose(*SAMPLE, "country")
    alike = draw_alikeness(below, nu.to_numpy(), family, rng)
    attainable = _on_release(posterior, unscored)
    for index, (model, places) in enumerate(zip(unscored.itertuples(), relatives, strict=True)):
        ever[..., index] = p_scored_after(delays, model.country, model.days_unscored).to_numpy().reshape(shape[:2])
        mean = by_country.sel(country=model.country).to_numpy()
        rate = rng.gamma(alike + len(places)) / ((alike - 1.0) * mean + below[..., places].sum(axis=-1))
        theta[..., index] = attainable[..., index] - rng.exponential(1.0 / rate)
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


def predicted(tables: Tables, posterior: Posterior) -> Nowcast:
    """What `predict` gives for a posterior and the tables that it was fitted to, computed when it is first needed."""
    return posterior.once("nowcast", lambda: predict(tables, posterior))


def predict_if_asked(tables: Tables, posterior: Posterior) -> Nowcast | None:
    """The nowcast when the run's `nowcast` parameter asks for it, for `tables.gap_table`."""
    return predicted(tables, posterior) if posterior.params.nowcast else None


def shortfalls(posterior: Posterior) -> xr.DataArray:
    """Distance of every scored model below its country's frontier on its date, draw by draw, in logits.

    Returns
    -------
    DataArray, dims (chain, draw, model)
        At least 0.
    """
    ability = posterior.ability.transpose(*SAMPLE, "model")
    return ability.copy(data=np.maximum(_on_release(posterior, posterior.models) - ability.to_numpy(), 0.0))


def _on_release(posterior: Posterior, models: pd.DataFrame) -> np.ndarray:
    """The frontier of each model's country on its date [chain, draw, model], in logits."""
    found = np.empty((*(posterior.frontier.sizes[dim] for dim in SAMPLE), len(models)))
    for country in models["country"].unique():
        theirs = (models["country"] == country).to_numpy()
        frontier = posterior.frontier.sel(country=country, drop=True).transpose(*SAMPLE, "date")
        found[..., theirs] = gap.frontier_at(frontier, pd.DatetimeIndex(models.loc[theirs, "date"])).to_numpy()
    return found


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
        density += (
            scipy.special.gammaln(k + n)
            - scipy.special.gammaln(k)
            + k * np.log(scale)
            - (k + n) * np.log(scale + total)
        )
    weight = np.exp(density - density.max(axis=0))
    share = np.cumsum(weight, axis=0) / weight.sum(axis=0)
    return _ALIKE[np.minimum((share < rng.uniform(size=share.shape[1:])).sum(axis=0), len(_ALIKE) - 1)]


def _relatives(models: pd.DataFrame, family: pd.Series, unscored: pd.DataFrame) -> list[np.ndarray]:
    """Places of the newest scored members of each model's family in its country, out no later than it."""
    families, countries = family.to_numpy(object), models["country"].to_numpy(object)
    found = []
    for model in unscored.itertuples():
        if pd.isna(model.family):
            found.append(np.empty(0, dtype=np.intp))
            continue
        kin = (families == model.family) & (countries == model.country) & (models["date"].to_numpy() <= model.date)
        found.append(np.flatnonzero(kin)[-FAMILY_MEMBERS:])
    return found


def _undated(tables: Tables, first: pd.Series, countries: list[str]) -> list[str]:
    known = set(tables.access["model"]) | set(first.index)
    rest = tables.models[tables.models["country"].isin(countries) & ~tables.models["model"].isin(known)]
    return sorted(rest.loc[rest["release_date"].isna(), "model"])
