"""Publishers' files, written here in their formats, and what they change in a small data set; real ones if present."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner
from support.feeds import GPQA, OF_MODELS, OF_VERSIONS, VERSIONS, bundle, matrix, metr_file
from support.tables import TINY, put

from gaplab.cli.root import main
from gaplab.data import write
from gaplab.data.access import eligible
from gaplab.data.contract import TABLES
from gaplab.data.csv_file import file_text
from gaplab.data.load import check_tables, load
from gaplab.errors import GaplabError
from gaplab.importers import change, names
from gaplab.importers.feed import days, numbers
from gaplab.params import complete
from gaplab.places import PROJECT_DATA

BUILD = {
    "known_versions": ["version,model", "alpha-1-2025-01-10,Alpha 1"],
    "models_named": ["name,model", "beta_1_inspect,Beta 1"],
    "merged_names": ["name,model"],
    "unlisted": ["model,reason", "Vision 3,not a language model"],
    "countries": ["code,country", "China,China", "United States of America,US"],
    "matrix_sources": [
        "matches,source,publisher,source_class,evaluator,harness,url,published",
        "Epoch evaluations,epoch_evaluations,Epoch AI,independent,Epoch AI,Inspect,https://epoch.ai/benchmarks,",
        "benchmark:OSWorld,osworld,OSWorld authors,leaderboard,OSWorld authors,,https://os-world.example,",
    ],
    "raw_files": [
        "benchmark,zip_file,zip_column,scale,zip_error,zip_error_scale",
        "GPQA diamond,gpqa_diamond,mean_score,1,stderr,1",
        "OSWorld,os_world_external,Score,100,,1",
    ],
    "benchmarks": ["benchmark,rescaled", "GPQA diamond,yes", "OSWorld,no"],
}
SOURCES = [
    *TINY["sources"],
    "epoch_evaluations,Epoch AI,https://epoch.ai/benchmarks,CC BY 4.0 (Epoch AI),2026-01-15,",
    "epoch_eci,Epoch AI,https://epoch.ai/eci,CC BY 4.0 (Epoch AI),2026-01-15,",
    "metr_horizons_1_1,METR,https://metr.example/results.yaml,facts,2026-01-15,",
]
BENCHMARKS = [
    *TINY["benchmarks"],
    "METR time horizon 1.1 (50%),agentic,private,,,,,log2_minutes,,,https://metr.org/time-horizons/,",
    "METR time horizon 1.0 (50%),agentic,private,,,,,log2_minutes,,,https://metr.org/time-horizons/,",
    "OSWorld,agentic,public,0,1,369,,logit,,,https://os-world.example,",
]
SCORES = [
    *TINY["scores"],
    "Alpha 1,GPQA diamond,epoch_evaluations,high,0.6,0.04,,independent,Epoch AI,Inspect,chance,none,2026-01-15,"
    "2025-02-01,https://epoch.ai/benchmarks",
    "Alpha 1,METR time horizon 1.1 (50%),metr_horizons_1_1,default,60.0,0.5,,independent,METR,METR,none,none,2026-01-15"
    ",,https://metr.org/time-horizons/",
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A small data set with rows of earlier vintages of each publisher."""
    root = tmp_path / "data"
    (root / "build").mkdir(parents=True)
    for name, lines in (TINY | {"sources": SOURCES, "benchmarks": BENCHMARKS, "scores": SCORES}).items():
        (root / f"{name}.csv").write_text("\n".join(lines) + "\n", "utf-8")
    for name, lines in BUILD.items():
        (root / "build" / f"{name}.csv").write_text("\n".join(lines) + "\n", "utf-8")
    assert check_tables(root) == []
    return root


@pytest.fixture
def bring(folder, tmp_path):
    """Import a file: `bring("epoch", content, day)` gives the change, written unless told otherwise."""

    def bring(publisher, content, vintage=None, *, name="file.csv", write=True):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        found = change.prepare(publisher, str(path), folder, vintage=vintage)
        if write:
            change.write(found)
            assert check_tables(folder) == []
        return found

    return bring


def table(folder: Path, name: str) -> pd.DataFrame:
    return file_text(folder / f"{name}.csv")


