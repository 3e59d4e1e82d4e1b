"""Section: how good past forecasts were; findings of the validation studies."""

from __future__ import annotations

import html
from dataclasses import replace

import pandas as pd

from gaplab.params.groups import US_CHINA
from gaplab.params.spec import Params
from gaplab.report.page.part import Part, Shown, heading_part, join_parts, table_part
from gaplab.report.sections.run_results import RunResults
from gaplab.report.text.definitions import DEFINITION_LABELS
from gaplab.report.text.finding import Finding
from gaplab.report.text.numbers import (
    format_number,
    format_probability,
    format_share,
    join_words,
    lower_first,
    signed_months,
)
from gaplab.report.text.record import (
    FORECASTER_NAMES,
    ORIGIN_KINDS,
    READING_KINDS,
    REVISED_NAMES,
    TARGET_NAMES,
    share_saved,
    skill_with_interval,
)
from gaplab.results.revisions import ELIGIBLE, headline_definition
from gaplab.validation import track_record as records
from gaplab.validation.backtest.run import target_coverage
from gaplab.validation.calibration.bands import recorded_summary
from gaplab.validation.predictive import is_off_centre
from gaplab.validation.sensitivity import is_material


def record_part() -> Part:
    """How good past forecasts were, from the committed record; a line where there is none yet."""
    if not {"backtest.csv", "backtest_summary.csv"} <= set(records.present()):
        missing = "No back-test has been made for this version."
        return Part(f"<p>{html.escape(missing)}</p>", missing)
    summary = records.read("backtest_summary.csv")
    finding = backtest_finding(records.read("backtest.csv"), summary)
    caption = (
        "Forecasts of the lag made on past days, against what the last data say of the day they were about. Error: "
        "mean CRPS in months, which is the distance from the outcome for a forecast without an interval."
    )
    lines = [finding.text]
    if "sbc.csv" in records.present():
        lines.insert(0, calibration_line(recorded_summary()))
    rows = table_part(
        readable_backtest_of_lags(summary), caption=caption, name="record-table", fold="Past forecasts of the lag"
    )
    return join_parts(replace(finding, text="\n".join(lines)), rows)


def past_coverage() -> pd.DataFrame | None:
    """How often past intervals held, by what was forecast, from the committed record; None where there is none."""
    return target_coverage(records.read("backtest.csv")) if "backtest.csv" in records.present() else None


def past_sentence(record: pd.DataFrame | None) -> str:
    """How often past intervals of this number held."""
    if record is None or "frontier_lag" not in record.index:
        return ""
    past = record.loc["frontier_lag"]
    too = " They are too narrow: expect more than the interval says." if past["too_narrow"] else ""
    return (
        f" Of {past['n']:.0f} forecasts of this number made on past days, {format_probability(past['held'])} fell in "
        f"their 80% interval.{too}"
    )


def record_section(results: RunResults) -> Shown:
    """How readings of past days have moved, and how good past forecasts were."""
    about = record_domain_note(results.params)
    note = [Finding(pd.DataFrame(), about)] if about else []
    moved = [heading_part("How have such readings moved?"), *past_readings()] if not note else []
    return [*moved, heading_part("How good were past forecasts?"), *note, record_part()]


def past_readings() -> Shown:
    """Readings of past days beside what is now read of them, from the committed record; nothing where there is none."""
    if not {"readings.csv", "readings_summary.csv"} <= set(records.present()):
        return []
    from gaplab.report.charts.record.past_readings import past_readings_chart

    rows, summary = records.read("readings.csv"), records.read("readings_summary.csv")
    caption = (
        "Readings of past days on our ruler against what is now read of the same days, in months. Moved: later less "
        "that of the day. Held: share of later readings in the 80% interval of the day; spread: the same interval made "
        "as wide as the revisions that were known on the day."
    )
    table = table_part(
        readable_revisions(summary), caption=caption, name="readings-table", fold="How past readings moved"
    )
    return [revision_finding(summary), past_readings_chart(rows, summary), table]


def revision_finding(summary: pd.DataFrame) -> Finding:
    """Which number comes first, by the record of its readings, and how far readings of it have moved."""
    first, today = headline_definition(summary), summary[summary["horizon"] == "today"]
    mean = today[today["definition"].isin(ELIGIBLE)].groupby("definition")["crps"].mean()
    others = [
        f"{format_number(value)} for {lower_first(DEFINITION_LABELS[name])}"
        for name, value in mean.items()
        if name != first
    ]
    own = today[today["definition"] == first]
    bias = [f"{signed_months(row.bias)} on {READING_KINDS[row.knowledge, row.ruler]}" for row in own.itertuples()]
    text = (
        f"{DEFINITION_LABELS[first]} comes first because its readings of past days have held best: their mean error "
        f"(CRPS) against what is now read was {format_number(mean[first])} months, and {join_words(others)}. On "
        f"average it has later moved by {join_words(bias)}."
    )
    return Finding(today, text)


