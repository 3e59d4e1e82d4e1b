"""Worlds in which some models have no score yet."""

from __future__ import annotations

import dataclasses
from types import SimpleNamespace

import pandas as pd

from gaplab.outlook.delays import MIN_BENCHMARKS

HIDDEN = ["Kimi K2.6", "DeepSeek-V4-Pro"]
FAMILIES = {"Kimi": "Kimi", "DeepSeek": "DeepSeek", "GLM": "GLM", "Qwen": "Qwen"}


def without(posterior, names):
    """The posterior of a world in which some models have no score yet."""
    kept = posterior.models.index[~posterior.models.index.isin(names)]
    return dataclasses.replace(
        posterior, models=posterior.models.loc[kept], ability=posterior.ability.sel(model=kept.to_numpy(object))
    )


def tables_of(posterior, scored, *, vintages=("2025-12-05", "2026-05-31")):
    """Tables in which the models named in `scored` have scores, first seen in the first vintage after release."""
    everyone = posterior.models
    looks = pd.DatetimeIndex(vintages)
    tests = [f"test {n}" for n in range(MIN_BENCHMARKS)]
    first = {name: looks[looks >= everyone.loc[name, "date"]].min() for name in scored}
    rows = [(name, test, seen) for name, seen in first.items() if not pd.isna(seen) for test in tests]
    scores = pd.DataFrame(rows, columns=["model", "benchmark", "first_seen"]).assign(censored="none")
    models = everyone.reset_index()[["model", "country", "developer"]].assign(
        release_date=everyone["date"].to_numpy(),
        family=[next((f for start, f in FAMILIES.items() if name.startswith(start)), None) for name in everyone.index],
    )
    access = models.rename(columns={"release_date": "from"})[["model", "from"]].assign(state="public", to=pd.NaT)
    benchmarks = pd.DataFrame({"benchmark": tests, "link": "logit"})
    return SimpleNamespace(
        models=models, access=access, benchmarks=benchmarks, scores=scores, as_of=posterior.params.as_of
    )
