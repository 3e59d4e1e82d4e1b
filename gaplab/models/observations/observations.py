"""Scores as the likelihood of abilities needs them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from gaplab.data.tables import Tables
from gaplab.errors import GaplabError
from gaplab.models.likelihood import FEWEST_ITEMS, half_an_item
from gaplab.models.observations.domains import Domains, Prior, ability_prior, domains_of
from gaplab.models.observations.effects import Effects, effects_of
from gaplab.models.observations.links import Horizons, Links, horizons_of, links_of
from gaplab.models.observations.selection import chosen
from gaplab.params.spec import Params
from gaplab.units import YEAR_DAYS


@dataclass(frozen=True)
class Observations:
    """Everything stage 1 conditions on; codes point into `models` and `benchmarks`, `row` into the table of scores."""

    models: pd.Index
    benchmarks: pd.Index
    row: pd.Index
    years: np.ndarray
    model: np.ndarray
    benchmark: np.ndarray
    score: np.ndarray
    n_items: np.ndarray
    floor: np.ndarray
    ceiling: np.ndarray
    at_least: np.ndarray
    at_most: np.ndarray
    equal_slopes: bool
    prior: Prior
    domains: Domains
    effects: Effects
    horizons: Horizons
    links: Links
    notes: tuple[str, ...]


def observations(tables: Tables, params: Params) -> Observations:
    """Scores on the raw scale of each benchmark, with the terms that the data support.

    Scores that their publisher has rescaled so that chance is 0 are put back on
    the raw scale, where sampling error is binomial. A rescaled score of 0 says
    only "at or below chance" and a score of 0 or 1 only "none (all) of the
    items": these enter as bounds half an item wide, never as points.

    Parameters
    ----------
    params : Params
        `sources`, `benchmarks`, `tests` and `without` choose rows; `self_reports`, `harnesses`,
        `public_tests`, `domains`, `task_horizons`, `pairwise_links`, `floors`
        and `discriminations` switch terms; `ability_prior` chooses what
        abilities scatter around.

    Returns
    -------
    Observations
        Rows sorted by model and benchmark. What was left out, and every term
        that was dropped because the data cannot tell it apart, has a line in
        `notes`.

    Raises
    ------
    GaplabError
        When no score is left.
    """
    facts = tables.benchmarks.set_index("benchmark")
    first = tables.access.groupby("model")["from"].min()
    rows, notes = chosen(tables.scores, facts, first, params)
    # A test that a single model took compares no models, and its difficulty would only slow the sampler.
    alone = rows.groupby("benchmark")["model"].transform("nunique") == 1
    if alone.any():
        names = ", ".join(sorted(rows.loc[alone, "benchmark"].unique()))
        notes.append(f"Left out, since a single model took each: {names}.")
        rows = rows[~alone]
    link = rows["benchmark"].map(facts["link"])
    fractions = rows[(link == "logit") & (rows["censored"] == "none")]
    minutes = rows[link == "log2_minutes"] if params.task_horizons == "used" else rows.iloc[:0]
    if unused := sorted(set(rows["benchmark"]) - set(fractions["benchmark"]) - set(minutes["benchmark"])):
        notes.append(f"Not used by the ability model: {', '.join(unused)}.")
    if fractions.empty:
        raise GaplabError(
            f"scores.csv: not enough data: no score is left with sources={params.sources}, "
            f"benchmarks={params.benchmarks}, tests={params.tests}, without={params.without} by {params.as_of}; "
            "widen one of them"
        )
    exact = (fractions["standard_error"] == 0) & fractions["score"].between(0, 1, inclusive="neither")
    if exact.any():
        names = ", ".join(sorted(fractions.loc[exact, "benchmark"].unique()))
        notes.append(f"Standard errors of zero, beside scores between 0 and 1, are read as unknown: {names}.")
    raw = _raw(fractions, facts, params)
    everyone = sorted(set(fractions["model"]) | set(minutes["model"]))
    models = pd.Index(everyone, name="model")
    benchmark, names = pd.factorize(fractions["benchmark"], sort=True)
    released = pd.to_datetime(first.loc[models])
    years = ((released - released.mean()).dt.days / YEAR_DAYS).to_numpy()
    described = tables.models.set_index("model")
    follower = (described["country"].reindex(models) == params.follower).to_numpy()
    effects, lines = effects_of(fractions, facts, described, params)
    horizons = horizons_of(minutes, models, years)
    links, more = links_of(tables.links if params.pairwise_links == "used" else tables.links.iloc[:0], models)
    domains, merged = domains_of(fractions, minutes, facts["domain"], models, follower, params)
    return Observations(
        models=models,
        benchmarks=pd.Index(names, name="benchmark"),
        row=fractions.index,
        years=years,
        model=models.get_indexer(fractions["model"]),
        benchmark=benchmark,
        equal_slopes=params.discriminations == "equal" or len(names) == 1,
        prior=ability_prior(years, follower, described.reindex(models), params),
        domains=domains,
        effects=effects,
        horizons=horizons,
        links=links,
        notes=(*notes, *lines, *more, *merged),
        **raw,
    )


def _raw(rows: pd.DataFrame, facts: pd.DataFrame, params: Params) -> dict[str, np.ndarray]:
    """Scores, item counts, floors, ceilings and bounds on the raw scale."""
    test = facts.loc[rows["benchmark"]]
    floor = test["floor"].fillna(0.0).to_numpy(float)
    ceiling = test["ceiling"].fillna(1.0).to_numpy(float)
    published = rows["score"].to_numpy(float)
    rescaled = (rows["adjusted"] == "chance").to_numpy()
    raw = np.where(rescaled, floor + (ceiling - floor) * published, published)
    n_items = rows["n_items"].to_numpy(float)
    n_items = np.where(np.isnan(n_items), test["n_items"].to_numpy(float), n_items)
    implied = _items_from_error(published, rows["standard_error"].to_numpy(float))
    n_items = np.maximum(np.where(np.isnan(n_items), implied, n_items), FEWEST_ITEMS)
    half = half_an_item(n_items)
    at_most = (rescaled & (published <= 0.001)) | (raw <= half)
    at_least = ~at_most & (raw >= 1.0 - half)
    least = np.maximum(raw, floor)
    # Above a high floor half an item may lie beyond 1: the bound is then halfway there.
    upper = np.minimum(least + half, (least + 1.0) / 2)
    bounded = np.where(at_most, upper, np.where(at_least, 1.0 - half, raw))
    ignored = params.floors == "ignored"
    return {
        "score": bounded,
        "n_items": n_items,
        "floor": np.zeros_like(floor) if ignored else floor,
        "ceiling": np.ones_like(ceiling) if ignored else ceiling,
        "at_least": at_least,
        "at_most": at_most,
    }


def _items_from_error(score: np.ndarray, error: np.ndarray) -> np.ndarray:
    """The item count a binomial standard error implies; infinite when there is none."""
    with np.errstate(divide="ignore", invalid="ignore"):
        implied = score * (1 - score) / error**2
    return np.where(np.isfinite(implied) & (implied >= 2), implied, np.inf)
