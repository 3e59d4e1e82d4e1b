"""Epoch AI's files: the capabilities index, the matrix of models and benchmarks, and the bundle of benchmark tables.

Which file it is shows in its columns, so a renamed download is understood too.
"""

from __future__ import annotations

import pandas as pd

from gaplab.errors import GaplabError
from gaplab.importers import archive
from gaplab.importers.feed import (
    SAME_FRACTION,
    Feed,
    Newcomers,
    Request,
    best,
    csv_table,
    days,
    numbers,
    rows,
    some,
    written,
)
from gaplab.importers.metr import horizon
from gaplab.importers.names import base, by_hand, effort

URL = "https://epoch.ai/data/benchmark_data.zip"
INDEX = "epoch_capabilities_index.csv"
HORIZONS = "metr_time_horizons_external.csv"
_OF_MODELS = ("Model", "eci", "eci_ci_low", "eci_ci_high")
_OF_VERSIONS = ("Model version", "ECI Score", "Model name")
_OF_MATRIX = ("performance", "benchmark", "model", "model_version", "source")
_ECI = {
    "source": "epoch_eci",
    "publisher": "Epoch AI",
    "url": "https://epoch.ai/eci",
    "licence": "CC BY 4.0 (Epoch AI)",
}
_COPY = {
    "source": "metr_horizons_epoch_copy",
    "publisher": "METR",
    "url": URL,
    "licence": "facts; cite METR; compiled by Epoch AI (CC BY 4.0)",
}
_COMPILED = "facts; terms of the publisher; compiled by Epoch AI (CC BY 4.0)"
_CREDIT = "Epoch AI's own data is CC BY 4.0: credit Epoch AI. Results it compiled stay under their publishers' terms."


def read(request: Request) -> Feed:
    """What one of Epoch's files says.

    Raises
    ------
    GaplabError
        It is none of the files that are known, or damaged.
    """
    content, shown = request.download.content, request.shown
    if content[:2] == b"PK":
        return _bundle(request, archive.members(content, shown))
    table = csv_table(content, shown)
    if set(_OF_MATRIX) <= set(table):
        return _matrix(request, table)
    if set(_OF_VERSIONS) <= set(table) or set(_OF_MODELS) <= set(table):
        newcomers = Newcomers(request.names, URL)
        values = _index(request, table, newcomers, shown)
        return _feed(request, newcomers, index_vintages=values, sources=[_ECI])
    raise GaplabError(
        f"{shown}: its columns are {some(list(table))}; expected eci_scores.csv, {INDEX}, eci_benchmarks.csv or "
        "benchmark_data.zip of Epoch AI"
    )


def _feed(request: Request, newcomers: Newcomers, *, sources: list[dict], **parts) -> Feed:
    held_back = [*newcomers.held_back(), *parts.pop("held_back", [])]
    return Feed(
        vintage=request.vintage(),
        sources=rows("sources", sources).drop_duplicates("source"),
        models=newcomers.table(),
        held_back=held_back,
        notes=[_CREDIT],
        **parts,
    )


# --- The index --------------------------------------------------------------------------------------


def _index(request: Request, table: pd.DataFrame, newcomers: Newcomers, shown: str) -> pd.DataFrame:
    """The value of every model; variants of effort and dated versions have rows of their own: the highest stands."""
    of_models = set(_OF_MODELS) <= set(table)
    table = table.assign(value=numbers(table["eci" if of_models else "ECI Score"], shown)).dropna(subset="value")
    blank = pd.Series("", index=table.index)
    version = blank if of_models else table["Model version"]
    name = table["Model" if of_models else "Model name"]
    release = days(table.get("Release date", table.get("date", blank)), shown)
    facts = zip(
        version, name, table.get("Organization", blank),
        table.get("Country", table.get("Country (of organization)", blank)),
        table.get("Model accessibility", blank), release, strict=True,
    )  # fmt: skip
    models = []
    for its_version, its_name, developer, country, access, out in facts:
        known = request.names.model(its_version, its_name) if its_version else request.names.model(its_name)
        models.append(
            known
            or newcomers.model(
                its_name or its_version, developer=developer, country=country, access=access, release=out
            )
        )
    found = pd.DataFrame({
        "vintage": request.vintage(),
        "index": "epoch_eci",
        "model": models,
        "value": table["value"],
        "low": numbers(table["eci_ci_low"], shown) if of_models else float("nan"),
        "high": numbers(table["eci_ci_high"], shown) if of_models else float("nan"),
        "source": "epoch_eci",
    })  # fmt: skip
    found = best(found[found["model"] != ""], ["model"], "value")
    found["level"] = "0.9" if of_models else ""
    for column in ("value", "low", "high"):
        found[column] = found[column].map(lambda value: written(value, 4))
    return rows("index_vintages", found.to_dict("records"))


# --- The matrix -------------------------------------------------------------------------------------


