"""The bridge: contributions that add up exactly, change sign with the direction, and are the right ones."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from support.worlds import synthetic_posterior

from gaplab.cli.root import main
from gaplab.data.load import load
from gaplab.errors import GaplabError
from gaplab.params.spec import Params
from gaplab.questions.bridge.endpoints import check_endpoints, endpoint_of, one_of_ours
from gaplab.questions.bridge.steps import (
    apportioned,
    bridge_between,
    bridge_runs,
    medians_of,
    mixed_reading,
    to_fraction,
)
from gaplab.questions.claims.ranking import which_definition
from gaplab.report.charts.bridge import bridge_chart
from gaplab.report.text.bridge import bridge_table, bridge_title
from gaplab.report.text.numbers import signed_months
from gaplab.results.as_json import bridge_json

PARAMS = Params()
WIDE = Params(scope="trusted")


@pytest.fixture(scope="module")
def worlds():
    return {PARAMS: synthetic_posterior(), WIDE: synthetic_posterior(seed=2, params=WIDE, lag_months=10.0)}


@pytest.fixture(scope="module")
def evidence():
    return load(as_of=PARAMS.as_of)


@pytest.fixture(scope="module")
def ranked(worlds, evidence):
    known = evidence.claims[evidence.claims["claim_id"].isin(["caisi_v4_2026", "nyt_2026_05_12", "arcagi2_2026"])]
    return which_definition(known, worlds.values())


ENDS = [
    ("caisi_v4_2026", "nyt_2026_05_12"),
    ("nyt_2026_05_12", "frontier_lag:China"),
    ("arcagi2_2026", "distance/months_at_leader_pace:China,scope=trusted,date=2026-03-01"),
    ("frontier_lag:China", "model_lag:DeepSeek-V4-Pro,scope=trusted"),
    ("frontier_lag:China", "frontier_lag:China"),
]


@pytest.mark.parametrize(("start", "end"), ENDS)
def test_contributions_add_up_and_negate(start, end, worlds, evidence, ranked):
    there, back = (
        bridge_between(*(endpoint_of(name, evidence.claims, ranked, worlds) for name in names), worlds)
        for names in ((start, end), (end, start))
    )
    for found in (there, back):
        ends = [Fraction(str(number)) for number in (found.first, found.last)]
        shown = [Fraction(str(months)) for months in found.steps["months"]]
        assert sum(shown) == ends[1] - ends[0], "to the last digit that is shown"
        exact = [to_fraction(side.months) if side.months is not None else None for side in (found.start, found.end)]
        if None not in exact:
            assert sum(found.steps["exact"]) == exact[1] - exact[0]
    key = ["step", "of"]
    one, other = (found.steps.set_index(key).sort_index() for found in (there, back))
    assert (one["months"] == -other["months"]).all()
    assert list(one["exact"]) == [-value for value in other["exact"]]


def test_contributions_are_averages_over_every_order(worlds, evidence, ranked):
    start = endpoint_of("frontier_lag:China", evidence.claims, ranked, worlds)
    end = endpoint_of("distance/months_at_leader_pace:China,scope=trusted", evidence.claims, ranked, worlds)
    found = bridge_between(start, end, worlds)
    mixed = {
        steps: medians_of([mixed_reading(start.reading, end.reading, steps)], worlds).popitem()[1]
        for steps in ((), ("definition",), ("scope",), ("definition", "scope"))
    }
    by_hand = (mixed["definition",] - mixed[()] + mixed["definition", "scope"] - mixed["scope",]) / 2
    steps = found.steps.set_index("step")
    assert list(steps.index) == ["definition", "scope"]
    assert steps.loc["definition", "exact"] == by_hand
    assert steps.loc["definition", "low"] <= float(by_hand) <= steps.loc["definition", "high"]


def test_a_known_shift_is_attributed_to_what_caused_it(worlds, evidence, ranked):
    start, end = (
        endpoint_of(name, evidence.claims, ranked, worlds)
        for name in ("frontier_lag:China", "frontier_lag:China,scope=trusted")
    )
    found = bridge_between(start, end, worlds)
    assert list(found.steps["step"]) == ["scope"]
    assert found.steps["months"].iloc[0] == pytest.approx(2.0, abs=0.4), "the second world's lag is 2 months longer"


def test_the_runs_needed_are_few_and_complete(worlds, evidence, ranked):
    ends = [endpoint_of(name, evidence.claims, ranked, worlds).reading for name in ENDS[0]]
    assert set(bridge_runs(*ends)) <= {PARAMS, WIDE}
    text = "frontier_lag:China,ruler=epoch_eci,scope=trusted"
    other = endpoint_of(text, evidence.claims, ranked, worlds).reading
    start = endpoint_of("frontier_lag:China", evidence.claims, ranked, worlds).reading
    assert set(bridge_runs(start, other)) == {
        PARAMS, WIDE, replace(PARAMS, ruler="epoch_eci"), replace(WIDE, ruler="epoch_eci")
    }  # fmt: skip


@given(st.lists(st.fractions(-20, 20, max_denominator=720), min_size=1, max_size=7), st.fractions(-30, 30))
def test_tenths_always_add_up_and_negate(parts, first):
    last = first + sum(parts)
    named = {("step", str(place)): part for place, part in enumerate(parts)}
    tenths, ends = apportioned(named, first, last)
    assert sum(tenths) == ends[1] - ends[0]
    assert all(abs(tenth - part * 10) <= 2 for tenth, part in zip(tenths, parts, strict=True))
    back, turned = apportioned({name: -part for name, part in named.items()}, last, first)
    assert back == [-tenth for tenth in tenths]
    assert turned == ends[::-1]


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("caisi_v4", ['did you mean "caisi_v4_2026"?']),
        ("stanford_ai_index_2026", ["gives no number of months"]),
        ("frontier_lags:China", ['did you mean "frontier_lag"?']),
        ("frontier_lag:Chyna,scoop=3", ['"Chyna" is neither', 'did you mean "scope"?']),
        ("frontier_lag:China,scope=pubic", ['did you mean "public"?']),
        ("frontier_lag:China,scope=public,scope=trusted", ["given more than once, as public and trusted"]),
        ("frontier_lag:China,date=2031-01-01", ["after the as-of date"]),
        ("distance/points:China", ["no definition in months"]),
    ],
)
def test_ends_that_cannot_be_used_are_explained(name, parts, worlds, evidence):
    with pytest.raises(GaplabError) as caught:
        check_endpoints([name], evidence.claims, PARAMS, worlds[PARAMS].models)
    assert len(caught.value.problems) == len(parts)
    for part, problem in zip(parts, caught.value.problems, strict=True):
        assert part in problem


def test_a_way_through_an_undefined_number_is_refused(worlds, evidence, ranked):
    ahead = {PARAMS: synthetic_posterior(lag_months=-30.0, lag_sd=0.1)}
    start = one_of_ours("first_match_lag:China", PARAMS, ahead[PARAMS].models)
    end = one_of_ours("frontier_lag:China", PARAMS, ahead[PARAMS].models)
    with pytest.raises(GaplabError, match="no number for first_match_lag"):
        bridge_between(start, end, ahead)


def test_chart_table_and_json_tell_the_same_numbers(worlds, evidence, ranked):
    found = bridge_between(*(endpoint_of(name, evidence.claims, ranked, worlds) for name in ENDS[0]), worlds)
    chart, shown, content = bridge_chart(found), bridge_table(found), bridge_json(found)
    assert shown["Months"].iloc[0] == content["from"]["months"] == 8.0
    assert shown["Months"].iloc[-1] == content["to"]["months"] == 10.5
    assert list(shown["Months"].iloc[1:-1]) == [step["months"] for step in content["contributions"]]
    for months in found.steps["months"]:
        assert signed_months(months) in chart.alt
    assert "NIST CAISI" in chart.alt
    assert "The New York Times" in chart.caption
    assert "not explained" in bridge_title(found)


def test_the_command_refuses_before_anything_is_sampled(monkeypatch):
    monkeypatch.setattr("gaplab.sampling.sample.sample", lambda *_, **__: pytest.fail("sampled"))
    result = CliRunner().invoke(main, ["bridge", "--from", "caisi_v4", "--to", "frontier_lag:Chyna"])
    assert result.exit_code == 2
    assert len([line for line in result.output.splitlines() if line.startswith("Error:")]) == 2


def test_a_number_of_a_group_is_named_by_its_rule(worlds):
    models = worlds[PARAMS].models
    outside = Params(follower="country!=US,China")
    end = one_of_ours("frontier_lag:country!=China,US,scope=trusted", outside, models)
    assert (end.reading.subject, end.reading.run.scope) == ("country!=China,US", "trusted")
    openness = Params(leader="weights=closed", follower="weights=open")
    assert one_of_ours("catch_up:weights=open", openness, models).reading.subject == "weights=open"
