"""The record: what is committed says what made it, and the verbs that make it are thin."""

from __future__ import annotations

import json
from datetime import date

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from gaplab.cli.root import main
from gaplab.errors import GaplabError
from gaplab.params.spec import Params
from gaplab.places import RECORD
from gaplab.report.charts.record.calibration import calibration_chart
from gaplab.report.charts.record.influence import influence_chart
from gaplab.report.charts.record.known_truth import known_truth_chart
from gaplab.report.charts.record.past_readings import past_readings_chart
from gaplab.report.charts.record.sensitivity import sensitivity_chart
from gaplab.report.charts.record.skill import skill_chart
from gaplab.report.sections.influence import leave_one_out_finding
from gaplab.report.sections.record import calibration_line
from gaplab.report.text.record import world_name
from gaplab.validation import leave_one_out, nowcasts, sensitivity, track_record, truth
from gaplab.validation.calibration.bands import bands, rank_summary, recorded_summary

SCHEMAS = {
    "sbc.csv": ["quantity", "rank", "n_draws"],
    "known_truth.csv": [
        "world", "estimator", "bias_months", "rmse_months", "coverage_50", "coverage_80", "coverage_95", "n",
    ],
    "backtest.csv": [
        "origin", "horizon_months", "target", "forecaster", "median", "lower_80", "upper_80", "outcome", "crps",
    ],
    "backtest_summary.csv": [
        "forecaster", "horizon_months", "target", "crps", "skill", "skill_lower", "skill_upper", "coverage_80",
    ],
    "sensitivity.csv": ["assumption", "headline", "shift_months"],
    "influence.csv": ["by", "left_out", "scores", "number", "months", "months_without", "shift", "error", "k_hat"],
}  # fmt: skip


@pytest.mark.parametrize("name", list(track_record.FILES))
def test_a_committed_table_has_its_columns_and_its_origin(name):
    if name not in track_record.present():
        pytest.skip("not made yet")
    table = track_record.read(name)
    wanted = SCHEMAS.get(name, [])
    assert list(table.columns[: len(wanted)]) == wanted
    made = json.loads((RECORD / track_record.MANIFEST).read_text())[name]
    assert made["command"].startswith(f"gaplab validate {track_record.FILES[name]}")
    assert {"data_hash", "code", "commit", "versions"} <= set(made)
    assert made["rows"] == len(table)


def test_tables_are_written_with_what_made_them_and_others_stay(tmp_path):
    table = pd.DataFrame({"quantity": ["a"], "rank": [3], "n_draws": [99]})
    track_record.write(tmp_path, {"sbc.csv": table}, command="gaplab validate sbc", data_hash="simulated")
    track_record.write(tmp_path, {"known_truth.csv": table}, command="gaplab validate truth", data_hash="simulated")
    assert track_record.read("sbc.csv", tmp_path).equals(table)
    assert set(json.loads((tmp_path / "manifest.json").read_text())) == {"sbc.csv", "known_truth.csv"}
    assert track_record.present(tmp_path) == ["sbc.csv", "known_truth.csv"]
    with pytest.raises(GaplabError, match="gaplab validate backtest"):
        track_record.read("backtest.csv", tmp_path)
    with pytest.raises(GaplabError, match="expected one of"):
        track_record.read("anything.csv", tmp_path)


