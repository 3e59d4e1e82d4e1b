"""Publishers' files, written here in their formats, and what they change in a small data set.

With GAPLAB_UPSTREAM naming a folder of real files, those are read too.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner
from support.feeds import GPQA, OF_MODELS, OF_VERSIONS, VERSIONS, bundle, matrix, metr_file
from support.tables import TINY, put

from gaplab import data, schema, store
from gaplab.cli import main
from gaplab.errors import GaplabError
from gaplab.importers import change, names

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
        "benchmark,task,stitching_file,stitching_column,zip_file,zip_column,scale,zip_error,zip_error_scale",
        "GPQA diamond,GPQA diamond,,,gpqa_diamond,mean_score,1,stderr,1",
        "OSWorld,,,,os_world_external,Score,100,,1",
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
    assert data.check(root) == []
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
            assert data.check(folder) == []
        return found

    return bring


def table(folder: Path, name: str) -> pd.DataFrame:
    return schema.text(folder / f"{name}.csv")


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
    assert any("Vision 3" in line for line in found.feed.held_back)
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
    assert bring("epoch", VERSIONS, name="eci_2026-03-01.csv").feed.vintage == "2026-03-01"


def test_an_index_value_before_its_model_was_out_is_held_back(folder, bring):
    found = bring("epoch", VERSIONS.replace("2026-02-01", "2026-03-05"), "2026-03-01", write=False)
    assert any("Delta 2" in line and "2026-03-05" in line for line in found.early)


# --- Epoch: the matrix ------------------------------------------------------------------------------


@pytest.mark.parametrize("older", [True, False])
def test_the_matrix_in_older_and_newer_columns(folder, bring, older):
    date = "2/1/2026" if older else "2026-02-01"
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
    assert (new["country"], new["release_date"]) == ("unknown", "2026-02-01")
    known = names.by_hand(folder, "known_versions").set_index("version")["model"]
    assert known["delta-2_max"] == "Delta 2", "the next index file names versions only"
    assert data.load(as_of=pd.Timestamp("2026-03-02").date(), root=folder).scores["model"].eq("Delta 2").sum() == 2


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
    assert any("Brand New Test" in line and "benchmarks.csv" in line for line in found.feed.held_back)
    assert any("A report nobody has read" in line and "matrix_sources.csv" in line for line in found.feed.held_back)


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
    assert any("nobody-knows" in line for line in found.feed.held_back)
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
    assert any("CC BY" in note for note in found.feed.notes)


def test_names_spelt_freely_match_only_what_is_the_same(folder):
    known = names.known(folder, ["Command R+", "GPT-4.1", "Alpha 1"])
    assert known.model_spelt_freely("command-r-plus") == "Command R+"
    assert known.model_spelt_freely("command-r") is None
    assert known.model_spelt_freely("gpt-4-1") == "GPT-4.1"
    assert known.model_spelt_freely("alpha-1-thinking") is None
    assert names.known(folder, ["GPT-41", "GPT-4.1"]).model_spelt_freely("gpt 41") is None, "two fit"


def test_artificial_analysis_says_its_licence_and_stays_out_of_the_projects_data(folder, bring, tmp_path):
    content = "name,slug,company,artificial_analysis_index,release_date\nAlpha 1 (low),a,Acme,40,2025-01-10\n" + (
        "Alpha 1 (high),b,Acme,50.5,2025-01-10\nZeta,z,Zed,,2026-01-01\n"
    )
    found = bring("aa", content, "2026-03-01")
    rows = table(folder, "index_vintages").query("index == 'artificial_analysis_index'")
    assert rows[["model", "value"]].to_numpy().tolist() == [["Alpha 1", "50.5"]]
    assert any("redistribute" in note for note in found.feed.notes)
    with pytest.raises(GaplabError, match="passed on"):
        change.prepare("aa", str(tmp_path / "file.csv"), data.PROJECT_DATA, vintage="2026-03-01")


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
    before = {name: (folder / f"{name}.csv").read_bytes() for name in schema.TABLES}
    hash_before = data.load(as_of=pd.Timestamp("2026-02-01").date(), root=folder).hash
    bring("epoch", VERSIONS, "2026-03-01")
    (kept,) = (folder / store.PREVIOUS).iterdir()
    assert {name: (kept / f"{name}.csv").read_bytes() for name in schema.TABLES} == before
    assert kept.name.startswith("2026-01-15-")
    assert data.load(as_of=pd.Timestamp("2026-02-01").date(), root=kept).hash == hash_before


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


# --- The real files ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def real() -> Path:
    """The publishers' files that the tables were transcribed from."""
    folder = Path(os.environ.get("GAPLAB_UPSTREAM", ""))
    if not os.environ.get("GAPLAB_UPSTREAM") or not folder.is_dir():
        pytest.skip("GAPLAB_UPSTREAM names no folder")
    return folder


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The project's own tables, to be changed."""
    root = tmp_path / "data"
    shutil.copytree(data.PROJECT_DATA, root, ignore=shutil.ignore_patterns(store.PREVIOUS, "*.py", "__pycache__"))
    return root


ECI = "epoch_eci_vintages/{}/epoch_capabilities_index.csv"
SAME = {
    "2026-08-11": "epoch_eci_vintages/2026-08-11_models_to_2026-06-30/eci_benchmarks.csv",
    "2026-05-13": "epoch_eci_vintages/2026-05-13/eci_benchmarks.csv",
    "2025-12-19": "epoch_eci_vintages/2025-12-19/eci_scores.csv",
    "2026-03-12": ECI.format("2026-03-12_bundle_of_2026-02-25"),
} | {
    day: ECI.format(day) for day in ("2026-01-20", "2026-02-04", "2026-02-22", "2026-03-09", "2026-04-19", "2026-07-01")
}


@pytest.mark.parametrize("day", SAME)
def test_the_files_the_tables_came_from_change_nothing(real, copy, day):
    found = change.prepare("epoch", str(real / SAME[day]), copy, vintage=day)
    assert found.is_empty, list(found.lines())


def test_the_newest_index_comes_back_as_it_was_transcribed(real, copy):
    held = table(copy, "index_vintages")
    theirs = held["vintage"].eq("2026-07-01")
    store.save({"index_vintages": held[~theirs]}, copy)
    change.write(change.prepare("epoch", str(real / SAME["2026-07-01"]), copy, vintage="2026-07-01"))
    assert table(copy, "index_vintages").equals(held)


def test_the_newest_matrix_comes_back_as_it_was_transcribed(real, copy):
    held = table(copy, "scores")
    came = held["first_seen"].eq("2026-08-11")
    assert came.sum() > 400
    store.save({"scores": held[~came]}, copy)
    change.write(change.prepare("epoch", str(real / SAME["2026-08-11"]), copy, vintage="2026-08-11"))
    now = table(copy, "scores")
    told_by_runs = [
        "effort",
        "standard_error",
        "published",
    ]  # the matrix does not have them; transcription looks elsewhere
    key = ["model", "benchmark", "source"]
    assert (
        now.drop(columns=told_by_runs)
        .sort_values(key)
        .reset_index(drop=True)
        .equals(held.drop(columns=told_by_runs).sort_values(key).reset_index(drop=True))
    )
