"""Epoch AI's files: the capabilities index, the matrix of models and benchmarks, and the bundle of benchmark tables.

Which file it is shows in its columns, so a renamed download is understood too.
"""

from __future__ import annotations

from datetime import date, timedelta

import pandas as pd

from gaplab.errors import GaplabError
from gaplab.importers import archive
from gaplab.importers.feed import (
    SAME_FRACTION,
    Feed,
    Met,
    Request,
    best,
    csv_table,
    day_of_time,
    days,
    numbers,
    rows,
    some,
    written,
)
from gaplab.importers.metr import horizon, suite_of
from gaplab.importers.names import base, by_hand, effort

URL = "https://epoch.ai/data/benchmark_data.zip"
HORIZONS = "metr_time_horizons_external.csv"
_OF_MODELS = ("Model", "eci", "eci_ci_low", "eci_ci_high")
_OF_VERSIONS = ("Model version", "ECI Score", "Model name")
_OF_MATRIX = ("performance", "benchmark", "model", "model_version", "source")
_OF_STATES = ("first_seen", "last_seen", "repo_commit", "model", "eci", "eci_std")
_OF_RUNS = ("task", "model", "Best score (across scorers)", "started_at", "Status")
_GRID = ("id", "Model", "Version release date", "Official release")
_CORRECTED = ("Model", "date_in_file", "release_date")
_METADATA = ("model_version", "model_group", "organization", "country")
_PLAN = ("benchmark", "source_file", "score_column", "scale")
# Z of a 90% interval: the tracker divided its width by twice this number.
_Z90 = 1.645
_RANGE = (0.0, 300.0)
_FIRST_SUITE = "2026-01-29"
# All 139 runs of February to 2 May 2026 were in the list of 5 May, all those to 22 April in the bundle of 29 April.
_SHOWN_WITHIN = timedelta(days=7)
_LATEST = timedelta(days=14)
_ECI = {
    "source": "epoch_eci",
    "publisher": "Epoch AI",
    "url": "https://epoch.ai/eci",
    "licence": "CC BY 4.0 (Epoch AI)",
}
_CYBER = _ECI | {"source": "epoch_cyber_eci", "url": "https://epoch.ai/data/cyber/eci_scores.csv"}
_DAILY = _ECI | {"source": "epoch_eci_daily", "url": "https://github.com/IAPS-AI/Open-Source-Gap"}
_COPY = {
    "source": "metr_horizons_epoch_copy",
    "publisher": "METR",
    "url": URL,
    "licence": "facts; cite METR; compiled by Epoch AI (CC BY 4.0)",
}
_OWN = "epoch_evaluations"
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
    table, met = csv_table(content, shown, spare=("ML Models copy",)), Met(request.names, URL)
    if set(_OF_RUNS) <= set(table):
        return _run_list(request, table, met)
    if set(_CORRECTED) <= set(table):
        return _corrected(request, table, met)
    if set(_GRID) <= set(table):
        return _grid(request, table, met)
    if set(_OF_MATRIX) <= set(table):
        return _matrix(request, table, met)
    if set(_OF_STATES) <= set(table):
        return _states(request, table, met)
    if set(_OF_VERSIONS) <= set(table) or set(_OF_MODELS) <= set(table):
        source = _which_index(table, request.where)
        values = _index(request, table, met, shown, source)
        return _feed(request, met, index_vintages=values, sources=[source])
    raise GaplabError(
        f"{shown}: its columns are {some(list(table))}; expected eci_scores.csv, epoch_capabilities_index.csv, "
        "eci_benchmarks.csv or benchmark_data.zip of Epoch AI"
    )


def _feed(request: Request, met: Met, *, sources: list[dict], **parts) -> Feed:
    held_back = [*met.held_back(), *parts.pop("held_back", [])]
    return Feed(
        vintage=parts.pop("vintage", None) or request.vintage(),
        sources=rows("sources", sources).drop_duplicates("source"),
        models=met.table(),
        access=met.access(),
        held_back=held_back,
        notes=[*met.left_out(), *parts.pop("notes", []), _CREDIT],
        **parts,
    )


# --- The index --------------------------------------------------------------------------------------


def _which_index(table: pd.DataFrame, where: str) -> dict[str, str]:
    """The index that a file holds: the cyber one has the columns of the general one and one more."""
    folders = where.replace("\\", "/").lower().split("/")[:-1]
    return _CYBER if "general_model_name" in table or "cyber" in folders else _ECI


