"""Refreshes from the publishers' own files, where those are at hand: August tables from June ones, and a replay."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import zipfile
from pathlib import Path

import pandas as pd
import pytest
from support.places import REPOSITORY
from support.refreshes import SILENT, bytes_below

from gaplab.data.contract import KEYS
from gaplab.data.load import check_tables
from gaplab.errors import GaplabError
from gaplab.importers.recognise import known_files
from gaplab.places import PROJECT_DATA
from gaplab.runs.refresh.refresh import refresh

JUNE, AUGUST = "e3f2598", "69e1eec"
"""The tables before the files of August came in, and with them; corrections by hand came later."""
VINTAGE = "epoch_eci_vintages/2026-08-11"
pytestmark = pytest.mark.slow


def committed(name: str, commit: str) -> pd.DataFrame:
    shown = subprocess.run(["git", "show", f"{commit}:data/{name}.csv"], cwd=REPOSITORY, capture_output=True)
    if shown.returncode:
        pytest.skip("the history of the tables is not here")
    return text_table(io.BytesIO(shown.stdout))


def text_table(source) -> pd.DataFrame:
    return pd.read_csv(source, dtype=str, keep_default_na=False)


def with_corrections(name: str) -> pd.DataFrame:
    """A table as it was in June, with every cell and row that was corrected by hand since August."""
    now = text_table(PROJECT_DATA / f"{name}.csv")
    key = list(KEYS[name])
    june, august, today = (
        table.reindex(columns=now.columns, fill_value="").set_index(key)
        for table in (committed(name, JUNE), committed(name, AUGUST), now)
    )
    kept = today[today.index.isin(june.index) | ~today.index.isin(august.index)].copy()
    both = kept.index[kept.index.isin(june.index) & kept.index.isin(august.index)]
    for row in both:
        for column in kept:
            if today.at[row, column] == august.at[row, column]:
                kept.at[row, column] = june.at[row, column]
    renamed = june[~june.index.isin(today.index)]  # a key that an August file changed
    if len(renamed):
        kept = pd.concat([kept, renamed]).sort_index(kind="stable")
    return kept.reset_index()[list(now.columns)]


@pytest.fixture
def june(tmp_path, monkeypatch):
    """The tables of June: facts told by hand as they are today, and what publishers told by then."""
    monkeypatch.setenv("GAPLAB_CACHE", str(tmp_path / "cache"))
    root = tmp_path / "data"
    shutil.copytree(PROJECT_DATA / "build", root / "build")
    write = {"index": False, "lineterminator": "\n"}
    for name in ("models", "access", "scores", "index_vintages", "links", "claims", "sources"):
        with_corrections(name).to_csv(root / f"{name}.csv", **write)
    shutil.copy(PROJECT_DATA / "benchmarks.csv", root)
    versions = text_table(PROJECT_DATA / "build" / "known_versions.csv")
    learnt = set(committed("build/known_versions", AUGUST)["version"])
    learnt -= set(committed("build/known_versions", JUNE)["version"])
    versions[~versions["version"].isin(learnt)].to_csv(root / "build" / "known_versions.csv", **write)
    taken = text_table(PROJECT_DATA / "build" / "taken.csv")
    of_june = (taken["day"] <= "2026-07-01") & ~taken["file"].str.startswith("eci_states")
    in_sources = taken["sha256"].isin(text_table(root / "sources.csv")["sha256"])
    taken[of_june | in_sources].to_csv(root / "build" / "taken.csv", **write)
    text_table(PROJECT_DATA / "complete.csv").assign(to="2026-06-30").to_csv(root / "complete.csv", **write)
    assert check_tables(root) == []
    return root


def test_the_june_tables_become_those_committed_byte_for_byte(june, upstream):
    outcome = refresh(june, None, source=upstream, tell=SILENT)
    assert outcome.files == 13
    for path in sorted([*PROJECT_DATA.glob("*.csv"), *(PROJECT_DATA / "build").glob("*.csv")]):
        assert (june / path.relative_to(PROJECT_DATA)).read_bytes() == path.read_bytes(), path
    assert refresh(june, None, source=upstream, tell=SILENT).changed is False


def dated_files(upstream: Path, home: Path) -> list[tuple[str, Path]]:
    """Every dated file of the publishers in a folder of its own; daily states one by one, the loose bundle zipped."""
    found = []
    for file in known_files(upstream, PROJECT_DATA, ())[0]:
        path = Path(file.where)
        if "eci_states" in path.name:
            table = text_table(path)
            for day, rows in table.groupby("first_seen"):
                found.append((day, home / f"states-{day}" / f"eci_states_{day}.csv", rows.to_csv(index=False).encode()))
        else:
            name = path.name if re.search(r"\d{4}-\d{2}-\d{2}", path.name) else f"{path.stem}_{file.day}{path.suffix}"
            found.append((file.day, home / f"{file.day}-{path.parent.name}" / name, path.read_bytes()))
    bundle = io.BytesIO()
    with zipfile.ZipFile(bundle, "w") as archive:
        for path in sorted((upstream / "epoch_benchmark_data_2026-04-29").rglob("*.csv")):
            archive.write(path, path.name)
    found.append(("2026-04-29", home / "bundle" / "benchmark_data_2026-04-29.zip", bundle.getvalue()))
    for _, path, content in found:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return sorted((day, path) for day, path, _ in found)


def test_replay_of_every_dated_file_in_order_of_date(june, upstream, tmp_path):
    """Each is taken or refused with one sentence, and the tables are valid after each."""
    files = dated_files(upstream, tmp_path / "replay")
    assert len(files) >= 40
    (june / "build" / "taken.csv").unlink()
    refused = {}
    for _, path in files:
        before = bytes_below(june)
        try:
            refresh(june, None, source=path, tell=SILENT)
        except GaplabError as error:
            refused[path.name] = error.problems[0]
            assert "\n" not in error.problems[0]
            assert bytes_below(june) == before, path
        assert check_tables(june) == [], path
    print(len(files), refused)
    assert refused == {}
    scores = [text_table(folder / "scores.csv") for folder in (june, PROJECT_DATA)]
    cell = ["model", "benchmark", "source", "score"]
    newest = scores[1][scores[1]["first_seen"] == "2026-08-11"]
    assert set(newest[cell].itertuples(index=False)) <= set(scores[0][cell].itertuples(index=False))


def times_hundred(text: str) -> str:
    table = text_table(io.StringIO(text))
    column = next(name for name in ("performance", "eci") if name in table)
    table[column] = [str(float(cell) * 100) if cell else "" for cell in table[column]]
    return table.to_csv(index=False)


def refitted(*spoil):
    """A later state of the index, in which every value moved a little, and what is wrong with it."""

    def spoilt(text: str) -> str:
        table = text_table(io.StringIO(text))
        table["eci"] = [f"{float(cell) + 0.03:.4f}" if cell else "" for cell in table["eci"]]
        text = table.to_csv(index=False)
        for each in spoil:
            text = each(text)
        return text

    return spoilt


def rows_lost(share: float):
    def spoil(text: str) -> str:
        head, *rows = text.splitlines(keepends=True)
        return head + "".join(rows[: int(len(rows) * (1 - share))])

    return spoil


def renamed(old: str, new: str):
    return lambda text: text.replace(old, new)


def repeated(text: str) -> str:
    table = text_table(io.StringIO(text))
    again = table.head(5).assign(performance="0.123")
    return pd.concat([table, again]).to_csv(index=False)


MATRIX, INDEX = f"{VINTAGE}/eci_benchmarks.csv", f"{VINTAGE}/eci_scores.csv"
STATES = "epoch_eci_daily_states_2025-12-24_to_2026-08-22/eci_states_after_2026-06-30.csv"
EVENTS = "access_and_releases_to_2026-08-31/access_events.csv"
SPOILT = {
    "columns renamed": (MATRIX, renamed("performance", "Score"), "eci_benchmarks_2026-09-01.csv", "its columns are"),
    "a web page": (INDEX, lambda text: "<html><body>Not here</body></html>", "eci_scores_2026-09-01.csv", "web page"),
    "half a file": (MATRIX, lambda text: text[: len(text) // 2], "eci_benchmarks_2026-09-01.csv", "cells"),
    "half of the rows": (MATRIX, rows_lost(0.5), "eci_benchmarks_2026-09-01.csv", "is the file whole"),
    "rows of an index lost": (INDEX, refitted(rows_lost(0.3)), "eci_scores_2026-09-01.csv", "is the file whole"),
    "a model renamed in an index": (
        INDEX, refitted(renamed("Claude Opus 4.8", "Opus Four Eight")), "eci_scores_2026-09-01.csv", "renamed",
    ),
    "a model renamed in a matrix": (
        MATRIX, renamed("Claude Opus 4.8", "Opus Four Eight"), "eci_benchmarks_2026-09-01.csv", "renamed",
    ),
    "history revised": (STATES, renamed(",157.", ",151."), "eci_states_2026-09-01.csv", "what stood on a day"),
    "index times a hundred": (INDEX, times_hundred, "eci_scores_2026-09-01.csv", "out of range"),
    "scores times a hundred": (MATRIX, times_hundred, "eci_benchmarks_2026-09-01.csv", "score"),
    "a day to come": (INDEX, renamed("155.", "155.0"), "eci_scores_2031-01-01.csv", "after today"),
    "keys twice": (MATRIX, repeated, "eci_benchmarks_2026-09-01.csv", "two values"),
    "an index under a wrong day": (INDEX, renamed("155.", "155.0"), "eci_scores_2025-11-01.csv", "the day it is of"),
    "a matrix under a wrong day": (MATRIX, renamed("0.9", "0.90"), "eci_benchmarks_2025-11-01.csv", "day of the file"),
    "no day": (INDEX, renamed("155.", "155.00"), "eci_scores.csv", "tell the day"),
    "half a date": (EVENTS, renamed("2026-08-", "2026-8-"), "access_events_2026-09-01.csv", "is not a date"),
    "nothing in it": (INDEX, lambda text: "", "eci_scores_2026-09-01.csv", "no rows"),
}  # fmt: skip


@pytest.mark.parametrize("name", SPOILT)
def test_a_spoilt_file_is_refused_with_one_sentence(name, upstream, tmp_path, monkeypatch):
    where, spoil, called, reason = SPOILT[name]
    monkeypatch.setenv("GAPLAB_CACHE", str(tmp_path / "cache"))
    data = shutil.copytree(PROJECT_DATA, tmp_path / "data")
    before = bytes_below(data)
    place = tmp_path / "files"
    place.mkdir()
    (place / called).write_text(spoil((upstream / where).read_text("utf-8-sig")), "utf-8")
    with pytest.raises(GaplabError) as refused:
        refresh(data, None, source=place, tell=SILENT)
    print(refused.value.problems)
    assert reason in refused.value.problems[0]
    assert "\n" not in refused.value.problems[0]
    assert len(refused.value.problems) == 2
    assert bytes_below(data) == before


def test_an_older_list_of_events_corrects_nothing(upstream, tmp_path, monkeypatch):
    """Of 20 June: Claude Fable 5 was withdrawn then, and is public again."""
    monkeypatch.setenv("GAPLAB_CACHE", str(tmp_path / "cache"))
    data = shutil.copytree(PROJECT_DATA, tmp_path / "data")
    before = (data / "access.csv").read_bytes()
    events = text_table(upstream / EVENTS)
    place = tmp_path / "access_to_2026-06-20"
    place.mkdir()
    events[events["event_date"] <= "2026-06-20"].to_csv(place / "access_events.csv", index=False)
    refresh(data, None, source=place, tell=SILENT)
    assert (data / "access.csv").read_bytes() == before
