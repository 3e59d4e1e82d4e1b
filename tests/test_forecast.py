"""The forecast: known truths, coherence of every number with the fan, and no draw lost."""

from __future__ import annotations

import functools
import json
import time
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from click.testing import CliRunner
from support.worlds import synthetic_posterior

from gaplab import gap
from gaplab.cli.root import main
from gaplab.errors import GaplabError
from gaplab.gap import summary
from gaplab.outlook import scenarios
from gaplab.outlook.forecast import LAGS, forecast
from gaplab.outlook.history import COMPONENTS, WEIGHTS, past_of
from gaplab.outlook.outcomes import THRESHOLDS, forecast_catch_up, lag_change, p_ahead_by, p_exceeds
from gaplab.outlook.shocks import _waits
from gaplab.params.spec import Params
from gaplab.report.charts.catch_up import catch_up_chart
from gaplab.report.charts.forecast import forecast_chart
from gaplab.report.sections.forecast import forecast_finding
from gaplab.report.text.forecast import threshold_table
from gaplab.report.text.numbers import format_months
from gaplab.results.forecast import catch_up_table, forecast_fan, forecast_table
from gaplab.results.hub import hub_table
from gaplab.units import MONTH_DAYS

FLAT = ("chain", "draw")
_MONTH = pd.Timedelta(days=MONTH_DAYS)


@functools.cache
def world(seed=1, draws=500, lag=8.0, **given):
    return synthetic_posterior(seed, lag_months=lag, draws=draws, params=Params(**given))


@functools.cache
def ahead(seed=1, draws=500, lag=8.0, **given):
    return forecast(world(seed, draws, lag, **given))


def straight(posterior, *, leader=0.1, follower=0.1, lag=8.0, bend=None):
    """The posterior with straight frontiers of known pace (logits per month), the same in every draw.

    `bend` is the leader's pace over the last 12 months where it differs.
    """
    months = np.asarray((pd.DatetimeIndex(posterior.frontier["date"].to_numpy()) - pd.Timestamp("2026-06-30")) / _MONTH)
    ours = 3.0 + leader * months
    if bend is not None:
        ours = 3.0 + np.where(months > -12, bend * months, -12 * bend + leader * (months + 12))
    theirs = 3.0 - leader * lag + follower * months
    values = np.broadcast_to(np.stack([ours, theirs]), posterior.frontier.shape)
    return replace(posterior, frontier=posterior.frontier.copy(data=values))


def of(result, component, name, horizon, country=None):
    """Draws of one quantity at one horizon, of the draws that follow one component."""
    values = result.draws[name].sel(horizon=horizon)
    if country:
        values = values.sel(country=country)
    return values.to_numpy()[(result.draws["component"] == COMPONENTS.index(component)).to_numpy()]


# --- Shape and start ------------------------------------------------------------------------------


def test_every_draw_goes_on_to_the_horizon():
    draws, posterior = ahead().draws, world()
    assert draws["frontier"].dims == ("chain", "draw", "country", "horizon")
    assert draws.sizes["horizon"] == posterior.params.horizon_months + 1
    for dim in FLAT:
        assert draws.sizes[dim] == posterior.ability.sizes[dim]
    for name in ("frontier", "frontier_lag", "released_lag", "distance", "best_released"):
        assert not np.isnan(draws[name]).any(), name


def test_it_starts_where_the_posterior_ends():
    draws, posterior = ahead().draws, world()
    pair = {"leader": "US", "follower": "China"}
    today = gap.frontier_lag(posterior.frontier, **pair).isel(date=-1, drop=True).drop_vars("censored")
    behind = today >= 0
    assert behind.mean() > 0.99
    start = draws["frontier_lag"].sel(horizon=0, drop=True)
    np.testing.assert_allclose(start.where(behind, 0), today.where(behind, 0), atol=1e-9)
    np.testing.assert_array_equal(draws["frontier"].sel(horizon=0), posterior.frontier.isel(date=-1))
    country = gap.country_subject(posterior)
    np.testing.assert_array_equal(draws["best_released"].sel(horizon=0), country.ability)


