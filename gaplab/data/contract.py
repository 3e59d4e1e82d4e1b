"""The contract of the eight tables: their columns, keys and references."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd


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
# No fact in these tables is beyond a million; a larger number would overflow later.
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
        # In points of the display scale, on which all models lie within about a hundred of each other.
        "difference": Column("number", low=-200, high=200),
        "sd": Column("number", low=0.1, high=1e6),
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
FIRST_DAY, LAST_DAY = pd.Timestamp("1950-01-01"), pd.Timestamp("2200-12-31")
