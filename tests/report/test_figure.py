"""Charts on a page are inline, with text that can be searched, and need no style of their own."""

from __future__ import annotations

import json
import re
import shutil
import subprocess

import html5lib
import numpy as np
import pytest
from support.drawings import drawn
from support.worlds import synthetic_posterior

from gaplab.outlook.forecast import begin, forecast
from gaplab.outlook.history import Levers
from gaplab.places import TEMPLATES
from gaplab.report.figure import PAGE_FORM
from gaplab.report.page.finish import page_script
from gaplab.report.page.levers import packed
from gaplab.results.levers import lever_draws


@pytest.fixture(scope="module")
def charts():
    return drawn(synthetic_posterior(draws=100))


@pytest.fixture(scope="module")
def pages(charts):
    return {name: chart._repr_mimebundle_()[PAGE_FORM] for name, chart in charts.items()}


def test_pictures_are_valid_and_share_no_name(pages):
    whole = "".join(pages.values())
    html5lib.HTMLParser(strict=True).parse(f"<!DOCTYPE html><title>x</title>{whole}")
    names = re.findall(r'\bid="([^"]+)"', whole)
    assert len(names) == len(set(names))
    assert {name for pair in re.findall(r'href="#([^"]+)"|url\(#([^)]+)\)', whole) for name in pair if name} <= set(
        names
    )


def test_no_policy_has_to_admit_a_style(pages):
    for page in pages.values():
        assert " style=" not in page
        assert "<style" not in page


def test_the_words_of_a_chart_are_text_at_their_size(charts, pages):
    for name, page in pages.items():
        assert charts[name].title.split()[0] in "".join(re.findall(r"<text[^>]*>([^<]*)", page))
        assert all("font-size=" in tag for tag in re.findall(r"<text[^>]*>", page))


def test_every_value_has_a_place_in_both_pictures(charts, pages):
    for name, page in pages.items():
        places = [at.split() for at in re.findall(r'data-at="([^"]*)"', page)]
        assert len(places) == 2
        assert {len(at) for at in places} == {len(charts[name].values)} != {0}


def test_the_script_is_small():
    assert len(page_script().encode()) <= 6 * 1024


@pytest.mark.skipif(not shutil.which("node"), reason="node is not installed")
@pytest.mark.parametrize(
    ("set_to", "levers"),
    [
        ([1, 0, 1, 1], Levers()),
        ([0.5, 0, 1.5, 1], Levers(leader_rate=0.5, follower_rate=1.5)),
        ([1, 6, 1, 2], Levers(pause=(0.0, 6.0), diffusion=2.0)),
    ],
    ids=["none", "paces", "pause and diffusion"],
)
def test_levers_of_the_page_move_the_frontiers_as_the_forecast_does(set_to, levers):
    posterior = synthetic_posterior(draws=80)
    draws = lever_draws(posterior, forecast(posterior))
    words, unit = packed(draws["rows"])
    known = {"past": draws["past"], "horizon": draws["horizon"], "unit": unit, "draws": words}
    source = (TEMPLATES / "brief" / "page.js").read_text(encoding="utf-8")
    first, last = (
        source.index("  const d = JSON.parse(box.dataset.draws)"),
        source.index("  const show = () => {\n    const set ="),
    )
    code = source[first:last].replace("const sliders", "//")
    program = (
        f"const box = {{dataset: {{draws: {json.dumps(json.dumps(known))}}}}};\n{code}\n"
        f"const lags = []; for (let at = 0; at < data.length; at += wide) lags.push(lagsOf(at, {set_to}));\n"
        "console.log(JSON.stringify(lags));"
    )
    told = subprocess.run(["node", "-e", program], capture_output=True, text=True, check=True).stdout
    page = np.array(json.loads(told))
    lag = forecast(posterior, levers, start=begin(posterior)).draws["frontier_lag"]
    ours = lag.transpose("chain", "draw", "horizon").to_numpy().reshape(-1, lag.sizes["horizon"])
    ours = ours[:: max(1, len(ours) // 320)][:, : draws["horizon"] + 1]
    assert np.quantile(np.abs(page - np.maximum(ours, -99)), 0.98) < 0.1
