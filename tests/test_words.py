"""Sentences hold whoever leads, by however much, and name whoever they are about."""

from __future__ import annotations

import dataclasses
import re
from dataclasses import replace

import hypothesis.strategies as st
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from support.worlds import synthetic_posterior

from gaplab import gap
from gaplab.data.load import load
from gaplab.params.spec import Params
from gaplab.posterior import Check, Health
from gaplab.questions.claims.ranking import combine, data_and_claims, which_definition
from gaplab.questions.claims.reading import claim_range
from gaplab.report.charts.definitions import definitions_chart
from gaplab.report.charts.frontiers import frontiers_chart
from gaplab.report.charts.over_time import over_time_chart
from gaplab.report.sections.claims import claims_finding, claims_heading, data_and_claims_finding
from gaplab.report.sections.definitions import readable_definitions
from gaplab.report.sections.method import method_lines, sources_by_licence
from gaplab.report.sections.opening import answer_finding, headline_numbers
from gaplab.report.sections.record import record_domain_note
from gaplab.report.text.claims import claimed_months, claims_in_scope
from gaplab.report.text.definitions import DEFINITION_LABELS, DEFINITION_MEANINGS, definition_label, definition_meaning
from gaplab.report.text.names import long_date
from gaplab.report.text.numbers import format_months, format_number, format_probability, format_short_probability
from gaplab.report.text.phrases import interval_phrase, standing_sentence
from gaplab.report.text.titles import brief_question, dateline_text, health_line
from gaplab.results.gap import gap_table, headline_table
from gaplab.results.over_time import ability_history, lag_history

PARAMS = Params()


def gap_row(low=6.0, median=8.0, high=10.0, *, p_ahead=0.0, p_censored=0.0, subject="China", leader="US", **more):
    """A row of a gap table with the same bounds at every level."""
    bounds = {f"{side}_{prob}": value for prob in (50, 80, 95) for side, value in (("lower", low), ("upper", high))}
    row = {"definition": "frontier_lag", "subject": subject, "leader": leader, "unit": "months", "median": median}
    row |= {"p_follower_ahead": p_ahead, "p_censored": p_censored, "scope": "public", "first_match": None}
    return pd.Series({**row, **bounds, **more})


def strip(posterior, table):
    """The chart of definitions beside no claims."""
    claims = load(as_of=PARAMS.as_of).claims.head(0)
    return definitions_chart(table, claims, gap.newest_record(posterior), posterior.params)


# --- Numbers and dates ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "width", "text"),
    [(7.44, 3, "7.4"), (7.44, 12, "7"), (-0.04, 1, "0.0"), (-0.4, 20, "0"), (-3.21, 2, "−3.2"), (12.0, 10, "12")],
)
def test_numbers_have_the_decimals_that_their_interval_can_bear(value, width, text):
    assert format_number(value, width) == text


@given(st.floats(-500, 500), st.floats(0, 100))
def test_no_number_is_a_negative_zero_or_has_a_hyphen_for_a_minus(value, width):
    text = format_number(value, width)
    assert "-" not in text
    assert not re.fullmatch(r"−0(\.0)?", text)


def test_one_month_is_singular():
    assert format_months(1.2, 12) == "1 month"
    assert format_months(-1.2, 12) == "−1 month"
    assert format_months(1.0) == "1.0 months"


def test_dates_and_probabilities():
    assert long_date("2026-06-03") == "3 June 2026"
    assert format_probability(0.999) == "more than 99%"
    assert format_probability(0.0) == "less than 1%"
    assert format_probability(0.456) == "46%"


# --- Who is where ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        (gap_row(), "China is 8.0 months behind the US"),
        (gap_row(-4, -2, -1), "China is 2.0 months ahead of the US"),
        (gap_row(-1, 0.01, 1), "China is level with the US"),
        (gap_row(-6, 1.2, 9), "China is 1 month behind the US"),
        (gap_row(20, 30, 40, p_censored=0.9), "China is at least 30 months behind the US"),
        (gap_row(median=np.nan), "China is not to be compared with the US"),
        (gap_row(subject="US", leader="China"), "The US is 8.0 months behind China"),
        (gap_row(subject="France", leader="UK"), "France is 8.0 months behind the UK"),
    ],
)
def test_standing(row, sentence):
    assert standing_sentence(row) == sentence