def _matrix(request: Request, table: pd.DataFrame) -> Feed:
    """A score for each model and benchmark, on the publisher's scale.

    `model` is the key: `Model` merges dated versions and is blank in places.
    """
    shown = request.shown
    table = table.assign(score=numbers(table["performance"], shown)).dropna(subset="score")
    newcomers = Newcomers(request.names, URL)
    release = days(table["date"], shown) if "date" in table else pd.Series("", index=table.index)
    table["name"] = [
        request.names.model(name) or newcomers.model(name, release=out)
        for name, out in zip(table["model"], release, strict=True)
    ]
    table = table[table["name"] != ""]
    told = _told_sources(request, table["source"], table["benchmark"])
    scores, sources, held_back = _scores(request, table, told)
    versions = table[table["model_version"] != ""].drop_duplicates("model_version")
    versions = versions.rename(columns={"model_version": "version"}).assign(model=versions["name"])[
        ["version", "model"]
    ]
    return _feed(
        request, newcomers, scores=scores, sources=sources, versions=versions, held_back=held_back, whole=True
    )  # fmt: skip


def _told_sources(request: Request, sources: pd.Series, benchmarks: pd.Series) -> list[dict[str, str] | None]:
    """For each row what build/matrix_sources.csv tells of where its score came from; None where it tells nothing."""
    meta = by_hand(request.folder, "matrix_sources").drop_duplicates("matches").set_index("matches")
    told = meta.to_dict("index")
    return [told.get(_source_key(s, b)) for s, b in zip(sources, benchmarks, strict=True)]