def score(folder: Path, model: str, benchmark: str, source: str) -> dict:
    rows = table(folder, "scores").query("model == @model and benchmark == @benchmark and source == @source")
    assert len(rows) == 1
    return rows.iloc[0].to_dict()


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


# --- Epoch: the index -------------------------------------------------------------------------------


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


def test_the_vintage_is_named_by_the_user_or_the_file_never_guessed(folder, bring):
    with pytest.raises(GaplabError, match="--vintage"):
        bring("epoch", VERSIONS)
    with pytest.raises(GaplabError, match="--vintage"):
        bring("epoch", VERSIONS, name="from_2026-03-01_to_2026-04-01.csv")
    assert bring("epoch", VERSIONS, name="eci_2026-03-01.csv").feeds[0].vintage == "2026-03-01"


def test_an_index_value_before_its_model_was_out_is_held_back(folder, bring):
    found = bring("epoch", VERSIONS.replace("2026-02-01", "2026-03-05"), "2026-03-01", write=False)
    assert any("Delta 2" in line and "2026-03-05" in line for line in found.early)


# --- Epoch: the matrix ------------------------------------------------------------------------------


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
    known = names.by_hand(folder, "known_versions").set_index("version")["model"]
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


# --- Epoch: the bundle ------------------------------------------------------------------------------

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


# --- METR -------------------------------------------------------------------------------------------


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


# --- Arena and Artificial Analysis ------------------------------------------------------------------


@pytest.mark.parametrize(
    "content",
    [
        "snapshot_date,fetched_at,n_listed,rank,model,vendor,license,score,ci,votes\n"
        "2026-03-19,x,3,1,alpha-1,Acme,proprietary,1502,6,11671\n2026-03-19,x,3,2,delta-2,Bao,MIT,1450,±7,900\n",
        "model_name,organization,rating,rating_lower,rating_upper,category,leaderboard_publish_date\n"
        "alpha-1,Acme,1502,1496,1508,overall,2026-03-19\nalpha-1,Acme,1400,1390,1410,coding,2026-03-19\n"
        "delta-2,Bao,1450,1443,1457,overall,2026-03-19\n",
    ],
)
def test_arenas_tables_carry_their_own_days(folder, bring, content):
    found = bring("arena", content)
    rows = table(folder, "index_vintages").query("index == 'arena_text_elo'").set_index("model")
    assert rows.loc["Alpha 1", ["vintage", "value", "low", "high", "level"]].tolist() == [
        "2026-03-19", "1502.0", "1496.0", "1508.0", "0.95",
    ]  # fmt: skip
    assert rows.loc["delta-2", "value"] == "1450.0"
    assert table(folder, "models").set_index("model").loc["delta-2", ["developer", "country"]].tolist() == [
        "Bao",
        "unknown",
    ]
    assert any("CC BY" in note for note in found.feeds[0].notes)


def test_names_spelt_freely_match_only_what_is_the_same(folder):
    known = names.known(folder, ["Command R+", "GPT-4.1", "Alpha 1"])
    assert known.model_spelt_freely("command-r-plus") == "Command R+"
    assert known.model_spelt_freely("command-r") is None
    assert known.model_spelt_freely("gpt-4-1") == "GPT-4.1"
    assert known.model_spelt_freely("alpha_1_xhigh") == known.model_spelt_freely("alpha-1 (Thinking, 16k)") == "Alpha 1"
    assert known.model_spelt_freely("alpha-1-max") is None, "may be another model"
    assert known.look_alike("alpha-1-max") == "Alpha 1"
    assert names.known(folder, ["GPT-41", "GPT-4.1"]).model_spelt_freely("gpt 41") is None, "two fit"


def test_artificial_analysis_says_its_licence_and_stays_out_of_the_projects_data(folder, bring, tmp_path):
    content = "name,slug,company,artificial_analysis_index,release_date\nAlpha 1 (low),a,Acme,40,2025-01-10\n" + (
        "Alpha 1 (high),b,Acme,50.5,2025-01-10\nZeta,z,Zed,,2026-01-01\n"
    )
    found = bring("aa", content, "2026-03-01")
    rows = table(folder, "index_vintages").query("index == 'artificial_analysis_index'")
    assert rows[["model", "value"]].to_numpy().tolist() == [["Alpha 1", "50.5"]]
    assert any("redistribute" in note for note in found.feeds[0].notes)
    with pytest.raises(GaplabError, match="passed on"):
        change.prepare("aa", str(tmp_path / "file.csv"), PROJECT_DATA, vintage="2026-03-01")


