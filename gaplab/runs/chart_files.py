"""Charts by themselves: each as a picture, a slide, its numbers, and a page that other pages can embed."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gaplab.params.spec import Params
from gaplab.report.charts.drawing.chart import SLIDE_DOTS, Chart
from gaplab.report.figure import PAGE_FORM, WORDS_FORM
from gaplab.report.page.finish import POLICY, SCRIPT, load_template, with_policy

FOLDER = "charts"
"""Of a site, with the charts of its newest default brief."""
_DOWNLOAD = r' download="([^"]+)\.csv" href="data:text/csv[^,]*,([^"]*)"'


def charts_shown(notebook: Any) -> dict[str, dict[str, Any]]:
    """Every chart that a notebook shows, by its name, as the bundle of its forms."""
    bundles = [output.data for cell in notebook.cells for output in cell.get("outputs", ()) if "data" in output]
    return {
        bundle["text/html"].split('id="')[1].split('"')[0]: bundle for bundle in bundles if "image/svg+xml" in bundle
    }


def charts_made(params: Params) -> dict[str, Chart]:
    """Every chart of the brief of a run, by its name, made now."""
    from gaplab.report.sections.run_results import RunResults
    from gaplab.report.sections.variants import charts_of

    return charts_of(RunResults(params))


def write_chart(
    name: str, forms: Mapping[str, Any], slide: bytes | None, out: Path, *, brief: str = "", url: str = ""
) -> None:
    """Write NAME.svg, the slide NAME.png, the numbers NAME.csv and the page NAME.html.

    Parameters
    ----------
    name : str
        Of the chart.
    forms : mapping
        Its forms, as a notebook holds them.
    slide : bytes or None
        The chart as a slide; without one there is no PNG, and the page names none.
    out : Path
        The folder.
    brief : str
        Address of the brief that the page links to, as seen from the folder; no link when empty.
    url : str
        Address of the folder, for absolute addresses in the description of the page; relative ones when empty.
    """
    (out / f"{name}.svg").write_text(forms["image/svg+xml"], encoding="utf-8")
    if slide:
        (out / f"{name}.png").write_bytes(slide)
    (out / f"{name}.csv").write_bytes(base64.b64decode(re.search(_DOWNLOAD, forms["text/html"])[2]))
    (out / f"{name}.html").write_text(_page(name, forms, slide is not None, brief, url), encoding="utf-8")


def _page(name: str, forms: Mapping[str, Any], slide: bool, brief: str, url: str) -> str:
    """The page: the chart as the brief shows it; its numbers are the file beside it, not a second copy."""
    figure = re.sub(_DOWNLOAD, r' download="\1.csv" href="\1.csv"', forms[PAGE_FORM])
    page = load_template("site/chart.html.j2").render(
        name=name, alt=forms["text/plain"], figure=figure, brief=f"{brief}#{name}" if brief else "", url=url,
        slide=slide, dots=SLIDE_DOTS, policy=POLICY, script=SCRIPT, **forms[WORDS_FORM],
    )  # fmt: skip
    return with_policy(page)
