"""Parameters: every spelling, every limit, all problems at once."""

from __future__ import annotations

import itertools
import math
from dataclasses import FrozenInstanceError, fields
from datetime import date, datetime
from typing import get_args

import pytest
import yaml
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from gaplab.cli import main
from gaplab.errors import GaplabError
from gaplab.params.fields import GROUPS, Stage
from gaplab.params.spec import LEVERS, RENAMED, Params, parameter_names


@pytest.mark.parametrize(("value", "read"), [("true", True), ("off", False), ("Yes", True), (False, False)])
def test_yes_and_no_are_read(value, read):
    assert Params(nowcast=value).nowcast is read


@pytest.mark.parametrize("value", ["maybe", "y", 1, 0, None, ""])
def test_what_is_neither_is_refused(value):
    with pytest.raises(GaplabError, match=r"parameter nowcast: .* expected true or false"):
        Params(nowcast=value)


SPELLINGS = {
    "as_of": ("2026-05-12", date(2026, 5, 12)),
    "leader": ("UK", "UK"),
    "follower": ("France", "France"),
    "scope": ("trusted", "trusted"),
    "domain": ("cyber", "cyber"),
    "clock": ("first_access", "first_access"),
    "ruler": ("ability", "ability"),
    "knowledge": ("real_time", "real_time"),
    "sources": ("independent", "independent"),
    "benchmarks": ("non_public", "non_public"),
    "tests": ("MMLU;GPQA diamond", "GPQA diamond; MMLU"),
    "without": ("HLE", "HLE"),
    "self_reports": ("face_value", "face_value"),
    "harnesses": ("ignored", "ignored"),
    "public_tests": ("ignored", "ignored"),
    "subject": ("DeepSeek-V4-Pro", "DeepSeek-V4-Pro"),
    "nowcast": ("true", True),
    "prob": ("0.9", 0.9),
    "data": ("tables", "tables"),
    "variant": ("dossier", "dossier"),
    "since": ("2026-03-31", date(2026, 3, 31)),
    "domains": ("modelled", "modelled"),
    "discriminations": ("equal", "equal"),
    "floors": ("ignored", "ignored"),
    "ability_prior": ("lineage", "lineage"),
    "task_horizons": ("ignored", "ignored"),
    "pairwise_links": ("ignored", "ignored"),
    "knot_months": ("1.5", 1.5),
    "sampling": ("preview", "preview"),
    "chains": ("2", 2),
    "draws": ("500", 500),
    "seed": ("7", 7),
    "target": ("GPT-5; GPT-5.5", "GPT-5; GPT-5.5"),
    "horizon_months": ("48", 48),
    "leader_rate": ("0.5", 0.5),
    "leader_pause_from": ("2026-09-01", date(2026, 9, 1)),
    "leader_pause_to": ("2027-09-01", date(2027, 9, 1)),
    "leader_restricted_share": ("0.25", 0.25),
    "leader_restricted_months": ("9", 9.0),
    "follower_rate": ("0.8", 0.8),
    "follower_rate_from": ("2027-01-01", date(2027, 1, 1)),
    "follower_diffusion": ("0", 0.0),
    "follower_delay_months": ("3", 3.0),
    "inject_model": ("Qwen 9", "Qwen 9"),
    "inject_country": ("leader", "leader"),
    "inject_date": ("2026-09-01", date(2026, 9, 1)),
    "inject_ability": ("162.5", 162.5),
    "inject_sd": ("2", 2.0),
    "inject_scale": ("logits", "logits"),
}


def problems_of(**given) -> tuple[str, ...]:
    with pytest.raises(GaplabError) as caught:
        Params.from_mapping(given)
    return caught.value.problems


def test_every_parameter_is_tried_below():
    assert list(SPELLINGS) == parameter_names()


@pytest.mark.parametrize("name", SPELLINGS)
def test_text_becomes_the_typed_value(name):
    text, value = SPELLINGS[name]
    read = getattr(Params.from_mapping({name: text}), name)
    assert read == value
    assert type(read) is type(value)


def test_yaml_and_text_spell_the_same_run():
    texts = {name: text for name, (text, _) in SPELLINGS.items()}
    lines = "\n".join(f"{name}: {text}" for name, text in texts.items())
    assert Params.from_mapping(yaml.safe_load(lines)) == Params.from_mapping(texts)


def test_a_run_written_down_is_read_back_the_same():
    params = Params.from_mapping({name: text for name, (text, _) in SPELLINGS.items()})
    assert Params.from_mapping(yaml.safe_load(yaml.safe_dump(params.as_strings()))) == params


def test_yaml_files_of_the_notebooks_are_params(repository):
    for path in (repository / "notebooks" / "params").glob("*.yaml"):
        Params.from_mapping(yaml.safe_load(path.read_text(encoding="utf-8")))


def test_every_parameter_has_a_stage_and_a_group_with_a_heading():
    groups = [spec.metadata["group"] for spec in fields(Params)]
    assert [group for group, _ in itertools.groupby(groups)] == list(GROUPS), "parameters of a group stand together"
    by_stage = [name for stage in get_args(Stage) for name in parameter_names(stage=stage)]
    assert sorted(by_stage) == sorted(parameter_names())
    assert set(parameter_names(stage="forecast")) == {*parameter_names(group="forecast"), *LEVERS}


