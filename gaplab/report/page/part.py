"""A part of the page: headings, tables and openings as HTML and as plain text."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from gaplab.posterior import Posterior
from gaplab.report.figure import csv_link
from gaplab.report.page import finish
from gaplab.report.text.finding import Finding, Headline
from gaplab.report.text.titles import dateline_text, extrapolation_sentence, health_line
from gaplab.results.columns import csv_text

if TYPE_CHECKING:
    from gaplab.report.charts.drawing.chart import Chart

type Shown = list[Chart | Part | Finding]

_DAY = re.compile(r"\d{1,2} [A-Z][a-z]+ \d{4}")
_NUMBER = re.compile(r"–|(≥\u00a0|[<>+−-])?\d[\d,.]*%?")
_LEFT = "<style scoped>.scroll :is(td, th):not(.figure), .scroll caption { text-align: left }</style>"
"""For tables in JupyterLab, which sets their text right; a page takes it out again and has a style of its own."""
_DATE_CELL = re.compile(r"<td>(?=\d{4}-\d\d-\d\d</td>)")


@dataclass(frozen=True)
class Part:
    """A piece of the page.

    Attributes
    ----------
    html : str
        Every text that came from data is escaped.
    text : str
        The same for a terminal.
    """

    html: str
    text: str

    def _repr_html_(self) -> str:
        return f"{_LEFT}{self.html}" if 'class="scroll"' in self.html else self.html

    def __repr__(self) -> str:
        return self.text


def opening_part(
    posterior: Posterior, question: str, answer: Finding, numbers: list[Headline], notes: Sequence[str] = ()
) -> Part:
    """The opening of a page: question, answer, health, headline numbers, and what a reader must know at once."""
    health, answered = health_line(posterior.health), extrapolation_sentence(posterior) + answer.text
    notes = [note for note in notes if note]
    rendered = part_templates().opening(
        question=question, answer=answered, dateline=dateline_text(posterior), status=posterior.health.status,
        health=health, numbers=numbers, notes=notes,
    )  # fmt: skip
    return Part(str(rendered), "\n".join([health, question, answered, *map(str, numbers), *notes]))


def health_part(posterior: Posterior) -> Part:
    """Whether the numbers may be used, in one sentence: what stands below the title of every page."""
    line = health_line(posterior.health)
    return Part(f"<p>{html.escape(line)}</p>", line)


def table_part(
    columns: pd.DataFrame | Mapping[str, Any],
    *,
    caption: str,
    name: str,
    links: Sequence[str] = (),
    file: tuple[str, pd.DataFrame] | None = None,
    fold: str = "",
) -> Part:
    """A table with its caption; nothing where it has no rows.

    Parameters
    ----------
    links : sequence of str
        Addresses for the first cells of its rows.
    file : pair of str and DataFrame, optional
        A longer table to download as CSV, and what to call it.
    fold : str
        What a phone shows in its place until a reader opens it; by default the table is shown there too.
    """
    table = pd.DataFrame(columns)
    if table.empty:
        return Part("", "")
    cells = [[_cell_text(value) for value in row] for row in table.itertuples(index=False)]
    numeric = [all(_NUMBER.fullmatch(cell) for cell in column) for column in zip(*cells, strict=True)]
    links = [link if str(link).startswith(("https://", "http://")) else "" for link in links] or [""] * len(cells)
    # A plain str: the template's own type would escape what is joined to it.
    rendered = str(
        part_templates().table(
            columns=list(table.columns), rows=cells, numeric=numeric, caption=caption, name=name, links=links, fold=fold
        )
    )
    below = f"<p>{csv_link(name, csv_text(file[1]), file[0])}</p>" if file else ""
    return Part(rendered + below, f"{caption}\n{table.to_string(index=False)}")


def shown_part(table: pd.DataFrame | pd.Series, rows: int = 60) -> Part:
    """A table of results for a notebook: names of columns in words, a dash where there is no number, no index.

    Parameters
    ----------
    rows : int
        How many are shown; the text below says how many there are.
    """
    frame = table.reset_index() if table.index.name or isinstance(table.index, pd.MultiIndex) else pd.DataFrame(table)
    words = frame.head(rows).map(_shown_cell).rename(columns=lambda name: str(name).replace("_", " "))
    more = f"{rows} of {len(frame)} rows." if len(frame) > rows else ""
    text = "\n".join(filter(None, [words.to_string(index=False), more]))
    whole = _DATE_CELL.sub('<td style="white-space:nowrap">', words.to_html(index=False, border=0))
    return Part(whole + (f"<p>{more}</p>" if more else ""), text)


def _shown_cell(value: Any) -> str:
    if isinstance(value, pd.Timestamp):
        return f"{value:%Y-%m-%d}"
    if not isinstance(value, str) and pd.isna(value):
        return "–"
    if isinstance(value, bool | np.bool_):
        return "yes" if value else "no"
    if isinstance(value, float):
        text = f"{value:#.3g}".rstrip(".") if abs(value) < 999.5 else f"{value:,.0f}"
        return text.replace("-", "−") if value else "0"
    return value.replace("_", " ") if isinstance(value, str) else str(value)


def _cell_text(value: Any) -> str:
    """A value as text, with a date on one line."""
    text = f"{value:.4g}" if isinstance(value, float) else str(value)
    return text.replace(" ", "\u00a0") if _DAY.fullmatch(text) else text


def part_templates() -> Any:
    """The macros of the parts of a page."""
    return finish.load_template("brief/parts.html.j2").module


def heading_part(text: str) -> Part:
    """A heading of level 2."""
    return Part(f"<h2>{html.escape(text)}</h2>", text)


def join_parts(*pieces: Part | Finding) -> Part:
    """Several pieces as one."""
    rendered = [each.html if isinstance(each, Part) else each._repr_html_() for each in pieces]
    return Part("".join(rendered), "\n".join(each.text for each in pieces if each.text))