def readable_revisions(summary: pd.DataFrame) -> pd.DataFrame:
    """How each number's readings of past days have moved, on our ruler."""
    rows = summary[(summary["horizon"] == "today") & (summary["ruler"] == "ability")]
    rows = rows[rows["definition"].isin(REVISED_NAMES)]
    order = [headline_definition(summary), *REVISED_NAMES]
    rows = rows.sort_values("definition", key=lambda names: names.map(order.index), kind="stable")
    return pd.DataFrame({
        "Number": rows["definition"].map(REVISED_NAMES),
        "Known": rows["knowledge"].map({"hindsight": "all scores", "real_time": "scores of then"}),
        "Past days": rows["n"].astype(int),
        "Moved on average": [signed_months(value) for value in rows["bias"]],
        "Moved, 80%": [f"{signed_months(low)} to {signed_months(high)}"
                       for low, high in zip(rows["usual_lower"], rows["usual_upper"], strict=True)],
        "Held": rows["coverage_80"].map(format_share),
        "Held, spread": rows["coverage_80_stretched"].map(format_share),
    })  # fmt: skip


def backtest_finding(rows: pd.DataFrame, summary: pd.DataFrame) -> Finding:
    """How well our forecasts did on past days: coverage first, then skill or its absence."""
    ours = rows[rows["forecaster"] == "stack"]
    inside = ours["outcome"].between(ours["lower_80"], ours["upper_80"])
    covered = " and ".join(
        f"{format_probability(inside[ours['kind'] == kind].mean())} of {int((ours['kind'] == kind).sum())} on "
        f"{ORIGIN_KINDS[kind]}"
        for kind in ours["kind"].unique()
    )
    coverage = target_coverage(rows)
    sentences = [
        f"Of our 80% intervals {covered} held.",
        *(
            f"{TARGET_NAMES[row.Index]} alone: {format_probability(row.held)} of {row.n}; these intervals are too "
            "narrow."
            for row in coverage[coverage["too_narrow"]].itertuples()
        ),
    ]
    judged = summary[(summary["forecaster"] == "stack") & summary["skill_lower"].notna()]
    better = judged[judged["skill_lower"] > 0]
    named = [
        f"{lower_first(TARGET_NAMES[row['target']])}, {int(row['horizon_months'])} months ahead (saving "
        f"{share_saved(row['skill']).lstrip('+')} of its error, 90% interval "
        f"{share_saved(row['skill_lower']).lstrip('+')} to {share_saved(row['skill_upper']).lstrip('+')})"
        for _, row in better.iterrows()
    ]
    if len(judged):
        cases = f"in {len(better)}: {join_words(named)}" if named else "in none"
        sentences.append(
            f"Of {len(judged)} kinds of forecast with enough past days for a verdict, ours beat the simple one that "
            f"was best until then {cases}. The simple ones are: as today, the mean so far, the trend of the lag, and "
            "back to the mean."
        )
    sentences.append(_of_all_forecasters(summary))
    return Finding(readable_backtest(summary), "\n".join(filter(None, sentences)))


def _of_all_forecasters(summary: pd.DataFrame) -> str:
    """Which forecaster had the smallest error for the two lags, ours beside it."""
    lags = summary[summary["target"].isin(["frontier_lag", "released_lag"]) & (summary["kind"] == "pseudo")]
    lags = lags[lags["horizon_months"].isin([3, 6])]
    if lags.empty:
        return ""
    mean = lags.groupby("forecaster")["crps"].mean()
    others = ("stack_crps", "damped_correction", "simple_chosen")
    compared = [f"{FORECASTER_NAMES[name]} {mean[name]:.1f}" for name in others if name in mean]
    return (
        f"Over both lags, three and six months ahead, our forecast had a mean error of {mean['stack']:.1f} months; "
        f"{join_words(compared)}; the smallest, {FORECASTER_NAMES[mean.idxmin()]}, {mean.min():.1f}."
    )


def readable_backtest(summary: pd.DataFrame, *, forecasters: tuple[str, ...] = ("stack",)) -> pd.DataFrame:
    """Scores of some forecasters by kind of origin, target and horizon."""
    rows = summary[summary["forecaster"].isin(forecasters)]
    return pd.DataFrame({
        "What was forecast": rows["target"].map(TARGET_NAMES) + ", " + rows["horizon_months"].astype(int).astype(str)
        + " months ahead",
        "By": rows["forecaster"].map(FORECASTER_NAMES),
        "On": rows["kind"].map(ORIGIN_KINDS),
        "Origins": rows["n"].astype(int),
        "Mean error (CRPS), months": rows["crps"].round(2),
        "Saved over the simple forecast that was best so far": [skill_with_interval(row) for _, row in rows.iterrows()],
        "Best simple in hindsight": rows["baseline"].map(FORECASTER_NAMES),
        "80% intervals that held": rows["coverage_80"].map(format_probability),
    })  # fmt: skip


