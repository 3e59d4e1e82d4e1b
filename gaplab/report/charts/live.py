"""A chart that is drawn once and follows the sliders of the panel."""

from __future__ import annotations

import matplotlib.dates as mdates
import numpy as np
import pandas as pd
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox

from gaplab.report.charts.drawing.chart import CREDIT, render_figure
from gaplab.report.charts.drawing.style import BLACK, COLOUR, GREY, INK, PAGE_INCHES, QUIET, house_style

_SUBTITLE = "Months behind. Line: middle of the draws; dark band: half of them; dashed: without levers"
_DPI = 125
"""Sharp where the picture fills half a wide window."""


class LiveChart:
    """One chart that is drawn once and moves with its numbers: a fan, its saw-tooth and the baseline, as PNG."""

    def __init__(self, *, width: float = PAGE_INCHES, height: float = 3.4):
        with house_style():
            self._fig = Figure(figsize=(width, height))
            FigureCanvasAgg(self._fig)
            self._axes = self._fig.add_axes(Bbox.from_extents(0.06, 0.16, 0.84, 0.86))
            self._axes.xaxis.set_major_locator(mdates.MonthLocator(bymonth=(1, 7)))
            self._axes.xaxis.set_major_formatter(mdates.ConciseDateFormatter(self._axes.xaxis.get_major_locator()))
            self._title = self._fig.text(0.013, 0.94, "", size=11, weight="bold")
            self._fig.text(0.013, 0.885, _SUBTITLE, size=8, color=QUIET)
            self._fig.text(0.013, 0.015, CREDIT, size=7, color=QUIET)
        self._drawn: list = []

    def png(self, fan: pd.DataFrame, baseline: pd.DataFrame, today: pd.Timestamp, *, title: str, ends: str) -> bytes:
        """The picture for these numbers.

        Parameters
        ----------
        fan, baseline : DataFrame indexed by date
            Quantiles as `outer_low`, `low`, `median`, `high`, `outer_high`;
            of the baseline the median is drawn.
        today : Timestamp
            Where the past ends.
        title, ends : str
            What the chart says, and what its line is.
        """
        axes = self._axes
        for artist in self._drawn:
            artist.remove()
        finite = np.concatenate([frame.to_numpy().ravel() for frame in (fan, baseline)])
        finite = finite[np.isfinite(finite)]
        top = 1.05 * max(finite.max(), 1.0)
        bottom = max(min(finite.min(), 0.0), -0.7 * top)
        fan, baseline = (frame.clip(bottom - 5, top + 5) for frame in (fan, baseline))
        with house_style():
            self._title.set_text(title)
            days = mdates.date2num(fan.index)
            self._drawn = [
                axes.fill_between(days, fan[low], fan[high], color=COLOUR["follower"], alpha=alpha, linewidth=0)
                for low, high, alpha in (("outer_low", "outer_high", 0.14), ("low", "high", 0.25))
            ]
            self._drawn += axes.plot(days, fan["median"], color=COLOUR["follower"])
            plain = mdates.date2num(baseline.index)
            self._drawn += axes.plot(plain, baseline["median"], color=BLACK, lw=1.1, ls=(0, (4, 3)))
            self._drawn += [axes.axvline(today, color=GREY, lw=0.8), axes.axhline(0, color=GREY, lw=0.8)]
            end = fan["median"].iloc[-1]
            label = axes.annotate(
                ends, (days[-1], np.clip(end, bottom, top)), xytext=(6, 0), textcoords="offset points", va="center",
                size=9, weight="bold", color=INK["follower"], annotation_clip=False,
            )  # fmt: skip
            self._drawn.append(label)
            axes.set_xlim(days[0], days[-1])
            axes.set_ylim(bottom, top)
        return render_figure(self._fig, format="png", dpi=_DPI, metadata={"Software": None})
