"""Epoch AI's bundle of tables: models, versions, runs and scores of many tests."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from gaplab.errors import GaplabError
from gaplab.importers.cells import csv_table, days, first_few, highest_per_key, numbers, rows
from gaplab.importers.epoch.columns import (
    COPY,
    ECI,
    FIRST_SUITE,
    HORIZONS,
    METADATA,
    OF_MATRIX,
    OF_MODELS,
    OF_VERSIONS,
    PLAN,
    URL,
    feed_of,
)
from gaplab.importers.epoch.index import index_feed, which_index
from gaplab.importers.epoch.matrix import matrix_rows, matrix_scores
from gaplab.importers.epoch.run_list import span_of, standing_of, without_name
from gaplab.importers.feed import Feed, ModelsMet, Request
from gaplab.importers.metr import horizon, suite_of
from gaplab.importers.names import effort_of, handmade_table, without_effort


def bundle_feed(request: Request, files: dict[str, bytes], others: Sequence[str] = ()) -> Feed:
    """The index, the facts about versions and every benchmark table of benchmark_data.zip, wherever they lie in it.

    The tables have one row for each run of a version: the best stands for its
    model, brought to the scale of the matrix. The matrix of the bundle gives
    what no table of runs has. `others` are paths of files that are no CSV.
    """
    met, tables, in_use = ModelsMet(request.names, URL), _tables_of(files), set()
    parts: dict = {"sources": [], "index_vintages": []}
    groups, matrices, indices = {}, [], {}
    for name, table in tables.items():
        columns = set(table)
        if set(METADATA) <= columns:
            groups |= _metadata(table, met, name)
        elif set(OF_VERSIONS) <= columns or set(OF_MODELS) <= columns:
            if set(OF_VERSIONS) <= columns:
                groups |= dict(zip(table["Model version"], table["Model name"], strict=True))
            indices.setdefault(which_index(table, name)["source"], []).append(name)
        elif set(OF_MATRIX) <= columns:
            matrices.append((name, table))
        elif not set(PLAN) <= columns:
            continue
        in_use.add(name)
    for names in indices.values():
        name = _one_index(request, tables, names)
        source = which_index(tables[name], name)
        parts["index_vintages"].append(index_feed(request, tables[name], met, name, source))
        parts["sources"].append(source)
    plan = [row for row in _plan(request, tables) if row["path"] in tables]
    in_use |= {row["path"] for row in plan} | {name for name in tables if _last(name) == HORIZONS}
    if not in_use:
        raise GaplabError(
            f"{request.shown}: holds none of the tables of benchmark_data.zip; it has {first_few(sorted(files))}"
        )
    runs = pd.concat([_runs(request, row, tables[row["path"]]) for row in plan] or [_no_runs()], ignore_index=True)
    groups = {without_effort(version): group for version, group in groups.items()} | groups
    runs["name"] = [_placed(met, version, groups) for version in runs["model_version"]]
    nameless = sorted({without_effort(version) for version in runs.loc[runs["name"] == "", "model_version"]})
    runs = standing_of(runs[runs["name"] != ""].reset_index(drop=True))
    rest = [matrix_rows(request, table, met, name) for name, table in matrices]
    runs = pd.concat([runs, *rest], ignore_index=True).drop_duplicates(["name", "benchmark"])
    scores, sources, held_back, notes = matrix_scores(request, runs)
    copied, of_copy = _copied_horizons(request, tables, groups, met)
    lines = without_name(nameless)
    for names, what in (
        (tables.keys() - in_use, "tables of the bundle are not read"),
        (files.keys() - tables.keys(), "tables of the bundle have no rows"),
        (others, "files of the bundle are no CSV and not read"),
    ):
        if names:
            lines.append(f"{len(names)} {what}: {first_few(sorted(map(_last, names)), 40)}")
    return feed_of(
        request,
        met,
        scores=pd.concat([scores, copied], ignore_index=True),
        index_vintages=pd.concat([rows("index_vintages", []), *parts["index_vintages"]], ignore_index=True),
        complete=({"scores": request.vintage()} if matrices else {})
        | ({"index": request.vintage()} if ECI in parts["sources"] else {}),
        sources=parts["sources"] + sources + ([COPY] if len(copied) else []),
        held_back=lines + held_back + of_copy,
        notes=notes,
        whole=False,
    )


def _tables_of(files: dict[str, bytes]) -> dict[str, pd.DataFrame]:
    """The tables of a bundle by their path in it; files without rows are no tables."""
    return {name: csv_table(content, name) for name, content in files.items() if len(content.strip().splitlines()) > 1}


def _one_index(request: Request, tables: dict[str, pd.DataFrame], names: list[str]) -> str:
    """The table of an index: the one with intervals, where the bundle has one of versions as well."""
    chosen = [name for name in names if set(OF_MODELS) <= set(tables[name])] or names
    if len(chosen) > 1:
        raise GaplabError(
            f"{request.shown}: has the same index in {first_few(sorted(chosen))}; expected each table once"
        )
    return chosen[0]


def _last(path: str) -> str:
    return path.rsplit("/", 1)[-1]


def _metadata(table: pd.DataFrame, met: ModelsMet, shown: str) -> dict[str, str]:
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


def _placed(met: ModelsMet, version: str, groups: dict[str, str]) -> str:
    """The model of a version: one we know, or else the one that the bundle puts it under."""
    group = groups.get(version) or groups.get(without_effort(version)) or ""
    if group.strip():
        return met.model(version, group)
    return met.names.model(version) or ""


def _plan(request: Request, tables: dict[str, pd.DataFrame]) -> list[dict[str, str]]:
    """How each benchmark's table is read: as build/raw_files.csv says, else as the bundle's own list of benchmarks."""
    at = {_last(name): name for name in tables}
    ours = handmade_table(request.folder, "raw_files").to_dict("records")
    named = [_last(name) for name in tables]
    twice = sorted({f"{row['zip_file']}.csv" for row in ours if named.count(f"{row['zip_file']}.csv") > 1})
    if twice:
        raise GaplabError(f"{request.shown}: has {', '.join(twice)} in several folders; expected each table once")
    plan = [
        row | {"path": path} for row in ours if (path := at.get(f"{row['zip_file']}.csv")) and _last(path) != HORIZONS
    ]
    for table in tables.values():
        if set(PLAN) <= set(table):
            for row in table.to_dict("records"):
                path = at.get(_last(row["source_file"]))
                if path and all(path != known["path"] for known in plan):
                    own = "stderr" if "stderr" in tables[path] else ""
                    plan.append({
                        "benchmark": row["benchmark"], "path": path, "zip_column": row["score_column"],
                        "scale": row["scale"] or "1", "zip_error": own, "zip_error_scale": "1",
                    })  # fmt: skip
    return plan


def _no_runs() -> pd.DataFrame:
    return pd.DataFrame(columns=["benchmark", "model_version", "score", "error", "day", "source"])


def _runs(request: Request, plan: dict[str, str], table: pd.DataFrame) -> pd.DataFrame:
    """The runs of one benchmark on the scale of the matrix, as the plan says how to read them."""
    shown = _last(plan["path"])
    missing = [column for column in ("Model version", plan["zip_column"]) if column not in table]
    if missing:
        raise GaplabError(f"{shown}: has no column {', '.join(missing)}; its columns are {first_few(list(table))}")
    table = table[table["Model version"].str.strip() != ""].reset_index(drop=True)
    cells = table[plan["zip_column"]].str.strip()
    percent = cells.str.endswith("%")
    value = numbers(cells.str.rstrip("%"), shown)
    value = (value / 100).where(percent, value / float(plan["scale"]))
    own = "Log viewer" in table
    error_column = plan["zip_error"] if plan["zip_error"] in table else ""
    error = numbers(table[error_column], shown) if error_column else pd.Series(float("nan"), index=table.index)
    error = error / float(plan["zip_error_scale"] or 1)
    span, floor = span_of(request, plan["benchmark"])
    return pd.DataFrame({
        "benchmark": plan["benchmark"],
        "model_version": table["Model version"],
        "score": ((value - floor) / span).clip(0, 1),
        "error": error / span,
        "day": days(table["Started at"].str[:10], shown) if "Started at" in table else "",
        "source": "Epoch evaluations" if own else table.get("Source", pd.Series("", index=table.index)),
    }).dropna(subset="score")  # fmt: skip


def _copied_horizons(
    request: Request, tables: dict[str, pd.DataFrame], groups: dict[str, str], met: ModelsMet
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
        if request.vintage() >= FIRST_SUITE:
            return rows("scores", []), [
                f"{len(table)} horizons of {HORIZONS} are held back: no column names their suite"
            ]
        table = table.assign(**{"METR version": ""})
    blank = pd.Series("", index=table.index)
    values = {c: numbers(table.get(c, blank), HORIZONS) for c in ("Time horizon", "CI_low", "CI_high")}
    table = table.assign(suite=table["METR version"].map(suite_of), **values).dropna(subset="Time horizon")
    ours = request.tables["scores"]
    own = ours[ours["benchmark"].str.startswith("METR time horizon") & (ours["source"] != COPY["source"])]
    cells, same = set(zip(own["model"], own["benchmark"], strict=True)), {round(float(s), 3) for s in own["score"]}
    found = []
    for row in table[table["suite"] != ""].to_dict("records"):
        version = row["Model version"]
        model = _placed(met, version, groups)
        score = horizon(request, model, row["suite"], row["Time horizon"], row["CI_low"], row["CI_high"])
        # Epoch names another dated version for some of METR's runs: the same number is the same run.
        if model and (model, score["benchmark"]) not in cells and round(row["Time horizon"], 3) not in same:
            more = {"effort": effort_of(version), "source": COPY["source"], "first_seen": request.vintage()}
            found.append(score | more)
    copied = rows("scores", found)
    copied["value"] = copied["score"].astype(float)
    unknown = sorted(set(table.loc[table["suite"] == "", "METR version"]))
    lines = [f"horizons of suites that are not known are held back: {first_few(unknown)}"] if unknown else []
    return highest_per_key(copied, ["model", "benchmark", "effort"], "value").drop(columns="value"), lines
