"""Whatever is in a table, a parameter or a name: a clear error or the right result, and nothing that runs."""

from __future__ import annotations

import csv
import dataclasses
import io
import math
import re
import string
import tempfile
import xml.etree.ElementTree as ElementTree
from datetime import date
from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from support.feeds import GPQA, VERSIONS, bundle, matrix, metr_file
from support.tables import TINY
from support.worlds import synthetic_posterior

from gaplab.cli.root import main, printable
from gaplab.data.contract import TABLES
from gaplab.data.csv_file import file_text, read_tables
from gaplab.data.load import check_tables, load
from gaplab.errors import GaplabError
from gaplab.gap.subjects import model_subject, newest_record, readings
from gaplab.importers.import_file import prepare, write_change
from gaplab.outlook import scenarios
from gaplab.params.spec import Params, parameter_names
from gaplab.places import PROJECT_DATA
from gaplab.questions.claims.ranking import which_definition
from gaplab.report.charts.catch_up import catch_up_chart
from gaplab.report.charts.definitions import definitions_chart
from gaplab.report.charts.forecast import forecast_chart
from gaplab.report.charts.frontiers import frontiers_chart
from gaplab.report.charts.over_time import over_time_chart
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

CELLS = [
    "", " ", "nan", "NaN", "inf", "-inf", "1e400", "1e-400", "-0", "-1", "1e308", "999999999999", "0x10", "1_000",
    "1,5", "０.5", "٣", "½", "1.", ".5", "+5", "5e-1", "1e2", "true", "None", "#N/A", "2026-13-01", "2026-02-30",
    "0001-01-01", "9999-12-31", "2025-06-30T00:00", "30/06/2025", "٢٠٢٥-٠٦-٣٠", "2025-06-30 ", "\0", "a\0b", "\ufeff",
    "\u202eevil",
    "a\u200bb", "\x1b[31m", "line\nbreak", "tab\tbed", "\r", "x" * 10_000, "שלום", "مرحبا", "千问-3 模型", "\U0001f600",
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "javascript:alert(1)", "$\\frac{1}{0}$", "\\input{x}",
    "=1+1", "+1+1", "-1+1", "@SUM(A1)", "=cmd|' /C calc'!A0", "../../etc/passwd", "..\\x", "/dev/zero", "file:///etc/passwd",
    "{{7*7}}", "{% raw %}", "%s%n", "'; DROP TABLE models; --", '"', "'", "a,b", "a;b", "Alpha 1", "alpha 1", "Beta 1",
    "GPQA diamond", "lab", "China", "public", "logit", "0.5", "2025-06-30",
]  # fmt: skip
awkward = st.sampled_from(CELLS) | st.text(max_size=30) | st.floats().map(repr) | st.integers().map(str)


def tried(examples: int):
    return settings(max_examples=examples, suppress_health_check=list(HealthCheck))


def lines_of(name: str) -> list[list[str]]:
    return list(csv.reader(TINY[name]))


def write(folder: Path, changed: dict[str, list[list[str]]]) -> None:
    for name in TINY:
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows(changed.get(name) or lines_of(name))
        (folder / f"{name}.csv").write_bytes(text.getvalue().encode("utf-8", "surrogatepass"))


def explained(folder: Path) -> tuple[dict[str, pd.DataFrame], list[str]]:
    """The tables and problems of a folder; each problem is one short line, and without any the tables load."""
    read, problems = read_tables(folder)
    for line in problems:
        assert "\n" not in line
        assert len(line) < 1500
        assert re.search(r"\.csv", line), line
    if not problems:
        try:
            load(as_of=date(2025, 12, 31), root=folder)
        except GaplabError as error:
            assert all(line.startswith("as_of: ") for line in error.problems)
    return read, problems


# --- Cells ------------------------------------------------------------------------------------------

where = {name: (len(lines) - 1, len(lines_of(name)[0])) for name, lines in TINY.items()}
one_cell_in_each_table = st.fixed_dictionaries({
    name: st.tuples(st.integers(1, rows), st.integers(0, columns - 1), awkward)
    for name, (rows, columns) in where.items()
})  # fmt: skip


