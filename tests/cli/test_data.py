"""The data of a run as the command sees them: valid or refused with file and reason."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from support.commands import refusal, run


def test_the_tables_of_the_project_are_valid(repository):
    result = run("data", "check")
    assert result.exit_code == 0, result.stderr
    assert Path(result.stdout.splitlines()[-1]) == repository / "data"


def test_the_data_folder_comes_from_the_flag_or_the_environment(tables_folder):
    for result in (run("data", "check", "--data", tables_folder), run("data", "check", GAPLAB_DATA=str(tables_folder))):
        assert result.exit_code == 0
        assert Path(result.stdout.splitlines()[-1]) == tables_folder


def edit(column: str, value: str, *, row: int = 0):
    """A change of one cell of a table."""

    def spoil(path: Path) -> None:
        with path.open(encoding="utf-8", newline="") as text:
            rows = list(csv.DictReader(text))
        rows[row][column] = value
        with path.open("w", encoding="utf-8", newline="") as text:
            writer = csv.DictWriter(text, fieldnames=list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)

    return spoil


def repeat_first_row(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join([*lines, lines[1]]), encoding="utf-8")


def drop_first_column(path: Path) -> None:
    with path.open(encoding="utf-8", newline="") as text:
        rows = [row[1:] for row in csv.reader(text)]
    with path.open("w", encoding="utf-8", newline="") as text:
        csv.writer(text).writerows(rows)


def use_semicolons(path: Path) -> None:
    with path.open(encoding="utf-8", newline="") as text:
        rows = list(csv.reader(text))
    with path.open("w", encoding="utf-8", newline="") as text:
        csv.writer(text, delimiter=";").writerows(rows)


SPOILT = {
    "score of 71 in a fraction column": ("scores.csv", edit("score", "71"), "71"),
    "unknown benchmark": ("scores.csv", edit("benchmark", "No such test"), "No such test"),
    "unknown model": ("scores.csv", edit("model", "No such model"), "No such model"),
    "model without country": ("models.csv", edit("country", ""), "country"),
    "duplicate key": ("scores.csv", repeat_first_row, "scores.csv"),
    "duplicate model": ("models.csv", repeat_first_row, "models.csv"),
    "empty file": ("scores.csv", lambda path: path.write_bytes(b""), "scores.csv"),
    "semicolons": ("models.csv", use_semicolons, "models.csv"),
    "missing column": ("models.csv", drop_first_column, "model"),
    "missing table": ("claims.csv", Path.unlink, "claims.csv"),
    "not a date": ("models.csv", edit("release_date", "spring 2026"), "spring 2026"),
    "not text": ("models.csv", lambda path: path.write_bytes(b"\xff\xfe\x00\x01"), "models.csv"),
}


@pytest.mark.parametrize("case", SPOILT)
def test_spoilt_tables_are_refused_with_file_and_reason(case, tables_folder):
    table, spoil, part = SPOILT[case]
    spoil(tables_folder / table)
    lines = refusal(run("data", "check", "--data", tables_folder))
    assert any(table in line and part in line for line in lines), lines


@pytest.mark.parametrize("verb", ["fit", "gap", "brief", "figures"])
def test_no_verb_starts_on_spoilt_tables(verb, tables_folder, tmp_path, never_samples):
    edit("score", "71")(tables_folder / "scores.csv")
    out = [] if verb == "fit" else ["--out", tmp_path / "out"]
    assert refusal(run(verb, "--data", tables_folder, *out)) == refusal(run("data", "check", "--data", tables_folder))
    assert not (tmp_path / "out").exists(), "nothing half-written"


def test_a_byte_order_mark_is_no_problem_or_is_explained(tables_folder):
    path = tables_folder / "models.csv"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    result = run("data", "check", "--data", tables_folder)
    assert result.exit_code == 0 or any("byte-order mark" in line for line in refusal(result))


def test_all_problems_of_the_tables_are_listed_at_once(tables_folder, never_samples):
    edit("score", "71")(tables_folder / "scores.csv")
    edit("score", "72", row=1)(tables_folder / "scores.csv")
    edit("country", "")(tables_folder / "models.csv")
    for verb in (("data", "check"), ("gap",)):
        assert len(refusal(run(*verb, "--data", tables_folder))) == 3


def test_a_copy_of_the_tables_is_whole_and_can_be_used(repository, tmp_path):
    result = run("data", "copy", tmp_path / "my-data")
    assert Path(result.stdout.splitlines()[-1]) == tmp_path / "my-data"
    for kind in ("*.csv", "build/*.csv"):
        names = {path.name for path in (repository / "data").glob(kind)}
        assert {path.name for path in (tmp_path / "my-data").glob(kind)} == names
    assert run("data", "check", "--data", tmp_path / "my-data").exit_code == 0
    assert "exists already" in refusal(run("data", "copy", tmp_path / "my-data"))[0]
    assert [path.name for path in tmp_path.iterdir()] == ["my-data"]


def test_the_tables_of_an_installed_package_are_not_changed(tables_folder, monkeypatch):
    monkeypatch.setattr("gaplab.data.write.IN_CHECKOUT", False)
    monkeypatch.setattr("gaplab.data.write.PROJECT_DATA", tables_folder)
    for verb in (("import", "epoch", "nowhere.csv", "--write"), ("undo",)):
        (line,) = refusal(run("data", *verb, "--data", tables_folder))
        assert "gaplab data copy my-data" in line


def test_a_copy_of_the_notebooks_can_be_edited(repository, tmp_path):
    assert run("notebooks", tmp_path / "mine").exit_code == 0
    names = {path.name for path in (repository / "notebooks").glob("*.ipynb")}
    assert {path.name for path in (tmp_path / "mine").glob("*.ipynb")} == names
    assert "exists already" in refusal(run("notebooks", tmp_path / "mine"))[0]
