"""A chart of numbers with intervals in rows, each under its label."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from gaplab.report.charts.chart import Chart, framed_chart
from gaplab.report.charts.marks import set_rows, write_at
from gaplab.report.charts.style import BEHIND_TEXT, GREY, PAGE_INCHES, PHONE_INCHES, bar_style, dot_style, shorten_text


def ranked_rows_chart(
    labels: list[str],
    middle: np.ndarray,
    low: np.ndarray,
    high: np.ndarray,
    *,
    limit: float = np.inf,
    values: list[str] | None = None,
    **words,
) -> Chart:
    """One number with its interval a line, each under its label and, if given, with its value at the right.

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
            write_at(axes, fitting, 0, line, bbox=BEHIND_TEXT)
            line += 0.75
            if np.isfinite(low[place]) and np.isfinite(high[place]):
                axes.plot([low[place], high[place]], [line] * 2, **bar_style(2))
            if abs(middle[place]) <= limit:
                axes.plot(middle[place], line, "o", **dot_style(hollow=False))
            elif np.isfinite(middle[place]):
                side = np.sign(middle[place])
                axes.plot(side * limit, line, "<" if side < 0 else ">", **dot_style(hollow=False))
                # Ten times worse is as bad as any.
                below = middle[place] < -1000
                number = "below \u22121000" if below else f"{middle[place]:+.0f}".replace("-", "\u2212")
                axes.annotate(
                    number, (side * limit, line), xytext=(-8 * side, 0), textcoords="offset points", size=8,
                    ha="left" if side < 0 else "right", va="center",
                )  # fmt: skip
            if values:
                write_at(axes, values[place], 1, line, right=6)
        axes.axvline(0, color=GREY, lw=0.8)
        axes.set_xlim(-edge, edge)
        set_rows(axes, 1.6 * len(labels), -0.8)

    lines, right = max(len(labels), 1), 0.5 if values else 0.2
    return framed_chart(draw, **words, heights=(1.4 + 0.36 * lines, 1.7 + 0.36 * lines), sides=(0.2, right))
