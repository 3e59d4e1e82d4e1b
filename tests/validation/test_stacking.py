"""Weights of the shapes."""

from __future__ import annotations

import numpy as np
import pytest

from gaplab.validation import scoring, stacking

RNG = np.random.default_rng(3)


def test_weights_go_to_the_shape_that_was_right_as_fast_as_the_evidence_allows():
    good = np.log(np.tile([[0.6, 0.1, 0.1, 0.1]], (50, 1)))
    assert stacking.weights(good[:0], np.ones(0)) == pytest.approx([0.25] * 4)
    few, many = (stacking.weights(good[:n], np.ones(n)) for n in (2, 50))
    assert 0.25 < few[0] < many[0] < 1
    assert many.sum() == pytest.approx(1)
    overlapping = stacking.weights(good, np.full(50, 2 / 50))
    assert overlapping == pytest.approx(few)
    shifted = stacking.weights(good + RNG.normal(size=(50, 1)), np.ones(50))
    assert shifted == pytest.approx(many), "what all shapes found hard says nothing about one"


def test_weights_are_the_maximum_of_their_objective():
    logs, importance = RNG.normal(size=(30, 3)), np.full(30, 0.5)
    found = stacking.weights(logs, importance)

    def objective(share):
        return (importance * np.log(np.exp(logs) @ share)).sum() + stacking.PRIOR_COUNT * np.log(share).sum()

    for _ in range(200):
        other = np.clip(found + RNG.normal(0, 0.02, 3), 1e-6, None)
        assert objective(other / other.sum()) <= objective(found) + 1e-9


def test_weights_by_crps_start_equal_and_minimise_the_crps_of_the_mixture():
    outcomes = RNG.normal(8, 1, 40)
    draws = [np.stack([RNG.normal(centre, 1, 100) for centre in (8.0, 10.0, 6.5)]) for _ in outcomes]
    found = stacking.crps_weights(draws, outcomes, np.ones(40))
    assert found.sum() == pytest.approx(1)
    assert found[0] > 0.6
    few = stacking.crps_weights(draws[:1], outcomes[:1], np.full(1, 1e-3))
    assert few == pytest.approx([1 / 3] * 3, abs=0.02)

    def score(shares):
        mixed = np.array([stacking.mixed(values, shares) for values in draws])
        return scoring.crps(mixed, outcomes).mean()

    for other in np.eye(3):
        assert score(found) <= score(0.8 * found + 0.2 * other) + 0.01


def test_mixtures_hold_each_part_in_its_share():
    parts = np.stack([np.zeros(200), np.ones(200), np.full(200, 2.0)])
    assert np.bincount(stacking.mixed(parts, np.array([0.5, 0.2, 0.3])).astype(int)).tolist() == [100, 40, 60]
    assert stacking.mixed(parts, np.array([0.0, 1.0, 0.0])).tolist() == [1.0] * 200
