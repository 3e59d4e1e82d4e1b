"""Charts of the track record: past readings, calibration, worlds with a known gap, skill of past forecasts."""

from __future__ import annotations

import matplotlib.dates as mdates
import numpy as np
import pandas as pd
from matplotlib import colormaps
from matplotlib.axes import Axes

from gaplab.gap.summary import quantiles, tails
from gaplab.report.charts.drawing.chart import Chart, framed_chart
from gaplab.report.charts.drawing.interval_rows import ranked_rows_chart
from gaplab.report.charts.drawing.marks import mark_half_years, set_rows, write_at
from gaplab.report.charts.drawing.style import BEHIND_TEXT, BLACK, COLOUR, GREY, INK, QUIET, bar_style, dot_style
from gaplab.report.text.definitions import DEFINITION_LABELS
from gaplab.report.text.numbers import format_number, format_share, signed_months
from gaplab.report.text.record import TARGET_NAMES, skill_with_interval, world_name
from gaplab.results.revisions import headline_definition


def past_readings_chart(rows: pd.DataFrame, summary: pd.DataFrame) -> Chart:
    """The first number as it was read on past days, with its intervals, over what is now read of the same days.

    Parameters
    ----------
    rows, summary : DataFrame
        What `validation.readings.read_again` and `revision_summary` give;
        drawn are the readings on the first ruler: of the months since its
        first day with the scores that models out by then have today, and of
        days from which the scores known then are kept.
    """
    definition = headline_definition(summary)
    asked = {"definition": definition, "horizon": "today", "ruler": rows["ruler"].iloc[0]}
    rows = rows[(rows[list(asked)] == pd.Series(asked)).all(axis=1)].dropna(subset="later")
    rows = pd.concat([_weeks_apart(each) for _, each in rows.groupby("knowledge")]).reset_index(drop=True)
    days = pd.DatetimeIndex(rows["origin"])
    span = max(float((days.max() - days.min()).days), 1.0)
    colours = colormaps["viridis"](0.85 * np.asarray((days - days.min()).days) / span)
    real = (rows["knowledge"] == "real_time").to_numpy()
    today = rows.drop_duplicates("origin").sort_values("origin")
    low, high = quantiles(rows["revision"].to_numpy(), tails(0.8))

    def draw(axes: Axes, small: bool) -> None:
        axes.vlines(days, rows["lower_80"], rows["upper_80"], color=colours, lw=1.6, alpha=0.5)
        axes.vlines(days, rows["lower_50"], rows["upper_50"], color=colours, lw=4, alpha=0.5)
        for marker, chosen in (("o", ~real), ("D", real)):
            axes.scatter(days[chosen], rows["median"][chosen], s=24, c=colours[chosen], marker=marker, zorder=3)
        axes.plot(pd.DatetimeIndex(today["origin"]), today["later"], color=BLACK)
        axes.axhline(0, color=GREY, lw=0.8)
        mark_half_years(axes, small)
        axes.xaxis.set_major_formatter(mdates.DateFormatter("%b %Y"))

    return framed_chart(
        draw,
        name="readings",
        title=(
            f"Read on its day, the first number has later moved by {signed_months(low)} to {signed_months(high)} "
            "months (80%)"
        ),
        subtitle=f"{DEFINITION_LABELS[definition]}, months. Marks: read on the day; line: read today",
        alt=" ".join(
            f"{row['origin']}{' as known then' if row['knowledge'] == 'real_time' else ''}: "
            f"{format_number(row['median'])}, {format_number(row['lower_80'])} to "
            f"{format_number(row['upper_80'])}; today {format_number(row['later'])}."
            for _, row in rows.iterrows()
        ),
        caption=(
            "Each mark is the number as it came out on that day, in the colour of the day, with intervals of 50% and "
            "80%; the line is what is now read of the same days. Circles: only models that were out by then, with the "
            "scores that they have today. Diamonds: only scores that were known then."
        ),
        data=rows,
        heights=(4.4, 4.4),
        sides=(0.42, 0.3),
    )


def _weeks_apart(rows: pd.DataFrame, days: int = 20) -> pd.DataFrame:
    """Readings at least so many days apart, the first of each stretch."""
    chosen, last = [], pd.Timestamp("1970-01-01")
    rows = rows.sort_values("origin")
    for place, day in enumerate(pd.to_datetime(rows["origin"])):
        if (day - last).days >= days:
            chosen, last = [*chosen, place], day
    return rows.iloc[chosen]


