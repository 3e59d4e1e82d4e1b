"""The compiled densities are the PyMC models, and what is exact is exact."""

import dataclasses
import os
import subprocess
import sys

import numpy as np
import pandas as pd
import pytensor.tensor as pt
import pytest
import scipy.stats as st
from numba import cfunc, types
from pymc.distributions.transforms import ZeroSumTransform
from scipy.special import digamma, gammaln

from gaplab.errors import GaplabError
from gaplab.models.ability import kernel as ability_kernel
from gaplab.models.ability.coordinates import sizes_of, zero_sum
from gaplab.models.ability.definition import BLOCKS as BLOCKS_of_definition
from gaplab.models.ability.definition import ability_model
from gaplab.models.ability.density import ability_density
from gaplab.models.frontier import kernel as frontier_kernel
from gaplab.models.frontier.definition import BLOCKS, frontier_model
from gaplab.models.frontier.density import frontier_density
from gaplab.models.frontier.draws import draw_abilities
from gaplab.models.frontier.knots import interpolation, knots, steps
from gaplab.models.observations.observations import observations
from gaplab.models.readings import GaussianAbilities
from gaplab.params.spec import Params
from gaplab.sampling import special
from gaplab.sampling.native import NativeArgs, read
from gaplab.validation.worlds.simulate import smooth

RUN = Params(leader="Leader", follower="Follower")


def _world(seed=3):
    """A small world with bounds, two harnesses, self-reports, horizons and a link."""
    tables = smooth(seed, models_per_country=12, benchmarks=6, scores_per_model=4).tables
    models, scores, benchmarks = tables.models.copy(), tables.scores.copy(), tables.benchmarks.copy()
    renamed = {"Leader 000": "Claude 3.5 Sonnet", "Leader 001": "GPT-5"}
    models["model"], scores["model"] = models["model"].replace(renamed), scores["model"].replace(renamed)
    benchmarks["access_class"] = ["public", "private"] * 3
    benchmarks["domain"] = ["cyber", "cyber", "agentic", "cyber", "agentic", "science"]
    scores.loc[[0, 1], "score"] = 0.0
    scores.loc[2, "score"] = 1.0
    scores.loc[[3, 4], "adjusted"] = "chance"
    scores.loc[3, "score"] = 0.0
    again = scores.iloc[5:12].assign(source="agency", harness="Other", source_class="government")
    own = scores.iloc[[20, 60, 70]].assign(source="paper", source_class="developer")
    own["evaluator"] = own["model"].map(models.set_index("model")["developer"])
    minutes = pd.DataFrame(
        {"benchmark": ["Horizon"], "domain": "agentic", "access_class": "private", "link": "log2_minutes"}
    )
    long = scores.iloc[[5, 30, 50, 80]].assign(benchmark="Horizon", score=[16.0, 60.0, 9.0, 960.0], standard_error=0.3)
    long["censored"] = ["none", "none", "none", "lower"]
    links = pd.DataFrame({"model": ["Leader 002"], "reference_model": ["Leader 003"], "difference": [8.0], "sd": [2.0]})
    access = tables.access.assign(model=tables.access["model"].replace(renamed))
    return dataclasses.replace(
        tables,
        models=models,
        access=access,
        scores=pd.concat([scores, again, own, long], ignore_index=True),
        benchmarks=pd.concat([benchmarks, minutes], ignore_index=True),
        links=links,
    )


POSITIVE = ("sigma", "tau_a", "omega_spread", "domain_sd", "horizon_slope", "horizon_sd")
SUMS_TO_ZERO = ("log_a", "domain_follower")
SCALARS = ("sigma", "tau_a", "omega_mean", "omega_spread")


def _ability_point(x, data):
    """The coordinates of the density under the names that PyMC gives them."""
    sizes = sizes_of(data)
    parts = dict(zip(sizes._fields, np.split(x, np.cumsum(sizes)[:-1]), strict=True))
    unpacked = ability_density(data).unpack(x[None, None].copy())
    for name in SUMS_TO_ZERO:
        if name in unpacked and parts[name].size:
            parts[name] = _pymc_zero_sum(unpacked[name][0, 0])
    names = dict.fromkeys(POSITIVE, "_log__") | dict.fromkeys(SUMS_TO_ZERO, "_zerosum__")
    names["omega_offset"] = "_bend__"
    return {
        name + names.get(name, ""): part[0] if name in SCALARS else part
        for name, part in parts.items()
        if part.size or name in ("effect_raw", "prior")
    }


