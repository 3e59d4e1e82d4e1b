"""What-if: input that is checked first, weights that agree with a formula, and movement in the right direction."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from click.testing import CliRunner
from scipy.stats import beta
from support.worlds import smooth

from gaplab.cli.root import main
from gaplab.data.access import eligible
from gaplab.data.load import load
from gaplab.errors import GaplabError
from gaplab.models.observations.observations import observations
from gaplab.params.spec import Params
from gaplab.questions.whatif.effect import bounded_log_score, effect_of, release_likelihood
from gaplab.questions.whatif.refit import with_scores
from gaplab.questions.whatif.release import Release, describe_release
from gaplab.results.as_json import whatif_json

PARAMS = Params()


@pytest.fixture(scope="module")
def evidence():
    return load(as_of=PARAMS.as_of)


def release(evidence, params=PARAMS, **given):
    asked = {"model": "X", "country": "China", "date": "2026-09-01"} | given
    return describe_release(**asked, tables=evidence, params=params)


@pytest.mark.parametrize(
    ("given", "parts"),
    [
        ({"scores": ["GPQA daimond=0.9"]}, ['did you mean "GPQA diamond"?']),
        ({"scores": ["GPQA diamond=93"]}, ["divide by 100"]),
        ({"scores": ["GPQA diamond=-0.1"]}, ["out of range"]),
        ({"scores": ["GPQA diamond=nan"]}, ["out of range"]),
        ({"scores": ["GPQA diamond=high"]}, ["not a number"]),
        ({"scores": ["GPQA diamond"]}, ['has no "="']),
        ({"scores": ["GPQA diamond=0.9", "GPQA diamond=0.8"]}, ["given twice"]),
        ({"scores": []}, ["expected either"]),
        ({"scores": ["GPQA diamond=0.9"], "ability": "150+-2"}, ["expected either"]),
        ({"ability": "150"}, ["expected POINTS+-SD"]),
        ({"ability": "150+-0"}, ["expected POINTS+-SD"]),
        ({"scores": ["GPQA diamond=0.9"], "country": "Mars"}, ["no frontier in this run"]),
        ({"scores": ["GPQA diamond=0.9"], "model": "GPT-5"}, ["is in models.csv already"]),
        ({"scores": ["GPQA diamond=0.9"], "date": "2040-01-01"}, ["out of range"]),
        ({"scores": ["GPQA diamond=0.9"], "date": "soon"}, ["YYYY-MM-DD"]),
        ({"scores": ["GPQA diamond=7"], "country": "Mars", "date": "soon"}, ["no frontier", "YYYY-MM-DD", "divide"]),
    ],
)
def test_what_cannot_be_used_is_one_line_each(given, parts, evidence):
    with pytest.raises(GaplabError) as caught:
        release(evidence, **given)
    assert len(caught.value.problems) == len(parts), caught.value.problems
    for part, problem in zip(parts, caught.value.problems, strict=True):
        assert part in problem


def test_a_ruler_without_tests_takes_no_scores(evidence):
    with pytest.raises(GaplabError, match="has no tests"):
        release(evidence, Params(ruler="epoch_eci"), scores=["GPQA diamond=0.9"])


def test_the_command_refuses_before_anything_is_sampled(monkeypatch):
    monkeypatch.setattr("gaplab.sampling.sample.sample", lambda *_, **__: pytest.fail("sampled"))
    words = ["whatif", "--model", "X", "--country", "Mars", "--date", "2026-09-01", "--score", "GPQA diamond=93"]
    result = CliRunner().invoke(main, words)
    assert result.exit_code == 2
    assert len([line for line in result.output.splitlines() if line.startswith("Error:")]) == 2


@pytest.mark.parametrize("score", [0.0, 0.3, 0.97, 1.0])
def test_the_density_of_a_score_is_that_of_the_model(score):
    alpha, b, half = np.array([2.0, 30.0]), np.array([3.0, 10.0]), 0.005
    found = bounded_log_score(score, alpha, b, half)
    exact = beta.cdf(half, alpha, b) if score == 0 else beta.sf(1 - half, alpha, b) if score == 1 else None
    assert found == pytest.approx(beta.logpdf(score, alpha, b) if exact is None else np.log(exact), rel=1e-6)


# --- A simulated world, fitted once ---------------------------------------------------------------

WORLD = Params(leader="Leader", follower="Follower", chains=2, draws=500, prob=0.8)


@pytest.fixture(scope="module")
def world():
    return smooth(3, models_per_country=25, benchmarks=10, scores_per_model=6)


def effect(world, name, country="Follower", date="2026-06-30", params=WORLD, refit=False, **given):
    """What the release of a world's own model under a new name would change."""
    new = Release("X", country, pd.Timestamp(date), given.get("scores", ()), None)
    return effect_of(new, world.tables, params, refit=refit)


