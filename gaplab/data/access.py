"""Which models count in a run, and on which date, by scope and clock."""

from __future__ import annotations

import pandas as pd

from gaplab.data.tables import Tables
from gaplab.errors import GaplabError
from gaplab.params.fields import Clock, Scope

SCOPE_STATES = {
    "public": ("public",),
    "trusted": ("public", "trusted"),
    "internal": ("public", "trusted", "internal"),
}


def eligible(tables: Tables, *, scope: Scope, clock: Clock, leader: str) -> pd.DataFrame:
    """Date of every model that counts, by the clock.

    `scope` admits the leader's models; the models of other countries count
    when public. What counts is the access a model had had by the as-of date: a
    frontier is the best that was reached, so a model that was withdrawn (state
    suspended) or retired since still counts. A model the scope admits without a date by the clock takes
    the next best one: `release` is the first public date, else the first
    trusted, else the first internal one.

    Parameters
    ----------
    tables : Tables
        What `load` returned.
    scope : {"public", "trusted", "internal"}
        Least access a leader model must have by the as-of date.
    clock : {"release", "first_access", "first_internal"}
        first_access is the first day outside the developer (trusted or
        public); first_internal the first day of any state.
    leader : str
        Label of the group in front: a country of models.csv, or a rule (`data.groups`).

    Returns
    -------
    DataFrame
        Index model; columns developer, country, date. Sorted by date, then
        model. Models of unknown country, and those whose date is after the
        as-of date, are left out.

    Raises
    ------
    GaplabError
        When no model of the leader is left.
    """
    first = tables.access.pivot_table(index="model", columns="state", values="from", aggfunc="min")
    first = first.reindex(columns=["public", "trusted", "internal"]).astype("datetime64[ns]")
    first = first.where(first <= pd.Timestamp(tables.as_of))
    models = tables.models.set_index("model")[["developer", "country"]].join(first)
    models = models[models["country"] != "unknown"]
    ahead = models["country"] == leader
    admitted = models["public"].notna() | (ahead & models[list(SCOPE_STATES[scope])].notna().any(axis=1))
    models = models[admitted]
    if not (models["country"] == leader).any():
        known = ", ".join(sorted(set(tables.models["country"]) - {"unknown"}))
        raise GaplabError(f"leader: no model of {leader!r} by {tables.as_of}; expected one of {known}")
    models["date"] = _by_clock(models, clock)
    models = models[models["date"].notna()]
    return models[["developer", "country", "date"]].sort_values(["date", "model"])


def _by_clock(models: pd.DataFrame, clock: Clock) -> pd.Series:
    if clock == "first_internal":
        return models[["public", "trusted", "internal"]].min(axis=1)
    if clock == "first_access":
        return models[["public", "trusted"]].min(axis=1).fillna(models["internal"])
    return models["public"].fillna(models["trusted"]).fillna(models["internal"])
