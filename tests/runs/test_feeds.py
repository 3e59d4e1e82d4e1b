"""Feeds of a site: valid by their schemas, at addresses that stay, and of the tables that the numbers rest on."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
import sys
from pathlib import Path

import jsonschema
import nbformat
import pandas as pd
import pytest
from support.briefs import QUICK, finished
from support.commands import run
from support.golden import RUN
from support.places import REPOSITORY
from support.worlds import synthetic_posterior

from gaplab.data.contract import TABLES
from gaplab.data.load import data_hash, load
from gaplab.data.package import data_package
from gaplab.gap import newest_record
from gaplab.report.charts.definitions import definitions_chart
from gaplab.report.sections.opening import headline_numbers
from gaplab.results.feeds import latest_json, series_json, series_table
from gaplab.results.gap import gap_table, headline_table
from gaplab.runs import run_folder
from gaplab.runs.chart_files import charts_made

DATA = REPOSITORY / "data"


@pytest.fixture(scope="module")
def posterior():
    return synthetic_posterior(draws=50, params=RUN)


@pytest.fixture(scope="module")
def feeds(posterior):
    tables = load(as_of=RUN.as_of, root=DATA)
    table = headline_table(posterior, posterior).iloc[:2]
    said = [{"meaning": each.meaning, "sentence": str(each)} for each in headline_numbers(table, RUN)]
    return {"latest": latest_json(posterior, tables, table, said), "series": series_json(posterior, tables)}


@pytest.fixture
def briefs(feeds, posterior, tmp_path):
    """A folder with a finished brief of the default run, by a release that kept slides in its notebook."""
    place = tmp_path / "briefs" / "one"
    place.mkdir(parents=True)
    (place / "brief.html").write_text("<!DOCTYPE html><title>Brief</title>", encoding="utf-8")
    chart = definitions_chart(
        gap_table(posterior), load(as_of=RUN.as_of, root=DATA).claims, newest_record(posterior), RUN
    )
    bundle = chart._repr_mimebundle_() | {"image/png": base64.b64encode(chart.png()).decode()}
    cell = nbformat.v4.new_code_cell(outputs=[nbformat.v4.new_output("display_data", bundle)])
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), place / "brief.ipynb")
    for name, content in feeds.items():
        run_folder.write_json(place / f"{name}.json", content)
    made = {"parameters": RUN.as_strings(), "vintage": feeds["latest"]["data"]["vintage"]}
    run_folder.write_json(place / "manifest.json", made | {"sha256": run_folder.file_checksums(place)})
    return tmp_path / "briefs", chart


def schema(name: str) -> dict:
    return json.loads((REPOSITORY / "docs" / "schemas" / f"{name}.schema.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", ["latest", "series"])
def test_a_feed_is_what_its_schema_says(feeds, name):
    jsonschema.Draft202012Validator.check_schema(schema(name))
    content = json.loads(json.dumps(feeds[name], allow_nan=False))
    jsonschema.validate(content, schema(name))
    for wrong in (content | {"schema_version": "2.0"}, {key: content[key] for key in content if key != "data"}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(wrong, schema(name))


def test_the_series_ends_in_the_table_of_the_day(posterior):
    table = series_table(posterior)
    assert table["date"].min() >= "2023-01-01"
    last = table[table["date"] == f"{RUN.as_of}"].set_index(["definition", "unit"])
    today = gap_table(posterior).query("subject == 'China'").set_index(["definition", "unit"])
    assert set(last.index) == set(today.index)
    for column in ("median", "lower_80", "upper_95"):
        pd.testing.assert_series_equal(last[column], today[column].reindex(last.index))


def test_a_site_has_its_feeds_at_addresses_that_stay(briefs, feeds, tmp_path):
    home, chart = briefs
    site = tmp_path / "site"
    for _ in range(2):  # the second site takes the place of the first
        result = run("publish", home, "--out", site, "--data", DATA)
        assert result.exit_code == 0, result.output
    assert json.loads((site / "latest.json").read_text(encoding="utf-8")) == feeds["latest"]
    assert json.loads((site / "series.json").read_text(encoding="utf-8")) == json.loads(json.dumps(feeds["series"]))
    assert (site / "charts" / f"{chart.name}.svg").read_text(encoding="utf-8") == chart.svg()
    assert (site / "charts" / f"{chart.name}.csv").read_text(encoding="utf-8") == chart.csv()
    assert (site / "charts" / f"{chart.name}.png").read_bytes() == chart.png()
    page = (site / "charts" / f"{chart.name}.html").read_text(encoding="utf-8")
    assert f'href="../one/brief.html#{chart.name}"' in page
    assert f'content="{chart.name}.png"' in page, "where the site will be is not known"
    assert f'href="charts/{chart.name}.html"' in (site / "index.html").read_text(encoding="utf-8")
    assert "## Credits and licences" in (site / "data" / "README.md").read_text(encoding="utf-8")
    assert 'href="latest.json"' in (site / "index.html").read_text(encoding="utf-8")


@pytest.mark.machine
def test_slides_are_drawn_for_a_site_since_a_brief_has_none(tmp_path):
    brief, site = finished().folder, tmp_path / "site"
    assert "image/png" not in (brief / "brief.ipynb").read_text(encoding="utf-8")
    result = run("publish", brief, "--out", site, "--data", DATA)
    assert "left out" not in result.output
    slides = {path.stem: path.read_bytes() for path in (site / "charts").glob("*.png")}
    assert slides == {name: chart.png() for name, chart in charts_made(QUICK).items()}
    assert set(slides) == {path.stem for path in (site / "charts").glob("*.svg")}
    index = (site / "index.html").read_text(encoding="utf-8")
    assert all(f'href="charts/{name}.png"' in index for name in slides)


@pytest.mark.machine
@pytest.mark.parametrize("missing", ["tables", "posterior", "chart"])
def test_a_site_goes_without_slides_that_cannot_be_drawn_and_says_so(missing, tables_folder, tmp_path, monkeypatch):
    brief, site = shutil.copytree(finished().folder, tmp_path / "briefs" / "one"), tmp_path / "site"
    whole = {"frontiers"} if missing == "chart" else set()
    if missing == "tables":
        claims = (tables_folder / "claims.csv").read_text(encoding="utf-8").splitlines()
        (tables_folder / "claims.csv").write_text("\n".join(claims[:-1]) + "\n", encoding="utf-8")
    elif missing == "posterior":
        monkeypatch.setenv("GAPLAB_CACHE", str(tmp_path / "cache"))
    else:
        chart = next(iter(charts_made(QUICK).values()))
        others = {"frontiers": chart, "definitions": chart}
        monkeypatch.setattr("gaplab.runs.chart_files.charts_made", lambda params: others)
    result = run("publish", brief.parent, "--out", site, "--data", tables_folder)
    assert result.exit_code == 0
    assert f"left out: {brief}: slides of" in result.output
    assert {path.stem for path in (site / "charts").glob("*.png")} == whole
    index = (site / "index.html").read_text(encoding="utf-8")
    assert 'href="charts/definitions.html"' in index
    assert ("charts/frontiers.png" in index) == bool(whole)
    assert "charts/definitions.png" not in index


def test_tables_that_the_numbers_do_not_rest_on_are_left_out(briefs, tables_folder, tmp_path):
    home, _ = briefs
    claims = (tables_folder / "claims.csv").read_text(encoding="utf-8").splitlines()
    (tables_folder / "claims.csv").write_text("\n".join(claims[:-1]) + "\n", encoding="utf-8")
    assert run("publish", home, "--out", tmp_path / "site", "--data", tables_folder).exit_code == 0
    assert not (tmp_path / "site" / "data").exists()
    assert (tmp_path / "site" / "latest.json").is_file()


def test_a_brief_of_another_run_is_no_feed(briefs, tmp_path):
    home, _ = briefs
    manifest = json.loads((home / "one" / "manifest.json").read_text(encoding="utf-8"))
    manifest["parameters"]["scope"] = "trusted"
    run_folder.write_json(home / "one" / "manifest.json", manifest)
    assert run("publish", home, "--out", tmp_path / "site").exit_code == 0
    assert not (tmp_path / "site" / "latest.json").exists()


def test_the_package_describes_every_column():
    package = data_package(data_hash(DATA))
    described = {each["name"]: [field["name"] for field in each["schema"]["fields"]] for each in package["resources"]}
    assert {name: described[name] for name in TABLES} == {name: list(columns) for name, columns in TABLES.items()}
    for each in package["resources"]:
        assert list(pd.read_csv(DATA / each["path"], nrows=0).columns) == described[each["name"]]


@pytest.mark.slow
def test_frictionless_finds_the_package_valid_and_a_spoilt_one_not(tables_folder):
    pytest.importorskip("frictionless", reason="install frictionless to check the Data Package")
    run_folder.write_json(tables_folder / "datapackage.json", data_package("1"))
    check = "import sys, frictionless; sys.exit(not frictionless.validate(sys.argv[1]).valid)"

    def valid(folder: Path) -> bool:
        return not subprocess.run([sys.executable, "-c", check, folder / "datapackage.json"], check=False).returncode

    assert valid(tables_folder)
    spoilt = shutil.copytree(tables_folder, tables_folder.with_name("spoilt"))
    text = (spoilt / "models.csv").read_text(encoding="utf-8").replace(",closed,", ",ajar,", 1)
    (spoilt / "models.csv").write_text(text, encoding="utf-8")
    assert not valid(spoilt)
