"""Groups as they are typed: one spelling for each, and what is wrong with the others."""

from __future__ import annotations

import pytest

from gaplab.errors import GaplabError
from gaplab.params.groups import read_group
from gaplab.params.spec import Params


@pytest.mark.parametrize(
    ("typed", "label"),
    [
        ("China", "China"),
        (" country = US ", "US"),
        ("weights=open", "weights=open"),
        ("weights != open", "weights=closed"),
        ('developer="Mistral AI"', "developer=Mistral AI"),
        ("country!=US, China,US", "country!=China,US"),
        ("family=Qwen,“GLM”", "family=GLM,Qwen"),
        ("developer=智谱", "developer=智谱"),
    ],
)
def test_a_group_has_one_spelling(typed, label):
    assert read_group(typed).label == label
    assert read_group(label).label == label


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("colour=red", 'parameter leader: "colour" is no column that groups models; did you mean "country"?'),
        ("weights=clsed", 'parameter leader: "clsed" is no kind of weights; did you mean "closed"?'),
        ("weights=unknown", 'parameter leader: "unknown" is no kind of weights; expected one of open, closed'),
        ("weights=open,closed", "expected weights=open or weights=closed"),
        ("family= , ", 'parameter leader: "family= , " names no family; expected family=VALUE, or more after commas'),
        ("=\n", r'parameter leader: "" is no column that groups models; expected one of country, developer'),
    ],
)
def test_a_rule_that_cannot_be_read_is_one_line(typed, told):
    with pytest.raises(GaplabError) as caught:
        Params(leader=typed, follower="weights=open")
    (line,) = caught.value.problems
    assert told in line
    assert "\n" not in line


def test_a_run_keeps_the_one_spelling_and_needs_two_groups():
    assert Params(leader="country=US") == Params()
    assert Params(leader="weights!=open", follower="weights=open").leader == "weights=closed"
    with pytest.raises(GaplabError, match="is also the leader; expected two different countries or groups"):
        Params(leader="weights=open", follower="weights!=closed")
