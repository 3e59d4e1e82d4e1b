"""Scores are as predicted when the model is right, and planted ones are not."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from scipy.stats import kstest

from gaplab.data.load import load
from gaplab.models.observations.observations import observations
from gaplab.params.spec import Params
from gaplab.validation import predictive
from gaplab.validation.worlds.simulate import simulate_world
from gaplab.validation.worlds.spec import WorldSpec


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("world")
    simulate_world(WorldSpec(models_per_country=9, benchmarks=6, scores_per_model=5), 1).write(folder)
    return Params(leader="Leader", follower="Follower", data=str(folder), chains=2, draws=200, knot_months=6.0)


def test_scores_are_as_predicted_and_planted_ones_are_not(run):
    tables = load(as_of=run.as_of, root=run.data)
    found = predictive.checks(tables, run).set_index(["grouping", "group"])
    everything = found.loc[("all", "all")]
    assert everything["n"] == len(tables.scores)
    assert everything["loo_pit"] == pytest.approx(0.5, abs=0.08)
    assert everything["loo_coverage_80"] == pytest.approx(0.8, abs=0.15)
    assert everything["coverage_80"] >= everything["loo_coverage_80"]
    assert {"Leader", "Follower"} <= set(found.loc["country"].index)
    labels = predictive.score_labels(tables, observations(tables, run))
    assert labels["country"].value_counts().to_dict() == {"Leader": 45, "Follower": 45}


def test_places_without_the_score_are_uniform_when_the_model_is_right(run):
    tables = load(as_of=run.as_of, root=run.data)
    from gaplab.fit.fit import abilities

    data = observations(tables, run)
    places = predictive.loo_pit(data, abilities(tables, run), seed=1)
    assert kstest(places["loo_pit"], "uniform").pvalue > 0.01
    wrong = dataclasses.replace(data, score=np.clip(data.score + 0.2, 0.01, 0.99))
    off = predictive.loo_pit(wrong, abilities(tables, run), seed=1)
    assert off["loo_pit"].mean() > places["loo_pit"].mean() + 0.15
