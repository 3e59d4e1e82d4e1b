"""Charts of the track record: calibration, worlds with a known gap, skill of past forecasts."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from gaplab.report.charts.chart import Chart, framed_chart
from gaplab.report.charts.marks import set_labelled_rows
from gaplab.report.charts.ranked_rows import ranked_rows_chart
from gaplab.report.charts.style import BEHIND_TEXT, COLOUR, GREY, INK, QUIET, bar_style, dot_style
from gaplab.report.text.numbers import format_share
from gaplab.report.text.record import TARGET_NAMES, skill_with_interval, target_name


def calibration_chart(bands: pd.DataFrame, summary: pd.DataFrame) -> Chart:
    """Ranks of the truth among the draws: ECDF less that of a uniform, in simultaneous bands.

    Parameters
    ----------
    bands, summary : DataFrame
        What `validation.calibration.bands` and `.summary` give.
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
        title=_calibration_title(summary),
        subtitle=_calibration_subtitle(),
        alt=_calibration_alt(summary),
        caption=_calibration_caption(),
        data=bands,
        heights=(4.2, 4.4),
        sides=(0.55, 0.2),
    )


def known_truth_chart(errors: pd.DataFrame) -> Chart:
    """Error in worlds with a known gap: ours beside those of the rules in use.

    Parameters
    ----------
    errors : DataFrame
        What `validation.truth.errors` gives.
    """
    ranked = errors.iloc[(errors["ours"] / errors["best"]).argsort(kind="stable")]
    rules = ranked.drop(columns=["ours", "best", "coverage_80"])

    def draw(axes: Axes, small: bool) -> None:
        for place, (world, row) in enumerate(ranked.iterrows()):
            label, line = 1.6 * place, 1.6 * place + 0.75
            axes.annotate(
                world_name(world), (0, label), xycoords=("axes fraction", "data"), size=8, va="center",
                bbox=BEHIND_TEXT,
            )  # fmt: skip
            axes.plot([row["ours"], row["best"]], [line, line], **bar_style(2))
            axes.plot(rules.loc[world], np.full(rules.shape[1], line), "o", ls="", ms=6, mfc="white", mec=QUIET)
            axes.plot(row["ours"], line, "o", **dot_style(hollow=False))
            axes.annotate(
                format_share(row["coverage_80"]), (1, line), xycoords=("axes fraction", "data"), xytext=(6, 0),
                textcoords="offset points", va="center", size=8, annotation_clip=False,
            )  # fmt: skip
        axes.set_xlim(0, 1.08 * rules.join(ranked["ours"]).max(axis=None))
        set_labelled_rows(axes, len(ranked))

    return framed_chart(
        draw,
        name="known_truth",
        title=_truth_title(ranked),
        subtitle=_truth_subtitle(),
        alt=_truth_alt(ranked),
        caption=_truth_caption(),
        data=ranked.reset_index(),
        heights=(1.5 + 0.36 * len(ranked), 2.0 + 0.36 * len(ranked)),
        sides=(0.2, 0.5),
    )


def skill_chart(summary: pd.DataFrame) -> Chart:
    """Skill of our forecast over the best simple one, by target and horizon.

    Parameters
    ----------
    summary : DataFrame
        What `validation.backtest.summary` gives.
    """
    rows = summary[summary["forecaster"] == "stack"]
    labels = [
        f"{target_name(row['target'])}, {int(row['horizon_months'])} months, {row['kind']}"
        for _, row in rows.iterrows()
    ]
    return ranked_rows_chart(
        labels,
        100 * rows["skill"].to_numpy(),
        100 * rows["skill_lower"].to_numpy(),
        100 * rows["skill_upper"].to_numpy(),
        name="record",
        title=_skill_title(summary),
        subtitle=_skill_subtitle(),
        alt=_skill_alt(summary),
        caption=_skill_caption(),
        data=rows,
        limit=100.0,
    )


def _skill_caption() -> str:
    """How to read the table of the back-test."""
    return (
        "Forecasts made on past days against what the last data say of the day they were about. Saved: share of the "
        "mean CRPS of the best simple forecast, with a 90% block-bootstrap interval."
    )