def _pymc_zero_sum(full):
    """The free coordinates that PyMC's transform gives a vector that sums to zero."""
    return ZeroSumTransform([0]).forward(pt.as_tensor(full)).eval()


def _frontier_inputs(seed=5, factors=2):
    rng = np.random.default_rng(seed)
    country = np.repeat([0, 1], 8)
    dates = pd.Series(pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 700, 16), unit="D"))
    dates_of_knots = knots(dates.min(), pd.Timestamp("2026-01-01").date(), 3.0)
    readings = GaussianAbilities(
        pd.Index(range(16)), rng.normal(0, 1, 16), rng.uniform(0.05, 0.4, 16), rng.normal(0, 0.2, (16, factors))
    )
    return readings, country, interpolation(dates_of_knots, dates), steps(dates_of_knots)


def _frontier_point(x, k):
    ends = [1, 2, 3, 3 + 2 * k, 5 + 2 * k, 7 + 2 * k]
    names = ["log_median_pace", "pace_contrast", "tau_log__", "rise_stretch__", "level", "nu_log__", "factor"]
    parts = dict(zip(names, np.split(x, ends), strict=True))
    parts = {name: part[0] if name in names[:3] else part for name, part in parts.items()}
    return parts | {"rise_stretch__": parts["rise_stretch__"].reshape(2, k)}


def _stage(name):
    """The compiled density, the definition, the names of the coordinates in PyMC, and both lists of blocks."""
    if name == "frontier":
        inputs = _frontier_inputs()
        point = lambda x: _frontier_point(x, len(inputs[3]))  # noqa: E731
        return frontier_density(*inputs), frontier_model(*inputs), point, BLOCKS, frontier_kernel
    simpler = {"domains": "ignored", "discriminations": "equal", "floors": "ignored", "ability_prior": "country"}
    data = observations(_world(), dataclasses.replace(RUN, **simpler) if name == "simpler ability" else RUN)
    density, model = ability_density(data), ability_model(data)
    if name == "simpler ability":
        assert set(data.prior.names) == {"growth", "follower"}
        assert not {"log_a", "domain_sd", "tau_a"} & {variable.name for variable in model.free_RVs}
    else:
        assert data.domains.names.tolist() == ["agentic", "cyber", "other"]
        assert set(data.effects.names) >= {"self_report", "public_test_follower"}
        assert any(name.startswith("harness") for name in data.effects.names)
        assert all(part.any() for part in (data.at_most, data.at_least, data.horizons.at_least, data.links.points))
    return density, model, lambda x: _ability_point(x, data), BLOCKS_of_definition, ability_kernel


@pytest.mark.parametrize("stage", ["ability", "simpler ability", "frontier"])
def test_each_block_of_the_kernel_is_that_of_the_definition(stage):
    """Up to a constant, which cancels between two points; the gradient is that of the value."""
    density, model, point, blocks, kernel = _stage(stage)
    terms = {
        name: model.logp([model[variable] for variable in variables if variable in model.named_vars], sum=True)
        for name, variables in blocks.items()
        if set(variables) & set(model.named_vars)
    }
    defined = model.compile_fn(list(terms.values()), inputs=model.value_vars, on_unused_input="ignore")
    rng = np.random.default_rng(7)
    places = [density.start + rng.normal(0, 0.3, density.start.size) for _ in range(2)]
    expected = np.subtract(*(defined(point(x)) for x in places))
    compiled = [kernel.terms(x, np.empty(x.size), density.data.values) for x in places]
    found = {name: getattr(compiled[0], name) - getattr(compiled[1], name) for name in compiled[0]._fields}
    assert tuple(found) == tuple(blocks), "one order of the blocks"
    for name, difference in zip(terms, expected, strict=True):
        assert found.pop(name) == pytest.approx(difference, abs=1e-6), name
    assert not any(found.values()), "a block that the definition lacks"
    assert {name for names in blocks.values() for name in names} >= {v.name for v in model.basic_RVs + model.potentials}

    value, gradient = density(places[0])
    assert value == pytest.approx(sum(compiled[0]))
    for j in range(gradient.size):
        step = 1e-5 * np.eye(gradient.size)[j]
        slope = (density(places[0] + step)[0] - density(places[0] - step)[0]) / 2e-5
        assert gradient[j] == pytest.approx(slope, rel=1e-7, abs=1e-5), density.names[j]


