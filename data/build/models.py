"""models.csv: who made each model, where, and when anyone could first use it."""

from __future__ import annotations

import pandas as pd
from names import GROUPS, MATRIX, VERSIONS, hand, table

from gaplab.importers.names import base, tidy

COLUMNS = [
    "model", "developer", "country", "family", "parent", "weights", "release_date", "date_precision", "source", "note",
]  # fmt: skip


def models(scores: pd.DataFrame, version_to_model: dict[str, str]) -> pd.DataFrame:
    """Every scored model and every released one that has no score yet."""
    groups = table(GROUPS).assign(model=lambda rows: rows["model"].map(tidy)).drop_duplicates("model")
    groups = groups.set_index("model")
    unlisted = set(hand("unlisted")["model"])
    released = [name for name in groups.index if name not in unlisted]
    by_hand = hand("models").set_index("model")
    listed = sorted(set(scores["model"]) | set(released) | set(by_hand.index))

    dates = version_dates(version_to_model)
    facts = table(VERSIONS).assign(
        model=lambda rows: rows["model_version"].map(lambda v: version_to_model.get(v) or version_to_model.get(base(v)))
    )
    facts = facts[facts["organization"] != ""].drop_duplicates("model").set_index("model")
    country = dict(zip(*(hand("countries")[c] for c in ("code", "country")), strict=True))

    rows = []
    for model in listed:
        known = facts.loc[model] if model in facts.index else None
        filled = by_hand.loc[model] if model in by_hand.index else None

        def fact(column, upstream, filled=filled, known=known):
            if filled is not None and filled[column]:
                return filled[column]
            return known[upstream] if known is not None else ""

        own_date = filled["release_date"] if filled is not None else ""
        unreleased = model in NEVER_PUBLIC
        release = "" if unreleased else own_date or dates.get(model, "")
        rows.append({
            "model": model,
            "developer": fact("developer", "organization"),
            "country": filled["country"] if filled is not None and filled["country"]
            else country.get(known["country_iso2"], "unknown") if known is not None else "unknown",
            "family": family(model),
            "parent": filled["parent"] if filled is not None else "",
            "weights": fact("weights", "weights") or "unknown",
            "release_date": release,
            "date_precision": "day" if release else "unknown",
            "source": filled["source_url"] if filled is not None else "https://epoch.ai/data/benchmark_data.zip",
            "note": filled["note"] if filled is not None else "",
        })  # fmt: skip
    return pd.DataFrame(rows, columns=COLUMNS)


NEVER_PUBLIC = {"Claude Mythos Preview", "Llama 2-34B", "Nemotron-4 15B"}


def version_dates(version_to_model: dict[str, str]) -> dict[str, str]:
    """Release date of each model: the earliest of its dated versions.

    The matrix is only asked where no version list knows the model: it re-dates
    models to the announcement of their family (o3, GPT-4o).
    """
    versions = table(VERSIONS)
    versions["model"] = [version_to_model.get(v) or version_to_model.get(base(v)) for v in versions["model_version"]]
    found = versions[versions["release_date"] != ""].groupby("model")["release_date"].min().to_dict()
    for model, day in table(GROUPS)[["model", "first_release_date"]].itertuples(index=False):
        if day:
            found.setdefault(tidy(model), day)
    for model, day in table(MATRIX)[["model", "date"]].itertuples(index=False):
        found.setdefault(tidy(model), day)
    return found


def family(model: str) -> str:
    """The family a name begins with; "" when the table of families has none."""
    prefixes = hand("families")
    fits = [(len(p), f) for p, f in zip(prefixes["prefix"], prefixes["family"], strict=True) if model.startswith(p)]
    return max(fits)[1] if fits else ""