def expected(world, level, params=WORLD, count=4):
    """The scores that the last few tests would give at a level, as stage 1 has them in the mean."""
    from gaplab.fit.fit import abilities

    at, facts = abilities(world.tables, params).mean(("chain", "draw")), world.tables.benchmarks.set_index("benchmark")
    found = []
    for name in sorted(facts.index)[-count:]:
        eta = np.exp(float(at["log_a"].sel(benchmark=name))) * (level - float(at["difficulty"].sel(benchmark=name)))
        floor = np.nan_to_num(facts.loc[name, "floor"])
        found.append((name, float(floor + (1 - floor) / (1 + np.exp(-eta)))))
    return tuple(found)


def renamed(tables, names):
    """The same tables with other names of some models."""
    frames = {name: getattr(tables, name) for name in ("models", "access", "scores", "index_vintages", "links")}
    return replace(tables, **{name: frame.replace({"model": names}) for name, frame in frames.items()})


def test_a_release_among_the_data_is_one_model_and_its_scores(world):
    tests = sorted(world.tables.benchmarks["benchmark"])[:2]
    new = Release("X", "Follower", pd.Timestamp("2026-09-01"), tuple((name, 0.5) for name in tests), None)
    found = with_scores(new, world.tables, WORLD)
    for name in ("models", "access", "scores"):
        before, after = getattr(world.tables, name), getattr(found, name)
        pd.testing.assert_frame_equal(after.iloc[: len(before)], before)
    assert len(found.scores) == len(world.tables.scores) + 2
    counted = eligible(found, scope="public", clock="release", leader="Leader")
    assert counted.loc["X", "date"] == new.date
    assert "X" in observations(found, replace(WORLD, as_of=found.as_of)).models
    one_class = with_scores(new, world.tables, replace(WORLD, sources="leaderboard"))
    assert set(one_class.scores.loc[one_class.scores["model"] == "X", "source_class"]) == {"leaderboard"}


def test_a_score_counts_in_the_usual_set_up_of_its_test(evidence):
    name = "GPQA diamond"
    new = Release("X", "China", pd.Timestamp("2026-06-30"), ((name, 0.9),), None)
    rows = with_scores(new, evidence, PARAMS).scores.query("benchmark == @name")
    assert rows.iloc[-1]["model"] == "X"
    counts = rows.iloc[:-1]["harness"].fillna("unnamed").value_counts()
    assert counts[str(rows.fillna({"harness": "unnamed"}).iloc[-1]["harness"])] == counts.max()


SMALL = replace(WORLD, draws=150)


def test_where_the_weights_fail_a_fit_takes_their_place():
    """Alike on an easy and on a hard test: no draw of the tests expects that, though many levels fit the mean."""
    small = smooth(5, models_per_country=14, benchmarks=8, scores_per_model=5)
    scores = tuple((name, 0.6) for name in sorted(small.tables.benchmarks["benchmark"])[-5:])
    said = []
    new = Release("X", "Follower", pd.Timestamp("2026-06-30"), scores, None)
    without = effect_of(new, small.tables, SMALL, refit=False, tell=said.append)
    assert (without.method, said) == ("weights fail", [])
    found = effect_of(new, small.tables, SMALL, tell=said.append)
    assert found.method == "refit"
    assert len(said) == 1
    assert "fitting again with X" in said[0]
    assert np.isfinite(found.table["with"]).all()
    assert found.table["without"].equals(without.table["without"])
    assert np.isfinite(found.ability).all()
    told = whatif_json(found)
    assert (told["method"], told["weights"]["usable"]) == ("refit", False)
    from gaplab.report.sections.whatif import whatif_finding

    assert "From a fit of everything with it among the data" in whatif_finding(found, SMALL).text


@pytest.mark.slow
@pytest.mark.parametrize(("date", "level"), [("2025-06-01", 0.5), ("2026-06-30", 1.6), ("2026-09-01", 2.0)])
def test_weights_and_a_fit_agree_on_scores(world, date, level):
    """To a third of the spread: beside Monte Carlo error, weights leave out the errors it shares with other models."""
    params = replace(WORLD, chains=4, draws=1000)
    scores = expected(world, level, params)
    one, other = (effect(world, "X", date=date, scores=scores, params=params, refit=refit) for refit in (False, True))
    assert (one.method, other.method) == ("weights", "refit")
    for before, after in zip(one.table.to_dict("records"), other.table.to_dict("records"), strict=True):
        spread = (after["with_upper"] - after["with_lower"]) / 2.56
        assert abs(before["with"] - after["with"]) < spread / 3, (before, after)


