"""Section: which models, tests or sources the gap rests on."""

from __future__ import annotations

import numpy as np
import pandas as pd

from gaplab.params.spec import Params, parameter_names
from gaplab.questions import influence as influences
from gaplab.report.page.part import Part, Shown, heading_part, join_parts, table_part
from gaplab.report.sections.run_results import RunResults
from gaplab.report.text.definitions import DEFINITION_LABELS, headline_label
from gaplab.report.text.finding import Finding
from gaplab.report.text.names import long_date
from gaplab.report.text.numbers import (
    format_k_hat,
    format_months,
    format_number,
    join_words,
    lower_first,
    signed_months,
    signed_or_dash,
    upper_first,
)
from gaplab.report.text.record import record_day
from gaplab.results.revisions import headline_definition
from gaplab.validation import track_record as records
from gaplab.validation.sensitivity import ASSUMPTIONS, OWN_LINE, PUBLIC_TESTS, is_material


def influence_section(results: RunResults) -> Shown:
    """What the gap today rests on: the record models without which it would change most."""
    params, models = results.params, results.posterior.models
    influence = influences.by_model(results.tables, params, names=models.index[models["record"]], refits=0)
    caption = (
        f"Months by which each number on {long_date(params.as_of)} would move without one model; the others keep the "
        "abilities that all scores give them"
    )
    rows = table_part(
        readable_influence(influence, params, rows=6, technical=False), caption=caption, name="influence-table"
    )
    record = evidence_record(params)
    return [
        heading_part("What would change this"),
        join_parts(other_evidence_part(record), parts_finding(record)),
        join_parts(influence_finding(influence, params), rows),
    ]


def evidence_record(params: Params) -> pd.DataFrame:
    """The shifts of the first number under reversed assumptions, the largest first, from the committed record.

    Returns
    -------
    DataFrame
        Rows of sensitivity.csv that are material; empty where the record is of another choice than the run.
    """
    stages = ("selection", "abilities", "frontiers")
    names = {name for stage in stages for name in parameter_names(stage=stage)}
    names -= {"as_of", *parameter_names(group="sampling")}  # the record says its own day
    same = all(getattr(params, name) == getattr(Params, name) for name in names)
    if not same or "sensitivity.csv" not in records.present():
        return pd.DataFrame(columns=["assumption", "shift_months", "months", "months_then"])
    table = records.read("sensitivity.csv")
    rows = table[(table["headline"] == headline_definition()) & is_material(table)]
    return rows.sort_values("shift_months", key=abs, ascending=False, kind="stable")


def other_evidence_sentence(record: pd.DataFrame) -> str:
    """How far the number moves with the evidence, without developers' own scores, which few models share."""
    own = record["assumption"].str.startswith("developers")
    rows, few = record[~own], record[own]
    if rows.empty:
        return ""
    most, span = rows.iloc[0], rows["months_then"]
    alone = "".join(
        f" {upper_first(row.assumption)}, which few models share: {format_number(row.months_then)}."
        for row in few.itertuples()
    )
    return (
        f"The number rests on which tests are read: {format_number(most['months_then'])} instead of "
        f"{format_months(most['months'])} with {lower_first(most['assumption'])}, and "
        f"{format_number(min(span.min(), most['months']))} to {format_number(max(span.max(), most['months']))} over "
        f"all such choices ({record_day('sensitivity.csv')}).{alone}"
    )


def other_evidence_part(record: pd.DataFrame) -> Part:
    """The same question on other evidence and under other assumptions, the largest shift first."""
    if record.empty:
        return Part("", "")
    columns = {
        "With": [upper_first(name) for name in record["assumption"]],
        f"{DEFINITION_LABELS[headline_definition()]}, months": [
            format_number(value) for value in record["months_then"]
        ],
        "Shift": [signed_months(shift) for shift in record["shift_months"]],
    }
    caption = (
        f"The same question on other evidence, {record_day('sensitivity.csv')}: "
        f"{format_months(record['months'].iloc[0])} with everything. Listed are shifts of a month or "
        "more; no other assumption reversed moves the number as far"
    )
    return table_part(columns, caption=caption, name="evidence-table")


