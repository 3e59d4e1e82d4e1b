"""Validated tables together with the as-of date and the knowledge that they were filtered to."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import pandas as pd

from gaplab.once import Once


@dataclass(frozen=True)
class Tables(Once):
    """Validated tables, filtered to what `as_of` and `knowledge` allow.

    `access` has at least one row for every model with a date: the public row
    is derived from the release date where access.csv says nothing else.

    Attributes
    ----------
    models, access, benchmarks, scores, index_vintages, links, claims, sources : DataFrame
        As documented in data/README.md; dates are timestamps.
    as_of : date
        Nothing that happened later is in the tables.
    knowledge : str
        "hindsight" or "real_time".
    hash : str
        SHA-256 of the content of all tables on disk, before filtering.
    vintage : str
        Newest `first_seen` among the scores kept, in ISO form.
    complete : date
        Scores, releases and access are complete up to this day; of later days nothing newer is known.
    """

    models: pd.DataFrame
    access: pd.DataFrame
    benchmarks: pd.DataFrame
    scores: pd.DataFrame
    index_vintages: pd.DataFrame
    links: pd.DataFrame
    claims: pd.DataFrame
    sources: pd.DataFrame
    as_of: date
    knowledge: str
    hash: str
    vintage: str
    complete: date

    @cached_property
    def digests(self) -> dict[str, str]:
        """Hash of each table that a fit may rest on, without the column that says only what a page shows."""
        fitted = ("models", "access", "benchmarks", "scores", "links", "index_vintages")
        frames = {name: getattr(self, name).drop(columns="featured", errors="ignore") for name in fitted}
        return {name: hashlib.sha256(frame.to_csv(index=False).encode()).hexdigest() for name, frame in frames.items()}
