"""The stretch of a reading: one without a past, and with a long one the size of its revisions."""

from __future__ import annotations

import numpy as np
import pytest

from gaplab.gap.revision import PRIOR_ORIGINS, origin_weights, revision_stretch, stretched


def test_nothing_is_corrected_without_a_past():
    assert revision_stretch(np.array([]), np.array([]), np.array([])) == 1.0


def test_a_long_past_gives_the_size_of_revisions_in_standard_deviations():
    rng = np.random.default_rng(1)
    spread = rng.uniform(1, 3, 4000)
    revision = 0.5 * spread * rng.normal(size=4000)
    assert revision_stretch(revision, spread, np.ones(4000)) == pytest.approx(0.5, abs=0.02)


def test_one_origin_moves_the_stretch_by_its_share():
    found = revision_stretch(np.array([3.0]), np.array([1.0]), np.array([1.0]))
    assert found == pytest.approx(np.sqrt((PRIOR_ORIGINS + 9) / (PRIOR_ORIGINS + 1)))


def test_neighbouring_days_count_as_one():
    days = np.array([-12.0, -9.0, -8.9, -8.0, -1.0])
    assert origin_weights(days) == pytest.approx([1, 1, 0.1 / 3, 0.3, 1])
    crowded = np.concatenate([np.arange(0, 12, 3.0), 12 + np.linspace(0, 0.5, 30)])
    assert origin_weights(crowded).sum() == pytest.approx(5 + 0.5 / 3)


def test_stretching_keeps_the_median_and_what_is_infinite():
    draws = np.array([1.0, 4.0, 9.0, np.inf])
    assert stretched(draws, 4.0, 0.5) == pytest.approx([2.5, 4.0, 6.5, np.inf])
