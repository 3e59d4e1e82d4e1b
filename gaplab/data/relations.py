"""Checks across rows and tables: duplicates, references, ranges, intervals and the order of dates."""

from __future__ import annotations

import csv
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from gaplab.data.cells import LONGEST_PREVIEW
from gaplab.data.contract import KEYS, REFERENCES
from gaplab.errors import did_you_mean, quoted
from gaplab.places import PROJECT_DATA


def duplicate_problems(tables: dict[str, pd.DataFrame]) -> Iterator[tuple[str, int, str]]:
    """Rows with the key of an earlier row, or with one that differs from it in case, dashes or spaces alone."""
    for name, table in tables.items():
        keyed = table[KEYS[name]].dropna()
        first: dict[tuple, int] = {}
        alike: dict[str, int] = {}
        for row, key in zip(keyed.index, keyed.itertuples(index=False, name=None), strict=True):
            if first.setdefault(key, row) != row:
                yield name, row, f"repeats row {first[key] + 2} in {', '.join(KEYS[name])}: keep one of the two"
            elif len(key) == 1 and alike.setdefault(_folded(key[0]), row) != row:
                other = alike[_folded(key[0])] + 2
                yield name, row, f"is spelt like row {other} but for case, accents' coding or white space: keep one"


def country_spellings(folder: Path) -> dict[str, str]:
    """Other spellings of countries, folded, from build/countries.csv of the folder or else of the project."""
    for root in (folder, PROJECT_DATA):
        path = root / "build" / "countries.csv"
        try:
            with path.open(newline="", encoding="utf-8") as lines:
                rows = [row for row in csv.DictReader(lines) if row["country"].isprintable()]
            return {_plain(row["code"]): row["country"] for row in rows}
        except (OSError, UnicodeDecodeError, csv.Error, KeyError, TypeError, AttributeError):
            continue  # who reads names by that table says what is wrong with it
    return {}


def spelling_problems(tables: dict[str, pd.DataFrame], countries: dict[str, str]) -> Iterator[tuple[str, int, str]]:
    """Countries, developers and families spelt in two ways: their models would count apart."""
    if "models" not in tables:
        return
    for column in ("country", "developer", "family"):
        cells = tables["models"][column].dropna()
        usual: dict[str, str] = {}
        for cell in cells.value_counts(sort=True).index:
            usual.setdefault(_plain(cell), cell)
        for row, cell in cells.items():
            right = countries.get(_plain(cell), usual[_plain(cell)]) if column == "country" else usual[_plain(cell)]
            if right != cell:
                line = (
                    f"{column} {quoted(cell)} is not spelt as in the rest of the table; did you mean {quoted(right)}?"
                )
                yield "models", row, line


def _plain(name: str) -> str:
    """A name without case, spaces, accents and points."""
    apart = unicodedata.normalize("NFKD", name).casefold()
    return "".join(c for c in apart if not unicodedata.combining(c) and not c.isspace() and c != ".")


def reference_problems(tables: dict[str, pd.DataFrame]) -> Iterator[tuple[str, int, str]]:
    """Cells that name a row that another table does not have."""
    for (name, column), target in REFERENCES.items():
        if name not in tables or target not in tables:
            continue
        legal = tables[target].iloc[:, 0].dropna().unique()
        cells = tables[name][column].dropna()
        for row, cell in cells[~cells.isin(legal)].items():
            hint = did_you_mean(cell, legal, otherwise="")
            yield name, row, f"{column} {quoted(cell)} is not in {target}.csv{hint}; correct it or add it there"


