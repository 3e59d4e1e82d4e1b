"""Epoch's files, written here in their formats, and what they change in a small data set."""

from __future__ import annotations

import pandas as pd
import pytest
from support.feeds import GPQA, OF_MODELS, VERSIONS, bundle, matrix, metr_file
from support.imports import VERSION_LEVEL, bytes_of, score, table
from support.tables import TINY

from gaplab.data.access import eligible
from gaplab.data.load import load
from gaplab.errors import GaplabError
from gaplab.importers import names
from gaplab.importers.import_file import prepare


def test_the_version_level_index_keeps_the_best_variant_and_adds_models_with_their_country(folder, bring):
    found = bring("epoch", VERSIONS, "2026-03-01")
    values = table(folder, "index_vintages").query("vintage == '2026-03-01'").set_index("model")["value"]
    assert values.to_dict() == {"Alpha 1": "141.5", "Delta 2": "150.25", "Omega": "120.0"}
    models = table(folder, "models").set_index("model")
    assert models.loc["Delta 2", ["developer", "country", "weights", "release_date"]].tolist() == [
        "Bao", "China", "open", "2026-02-01",
    ]  # fmt: skip
    assert models.loc["Omega", "country"] == "unknown", "two countries are no country"
    assert [line for line in found.unknown if "Omega" in line]
    assert "models.csv" in found.unknown[0]
    assert len(found.unknown) == 1
    assert any("Vision 3" in line for line in found.lines())
    assert "Vision 3" not in models.index
    assert models.loc["Alpha 1"].equals(
        pd.Series(dict(zip(models.columns, TINY["models"][1].split(",")[1:], strict=True)))
    )


def test_the_model_level_index_has_intervals(folder, bring):
    content = (
        f"{OF_MODELS}\nAlpha 1,Alpha 1 Preview,141.25,139.5,143.125,2025-01-10,Acme,US,API access,Closed weights,\n"
    )
    bring("epoch", content, "2025-12-19")
    row = table(folder, "index_vintages").query("vintage == '2025-12-19'").iloc[0]
    assert row[["model", "value", "low", "high", "level"]].tolist() == ["Alpha 1", "141.25", "139.5", "143.125", "0.9"]


def test_a_second_import_changes_nothing_not_even_a_byte(folder, bring):
    for publisher, content, name in (
        ("epoch", VERSIONS, "index.csv"),
        (
            "epoch",
            matrix((0.7, "GPQA diamond", "Alpha 1", "alpha_high", "2025-01-10", "Epoch evaluations")),
            "matrix.csv",
        ),
        ("metr", metr_file({"name": "beta_1_inspect"}), "results.yaml"),
        ("arena", "snapshot_date,model,elo\n2026-03-01,alpha-1,1400\n", "arena.csv"),
        ("aa", "name,artificial_analysis_index\nAlpha 1 (high),50.5\n", "aa.csv"),
    ):
        assert not bring(publisher, content, "2026-03-01", name=name).is_empty
        before = bytes_of(folder)
        again = bring(publisher, content, "2026-03-01", name=name)
        assert again.is_empty, list(again.lines())
        assert bytes_of(folder) == before


def test_an_index_value_before_its_model_was_out_is_held_back(folder, bring):
    found = bring("epoch", VERSIONS.replace("2026-02-01", "2026-03-05"), "2026-03-01", write=False)
    assert any("Delta 2" in line and "2026-03-05" in line for line in found.early)