# --- Whole or not at all ----------------------------------------------------------------------------


def test_nothing_is_written_without_write_or_when_the_tables_would_not_be_valid(folder, bring):
    before = bytes_of(folder)
    bring("epoch", VERSIONS, "2026-03-01", write=False)
    assert bytes_of(folder) == before
    too_high = matrix((1.5, "GPQA diamond", "Beta 1", "beta", "", "Epoch evaluations"))
    with pytest.raises(GaplabError, match=r"(?s)nothing was written.*scores\.csv.*1\.5 is outside 0-1"):
        bring("epoch", too_high, "2026-03-01")
    formula = matrix((0.5, "GPQA diamond", "=CMD()", "x", "", "Epoch evaluations"))
    with pytest.raises(GaplabError, match="formula"):
        bring("epoch", formula, "2026-03-01")
    put(folder, "scores", 2, "score", "71.2")
    with pytest.raises(GaplabError, match=r"scores\.csv row 2"):
        bring("epoch", VERSIONS, "2026-03-01")


def test_the_tables_before_are_kept_and_are_a_data_folder_of_their_own(folder, bring, tmp_path):
    before = {name: (folder / f"{name}.csv").read_bytes() for name in TABLES}
    hash_before = load(as_of=pd.Timestamp("2026-02-01").date(), root=folder).hash
    bring("epoch", VERSIONS, "2026-03-01")
    (kept,) = (folder / write.PREVIOUS).iterdir()
    assert {name: (kept / f"{name}.csv").read_bytes() for name in TABLES} == before
    assert kept.name.startswith("2026-01-15-")
    assert load(as_of=pd.Timestamp("2026-02-01").date(), root=kept).hash == hash_before


def test_tables_changed_by_another_in_the_meantime_are_not_overwritten(folder, bring):
    found = bring("epoch", VERSIONS, "2026-03-01", write=False)
    put(folder, "models", 2, "note", "a fact someone just wrote")
    before = bytes_of(folder)
    with pytest.raises(GaplabError, match=r"models\.csv: changed"):
        change.write(found)
    assert bytes_of(folder) == before


