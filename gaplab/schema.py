"""What a valid table is; violations as one readable list.

Each table is read as text, checked column by column, then across tables. A
problem is one line: file, row as a spreadsheet numbers it, key, what is
wrong, what was expected, what to do.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from gaplab import store
from gaplab.errors import did_you_mean, quoted
from gaplab.places import PROJECT_DATA


@dataclass(frozen=True)
class Column:
    """What the cells of one column may hold.

    `kind` is text, url, date, number or count; `choices` are the only legal
    words; `blank` says whether a cell may be empty; `expected` completes an
    error; `longest` is the most characters of a text.
    """

    kind: str = "text"
    choices: tuple[str, ...] = ()
    blank: bool = False
    low: float | None = None
    high: float | None = None
    expected: str = "write it"
    longest: int = 200


def _one_of(*choices: str, blank: bool = False) -> Column:
    return Column(choices=choices, blank=blank, expected=f"write one of {', '.join(choices)}")


TEXT = Column()
NAME_OR_BLANK = Column(blank=True)
NOTE = Column(blank=True, longest=2000)
URL = Column("url", expected="write the address where the fact can be checked", longest=1000)
URL_OR_BLANK = Column("url", blank=True, longest=1000)
DATE = Column("date", expected="write it as YYYY-MM-DD")
DATE_OR_BLANK = Column("date", blank=True)
# No fact here is beyond a million; what is would only overflow somewhere later.
NUMBER = Column("number", low=-1e6, high=1e6)
NUMBER_OR_BLANK = Column("number", blank=True, low=-1e6, high=1e6)
COUNT_OR_BLANK = Column("count", blank=True, low=1, high=1e8)
RANK_OR_BLANK = Column("count", blank=True, low=1, high=99)
POSITIVE_OR_BLANK = Column("number", blank=True, low=0, high=1e6)
MONTHS_OR_BLANK = Column("number", blank=True, low=-1200, high=1200)

TABLES: dict[str, dict[str, Column]] = {
    "models": {
        "model": TEXT,
        "developer": TEXT,
        "country": Column(expected="write the country by name, or unknown"),
        "family": NAME_OR_BLANK,
        "parent": NAME_OR_BLANK,
        "weights": _one_of("open", "closed", "unknown"),
        "release_date": DATE_OR_BLANK,
        "date_precision": _one_of("day", "month", "unknown"),
        "source": URL,
        "note": NOTE,
        "featured": RANK_OR_BLANK,
    },
    "access": {
        "model": TEXT,
        "state": _one_of("internal", "trusted", "public", "suspended"),
        "from": DATE,
        "to": DATE_OR_BLANK,
        "source_url": URL,
    },
    "benchmarks": {
        "benchmark": TEXT,
        "domain": _one_of(
            "cyber", "software", "mathematics", "science", "reasoning", "agentic", "knowledge", "language", "unknown"
        ),
        "access_class": _one_of("public", "semi_private", "private", "unknown"),
        "floor": POSITIVE_OR_BLANK,
        "ceiling": POSITIVE_OR_BLANK,
        "n_items": COUNT_OR_BLANK,
        "release_date": DATE_OR_BLANK,
        "link": _one_of("logit", "log2_minutes", "elo"),
        "superseded_by": NAME_OR_BLANK,
        "saturated_from": DATE_OR_BLANK,
        "source_url": URL,
        "note": NOTE,
    },
    "scores": {
        "model": TEXT,
        "benchmark": TEXT,
        "source": TEXT,
        "effort": Column(expected="write the reasoning effort, or default"),
        "score": NUMBER,
        "standard_error": POSITIVE_OR_BLANK,
        "n_items": COUNT_OR_BLANK,
        "source_class": _one_of("government", "independent", "leaderboard", "developer"),
        "evaluator": Column(expected="write who ran the test, or unknown"),
        "harness": NAME_OR_BLANK,
        "adjusted": _one_of("none", "chance"),
        "censored": _one_of("none", "lower", "upper"),
        "first_seen": DATE,
        "published": DATE_OR_BLANK,
        "source_url": URL,
    },
    "index_vintages": {
        "vintage": DATE,
        "index": TEXT,
        "model": TEXT,
        "value": NUMBER,
        "low": NUMBER_OR_BLANK,
        "high": NUMBER_OR_BLANK,
        "level": Column("number", blank=True, low=0.01, high=0.999),
        "source": TEXT,
    },
    "links": {
        "model": TEXT,
        "reference_model": TEXT,
        "difference": NUMBER,
        "sd": Column("number", low=0.001, high=1e6),
        "scale": TEXT,
        "published": DATE,
        "source": TEXT,
        "source_url": URL,
        "note": NOTE,
    },
    "claims": {
        "claim_id": TEXT,
        "who": TEXT,
        "published": DATE,
        "as_of": DATE,
        "form": _one_of("point", "interval", "at_least", "at_most", "qualitative"),
        "low": MONTHS_OR_BLANK,
        "central": MONTHS_OR_BLANK,
        "high": MONTHS_OR_BLANK,
        "unit": _one_of("months"),
        "scope": TEXT,
        "domain": TEXT,
        "functional": TEXT,
        "independence_group": TEXT,
        "kind": TEXT,
        "source_url": URL_OR_BLANK,
        "note": NOTE,
        "featured": RANK_OR_BLANK,
    },
    "sources": {
        "source": TEXT,
        "publisher": TEXT,
        "url": URL,
        "licence": TEXT,
        "retrieved": DATE,
        "sha256": NAME_OR_BLANK,
    },
}

KEYS = {
    "models": ["model"],
    "access": ["model", "state", "from"],
    "benchmarks": ["benchmark"],
    "scores": ["model", "benchmark", "source", "effort"],
    "index_vintages": ["vintage", "index", "model"],
    "links": ["model", "reference_model", "source"],
    "claims": ["claim_id"],
    "sources": ["source"],
}

# (table, column) whose cells are keys of another table's first column.
REFERENCES = {
    ("access", "model"): "models",
    ("benchmarks", "superseded_by"): "benchmarks",
    ("scores", "model"): "models",
    ("scores", "benchmark"): "benchmarks",
    ("scores", "source"): "sources",
    ("index_vintages", "model"): "models",
    ("index_vintages", "source"): "sources",
    ("links", "model"): "models",
    ("links", "reference_model"): "models",
    ("links", "source"): "sources",
}

LONGEST_PREVIEW = pd.Timedelta(days=365)
MANY = 25
"""Cells of one column from which on a fault is one of the column."""
LARGEST_FILE = 64 * 2**20
FIRST_DAY, LAST_DAY = pd.Timestamp("1950-01-01"), pd.Timestamp("2200-12-31")
_NUMBER = r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,2})?"
_DAY = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_URL = r"https?://[^\s\"'<>\\^`{|}]+"
_FORMULA = ("=", "+", "-", "@")
_JOINERS = "\u200c\u200d"  # part of the spelling of some languages


def contents(folder: Path) -> dict[str, bytes | str]:
    """The file of every table as bytes, or as text what is wrong with it."""
    return {name: _content(folder, name) for name in TABLES}


def read(
    folder: Path, *, shown: Path | None = None, files: Mapping[str, bytes | str] | None = None
) -> tuple[dict[str, pd.DataFrame], list[str]]:
    """The tables of a folder and every problem in them.

    Parameters
    ----------
    folder : Path
    shown : Path, optional
        The folder that problems name instead, when `folder` holds a draft.
    files : mapping of str to bytes or str, optional
        What `contents` returned, when it was read already.

    Returns
    -------
    tables : dict of DataFrame
        By name; dates as timestamps, numbers as floats, empty cells as
        missing values. Complete only when `problems` is empty.
    problems : list of str
        One line each, in the order of tables and rows; [] when all is well.
    """
    texts: dict[str, pd.DataFrame] = {}
    problems: list[str] = []
    for name, content in (files or contents(folder)).items():
        held = _parsed(name, content)
        if isinstance(held, str):
            problems.append(f"{_shown((shown or folder) / f'{name}.csv')}: {held}")
        else:
            texts[name] = held
    sound: dict[str, pd.DataFrame] = {}
    found: list[tuple[str, int, str]] = []
    for name, cells in texts.items():
        broken = list(_cell_problems(name, cells))
        found += broken
        sound[name] = _typed(name, cells, {(row, column) for _, row, column, _ in broken})
    found, columns_at_fault = _summed_up(found, texts)
    problems += [f"{_shown((shown or folder) / f'{name}.csv')}: {line}" for name, line in columns_at_fault]
    found_lines = [(name, row, line) for name, row, _, line in found]
    spellings = _country_spellings(shown or folder)
    for check in (_duplicates, _references, _ranges, _intervals, _chronology):
        found_lines += check(sound)
    found_lines += _spelt_otherwise(sound, spellings)
    order = list(TABLES)
    for name, row, line in sorted(found_lines, key=lambda item: (order.index(item[0]), item[1])):
        problems.append(
            f"{_shown((shown or folder) / f'{name}.csv')} row {row + 2} ({_key(name, texts[name], row)}): {line}"
        )
    return sound, problems


def _summed_up(
    found: list[tuple[str, int, str, str]], texts: dict[str, pd.DataFrame]
) -> tuple[list[tuple[str, int, str, str]], list[tuple[str, str]]]:
    """The problems of single cells, and one line for each column that is wrong as a whole.

    A spreadsheet that saves a table writes every date and number of a column
    anew: that is one fault and not thousands.
    """
    of_column: dict[tuple[str, str], list[int]] = {}
    for name, row, column, _ in found:
        of_column.setdefault((name, column), []).append(row)
    whole = {at: rows for at, rows in of_column.items() if len(rows) >= MANY}
    lines = []
    for (name, column), rows in whole.items():
        cell = texts[name].at[rows[0], column]
        kind = {"date": "a date as YYYY-MM-DD", "number": "a number", "count": "a whole number"}
        expected = kind.get(TABLES[name][column].kind, "what the other rows have")
        lines.append((
            name,
            f"column {column}: {len(rows):,} cells such as {quoted(cell)} in row {rows[0] + 2} are not {expected}; "
            "the table looks saved by a spreadsheet or another program: restore it",
        ))  # fmt: skip
    return [problem for problem in found if (problem[0], problem[2]) not in whole], lines


def text(path: Path) -> pd.DataFrame | str:
    """A table as text with blanks as "", or what is wrong with the file."""
    return _parsed(path.stem, _content(path.parent, path.stem))


def _content(folder: Path, name: str) -> bytes | str:
    path = store.place(folder, name)
    if not path.is_file():
        return f"no such file; expected a table with the columns {', '.join(TABLES[name])}: add it"
    try:
        if path.stat().st_size > LARGEST_FILE:
            return f"is larger than {LARGEST_FILE / 2**20:g} MiB; expected a table of facts: restore it"
        return path.read_bytes()
    except OSError as error:
        return f"cannot be read ({error.strerror}); expected a readable file: check its permissions"


def _parsed(name: str, raw: bytes | str) -> pd.DataFrame | str:
    if isinstance(raw, str):
        return raw
    columns = list(TABLES[name])
    if not raw.strip():
        return f"the file is empty; expected a first line with the columns {', '.join(columns)}: restore the table"
    if raw.startswith(b"\xef\xbb\xbf"):
        return "starts with a byte-order mark; expected plain UTF-8: save it as CSV in UTF-8 without BOM"
    try:
        content = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        return f"line {line} is not UTF-8; expected plain UTF-8 text: save it as CSV in UTF-8"
    header = content.splitlines()[0]
    if ";" in header and "," not in header:
        return "cells are separated by semicolons; expected commas: save it as comma-separated CSV"
    try:
        rows = list(csv.reader(io.StringIO(content), strict=True))
    except csv.Error as error:
        return f"is no CSV ({error}); expected commas between cells and closed quotes: save it again as CSV"
    given = rows[0]
    missing = [column for column in columns if column not in given]
    if missing:
        hint = did_you_mean(missing[0], given, otherwise="")
        return f"no column {', '.join(missing)}{hint}; expected {', '.join(columns)}: add it"
    unknown = [column for column in given if column not in columns]
    if unknown or len(given) != len(columns):
        extra = ", ".join(quoted(column) for column in unknown[:10]) or "twice the same"
        return f"column {extra} is not known; expected {', '.join(columns)}: remove or rename it"
    ragged = [line for line, row in enumerate(rows, start=1) if row and len(row) != len(given)]
    if ragged:
        return f"row {ragged[0]} has {len(rows[ragged[0] - 1])} cells; expected {len(given)}: quote cells with commas"
    if len(rows) == 1:
        return "the table has no rows; expected at least one below the column names: restore the table"
    table = pd.DataFrame([row or [""] * len(given) for row in rows[1:]], columns=given, dtype=str)
    return table[table.ne("").any(axis=1)][columns]


def _cell_problems(name: str, text: pd.DataFrame) -> Iterator[tuple[str, int, str, str]]:
    """(table, row, column, line) for every cell that is no value of its column."""
    for column, spec in TABLES[name].items():
        cells = text[column]
        told: set[int] = set()  # a cell that breaks several rules is told once, by the rule that comes first
        for holds, line in _cell_rules(column, spec):
            for row in cells.index[~holds(cells).astype(bool)]:
                if row not in told:
                    told.add(row)
                    yield name, int(row), column, line(cells[row])
    if name == "index_vintages":
        bounded = text["level"].eq("") & text[["low", "high"]].ne("").any(axis=1)
        for row in text.index[bounded]:
            yield name, int(row), "level", "level is blank; low and high need it: write the probability, such as 0.9"


def _cell_rules(column: str, spec: Column) -> Iterator[tuple[Callable, Callable[[str], str]]]:
    """(test of a column, line about a failing cell) for each rule."""

    def filled(cells: pd.Series) -> pd.Series:
        return cells.ne("")

    def numbers(cells: pd.Series) -> pd.Series:
        return pd.to_numeric(cells.where(cells.str.fullmatch(_NUMBER)), errors="coerce").astype(float)

    if not spec.blank:
        yield filled, lambda cell: f"{column} is blank: {spec.expected}"
    yield (
        lambda cells: ~cells.isin([cell for cell in cells.unique() if _badly_written(spec, cell)]),
        lambda cell: f"{column} {quoted(cell)} {_badly_written(spec, cell)}",
    )
    if spec.choices:
        yield (
            lambda cells: cells.isin(spec.choices) | ~filled(cells),
            lambda cell: (
                f"{column} {quoted(cell)} is not one of {', '.join(spec.choices)}"
                f"{did_you_mean(cell, spec.choices, otherwise='')}"
            ),
        )
    if spec.kind == "date":
        yield (
            lambda cells: _dates(cells).notna() | ~filled(cells),
            lambda cell: f"{column} {quoted(cell)} is not a date; expected YYYY-MM-DD, for example 2026-06-30",
        )
    if spec.kind in ("number", "count"):
        words = "a whole number" if spec.kind == "count" else "a number with a decimal point"
        yield (
            lambda cells: cells.str.fullmatch(_NUMBER) & (numbers(cells).abs() < float("inf")) | ~filled(cells),
            lambda cell: f"{column} {quoted(cell)} is not a number; expected {words}",
        )
        if spec.kind == "count":
            yield (
                lambda cells: numbers(cells).isna() | (numbers(cells) % 1 == 0),
                lambda cell: f"{column} {quoted(cell)} is not a whole number: write how many items were scored",
            )
    if spec.low is not None:
        yield (
            lambda cells: ~(numbers(cells) < spec.low),
            lambda cell: f"{column} {cell} is too small; expected at least {spec.low:g}",
        )
    if spec.high is not None:
        yield (
            lambda cells: ~(numbers(cells) > spec.high),
            lambda cell: f"{column} {cell} is too large; expected at most {spec.high:g}",
        )


def _dates(cells: pd.Series) -> pd.Series:
    strict = cells.where(cells.str.fullmatch(_DAY))
    found = pd.to_datetime(strict, format="%Y-%m-%d", errors="coerce")
    return found.where(found.between(FIRST_DAY, LAST_DAY)).astype("datetime64[ns]")


def _badly_written(spec: Column, cell: str) -> str | None:
    """What is wrong with the characters of a cell, whatever it says; None when nothing is."""
    if not _is_plain(cell):
        return "has characters that do not show: remove them"
    if len(cell) > spec.longest:
        return f"has {len(cell)} characters; expected at most {spec.longest}"
    if spec != NOTE and cell != cell.strip():
        return "has white space at its ends: remove it"
    if spec.kind == "text" and cell.startswith(_FORMULA):
        return "is a formula to a spreadsheet: begin it with another character"
    if spec.kind == "url" and cell and not re.fullmatch(_URL, cell):
        return "is no address; expected http:// or https:// and no spaces or quotes"
    return None


def _is_plain(cell: str) -> bool:
    """No control characters, line ends, changes of direction or marks without width: names would look like others."""
    return (cell.isascii() and cell.isprintable()) or all(
        c in _JOINERS or unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Zl", "Zp") for c in cell
    )


def _typed(name: str, text: pd.DataFrame, broken: set[tuple[int, str]]) -> pd.DataFrame:
    """The table in its types; broken and empty cells are missing values."""
    typed = {}
    for column, spec in TABLES[name].items():
        unusable = [row for row, of in broken if of == column]
        cells = text[column].where(text[column].ne("") & ~text.index.isin(unusable))
        if spec.kind == "date":
            typed[column] = _dates(cells)
        elif spec.kind in ("number", "count"):
            typed[column] = pd.to_numeric(cells, errors="coerce").astype(float)
        else:
            typed[column] = cells
    if name == "models":  # what follows from a broken date is no problem of its own
        unreadable = text.index.isin([row for row, of in broken if of == "release_date"])
        typed["date_precision"] = typed["date_precision"].mask(unreadable)
    return pd.DataFrame(typed)


def _duplicates(tables: dict[str, pd.DataFrame]) -> Iterator[tuple[str, int, str]]:
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


def _country_spellings(folder: Path) -> dict[str, str]:
    """Other spellings of countries, folded, from build/countries.csv of the folder or else of the project."""
    for root in (folder, PROJECT_DATA):
        path = root / "build" / "countries.csv"
        try:
            with path.open(newline="", encoding="utf-8") as lines:
                return {_plain(row["code"]): row["country"] for row in csv.DictReader(lines)}
        except (OSError, UnicodeDecodeError, csv.Error, KeyError, TypeError, AttributeError):
            continue  # who reads names by that table says what is wrong with it
    return {}


def _spelt_otherwise(tables: dict[str, pd.DataFrame], countries: dict[str, str]) -> Iterator[tuple[str, int, str]]:
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


def _references(tables: dict[str, pd.DataFrame]) -> Iterator[tuple[str, int, str]]:
    for (name, column), target in REFERENCES.items():
        if name not in tables or target not in tables:
            continue
        legal = tables[target].iloc[:, 0].dropna().unique()
        cells = tables[name][column].dropna()
        for row, cell in cells[~cells.isin(legal)].items():
            yield (
                name,
                row,
                f"{column} {quoted(cell)} is not in {target}.csv{did_you_mean(cell, legal, otherwise='')}; "
                "correct it or add it there",
            )


def _ranges(tables: dict[str, pd.DataFrame]) -> Iterator[tuple[str, int, str]]:
    if "benchmarks" not in tables:
        return
    benchmarks = tables["benchmarks"]
    for row, b in benchmarks[benchmarks["link"] == "logit"].iterrows():
        if not 0 <= b["floor"] < b["ceiling"] <= 1:
            yield (
                "benchmarks",
                row,
                (
                    f"floor {b['floor']:g} and ceiling {b['ceiling']:g} are not 0 <= floor < ceiling <= 1: write the "
                    "raw score of pure chance and the best raw score possible, as fractions"
                ),
            )
    for row, b in benchmarks[benchmarks["superseded_by"].eq(benchmarks["benchmark"])].iterrows():
        yield "benchmarks", row, f"superseded_by {quoted(b['benchmark'])} is the benchmark itself: leave it blank"
    if "scores" not in tables:
        return
    link = benchmarks.dropna(subset="benchmark").drop_duplicates("benchmark").set_index("benchmark")["link"]
    scores = tables["scores"].assign(link=tables["scores"]["benchmark"].map(link))
    for row, s in (
        scores[(scores["link"] == "logit") & ~scores["score"].between(0, 1)].dropna(subset="score").iterrows()
    ):
        mend = "divide by 100" if 1 < s["score"] <= 100 else "correct it"
        yield (
            "scores",
            row,
            (f"score {s['score']:g} is outside 0-1; benchmarks.csv says this benchmark is a fraction: {mend}"),
        )
    for row, s in scores[(scores["link"] == "logit") & (scores["standard_error"] > 1)].iterrows():
        yield (
            "scores",
            row,
            f"standard_error {s['standard_error']:g} is above 1, and the score a fraction: divide by 100",
        )
    for row, s in scores[(scores["link"] == "log2_minutes") & (scores["score"] <= 0)].iterrows():
        yield "scores", row, f"score {s['score']:g} is not above 0; benchmarks.csv says this benchmark is in minutes"


def _intervals(tables: dict[str, pd.DataFrame]) -> Iterator[tuple[str, int, str]]:
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
                    yield (
                        "claims",
                        row,
                        f"{column} is blank; a claim of form {claim['form']} needs it: write the months",
                    )
    if "access" in tables:
        access = tables["access"]
        for row, a in access[access["from"] > access["to"]].iterrows():
            yield "access", row, f"from {a['from'].date()} is after to {a['to'].date()}: swap or correct them"


def _chronology(tables: dict[str, pd.DataFrame]) -> Iterator[tuple[str, int, str]]:
    """Models dated after their own scores: a wrong date would shorten or lengthen a gap silently."""
    if "models" in tables:
        models = tables["models"]
        for row, m in models[models["release_date"].isna() != (models["date_precision"] == "unknown")].iterrows():
            if pd.notna(m["date_precision"]):
                yield (
                    "models",
                    row,
                    (
                        f"release_date is {'blank' if pd.isna(m['release_date']) else m['release_date'].date()} but "
                        f"date_precision is {m['date_precision']}: write unknown for a blank date only"
                    ),
                )
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


def _key(name: str, text: pd.DataFrame, row: int) -> str:
    return (
        ", ".join(f"{column} {quoted(text.at[row, column])}" for column in KEYS[name][:2] if text.at[row, column])
        or "no key"
    )


def _shown(path: Path) -> str:
    try:
        return str(path.resolve().relative_to(Path.cwd()))
    except ValueError:
        return str(path)
