"""Assumptions reversed and priors scaled."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest

from gaplab.data.load import load
from gaplab.fit.fit import fit, stage_two
from gaplab.params.spec import Params
from gaplab.validation import sensitivity
from gaplab.validation.sensitivity import Assumption
from gaplab.validation.worlds.simulate import simulate_world
from gaplab.validation.worlds.spec import WorldSpec


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("world")
    simulate_world(WorldSpec(models_per_country=9, benchmarks=6, scores_per_model=5), 1).write(folder)
    return Params(leader="Leader", follower="Follower", data=str(folder), chains=2, draws=200, knot_months=6.0)


def test_assumptions_are_switches_of_params():
    used = {name for each in sensitivity.ASSUMPTIONS for name in each.changes}
    assert used <= set(Params.__dataclass_fields__)
    for each in sensitivity.ASSUMPTIONS:
        changed = dataclasses.replace(Params(), **each.changes)
        assert each.without_class or changed != Params(), f"{each.text}: changes nothing"
    texts = [each.text for each in sensitivity.ASSUMPTIONS]
    assert len(set(texts)) == len(texts)


def test_a_part_of_the_scores_changes_nothing_else():
    parts = {each.text for each in sensitivity.ASSUMPTIONS if each.is_part}
    assert len(parts) == 10
    assert sensitivity.PUBLIC_TESTS in parts
    assert parts.isdisjoint({sensitivity.OWN_LINE, "without task horizons", "read on Epoch's index"})
    assert not Assumption("nothing").is_part


def test_each_row_is_the_shift_of_a_headline(run):
    chosen = [Assumption("no data", {"sources": "government"}), Assumption("nothing")]
    found = sensitivity.run(run, assumptions=chosen)
    assert list(found.columns[:3]) == ["assumption", "headline", "shift_months"]
    nothing = found[found["assumption"] == "nothing"]
    assert (nothing["shift_months"] == 0).all()
    assert set(nothing["headline"]) >= {"frontier_lag", "model_lag", sensitivity.RESTRICTED}
    none = found[found["assumption"] == "no data"]
    assert none["shift_months"].isna().all()
    assert none["note"].str.contains("not enough data").all()
    scaled = found[found["note"].str.startswith("weights")]
    assert scaled["assumption"].nunique() == 7 * len(sensitivity.POWERS)
    assert (scaled["shift_months"].dropna().abs() < 3).all()


def test_log_densities_are_those_of_the_model(run):
    """Up to a constant, priors and readings add up to the density that is sampled."""
    tables = load(as_of=run.as_of, root=run.data)
    draws, posterior = stage_two(tables, run), fit(tables, run)
    parts = sensitivity.log_densities(draws, posterior)
    total = sum(parts.values())
    from gaplab.models.frontier.density import frontier_density
    from gaplab.models.frontier.knots import interpolation, steps
    from gaplab.models.readings import GaussianAbilities

    country = (posterior.models["country"] == run.follower).to_numpy(int)
    readings = GaussianAbilities(
        posterior.models.index, *(draws[name].to_numpy() for name in ("reading", "reading_sd", "loadings"))
    )
    knots = draws["date"].to_index()
    density = frontier_density(readings, country, interpolation(knots, posterior.models["date"]), steps(knots))
    differences = []
    for draw in (0, 50, 120):
        at = draws.isel(chain=0, draw=draw)
        path = at["frontier"].sel(country=[run.leader, run.follower]).to_numpy()
        tau, side = float(at["tau"]), np.array([[1.0], [-1.0]]) / np.sqrt(2)
        median = float(at["log_pace"]) - tau**2 / 2
        root_pace = np.exp(0.5 * (median + side * float(at["pace_contrast"])))
        soft = np.log(2) * np.diff(path) / steps(knots) / root_pace
        stretched = np.log(np.expm1(soft))
        nu = at["shortfall_mean"].sel(country=[run.leader, run.follower]).to_numpy()
        x = np.concatenate(
            [[median, at["pace_contrast"], np.log(tau)], stretched.ravel() / np.sqrt(tau), path[:, -1], np.log(nu),
             at["factor"].to_numpy()]
        )  # fmt: skip
        # The sampled density is in log tau, log nu and stretched increments, and has the factors' prior.
        jacobian = np.log(tau) * (1 + soft.size / 2) + (stretched - soft - np.log(soft)).sum() + np.log(nu).sum()
        jacobian -= 0.5 * (at["factor"].to_numpy() ** 2).sum()
        differences.append(density(x)[0] - jacobian - float(total.isel(chain=0, draw=draw)))
    assert differences == pytest.approx([differences[0]] * 3, abs=1e-4)


def test_what_is_said_of_assumptions_is_in_the_table():
    from gaplab.report.charts.record.sensitivity import sensitivity_chart
    from gaplab.report.sections.record import predictive_finding, sensitivity_finding
    from gaplab.results.revisions import headline_definition

    table = pd.DataFrame({
        "assumption": ["knots every month", "no floors", "not possible"], "headline": headline_definition(),
        "shift_months": [0.2, -1.5, np.nan], "error": [0.1, 0.2, np.nan],
    })  # fmt: skip
    finding = sensitivity_finding(table)
    assert "no floors" in finding.text
    assert "knots every month" not in finding.text
    assert finding.table.shape == (2, 2)
    chart = sensitivity_chart(table)
    assert "no floors: −1.5 months." in chart.alt
    assert "not possible" not in chart.alt
    assert "no floors" in chart.title
    checks = pd.DataFrame({
        "grouping": ["all", "country", "source"], "group": ["all", "US", "odd"], "n": [500, 400, 100],
        "loo_pit": [0.5, 0.5, 0.7], "loo_coverage_80": [0.8, 0.8, 0.6],
    })  # fmt: skip
    said = predictive_finding(checks).text
    assert "odd (0.70)" in said
    assert "US" not in said
