"""Section: which models, tests or sources the gap rests on."""

from __future__ import annotations

import numpy as np
import pandas as pd

from gaplab.params.spec import Params
from gaplab.questions import influence as influences
from gaplab.report.page.part import Shown, heading_part, join_parts, table_part
from gaplab.report.sections.run_results import RunResults
from gaplab.report.text.definitions import DEFINITION_LABELS, definition_label, headline_label
from gaplab.report.text.finding import Finding
from gaplab.report.text.names import long_date
from gaplab.report.text.numbers import (
    format_k_hat,
    format_months,
    format_number,
    join_words,
    signed_months,
    signed_or_dash,
    upper_first,
)


def influence_section(results: RunResults) -> Shown:
    """What the gap today rests on: the record models without which it would change most."""
    params, models = results.params, results.posterior.models
    influence = influences.by_model(results.tables, params, names=models.index[models["record"]], refits=0)
    caption = (
        f"Months by which each number on {long_date(params.as_of)} would move without one model; the others keep the "
        "abilities that all scores give them"
    )
    rows = table_part(readable_influence(influence, params, rows=6), caption=caption, name="influence-table")
    return [join_parts(heading_part("What would change this"), influence_finding(influence, params), rows)]


def readable_influence(influence: pd.DataFrame, params: Params, rows: int = 10) -> pd.DataFrame:
    """The models, sources or benchmarks that move the gap most: the shift of every headline number, in months."""
    first = list(influence["left_out"].drop_duplicates())[:rows]
    listed = influence[influence["left_out"].isin(first)]
    wide = listed.pivot(index="left_out", columns="number", values="shift").reindex(first)
    made = listed.drop_duplicates("left_out").set_index("left_out").reindex(first)
    names = [name for name in DEFINITION_LABELS if name in wide.columns]
    columns = {headline_label(name, params): [signed_or_dash(shift) for shift in wide[name]] for name in names}
    k_hat = [format_k_hat(k) if np.isfinite(k) else "–" for k in made["k_hat"]]
    return pd.DataFrame({"Without": first} | columns | {"By": list(made["method"]), "k-hat": k_hat})


def influence_finding(influence: pd.DataFrame, params: Params) -> Finding:
    """What the gap today rests on most, and whether any single model could overturn it."""
    today = influence[influence["number"] == "frontier_lag"]
    known = today[np.isfinite(today["shift"])]
    most = known.iloc[0]
    text = (
        f"{upper_first(definition_label('frontier_lag', 'months', params))} on {long_date(params.as_of)} is "
        f"{format_months(most['months'])}. Without {most['left_out']} it would be "
        f"{format_number(most['months_without'])} ({signed_months(most['shift'])}, Monte Carlo error "
        f"{most['error']:.2f})"
    )
    second = known.iloc[1] if len(known) > 1 else None
    if second is not None:
        text += f"; without any other one it would move by at most {format_number(abs(second['shift']))}"
    failed = list(today.loc[~np.isfinite(today["shift"]), "left_out"])
    if failed:
        text += f". For {join_words(failed)} this quick reckoning fails, and only a new fit could tell"
    return Finding(influence, f"{text}.")


def leave_one_out_finding(table: pd.DataFrame) -> Finding:
    """How far the frontier lag rests on any one model, test or source, from `validation.leave_one_out.run`."""
    today = table[table["number"] == "frontier_lag"]
    known = today[today["shift"].notna()]
    parts = []
    for by, kind in (("model", "models"), ("benchmark", "most used tests"), ("source", "largest sources")):
        rows = known[known["by"] == by]
        if rows.empty:
            continue
        most = rows.loc[rows["shift"].abs().idxmax()]
        parts.append(
            f"without one of the {len(rows)} {kind} {format_number(rows['months_without'].min())} to "
            f"{format_number(rows['months_without'].max())} (most without {most['left_out']}, "
            f"{signed_months(most['shift'])})"
        )
    if not parts:
        return Finding(table, "Nothing could be left out.")
    text = f"From frontier to frontier {format_months(known['months'].iloc[0])} with everything; {join_words(parts)}."
    doubtful = known[known["health"] != "PASS"]
    if len(doubtful):
        text += f" {len(doubtful)} of these fits {'asks' if len(doubtful) == 1 else 'ask'} for review."
    missing = today.loc[today["shift"].isna()]
    for method, why in (("weights fail", "weights fail"), ("not enough data", "too little is left for a fit")):
        names = list(missing.loc[missing["method"] == method, "left_out"])
        text += f" Without {join_words(names)} {why}, and there is no number." if names else ""
    return Finding(table, text)
