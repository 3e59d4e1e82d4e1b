"""The section on claims."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from support.worlds import synthetic_posterior

from gaplab import gap
from gaplab.data.load import load
from gaplab.params.spec import Params
from gaplab.questions.claims.ranking import combine, data_and_claims, which_definition
from gaplab.questions.claims.reading import claim_range
from gaplab.report.sections.claims import claims_finding, claims_heading, data_and_claims_finding
from gaplab.report.sections.record import record_domain_note
from gaplab.report.text.claims import claimed_months, claims_in_scope
from gaplab.report.text.numbers import format_number

PARAMS = Params()


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
    for central, part in ((9.0, "as evidence too"), (80.0, "fails")):
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
