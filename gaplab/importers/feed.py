"""What an importer is given and what it returns: rows, the models of the file, and what it left unread."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from gaplab.errors import GaplabError, quoted
from gaplab.importers.cells import DAY_IN_NAME, access_state, day, first_few, rows, weights
from gaplab.importers.fetch import Download
from gaplab.importers.names import Names

# A revision that matters is larger than this: whole per cents were published first, more digits later.
SAME_FRACTION = 0.0051


@dataclass(frozen=True)
class Request:
    """A file that is to be read, and what is known here already.

    Attributes
    ----------
    folder : Path
        Of the data tables.
    tables : dict of DataFrame
        The tables as they are, as text.
    day : str or None
        The vintage that the user named, in ISO form.
    where : str
        Path or address as the user gave it: its folders tell sister files apart.
    """

    download: Download
    folder: Path
    tables: dict[str, pd.DataFrame]
    names: Names
    day: str | None
    where: str = ""

    @property
    def shown(self) -> str:
        """Name of the file in messages."""
        return self.download.name

    def vintage(self) -> str:
        """The day the file stood so: as the user says, else the one date in its name.

        Raises
        ------
        GaplabError
            Neither tells it. The clock is never asked: a file of last month is not of today.
        """
        if self.day:
            return self.day
        named = set(DAY_IN_NAME.findall(self.shown))
        if len(named) != 1 or day(*named, self.shown) is None:
            raise GaplabError(
                f"{self.shown}: the day it was published is not in its name; give it: --vintage YYYY-MM-DD"
            )
        return named.pop()


@dataclass(frozen=True)
class Feed:
    """Rows for our tables, as text; which of them are news is `change.merge`'s affair.

    Attributes
    ----------
    vintage : str
        The day the file stood so; index values carry their own.
    sources : DataFrame
        The sources the rows name, as in sources.csv without retrieved and sha256.
    models : DataFrame
        What the file says of its models, listed or not, as in models.csv.
    access, claims : DataFrame
        As in access.csv and claims.csv.
    complete : dict of str
        Parts of the tables that the file brings up to a day: see `gaplab.params.complete`.
    listed : bool
        Its models are listed whether they have a score or not.
    scores : DataFrame
        As in scores.csv.
    versions : DataFrame
        version, model: spellings learnt from the file.
    revises : bool
        A value of it that differs from ours is the newer one; else ours stays.
    whole : bool
        The scores are all that the publisher has of their sources and benchmarks; what is missing was dropped.
    held_back : list of str
        What was not taken, and what the analyst can do about it.
    notes : list of str
        What the user has to know, such as the licence.
    """

    vintage: str
    sources: pd.DataFrame
    models: pd.DataFrame
    access: pd.DataFrame = field(default_factory=lambda: rows("access", []))
    claims: pd.DataFrame = field(default_factory=lambda: rows("claims", []))
    complete: dict[str, str] = field(default_factory=dict)
    listed: bool = False
    index_vintages: pd.DataFrame = field(default_factory=lambda: rows("index_vintages", []))
    scores: pd.DataFrame = field(default_factory=lambda: rows("scores", []))
    versions: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=["version", "model"], dtype=str))
    whole: bool = True
    held_back: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    revises: bool = True


class ModelsMet:
    """The models that a file names, with what it says of each: one row a model."""

    def __init__(self, names: Names, source: str):
        self.names, self.source = names, source
        self.unlisted: set[str] = set()
        self.alike: dict[str, str] = {}
        self._rows: dict[str, dict[str, str]] = {}
        self._restricted: dict[str, dict[str, str]] = {}
        self._words: dict[str, set[str]] = {}

    def model(
        self,
        *spellings: str,
        name: str = "",
        developer: str = "",
        country: str = "",
        access: str = "",
        state: str = "",
        release: str = "",
        freely: bool = False,
    ) -> str:
        """The model that one of the spellings is, or under which it will be listed; "" for one that is left out.

        Parameters
        ----------
        *spellings : str
            Versions and names of the publisher.
        name : str
            Under which a new model is listed; else the last spelling.
        developer, country, access, state, release : str
            What the file says of it; `state` where it tells who can use it apart from its weights.
        freely : bool
            The publisher hangs words on names: one that may be a listed model is held back for a person to judge.
        """
        known = self.names.model_spelt_freely(*spellings) if freely else self.names.model(*spellings)
        model = known or self.names.new(name or spellings[-1])
        alike = "" if known or not freely else self.names.look_alike(model) or ""
        if alike:
            self.alike[model] = alike
            return ""
        if not model or model in self.names.unlisted:
            self.unlisted.add(model)
            return ""
        kind = access_state(state or access)
        restricted = kind in ("internal", "trusted")
        if kind == "unknown":
            self._words.setdefault(f"access {quoted(state or access)} counts as public", set()).add(model)
        row = {
            "model": model,
            "developer": self.names.developer(developer),
            "country": self.names.country(country),
            "family": self.names.family(model),
            "weights": weights(access),
            "release_date": "" if restricted else release,
            "source": self.source,
        }
        held = self._rows.setdefault(model, row)
        if country.strip() and row["country"] == "unknown" and model not in self.names.listed:
            note = f"country {quoted(country)} is not known; if it is one, add it to build/countries.csv"
            self._words.setdefault(note, set()).add(model)
        if restricted and release and release < self._restricted.get(model, {}).get("from", "9999"):
            self._restricted[model] = {"model": model, "from": release, "state": kind}
        if row["release_date"] and row["release_date"] < (held["release_date"] or "9999"):  # the first version counts
            held["release_date"] = row["release_date"]
        for column in ("developer", "country", "weights"):
            if held[column] == "unknown":
                held[column] = row[column]
        return model

    def table(self) -> pd.DataFrame:
        """The models as rows of models.csv; what build/models.csv tells of one goes before what the file says."""
        listed = [row | self.names.facts.get(row["model"], {}) for row in self._rows.values()]
        for row in listed:
            row["date_precision"] = "day" if row["release_date"] else "unknown"
        return rows("models", listed)

    def access(self) -> pd.DataFrame:
        """The models that were never released to everybody as rows of access.csv."""
        unreleased = [row for model, row in self._restricted.items() if not self._rows[model]["release_date"]]
        return rows("access", [row | {"source_url": self.source} for row in unreleased])

    def held_back(self) -> list[str]:
        """A line for each model that may be a listed one."""
        return [
            f'"{model}" is held back: it may be "{alike}"; say in build/models_named.csv which model it is, or name '
            "itself there if it is another"
            for model, alike in sorted(self.alike.items())
        ]

    def left_out(self) -> list[str]:
        """Lines about the models left out on purpose, and about words of the file that nobody here knows."""
        names = sorted(self.unlisted - {""})
        left_out = [f"{len(names)} models are left out by build/unlisted.csv: {first_few(names)}"] if names else []
        return left_out + [f"{words} ({first_few(sorted(models))})" for words, models in self._words.items()]
