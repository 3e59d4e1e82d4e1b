"""Every number of a sentence is in a table, and sentences stay true and grammatical whoever leads."""

from __future__ import annotations

import re
from functools import cache

import numpy as np
import pandas as pd
import pytest
from support.charts import evidence
from support.drawings import drawn
from support.worlds import synthetic_posterior

from gaplab import gap
from gaplab.fit.runs import distinct_runs, with_restricted
from gaplab.outlook import scenarios
from gaplab.outlook.nowcast import predict
from gaplab.outlook.unscored import frontier_moves
from gaplab.params.spec import Params
from gaplab.questions import changes, dossier
from gaplab.questions.claims.ranking import which_definition
from gaplab.report.sections.changes import changes_finding, steps_finding
from gaplab.report.sections.claims import claims_finding
from gaplab.report.sections.definitions import standings_finding
from gaplab.report.sections.dossier import dossier_finding
from gaplab.report.sections.forecast import forecast_finding
from gaplab.report.sections.method import coverage_finding
from gaplab.report.sections.nowcast import nowcast_finding
from gaplab.report.sections.one_page import in_short_finding
from gaplab.report.sections.opening import answer_finding, headline_numbers, restricted_finding
from gaplab.report.text.definitions import definition_label, definition_meaning
from gaplab.report.text.finding import Finding
from gaplab.report.text.names import country_name
from gaplab.report.text.numbers import format_probability
from gaplab.report.text.titles import brief_question
from gaplab.results.evidence import coverage_table, domain_coverage
from gaplab.results.forecast import catch_up_table, forecast_table
from gaplab.results.gap import gap_table, headline_table
from gaplab.results.nowcast import delay_table, unscored_table
from gaplab.results.over_time import ability_history
from gaplab.results.standings import standings_table

LAGS = ("released_lag", "frontier_lag")
MODEL = "DeepSeek-V4-Pro"

WORLDS = {
    "usual": Params(),
    "swapped": Params(leader="China", follower="US"),
}


@cache
def findings(params: Params, lag: float) -> dict[str, Finding]:
    """Sentences of every page with the tables they were made from, in a world with this lag."""
    posterior = synthetic_posterior(params=params, draws=50, lag_months=lag)
    restricted = with_restricted(params)
    wide = synthetic_posterior(2, params=restricted, draws=50, lag_months=lag + 1, models_per_country=41)
    table, wider = gap_table(posterior), gap_table(wide)
    run = scenarios.compare(posterior)
    coming, dates = forecast_table(run.scenario), catch_up_table(run.scenario)
    pair = {"leader": params.leader, "follower": params.follower}
    p_widened = gap.p_widened(posterior.frontier, **pair)
    expected = predict(evidence(), posterior)
    moves = np.quantile(frontier_moves(posterior, expected), [0.1, 0.9])
    delays, unscored = delay_table(posterior, expected), unscored_table(posterior, expected)
    both = gap_table(posterior, expected)
    theirs = unscored[unscored["country"] == params.follower]
    later = synthetic_posterior(3, params=params, draws=50, lag_months=lag - 1)
    since = Params(**{**pair, "variant": "changes", "since": pd.Timestamp("2026-03-31").date()})
    moved = changes.numbers_on_both_dates(table, gap_table(later), "80")
    fresh = changes.newly_scored_models(evidence(), evidence(), posterior)
    steps = changes.steps(gap_table(synthetic_posterior(4, params=params, draws=50, lag_months=lag + 1)), moved, LAGS)
    heads = headline_table(posterior, wide)
    standings = standings_table(posterior, ability_history(posterior))
    standings["higher"] = sum(
        standings["country"].eq(params.leader)[: standings["country"].eq(params.follower).argmax()]
    )
    coverage = domain_coverage(coverage_table(evidence(), params))
    found = {
        "answer": (answer_finding(heads, table, params), table),
        "restricted": (restricted_finding(posterior, wide, table, wider), wider),
        "forecast": (forecast_finding(coming, params), coming),
        "in short": (in_short_finding(table, coming, dates, p_widened, params), pd.DataFrame({"p": [p_widened]})),
        "nowcast": (
            nowcast_finding(both, unscored, delays, tuple(moves), params),
            pd.concat([both, delays, pd.DataFrame({"n": [*moves, theirs["p_scored"].sum(), len(theirs)]})]),
        ),
        "standings": (standings_finding(standings, params), standings),
        "delays": (nowcast_finding(both, unscored.iloc[:0], delays, tuple(moves), params), delays),
        "changes": (
            changes_finding(moved, fresh, since),
            pd.DataFrame({"n": [fresh["scores"].sum(), len(fresh), fresh["released"].sum()]}),
        ),
        "steps": (steps_finding(steps, since), steps),
        "coverage": (coverage_finding(coverage, params), coverage),
    }  # fmt: skip
    if params.follower == "China":
        rows, facts = table[table["subject"] == MODEL], dossier.model_facts(evidence(), posterior, MODEL)
        found["dossier"] = (dossier_finding(facts, rows, params), rows)
    known = evidence().claims["claim_id"].isin(["caisi_v4_2026", "nyt_2026_05_12"])
    if params == Params():
        claims = evidence().claims[known]
        ranked = which_definition(claims, distinct_runs(posterior, wide))
        judged = claims_finding(claims, ranked, params)
        lag = ranked[ranked["definition"] == "frontier_lag"].groupby(["claim_id", "scope"])["density"].max()
        best = ranked.groupby("claim_id")["density"].max()
        counts = pd.DataFrame({"n": ranked.groupby("claim_id").size(), "times": (best / lag).groupby("claim_id").max()})
        counts["times, other scope"] = (best / lag).groupby("claim_id").min()
        found["claims"] = (judged, pd.concat([ranked, claims, counts]))
    return {name: Finding(pd.concat([finding.table, more]), finding.text) for name, (finding, more) in found.items()}


