"""Levers: each does what it says in every draw, and neutral ones do nothing."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import date

import numpy as np
import pytest
import xarray as xr
from support.scenarios import CHINA, US, asked, baseline, world
from support.worlds import synthetic_posterior

from gaplab.data.load import load
from gaplab.errors import GaplabError
from gaplab.fit.files import cache_file
from gaplab.outlook import scenarios
from gaplab.outlook.forecast import LAGS
from gaplab.outlook.history import COMPONENTS, past_of
from gaplab.report.charts.catch_up import catch_up_chart
from gaplab.report.charts.forecast import forecast_chart
from gaplab.report.charts.scenarios import scenarios_chart
from gaplab.report.text.scenarios import lever_sentences
from gaplab.results.as_json import lever_values
from gaplab.results.forecast import catch_up_table, forecast_fan, forecast_table, scenario_table
from gaplab.results.hub import hub_tables


def under(**levers):
    return scenarios.compare(world(), asked(**levers)).scenario


def path(run, country):
    return run.draws["frontier"].sel(country=country).transpose("chain", "draw", "horizon").to_numpy()


def not_catching_up(run):
    return (run.draws["component"] != COMPONENTS.index("catching_up")).to_numpy()


@pytest.mark.parametrize(
    "levers",
    [
        {},
        {"leader_rate": 1, "follower_rate": 1.0, "follower_diffusion": 1.0},
        {"follower_rate_from": "2027-01-01"},
        {"leader_restricted_months": 12.0},
        {"leader_restricted_share": 1.0, "leader_restricted_months": 0.0},
        {"inject_model": "Nothing", "inject_sd": 3.0, "inject_date": "2026-12-01"},
        {"leader_pause_from": "2035-01-01"},
        {"inject_ability": -900.0, "inject_scale": "logits"},
    ],
    ids=str,
)
def test_neutral_levers_leave_every_bit_as_it_is(levers):
    run = under(**levers)
    for name in ("frontier", "frontier_lag", "released_lag", "distance", "best_released"):
        assert run.draws[name].to_numpy().tobytes() == baseline().draws[name].to_numpy().tobytes(), name


def test_a_scenario_without_levers_differs_by_nothing():
    comparison = scenarios.compare(world())
    xr.testing.assert_identical(comparison.baseline.draws, comparison.scenario.draws)
    assert all((values == 0).all() for values in comparison.difference.data_vars.values())
    assert scenarios.set_levers(asked()) == []
    assert lever_sentences(asked()) == []
    assert lever_values(asked()) == {}


def test_neutral_undoes_every_lever():
    moved = asked(leader_rate=0.5, inject_ability=160.0, leader_pause_to="2027-01-01", follower_delay_months=3)
    assert scenarios.neutral(moved) == asked()


@pytest.mark.parametrize(
    ("levers", "quantity", "sign"),
    [
        ({"leader_rate": 0.5}, "distance", -1),
        ({"leader_rate": 2.0}, "distance", 1),
        ({"leader_pause_to": "2027-06-30"}, "distance", -1),
        ({"follower_rate": 0.5}, "frontier_lag", 1),
        ({"follower_rate": 0.5}, "released_lag", 1),
        ({"follower_rate": 2.0}, "frontier_lag", -1),
        ({"follower_rate": 0.5, "follower_rate_from": "2027-01-01"}, "frontier_lag", 1),
        ({"follower_diffusion": 0.0}, "frontier_lag", 1),
        ({"follower_diffusion": 0.0}, "released_lag", 1),
        ({"follower_diffusion": 3.0}, "frontier_lag", -1),
        ({"follower_delay_months": 4.0}, "released_lag", 1),
        ({"inject_ability": 0.3, "inject_scale": "from_leader"}, "frontier_lag", -1),
        ({"inject_ability": 0.3, "inject_scale": "from_leader"}, "released_lag", -1),
        ({"inject_ability": 2.0, "inject_scale": "from_leader", "inject_country": "leader"}, "distance", 1),
    ],
    ids=str,
)
def test_each_lever_moves_the_gap_its_way_in_every_draw(levers, quantity, sign):
    change = scenarios.compare(world(), asked(**levers)).difference[quantity]
    assert (sign * change >= -1e-9).all()
    assert float((sign * change.sel(horizon=36) > 0).mean()) > 0.7


def test_restricted_releases_shorten_the_public_distance():
    """In every draw without diffusion; with it, the follower learns less from what it cannot reach."""
    comparison = scenarios.compare(world(), asked(leader_restricted_share=0.5))
    change = comparison.difference["distance"].transpose("chain", "draw", "horizon").to_numpy()
    assert (change[not_catching_up(baseline())] <= 1e-9).all()
    assert (change[..., 12] < 0).mean() > 0.95


def test_a_lag_looks_back():
    """A leader that slows down shows in the lag only where the follower gets past the level of today."""
    comparison = scenarios.compare(world(), asked(leader_rate=0.5))
    below = path(comparison.scenario, CHINA) <= path(baseline(), US)[..., :1]
    same = not_catching_up(baseline())
    change = comparison.difference["frontier_lag"].transpose("chain", "draw", "horizon").to_numpy()
    np.testing.assert_allclose(change[same][below[same]], 0, atol=1e-9)


def test_half_the_pace_is_half_the_way():
    before, after = path(baseline(), US), path(under(leader_rate=0.5), US)
    np.testing.assert_allclose(after - after[..., :1], (before - before[..., :1]) / 2, atol=1e-9)


def test_a_pause_takes_out_exactly_its_months():
    before = path(baseline(), US)
    run = under(leader_pause_from="2026-12-29", leader_pause_to="2027-12-30")  # very nearly months 6 to 18
    after = path(run, US)
    np.testing.assert_array_equal(after[..., :6], before[..., :6])
    np.testing.assert_allclose(after[..., 18] - after[..., 7], 0, atol=0.02)
    np.testing.assert_allclose(after[..., 36] - after[..., 20], before[..., 36] - before[..., 20], atol=1e-9)


def test_a_pause_without_an_end_never_ends():
    after = path(under(leader_pause_from="2026-06-30"), US)
    np.testing.assert_array_equal(after, np.broadcast_to(after[..., :1], after.shape))


def test_a_follower_that_stands_still_falls_a_month_behind_each_month():
    lag = under(follower_rate=0).draws["frontier_lag"].transpose("chain", "draw", "horizon").to_numpy()
    behind = lag[..., 0] >= 0
    np.testing.assert_allclose(np.diff(lag[behind], axis=-1), 1.0, atol=1e-9)


def test_compute_controls_halve_every_step_from_their_day_on():
    before, run = np.diff(path(baseline(), CHINA)), under(follower_rate=0.5, follower_rate_from="2027-06-30")
    after = np.diff(path(run, CHINA))
    np.testing.assert_array_equal(after[..., :11], before[..., :11])
    same = not_catching_up(run)
    np.testing.assert_allclose(after[same][:, 13:], before[same][:, 13:] / 2, atol=1e-9)


def test_restricted_progress_is_public_late():
    before, after = path(baseline(), US), path(under(leader_restricted_share=1.0, leader_restricted_months=9.0), US)
    np.testing.assert_allclose(after[..., 9:], before[..., :-9], atol=1e-9)
    np.testing.assert_array_equal(after[..., :9], np.broadcast_to(before[..., :1], after[..., :9].shape))


def test_restricted_releases_count_at_once_where_the_scope_counts_them():
    params = asked(scope="trusted", leader_restricted_share=1.0)
    comparison = scenarios.compare(world("trusted"), params)
    assert (comparison.difference["distance"] == 0).all()
    assert "no effect here" in lever_sentences(params)[0]


def test_blocked_distillation_takes_what_diffusion_gave():
    """In the draws that have it, the follower is left with its own steps."""
    run, past = under(follower_diffusion=0), past_of(world())
    pulled = ~not_catching_up(run)
    gained = path(run, CHINA)[pulled] - path(run, CHINA)[pulled][:, :1]
    assert (gained[:, -1] < (path(baseline(), CHINA)[pulled][:, -1] - path(run, CHINA)[pulled][:, 0])).all()
    assert past.head_start.min() > 0
    # Without kappa there is nothing to block.
    kappa = run.draws["kappa"].to_numpy()
    lost = path(baseline(), CHINA)[..., 12] - path(run, CHINA)[..., 12]
    assert np.corrcoef(kappa.ravel(), lost.ravel())[0, 1] > 0.5


def test_releases_held_back_leave_the_best_of_today():
    run = under(follower_delay_months=120)
    best = run.draws["best_released"]
    assert (best == best.sel(horizon=0)).all()
    lag = run.draws["released_lag"].transpose("chain", "draw", "horizon").to_numpy()
    behind = lag[..., 0] >= 0
    np.testing.assert_allclose(np.diff(lag[behind], axis=-1), 1.0, atol=1e-9)
    np.testing.assert_array_equal(path(run, CHINA), path(baseline(), CHINA))


def test_an_injected_model_lifts_the_follower_to_it_from_its_day_on():
    run = under(inject_ability=5.0, inject_scale="logits", inject_date="2026-09-15")
    before, after = path(baseline(), CHINA), path(run, CHINA)
    np.testing.assert_array_equal(after[..., :3], before[..., :3])
    assert (after[..., 3:] >= 5.0).all()
    best = run.draws["best_released"]
    assert (best.sel(horizon=slice(3, None)) >= 5.0).all()
    low = path(under(inject_ability=0.0, inject_scale="logits"), CHINA)
    np.testing.assert_array_equal(low, before)


def test_an_injected_model_of_the_leader_lifts_the_leader():
    run = under(inject_ability=9.0, inject_scale="logits", inject_date="2026-09-15", inject_country="leader")
    assert (path(run, US)[..., 3] >= 9.0).all()
    np.testing.assert_array_equal(path(run, US)[..., :3], path(baseline(), US)[..., :3])
    assert (np.diff(path(run, US)) >= 0).all()


@pytest.mark.parametrize("scale", ["points", "logits", "from_leader"])
def test_the_three_scales_of_an_injected_model_agree(scale):
    posterior = world()
    today = posterior.frontier.sel(country=US, drop=True).isel(date=-1, drop=True)
    value = {"points": 170.0, "logits": 4.0, "from_leader": 0.5}[scale]
    injected = scenarios.levers(posterior, asked(inject_ability=value, inject_scale=scale)).injected
    expected = {
        "points": (value - posterior.points["intercept"]) / posterior.points["slope"],
        "logits": xr.full_like(today, value),
        "from_leader": today + value,
    }[scale]
    np.testing.assert_allclose(injected.ability, expected.transpose("chain", "draw"))


def test_the_spread_of_an_injected_model_is_its_sd():
    injected = scenarios.levers(
        world(), asked(inject_ability=4.0, inject_sd=0.5, inject_scale="logits")
    ).injected.ability
    assert float(injected.std()) == pytest.approx(0.5, rel=0.1)
    assert float(injected.mean()) == pytest.approx(4.0, abs=0.06)


def test_levers_compose():
    both = under(leader_pause_to="2027-06-30", follower_rate=0.0)
    np.testing.assert_array_equal(path(both, US), path(under(leader_pause_to="2027-06-30"), US))
    np.testing.assert_array_equal(path(both, CHINA), path(under(follower_rate=0.0), CHINA))


def test_the_random_numbers_are_common():
    run = under(leader_rate=0.3, follower_rate=2.0, follower_diffusion=0.0)
    np.testing.assert_array_equal(run.releases["month"], baseline().releases["month"])
    np.testing.assert_array_equal(run.draws["component"], baseline().draws["component"])
    comparison = scenarios.compare(world(), asked(follower_rate=0.9))
    change = comparison.difference["frontier_lag"].sel(horizon=12)
    assert change.std() < 0.5 * comparison.baseline.draws["frontier_lag"].sel(horizon=12).std()


EXTREMES = [
    {"leader_rate": 0.0},
    {"leader_rate": 10.0, "follower_rate": 10.0, "follower_diffusion": 10.0},
    {"leader_pause_to": "2036-06-30"},
    {"follower_diffusion": 0.0},
    {"follower_diffusion": 10.0, "leader_rate": 0.0},
    {"follower_rate": 0.0, "leader_rate": 0.0, "follower_delay_months": 120.0},
    {"leader_restricted_share": 1.0, "leader_restricted_months": 120.0},
    {"inject_ability": 1000.0, "inject_sd": 1000.0},
    {"inject_ability": -1000.0, "inject_scale": "logits", "inject_country": "leader"},
    {"inject_ability": 3.0, "inject_scale": "logits", "inject_date": "2060-01-01"},
]


@pytest.mark.parametrize("levers", EXTREMES, ids=str)
@pytest.mark.parametrize("horizon", [24, 120])
def test_extreme_levers_neither_fail_nor_overflow(levers, horizon):
    params = asked(horizon_months=horizon, **levers)
    comparison = scenarios.compare(replace(synthetic_posterior(draws=25), params=params))
    draws = comparison.scenario.draws
    assert np.isfinite(draws["frontier"]).all()
    for name in (*LAGS, "distance"):
        assert not np.isnan(draws[name]).any()
        assert not np.isnan(comparison.difference[name]).any()
    assert (draws["frontier"].diff("horizon") >= 0).all()
    forecast_table(comparison.scenario)
    hub_tables(comparison)
    scenario_table({"extreme": comparison})
    if horizon == 24:
        forecast_chart(forecast_fan(comparison))
        catch_up_chart(catch_up_table(comparison.scenario), params)
        scenarios_chart(scenario_table({"extreme": comparison}), params)


def test_more_diffusion_gives_no_more_than_the_head_start():
    still, strong = under(leader_rate=0.0), under(leader_rate=0.0, follower_diffusion=10.0)
    head_start = np.maximum(path(still, US) - path(still, CHINA), 0)[..., :1]
    extra = path(strong, CHINA) - path(still, CHINA)
    assert (extra <= head_start + 1e-9).all()
    assert (extra >= -1e-9).all()


def test_a_lever_is_drawn_in_less_than_a_second():
    posterior = synthetic_posterior(draws=1000)
    took, known = [], scenarios.compare(posterior).baseline
    for rate in (0.5, 0.6, 0.7):
        start = time.process_time()
        assert scenarios.compare(posterior, asked(follower_rate=rate)).baseline is known
        took.append(time.process_time() - start)
    assert min(took) < 1


def test_problems_are_reported_together():
    with pytest.raises(GaplabError) as caught:
        asked(leader_pause_from="2026-01-01", inject_date="2026-01-01")
    assert len(caught.value.problems) == 2


def test_points_are_asked_of_a_posterior_that_has_them():
    with pytest.raises(GaplabError, match="no points"):
        scenarios.compare(replace(world(), points=None), asked(inject_ability=160.0))


def test_levers_never_ask_for_another_fit():
    tables_of_run = load(as_of=date(2026, 6, 30))
    moved = asked(
        leader_rate=0.5, target="GPT-5", horizon_months=60, inject_ability=150.0, leader_pause_to="2028-01-01"
    )
    assert cache_file(tables_of_run, moved) == cache_file(tables_of_run, asked())