@pytest.mark.parametrize(
    ("row", "text"),
    [
        (gap_row(), "80% interval 6.0 to 10.0 months"),
        (gap_row(-1.2, 1, 3.4), "80% interval 1.2 months ahead to 3.4 months behind"),
        (gap_row(-5.1, -3, -2), "80% interval 2.0 to 5.1 months ahead"),
        (gap_row(6, 9, 14, p_censored=0.4), "80% interval 6.0 months or more"),
        (gap_row(6, 9, np.nan), "80% interval 6.0 months or more"),
        (gap_row(np.nan, 9, np.nan), "80% interval not defined"),
    ],
)
def test_intervals(row, text):
    assert interval_phrase(row, 0.8) == text


def test_the_probability_of_a_lead_is_stated_when_the_order_is_open():
    for lag, stated in ((0.5, True), (8.0, False)):
        posterior = synthetic_posterior(lag_months=lag)
        top, table = headline_table(posterior, posterior), gap_table(posterior)
        assert ("The probability that China is ahead" in answer_finding(top, table, PARAMS).text) == stated


def test_a_follower_that_leads_is_ahead_everywhere():
    posterior = synthetic_posterior(lag_months=-4.0, lag_sd=0.5)
    table, top = gap_table(posterior), headline_table(posterior, posterior)
    sentences = [answer_finding(top, table, PARAMS).text, *map(str, headline_numbers(top, PARAMS))]
    for sentence in sentences:
        assert "ahead" in sentence
        assert "behind" not in sentence
        assert "−" not in sentence
    assert "ahead" in strip(posterior, table).title


# --- Agreement of sentences and tables ------------------------------------------------------------


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


def test_no_country_is_wired_in():
    params = Params(leader="France", follower="UK")
    posterior = synthetic_posterior(params=params)
    table, top = gap_table(posterior), headline_table(posterior, posterior)
    history = replace(lag_history(posterior), at_least=True)
    frontiers = frontiers_chart(ability_history(posterior), table, params)
    charts = [strip(posterior, table), over_time_chart(history, params), frontiers]
    text = " ".join(
        [
            brief_question(params),
            answer_finding(top, table, params).text,
            *map(str, headline_numbers(top, params)),
            *[definition_meaning(name, unit, params) for name, unit in gap.DEFINITIONS],
            *[definition_label(name, unit, params) for name, unit in gap.DEFINITIONS],
            *(text for chart in charts for text in (chart.title, chart.subtitle, chart.alt, chart.caption)),
        ]
    )
    assert not re.search(r"\b(US|China|Chinese|American)\b", text)
    assert "the UK" in text
    assert "France's frontier" in text


def test_every_definition_has_a_label_and_one_sentence():
    assert {name for name, _ in gap.DEFINITIONS} == set(DEFINITION_LABELS) == set(DEFINITION_MEANINGS)
    for name, unit in gap.DEFINITIONS:
        meaning = definition_meaning(name, unit, PARAMS)
        assert meaning.endswith(".")
        assert "{" not in meaning
        assert definition_label(name, unit, PARAMS)


def test_the_table_of_definitions_lists_all_of_them():
    posterior = synthetic_posterior()
    shown = readable_definitions(gap_table(posterior), gap.newest_record(posterior), PARAMS)
    assert len(shown) == len(gap.DEFINITIONS)
    assert shown["Definition"].is_unique
    assert shown.notna().all(axis=None)


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


@pytest.mark.parametrize("status", ["PASS", "REVIEW", "FAIL"])
def test_health_says_what_to_do(status):
    health = Health((Check("ESS", 90.0, "at least 400", status, "Run more draws."),))
    line = health_line(health)
    assert ("Run more draws." in line) == (status != "PASS")
    assert ("Do not use" in line) == (status == "FAIL")


@pytest.mark.parametrize(
    ("p_widened", "title"),
    [
        (0.5, "No clear change over the last year"),
        (0.85, "The gap has probably widened over the last year"),
        (0.99, "The gap has widened over the last year"),
        (0.03, "The gap has narrowed over the last year"),
    ],
)
def test_change_is_claimed_only_when_it_is_likely(p_widened, title):
    history = replace(lag_history(synthetic_posterior(draws=30)), p_widened=p_widened)
    assert over_time_chart(history, PARAMS).title == title


# --- Claims ---------------------------------------------------------------------------------------


def claim(**given):
    blank = {"claim_id": "x", "who": "Somebody", "published": "2026-05-01", "form": "point", "unit": "months"}
    blank |= {"low": np.nan, "central": np.nan, "high": np.nan, "scope": "public", "domain": "general"}
    blank |= {"functional": "unknown", "note": "", "as_of": "2026-05-01", "independence_group": "x"}
    blank |= {"featured": np.nan}
    return pd.Series({**blank, **given})


