"""The committed tables against the publishers' files, where those are at hand."""

from __future__ import annotations

import random
import re
from collections import Counter
from pathlib import Path

import pandas as pd
import pytest
from support.places import REPOSITORY

from gaplab.places import PROJECT_DATA

UPSTREAM = REPOSITORY.parent / "shared" / "upstream"
BUILD = REPOSITORY / "data" / "build"

with_upstream = pytest.mark.skipif(not UPSTREAM.is_dir(), reason="the publishers' files are not here")


def read(path: Path, **options) -> pd.DataFrame:
    return pd.read_csv(path, encoding="utf-8-sig", **options)


@pytest.fixture(scope="module")
def scores() -> pd.DataFrame:
    return read(PROJECT_DATA / "scores.csv")


@with_upstream
def test_eighty_random_scores_are_the_publishers(scores):
    """Value, source and the day it was known, read afresh from the file each came from."""
    matrix = read(UPSTREAM / "epoch_eci_vintages/2026-08-11/eci_benchmarks.csv")
    before = read(UPSTREAM / "epoch_eci_vintages/2026-05-13/eci_benchmarks.csv")
    caisi = pd.concat([
        read(UPSTREAM / "caisi_evaluations/caisi_benchmark_scores.csv"),
        read(UPSTREAM / "caisi_and_aisi_2026-07/caisi_benchmark_scores.csv").rename(columns={"score": "score_pct"}),
    ])  # fmt: skip
    aisi = [read(UPSTREAM / f"caisi_and_aisi_2026-07/aisi_cyber_{name}.csv") for name in ("narrow", "tlo")]
    aisi = pd.concat([aisi[0]["success_rate"] / 100, aisi[1]["steps"] / 32])
    runs = read(UPSTREAM / "epoch_versions_and_runs_2026-08-17/benchmarks_runs_public_view.csv")
    cyber = read(UPSTREAM / "epoch_cyber_models_to_2026-06-30/epoch_cyber_scores.csv")
    sources = read(PROJECT_DATA / "sources.csv").set_index("source")
    names_of_caisi = read(BUILD / "caisi_benchmarks.csv").set_index("name")["benchmark"]
    checked = Counter()
    for row in scores.iloc[random.Random(20260630).sample(range(len(scores)), 80)].itertuples():
        cell = matrix[(matrix["model"] == row.model) & (matrix["benchmark"] == row.benchmark)]
        if row.source.startswith("caisi"):
            named = caisi["model"].str.replace(" ", "-").str.casefold() == row.model.replace(" ", "-").casefold()
            test = caisi["benchmark"].map(names_of_caisi) == row.benchmark
            values = caisi.loc[named & test & (caisi["source_url"] == row.source_url), "score_pct"] / 100
            assert any(abs(values - row.score) < 1e-9), row
            checked["caisi"] += 1
        elif row.source.startswith("aisi_caisi"):
            assert any(abs(caisi["score_pct"] / 100 - row.score) < 1e-9), row
            checked["caisi"] += 1
        elif row.source == "aisi_2026_07":
            assert any(abs(aisi - row.score) < 1e-6), row
            checked["aisi"] += 1
        elif row.source == "aisi_cyber" or row.first_seen == "2026-08-31":
            values = cyber.loc[cyber["benchmark"] == row.benchmark, "score"]
            assert any(abs(values - row.score) < 1e-6), row
            checked["cyber"] += 1
        elif row.benchmark.startswith("METR time horizon"):
            text = "\n".join(
                path.read_text("utf-8")
                for path in sorted((UPSTREAM / "metr_time_horizons").iterdir())
                if path.is_file()
            )
            numbers = {round(float(number), 4) for number in re.findall(r"\d+\.\d+", text)}
            assert round(row.score, 4) in numbers or row.censored == "lower", row
            checked["metr"] += 1
        else:
            if cell.empty and row.published > "2026-07-28":
                raw = runs.loc[runs["task"] == row.benchmark, "Best score (across scorers)"]
                assert len(raw), row
                checked["runs"] += 1
                continue
            if cell.empty:
                cell = before[(before["model"] == row.model) & (before["benchmark"] == row.benchmark)]
                assert row.first_seen <= "2026-05-13", row
            assert len(cell) == 1, row
            assert cell["performance"].item() == pytest.approx(row.score, abs=1e-6)
            written = cell["source"].item()
            assert (written == "Epoch evaluations") == (row.source == "epoch_evaluations"), row
            checked["matrix"] += 1
        assert row.source in sources.index
    assert sum(checked.values()) == 80
    assert checked["matrix"] >= 60


@with_upstream
def test_no_score_of_the_newest_matrix_is_lost(scores):
    matrix = read(UPSTREAM / "epoch_eci_vintages/2026-08-11/eci_benchmarks.csv")
    ours = set(zip(scores["model"], scores["benchmark"], scores["score"].round(6), strict=True))
    theirs = set(zip(matrix["model"].str.strip(), matrix["benchmark"], matrix["performance"].round(6), strict=True))
    assert theirs <= ours
    assert len(theirs) == len(matrix) == 2249


