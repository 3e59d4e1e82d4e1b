"""What the numbers rest on, as tables: checks of the fit, abilities, scopes, coverage and sources."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import pandas as pd

from gaplab import gap
from gaplab.params.spec import Params
from gaplab.posterior import Posterior
from gaplab.results.columns import estimate_columns, round_numbers

if TYPE_CHECKING:
    from gaplab.data.tables import Tables


def health_table(posterior: Posterior) -> pd.DataFrame:
    """One row per check of the fit: check, value, threshold, status and, where it is not met, advice."""
    return pd.DataFrame(
        [
            (check.name, check.value, check.threshold, check.status, "" if check.status == "PASS" else check.advice)
            for check in posterior.health.checks
        ],
        columns=["check", "value", "threshold", "status", "advice"],
    )


def model_table(posterior: Posterior) -> pd.DataFrame:
    """Every fitted model with its ability: median and interval of probability `params.prob`.

    Returns
    -------
    DataFrame
        model, country, developer, date, n_scores, record; ability,
        ability_lower, ability_upper in logits; points, points_lower,
        points_upper on the display scale when the posterior has one.
    """
    table = posterior.models.reset_index(names="model")
    scales = {"ability": posterior.ability}
    if posterior.points is not None:
        scales["points"] = posterior.points["intercept"] + posterior.points["slope"] * posterior.ability
    for name, draws in scales.items():
        columns = estimate_columns(name, draws, posterior.params.prob)
        table = table.assign(**{column: values.to_numpy() for column, values in columns.items()})
    return round_numbers(table)


def scopes_table(runs: Iterable[Posterior]) -> pd.DataFrame:
    """The country's gap by scope and clock, each from the posterior of its own run.

    Returns
    -------
    DataFrame
        scope, clock; added, the leader's models that the first run does not
        count; definition (frontier_lag and distance), unit, median and the
        interval of `params.prob` as lower and upper.
    """
    runs = list(runs)
    counted = set(runs[0].models.index)
    rows = []
    for run in runs:
        added = ", ".join(name for name in run.models.index if name not in counted)
        readings = gap.readings(run, gap.country_subject(run))
        for definition, unit in (("frontier_lag", "months"), ("distance", "months_at_leader_pace")):
            estimate = estimate_columns("median", readings[definition, unit], run.params.prob)
            numbers = {name.removeprefix("median_"): float(value) for name, value in estimate.items()}
            row = {"scope": run.params.scope, "clock": run.params.clock, "added": added}
            rows.append(row | {"definition": definition, "unit": unit} | numbers)
    return round_numbers(pd.DataFrame(rows))


def coverage_table(evidence: Tables, params: Params) -> pd.DataFrame:
    """Which model took which test: one row per model and test, and one without a test for a model without scores.

    Returns
    -------
    DataFrame
        model, country, developer, date; benchmark, domain; independent:
        whether anybody but the developer measured it; first_seen, the day the
        first of these scores was seen. Models of leader and follower only,
        oldest first.
    """
    models = evidence.models[evidence.models["country"].isin(params.pair)]
    facts = models.rename(columns={"release_date": "date"})[["model", "country", "developer", "date"]]
    scores = evidence.scores.assign(independent=evidence.scores["source_class"] != "developer")
    cells = scores.groupby(["model", "benchmark"], as_index=False).agg(
        independent=("independent", "any"), first_seen=("first_seen", "min")
    )
    cells = cells.merge(evidence.benchmarks[["benchmark", "domain"]], on="benchmark")
    table = facts.merge(cells, on="model", how="left").dropna(subset=["date"])
    columns = ["model", "country", "developer", "date", "benchmark", "domain", "independent", "first_seen"]
    return table.sort_values(["date", "model", "benchmark"], ignore_index=True)[columns]


def domain_coverage(coverage: pd.DataFrame) -> pd.DataFrame:
    """How much of each domain was tested: one row per country and domain.

    Parameters
    ----------
    coverage : DataFrame
        What `coverage_table` gives.

    Returns
    -------
    DataFrame
        country, domain; tests of the domain, models of the country with any
        score, cells with a score, share of all cells.
    """
    known = coverage.dropna(subset=["benchmark"])
    tests = known.groupby("domain")["benchmark"].nunique()
    models = known.groupby("country")["model"].nunique()
    table = known.groupby(["country", "domain"]).size().rename("cells").reset_index()
    table["tests"], table["models"] = table["domain"].map(tests), table["country"].map(models)
    table["share"] = table["cells"] / (table["tests"] * table["models"])
    return table[["country", "domain", "tests", "models", "cells", "share"]]


def source_table(evidence: Tables) -> pd.DataFrame:
    """Where the scores come from: one row per source, the largest first.

    Returns
    -------
    DataFrame
        source, source_class, licence; scores, models, benchmarks; newest, the
        last day on which one of its scores was first seen.
    """
    counted = evidence.scores.groupby(["source", "source_class"], as_index=False).agg(
        scores=("score", "size"),
        models=("model", "nunique"),
        benchmarks=("benchmark", "nunique"),
        newest=("first_seen", "max"),
    )
    licence = evidence.sources.set_index("source")["licence"]
    counted.insert(2, "licence", counted["source"].map(licence))
    return counted.sort_values(["scores", "source"], ascending=[False, True], ignore_index=True)