def test_a_reset_parameter_has_its_default_and_the_others_stay():
    params = Params(scope="trusted", draws=500, leader_rate=0.5)
    assert params.reset("draws", *LEVERS) == Params(scope="trusted")


@pytest.mark.parametrize("value", ["9999-12-31", "0001-01-01", "2101-01-01", date(1949, 12, 31)])
@pytest.mark.parametrize("name", ["as_of", "since", "leader_pause_to", "inject_date"])
def test_a_year_that_cannot_be_meant_is_refused(name, value):
    (problem,) = problems_of(**{name: value})
    assert f"parameter {name}" in problem
    assert "expected a year from 1950 to 2100" in problem


def test_defaults_are_a_legal_run_and_cannot_be_changed():
    params = Params()
    assert params.follower != params.leader
    with pytest.raises(FrozenInstanceError):
        params.scope = "trusted"


def test_a_misspelt_name_is_answered_with_the_closest_one():
    (problem,) = problems_of(as_off="2026-05-12")
    assert 'unknown parameter "as_off"' in problem
    assert 'did you mean "as_of"?' in problem


@pytest.mark.parametrize(("old", "new"), RENAMED.items())
def test_an_earlier_name_is_answered_with_the_name_of_now(old, new):
    assert problems_of(**{old: "ignored"}) == (f'unknown parameter "{old}"; it is called "{new}" now',)
    asked = CliRunner().invoke(main, ["gap", f"--{old}", "ignored"])
    assert (asked.exit_code, asked.output) == (2, f'Error: unknown parameter "{old}"; it is called "{new}" now\n')


def test_a_misspelt_choice_is_answered_with_the_closest_one():
    (problem,) = problems_of(scope="pubic")
    assert 'did you mean "public"?' in problem


def test_all_problems_are_reported_together():
    problems = problems_of(as_off="2026-05-12", scope="pubic", prob=2, draws="many")
    assert len(problems) == 4
    for part in ("as_off", "scope", "prob", "draws"):
        assert any(part in problem for problem in problems)


@pytest.mark.parametrize("value", ["2026-13-01", "yesterday", "12/05/2026", "2026", "", 20260630, None, True])
def test_what_is_not_a_date_is_refused(value):
    (problem,) = problems_of(as_of=value)
    assert "parameter as_of" in problem
    assert "YYYY-MM-DD" in problem


def test_a_moment_is_read_as_its_day():
    assert Params(as_of=datetime(2026, 5, 12, 23, 59)).as_of == date(2026, 5, 12)


@pytest.mark.parametrize("value", [True, "1.5", 1.5, "true", None, "", [4]])
def test_what_is_not_a_whole_number_is_refused(value):
    (problem,) = problems_of(chains=value)
    assert "parameter chains" in problem
    assert "a whole number from 2 to 16" in problem


@pytest.mark.parametrize("name", [spec.name for spec in fields(Params) if spec.metadata["low"] is not None])
def test_limits_are_legal_and_what_lies_beyond_is_not(name):
    limits = next(spec.metadata for spec in fields(Params) if spec.name == name)
    for legal in (limits["low"], limits["high"]):
        assert getattr(Params.from_mapping({name: legal}), name) == legal
    for illegal in (limits["low"] - 1, limits["high"] + 1, math.nan, math.inf, -math.inf):
        (problem,) = problems_of(**{name: illegal})
        assert name in problem


@pytest.mark.parametrize("name", ["leader", "follower", "subject"])
@pytest.mark.parametrize("value", ["", "  ", 7, None])
def test_what_must_be_text_is_text(name, value):
    (problem,) = problems_of(**{name: value})
    assert f"parameter {name}" in problem


def test_leader_and_follower_differ():
    (problem,) = problems_of(leader="China")
    assert "parameter follower" in problem


def test_a_script_made_of_a_notebook_hides_nothing():
    script = {"__name__": "x", "_i": "", "print": print, "math": math, "as_of": "2026-05-12"}
    assert Params.from_notebook(script).as_of == date(2026, 5, 12)
    with pytest.raises(GaplabError, match='did you mean "scope"'):
        Params.from_notebook({**script, "scop": "public"})


@given(
    st.dictionaries(
        st.sampled_from(parameter_names()), st.none() | st.booleans() | st.integers() | st.floats() | st.text()
    )
)
def test_any_input_is_either_a_run_or_an_explained_error(given):
    try:
        params = Params.from_mapping(given)
    except GaplabError as error:
        assert error.problems
        assert all("parameter" in problem for problem in error.problems)
    else:
        assert Params.from_mapping(params.as_strings()) == params


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"tests": " ; "}, "parameter tests: names no test; expected all or names separated by semicolons"),
        ({"without": ";"}, "parameter without: names no test; expected none or names separated by semicolons"),
        ({"tests": "HLE; MMLU", "without": "MMLU"}, 'parameter without: "MMLU" is among the tests that count by name'),
    ],
    ids=["no test", "none left out", "both"],
)
def test_a_choice_of_tests_names_some_and_each_once(given, said):
    (problem,) = problems_of(**given)
    assert problem.startswith(said)


def test_a_choice_of_tests_is_the_same_in_any_order():
    assert Params(tests="MMLU; HLE;MMLU") == Params(tests="HLE;MMLU")
