"""YAML files: plain values or a clear refusal."""

from __future__ import annotations

import pytest

from gaplab import settings
from gaplab.errors import GaplabError

BOMB = "a: &a [x, x, x]\n" + "\n".join(f"{new}: &{new} [*{old}, *{old}]" for old, new in ["ab", "bc", "cd"])


def test_plain_values_are_read(tmp_path):
    path = tmp_path / "x.yaml"
    path.write_text("as_of: 2026-06-30\nscope: public\nlist: [1, 2]\n", encoding="utf-8-sig")
    assert settings.read(path)["list"] == [1, 2]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (BOMB, "aliases"),
        ("a: !!python/object/apply:os.system [echo hello]", "python/object"),
        ("a: !thing 1", "constructor for the tag"),
        ("scope: public\nscope: trusted", "'scope' is given twice"),
        ("[a, b]: 1", "line 1"),
        ("- a\n- b", "name: value"),
        ("", "name: value"),
        ("a: [1, 2", "line 1"),
        ("a: '\x00'", "null characters"),
        ("a: " + "[" * 5000, "nested deeper"),
        ("a: " + "x" * 2**20, "larger than 1 MiB"),
    ],
    ids=["bomb", "object", "tag", "twice", "odd key", "list", "empty", "broken", "null", "deep", "large"],
)
def test_anything_else_is_refused(text, problem, tmp_path):
    path = tmp_path / "x.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(GaplabError, match=problem) as refused:
        settings.read(path)
    assert str(path) in refused.value.problems[0]


def test_bytes_that_are_no_text_are_refused(tmp_path):
    (tmp_path / "x.yaml").write_bytes(b"a: \xff\xfe")
    with pytest.raises(GaplabError, match="not a YAML file"):
        settings.read(tmp_path / "x.yaml")
    with pytest.raises(GaplabError, match="cannot be read"):
        settings.read(tmp_path)
