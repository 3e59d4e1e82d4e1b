"""Epoch AI's matrix of scores, and the grid of corrected release dates."""

from __future__ import annotations

import pandas as pd

from gaplab.errors import GaplabError
from gaplab.importers.cells import days, first_few, numbers, rows, written
from gaplab.importers.epoch.columns import COMPILED, ECI, OWN, feed_of
from gaplab.importers.feed import Feed, ModelsMet, Request
from gaplab.importers.names import effort_of, handmade_table


def matrix_feed(request: Request, table: pd.DataFrame, met: ModelsMet) -> Feed:
    """What the matrix of scores says."""
    from_matrix = matrix_rows(request, table, met, request.shown)
    scores, sources, held_back, notes = matrix_scores(request, from_matrix)
    versions = from_matrix[from_matrix["model_version"] != ""].drop_duplicates("model_version")
    versions = versions.rename(columns={"model_version": "version"}).assign(model=versions["name"])
    return feed_of(
        request, met, scores=scores, sources=sources, versions=versions[["version", "model"]], held_back=held_back,
        notes=notes, whole=True, complete={"scores": request.vintage()},
    )  # fmt: skip


def matrix_rows(request: Request, table: pd.DataFrame, met: ModelsMet, shown: str) -> pd.DataFrame:
    """A score for each model and benchmark, on the publisher's scale.

    `model` is the key: `Model` merges dated versions and is blank in places.
    """
    table = table.assign(score=numbers(table["performance"], shown)).dropna(subset="score")
    _refuse_two_values(table, shown)
    release = days(table["date"], shown) if "date" in table else pd.Series("", index=table.index)
    known = {name: request.names.model(name) for name in table["model"].unique()}
    # The date of a matrix is now and then that of an announcement: it is only taken for a model not listed yet.
    table["name"] = [
        known[name] or met.model(name, release=out) for name, out in zip(table["model"], release, strict=True)
    ]
    kept = table[table["name"] != ""]
    return kept[["name", "benchmark", "model_version", "score", "source"]].assign(error=float("nan"), day="")


def _refuse_two_values(table: pd.DataFrame, shown: str) -> None:
    cell = ["model", "benchmark"]
    several = table.groupby(cell)["score"].nunique().loc[lambda count: count > 1]
    if len(several):
        model, test = several.index[0]
        raise GaplabError(
            f"{shown}: has {len(several)} scores with two values, such as {model} on {test}; expected one for each "
            "model and benchmark"
        )


def _told_sources(request: Request, sources: pd.Series, benchmarks: pd.Series) -> list[dict[str, str] | None]:
    """For each row what build/matrix_sources.csv tells of where its score came from; None where it tells nothing."""
    meta = handmade_table(request.folder, "matrix_sources").drop_duplicates("matches").set_index("matches")
    by_version = meta.to_dict("index")
    ours = request.tables["scores"]
    own = set(ours.loc[ours["source"] == OWN, "benchmark"])
    by_epoch = next((row for row in by_version.values() if row["source"] == OWN), None)
    return [
        by_version.get(source_key(s, b)) or (by_epoch if b in own and not s.strip() else None)
        for s, b in zip(sources, benchmarks, strict=True)
    ]


def source_key(source: str, benchmark: str) -> str:
    """How build/matrix_sources.csv spells a source; some cells hold their text twice."""
    half = source[: len(source) // 2]
    text = half if half and half + half == source else source
    return text.strip() or f"benchmark:{benchmark}"


def matrix_scores(request: Request, table: pd.DataFrame) -> tuple[pd.DataFrame, list[dict], list[str], list[str]]:
    """Rows of scores.csv, their sources, what cannot be placed, and what was taken for granted.

    A benchmark without a row in benchmarks.csv has no scale, and a source
    that nobody has looked at no class: such scores are held back, not guessed.
    """
    rescaled = handmade_table(request.folder, "benchmarks").set_index("benchmark")["rescaled"].to_dict()
    known = set(request.tables["benchmarks"]["benchmark"])
    known_sources = _told_sources(request, table["source"], table["benchmark"])
    found, sources, unknown_tests, unknown_sources, blank = [], {}, {}, {}, {}
    for row, meta in zip(table.to_dict("records"), known_sources, strict=True):
        test = row["benchmark"]
        if test not in known:
            unknown_tests[test] = unknown_tests.get(test, 0) + 1
            continue
        if meta is None:
            key = source_key(row["source"], test)
            unknown_sources[key] = unknown_sources.get(key, 0) + 1
            continue
        own = meta["source"] == OWN
        if own and not row["source"].strip():
            blank[test] = blank.get(test, 0) + 1
        sources[meta["source"]] = {name: meta[name] for name in ("source", "publisher", "url")} | {
            "licence": ECI["licence"] if own else COMPILED
        }
        found.append({
            "model": row["name"],
            "benchmark": test,
            "source": meta["source"],
            "effort": effort_of(row["model_version"]),
            "score": written(row["score"], 6),
            "standard_error": written(row["error"], 6),
            "source_class": meta["source_class"],
            "evaluator": meta["evaluator"],
            "harness": meta["harness"],
            "adjusted": "chance" if rescaled.get(test) == "yes" else "none",
            "censored": "none",
            "first_seen": request.vintage(),
            "published": row["day"] or meta["published"],
            "source_url": meta["url"],
        })  # fmt: skip
    held_back = [
        f'{n} scores on "{test}" are held back: benchmarks.csv has no such row; add it with its floor and ceiling'
        for test, n in sorted(unknown_tests.items())
    ] + [
        f"{n} scores {_from(key)} are held back: build/matrix_sources.csv has no row {key[:120]!r}; add it with "
        "its class"
        for key, n in sorted(unknown_sources.items())
    ]
    notes = [f"{sum(blank.values())} scores name no source and count as Epoch's own runs ({first_few(sorted(blank))})"]
    return rows("scores", found), list(sources.values()), held_back, notes if blank else []


def _from(key: str) -> str:
    return f"on {key[10:]!r} without a source" if key.startswith("benchmark:") else f"from {key[:120]!r}"


def grid_feed(request: Request, table: pd.DataFrame, met: ModelsMet) -> Feed:
    """Epoch's list of versions: which model each is and when it was released."""
    table = table[(table["id"].str.strip() != "") & (table["Model"].str.strip() != "")].reset_index(drop=True)
    versions, models = (days(table[c], request.shown) for c in ("Version release date", "Model publication date"))
    released = versions.where(versions != "", models)
    names = [
        met.model(version, name, release=day)
        for version, name, day in zip(table["id"], table["Model"].str.strip(), released, strict=True)
    ]
    versions = pd.DataFrame({"version": table["id"].str.strip(), "model": names})
    return feed_of(request, met, sources=[], versions=versions[versions["model"] != ""])


def corrected_feed(request: Request, table: pd.DataFrame, met: ModelsMet) -> Feed:
    """Release dates of versions, beside those of a file that dates models otherwise."""
    for name, day in zip(table["Model"], days(table["release_date"], request.shown), strict=True):
        met.model(name, release=day)
    return feed_of(request, met, sources=[])
