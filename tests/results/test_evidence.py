"""Tables of what a run rests on."""

from __future__ import annotations

import dataclasses

import numpy as np

from gaplab.posterior import Check, Health
from gaplab.results.evidence import health_table, model_table


def test_health_table_gives_advice_where_it_is_needed(posterior):
    poor = Health((*posterior.health.checks, Check("pareto k", 0.9, "<= 0.7", "REVIEW", "Refit without it.")))
    found = health_table(dataclasses.replace(posterior, health=poor))
    assert found["check"].tolist() == ["R-hat", "bulk ESS", "divergences", "pareto k"]
    assert found["advice"].tolist() == ["", "", "", "Refit without it."]


def test_model_table_holds_every_model(posterior):
    found = model_table(posterior)
    assert found["model"].tolist() == list(posterior.models.index)
    assert (found["ability_lower"] <= found["ability"]).all()
    assert (found["ability"] <= found["ability_upper"]).all()
    anchors = found.set_index("model").loc[["Claude 3.5 Sonnet", "GPT-5"], ["points_lower", "points_upper"]]
    np.testing.assert_allclose(anchors, [[130, 130], [150, 150]])
