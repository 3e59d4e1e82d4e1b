"""Which of our models a publisher's version, effort variant or display name is."""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import pandas as pd

from gaplab.errors import GaplabError, closest, quoted
from gaplab.places import PROJECT_DATA

_EFFORT = re.compile(r"_(minimal|low|medium|high|xhigh|max|none|unknown|thinking|pre-release|promax|\d+[kK])$")
# Suffixes of a name that do not make it another model; "max" and "pro" often do and are not among them.
_EXTRAS = re.compile(
    r"[-_ ]+(minimal|low|medium|high|xhigh|none|thinking|no-thinking|non-thinking|reasoning|inspect|preview|\d+k"
    r"|thinking-\d+k)$|\s*\([^()]*(thinking|reasoning|effort|minimal|low|medium|high)[^()]*\)$",
    re.IGNORECASE,
)
_LOOSER = re.compile(
    r"[-_ ]+(max|chat|latest|exp|experimental|beta|instruct|instant|fast|reasoner|\d{4}|\d{8}|\d{4}-\d{2}-\d{2}"
    r"|v\d+:\d+)$|\s*\([^()]*\)$",
    re.IGNORECASE,
)
# What a host of models puts before a name: openai/, us.anthropic.
_HOST = re.compile(r"^([A-Za-z][A-Za-z-]*[/.])+(?=[A-Za-z])")
_MONTHS = re.compile(
    r"\b(january|february|march|april|june|july|august|september|october|november|december)\b", re.IGNORECASE
)
_HAND = {
    "known_versions": ["version", "model"],
    "models_named": ["name", "model"],
    "merged_names": ["name", "model"],
    "unlisted": ["model"],
    "countries": ["code", "country"],
    "developers": ["name", "developer"],
    "models": ["model", "developer", "country", "weights", "release_date", "parent", "source_url", "note"],
    "families": ["prefix", "family"],
    "claims": [
        "claim_id",
        "form",
        "scope",
        "domain",
        "functional",
        "independence_group",
        "note",
    ],
    "caisi_benchmarks": ["name", "benchmark"],
    "matrix_sources": ["matches", "source", "publisher", "source_class", "evaluator", "harness", "url", "published"],
    "raw_files": ["benchmark", "zip_file", "zip_column", "scale", "zip_error", "zip_error_scale"],
    "benchmarks": ["benchmark", "rescaled"],
    "file_days": ["sha256", "day", "note"],
    "addresses": ["publisher", "url"],
    "taken": ["sha256", "publisher", "day", "file"],
}


def plain_name(name: str) -> str:
    """A display name in plain hyphens and letters, without stray white space and signs that take no room."""
    plain = "".join(c for c in unicodedata.normalize("NFKC", name) if unicodedata.category(c) != "Cf")
    return re.sub(r"[\u2010-\u2015]", "-", plain).strip()


def effort_of(version: str) -> str:
    """The reasoning effort in a version's suffix; "default" when it has none."""
    found = _EFFORT.search(version)
    if not found:
        return "default"
    return found.group(1).upper() if found.group(1)[0].isdigit() else found.group(1)


def without_effort(version: str) -> str:
    """A version without its effort suffix."""
    return _EFFORT.sub("", version.strip())