def _source_key(source: str, benchmark: str) -> str:
    """How build/matrix_sources.csv spells a source; some cells hold their text twice."""
    half = source[: len(source) // 2]
    text = half if half and half + half == source else source
    return text.strip() or f"benchmark:{benchmark}"


def _scores(
    request: Request, table: pd.DataFrame, told: list[dict[str, str] | None]
) -> tuple[pd.DataFrame, list[dict], list[str]]:
    """Rows of scores.csv, their sources, and what cannot be placed.

    A benchmark without a row in benchmarks.csv has no scale, and a source
    that nobody has looked at no class: such scores are held back, not guessed.
    """
    rescaled = by_hand(request.folder, "benchmarks").set_index("benchmark")["rescaled"].to_dict()
    known = set(request.tables["benchmarks"]["benchmark"])
    found, sources, unknown_tests, unknown_sources = [], {}, {}, {}
    for row, meta in zip(table.to_dict("records"), told, strict=True):
        test = row["benchmark"]
        if test not in known:
            unknown_tests[test] = unknown_tests.get(test, 0) + 1
            continue
        if meta is None:
            key = _source_key(row.get("source", ""), test)
            unknown_sources[key] = unknown_sources.get(key, 0) + 1
            continue
        own = meta["source"] == "epoch_evaluations"
        sources[meta["source"]] = {name: meta[name] for name in ("source", "publisher", "url")} | {
            "licence": _ECI["licence"] if own else _COMPILED
        }
        found.append({
            "model": row["name"],
            "benchmark": test,
            "source": meta["source"],
            "effort": effort(row["model_version"]),
            "score": written(row["score"], 6),
            "standard_error": written(row.get("error", float("nan")), 6),
            "source_class": meta["source_class"],
            "evaluator": meta["evaluator"],
            "harness": meta["harness"],
            "adjusted": "chance" if rescaled.get(test) == "yes" else "none",
            "censored": "none",
            "first_seen": request.vintage(),
            "published": row.get("day") or meta["published"],
            "source_url": meta["url"],
        })  # fmt: skip
    held_back = [
        f'{n} scores on "{test}" are held back: benchmarks.csv has no such row; add it with its floor and ceiling'
        for test, n in sorted(unknown_tests.items())
    ] + [
        f'{n} scores from "{key[:120]}" are held back: build/matrix_sources.csv has no such row; add it with its class'
        for key, n in sorted(unknown_sources.items())
    ]
    return rows("scores", found), list(sources.values()), held_back


# --- The bundle -------------------------------------------------------------------------------------


def _bundle(request: Request, files: dict[str, bytes]) -> Feed:
    """The index and every benchmark table of benchmark_data.zip.

    The tables have one row for each run of a version: the best stands for its
    model, brought to the scale of the matrix.
    """
    newcomers = Newcomers(request.names, URL)
    parts: dict = {"sources": [], "held_back": [], "whole": False}
    groups: dict[str, str] = {}
    if INDEX in files:
        index = csv_table(files[INDEX], INDEX, _OF_VERSIONS)
        groups = dict(zip(index["Model version"], index["Model name"], strict=True))
        parts["index_vintages"] = _index(request, index, newcomers, INDEX)
        parts["sources"].append(_ECI)
    plan = by_hand(request.folder, "raw_files")
    present = plan[[f"{name}.csv" in files and f"{name}.csv" != HORIZONS for name in plan["zip_file"]]]
    if INDEX not in files and present.empty:
        raise GaplabError(
            f"{request.shown}: holds none of the tables of benchmark_data.zip; it has {some(sorted(files))}"
        )
    runs = pd.concat([_runs(request, plan_row, files) for plan_row in present.to_dict("records")] or [_no_runs()])
    runs["name"] = [request.names.model(v, groups.get(v, "")) or "" for v in runs["model_version"]]
    nameless = sorted({base(version) for version in runs.loc[runs["name"] == "", "model_version"]})
    runs = _standing(runs[runs["name"] != ""].reset_index(drop=True))
    told = _told_sources(request, runs["source"], runs["benchmark"])
    scores, sources, held_back = _scores(request, runs, told)
    copied = _copied_horizons(request, files, groups)
    if nameless:
        parts["held_back"].append(
            f"runs of {len(nameless)} versions are held back: no table says which model they are ({some(nameless)}); "
            "add a row to build/known_versions.csv for those that count"
        )
    parts["held_back"] += held_back
    parts["sources"] += sources + ([_COPY] if len(copied) else [])
    return _feed(request, newcomers, scores=pd.concat([scores, copied], ignore_index=True), **parts)


def _standing(runs: pd.DataFrame) -> pd.DataFrame:
    """The best run of each model on each benchmark; where others match it, what differs between them is not told."""
    cell = ["name", "benchmark"]
    top = runs.groupby(cell)["score"].transform("max") if len(runs) else runs["score"]
    equals = runs[top - runs["score"] <= SAME_FRACTION].groupby(cell)
    several = equals["error"].nunique().loc[lambda count: count > 1].index
    standing = best(runs, cell, "score")
    unsure = pd.MultiIndex.from_frame(standing[cell]).isin(several)
    return standing.assign(error=standing["error"].mask(unsure))


def _no_runs() -> pd.DataFrame:
    return pd.DataFrame(columns=["benchmark", "model_version", "score", "error", "day", "source"])


def _runs(request: Request, plan: dict[str, str], files: dict[str, bytes]) -> pd.DataFrame:
    """The runs of one benchmark on the scale of the matrix, as build/raw_files.csv says how to read them."""
    shown = f"{plan['zip_file']}.csv"
    table = csv_table(files[shown], shown, ("Model version", plan["zip_column"]))
    table = table[table["Model version"].str.strip() != ""].reset_index(drop=True)
    cells = table[plan["zip_column"]].str.strip()
    percent = cells.str.endswith("%")
    value = numbers(cells.str.rstrip("%"), shown)
    value = (value / 100).where(percent, value / float(plan["scale"]))
    own = "Log viewer" in table
    error = (
        numbers(table[plan["zip_error"]], shown) if plan["zip_error"] else pd.Series(float("nan"), index=table.index)
    )
    error = error / float(plan["zip_error_scale"] or 1)
    span, floor = _span(request, plan["benchmark"])
    return pd.DataFrame({
        "benchmark": plan["benchmark"],
        "model_version": table["Model version"],
        "score": ((value - floor) / span).clip(0, 1),
        "error": error / span,
        "day": table["Started at"].str[:10] if "Started at" in table else "",
        "source": "Epoch evaluations" if own else table.get("Source", pd.Series("", index=table.index)),
    }).dropna(subset="score")  # fmt: skip


def _span(request: Request, benchmark: str) -> tuple[float, float]:
    """What the matrix divides by and takes away to put a raw score on its scale."""
    rescaled = by_hand(request.folder, "benchmarks").set_index("benchmark")["rescaled"].to_dict()
    ours = request.tables["benchmarks"].set_index("benchmark")
    if rescaled.get(benchmark) != "yes" or benchmark not in ours.index:
        return 1.0, 0.0
    floor, ceiling = float(ours.at[benchmark, "floor"] or 0), float(ours.at[benchmark, "ceiling"] or 1)
    return ceiling - floor, floor


def _copied_horizons(request: Request, files: dict[str, bytes], groups: dict[str, str]) -> pd.DataFrame:
    """METR's horizons as Epoch copies them; a version that METR's own rows have, or of no listed model, is left out."""
    if HORIZONS not in files:
        return rows("scores", [])
    table = csv_table(files[HORIZONS], HORIZONS, ("Model version", "Time horizon", "CI_low", "CI_high", "METR version"))
    values = {name: numbers(table[name], HORIZONS) for name in ("Time horizon", "CI_low", "CI_high")}
    table = table.assign(**values).dropna(subset="Time horizon")
    ours = request.tables["scores"]
    own = ours[ours["benchmark"].str.startswith("METR time horizon") & (ours["source"] != _COPY["source"])]
    cells, same = set(zip(own["model"], own["benchmark"], strict=True)), {round(float(s), 3) for s in own["score"]}
    found = []
    for row in table.to_dict("records"):
        version = row["Model version"]
        model = request.names.model(version, groups.get(version, ""))
        score = horizon(
            model or "", "1.1" if row["METR version"] else "1.0", row["Time horizon"], row["CI_low"], row["CI_high"]
        )
        # Epoch names another dated version for some of METR's runs: the same number is the same run.
        if model and (model, score["benchmark"]) not in cells and round(row["Time horizon"], 3) not in same:
            more = {"effort": effort(version), "source": _COPY["source"], "first_seen": request.vintage()}
            found.append(score | more)
    copied = rows("scores", found)
    if copied.empty:
        return copied
    copied["value"] = copied["score"].astype(float)
    return best(copied, ["model", "benchmark", "effort"], "value").drop(columns="value")
