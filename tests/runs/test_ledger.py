"""The ledger of a batch: JSON that others can read, and an index of names that stay text."""

from __future__ import annotations

import base64
import io
import json
import re
import shutil
from html.parser import HTMLParser

import pandas as pd
import pytest
from support.fakes import (
    HOSTILE,
    told,
)

from gaplab.params.spec import Params
from gaplab.runs.gap_by_run import gap_of
from gaplab.runs.ledger import Ledger, Row, answer_of, parameters_shown


def test_the_ledger_survives_a_disk_that_is_full_for_a_moment(tmp_path, monkeypatch):
    ledger = Ledger(tmp_path, {"a": Row("a", "pending", "brief", "", {})})
    ledger.write()

    def full(path, content):
        raise OSError(28, "No space left on device", str(path))

    with monkeypatch.context() as broken:
        broken.setattr("gaplab.runs.ledger.replace_file", full)
        ledger.set("a", status="done")
        with pytest.raises(RuntimeError, match="No space left on device"):
            ledger.close()
    assert told(tmp_path)["a"]["status"] == "pending", "no result was recorded: true"
    ledger.close()
    assert told(tmp_path)["a"]["status"] == "done"


def test_rows_that_differ_by_scenario_can_be_told_apart(tmp_path):
    pause = {"as_of": "2026-06-30", "leader_pause_to": "2027-06-30"}
    rows = {
        "a": Row("a", "done", "brief", "", pause, scenario="us_pause", answer="China in June 2027: 4.0 months"),
        "b": Row("b", "done", "brief", "", {"as_of": "2026-06-30"}, answer="China in June 2027: 7.0 months"),
    }
    Ledger(tmp_path, rows).write()
    page = (tmp_path / "index.html").read_text()
    for told_of in ("us_pause", "4.0 months", "7.0 months"):
        assert told_of in page
    assert "leader_pause_to" not in page, "the name of the scenario says it"
    (tmp_path / "a").mkdir()
    assert answer_of(tmp_path / "a") is None
    (tmp_path / "a" / "summary.json").write_text('{"headlines": ["first", "second"]}')
    assert answer_of(tmp_path / "a") == "first"


def test_the_index_sets_the_gaps_of_the_runs_side_by_side(tmp_path):
    folder = tmp_path / "a"
    folder.mkdir()
    assert gap_of(folder) is None
    day = "definition,subject,lower_80,median,upper_80\nreleased_lag,China,5.5,6.8,8.1\nfrontier_lag,China,1,2,3\n"
    (folder / "gap.csv").write_text(day)
    lines = ["target,horizon,output_type_id,value,scenario_id"]
    lines += [f"released_lag,12,{level},{level},baseline" for level in (0.1, 0.5, 0.9)]
    lines += [f"released_lag,12,{level},{value},scenario" for level, value in ((0.1, "-inf"), (0.5, 3.2), (0.9, 9.1))]
    (folder / "forecast.csv").write_text("\n".join(lines) + "\n")
    found = gap_of(folder)
    assert (found["lower"], found["median"], found["upper"]) == (5.5, 6.8, 8.1), "the first row"
    year = found["lower_in_a_year"], found["median_in_a_year"], found["upper_in_a_year"]
    assert year == (None, 3.2, 9.1), "the scenario, not the baseline; JSON has no infinity"
    rows = {
        "a": Row("a", "done", "brief", "", {"as_of": "2026-06-30"}, scenario="us_pause", gap=found),
        "b": Row("b", "done", "brief", "", {"as_of": "2026-05-12"}, gap=found | {"median_in_a_year": None}),
        "c": Row("c", "failed", "brief", "", {"as_of": "2026-05-12"}),
    }
    Ledger(tmp_path, rows).write()
    page = (tmp_path / "index.html").read_text()
    assert '<td data-label="months behind">6.8 (5.5\u00a0to\u00a08.1)</td>' in page
    assert page.count('<td data-label="in a year">') == 3
    assert '<td data-label="in a year">ahead for good</td>' in page
    encoded = re.search(r'download="gap_by_run.csv" href="data:text/csv;charset=utf-8;base64,([^"]+)"', page)[1]
    table = pd.read_csv(io.StringIO(base64.b64decode(encoded).decode()))
    assert list(table["run"]) == ["a", "b"]
    assert list(table["median"]) == [6.8, 6.8]


class Elements(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.tags, self.attributes, self.text = [], [], ""
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.attributes += [(tag, *pair) for pair in attributes]

    def handle_data(self, data):
        self.text += data


def test_hostile_names_are_text_in_the_index(tmp_path):
    rows = {
        f"r{number}": Row(
            f"r{number}",
            "failed",
            name,
            name,
            parameters_shown(Params(inject_model=name)),
            brief=f"{name}/x.html",
            log=name,
            error=name,
        )
        for number, name in enumerate(HOSTILE)
    }
    Ledger(tmp_path, rows).write()
    page = Elements((tmp_path / "index.html").read_text(encoding="utf-8"))
    assert page.tags.count("script") == 1
    assert "img" not in page.tags
    assert not [name for _, name, _ in page.attributes if name.startswith("on")]
    for tag, name, value in page.attributes:
        if name == "href" and tag == "a":
            assert ":" not in value, "a relative path, whatever it is called"
    for name in HOSTILE:
        assert name in page.text
    assert [row["name"] for row in told(tmp_path).values()] == HOSTILE


@pytest.mark.machine
@pytest.mark.skipif(not shutil.which("chromium"), reason="chromium is not installed (Debian package chromium)")
def test_the_index_sorts_filters_and_executes_nothing(tmp_path):
    from playwright.sync_api import sync_playwright

    rows = {
        str(n): Row(str(n), "done", name, name, {"as_of": "2026-06-30"}, seconds=n) for n, name in enumerate(HOSTILE)
    }
    Ledger(tmp_path, rows | {"z": Row("z", "failed", "last", "last", {"as_of": "2025-01-01"}, 10.0)}).write()
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page()
        complaints = []
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto((tmp_path / "index.html").as_uri())
        assert page.title() == "Batch: 8 runs"
        page.get_by_role("button", name="seconds").click()
        page.get_by_role("button", name="seconds").click()
        assert page.locator("tbody tr th").first.inner_text() == "last", "10 before 2: numbers, largest first"
        page.get_by_label("Show rows with").fill("FAILED last")
        assert page.locator("tbody tr:visible").count() == 1
        assert page.get_by_role("status").inner_text() == "1 of 8"
        assert complaints == []
        quiet = browser.new_context(java_script_enabled=False).new_page()
        quiet.goto((tmp_path / "index.html").as_uri())
        assert quiet.locator("tbody tr:visible").count() == 8
        assert not quiet.get_by_label("Show rows with").is_visible()
        browser.close()


def test_batch_json_is_json_that_others_can_read(tmp_path):
    Ledger(tmp_path, {"a": Row("a", "done", "brief", HOSTILE[-1], {"as_of": "2026-06-30"}, 1.5)}).write()
    assert json.loads((tmp_path / "batch.json").read_bytes())["runs"][0]["seconds"] == 1.5
