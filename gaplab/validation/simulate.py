"""Worlds with a known gap, as tables that the whole pipeline can read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from gaplab.data import Tables

_DAYS_PER_YEAR = 365.25


@dataclass(frozen=True)
class World:
    """Simulated tables and the truth behind them.

    Attributes
    ----------
    tables : Tables
        Models of two countries, "Leader" and "Follower", with scores.
    lag_months : float
        Months by which the follower's frontier repeats the leader's.
    ability : Series
        True ability of each model, in logits.
    """

    tables: Tables
    lag_months: float
    ability: pd.Series


def smooth(
    seed: int,
    *,
    lag_months: float = 8.0,
    models_per_country: int = 45,
    benchmarks: int = 16,
    scores_per_model: int = 8,
    pace: float = 1.2,
    shortfall: float = 0.5,
    as_of: date = date(2026, 6, 30),
) -> World:
    """A world in which both frontiers are smooth and the lag never changes.

    Parameters
    ----------
    seed : int
    lag_months : float
        The follower's frontier is the leader's, this many months later.
    models_per_country, benchmarks, scores_per_model : int
        Size of the world; each model is scored on a random choice of benchmarks.
    pace : float
        Mean growth of the leader's frontier, logits per year.
    shortfall : float
        Mean of the exponential distance of a model below its frontier, logits.
    as_of : date
        Releases are spread over the three years before.
    """
    rng = np.random.default_rng(seed)
    end = pd.Timestamp(as_of)
    countries = np.repeat(["Leader", "Follower"], models_per_country)
    years = rng.uniform(-3.0, 0.0, countries.size)
    lag = np.where(countries == "Follower", lag_months / 12, 0.0)
    frontier = pace * (years - lag) + 0.15 * np.sin(2 * (years - lag))
    ability = frontier - rng.exponential(shortfall, countries.size)
    names = [f"{country} {number:03d}" for number, country in enumerate(countries)]
    released = end + pd.to_timedelta(np.round(years * _DAYS_PER_YEAR), unit="D")

    difficulty = np.linspace(ability.min() + 0.3, ability.max() - 0.3, benchmarks)
    discrimination = np.exp(rng.normal(0, 0.4, benchmarks))
    floor = np.where(rng.uniform(size=benchmarks) < 0.3, 0.25, 0.0)
    n_items = rng.choice([100, 200, 500], benchmarks)

    model = np.repeat(np.arange(countries.size), scores_per_model)
    benchmark = np.concatenate([rng.permutation(benchmarks)[:scores_per_model] for _ in range(countries.size)])
    eta = discrimination[benchmark] * (ability[model] - difficulty[benchmark])
    mu = floor[benchmark] + (1 - floor[benchmark]) / (1 + np.exp(-eta))
    omega = 0.01
    concentration = 1 / (1 / n_items[benchmark] + (1 - 1 / n_items[benchmark]) * omega) - 1
    score = rng.beta(mu * concentration, (1 - mu) * concentration)

    tables = _tables(
        models=pd.DataFrame({"model": names, "developer": countries, "country": countries, "release_date": released}),
        benchmarks=pd.DataFrame({
            "benchmark": [f"Test {number:02d}" for number in range(benchmarks)],
            "domain": "reasoning", "access_class": "private", "floor": floor, "ceiling": 1.0,
            "n_items": n_items.astype(float), "link": "logit", "superseded_by": None,
        }),
        scores=pd.DataFrame({
            "model": np.array(names)[model], "benchmark": [f"Test {number:02d}" for number in benchmark],
            "source": "simulated", "effort": "", "score": score, "standard_error": np.nan, "n_items": np.nan,
            "source_class": "independent", "evaluator": "nobody", "harness": None, "adjusted": "none",
            "censored": "none",
        }),
        as_of=as_of,
    )  # fmt: skip
    return World(tables, lag_months, pd.Series(ability, index=pd.Index(names, name="model")))


def _tables(models: pd.DataFrame, benchmarks: pd.DataFrame, scores: pd.DataFrame, as_of: date) -> Tables:
    access = models[["model"]].assign(state="public", to=pd.NaT)
    access["from"] = models["release_date"]
    return Tables(
        models=models,
        access=access,
        benchmarks=benchmarks,
        scores=scores,
        index_vintages=pd.DataFrame(columns=["vintage", "index", "model", "value", "low", "high", "level"]),
        links=pd.DataFrame(columns=["model", "reference_model", "difference", "sd"]),
        claims=pd.DataFrame(),
        sources=pd.DataFrame(),
        as_of=as_of,
        knowledge="hindsight",
        hash="simulated",
        vintage=as_of.isoformat(),
    )
