"""Labelled rows of intervals on one axis: the label beside its interval, or above it."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.transforms import Bbox

from gaplab.params.spec import Params
from gaplab.questions.claims.reading import claim_range
from gaplab.report.charts.drawing.chart import Chart, framed_chart
from gaplab.report.charts.drawing.marks import note_value, set_rows, write_at
from gaplab.report.charts.drawing.style import (
    BEHIND_TEXT,
    BLACK,
    COLOUR,
    GREY,
    QUIET,
    bar_style,
    dot_style,
    shorten_text,
    text_inches,
)
from gaplab.report.text.claims import claim_label, claimed_months, is_disputed
from gaplab.report.text.numbers import format_number, signed_months
from gaplab.report.text.phrases import estimate_of_row, interval_bounds


class IntervalRows:
    """Labelled intervals, one under the other; the label stands left of its interval, on a phone above it."""

    def __init__(self, axes: Axes, small: bool):
        self.axes, self.small, self.line, self.reach = axes, small, 0.0, [0.0]
        self._latest, self._over, self._below, self._foot = "", 0.0, 0.0, 0.8
        self._width = axes.figure.get_size_inches()[0]
        if not small:
            box = axes.get_position()
            axes.set_position(Bbox.from_extents(0.395, box.y0, 0.855, box.y1))
        axes.grid(True, axis="x")
        axes.grid(False, axis="y")
        axes.set_yticks([])
        axes.tick_params(labeltop=True, top=False)
        axes.locator_params(axis="x", integer=True)

    def heading(self, text: str) -> None:
        self.line += 1.4
        self._label(text, weight="bold", size=9)

    def estimate(self, row: pd.Series, params: Params) -> None:
        """A row of a gap table with its intervals."""
        self.line += 1
        self._bars(interval_bounds(row, params.prob), interval_bounds(row, 0.5))
        if np.isfinite(row["median"]):
            self.axes.plot(row["median"], self._mark, "o", ms=6, color=COLOUR["follower"], mec="white", mew=1)
            self.reach.append(row["median"])
        self._label(row["label"])
        self._value(estimate_of_row(row, params.prob), BLACK)

    def claim(self, claim: pd.Series) -> None:
        """A published claim as a point or a range."""
        self.line += 1
        low, high = claim_range(claim)
        ink = BLACK if is_disputed(claim) else QUIET
        style = {"color": ink, "mfc": ink if is_disputed(claim) else "white", "mec": ink, "mew": 1.2, "ms": 5.5}
        if claim["form"] == "point":
            self.axes.plot(claim["central"], self._mark, "D", **style)
            self.reach.append(claim["central"])
        else:
            ends = [end for end in (low, high) if np.isfinite(end)]
            self.axes.plot(ends, [self._mark] * len(ends), "D-", lw=1.2, **style)
            if len(ends) == 1:
                towards = 1 if np.isinf(high) else -1
                head, foot = ((ends[0] + reach * towards, self._mark) for reach in (2.5, 0.2))
                self.axes.annotate("", head, foot, arrowprops={"arrowstyle": "->", "color": ink, "lw": 1.2})
            self.reach += ends
        who, when = claim_label(claim)
        room = (2.55 if self.small else 2.75) - text_inches(f", {when}", 8.5)
        who = who if text_inches(who, 8.5) <= room else who.split(" (")[0]  # an affiliation goes before a name is cut
        self._label(f"{shorten_text(who, room, 8.5)}, {when}")
        self._value(claimed_months(claim).removesuffix(" months"), ink)

    def pair(self, label: str, values: tuple[float, float], text: str) -> None:
        """Two numbers on one line: a diamond for the other's, a dot for ours."""
        self.line += 1
        other, ours = values
        self.axes.plot([other, ours], [self._mark] * 2, color=GREY, lw=1)
        self.axes.plot(other, self._mark, "D", ms=5, color=COLOUR["leader"])
        self.axes.plot(ours, self._mark, "o", ms=6.5, color=COLOUR["follower"], mec="white", mew=1)
        self.reach += [other, ours]
        self._label(self._fitted(label, 8.5))
        self._value(text, BLACK)

    def two_dates(self, label: str, then: np.ndarray, now: np.ndarray, text: str) -> None:
        """One number on two dates: the earlier hollow and above, the later filled."""
        self.line += 1.25
        for (low, middle, high), rise, filled in ((then, -0.2, False), (now, 0.14, True)):
            style = {"color": COLOUR["follower"], "alpha": 0.9 if filled else 0.5}
            if np.isfinite(low) and np.isfinite(high):
                self.axes.plot([low, high], [self._mark + rise] * 2, lw=2, solid_capstyle="butt", **style)
                self.reach += [low, high]
            if np.isfinite(middle):
                self.axes.plot(middle, self._mark + rise, "o", **dot_style(not filled))
                self.reach.append(middle)
        self._label(self._fitted(label, 8.5))
        self._value(text, BLACK)

    def interval(self, label: str, row: pd.Series, text: str, *, note: str = "", faint: bool = False) -> None:
        """A middle estimate with its two intervals and a note; a line without a number has its reason only."""
        self.line += (1.65 if self.small else 1.35) if note else 1
        self._below = 0.37 if note and self.small else 0.0  # the bars stand below the note
        paint = {"color": GREY} if faint else {}
        self._bars((row["outer_low"], row["outer_high"]), (row["low"], row["high"]), **paint)
        if np.isfinite(row["median"]):
            self.axes.plot(row["median"], self._mark, "o", **dot_style(faint) | paint)
            self.reach.append(row["median"])
        self._label(self._fitted(label, 8.5), rise=0.2 if note and not self.small else 0.0)
        if note:
            self._label(self._fitted(note, 7.5), size=7.5, rise=-0.34 if self.small else -0.3, ink=QUIET)
        self._value(text, QUIET if faint or not np.isfinite(row["median"]) else BLACK)
        self._below, self._foot = 0.0, 0.8 + self._below

    def points(self, label: str, filled: float, ring: float, text: str) -> None:
        """Two numbers on one line, either of which may be missing: a filled dot above a ring."""
        self.line += 1
        for months, hollow in ((ring, True), (filled, False)):
            if np.isfinite(months):
                self.axes.plot(months, self._mark, "o", **dot_style(hollow))
                self.reach.append(months)
        self._label(self._fitted(label, 8.5))
        self._value(text, BLACK if np.isfinite(filled) else QUIET)

    def end(self, label: str, months: float) -> None:
        """One end of a bridge: a diamond, as published numbers are drawn elsewhere."""
        self.line += 1
        self.axes.plot(months, self._mark, "D", color=BLACK, ms=6.5)
        self.reach.append(months)
        self._label(self._fitted(label, 9, "bold"), weight="bold", size=9)
        self._value(format_number(months), BLACK)

    def step(self, label: tuple[str, str], start: float, end: float, *, explained: bool) -> None:
        """One change of a bridge: a bar from the number before to the number after."""
        self.line += 1
        colour = COLOUR["leader" if end >= start else "follower"] if explained else GREY
        half = 0.15 if self.small else 0.25
        if abs(end - start) < 0.05:
            self.axes.plot([start, start], [self._mark - half, self._mark + half], color=colour, lw=2)
        else:
            # What is not explained is hatched: in grey its colour is that of a step down.
            paint = {"color": colour} if explained else {"facecolor": "white", "edgecolor": colour, "hatch": "/////"}
            self.axes.barh(self._mark, end - start, left=start, height=2 * half, **paint)
        for edge, way in ((start, -1), (end, 1)):
            reach = [self._mark + way * half, self._mark + way]
            self.axes.plot([edge, edge], reach, color=GREY, lw=0.7, zorder=0.5)
        self.reach += [start, end]
        what, how = label
        self._label(self._fitted(what, 8.5, "bold"), weight="bold", rise=0.19)
        room = self._room()
        if self.small or text_inches(how, 7.5) <= room:
            self._label(self._fitted(how, 7.5), size=7.5, rise=-0.05 if self.small else -0.19)
        else:
            before, _, after = how.partition(" → ")
            for line, rise in ((before, -0.12), (f"→ {after}", -0.38)):
                self._label(shorten_text(line, room, 7.5), size=7.5, rise=rise)
        self._value(signed_months(end - start), BLACK)

    def _bars(self, outer: tuple[float, float], inner: tuple[float, float], **paint: str) -> None:
        for ends, width in ((outer, 2), (inner, 6)):
            if np.isfinite(ends).all():
                self.axes.plot(ends, [self._mark] * 2, **bar_style(width) | paint)
                self.reach += ends

    def _fitted(self, text: str, size: float, weight: str = "normal") -> str:
        """The text, cut to the room left of the axes, or on a phone to that left of the value."""
        return shorten_text(text, self._room() * (0.93 if weight == "bold" else 1), size)

    def _room(self) -> float:
        return 3.0 if self.small else self.axes.get_position().x0 * self._width - 0.3

    def finish(self, before: float = 0.0) -> None:
        """Limits of the axes, once all rows are drawn."""
        low, high = min(self.reach), max(self.reach)
        pad = max(0.04 * (high - low), before)
        self.axes.set_xlim(low - (pad if low < 0 else 0.01 * (high - low)), high + pad)
        if before:
            self.axes.set_xlim(low - pad, high + pad)
        self.axes.set_ylim(self.line + self._foot, 0.7 - (0.3 if before else 0))
        if high <= 0 < self._over:  # the line at zero stands left of the values
            left, right = self.axes.get_xlim()
            wide = self.axes.get_position().width * self._width
            self.axes.set_xlim(left, right + (right - left) * self._over / (wide - self._over))
        if low < 0:
            self.axes.axvline(0, color=GREY, lw=1)

    @property
    def _mark(self) -> float:
        return self.line + (0.3 if self.small else 0) + self._below

    def _label(
        self, text: str, *, weight: str = "normal", size: float = 8.5, rise: float = 0.0, ink: str = BLACK
    ) -> None:
        if rise >= 0:  # a note stands below its label
            self._latest = text
        inches = 0 if self.small else self.axes.get_position().x0 * self._width - 0.1
        # On a phone a label stands among grid lines and the steps of a bridge.
        behind = {**BEHIND_TEXT, "pad": 0.2} if self.small else None
        line = self.line - rise - (0.15 if self.small else 0)
        write_at(self.axes, text, 0, line, right=-72 * inches, size=size, weight=weight, bbox=behind, color=ink)

    def _value(self, text: str, ink: str) -> None:
        note_value(self.axes, 0.0, self._mark, f"{self._latest}: {text}")
        edge = 0 if self.small else (1 - self.axes.get_position().x1) * self._width - 0.1
        self._over = max(self._over, text_inches(text, 8.5) + 0.1 - edge)
        line = self.line - (0.15 if self.small else 0)
        write_at(self.axes, text, 1, line, right=72 * edge, ha="right", size=8.5, color=ink)


def shifts_with_error(rows: pd.DataFrame) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The columns `shift` and twice `error` of a table as the middle and the ends of lines."""
    middle, half = rows["shift"].to_numpy(float), 2 * rows["error"].fillna(0.0).to_numpy(float)
    return middle, middle - half, middle + half


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
            fitting = shorten_text(label, axes.figure.get_size_inches()[0] - 0.6, 8)
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
