"""Whatever a setting says: it is taken as it is, or refused in one line."""

from __future__ import annotations

import math
import string
import tempfile
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import example, given
from hypothesis import strategies as st
from support.hostile import awkward, tried

from gaplab.cli.root import main, printable
from gaplab.errors import GaplabError
from gaplab.params.spec import Params, parameter_names

nested = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | awkward | st.dates() | st.binary(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
settings_given = st.dictionaries(
    st.sampled_from(parameter_names()) | st.text(max_size=10) | st.none() | st.integers(), nested, max_size=3
)


@tried(400)
@given(settings_given)
def test_parameters_are_what_was_given_or_refused(given_):
    try:
        params = Params.from_mapping(given_)
    except GaplabError as error:
        assert error.problems
        assert all("parameter" in line for line in error.problems)
        return
    for name, value in given_.items():
        taken = getattr(params, name)
        if isinstance(taken, float):
            assert math.isfinite(taken)
        if isinstance(taken, bool) or isinstance(value, bool):
            assert str(taken).lower() == str(value).lower()
        elif isinstance(taken, int | float):
            assert taken == float(value)
        elif isinstance(taken, date):
            assert taken.isoformat() == str(value)[:10]
        else:
            assert taken == value
    assert Params.from_mapping(params.as_strings()) == params


@tried(150)
@given(st.binary(max_size=200) | st.text(alphabet=string.printable, max_size=200).map(str.encode))
@example(b"as_of: 2026-02-30")
@example(b"? {a: b}\n: c")
@example(b"draws: 0o17\nseed: 0b1\n")
@example(b"leader: NO\n")
def test_a_file_of_parameters_is_read_right_or_refused(content):
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "run.yaml"
        path.write_bytes(content)
        result = CliRunner().invoke(
            main, ["whatif", "--params", str(path), "--model", "x", "--country", "x", "--date", "x"]
        )
    assert result.exit_code == 2, result.output
    assert isinstance(result.exception, SystemExit)
    assert "Traceback" not in result.output


class Reached(Exception):
    """The run would start: everything typed was taken."""


FLAGS = [f"--{name.replace('_', '-')}" for name in parameter_names()]


@tried(25)
@given(
    flag=st.sampled_from(FLAGS),
    value=awkward.filter(lambda text: "\0" not in text),
    verb=st.sampled_from(["fit", "gap"]),
)
@example(flag="--data", value="line\nbreak", verb="fit")
@example(flag="--data", value="x" * 10_000, verb="gap")
def test_a_flag_is_taken_or_refused_in_one_line(flag, value, verb):
    def reached(*_, **__):
        raise Reached

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("gaplab.fit.fit.fit", reached)
        result = CliRunner().invoke(main, [verb, f"{flag}={value}"])
    if not isinstance(result.exception, Reached):
        assert result.exit_code == 2, (result.exception, result.output)
        assert isinstance(result.exception, SystemExit)
        assert all(line.startswith(("Error: ", "Usage: ", "Try ")) or not line for line in result.stderr.splitlines())
        assert not set(result.stderr) & {"\x1b", "\u202e", "\0"}


@given(st.text())
def test_what_is_printed_cannot_steer_a_terminal(text):
    assert printable(text).isprintable()