def _index(request: Request, table: pd.DataFrame, met: Met, shown: str, source: dict[str, str]) -> pd.DataFrame:
    """The value of every model; variants of effort and dated versions have rows of their own: the highest stands."""
    of_models = set(_OF_MODELS) <= set(table)
    value = numbers(table["eci" if of_models else "ECI Score"], shown, *_RANGE)
    table = table.assign(value=value).dropna(subset="value")
    blank = pd.Series("", index=table.index)
    release = days(table.get("Release date", table.get("date", blank)), shown)
    facts = zip(
        blank if of_models else table["Model version"],
        table.get("general_model_name", table["Model" if of_models else "Model name"]),
        table.get("Organization", blank),
        table.get("Country", table.get("Country (of organization)", blank)),
        table.get("Model accessibility", blank), release, strict=True,
    )  # fmt: skip
    models = [
        met.model(
            *filter(str.strip, (version, name)),
            name=name,
            developer=developer,
            country=country,
            access=access,
            release=out,
        )
        if version.strip() or name.strip()
        else ""
        for version, name, developer, country, access, out in facts
    ]
    found = pd.DataFrame({
        "vintage": request.vintage(),
        "index": source["source"],
        "model": models,
        "value": table["value"],
        "low": numbers(table["eci_ci_low"], shown) if of_models else float("nan"),
        "high": numbers(table["eci_ci_high"], shown) if of_models else float("nan"),
        "source": source["source"],
    })  # fmt: skip
    return _values(found, "0.9" if of_models else "")


def _values(found: pd.DataFrame, level: str) -> pd.DataFrame:
    found = best(found[found["model"] != ""], ["vintage", "model"], "value")
    bounded = found["low"].notna() & found["high"].notna()
    found["level"] = bounded.map({True: level, False: ""})
    for column in ("value", "low", "high"):
        found[column] = found[column].where(bounded | (column == "value")).map(lambda value: written(value, 4))
    return rows("index_vintages", found.to_dict("records"))


def _states(request: Request, table: pd.DataFrame, met: Met) -> Feed:
    """A tracker's daily copies of the index: each state is a vintage of its first day, the last of a day stands.

    A day of which we hold Epoch's own file is left out: two states of one day
    must not be mixed.
    """
    shown = request.shown
    table = table.assign(day=days(table["first_seen"], shown), until=days(table["last_seen"], shown))
    held = request.tables["index_vintages"]
    own = set(held.loc[held["source"] == _ECI["source"], "vintage"])
    passed_over = sorted(set(table["day"]) & own)
    last = table.groupby("day")["repo_commit"].transform("last")
    table = table[(table["repo_commit"] == last) & ~table["day"].isin(own)].reset_index(drop=True)
    if table.empty:
        raise GaplabError(f"{shown}: we hold Epoch's own file of each of its days; nothing to take")
    value = numbers(table["eci"], shown, *_RANGE)
    half = numbers(table["eci_std"], shown) * _Z90
    released = days(table["release_date"], shown)
    facts = zip(table["model"], table["organization"], table["country"], released, strict=True)
    found = pd.DataFrame({
        "vintage": table["day"],
        "index": _ECI["source"],
        "model": [
            met.model(name, developer=who, country=country, release=out) for name, who, country, out in facts
        ],
        "value": value,
        "low": value - half,
        "high": value + half,
        "source": _DAILY["source"],
    })  # fmt: skip
    notes = [f"{len(passed_over)} states are passed over: we hold Epoch's own file of {some(passed_over)}"]
    return _feed(
        request, met, vintage=max(table["until"]), index_vintages=_values(found, "0.9"), sources=[_DAILY],
        notes=notes if passed_over else [],
    )  # fmt: skip


# --- The matrix -------------------------------------------------------------------------------------


def _matrix(request: Request, table: pd.DataFrame, met: Met) -> Feed:
    told = _matrix_rows(request, table, met, request.shown)
    scores, sources, held_back, notes = _scores(request, told)
    versions = told[told["model_version"] != ""].drop_duplicates("model_version")
    versions = versions.rename(columns={"model_version": "version"}).assign(model=versions["name"])
    return _feed(
        request, met, scores=scores, sources=sources, versions=versions[["version", "model"]], held_back=held_back,
        notes=notes, whole=True,
    )  # fmt: skip