def parts_finding(record: pd.DataFrame) -> Finding:
    """Whether parts of the scores read a longer gap than all of them, and why; no words where `record` is empty."""
    if record.empty:
        return Finding(record, "")
    table = records.read("sensitivity.csv")
    rows = table[(table["headline"] == headline_definition()) & (table["note"] != "health FAIL")]
    parts = rows[rows["assumption"].isin([each.text for each in ASSUMPTIONS if each.is_part])]
    longer, shorter = int((parts["shift_months"] > 0).sum()), int((parts["shift_months"] < 0).sum())
    text = (
        f"Of {len(parts)} parts of the scores, {longer} read longer than all scores and {shorter} shorter. Fewer "
        "scores are not the reason: random halves of the scores read longer about as often as shorter. Tests and "
        "evaluators disagree about the newest models."
    )
    shift = rows.set_index("assumption")["shift_months"]
    gone = shift.get(PUBLIC_TESTS, np.nan) - shift.get(OWN_LINE, np.nan)
    if np.isfinite(gone):
        text += (
            " With public tests only there is a second reason: one side has hardly any score in a domain that counts, "
            "so what the model assumes before any score decides. With a line in time for each side, "
            f"{format_number(gone)} of the {format_months(shift[PUBLIC_TESTS])} are gone."
        )
    return Finding(parts, text)


def readable_influence(
    influence: pd.DataFrame, params: Params, rows: int = 10, *, technical: bool = True
) -> pd.DataFrame:
    """The models, sources or benchmarks that move the gap most: the shift of every headline number, in months.

    `technical` adds how each row was computed.
    """
    first = list(by_size(influence)["left_out"])[:rows]
    listed = influence[influence["left_out"].isin(first)]
    wide = listed.pivot(index="left_out", columns="number", values="shift").reindex(first)
    made = listed.drop_duplicates("left_out").set_index("left_out").reindex(first)
    names = sorted((name for name in DEFINITION_LABELS if name in wide.columns), key=headline_definition().__ne__)
    columns = {headline_label(name, params): [signed_or_dash(shift) for shift in wide[name]] for name in names}
    k_hat = [format_k_hat(k) if np.isfinite(k) else "–" for k in made["k_hat"]]
    if not technical:
        return pd.DataFrame({"Without": first} | columns)
    return pd.DataFrame({"Without": first} | columns | {"By": list(made["method"]), "k-hat": k_hat})


def by_size(influence: pd.DataFrame) -> pd.DataFrame:
    """The rows of the first number, the largest shift first and those without a shift last."""
    rows = influence[influence["number"] == headline_definition()]
    return rows.sort_values("shift", key=abs, ascending=False, kind="stable")


def influence_finding(influence: pd.DataFrame, params: Params) -> Finding:
    """What the gap today rests on most, and whether any single model could overturn it."""
    today = by_size(influence)
    known = today[np.isfinite(today["shift"])]
    most = known.iloc[0]
    text = (
        f"{upper_first(headline_label(headline_definition(), params))} on {long_date(params.as_of)} is "
        f"{format_months(most['months'])}. Without {most['left_out']} it would be "
        f"{format_number(most['months_without'])} ({signed_months(most['shift'])}, Monte Carlo error "
        f"{most['error']:.2f})"
    )
    second = known.iloc[1] if len(known) > 1 else None
    if second is not None:
        text += f"; without any other one it would move by at most {format_number(abs(second['shift']))}"
    failed = list(today.loc[~np.isfinite(today["shift"]), "left_out"])
    if failed:
        text += f". Not computed for {join_words(failed)}: they weigh too much to be left out without a new fit"
    return Finding(influence, f"{text}.")


def leave_one_out_finding(table: pd.DataFrame) -> Finding:
    """How far the first number rests on any one model, test or source, from `validation.leave_one_out.run`."""
    today = table[table["number"] == headline_definition()]
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
    label = DEFINITION_LABELS[headline_definition()]
    text = f"{label}: {format_months(known['months'].iloc[0])} with everything; {join_words(parts)}."
    doubtful = known[known["health"] != "PASS"]
    if len(doubtful):
        text += f" {len(doubtful)} of these fits {'asks' if len(doubtful) == 1 else 'ask'} for review."
    missing = today.loc[today["shift"].isna()]
    for method, why in (("weights fail", "weights fail"), ("not enough data", "too little is left for a fit")):
        names = list(missing.loc[missing["method"] == method, "left_out"])
        text += f" Without {join_words(names)} {why}, and there is no number." if names else ""
    return Finding(table, text)
