"""Whatever a model, a developer or a claim is called: nothing of it runs, on a page, in a chart or in a table."""

from __future__ import annotations

import csv
import dataclasses
import io
import re
import xml.etree.ElementTree as ElementTree
from datetime import date
from html.parser import HTMLParser

import pandas as pd
import pytest
from support.worlds import synthetic_posterior

from gaplab.data.contract import TABLES
from gaplab.data.csv_file import file_text
from gaplab.data.load import check_tables, load
from gaplab.gap.subjects import model_subject, newest_record, readings
from gaplab.outlook import scenarios
from gaplab.params.spec import Params
from gaplab.places import PROJECT_DATA
from gaplab.questions.claims.ranking import which_definition
from gaplab.report.charts.catch_up import catch_up_chart
from gaplab.report.charts.definitions import definitions_chart
from gaplab.report.charts.forecast import forecast_chart
from gaplab.report.charts.frontiers import frontiers_chart
from gaplab.report.charts.over_time import over_time_chart
from gaplab.report.page.finish import page_script
from gaplab.report.sections.claims import claims_part
from gaplab.report.sections.definitions import definitions_part
from gaplab.report.sections.forecast import catch_up_part, forecast_part
from gaplab.report.sections.method import colophon_part
from gaplab.report.sections.opening import opening_of_run
from gaplab.results.columns import to_csv_text
from gaplab.results.evidence import model_table
from gaplab.results.forecast import catch_up_table, forecast_fan
from gaplab.results.gap import gap_table
from gaplab.results.hub import hub_tables
from gaplab.results.over_time import ability_history, lag_history
from gaplab.runs.brief import make_brief

NAMES = [
    "<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "</svg><script>alert(2)</script>",
    "--><script>x</script>", "$\\frac{1}{0}$ and $x", "\\input{/etc/passwd}", "_a_ ^b^ {c}", "千问-3 (最大)",
    "שלום model", "../../../etc/passwd", "=HYPERLINK(1)", "+1", "-1", "@SUM(A1)", "{{7*7}}{% for %}",
    "[x](javascript:alert(1))", "%s %d {0} {name}", "a & b < c", "&lt;script&gt;", "'onmouseover='alert(1)",
    "`code` **bold** # title", "x" * 200,
]  # fmt: skip


def hostile(text: str, at: int) -> str:
    return f"{NAMES[at % len(NAMES)]} {text}"


@pytest.fixture(scope="module")
def posterior():
    """A simulated world whose models and developers have names that would like to run."""
    tame = synthetic_posterior(draws=30)
    renamed = {name: hostile(name, at) for at, name in enumerate(tame.models.index)}
    models = tame.models.rename(index=renamed)
    models["developer"] = [hostile(name, at + 3) for at, name in enumerate(models["developer"])]
    return dataclasses.replace(
        tame,
        ability=tame.ability.assign_coords(model=[renamed[name] for name in tame.ability["model"].to_numpy()]),
        models=models,
        identity=tame.identity | {"notes": NAMES, "commit": NAMES[0]},
    )


@pytest.fixture(scope="module")
def known():
    """The project's tables with such names in claims, sources and benchmarks."""
    held = load(as_of=date(2026, 6, 30))
    spoil = {"claims": ["who", "note"], "sources": ["publisher", "licence"], "benchmarks": ["note"]}
    changed = {}
    for name, columns in spoil.items():
        changed[name] = getattr(held, name).copy()
        for column in columns:
            changed[name][column] = [hostile(str(cell), at) for at, cell in enumerate(changed[name][column])]
    return dataclasses.replace(held, **changed)


class Page(HTMLParser):
    """Tags, attributes and text of a piece of a page."""

    def __init__(self, content: str):
        super().__init__()
        self.tags, self.attributes, self.text = set(), [], ""
        self.feed(str(content))  # markupsafe text would be escaped again when put together

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)
        self.attributes += attributes

    def handle_data(self, text):
        self.text += text


