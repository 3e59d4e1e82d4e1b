"""Known truth: the numbers of the table are what their names say, and a tiny world goes through everything."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from gaplab.validation import truth

TINY = {"models_per_country": 6, "benchmarks": 5, "scores_per_model": 4}


def test_bias_error_and_coverage_are_counted_over_simulations():
    rng = np.random.default_rng(1)
    rows = []
    for _ in range(400):
        estimate = 8 + rng.normal()
        rows.append(truth.estimate_row("w", "frontier_lag", 8.0, estimate + rng.normal(size=400)))
        rows.append(truth.estimate_row("w", "first_match", 8.0, np.array([6.0])))
        rows.append(truth.estimate_row("w", "undefined", 8.0, np.array([-np.inf, -np.inf])))
    found = truth.summary(pd.DataFrame(rows)).set_index("estimator")
    ours, peer, none = (found.loc[name] for name in ("frontier_lag", "first_match", "undefined"))
    assert ours["bias_months"] == pytest.approx(0, abs=0.2)
    assert ours["rmse_months"] == pytest.approx(1, abs=0.1)
    assert ours["coverage_80"] == pytest.approx(0.8, abs=0.07)
    assert ours["coverage_50"] < ours["coverage_80"] < ours["coverage_95"]
    assert ours["n"] == 400
    assert peer["bias_months"] == peer["rmse_months"] * -1 == -2
    assert np.isnan(peer["coverage_80"])
    assert peer["frontier_rmse_ratio"] == pytest.approx(2 / ours["rmse_months"])
    assert none["n"] == 0
    assert none["coverage_95"] == 0


def test_a_tiny_world_gives_every_estimate_beside_its_truth():
    rows = pd.DataFrame(truth.simulate_one("smooth", 1, TINY)).set_index("estimator")
    assert set(truth.PEERS) < set(rows.index)
    assert rows.loc["frontier_lag", "truth"] == pytest.approx(8.0, abs=0.05)
    assert (rows.loc[list(truth.PEERS), "truth"] == rows.loc["frontier_lag", "truth"]).all()
    assert rows.loc["frontier_lag", "q0.1"] < rows.loc["frontier_lag", "q0.9"]


@pytest.mark.slow
def test_the_frontier_lag_beats_every_peer_in_the_smooth_world():
    found = truth.run(worlds=("smooth",), simulations=20).set_index("estimator")
    assert abs(found.loc["frontier_lag", "bias_months"]) < 1.0
    assert found.loc["frontier_lag", "rmse_months"] < found.loc[list(truth.PEERS), "rmse_months"].min()
    assert 0.6 <= found.loc["frontier_lag", "coverage_80"] <= 1.0
