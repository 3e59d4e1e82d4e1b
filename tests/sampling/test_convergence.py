"""R-hat and effective sample size are those of ArviZ, whatever the draws."""

import arviz_stats as az
import numpy as np
import pytest
import xarray as xr

from gaplab.sampling.convergence import worst

RNG = np.random.default_rng(4)
WALK = RNG.normal(size=(4, 301, 3)).cumsum(axis=1)
APART = RNG.normal(size=(4, 301, 150)) + np.array([0.0, 0.0, 0.0, 0.4])[:, None, None]
ROUNDED = RNG.normal(size=(2, 80, 5)).round(1)
STILL = np.ones((2, 50, 2))


def _arviz(draws):
    tree = xr.DataTree.from_dict({"posterior": draws})
    r_hat, ess = (found.to_dataset() for found in (az.rhat(tree), az.ess(tree, method="bulk")))
    return max(float(r_hat[name].max()) for name in draws), min(float(ess[name].min()) for name in draws)


@pytest.mark.parametrize("values", [WALK, APART, ROUNDED, APART[:, :, 0]], ids=range(4))
def test_it_is_what_arviz_says(values):
    draws = xr.Dataset({
        "x": (("chain", "draw", "what")[: values.ndim], values),
        "y": (("draw", "chain"), RNG.normal(size=values.shape[1::-1])),
    })  # fmt: skip
    assert worst(draws) == pytest.approx(_arviz(draws), rel=1e-9, nan_ok=True)


@pytest.mark.parametrize("memory", [-0.9, 0.0, 0.9])
@pytest.mark.parametrize("n_draws", [8, 9, 10, 11, 51])
def test_few_draws_and_those_that_swing_back_are_judged_the_same(n_draws, memory):
    values = RNG.normal(size=(4, n_draws, 12))
    for t in range(1, n_draws):
        values[:, t] += memory * values[:, t - 1]
    for what in range(values.shape[2]):
        draws = xr.Dataset({"x": (("chain", "draw"), values[..., what])})
        assert worst(draws) == pytest.approx(_arviz(draws), rel=1e-9)


def test_the_worst_is_found_wherever_it_is():
    good = RNG.normal(size=(4, 300, 200))
    bad = good.copy()
    bad[..., 137] = RNG.normal(size=(4, 300)).cumsum(axis=1)
    dims = ("chain", "draw", "what")
    assert worst(xr.Dataset({"x": (dims, good)}))[0] < 1.05 < worst(xr.Dataset({"x": (dims, bad)}))[0]
    assert worst(xr.Dataset({"x": (dims, bad)})) == worst(xr.Dataset({"x": (dims, bad[..., 137:138])}))


def test_what_is_missing_does_not_count_and_what_never_moves_has_no_r_hat():
    moving, dims = RNG.normal(size=(2, 50, 1)), ("chain", "draw", "what")
    missing = moving.copy()
    missing[0, 0] = np.nan
    alone = worst(xr.Dataset({"x": (dims, moving)}))
    assert worst(xr.Dataset({"x": (dims, np.concatenate([moving, missing], axis=2))})) == alone
    assert worst(xr.Dataset({"x": (dims, np.concatenate([moving, STILL], axis=2))}))[0] == alone[0]
    assert np.isnan(worst(xr.Dataset({"x": (dims, missing)}))).all()