@pytest.mark.slow
@pytest.mark.parametrize(("date", "points"), [("2025-12-01", 140.0), ("2026-06-30", 146.0), ("2026-08-15", 150.0)])
def test_weights_and_a_fit_agree_on_an_ability(world, date, points):
    """Within Monte Carlo error: the chains differ by as much."""
    params = replace(WORLD, chains=4, draws=1000)
    theirs = world.ability[[name for name in world.ability.index if name.startswith("Leader")]].sort_values()
    names = {theirs.index[len(theirs) // 2]: "Claude 3.5 Sonnet", theirs.index[-1]: "GPT-5"}
    tables = renamed(world.tables, names)
    new = Release("X", "Follower", pd.Timestamp(date), (), (points, 2.0))
    one, other = (effect_of(new, tables, params, refit=refit) for refit in (False, True))
    assert (one.method, other.method, other.unit) == ("weights", "refit", "points")
    assert other.health.status != "FAIL"
    for before, after in zip(one.table.to_dict("records"), other.table.to_dict("records"), strict=True):
        spread = (after["with_upper"] - after["with_lower"]) / 2.56
        # The median of so many draws, of which these chains are worth a quarter at the least.
        error = 1.25 * spread * np.sqrt(1 / (one.weights.effective / 10) + 1 / 400)
        assert abs(before["with"] - after["with"]) < 4 * error, (before, after)


@pytest.mark.slow
def test_scores_tell_the_ability_of_a_model_that_is_known(world):
    """The scores of the follower's best model, given to a twin, put the twin where the model is."""
    from gaplab.fit.fit import fit

    theirs = [name for name in world.ability.index if name.startswith("Follower")]
    name = world.ability[theirs].idxmax()
    rows = world.tables.scores[world.tables.scores["model"] == name]
    scores = tuple(zip(rows["benchmark"], rows["score"], strict=True))
    date = world.tables.models.set_index("model").loc[name, "release_date"]
    found = effect(world, name, date=date, scores=scores)
    known = fit(world.tables, WORLD).ability.sel(model=name)
    assert found.weights.usable
    assert found.unit == "logits"
    low, middle, high = found.ability
    assert middle == pytest.approx(float(known.median()), abs=2 * float(known.std()))
    assert high - low < 5 * float(known.std())


@pytest.mark.slow
def test_a_better_release_of_the_follower_shortens_the_gap_and_a_weak_one_hardly_moves_it(world):
    date = "2026-09-01"
    strong = effect(world, "X", date=date, scores=expected(world, 2.6))
    weak = effect(world, "X", date=date, scores=expected(world, 0.0))
    assert strong.weights.usable
    assert weak.weights.usable
    rows = strong.table.set_index("number")
    assert rows.loc["frontier_lag", "shift"] < 0
    assert rows.loc["released_lag", "shift"] < 0
    other = weak.table.set_index("number")
    assert abs(other.loc["released_lag", "shift"]) < 0.5
    assert other.loc["frontier_lag", "without"] == rows.loc["frontier_lag", "without"], "the same day, the same draws"


@pytest.mark.slow
def test_a_release_nobody_holds_possible_gets_no_number(world):
    tests = sorted(world.tables.benchmarks["benchmark"])
    found = effect(world, "X", date="2024-01-15", scores=tuple((name, 0.999) for name in tests))
    assert not found.weights.usable
    assert found.method == "weights fail"
    assert found.table[["with", "with_lower", "with_upper", "shift"]].isna().all().all()
    assert np.isfinite(found.table.loc[found.table["number"] != "model_lag", "without"]).all()
    from gaplab.report.sections.whatif import whatif_finding

    assert "no number can be given" in whatif_finding(found, WORLD).text


@pytest.mark.slow
def test_the_likelihood_peaks_where_the_score_is_expected(world):
    from gaplab.fit.fit import abilities

    stage_one = abilities(world.tables, WORLD)
    level = xr.DataArray(np.linspace(-4, 4, 161), dims="at")
    name = world.tables.benchmarks["benchmark"].iloc[5]
    peaks = []
    for score in (0.45, 0.6, 0.8):
        new = Release("X", "Follower", pd.Timestamp("2026-06-30"), ((name, score),), None)
        found, _ = release_likelihood(new, level, world.tables, stage_one, follower=True)
        peaks.append(float(level[int(np.argmax(found.to_numpy()))]))
    assert peaks == sorted(peaks)
