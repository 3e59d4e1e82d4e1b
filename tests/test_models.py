"""The compiled densities are the PyMC models, and what is exact is exact."""

import numpy as np
import pandas as pd
import pytest
import scipy.stats as st
from scipy.special import digamma, gammaln

from gaplab.models import ability, frontier, special
from gaplab.models.density import zero_sum
from gaplab.rulers import Readings
from gaplab.validation.simulate import smooth


def _observations(seed=3):
    tables = smooth(seed, models_per_country=12, benchmarks=6, scores_per_model=4).tables
    scores = tables.scores.copy()
    scores.loc[[0, 1], "score"] = 0.0
    scores.loc[[2], "score"] = 1.0
    scores.loc[[3, 4], "adjusted"] = "chance"
    scores.loc[3, "score"] = 0.0
    dates = tables.models.set_index("model")["release_date"]
    return ability.observations(scores, tables.benchmarks.set_index("benchmark"), dates)


def _ability_point(x, data):
    n, k = len(data.models), len(data.benchmarks)
    ends = np.cumsum([n, 1, 1, 1, k - 1, k, 1, 1, k])
    names = ["theta", "growth", "sigma_log__", "tau_a_log__", "log_a_zerosum__", "intercept"]
    names += ["omega_mean", "omega_spread_log__", "omega_offset"]
    parts = dict(zip(names, np.split(x, ends[:-1]), strict=True))
    return {name: part[0] if part.size == 1 else part for name, part in parts.items()}


def _frontier_inputs(seed=5, factors=2):
    rng = np.random.default_rng(seed)
    country = np.repeat([0, 1], 8)
    dates = pd.Series(pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 700, 16), unit="D"))
    knots = frontier.knots(dates.min(), pd.Timestamp("2026-01-01").date(), 3.0)
    readings = Readings(
        pd.Index(range(16)), rng.normal(0, 1, 16), rng.uniform(0.05, 0.4, 16), rng.normal(0, 0.2, (16, factors))
    )
    return readings, country, frontier.interpolation(knots, dates), frontier.steps(knots)


def _frontier_point(x, k):
    ends = [1, 2, 3, 3 + 2 * k, 5 + 2 * k, 7 + 2 * k]
    names = ["log_pace", "pace_contrast", "tau_log__", "log_rate", "level", "nu_log__", "factor"]
    parts = dict(zip(names, np.split(x, ends), strict=True))
    parts = {name: part[0] if name in names[:3] else part for name, part in parts.items()}
    return parts | {"log_rate": parts["log_rate"].reshape(2, k)}


@pytest.mark.parametrize("stage", ["ability", "frontier"])
def test_compiled_density_equals_the_pymc_model(stage):
    if stage == "ability":
        data = _observations()
        density, model = ability.density(data), ability.build(data)
        assert data.at_most.sum() == 3
        assert data.at_least.sum() == 1
        point = lambda x: _ability_point(x, data)  # noqa: E731
    else:
        inputs = _frontier_inputs()
        density, model = frontier.density(*inputs), frontier.build(*inputs)
        point = lambda x: _frontier_point(x, len(inputs[3]))  # noqa: E731
    rng = np.random.default_rng(7)
    a, b = (density.start + rng.normal(0, 0.3, density.start.size) for _ in range(2))
    defined = model.compile_logp()
    assert defined(point(a)) - defined(point(b)) == pytest.approx(density(a)[0] - density(b)[0], abs=1e-5)
    _value, gradient = density(a)
    for j in range(a.size):
        step = 1e-6 * np.eye(a.size)[j]
        slope = (density(a + step)[0] - density(a - step)[0]) / 2e-6
        assert gradient[j] == pytest.approx(slope, rel=1e-4, abs=1e-4), j


def test_unpacked_draws_are_the_models_variables():
    inputs = _frontier_inputs()
    density, model = frontier.density(*inputs), frontier.build(*inputs)
    x = density.start + np.random.default_rng(1).normal(0, 0.3, density.start.size)
    with model:
        value = model.replace_rvs_by_values([model["frontier"]])[0]
    used = {name: part for name, part in _frontier_point(x, len(inputs[3])).items() if name in ("log_rate", "level")}
    expected = value.eval({model.rvs_to_values[model[name]]: part for name, part in used.items()})
    assert density.unpack(x[None, None])["frontier"][0, 0] == pytest.approx(expected)