def cells_come_through_or_are_refused(cells: dict[str, tuple[int, int, str]]) -> None:
    """Each accepted cell has the value that it shows; each other one has its line."""
    with tempfile.TemporaryDirectory() as scratch:
        folder, changed = Path(scratch), {name: lines_of(name) for name in TINY}
        for name, (row, column, cell) in cells.items():
            changed[name][row][column] = cell
        write(folder, changed)
        read, problems = explained(folder)
    for name, (row, column, cell) in cells.items():
        told = any(f"{name}.csv" in line for line in problems)
        if name not in read:
            assert told
            continue
        label = lines_of(name)[0][column]
        if row - 1 not in read[name].index:
            assert not any(changed[name][row])  # only a row of blanks is passed over
            continue
        value, spec = read[name].at[row - 1, label], TABLES[name][label]
        if pd.isna(value):
            assert told or (cell == "" and spec.blank), (name, label, cell)
        elif spec.kind == "date":
            assert f"{value:%Y-%m-%d}" == cell
        elif spec.kind in ("number", "count"):
            assert cell.isascii()
            assert "_" not in cell
            assert math.isfinite(value)
            assert value == float(cell)
            assert value != 0 or not cell.strip("+-").lstrip("0.").strip("0").startswith(tuple("123456789")), (
                "underflow"
            )
        else:
            assert value == cell


@tried(20)
@given(one_cell_in_each_table)
@example({"index_vintages": (1, 3, "1e-400"), "scores": (1, 4, "1e-400"), "claims": (1, 5, "1e-400")})
@example({"models": (1, 6, "1066-10-14"), "scores": (1, 4, "٣"), "index_vintages": (1, 3, "1e300")})
def test_a_cell_comes_through_as_it_is_or_is_refused(cells):
    cells_come_through_or_are_refused(cells)


@pytest.mark.slow
@tried(3000)
@given(one_cell_in_each_table)
def test_many_cells_come_through_as_they_are_or_are_refused(cells):
    cells_come_through_or_are_refused(cells)


@pytest.mark.slow
@pytest.mark.parametrize("column", range(max(columns for _, columns in where.values())))
def test_every_awkward_cell_in_every_column(column):
    """The same cell in that column of all tables at once."""
    for cell in CELLS:
        cells_come_through_or_are_refused({
            name: (1, column, cell) for name, (_, columns) in where.items() if column < columns
        })  # fmt: skip


# --- Files ------------------------------------------------------------------------------------------

SPOILERS = {
    "cut": lambda raw, at: raw[: at % len(raw)],
    "byte": lambda raw, at: raw[: at % len(raw)] + bytes([at % 256]) + raw[at % len(raw) + 1 :],
    "invalid UTF-8": lambda raw, at: raw[: at % len(raw)] + b"\xff\xfe" + raw[at % len(raw) :],
    "null": lambda raw, at: raw[: at % len(raw)] + b"\0" + raw[at % len(raw) :],
    "quote": lambda raw, at: raw[: at % len(raw)] + b'"' + raw[at % len(raw) :],
    "byte-order mark": lambda raw, at: b"\xef\xbb\xbf" + raw,
    "utf-16": lambda raw, at: raw.decode().encode("utf-16"),
    "latin-1": lambda raw, at: raw.replace(b"Lab", "Läb".encode("latin-1")),
    "carriage returns": lambda raw, at: raw.replace(b"\n", b"\r"),
    "windows": lambda raw, at: raw.replace(b"\n", b"\r\n"),
    "semicolons": lambda raw, at: raw.replace(b",", b";"),
    "tabs": lambda raw, at: raw.replace(b",", b"\t"),
    "column twice": lambda raw, at: b"\n".join(line + b"," + line.split(b",")[0] for line in raw.splitlines()),
    "extra column": lambda raw, at: b"\n".join(line + b",x" for line in raw.splitlines()),
    "first column gone": lambda raw, at: b"\n".join(line.split(b",", 1)[1] for line in raw.splitlines()),
    "header gone": lambda raw, at: raw.split(b"\n", 1)[1],
    "header only": lambda raw, at: raw.split(b"\n", 1)[0],
    "rows twice": lambda raw, at: raw + raw.split(b"\n", 1)[1],
    "all twice": lambda raw, at: raw + raw,
    "blank lines": lambda raw, at: raw.replace(b"\n", b"\n\n"),
    "columns reversed": lambda raw, at: b"\n".join(b",".join(line.split(b",")[::-1]) for line in raw.splitlines()),
    "endless cell": lambda raw, at: raw.replace(b"Acme", b"A" * 200_000).replace(b"lab", b"l" * 200_000),
    "empty": lambda raw, at: b"",
    "random": lambda raw, at: bytes((at * i) % 251 for i in range(1, 500)),
}  # fmt: skip
HARMLESS = {"windows", "blank lines", "columns reversed"}