WRONG = {
    "empty": (b"", "is empty"),
    "header only": (OF_VERSIONS.encode(), "has no rows"),
    "another table": (b"a,b\n1,2\n", "its columns are a, b"),
    "not UTF-8": (VERSIONS.encode("utf-16"), "not UTF-8"),
    "open quote": (VERSIONS.encode() + b'"', "is no CSV"),
    "ragged": (VERSIONS.encode() + b"x,y\n", "has 2 cells"),
    "column twice": (VERSIONS.replace("Confidence", "Country").encode(), "a column twice"),
    "no number": (VERSIONS.replace("141.5", "high").encode(), "is not a number"),
    "infinite": (VERSIONS.replace("141.5", "1e999").encode(), "is not a number"),
    "no date": (VERSIONS.replace("2026-02-01", "soon").encode(), "is not a date"),
    "a web page": (b"<html><body>404</body></html>\n<p>\n", "its columns are"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_file_that_is_not_what_it_should_be_is_explained(folder, bring, case):
    content, expected = WRONG[case]
    before = bytes_of(folder)
    with pytest.raises(GaplabError) as caught:
        bring("epoch", content, "2026-03-01")
    assert any(expected in line for line in caught.value.problems), caught.value.problems
    assert bytes_of(folder) == before


def test_a_newer_matrix_moves_the_day_to_which_the_tables_are_complete(folder, bring):
    (folder / "complete.csv").write_text(
        "part,to,note\naccess,2026-06-30,\nreleases,2026-06-30,\nscores,2026-01-15,\n", "utf-8"
    )
    before = bytes_of(folder)
    bring("epoch", matrix((0.7, "GPQA diamond", "Alpha 1", "a", "", "Epoch evaluations")), "2026-03-01")
    assert complete.latest(folder).isoformat() == "2026-03-01"
    write.undo(folder)
    assert (folder / "complete.csv").read_bytes() == before["complete.csv"]


def test_the_command_shows_then_writes_then_has_nothing_to_do(folder, tmp_path):
    path = tmp_path / "eci_2026-03-01.csv"
    path.write_text(VERSIONS, "utf-8")
    asked = ["data", "import", "epoch", str(path), "--data", str(folder)]
    shown, written, again = (CliRunner().invoke(main, arguments) for arguments in (asked, [*asked, "--write"], asked))
    assert [result.exit_code for result in (shown, written, again)] == [0, 0, 0]
    assert "index_vintages.csv: 3 rows added" in shown.output
    assert "--write changes the tables" in shown.output
    assert 'new model "Omega": country unknown' in shown.output
    assert "The tables before are in" in written.output
    assert "nothing to change" in again.output
    assert again.output.splitlines()[-1] == str(folder.resolve())
    refused = CliRunner().invoke(main, [*asked, "--vintage", "yesterday"])
    assert refused.exit_code == 2
    assert "'yesterday' is not a date" in refused.stderr


def test_names_from_a_file_cannot_steer_the_terminal(folder, tmp_path):
    path = tmp_path / "eci_2026-03-01.csv"
    path.write_text(VERSIONS.replace("Omega,,", "Om\x1b[31mega\u202e,,"), "utf-8")
    result = CliRunner().invoke(main, ["data", "import", "epoch", str(path), "--data", str(folder)])
    assert result.exit_code == 2
    assert "\x1b" not in result.output
    assert "\u202e" not in result.output
    assert "characters that do not show" in result.output


# --- Kinds of trouble of real trackers --------------------------------------------------------------

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


def test_two_tables_of_one_name_in_a_bundle_are_refused(bring):
    with pytest.raises(GaplabError, match=r"gpqa_diamond\.csv in several folders"):
        bring("epoch", bundle({"a/gpqa_diamond.csv": GPQA, "b/gpqa_diamond.csv": GPQA}), "2026-03-01", name="x.zip")


INDEX_ROW = f"{OF_MODELS}\nDelta 2,Delta 2,150.25,148,152,2026-02-01,Bao,China,Open weights,Open weights,\n"
MATRIX_ROW = matrix((0.55, "GPQA diamond", "Delta 2", "delta-2_max", "2026-02-01", "Epoch evaluations"))


@pytest.mark.parametrize("first", ["index", "matrix", "together"])
def test_the_tables_do_not_depend_on_the_order_of_imports(folder, bring, tmp_path, first):
    files = {"index": INDEX_ROW, "matrix": MATRIX_ROW}
    if first == "together":
        for name, content in files.items():
            (tmp_path / f"{name}.csv").write_text(content, "utf-8")
        both = [str(tmp_path / "matrix.csv"), str(tmp_path / "index.csv")]
        found = change.prepare("epoch", both, folder, vintage="2026-03-01")
        assert not found.unknown
        change.write(found)
    else:
        for name in sorted(files, key=lambda name: name != first):
            bring("epoch", files[name], "2026-03-01", name=f"{name}.csv")
    model = table(folder, "models").set_index("model").loc["Delta 2"]
    assert model[["developer", "country", "weights", "release_date"]].tolist() == ["Bao", "China", "open", "2026-02-01"]
    assert score(folder, "Delta 2", "GPQA diamond", "epoch_evaluations")["effort"] == "max"


@pytest.mark.parametrize("how", ["column", "folder", "neighbours"])
def test_another_index_is_not_mixed_into_the_general_one(folder, bring, tmp_path, how):
    rows = [
        f"{name},{name},{value},1,299,2025-06-30,X,US,API access,C,"
        for name, value in (("Alpha 1", 40), ("Beta 1", 60))
    ]
    before = "\n".join([OF_MODELS, *(row.replace(",40,", ",140,").replace(",60,", ",150,") for row in rows)])
    bring("epoch", before, "2026-02-01")
    content = "\n".join([OF_MODELS, *rows])
    if how == "column":
        content = "\n".join([f"{OF_MODELS},general_model_name", *(f"{row},{row.split(',')[0]}" for row in rows)])
    place = tmp_path / ("cyber" if how == "folder" else "somewhere") / "eci_scores.csv"
    place.parent.mkdir()
    place.write_text(content, "utf-8")
    found = change.prepare("epoch", str(place), folder, vintage="2026-03-01")
    if how == "neighbours":
        assert any("is it another index?" in line for line in found.doubts)
    else:
        assert not found.doubts
        assert set(found.feeds[0].index_vintages["index"]) == {"epoch_cyber_eci"}


def test_an_old_copy_under_a_new_day_and_half_a_file_are_doubted(folder, tmp_path):
    names_ = [f"Model {number}" for number in range(60)]
    path = tmp_path / "eci_scores.csv"

    def ask(shift, day, kept=60):
        rows = [f"{n},{n},{100 + i + shift},90,299,2025-06-30,X,US,API access,C," for i, n in enumerate(names_[:kept])]
        path.write_text("\n".join([OF_MODELS, *rows]), "utf-8")
        return change.prepare("epoch", str(path), folder, vintage=day)

    for shift, day in ((0, "2026-02-01"), (0.5, "2026-03-01")):
        found = ask(shift, day)
        assert not found.doubts
        change.write(found)
    assert any("those of 2026-02-01: an old copy" in line for line in ask(0, "2026-04-01").doubts)
    names_[:12] = [f"Other {number}" for number in range(12)]
    assert any("is the file whole?" in line for line in ask(1, "2026-04-01").doubts) is False, "12 of 60 may go"
    names_[12:16] = [f"Other {number}" for number in range(12, 16)]
    assert any("is the file whole?" in line for line in ask(1, "2026-04-01").doubts)
    assert any("renamed?" in line for line in ask(0.5, "2026-04-01").doubts)
    assert any("does not change" in line for line in ask(2, "2026-03-01").doubts)


def test_a_day_that_has_not_come_is_asked_about_twice_and_can_be_undone(folder, tmp_path):
    path = tmp_path / "eci.csv"
    path.write_text(VERSIONS, "utf-8")
    before = {name: content for name, content in bytes_of(folder).items() if "/" not in name}
    asked = ["data", "import", "epoch", str(path), "--vintage", "2062-01-01", "--write", "--data", str(folder)]
    refused = CliRunner().invoke(main, asked)
    assert refused.exit_code == 2
    assert "after today" in refused.stderr
    assert {name: content for name, content in bytes_of(folder).items() if "/" not in name} == before
    assert CliRunner().invoke(main, [*asked, "--in-spite-of-doubts"]).exit_code == 0
    assert "2062-01-01" in table(folder, "index_vintages")["vintage"].tolist()
    assert CliRunner().invoke(main, ["data", "undo", "--data", str(folder)]).exit_code == 0
    assert {name: content for name, content in bytes_of(folder).items() if "/" not in name} == before
    later = change.prepare("epoch", str(path), folder, vintage="2028-01-01")
    assert any("a year after everything" in line or "after today" in line for line in later.doubts)


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["3/9/2026", "25/8/2026"], ["2026-09-03", "2026-08-25"]),
        (["3/9/2026", "8/25/2026"], ["2026-03-09", "2026-08-25"]),
        (["03.03.2026", ""], ["2026-03-03", ""]),
        (["2026-03-09T10:00:00Z", "2026-03-09"], ["2026-03-09", "2026-03-09"]),
        (["3/9/2026", "2026-08-25"], "can be two days"),
        (["25/8/2026", "8/25/2026", "3/9/2026"], "can be two days"),
        (["31/2/2026"], "is not a date"),
    ],
)
def test_day_and_month_are_told_apart_by_the_column_or_not_at_all(cells, expected):
    column = pd.Series(cells, name="date")
    if isinstance(expected, list):
        assert days(column, "x.csv").tolist() == expected
    else:
        with pytest.raises(GaplabError, match=expected):
            days(column, "x.csv")


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["0,961", "0,5", ""], [0.961, 0.5]),
        (["12,25", "3"], [12.25, 3.0]),
        (["1,450", "998"], "is not a number"),
        (["0,961", "0.5"], "is not a number"),
        (["1.450", "998"], "out of range"),
    ],
)
def test_commas_and_points_for_thousands(cells, expected):
    column = pd.Series(cells, name="elo")
    if isinstance(expected, list):
        assert numbers(column, "x.csv").dropna().tolist() == expected
    else:
        with pytest.raises(GaplabError, match=expected):
            numbers(column, "x.csv", 500, 3000)


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