@pytest.mark.parametrize("older", [True, False])
def test_the_matrix_in_older_and_newer_columns(folder, bring, older):
    date = "2/13/2026" if older else "2026-02-13"
    rows = (
        (0.6, "GPQA diamond", "Alpha 1", "alpha-1-2025-01-10_high", date, "Epoch evaluations"),
        (0.55, "GPQA diamond", "Delta 2", "delta-2_max", date, "Epoch evaluationsEpoch evaluations"),
        (0.3, "OSWorld", "Delta 2", "delta-2_16k", date, ""),
    )
    found = bring("epoch", matrix(*rows, older=older), "2026-03-01")
    assert len(found.added["scores"]) == 2
    assert "scores" not in found.changed
    delta = score(folder, "Delta 2", "GPQA diamond", "epoch_evaluations")
    assert (delta["score"], delta["effort"], delta["adjusted"]) == ("0.55", "max", "chance")
    assert delta["first_seen"] == "2026-03-01"
    osworld = score(folder, "Delta 2", "OSWorld", "osworld")
    assert (osworld["effort"], osworld["adjusted"], osworld["source_class"]) == ("16K", "none", "leaderboard")
    new = table(folder, "models").set_index("model").loc["Delta 2"]
    assert (new["country"], new["release_date"]) == ("unknown", "2026-02-13")
    known = names.handmade_table(folder, "known_versions").set_index("version")["model"]
    assert known["delta-2_max"] == "Delta 2", "the next index file names versions only"
    assert load(as_of=pd.Timestamp("2026-03-02").date(), root=folder).scores["model"].eq("Delta 2").sum() == 2


def test_a_score_that_stays_keeps_its_history_and_a_revised_one_is_new(folder, bring):
    gpqa = lambda value: matrix((value, "GPQA diamond", "Alpha 1", "alpha_xhigh", "", "Epoch evaluations"))  # noqa: E731
    bring("epoch", gpqa(0.602), "2026-03-01")
    stays = score(folder, "Alpha 1", "GPQA diamond", "epoch_evaluations")
    assert (stays["score"], stays["first_seen"], stays["effort"], stays["standard_error"]) == (
        "0.602", "2026-01-15", "high", "0.04",
    )  # fmt: skip
    found = bring("epoch", gpqa(0.7), "2026-04-01")
    revised = score(folder, "Alpha 1", "GPQA diamond", "epoch_evaluations")
    assert (revised["score"], revised["first_seen"], revised["effort"], revised["standard_error"]) == (
        "0.7", "2026-04-01", "xhigh", "",
    )  # fmt: skip
    (line,) = found.changed["scores"]
    assert "0.602 → 0.7" in line
    assert "2026-01-15 → 2026-04-01" in line


def test_an_older_file_tells_when_a_score_was_first_seen_and_nothing_else(folder, bring):
    rows = (
        (0.599, "GPQA diamond", "Alpha 1", "alpha_high", "", "Epoch evaluations"),
        (0.2, "GPQA diamond", "Beta 1", "beta", "", "Epoch evaluations"),
    )
    found = bring("epoch", matrix(*rows, older=True), "2025-12-01")
    row = score(folder, "Alpha 1", "GPQA diamond", "epoch_evaluations")
    assert (row["score"], row["first_seen"]) == ("0.6", "2025-12-01")
    assert "scores" not in found.added
    assert found.older == 1
    bring("epoch", matrix((0.4, *rows[0][1:])), "2025-11-01")
    assert score(folder, "Alpha 1", "GPQA diamond", "epoch_evaluations") == row


def test_a_dropped_score_is_told_and_kept(folder, bring):
    found = bring("epoch", matrix((0.5, "GPQA diamond", "Beta 1", "beta", "", "Epoch evaluations")), "2026-03-01")
    assert found.missing == ["Alpha 1, GPQA diamond, epoch_evaluations, high"]
    assert score(folder, "Alpha 1", "GPQA diamond", "epoch_evaluations")["score"] == "0.6"
    assert any("no longer in the file" in line for line in found.lines())


def test_what_has_no_scale_or_no_class_is_held_back_not_guessed(folder, bring):
    rows = (
        (0.5, "Brand New Test", "Alpha 1", "alpha", "", "Epoch evaluations"),
        (0.5, "GPQA diamond", "Beta 1", "beta", "", "A report nobody has read"),
    )
    found = bring("epoch", matrix(*rows), "2026-03-01")
    assert "scores" not in found.added
    assert any("Brand New Test" in line and "benchmarks.csv" in line for line in found.held_back)
    assert any("A report nobody has read" in line and "matrix_sources.csv" in line for line in found.held_back)


