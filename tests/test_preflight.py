"""What cannot be answered is refused before the first draw, all of it at once, whoever asks."""

from __future__ import annotations

import dataclasses

import pytest

from gaplab import preflight
from gaplab.data.load import load
from gaplab.errors import GaplabError
from gaplab.params.spec import Params

SINCE_TODAY = {"variant": "changes", "since": Params().as_of}


@pytest.fixture(scope="module")
def tables():
    return load(as_of=Params().as_of)


def problems(tables, params: Params, **asked) -> list[str]:
    with pytest.raises(GaplabError) as caught:
        preflight.check(tables, params, **asked)
    return list(caught.value.problems)


def test_a_run_that_can_be_answered_passes(tables):
    preflight.check(tables, Params(subject="all", target="GPT-5", inject_ability=150.0), page=True)


def test_all_problems_are_told_at_once(tables):
    params = Params(subject="DeepSeek-V4-Por", target="GPT-0", **SINCE_TODAY)
    told = problems(tables, params, page=True, claim_ids=["none"], ends=["frontier_lags:China", "caisi_v4"])
    for part in (
        f'parameter subject: "DeepSeek-V4-Por" is no model of China out by {Params().as_of}; did you mean "DeepSeek-V4',
        'parameter target: "GPT-0"',
        f"parameter since: {Params().as_of} is not before",
        '--claim: "none"',
        '"frontier_lags" is no definition in months; did you mean "frontier_lag"?',
        '"caisi_v4" is no claim',
    ):
        assert any(part in line for line in told), (part, told)


def test_a_leader_without_models_does_not_hide_the_rest(tables):
    told = problems(tables, Params(leader="Atlantis", **SINCE_TODAY), page=True)
    assert len(told) == 2


def test_what_only_a_page_needs_is_asked_of_a_page_alone(tables):
    preflight.check(tables, Params(**SINCE_TODAY))
    assert len(problems(tables, Params(**SINCE_TODAY), page=True)) == 1
    (line,) = problems(tables, Params(variant="dossier", subject="all"), page=True)
    assert "no model of China with a score" in line


def test_a_target_in_another_scope_is_no_error(tables):
    preflight.check(tables, Params(target="Claude Mythos Preview"))


def test_a_notebook_without_a_fit_needs_no_frontier(tables):
    few = Params(follower="UK", leader="Canada")
    preflight.check(tables, few, fits=False)
    assert all("not enough data" in line for line in problems(tables, few))


def spoilt(tables, **changed):
    return dataclasses.replace(tables, **changed)


def test_a_side_of_which_only_two_models_have_a_score_is_refused(tables):
    china = tables.models.loc[tables.models["country"] == "China", "model"]
    few = tables.scores["model"].isin(china[china.isin(["DeepSeek-V3", "Kimi K2.5"])])
    scores = tables.scores[few | ~tables.scores["model"].isin(china)]
    (line,) = problems(spoilt(tables, scores=scores), Params())
    assert line.startswith('parameter follower: "China" has 2 models by ')
    assert "with a score: not enough data; expected at least 3" in line


def test_a_domain_in_which_little_was_tested_is_refused(tables):
    domain = tables.scores["benchmark"].map(tables.benchmarks.set_index("benchmark")["domain"])
    china = tables.scores["model"].map(tables.models.set_index("model")["country"]) == "China"
    (line,) = problems(spoilt(tables, scores=tables.scores[(domain != "cyber") | ~china]), Params(domain="cyber"))
    assert 'follower: "China" has 0 models' in line
    assert "with a score in cyber: not enough data" in line
    (line,) = problems(spoilt(tables, scores=tables.scores[domain != "cyber"]), Params(domain="cyber"))
    assert line.startswith('parameter domain: "cyber": not enough data: 0 of its tests have scores')


def test_an_index_that_does_not_know_a_side_is_refused(tables):
    american = tables.index_vintages["model"].map(tables.models.set_index("model")["country"]) != "China"
    without = spoilt(tables, index_vintages=tables.index_vintages[american])
    (line,) = problems(without, Params(ruler="epoch_eci"))
    assert 'follower: "China" has 0 models' in line
    (line,) = problems(spoilt(tables, index_vintages=tables.index_vintages.iloc[:0]), Params(ruler="epoch_eci"))
    assert "index_vintages.csv has no vintage of epoch_eci at this date" in line


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"tests": "GPQA dimond; HLE"}, 'parameter tests: "GPQA dimond" is no test of benchmarks.csv; did you mean'),
        ({"without": "没有这个测试"}, 'parameter without: "没有这个测试" is no test of benchmarks.csv; expected '),
        ({"tests": '"HLE"'}, 'parameter tests: ""HLE"" is no test of benchmarks.csv; did you mean "HLE"?'),
    ],
    ids=["misspelt", "another script", "in quotes"],
)  # fmt: skip
def test_a_test_that_does_not_exist_is_refused(tables, given, said):
    (line,) = problems(tables, Params(**given))
    assert line.startswith(said)
