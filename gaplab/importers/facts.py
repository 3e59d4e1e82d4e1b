"""Tables of facts compiled by hand from many pages: access events, releases, claims, findings of governments.

Which table it is shows in its columns. What its words mean stands in the tables of `build/`.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import pandas as pd

from gaplab.errors import GaplabError
from gaplab.importers.cells import csv_table, days, first_few, numbers, one_of, rows, written
from gaplab.importers.feed import Feed, ModelsMet, Request
from gaplab.importers.names import handmade_table

EVENTS = ("model", "developer", "country", "event_date", "state", "source_url")
RELEASES = ("model", "developer", "country", "release_date", "access_at_release", "weights")
CLAIMS = (
    "claim_id", "publisher", "url", "kind", "date_published", "as_of_date", "low_months", "central_months",
    "high_months", "central_origin",
)  # fmt: skip
FINDINGS = ("eval_id", "date_published", "model", "developer", "country", "benchmark", "source_url")
OF_AISI = ("model", "date", "date_source", "organization", "country", "weights")
_WHERE = "https://epoch.ai/data/eci_scores.csv"
_AISI = "https://www.aisi.gov.uk/blog/how-far-behind-the-frontier-are-leading-open-weight-models-on-cyber"
# What an event begins; other events, such as a wider circle, begin nothing.
_BEGINS = {
    "announced; restricted": "trusted",
    "limited preview": "trusted",
    "restricted access restored": "trusted",
    "withdrawn": "suspended",
    "public": "public",
    "public again": "public",
    "public api": "public",
}
_APPROXIMATE = "; its day is approximate"
_SEVERAL = re.compile(r"(.+?) \(([A-Z]\w*(?: [A-Z]\w*)+)\)$")


def read(request: Request) -> Feed:
    """What a table of compiled facts says.

    Raises
    ------
    GaplabError
        It is none of the tables that are known, or a cell is no date or number.
    """
    table = csv_table(request.download.content, request.shown)
    kinds: list[tuple[tuple[str, ...], Callable[[Request, pd.DataFrame], Feed]]] = [
        (EVENTS, _events),
        (RELEASES, _releases),
        (CLAIMS, _claims),
        (FINDINGS, _findings),
        (OF_AISI, _of_aisi),
    ]
    for columns, reader in kinds:
        if set(columns) <= set(table):
            return reader(request, table)
    raise GaplabError(
        f"{request.shown}: its columns are {first_few(list(table))}; expected access events, releases, claims, or "
        "findings "
        "of CAISI or the UK AISI"
    )


# --- Access and releases ----------------------------------------------------------------------------


def _events(request: Request, table: pd.DataFrame) -> Feed:
    """Periods of access: each lasts until the next state of its model begins.

    A model that was only ever public is left to its release date.
    """
    met = ModelsMet(request.names, table["source_url"].iloc[0])
    begins = table.assign(
        day=days(table["event_date"], request.shown), begins=table["state"].str.strip().str.casefold().map(_BEGINS)
    )
    passed_over = sorted(set(table.loc[begins["begins"].isna() | (begins["day"] == ""), "state"]))
    begins = begins[begins["begins"].notna() & (begins["day"] != "")]
    if begins.empty:
        raise GaplabError(
            f"{request.shown}: no row with a day begins a state of access; its states are "
            f"{first_few(sorted(set(table['state'])))}; expected {first_few(list(_BEGINS))}"
        )
    periods = []
    for name, events in begins.groupby("model", sort=False):
        events = events.sort_values("day", kind="stable").to_dict("records")
        if {event["begins"] for event in events} == {"public"}:
            continue
        met.source = events[0]["source_url"]
        first = next((event["day"] for event in events if event["begins"] == "public"), "")
        for one in _each(name):
            model = met.model(one, developer=events[0]["developer"], country=events[0]["country"], release=first)
            ends = [event["day"] for event in events[1:]] + [""]
            periods += [
                {"model": model, "state": event["begins"], "from": event["day"], "to": end}
                | {"source_url": event["source_url"]}
                for event, end in zip(events, ends, strict=True)
            ]
    begin_nothing = [f"events that begin no state of access here: {first_few(passed_over)}"] if passed_over else []
    return Feed(
        vintage=max(begins["day"]), sources=rows("sources", []), models=met.table(), listed=True,
        access=rows("access", periods), notes=met.left_out() + begin_nothing,
        complete={"access": max(request.day or "", *begins["day"])},
    )  # fmt: skip


def _each(name: str) -> list[str]:
    """GPT-5.6 (Sol Terra Luna) is three models."""
    several = _SEVERAL.fullmatch(name)
    return [f"{several[1]} {one}" for one in several[2].split()] if several else [name]


def _releases(request: Request, table: pd.DataFrame) -> Feed:
    met, released = ModelsMet(request.names, _WHERE), days(table["release_date"], request.shown)
    facts = table[["model", "developer", "country", "weights", "access_at_release"]].itertuples(index=False)
    for row, day in zip(facts, released, strict=True):
        met.model(
            row.model, developer=row.developer, country=row.country, access=row.weights, state=row.access_at_release,
            release=day,
        )  # fmt: skip
    return Feed(
        vintage=max(released), sources=rows("sources", []), models=met.table(), listed=True, notes=met.left_out(),
        access=met.access(),
        complete={"releases": max(request.day or "", *released)},
    )  # fmt: skip


# --- Claims -----------------------------------------------------------------------------------------


def _claims(request: Request, table: pd.DataFrame) -> Feed:
    """Published statements of the gap, with what build/claims.csv tells of what each measures.

    Our own midpoints of a stated range are not the claim's: they are dropped.
    """
    shown = request.shown
    by_hand_rows = handmade_table(request.folder, "claims").drop_duplicates("claim_id").set_index("claim_id")
    known = table[table["claim_id"].isin(by_hand_rows.index)].reset_index(drop=True)
    unknown = sorted(set(table["claim_id"]) - set(by_hand_rows.index))
    meaning = by_hand_rows.loc[known["claim_id"]].reset_index(drop=True)
    months = {end: numbers(known[f"{end}_months"], shown, -1200, 1200) for end in ("low", "central", "high")}
    certain = known.get("date_certainty", pd.Series("", index=known.index)) != "approximate"
    note = meaning["note"].where(certain, meaning["note"] + _APPROXIMATE)
    stated = ~known["central_origin"].str.startswith("midpoint")
    found = pd.DataFrame({
        "claim_id": known["claim_id"],
        "who": known["publisher"],
        "published": days(known["date_published"], shown),
        "as_of": days(known["as_of_date"], shown),
        "low": months["low"].map(_months),
        "central": months["central"].where(stated).map(_months),
        "high": months["high"].map(_months),
        "unit": "months",
        "kind": known["kind"].str.replace(" ", "_"),
        "source_url": known["url"],
        "note": note.str.removeprefix("; "),
        **{name: meaning[name] for name in ("form", "scope", "domain", "functional", "independence_group")},
    })  # fmt: skip
    held_back = [f"claims are held back: build/claims.csv does not tell what they measure ({first_few(unknown)})"]
    return Feed(
        vintage=max(found["published"], default=request.day or ""),
        sources=rows("sources", []),
        models=rows("models", []),
        claims=rows("claims", found.to_dict("records")),
        complete={"claims": max(request.day or "", *found["published"])} if len(found) else {},
        held_back=held_back if unknown else [],
    )


def _months(value: float) -> str:
    return "" if pd.isna(value) else f"{value:g}"


# --- Findings of governments ------------------------------------------------------------------------


def _findings(request: Request, table: pd.DataFrame) -> Feed:
    """Scores of CAISI's reports; rows that name no model, and measures that build/caisi_benchmarks.csv leaves out."""
    shown = request.shown
    tests = handmade_table(request.folder, "caisi_benchmarks").drop_duplicates("name").set_index("name")["benchmark"]
    unit = table.get("unit", pd.Series("percent", index=table.index))
    published = days(table["date_published"], shown)
    value = numbers(table[one_of(table, shown, "score_pct", "score")], shown)
    half_width = next((name for name in ("score_ci95_halfwidth", "score_ci95_halfwidth_pct") if name in table), None)
    half = numbers(table[half_width], shown) if half_width else pd.Series(float("nan"), index=table.index)
    met, found, unknown, sources = ModelsMet(request.names, table["source_url"].iloc[0]), [], set(), {}
    for at, row in table.iterrows():
        test = tests.get(row["benchmark"])
        unknown |= {row["benchmark"]} if test is None else set()
        if not test or not row["developer"] or row["model"].startswith("best US") or pd.isna(value[at]):
            continue
        if not unit[at].startswith("percent"):
            raise GaplabError(f"{shown} row {at + 2}: unit {unit[at]!r} is not known; expected per cent")
        report = re.match(r".*?\d{4}-\d{2}", row["eval_id"])
        source = (report[0] if report else row["eval_id"]).replace("-", "_")
        who = "UK AISI and CAISI" if source.startswith("aisi_caisi") else "CAISI"
        sources[source] = {
            "source": source, "publisher": who if " " in who else "NIST CAISI", "url": row["source_url"],
            "licence": "US government work",
        }  # fmt: skip
        found.append({
            "model": met.model(row["model"], developer=row["developer"], country=row["country"]),
            "benchmark": test,
            "source": source,
            "effort": row.get("effort") or "default",
            "score": written(value[at] / 100, 6),
            "standard_error": "" if pd.isna(half[at]) else written(half[at] / 196, 6),
            "source_class": "government",
            "evaluator": who,
            "harness": "CAISI",
            "adjusted": "none",
            "censored": "none",
            "first_seen": published[at],
            "published": published[at],
            "source_url": row["source_url"],
        })  # fmt: skip
    held_back = [
        f"measures are held back: build/caisi_benchmarks.csv has no row for them ({first_few(sorted(unknown))})"
    ]
    return Feed(
        vintage=max(published),
        sources=rows("sources", list(sources.values())),
        models=met.table(),
        scores=rows("scores", found),
        held_back=held_back if unknown else [],
    )