def test_what_a_publisher_corrects_is_told_and_ours_stays(folder, bring):
    found = bring("epoch", VERSIONS.replace("2025-01-10,Acme,United", "2024-12-01,Acme,United"), "2026-03-01")
    assert found.told == ["Alpha 1: release_date is 2025-01-10 in models.csv and 2024-12-01 in the file; ours stays"]
    assert found.told[0] in list(found.lines())


def test_a_blank_source_on_a_test_that_epoch_runs_is_epochs_own(folder, bring):
    found = bring("epoch", matrix((0.5, "GPQA diamond", "Beta 1", "beta", "", "")), "2026-03-01")
    assert score(folder, "Beta 1", "GPQA diamond", "epoch_evaluations")["score"] == "0.5"
    assert any("count as Epoch's own runs" in line for line in found.feeds[0].notes)


def test_the_last_line_does_not_say_all_is_there_when_scores_were_held_back(folder, tmp_path):
    path = tmp_path / "eci_2026-03-01.csv"
    path.write_text(matrix((0.5, "Brand New Test", "Alpha 1", "alpha", "", "Epoch evaluations")), "utf-8")
    result = CliRunner().invoke(main, ["data", "import", "epoch", str(path), "--data", str(folder)])
    assert result.output.splitlines()[-2] == "Nothing to change; lines above say what was held back: 1."


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