def test_frontiers_and_the_best_released_never_fall():
    draws = ahead().draws
    assert (draws["frontier"].diff("horizon") >= 0).all()
    assert (draws["best_released"].diff("horizon") >= 0).all()


def test_the_seed_gives_the_numbers():
    again = forecast(world())
    xr.testing.assert_identical(again.draws, ahead().draws)
    other = forecast(replace(world(), params=Params(seed=7)))
    assert not np.array_equal(other.draws["frontier"], again.draws["frontier"])


def test_a_longer_horizon_goes_on_from_a_shorter_one():
    long, short = ahead(horizon_months=60).draws, ahead().draws
    same = (short["component"] != COMPONENTS.index("same_lag")).to_numpy()
    np.testing.assert_array_equal(
        long["frontier"].sel(horizon=slice(0, 36)).to_numpy()[same], short["frontier"].to_numpy()[same]
    )


def test_the_stack_has_its_weights_exactly():
    counts = np.bincount(ahead().draws["component"].to_numpy().ravel())
    np.testing.assert_array_equal(counts, np.full(4, 2000 / 4))
    assert sum(WEIGHTS) == 1


def test_four_thousand_draws_of_three_years_take_less_than_a_second():
    posterior = world(draws=1000)
    took = []
    for _ in range(3):
        start = time.process_time()
        forecast(posterior)
        took.append(time.process_time() - start)
    assert min(took) < 1


# --- Known truth ----------------------------------------------------------------------------------


@pytest.mark.parametrize("component", COMPONENTS)
def test_straight_frontiers_go_on_at_their_pace_on_average(component):
    result = forecast(straight(world(draws=2000)))
    for country in ("US", "China"):
        gained = of(result, component, "frontier", 24, country) - of(result, component, "frontier", 0, country)
        assert gained.mean() == pytest.approx(2.4, rel=0.03), country


@pytest.mark.parametrize("component", COMPONENTS)
def test_equal_straight_frontiers_keep_their_lag(component):
    result = forecast(straight(world(draws=2000)))
    assert np.median(of(result, component, "frontier_lag", 24)) == pytest.approx(8, abs=0.8)


def test_a_pace_returns_half_of_the_way_to_its_mean_in_two_years():
    posterior = straight(world(draws=2000), leader=0.1, bend=0.2)
    result = forecast(posterior)
    past = past_of(posterior)
    mean, kept = past.mean[0, 0], 0.5 ** (np.arange(1, 37) / 24)
    assert 0.1 < mean < 0.2
    expected = (mean * (0.2 / mean) ** kept).sum()
    path = of(result, "drift", "frontier", 36, "US") - 3.0
    assert path.mean() == pytest.approx(expected, rel=0.04)


def test_a_straight_line_keeps_the_mean_pace_since_2024():
    posterior = straight(world(draws=2000), leader=0.1, bend=0.2)
    result = forecast(posterior)
    since = (pd.Timestamp("2026-06-30") - pd.Timestamp("2024-01-01")) / _MONTH
    pace = (0.2 * 12 + 0.1 * (since - 12)) / since
    gained = of(result, "straight_line", "frontier", 36, "US") - 3.0
    assert gained.mean() == pytest.approx(36 * pace, rel=0.04)


def test_catching_up_invents_no_catching_up_but_holds_the_countries_together():
    result = forecast(straight(world(draws=2000)))
    drift, pulled = (of(result, component, "distance", 36) for component in ("drift", "catching_up"))
    assert pulled.mean() == pytest.approx(0.8, abs=0.15)
    assert pulled.std() < 0.9 * drift.std()


def test_the_lag_wanders_as_much_as_it_did():
    posterior = straight(world(draws=2000))
    assert past_of(posterior).lag_sd.max() < 0.01
    still = of(forecast(posterior), "same_lag", "frontier_lag", 12)
    np.testing.assert_allclose(still, 8.0, atol=0.5)
    moving = world(draws=2000)
    spread = of(forecast(moving), "same_lag", "frontier_lag", 12).std()
    assert spread > 1.0


