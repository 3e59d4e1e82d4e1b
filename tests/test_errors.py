"""What an error offers: the closest word, a short list, a short quotation."""

from __future__ import annotations

import pytest

from gaplab.errors import did_you_mean, quoted


@pytest.mark.parametrize(
    ("word", "hint"),
    [
        ("scop", '; did you mean "scope"?'),
        ("§", "; expected one of scope, clock"),
        (None, "; expected one of scope, clock"),
        ("scope\n" * 1000, "; expected one of scope, clock"),
    ],
)
def test_an_unknown_word_is_answered_with_the_closest_or_with_what_is_legal(word, hint):
    assert did_you_mean(word, ["scope", "clock"]) == hint


def test_long_lists_are_cut_and_there_may_be_nothing_to_say():
    assert did_you_mean("§", range(100)).endswith("10, 11 and 88 more")
    assert did_you_mean("§", ["a"], otherwise="") == ""
    assert did_you_mean("§", []) == "; expected one of none"


def test_a_quoted_word_is_one_short_line():
    assert quoted("a\nb\x1b") == '"a\\nb\\x1b"'
    assert len(quoted("x" * 10_000)) < 100