def test_a_name_that_may_be_a_listed_model_is_held_back(folder, bring):
    content = (
        "snapshot_date,model,elo\n2026-03-01,alpha-1-high,1400\n2026-03-01,Alpha-1-max,1410\n2026-03-01,beta-1,1300\n"
    )
    found = bring("arena", content)
    values = table(folder, "index_vintages").query("index == 'arena_text_elo'").set_index("model")["value"]
    assert values.to_dict() == {"Alpha 1": "1400.0", "Beta 1": "1300.0"}
    (line,) = found.held_back
    assert '"Alpha-1-max" is held back: it may be "Alpha 1"' in line


def test_spellings_lead_on_from_one_to_the_next(folder):
    (folder / "build" / "known_versions.csv").write_text("version,model\nkimi-k2-0711-Preview,Kimi K2\n", "utf-8")
    (folder / "build" / "merged_names.csv").write_text("name,model\nKimi K2,Kimi K2 (Jul 2025)\n", "utf-8")
    known = names.known(folder, ["Kimi K2 (Jul 2025)", "Sonnet (October 2024)"])
    assert known.model("KIMI_K2_0711_preview") == "Kimi K2 (Jul 2025)"
    assert known.model("Sonnet (Oct 2024)") == "Sonnet (October 2024)"


def test_thousands_of_unknown_models_take_seconds(folder, tmp_path):
    path = tmp_path / "arena.csv"
    path.write_text(
        "snapshot_date,model,elo\n" + "".join(f"2026-03-01,unheard-{i}x,1400\n" for i in range(4_000)), "utf-8"
    )
    start = time.process_time()
    found = change.prepare("arena", str(path), folder)
    assert len(found.unknown) == 4_000
    assert time.process_time() - start < 10


def test_a_trackers_daily_states_are_vintages_of_their_days(folder, bring):
    content = (
        "first_seen,last_seen,repo_commit,model,eci,eci_std,release_date,organization,country,open_weights\n"
        "2026-02-01,2026-02-03,aaa,Alpha 1,141,1,2025-01-10,Acme,US,0\n"
        "2026-02-04,2026-02-04,bbb,Alpha 1,142,1,2025-01-10,Acme,US,0\n"
        "2026-02-04,2026-02-09,ccc,Alpha 1,142.5,,2025-01-10,Acme,US,0\n"
        "2026-02-04,2026-02-09,ccc,Delta 2,150,1,2026-02-01,Bao,CN,1\n"
    )
    bring("epoch", content)
    rows = table(folder, "index_vintages").query("source == 'epoch_eci_daily'")
    assert rows[["vintage", "model", "value", "low"]].to_numpy().tolist() == [
        ["2026-02-01", "Alpha 1", "141.0", "139.355"],
        ["2026-02-04", "Alpha 1", "142.5", ""],
        ["2026-02-04", "Delta 2", "150.0", "148.355"],
    ]


# --- Compiled facts ---------------------------------------------------------------------------------

