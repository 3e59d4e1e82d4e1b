"""The record of readings: no reading knows its future, and revisions are what their name says."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from gaplab.params.spec import Params
from gaplab.report.charts.record.past_readings import past_readings_chart
from gaplab.results import revisions
from gaplab.validation import readings, scoring
from gaplab.validation.worlds.simulate import simulate_world
from gaplab.validation.worlds.spec import WorldSpec

FIRST = pd.Timestamp("2025-12-01")


def fake(knowledge, ruler, origin, settings, reread):
    """A reading that is two months too small on its day, grows by a tenth a month after, and has a spread of one."""
    day = pd.Timestamp(origin)
    rng = np.random.default_rng(1)
    draws = {name: (6.0 + rng.normal(0, 1, 400)) for name in (*readings.OF_COUNTRY, *readings.OF_MODEL)}
    quantiles = {name: scoring.quantile_columns(values) for name, values in draws.items()}
    later = {
        text: dict.fromkeys(readings.OF_COUNTRY, 8.0 + (day - pd.Timestamp(text)).days / 304.375) for text in reread
    }
    return {
        "subject": "Gone" if day > pd.Timestamp("2026-02-15") else "Model",
        "draws": {name: values.tolist() for name, values in draws.items()},
        "quantiles": quantiles,
        "days": later,
        "models": {"Model": dict.fromkeys(readings.OF_MODEL, 7.0)},
        "health": "PASS",
    }


@pytest.fixture(scope="module")
def rows(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GAPLAB_CACHE", str(tmp_path_factory.mktemp("cache")))
        patch.setattr(readings, "at_origin", fake)
        return readings.read_again(Params(as_of="2026-06-30", draws=100), first=FIRST)


def test_a_revision_is_the_later_reading_of_the_day_less_that_of_the_day(rows):
    assert list(rows.columns) == readings.COLUMNS
    told = rows[rows["definition"] == "frontier_lag"]
    assert told["revision"].to_numpy() == pytest.approx((told["later"] - told["median"]).to_numpy())
    elapsed = (pd.to_datetime(told["read_on"]) - pd.to_datetime(told["origin"])).dt.days
    assert told["later"].to_numpy() == pytest.approx((8.0 + elapsed / 304.375).to_numpy())
    fixed = told["horizon"] != "today"
    months = elapsed[fixed] / 30.4375 - told.loc[fixed, "horizon"].astype(float)
    assert months.between(-0.05, 1.6).all()


def test_today_is_the_last_day_with_everything_known_and_not_too_near(rows):
    today = rows[rows["horizon"] == "today"]
    assert set(today["read_on"]) == {"2026-06-30"}
    assert (pd.Timestamp("2026-06-30") - pd.to_datetime(today["origin"])).min() >= pd.Timedelta(days=91)
    assert set(today["knowledge"]) == {"real_time", "hindsight"}
    assert set(today["ruler"]) == set(readings.RULERS)


def test_a_model_that_has_no_reading_any_more_leaves_a_row_without_one(rows):
    gone = rows[(rows["subject"] == "Gone")]
    assert len(gone)
    assert gone[["later", "revision", "crps"]].isna().all(axis=None)
    found = readings.revision_summary(rows).set_index(["knowledge", "ruler", "definition", "horizon"])
    model, country = (found.loc[("hindsight", "ability", name, "today")] for name in ("model_lag", "frontier_lag"))
    assert model["n"] < country["n"]
    assert model["bias"] == pytest.approx(1.0, abs=0.1)


def test_the_stretch_of_a_day_uses_only_revisions_that_were_known_on_it(rows):
    told = rows[(rows["definition"] == "released_lag") & np.isfinite(rows["later"])]
    first = told["origin"].min()
    assert set(told.loc[told["origin"] == first, "stretch"]) == {1.0}
    assert (told.loc[told["origin"] > "2026-04-01", "stretch"] > 1.0).all()
    spoilt = told.assign(revision=told["revision"].where(told["read_on"] <= "2026-04-11", 99.0))
    day = pd.Timestamp("2026-04-11")
    assert revisions.stretch_on(spoilt, "released_lag", day) == revisions.stretch_on(told, "released_lag", day)
    assert revisions.stretch_on(spoilt, "released_lag", pd.Timestamp("2026-06-30")) > 5


def test_the_summary_counts_what_intervals_held():
    count = 10
    table = pd.DataFrame({
        "knowledge": "hindsight", "ruler": "ability", "origin": [f"2025-{n + 1:02d}-10" for n in range(count)],
        "definition": "frontier_lag", "subject": None, "horizon": "today", "read_on": "2026-06-30", "median": 5.0,
        "lower_50": 4.0, "upper_50": 6.0, "lower_80": 3.0, "upper_80": 7.0, "lower_95": 2.0, "upper_95": 8.0,
        "later": [4.5] * 5 + [6.5] * 3 + [7.5, 9.5], "crps": 1.0,
        "stretch": 0.5, "crps_stretched": 0.9, "health": "PASS",
    })  # fmt: skip
    table["revision"] = table["later"] - table["median"]
    row = readings.revision_summary(table).iloc[0]
    assert [row["coverage_50"], row["coverage_80"], row["coverage_95"]] == [0.5, 0.8, 0.9]
    assert row["bias"] == pytest.approx(table["revision"].mean())
    assert row["width_80"] == 4.0
    assert row["undefined"] == 0.0
    assert [row[f"coverage_{level}_stretched"] for level in (50, 80, 95)] == [0.5, 0.5, 0.8]
    assert row["width_80_stretched"] == 2.0
    chart = past_readings_chart(table, readings.revision_summary(table))
    assert "2025-10-10: 5.0, 3.0 to 7.0; today 9.5." in chart.alt
    assert "by −0.5 to +2.5 months (80%)" in chart.title


def test_scores_after_an_origin_change_no_reading(tmp_path):
    world = simulate_world(WorldSpec(models_per_country=9, benchmarks=6, scores_per_model=5), 1)
    run = Params(leader="Leader", follower="Follower", chains=2, draws=100, knot_months=6.0)
    found = []
    for name in ("plain", "spoilt"):
        folder = tmp_path / name
        folder.mkdir()
        frames = dict(world.frames)
        if name == "spoilt":
            later = frames["models"].set_index("model")["release_date"] > pd.Timestamp("2026-02-28")
            late = frames["scores"]["model"].map(later)
            assert late.any()
            frames["scores"] = frames["scores"].assign(score=frames["scores"]["score"].mask(late, 1.0))
        for table, frame in frames.items():
            frame.to_csv(folder / f"{table}.csv", index=False, date_format="%Y-%m-%d")
        settings = {key: value for key, value in run.as_strings().items() if value is not None}
        settings["data"] = str(folder)
        found.append(readings.at_origin("hindsight", "ability", "2026-02-28", settings, ["2025-11-30"]))
    assert found[0] == found[1]
    assert set(found[0]["days"]) == {"2025-11-30"}
    assert found[0]["subject"] in found[0]["models"]
