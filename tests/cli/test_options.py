"""Options of the verbs: flags, files, defaults, and what is refused before anything is sampled."""

from __future__ import annotations

import click
import pytest
from click.testing import CliRunner
from support.commands import refusal, run

from gaplab.cli.root import main
from gaplab.params.spec import Params, choices_of, help_for, parameter_names


def test_flags_reach_the_run(asked):
    result = run("gap", "--as-of", "2026-05-12", "--scope", "trusted", "--clock", "first_access", "--prob", "0.9")
    assert result.exit_code == 0
    assert asked == [Params(as_of="2026-05-12", scope="trusted", clock="first_access", prob=0.9)]


def test_flags_win_over_the_file_and_the_file_over_the_defaults(asked, tmp_path):
    file = tmp_path / "run.yaml"
    file.write_text("as_of: 2026-05-12\nscope: trusted\n")
    assert run("gap", "--params", file, "--scope", "internal").exit_code == 0
    assert asked == [Params(as_of="2026-05-12", scope="internal")]


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("as_off: 2026-05-12", 'did you mean "as_of"'),
        ("- as_of", "name: value"),
        ("", "name: value"),
        ("as_of: [", "not a YAML file"),
        ("as_of: !!python/object/apply:os.getcwd []", "not a YAML file"),
    ],
)
def test_a_bad_file_is_refused(text, part, tmp_path):
    file = tmp_path / "run.yaml"
    file.write_text(text)
    assert any(part in line for line in refusal(run("gap", "--params", file)))


def test_a_file_that_is_not_there_is_refused(tmp_path):
    assert any("does not exist" in line for line in refusal(run("gap", "--params", tmp_path / "none.yaml")))


BAD_RUNS = {
    "missing data folder": (["--data", "no/such/folder"], "no/such/folder"),
    "as-of date before any data": (["--as-of", "1999-01-01"], "1999-01-01"),
    "as-of not a date": (["--as-of", "someday"], "as_of"),
    "leader is follower": (["--leader", "China"], "follower"),
    "leader without models": (["--leader", "Atlantis"], "Atlantis"),
    "follower without models": (["--follower", "Atlantis"], "Atlantis"),
    "misspelt subject": (["--subject", "DeepSeek-V4-Prow"], 'did you mean "DeepSeek-V4-Pro"'),
    "subject of another country": (["--subject", "GPT-5"], "GPT-5"),
    "probability above one": (["--prob", "80"], "prob"),
}


@pytest.mark.parametrize("verb", ["fit", "gap", "brief", "figures"])
@pytest.mark.parametrize("case", BAD_RUNS)
def test_runs_that_cannot_be_are_refused_before_sampling(case, verb, tmp_path, never_samples):
    arguments, part = BAD_RUNS[case]
    out = [] if verb == "fit" else ["--out", tmp_path / "out"]
    assert any(part in line for line in refusal(run(verb, *arguments, *out)))
    assert not (tmp_path / "out").exists(), "nothing half-written"


@pytest.mark.parametrize("verb", ["gap", "brief", "figures"])
def test_an_output_that_cannot_be_written_is_refused_before_sampling(verb, tmp_path, never_samples, monkeypatch):
    def read_only(**_):
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr("tempfile.TemporaryFile", read_only)
    (line,) = refusal(run(verb, "--out", tmp_path / "out"))
    assert "--out" in line
    assert "Read-only file system" in line


@pytest.mark.parametrize(("verb", "expected"), [("brief", "a folder"), ("figures", "a folder"), ("gap", "a file")])
def test_a_file_is_no_folder_and_a_folder_no_file(verb, expected, tmp_path, never_samples):
    out = tmp_path / "out"
    out.mkdir() if verb == "gap" else out.write_text("")
    (line,) = refusal(run(verb, "--out", out))
    assert f"expected {expected}" in line
    (line,) = refusal(run("figures", "--out", out / "below")) if verb != "gap" else (line,)
    assert str(out) in line


def test_options_say_their_defaults():
    full = run("gap", "--help-all", width=80).stdout
    assert "--scope public|trusted|internal  [default: public]" in full
    assert "--data DIR\n" in full, "no default, nothing to say"


def test_a_picture_goes_to_a_file(never_samples):
    (line,) = refusal(run("bridge", "--from", "caisi_v4_2026", "--to", "frontier_lag:China", "--format", "png"))
    assert "expected --out FILE" in line


def test_a_year_that_cannot_be_meant_is_one_line(never_samples):
    for verb in ("scenarios", "gap", "brief"):
        (line,) = refusal(run(verb, "--as-of", "9999-12-31"))
        assert "parameter as_of: 9999-12-31 is out of range" in line


def test_scenarios_without_a_lever_say_where_none_is_set(never_samples, monkeypatch, tmp_path):
    monkeypatch.setattr("gaplab.questions.scenario_library.NOTEBOOKS", tmp_path)
    assert refusal(run("scenarios")) == [
        "Error: notebooks/params: no lever is set; expected a scenario in which one is not neutral"
    ]


def test_the_flag_takes_no_value_or_a_legal_one():
    result = CliRunner().invoke(main, ["gap", "--nowcast", "maybe"])
    assert result.exit_code == 2
    assert 'parameter nowcast: "maybe"' in result.stderr
    verb = main.commands["gap"]
    for typed, read in ((["--nowcast"], "true"), (["--nowcast", "false"], "false"), ([], None)):
        assert verb.make_context("gap", typed).params["nowcast"] == read


@pytest.mark.parametrize("verb", ["fit", "gap", "forecast", "brief", "figures"])
def test_every_verb_has_a_flag_for_every_parameter(verb):
    flags = {
        option.name: option.opts
        for option in main.get_command(click.Context(main), verb).params
        if isinstance(option, click.Option)
    }
    for name in parameter_names():
        assert flags[name] == [f"--{name.replace('_', '-')}"]


@pytest.mark.parametrize("name", parameter_names())
def test_flags_explain_themselves_with_the_words_of_params(name):
    option = next(option for option in main.get_command(click.Context(main), "brief").params if option.name == name)
    assert help_for(name) in option.help
    assert all(choice in option.metavar for choice in choices_of(name))


def test_a_day_after_the_tables_end_is_told_in_one_line(tables_folder):
    asked = ["gap", "--follower", "Narnia", "--data", str(tables_folder)]
    line = "as_of 2026-12-24: the tables are complete up to 2026-08-11; nothing newer is known"
    assert line in CliRunner().invoke(main, [*asked, "--as-of", "2026-12-24"]).stderr.splitlines()
    assert "complete up to" not in CliRunner().invoke(main, asked).stderr


@pytest.mark.parametrize(("verb", "flag"), [
    ("gap", "--leader-rate=0.5"), ("gap", "--variant=dossier"), ("lags", "--target=GPT-5"),
    ("forecast", "--since=2026-01-01"),
])  # fmt: skip
def test_a_setting_that_changes_nothing_in_a_verb_is_refused_and_not_offered(verb, flag):
    name = flag.removeprefix("--").split("=")[0].replace("-", "_")
    (line,) = refusal(run(verb, flag))
    assert line == f"Error: parameter {name}: changes nothing in `{verb}`; take it out"
    assert flag.split("=")[0] not in run(verb, "--help-all").stdout
