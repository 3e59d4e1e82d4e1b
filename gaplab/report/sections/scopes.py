"""The gap by scope and by clock, as a table."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from gaplab.data.access import eligible
from gaplab.data.tables import Tables
from gaplab.fit.fit import fit
from gaplab.params.spec import Params, choices_of
from gaplab.posterior import Posterior
from gaplab.report.page.part import Part, table_part
from gaplab.report.text.definitions import DEFINITION_LABELS, definition_label
from gaplab.report.text.names import CLOCK_NAMES, SCOPE_NAMES, its_model
from gaplab.report.text.numbers import format_number, join_words, upper_first
from gaplab.results.columns import percent_label
from gaplab.results.evidence import scopes_table


def scopes_part(tables: Tables, params: Params) -> Part:
    """The gap by scope and clock; combinations that admit the same models on the same days share a posterior."""
    fitted: list[tuple[pd.DataFrame, Posterior]] = []
    runs = {}
    for scope in choices_of("scope"):
        # The run's own clock first: its posteriors are fitted already.
        for clock in (params.clock, *(other for other in choices_of("clock") if other != params.clock)):
            one = replace(params, scope=scope, clock=clock)
            admitted = eligible(tables, scope=scope, clock=clock, leader=params.leader)
            same = next((posterior for models, posterior in fitted if models.equals(admitted)), None)
            if same is None:
                same = fit(tables, one)
                fitted.append((admitted, same))
            runs[scope, clock] = replace(same, params=one)
    table = scopes_table(runs[scope, clock] for scope in choices_of("scope") for clock in choices_of("clock"))
    caption = (
        "The gap in months by what counts and by which date, each from its own posterior, with "
        f"{percent_label(params.prob)}% intervals; clocks that change nothing share a row"
    )
    return table_part(readable_scopes(table, params), caption=caption, name="scopes-table")


def clock_sentence(tables: Tables, params: Params) -> str:
    """What the clock of a run changes beside public release; empty where models are dated by that."""
    if params.clock == "release":
        return ""
    dates, usual = (
        eligible(tables, scope=params.scope, clock=clock, leader=params.leader)["date"]
        for clock in (params.clock, "release")
    )
    moved = dates.index[dates != usual.reindex(dates.index)]
    name = CLOCK_NAMES[params.clock]
    if moved.empty:
        return f"Dating models by {name} changes no number here: no model that counts has another date by it."
    return f"Dated by {name}, and not by public release as usual: {join_words(list(moved))}."


def readable_scopes(scopes: pd.DataFrame, params: Params) -> pd.DataFrame:
    """One row per scope, with the clocks that give the same numbers joined."""
    rows, alike = [], ["scope", "added", "definition", "median", "lower", "upper"]
    for (scope, added, definition, middle, low, high), runs in scopes.groupby(alike, sort=False, dropna=False):
        width = high - low if np.isfinite(high - low) else 1.0
        number = f"{format_number(middle, width)} ({format_number(low, width)} to {format_number(high, width)})"
        rows.append((scope, ", ".join(CLOCK_NAMES[clock] for clock in runs["clock"]), added, definition, number))
    keys = ["scope", "clocks", "added"]
    long = pd.DataFrame(rows, columns=[*keys, "definition", "number"])
    wide = long.pivot(index=keys, columns="definition", values="number")
    wide = wide.reindex(long[keys].drop_duplicates().itertuples(index=False, name=None))
    return pd.DataFrame({
        "Counted": [upper_first(SCOPE_NAMES[scope]) for scope, _, _ in wide.index],
        "Models dated by": [clocks for _, clocks, _ in wide.index],
        upper_first(f"{its_model(params.leader, 'models')} added"): [added or "–" for _, _, added in wide.index],
        DEFINITION_LABELS["frontier_lag"]: wide["frontier_lag"].to_numpy(),
        upper_first(definition_label("distance", "months_at_leader_pace", params)): wide["distance"].to_numpy(),
    })  # fmt: skip
