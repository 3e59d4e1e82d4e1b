"""What an import would change in the tables, shown before it is written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from gaplab.data.contract import KEYS, TABLES
from gaplab.importers.feed import Feed
from gaplab.params import complete

SHOWN = 15
# Columns kept by hand, which an import never changes.
OURS = ("source_url", "featured")


@dataclass
class Change:
    """The tables after an import, and how they differ from those before.

    Attributes
    ----------
    before, after : dict of DataFrame
        The tables as text.
    added, changed : dict of list of str
        By table, one line for each row.
    missing : list of str
        Scores that the publisher's file no longer has; they are kept.
    older : int
        Values of an older file that differ from the newer ones we have; those stay.
    unknown : list of str
        A line for each new model without a country.
    early : list of str
        A line for each model that an index knows before its first day here.
    disagreements : list of str
        A line for each fact about a listed model that the publisher has otherwise; ours stays.
    doubts : list of str
        Why the file may not be what it seems; such a change is written only when asked twice.
    versions : DataFrame
        build/known_versions.csv with the spellings learnt; empty when there are none.
    """

    folder: Path
    before: dict[str, pd.DataFrame]
    after: dict[str, pd.DataFrame]
    feeds: list[Feed] = field(default_factory=list)
    added: dict[str, list[str]] = field(default_factory=dict)
    changed: dict[str, list[str]] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)
    older: int = 0
    unknown: list[str] = field(default_factory=list)
    early: list[str] = field(default_factory=list)
    disagreements: list[str] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)
    versions: pd.DataFrame = field(default_factory=pd.DataFrame)

    @property
    def is_empty(self) -> bool:
        """Whether the tables stay as they are."""
        return not any(self.added.values()) and not any(self.changed.values())

    def lines(self, *, every: bool = False) -> Iterator[str]:
        """The change for a person, a few rows of each kind or every one."""
        most = 10**9 if every else SHOWN
        for name in (*TABLES, complete.NAME):
            added, changed = self.added.get(name, []), self.changed.get(name, [])
            if added or changed:
                yield f"{name}.csv: {len(added)} rows added, {len(changed)} changed"
                yield from _first([*(f"  ~ {line}" for line in changed)], most)
                yield from _first([*(f"  + {line}" for line in added)], most)
        if self.missing:
            yield f"scores.csv: {len(self.missing)} rows are no longer in the file and are kept; remove those withdrawn"
            yield from _first([f"  - {line}" for line in self.missing], most)
        if self.older:
            yield f"{self.older} values of older or lesser files differ from those in the tables, which stay"
        yield from _first(self.unknown, most)
        yield from _first(self.early, most)
        yield from _first(self.disagreements, most)
        yield from _first(self.held_back, most)
        yield from dict.fromkeys(note for feed in self.feeds for note in feed.notes)

    @property
    def held_back(self) -> list[str]:
        """What was not taken from the files, and what the analyst can do about it."""
        return list(dict.fromkeys(line for feed in self.feeds for line in feed.held_back))


def labelled(name: str, value: str):
    return lambda row: f"{named(name, row)}: {value} {row[value]}"


def named(name: str, row) -> str:
    return ", ".join(row[column] for column in KEYS[name])


def _first(lines: list[str], most: int) -> list[str]:
    rest = len(lines) - most
    return lines[:most] + ([f"  … and {rest} more (--all shows them)"] if rest > 0 else [])