@pytest.fixture
def quick(monkeypatch, tmp_path):
    """Simulations that cost nothing, and a folder to run in."""

    def ranks(stage, seed, size):
        rng = np.random.default_rng(seed)
        return {name: int(rng.integers(0, 100)) for name in ("frontier_lag", "model_lag")}

    def estimates(world, seed, size):
        draws = 8 + np.random.default_rng(seed).normal(size=100)
        return [truth.estimate_row(world, name, 8.0, draws) for name in ("frontier_lag", "bracket")]

    monkeypatch.setenv("GAPLAB_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("gaplab.validation.calibration.run.rank_one", ranks)
    monkeypatch.setattr("gaplab.validation.truth.simulate_one", estimates)
    return tmp_path


def test_verbs_write_the_record_and_say_where(quick):
    result = CliRunner().invoke(main, ["validate", "sbc", "--simulations", "8", "--out", "record", "--quiet"])
    assert result.exit_code == 0, result.output
    assert result.output.splitlines()[-1] == str(quick / "record")
    assert len(track_record.read("sbc.csv", quick / "record")) == 8 * 2 * 2
    made = json.loads((quick / "record" / "manifest.json").read_text())["sbc.csv"]
    assert made["command"] == "gaplab validate sbc --simulations 8"
    stored = track_record.read("sbc_summary.csv", quick / "record").drop(columns="ranks")
    assert stored.equals(rank_summary(track_record.read("sbc.csv", quick / "record")).round(4))
    assert (quick / "record" / "calibration.svg").read_text().rstrip().endswith("</svg>")
    result = CliRunner().invoke(
        main, ["validate", "truth", "--simulations", "3", "--world", "smooth", "--out", "record"]
    )
    assert result.exit_code == 0, result.output
    assert set(track_record.read("known_truth.csv", quick / "record")["world"]) == {"smooth"}


def test_a_quick_run_leaves_the_record_alone(quick):
    for verb in ("sbc", "truth"):
        result = CliRunner().invoke(main, ["validate", verb, "--quick", "--quiet"])
        assert result.exit_code == 0, result.output
        assert "frontier_lag" in result.output
    assert not (quick / "docs").exists()


def test_nowcasts_of_past_days_go_on_where_they_were_broken_off(quick, monkeypatch):
    asked = []

    def readings(as_of, ruler, settings):
        asked.append((as_of, ruler))
        if as_of == "2026-04-29" and len(asked) < 4:
            raise RuntimeError("no power")
        key = {"as_of": as_of, "ruler": ruler}
        row = {"definition": "released_lag", "covered_without": False, "covered_nowcast": True, "unscored": 9}
        return {"gaps": [key | row | {"error_without": 2.004, "error_nowcast": -1.0}], "models": [key]}

    days = [date(2026, 2, 22), date(2026, 4, 19), date(2026, 4, 29)]
    monkeypatch.setattr("gaplab.validation.nowcasts.nowcast_one", readings)
    monkeypatch.setattr("gaplab.validation.nowcasts.days", lambda params: days)
    words = ["validate", "nowcast", "--out", "record", "--quiet"]
    assert CliRunner().invoke(main, words).exit_code == 1
    assert not (quick / "record").exists()
    again = CliRunner().invoke(main, words)
    assert again.exit_code == 0, again.output
    assert len(asked) == len(set(asked)) + 1 == 7, "what was done is not done again"
    assert "ability: best released model, error without nowcast +2.0" in again.output
    kept = track_record.read("nowcast.csv", quick / "record")
    assert kept[["as_of", "ruler"]].apply(tuple, axis=1).tolist() == [
        (day.isoformat(), ruler) for ruler in nowcasts.RULERS for day in days
    ]
    assert json.loads((quick / "record" / "manifest.json").read_text())["nowcast_models.csv"]["rows"] == 6


def test_an_unknown_world_is_refused_with_the_list(quick):
    result = CliRunner().invoke(main, ["validate", "truth", "--world", "flat"])
    assert result.exit_code == 2
    assert "smooth" in result.stderr


def test_what_is_stored_of_the_ranks_is_what_they_give(monkeypatch, tmp_path):
    ranks = track_record.read("sbc.csv")
    truly = rank_summary(ranks)
    other = ranks.assign(rank=ranks["rank"].where(ranks.index != 9000, 99 - ranks["rank"]))
    other.to_csv(tmp_path / "sbc.csv", index=False)
    (tmp_path / "sbc_summary.csv").write_bytes((RECORD / "sbc_summary.csv").read_bytes())
    assert recorded_summary(tmp_path).equals(rank_summary(other)), "of other ranks than it is stored for"
    (tmp_path / "sbc_summary.csv").unlink()
    assert recorded_summary(tmp_path).equals(rank_summary(other))

    monkeypatch.setattr("gaplab.validation.calibration.bands.rank_summary", None)
    stored = recorded_summary()
    pd.testing.assert_frame_equal(stored, truly.round(4), check_exact=True)
    assert calibration_line(stored) == calibration_line(truly)


def test_the_chart_of_known_gaps_ranks_worlds_by_what_is_gained_on_the_best_rule():
    errors = truth.errors(track_record.read("known_truth.csv"))
    assert (errors["best"] == errors[list(truth.PEERS)].min(axis=1)).all()
    chart = known_truth_chart(errors)
    assert chart.svg() == known_truth_chart(errors.iloc[::-1]).svg(), "the order of the table does not matter"
    gained = chart.data["best"] / chart.data["ours"]
    assert gained.is_monotonic_decreasing
    for world, row in errors.iterrows():
        assert f"{world_name(world)}: ours {row['ours']:.1f}, best rule {row['best']:.1f} months" in chart.alt
    assert set(errors.index.map(world_name)).isdisjoint(errors.index), "every world has a name"


def test_the_page_shows_a_chart_of_every_part(repository):
    page = (repository / "docs" / "record.md").read_text(encoding="utf-8")
    ranking = leave_one_out.ranking(track_record.read("influence.csv"))
    ranks = track_record.read("sbc.csv")
    charts = {
        "calibration": calibration_chart(bands(ranks), rank_summary(ranks)),
        "known_truth": known_truth_chart(truth.errors(track_record.read("known_truth.csv"))),
        "readings": past_readings_chart(track_record.read("readings.csv"), track_record.read("readings_summary.csv")),
        "record": skill_chart(track_record.read("backtest_summary.csv")),
        "sensitivity": sensitivity_chart(track_record.read("sensitivity.csv")),
        "influence": influence_chart(ranking, Params()),
    }
    for name, chart in charts.items():
        assert f"![{chart.title}](record/{name}.svg)" in page
        assert (RECORD / f"{name}.svg").is_file()


def test_what_the_page_says_of_influence_is_what_the_table_says(repository):
    if "influence.csv" not in track_record.present():
        pytest.skip("not made yet")
    said = " ".join((repository / "docs" / "record.md").read_text(encoding="utf-8").split())
    table = track_record.read("influence.csv").fillna({"health": "", "method": ""})
    assert leave_one_out_finding(table).text in said
    seed = track_record.read("sensitivity.csv").query("assumption.str.startswith('another seed')")["shift_months"].abs()
    assert f"moved a headline by up to {seed.max():.2f} months" in said
    assert (table["by"] == "benchmark").sum() >= 15 * 4 - 4, "at least fifteen tests"


def test_what_the_page_says_of_the_record_is_what_the_tables_say(repository):
    said = " ".join((repository / "docs" / "record.md").read_text(encoding="utf-8").split())
    ranks = rank_summary(track_record.read("sbc.csv")).set_index("quantity")
    assert f"the ranks of {ranks['inside'].sum()} of {len(ranks)} quantities stay inside" in said
    assert f"as far as {ranks['simulations'].max()} worlds can tell" in said
    for name in ("sbc.csv", "sbc_groups.csv"):
        table = rank_summary(track_record.read(name))
        held = table["coverage_80"]
        assert set(table.loc[~table["inside"], "quantity"]) <= {"pipeline: distance in logits"}, "as the page says"
        assert f"80% intervals held {100 * held.min():.0f} to {held.max():.0%}" in said

    truth_table = track_record.read("known_truth.csv").set_index(["world", "estimator"])
    error = truth_table["rmse_months"].unstack()
    best = error[list(truth.PEERS)].min(axis=1)
    saved = 1 - error["frontier_lag"] / best
    better = saved[saved > 0]
    assert (len(better), len(saved)) == (9, 11)
    assert set(saved.index) - set(better.index) == {"slope_change", "overtaking"}
    assert f"is {better.min():.0%}".rstrip("%") in said
    assert f"to {better.max():.0%} below the best rule's" in said
    released = 1 - error["released_lag"] / best
    assert f"`released_lag` is {100 * released.min():.0f} to {released.max():.0%} below" in said
    held = truth_table["coverage_80"].unstack()["released_lag"]
    assert f"held in {held.pop('jumpy'):.0%} where the frontier moves in jumps" in said
    assert f"and in {100 * held.min():.0f} to {held.max():.0%} elsewhere" in said
    smooth, change = (truth_table.loc[(world, "frontier_lag")] for world in ("smooth", "slope_change"))
    assert f"bias is {smooth['bias_months']:+.1f} month" in said
    assert f"the error {saved['smooth']:.0%} below" in said
    assert f"80% intervals held in {smooth['coverage_80']:.0%}" in said
    assert f"(bias {change['bias_months']:+.1f} months, 80% intervals held in {change['coverage_80']:.0%})" in said

    places = track_record.read("predictive.csv").query("grouping == 'all'").iloc[0]
    assert f"hold {places['loo_coverage_80']:.0%} of {int(places['n']):,} scores" in said
    assert f"95% intervals {places['loo_coverage_95']:.0%}" in said

    stack = track_record.read("backtest.csv").query("forecaster == 'stack'").dropna(subset=["outcome", "lower_80"])
    held = stack["outcome"].between(stack["lower_80"], stack["upper_80"])
    of_lag = held[stack["target"] == "frontier_lag"].mean()
    assert f"those of 80% held {of_lag:.0%} of what came" in said
    assert f"those of all targets together, at all origins and horizons, {held.mean():.0%}" in said
    judged = track_record.read("backtest_summary.csv").query("forecaster == 'stack' and skill_lower.notna()")
    assert (len(judged), (judged["skill_lower"] > 0).sum()) == (10, 3), "ten kinds with a verdict, three better"

    shifts = track_record.read("sensitivity.csv").pivot(index="assumption", columns="headline", values="shift_months")
    lag = track_record.read("sensitivity.csv").query("headline == 'frontier_lag'").set_index("assumption")
    equal = "all tests equally sharp (one-parameter model)"
    subsets = lag.loc["without government scores":"semi-private and private tests only"].dropna(subset="shift_months")
    subsets = subsets[~subsets["note"].str.contains("FAIL")]
    for assumption in [*subsets.index, sensitivity.OWN_LINE, equal, "read on Epoch's index"]:
        both = shifts.loc[assumption, ["released_lag", "frontier_lag"]]
        assert f"| {assumption} | {both.iloc[0]:+.1f} | {both.iloc[1]:+.1f} |" in said.replace("−", "-")
    assert f"default run's {lag['months'].iloc[0]:.1f} months" in said
    switches = lag.loc[:"knots every three months", "shift_months"].abs()
    priors = lag[lag.index.str.startswith("prior")]["shift_months"]
    assert switches.idxmax() == equal
    assert f"no other switch moves the number by more than {switches.drop(equal).max():.1f}" in said
    assert priors.abs().max() < 0.1
    assert priors.index[priors.isna()].tolist() == ["prior of the steps between knots to the power 1.25"]
