"""Chart: ranks of the truth among the draws, in simulated worlds."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes

from gaplab.report.charts.drawing.chart import Chart, framed_chart
from gaplab.report.charts.drawing.style import BEHIND_TEXT, COLOUR, GREY, INK


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
