"""Known truth: how far every definition and every peer's rule is from the true gap of simulated worlds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from gaplab import gap
from gaplab.fit import cache
from gaplab.fit.fit import abilities, fit
from gaplab.gap.summary import quantiles
from gaplab.units import SAMPLE
from gaplab.validation import jobs, peers
from gaplab.validation.worlds.simulate import simulate_world
from gaplab.validation.worlds.spec import FOLLOWER, LEADER, WORLDS, WorldSpec
from gaplab.validation.worlds.tables import month_readings

NAMES = tuple(name for name in WORLDS if name not in ("tiny", "tenfold"))
"""The worlds of the table; the other two differ from the first in size alone."""

PEERS = ("first_match", "five_percent", "record_lines", "bracket", "draw_maxima")
LEVELS = (50, 80, 95)
SIMULATIONS = {"smooth": 100, "others": 40}
"""Of each world: most where coverage has to be known best."""

CHAINS, DRAWS = 2, 300
TOLERATED = 0.02
"""Share of simulations that the sampler may fail at; they are counted and said, never hidden."""

_PROBABILITIES = (0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975)


def run(
    *,
    worlds: Sequence[str] = NAMES,
    simulations: int | None = None,
    spec: WorldSpec | None = None,
    seed: int = 1,
    workers: jobs.Workers = 1,
    progress: bool = False,
) -> pd.DataFrame:
    """Bias, error and coverage of every estimator in every world.

    Our definitions are each held against their own true value; the peers'
    rules against the true lag from frontier to frontier, which is what they
    are read as.

    Parameters
    ----------
    worlds : sequence of str
        Rows of `simulate.WORLDS`.
    simulations : int, optional
        Of each world; `SIMULATIONS` when left out.
    spec : WorldSpec, optional
        Sizes of the worlds are taken from it: for quick runs.
    seed : int
        Of the first simulation; the others follow.

    Returns
    -------
    DataFrame
        world, estimator, bias_months, rmse_months, coverage_50, coverage_80,
        coverage_95 (NaN for rules without error bars), n (simulations in which
        both the estimate and the truth have a value), and frontier_rmse_ratio:
        the error as a multiple of our frontier lag's. Its attribute `failed` is
        the number of simulations that the sampler could not do.
    """
    names = ("models_per_country", "benchmarks", "scores_per_model")
    size = {name: getattr(spec, name) for name in names} if spec else {}
    count = {name: simulations or SIMULATIONS.get(name, SIMULATIONS["others"]) for name in worlds}
    todo = [{"world": name, "seed": seed + number, "size": size} for name in worlds for number in range(count[name])]
    key = {"what": "known truth"}
    found = jobs.run(simulate_one, todo, key=key, workers=workers, progress=progress, tolerated=TOLERATED)
    table = summary(pd.DataFrame([row for rows in found for row in rows or ()]))
    table.attrs["failed"] = sum(rows is None for rows in found)
    return table


def simulate_one(world: str, seed: int, size: dict[str, int]) -> list[dict[str, Any]]:
    """Every estimate of one simulated world beside its true value.

    Parameters
    ----------
    size : dict
        Fields of `WorldSpec` to replace.

    Returns
    -------
    list of dict
        world, estimator, truth and the quantiles of the estimate; None for a number that does not exist.
    """
    known = simulate_world(replace(WORLDS[world], **size), seed)
    params = replace(known.params, chains=CHAINS, draws=DRAWS, seed=seed)
    with cache.temporary():
        stage_one = abilities(known.tables, params)
        posterior = fit(known.tables, params)
    newest = gap.newest_record(posterior)
    truth, ours = (month_readings(each, newest=newest) for each in (known.truth(posterior), posterior))
    theta = stage_one["theta"].sel(model=posterior.models.index.to_numpy(object))
    theirs = peers.readings(
        theta.stack(sample=SAMPLE).transpose("sample", "model").to_numpy(),
        posterior.models,
        leader=LEADER,
        follower=FOLLOWER,
        as_of=pd.Timestamp(known.as_of),
    )
    rows = [estimate_row(world, name, truth[name].item(), draws.to_numpy().ravel()) for name, draws in ours.items()]
    return rows + [estimate_row(world, name, truth["frontier_lag"].item(), draws) for name, draws in theirs.items()]


def estimate_row(world: str, estimator: str, truth: float, draws: np.ndarray) -> dict[str, Any]:
    """One estimate beside its true value: the quantiles of its draws; of a rule without error bars only the number."""
    known = draws[~np.isnan(draws)]
    levels = quantiles(known, _PROBABILITIES) if known.size else [np.nan] * 7
    if known.size <= 1:  # a rule without error bars
        levels = [np.nan] * 3 + [levels[3]] + [np.nan] * 3
    row = {f"q{probability}": _plain(level) for probability, level in zip(_PROBABILITIES, levels, strict=True)}
    return {"world": world, "estimator": estimator, "truth": _plain(truth), **row}


def _plain(value: float) -> float | None:
    """JSON has no NaN; infinities are kept, since a bound at infinity covers."""
    return None if np.isnan(value) else float(value)


def summary(rows: pd.DataFrame) -> pd.DataFrame:
    """Bias, error and coverage by world and estimator.

    Parameters
    ----------
    rows : DataFrame
        What `simulate_one` gives, of many simulations.

    Returns
    -------
    DataFrame
        As `run`.
    """
    found = []
    for (world, estimator), each in rows.groupby(["world", "estimator"], sort=False):
        numbers = each.drop(columns=["world", "estimator"]).astype(float)
        error = (numbers["q0.5"] - numbers["truth"]).where(np.isfinite(numbers["q0.5"]) & np.isfinite(numbers["truth"]))
        row = {"world": world, "estimator": estimator, "bias_months": error.mean()}
        row["rmse_months"] = float(np.sqrt((error**2).mean()))
        row |= {f"coverage_{level}": _coverage(numbers, level) for level in LEVELS}
        found.append(row | {"n": int(error.notna().sum())})
    table = pd.DataFrame(found)
    reference = table[table["estimator"] == "frontier_lag"].set_index("world")["rmse_months"]
    table["frontier_rmse_ratio"] = table["rmse_months"] / table["world"].map(reference)
    return table


def errors(table: pd.DataFrame) -> pd.DataFrame:
    """Error of our lag from frontier to frontier beside those of the rules in use, by world.

    Parameters
    ----------
    table : DataFrame
        As `run` gives it.

    Returns
    -------
    DataFrame indexed by world
        RMSE in months: ours, best (the smallest of the rules) and each of `PEERS`; coverage_80 of ours.
    """
    by_world = table.pivot(index="world", columns="estimator", values="rmse_months").loc[table["world"].unique()]
    rules = by_world.reindex(columns=list(PEERS))
    held = table[table["estimator"] == "frontier_lag"].set_index("world")["coverage_80"]
    return rules.assign(ours=by_world["frontier_lag"], best=rules.min(axis=1), coverage_80=held)


def _coverage(numbers: pd.DataFrame, level: int) -> float:
    outside = (1 - level / 100) / 2
    low, high = (numbers[f"q{round(probability, 3):g}"] for probability in (outside, 1 - outside))
    known = low.notna() & high.notna() & numbers["truth"].notna()
    if not known.any():
        return np.nan
    return float(((low <= numbers["truth"]) & (numbers["truth"] <= high))[known].mean())