def range_problems(tables: dict[str, pd.DataFrame]) -> Iterator[tuple[str, int, str]]:
    """Numbers outside the range that their benchmark or index allows."""
    if "benchmarks" not in tables:
        return
    benchmarks = tables["benchmarks"]
    for row, b in benchmarks[benchmarks["link"] == "logit"].iterrows():
        if not 0 <= b["floor"] < b["ceiling"] <= 1:
            line = f"floor {b['floor']:g} and ceiling {b['ceiling']:g} are not 0 <= floor < ceiling <= 1: write the "
            yield "benchmarks", row, f"{line}raw score of pure chance and the best raw score possible, as fractions"
    for row, b in benchmarks[benchmarks["superseded_by"].eq(benchmarks["benchmark"])].iterrows():
        yield "benchmarks", row, f"superseded_by {quoted(b['benchmark'])} is the benchmark itself: leave it blank"
    if "scores" not in tables:
        return
    link = benchmarks.dropna(subset="benchmark").drop_duplicates("benchmark").set_index("benchmark")["link"]
    scores = tables["scores"].assign(link=tables["scores"]["benchmark"].map(link))
    fractions = scores[scores["link"] == "logit"]
    for row, score in fractions.loc[~fractions["score"].between(0, 1), "score"].dropna().items():
        mend = "divide by 100" if 1 < score <= 100 else "correct it"
        line = f"score {score:g} is outside 0-1; benchmarks.csv says this benchmark is a fraction: {mend}"
        yield "scores", row, line
    for row, error in fractions.loc[fractions["standard_error"] > 1, "standard_error"].items():
        yield "scores", row, f"standard_error {error:g} is above 1, and the score a fraction: divide by 100"
    for row, s in scores[(scores["link"] == "log2_minutes") & (scores["score"] <= 0)].iterrows():
        yield "scores", row, f"score {s['score']:g} is not above 0; benchmarks.csv says this benchmark is in minutes"


def interval_problems(tables: dict[str, pd.DataFrame]) -> Iterator[tuple[str, int, str]]:
    """Intervals whose ends are out of order, and claims without the numbers that their form needs."""
    for name, value in (("index_vintages", "value"), ("claims", "central")):
        if name in tables:
            table = tables[name]
            wrong = (table["low"] > table[value]) | (table[value] > table["high"]) | (table["low"] > table["high"])
            for row, r in table[wrong].iterrows():
                yield name, row, f"low {r['low']:g}, {value} {r[value]:g}, high {r['high']:g} are not in rising order"
    if "claims" in tables:
        needs = {"point": ["central"], "interval": ["low", "high"], "at_least": ["low"], "at_most": ["high"]}
        for row, claim in tables["claims"].iterrows():
            for column in needs.get(claim["form"], []):
                if pd.isna(claim[column]):
                    line = f"{column} is blank; a claim of form {claim['form']} needs it: write the months"
                    yield "claims", row, line
    if "access" in tables:
        access = tables["access"]
        for row, a in access[access["from"] > access["to"]].iterrows():
            yield "access", row, f"from {a['from'].date()} is after to {a['to'].date()}: swap or correct them"


def chronology_problems(tables: dict[str, pd.DataFrame]) -> Iterator[tuple[str, int, str]]:
    """Models dated after their own scores: a wrong date would shorten or lengthen a gap silently."""
    if "models" in tables:
        models = tables["models"]
        for row, m in models[models["release_date"].isna() != (models["date_precision"] == "unknown")].iterrows():
            if pd.notna(m["date_precision"]):
                day = "blank" if pd.isna(m["release_date"]) else m["release_date"].date()
                line = f"release_date is {day} but date_precision is {m['date_precision']}: write unknown for a blank "
                yield "models", row, f"{line}date only"
    if "models" not in tables:
        return
    models = tables["models"].dropna(subset="model").drop_duplicates("model")
    starts = models.set_index("model")["release_date"]
    if "access" in tables:
        states = tables["access"].loc[tables["access"]["state"] != "suspended"]
        starts = pd.concat([starts, states.set_index("model")["from"]]).groupby(level=0).min()
    rows = dict(zip(models["model"], models.index, strict=True))
    for name, column, grace in (
        ("scores", "first_seen", pd.Timedelta(0)),
        ("scores", "published", LONGEST_PREVIEW),
        ("index_vintages", "vintage", pd.Timedelta(0)),
    ):
        if name not in tables:
            continue
        known = tables[name][["model", column]].dropna()
        early = known[known[column] + grace < known["model"].map(starts)]
        for row, model, day in early.drop_duplicates("model").itertuples(name=None):
            if model in rows:
                line = (
                    f"first date {starts[model].date()} is after {day.date()}, the {column} of {name}.csv "
                    f"row {row + 2}: correct the release date, the access date or that row"
                )
                yield "models", rows[model], line


def _folded(name: str) -> str:
    """A name without what a reader does not see: two that agree in it would share the scores of one model."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def key_of(name: str, text: pd.DataFrame, row: int) -> str:
    return (
        ", ".join(f"{column} {quoted(text.at[row, column])}" for column in KEYS[name][:2] if text.at[row, column])
        or "no key"
    )
