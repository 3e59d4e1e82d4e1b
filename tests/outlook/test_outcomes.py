"""Probabilities and dates agree with the fan they are read from."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from support.forecasts import FLAT, ahead, world

from gaplab import gap
from gaplab.gap import summary
from gaplab.outlook.forecast import LAGS
from gaplab.outlook.outcomes import THRESHOLDS, forecast_catch_up, lag_change, p_ahead_by, p_exceeds
from gaplab.results.forecast import forecast_table
from gaplab.results.hub import hub_table


def test_probabilities_fall_with_the_threshold_and_agree_with_the_draws():
    draws = ahead().draws
    exceeds = p_exceeds(draws)
    assert exceeds.dims == ("definition", "horizon", "threshold")
    assert (exceeds.diff("threshold") <= 0).all()
    for definition in LAGS:
        lag = draws[definition].sel(horizon=12).to_numpy()
        assert float(exceeds.sel(definition=definition, horizon=12, threshold=9)) == (lag > 9).mean()


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_probabilities_agree_with_the_fan(seed):
    result = ahead(seed)
    table = forecast_table(result)
    for _, row in table.iterrows():
        for limit in THRESHOLDS:
            over = row[f"p_over_{limit}"]
            for bound, tail in (("lower_80", 0.9), ("median", 0.5), ("upper_80", 0.1), ("upper_95", 0.025)):
                if row[bound] > limit:
                    assert over >= tail - 1e-4
                else:
                    assert over <= tail + 1e-4
    hub = hub_table(result)
    quantiles = hub[hub["output_type"] == "quantile"]
    for _, rows in quantiles.groupby(["target", "horizon"]):
        assert rows["value"].is_monotonic_increasing
        assert rows["output_type_id"].is_monotonic_increasing


def test_being_ahead_by_a_date_only_grows():
    by = p_ahead_by(ahead().draws)
    assert (by.diff("horizon") >= 0).all()
    at = (ahead().draws["distance"] < 0).mean(FLAT)
    assert (by >= at).all()
    assert by[0] == at[0]


def test_widening_is_what_the_lags_say():
    draws = ahead().draws
    change = lag_change(draws)
    assert (change.sel(horizon=0) == 0).all()
    table = forecast_table(ahead())
    row = table[(table["definition"] == "frontier_lag") & (table["horizon"] == 12)].iloc[0]
    grew = draws["frontier_lag"].sel(horizon=12) > draws["frontier_lag"].sel(horizon=0)
    assert row["p_widened"] == pytest.approx(float(grew.mean()), abs=1e-4)
    assert row["velocity"] == pytest.approx(float(summary.median(change.sel(horizon=12))), abs=1e-3)


@pytest.mark.parametrize("target", ["GPT-5.5", "GPT-5", "Claude 2"])
def test_catching_up_agrees_with_the_fan(target):
    result = ahead()
    level = world().ability.sel(model=target, drop=True)
    months = forecast_catch_up(result, level)
    assert not any(np.isnan(values).any() for values in months.data_vars.values())
    for horizon in range(37):
        for reading, path in (
            ("frontier", result.draws["frontier"].sel(country="China")),
            ("released", result.draws["best_released"]),
        ):
            reached = (path.sel(horizon=horizon) >= level).mean()
            assert float((months[reading] <= horizon + 1e-9).mean()) == pytest.approx(float(reached), abs=1e-9)


def test_a_target_that_was_passed_has_the_date_on_which_it_was():
    posterior = world()
    level = posterior.ability.sel(model="Claude 3 Opus", drop=True)
    known = gap.catch_up(posterior.frontier, level, follower="China", date=pd.Timestamp("2026-06-30"))
    found = forecast_catch_up(ahead(), level)["frontier"]
    np.testing.assert_allclose(found, known.drop_vars("censored"), atol=1e-9)
    assert (found <= 0).all()


def test_a_target_beyond_the_horizon_is_never_reached():
    months = forecast_catch_up(ahead(), xr.full_like(world().ability.isel(model=0, drop=True), 1e3))
    assert np.isposinf(months["frontier"]).all()
    assert np.isposinf(months["released"]).all()
