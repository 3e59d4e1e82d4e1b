"""Epoch AI's indices, as of one day or day by day."""

from __future__ import annotations

import pandas as pd

from gaplab.importers.cells import days, first_few, highest_per_key, numbers, rows, written
from gaplab.importers.epoch.columns import CYBER, DAILY, ECI, OF_MODELS, RANGE, Z90, feed_of
from gaplab.importers.feed import Feed, ModelsMet, Request


def which_index(table: pd.DataFrame, where: str) -> dict[str, str]:
    """The index that a file holds: the cyber one has the columns of the general one and one more."""
    folders = where.replace("\\", "/").lower().split("/")[:-1]
    return CYBER if "general_model_name" in table or "cyber" in folders else ECI


def index_feed(
    request: Request, table: pd.DataFrame, met: ModelsMet, shown: str, source: dict[str, str]
) -> pd.DataFrame:
    """The value of every model; variants of effort and dated versions have rows of their own: the highest stands."""
    of_models = set(OF_MODELS) <= set(table)
    value = numbers(table["eci" if of_models else "ECI Score"], shown, *RANGE)
    table = table.assign(value=value).dropna(subset="value")
    blank = pd.Series("", index=table.index)
    release = days(table.get("Release date", table.get("date", blank)), shown)
    facts = zip(
        blank if of_models else table["Model version"],
        table.get("general_model_name", table["Model" if of_models else "Model name"]),
        table.get("Organization", blank),
        table.get("Country", table.get("Country (of organization)", blank)),
        table.get("Model accessibility", blank), release, strict=True,
    )  # fmt: skip
    models = [
        met.model(
            *filter(str.strip, (version, name)),
            name=name,
            developer=developer,
            country=country,
            access=access,
            release=out,
        )
        if version.strip() or name.strip()
        else ""
        for version, name, developer, country, access, out in facts
    ]
    found = pd.DataFrame({
        "vintage": request.vintage(),
        "index": source["source"],
        "model": models,
        "value": table["value"],
        "low": numbers(table["eci_ci_low"], shown) if of_models else float("nan"),
        "high": numbers(table["eci_ci_high"], shown) if of_models else float("nan"),
        "source": source["source"],
    })  # fmt: skip
    return index_values(found, "0.9" if of_models else "")


def index_values(found: pd.DataFrame, level: str) -> pd.DataFrame:
    """Rows of an index, the highest value of each model and day."""
    found = highest_per_key(found[found["model"] != ""], ["vintage", "model"], "value")
    bounded = found["low"].notna() & found["high"].notna()
    found["level"] = bounded.map({True: level, False: ""})
    for column in ("value", "low", "high"):
        found[column] = found[column].where(bounded | (column == "value")).map(lambda value: written(value, 4))
    return rows("index_vintages", found.to_dict("records"))


def states_feed(request: Request, table: pd.DataFrame, met: ModelsMet) -> Feed:
    """A tracker's daily copies of the index: each state is a vintage of its first day, the last of a day stands.

    A day of which we hold Epoch's own file is left out: two states of one day
    must not be mixed.
    """
    shown = request.shown
    table = table.assign(day=days(table["first_seen"], shown), until=days(table["last_seen"], shown))
    last_day = max(table["until"])
    held = request.tables["index_vintages"]
    own = set(held.loc[held["source"] == ECI["source"], "vintage"])
    passed_over = sorted(set(table["day"]) & own)
    last = table.groupby("day")["repo_commit"].transform("last")
    table = table[(table["repo_commit"] == last) & ~table["day"].isin(own)].reset_index(drop=True)
    value = numbers(table["eci"], shown, *RANGE)
    half = numbers(table["eci_std"], shown) * Z90
    released = days(table["release_date"], shown)
    facts = zip(table["model"], table["organization"], table["country"], released, strict=True)
    found = pd.DataFrame({
        "vintage": table["day"],
        "index": ECI["source"],
        "model": [
            met.model(name, developer=who, country=country, release=out) for name, who, country, out in facts
        ],
        "value": value,
        "low": value - half,
        "high": value + half,
        "source": DAILY["source"],
    })  # fmt: skip
    notes = [f"{len(passed_over)} states are passed over: we hold Epoch's own file of {first_few(passed_over)}"]
    return feed_of(
        request, met, vintage=last_day, index_vintages=index_values(found, "0.9"), sources=[DAILY],
        complete={"index": last_day},
        notes=notes if passed_over else [],
    )  # fmt: skip
