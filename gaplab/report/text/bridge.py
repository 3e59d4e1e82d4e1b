"""A bridge between two numbers in words: its ends, its steps, its table, title and caption."""

from __future__ import annotations

import pandas as pd

from gaplab.params.spec import Params
from gaplab.questions.bridge.endpoints import Endpoint
from gaplab.questions.bridge.steps import Bridge
from gaplab.report.text.definitions import definition_label
from gaplab.report.text.names import SCOPE_NAMES, country_name, long_date
from gaplab.report.text.numbers import format_months, format_number, lower_first, signed_months, upper_first

_STEP_NAMES = {
    "definition": "Definition",
    "subject": "Whose gap",
    "date": "Day",
    "scope": "Counted",
    "clock": "Date of a model",
    "ruler": "Scale",
    "knowledge": "Scores known",
    "sources": "Whose scores",
    "benchmarks": "Which tests",
    "tests": "Tests that count by name",
    "without": "Tests that do not count",
    "self_reports": "Developers' own scores",
    "harnesses": "Evaluators' set-ups",
    "public_tests": "Advantage on public tests",
    "domain": "Domain",
    "not explained": "Not explained by any setting of ours",
}


def bridge_table(bridge: Bridge) -> pd.DataFrame:
    """Every change on the way from one number to the other, and the months it adds; the rows add up."""
    params = bridge.start.reading.run
    rows = [
        (
            _STEP_NAMES[row["step"]],
            *(_step_side(row, side, bridge, params) for side in ("before", "after")),
            row["months"],
        )
        for _, row in bridge.steps.iterrows()
    ]
    ends = (
        [("From", endpoint_label(bridge.start, params), "", bridge.first)],
        [("To", "", endpoint_label(bridge.end, params), bridge.last)],
    )
    return pd.DataFrame([*ends[0], *rows, *ends[1]], columns=["Change", "From", "To", "Months"])


def endpoint_label(end: Endpoint, params: Params) -> str:
    """One end of a bridge by name: The New York Times; or the definition of ours that it is."""
    if end.label:
        return upper_first(end.label)
    return f"Our {lower_first(definition_label(end.reading.definition, end.reading.unit, params))}"


def endpoint_in_sentence(end: Endpoint, params: Params) -> str:
    return end.label or lower_first(endpoint_label(end, params))


def _reading_label(end: Endpoint, params: Params) -> str:
    reading = end.reading
    return (
        f"{lower_first(definition_label(reading.definition, reading.unit, params))} for "
        f"{country_name(reading.subject)} on {long_date(reading.date)}, {SCOPE_NAMES[reading.run.scope]}"
    )


def _step_side(row: pd.Series, side: str, bridge: Bridge, params: Params) -> str:
    """One side of a change in words."""
    value = row[side]
    if row["step"] == "not explained":
        end = bridge.start if row["of"] == bridge.start.name else bridge.end
        return upper_first(end.label) if value == "as published" else "our nearest reading"
    if row["step"] == "definition":
        definition, _, unit = value.partition("/")
        return lower_first(definition_label(definition, unit or "months", params))
    if row["step"] == "scope":
        return SCOPE_NAMES[value]
    return long_date(value) if row["step"] == "date" else value.replace("_", " ")


def step_label(row: pd.Series, bridge: Bridge) -> tuple[str, str]:
    """A change in two lines for a chart: what, and from what to what."""
    params = bridge.start.reading.run
    if row["step"] == "not explained":
        end = bridge.start if row["of"] == bridge.start.name else bridge.end
        return "Not explained", f"between our reading and {end.label}"
    return _STEP_NAMES[row["step"]], " → ".join(_step_side(row, side, bridge, params) for side in ("before", "after"))


def bridge_title(bridge: Bridge) -> str:
    """The finding of a bridge: what explains most of the difference, and what stays unexplained."""
    known = bridge.steps[bridge.steps["step"] != "not explained"]
    rest = bridge.steps.loc[bridge.steps["step"] == "not explained", "months"]
    ends = f"From {format_number(bridge.first)} to {format_months(bridge.last)}"
    if known.empty or not known["months"].any():
        return f"{ends}: no setting of ours explains the difference" if bridge.first != bridge.last else ends
    most = known.loc[known["months"].abs().idxmax()]
    text = f"{ends}: the largest change is {lower_first(_STEP_NAMES[most['step']])}, {signed_months(most['months'])}"
    return (
        f"{text}; {signed_months(round(rest.sum(), 1))} is not explained"
        if len(rest) and round(rest.sum(), 1)
        else text
    )


def bridge_caption(bridge: Bridge) -> str:
    """How to read the waterfall, and what the ends stand for."""
    parts = [
        f"{upper_first(end.label)} ({format_months(end.months)}) is read as {_reading_label(end, end.reading.run)}."
        for end in (bridge.start, bridge.end)
        if end.months is not None
    ] + [
        f"Our number is {_reading_label(end, end.reading.run)}."
        for end in (bridge.start, bridge.end)
        if end.months is None
    ]
    order = bridge.steps[bridge.steps["step"] != "not explained"]
    spread = (order["high"] - order["low"]).max() if len(order) else 0.0
    ordered = (
        f"What one adds depends on the order, by at most {format_months(spread)} here; shown is the average over all "
        "orders. "
        if float(format_number(spread))
        else ""
    )
    parts.append(
        f"The changes add up exactly. {ordered}Every step is the difference of two middle estimates and carries their "
        "uncertainty."
    )
    return " ".join(parts)
