"""Every chart, drawn from a simulated world."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from gaplab import gap
from gaplab.data.load import load
from gaplab.data.tables import Tables
from gaplab.outlook import scenarios
from gaplab.outlook.outcomes import forecast_catch_up
from gaplab.params.spec import Params
from gaplab.posterior import Posterior
from gaplab.questions import changes, dossier, influence
from gaplab.report.charts.by_test import by_test_chart
from gaplab.report.charts.catch_up import catch_up_chart
from gaplab.report.charts.catch_up_ridges import ridges_chart
from gaplab.report.charts.changed import changes_chart
from gaplab.report.charts.coverage import coverage_chart
from gaplab.report.charts.definitions import definitions_chart
from gaplab.report.charts.domains import domains_chart
from gaplab.report.charts.drawing.chart import Chart
from gaplab.report.charts.forecast import forecast_chart
from gaplab.report.charts.frontiers import frontiers_chart
from gaplab.report.charts.model_scores import model_scores_chart
from gaplab.report.charts.over_time import over_time_chart
from gaplab.report.charts.placed import placed_chart
from gaplab.report.charts.record.influence import influence_chart
from gaplab.report.charts.scenarios import scenarios_chart
from gaplab.report.sections.claims import bridge_part
from gaplab.report.text.phrases import pick_row
from gaplab.results.by_test import lag_by_test_table
from gaplab.results.evidence import coverage_table
from gaplab.results.forecast import catch_up_density, catch_up_table, forecast_fan, scenario_table
from gaplab.results.gap import domain_table, gap_table
from gaplab.results.over_time import ability_history, lag_history
from support.worlds import synthetic_posterior

NAMES = (
    "frontiers", "definitions", "gap_over_time", "gap_forecast", "catch_up_dates", "catch_up_ridges",
    "scenario_effects", "placed", "model_scores", "changed", "coverage", "domain_lags",
    "influence", "lag_by_test",
)  # fmt: skip
MODEL, DOMAINS = "DeepSeek-V4-Pro", ("cyber", "software", "mathematics", "science")


def evidence(params: Params | None = None) -> Tables:
    """The tables of a run, of the default one unless told otherwise."""
    return load(as_of=(params or Params()).as_of)


def drawn(posterior: Posterior) -> dict[str, Chart]:
    """All charts but the bridge, which rests on claims; by name."""
    params, table = posterior.params, gap_table(posterior)
    known = evidence(params)
    pair = {"leader": params.leader, "follower": params.follower}
    run = scenarios.compare(replace(posterior, params=replace(params, follower_rate=0.7)))
    counted = pick_row(table, "released_lag", params.follower)
    reached = [name for name in ("GPT-5", "GPT-5.5") if name in posterior.models.index]
    dates = {
        name: forecast_catch_up(run.baseline, posterior.ability.sel(model=name, drop=True))["frontier"]
        for name in reached
    }
    named = replace(run.baseline, posterior=replace(posterior, params=replace(params, target="; ".join(reached))))
    history, lag = ability_history(posterior), gap.frontier_lag(posterior.frontier, **pair).isel(date=-1)
    lags = {name: lag + number for number, name in enumerate(DOMAINS)}
    then = synthetic_posterior(2, draws=30, params=replace(params, since=None), lag_months=9.0)
    since = replace(params, since=params.as_of.replace(year=params.as_of.year - 1))
    charts = [
        frontiers_chart(history, table, params),
        definitions_chart(table, known.claims, gap.newest_record(posterior), params),
        over_time_chart(lag_history(posterior), params),
        forecast_chart(forecast_fan(run), counted),
        catch_up_chart(catch_up_table(run.baseline), params),
        ridges_chart(catch_up_table(named), catch_up_density(dates, params), params),
        scenarios_chart(scenario_table({"tighter_compute_controls": run}), params),
        placed_chart(history, table, MODEL, params),
        model_scores_chart(dossier.scores_of_model(known, posterior, MODEL), MODEL, params),
        changes_chart(changes.numbers_on_both_dates(gap_table(then), table, "80"), since),
        coverage_chart(coverage_table(known, params), params),
        domains_chart(with_sides(domain_table(lags | {"agentic": "too few models"}, params.prob)), params),
        influence_chart(left_out(), params),
        by_test_chart(lag_by_test_table(known, params).groupby("subject").head(12), params),
    ]
    return {chart.name: chart for chart in charts}


def with_sides(domains: pd.DataFrame) -> pd.DataFrame:
    """A table of domains with scores and models of each side; too few in one."""
    sides = {f"{side}_{what}": 40 for side in ("leader", "follower") for what in ("scores", "models")}
    return domains.assign(**sides, few=domains["domain"] == "cyber")


def left_out() -> pd.DataFrame:
    """Shifts without a model, a test and a source, as the record has them; the numbers are invented."""
    rows = [
        ("model", MODEL, 12, "released_lag", 8.0, 8.6, 0.6, 0.04, 0.31, "weights", "PASS"),
        ("benchmark", "GPQA diamond", 129, "released_lag", 8.0, 7.1, -0.9, 0.11, np.nan, "refit", "PASS"),
        ("source", "epoch_evaluations", 1628, "released_lag", 8.0, 10.3, 2.3, 0.2, np.nan, "refit", "REVIEW"),
        ("model", "GPT-5", 40, "released_lag", 8.0, 7.97, -0.03, 0.05, 0.66, "weights", "PASS"),
        ("model", "GPT-5", 40, "frontier_lag", 9.0, 12.0, 3.0, 0.05, 0.66, "weights", "PASS"),
        ("model", "GPT-4", 30, "released_lag", *[np.nan] * 4, 1.2, "weights fail", ""),
    ]
    return pd.DataFrame(rows, columns=["by", "left_out", "scores", *influence.COLUMNS[1:]])


def bridge(posterior: Posterior, wider: Posterior) -> Chart:
    """The way from one published number to another."""
    tables = evidence(posterior.params)
    few = tables.claims[tables.claims["claim_id"].isin(["caisi_v4_2026", "nyt_2026_05_12"])]
    return bridge_part(replace(tables, claims=few), posterior, wider)
