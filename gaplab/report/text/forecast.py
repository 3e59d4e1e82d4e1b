"""The forecast in words: phrases about one horizon, and the tables of thresholds and catch-up dates."""

from __future__ import annotations

import numpy as np
import pandas as pd

from gaplab.params.spec import Params
from gaplab.report.text.definitions import DEFINITION_LABELS
from gaplab.report.text.names import (
    country_name,
    frontier_name,
    long_date,
    models_of,
    month_year,
    short_name,
    what_counts,
)
from gaplab.report.text.numbers import format_months, format_number, format_short_probability, number_or_ahead
from gaplab.report.text.phrases import interval_bounds
from gaplab.results.columns import percent_label
from gaplab.units import MONTH_DAYS


def forecast_subtitle(params: Params) -> str:
    """What is drawn on the chart of the forecast."""
    return (
        f"Months {frontier_name(params.follower)} is behind {frontier_name(params.leader)}, {what_counts(params)}; "
        f"forecast from {long_date(params.as_of)}"
    )


def catch_up_subtitle(params: Params) -> str:
    """What is drawn on the charts of catch-up dates."""
    return (
        f"When {country_name(params.follower)} is as able as each {models_of(params.leader, 'model')}, seen from "
        f"{long_date(params.as_of)}"
    )


def threshold_caption(params: Params) -> str:
    """What the table of probabilities holds."""
    return (
        f"Months behind ({percent_label(params.prob)}% interval in brackets) and the probability that they are more "
        "than 6, 9, 12 and 18"
    )


def threshold_table(table: pd.DataFrame, params: Params, *, short: bool = False) -> pd.DataFrame:
    """One row per horizon and lag: the number, P(more than 6, 9, 12, 18 months), P(longer than now), P(ahead by).

    `short` is for the columns of a terminal.
    """
    labels = {"frontier_lag": "frontier", "released_lag": "released"} if short else DEFINITION_LABELS
    longer = "longer" if short else f"Longer than in {month_year(params.as_of)}"
    ahead = "ahead" if short else f"{short_name(params.follower)} ahead by then"
    rows = []
    for _, row in table.iterrows():
        cells = {
            "In": f"{pd.Timestamp(row['date']):%b %Y}"
            if short
            else f"{row['horizon']} months ({pd.Timestamp(row['date']):%b %Y})",
            "Gap": labels[row["definition"]],
            "Months": _coming_lag_cell(row, params.prob),
        }
        cells |= {f">\u00a0{limit}": format_short_probability(row[f"p_over_{limit}"]) for limit in (6, 9, 12, 18)}
        cells[longer] = format_short_probability(row["p_widened"]) if np.isfinite(row["p_widened"]) else "–"
        cells[ahead] = format_short_probability(row["p_ahead_by"]) if np.isfinite(row["p_ahead_by"]) else "–"
        rows.append(cells)
    return pd.DataFrame(rows)


def catch_up_table_caption(params: Params) -> str:
    """What the table of catch-up dates holds."""
    return (
        f"When {country_name(params.follower)} reaches each model: middle date and {percent_label(params.prob)}% "
        "interval. Frontier: what is attainable there; released: by a model that is out"
    )


def readable_catch_up(table: pd.DataFrame, params: Params, *, short: bool = False) -> pd.DataFrame:
    """One row per model and reading: dates, P(already matched), P(within a year); `short` is for a terminal."""
    by, already, *within = (
        ("By", "now", "in 6", "in 12") if short else ("Reached by", "Already", "Within 6 months", "Within 12 months")
    )
    rows = []
    for _, row in table.iterrows():
        cells = {"Model": row["target"], by: {"frontier": "Frontier", "released": "Released"}[row["reading"]]}
        if row["status"]:
            cells |= {"When": row["status"], already: "–"} | dict.fromkeys(within, "–")
        else:
            cells["When"] = date_with_interval(row, params)
            cells[already] = format_short_probability(row["p_matched"])
            cells |= {
                name: format_short_probability(row[f"p_by_{limit}"])
                for name, limit in zip(within, (6, 12), strict=True)
            }
        rows.append(cells)
    return pd.DataFrame(rows)


def date_with_interval(row: pd.Series, params: Params) -> str:
    """A catch-up date with its interval: November 2026 (August 2026 to February 2027)."""
    low, high = interval_bounds(row, params.prob)
    middle, low, high = (month_reached(months, params) for months in (row["median"], low, high))
    return f"{middle} ({low} to {high})"


def month_reached(months: float, params: Params) -> str:
    """A number of months from the as-of date as a month: Nov 2026, after Jun 2029 where it is beyond the horizon."""
    if np.isneginf(months) or np.isnan(months):
        return "–"
    ahead = pd.Timedelta(days=min(months, params.horizon_months) * MONTH_DAYS)
    return f"{'after ' if months > params.horizon_months else ''}{pd.Timestamp(params.as_of) + ahead:%b %Y}"


def _coming_lag_cell(row: pd.Series, prob: float) -> str:
    """Middle and interval of a lag to come; an undefined one means that the follower is ahead for good."""
    low, high = interval_bounds(row, prob)
    middle, low, high = map(number_or_ahead, (row["median"], low, high))
    return f"{middle} ({low}\u00a0to\u00a0{high})"


def coming_lag_phrase(row: pd.Series, prob: float) -> str:
    """A lag to come in words: 8.2 months behind (80% interval 1.7 to 12.5)."""
    low, high = interval_bounds(row, prob)
    if not np.isfinite(row["median"]):
        return "undefined, with the leader overtaken for good"
    where = f"{format_months(abs(row['median']))} {'behind' if row['median'] >= 0 else 'ahead'}"
    if format_number(row["median"]) == format_number(0.0):
        where = "level"
    if np.isfinite(low) and low < 0 < high:
        return f"{where} ({percent_label(prob)}% interval {format_number(-low)} ahead to {format_number(high)} behind)"
    if np.isfinite(low) and high <= 0:
        return f"{where} ({percent_label(prob)}% interval {format_number(-high)} to {format_number(-low)})"
    ends = [format_number(value) if np.isfinite(value) else "ahead for good" for value in (low, high)]
    return f"{where} ({percent_label(prob)}% interval {ends[0]} to {ends[1]})"


def coming_range_phrase(row: pd.Series, prob: float) -> str:
    """The interval of a lag to come, whose width says more than its middle: 3.0 months ahead to 9.2 behind (80%)."""
    low, high = interval_bounds(row, prob)
    if not np.isfinite(high):
        return coming_lag_phrase(row, prob)
    level = f"({percent_label(prob)}%)"
    if not np.isfinite(low):
        return f"ahead for good to {format_months(high)} behind {level}"
    width = high - low if high - low >= 6 else 1.0
    low, high = (round(end) if width >= 6 else end for end in (low, high))
    if low < 0 < high:
        return f"{format_months(-low, 2 * width)} ahead to {format_number(high, 2 * width)} behind {level}"
    near, far = sorted((abs(low), abs(high)))
    side = "behind" if high > 0 else "ahead"
    return f"{format_number(near, 2 * width)} to {format_months(far, 2 * width)} {side} {level}"


def pick_horizon(table: pd.DataFrame, definition: str, horizon: int) -> pd.Series:
    return table[(table["definition"] == definition) & (table["horizon"] == horizon)].iloc[0]
