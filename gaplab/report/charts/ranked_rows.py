"""A chart of numbers with intervals in rows, each under its label."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from gaplab.report.charts.chart import Chart, framed_chart
from gaplab.report.charts.marks import set_labelled_rows
from gaplab.report.charts.style import BEHIND_TEXT, GREY, PAGE_INCHES, PHONE_INCHES, bar_style, dot_style, shorten_text


def ranked_rows_chart(
    labels: list[str],
    middle: np.ndarray,
    low: np.ndarray,
    high: np.ndarray,
    *,
    limit: float = np.inf,
    shown: list[str] | None = None,
    **said,
) -> Chart:
    """One number with its interval a line, each under its label and, if given, with its text at the right.

    A number beyond `limit` would squash all others: an arrow at the edge
    stands for it, with the number beside.
    """
    ends = np.concatenate([middle, low, high])
    ends = ends[np.isfinite(ends)]
    edge = min(1.1 * max(np.abs(ends).max(initial=0.0), 0.5), 1.15 * limit)

    def draw(axes: Axes, small: bool) -> None:
        for place, label in enumerate(labels):
            line = 1.6 * place
            fitting = shorten_text(label, (PHONE_INCHES if small else PAGE_INCHES) - 0.6, 8)
            axes.annotate(fitting, (0, line), xycoords=("axes fraction", "data"), size=8, va="center", bbox=BEHIND_TEXT)
            if np.isfinite(low[place]) and np.isfinite(high[place]):
                axes.plot([low[place], high[place]], [line + 0.75] * 2, **bar_style(2))
            if abs(middle[place]) <= limit:
                axes.plot(middle[place], line + 0.75, "o", **dot_style(hollow=False))
            elif np.isfinite(middle[place]):
                side = np.sign(middle[place])
                axes.plot(side * limit, line + 0.75, "<" if side < 0 else ">", **dot_style(hollow=False))
                axes.annotate(
                    _beyond_edge(middle[place]),
                    (side * limit, line + 0.75),
                    xytext=(-8 * side, 0),
                    textcoords="offset points",
                    size=8,
                    ha="left" if side < 0 else "right",
                    va="center",
                )
            if shown:
                axes.annotate(
                    shown[place],
                    (1, line + 0.75),
                    xycoords=("axes fraction", "data"),
                    xytext=(6, 0),
                    textcoords="offset points",
                    va="center",
                    size=8,
                    annotation_clip=False,
                )
        axes.axvline(0, color=GREY, lw=0.8)
        axes.set_xlim(-edge, edge)
        set_labelled_rows(axes, len(labels))

    lines = max(len(labels), 1)
    return framed_chart(
        draw, **said, heights=(1.4 + 0.36 * lines, 1.7 + 0.36 * lines), sides=(0.2, 0.5 if shown else 0.2)
    )


def _beyond_edge(share: float) -> str:
    """A number beyond the edge of a chart: −163; ten times worse is as bad as any: below −1000."""
    return "below \u22121000" if share < -1000 else f"{share:+.0f}".replace("-", "\u2212")
