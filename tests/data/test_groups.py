"""Models under the labels of groups: who is in which, who is left out, and what is refused before any draw."""

from __future__ import annotations

from datetime import date

import pytest
from click.testing import CliRunner

from gaplab.cli.root import main
from gaplab.data.groups import with_groups
from gaplab.data.load import load
from gaplab.errors import GaplabError
from gaplab.fit import runs
from gaplab.fit.files import ability_file, cache_file
from gaplab.params.spec import Params

DAY = date(2026, 6, 30)


@pytest.fixture(scope="module")
def tables():
    return load(as_of=DAY)


def members(tables, leader, follower):
    models = with_groups(tables, leader, follower).models
    return {label: set(part["model"]) for label, part in models.groupby("country")}


def test_two_countries_leave_the_tables_as_they_are(tables):
    assert with_groups(tables, "US", "China") is tables


def test_every_model_is_in_one_group_or_in_none(tables):
    by_weights = tables.models.groupby("weights")["model"].agg(set)
    found = members(tables, "weights=closed", "weights=open")
    assert found == {"weights=closed": by_weights["closed"], "weights=open": by_weights["open"],
                     "unknown": by_weights["unknown"]}  # fmt: skip


def test_a_model_of_several_developers_is_of_each(tables):
    found = members(tables, "developer=OpenAI", "developer=DeepSeek")
    shared = tables.models.loc[tables.models["developer"] == "DeepSeek,Peking University", "model"]
    assert set(shared) <= found["developer=DeepSeek"]
    assert set(found) == {"developer=OpenAI", "developer=DeepSeek", "other"}


def test_what_is_not_known_is_no_proof_of_being_different(tables):
    families = tables.models.set_index("model")["family"]
    found = members(tables, "US", "country!=US,China")
    assert found["unknown"] == set(tables.models.loc[tables.models["country"] == "unknown", "model"])
    without = members(tables, "family!=Qwen", "family=Qwen")
    assert without["unknown"] == set(families.index[families.isna()])
    assert without["family!=Qwen"].isdisjoint(without["unknown"])


def test_countries_of_developers_stay_known(tables):
    models = with_groups(tables, "weights=closed", "weights=open").models
    assert models["seat"].tolist() == tables.models["country"].tolist()


@pytest.mark.parametrize(
    ("leader", "follower", "told"),
    [
        ("developer=OpenAI", "developer=DeepSek",
         ['parameter follower: "DeepSek" is no developer of a model out by 2026-06-30; did you mean "DeepSeek"?']),
        ("developer=Open AI", "family=Quen",
         ['"Open AI" is no developer of a model out by 2026-06-30; did you mean "OpenAI"?',
          '"Quen" is no family of a model out by 2026-06-30; did you mean "Qwen"?']),
        ("developer=智谱", "China", ['leader: "智谱" is no developer of a model out by 2026-06-30; expected one of']),
        ("weights=open", "developer=DeepSeek",
         ['"weights=open" and "developer=DeepSeek" overlap in DeepSeek Coder 1.3B, DeepSeek Coder 33B, ']),
        ("country!=Canada,China,France,UAE,UK,US", "China",
         ['parameter leader: "country!=Canada,China,France,UAE,UK,US" holds no model out by 2026-06-30']),
    ],
)  # fmt: skip
def test_groups_that_cannot_be_compared_are_refused(tables, leader, follower, told):
    with pytest.raises(GaplabError) as caught:
        with_groups(tables, leader, follower)
    assert len(caught.value.problems) == len(told)
    for line, expected in zip(caught.value.problems, told, strict=True):
        assert expected in line


@pytest.mark.parametrize(
    ("rules", "told"),
    [
        (("developer=OpenAI", "developer=01.AI"),
         'parameter follower: "developer=01.AI" has 3 models by 2026-06-30 with a score: not enough data; expected at '
         "least 8"),
        (("weights=closed", "developer='Mistal AI'"), '"Mistal AI" is no developer of a model'),
        (("wieghts=closed", "weights=open"), '"wieghts" is no column that groups models; did you mean "weights"?'),
    ],
)  # fmt: skip
def test_the_command_refuses_before_anything_is_sampled(rules, told, monkeypatch, tmp_path):
    monkeypatch.setenv("GAPLAB_CACHE", str(tmp_path))
    monkeypatch.setattr("gaplab.sampling.sample.sample", lambda *_, **__: pytest.fail("a posterior was sampled"))
    leader, follower = rules
    result = CliRunner().invoke(main, ["gap", "--leader", leader, "--follower", follower, "--as-of", str(DAY)])
    assert result.exit_code == 2
    (line,) = result.stderr.splitlines()
    assert told in line


def test_rules_and_nothing_else_of_their_spelling_name_a_fit():
    def names(**rules):
        params = Params(as_of=DAY, **rules)
        return ability_file(runs.tables_of(params), params), cache_file(runs.tables_of(params), params)

    plain, split = names(), names(leader="weights=closed", follower="weights=open")
    assert plain == names(leader="country=US", follower=" China")
    assert split == names(leader="weights!=open", follower='weights = "open"')
    others = names(leader="developer=OpenAI", follower="developer=DeepSeek")
    assert not set(plain) & set(split) | set(split) & set(others)
    assert others != names(leader="developer=OpenAI,Anthropic", follower="developer=DeepSeek")
