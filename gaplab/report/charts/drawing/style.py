"""The style of all charts: colours, widths, style sheet, marks and text that fits a width."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache

from matplotlib import font_manager, rc_context, rcParams, style
from matplotlib.textpath import text_to_path

# A stroke around the letters would do the same, at ten times the size of an SVG.
BEHIND_TEXT = {"facecolor": "white", "edgecolor": "none", "alpha": 0.75, "pad": 0.6}
# Blue and vermilion stay apart for every kind of colour vision (Okabe & Ito; the blue is a darker one, which
# stays apart in grey too); the inks are the same hues, dark enough for small type on white (contrast above 4.5 to 1).
COLOUR = {"leader": "#004F84", "follower": "#D55E00"}
INK = {"leader": "#00456F", "follower": "#A94A00"}
GREY, QUIET, BLACK = "#8a8f98", "#5a6069", "#1d2127"
PAGE_INCHES, PHONE_INCHES = 7.6, 3.7  # widths in inches; at 100 dots per inch, the pixels the brief gives a figure


def chinese_fonts() -> list[str]:
    """Names of the installed fonts that have Chinese letters."""
    return sorted({font.name for font in font_manager.fontManager.ttflist if "CJK" in font.name})


@contextmanager
def house_style() -> Iterator[None]:
    """The style sheet, whatever matplotlib settings the user has, and no complaint about a missing glyph."""
    with (
        style.context("gaplab.gaplab", after_reset=True),
        rc_context({"font.family": ["DejaVu Sans", *chinese_fonts()[:1]]}),
        warnings.catch_warnings(),
    ):
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        yield


def shorten_text(text: str, inches: float, size: float) -> str:
    """The text, cut with an ellipsis where it is too wide."""
    if text_inches(text, size) <= inches:
        return text
    while text and text_inches(f"{text}…", size) > inches:
        text = text[:-1]
    return f"{text.rstrip()}…"


def cut_middle(text: str, inches: float, size: float) -> str:
    """The text without its middle where it is too wide: the names of versions differ at their ends."""
    if text_inches(text, size) <= inches:
        return text
    keep = len(text) - 1
    while keep and text_inches(f"{text[: keep - keep // 2]}…{text[len(text) - keep // 2 :]}", size) > inches:
        keep -= 1
    return f"{text[: keep - keep // 2]}…{text[len(text) - keep // 2 :]}"


def text_inches(text: str, size: float, weight: str = "normal") -> float:
    fonts = tuple(rcParams["font.family"])
    return _width(text, weight, fonts) * (size / text_to_path.FONT_SCALE) / 72


@lru_cache(4096)
def _width(text: str, weight: str, fonts: tuple[str, ...]) -> float:
    """Of a text in letters of `FONT_SCALE` points; the same words are wrapped for a page, a phone and a slide."""
    font = font_manager.FontProperties(size=text_to_path.FONT_SCALE, weight=weight, family=fonts)
    return text_to_path.get_text_width_height_descent(text, font, ismath=False)[0]


def bar_style(width: int) -> dict:
    """Style of an interval: thin for the wide one, thick for the middle half."""
    return {"color": COLOUR["follower"], "lw": width, "alpha": 0.9 if width == 2 else 0.55, "solid_capstyle": "butt"}


def dot_style(hollow: bool) -> dict:
    colours = ("white", COLOUR["follower"]) if hollow else (COLOUR["follower"], "white")
    return {"ms": 6.5, "color": COLOUR["follower"], "mfc": colours[0], "mec": colours[1]}
