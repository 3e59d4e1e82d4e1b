"""Sections in a table: every definition of the gap, and every notable model of both sides."""

from __future__ import annotations

import numpy as np
import pandas as pd

from gaplab import gap
from gaplab.params.spec import Params
from gaplab.posterior import Posterior
from gaplab.report.page.part import Part, Shown, heading_part, join_parts, table_part
from gaplab.report.sections.run_results import RunResults
from gaplab.report.text.definitions import definition_label, definition_meaning, subject_heading
from gaplab.report.text.finding import Finding
from gaplab.report.text.names import country_name, its_model, long_date, models_of, short_name, what_counts
from gaplab.report.text.numbers import (
    format_estimate,
    format_number,
    format_probability,
    format_short_probability,
    upper_first,
)
from gaplab.report.text.phrases import estimate_of_row, scale_in_words
from gaplab.results.columns import percent_label
from gaplab.results.standings import standings_table


def definitions_part(table: pd.DataFrame, posterior: Posterior) -> Part:
    """Every definition: its sentence, the country's number and the newest record model's."""
    params = posterior.params
    rows = readable_definitions(table, gap.newest_record(posterior), params)
    caption = f"Middle estimate and, in brackets, {percent_label(params.prob)}% interval; {what_counts(params)}"
    return table_part(rows, caption=caption, name="definitions-table", fold="Every definition")


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


def models_section(results: RunResults) -> Shown:
    """Notable models of both sides by level, and a file with all of them."""
    params = results.params
    table = standings_table(results.posterior, results.history)
    notable = table[table["notable"]]
    caption = (
        "The newest record models of each side and those often named, the most able first; "
        f"{percent_label(params.prob)}% interval in brackets; {scale_in_words(results.history.unit)}. Only "
        f"{models_of(params.follower)} have months behind and a first model as able; for others these cells are empty"
    )
    rows = table_part(
        readable_standings(notable, params), caption=caption, name="models-table",
        file=(f"All {len(table)} models (CSV)", table.drop(columns="notable")),
    )  # fmt: skip
    return [join_parts(heading_part("Which model stands where?"), standings_finding(table, params), rows)]


def standings_finding(table: pd.DataFrame, params: Params) -> Finding:
    """How many models of the leader stand above the follower's best, from a `standings_table`."""
    ours, theirs = (table[table["country"] == side] for side in (params.follower, params.leader))
    best = ours.iloc[0]
    above = theirs[theirs["level"] > best["level"]].sort_values("date")
    lead = (
        f"The most able {models_of(params.follower, 'model')} is {best['model']}, at {format_number(best['level'])} "
        f"{best['unit']} by its middle estimate."
    )
    if above.empty:
        return Finding(ours, f"{lead} No {its_model(params.leader)} stands higher.")
    first = above.iloc[0]
    higher = (
        f"One {its_model(params.leader)} stands higher: {first['model']}, which came out on {long_date(first['date'])}."
        if len(above) == 1
        else f"{len(above)} {models_of(params.leader)} stand higher; the first of them, {first['model']}, came out on "
        f"{long_date(first['date'])}."
    )
    return Finding(pd.concat([ours, above]).assign(higher=len(above)), f"{lead} {higher}")


def readable_standings(table: pd.DataFrame, params: Params) -> pd.DataFrame:
    """Rows of a `standings_table` as a reader wants them; what only the follower's models have is left empty."""
    ours = table["country"] == params.follower
    rows = [row for _, row in table.iterrows()]
    return pd.DataFrame({
        "Model": table["model"],
        "From": [short_name(side) for side in table["country"]],
        "Came out": [long_date(day) for day in table["date"]],
        upper_first(table["unit"].iloc[0]): [
            format_estimate(row["level"], row["level_lower"], row["level_upper"]) for row in rows
        ],
        f"Months behind {country_name(params.leader)} when it came out": [
            _lag(row) if mine else "" for row, mine in zip(rows, ours, strict=True)
        ],
        f"First {its_model(params.leader)} as able, with probability": [
            _match(row) if mine else "" for row, mine in zip(rows, ours, strict=True)
        ],
        "Scores": table["n_scores"],
    })  # fmt: skip


def _lag(row: pd.Series) -> str:
    """Months behind, or at least so many."""
    months = format_estimate(row["months"], row["months_lower"], row["months_upper"])
    return f"≥ {months}" if row["p_censored"] > 0.5 else months


def _match(row: pd.Series) -> str:
    """The first match and its probability."""
    if not isinstance(row["first_match"], str):
        return "none yet"
    return f"{row['first_match']}, {format_short_probability(row['p_first_match'])}"
