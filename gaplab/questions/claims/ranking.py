"""Readings ranked by how well they explain a claim, and draws weighted by all comparable claims."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import chain

import numpy as np
import pandas as pd
import scipy
import xarray as xr

from gaplab.gap import summary
from gaplab.params.groups import US_CHINA
from gaplab.posterior import Posterior
from gaplab.questions import weights
from gaplab.questions.claims.reading import (
    Reading,
    claim_density,
    claim_middle,
    claim_range,
    domain_of,
    is_about,
    is_named,
    log_likelihood,
    numeric_claims,
    reading_draws,
    readings_of,
    scope_of,
)
from gaplab.units import SAMPLE


def which_definition(
    claims: pd.DataFrame, posteriors: Iterable[Posterior], *, comparable: bool = False
) -> pd.DataFrame:
    """For every claim with months, every definition, scope and domain ranked by how well it makes the claim true.

    All readings are of the day the claim is about, from frontiers fitted to
    what is known at the as-of date of the run: how the day looks now, not how
    it looked then.

    Parameters
    ----------
    claims : DataFrame
        claims.csv.
    posteriors : iterable of Posterior
        One run for each scope and domain to try; the same countries in all.
    comparable : bool
        Rank only the readings that `set_beside` keeps, those of what a claim says it is about.

    Returns
    -------
    DataFrame
        claim_id; rank (1 is the best); definition, unit, subject, scope,
        domain, date; density: mean over the draws of the claim's density (per
        month; of a one-sided claim, its probability); share: density as a
        share of the densities of all readings of that claim; median, lower,
        upper in months, with the probability of the run; p_below: probability
        that the reading is below the claim's middle, ties counted half; named:
        whether the claim itself says that it is read so; agrees: whether the
        range of the claim meets the interval.
    """
    posteriors, months = list(posteriors), [claim for _, claim in numeric_claims(claims).iterrows()]
    asked = [[_readings_tried(claim, posterior) for posterior in posteriors] for claim in months]
    if comparable:
        asked = [_comparable(claim, tried) for claim, tried in zip(months, asked, strict=True)]
    rows = []
    for place, posterior in enumerate(posteriors):
        of_run = [tried[place] for tried in asked]
        drawn = {
            reading: (values.to_numpy().ravel(), _middle_and_ends(values, posterior.params.prob))
            for reading, values in reading_draws(chain.from_iterable(of_run), posterior).items()
        }
        for claim, tried in zip(months, of_run, strict=True):
            rows += [_row(claim, reading, *drawn[reading]) for reading in tried]
    columns = ["claim_id", "definition", "unit", "subject", "scope", "domain", "date", "density",
               "median", "lower", "upper", "p_below", "named", "agrees"]  # fmt: skip
    table = pd.DataFrame(rows, columns=columns).astype({"date": "datetime64[ns]"})
    total = table.groupby("claim_id")["density"].transform("sum")
    table.insert(8, "share", (table["density"] / total).where(total > 0, 0.0))
    order = {name: place for place, name in enumerate(claims["claim_id"])}
    table = table.assign(place=table["claim_id"].map(order))
    table = table.sort_values(["place", "density"], ascending=[True, False], kind="stable").drop(columns="place")
    table.insert(1, "rank", table.groupby("claim_id").cumcount() + 1)
    return table.reset_index(drop=True)


def set_beside(claim: pd.Series, ranked: pd.DataFrame) -> pd.DataFrame:
    """The readings of what a claim says it is about: in its own domain, and of these in its own scope, where any is.

    In which field a claim is and whom it counts is a fact about the claim; only
    what it leaves open is for the densities to tell.

    Parameters
    ----------
    claim : Series
        A row of claims.csv.
    ranked : DataFrame
        What `which_definition` gives, or some of its rows.

    Returns
    -------
    DataFrame
        Rows of `ranked`, the one that the claim names first, then by density;
        `rank` is among these rows.
    """
    rows = ranked[ranked["claim_id"] == claim["claim_id"]]
    for column, own in _said_by(claim):
        if (rows[column] == own).any():
            rows = rows[rows[column] == own]
    rows = rows.sort_values("rank").assign(rank=np.arange(1, len(rows) + 1))
    return rows.sort_values(["named", "rank"], ascending=[False, True])


def _readings_tried(claim: pd.Series, posterior: Posterior) -> list[Reading]:
    """The readings of a posterior that a claim may be about: any of its pair, and any of China and the US."""
    about_pair = is_about(claim, posterior.params) or posterior.params.pair == US_CHINA
    return readings_of(claim, posterior) if about_pair else []


def _comparable(claim: pd.Series, tried: list[list[Reading]]) -> list[list[Reading]]:
    """Of the readings of several runs, those that `set_beside` keeps; empty lists in the place of the others."""
    for part, own in _said_by(claim):
        kept = [readings if readings and getattr(readings[0].run, part) == own else [] for readings in tried]
        tried = kept if any(kept) else tried
    return tried


def _said_by(claim: pd.Series) -> list[tuple[str, str]]:
    """What a claim says it is about: first the domain, since another scope is nearer to a claim than another domain."""
    return [("domain", domain_of(claim)), ("scope", scope_of(claim))]


def _middle_and_ends(values: xr.DataArray, prob: float) -> np.ndarray:
    """Median and bounds of a reading; NaN where they fall among undefined draws."""
    found = summary.quantiles(values, [0.5, *summary.tails(prob)])
    return np.where(np.isfinite(found), found, np.nan)


def _row(claim: pd.Series, reading: Reading, values: np.ndarray, middle_and_ends: np.ndarray) -> tuple:
    at = claim_middle(claim)
    below = float(((values < at) + 0.5 * (values == at)).mean())
    return (
        claim["claim_id"], reading.definition, reading.unit, reading.subject, reading.run.scope, reading.domain,
        reading.date, claim_density(claim, values), *middle_and_ends, below, is_named(claim, reading),
        _agrees(claim, *middle_and_ends),
    )  # fmt: skip


def _agrees(claim: pd.Series, middle: float, low: float, high: float) -> bool:
    """Whether the claim's range meets our interval, or our middle where the interval is not finite."""
    claimed_low, claimed_high = claim_range(claim)
    if not (np.isfinite(low) and np.isfinite(high)):
        low = high = middle
    return bool(low <= claimed_high and claimed_low <= high)


