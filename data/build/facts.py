"""claims.csv: published statements of the gap, in our columns."""

from __future__ import annotations

import pandas as pd
from names import UPSTREAM, hand, table

COLUMNS = [
    "claim_id", "who", "published", "as_of", "form", "low", "central", "high", "unit", "scope", "domain",
    "functional", "independence_group", "kind", "source_url", "note",
]  # fmt: skip


def claims() -> pd.DataFrame:
    """The published claims, with what each can be said to measure.

    Our own midpoints of a stated range are not the claim's: they are dropped.
    What a claim's number means (domain, functional, independence group) is
    told by hand in claims.csv beside this script, unknown where its source
    does not say.
    """
    held = table(UPSTREAM / "gap_claims" / "gap_claims.csv").set_index("claim_id")
    told = hand("claims").set_index("claim_id")
    if set(held.index) != set(told.index):
        raise SystemExit(f"claims.csv must have the same claims: {sorted(set(held.index) ^ set(told.index))}")
    told = told.loc[held.index]
    central = held["central_months"].where(~held["central_origin"].str.startswith("midpoint"), "")
    return pd.DataFrame({
        "who": held["publisher"],
        "published": held["date_published"],
        "as_of": held["as_of_date"],
        "form": told["form"],
        "low": held["low_months"],
        "central": central,
        "high": held["high_months"],
        "unit": "months",
        "scope": told["scope"],
        "domain": told["domain"],
        "functional": told["functional"],
        "independence_group": told["independence_group"],
        "kind": held["kind"].str.replace(" ", "_"),
        "source_url": held["url"],
        "note": told["note"],
    }).reset_index()[COLUMNS]  # fmt: skip
