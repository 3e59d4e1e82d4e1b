"""Origins of a back-test: past days, the vintages known on them, and the run that is fitted at each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

import pandas as pd

from gaplab.errors import GaplabError
from gaplab.fit import runs
from gaplab.fit.fit import fit
from gaplab.gap.arrays import MONTH_NS
from gaplab.models.scales import full_vintages as full_vintages_of_scales
from gaplab.outlook.history import COMPONENTS
from gaplab.params.spec import Params
from gaplab.posterior import Posterior
from gaplab.validation import baselines

Kind = Literal["real", "pseudo"]
HORIZONS = (3, 6, 12)
TARGETS = ("frontier_lag", "released_lag", "match_best", "match_earlier", "next_record")
STACKED = (*COMPONENTS, *baselines.NAMES, *baselines.LEVELS)
"""What the stack by CRPS is made of: no forecaster is left out of it."""
FORECASTERS = ("stack", "stack_learned", "stack_crps", "simple_chosen", *STACKED)
FIRST = pd.Timestamp("2024-07-01")
EARLIER_MONTHS = 6.0
THRESHOLD = 12.0
"""Months of lag whose probability is scored (Brier)."""
KEPT = 200
RULER = {"real": "epoch_eci", "pseudo": "ability"}
KNOWLEDGE = {"real": "real_time", "pseudo": "hindsight"}


def last_day(params: Params, kind: Kind) -> pd.Timestamp:
    """The day from which outcomes are read: the last full vintage of the index, or the run's as-of date.

    Parameters
    ----------
    kind : {"real", "pseudo"}
    """
    return full_vintages(params)[-1] if kind == "real" else pd.Timestamp(params.as_of)


def origins(params: Params, kind: Kind, *, first: pd.Timestamp = FIRST, horizons: Sequence[int] = HORIZONS) -> list:
    """The days on which forecasts are made: all with at least the shortest horizon before the last day.

    Parameters
    ----------
    params : Params
        `as_of` is the last day of the pseudo-vintages, which go back from it month by month.
    kind : {"real", "pseudo"}
    first : Timestamp
        Of the pseudo-vintages.

    Returns
    -------
    list of Timestamp
        In order.
    """
    last = last_day(params, kind)
    if kind == "real":
        days = full_vintages(params)
    else:
        count = int((last - first) / MONTH_NS)
        days = [months_later(last, -back) for back in range(count, -1, -1)]
    return [day for day in days if months_later(day, min(horizons)) <= last]


def recent_day(params: Params) -> pd.Timestamp:
    """The first day of a quick run, which has two origins."""
    return months_later(pd.Timestamp(params.as_of), -4.1)


def present_readings(params: Params) -> tuple[dict[str, Posterior], Posterior]:
    """What is known today: the run's posteriors by scope, and that of the last full vintage of the index.

    Returns
    -------
    dict of Posterior, Posterior
    """
    scopes = {scope: fit_run(replace(params, scope=scope)) for scope in ("public", "trusted", "internal")}
    return scopes, fit_run(origin_run(params, "real", last_day(params, "real")))


def full_vintages(params: Params) -> list[pd.Timestamp]:
    """Days of the index's full vintages; an update of a few models does not count."""
    everything = runs.tables_of(replace(params, knowledge="hindsight")).index_vintages
    rows = everything[everything["index"] == RULER["real"]]
    if rows.empty:
        raise GaplabError(f"index_vintages.csv: no vintage of {RULER['real']}; expected some")
    return list(full_vintages_of_scales(rows))


def months_later(day: pd.Timestamp, months: float) -> pd.Timestamp:
    """The day so many months after (before, where negative) another."""
    return (day + months * MONTH_NS).round("D")


def origin_run(params: Params, kind: Kind, day: pd.Timestamp) -> Params:
    return replace(params, as_of=day.date(), knowledge=KNOWLEDGE[kind], ruler=RULER[kind], horizon_months=24)


def fit_run(params: Params) -> Posterior:
    return fit(runs.tables_of(params), params)