def test_the_saw_tooth_is_as_deep_as_it_was():
    posterior, draws = world(), ahead().draws
    days = pd.date_range("2025-01-01", "2026-06-30", periods=60)
    china = posterior.frontier.sel(country="China", drop=True)
    best = gap.best_released(posterior.ability, posterior.models, country="China", date=days)
    before = float((gap.frontier_at(china, days) - best).mean())
    later = draws["frontier"].sel(country="China") - draws["best_released"]
    # Of 22 waits the longest is hardly the longest possible, so the teeth may get a little deeper.
    assert float(later.sel(horizon=slice(12, 36)).mean()) == pytest.approx(1.2 * before, rel=0.35)


@pytest.mark.parametrize("seen", [[3.0], [1.0, 2.0, 4.0]])
def test_few_waits_do_not_make_the_next_one_certain(seen):
    waits = _waits(np.array(seen), 0.0, 20_000, np.random.default_rng(1))
    assert len(np.unique(waits)) == len(waits)
    assert waits.min() > 0
    share = 1 / (len(seen) + 1)
    assert (waits > max(seen)).mean() == pytest.approx(share, abs=0.02)
    assert (waits < min(seen)).mean() == pytest.approx(share, abs=0.02)
    longer = _waits(np.array(seen), 10.0, 20_000, np.random.default_rng(1))
    assert longer.min() > 10
    assert longer.mean() == pytest.approx(10 + np.mean(seen), rel=0.05)


# --- Awkward worlds -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        {"leader": 0.0, "follower": 0.0},
        {"leader": 0.0, "follower": 0.1, "lag": 0.0},
        {"leader": 0.1, "follower": 0.0},
        {"leader": 0.1, "follower": 0.1, "lag": -6.0},
        {"leader": 0.1, "follower": 0.1, "lag": 60.0},
    ],
    ids=["both still", "leader still", "follower still", "follower ahead", "far behind"],
)
def test_no_draw_is_lost_in_worlds_that_stand_still_or_are_turned_round(change):
    result = forecast(straight(world(draws=100), **change))
    assert not any(np.isnan(result.draws[name]).any() for name in ("frontier", "frontier_lag", "released_lag"))
    assert (result.draws["frontier_lag"] < np.inf).all()
    forecast_table(result)
    catch_up_table(result)


def test_a_short_history_is_enough():
    posterior = world(draws=100, as_of="2023-12-31", knot_months=6.0)
    result = forecast(posterior)
    assert np.isfinite(result.draws["frontier"]).all()
    assert catch_up_table(result)["status"].tolist()[:3] == ["not counted in this run"] * 3


def test_a_single_knot_is_refused():
    posterior = world(draws=100)
    with pytest.raises(GaplabError, match="single knot"):
        forecast(replace(posterior, frontier=posterior.frontier.isel(date=[-1])))


# --- Coherence ------------------------------------------------------------------------------------


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


# --- Tables ---------------------------------------------------------------------------------------


def test_targets_out_of_scope_are_listed_as_such():
    table = catch_up_table(ahead()).set_index(["target", "reading"])
    assert table.loc[("Claude Mythos Preview", "frontier"), "status"] == "not counted in this run"
    assert table.loc[("GPT-5.5", "frontier"), "status"] == ""
    assert table.loc[("GPT-5.5", "frontier"), "p_by_12"] >= table.loc[("GPT-5.5", "released"), "p_by_12"]


def test_other_targets_can_be_named():
    posterior = replace(world(), params=Params(target="GPT-5; o1-preview"))
    table = catch_up_table(forecast(posterior))
    assert list(table["target"].unique()) == ["GPT-5", "o1-preview"]
    with pytest.raises(GaplabError, match=r"Kimi K2\.6.*China"):
        catch_up_table(forecast(replace(world(), params=Params(target="Kimi K2.6"))))


