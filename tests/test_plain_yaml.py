"""Settings in YAML: plain values come through, everything else is refused in one line."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from gaplab import plain_yaml
from gaplab.cli import main
from gaplab.errors import GaplabError
from gaplab.params import Params

BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]\n" for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)
REFUSED = {
    "anchor bomb": (BOMB, "anchors and aliases"),
    "alias": ("a: &x 1\nb: *x\n", "anchors and aliases"),
    "merge": ("a: {b: 1}\n<<: *a\n", "not a YAML file"),
    "python object": ("as_of: !!python/object/apply:os.system ['true']\n", "not a YAML file"),
    "python name": ("as_of: !!python/name:os.system\n", "not a YAML file"),
    "own tag": ("as_of: !secret x\n", "not a YAML file"),
    "name twice": ("draws: 100\ndraws: 200\n", "'draws' is given twice"),
    "list as name": ("? [a, b]\n: 1\n", "a name must be plain text"),
    "deep": ("[" * 5000, "nested deeper"),
    "deep mapping": ("".join(f"{' ' * i}a{i}:\n" for i in range(60)), "nested deeper"),
    "two documents": ("a: 1\n---\na: 2\n", "not a YAML file"),
    "tab": ("a:\n\t- 1\n", "not a YAML file"),
    "open quote": ("a: 'x\n", "not a YAML file"),
    "null character": ("a: x\0y\n", "null characters"),
    "not UTF-8": (b"a: \xff\xfe\n", "not a YAML file"),
    "endless number": ("seed: " + "9" * 5000 + "\n", "not a YAML file"),
    "too large": (b"#" * (plain_yaml.LARGEST + 1), "is larger than 4 MiB"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_not_plain_is_refused_in_one_line(case):
    content, expected = REFUSED[case]
    with pytest.raises(GaplabError) as caught:
        plain_yaml.parse(content if isinstance(content, bytes) else content.encode(), "runs.yaml")
    (line,) = caught.value.problems
    assert line.startswith("runs.yaml: ")
    assert expected in line
    assert len(line) < 400


def test_values_are_what_they_look_like():
    content = (
        b"a: 2026-06-30\nb: 010\nc: 1:30\nd: 1e3\ne: -2\nf: 0.5\ng: true\n"
        b"h: ~\ni: [1, x]\nj: 1_000\nk: .5\nl: 1e\nm: '1'\n"
    )
    assert plain_yaml.parse(content, "x") == {
        "a": "2026-06-30", "b": "010", "c": "1:30", "d": 1000.0, "e": -2, "f": 0.5, "g": True, "h": None,
        "i": [1, "x"], "j": "1_000", "k": 0.5, "l": "1e", "m": "1",
    }  # fmt: skip


def test_a_date_that_does_not_exist_is_explained_by_its_parameter(tmp_path):
    path = tmp_path / "run.yaml"
    path.write_text("as_of: 2026-06-31\nscope: pubic\n", "utf-8")
    result = CliRunner().invoke(main, ["fit", "--params", str(path)])
    assert result.exit_code == 2
    assert "parameter as_of: '2026-06-31' is not a date" in result.stderr
    assert "parameter scope" in result.stderr


def test_the_scenarios_of_the_project_are_plain(repository):
    for path in sorted((repository / "notebooks" / "params").glob("*.yaml")):
        assert isinstance(Params.from_mapping(plain_yaml.parse(path.read_bytes(), path.name)), Params)
