"""Two runs side by side in words and tables."""

from __future__ import annotations

import pandas as pd

from gaplab.params.spec import Params
from gaplab.questions.compare import Compared
from gaplab.report.text.definitions import definition_label
from gaplab.report.text.numbers import format_estimate, join_words, signed_months, signed_or_dash


def readable_numbers(both: pd.DataFrame, params: tuple[Params, Params], names: tuple[str, str]) -> pd.DataFrame:
    """Every number in months of both runs, with its interval, and the difference."""
    rows = both[both["unit"].str.startswith("months")]
    shown = {
        "Number": [definition_label(*key, params[0]) for key in zip(rows["definition"], rows["unit"], strict=True)]
    }
    for side, name in zip(("first", "second"), names, strict=True):
        columns = (rows[column] for column in (side, f"{side}_lower", f"{side}_upper"))
        shown[name if name not in shown else f"{name} "] = [format_estimate(*row) for row in zip(*columns, strict=True)]
    return pd.DataFrame(shown | {"Change": [signed_or_dash(change) for change in rows["change"]]})


def readable_steps(steps: pd.DataFrame) -> pd.DataFrame:
    """Each change with what it adds to the frontier lag, and between which bounds over all orders."""
    bounds = zip(steps["low"], steps["high"], strict=True)
    return pd.DataFrame({
        "What differs": steps["parameter"],
        "First": steps["before"],
        "Second": steps["after"],
        "Months": [f"{months:+.2f}".replace("-", "−") for months in steps["months"]],
        "By order": [f"{low:+.2f} to {high:+.2f}".replace("-", "−") for low, high in bounds],
    })  # fmt: skip


def compare_sentences(found: Compared, both: pd.DataFrame, level: str) -> str:
    """By how much the frontier lag differs, and which change did most of it."""
    row = both[(both["definition"] == "frontier_lag") & (both["unit"] == "months")].iloc[0]
    first, second = (
        format_estimate(*row[[side, f"{side}_lower", f"{side}_upper"]].astype(float)) for side in ("first", "second")
    )
    text = (
        f"From frontier to frontier the first run gives {first} months and the second {second} ({level}% intervals): "
        f"{signed_months(row['change'])}."
    )
    if len(found.steps) > 1:
        most = found.steps.loc[found.steps["months"].abs().idxmax()]
        text += f" The largest share is that of {most['parameter']}: {signed_months(most['months'])}."
        text += " What a change adds depends on the order; shown is the mean over all orders."
    if found.beside:
        verb = "differs" if len(found.beside) == 1 else "differ"
        text += f" Beside these {join_words(found.beside)} {verb}, which changes no number of the gap today."
    return text
