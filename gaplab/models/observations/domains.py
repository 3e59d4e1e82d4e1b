"""Which model has an ability of its own in which domain, and what abilities scatter around."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from gaplab.models.priors import COUNTRY_SD, FAMILY_SD, GROWTH
from gaplab.params.spec import Params

FEWEST_TESTS = 3
"""A domain with fewer tests has no ability of its own: tests and ability could not be separated."""


@dataclass(frozen=True)
class Domains:
    """Abilities by domain: one cell for each model in each domain it was tested in.

    Without names there is one cell for each model, and no domain ability.

    Attributes
    ----------
    names : Index
    model, domain : int arrays [cell]
        Those of one domain stand together.
    row, horizon : int arrays
        Cell of each score, and of each task horizon.
    follower : bool array [model]
        Models of the follower, whose domain abilities have means of their own.
    """

    names: pd.Index
    model: np.ndarray
    domain: np.ndarray
    row: np.ndarray
    horizon: np.ndarray
    follower: np.ndarray


def domains_of(
    rows: pd.DataFrame, minutes: pd.DataFrame, domain: pd.Series, models: pd.Index, follower: np.ndarray, params: Params
) -> tuple[Domains, list[str]]:
    """A cell for each model in each domain it was tested in; small domains together are `other`."""
    at_row, at_horizon = models.get_indexer(rows["model"]), models.get_indexer(minutes["model"])
    tests = pd.concat([rows["benchmark"], minutes["benchmark"]]).drop_duplicates()
    sizes = tests.map(domain).value_counts()
    small = sorted(sizes.index[sizes < FEWEST_TESTS])
    if params.domains == "ignored" or len(sizes) - len(small) + bool(small) < 2:
        everyone = np.arange(len(models))
        none = pd.Index([], name="domain", dtype=object)
        return Domains(none, everyone, np.zeros_like(everyone), at_row, at_horizon, follower), []
    notes = [f"Domains with fewer than {FEWEST_TESTS} tests count as one, other: {', '.join(small)}."] if small else []
    named = domain.where(~domain.isin(small), "other")
    codes, names = pd.factorize(pd.concat([rows["benchmark"], minutes["benchmark"]]).map(named), sort=True)
    pairs = np.stack([codes, np.concatenate([at_row, at_horizon])], axis=1)
    cells, cell = np.unique(pairs, axis=0, return_inverse=True)
    return (
        Domains(
            names=pd.Index(names, name="domain", dtype=object),
            model=cells[:, 1],
            domain=cells[:, 0],
            row=cell[: len(rows)],
            horizon=cell[len(rows) :],
            follower=follower,
        ),
        notes,
    )


@dataclass(frozen=True)
class Prior:
    """Abilities before any score: Normal(design @ coefficient, sigma), coefficient ~ Normal(mean, sd)."""

    names: pd.Index
    design: np.ndarray
    mean: np.ndarray
    sd: np.ndarray


def ability_prior(years: np.ndarray, follower: np.ndarray, described: pd.DataFrame, params: Params) -> Prior:
    """What abilities scatter around: a line in time, and what the run adds to it or takes away."""
    columns = {} if params.ability_prior == "exchangeable" else {"growth": (years, *GROWTH)}
    if params.ability_prior == "country":
        columns["follower"] = (follower - follower.mean(), 0.0, COUNTRY_SD)
    if params.ability_prior == "lineage":
        family = described["family"]
        sizes = family.value_counts()
        for name in sorted(sizes.index[sizes > 1]):
            columns[f"family: {name}"] = ((family == name).to_numpy(float), 0.0, FAMILY_SD)
    design = np.array([column for column, _, _ in columns.values()], float).reshape(len(columns), len(years)).T
    return Prior(
        names=pd.Index(list(columns), name="prior_term", dtype=object),
        design=np.ascontiguousarray(design),
        mean=np.array([mean for _, mean, _ in columns.values()], float),
        sd=np.array([sd for _, _, sd in columns.values()], float),
    )
