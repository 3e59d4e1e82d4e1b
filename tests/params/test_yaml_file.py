"""Settings in YAML: text, lists and mappings come through; everything else is refused in one line, and soon."""

from __future__ import annotations

import time

import pytest
import yaml
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from support.hostile import TOKENS, tried

from gaplab.cli.root import main
from gaplab.errors import GaplabError
from gaplab.params import yaml_file
from gaplab.params.spec import Params

BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]\n" for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)
REFUSED = {
    "anchor bomb": (BOMB, "anchors and aliases"),
    "alias": ("a: &x 1\nb: *x\n", "anchors and aliases"),
    "merge": ("a: {b: 1}\n<<: *a\n", "not a YAML file"),
    "python object": ("as_of: !!python/object/apply:os.system ['true']\n", "not a YAML file"),
    "known tag": ("as_of: !!str 2026-06-30\n", 'tags such as "tag:yaml.org,2002:str" are not read'),
    "broken tag": ("a: !!float x\nb: !!timestamp y\n", "not read"),
    "python name": ("as_of: !!python/name:os.system\n", "not a YAML file"),
    "own tag": ("as_of: !secret x\n", "not a YAML file"),
    "name twice": ("draws: 100\ndraws: 200\n", '"draws" is given twice'),
    "list as name": ("? [a, b]\n: 1\n", "a name must be plain text"),
    "deep": ("[" * 5000, "nested deeper"),
    "deep mapping": ("".join(f"{' ' * i}a{i}:\n" for i in range(60)), "nested deeper"),
    "two documents": ("a: 1\n---\na: 2\n", "more than one document"),
    "directives": ("".join(f"%TAG !a{i}! b\n" for i in range(60_000)) + "---\na: 1\n", "directives are not read"),
    "tab": ("a:\n\t- 1\n", "not a YAML file"),
    "open quote": ("a: 'x\n", "not a YAML file"),
    "null character": ("a: x\0y\n", "null characters"),
    "not UTF-8": (b"a: \xff\xfe\n", "not a YAML file"),
    "too large": (b"#" * (yaml_file.MOST_BYTES + 1), "is larger than 1 MiB"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_not_plain_is_refused_in_one_line(case):
    content, expected = REFUSED[case]
    with pytest.raises(GaplabError) as caught:
        yaml_file.parse(content if isinstance(content, bytes) else content.encode(), "runs.yaml")
    (line,) = caught.value.problems
    assert line.startswith("runs.yaml: ")
    assert expected in line
    assert len(line) < 400


def test_values_are_text_as_written():
    content = (
        b"a: 2026-06-30\nb: 010\nc: 1:30\nd: 1e3\ne: -2\ng: true\nh: ~\ni: [1, x, {k: }]\nl: 'null'\nm: \"\"\nn:\n"
    )
    assert yaml_file.parse(content, "x") == {
        "a": "2026-06-30", "b": "010", "c": "1:30", "d": "1e3", "e": "-2", "g": "true", "h": None,
        "i": ["1", "x", {"k": None}], "l": "null", "m": "", "n": None,
    }  # fmt: skip
    given = yaml_file.parse(b"draws: 5e2\nnowcast: yes\nprob: .9\nsince: ~\ninject_ability: -1.5", "x")
    assert Params.from_mapping(given) == Params(draws=500, nowcast=True, prob=0.9, inject_ability=-1.5)


@pytest.mark.parametrize("content", ["", "# nothing\n", "- a\n- b\n", "text", "[a, b]"])
def test_settings_are_names_and_values(content, tmp_path):
    (tmp_path / "x.yaml").write_text(content, encoding="utf-8-sig")
    with pytest.raises(GaplabError, match="name: value"):
        yaml_file.read(tmp_path / "x.yaml")


def test_what_cannot_be_opened_is_refused(tmp_path):
    with pytest.raises(GaplabError, match="cannot be read"):
        yaml_file.read(tmp_path)


@tried(100)
@given(st.lists(st.sampled_from(TOKENS), max_size=12).map("".join) | st.text(max_size=40))
def test_whatever_it_is_it_is_read_or_refused_in_one_line(text):
    try:
        value = yaml_file.parse(text.encode("utf-8", "replace"), "x.yaml")
    except GaplabError as error:
        (line,) = error.problems
        assert line.startswith("x.yaml: ")
        assert "\n" not in line
    else:
        assert yaml.safe_load(yaml.safe_dump(value)) == value, "text, None, lists and mappings of these"


def test_time_grows_with_the_size_of_the_file():
    line = b"- {name: a run, as_of: 2026-06-30, draws: 500}\n"
    seconds = []
    for size in (2**17, 2**20):
        start = time.process_time()
        yaml_file.parse(line * (size // len(line)), "x.yaml")
        seconds.append(time.process_time() - start)
    assert seconds[1] < 20 * seconds[0] + 0.5, "eight times the size"
    assert seconds[1] < 10


def test_a_date_that_does_not_exist_is_explained_by_its_parameter(tmp_path):
    path = tmp_path / "run.yaml"
    path.write_text("as_of: 2026-06-31\nscope: pubic\n", "utf-8")
    result = CliRunner().invoke(main, ["fit", "--params", str(path)])
    assert result.exit_code == 2
    assert 'parameter as_of: "2026-06-31" is not a date' in result.stderr
    assert "parameter scope" in result.stderr


def test_the_scenarios_of_the_project_are_plain(repository):
    for path in sorted((repository / "notebooks" / "params").glob("*.yaml")):
        assert isinstance(Params.from_mapping(yaml_file.parse(path.read_bytes(), path.name)), Params)