@pytest.mark.parametrize("variable", ["domain_ability", "omega", "difficulty", "bias"])
def test_unpacked_abilities_are_the_models_variables(variable):
    data = observations(_world(), RUN)
    density, model = ability_density(data), ability_model(data)
    x = density.start + np.random.default_rng(1).normal(0, 0.3, density.start.size)
    with model:
        value = model.replace_rvs_by_values([model[variable]])[0]
        expected = model.compile_fn(value, inputs=model.value_vars, on_unused_input="ignore")(_ability_point(x, data))
    assert density.unpack(x[None, None].copy())[variable][0, 0] == pytest.approx(expected)


def test_unpacked_frontiers_are_the_models_variables():
    inputs = _frontier_inputs()
    density, model = frontier_density(*inputs), frontier_model(*inputs)
    x = density.start + np.random.default_rng(1).normal(0, 0.3, density.start.size)
    with model:
        value = model.replace_rvs_by_values([model["frontier"]])[0]
    used = {model.rvs_to_values[model[name.removesuffix("_log__").removesuffix("_stretch__")]]: part
            for name, part in _frontier_point(x, len(inputs[3])).items()
            if name in ("log_median_pace", "pace_contrast", "tau_log__", "rise_stretch__", "level")}  # fmt: skip
    expected = value.eval(used)
    assert density.unpack(x[None, None].copy())["frontier"][0, 0] == pytest.approx(expected)


@pytest.mark.parametrize("left_out", [0, 4, 9])
def test_zero_sum_sums_to_zero_and_keeps_the_free_values(left_out):
    free = np.random.default_rng(0).normal(size=(5, 9))
    full = zero_sum(free, left_out)
    assert full.sum(axis=-1) == pytest.approx(0, abs=1e-12)
    assert (np.delete(full, left_out, axis=-1) == free).all()


def test_data_at_an_address_are_read_as_they_are_now():
    values = np.arange(3.0)
    held = NativeArgs(((values, np.array([[True]])), 2))
    other = NativeArgs(((np.arange(30.0)[::2], np.ones((2, 5), bool)), 3))

    @cfunc(types.float64(types.CPointer(held.kind)))
    def total(place):
        (numbers, flags), factor = read(place)
        return numbers.sum() * factor + flags.sum()

    assert total.ctypes(held.address) == 7
    values[0] = 10.0
    assert total.ctypes(held.address) == 27
    assert other.kind == held.kind
    assert total.ctypes(other.address) == np.arange(30)[::2].sum() * 3 + 10


def test_special_functions_match_scipy():
    for x in np.exp(np.linspace(-8, 6, 60)):
        value, slope = special.log_gamma(x)
        assert value == pytest.approx(gammaln(x), abs=1e-9)
        assert slope == pytest.approx(digamma(x), rel=1e-9, abs=1e-9)
        both, slope_x, slope_y = special.log_gammas(x, 1000 / x)
        assert both == pytest.approx(gammaln(x) + gammaln(1000 / x), rel=1e-12, abs=1e-9)
        assert [slope_x, slope_y] == pytest.approx(digamma([x, 1000 / x]), rel=1e-9, abs=1e-9)
        assert special.log(x) == pytest.approx(np.log(x), rel=1e-15, abs=1e-16)
    for x in np.linspace(-690, 690, 60):
        assert special.exp(x) == pytest.approx(np.exp(x), rel=1e-15)
    for u in np.linspace(-36, 8, 60):
        value, hazard = special.log_normal_cdf(u)
        assert value == pytest.approx(st.norm.logcdf(u), rel=1e-10, abs=1e-15)
        assert hazard == pytest.approx(np.exp(st.norm.logpdf(u) - st.norm.logcdf(u)), rel=1e-10)
    for alpha, beta, upper in [(0.02, 3.0, 0.01), (5.0, 40.0, 0.25), (20.0, 60.0, 0.2525), (0.5, 200.0, 0.002)]:
        assert special.log_beta_cdf(alpha, beta, upper)[0] == pytest.approx(
            st.beta.logcdf(upper, alpha, beta), abs=1e-8
        )