def test_the_source_notes_the_copy_that_was_read(folder, bring):
    found = bring("epoch", matrix((0.7, "GPQA diamond", "Alpha 1", "a", "", "Epoch evaluations")), "2026-03-01")
    row = table(folder, "sources").set_index("source").loc["epoch_evaluations"]
    assert row["retrieved"] == "2026-03-01"
    assert len(row["sha256"]) == 64
    assert found.changed["sources"]


OSWORLD = "Model version,Score,Source\n,65.4,\ndelta-2_max,62.5%,\n"


def test_the_bundle_has_index_and_scores_on_the_scale_of_the_matrix(folder, bring):
    files = {"epoch_capabilities_index.csv": VERSIONS, "gpqa_diamond.csv": GPQA, "os_world_external.csv": OSWORLD}
    bring("epoch", VERSIONS, "2026-02-20")  # brings Delta 2
    found = bring("epoch", bundle(files), "2026-03-01", name="benchmark_data.zip")
    delta = score(folder, "Delta 2", "GPQA diamond", "epoch_evaluations")
    assert float(delta["score"]) == pytest.approx((0.625 - 0.25) / 0.75), "the best run, chance taken out"
    assert float(delta["standard_error"]) == pytest.approx(0.03 / 0.75)
    assert (delta["effort"], delta["published"], delta["adjusted"]) == ("max", "2026-02-05", "chance")
    assert score(folder, "Delta 2", "OSWorld", "osworld")["score"] == "0.625"
    assert float(score(folder, "Alpha 1", "GPQA diamond", "epoch_evaluations")["score"]) == pytest.approx(0.6)
    assert not found.missing, "the bundle has other models than the matrix: what it lacks was not dropped"
    assert any("nobody-knows" in line for line in found.held_back)
    assert (table(folder, "index_vintages")["vintage"] == "2026-03-01").sum() == 3


def test_a_bundle_without_our_tables_is_refused(bring):
    with pytest.raises(GaplabError, match=r"none of the tables"):
        bring("epoch", bundle({"README.md": "hello", "other.csv": "a\n1\n"}), "2026-03-01", name="x.zip")


AUTUMN = {
    "benchmark_metadata.csv": "benchmark,source_file,score_column,scale\nOSWorld,os_world_new.csv,Rate,100\n",
    "gpqa_diamond.csv": GPQA,
    "os_world_new.csv": "Model version,Rate\ndelta-2_max,62.5\n",
    "epoch_capabilities_index/eci_scores.csv": f"{OF_MODELS}\nDelta 2,Delta 2,150.25,148,152,2026-02-01,Bao,China,"
    "Open weights (unrestricted),Open weights,\n",
    "cyber/eci_scores.csv": f"{OF_MODELS}\nAlpha 1,Alpha 1,90,80,99,2025-01-10,Acme,US,API access,Closed weights,\n",
    "epoch_capabilities_index/processed_data_for_eci.csv": "performance,benchmark,model,model_version,date,source,"
    "error\n0.9,OSWorld,Alpha 1,alpha-1-2025-01-10_high,2025-01-10,,x\n",
    "model_metadata.csv": "model_version,model_group,date,organization,country,accessibility\n"
    "delta-2_low,Delta 2,2026-02-01,Bao,China,Open weights\n,,,,,\n",
    "unheard_of.csv": "a,b\n1,2\n",
}


