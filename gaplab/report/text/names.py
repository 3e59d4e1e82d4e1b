"""Names in words: countries, frontiers, dates, scopes and scenarios."""

from __future__ import annotations

from datetime import date

import pandas as pd

from gaplab.params.spec import Params
from gaplab.report.text.numbers import upper_first

SCOPE_NAMES = {
    "public": "public models only",
    "trusted": "restricted models too",
    "internal": "internal models too",
    "open_closed": "open models against closed ones",
}


def what_counts(params: Params) -> str:
    """What a run counts: public models only; public models only, cyber only."""
    return SCOPE_NAMES[params.scope] + ("" if params.domain == "all" else f", {params.domain} only")


_WITH_ARTICLE = {"US", "UK", "EU", "UAE", "United States", "United Kingdom", "Netherlands", "Philippines"}


def country_name(country: str) -> str:
    """The country as it stands inside a sentence: the US, China."""
    return f"the {country}" if country in _WITH_ARTICLE else country


def frontier_name(country: str) -> str:
    """The country's frontier by name: the US frontier, China's frontier."""
    return f"the {country} frontier" if country in _WITH_ARTICLE else f"{country}'s frontier"


def long_date(when: date | pd.Timestamp | str) -> str:
    """A date as 30 June 2026."""
    when = pd.Timestamp(when)
    return f"{when.day} {when:%B %Y}"


def month_year(when: date | pd.Timestamp | str) -> str:
    """A date to come as June 2027: no forecast knows the day."""
    return f"{pd.Timestamp(when):%B %Y}"


def scenario_label(name: str) -> str:
    """The name of a scenario's file as a label: us_pause becomes US pause."""
    return upper_first(name.replace("_", " ")).replace("Us ", "US ").replace("chinese", "Chinese")
