"""A dossier: facts from the tables, neighbours and scores from the same run."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from support.worlds import synthetic_posterior

from gaplab.data.load import load
from gaplab.questions import dossier
from gaplab.report.sections.dossier import dossier_finding, dossier_headlines
from gaplab.report.text.numbers import format_number, format_probability
from gaplab.report.text.phrases import pick_row
from gaplab.results.gap import gap_table

MODEL = "DeepSeek-V4-Pro"


@pytest.fixture(scope="module")
def posterior():
    return synthetic_posterior(draws=30)


@pytest.fixture(scope="module")
def evidence(posterior):
    return load(as_of=posterior.params.as_of)


def test_facts_are_those_of_the_tables(evidence, posterior):
    facts = dossier.model_facts(evidence, posterior, MODEL)
    assert facts["developer"] == "DeepSeek"
    assert facts["date"] == pd.Timestamp("2026-04-24")
    assert facts["n_scores"] == (evidence.scores["model"] == MODEL).sum() > 10


def test_the_answer_says_how_probably_it_was_the_best_of_its_country(evidence, posterior):
    facts = dossier.model_facts(evidence, posterior, MODEL)
    own = posterior.models[posterior.models["country"] == "China"]
    out = own.index[own["date"] <= facts["date"]]
    best = posterior.ability.sel(model=out.to_numpy()).stack(sample=("chain", "draw")).argmax("model")
    assert facts["p_record"] == pytest.approx(float((out[best.to_numpy()] == MODEL).mean()))
    rows = gap_table(posterior).query("subject == @MODEL")
    told = dossier_finding(facts, rows, posterior.params).text
    assert f"best of China then is {format_probability(facts['p_record'])}" in told


def test_neighbours_are_near_and_probabilities_fall_with_ability(posterior):
    beside = dossier.nearest_leader_records(posterior, MODEL)
    level = posterior.ability.median(("chain", "draw")).to_series()
    ours = level[MODEL]
    records = posterior.models[(posterior.models["country"] == "US") & posterior.models["record"]].index
    chosen = set(beside["other"])
    farthest = max(abs(level[name] - ours) for name in chosen)
    assert all(abs(level[name] - ours) >= farthest - 0.15 for name in set(records) - chosen)
    order = beside.assign(level=level[beside["other"]].to_numpy()).sort_values("level")
    assert (np.diff(order["p_at_least"]) < 0.1).all()
    assert beside["p_first"].sum() <= 1 + 1e-9
    for row in beside.itertuples():
        draws = (posterior.ability.sel(model=MODEL) >= posterior.ability.sel(model=row.other)).mean()
        assert row.p_at_least == pytest.approx(float(draws))


def test_scores_stand_beside_the_best_that_was_out(evidence, posterior):
    scores = dossier.scores_of_model(evidence, posterior, MODEL)
    assert len(scores) == (evidence.scores["model"] == MODEL).sum()
    for row in scores.dropna(subset=["best"]).itertuples():
        assert posterior.models.loc[row.best, "country"] == "US"
        assert posterior.models.loc[row.best, "date"] <= posterior.models.loc[MODEL, "date"]
    compared = dossier.comparable_scores(scores)
    assert compared["benchmark"].is_unique


def test_the_headlines_are_those_of_the_table(evidence, posterior):
    rows = gap_table(posterior).query("subject == @MODEL")
    facts = dossier.model_facts(evidence, posterior, MODEL)
    lag, match, scores = dossier_headlines(rows, facts, posterior.params)
    assert lag.value == format_number(pick_row(rows, "model_lag", MODEL)["median"])
    assert match.value == format_number(pick_row(rows, "first_match_lag", MODEL)["median"])
    assert scores.value == str(facts["n_scores"])
    assert lag.value in dossier_finding(facts, rows, posterior.params).text