ALLOWED = {
    "a", "article", "b", "br", "caption", "details", "div", "em", "figcaption", "figure", "h1", "h2", "h3", "img", "li",
    "ol", "p", "summary",
    "picture", "section", "source", "span", "strong", "table", "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip


def inert(content: str) -> Page:
    page = Page(content)
    assert page.tags <= ALLOWED
    for name, value in page.attributes:
        assert not name.startswith("on"), name
        if name in ("href", "src", "srcset"):
            assert re.match(r"https?://|data:(image/svg\+xml|text/csv;charset=utf-8);base64,[A-Za-z0-9+/=]+$", value)
    return page


def test_no_name_runs_in_the_parts_of_the_page(posterior, known):
    table = gap_table(posterior)
    ranked = which_definition(known.claims, [posterior])
    comparison = scenarios.compare(posterior)
    parts = {
        "opening": opening_of_run(posterior, posterior, table, table),
        "definitions": definitions_part(table, posterior),
        "claims": claims_part(known, ranked, posterior, posterior),
        "forecast": forecast_part(comparison),
        "catch_up": catch_up_part(catch_up_table(comparison.scenario), posterior.params),
        "colophon": colophon_part(known, posterior),
    }
    pages = {name: inert(part.html) for name, part in parts.items()}
    assert [name for name in NAMES if name not in pages["colophon"].text] == [], "shown as they are"
    assert any("<script>alert(1)</script>" in page.text for page in pages.values())


def test_no_name_runs_in_a_chart_or_stops_its_drawing(posterior, known):
    table = gap_table(posterior)
    newest = newest_record(posterior)
    comparison = scenarios.compare(posterior)
    charts = [
        frontiers_chart(ability_history(posterior), table, posterior.params),
        definitions_chart(table, known.claims, newest, posterior.params),
        over_time_chart(lag_history(posterior), posterior.params),
        forecast_chart(forecast_fan(comparison)),
        catch_up_chart(catch_up_table(comparison.scenario), posterior.params),
    ]
    for chart in charts:
        inert(chart._repr_mimebundle_()["text/html"])
        for small in (False, True):
            picture = ElementTree.fromstring(chart.svg(phone=small))
            tags = {element.tag.split("}")[-1] for element in picture.iter() if isinstance(element.tag, str)}
            assert not tags & {"script", "foreignObject", "a", "image", "animate", "set"}
            assert not [name for element in picture.iter() for name in element.attrib if name.lower().startswith("on")]


def harmless(text: str) -> bool:
    """Whether a spreadsheet would take every cell as a number or a text."""
    number = re.compile(r"[-+]?(\d+\.?\d*([eE][-+]?\d+)?|inf)")
    rows = list(csv.reader(io.StringIO(text)))
    assert len({len(row) for row in rows}) == 1
    return all(
        number.fullmatch(cell) or not cell.startswith(tuple("=+-@\t\r\n＝＋－＠")) for row in rows for cell in row
    )


def test_no_table_that_is_written_runs_in_a_spreadsheet(posterior):
    comparison = scenarios.compare(posterior)
    written = {
        "gap": gap_table(posterior),
        "models": model_table(posterior),
        "hub": hub_tables(comparison),
        "catch_up": catch_up_table(comparison.scenario),
        "names": pd.DataFrame({name: [name, -1.5, "ok"] for name in [*NAMES, "\tx", "\rx", "\n=x", "＝x"]}),
    }
    assert written["models"]["model"].str.startswith("=").any(), "the names are there to be made harmless"
    for name, table in written.items():
        assert harmless(to_csv_text(table)), name


def test_the_subject_of_a_run_may_have_any_name(posterior):
    lag = readings(posterior, model_subject(posterior, newest_record(posterior)))
    assert lag


@pytest.mark.slow
@pytest.mark.machine
def test_a_whole_brief_of_such_names_runs_nothing(tmp_path):
    """Every model, developer, claim and publisher of the data is renamed; the page is made as always."""
    folder = tmp_path / "data"
    folder.mkdir()
    held = {name: file_text(PROJECT_DATA / f"{name}.csv") for name in TABLES}
    fit_for_a_table = [name for name in NAMES if not name.startswith(("=", "+", "-", "@")) and len(name) < 100]
    anchors = {"Claude 3.5 Sonnet", "GPT-5"}  # points need them by name
    renamed = {
        model: model if model in anchors else f"{fit_for_a_table[at % len(fit_for_a_table)]} {model}"
        for at, model in enumerate(held["models"]["model"])
    }
    for name, table in held.items():
        for column in ("model", "reference_model"):
            if column in table:
                table[column] = table[column].map(renamed)
        for column in ("developer", "who", "publisher", "licence", "evaluator"):
            if column in table:
                table[column] = [f"{fit_for_a_table[at % 8]} {cell}"[:200] for at, cell in enumerate(table[column])]
        table.to_csv(folder / f"{name}.csv", index=False)
    assert check_tables(folder) == []
    page = make_brief(Params(data=str(folder), draws=200, chains=2), tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["data", "out"] or len(list(tmp_path.iterdir())) == 2
    content = page.html.read_text("utf-8")
    own = f"<script>{page_script()}</script>"
    assert content.count(own) == 1
    shown = Page(content.replace(own, ""))
    assert not shown.tags & {"script", "iframe", "object", "embed", "form", "base", "foreignobject", "animate", "set"}
    assert not [name for name, _ in shown.attributes if name.startswith("on")]
    links = [value for name, value in shown.attributes if name in ("href", "xlink:href", "src", "srcset")]
    assert all(re.match(r"https?://|data:|#", link) for link in links)
    assert "<script>alert(1)</script>" in shown.text
    for path in page.folder.glob("*.csv"):
        assert harmless(path.read_text("utf-8")), path.name