def numbers_in(text: str, names: list[str]) -> list[str]:
    """The numbers of a text, without those of dates, of intervals' probabilities and of names."""
    for name in sorted(names, key=len, reverse=True):
        text = text.replace(name, "")
    text = re.sub(r"(?:\d{1,2} |\b(?:[Ii]n|[Bb]y|for) )[A-Z][a-z]+ \d{4}", "", text)
    text = re.sub(r"\d+% interval|\(\d+%\)|\d+% of its|the 12 months to|more than [\d, or]+ months", "", text)
    text = text.replace("−", "-").replace("\u00a0", " ")
    return [found.lstrip("+-") for found in re.findall(r"[+-]?\d[\d,]*\.?\d*%?", text)]


def forms(table: pd.DataFrame) -> set[str]:
    """Every way a number of the table may be written."""
    cells = table.to_numpy(dtype=object).ravel()
    values = [abs(float(value)) for value in cells if isinstance(value, int | float | np.number) and np.isfinite(value)]
    written = set()
    for value in values:
        written |= {f"{value:.0f}", f"{value:.1f}", f"{value:.2f}", f"{value:,.0f}", format_probability(min(value, 1))}
        written |= {f"{value:.0%}"} if value <= 1 else set()
    return {form.split()[-1] for form in written}


@pytest.fixture(scope="module", params=["usual", "swapped"])
def told(request):
    return findings(WORLDS[request.param], 8.0)


def test_every_number_of_a_sentence_is_in_its_table(told):
    invented = [f"{country} model {n:02d}" for country in ("US", "China") for n in range(60)]
    names = [*evidence().models["model"], *invented]
    for name, finding in told.items():
        written = forms(finding.table)
        missing = [number for number in numbers_in(finding.text, names) if number.rstrip(".,") not in written]
        assert not missing, f"{name}: {missing} in {finding.text}"


def test_a_wrong_number_would_be_noticed(told):
    finding = told["forecast"]
    assert "87.3" not in forms(finding.table)
    assert numbers_in(finding.text, []) != []


@pytest.mark.parametrize("lag", [8.0, 0.0, -5.0], ids=["behind", "level", "ahead"])
@pytest.mark.parametrize("world", WORLDS)
def test_sentences_are_grammatical_and_true_whoever_leads(world, lag):
    params = WORLDS[world]
    for name, finding in findings(params, lag).items():
        for paragraph in filter(None, finding.text.split("\n")):
            where = f"{name}: {paragraph}"
            assert paragraph[0].isupper() or paragraph[0].isdigit(), where
            assert paragraph.endswith((".", "?")), where
            assert not re.search(
                r"  |\bnan\b|\binf\b|--|−−|the the|the China|\bof US\b|in US\b|\b1\.0 month\b", paragraph
            ), where
            assert not re.search(r"(?<![Tt]he )\bUS (is|was|will|has|stands|stood)\b", paragraph), where
            assert not re.search(r"ahead \(\d+% interval −", paragraph), where
            assert not re.search(r"(?<![\d.,])1 (months|models|scores)\b", paragraph), where
            assert not re.search(r"−[\d.]+( \([^)]*\))? months (behind|ahead)", paragraph), where
            assert not re.search(r"\b0 (scores|models)\b|of 0 ", paragraph), where
            if lag == -5.0:
                assert "looks back to the day" not in paragraph, "a day that has not come"
                assert "−" not in paragraph or "below zero" in finding.text, where
    headlines = findings(params, lag)["answer"]
    follower, leader = country_name(params.follower), country_name(params.leader)
    if lag == 8.0:
        assert f"{follower} is" in headlines.text
        assert f"behind {leader}" in headlines.text
    if lag == -5.0:
        assert f"ahead of {leader}" in headlines.text


def test_no_country_is_wired_in():
    params = Params(leader="France", follower="UK")
    posterior = synthetic_posterior(params=params)
    table, top = gap_table(posterior), headline_table(posterior, posterior)
    charts = drawn(posterior).values()
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
