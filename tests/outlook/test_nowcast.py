"""The nowcast: predictions that only ever add models."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest
from support.nowcasts import HIDDEN, tables_of, without
from support.worlds import synthetic_posterior

from gaplab import gap
from gaplab.errors import GaplabError
from gaplab.gap import summary
from gaplab.outlook.nowcast import draw_alikeness, predict, shortfalls
from gaplab.outlook.unscored import (
    unscored_subject,
)


@pytest.fixture(scope="module")
def world():
    whole = synthetic_posterior(draws=200)
    known = without(whole, HIDDEN)
    return whole, known, predict(tables_of(whole, known.models.index), known)


def test_the_unscored_are_those_that_are_out_without_a_reading(world):
    _, known, expected = world
    assert list(expected.models.index) == HIDDEN
    assert (expected.models["days_unscored"] == [41.0, 37.0]).all()
    assert expected.models["p_scored"].between(0.05, 0.95).all()
    assert list(expected.models["relatives"]) == [2, 3]
    assert expected.ability.sizes == known.ability.isel(model=slice(2)).sizes
    assert np.isfinite(expected.ability).all()


def test_predictions_lie_below_the_frontier(world):
    _, known, expected = world
    for name, model in expected.models.iterrows():
        attainable = gap.frontier_at(known.frontier.sel(country="China", drop=True), model["date"])
        assert (expected.ability.sel(model=name) <= attainable).all()


def test_shortfalls_are_distances_below_the_frontier_of_the_day(world):
    whole, _, _ = world
    below = shortfalls(whole)
    for name in whole.models.index[[0, 5, -1]]:
        country, date = whole.models.loc[name, ["country", "date"]]
        frontier = whole.frontier.sel(country=country).interp(date=date)
        expected = np.maximum(frontier - whole.ability.sel(model=name), 0.0)
        assert below.sel(model=name).to_numpy() == pytest.approx(expected.to_numpy())


def test_a_family_close_to_the_frontier_lifts_its_next_model(world):
    whole, known, _ = world
    family = known.models.index.str.startswith("Kimi")
    shift = np.where(family, 0.0, 1.5)
    far = dataclasses.replace(known, ability=known.ability - shift)
    # Mean shortfalls that belong to such a country.
    far = dataclasses.replace(far, shortfall=far.shortfall + 1.0)
    expected = predict(tables_of(whole, known.models.index), far)
    kimi, deepseek = (expected.ability.sel(model=name).median() for name in HIDDEN)
    assert kimi > deepseek + 0.2


def test_families_that_do_not_differ_are_found_alike():
    rng = np.random.default_rng(7)
    family = pd.Series(np.repeat([f"family {n}" for n in range(40)], 10))
    nu = np.full((1, 400, 400), 0.5)
    alike = rng.exponential(0.5, (1, 400, 400))
    apart = alike * np.repeat(rng.gamma(1.5, 1.0, 40), 10)
    same, different = (draw_alikeness(below, nu, family, np.random.default_rng(1)) for below in (alike, apart))
    assert np.median(same) > 10 * np.median(different)


def test_the_same_run_gives_the_same_nowcast(world):
    whole, known, expected = world
    again = predict(tables_of(whole, known.models.index), known)
    assert expected.ability.equals(again.ability)
    assert expected.counted.equals(again.counted)


def test_without_a_full_vintage_there_is_no_nowcast(world):
    whole, known, _ = world
    few = tables_of(whole, known.models.index)
    few.scores = few.scores[few.scores["benchmark"] == "test 0"]
    with pytest.raises(GaplabError, match="no vintage of the ruler"):
        predict(few, known)


def test_the_nowcast_comes_nearer_to_what_scores_say_later():
    errors = {"without": [], "with": []}
    for seed in range(6):
        whole = synthetic_posterior(seed, draws=100)
        china = whole.models[whole.models["country"] == "China"]
        hidden = china.index[china["date"] > pd.Timestamp("2026-01-01")]
        known = without(whole, hidden)
        expected = predict(tables_of(whole, known.models.index), known)
        expected = dataclasses.replace(expected, counted=expected.counted | True)
        lag = {}
        for name, run, subject in (
            ("later", whole, gap.country_subject(whole)),
            ("without", known, gap.country_subject(known)),
            ("with", known, unscored_subject(known, expected)),
        ):
            lag[name] = float(summary.median(gap.readings(run, subject)["released_lag", "months"]))
        for name in errors:
            errors[name].append(lag[name] - lag["later"])
    assert np.mean(errors["without"]) > 1
    assert abs(np.mean(errors["with"])) < 0.5 * np.mean(errors["without"])