def calibration_chart(bands: pd.DataFrame, summary: pd.DataFrame) -> Chart:
    """Ranks of the truth among the draws: ECDF less that of a uniform, in simultaneous bands.

    From what `validation.calibration.bands` and `rank_summary` give.
    """

    def draw(axes: Axes, small: bool) -> None:
        for quantity, each in bands.groupby("quantity"):
            lags = str(quantity).startswith("pipeline")
            inside = bool(each["inside"].iloc[0])
            colour = COLOUR["follower"] if lags else COLOUR["leader"]
            axes.fill_between(each["at"], each["lower"], each["upper"], color=GREY, alpha=0.03, lw=0)
            axes.plot(each["at"], each["difference"], color=colour, lw=1.2 if inside else 2.4, alpha=0.8)
            if not inside:
                peak = each.loc[each["difference"].abs().idxmax()]
                name = str(quantity).split(": ")[-1]
                axes.annotate(name, (peak["at"], peak["difference"]), size=8, ha="center", bbox=BEHIND_TEXT)
        axes.axhline(0, color=GREY, lw=0.8)
        axes.set_xlim(0, 1)
        for name, place, role in (("both stages", 0.97, "follower"), ("abilities alone", 0.90, "leader")):
            axes.annotate(name, (0.98, place), xycoords="axes fraction", ha="right", va="top", color=INK[role], size=9)

    return framed_chart(
        draw,
        name="calibration",
        title=f"{int(summary['inside'].sum())} of {len(summary)} quantities are calibrated in simulated worlds",
        subtitle="Share of ranks below a place less that place; the band holds all of a calibrated line with 95%",
        alt=" ".join(
            f"{row['quantity']}: {'inside' if row['inside'] else 'outside'} its band, mean rank {row['mean_rank']:.2f}."
            for _, row in summary.iterrows()
        ),
        caption=(
            "A line that climbs and falls means draws that are too low or too high; an S means intervals too narrow "
            "or too wide. Säilynoja, Bürkner and Vehtari (2022)."
        ),
        data=bands,
        heights=(4.2, 4.4),
        sides=(0.55, 0.2),
    )


def known_truth_chart(errors: pd.DataFrame) -> Chart:
    """Error in worlds with a known gap, from `validation.truth.errors`: ours beside those of the rules in use."""
    ranked = errors.iloc[(errors["ours"] / errors["best"]).argsort(kind="stable")]
    rules = ranked.drop(columns=["ours", "best", "coverage_80"])

    def draw(axes: Axes, small: bool) -> None:
        for place, (world, row) in enumerate(ranked.iterrows()):
            label, line = 1.6 * place, 1.6 * place + 0.75
            write_at(axes, world_name(world), 0, label, bbox=BEHIND_TEXT)
            axes.plot([row["ours"], row["best"]], [line, line], **bar_style(2))
            axes.plot(rules.loc[world], np.full(rules.shape[1], line), "o", ls="", ms=6, mfc="white", mec=QUIET)
            axes.plot(row["ours"], line, "o", **dot_style(hollow=False))
            write_at(axes, format_share(row["coverage_80"]), 1, line, right=6)
        axes.set_xlim(0, 1.08 * rules.join(ranked["ours"]).max(axis=None))
        set_rows(axes, 1.6 * len(ranked), -0.8)

    better = int((ranked["ours"] < ranked["best"]).sum())
    title = f"Closer to the known gap than every rule in use in {better} of {len(ranked)} simulated worlds"
    readings = " ".join(
        f"{world_name(world)}: ours {row['ours']:.1f}, best rule {row['best']:.1f} months, interval held in "
        f"{format_share(row['coverage_80'])}."
        for world, row in ranked.iterrows()
    )
    return framed_chart(
        draw,
        name="known_truth",
        title=title,
        subtitle=(
            "Error (RMSE) of the lag from frontier to frontier, months; filled: ours, hollow: five rules in use "
            "elsewhere; right: how often our 80% interval held"
        ),
        alt=f"{title}. {readings}",
        caption=(
            "Worlds in which the gap is known, most gained at the top. The rules: first match, Epoch's 5% rule, "
            "straight lines through records, records between records, and the first match of every draw."
        ),
        data=ranked.reset_index(),
        heights=(1.5 + 0.36 * len(ranked), 2.0 + 0.36 * len(ranked)),
        sides=(0.2, 0.5),
    )


def skill_chart(summary: pd.DataFrame) -> Chart:
    """Skill of our forecast over the simple one that was best so far, by target and horizon: a `backtest_summary`."""
    rows = summary[summary["forecaster"] == "stack"]
    labels = [f"{TARGET_NAMES[r.target]}, {int(r.horizon_months)} months, {r.kind}" for r in rows.itertuples()]
    readings = zip(labels, rows.iterrows(), strict=True)
    newest = rows[rows["kind"] == summary["kind"].iloc[-1]]
    better = int((newest["skill_lower"] > 0).sum())
    return ranked_rows_chart(
        labels,
        *(100 * rows[name].to_numpy() for name in ("skill", "skill_lower", "skill_upper")),
        name="record",
        title=(
            f"On past days our forecast beat the simple one that was best so far in {better} of {len(newest)} cases"
            if better
            else "On past days our forecast shows no skill over the simple one that was best so far"
        ),
        subtitle=(
            "Per cent of that forecast's error saved; bar: 90% interval, where days were enough for one; right of 0 is "
            "better"
        ),
        alt=" ".join(f"{label}: {skill_with_interval(row)}." for label, (_, row) in readings),
        caption=(
            "Forecasts made on past days against what the last data say of the day they were about. Saved: share of "
            "the mean CRPS of the simple forecast with the smallest error until each day, with a 90% block-bootstrap "
            "interval."
        ),
        data=rows,
        limit=100.0,
    )
