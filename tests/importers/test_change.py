"""A change of the tables: shown, then written whole, then nothing to do; the publishers' real files if present."""

from __future__ import annotations

import pandas as pd
import pytest
from click.testing import CliRunner
from support.feeds import OF_MODELS, OF_VERSIONS, VERSIONS, matrix
from support.imports import VERSION_LEVEL, bytes_of, score, table
from support.refreshes import index_of
from support.tables import put

from gaplab.cli.root import main
from gaplab.data import write
from gaplab.data.contract import TABLES
from gaplab.data.load import load
from gaplab.errors import GaplabError
from gaplab.importers.import_file import prepare, write_change
from gaplab.params import complete


def test_the_vintage_is_named_by_the_user_or_the_file_never_guessed(folder, bring):
    with pytest.raises(GaplabError, match="--vintage"):
        bring("epoch", VERSIONS)
    with pytest.raises(GaplabError, match="--vintage"):
        bring("epoch", VERSIONS, name="from_2026-03-01_to_2026-04-01.csv")
    assert bring("epoch", VERSIONS, name="eci_2026-03-01.csv").feeds[0].vintage == "2026-03-01"


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
        write_change(found)
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
    "a web page": (b"<html><body>404</body></html>\n<p>\n", "is a web page"),
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
    few = matrix((0.7, "GPQA diamond", "Alpha 1", "a", "", "Epoch evaluations"))
    assert "complete" not in bring("epoch", few, "2026-02-01", write=False).changed, "a few rows are not the whole"
    tests = ("GPQA diamond", "OSWorld")
    whole = [(0.7, test, model, "a", "", "") for test in tests for model in ("Alpha 1", "Beta 1")]
    bring("epoch", matrix(*whole), "2026-03-01")
    assert complete.latest(folder).isoformat() == "2026-03-01"
    write.undo(folder)
    assert (folder / "complete.csv").read_bytes() == before["complete.csv"]


def test_a_few_values_of_an_index_do_not_make_it_complete_the_second_time_either(folder, bring):
    parts = "".join(f"{part},2026-01-15,\n" for part in ("index", "access", "releases", "scores"))
    (folder / "complete.csv").write_text(f"part,to,note\n{parts}", "utf-8")
    bring("epoch", index_of(5), "2026-03-01")
    told = (folder / "complete.csv").read_text("utf-8")
    assert "index,2026-03-01" in told
    for _ in range(2):
        bring("epoch", index_of(1), "2026-04-01")
        assert (folder / "complete.csv").read_text("utf-8") == told, "2 models of 6"


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


INDEX_ROW = f"{OF_MODELS}\nDelta 2,Delta 2,150.25,148,152,2026-02-01,Bao,China,Open weights,Open weights,\n"
MATRIX_ROW = matrix((0.55, "GPQA diamond", "Delta 2", "delta-2_max", "2026-02-01", "Epoch evaluations"))


@pytest.mark.parametrize("first", ["index", "matrix", "together"])
def test_the_tables_do_not_depend_on_the_order_of_imports(folder, bring, tmp_path, first):
    files = {"index": INDEX_ROW, "matrix": MATRIX_ROW}
    if first == "together":
        for name, content in files.items():
            (tmp_path / f"{name}.csv").write_text(content, "utf-8")
        both = [str(tmp_path / "matrix.csv"), str(tmp_path / "index.csv")]
        found = prepare("epoch", both, folder, vintage="2026-03-01")
        assert not found.unknown
        write_change(found)
    else:
        for name in sorted(files, key=lambda name: name != first):
            bring("epoch", files[name], "2026-03-01", name=f"{name}.csv")
    model = table(folder, "models").set_index("model").loc["Delta 2"]
    assert model[["developer", "country", "weights", "release_date"]].tolist() == ["Bao", "China", "open", "2026-02-01"]
    assert score(folder, "Delta 2", "GPQA diamond", "epoch_evaluations")["effort"] == "max"


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
    later = prepare("epoch", str(path), folder, vintage="2028-01-01")
    assert any("a year after everything" in line or "after today" in line for line in later.doubts)


def test_a_new_model_of_a_day_that_has_not_come_is_asked_about_twice(bring):
    content = f"{OF_MODELS}\nNew 1,New 1,150,140,160,2062-09-01,Acme,US,API access,,\n"
    assert any("2062-09-01: after today" in line for line in bring("epoch", content, "2026-03-01", write=False).doubts)


def test_the_last_line_does_not_say_all_is_there_when_scores_were_held_back(folder, tmp_path):
    path = tmp_path / "eci_2026-03-01.csv"
    path.write_text(matrix((0.5, "Brand New Test", "Alpha 1", "alpha", "", "Epoch evaluations")), "utf-8")
    result = CliRunner().invoke(main, ["data", "import", "epoch", str(path), "--data", str(folder)])
    assert result.output.splitlines()[-2].endswith("held back: 1.")


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
    found = prepare(publisher, [str(upstream / name) for name in files], copy, vintage=day)
    assert found.is_empty, list(found.lines())


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
    write_change(prepare("epoch", files, copy, vintage="2026-08-11"))
    told_by_runs, key = ["effort", "standard_error", "published"], ["model", "benchmark", "source"]
    now = table(copy, "scores").drop(columns=told_by_runs).sort_values(key, ignore_index=True)
    assert now.equals(held["scores"].drop(columns=told_by_runs).sort_values(key, ignore_index=True))
    assert table(copy, "index_vintages").equals(held["index_vintages"])
