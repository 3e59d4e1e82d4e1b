"""A chart on a page: its picture inline, with real text, colours that follow the page, and values for the script."""

from __future__ import annotations

import base64
import html
import re
from collections.abc import Sequence

type Places = Sequence[tuple[float, float]]
"""Where the values of a picture stand, from left and top in points."""

PAGE_FORM = "text/vnd.gaplab.figure"
"""The form of a chart that the template of a page takes; a notebook shows the one for notebooks."""
WORDS_FORM = "application/vnd.gaplab.words+json"
"""The form of a chart that holds its title, its subtitle and its day, for a page of its own."""

# The colours of charts that have another value in the dark; style.css has both. The others are kept.
_INKS = {
    "#004f84": "leader", "#d55e00": "follower", "#00456f": "leader-ink", "#a94a00": "follower-ink", "#8a8f98": "axis",
    "#5a6069": "faint", "#4a4f57": "faint", "#1d2127": "black", "#e4e6ea": "grid", "#ffffff": "white", "white": "white",
    "black": "black", "#000000": "black",
}  # fmt: skip
_KEPT = {
    "fill", "fill-opacity", "stroke", "stroke-opacity", "stroke-width", "stroke-dasharray", "stroke-dashoffset",
    "opacity", "text-anchor", "stroke-linecap", "stroke-linejoin",
}  # fmt: skip


def inline_svg(svg: str, name: str) -> str:
    """A picture of matplotlib as part of an HTML page: no style attributes, no names that another picture has."""
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>|<defs>\s*<style.*?</style>\s*</defs>", "", svg, flags=re.DOTALL)
    svg = re.sub(r'xlink:href="#', 'href="#', svg)
    svg = re.sub(r' (?:xmlns|xmlns:xlink|version)="[^"]*"', "", svg)
    used = set(re.findall(r'(?:href="#|url\(#)([^")]+)', svg))
    short = {old: f"{name}-{number}" for number, old in enumerate(sorted(used))}
    svg = re.sub(r' id="([^"]*)"', lambda found: f' id="{short[found[1]]}"' if found[1] in short else "", svg)
    svg = re.sub(r'href="#([^"]+)"', lambda found: f'href="#{short[found[1]]}"', svg)
    svg = re.sub(r"url\(#([^)]+)\)", lambda found: f"url(#{short[found[1]]})", svg)
    svg = re.sub(r' style="([^"]*)"', lambda found: _attributes(found[1]), svg)
    svg = re.sub(r' transform="rotate\(-?0[^"]*"', "", svg)
    svg = re.sub(r' width="[\d.]+pt"| height="[\d.]+pt"', "", svg, count=2)
    while (
        fewer := re.sub(r"<g>\s*((?:<(?:path|text|use)[^>]*>(?:[^<]*</(?:path|text|use)>)?\s*)?)</g>", r"\1", svg)
    ) != svg:
        svg = fewer
    return svg


def _attributes(style: str) -> str:
    """Declarations of a style as attributes, which no policy of a page forbids."""
    made = []
    for declaration in filter(None, map(str.strip, style.split(";"))):
        name, value = (part.strip() for part in declaration.split(":", 1))
        if name in ("font", "font-size", "font-weight"):
            size, bold = re.search(r"([\d.]+)px", value), re.search(r"\b(700|bold)\b", value)
            made += ([f'font-size="{size[1]}"'] if size else []) + (['font-weight="700"'] if bold else [])
        elif name in _KEPT:
            ink = _INKS.get(value.lower())
            made.append(f'{name}="{f"var(--{ink})" if ink else value}"')
    return "".join(f" {attribute}" for attribute in made if attribute)


def figure_html(
    name: str, alt: str, pictures: Sequence[str], places: Sequence[Places], values: Sequence[str], below: str
) -> str:
    """A chart for a page: the picture for a wide window and the one for a phone, and what stands below it as HTML."""
    drawn = ""
    for svg, places_here, width in zip(pictures, places, ("wide", "narrow"), strict=True):
        at = " ".join(f"{x:.0f},{y:.0f}" for x, y in places_here)
        named = f'<svg class="{width}" role="img" aria-label="{html.escape(alt)}"{f' data-at="{at}"' if at else ""}'
        drawn += inline_svg(svg, f"{name}-{width}").replace("<svg", named, 1)
    told = f' data-values="{html.escape("|".join(values))}"' if values else ""
    return f'<figure class="chart" id="{name}"{told}>{drawn}{below}</figure>'


def notebook_html(name: str, alt: str, picture: str, below: str) -> str:
    """A chart for a notebook, which shows one picture and has no style of ours."""
    data = base64.b64encode(picture.encode()).decode()
    return (
        f'<figure class="chart" id="{name}"><img src="data:image/svg+xml;base64,{data}" alt="{html.escape(alt)}">'
        f"{below}</figure>"
    )


def caption_html(name: str, caption: str, csv: str) -> str:
    """The caption of a chart, and its numbers to download."""
    return f"<figcaption>{html.escape(caption)} {csv_link(name, csv, 'Numbers of this chart (CSV)')}</figcaption>"


def csv_link(name: str, csv: str, text: str) -> str:
    """A link that holds a CSV file, for a page that asks no server."""
    data = base64.b64encode(csv.encode()).decode()
    return (
        f'<a class="download" download="{name}.csv" href="data:text/csv;charset=utf-8;base64,{data}">'
        f"{html.escape(text)}</a>"
    )
