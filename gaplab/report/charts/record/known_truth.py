"""Chart: errors of our gap and of other rules in worlds with a known gap."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from gaplab.report.charts.drawing.chart import Chart, framed_chart
from gaplab.report.charts.drawing.marks import set_rows, write_at
from gaplab.report.charts.drawing.style import BEHIND_TEXT, QUIET, bar_style, dot_style
from gaplab.report.text.numbers import format_share
from gaplab.report.text.record import world_name


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