def _matrix_rows(request: Request, table: pd.DataFrame, met: Met, shown: str) -> pd.DataFrame:
    """A score for each model and benchmark, on the publisher's scale.

    `model` is the key: `Model` merges dated versions and is blank in places.
    """
    table = table.assign(score=numbers(table["performance"], shown)).dropna(subset="score")
    release = days(table["date"], shown) if "date" in table else pd.Series("", index=table.index)
    known = {name: request.names.model(name) for name in table["model"].unique()}
    # The date of a matrix is now and then that of an announcement: it is only taken for a model not listed yet.
    table["name"] = [
        known[name] or met.model(name, release=out) for name, out in zip(table["model"], release, strict=True)
    ]
    kept = table[table["name"] != ""]
    return kept[["name", "benchmark", "model_version", "score", "source"]].assign(error=float("nan"), day="")


def _told_sources(request: Request, sources: pd.Series, benchmarks: pd.Series) -> list[dict[str, str] | None]:
    """For each row what build/matrix_sources.csv tells of where its score came from; None where it tells nothing."""
    meta = by_hand(request.folder, "matrix_sources").drop_duplicates("matches").set_index("matches")
    told = meta.to_dict("index")
    ours = request.tables["scores"]
    own = set(ours.loc[ours["source"] == _OWN, "benchmark"])
    by_epoch = next((row for row in told.values() if row["source"] == _OWN), None)
    return [
        told.get(_source_key(s, b)) or (by_epoch if b in own and not s.strip() else None)
        for s, b in zip(sources, benchmarks, strict=True)
    ]


