"""Levers and switches of a page: numbers that its script moves; without the script nothing of them shows."""

from __future__ import annotations

import base64
import html
import json
from collections.abc import Mapping
from typing import Any

import numpy as np

from gaplab.report.page.part import Part

_LEFT, _WIDE, _ZERO, _SCALE, _LEAST, _MOST = 40, 440, 176, 6.8, -12, 24


def switch_part(numbers: Mapping[str, Mapping[str, str]], label: str) -> Part:
    """One number of many, chosen by definition and by what counts.

    Parameters
    ----------
    numbers : mapping of mapping of str
        What is said, by definition and by what counts.
    label : str
        Of the box, for those who do not see it.
    """
    if not numbers:
        return Part("", "")
    choices = (list(numbers), list(next(iter(numbers.values()))))
    selects = "".join(
        f'<select aria-label="{name}">{"".join(f"<option>{html.escape(each)}</option>" for each in names)}</select>'
        for name, names in zip(("Definition", "Counted"), choices, strict=True)
    )
    content = html.escape(json.dumps(numbers, ensure_ascii=False))
    return Part(
        f'<section class="numbers" data-numbers="{content}" aria-label="{html.escape(label)}" hidden>{selects}'
        '<output aria-live="polite"></output></section>',
        "",
    )


def levers_part(draws: Mapping[str, Any], levers: Mapping[str, tuple[float, float, float]], words: list[str]) -> Part:
    """Sliders with a chart that follows.

    Parameters
    ----------
    draws : mapping
        What `results.levers.lever_draws` gives.
    levers : mapping
        By label: greatest value, step and value without the lever, in the order in which the script takes them.
    words : list of str
        Heading, explanation and what stands at the left end of the axis.
    """
    heading, explanation, day = (html.escape(text) for text in words)
    rows = "".join(
        f'<label class="lever"><span>{html.escape(label)}</span><input type="range" max="{most:g}" step="{step:g}" '
        f'value="{value:g}"><output></output></label>'
        for label, (most, step, value) in levers.items()
    )
    known = {"past": draws["past"], "horizon": draws["horizon"], "unit": draws["unit"], "draws": draws["draws"]}
    known |= {"zero": _ZERO, "scale": _SCALE, "least": _LEAST, "most": _MOST}
    return Part(
        f'<section class="levers" data-draws="{html.escape(json.dumps(known))}" aria-label="{heading}" hidden>'
        f'<h3>{heading}</h3><p>{explanation}</p>{rows}<button type="button">Reset</button>{_axes(draws, day)}'
        '<output aria-live="polite"></output></section>',
        "",
    )


def packed(values: np.ndarray) -> tuple[str, float]:
    """Numbers as whole ones of two bytes, and the unit that they count in."""
    unit = float(np.abs(values).max()) / 32_000
    return base64.b64encode(np.round(values / unit).astype("<i2").tobytes()).decode(), unit


def _axes(draws: Mapping[str, Any], day: str) -> str:
    """The chart without what moves in it."""
    marks = []
    for months in range(_LEAST, _MOST + 1, 6):
        y, text = _ZERO - _SCALE * months, str(months).replace("-", "−")
        marks.append(f'<path d="M{_LEFT} {y:.1f}h{_WIDE}" stroke="var(--{"grid" if months else "axis"})"/>')
        marks.append(_text(_LEFT - 6, y + 3, "end", text))
    for month in range(0, draws["horizon"] + 1, 6):
        marks.append(_text(_LEFT + _WIDE * month / draws["horizon"], 275, "middle", f"+{month}" if month else day))
    points = " ".join(
        f"{_LEFT + _WIDE * month / draws['horizon']:.0f},{_ZERO - _SCALE * np.clip(value, _LEAST, _MOST):.1f}"
        for month, value in enumerate(draws["baseline"])
    )
    return (
        f'<svg viewBox="0 0 547 284" aria-hidden="true">{"".join(marks)}'
        '<polygon class="moves" fill="var(--follower)" opacity=".2"/>'
        f'<polyline points="{points}" fill="none" stroke="var(--black)" stroke-dasharray="4 3"/>'
        '<polyline class="moves" fill="none" stroke="var(--follower)" stroke-width="2"/></svg>'
    )


def _text(x: float, y: float, anchor: str, text: str) -> str:
    return f'<text x="{x:.0f}" y="{y:.0f}" text-anchor="{anchor}" font-size="9" fill="var(--faint)">{text}</text>'
