"""Every way a table can be wrong is one readable line."""

from __future__ import annotations

import shutil
from pathlib import Path

import pandas as pd
import pytest
from support.tables import TINY, put, write_tiny

from gaplab.data.contract import KEYS, REFERENCES, TABLES
from gaplab.data.load import check_tables, load
from gaplab.errors import GaplabError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A small valid data set."""
    return write_tiny(tmp_path)


def problems(folder: Path) -> list[str]:
    found = check_tables(folder)
    assert all("\n" not in line for line in found)
    return found


def test_the_small_data_set_is_valid(folder):
    assert problems(folder) == []


CELLS = {
    "percent in a fraction column": (
        ("scores", 2, "score", "71.2"),
        'scores.csv row 2 (model "Alpha 1", benchmark "GPQA diamond"): score 71.2 is outside 0-1; '
        "benchmarks.csv says this benchmark is a fraction: divide by 100",
    ),
    "negative fraction": (("scores", 2, "score", "-0.1"), "score -0.1 is outside 0-1"),
    "no minutes": (("scores", 4, "score", "0"), "score 0 is not above 0"),
    "not a number": (("scores", 2, "score", "0,5"), 'score "0,5" is not a number'),
    "not finite": (("scores", 2, "score", "inf"), 'score "inf" is not a number'),
    "blank score": (("scores", 3, "score", ""), "score is blank"),
    "unknown benchmark": (
        ("scores", 3, "benchmark", "GPQA diamant"),
        'benchmark "GPQA diamant" is not in benchmarks.csv; did you mean "GPQA diamond"?',
    ),
    "unknown model": (("scores", 3, "model", "Beta 2"), 'model "Beta 2" is not in models.csv; did you mean "Beta 1"?'),
    "unknown source": (("scores", 3, "source", "lob"), 'source "lob" is not in sources.csv; did you mean "lab"?'),
    "model without country": (
        ("models", 3, "country", ""),
        'models.csv row 3 (model "Beta 1"): country is blank: write the country by name, or unknown',
    ),
    "malformed date": (("models", 2, "release_date", "10/01/2025"), '"10/01/2025" is not a date; expected YYYY-MM-DD'),
    "impossible date": (("models", 2, "release_date", "2025-02-30"), '"2025-02-30" is not a date'),
    "date without precision": (("models", 2, "date_precision", "unknown"), "date_precision is unknown"),
    "precision without date": (("models", 4, "date_precision", "day"), "release_date is blank"),
    "model released after its own score": (
        ("models", 3, "release_date", "2026-01-01"),
        'models.csv row 3 (model "Beta 1"): first date 2026-01-01 is after 2025-06-30, '
        "the first_seen of scores.csv row 3",
    ),
    "score long before its model": (("scores", 2, "published", "2023-06-01"), "the published of scores.csv row 2"),
    "index value before its model": (("index_vintages", 2, "vintage", "2024-12-01"), "the vintage of"),
    "unknown word": (
        ("scores", 2, "source_class", "goverment"),
        'source_class "goverment" is not one of government, independent, leaderboard, developer; '
        'did you mean "government"?',
    ),
    "white space": (("models", 2, "model", "Alpha 1 "), "has white space at its ends"),
    "fraction of an item": (("scores", 2, "n_items", "12.5"), 'n_items "12.5" is not a whole number'),
    "no items": (("scores", 2, "n_items", "0"), "n_items 0 is too small; expected at least 1"),
    "negative error": (("scores", 2, "standard_error", "-0.1"), "standard_error -0.1 is too small"),
    "floor above ceiling": (("benchmarks", 2, "floor", "1.5"), "floor 1.5 and ceiling 1 are not"),
    "logit without ceiling": (("benchmarks", 2, "ceiling", ""), "floor 0.25 and ceiling nan are not"),
    "superseded by nothing": (("benchmarks", 2, "superseded_by", "GPQA 2"), 'superseded_by "GPQA 2" is not in'),
    "superseded by itself": (("benchmarks", 2, "superseded_by", "GPQA diamond"), "is the benchmark itself"),
    "interval upside down": (("index_vintages", 2, "low", "150"), "low 150, value 140, high 144 are not"),
    "access upside down": (("access", 2, "to", "2025-05-01"), "from 2025-06-01 is after to 2025-05-01"),
    "link to nobody": (("links", 2, "reference_model", "Omega"), 'reference_model "Omega" is not in models.csv'),
    "claim without its months": (("claims", 2, "low", ""), "low is blank; a claim of form interval needs it"),
    "interval without its probability": (("index_vintages", 2, "level", ""), "level is blank; low and high need it"),
    "certain interval": (("index_vintages", 2, "level", "1"), "level 1 is too large"),
    "link without error": (("links", 2, "sd", "0"), "sd 0 is too small"),
    "link longer than any scale": (("links", 2, "difference", "1e6"), "difference 1e6 is too large"),
    "error above one in a fraction": (("scores", 2, "standard_error", "3"), "standard_error 3 is above 1"),
    "digits of another script": (("scores", 2, "score", "０.5"), 'score "０.5" is not a number'),
    "grouped digits": (("scores", 2, "n_items", "1_000"), 'n_items "1_000" is not a number'),
    "beyond any fact": (("index_vintages", 2, "value", "1e30"), "is too large"),
    "before any computer": (("models", 2, "release_date", "1066-10-14"), '"1066-10-14" is not a date'),
    "formula": (("models", 3, "developer", "=HYPERLINK(1)"), 'developer "=HYPERLINK(1)" is a formula'),
    "address that runs": (("scores", 2, "source_url", "javascript:alert(1)"), "is no address"),
    "invisible mark": (("models", 3, "developer", "Ba\u200bo"), "has characters that do not show"),
    "reversed text": (("models", 3, "developer", "\u202eoaB"), "has characters that do not show"),
    "null": (("models", 3, "developer", "B\0o"), 'developer "B\\x00o" has characters that do not show'),
    "endless name": (("models", 3, "developer", "x" * 10_000), "has 10000 characters; expected at most 200"),
    "same name twice, nearly": (("models", 3, "model", "ALPHA 1"), "is spelt like row 2"),
    "probability above one": (("index_vintages", 2, "level", "90"), "level 90 is too large; expected at most 0.999"),
}  # fmt: skip


@pytest.mark.parametrize("case", CELLS)
def test_a_wrong_cell_is_one_line(folder, case):
    (name, row, column, value), expected = CELLS[case]
    put(folder, name, row, column, value)
    with pytest.raises(GaplabError, match=r"\.csv row \d+ \(") as caught:
        load(as_of=pd.Timestamp("2025-12-31").date(), root=folder)
    found = caught.value.problems
    about = [line for line in found if expected in line]
    assert len(about) == 1, found
    assert all(len(line) < 1000 and "\n" not in line for line in found)


def test_a_wrong_cell_is_reported_once_and_not_again_by_later_checks(folder):
    put(folder, "scores", 2, "score", "seventy")
    assert len(problems(folder)) == 1


def test_duplicate_keys_name_both_rows(folder):
    path = folder / "scores.csv"
    lines = path.read_text("utf-8").splitlines()
    path.write_text("\n".join([*lines, lines[1]]) + "\n", "utf-8")
    assert problems(folder) == [
        f'{path} row 5 (model "Alpha 1", benchmark "GPQA diamond"): repeats row 2 in model, benchmark, source, effort: '
        "keep one of the two"
    ]


def test_all_problems_of_all_tables_come_at_once_in_order(folder):
    put(folder, "scores", 4, "score", "-3")
    put(folder, "models", 2, "country", "")
    put(folder, "scores", 2, "score", "71.2")
    (folder / "links.csv").write_bytes(b"")
    found = problems(folder)
    expected = ["links.csv: the file is empty", "models.csv row 2", "scores.csv row 2", "scores.csv row 4"]
    assert all(part in line for part, line in zip(expected, found, strict=True)), found


FILES = {
    "empty": (lambda path: path.write_bytes(b""), "the file is empty"),
    "endless lines": (
        lambda path: path.write_bytes(path.read_bytes() + b"\n" * 1_000_000),
        "lines; expected at most 1,000,000",
    ),
    "blank lines only": (lambda path: path.write_bytes(b"\n\n"), "the file is empty"),
    "header only": (lambda path: path.write_text(TINY["models"][0] + "\n", "utf-8"), "the table has no rows"),
    "byte-order mark": (lambda path: path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes()), "byte-order mark"),
    "semicolons": (lambda path: path.write_text(path.read_text("utf-8").replace(",", ";"), "utf-8"), "semicolons"),
    "latin 1": (
        lambda path: path.write_bytes(path.read_bytes().replace(b"Bao", "Bão".encode("latin-1"))),
        "line 3 is not UTF-8",
    ),
    "utf-16": (lambda path: path.write_text(path.read_text("utf-8"), "utf-16"), "line 1 is not UTF-8"),
    "missing column": (
        lambda path: path.write_text(path.read_text("utf-8").replace("country", "cuontry"), "utf-8"),
        'no column country; did you mean "cuontry"?',
    ),
    "extra column": (
        lambda path: path.write_text("\n".join(f"{line},x" for line in TINY["models"]), "utf-8"),
        'column "x" is not known',
    ),
    "unquoted comma": (
        lambda path: path.write_text(path.read_text("utf-8").replace("restricted", "re,stricted"), "utf-8"),
        "row 4 has 12 cells; expected 11",
    ),
    "open quote": (lambda path: path.write_text(path.read_text("utf-8") + '"', "utf-8"), "is no CSV"),
    "absent": (Path.unlink, "no such file"),
}


@pytest.mark.parametrize("case", FILES)
def test_an_unreadable_file_is_one_line(folder, case):
    spoil, expected = FILES[case]
    spoil(folder / "models.csv")
    found = problems(folder)
    assert len(found) == 1, found
    assert found[0].startswith(str(folder / "models.csv"))
    assert expected in found[0]


def test_a_missing_folder_is_one_line(tmp_path, monkeypatch):
    absent = tmp_path / "nowhere"
    assert len(check_tables(absent)) == 1
    assert str(absent) in check_tables(absent)[0]
    monkeypatch.setenv("GAPLAB_DATA", str(absent))
    with pytest.raises(GaplabError, match="no such data folder"):
        load(as_of=pd.Timestamp("2026-06-30").date())


def test_blank_lines_do_not_shift_row_numbers(folder):
    path = folder / "models.csv"
    lines = path.read_text("utf-8").splitlines()
    path.write_text("\n".join([lines[0], lines[1], "", lines[2].replace("China", ""), lines[3]]), "utf-8")
    assert "models.csv row 4" in problems(folder)[0]


def test_files_are_named_as_the_user_sees_them(folder, monkeypatch):
    shutil.copytree(folder, folder / "data")
    put(folder / "data", "scores", 2, "score", "71.2")
    monkeypatch.chdir(folder)
    assert problems(folder / "data")[0].startswith("data/scores.csv row 2 ")


def test_keys_and_references_are_columns_of_their_tables():
    for name, key in KEYS.items():
        assert set(key) <= set(TABLES[name])
    for (name, column), target in REFERENCES.items():
        assert column in TABLES[name]
        assert KEYS[target] == [next(iter(TABLES[target]))]


@pytest.mark.parametrize(
    ("column", "cell", "right"),
    [
        ("country", "CN", "China"),
        ("country", "china", "China"),
        ("country", "U.S.A.", "US"),
        ("developer", "ACME", "Acme"),
        ("developer", "Ácme", "Acme"),
        ("family", "al pha", "Alpha"),
    ],
)
def test_a_country_developer_or_family_spelt_in_two_ways_is_told(folder, column, cell, right):
    path = folder / "models.csv"
    model = dict.fromkeys(TABLES["models"], "") | {
        "developer": "Acme", "country": "US", "family": "Alpha", "weights": "open", "date_precision": "unknown",
        "source": "https://x.example",
    }  # fmt: skip
    lines = [",".join((model | {"model": f"New {number}"}).values()) for number in range(3)]
    odd = ",".join((model | {"model": "Odd"} | {column: cell}).values())
    path.write_text(path.read_text("utf-8") + "\n".join([*lines, odd]) + "\n", "utf-8")
    (line,) = problems(folder)
    assert f'(model "Odd"): {column} "{cell}" is not spelt as in the rest of the table; did you mean "{right}"?' in line


def test_a_table_saved_by_a_spreadsheet_is_one_problem_and_nothing_that_follows_from_it(folder):
    path = folder / "models.csv"
    rows = [f"M {n},Acme,US,,,open,1/{n}/2026,day,https://x.example,," for n in range(1, 31)]
    path.write_text(path.read_text("utf-8") + "\n".join(rows) + "\n", "utf-8")
    (line,) = problems(folder)
    assert 'models.csv: column release_date: 30 cells are wrong, the first in row 5: release_date "1/1/2026"' in line
    assert "restore it" in line


@pytest.mark.parametrize(("cell", "told"), [("1000000000", "is too large"), ("0", "is too small"), ("many", "restore")])
def test_a_column_that_is_wrong_throughout_is_told_by_what_is_wrong_with_it(folder, cell, told):
    path = folder / "benchmarks.csv"
    row = dict.fromkeys(TABLES["benchmarks"], "") | {"domain": "agentic", "access_class": "public", "floor": "0"}
    row |= {"ceiling": "1", "n_items": cell, "link": "logit", "source_url": "https://x.example"}
    rows = [",".join((row | {"benchmark": f"Test {n}"}).values()) for n in range(30)]
    path.write_text(path.read_text("utf-8") + "\n".join(rows) + "\n", "utf-8")
    (line,) = problems(folder)
    assert told in line
    assert ("spreadsheet" in line) == (cell == "many")
