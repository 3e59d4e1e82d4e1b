"""Stage 1 finds what was put into simulated scores, and says so of data that hardly say anything."""

import dataclasses
import json

import numpy as np
import pandas as pd
import pytest
from support.worlds import smooth

from gaplab.errors import GaplabError
from gaplab.fit import fit as fits
from gaplab.params.spec import Params
from gaplab.validation.worlds.tables import draw_scores, world_tables
from gaplab.validation.worlds.tables import tests_like as benchmarks_like

QUICK = Params(leader="Leader", follower="Follower", chains=2, draws=400)
# Each about one standard deviation of its prior from the prior's mean.
TRUE = {
    "self_report": 0.4,
    "self_report_follower": 0.15,
    "public_test_follower": 0.3,
    "harness: Test 000 in Other": -0.2,
}


@pytest.fixture(scope="module", autouse=True)
def _own_cache(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GAPLAB_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


def biased_tables(shifts, seed=1):
    """Tables of a world in which every kind of bias is known, in logits; half the tests are public.

    Nobody is behind: abilities of both countries scatter around one line in time, as stage 1 assumes. Where they do
    not, biases of one country take up a little of the difference, and stage 2 takes that out with the prior.
    """
    rng = np.random.default_rng(seed)
    end = pd.Timestamp("2026-06-30")
    plain = smooth(seed, lag_months=0.0, models_per_country=40, benchmarks=14, scores_per_model=8)
    models, theta = plain.frames["models"], plain.ability
    tests = benchmarks_like(theta.to_numpy(), 14, rng).assign(public=np.arange(14) % 2 == 0)
    once = pd.concat([
        pd.DataFrame({"model": name, "test": rng.choice(14, 8, replace=False)}) for name in models["model"]
    ])  # fmt: skip
    own, other = once.sample(frac=0.3, random_state=seed), once[once["test"] == 0].sample(frac=0.7, random_state=seed)
    rows = pd.concat([once.assign(kind="usual"), own.assign(kind="own"), other.assign(kind="other")], ignore_index=True)
    follows = rows["model"].str.startswith("Follower").to_numpy()
    reported, public = (rows["kind"] == "own").to_numpy(), tests["public"].to_numpy()[rows["test"]]
    members = (reported, reported & follows, public & follows, (rows["kind"] == "other").to_numpy())
    shift = sum(size * member for size, member in zip(shifts.values(), members, strict=True))
    rows["score"] = draw_scores(theta[rows["model"]].to_numpy(), tests.iloc[rows["test"]], shift, rng)
    scores = rows.assign(benchmark=tests["benchmark"].to_numpy()[rows["test"]], developer=reported, first_seen=end)
    frames = world_tables(
        models[["model", "developer", "country", "release_date"]].assign(restricted=False),
        tests[["benchmark", "floor", "n_items"]],
        scores[["model", "benchmark", "score", "developer", "first_seen"]],
        theta, end, rng,
    )  # fmt: skip
    frames["benchmarks"]["access_class"] = np.where(tests["public"], "public", "private")
    frames["scores"].loc[rows["kind"] == "other", "source"] = "agency"
    frames["sources"] = pd.concat([frames["sources"], frames["sources"].iloc[:1].assign(source="agency")])
    frames["scores"]["harness"] = np.where(rows["kind"] == "other", "Other", "Usual")
    return dataclasses.replace(plain, frames=frames).tables


@pytest.mark.parametrize("present", [True, False], ids=["with every bias", "with none"])
def test_biases_are_found_where_they_are_and_not_where_they_are_not(present):
    """The 99% interval of each holds the truth; where there is a bias of developers at large it is seen."""
    true = {name: size * present for name, size in TRUE.items()}
    draws = fits.abilities(biased_tables(true), QUICK)
    bias = draws["bias"].stack(sample=("chain", "draw"))
    assert set(bias["effect"].to_numpy()) == set(TRUE)
    for name, size in true.items():
        low, high = bias.sel(effect=name).quantile([0.005, 0.995])
        assert low < size < high, name
    if present:
        assert bias.sel(effect="self_report").quantile(0.01) > 0
        assert bias.sel(effect="public_test_follower").quantile(0.05) > 0


def test_abilities_read_at_face_value_are_those_of_a_model_without_the_terms():
    """Where the terms have nothing to act on, switching them off changes no draw."""
    tables = biased_tables(dict.fromkeys(TRUE, 0.0))
    plain = tables.scores[(tables.scores["source_class"] != "developer") & (tables.scores["harness"] == "Usual")]
    bare = dataclasses.replace(tables, scores=plain, benchmarks=tables.benchmarks.assign(access_class="private"))
    switched = dataclasses.replace(QUICK, self_reports="face_value", harnesses="ignored", public_tests="ignored")
    full, simple = fits.abilities(bare, QUICK), fits.abilities(bare, switched)
    np.testing.assert_array_equal(full["theta"], simple["theta"])


def test_with_equal_discriminations_the_answer_is_that_of_a_one_parameter_model():
    """Against maximum likelihood of the plain one-parameter model on tests of many items: the same abilities."""
    from scipy.optimize import minimize
    from scipy.special import expit

    world = smooth(4, models_per_country=25, benchmarks=10, scores_per_model=8)
    scores = world.tables.scores
    model, test = scores["model"].factorize(sort=True), scores["benchmark"].factorize(sort=True)
    floor = world.tables.benchmarks.set_index("benchmark")["floor"][scores["benchmark"]].to_numpy()

    def misfit(x):
        p = floor + (1 - floor) * expit(x[: len(model[1])][model[0]] - x[len(model[1]) :][test[0]])
        y = scores["score"].to_numpy()
        return -(y * np.log(p) + (1 - y) * np.log1p(-p)).sum() * 20 + 0.01 * (x**2).sum()

    found = minimize(misfit, np.zeros(len(model[1]) + len(test[1])), method="L-BFGS-B").x[: len(model[1])]
    equal = dataclasses.replace(QUICK, discriminations="equal")
    draws = fits.abilities(world.tables, equal)["theta"]
    ours = draws.mean(("chain", "draw")).to_series()[list(model[1])]
    assert np.corrcoef(ours, found)[0, 1] > 0.985
    assert "log_a" not in fits.abilities(world.tables, equal)


def changed(world, **tables):
    return dataclasses.replace(world.tables, **tables)


@pytest.fixture(scope="module")
def world():
    return smooth(6, models_per_country=14, benchmarks=6, scores_per_model=4)


@pytest.mark.parametrize("score", [1.0, 0.0, 0.5], ids=["perfect", "none right", "identical"])
def test_scores_that_tell_nobody_apart_are_refused_in_words(world, score):
    tables = changed(world, scores=world.tables.scores.assign(score=score))
    with pytest.raises(GaplabError, match="not enough data"):
        fits.fit(tables, dataclasses.replace(QUICK, knot_months=6.0))


def test_one_benchmark_of_perfect_scores_does_not_spoil_the_rest(world):
    scores = world.tables.scores.copy()
    scores.loc[scores["benchmark"] == scores["benchmark"].iloc[0], "score"] = 1.0
    posterior = fits.fit(changed(world, scores=scores), dataclasses.replace(QUICK, knot_months=6.0))
    assert np.isfinite(posterior.ability).all()
    assert np.isfinite(posterior.frontier).all()


def test_a_model_with_one_score_is_known_less_than_one_with_many(world):
    scores = world.tables.scores
    first = scores["model"].iloc[0]
    mine = scores.index[scores["model"] == first]
    theta = fits.abilities(changed(world, scores=scores.drop(mine[1:])), QUICK)["theta"].sel(model=first)
    assert float(theta.std()) > 1.2 * float(fits.abilities(world.tables, QUICK)["theta"].sel(model=first).std())


def test_contradictory_links_widen_or_lie_between_and_never_fail(world):
    """Two links that cannot both hold pull to the middle."""
    order = world.ability.filter(like="Leader").sort_values().index
    names = {order[0]: "Claude 3.5 Sonnet", order[-1]: "GPT-5"}
    models, scores, access = (
        table.assign(model=table["model"].replace(names))
        for table in (world.tables.models, world.tables.scores, world.tables.access)
    )
    base = changed(world, models=models, scores=scores, access=access)
    link = world.tables.links.iloc[:1].assign(model=order[5], reference_model=order[6], sd=0.5)

    def apart(*differences):
        links = pd.concat([link.assign(difference=difference) for difference in differences])
        draws = fits.abilities(dataclasses.replace(base, links=links), QUICK)
        theta = draws["theta"]
        assert np.isfinite(theta).all()
        assert ("(-12 ± 0.5 and +12 ± 0.5 points)" in str(json.loads(draws.attrs["notes"]))) == (len(differences) == 2)
        return float((theta.sel(model=order[5]) - theta.sel(model=order[6])).mean())

    assert apart(-12.0) < apart(-12.0, 12.0) < apart(12.0)
