"""Which scores and comparisons a fit sees, and what it says of those it leaves out."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
from support.ability_worlds import RUN, world
from support.worlds import smooth

from gaplab.errors import GaplabError
from gaplab.models.ability.density import ability_density
from gaplab.models.observations.observations import observations


def _tables(scores, benchmarks):
    """The smallest tables: what is not given is the same everywhere."""
    scores = pd.DataFrame(scores).assign(source="s", effort="", standard_error=np.nan, n_items=np.nan, censored="none")
    scores = scores.assign(source_class="independent", evaluator="e", harness=None)
    if "adjusted" not in scores:
        scores["adjusted"] = "none"
    names = sorted(set(scores["model"]))
    benchmarks = pd.DataFrame(benchmarks).assign(link="logit", domain="reasoning", access_class="public")
    models = pd.DataFrame({"model": names, "developer": "d", "country": "Leader"})
    access = pd.DataFrame({"model": names, "from": pd.date_range("2025-01-01", periods=len(names))})
    links = pd.DataFrame(columns=["model", "reference_model", "difference", "sd"])
    base = smooth(1, models_per_country=3, benchmarks=2, scores_per_model=1).tables
    return dataclasses.replace(base, scores=scores, benchmarks=benchmarks, models=models, access=access, links=links)


def test_rescaled_scores_return_to_the_raw_scale_and_bounds_are_bounds():
    scores = {"model": list("abcd"), "benchmark": "quiz", "score": [0.2, 0.0, 1.0, 0.5]}
    scores["adjusted"] = ["chance", "chance", "none", "none"]
    quiz = {"benchmark": ["quiz"], "floor": 0.25, "ceiling": 1.0, "n_items": 100.0, "superseded_by": None}
    data = observations(_tables(scores, quiz), RUN)
    assert data.score == pytest.approx([0.4, 0.255, 0.995, 0.5])
    assert data.at_most.tolist() == [False, True, False, False]
    assert data.at_least.tolist() == [False, False, True, False]


def test_a_test_does_not_count_beside_its_successor():
    scores = {"model": ["a", "a", "b", "c", "d"], "benchmark": ["v1", "v2", "v1", "v1", "v2"], "score": 0.5}
    tests = {"benchmark": ["v1", "v2"], "floor": 0.0, "ceiling": 1.0, "n_items": 50.0, "superseded_by": ["v2", None]}
    data = observations(_tables(scores, tests), RUN)
    pairs = {(data.models[i], data.benchmarks[b]) for i, b in zip(data.model, data.benchmark, strict=True)}
    assert pairs == {("a", "v2"), ("b", "v1"), ("c", "v1"), ("d", "v2")}
    assert "v1" in data.notes[0]


def test_a_test_that_a_single_model_took_is_left_out_with_a_line():
    scores = {"model": ["a", "b", "c", "c"], "benchmark": ["v1", "v1", "v2", "v2"], "score": [0.5, 0.6, 0.4, 0.5]}
    tests = {"benchmark": ["v1", "v2"], "floor": 0.0, "ceiling": 1.0, "n_items": 50.0, "superseded_by": None}
    data = observations(_tables(scores, tests), RUN)
    assert data.models.tolist() == ["a", "b"]
    assert data.notes[0] == "Left out, since a single model took each: v2."


def test_a_standard_error_of_zero_is_read_as_unknown_with_a_line_unless_all_items_went_alike():
    scores = {"model": list("abcd"), "benchmark": "quiz", "score": [0.4, 0.0, 1.0, 0.5]}
    tests = {"benchmark": ["quiz"], "floor": 0.0, "ceiling": 1.0, "n_items": np.nan, "superseded_by": None}
    tables = _tables(scores, tests)
    said = "Standard errors of zero, beside scores between 0 and 1, are read as unknown: quiz."
    for errors, lines in (([0.0, 0.0, 0.0, np.nan], (said,)), ([np.nan, 0.0, 0.0, 0.05], ())):
        data = observations(dataclasses.replace(tables, scores=tables.scores.assign(standard_error=errors)), RUN)
        assert np.isinf(data.n_items[:3]).all()
        assert data.notes[: len(lines)] == lines
        assert (said in data.notes) == bool(lines)


def test_a_bias_that_no_pair_identifies_is_dropped_with_a_line():
    tables = world()
    first = tables.scores.drop_duplicates(["model", "benchmark"])
    data = observations(dataclasses.replace(tables, scores=first), RUN)
    assert data.effects.names.tolist() == ["public_test_follower"]
    own = tables.scores["source_class"] == "developer"
    alone = tables.scores[own | ~tables.scores["model"].isin(tables.scores.loc[own, "model"])]
    notes = observations(dataclasses.replace(tables, scores=alone), RUN).notes
    assert any("face value" in line for line in notes)


def test_switches_leave_terms_and_rows_out():
    def run(**switches):
        return observations(world(), dataclasses.replace(RUN, **switches))

    assert not any(name.startswith("harness") for name in run(harnesses="ignored").effects.names)
    assert "self_report" not in run(self_reports="face_value").effects.names
    assert "public_test_follower" not in run(public_tests="ignored").effects.names
    assert len(run(domains="ignored").domains.names) == 0
    assert len(run(ability_prior="exchangeable").prior.names) == 0
    assert (run(floors="ignored").floor == 0).all()
    assert run(discriminations="equal").equal_slopes
    assert run(task_horizons="ignored").horizons.model.size == 0
    assert run(pairwise_links="ignored").links.points.size == 0
    assert set(run(benchmarks="public").benchmarks) < set(run().benchmarks)
    official = world().scores.query("source_class == 'government'")
    takers = official.groupby("benchmark")["model"].transform("nunique")
    assert len(run(sources="government").score) == (takers > 1).sum() > 0
    with pytest.raises(GaplabError, match="not enough data"):
        run(sources="leaderboard")


@pytest.mark.parametrize(("n_items", "floor"), [(1.0, 0.0), (1.0, 0.9), (2.0, 0.5), (3.0, 0.9)])
def test_a_score_of_an_item_or_two_has_a_density(n_items, floor):
    """A Beta distribution with the variance of a single item has all its mass at 0 and 1, and no density."""
    scores = {"model": list("abcd"), "benchmark": "quiz", "score": [0.0, 0.4, 0.6, 1.0]}
    quiz = {"benchmark": ["quiz"], "floor": floor, "ceiling": 1.0, "n_items": n_items, "superseded_by": None}
    data = observations(_tables(scores, quiz), RUN)
    assert ((data.score > 0) & (data.score < 1)).all()
    assert data.equal_slopes, "one test has no discrimination to tell from another's"
    density = ability_density(data)
    value, gradient = density(density.start)
    assert np.isfinite(value)
    assert np.isfinite(gradient).all()
    assert np.abs(gradient).min() > 0, "no coordinate is without a prior"


def test_tests_that_were_out_before_a_model_do_not_count_for_it_unless_they_are_private():
    scores = {
        "model": list("abcd") * 4,
        "benchmark": np.repeat(["early", "late", "secret", "undated"], 4),
        "score": 0.5,
    }
    tests = {"benchmark": ["early", "late", "secret", "undated"], "floor": 0.0, "ceiling": 1.0, "n_items": 50.0}
    tables = _tables(scores, tests | {"superseded_by": None})
    facts = tables.benchmarks.assign(
        access_class=["public", "semi_private", "private", "public"],
        # Models a to d come out on the first four days of the year.
        release_date=pd.to_datetime(["2025-01-02", "2025-01-04", None, None]),
    )
    run = dataclasses.replace(RUN, benchmarks="uncontaminated")
    data = observations(dataclasses.replace(tables, benchmarks=facts), run)
    pairs = {(data.models[i], data.benchmarks[b]) for i, b in zip(data.model, data.benchmark, strict=True)}
    assert pairs == {(m, "late") for m in "abc"} | {(m, "secret") for m in "abcd"}, "early has model a alone"
    assert data.notes[0] == "By choice (benchmarks=uncontaminated) 8 of 16 scores count, of 3 tests."


@pytest.mark.parametrize(
    ("choice", "left"),
    [({"tests": "one; two"}, ["one", "two"]), ({"without": "two"}, ["one", "three"]),
     ({"tests": "two"}, ["two"])],
    ids=str,
)  # fmt: skip
def test_tests_are_chosen_by_name(choice, left):
    scores = {"model": list("ab") * 3, "benchmark": np.repeat(["one", "two", "three"], 2), "score": 0.5}
    tests = {"benchmark": ["one", "two", "three"], "floor": 0.0, "ceiling": 1.0, "n_items": 50.0, "superseded_by": None}
    data = observations(_tables(scores, tests), dataclasses.replace(RUN, **choice))
    assert sorted(data.benchmarks) == left
