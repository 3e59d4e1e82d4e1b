"""Simulated worlds whose gap is known, for tests and for work on charts without sampling."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import xarray as xr

from gaplab.params.spec import Params
from gaplab.posterior import Check, Health, Posterior
from gaplab.validation.worlds.simulate import simulate_world
from gaplab.validation.worlds.spec import WORLDS, World


def smooth(seed: int, *, lag_months: float = 8.0, **sizes: int) -> World:
    """A world of tables in which both frontiers are smooth and the lag never changes."""
    return simulate_world(replace(WORLDS["smooth"], lag_months=(lag_months, lag_months), **sizes), seed)


_MONTH = pd.Timedelta(days=365.25 / 12)
_FIRST_KNOT = pd.Timestamp("2023-01-01")

# Real names of every awkward length and spelling; their abilities here are invented.
_NAMED = {
    "leader": [
        ("GPT-4", "OpenAI", "2023-03-14"),
        ("Claude 2", "Anthropic", "2023-07-11"),
        ("Claude 3 Opus", "Anthropic", "2024-03-04"),
        ("GPT-4o (May 2024)", "OpenAI", "2024-05-13"),
        ("Claude 3.5 Sonnet", "Anthropic", "2024-06-20"),
        ("o1-preview", "OpenAI", "2024-09-12"),
        ("Gemini 2.5 Pro (Mar 2025)", "Google DeepMind", "2025-03-25"),
        ("o3 (high)", "OpenAI", "2025-04-16"),
        ("GPT-5", "OpenAI", "2025-08-07"),
        ("Claude Opus 4.6", "Anthropic", "2026-02-05"),
        ("GPT-5.5", "OpenAI", "2026-04-23"),
    ],
    "follower": [
        ("Qwen-14B", "Alibaba", "2023-09-24"),
        ("DeepSeek-V2", "DeepSeek", "2024-05-07"),
        ("Qwen2.5-72B-Instruct", "Alibaba", "2024-09-19"),
        ("DeepSeek-V3", "DeepSeek", "2024-12-26"),
        ("DeepSeek-R1", "DeepSeek", "2025-01-20"),
        ("Qwen3-235B-A22B-Thinking-2507", "Alibaba", "2025-07-25"),
        ("Kimi K2 Thinking", "Moonshot", "2025-11-06"),
        ("Kimi K2.5", "Moonshot", "2026-01-27"),
        ("GLM-5.1", "Z.ai", "2026-04-07"),
        ("Kimi K2.6", "Moonshot", "2026-04-20"),
        ("DeepSeek-V4-Pro", "DeepSeek", "2026-04-24"),
    ],
}


def synthetic_posterior(
    seed: int = 1,
    *,
    lag_months: float = 8.0,
    lag_sd: float = 1.0,
    chains: int = 4,
    draws: int = 100,
    models_per_country: int = 40,
    params: Params | None = None,
) -> Posterior:
    """Posterior of a world in which the follower repeats the leader's frontier `lag_months` later.

    In every draw the follower's frontier is the leader's, shifted by a lag
    drawn from Normal(`lag_months`, `lag_sd`); models lie below their frontier
    by a fixed exponential shortfall and noise of 0.1 logit per draw.
    """
    rng = np.random.default_rng(seed)
    params = params or Params(chains=chains, draws=max(draws, 100))
    as_of = pd.Timestamp(params.as_of)
    models = _models(rng, params, as_of, models_per_country)

    knots = _knots(as_of, params.knot_months)
    history = np.arange(-120.0, _months(knots).max() + 6.0)  # months since the first knot: room for the longest lag
    pace = np.exp(rng.normal(0, 0.1, (chains * draws, 1)) + rng.normal(0, 0.25, (chains * draws, history.size))) / 12
    curves = np.cumsum(pace, axis=1)
    curves -= curves[:, [-1]] - rng.normal(3.0, 0.1, (chains * draws, 1))
    lags = {params.leader: np.zeros(chains * draws), params.follower: rng.normal(lag_months, lag_sd, chains * draws)}

    def attained(country, dates):
        at = _months(dates)
        return np.array([np.interp(at - lag, history, curve) for lag, curve in zip(lags[country], curves, strict=True)])

    frontier = np.stack([attained(country, knots) for country in lags], axis=1)
    shortfall = rng.exponential(0.5, len(models)) * ~models.index.isin([name for name, *_ in _everyone()])
    ability = np.empty((chains * draws, len(models)))
    for country in lags:
        ours = (models["country"] == country).to_numpy()
        ability[:, ours] = attained(country, pd.DatetimeIndex(models["date"][ours]))
    ability += rng.normal(0, 0.1, ability.shape) - shortfall - 0.05

    shape = (chains, draws)
    sample = {"chain": np.arange(chains), "draw": np.arange(draws)}
    ability = xr.DataArray(
        ability.reshape(*shape, -1),
        dims=("chain", "draw", "model"),
        coords=sample | {"model": models.index.to_numpy(dtype=object)},
        attrs={"units": "logit"},
    )
    frontier = xr.DataArray(
        frontier.reshape(*shape, 2, -1),
        dims=("chain", "draw", "country", "date"),
        coords=sample | {"country": list(lags), "date": knots},
        attrs={"units": "logit"},
    )
    mean_shortfall = xr.DataArray(
        rng.gamma(100.0, 0.005, (*shape, 2)),
        dims=("chain", "draw", "country"),
        coords=sample | {"country": list(lags)},
        attrs={"units": "logit"},
    )
    models["record"] = _records(models, ability)
    return Posterior(
        ability=ability,
        frontier=frontier,
        shortfall=mean_shortfall,
        points=_points(ability),
        models=models,
        health=_health(),
        params=params,
        identity={
            "data_hash": "5a" * 32,
            "vintage": "2026-08-11",
            "complete": "2026-08-11",
            "fit_hash": "c0ffee" * 4,
            "versions": {"gaplab": "0.1.0", "pymc": "6.4.0"},
            "commit": "0123abc",
            "notes": ["2 models left out: country unknown (Mystery-1, Mystery-2)"],
        },
        featured=pd.Series({
            "GPT-5.5": "US", "Claude Mythos Preview": "US", "Claude Fable 5": "US", "DeepSeek-V4-Pro": "China",
        }),
    )  # fmt: skip


def _everyone():
    return [row for rows in _NAMED.values() for row in rows]


def _models(rng, params, as_of, per_country):
    rows = []
    for role, named in _NAMED.items():
        country = getattr(params, role)
        span = (as_of - _FIRST_KNOT).days
        extra = max(0, per_country - len(named))
        days = np.sort(rng.integers(0, span, extra))
        filler = [
            (f"{country} model {n:02d}", f"{country} Lab {n % 5 + 1}", _FIRST_KNOT + pd.Timedelta(days=int(day)))
            for n, day in enumerate(days, start=1)
        ]
        rows += [(name, country, developer, pd.Timestamp(date)) for name, developer, date in named + filler]
    table = pd.DataFrame(rows, columns=["model", "country", "developer", "date"])
    table = table[table["date"] <= as_of].sort_values(["date", "model"]).set_index("model")
    table["n_scores"] = rng.integers(1, 30, len(table))
    return table


def _knots(as_of, knot_months):
    n = int(np.ceil((as_of - _FIRST_KNOT) / (_MONTH * knot_months)))
    return pd.DatetimeIndex([as_of - step * knot_months * _MONTH for step in range(n, -1, -1)]).round("s")


def _months(dates):
    return np.asarray((dates - _FIRST_KNOT) / _MONTH)


def _records(models, ability):
    median = pd.Series(ability.median(("chain", "draw")).to_numpy(), index=models.index)
    best = median.groupby(models["country"]).cummax()
    return median.eq(best)


def _points(ability):
    anchors = ("Claude 3.5 Sonnet", "GPT-5")
    if not set(anchors) <= set(ability["model"].to_numpy()):
        return None
    low, high = (ability.sel(model=name, drop=True) for name in anchors)
    slope = 20.0 / (high - low)
    return xr.Dataset({"slope": slope, "intercept": 130.0 - slope * low})


def _health():
    return Health(
        (
            Check("R-hat", 1.004, "<= 1.01", "PASS", "Draw more, or look for an unidentified parameter."),
            Check("bulk ESS", 1830.0, ">= 400", "PASS", "Draw more."),
            Check("divergences", 0.0, "= 0", "PASS", "Raise target_accept."),
        )
    )
