"""Phrases about one row of a gap table: who stands where, with which interval."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from gaplab.params.spec import Params
from gaplab.report.text.finding import Headline
from gaplab.report.text.names import country_name, frontier_name, long_date, what_counts
from gaplab.report.text.numbers import format_months, format_number, format_probability, signed_months, upper_first
from gaplab.results.columns import percent_label


def pick_row(table: pd.DataFrame, definition: str, subject: str, unit: str = "months") -> pd.Series:
    """The one row of a gap table for a definition, a subject and a unit."""
    chosen = table[(table["definition"] == definition) & (table["subject"] == subject) & (table["unit"] == unit)]
    return chosen.iloc[0]


def standing_sentence(row: pd.Series) -> str:
    """Where the subject stands, without its interval: China is 7.4 months behind the US."""
    return upper_first(standing_clause(row))


def standing_clause(row: pd.Series) -> str:
    """The same to go on inside a sentence."""
    return f"{country_name(row['subject'])} is {where_it_stands(row)} {country_name(row['leader'])}"


def frontiers_sentence(row: pd.Series) -> str:
    """The same of the frontiers: China's frontier is 5.4 months behind the US frontier."""
    follower, leader = frontier_name(row["subject"]), frontier_name(row["leader"])
    return upper_first(f"{follower} is {where_it_stands(row)} {leader}")


def interval_phrase(row: pd.Series, prob: float) -> str:
    """The interval with its probability: 80% interval 6.9 to 9.5 months."""
    return f"{percent_label(prob)}% interval {_interval_in_words(row, prob)}"


def estimate_of_row(row: pd.Series, prob: float) -> str:
    """Middle estimate and interval in figures: 8.1 (6.9 to 9.5)."""
    if not np.isfinite(row["median"]):
        return "undefined"
    low, high, width = *interval_bounds(row, prob), _interval_width(row)
    middle = ("≥ " if row["p_censored"] > 0.5 else "") + format_number(row["median"], width)
    if not (np.isfinite(low) and np.isfinite(high)):
        return middle
    return f"{middle} ({format_number(low, width)}\u00a0to\u00a0{format_number(high, width)})"


def value_and_unit(row: pd.Series) -> tuple[str, str]:
    """The large number and the words after it, whoever leads."""
    if not np.isfinite(row["median"]):
        return "", "not to be compared with"
    text = format_number(abs(row["median"]), _interval_width(row))
    noun = "month" if text == "1" else "months"
    if row["p_censored"] > 0.5:
        return f"at least {text}", f"{noun} behind"
    if float(text) == 0:
        return "", "level with"
    return text, f"{noun} {'behind' if row['median'] > 0 else 'ahead of'}"


def where_it_stands(row: pd.Series) -> str:
    """The number with its words: 8.1 months behind, level with."""
    return " ".join(part for part in value_and_unit(row) if part)


def lag_headline(row: pd.Series, label: str, meaning: str, params: Params) -> Headline:
    """The number of one row in large type."""
    value, unit = value_and_unit(row)
    leader = country_name(params.leader)
    return Headline(
        label=label,
        value=value or upper_first(unit),
        unit=f"{unit} {leader}" if value else leader,
        interval=interval_phrase(row, params.prob).removesuffix(" months"),
        meaning=meaning,
    )


def _interval_in_words(row: pd.Series, prob: float) -> str:
    """The interval in words: 6.9 to 9.5 months, 1.2 months ahead to 3.4 months behind, 6.9 months or more."""
    low, high, width = *interval_bounds(row, prob), _interval_width(row)
    if np.isfinite(low) and (row["p_censored"] > (1 - prob) / 2 or not np.isfinite(high)):
        return f"{format_months(low, width)} or more"
    if not (np.isfinite(low) and np.isfinite(high)):
        return "not defined"
    if low < 0 < high:
        return f"{format_months(-low, width)} ahead to {format_months(high, width)} behind"
    if high <= 0:
        return f"{format_number(-high, width)} to {format_months(-low, width)} ahead"
    return f"{format_number(low, width)} to {format_months(high, width)}"


def interval_bounds(row: pd.Series, prob: float) -> tuple[float, float]:
    return row[f"lower_{percent_label(prob)}"], row[f"upper_{percent_label(prob)}"]


