"""Back-tests: nothing later is known, no origin is left out, and what is said of the record is in its table."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from support.worlds import synthetic_posterior

from gaplab import gap
from gaplab.errors import GaplabError
from gaplab.outlook.forecast import LAGS
from gaplab.outlook.history import COMPONENTS
from gaplab.params.spec import Params
from gaplab.report.charts.record.skill import skill_chart
from gaplab.report.sections.record import backtest_finding, readable_backtest_of_lags
from gaplab.report.text.numbers import format_probability
from gaplab.report.text.record import TARGET_NAMES
from gaplab.validation import baselines
from gaplab.validation.backtest.forecasts import chosen_targets, forecasts_at, outcome_of
from gaplab.validation.backtest.origins import FORECASTERS, TARGETS, origins
from gaplab.validation.backtest.run import COLUMNS, MORE_COLUMNS, backtest_summary, run_backtest
from gaplab.validation.worlds.simulate import simulate_world
from gaplab.validation.worlds.spec import WorldSpec

ORIGIN = "2026-02-28"


@pytest.fixture(scope="module")
def world():
    return simulate_world(WorldSpec(models_per_country=9, benchmarks=6, scores_per_model=5), 1)


@pytest.fixture(scope="module")
def folder(world, tmp_path_factory):
    path = tmp_path_factory.mktemp("world")
    world.write(path)
    return path


@pytest.fixture(scope="module")
def run(folder):
    return Params(
        leader="Leader", follower="Follower", data=str(folder), chains=2, draws=100, knot_months=6.0
    )  # fmt: skip


def settings(params):
    return {name: value for name, value in params.as_strings().items() if value is not None}


def planted(world, folder, tmp_path, day):
    """The same world with absurd scores for every model that came later, and absurd later vintages."""
    later = world.frames["models"].set_index("model")["release_date"] > day
    for name, frame in world.frames.items():
        frame = frame.copy()
        if name == "scores":
            late = frame["model"].map(later)
            frame.loc[late, "score"] = np.where(frame.loc[late, "model"].str.startswith("Follower"), 1.0, 0.0)
            assert late.any()
        if name == "index_vintages":
            late = frame["vintage"] > day
            frame.loc[late, ["value", "low", "high"]] = [900.0, 899.0, 901.0]
            assert late.any()
        frame.to_csv(tmp_path / f"{name}.csv", index=False, date_format="%Y-%m-%d")
    return tmp_path


@pytest.mark.parametrize("kind", ["pseudo", "real"])
def test_absurd_scores_after_an_origin_change_nothing(kind, world, folder, run, tmp_path, monkeypatch):
    before = forecasts_at(kind, ORIGIN, settings(run), [3], ["2025-11-30"])
    spoilt = settings(run) | {"data": str(planted(world, folder, tmp_path, pd.Timestamp(ORIGIN)))}
    assert forecasts_at(kind, ORIGIN, spoilt, [3], ["2025-11-30"]) == before


def test_absurd_scores_before_an_origin_would_change_everything(world, folder, run, tmp_path):
    """The test above can fail: what is planted before the origin does show."""
    before = forecasts_at("real", ORIGIN, settings(run), [3], [])
    spoilt = settings(run) | {"data": str(planted(world, folder, tmp_path, pd.Timestamp("2025-09-01")))}
    with pytest.raises((AssertionError, GaplabError, ValueError, FloatingPointError)):
        assert forecasts_at("real", ORIGIN, spoilt, [3], []) == before


def test_every_origin_has_an_outcome_and_none_is_left_out(run):
    days = origins(run, "pseudo", first=pd.Timestamp("2025-06-01"), horizons=(3, 6))
    assert len(days) == 10
    assert days[0] >= pd.Timestamp("2025-06-01")
    assert days[-1] + pd.Timedelta(days=91) <= pd.Timestamp("2026-07-01")
    assert np.diff(days).astype("timedelta64[D]").astype(int).tolist() == pytest.approx([30.4] * 9, abs=0.7)
    assert len(origins(run, "real", horizons=(3,))) == 3


def fake(kind, origin, settings, horizons, reread):
    """Draws without a fit: shapes that differ by a month, the third of them right."""
    rng = np.random.default_rng(len(reread))
    centres = dict(zip(COMPONENTS, (6.0, 7.0, 8.0, 9.0), strict=True))
    centres |= dict.fromkeys((*baselines.NAMES, *baselines.LEVELS), 12.0) | {"linear_trend": 10.5}
    draws = {
        target: {
            str(h): {name: (centre + rng.normal(0, 0.5, 100)).tolist() for name, centre in centres.items()}
            for h in horizons
        }
        for target in TARGETS
    }
    earlier = {lag: dict.fromkeys(reread, 8.0) for lag in LAGS}
    targets = {"match_best": "GPT-5", "match_earlier": "GPT-5"}
    return {"targets": targets, "draws": draws, "reread": earlier, "health": "PASS"}


@pytest.fixture(scope="module")
def rows(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GAPLAB_CACHE", str(tmp_path_factory.mktemp("cache")))
        patch.setattr("gaplab.validation.backtest.run.forecasts_at", fake)
        patch.setattr("gaplab.validation.backtest.run.fit_run", lambda params: synthetic_posterior(params=params))
        return run_backtest(Params(as_of="2026-06-30", draws=100), kinds=("pseudo",), first=pd.Timestamp("2024-12-01"))


def test_the_record_has_every_forecaster_at_every_origin(rows):
    assert list(rows.columns) == COLUMNS + MORE_COLUMNS
    counts = rows.groupby(["target", "horizon_months"])["forecaster"].value_counts().unstack()
    assert set(counts.columns) == set(FORECASTERS)
    assert (counts.nunique(axis=1) == 1).all()
    assert counts.loc[("released_lag", 3)].iloc[0] == 16
    assert counts.loc[("released_lag", 12)].iloc[0] == 7
    assert (rows["lower_95"] <= rows["lower_80"]).all()
    assert (rows["lower_80"] <= rows["lower_50"]).all()
    matched = rows[rows["target"] == "match_best"]
    assert (matched["outcome"] <= matched["horizon_months"]).all()
    assert matched["subject"].eq("GPT-5").all()


def test_learned_weights_start_equal_and_go_to_the_shape_that_was_right(rows):
    learned = rows[(rows["forecaster"] == "stack_learned") & (rows["target"] == "released_lag")]
    early, late = (
        learned[(learned["origin"] == origin) & (learned["horizon_months"] == 3)].iloc[0]
        for origin in (learned["origin"].min(), learned["origin"].max())
    )
    assert late["upper_80"] - late["lower_80"] < early["upper_80"] - early["lower_80"]
    assert late["median"] == pytest.approx(8.0, abs=0.5)


def test_the_simple_forecast_is_chosen_from_the_past_alone(rows):
    lag = rows[(rows["target"] == "released_lag") & (rows["horizon_months"] == 3)].set_index(["origin", "forecaster"])
    origins_told = lag.index.get_level_values("origin").unique().sort_values()
    medians = {name: lag.xs(name, level="forecaster")["median"] for name in ("simple_chosen", "linear_trend")}
    assert medians["simple_chosen"][origins_told[0]] == lag.loc[(origins_told[0], "persistence"), "median"]
    # The outcome of the first origin, 8 months, is known three months later: the trend was nearest.
    later = origins_told[4:]
    assert medians["simple_chosen"][later].tolist() == medians["linear_trend"][later].tolist()


def test_the_stack_by_crps_goes_from_all_forecasters_to_those_that_were_right(rows):
    lag = rows[
        (rows["target"] == "frontier_lag") & (rows["horizon_months"] == 3) & (rows["forecaster"] == "stack_crps")
    ]
    lag = lag.sort_values("origin")
    assert lag["median"].iloc[0] > 9.5
    assert lag["median"].iloc[-1] == pytest.approx(8.0, abs=0.7)


def test_the_summary_holds_skill_over_the_best_simple_forecast(rows):
    found = backtest_summary(rows)
    assert list(found.columns[:8]) == [
        "forecaster", "horizon_months", "target", "crps", "skill", "skill_lower", "skill_upper", "coverage_80",
    ]  # fmt: skip
    lag = found[(found["target"] == "frontier_lag") & (found["horizon_months"] == 3)].set_index("forecaster")
    assert lag.loc["straight_line", "skill"] > 0.5
    assert lag.loc["simple_chosen", "skill"] == pytest.approx(0)
    assert lag.loc[lag["baseline"].iloc[0], "skill_hindsight"] == pytest.approx(0)
    assert (lag["skill_hindsight"] <= lag["skill"] + 1e-12).all()
    assert (lag["skill_lower"] <= lag["skill"] + 1e-12).all()
    long = found[found["horizon_months"] == 12]
    assert long["skill_lower"].isna().all(), "seven origins hold no three blocks of twelve months"


def test_outcomes_of_a_known_lag():
    last = synthetic_posterior(lag_months=8.0, lag_sd=0.01, draws=200)
    origin = pd.Timestamp("2025-12-31")
    assert outcome_of(last, "frontier_lag", origin, 3, None) == pytest.approx(8.0, abs=0.3)
    assert outcome_of(last, "released_lag", origin, 3, None) > 8.0
    assert outcome_of(last, "match_best", origin, 3, "GPT-4") == 0.0
    assert outcome_of(last, "match_best", origin, 3, "GPT-5.5") == 3.0
    assert np.isnan(outcome_of(last, "match_best", origin, 3, "Nobody"))
    # The next record stands on the leader's clock no earlier than the record that stood.
    standing = gap.released_lag(
        last.ability, last.frontier, last.models, leader="US", follower="China", dates=pd.DatetimeIndex([origin])
    )
    assert outcome_of(last, "next_record", origin, 6, None) <= float(standing.median())


def test_targets_are_chosen_by_rule():
    posterior = synthetic_posterior(params=Params(as_of="2026-06-30"))
    found = chosen_targets(posterior)
    ours = posterior.models["country"] == "US"
    mean = posterior.ability.mean(("chain", "draw")).to_series()
    assert mean[found["match_best"]] == mean[ours].max()
    half_a_year_ago = pd.Timestamp(posterior.params.as_of) - pd.Timedelta(days=365.25 / 2)
    before = ours & (posterior.models["date"] <= half_a_year_ago)
    assert mean[found["match_earlier"]] == mean[before].max()
    assert found["match_earlier"] != found["match_best"]


def test_the_finding_is_made_of_the_table(rows):
    summary = backtest_summary(rows)
    finding = backtest_finding(rows, summary)
    ours = rows[rows["forecaster"] == "stack"]
    share = ours["outcome"].between(ours["lower_80"], ours["upper_80"]).mean()
    assert f"{format_probability(share)} of {len(ours)}" in finding.text
    judged = summary[(summary["forecaster"] == "stack") & summary["skill_lower"].notna()]
    assert f"Of {len(judged)} kinds of forecast" in finding.text
    better = backtest_finding(rows, summary.assign(skill=0.2, skill_lower=0.1, skill_upper=0.3))
    assert "20%" in better.text
    assert "10% to 30%" in better.text
    worse = backtest_finding(rows, summary.assign(skill=-0.1, skill_lower=-0.3, skill_upper=0.1))
    assert "%" not in worse.text.rsplit("Of ", 1)[-1], "nothing was saved"
    assert len(finding.table) == 15
    lags = readable_backtest_of_lags(summary)
    first = summary[(summary["forecaster"] == "stack") & (summary["target"] == "frontier_lag")].iloc[0]
    assert len(lags) == 6
    assert lags["Our error"].iloc[0] == f"{first['crps']:.1f}"


def test_the_chart_of_skill_shows_and_says_every_row(rows):
    summary = backtest_summary(rows)
    chart = skill_chart(summary)
    assert chart.svg() == skill_chart(summary).svg()
    for name in TARGETS:
        assert TARGET_NAMES[name] in chart.alt
    assert "nan" not in chart.alt


def test_one_very_bad_forecast_does_not_squash_the_chart_of_skill(rows):
    summary = backtest_summary(rows)
    ours = summary.index[summary["forecaster"] == "stack"][0]
    summary.loc[ours, "skill"] = -219.0
    chart = skill_chart(summary)
    for figure in (chart.fig, chart.phone):
        (axes,) = figure.axes
        assert axes.get_xlim()[0] > -200
        assert "below \u22121000" in [text.get_text() for text in axes.texts]
