"""Section: every definition of the gap in a table."""

from __future__ import annotations

import numpy as np
import pandas as pd

from gaplab import gap
from gaplab.params.spec import Params
from gaplab.posterior import Posterior
from gaplab.report.page.part import Part, Shown, heading_part, table_part
from gaplab.report.sections.run_results import RunResults
from gaplab.report.text.definitions import definition_label, definition_meaning, subject_heading
from gaplab.report.text.names import what_counts
from gaplab.report.text.numbers import format_probability
from gaplab.report.text.phrases import estimate_of_row
from gaplab.results.columns import percent_label


def definitions_part(table: pd.DataFrame, posterior: Posterior) -> Part:
    """Every definition: its sentence, the country's number and the newest record model's."""
    params = posterior.params
    rows = readable_definitions(table, gap.newest_record(posterior), params)
    caption = f"Middle estimate and, in brackets, {percent_label(params.prob)}% interval; {what_counts(params)}"
    return table_part(rows, caption=caption, name="definitions-table")


def definitions_table_section(results: RunResults) -> Shown:
    """Every definition in a table."""
    heading = heading_part("Every definition, in words and numbers")
    return [heading, definitions_part(results.table, results.posterior)]


def readable_definitions(table: pd.DataFrame, model: str, params: Params) -> pd.DataFrame:
    """One row per definition and unit: its sentence, the country's number and the newest record model's."""
    chosen = table[table["subject"].isin([params.follower, model])].drop_duplicates(["definition", "unit", "subject"])
    chosen = chosen.assign(figures=[_figures_and_match(row, params) for _, row in chosen.iterrows()])
    keys = list(chosen[["definition", "unit"]].drop_duplicates().itertuples(index=False, name=None))
    wide = chosen.pivot(index=["definition", "unit"], columns="subject", values="figures").loc[keys]
    columns = {
        "Definition": [definition_label(*key, params) for key in keys],
        "What it is": [definition_meaning(*key, params) for key in keys],
    }
    first, same = ("released_lag", "months"), ("model_lag", "months")
    if {first, same} <= set(wide.index) and wide.at[same, params.follower] == wide.at[first, params.follower]:
        wide.at[same, params.follower] = "as best released model to frontier"
    columns |= {subject_heading(name, params): wide[name].to_numpy() for name in (params.follower, model)}
    return pd.DataFrame(columns)


def _figures_and_match(row: pd.Series, params: Params) -> str:
    text = estimate_of_row(row, params.prob)
    if not isinstance(row["first_match"], str):
        return text
    share = f", probability {format_probability(row['p_first_match'])}" if np.isfinite(row["p_first_match"]) else ""
    return f"{text}; {row['first_match']}{share}"
