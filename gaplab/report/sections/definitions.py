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
    shown = readable_definitions(table, gap.newest_record(posterior), posterior.params)
    return table_part(shown, caption=_caption(posterior.params), name="definitions-table")


def definitions_table_section(story: RunResults) -> Shown:
    heading = heading_part("Every definition, in words and numbers")
    return [heading, definitions_part(story.table, story.posterior)]


def _caption(params: Params) -> str:
    """What the numbers in the table of definitions are."""
    return f"Middle estimate and, in brackets, {percent_label(params.prob)}% interval; {what_counts(params)}"


def readable_definitions(table: pd.DataFrame, model: str, params: Params) -> pd.DataFrame:
    """One row per definition and unit: its sentence, the country's number and the newest record model's."""
    chosen = table[table["subject"].isin([params.follower, model])].drop_duplicates(["definition", "unit", "subject"])
    chosen = chosen.assign(figures=[_figures_and_match(row, params) for _, row in chosen.iterrows()])
    keys = list(chosen[["definition", "unit"]].drop_duplicates().itertuples(index=False, name=None))
    wide = chosen.pivot(index=["definition", "unit"], columns="subject", values="figures").loc[keys]
    return pd.DataFrame(
        {
            "Definition": [definition_label(*key, params) for key in keys],
            "What it is": [definition_meaning(*key, params) for key in keys],
            subject_heading(params.follower, params): wide[params.follower].to_numpy(),
            subject_heading(model, params): wide[model].to_numpy(),
        }
    )


def _figures_and_match(row: pd.Series, params: Params) -> str:
    text = estimate_of_row(row, params.prob)
    if not isinstance(row["first_match"], str):
        return text
    share = f", probability {format_probability(row['p_first_match'])}" if np.isfinite(row["p_first_match"]) else ""
    return f"{text}; {row['first_match']}{share}"