def _of_aisi(request: Request, table: pd.DataFrame) -> Feed:
    """The UK AISI on cyber, read off its charts: share of 70 narrow tasks, or of the 32 steps of a range."""
    column = one_of(table, request.shown, "steps", "success_rate")
    steps = column == "steps"
    value = numbers(table[column], request.shown) / (32 if steps else 100)
    met, found = ModelsMet(request.names, _AISI), []
    for at, row in table.iterrows():
        found.append({
            "model": met.model(row["model"], developer=row["organization"], country=row["country"]),
            "benchmark": "AISI Cyber Ranges - The Last Ones" if steps else "AISI narrow cyber tasks",
            "source": "aisi_2026_07",
            "effort": "unknown",
            "score": written(value[at], 6),
            "source_class": "government",
            "evaluator": "UK AISI",
            "harness": "100M tokens" if steps else "",
            "adjusted": "none",
            "censored": "none",
            "first_seen": request.vintage(),
            "published": request.vintage(),
            "source_url": _AISI,
        })  # fmt: skip
    source = {
        "source": "aisi_2026_07", "publisher": "UK AI Security Institute", "url": _AISI,
        "licence": "Open Government Licence",
    }  # fmt: skip
    return Feed(
        vintage=request.vintage(), sources=rows("sources", [source]), models=met.table(), whole=False,
        scores=rows("scores", found), held_back=met.held_back(), notes=met.left_out(),
    )  # fmt: skip
