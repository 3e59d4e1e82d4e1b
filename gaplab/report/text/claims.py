"""Published claims in words, and which of them concern a run."""

from __future__ import annotations

import re

import pandas as pd

from gaplab.params.groups import CLOSED_OPEN, US_CHINA
from gaplab.params.spec import Params
from gaplab.questions.claims.reading import OPEN_CLOSED
from gaplab.report.text.names import two_sides
from gaplab.report.text.numbers import upper_first

CLAIMS_HEADING = "Published by others"


def claims_in_scope(claims: pd.DataFrame, params: Params) -> pd.DataFrame:
    """The claims in months of the year before the as-of date, newest first: about the pair of the run, or near it.

    Beside China and the US stand those about open and closed weights too,
    which others often read as the same question.
    """
    pair = (params.leader, params.follower)
    if pair not in (US_CHINA, CLOSED_OPEN):
        return claims.iloc[:0]
    if pair == CLOSED_OPEN:
        claims = claims[claims["scope"] == OPEN_CLOSED]
    published, as_of = pd.to_datetime(claims["published"]), pd.Timestamp(params.as_of)
    recent = published.between(as_of - pd.DateOffset(years=1), as_of)
    if params.domain != "all":
        recent &= claims["domain"] == params.domain
    in_months = (claims["unit"] == "months") & claims[["low", "central", "high"]].notna().any(axis=1)
    order = {"by": ["published", "claim_id"], "ascending": [False, True]}
    return claims[recent & in_months].assign(published=published).sort_values(**order)


def no_claims_sentence(params: Params) -> str:
    """What stands in the place of claims about a pair that nobody wrote of in months."""
    return f"No claim about these {two_sides(params)} had been published by the as-of date."


def is_disputed(claim: pd.Series) -> bool:
    """Whether it is one of the numbers the brief sets side by side."""
    return bool(pd.notna(claim["featured"]))


def claim_label(claim: pd.Series) -> tuple[str, str]:
    """Who said it first, and when and of what: (NIST CAISI, May 2026), (Epoch AI, May 2026, open models)."""
    who = re.split(r" via | in | / ", claim["who"])[0]
    of_open = ", open models" if claim["scope"] == OPEN_CLOSED else ""
    domain = "" if claim["domain"] in ("general", "unknown") else f", {claim['domain']}"
    return upper_first(who), f"{pd.Timestamp(claim['published']):%b %Y}{of_open}{domain}"


def claimed_months(claim: pd.Series) -> str:
    """What was claimed: about 8 months, 9 to 12 months, at least 8 months."""
    return {
        "interval": f"{claim['low']:g} to {claim['high']:g} months",
        "at_least": f"at least {claim['low']:g} months",
        "at_most": f"at most {claim['high']:g} months",
    }.get(claim["form"], f"about {claim['central']:g} months")
