"""The observations as the kernel takes them: tuples of arrays, each with a name."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from gaplab.models.ability.approximations import (
    fewest,
    normal_readings,
    omega_bend,
    omega_centred,
    precision_groups,
    reference_ability,
)
from gaplab.models.ability.coordinates import sizes_of
from gaplab.models.observations.links import Links
from gaplab.models.observations.observations import Observations

EXACT, AT_MOST, AT_LEAST = 0, 1, 2
"""What a score is: a point, or a bound."""


class Trend(NamedTuple):
    """What abilities scatter around: design [model, term], and the normal prior of its coefficients."""

    design: Any
    mean: Any
    sd: Any


class Tests(NamedTuple):
    """One entry for each benchmark; `left_out` is the one whose log discrimination follows from those of the others."""

    reference: Any
    omega_centred: Any
    omega_bend: Any
    left_out: Any


class Scores(NamedTuple):
    """One entry for each score, the `n_exact` exact ones first; those of one group stand together, see `Runs`.

    `weight` and `weighted_response` are the score as a normal reading of the logit. Each bias of a score has an entry
    in `effect_row` and `effect_index`.
    """

    cell: Any
    bound: Any
    score: Any
    log_score: Any
    log_rest: Any
    floor: Any
    width: Any
    weight: Any
    weighted_response: Any
    effect_row: Any
    effect_index: Any
    n_exact: Any


class Runs(NamedTuple):
    """One entry for each run of scores of one group, start[run] to start[run + 1]: exact ones, then bounds."""

    start: Any
    group: Any


class Groups(NamedTuple):
    """One entry for each pair of a benchmark and a number of items, whose scores share a precision.

    `sampling` is one over the number of items, `n_scores` how many scores there are, bounds among them.
    """

    benchmark: Any
    sampling: Any
    n_scores: Any


class Effects(NamedTuple):
    """Normal prior of each bias."""

    mean: Any
    sd: Any


class Cells(NamedTuple):
    """Model of each cell, and 1 where it is the follower's; cells of domain d are start[d] to start[d + 1].

    `left_out` is the domain whose mean follows from those of the others.
    """

    model: Any
    follower: Any
    start: Any
    left_out: Any


class Horizons(NamedTuple):
    """`reference` has an entry for each test of horizons, the others for each horizon."""

    reference: Any
    cell: Any
    test: Any
    log2_minutes: Any
    error: Any
    at_least: Any


class Inputs(NamedTuple):
    """All that the kernel needs; `ends` are the running sums of the sizes of the coordinates."""

    ends: Any
    trend: Trend
    tests: Tests
    scores: Scores
    runs: Runs
    groups: Groups
    effects: Effects
    cells: Cells
    horizons: Horizons
    links: Links


def inputs(data: Observations) -> Inputs:
    """The inputs of the kernel."""
    domains, horizons = data.domains, data.horizons
    pairs, group = precision_groups(data)
    exact = ~(data.at_most | data.at_least)
    order = np.lexsort((data.model, group, ~exact))
    return Inputs(
        ends=np.cumsum(sizes_of(data)),
        trend=Trend(data.prior.design, data.prior.mean, data.prior.sd),
        tests=Tests(reference_ability(data), omega_centred(data), omega_bend(data), fewest(data.benchmark)),
        scores=_scores(data, order),
        runs=_runs(group[order], exact[order]),
        groups=Groups(pairs[:, 0].astype(int), 1.0 / pairs[:, 1], np.bincount(group, minlength=len(pairs))),
        effects=Effects(data.effects.mean, data.effects.sd),
        cells=Cells(
            domains.model,
            domains.follower[domains.model].astype(float),
            np.searchsorted(domains.domain, np.arange(domains.domain.max() + 2)),
            fewest(domains.domain),
        ),
        horizons=Horizons(
            horizons.reference,
            domains.horizon,
            horizons.horizon,
            horizons.log2_minutes,
            horizons.error,
            horizons.at_least,
        ),
        links=data.links,
    )


def _scores(data: Observations, order: np.ndarray) -> Scores:
    bound = np.where(data.at_most, AT_MOST, np.where(data.at_least, AT_LEAST, EXACT))
    weight, response = normal_readings(data)
    effects = data.effects
    per_row = [effects.index[effects.start[row] : effects.start[row + 1]] for row in order]
    columns = {
        "cell": data.domains.row,
        "bound": bound,
        "score": data.score,
        "log_score": np.log(data.score),
        "log_rest": np.log1p(-data.score),
        "floor": data.floor,
        "width": data.ceiling - data.floor,
        "weight": weight,
        "weighted_response": weight * response,
    }
    return Scores(
        **{name: np.ascontiguousarray(column[order]) for name, column in columns.items()},
        effect_row=np.repeat(np.arange(len(order)), [len(part) for part in per_row]),
        effect_index=np.concatenate([*per_row, np.empty(0, int)]).astype(int),
        n_exact=int((bound == EXACT).sum()),
    )


def _runs(group: np.ndarray, exact: np.ndarray) -> Runs:
    first = np.flatnonzero(np.append(True, (np.diff(group) != 0) | np.diff(exact)))
    return Runs(np.append(first, len(group)), group[first])
