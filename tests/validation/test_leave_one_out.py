"""Leave-outs of the record: much-used tests and sources are fitted without, models are all there, nothing is twice."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from gaplab.params.spec import Params
from gaplab.questions import influence
from gaplab.report.sections.influence import leave_one_out_finding
from gaplab.validation import leave_one_out
from gaplab.validation.worlds.simulate import simulate_world
from gaplab.validation.worlds.spec import WorldSpec


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("world")
    simulate_world(WorldSpec(models_per_country=9, benchmarks=6, scores_per_model=5), 1).write(folder)
    return Params(leader="Leader", follower="Follower", data=str(folder), chains=2, draws=200, knot_months=6.0)


def test_every_model_and_the_much_used_tests_are_left_out(run):
    from gaplab.fit import runs

    counts = runs.tables_of(run).scores["benchmark"].value_counts()
    most = int(counts.max())
    found = leave_one_out.run(run, fewest=most, refits=0)
    assert list(found.columns) == ["by", "left_out", "scores", *influence.COLUMNS[1:]]
    kinds = found.groupby("by")["left_out"].unique()
    assert len(kinds["model"]) == 18
    assert set(kinds["benchmark"]) == set(counts.index[counts >= most])
    tests = found[found["by"] == "benchmark"]
    assert (tests["scores"] == most).all()
    assert (tests["method"] == "refit").all()
    assert set(tests["health"]) <= {"PASS", "REVIEW", "FAIL"}
    assert np.isfinite(tests["shift"]).all()
    sources = found[found["by"] == "source"]
    assert set(sources["method"]) == {"not enough data"}, "the world has a single source"
    assert sources["shift"].isna().all()
    assert sources["health"].str.contains("not enough data").all()
    again = leave_one_out.run(run, fewest=most, refits=0)
    pd.testing.assert_frame_equal(found, again)


def test_a_source_with_a_test_of_its_own_is_ranked_once():
    def row(by, name, scores, shift, number="released_lag"):
        return (by, name, scores, number, 8.0, 8.0 + shift, shift, 0.1, np.nan, "refit", "PASS")

    table = pd.DataFrame(
        [
            row("model", "M", 30, 0.3),
            row("benchmark", "WeirdML", 98, -0.5),
            row("benchmark", "Other", 98, 0.1),
            row("source", "weirdml_leaderboard", 98, -0.5),
            row("source", "weirdml_leaderboard", 98, 4.0, "frontier_lag"),
            (*row("source", "reports", 60, np.nan)[:-2], "not enough data", ""),
        ],
        columns=["by", "left_out", "scores", *influence.COLUMNS[1:]],
    )
    assert list(leave_one_out.ranking(table)["left_out"]) == ["WeirdML", "M", "Other"]
    said = leave_one_out_finding(table).text
    assert "8.0 months with everything" in said
    assert "without one of the 1 models 8.3 to 8.3 (most without M, +0.3)" in said
    assert "without one of the 2 most used tests 7.5 to 8.1 (most without WeirdML, −0.5)" in said
    assert "Without reports too little is left for a fit" in said
