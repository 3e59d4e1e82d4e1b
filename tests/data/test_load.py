"""The tables as a run may see them: nothing later than its date, and every change in the hash."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from datetime import date

import pandas as pd
import pytest
from support.tables import put, write_tiny

from gaplab.data.contract import TABLES
from gaplab.data.csv_file import read_tables
from gaplab.data.load import check_tables, load, read_validated, write_validated
from gaplab.errors import GaplabError
from gaplab.places import PROJECT_DATA


@pytest.fixture
def folder(tmp_path):
    return write_tiny(tmp_path)


def append(folder, name, line):
    with (folder / f"{name}.csv").open("a", encoding="utf-8") as text:
        text.write(line + "\n")


def test_the_projects_own_data_is_valid():
    assert check_tables() == []


def test_tables_are_validated_once_for_the_same_content(folder, monkeypatch, tmp_path_factory):
    monkeypatch.setenv("GAPLAB_CACHE", str(tmp_path_factory.mktemp("cache")))  # no other test has kept these tables
    validated, read = [], read_tables

    def counted(*args, **kwargs):
        validated.append(args)
        return read(*args, **kwargs)

    monkeypatch.setattr("gaplab.data.load.read_tables", counted)
    first = load(as_of=date(2025, 12, 31), root=folder)
    load(as_of=date(2025, 6, 30), knowledge="real_time", root=folder)
    assert len(validated) == 1
    path = folder / "claims.csv"
    status, text = path.stat(), path.read_text("utf-8")
    path.write_text(text.replace(",Lab,", ",Lob,"), "utf-8")
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert path.stat().st_size == status.st_size, "neither size nor time tells"
    changed = load(as_of=date(2025, 12, 31), root=folder)
    assert len(validated) == 2
    assert changed.hash != first.hash
    path.write_text("", "utf-8")
    for _ in range(2):
        with pytest.raises(GaplabError, match="empty"):
            load(as_of=date(2025, 12, 31), root=folder)


def test_what_a_caller_does_to_its_tables_reaches_no_other(folder):
    ours, untouched = (load(as_of=date(2025, 12, 31), root=folder) for _ in range(2))
    for name in TABLES:
        table = getattr(ours, name)
        for column in table:
            table[column].array[0] = table[column].array[-1]
            table.loc[0, column] = table[column].array[-1]
    again = load(as_of=date(2025, 12, 31), root=folder)
    for name in TABLES:
        pd.testing.assert_frame_equal(getattr(again, name), getattr(untouched, name))


def test_loading_again_costs_a_fraction_of_the_first_time(tables_folder, tmp_path, monkeypatch):
    monkeypatch.setenv("GAPLAB_CACHE", str(tmp_path / "cache"))  # nothing is known from an earlier run
    claims = tables_folder / "claims.csv"
    claims.write_text("\n".join([*claims.read_text("utf-8").splitlines()[:-1], ""]), "utf-8")  # read by nobody else

    def spent() -> float:
        start = time.process_time()
        load(as_of=date(2026, 6, 30), root=tables_folder)
        return time.process_time() - start

    first = spent()
    assert min(spent() for _ in range(3)) < first / 4


def test_valid_tables_are_kept_for_the_next_process_and_a_damaged_file_counts_as_none(tmp_path, monkeypatch):
    tables = {"models": load(as_of=date(2026, 6, 30)).models}
    monkeypatch.setenv("GAPLAB_CACHE", str(tmp_path))
    assert read_validated(b"bytes of the files") is None
    write_validated(b"bytes of the files", tables, "their hash")
    again, digest = read_validated(b"bytes of the files")
    pd.testing.assert_frame_equal(again["models"], tables["models"])
    assert digest == "their hash"
    assert read_validated(b"other bytes") is None
    (kept,) = (tmp_path / "tables").iterdir()
    kept.write_bytes(kept.read_bytes()[:-1] + b"?")
    assert read_validated(b"bytes of the files") is None


def test_the_folder_is_the_argument_then_the_environment_then_the_project(folder, monkeypatch):
    own = load(as_of=date(2026, 6, 30))
    assert len(own.models) > 200
    monkeypatch.setenv("GAPLAB_DATA", str(folder))
    assert set(load(as_of=date(2026, 6, 30)).models["model"]) == {"Alpha 1", "Beta 1", "Gamma Preview"}
    explicit = load(as_of=date(2026, 6, 30), root=PROJECT_DATA)
    assert explicit.hash == own.hash


def test_models_appear_on_the_day_they_are_out(folder):
    for day, expected in [
        (date(2025, 5, 19), {"Alpha 1"}),
        (date(2025, 5, 20), {"Alpha 1", "Beta 1"}),
        (date(2025, 5, 31), {"Alpha 1", "Beta 1"}),
        (date(2025, 6, 1), {"Alpha 1", "Beta 1", "Gamma Preview"}),
    ]:
        tables = load(as_of=day, root=folder)
        assert set(tables.models["model"]) == expected
        assert set(tables.scores["model"]) == expected - {"Gamma Preview"}
        assert (tables.access["from"] <= pd.Timestamp(day)).all()
        assert set(tables.links["model"]) <= expected


def test_hindsight_keeps_later_scores_of_models_already_out_and_real_time_does_not(folder):
    assert len(load(as_of=date(2025, 6, 1), root=folder).scores) == 3
    with pytest.raises(GaplabError, match='use knowledge "hindsight"'):
        load(as_of=date(2025, 6, 1), knowledge="real_time", root=folder)
    put(folder, "scores", 2, "first_seen", "2025-04-01")
    known = load(as_of=date(2025, 6, 1), knowledge="real_time", root=folder)
    assert list(known.scores["benchmark"]) == ["GPQA diamond"]
    assert known.index_vintages.empty
    assert known.vintage == "2025-04-01"
    later = load(as_of=date(2025, 6, 30), knowledge="real_time", root=folder)
    assert len(later.scores) == 3
    assert len(later.index_vintages) == 1
    assert later.vintage == "2025-06-30"


def test_claims_made_later_are_never_kept(folder):
    assert load(as_of=date(2025, 6, 30), root=folder).claims.empty
    assert len(load(as_of=date(2025, 7, 1), root=folder).claims) == 1


@pytest.mark.parametrize("knowledge", ["hindsight", "real_time"])
def test_absurd_later_rows_change_nothing_but_the_hash(tmp_path, knowledge):
    """What is planted after the as-of date must not be seen, whatever it is."""
    for path in PROJECT_DATA.glob("*.csv"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    before = load(as_of=date(2026, 5, 12), knowledge=knowledge, root=tmp_path)
    append(tmp_path, "models", "Omega 9,Acme,China,Omega,,open,2026-05-13,day,https://acme.example,,")
    append(tmp_path, "access", "Omega 9,trusted,2026-05-13,,https://acme.example")
    append(
        tmp_path,
        "scores",
        "Omega 9,GPQA diamond,epoch_evaluations,max,1,,,independent,Lab,,none,none,2026-05-13,,https://acme.example",
    )
    append(tmp_path, "index_vintages", "2026-05-13,epoch_eci,Omega 9,999,,,,epoch_eci")
    append(
        tmp_path,
        "links",
        "Omega 9,GPT-5,99,1,points,2026-05-13,epoch_eci,https://acme.example,",
    )
    append(tmp_path, "claims", "omega,Acme,2026-05-13,2026-05-13,point,,-99,,months,public,general,x,x,x,,,")
    after = load(as_of=date(2026, 5, 12), knowledge=knowledge, root=tmp_path)
    assert after.hash != before.hash
    assert after.vintage == before.vintage
    for name in ("models", "access", "scores", "index_vintages", "links", "claims"):
        pd.testing.assert_frame_equal(getattr(after, name), getattr(before, name))
    shown = load(as_of=date(2026, 5, 13), knowledge=knowledge, root=tmp_path)
    assert "Omega 9" in set(shown.scores["model"]), "the planted rows are real ones a day later"


@pytest.mark.parametrize("day", pd.date_range("2023-06-30", "2026-12-31", freq="182D").date)
def test_no_row_of_the_projects_data_is_from_after_the_date(day):
    today = pd.Timestamp(day)
    tables = load(as_of=day)
    starts = tables.access[tables.access["state"] != "suspended"].groupby("model")["from"].min()
    assert (starts <= today).all()
    for name in ("scores", "index_vintages", "links"):
        assert set(getattr(tables, name)["model"]) <= set(starts.index)
    if day >= date(2025, 12, 5):
        known = load(as_of=day, knowledge="real_time")
        assert (known.scores["first_seen"] <= today).all()
        assert (known.index_vintages["vintage"] <= today).all()
        assert known.vintage <= day.isoformat()


def test_a_date_before_all_data_is_refused(folder):
    with pytest.raises(GaplabError, match="no model with a score was out by 2024-12-31; expected 2025-01-10 or later"):
        load(as_of=date(2024, 12, 31), root=folder)


def test_an_unknown_knowledge_is_refused(folder):
    with pytest.raises(GaplabError, match="hindsight, real_time"):
        load(as_of=date(2025, 12, 31), knowledge="foresight", root=folder)


def test_the_hash_depends_on_every_cell_and_on_no_order_of_rows(folder):
    before = load(as_of=date(2025, 12, 31), root=folder)
    path = folder / "scores.csv"
    lines = path.read_text("utf-8").splitlines()
    path.write_text("\n".join([lines[0], *reversed(lines[1:])]) + "\n", "utf-8")
    assert load(as_of=date(2025, 12, 31), root=folder).hash == before.hash
    assert load(as_of=date(2025, 6, 30), root=folder).hash == before.hash, "taken before the as-of filter"
    put(folder, "claims", 2, "note", "a remark")
    assert load(as_of=date(2025, 12, 31), root=folder).hash != before.hash


def test_what_is_computed_once_from_tables_is_not_that_of_others(folder):
    tables = load(as_of=date(2025, 12, 31), root=folder)
    fewer = replace(tables, scores=tables.scores.iloc[:1])
    assert tables.once("rows", lambda: "all") == "all"
    assert fewer.once("rows", lambda: "one") == "one"
    assert tables.once("rows", lambda: pytest.fail("computed again")) == "all"


def test_changing_a_loaded_table_changes_no_later_load(folder):
    tables = load(as_of=date(2025, 12, 31), root=folder)
    tables.scores["score"] = 0.0
    assert load(as_of=date(2025, 12, 31), root=folder).scores["score"].max() == 75
    with pytest.raises(AttributeError):
        tables.as_of = date(2030, 1, 1)


def test_every_dated_model_has_an_access_row_and_told_dates_win(folder):
    append(folder, "access", "Alpha 1,internal,2024-11-01,,https://acme.example")
    append(folder, "access", "Beta 1,public,2025-06-10,,https://bao.example")
    access = load(as_of=date(2025, 12, 31), root=folder).access
    told = set(zip(access["model"], access["state"], access["from"].dt.strftime("%Y-%m-%d"), strict=True))
    assert told == {
        ("Alpha 1", "internal", "2024-11-01"),
        ("Alpha 1", "public", "2025-01-10"),
        ("Beta 1", "public", "2025-06-10"),
        ("Gamma Preview", "trusted", "2025-06-01"),
    }


def test_the_readme_counts_what_is_there():
    readme = (PROJECT_DATA / "README.md").read_text("utf-8")
    tables = {path.name: pd.read_csv(path) for path in PROJECT_DATA.glob("*.csv")}
    for name, table in tables.items():
        assert f"| `{name}` | {len(table)} |" in readme
        assert all(column in readme for column in table.columns), name
    scores = tables["scores.csv"]
    classes = scores["source_class"].value_counts()
    assert (
        f"{scores['model'].nunique()} models have scores. The scores are {classes['independent']} independent, "
        f"{classes['leaderboard']} from leaderboards, {classes['developer']} by developers and "
        f"{classes['government']} by governments."
    ) in readme