def test_a_bundle_is_read_by_what_its_parts_say_and_the_rest_is_named(folder, bring):
    content = bundle(AUTUMN)
    found = bring("epoch", content, "2026-03-01", name="benchmark_data.zip")
    delta = score(folder, "Delta 2", "GPQA diamond", "epoch_evaluations")
    assert float(delta["score"]) == pytest.approx((0.625 - 0.25) / 0.75), "delta-2_max is known by delta-2_low"
    assert score(folder, "Delta 2", "OSWorld", "osworld")["score"] == "0.625"
    assert score(folder, "Alpha 1", "OSWorld", "osworld")["score"] == "0.9", "the matrix gives what no run has"
    values = table(folder, "index_vintages").query("vintage == '2026-03-01'").set_index("index")["model"]
    assert values.to_dict() == {"epoch_eci": "Delta 2", "epoch_cyber_eci": "Alpha 1"}
    assert any("1 tables of the bundle are not read: unheard_of.csv" in line for line in found.held_back)
    assert bring("epoch", content, "2026-03-01", name="benchmark_data.zip").is_empty, "one import is enough"


def test_what_a_bundle_has_beside_tables_and_tables_without_rows_are_named(bring):
    row = "Alpha 1,141,1,299,2025-01-10,Acme,US,API access,Closed weights,\n".replace("Alpha 1", "Alpha 1,Alpha 1")
    files = {
        "ECI.CSV": f"{OF_MODELS}\n{row}", "gpqa_diamond.csv": GPQA.splitlines()[0], "os_world_external.csv": "",
        "frontiermath.json": "[]", "runs.csv.gz": "x", "README.md": "x", "LICENSE": "x", "__MACOSX/._ECI.csv": "\0",
        "returns.csv": "a\r1\r",
    }  # fmt: skip
    found = bring("epoch", bundle(files), "2026-03-01", name="b.zip")
    assert found.held_back == [
        "1 tables of the bundle are not read: returns.csv",
        "2 tables of the bundle have no rows: gpqa_diamond.csv, os_world_external.csv",
        "2 files of the bundle are no CSV and not read: frontiermath.json, runs.csv.gz",
    ]


def test_of_two_tables_of_one_index_the_one_with_intervals_is_read_and_two_alike_are_refused(folder, bring):
    index = f"{OF_MODELS}\nAlpha 1,Alpha 1,141,140,142,2025-01-10,Acme,US,API access,Closed weights,\n"
    bring("epoch", bundle({"eci_scores.csv": index, "versions.csv": VERSIONS}), "2026-03-01", name="a.zip")
    values = table(folder, "index_vintages").query("vintage == '2026-03-01'")
    assert values[["model", "value", "low"]].to_numpy().tolist() == [["Alpha 1", "141.0", "140.0"]]
    with pytest.raises(GaplabError, match=r"the same index in .*eci_scores\.csv, .*old/eci_scores\.csv"):
        bring("epoch", bundle({"eci_scores.csv": index, "old/eci_scores.csv": index}), "2026-03-02", name="b.zip")


def test_two_tables_of_one_name_in_a_bundle_are_refused(bring):
    with pytest.raises(GaplabError, match=r"gpqa_diamond\.csv in several folders"):
        bring("epoch", bundle({"a/gpqa_diamond.csv": GPQA, "b/gpqa_diamond.csv": GPQA}), "2026-03-01", name="x.zip")


def test_a_model_marked_unreleased_is_not_public(folder, bring):
    content = f"{OF_MODELS}\nSecret 1,Secret 1,170,160,180,2026-02-01,Acme,US,Unreleased,Unreleased,\n"
    bring("epoch", content, "2026-03-01")
    row = table(folder, "models").set_index("model").loc["Secret 1"]
    assert (row["release_date"], row["date_precision"], row["weights"]) == ("", "unknown", "closed")
    state = table(folder, "access").set_index("model").loc["Secret 1"]
    assert (state["state"], state["from"]) == ("internal", "2026-02-01")
    counted = eligible(
        load(as_of=pd.Timestamp("2026-03-02").date(), root=folder), scope="public", clock="release", leader="US"
    )
    assert "Secret 1" not in counted.index


