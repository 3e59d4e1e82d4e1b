"""Importance weights: quantiles that agree with those of plain draws, and k-hat that tells when not to trust them."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from gaplab.errors import GaplabError
from gaplab.gap import summary
from gaplab.questions import weights


def draws_of(values):
    return xr.DataArray(np.asarray(values, float).reshape(4, -1), dims=("chain", "draw"))


NORMAL = draws_of(np.random.default_rng(7).normal(size=4000))


def test_equal_weights_give_the_quantiles_of_the_draws():
    even = weights.even_weights(NORMAL)
    assert even.usable
    assert even.effective == pytest.approx(4000)
    low, high = summary.interval(NORMAL, 0.8).to_numpy()
    assert list(weights.weighted_quantiles(NORMAL, even, [0.1, 0.5, 0.9])) == [low, float(summary.median(NORMAL)), high]


@pytest.mark.parametrize("shift", [-0.8, 0.3, 1.0])
def test_a_tilted_normal_has_the_mean_it_should(shift):
    found = weights.smoothed_weights(NORMAL * shift)  # exp(shift x) turns Normal(0, 1) into Normal(shift, 1)
    assert found.usable
    assert float((NORMAL * found.weight).sum()) == pytest.approx(shift, abs=4 / np.sqrt(found.effective))
    assert weights.weighted_quantiles(NORMAL, found, [0.5])[0] == pytest.approx(shift, abs=0.1)


def test_a_target_outside_the_draws_is_reported_as_such():
    assert not weights.smoothed_weights(-0.5 * ((NORMAL - 9) / 0.2) ** 2).usable
    only_one = xr.where(NORMAL.max() == NORMAL, 0.0, -np.inf)
    assert not weights.smoothed_weights(only_one).usable
    nothing = weights.smoothed_weights(xr.full_like(NORMAL, -np.inf))
    assert not nothing.usable
    assert float(nothing.weight.sum()) == pytest.approx(1)


def test_what_is_no_number_is_refused():
    with pytest.raises(GaplabError, match="no numbers"):
        weights.smoothed_weights(NORMAL.where(NORMAL < 1))


def test_infinite_draws_keep_their_weight_and_are_no_quantile():
    values = NORMAL.where(NORMAL > -1, -np.inf)
    low, middle = weights.weighted_quantiles(values, weights.even_weights(values), [0.05, 0.5])
    assert np.isnan(low)
    assert middle == float(summary.median(values))


# Rounded, since two that differ by less than the last digit beside 300 are equal there, and their order is lost.
@given(st.lists(st.floats(-5, 5).map(lambda value: round(value, 6)), min_size=80, max_size=80))
def test_weights_sum_to_one_and_do_not_depend_on_a_constant(logs):
    raw = draws_of(logs)
    found, moved = weights.smoothed_weights(raw), weights.smoothed_weights(raw + 300.0)
    assert float(found.weight.sum()) == pytest.approx(1)
    assert np.allclose(found.weight, moved.weight)
    assert found.usable == moved.usable or abs(found.k_hat - found.limit) < 1e-6
