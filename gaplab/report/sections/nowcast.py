"""Section: models that are released but not scored, and what their scores could change."""

from __future__ import annotations

import pandas as pd

from gaplab.data.tables import Tables
from gaplab.outlook.nowcast import Nowcast, predict
from gaplab.params.groups import US_CHINA
from gaplab.params.spec import Params
from gaplab.posterior import Posterior
from gaplab.report.page.part import Part, Shown, heading_part, join_parts, table_part
from gaplab.report.sections.run_results import RunResults
from gaplab.report.text.finding import Finding
from gaplab.report.text.names import country_name, long_date, models_of, released_by, releases, that_came
from gaplab.report.text.numbers import format_months, format_number, format_probability, signed_months, upper_first
from gaplab.report.text.phrases import below_zero_note, estimate_of_row, pick_row
from gaplab.results.columns import percent_label
from gaplab.results.gap import gap_table
from gaplab.results.nowcast import delay_table, unscored_moves, unscored_table
from gaplab.validation import track_record as records
from gaplab.validation.nowcasts import LEAST_UNSCORED


def nowcast_part(tables: Tables, posterior: Posterior) -> Part:
    """The gap with and without the models that are out but unscored, and the list of them."""
    expected = predict(tables, posterior)
    return unscored_part(posterior, expected, gap_table(posterior, expected))


def unscored_part(posterior: Posterior, expected: Nowcast, table: pd.DataFrame) -> Part:
    """The same from the nowcast of a posterior and its `gap_table` with it."""
    params = posterior.params
    listed, moves = unscored_table(posterior, expected), unscored_moves(posterior, expected)
    finding = nowcast_finding(table, listed, delay_table(posterior, expected), moves, params)
    caption = (
        f"{upper_first(released_by(params.follower))} and not scored yet: predictions from the frontier and the "
        f"model's family, with {percent_label(params.prob)}% intervals"
    )
    recorded = "nowcast.csv" in records.present() and params.pair == US_CHINA
    findings = [finding, nowcast_record_finding()] if recorded else [finding]
    return join_parts(
        *findings,
        table_part(
            readable_unscored(listed, params), caption=caption, name="unscored-table", fold="The models without a score"
        ),
    )


def nowcast_section(results: RunResults) -> Shown:
    """Models that are out, but not scored."""
    part = unscored_part(results.posterior, results.expected, results.with_unscored)
    return [heading_part("Out, but not scored yet"), part]


def nowcast_record_finding() -> Finding:
    """How nowcasts of past days compare with what is now read of the same days, by the committed record."""
    gaps = records.read("nowcast.csv")
    rows = gaps[(gaps["definition"] == "released_lag") & (gaps["ruler"] == "ability")]
    rows = rows[rows["unscored"] >= LEAST_UNSCORED]
    error = {name: rows[f"error_{name}"].mean() for name in ("nowcast", "without")}
    return Finding(
        rows,
        f"On {len(rows)} past days the lag of the best released model, with unscored models counted, differed from "
        f"what is now read of the same days by {signed_months(error['nowcast'])} months on average; without them by "
        f"{signed_months(error['without'])}.",
    )


def nowcast_finding(
    table: pd.DataFrame, unscored: pd.DataFrame, delays: pd.DataFrame, moves: tuple[float, float], params: Params
) -> Finding:
    """The gap with and without the models that are out but unscored, and what their scores could change.

    Parameters
    ----------
    table : DataFrame
        `gap_table` with a nowcast.
    unscored, delays, moves
        What `unscored_table`, `delay_table` and `unscored_moves` give.
    """
    theirs = unscored[unscored["country"] == params.follower]
    waiting = delays.set_index("country").loc[params.follower]
    wait = (
        f"Half of the {models_of(params.follower)} that are scored some day have their first score "
        f"within {waiting['median_days']:.0f} days of release ({percent_label(params.prob)}% interval "
        f"{waiting['median_days_lower']:.0f} to {waiting['median_days_upper']:.0f}); "
        f"{format_probability(waiting['never'])} never have one."
    )
    if theirs.empty:
        return Finding(
            unscored,
            f"Every model {that_came(params.follower)} in the year before {long_date(params.as_of)} "
            f"and that is likely to be scored has a score. {wait}",
        )
    rows = table[(table["subject"] == params.follower) & (table["definition"] == "released_lag")]
    without, counted = (rows[rows["nowcast"] == mark].iloc[0] for mark in (False, True))
    frontier = pick_row(table, "frontier_lag", params.follower)
    one = len(theirs) == 1
    count = "one model" if one else f"{len(theirs)} models"
    likely = round(theirs["p_scored"].sum())
    expected = {0: "probably none of them will", 1: "about one of them will"}.get(
        likely, f"about {likely} of them will"
    )
    with_them, without_them = estimate_of_row(counted, params.prob), estimate_of_row(without, params.prob)
    compared = (
        f"With or without them the lag of the best released model is {without_them} months."
        if with_them == without_them
        else f"With them the lag of the best released model is {with_them} months, without them {without_them} months."
    )
    return Finding(
        pd.concat([without.to_frame().T, counted.to_frame().T]),
        f"{upper_first(releases(params.follower, count, past=True))} in the year before {long_date(params.as_of)} that "
        f"{'has' if one else 'have'} no score that "
        f"can be used; {expected} get one. {compared}\n"
        f"The lag from frontier to frontier stays at {estimate_of_row(frontier, params.prob)} months: it allows for "
        "unseen models already, and a release without a score says nothing for or against it. Their scores may still "
        f"move its middle estimate to anywhere from {_signed_span(*moves)} "
        f"({percent_label(params.prob)}%).{'' if frontier['median'] >= 0 else ' ' + below_zero_note(params)}\n"
        f"{wait}",
    )


def readable_unscored(unscored: pd.DataFrame, params: Params) -> pd.DataFrame:
    """The follower's unscored models as a reader wants them."""
    theirs = unscored[unscored["country"] == params.follower]
    return pd.DataFrame({
        "Model": theirs["model"],
        "Developer": theirs["developer"].str.replace(r",(?=\S)", ", ", regex=True),
        "Released": [long_date(date) for date in theirs["date"]],
        "Will be scored": [format_probability(p) for p in theirs["p_scored"]],
        f"Months behind {country_name(params.leader)} when it came out": [
            f"{format_number(r.model_lag, 20)} ({format_number(r.model_lag_lower, 20)} to "
            f"{format_number(r.model_lag_upper, 20)})"
            for r in theirs.itertuples()
        ],
    })  # fmt: skip


def _signed_span(low: float, high: float) -> str:
    ends = [format_months(abs(end)) + (" ahead" if end < 0 else "") for end in (low, high)]
    return " to ".join(ends) + (" behind" if low < 0 <= high else "")