@dataclass(frozen=True)
class Combined:
    """What the draws of one posterior weigh when the claims are believed as well.

    Attributes
    ----------
    claims : DataFrame
        The claims that count, with the columns `weight` (one unit in all for
        every independence group) and `reading` (what it is taken to measure).
    """

    weights: weights.Weights
    claims: pd.DataFrame


def combine(claims: pd.DataFrame, posterior: Posterior) -> Combined:
    """Importance weights that the comparable claims give to the draws of a posterior.

    A claim counts when it is about the same countries, scope and domain as the
    run. A claim that names its definition is a
    reading of that number; one that does not is a mixture of all definitions,
    each as probable as the others. Claims of one independence group share one
    unit of weight. Nothing but weights on the draws results: the abilities and
    frontiers are those of the data.

    Parameters
    ----------
    claims : DataFrame
        claims.csv as known on the as-of date.

    Returns
    -------
    Combined
        With equal weights where no claim counts.
    """
    params = posterior.params
    used = numeric_claims(claims)
    comparable = [
        is_about(claim, params) and scope_of(claim) == params.scope and domain_of(claim) == params.domain
        for _, claim in used.iterrows()
    ]
    logs, kept, named_by = [], [], {}
    whole = xr.zeros_like(posterior.ability.isel(model=0, drop=True).transpose(*SAMPLE))
    for index, claim in used[np.array(comparable, bool)].iterrows():
        asked = readings_of(claim, posterior)
        named = [reading for reading in asked if is_named(claim, reading)]
        if claim["functional"] == "unknown":
            about = {reading.subject for reading in asked} - {params.follower} or {params.follower}
            named = [reading for reading in asked if reading.subject in about]
        if named:
            named_by[index] = named
    draws = reading_draws(chain.from_iterable(named_by.values()), posterior)
    for index, named in named_by.items():
        each = [log_likelihood(used.loc[index], draws[reading].to_numpy()) for reading in named]
        stacked = np.stack([np.broadcast_to(one, whole.shape) for one in each])
        logs.append(scipy.special.logsumexp(stacked, axis=0) - np.log(len(each)))
        kept.append((index, named[0].definition if len(named) == 1 else f"one of {len(named)} definitions"))
    used = used.loc[[index for index, _ in kept]].assign(reading=[reading for _, reading in kept])
    size = used.groupby("independence_group")["claim_id"].transform("size")
    used = used.assign(weight=1 / size)
    total = sum((weight * log for log, weight in zip(logs, used["weight"], strict=True)), start=np.zeros(whole.shape))
    return Combined(weights.smoothed_weights(whole.copy(data=total)), used)


def data_and_claims(posterior: Posterior, combined: Combined, readings: Mapping[str, xr.DataArray]) -> pd.DataFrame:
    """Each number by the data only and by data and claims: median and interval of the run's probability.

    Parameters
    ----------
    combined : Combined
        What `combine` returned for it.
    readings : mapping of str to DataArray, dims (chain, draw)
        Draws of the numbers to show.

    Returns
    -------
    DataFrame, one row for each number
        number; median, lower, upper of the data only; median_claims,
        lower_claims, upper_claims, NaN where the weights fail; k_hat.
    """
    asked = [0.5, *summary.tails(posterior.params.prob)]
    even = weights.even_weights(combined.weights.weight)
    rows = []
    for name, values in readings.items():
        alone = weights.weighted_quantiles(values, even, asked)
        both = weights.weighted_quantiles(values, combined.weights, asked)
        both = both if combined.weights.usable else np.full(3, np.nan)
        rows.append((name, *alone, *both, combined.weights.k_hat))
    names = ["median", "lower", "upper"]
    return pd.DataFrame(rows, columns=["number", *names, *(f"{name}_claims" for name in names), "k_hat"])
