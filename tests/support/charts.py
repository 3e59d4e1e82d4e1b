"""Every chart, drawn from a simulated world."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd

from gaplab import brief, changes, dossier, forecast, gap, influence, plots, scenarios, tables, words
from gaplab.claims import which_definition
from gaplab.data import load
from gaplab.params import Params
from gaplab.plots import Chart
from gaplab.posterior import Posterior
from support.worlds import synthetic_posterior

NAMES = (
    "frontiers", "definitions", "gap_over_time", "gap_forecast", "catch_up_dates", "catch_up_ridges",
    "scenario_effects", "placed", "model_scores", "changed", "coverage", "domain_lags",
    "influence",
)  # fmt: skip
MODEL, DOMAINS = "DeepSeek-V4-Pro", ("cyber", "software", "mathematics", "science")


@cache
def evidence():
    """The project's tables."""
    return load(as_of=Params().as_of)


def drawn(posterior: Posterior) -> dict[str, Chart]:
    """All charts but the bridge, which rests on claims; by name."""
    params, table = posterior.params, tables.gap_table(posterior)
    pair = {"leader": params.leader, "follower": params.follower}
    run = scenarios.compare(replace(posterior, params=replace(params, follower_rate=0.7)))
    counted = words.row(table, "released_lag", params.follower)
    reached = [name for name in ("GPT-5", "GPT-5.5") if name in posterior.models.index]
    dates = {
        name: forecast.catch_up(run.baseline, posterior.ability.sel(model=name, drop=True))["frontier"]
        for name in reached
    }
    lag = gap.frontier_lag(posterior.frontier, **pair).isel(date=-1)
    then = synthetic_posterior(2, draws=30, params=replace(params, since=None), lag_months=9.0)
    since = replace(params, since=params.as_of.replace(year=params.as_of.year - 1))
    charts = [
        plots.frontiers(posterior, table),
        plots.definitions_strip(table, evidence().claims, gap.newest_record(posterior), params),
        plots.gap_over_time(posterior),
        plots.gap_forecast(run, counted),
        plots.catch_up_dates(tables.catch_up_table(run.baseline), params),
        plots.catch_up_ridges(dates, params),
        plots.scenario_effects(tables.scenario_table({"tighter_compute_controls": run}), params),
        plots.placed(posterior, table, MODEL),
        plots.model_scores(dossier.scores(evidence(), posterior, MODEL), MODEL, params),
        plots.changed(changes.moved(tables.gap_table(then), table, "80"), since),
        plots.coverage_map(tables.coverage_table(evidence(), params), params),
        plots.domain_lags({name: lag + n for n, name in enumerate(DOMAINS)}, params, missing=("agentic",)),
        plots.influence_ranking(left_out(), params),
    ]
    return {chart.name: chart for chart in charts}


def left_out() -> pd.DataFrame:
    """Shifts without a model, a test and a source, as the record has them; the numbers are invented."""
    rows = [
        ("model", MODEL, 12, "frontier_lag", 8.0, 8.6, 0.6, 0.04, 0.31, "weights", "PASS"),
        ("benchmark", "GPQA diamond", 129, "frontier_lag", 8.0, 7.1, -0.9, 0.11, np.nan, "refit", "PASS"),
        ("source", "epoch_evaluations", 1628, "frontier_lag", 8.0, 10.3, 2.3, 0.2, np.nan, "refit", "REVIEW"),
        ("model", "GPT-5", 40, "frontier_lag", 8.0, 7.97, -0.03, 0.05, 0.66, "weights", "PASS"),
        ("model", "GPT-5", 40, "released_lag", 9.0, 12.0, 3.0, 0.05, 0.66, "weights", "PASS"),
        ("model", "GPT-4", 30, "frontier_lag", *[np.nan] * 4, 1.2, "weights fail", ""),
    ]
    return pd.DataFrame(rows, columns=["by", "left_out", "scores", *influence.COLUMNS[1:]])


def bridge(posterior: Posterior, wider: Posterior) -> Chart:
    """The way from one published number to another."""
    claims = evidence().claims
    few = claims[claims["claim_id"].isin(["caisi_v4_2026", "nyt_2026_05_12"])]
    ranked = which_definition(few, [posterior, wider])
    return brief.bridge(replace(evidence(), claims=few), ranked, posterior, wider)
