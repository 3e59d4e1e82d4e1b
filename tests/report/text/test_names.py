"""Countries and groups in words, and a whole page about groups that names no country by mistake."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from support.briefs import QUICK, keep_simulated
from support.golden import said

from gaplab.params.spec import Params
from gaplab.report.text import names
from gaplab.report.text.definitions import DEFINITION_LABELS, definition_meaning
from gaplab.report.text.titles import brief_question

OPENNESS = replace(QUICK, leader="weights=closed", follower="weights=open")
DEVELOPERS = replace(QUICK, leader="developer=OpenAI", follower="developer=DeepSeek", variant="one_page")
_OF_A_COUNTRY = r"\b(China|Chinese|US|American?)\b"
_MEANT = r"This record is about China and the US|Openness and country|US government work"


@pytest.mark.parametrize(
    ("label", "name", "frontier", "models", "released"),
    [
        ("US", "the US", "the US frontier", "models of the US", "the US released two"),
        ("China", "China", "China's frontier", "models of China", "China released two"),
        ("developer=OpenAI", "OpenAI", "OpenAI's frontier", "models of OpenAI", "OpenAI released two"),
        ("weights=open", "open-weights AI", "the open-weights frontier", "open-weights models",
         "two came out with open weights"),
        ("family=Qwen", "the Qwen family", "the frontier of the Qwen family", "models of the Qwen family",
         "two came out in the Qwen family"),
        ("country!=China,US", "the world outside China and the US",
         "the frontier of the world outside China and the US", "models of the world outside China and the US",
         "two came out in the world outside China and the US"),
        ("developer=A,B", "the group of A and B", "the frontier of the group of A and B",
         "models of the group of A and B", "two came out in the group of A and B"),
        ("family!=Kimi", "the group of all families but Kimi", "the frontier of the group of all families but Kimi",
         "models of the group of all families but Kimi", "two came out in the group of all families but Kimi"),
    ],
)  # fmt: skip
def test_a_side_in_every_form(label, name, frontier, models, released):
    assert names.country_name(label) == name
    assert names.frontier_name(label) == frontier
    assert names.models_of(label) == models
    assert names.releases(label, "two", past=True) == released


def test_the_question_and_the_definitions_read_as_english():
    assert brief_question(OPENNESS) == "How many months is open-weights AI behind closed-weights AI?"
    assert brief_question(replace(OPENNESS, domain="cyber")).endswith("closed-weights AI in AI for cyber security?")
    meant = {name: definition_meaning(name, "months", OPENNESS) for name in DEFINITION_LABELS}
    assert meant["frontier_lag"].startswith("Months since the best AI attainable with closed weights was as able as")
    assert "the best model released with open weights stands" in meant["released_lag"]
    assert "the first closed-weights model that" in meant["first_match_lag"]


def test_scenarios_are_named_by_role_where_they_are_not_about_their_countries():
    assert names.scenario_label("us_pause", Params()) == "US pause"
    assert names.scenario_label("us_pause", DEVELOPERS) == "Leader pause"
    assert names.scenario_label("surprise_chinese_release", DEVELOPERS) == "Surprise release of the follower"
    assert names.scenario_label("us_ban", DEVELOPERS) == "US ban", "a name that a user has chosen stays"


@pytest.mark.parametrize("params", [OPENNESS, DEVELOPERS], ids=["weights", "developer"])
def test_no_sentence_of_a_page_about_groups_is_about_a_country(params):
    keep_simulated(params)
    told = re.sub(r"\w+=\w+ model \d+", "a model", said(params))  # as the simulated world names its models
    lines = [line for line in told.splitlines() if line.strip()]
    assert any(names.country_name(params.follower) in line for line in lines)
    for line in lines:
        for sentence in re.split(r"(?<=[.;])\s", line):
            assert not re.search(_OF_A_COUNTRY, sentence) or re.search(_MEANT, sentence), sentence
            assert not re.search(r"[a-z]=[a-z]", sentence) or sentence in (params.leader, params.follower, *_HELP), (
                sentence
            )


_HELP = [
    "who is in front: a country, or a rule over a column of models.csv",
    "who is behind: a country, or a rule over a column",
]