EVENTS = (
    "model,developer,country,event_date,state,audience,source_url\n"
    "Gamma 5,ACME,United States of America,2026-06-09,public,all,https://acme.example/gamma\n"
    "Gamma 5,Acme,US,2026-06-12,withdrawn,,https://acme.example/gamma\n"
    "Gamma 5,Acme,US,2026-06-30,control rescinded,,https://acme.example/gamma\n"
    "Gamma 5,Acme,US,2026-07-01,public again,,https://acme.example/gamma\n"
    "Rho 1 (Sol Luna),Acme,US,2026-06-26,limited preview,,https://acme.example/rho\n"
    "Rho 1 (Sol Luna),Acme,US,2026-07-09,public,,https://acme.example/rho\n"
    "Beta 1,Bao,China,2025-05-20,public,,https://bao.example\n"
)


def test_access_events_become_periods(folder, bring):
    (folder / "build" / "countries.csv").write_text("code,country\nUS,US\nUnited States of America,US\n", "utf-8")
    bring("facts", EVENTS)
    rows = table(folder, "access").query(
        "model.str.startswith('Gamma 5') or model.str.startswith('Rho')", engine="python"
    )
    assert rows[["model", "state", "from", "to"]].to_numpy().tolist() == [
        ["Gamma 5", "public", "2026-06-09", "2026-06-12"],
        ["Gamma 5", "public", "2026-07-01", ""],
        ["Gamma 5", "suspended", "2026-06-12", "2026-07-01"],
        ["Rho 1 Luna", "public", "2026-07-09", ""],
        ["Rho 1 Luna", "trusted", "2026-06-26", "2026-07-09"],
        ["Rho 1 Sol", "public", "2026-07-09", ""],
        ["Rho 1 Sol", "trusted", "2026-06-26", "2026-07-09"],
    ]
    assert "Beta 1" not in set(table(folder, "access")["model"]), "its release date tells as much"
    model = table(folder, "models").set_index("model").loc["Gamma 5"]
    assert model[["developer", "country", "release_date"]].tolist() == ["Acme", "US", "2026-06-09"]
    assert bring("facts", EVENTS).is_empty


def test_a_claim_is_taken_with_what_it_measures_or_held_back(folder, bring):
    (folder / "build" / "claims.csv").write_text(
        "claim_id,form,scope,domain,functional,independence_group,note\nfive,interval,public,general,unknown,x,y\n",
        "utf-8",
    )
    head = (
        "claim_id,publisher,url,date_published,as_of_date,low_months,central_months,high_months,central_origin,kind,"
        "date_certainty\n"
    )
    row = ",Acme,https://acme.example,2026-07-01,2026-07-01,3,4,5,midpoint_of_stated_range,judgement,approximate\n"
    found = bring("facts", head + "five" + row + "six" + row)
    claim = table(folder, "claims").set_index("claim_id").loc["five"]
    assert claim[["low", "central", "high", "note", "scope"]].tolist() == [
        "3",
        "",
        "5",
        "y; its day is approximate",
        "public",
    ]
    assert any("six" in line for line in found.held_back)


def test_findings_of_caisi_are_scores_of_their_report(folder, bring):
    (folder / "build" / "caisi_benchmarks.csv").write_text("name,benchmark\nGPQA-Diamond,GPQA diamond\nElo,\n", "utf-8")
    content = (
        "eval_id,date_published,model,developer,country,benchmark,score,score_ci95_halfwidth,unit,source_url\n"
        "caisi_2026-07_beta,2026-07-17,Beta 1,Bao,China,GPQA-Diamond,71,9.8,percent,https://nist.example\n"
        "caisi_2026-07_beta,2026-07-17,top US models (average),,US,GPQA-Diamond,90,,percent,https://nist.example\n"
        "caisi_2026-07_beta,2026-07-17,Beta 1,Bao,China,Elo,2020,,Elo,https://nist.example\n"
        "caisi_2026-07_beta,2026-07-17,Beta 1,Bao,China,New Test,20,,percent,https://nist.example\n"
    )
    found = bring("facts", content)
    row = score(folder, "Beta 1", "GPQA diamond", "caisi_2026_07")
    assert (row["score"], row["standard_error"], row["first_seen"]) == ("0.71", "0.05", "2026-07-17")
    assert len(found.added["scores"]) == 1
    assert any("New Test" in line for line in found.held_back)


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


