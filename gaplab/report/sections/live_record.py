"""Section: the live record, what was issued, what has come due, and how it scored."""

from __future__ import annotations

import pandas as pd

from gaplab.params.spec import Params
from gaplab.report.page.part import Shown, heading_part, join_parts, table_part
from gaplab.report.sections.record import record_domain_note
from gaplab.report.sections.run_results import RunResults
from gaplab.report.text.definitions import DEFINITION_LABELS
from gaplab.report.text.finding import Finding
from gaplab.report.text.names import long_date
from gaplab.report.text.numbers import format_estimate, format_number, format_probability, join_words, upper_first
from gaplab.report.text.record import FORECASTER_NAMES
from gaplab.results.revisions import ELIGIBLE
from gaplab.validation.live.resolve import Period, came_due, live_summary
from gaplab.validation.live.wording import YES

_PLURALS = {"reading": "readings", "forecast": "forecasts", "question": "questions"}


def due_section(results: RunResults) -> Shown:
    """Which forecasts came due since the earlier date, and how they did."""
    params = results.params
    note = record_domain_note(params)
    heading = heading_part("Which forecasts came due")
    if note:
        return [heading, Finding(pd.DataFrame(), note)]
    period = came_due(params.since, params.as_of)
    found = due_finding(period, params)
    shown = readable_due(period, params)
    if shown.empty:
        return [heading, found]
    caption = "What we said of lags, with 80% intervals, and what came; those that came due first"
    return [heading, join_parts(found, table_part(shown, caption=caption, name="due-table"))]


def due_finding(period: Period, params: Params) -> Finding:
    """How many of our forecasts came due, and how they did beside the simple ones."""
    ours, since = period.ours, long_date(params.since)
    if ours.empty:
        by = long_date(params.as_of)
        following = (
            f"; the next comes due on {long_date(pd.Timestamp(period.following))}" if period.following else ""
        )  # fmt: skip
        return Finding(ours, f"Of the forecasts that we issued by {by} none came due since {since}{following}.")
    done = ours[ours["outcome"].notna()]
    sure = done[done["unit"] == YES]
    spread = done[done["unit"] != YES]
    held, right = (spread["inside_80"] == "True").sum(), (_likelier(sure) == sure["outcome"].astype(float)).sum()
    sentences = [f"{_of_kinds(ours)} came due since {since}; {_all_or(len(done), len(ours))} an outcome."]
    if len(spread):
        sentences.append(f"Of {len(spread)} with an interval {held or 'none'} fell in their 80% interval.")
    if len(sure):
        several = "s" if len(sure) > 1 else ""
        sentences.append(f"Of {len(sure)} question{several} of yes or no {right or 'none'} went the likelier way.")
    summary = live_summary(period.came_due, period.scored, f"{params.as_of}")
    for row in summary[(summary["kind"] == "forecast") & summary["simple"].notna()].itertuples():
        sentences.append(
            f"The mean error of our forecasts was {row.crps:.2f}, that of the best simple one "
            f"({FORECASTER_NAMES[row.simple_is]}) {row.simple:.2f}."
        )
    counts = {"ours": len(ours), "done": len(done), "spread": len(spread), "held": held, "sure": len(sure)}
    counts |= {"right": right, **{kind: (ours["kind"] == kind).sum() for kind in _PLURALS}}
    return Finding(pd.concat([summary, pd.DataFrame([counts])]), " ".join(sentences))


def readable_due(period: Period, params: Params, *, rows: int = 4) -> pd.DataFrame:
    """Our readings and forecasts of lags that came due and have an outcome, in words; the first so many."""
    done = period.ours
    done = done[done["outcome"].notna() & (done["unit"] == "months") & done["target"].isin(ELIGIBLE)]
    done = done.sort_values(["due", "kind", "target"], kind="stable").head(rows)
    return pd.DataFrame({
        "What": [
            f"{DEFINITION_LABELS[row.target]}, {row.subject}{', restricted too' if row.scope != params.scope else ''}, "
            f"on {long_date(pd.Timestamp(row.target_day))}"
            for row in done.itertuples()
        ],
        "Issued": [long_date(pd.Timestamp(day)) for day in done["issued"]],
        "We said": [
            format_estimate(float(middle), float(low), float(high))
            for middle, low, high in zip(done["said"], done["q0.1"], done["q0.9"], strict=True)
        ],
        "It came": [format_number(float(outcome)) for outcome in done["outcome"]],
        "Held": ["yes" if inside == "True" else "no" for inside in done["inside_80"]],
    })  # fmt: skip


def _of_kinds(rows: pd.DataFrame) -> str:
    """How many of each kind, in words: 3 readings and 12 forecasts."""
    counts = {kind: int((rows["kind"] == kind).sum()) for kind in _PLURALS}
    return join_words([f"{count:,} {_PLURALS[kind] if count > 1 else kind}" for kind, count in counts.items() if count])


def _all_or(done: int, due: int) -> str:
    if done == due:
        return "all have" if due > 1 else "it has"
    return f"{done or 'none'} of them {'has' if done < 2 else 'have'}"


def _likelier(rows: pd.DataFrame) -> pd.Series:
    return (rows["probability"].astype(float) > 0.5).astype(float)


def live_record_finding(summary: pd.DataFrame) -> Finding:
    """How much was issued, how much of it is due, and how it fared; from `live_summary`."""
    issued, due, done = (int(summary[name].sum()) for name in ("issued", "due", "resolved"))
    if not issued:
        return Finding(summary, "Nothing has been issued yet.")
    text = f"{issued:,} readings, forecasts and answers issued so far; {due:,} are due and {done:,} resolved."
    return Finding(readable_live_record(summary), text)


def readable_live_record(summary: pd.DataFrame) -> pd.DataFrame:
    """The rows of a `live_summary` in words; a dash where nothing is resolved."""
    return pd.DataFrame({
        "What was issued": [
            upper_first(", ".join([_PLURALS[kind.split(", ")[0]], *kind.split(", ")[1:]])) for kind in summary["kind"]
        ],
        "Issued": summary["issued"].astype(int),
        "Due": summary["due"].astype(int),
        "Resolved": summary["resolved"].astype(int),
        "80% intervals that held": [_or_dash(value, format_probability) for value in summary["held_80"]],
        "Our error (CRPS)": [_or_dash(value, "{:.2f}".format) for value in summary["crps"]],
        "Best simple": [
            _or_dash(row.simple, lambda error, name=row.simple_is: f"{error:.2f}, {FORECASTER_NAMES.get(name, name)}")
            for row in summary.itertuples()
        ],
    })  # fmt: skip


def _or_dash(value: float, write) -> str:
    return "–" if pd.isna(value) else write(value)