def _interval_width(row: pd.Series) -> float:
    low, high = interval_bounds(row, 0.8)
    return high - low if np.isfinite(high - low) else 1.0


def definitions_in_months(table: pd.DataFrame, subject: str) -> pd.DataFrame:
    """Every definition in months for a country; its model lag repeats its released lag and is left out."""
    rows = table[(table["subject"] == subject) & table["unit"].str.startswith("months")]
    return rows[rows["definition"] != "model_lag"]


def below_zero_note(params: Params) -> str:
    return f"Where a number is below zero, {country_name(params.follower)} is ahead."


def is_behind(params: Params, name: Callable[[str], str] = country_name) -> str:
    """China is behind the US; with `frontier_name`: China's frontier is behind the US frontier."""
    return f"{name(params.follower)} is behind {name(params.leader)}"


def counted_as_of(params: Params) -> str:
    return f"{what_counts(params)}, as of {long_date(params.as_of)}"


def scale_in_words(unit: str) -> str:
    return "points: Claude 3.5 Sonnet = 130, GPT-5 = 150" if unit == "points" else "logits"


def dot_and_bars(params: Params, dot: str = "middle estimate") -> str:
    """What the marks of an interval are, for a caption."""
    return f"Dot: {dot}. Thick bar: 50% interval. Thin bar: {percent_label(params.prob)}% interval."


def range_of_gaps(low: float, high: float, least: str = "", greatest: str = "") -> str:
    """From the least to the greatest of some gaps, whoever leads; with the names of the two in brackets if given."""
    least, greatest = (f" ({name})" if name else "" for name in (least, greatest))
    if format_number(low) == format_number(high):
        return format_months(low) if low >= 0 else f"{format_months(-low)} ahead"
    if low < 0 < high:
        return f"from {format_months(-low)} ahead{least} to {format_months(high)} behind{greatest}"
    (near, nearest), (far, farthest) = sorted([(abs(low), least), (abs(high), greatest)])
    if format_number(near) == "0.0":
        return f"anything from level{nearest} to {format_months(far)} {'ahead' if high <= 0 else 'behind'}{farthest}"
    return f"from {format_number(near)}{nearest} to {format_months(far)}{' ahead' if high <= 0 else ''}{farthest}"


def arrow_label(row: pd.Series) -> str:
    """The number on the arrow of the frontier chart."""
    if not np.isfinite(row["median"]):
        return ""
    return ("at least " if row["p_censored"] > 0.5 else "") + format_months(abs(row["median"]), _interval_width(row))


def widened_sentence(p_widened: float, params: Params) -> str:
    """Whether the gap grew over the last twelve months."""
    return (
        f"The probability that the gap grew over the 12 months to {long_date(params.as_of)} is "
        f"{format_probability(p_widened)}."
    )


def model_standing(lag: pd.Series, params: Params) -> str:
    return f"On that day it was {where_it_stands(lag)} {country_name(params.leader)}"


def revision_row(moved: pd.DataFrame | None, row: pd.Series) -> pd.Series | None:
    """The row of a `revision_table` about the same number as a row of a `gap_table`; None where there is none."""
    if moved is None or moved.empty:
        return None
    keys = ["definition", "subject", "unit"]
    found = moved[(moved[keys] == row[keys]).all(axis=1)]
    return found.iloc[0] if len(found) else None


def read_later_sentence(row: pd.Series, moved: pd.DataFrame | None, prob: float) -> str:
    """What the number may later be read as, with a space in front; empty where the record says nothing of it.

    Parameters
    ----------
    row : Series
        Of a `gap_table`.
    moved : DataFrame or None
        What `revision_table` gives.
    """
    found = revision_row(moved, row)
    if found is None or not np.isfinite(interval_bounds(found, prob)).all():
        return ""
    later = found.to_frame().T.assign(p_censored=row["p_censored"]).iloc[0]
    return f" With how such readings have later moved: {interval_phrase(later, prob)}."


def short_usual_move(row: pd.Series) -> str:
    """How far past readings of a number have moved, for a cell of a table: later moved −0.9 to +1.1."""
    return f"later moved {signed_months(row['usual_lower'])} to {signed_months(row['usual_upper'])}"
