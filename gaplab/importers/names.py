"""Which of our models a publisher's version, effort variant or display name is."""

from __future__ import annotations

import csv
import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from gaplab.errors import GaplabError
from gaplab.places import PROJECT_DATA

_EFFORT = re.compile(r"_(minimal|low|medium|high|xhigh|max|none|unknown|thinking|pre-release|promax|\d+[kK])$")
_HAND = {
    "known_versions": ["version", "model"],
    "models_named": ["name", "model"],
    "merged_names": ["name", "model"],
    "unlisted": ["model"],
    "countries": ["code", "country"],
    "matrix_sources": ["matches", "source", "publisher", "source_class", "evaluator", "harness", "url", "published"],
    "raw_files": ["benchmark", "zip_file", "zip_column", "scale", "zip_error", "zip_error_scale"],
    "benchmarks": ["benchmark", "rescaled"],
}


def tidy(name: str) -> str:
    """A display name in plain hyphens and without stray white space."""
    return re.sub(r"[\u2010-\u2015]", "-", name).strip()


def effort(version: str) -> str:
    """The reasoning effort in a version's suffix; "default" when it has none."""
    found = _EFFORT.search(version)
    if not found:
        return "default"
    return found.group(1).upper() if found.group(1)[0].isdigit() else found.group(1)


def base(version: str) -> str:
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
        A publisher's spelling of a country to ours.
    """

    listed: frozenset[str]
    spellings: Mapping[str, str]
    unlisted: frozenset[str] = frozenset()
    countries: Mapping[str, str] = field(default_factory=dict)

    def model(self, *spellings: str) -> str | None:
        """The first listed model that one of these spellings stands for, or None."""
        for spelling in spellings:
            for candidate in (self._told(spelling), self._told(base(spelling)), tidy(spelling)):
                if candidate in self.listed:
                    return candidate
        return None

    def model_spelt_freely(self, *spellings: str) -> str | None:
        """The same for publishers that write names in their own way: punctuation and case do not count."""
        found = self.model(*spellings)
        if found:
            return found
        plain: dict[str, set[str]] = {}
        for model in self.listed:
            plain.setdefault(_letters(model), set()).add(model)
        for spelling in spellings:
            matches = plain.get(_letters(spelling), set())
            if len(matches) == 1:
                return next(iter(matches))
        return None

    def closest(self, spelling: str) -> str | None:
        """A listed model whose name looks like this one, for a person to judge."""
        close = difflib.get_close_matches(tidy(spelling)[:200], self.listed, n=1, cutoff=0.75)
        return close[0] if close else None

    def country(self, publishers: str) -> str:
        """Our name of a country; "unknown" for none, for several together and for one we do not know."""
        return self.countries.get(publishers.strip(), "unknown")

    def _told(self, spelling: str) -> str | None:
        return self.spellings.get(spelling.strip()) or self.spellings.get(tidy(spelling))


def known(folder: Path, models: Iterable[str]) -> Names:
    """The names of a data folder: its models, and its `build/` tables or else the project's own."""
    tables = {name: by_hand(folder, name) for name in ("known_versions", "models_named", "merged_names")}
    spellings: dict[str, str] = {}
    for table in tables.values():
        for spelling, model in table.itertuples(index=False, name=None):
            spellings.setdefault(spelling, model)
    countries = by_hand(folder, "countries")
    return Names(
        listed=frozenset(models),
        spellings=spellings,
        unlisted=frozenset(by_hand(folder, "unlisted")["model"]),
        countries=dict(zip(countries["code"], countries["country"], strict=True)),
    )


def by_hand(folder: Path, name: str) -> pd.DataFrame:
    """A table of facts kept by hand in `build/`, as text; no rows when neither folder has it.

    Raises
    ------
    GaplabError
        The table cannot be read or lacks a column.
    """
    columns = _HAND[name]
    path = next((p for p in (path_by_hand(folder, name), PROJECT_DATA / "build" / f"{name}.csv") if p.is_file()), None)
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
    return pd.DataFrame([[row[column] or "" for column in columns] for row in rows], columns=columns, dtype=str)


def path_by_hand(folder: Path, name: str) -> Path:
    """Where a data folder keeps a table of `build/`."""
    return folder / "build" / f"{name}.csv"


def _letters(name: str) -> str:
    return re.sub(r"[^0-9a-z]", "", tidy(name).casefold().replace("+", "plus")) or name