@tried(16)
@given(st.sampled_from(sorted(TINY)), st.sampled_from(sorted(SPOILERS)), st.integers(0, 5000))
def test_a_spoilt_file_is_refused_or_read_right(name, spoiler, at):
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        write(folder, {})
        whole, _ = read_tables(folder)
        path = folder / f"{name}.csv"
        path.write_bytes(SPOILERS[spoiler](path.read_bytes(), at))
        read, problems = explained(folder)
        if spoiler in HARMLESS and not problems:
            assert read[name].reset_index(drop=True).equals(whole[name])
        if spoiler in {"windows", "blank lines"} and name != "claims":
            assert not problems


# --- Publishers' files ------------------------------------------------------------------------------

FEEDS = {
    "index": ("epoch", VERSIONS.encode()),
    "matrix": ("epoch", matrix((0.7, "GPQA diamond", "Alpha 1", "alpha", "2025-01-10", "Epoch evaluations")).encode()),
    "bundle": ("epoch", bundle({"epoch_capabilities_index.csv": VERSIONS, "gpqa_diamond.csv": GPQA})),
    "metr": ("metr", metr_file({"name": "beta_1_inspect"}).encode()),
    "arena": ("arena", b"snapshot_date,model,elo,ci\n2026-03-01,alpha-1,1400,5\n2026-03-01,new one,1300,6\n"),
    "aa": ("aa", b"name,slug,company,artificial_analysis_index\nAlpha 1,a,Acme,50.5\nNew one,b,Bao,40\n"),
}
spoilt_feed = st.tuples(
    st.sampled_from(sorted(FEEDS)), st.sampled_from(sorted(SPOILERS)), st.integers(0, 5000), awkward
)  # fmt: skip


def a_feed_is_refused_or_leaves_valid_tables(feed: str, spoiler: str, at: int, cell: str) -> None:
    publisher, content = FEEDS[feed]
    if spoiler == "random":  # a word of the file gives way to an awkward one
        words = sorted(set(re.findall(rb"[A-Za-z0-9.\-]+", content)))
        spoilt = content.replace(words[at % len(words)], cell.encode("utf-8", "surrogatepass"))
    else:
        spoilt = SPOILERS[spoiler](content.decode("latin-1").encode() if spoiler == "utf-16" else content, at)
    with tempfile.TemporaryDirectory() as scratch:
        folder, path = Path(scratch) / "data", Path(scratch) / "feed"
        folder.mkdir()
        write(folder, {})
        path.write_bytes(spoilt)
        before = {name: (folder / f"{name}.csv").read_bytes() for name in TINY}
        try:
            found = prepare(publisher, str(path), folder, vintage="2026-03-01")
            assert all(printable(line) for line in found.lines())
            write_change(found)
            assert check_tables(folder) == []
            again = prepare(publisher, str(path), folder, vintage="2026-03-01")
            assert again.is_empty, list(again.lines())
        except GaplabError as error:
            assert error.problems
            assert {name: (folder / f"{name}.csv").read_bytes() for name in TINY} == before


@tried(10)
@given(spoilt_feed)
def test_a_spoilt_feed_is_refused_or_leaves_valid_tables(spoilt):
    a_feed_is_refused_or_leaves_valid_tables(*spoilt)


