"""The tables as a Data Package: their schema in the words that other programs read."""

from __future__ import annotations

from typing import Any

from gaplab.data.contract import KEYS, REFERENCES, TABLES, Column
from gaplab.params import complete

_TYPES = {"text": "string", "url": "string", "date": "date", "number": "number", "count": "integer"}
LICENCE = {
    "name": "CC-BY-4.0",
    "title": "Creative Commons Attribution 4.0; credit Epoch AI. Facts of other sources: the licence in sources.csv",
    "path": "https://creativecommons.org/licenses/by/4.0/",
}


def data_package(version: str) -> dict[str, Any]:
    """The description of the folder of tables, datapackage.json, made from the contract of the tables.

    Parameters
    ----------
    version : str
        Of the content: the hash of the tables.

    Returns
    -------
    dict

    References
    ----------
    Frictionless Data: Tabular Data Package. https://specs.frictionlessdata.io/tabular-data-package/
    """
    days = {"part": Column(), "to": Column("date"), "note": Column(blank=True, longest=2000)}
    described = [_resource(name, columns) for name, columns in (TABLES | {complete.NAME: days}).items()]
    return {
        "profile": "tabular-data-package",
        "name": "gaplab",
        "title": "Published facts about language models: releases, access, scores, indices and claims",
        "version": version,
        "licenses": [LICENCE],
        "resources": described,
    }


def _resource(name: str, columns: dict[str, Column]) -> dict[str, Any]:
    keys = [
        {"fields": [column], "reference": {"resource": "" if other == name else other, "fields": KEYS[other]}}
        for (table, column), other in REFERENCES.items()
        if table == name
    ]
    schema = {
        "fields": [_field(column, rules) for column, rules in columns.items()],
        "primaryKey": KEYS.get(name, ["part"]),
        "missingValues": [""],
    }
    return {
        "profile": "tabular-data-resource",
        "name": name,
        "path": f"{name}.csv",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "schema": schema | ({"foreignKeys": keys} if keys else {}),
    }


def _field(name: str, rules: Column) -> dict[str, Any]:
    limits: dict[str, Any] = {} if rules.blank else {"required": True}
    if rules.choices:
        limits["enum"] = list(rules.choices)
    if rules.kind in ("number", "count"):
        limits |= {
            word: limit for word, limit in (("minimum", rules.low), ("maximum", rules.high)) if limit is not None
        }
    if rules.kind == "text":
        limits["maxLength"] = rules.longest
    described = {"name": name, "type": _TYPES[rules.kind]} | ({"format": "uri"} if rules.kind == "url" else {})
    return described | ({"constraints": limits} if limits else {})