def test_the_hub_format_is_complete():
    hub = hub_table(ahead())
    assert list(hub.columns[:8]) == [
        "reference_date",
        "target",
        "horizon",
        "target_end_date",
        "location",
        "output_type",
        "output_type_id",
        "value",
    ]
    assert set(hub["output_type"]) == {"quantile", "cdf", "pmf"}
    assert hub["value"].notna().all()
    assert hub[hub["output_type"] != "quantile"]["value"].between(0, 1).all()
    key = ["target", "horizon", "output_type", "output_type_id"]
    assert not hub.duplicated(key).any()
    table = forecast_table(ahead()).set_index(["definition", "horizon"])
    cdf = hub[hub["output_type"] == "cdf"].set_index(["target", "horizon", "output_type_id"])["value"]
    for definition in LAGS:
        within = 1 - table.loc[(definition, 12), "p_over_9"]
        assert cdf[definition, 12, 9] == pytest.approx(within, abs=1e-9)


def test_sentences_and_charts_say_what_the_tables_say():
    comparison = scenarios.compare(world(draws=100))
    params = comparison.scenario.posterior.params
    table = forecast_table(comparison.scenario)
    text = forecast_finding(table, params).text
    row = table[(table["definition"] == "frontier_lag") & (table["horizon"] == 12)].iloc[0]
    assert format_months(row["median"]) in text
    chart = forecast_chart(forecast_fan(comparison))
    assert format_months(row["median"]) in chart.alt
    assert forecast_chart(forecast_fan(comparison)).svg() == chart.svg()
    dates = catch_up_table(comparison.scenario)
    assert "GPT-5.5" in catch_up_chart(dates, params).alt
    assert "not counted in this run" in catch_up_chart(dates, params).alt
    assert len(threshold_table(table, params)) == len(table)


# --- The command ----------------------------------------------------------------------------------


@pytest.fixture
def command(monkeypatch):
    """`gaplab forecast` on a simulated posterior."""

    def load(*, as_of, knowledge="hindsight", root=None):
        models = world(draws=100).models.reset_index()
        return SimpleNamespace(as_of=as_of, knowledge=knowledge, hash="5a" * 32, vintage="2026-08-11", models=models)

    monkeypatch.setattr("gaplab.data.load.load", load)
    monkeypatch.setattr("gaplab.data.access.eligible", lambda tables, **_: world(draws=100).models)
    monkeypatch.setattr("gaplab.fit.fit.fit", lambda tables, params, **_: replace(world(draws=100), params=params))
    return lambda *words: CliRunner(env={"COLUMNS": "200"}).invoke(main, ["forecast", *words])


def test_the_command_prints_json(command):
    done = command("--format", "json")
    assert done.exit_code == 0, done.output
    result = json.loads(done.stdout)
    assert {"as_of", "health", "levers", "stack", "forecast", "catch_up"} <= set(result)
    assert result["levers"] == {}
    assert {row["horizon"] for row in result["forecast"]} == {3, 6, 12, 24}
    assert "difference" not in result


def test_the_command_shows_what_a_lever_changes(command):
    done = command("--format", "json", "--follower-rate", "0.5")
    result = json.loads(done.stdout)
    assert result["levers"] == {"follower_rate": 0.5}
    assert all(row["median"] >= 0 for row in result["difference"] if row["definition"] == "frontier_lag")
    text = command("--follower-rate", "0.5").stdout
    assert "Lever: From 30 June 2026 China moves at 0.5 times its pace." in text


def test_the_command_writes_the_hub_format(command, tmp_path):
    done = command("--out", str(tmp_path / "forecast.csv"))
    assert done.exit_code == 0, done.output
    table = pd.read_csv(tmp_path / "forecast.csv")
    assert list(table.columns[:3]) == ["reference_date", "target", "horizon"]
    assert set(table["scenario_id"]) == {"baseline"}
    both = command("--format", "csv", "--leader-rate", "0.5").stdout
    assert "baseline" in both
    assert "scenario" in both.splitlines()[-1]


def test_the_command_prints_tables(command):
    text = command().stdout
    assert "> 12" in text
    assert "not counted in this run" in text