# --- The real files ---------------------------------------------------------------------------------


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The project's own tables, to be changed."""
    root = tmp_path / "data"
    shutil.copytree(PROJECT_DATA, root, ignore=shutil.ignore_patterns(write.PREVIOUS, "*.py", "__pycache__"))
    return root


VERSION_LEVEL = "epoch_eci_vintages/{}/epoch_capabilities_index.csv"
AUGUST = "epoch_eci_vintages/2026-08-11/{}"
LISTS = "epoch_versions_and_runs_2026-08-17/{}"
STATES = "epoch_eci_daily_states_2025-12-24_to_2026-08-22/eci_states_{}.csv"
ACCESS = "access_and_releases_to_2026-08-31/{}.csv"
JULY = "caisi_and_aisi_2026-07/{}.csv"
FROM = [
    ("epoch", "2026-05-13", ["epoch_eci_vintages/2026-05-13/eci_benchmarks.csv"]),
    ("epoch", "2025-12-19", ["epoch_eci_vintages/2025-12-19/eci_scores.csv"]),
    *(
        ("epoch", day, [VERSION_LEVEL.format(day)])
        for day in ("2026-01-20", "2026-02-04", "2026-02-22", "2026-03-09", "2026-04-19", "2026-04-29", "2026-07-01")
    ),
    ("epoch", None, [STATES.format("to_2026-06-30"), STATES.format("after_2026-06-30")]),
    (
        "epoch",
        "2026-08-11",
        [AUGUST.format(name) for name in ("eci_benchmarks.csv", "eci_scores.csv", "release_dates_corrected.csv")],
    ),
    (
        "epoch",
        "2026-08-17",
        [LISTS.format("model_versions_grid_view.csv"), LISTS.format("benchmarks_runs_public_view.csv")],
    ),
    ("facts", None, [ACCESS.format("model_releases"), ACCESS.format("access_events")]),
    ("facts", None, ["gap_claims/gap_claims.csv", "gap_claims_2026-07_to_2026-08/gap_claims.csv"]),
    ("facts", None, [JULY.format("caisi_benchmark_scores")]),
    ("facts", "2026-07-17", [JULY.format("aisi_cyber_narrow")]),
    ("facts", "2026-07-23", [JULY.format("aisi_cyber_tlo")]),
]


@pytest.mark.parametrize(("publisher", "day", "files"), FROM)
def test_the_files_the_tables_came_from_change_nothing(upstream, copy, publisher, day, files):
    found = change.prepare(publisher, [str(upstream / name) for name in files], copy, vintage=day)
    assert found.is_empty, list(found.lines())


def test_a_bundle_of_february_under_a_day_of_march_is_doubted(upstream, copy):
    file = upstream / VERSION_LEVEL.format("2026-03-12_bundle_of_2026-02-25")
    found = change.prepare("epoch", str(file), copy, vintage="2026-03-12")
    assert any("an old copy under a new day" in line for line in found.doubts)


def test_what_is_taken_out_of_the_tables_comes_back(upstream, copy):
    """The newest matrix and index, as they were imported: what other files told of a run stays untold."""
    held = {name: table(copy, name) for name in ("scores", "index_vintages")}
    came = held["scores"]["first_seen"].eq("2026-08-11")
    theirs = held["index_vintages"]["vintage"].eq("2026-08-11")
    assert came.sum() > 400
    assert theirs.sum() == 222
    write.save_tables({"scores": held["scores"][~came], "index_vintages": held["index_vintages"][~theirs]}, copy)
    sources = table(copy, "sources")
    write.save_tables({"sources": sources.assign(retrieved=sources["retrieved"].clip(upper="2026-08-11"))}, copy)
    files = [str(upstream / AUGUST.format(name)) for name in ("eci_benchmarks.csv", "eci_scores.csv")]
    change.write(change.prepare("epoch", files, copy, vintage="2026-08-11"))
    told_by_runs, key = ["effort", "standard_error", "published"], ["model", "benchmark", "source"]
    now = table(copy, "scores").drop(columns=told_by_runs).sort_values(key, ignore_index=True)
    assert now.equals(held["scores"].drop(columns=told_by_runs).sort_values(key, ignore_index=True))
    assert table(copy, "index_vintages").equals(held["index_vintages"])