@pytest.mark.parametrize(
    ("given_claim", "text", "bounds"),
    [
        (claim(central=8.0), "about 8 months", (7.5, 8.5)),
        (claim(form="interval", low=9.0, high=12.0), "9 to 12 months", (9, 12)),
        (claim(form="at_least", low=8.0), "at least 8 months", (8, np.inf)),
        (claim(form="at_most", high=3.0), "at most 3 months", (-np.inf, 3)),
    ],
)
def test_what_was_claimed(given_claim, text, bounds):
    assert claimed_months(given_claim) == text
    assert claim_range(given_claim) == bounds


def disputed(*, model_lag, interval):
    """Two claims set side by side: one on a model, one that defines nothing and counts restricted models."""
    return pd.DataFrame(
        [
            claim(
                claim_id="first",
                featured=1,
                who="An institute",
                central=model_lag,
                functional="model_lag",
                note="on DeepSeek V4 Pro",
            ),
            claim(
                claim_id="second",
                featured=2,
                who="A paper",
                form="interval",
                low=interval[0],
                high=interval[1],
                scope="trusted",
            ),
        ]
    )


@pytest.mark.parametrize(
    ("model_lag", "interval", "verdict"),
    [
        (8.0, (9.0, 12.0), "Both can be true at once"),
        (30.0, (9.0, 12.0), "only A paper"),
        (8.0, (50.0, 60.0), "only An institute"),
        (30.0, (50.0, 60.0), "supports neither"),
    ],
)
def test_disputed_claims_are_judged_by_the_numbers(model_lag, interval, verdict):
    public, wide = synthetic_posterior(), synthetic_posterior(params=Params(scope="trusted"), lag_months=10.0)
    claims = disputed(model_lag=model_lag, interval=interval)
    ranked = which_definition(claims, [public, wide])
    finding = claims_finding(claims, ranked, PARAMS)
    assert verdict in finding.text
    assert len(finding.table) == 2
    named = ranked[ranked["named"]].iloc[0]
    assert format_number(named["median"]) in finding.text


def test_claims_believed_are_beside_the_data_and_failing_weights_are_said():
    posterior = synthetic_posterior()
    lag = {"frontier_lag": gap.readings(posterior, gap.country_subject(posterior))["frontier_lag", "months"]}
    for central, part in ((9.0, "believed as well"), (80.0, "fails")):
        rows = [claim(claim_id=str(n), central=central, functional="frontier_lag", independence_group=str(n))
                for n in range(30 if part == "fails" else 2)]  # fmt: skip
        combined = combine(pd.DataFrame(rows), posterior)
        finding = data_and_claims_finding(data_and_claims(posterior, combined, lag), combined, PARAMS)
        assert part in finding.text
        assert format_number(finding.table["median"].iloc[0]) in finding.text


def test_claims_after_the_as_of_date_or_about_others_are_left_out(repository):
    claims = load(as_of=PARAMS.as_of).claims
    early = Params(as_of="2026-05-05")
    assert len(claims_in_scope(claims, PARAMS))
    assert (claims_in_scope(claims, early)["published"] <= "2026-05-05").all()
    assert claims_in_scope(claims, Params(leader="US", follower="France")).empty
    assert "“8”" in claims_heading(claims, PARAMS)
    assert "9 to 12" not in claims_heading(claims, early)


def test_a_run_about_one_domain_is_beside_claims_about_that_domain():
    claims = load(as_of=PARAMS.as_of).claims
    cyber = replace(PARAMS, domain="cyber")
    assert set(claims_in_scope(claims, cyber)["domain"]) == {"cyber"}
    assert claims_heading(claims, cyber) == "What others have published"
    assert "cyber" in record_domain_note(cyber)
    assert record_domain_note(PARAMS) == ""


def test_probabilities_in_narrow_columns_claim_no_more_than_in_sentences():
    shown = [format_short_probability(p) for p in (0.0, 0.004, 0.5, 0.999)]
    assert shown == ["<1%", "<1%", "50%", ">99%"]


def test_method_is_ten_lines_and_counts_the_evidence():
    evidence, posterior = load(as_of=PARAMS.as_of), synthetic_posterior()
    lines = method_lines(posterior, evidence)
    assert len(lines) == 10
    assert f"{len(evidence.scores):,} scores" in lines[0]
    assert any("Epoch AI" in publisher for _, rows in sources_by_licence(evidence) for publisher, _ in rows)
