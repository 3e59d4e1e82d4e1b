"""Parts of the page, without a kernel: names are text, bad health comes first."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

import pandas as pd
import pytest
from support.briefs import QUICK
from support.pages import Page
from support.worlds import synthetic_posterior

from gaplab import gap
from gaplab.data.load import load
from gaplab.fit.runs import distinct_runs
from gaplab.params.spec import Params
from gaplab.posterior import Check, Health
from gaplab.questions.claims.ranking import which_definition
from gaplab.report.page.part import Part, shown_part, table_part
from gaplab.report.sections.claims import bridge_part, claims_part
from gaplab.report.sections.definitions import definitions_part
from gaplab.report.sections.method import colophon_part
from gaplab.report.sections.opening import opening_of_run
from gaplab.results.gap import gap_table


@pytest.fixture(scope="module")
def evidence():
    tables = load(as_of=QUICK.as_of)
    few = tables.claims["claim_id"].isin(["caisi_v4_2026", "nyt_2026_05_12", "epoch_open_2026"])
    return replace(tables, claims=tables.claims[few])  # reading every claim takes time and shows nothing more


def page_of(posterior, evidence, restricted=None):
    table = gap_table(posterior)
    wider = gap_table(restricted) if restricted else table
    ranked = which_definition(evidence.claims, distinct_runs(posterior, restricted or posterior))
    parts = [
        opening_of_run(posterior, restricted or posterior, table, wider),
        claims_part(evidence, ranked, posterior, restricted or posterior),
        bridge_part(evidence, posterior, restricted or posterior),
        definitions_part(table, posterior),
        colophon_part(evidence, posterior),
    ]
    return "".join(part._repr_html_() if isinstance(part, Part) else part.caption for part in parts)


def test_names_from_data_are_text_and_never_markup(evidence):
    hostile = "<img src=x onerror=alert(1)>&'\""
    posterior = synthetic_posterior(draws=30)
    names = {gap.newest_record(posterior): hostile, "GPT-5.5": f"{hostile}2"}
    posterior = replace(
        posterior,
        ability=posterior.ability.assign_coords(model=[names.get(n, n) for n in posterior.ability["model"].to_numpy()]),
        models=posterior.models.rename(index=names),
        identity=posterior.identity | {"notes": [hostile]},
    )
    page = Page(page_of(posterior, evidence))
    assert not page.problems
    assert not page.all("img")
    assert hostile in "".join(page.words)


@pytest.mark.parametrize("status", ["PASS", "REVIEW", "FAIL"])
def test_health_comes_before_the_headline_when_it_is_bad(status, evidence):
    checks = (Check("ESS", 9.0, "at least 400", status, "Run more draws."),)
    page = page_of(replace(synthetic_posterior(draws=30), health=Health(checks)), evidence)
    assert (page.index(status) < page.index("<h1>")) == (status == "FAIL")
    assert ("Run more draws." in page) == (status != "PASS")


def test_restricted_models_are_named(evidence):
    posterior = synthetic_posterior(draws=30)
    wide = synthetic_posterior(draws=30, params=Params(scope="trusted"), models_per_country=41)
    assert "Restricted models counted" in page_of(posterior, evidence, wide)
    assert "No restricted model" in page_of(posterior, evidence, replace(posterior, params=wide.params))


def test_other_countries_get_a_page_without_claims(evidence):
    posterior = synthetic_posterior(draws=30, params=Params(leader="China", follower="France"))
    text = "".join(Page(page_of(posterior, evidence)).words)
    assert "How many months is France behind China in AI?" in text
    assert "CAISI put" not in text


def test_a_table_of_a_notebook_has_words_and_even_numbers():
    table = pd.DataFrame(
        {"p_ahead": [0.5, 0.0], "months": [-2.4, 1234.0], "record": [True, False], "out": [date(2026, 6, 30), None]}
    )
    shown = shown_part(table, rows=2)
    assert [line.split() for line in shown.text.splitlines()] == [
        ["p", "ahead", "months", "record", "out"],
        ["0.500", "−2.40", "yes", "2026-06-30"],
        ["0", "1,234", "no", "–"],
    ]
    assert '<td style="white-space:nowrap">2026-06-30</td>' in shown.html
    assert shown_part(table, rows=1).html.endswith("<p>1 of 2 rows.</p>")


def test_a_long_table_may_fold_and_its_numbers_stand_right():
    columns = {"Test": ["HLE", "GPQA"], "Score": ["45.0%", "–"], "Shift": ["−0.3", "+1.2"], "Best": ["50% (o3)", "–"]}
    plain, folded = (table_part(columns, caption="c", name="t", fold=fold).html for fold in ("", "Every score"))
    assert "<details" not in plain
    assert folded.startswith('<details class="fold" open>\n<summary>Every score (2 rows)</summary>')
    assert plain.strip() in folded
    right = re.findall(r'<th scope="col" class="figure">(\w+)</th>', plain)
    assert right == ["Score", "Shift"], "a column of numbers; one with words in it is text"
