"""Names of models in free spots beside their marks."""

from __future__ import annotations

import matplotlib.dates as mdates
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from gaplab.report.charts.drawing.style import BEHIND_TEXT, INK


def name_models(
    axes: Axes,
    named: dict[str, pd.DataFrame],
    lines: list[pd.Series],
    models: pd.DataFrame,
    arrow: tuple[pd.Timestamp, pd.Timestamp, float],
) -> None:
    """Write each name in the best free spot around its mark, or not at all; the newest choose first.

    A spot is free when the text lies inside the picture and touches no other
    text, no named mark and not the arrow (its two dates and its level), and
    when the thread to its mark crosses no text and no named mark.
    The best is near and covers little of the lines and few dots.
    """
    axes.get_xlim()  # settles where data lie, as drawing would
    per_point = axes.figure.dpi / 72
    labels = [(row.date, row.level, row.Index, role) for role, rows in named.items() for row in rows.itertuples()]
    labels.sort(key=lambda label: label[0], reverse=True)
    marks = [_pixel(axes, date, level) for date, level, *_ in labels]
    texts = [_extent(text) for text in axes.texts if text.get_text()]
    rings = [Bbox.from_bounds(x - 5, y - 5, 10, 10) for x, y in marks]
    (left, height), (right, _) = sorted(tuple(_pixel(axes, day, arrow[2])) for day in arrow[:2])
    shaft = Bbox.from_extents(left - 2, height - 5, right + 2, height + 5)
    path = np.concatenate([_pixels(axes, line) for line in lines])
    dots = _pixel(axes, models["date"], models["level"])
    frame = Bbox.from_extents(axes.bbox.x0, axes.bbox.y0, axes.figure.bbox.x1, axes.bbox.y1)
    for index, (mark, (date, level, name, role)) in enumerate(zip(marks, labels, strict=True)):
        size = _text_size(axes, name)
        obstacles = [*texts, *(ring for ring, other in zip(rings, marks, strict=True) if np.hypot(*(other - mark)) > 8)]
        spots = []
        for offset in _spots(above=role == "leader"):
            corner = mark + np.array(offset) * per_point - size * (1 - np.sign(offset)) / 2
            box = Bbox.from_bounds(*corner, *size)
            apart = Bbox.from_extents(box.x0 - 4, box.y0, box.x1 + 4, box.y1)
            if not _inside(box, frame) or apart.count_overlaps([*obstacles, rings[index], shaft]):
                continue
            thread = mark + np.linspace(0.1, 1, 20)[:, None] * (np.array(offset) * per_point)
            if not any(_count_in(thread, obstacle) for obstacle in obstacles):
                cost = np.hypot(*offset) + 0.25 * _count_in(path, box) + 3 * _count_in(dots, box)
                spots.append((cost, offset, box))
        if spots:
            _, offset, box = min(spots, key=lambda spot: spot[:2])
            texts.append(box)
            _thread_label(axes, (date, level), offset, name, INK[role])


def _thread_label(axes: Axes, mark: tuple, offset: tuple[float, float], name: str, ink: str) -> None:
    across, up = (int(np.sign(reach)) for reach in offset)
    axes.annotate(
        name, mark, xytext=offset, textcoords="offset points", size=8, color=ink, bbox=BEHIND_TEXT, zorder=3.5,
        ha=["center", "left", "right"][across], va=["center", "bottom", "top"][up],
        arrowprops={"arrowstyle": "-", "color": ink, "lw": 0.6, "shrinkA": 0, "shrinkB": 3, "alpha": 0.6},
    )  # fmt: skip


def _extent(text: Text) -> Bbox:
    """Of the letters alone, where they will be drawn."""
    text.get_window_extent()  # of an annotation: moves it to its place, and counts its arrow too
    return Text.get_window_extent(text)


def _text_size(axes: Axes, text: str) -> np.ndarray:
    probe = axes.text(0, 0, text, size=8)
    extent = probe.get_window_extent()
    probe.remove()
    return np.array([extent.width, extent.height])


def _inside(box: Bbox, frame: Bbox) -> bool:
    return bool((box.min >= frame.min + 1).all() and (box.max <= frame.max - 1).all())


def _count_in(points: np.ndarray, box: Bbox) -> int:
    return int(((points >= box.min) & (points <= box.max)).all(axis=1).sum())


def _spots(above: bool) -> list[tuple[float, float]]:
    """Offsets of a label from its mark in points, on the side where its country's models lie free."""
    side = 1 if above else -1
    reaches, leans = (6, 12, 18, 26, 36, 46), (-1.6, -0.8, -0.4, 0, 0.4, 0.8, 1.6)
    return [(side * lean * reach, side * reach) for reach in reaches for lean in leans] + [(8, 0), (-8, 0)]


def _pixel(axes: Axes, date: pd.Timestamp | pd.Series, level: float | pd.Series) -> np.ndarray:
    return axes.transData.transform(np.column_stack([mdates.date2num(date), level])).squeeze()


def _pixels(axes: Axes, line: pd.Series) -> np.ndarray:
    """A line as points close enough together that no label can slip between two of them."""
    knots = mdates.date2num(line.index)
    grid = np.linspace(knots[0], knots[-1], 600)
    return axes.transData.transform(np.column_stack([grid, np.interp(grid, knots, line)]))