def _skill_title(summary: pd.DataFrame) -> str:
    """Whether the forecast beat the simple ones."""
    ours = summary[(summary["forecaster"] == "stack") & (summary["kind"] == summary["kind"].iloc[-1])]
    better = int((ours["skill_lower"] > 0).sum())
    if not better:
        return "On past days our forecast shows no skill over the best simple one"
    return f"On past days our forecast beat the best simple one in {better} of {len(ours)} cases"


def _skill_subtitle() -> str:
    """What the bars of the chart of skill are."""
    return (
        "Per cent of the best simple forecast's error saved; bar: 90% interval, where days were enough for one; right "
        "of 0 is better"
    )


def _skill_alt(summary: pd.DataFrame) -> str:
    """Every number of the chart of skill."""
    rows = summary[summary["forecaster"] == "stack"]
    return " ".join(
        f"{TARGET_NAMES[row['target']]}, {int(row['horizon_months'])} months, {row['kind']}: "
        f"{skill_with_interval(row)}."
        for _, row in rows.iterrows()
    )


def _calibration_alt(summary: pd.DataFrame) -> str:
    """Every verdict of the chart of ranks."""
    return " ".join(
        f"{row['quantity']}: {'inside' if row['inside'] else 'outside'} its band, mean rank {row['mean_rank']:.2f}."
        for _, row in summary.iterrows()
    )


def _calibration_title(summary: pd.DataFrame) -> str:
    """How many quantities are calibrated."""
    return f"{int(summary['inside'].sum())} of {len(summary)} quantities are calibrated in simulated worlds"


def _calibration_subtitle() -> str:
    """What the lines of the chart of ranks are."""
    return "Share of ranks below a place less that place; the band holds all of a calibrated line with 95%"


def _calibration_caption() -> str:
    """What to look for in the chart of ranks."""
    return (
        "A line that climbs and falls means draws that are too low or too high; an S means intervals too narrow or "
        "too wide. Säilynoja, Bürkner and Vehtari (2022)."
    )


_WORLD_NAMES = {
    "smooth": "Smooth frontiers, a constant lag",
    "jumpy": "Nearly all growth in jumps",
    "slope_change": "The leader has doubled its pace",
    "drifting_lag": "The lag goes from 10 to 6 months",
    "overtaking": "The follower overtakes",
    "heavy_shortfalls": "Hardly a model at the frontier",
    "selective_tests": "Models take tests near their level",
    "cherry_picking": "The follower shows its better scores",
    "developer_bias": "Developers' own scores are too high",
    "late_scoring": "The follower is scored late",
    "restricted_models": "The leader has hidden models",
}


def world_name(name: str) -> str:
    """A simulated world in words: what is hard in it."""
    return _WORLD_NAMES.get(name, name)


def _truth_title(errors: pd.DataFrame) -> str:
    """In how many worlds we are closer to the truth than every rule in use."""
    better = int((errors["ours"] < errors["best"]).sum())
    return f"Closer to the known gap than every rule in use in {better} of {len(errors)} simulated worlds"


def _truth_subtitle() -> str:
    """What the marks of the chart of known gaps are."""
    return (
        "Error (RMSE) of the lag from frontier to frontier, months; filled: ours, hollow: five rules in use "
        "elsewhere; right: how often our 80% interval held"
    )


def _truth_alt(errors: pd.DataFrame) -> str:
    """Every error of ours and of the best rule, and how often our interval held."""
    rows = " ".join(
        f"{world_name(world)}: ours {row['ours']:.1f}, best rule {row['best']:.1f} months, interval held in "
        f"{format_share(row['coverage_80'])}."
        for world, row in errors.iterrows()
    )
    return f"{_truth_title(errors)}. {rows}"


def _truth_caption() -> str:
    """How to read the chart of known gaps."""
    return (
        "Worlds in which the gap is known, most gained at the top. The rules: first match, Epoch's 5% rule, straight "
        "lines through records, records between records, and the first match of every draw."
    )
