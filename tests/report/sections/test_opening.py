"""The opening of the page states what its table holds."""

from __future__ import annotations

import dataclasses
import re
from dataclasses import replace

import pytest
from support.drawings import definitions_of
from support.worlds import synthetic_posterior

from gaplab.data.load import load
from gaplab.outlook.scenarios import compare
from gaplab.params.spec import Params
from gaplab.questions.scenario_library import read_scenario_library
from gaplab.report.sections.forecast import scenario_headlines
from gaplab.report.sections.influence import evidence_record
from gaplab.report.sections.opening import answer_finding, headline_numbers
from gaplab.report.text.forecast import pick_horizon
from gaplab.report.text.numbers import format_number
from gaplab.report.text.titles import brief_question, dateline_text, health_line
from gaplab.results.forecast import forecast_table
from gaplab.results.gap import gap_table, headline_table
from gaplab.results.revisions import headline_definition

PARAMS = Params()


def test_the_probability_of_a_lead_is_stated_when_the_order_is_open():
    for lag, stated in ((0.5, True), (8.0, False)):
        posterior = synthetic_posterior(lag_months=lag)
        top, table = headline_table(posterior, posterior), gap_table(posterior)
        assert ("The probability that China is ahead" in answer_finding(top, table, PARAMS).text) == stated


def test_a_follower_that_leads_is_ahead_everywhere():
    posterior = synthetic_posterior(lag_months=-7.0, lag_sd=0.5)
    table, top = gap_table(posterior), headline_table(posterior, posterior)
    sentences = [answer_finding(top, table, PARAMS).text, *map(str, headline_numbers(top, PARAMS))]
    for sentence in sentences:
        assert "ahead" in sentence
        assert "behind" not in sentence
        assert "−" not in sentence
    assert "ahead" in definitions_of(posterior, load(as_of=PARAMS.as_of).claims).title


def test_the_answer_states_what_its_table_holds():
    posterior = synthetic_posterior()
    finding = answer_finding(headline_table(posterior, posterior), gap_table(posterior), PARAMS)
    today = finding.table.iloc[0]
    for column in ("median", "lower_80", "upper_80"):
        assert format_number(today[column]) in finding.text
    others = finding.table.iloc[1:]["median"]
    assert format_number(others.min()) in finding.text
    assert format_number(others.max()) in finding.text


def test_headlines_that_repeat_each_other_are_shown_once():
    public, wide = synthetic_posterior(), synthetic_posterior(params=Params(scope="trusted"), lag_months=9.5)
    top = headline_numbers(headline_table(public, wide), PARAMS)
    assert len(top) == 3
    assert top[2].meaning.startswith("As the first number")
    assert len(headline_numbers(headline_table(wide, wide), wide.params)) == 2


def test_the_run_s_own_probability_is_used():
    params = Params(prob=0.9)
    posterior = synthetic_posterior(params=params)
    top, table = headline_table(posterior, posterior), gap_table(posterior)
    assert "90% interval" in answer_finding(top, table, params).text
    assert "80%" not in answer_finding(top, table, params).text


@pytest.mark.parametrize(
    "word", ["logit", "posterior", "draw", "R-hat", "ESS", "censored", "prior", "vintage", "quantile"]
)
def test_the_first_screen_has_no_jargon(word):
    posterior = synthetic_posterior()
    top = headline_table(posterior, posterior)
    first = [
        brief_question(PARAMS),
        answer_finding(top, gap_table(posterior), PARAMS).text,
        dateline_text(posterior),
        health_line(posterior.health),
        *[" ".join(dataclasses.astuple(headline)) for headline in headline_numbers(top, PARAMS)],
    ]
    assert not re.search(rf"\b{word}s?\b", " ".join(first), flags=re.IGNORECASE)


def test_a_scenario_is_named_first_with_the_number_that_it_changes():
    pause = read_scenario_library(PARAMS)["us_pause"]
    posterior = synthetic_posterior(params=pause)
    comparison = compare(posterior)
    (number,) = scenario_headlines(comparison)
    assert "US pause" in brief_question(pause)
    row, plain = (pick_horizon(forecast_table(each), headline_definition(), 12)
                  for each in (comparison.scenario, comparison.baseline))  # fmt: skip
    assert number.value == format_number(abs(row["median"]))
    assert f"instead of {format_number(abs(plain['median']))} " in number.unit
    assert scenario_headlines(compare(synthetic_posterior())) == []


@pytest.mark.parametrize("choice", [
    {"scope": "trusted"}, {"clock": "first_access"}, {"sources": "independent"}, {"benchmarks": "public"},
    {"tests": "GPQA diamond"}, {"without": "GPQA diamond"}, {"domain": "cyber"}, {"knowledge": "real_time"},
])  # fmt: skip
def test_a_run_of_another_choice_does_not_show_the_record_of_the_default_one(choice):
    assert len(evidence_record(PARAMS))
    assert len(evidence_record(replace(PARAMS, draws=200, prob=0.9)))
    assert evidence_record(replace(PARAMS, **choice)).empty