@dataclass(frozen=True)
class Names:
    """The spellings that lead to a model of ours.

    Attributes
    ----------
    listed : frozenset of str
        Every model of models.csv.
    spellings : dict
        A publisher's version or name to the model it is, from the tables kept by hand in `build/`.
    unlisted : frozenset of str
        What publishers list and we do not: other things than released language models, and merged names.
    countries : dict
        The letters (`letters_of`) of a publisher's spelling of a country to ours.
    developers : dict
        A publisher's spelling of a developer, in small letters, to ours.
    families : dict
        What the names of a family begin with, to the family.
    facts : dict
        What build/models.csv tells of a model, by the columns of models.csv.
    named : dict
        A publisher's name to the one of ours, also for a model that is not listed yet.
    """

    listed: frozenset[str]
    spellings: Mapping[str, str]
    unlisted: frozenset[str] = frozenset()
    countries: Mapping[str, str] = field(default_factory=dict)
    developers: Mapping[str, str] = field(default_factory=dict)
    families: Mapping[str, str] = field(default_factory=dict)
    facts: Mapping[str, dict[str, str]] = field(default_factory=dict)
    named: Mapping[str, str] = field(default_factory=dict)

    def model(self, *spellings: str) -> str | None:
        """The first listed model that one of these spellings stands for, or None; case and punctuation do not count."""
        for spelling in spellings:
            followed = (self._follow_spellings(way) for way in (spelling, without_effort(spelling)))
            for candidate in (*followed, plain_name(spelling)):
                if candidate in self.listed:
                    return candidate
        return next((found for spelling in spellings if (found := self._by_letters(spelling))), None)

    def new(self, spelling: str) -> str:
        """Under which name a model that is not listed yet will be: the one told by hand, else the publisher's."""
        return self.named.get(spelling.strip(), plain_name(spelling))

    def model_spelt_freely(self, *spellings: str) -> str | None:
        """The same for publishers that hang words on a name, such as an effort: a name that fits whole comes first."""
        found = self.model(*spellings)
        if found:
            return found
        for spelling in map(plain_name, spellings):
            shorter = _HOST.sub("", spelling)
            if found := self.model(shorter):
                return found
            while (shorter := _EXTRAS.sub("", shorter)) != spelling:
                spelling = shorter
                if found := self.model(spelling):
                    return found
        return None

    def look_alike(self, spelling: str) -> str | None:
        """A listed model that differs by words only that may or may not make another model, for a person to judge."""
        spelling = _HOST.sub("", plain_name(spelling))
        while True:
            shorter = _EXTRAS.sub("", _LOOSER.sub("", spelling))
            if shorter == spelling:
                return None
            spelling = shorter
            if found := self.model(spelling):
                return found

    def closest(self, spelling: str) -> str | None:
        """A listed model whose name looks like this one, for a person to judge."""
        return closest(plain_name(spelling), self.listed, cutoff=0.75)

    def country(self, publishers: str) -> str:
        """Our name of a country; "unknown" for none, for several together and for one we do not know."""
        found = {self.countries.get(letters_of(each), "unknown") for each in re.split("[,;/]", publishers)}
        return found.pop() if len(found) == 1 else "unknown"

    def developer(self, publishers: str) -> str:
        """Our name of a developer; "unknown" for a blank."""
        name = publishers.strip()
        return self.developers.get(name.casefold(), name) or "unknown"

    def family(self, model: str) -> str:
        """The family that the longest known beginning of a name tells; "" when none does."""
        fits = [prefix for prefix in self.families if model.startswith(prefix)]
        return self.families[max(fits, key=len)] if fits else ""

    def _follow_spellings(self, spelling: str) -> str | None:
        """The model at the end of a chain of known spellings: a version leads to a name, a merged name to a model."""
        model = self.spellings.get(spelling.strip()) or self.spellings.get(plain_name(spelling))
        for _ in range(5):
            if model is None or model in self.listed or model not in self.spellings:
                break
            model = self.spellings[model]
        return model

    def _by_letters(self, spelling: str) -> str | None:
        found = self._letters.get(letters_of(spelling), set())
        return next(iter(found)) if len(found) == 1 else None

    @cached_property
    def _letters(self) -> dict[str, set[str]]:
        """The models that a spelling without case and punctuation can mean."""
        plain: dict[str, set[str]] = {}
        for model in self.listed:
            plain.setdefault(letters_of(model), set()).add(model)
        for spelling in self.spellings:
            model = self._follow_spellings(spelling)
            if model in self.listed:
                for way in (spelling, without_effort(spelling)):
                    plain.setdefault(letters_of(way), {model})
        return plain


def known_names(
    folder: Path, models: Iterable[str], versions: pd.DataFrame | None = None, makers: Iterable[str] = ()
) -> Names:
    """The names of a data folder: its models, and its `build/` tables or else the project's own.

    `versions` are the known versions when some were learnt that are not written yet, `makers` the developers listed.
    """
    tables = {name: handmade_table(folder, name) for name in ("known_versions", "models_named", "merged_names")}
    if versions is not None and len(versions):
        tables["known_versions"] = versions
    spellings: dict[str, str] = {}
    for table in tables.values():
        for spelling, model in table.itertuples(index=False, name=None):
            spellings.setdefault(spelling, model)
    countries = handmade_table(folder, "countries")
    return Names(
        listed=frozenset(models),
        spellings=spellings,
        unlisted=frozenset(handmade_table(folder, "unlisted")["model"]),
        countries={letters_of(code): name for code, name in countries.itertuples(index=False)},
        developers={ours.casefold(): ours for ours in makers}
        | {name.casefold(): ours for name, ours in handmade_table(folder, "developers").itertuples(index=False)},
        families=dict(handmade_table(folder, "families").itertuples(index=False)),
        named=dict(tables["models_named"].itertuples(index=False)),
        facts={
            row["model"]: {column: value for column, value in row.items() if value}
            for row in handmade_table(folder, "models").rename(columns={"source_url": "source"}).to_dict("records")
        },
    )


def handmade_table(folder: Path, name: str) -> pd.DataFrame:
    """A table of facts kept by hand in `build/`, as text; no rows when neither folder has it.

    Raises
    ------
    GaplabError
        The table cannot be read or lacks a column.
    """
    columns = _HAND[name]
    path = next((p for p in (handmade_path(folder, name), PROJECT_DATA / "build" / f"{name}.csv") if p.is_file()), None)
    if path is None:
        return pd.DataFrame(columns=columns, dtype=str)
    try:
        with path.open(newline="", encoding="utf-8") as text:
            rows = list(csv.DictReader(text, strict=True))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise GaplabError(f"{path}: cannot be read ({error}); expected CSV in UTF-8: restore it") from None
    missing = [column for column in columns if rows and rows[0].get(column) is None]
    if missing:
        raise GaplabError(f"{path}: no column {', '.join(missing)}; expected {', '.join(columns)}: restore it")
    table = pd.DataFrame([[row[column] or "" for column in columns] for row in rows], columns=columns, dtype=str)
    control = [
        f"{path} row {row + 2}: column {column} holds a control character ({quoted(cell)}); expected plain text"
        for column in columns
        for row, cell in table[column].items()
        if not cell.replace("\n", " ").isprintable()
    ]
    if control:
        raise GaplabError(*control)
    return table


def handmade_path(folder: Path, name: str) -> Path:
    """Where a data folder keeps a table of `build/`."""
    return folder / "build" / f"{name}.csv"


def letters_of(name: str) -> str:
    """A name without case, punctuation and white space; months by their first three letters."""
    short = _MONTHS.sub(lambda found: found[0][:3], plain_name(name)).casefold().replace("+", "plus")
    return re.sub(r"[^0-9a-z]", "", short) or name