@with_upstream
def test_sixty_random_release_dates_are_those_of_a_version_of_the_model():
    """Save where a source by hand says otherwise; the newest matrix re-dates models and is not followed."""
    versions = read(UPSTREAM / "model_map/model_versions_to_2026-06-30.csv")
    matrix = read(UPSTREAM / "epoch_eci_vintages/2026-08-11_models_to_2026-06-30/eci_benchmarks.csv")
    by_hand = read(BUILD / "models.csv").set_index("model")["release_date"].dropna()
    models = read(PROJECT_DATA / "models.csv").set_index("model")
    released = set(models.index[models["release_date"].notna()])
    scored = sorted(set(matrix["model"]) & set(versions["model"].dropna()) & released)
    assert len(scored) >= 60
    for model in random.Random(1).sample(scored, 60):
        named = matrix.loc[matrix["model"] == model, "model_version"]
        dates = versions.loc[versions["model"].eq(model) | versions["model_version"].isin(named), "release_date"]
        expected = by_hand.get(model, dates.min())
        assert models.loc[model, "release_date"] == expected, model


@with_upstream
def test_the_forty_newest_models_are_what_the_lists_of_august_say():
    """Release date, country, weights: the versions of 17 August, the releases to the 31st, the index of the 11th."""
    ours = read(PROJECT_DATA / "models.csv").dropna(subset="release_date").sort_values("release_date").tail(40)
    ours = ours.set_index("model")
    releases = read(UPSTREAM / "access_and_releases_to_2026-08-31/model_releases.csv").set_index("model")
    index = read(UPSTREAM / "epoch_eci_vintages/2026-08-11/eci_scores.csv").set_index("Model")
    versions = read(UPSTREAM / "epoch_versions_and_runs_2026-08-17/model_versions_grid_view.csv")
    known = read(PROJECT_DATA / "build" / "known_versions.csv").set_index("version")["model"]
    versions["model"] = versions["id"].map(known)
    told = pd.concat([
        versions[["model", "Version release date"]].set_axis(["model", "release_date"], axis=1),
        releases["release_date"].reset_index(),
    ])  # fmt: skip
    days = told.dropna().groupby("model")["release_date"].agg(set)
    assert [name for name in ours.index if ours.at[name, "release_date"] not in days.get(name, ())] == []
    both = ours.index.intersection(releases.index)
    assert len(both) >= 20
    assert ours.loc[both, "country"].tolist() == releases.loc[both, "country"].tolist()
    placed = index["Country (of organization)"].replace("United States of America", "US").dropna()
    both = ours.index.intersection(placed.index)
    assert len(both) >= 15
    assert ours.loc[both, "country"].tolist() == placed[both].tolist()
    groups = index["Accessibility group"].replace({"Open weights": "open", "Closed weights": "closed"}).dropna()
    both = ours.index.intersection(groups.index[groups.isin(["open", "closed"])])
    assert len(both) >= 15
    assert ours.loc[both, "weights"].tolist() == groups[both].tolist()


@with_upstream
@pytest.mark.parametrize(
    ("model", "day"),
    [
        ("o3", "2025-04-16"),
        ("GPT-4o (Aug 2024)", "2024-08-06"),
        ("GPT-3.5 Turbo (Nov 2023)", "2023-11-06"),
        ("Kimi K2.5", "2026-01-27"),
        ("DeepSeek-V4-Pro", "2026-04-24"),
        ("GPT-5", "2025-08-07"),
    ],
)
def test_models_that_frontiers_turn_on_have_their_public_date(model, day):
    versions = read(UPSTREAM / "model_map/model_versions_to_2026-06-30.csv")
    assert day in set(versions["release_date"])
    assert read(PROJECT_DATA / "models.csv").set_index("model").loc[model, "release_date"] == day


@with_upstream
def test_rescaled_scores_go_back_to_the_raw_ones(scores):
    """The floor and ceiling of benchmarks.csv undo Epoch's rescaling, run by run."""
    benchmarks = read(PROJECT_DATA / "benchmarks.csv").set_index("benchmark")
    raw = UPSTREAM / "epoch_benchmark_data_2026-04-29"
    tried = {
        "GPQA diamond": ("gpqa_diamond", "mean_score"),
        "Chess Puzzles": ("chess_puzzles", "mean_score"),
        "FrontierMath-2025-02-28-Private": ("frontiermath", "mean_score"),
        "FrontierMath-Tier-4-2025-07-01-Private": ("frontiermath_tier_4", "mean_score"),
        "HLE": ("hle_external", "Accuracy"),
        "OTIS Mock AIME 2024-2025": ("otis_mock_aime_2024_2025", "mean_score"),
        "Winogrande": ("wino_grande_external", "Accuracy"),
        "SimpleBench": ("simplebench_external", "Score (AVG@5)"),
        "VPCT": ("vpct_external", "Correct"),
        "ANLI": ("adversarial_nli_external", "Score"),
    }
    for benchmark, (name, column) in tried.items():
        published = pd.to_numeric(read(raw / f"{name}.csv")[column], errors="coerce").dropna()
        rows = scores[(scores["benchmark"] == benchmark) & (scores["score"] > 0.001)]
        rows = rows[rows["first_seen"] <= "2026-04-29"]
        assert (rows["adjusted"] == "chance").all()
        floor, ceiling = benchmarks.loc[benchmark, ["floor", "ceiling"]].astype(float)
        found = [(published - floor - (ceiling - floor) * score).abs().min() < 2e-3 for score in rows["score"]]
        assert sum(found) >= 0.9 * len(found) > 0, benchmark


def test_every_upstream_table_is_left_where_it_is():
    """Facts are transcribed; no file of a publisher is kept."""
    if not UPSTREAM.is_dir():
        pytest.skip("the publishers' files are not here")
    theirs = {path.read_bytes() for path in UPSTREAM.rglob("*") if path.is_file() and path.stat().st_size}
    ours = list((REPOSITORY / "data").rglob("*.csv"))
    assert ours
    assert not [path for path in ours if path.read_bytes() in theirs]
