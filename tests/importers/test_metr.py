"""METR's horizons and lists of runs."""

from __future__ import annotations

import pytest
from support.feeds import GPQA, bundle, metr_file
from support.imports import BENCHMARKS, bytes_of, score, table
from support.tables import put

from gaplab.errors import GaplabError


def test_metr_horizons_are_index_values_and_scores(folder, bring):
    rows = ({"name": "beta_1_inspect", "estimate": 16.0, "low": 4.0, "high": 64.0}, {"name": "gamma_9_inspect"})
    found = bring("metr", metr_file(*rows), name="benchmark_results_1_1_2026-03-01.yaml")
    beta = score(folder, "Beta 1", "METR time horizon 1.1 (50%)", "metr_horizons_1_1")
    assert beta["score"] == "16.0"
    assert float(beta["standard_error"]) == pytest.approx(4 / (2 * 1.96), abs=1e-6)
    values = table(folder, "index_vintages").query("model == 'Beta 1' and vintage == '2026-03-01'").set_index("index")
    assert values["value"].to_dict() == {"metr_p50_minutes": "16.0", "metr_p80_minutes": "8.0"}
    assert found.missing == ["Alpha 1, METR time horizon 1.1 (50%), metr_horizons_1_1, default"]
    assert "gamma_9_inspect" in found.unknown[0]


def test_suites_of_metr_are_never_mixed(folder, bring):
    bring(
        "metr",
        metr_file({"name": "beta_1_inspect", "suite": "1.0"}, header="METR-Horizon-v1"),
        "2026-03-01",
        name="a.yaml",
    )
    assert score(folder, "Beta 1", "METR time horizon 1.0 (50%)", "metr_horizons_1_0")
    new = table(folder, "index_vintages").query("vintage == '2026-03-01'")
    assert set(new["index"]) == {"metr_p50_minutes_1_0", "metr_p80_minutes_1_0"}
    with pytest.raises(GaplabError, match="names no suite"):
        bring("metr", metr_file({"name": "x", "suite": "next"}), "2026-03-01", name="b.yaml")


@pytest.mark.parametrize("estimate", ["ten", "-3", "0", ".inf", ".nan", "true", "[1]"])
def test_a_horizon_that_is_no_number_of_minutes_is_refused(folder, bring, estimate):
    before = bytes_of(folder)
    with pytest.raises(GaplabError, match=r"beta_1_inspect.*p50 estimate"):
        bring("metr", metr_file({"name": "beta_1_inspect", "estimate": estimate}), "2026-03-01", name="x.yaml")
    assert bytes_of(folder) == before


def test_the_suite_of_a_copied_horizon_is_what_its_label_says(folder, bring):
    head = "Model version,Time horizon,CI_low,CI_high"
    files = lambda rows, head: {"gpqa_diamond.csv": GPQA, "metr_time_horizons_external.csv": f"{head}\n{rows}\n"}  # noqa: E731
    labelled = "beta_1_inspect,10,5,20,METR-Horizon-v1.0\nalpha-1-2025-01-10,11,5,20,METR-Horizon-v9"
    found = bring("epoch", bundle(files(labelled, f"{head},METR version")), "2026-03-01", name="a.zip")
    assert found.feeds[0].scores.query("evaluator == 'METR'")["benchmark"].tolist() == ["METR time horizon 1.0 (50%)"]
    assert any("METR-Horizon-v9" in line for line in found.held_back)
    old = bundle(files("alpha-1-2025-01-10,12,5,20", head))
    early = bring("epoch", old, "2026-01-24", name="b.zip", write=False)
    assert early.feeds[0].scores.query("evaluator == 'METR'")["benchmark"].tolist() == ["METR time horizon 1.0 (50%)"]
    late = bring("epoch", old, "2026-03-02", name="c.zip", write=False)
    assert any("no column names their suite" in line for line in late.held_back)


def test_a_horizon_beyond_the_suite_is_a_lower_bound(folder, bring):
    put(
        folder,
        "benchmarks",
        1 + [r.split(",")[0] for r in BENCHMARKS].index("METR time horizon 1.1 (50%)"),
        "ceiling",
        "960",
    )
    bring(
        "metr", metr_file({"name": "beta_1_inspect", "estimate": 2044.0, "high": 4000.0}), "2026-03-01", name="m.yaml"
    )
    row = score(folder, "Beta 1", "METR time horizon 1.1 (50%)", "metr_horizons_1_1")
    assert (row["score"], row["censored"], row["standard_error"]) == ("960.0", "lower", "")


def test_the_list_of_runs_dates_our_values_and_changes_none(folder, bring):
    head = "id,task,model,Best score (across scorers),started_at,Status\n"
    runs = (
        'a,GPQA diamond,alpha-1-2025-01-10_high,"0,700","2 de diciembre de 2025 2:08am",Success\n'
        'b,GPQA diamond,alpha-1-2025-01-10_xhigh,"0,9","3 de febrero de 2026 2:08am",Success\n'
        'c,GPQA diamond,beta_1_inspect,"0,5","3 de febrero de 2026 2:08am",Success\n'
        'd,GPQA diamond,beta_1_inspect,"0,9","3 de febrero de 2026 2:08am",Failed\n'
    )
    for row in (2, 3):
        put(folder, "scores", row, "first_seen", "2026-01-10")
    bring("epoch", head + runs, "2026-03-01", name="runs.csv")
    row = score(folder, "Alpha 1", "GPQA diamond", "epoch_evaluations")
    assert (row["score"], row["first_seen"]) == ("0.6", "2026-01-10"), "not before the first vintage of its test"
    put(folder, "scores", 2, "first_seen", "2025-11-01")
    bring("epoch", head + runs, "2026-03-01", name="runs.csv")
    assert score(folder, "Alpha 1", "GPQA diamond", "epoch_evaluations")["first_seen"] == "2025-12-09", "a week after"
    assert float(score(folder, "Beta 1", "GPQA diamond", "epoch_evaluations")["score"]) == pytest.approx(
        1 / 3, abs=1e-6
    )