def test_shortfalls_are_drawn_from_their_exact_conditional():
    """Against a fine grid of the density exp(-s/nu) Normal(reading; F - s, sd)."""
    readings = GaussianAbilities(pd.Index(["a"]), np.array([0.3]), np.array([0.4]), np.zeros((1, 0)))
    draws = {
        "frontier": np.zeros((1, 40_000, 2, 2)),
        "nu": np.full((1, 40_000, 2), 0.7),
        "factor": np.zeros((1, 40_000, 0)),
    }
    theta = draw_abilities(draws, readings, np.array([0]), np.array([[0.5, 0.5]]), np.random.default_rng(2))
    s = np.linspace(0, 6, 60_001)
    weight = np.exp(-s / 0.7) * st.norm.pdf(0.3, -s, 0.4)
    mean = (s * weight).sum() / weight.sum()
    assert -theta.mean() == pytest.approx(mean, abs=4 * theta.std() / 200)
    assert theta.max() <= 0


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
    assert data.notes[0] == "Tests that a single model took compare nobody: v2."


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
    tables = _world()
    first = tables.scores.drop_duplicates(["model", "benchmark"])
    data = observations(dataclasses.replace(tables, scores=first), RUN)
    assert data.effects.names.tolist() == ["public_test_follower"]
    own = tables.scores["source_class"] == "developer"
    alone = tables.scores[own | ~tables.scores["model"].isin(tables.scores.loc[own, "model"])]
    notes = observations(dataclasses.replace(tables, scores=alone), RUN).notes
    assert any("face value" in line for line in notes)


def test_switches_leave_terms_and_rows_out():
    def run(**switches):
        return observations(_world(), dataclasses.replace(RUN, **switches))

    assert not any(name.startswith("harness") for name in run(harnesses="ignored").effects.names)
    assert "self_report" not in run(self_reports="face_value").effects.names
    assert "public_test_follower" not in run(public_tests="ignored").effects.names
    assert len(run(domains="ignored").domains.names) == 0
    assert len(run(ability_prior="exchangeable").prior.names) == 0
    assert (run(floors="ignored").floor == 0).all()
    assert run(discriminations="equal").equal_slopes
    assert run(horizons="ignored").horizons.model.size == 0
    assert run(links="ignored").links.points.size == 0
    assert set(run(benchmarks="public").benchmarks) < set(run().benchmarks)
    official = _world().scores.query("source_class == 'government'")
    takers = official.groupby("benchmark")["model"].transform("nunique")
    assert len(run(sources="government").score) == (takers > 1).sum() > 0
    with pytest.raises(GaplabError, match="not enough data"):
        run(sources="leaderboard")


_DENSITIES = """
import sys
import numpy as np
from tests.test_models import RUN, _frontier_inputs, _world
from gaplab.models.ability.density import ability_density
from gaplab.models.frontier.density import frontier_density
from gaplab.models.observations.observations import observations
densities = {
    "frontier": lambda: frontier_density(*_frontier_inputs()),
    "ability": lambda: ability_density(observations(_world(), RUN)),
}
for name in sys.argv[1:]:
    density = densities[name]()
    for seed in range(20):
        value, gradient = density(density.start + 0.3 * np.random.default_rng(seed).normal(size=density.start.size))
        print(value.hex(), gradient.tobytes().hex())
"""


@pytest.mark.machine
def test_what_is_compiled_first_and_by_which_process_does_not_matter(tmp_path, repository):
    """To the last bit: draws of a first run are those of any other."""

    def computed(folder, *names):
        return sorted(subprocess.run(
            [sys.executable, "-c", _DENSITIES, *names], cwd=repository,
            env=os.environ | {"NUMBA_CACHE_DIR": str(tmp_path / folder)}, stdout=subprocess.PIPE, text=True, check=True,
        ).stdout.splitlines())  # fmt: skip

    first = computed("one", "frontier", "ability")
    assert len(first) == 40
    assert computed("one", "frontier", "ability") == first, "read, not compiled"
    assert computed("two", "ability", "frontier") == first