@pytest.mark.parametrize(
    ("access", "state"),
    [
        ("Not released", "internal"), ("Internal only", "internal"), ("Announced, not out yet", "internal"),
        ("Coming soon", "internal"), ("Limited preview", "trusted"), ("API access (invite only)", "trusted"),
        ("Open weights (restricted use)", "public"), ("Hosted access (no API)", "public"), ("", "public"),
        ("For friends", "told"),
    ],
)  # fmt: skip
def test_who_could_use_a_model_is_read_in_a_publishers_words_or_told(folder, bring, access, state):
    content = f'{OF_MODELS}\nNew 1,New 1,170,160,180,2026-02-01,Acme,US,"{access}",,\n'
    found = bring("epoch", content, "2026-03-01")
    released = table(folder, "models").set_index("model").loc["New 1", "release_date"]
    assert released == ("2026-02-01" if state in ("public", "told") else "")
    periods = table(folder, "access").query("model == 'New 1'")
    assert periods["state"].tolist() == [state] * (state in ("internal", "trusted"))
    told = [line for line in found.lines() if "counts as public" in line]
    assert told == ['access "For friends" counts as public (New 1)'] * (state == "told")


def test_a_model_listed_by_the_matrix_that_the_index_calls_unreleased_is_told(bring):
    bring("epoch", matrix((0.5, "GPQA diamond", "New 1", "new-1", "2026-02-01", "Epoch evaluations")), "2026-03-01")
    index = f"{OF_MODELS}\nNew 1,New 1,170,160,180,2026-02-01,Acme,US,Unreleased,Unreleased,\n"
    found = bring("epoch", index, "2026-03-01")
    assert "New 1: out since 2026-02-01 in models.csv and internal in the file; ours stays" in found.disagreements


@pytest.mark.parametrize(
    ("written", "ours"),
    [
        ("UNITED STATES OF AMERICA", "US"), ("United States of America,United States of America", "US"),
        ("U.S.A.; United States-of-America", "unknown"), ("China,United States of America", "unknown"),
        ("Atlantis", "unknown"), ("", "unknown"),
    ],
)  # fmt: skip
def test_a_country_is_known_by_its_letters_and_told_when_it_is_not(folder, bring, written, ours):
    found = bring("epoch", f'{OF_MODELS}\nNew 1,New 1,150,,,2026-02-01,Acme,"{written}",,,\n', "2026-03-01")
    assert table(folder, "models").set_index("model").loc["New 1", "country"] == ours
    told = f'country "{written}" is not known; if it is one, add it to build/countries.csv (New 1)'
    assert (told in found.lines()) == (ours == "unknown" and bool(written))


def test_what_a_publisher_corrects_is_told_and_ours_stays(folder, bring):
    found = bring("epoch", VERSIONS.replace("2025-01-10,Acme,United", "2024-12-01,Acme,United"), "2026-03-01")
    assert found.disagreements == [
        "Alpha 1: release_date is 2025-01-10 in models.csv and 2024-12-01 in the file; ours stays"
    ]
    assert found.disagreements[0] in list(found.lines())


def test_a_blank_source_on_a_test_that_epoch_runs_is_epochs_own(folder, bring):
    found = bring("epoch", matrix((0.5, "GPQA diamond", "Beta 1", "beta", "", "")), "2026-03-01")
    assert score(folder, "Beta 1", "GPQA diamond", "epoch_evaluations")["score"] == "0.5"
    assert any("count as Epoch's own runs" in line for line in found.feeds[0].notes)


def test_a_bundle_of_february_under_a_day_of_march_is_doubted(upstream, copy):
    file = upstream / VERSION_LEVEL.format("2026-03-12_bundle_of_2026-02-25")
    found = prepare("epoch", str(file), copy, vintage="2026-03-12")
    assert any("an old copy under a new day" in line for line in found.doubts)