def test_zero_sum_keeps_distances_and_sums_to_zero():
    free = np.random.default_rng(0).normal(size=(5, 9))
    full = zero_sum(free)
    assert full.sum(axis=-1) == pytest.approx(0, abs=1e-12)
    assert np.linalg.norm(full, axis=-1) == pytest.approx(np.linalg.norm(free, axis=-1))


def test_special_functions_match_scipy():
    for x in np.exp(np.linspace(-8, 6, 60)):
        value, slope = special.log_gamma(x)
        assert value == pytest.approx(gammaln(x), abs=1e-9)
        assert slope == pytest.approx(digamma(x), rel=1e-9, abs=1e-9)
    for u in np.linspace(-36, 8, 60):
        value, hazard = special.log_normal_cdf(u)
        assert value == pytest.approx(st.norm.logcdf(u), abs=1e-7)
        assert hazard == pytest.approx(np.exp(st.norm.logpdf(u) - st.norm.logcdf(u)), rel=1e-6, abs=1e-12)
    for alpha, beta, upper in [(0.02, 3.0, 0.01), (5.0, 40.0, 0.25), (20.0, 60.0, 0.2525), (0.5, 200.0, 0.002)]:
        assert special.log_beta_cdf(alpha, beta, upper)[0] == pytest.approx(
            st.beta.logcdf(upper, alpha, beta), abs=1e-8
        )


def test_shortfalls_are_drawn_from_their_exact_conditional():
    """Against a fine grid of the density exp(-s/nu) Normal(reading; F - s, sd)."""
    readings = Readings(pd.Index(["a"]), np.array([0.3]), np.array([0.4]), np.zeros((1, 0)))
    draws = {
        "frontier": np.zeros((1, 40_000, 2, 2)),
        "nu": np.full((1, 40_000, 2), 0.7),
        "factor": np.zeros((1, 40_000, 0)),
    }
    theta = frontier.draw_abilities(draws, readings, np.array([0]), np.array([[0.5, 0.5]]), np.random.default_rng(2))
    s = np.linspace(0, 6, 60_001)
    weight = np.exp(-s / 0.7) * st.norm.pdf(0.3, -s, 0.4)
    mean = (s * weight).sum() / weight.sum()
    assert -theta.mean() == pytest.approx(mean, abs=4 * theta.std() / 200)
    assert theta.max() <= 0


def test_rescaled_scores_return_to_the_raw_scale_and_bounds_are_bounds():
    scores = pd.DataFrame(
        {
            "model": ["a", "b", "c", "d"], "benchmark": "quiz", "source": "s", "effort": "",
            "score": [0.2, 0.0, 1.0, 0.5], "standard_error": np.nan, "n_items": np.nan,
            "adjusted": ["chance", "chance", "none", "none"], "censored": "none",
        }
    )  # fmt: skip
    benchmarks = pd.DataFrame(
        {"floor": [0.25], "ceiling": [1.0], "n_items": [100.0], "link": ["logit"], "superseded_by": [None]},
        index=pd.Index(["quiz"], name="benchmark"),
    )
    dates = pd.Series(pd.date_range("2025-01-01", periods=4), index=list("abcd"))
    data = ability.observations(scores, benchmarks, dates)
    assert data.score == pytest.approx([0.4, 0.255, 0.995, 0.5])
    assert data.at_most.tolist() == [False, True, False, False]
    assert data.at_least.tolist() == [False, False, True, False]


def test_a_test_does_not_count_beside_its_successor():
    scores = pd.DataFrame(
        {
            "model": ["a", "a", "b"], "benchmark": ["v1", "v2", "v1"], "source": "s", "effort": "", "score": 0.5,
            "standard_error": np.nan, "n_items": np.nan, "adjusted": "none", "censored": "none",
        }
    )  # fmt: skip
    benchmarks = pd.DataFrame(
        {"floor": 0.0, "ceiling": 1.0, "n_items": 50.0, "link": "logit", "superseded_by": ["v2", None]},
        index=pd.Index(["v1", "v2"], name="benchmark"),
    )
    data = ability.observations(scores, benchmarks, pd.Series(pd.Timestamp("2025-01-01"), index=["a", "b"]))
    pairs = {(data.models[i], data.benchmarks[b]) for i, b in zip(data.model, data.benchmark, strict=True)}
    assert pairs == {("a", "v2"), ("b", "v1")}
    assert "v1" in data.notes[0]