def readable_backtest_of_lags(summary: pd.DataFrame) -> pd.DataFrame:
    """Error and coverage of our forecasts of the two lags, beside the simple forecasts."""
    lags = summary[summary["target"].isin(["frontier_lag", "released_lag"])]
    keys = ["kind", "target", "horizon_months"]
    error = lags.set_index([*keys, "forecaster"])["crps"]
    rows = lags[lags["forecaster"] == "stack"]
    chosen, best = (
        [error[(*(row[key] for key in keys), row.get(by, by))] for _, row in rows.iterrows()]
        for by in ("simple_chosen", "baseline")
    )
    best = [f"{value:.1f}, {FORECASTER_NAMES[name]}" for value, name in zip(best, rows["baseline"], strict=True)]
    return pd.DataFrame({
        "What was forecast": rows["target"].map(TARGET_NAMES),
        "Months ahead": rows["horizon_months"].astype(int),
        "On": rows["kind"].map(ORIGIN_KINDS),
        "Past days": rows["n"].astype(int),
        "Our error": [f"{value:.1f}" for value in rows["crps"]],
        "Simple, best so far": [f"{value:.1f}" for value in chosen],
        "Simple, best in hindsight": best,
        "80% intervals that held": rows["coverage_80"].map(format_share),
    })  # fmt: skip


def record_domain_note(params: Params) -> str:
    """What a run about one domain says before a record that is not about it; empty for the others."""
    notes = []
    if params.pair != US_CHINA:
        notes.append("This record is about China and the US; there is none for this pair yet.")
    if params.domain != "all":
        notes.append(f"This record is about AI in general; there is none for {params.domain} yet.")
    return " ".join(notes)


def calibration_finding(summary: pd.DataFrame) -> Finding:
    """Whether the ranks of the truth are those of a calibrated model."""
    out = summary.loc[~summary["inside"], "quantity"]
    verdict = f"outside for {join_words(list(out))}" if len(out) else "inside for every one"
    text = (
        f"In {int(summary['simulations'].max())} worlds drawn from the priors the ranks of the truth among the draws "
        f"were compared with uniform ones for {len(summary)} quantities: {verdict} (95% simultaneous bands)."
    )
    return Finding(summary, text)


def calibration_line(summary: pd.DataFrame) -> str:
    """For a page: whether the lags were where their intervals said, in worlds with a known gap."""
    lags = summary[summary["quantity"].isin(["pipeline: frontier_lag", "pipeline: released_lag"])]
    out = int((~lags["inside"]).sum())
    held = " and ".join(f"{format_share(share)}" for share in lags["coverage_80"])
    verdict = "calibrated within what that many worlds can show" if not out else "not calibrated"
    return (
        f"In {int(lags['simulations'].min())} simulated worlds with a known gap, drawn from the model's own "
        "assumptions, 80% intervals of the lag from frontier to frontier and from the best released model held in "
        f"{held}: {verdict}."
    )


def sensitivity_finding(table: pd.DataFrame) -> Finding:
    """What the headline numbers owe to assumptions."""
    rows = table.dropna(subset="shift_months")
    names = list(rows.loc[is_material(rows), "assumption"].drop_duplicates())
    text = f"{rows['assumption'].nunique()} assumptions were reversed or scaled. " + (
        f"A headline moves by a month or more for: {join_words(names)}." if names else "No headline moves by a month."
    )
    table = rows.pivot_table(index="assumption", columns="headline", values="shift_months", sort=False).round(2)
    return Finding(table.reset_index(), text)


def predictive_finding(checks: pd.DataFrame) -> Finding:
    """Whether the scores are as the ability model predicts them."""
    everything = checks[checks["grouping"] == "all"].iloc[0]
    groups = checks[checks["grouping"] != "all"]
    off = groups[is_off_centre(groups)]
    named = join_words([f"{row['group']} ({row['loo_pit']:.2f})" for _, row in off.iterrows()])
    text = (
        f"Left out one at a time, {format_probability(everything['loo_coverage_80'])} of {int(everything['n'])} "
        f"scores lie in their 80% interval; mean place {everything['loo_pit']:.2f}, 0.50 being right. "
        + (f"Away from the middle by more than chance: {named}." if len(off) else "No group is away from the middle.")
    )
    return Finding(checks, text)