def _source_key(source: str, benchmark: str) -> str:
    """How build/matrix_sources.csv spells a source; some cells hold their text twice."""
    half = source[: len(source) // 2]
    text = half if half and half + half == source else source
    return text.strip() or f"benchmark:{benchmark}"


def _scores(request: Request, table: pd.DataFrame) -> tuple[pd.DataFrame, list[dict], list[str], list[str]]:
    """Rows of scores.csv, their sources, what cannot be placed, and what was taken for granted.

    A benchmark without a row in benchmarks.csv has no scale, and a source
    that nobody has looked at no class: such scores are held back, not guessed.
    """
    rescaled = by_hand(request.folder, "benchmarks").set_index("benchmark")["rescaled"].to_dict()
    known = set(request.tables["benchmarks"]["benchmark"])
    told = _told_sources(request, table["source"], table["benchmark"])
    found, sources, unknown_tests, unknown_sources, blank = [], {}, {}, {}, {}
    for row, meta in zip(table.to_dict("records"), told, strict=True):
        test = row["benchmark"]
        if test not in known:
            unknown_tests[test] = unknown_tests.get(test, 0) + 1
            continue
        if meta is None:
            key = _source_key(row["source"], test)
            unknown_sources[key] = unknown_sources.get(key, 0) + 1
            continue
        own = meta["source"] == _OWN
        if own and not row["source"].strip():
            blank[test] = blank.get(test, 0) + 1
        sources[meta["source"]] = {name: meta[name] for name in ("source", "publisher", "url")} | {
            "licence": _ECI["licence"] if own else _COMPILED
        }
        found.append({
            "model": row["name"],
            "benchmark": test,
            "source": meta["source"],
            "effort": effort(row["model_version"]),
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
    notes = [f"{sum(blank.values())} scores name no source and count as Epoch's own runs ({some(sorted(blank))})"]
    return rows("scores", found), list(sources.values()), held_back, notes if blank else []


def _from(key: str) -> str:
    return f"on {key[10:]!r} without a source" if key.startswith("benchmark:") else f"from {key[:120]!r}"


# --- Lists of versions and runs ---------------------------------------------------------------------


def _grid(request: Request, table: pd.DataFrame, met: Met) -> Feed:
    """Epoch's list of versions: which model each is and when it was released."""
    table = table[(table["id"].str.strip() != "") & (table["Model"].str.strip() != "")].reset_index(drop=True)
    released = days(table["Version release date"], request.shown)
    names = [
        met.model(version, name, release=day)
        for version, name, day in zip(table["id"], table["Model"].str.strip(), released, strict=True)
    ]
    versions = pd.DataFrame({"version": table["id"].str.strip(), "model": names})
    return _feed(request, met, sources=[], versions=versions[versions["model"] != ""])


def _corrected(request: Request, table: pd.DataFrame, met: Met) -> Feed:
    """Release dates of versions, beside those of a file that dates models otherwise."""
    for name, day in zip(table["Model"], days(table["release_date"], request.shown), strict=True):
        met.model(name, release=day)
    return _feed(request, met, sources=[])


def _run_list(request: Request, table: pd.DataFrame, met: Met) -> Feed:
    """Epoch's own runs with the day of each: when our values were first to be seen, and runs newer than our copy.

    Of the runs of a cell that we hold, the one with our value counts: which
    variant stands for a model is the matrix's affair. A run that the matrix
    could have had and has not was left out on purpose.
    """
    shown = request.shown
    table = table[table["Status"] == "Success"].reset_index(drop=True)
    value = numbers(table["Best score (across scorers)"], shown)
    spans = {test: _span(request, test) for test in table["task"].unique()}
    span, floor = (table["task"].map(lambda test, at=at: spans[test][at]) for at in (0, 1))
    started = [day_of_time(cell, f"{shown} row {row + 2}") for row, cell in table["started_at"].items()]
    runs = pd.DataFrame({
        "benchmark": table["task"],
        "model_version": table["model"],
        "score": ((value - floor) / span).clip(0, 1),
        "error": float("nan"),
        "day": started,
        "source": "Epoch evaluations",
        "name": [request.names.model(version) or "" for version in table["model"]],
    }).dropna(subset="score")  # fmt: skip
    nameless = sorted({base(version) for version in runs.loc[runs["name"] == "", "model_version"]})
    chosen = _dated(request, runs[runs["name"] != ""].reset_index(drop=True))
    scores, sources, held_back, notes = _scores(request, chosen)
    return _feed(
        request, met, scores=scores.assign(first_seen=_seen(request, scores)), sources=sources, whole=False,
        revises=False, held_back=_nameless(nameless) + held_back, notes=notes,
    )  # fmt: skip


def _dated(request: Request, runs: pd.DataFrame) -> pd.DataFrame:
    ours = request.tables["scores"]
    ours = ours[ours["source"] == _OWN]
    held = dict(zip(zip(ours["model"], ours["benchmark"], strict=True), ours["score"].astype(float), strict=True))
    sources = request.tables["sources"].set_index("source")["retrieved"]
    copied = date.fromisoformat(sources.get(_OWN, request.vintage())) - _LATEST
    cells = list(zip(runs["name"], runs["benchmark"], strict=True))
    runs["off"] = [abs(held.get(cell, float("nan")) - score) for cell, score in zip(cells, runs["score"], strict=True)]
    same = runs[runs["off"] <= SAME_FRACTION].sort_values("day", kind="stable")
    new = runs[runs["off"].isna() & (runs["day"] > copied.isoformat())]
    return pd.concat([same.drop_duplicates(["name", "benchmark"]), _standing(new)]).drop(columns="off")


def _seen(request: Request, scores: pd.DataFrame) -> pd.Series:
    """When a run was to be seen at the latest: a week after it, but not before its test was."""
    ours = request.tables["scores"]
    known = ours.groupby("benchmark")["first_seen"].min()
    week = (pd.to_datetime(scores["published"]) + _SHOWN_WITHIN).dt.strftime("%Y-%m-%d")
    first = scores["benchmark"].map(known).fillna(request.vintage())
    return pd.concat([week, first], axis=1).max(axis=1).clip(upper=request.vintage())


def _nameless(versions: list[str]) -> list[str]:
    line = (
        f"runs of {len(versions)} versions are held back: no table says which model they are ({some(versions)}); "
        "add a row to build/known_versions.csv for those that count"
    )
    return [line] if versions else []


# --- The bundle -------------------------------------------------------------------------------------


def _bundle(request: Request, files: dict[str, bytes]) -> Feed:
    """The index, the facts about versions and every benchmark table of benchmark_data.zip, wherever they lie in it.

    The tables have one row for each run of a version: the best stands for its
    model, brought to the scale of the matrix. The matrix of the bundle gives
    what no table of runs has.
    """
    met, tables, told = Met(request.names, URL), _tables_of(files), set()
    parts: dict = {"sources": [], "index_vintages": []}
    groups, matrices = {}, []
    for name, table in tables.items():
        columns = set(table)
        if set(_METADATA) <= columns:
            groups |= _metadata(table, met, name)
        elif set(_OF_VERSIONS) <= columns or set(_OF_MODELS) <= columns:
            source = _which_index(table, name)
            if set(_OF_VERSIONS) <= columns:
                groups |= dict(zip(table["Model version"], table["Model name"], strict=True))
            parts["index_vintages"].append(_index(request, table, met, name, source))
            parts["sources"].append(source)
        elif set(_OF_MATRIX) <= columns:
            matrices.append((name, table))
        elif not set(_PLAN) <= columns:
            continue
        told.add(name)
    plan = [row for row in _plan(request, tables) if row["path"] in tables]
    told |= {row["path"] for row in plan} | {name for name in tables if _last(name) == HORIZONS}
    if not told:
        raise GaplabError(
            f"{request.shown}: holds none of the tables of benchmark_data.zip; it has {some(sorted(files))}"
        )
    runs = pd.concat([_runs(request, row, tables[row["path"]]) for row in plan] or [_no_runs()], ignore_index=True)
    groups = {base(version): group for version, group in groups.items()} | groups
    runs["name"] = [_placed(met, version, groups) for version in runs["model_version"]]
    nameless = sorted({base(version) for version in runs.loc[runs["name"] == "", "model_version"]})
    runs = _standing(runs[runs["name"] != ""].reset_index(drop=True))
    rest = [_matrix_rows(request, table, met, name) for name, table in matrices]
    runs = pd.concat([runs, *rest], ignore_index=True).drop_duplicates(["name", "benchmark"])
    scores, sources, held_back, notes = _scores(request, runs)
    copied, of_copy = _copied_horizons(request, tables, groups, met)
    unread = sorted(_last(name) for name in tables.keys() - told)
    lines = _nameless(nameless)
    if unread:
        lines.append(f"{len(unread)} tables of the bundle are not read: {some(unread, 40)}")
    return _feed(
        request,
        met,
        scores=pd.concat([scores, copied], ignore_index=True),
        index_vintages=pd.concat([rows("index_vintages", []), *parts["index_vintages"]], ignore_index=True),
        sources=parts["sources"] + sources + ([_COPY] if len(copied) else []),
        held_back=lines + held_back + of_copy,
        notes=notes,
        whole=False,
    )


def _tables_of(files: dict[str, bytes]) -> dict[str, pd.DataFrame]:
    """The tables of a bundle by their path in it; files without rows are no tables."""
    return {name: csv_table(content, name) for name, content in files.items() if content.strip().count(b"\n")}


def _last(path: str) -> str:
    return path.rsplit("/", 1)[-1]


def _metadata(table: pd.DataFrame, met: Met, shown: str) -> dict[str, str]:
    """Model of each version, as the bundle's own list has it; what the list says of models is told to `met`."""
    table = table[table["model_version"].str.strip() != ""].reset_index(drop=True)
    blank = pd.Series("", index=table.index)
    release = days(table.get("date", blank), shown)
    access = table.get("accessibility", blank)
    facts = table[["model_version", "model_group", "organization", "country"]]
    for row, out, how in zip(facts.itertuples(index=False), release, access, strict=True):
        if row.model_group.strip():
            met.model(
                row.model_version,
                row.model_group,
                developer=row.organization,
                country=row.country,
                access=how,
                release=out,
            )
    return dict(zip(table["model_version"], table["model_group"], strict=True))


def _placed(met: Met, version: str, groups: dict[str, str]) -> str:
    """The model of a version: one we know, or else the one that the bundle puts it under."""
    group = groups.get(version) or groups.get(base(version)) or ""
    if group.strip():
        return met.model(version, group)
    return met.names.model(version) or ""


def _plan(request: Request, tables: dict[str, pd.DataFrame]) -> list[dict[str, str]]:
    """How each benchmark's table is read: as build/raw_files.csv says, else as the bundle's own list of benchmarks."""
    at = {_last(name): name for name in tables}
    ours = by_hand(request.folder, "raw_files").to_dict("records")
    named = [_last(name) for name in tables]
    twice = sorted({f"{row['zip_file']}.csv" for row in ours if named.count(f"{row['zip_file']}.csv") > 1})
    if twice:
        raise GaplabError(f"{request.shown}: has {', '.join(twice)} in several folders; expected each table once")
    plan = [
        row | {"path": path} for row in ours if (path := at.get(f"{row['zip_file']}.csv")) and _last(path) != HORIZONS
    ]
    for table in tables.values():
        if set(_PLAN) <= set(table):
            for row in table.to_dict("records"):
                path = at.get(_last(row["source_file"]))
                if path and all(path != known["path"] for known in plan):
                    own = "stderr" if "stderr" in tables[path] else ""
                    plan.append({
                        "benchmark": row["benchmark"], "path": path, "zip_column": row["score_column"],
                        "scale": row["scale"] or "1", "zip_error": own, "zip_error_scale": "1",
                    })  # fmt: skip
    return plan


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


def _runs(request: Request, plan: dict[str, str], table: pd.DataFrame) -> pd.DataFrame:
    """The runs of one benchmark on the scale of the matrix, as the plan says how to read them."""
    shown = _last(plan["path"])
    missing = [column for column in ("Model version", plan["zip_column"]) if column not in table]
    if missing:
        raise GaplabError(f"{shown}: has no column {', '.join(missing)}; its columns are {some(list(table))}")
    table = table[table["Model version"].str.strip() != ""].reset_index(drop=True)
    cells = table[plan["zip_column"]].str.strip()
    percent = cells.str.endswith("%")
    value = numbers(cells.str.rstrip("%"), shown)
    value = (value / 100).where(percent, value / float(plan["scale"]))
    own = "Log viewer" in table
    told = plan["zip_error"] if plan["zip_error"] in table else ""
    error = numbers(table[told], shown) if told else pd.Series(float("nan"), index=table.index)
    error = error / float(plan["zip_error_scale"] or 1)
    span, floor = _span(request, plan["benchmark"])
    return pd.DataFrame({
        "benchmark": plan["benchmark"],
        "model_version": table["Model version"],
        "score": ((value - floor) / span).clip(0, 1),
        "error": error / span,
        "day": days(table["Started at"].str[:10], shown) if "Started at" in table else "",
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


def _copied_horizons(
    request: Request, tables: dict[str, pd.DataFrame], groups: dict[str, str], met: Met
) -> tuple[pd.DataFrame, list[str]]:
    """METR's horizons as Epoch copies them; what METR's own rows have, or no listed model, is left out."""
    path = next((name for name in tables if _last(name) == HORIZONS), None)
    if path is None:
        return rows("scores", []), []
    table = tables[path]
    missing = [column for column in ("Model version", "Time horizon") if column not in table]
    if missing:
        return rows("scores", []), [f"{HORIZONS} is held back: it has no column {', '.join(missing)}"]
    if "METR version" not in table:
        # Before its second suite was out, METR had no need to name the first.
        if request.vintage() >= _FIRST_SUITE:
            return rows("scores", []), [
                f"{len(table)} horizons of {HORIZONS} are held back: no column names their suite"
            ]
        table = table.assign(**{"METR version": ""})
    blank = pd.Series("", index=table.index)
    values = {c: numbers(table.get(c, blank), HORIZONS) for c in ("Time horizon", "CI_low", "CI_high")}
    table = table.assign(suite=table["METR version"].map(suite_of), **values).dropna(subset="Time horizon")
    ours = request.tables["scores"]
    own = ours[ours["benchmark"].str.startswith("METR time horizon") & (ours["source"] != _COPY["source"])]
    cells, same = set(zip(own["model"], own["benchmark"], strict=True)), {round(float(s), 3) for s in own["score"]}
    found = []
    for row in table[table["suite"] != ""].to_dict("records"):
        version = row["Model version"]
        model = _placed(met, version, groups)
        score = horizon(request, model, row["suite"], row["Time horizon"], row["CI_low"], row["CI_high"])
        # Epoch names another dated version for some of METR's runs: the same number is the same run.
        if model and (model, score["benchmark"]) not in cells and round(row["Time horizon"], 3) not in same:
            more = {"effort": effort(version), "source": _COPY["source"], "first_seen": request.vintage()}
            found.append(score | more)
    copied = rows("scores", found)
    copied["value"] = copied["score"].astype(float)
    unknown = sorted(set(table.loc[table["suite"] == "", "METR version"]))
    lines = [f"horizons of suites that are not known are held back: {some(unknown)}"] if unknown else []
    return best(copied, ["model", "benchmark", "effort"], "value").drop(columns="value"), lines