@pytest.mark.slow
@tried(800)
@given(spoilt_feed)
def test_many_spoilt_feeds_are_refused_or_leave_valid_tables(spoilt):
    a_feed_is_refused_or_leaves_valid_tables(*spoilt)


# --- Parameters -------------------------------------------------------------------------------------

nested = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | awkward | st.dates() | st.binary(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
settings_given = st.dictionaries(
    st.sampled_from(parameter_names()) | st.text(max_size=10) | st.none() | st.integers(), nested, max_size=3
)


def parameters_are_right_or_refused(given_: dict) -> None:
    try:
        params = Params.from_mapping(given_)
    except GaplabError as error:
        assert error.problems
        assert all("parameter" in line for line in error.problems)
        return
    for name, value in given_.items():
        taken = getattr(params, name)
        if isinstance(taken, float):
            assert math.isfinite(taken)
        if isinstance(taken, bool) or isinstance(value, bool):
            assert str(taken).lower() == str(value).lower()
        elif isinstance(taken, int | float):
            assert taken == float(value)
        elif isinstance(taken, date):
            assert taken.isoformat() == str(value)[:10]
        else:
            assert taken == value
    assert Params.from_mapping(params.as_strings()) == params


@tried(400)
@given(settings_given)
def test_parameters_are_what_was_given_or_refused(given_):
    parameters_are_right_or_refused(given_)


@pytest.mark.slow
@tried(20_000)
@given(settings_given)
def test_many_parameters_are_what_was_given_or_refused(given_):
    parameters_are_right_or_refused(given_)


@tried(150)
@given(st.binary(max_size=200) | st.text(alphabet=string.printable, max_size=200).map(str.encode))
@example(b"as_of: 2026-02-30")
@example(b"? {a: b}\n: c")
@example(b"draws: 0o17\nseed: 0b1\n")
@example(b"leader: NO\n")
def test_a_file_of_parameters_is_read_right_or_refused(content):
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "run.yaml"
        path.write_bytes(content)
        result = CliRunner().invoke(
            main, ["whatif", "--params", str(path), "--model", "x", "--country", "x", "--date", "x"]
        )
    assert result.exit_code == 2, result.output
    assert isinstance(result.exception, SystemExit)
    assert "Traceback" not in result.output


class Reached(Exception):
    """The run would start: everything typed was taken."""


FLAGS = [f"--{name.replace('_', '-')}" for name in parameter_names()]


@tried(25)
@given(
    flag=st.sampled_from(FLAGS),
    value=awkward.filter(lambda text: "\0" not in text),
    verb=st.sampled_from(["fit", "gap"]),
)
def test_a_flag_is_taken_or_refused_in_one_line(flag, value, verb):
    def reached(*_, **__):
        raise Reached

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("gaplab.fit.fit.fit", reached)
        result = CliRunner().invoke(main, [verb, f"{flag}={value}"])
    if not isinstance(result.exception, Reached):
        assert result.exit_code == 2, (result.exception, result.output)
        assert isinstance(result.exception, SystemExit)
        assert all(line.startswith(("Error: ", "Usage: ", "Try ")) or not line for line in result.stderr.splitlines())
        assert not set(result.stderr) & {"\x1b", "\u202e", "\0"}


@given(st.text())
def test_what_is_printed_cannot_steer_a_terminal(text):
    assert all(c.isprintable() or c == "\n" for c in printable(text))


# --- Names on the page ------------------------------------------------------------------------------

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
    shown = Page(content)
    assert "script" not in shown.tags
    assert not shown.tags & {"iframe", "object", "embed", "form", "base", "svg"}
    assert not [name for name, _ in shown.attributes if name.startswith("on")]
    links = [value for name, value in shown.attributes if name in ("href", "src", "srcset")]
    assert all(re.match(r"https?://|data:|#", link) for link in links)
    assert "<script>alert(1)</script>" in shown.text
    for path in page.folder.glob("*.csv"):
        assert harmless(path.read_text("utf-8")), path.name
