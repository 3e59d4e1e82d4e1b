"""The command as a whole: its help, its exit codes and its errors."""

from __future__ import annotations

import dataclasses
import json
import math
import os
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from support.commands import refusal, run, world

from gaplab.cli.root import main
from gaplab.errors import GaplabError
from gaplab.params.fields import GROUPS
from gaplab.params.spec import Params, parameter_names

VERBS = [[], ["data"], ["data", "check"], ["fit"], ["gap"], ["forecast"], ["brief"], ["figures"]]


@pytest.mark.parametrize("verb", VERBS, ids=" ".join)
def test_help_needs_nothing_heavy(verb):
    heavy = [
        "pymc",
        "pytensor",
        "numba",
        "numpy",
        "pandas",
        "xarray",
        "matplotlib",
        "papermill",
        "rich",
        "yaml",
    ]
    code = (
        "import sys\nfrom gaplab.cli import main\n"
        f"try: main({[*verb, '--help']})\nexcept SystemExit as end: assert end.code == 0\n"
        f"sys.exit(' '.join(set({heavy}) & set(sys.modules)) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"--help imports {done.stderr}"
    assert "Usage:" in done.stdout


def test_the_version_is_that_of_the_package():
    import gaplab

    assert gaplab.__version__ in run("--version").stdout


def test_python_minus_m_is_the_same_command():
    done = subprocess.run([sys.executable, "-m", "gaplab", "--help"], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("Usage: gaplab ")


def test_a_misspelt_option_or_verb_is_answered_with_the_closest_one():
    assert any("--as-of" in line for line in refusal(run("gap", "--as-off", "2026-05-12")))
    assert any("brief" in line for line in refusal(run("breif")))


def test_bad_flags_are_all_reported_at_once():
    assert len(refusal(run("gap", "--scope", "pubic", "--as-of", "someday", "--draws", "many"))) == 3


@pytest.mark.parametrize("verb", ["fit", "gap"])
def test_an_error_of_many_lines_is_printed_line_by_line(verb, monkeypatch):
    def refuse(**_):
        raise GaplabError("first problem", "second problem")

    monkeypatch.setattr("gaplab.fit.runs.load", refuse)
    assert refusal(run(verb)) == ["Error: first problem", "Error: second problem"]


@pytest.mark.parametrize(
    ("end", "said"),
    [
        (KeyboardInterrupt, "Stopped. What was finished is kept: the same command goes on from there."),
        (MemoryError, "Error: the run failed: there is not enough memory; fewer --draws need less"),
    ],
)
def test_a_run_that_is_stopped_or_has_no_memory_says_what_to_do(end, said, monkeypatch):
    def ended(*_, **__):
        raise end

    monkeypatch.setattr("gaplab.fit.fit.fit", ended)
    result = CliRunner().invoke(main, ["gap"])
    assert result.exit_code == 1
    assert result.stderr.splitlines()[-1] == said


def test_health_that_fails_is_the_first_thing_said(asked, monkeypatch):
    sick = world(Params())
    checks = tuple(dataclasses.replace(check, status="FAIL") for check in sick.health.checks)
    sick = dataclasses.replace(sick, health=dataclasses.replace(sick.health, checks=checks))
    monkeypatch.setattr("gaplab.fit.fit.fit", lambda *_, **__: sick)
    result = run("gap")
    assert result.exit_code == 0
    assert result.stdout.startswith("FAIL: ")
    assert not math.isnan(json.loads(run("gap", "--format", "json").stdout)["results"][0]["median"])


def verbs_of_a_run() -> list[list[str]]:
    """Every verb that takes the options of a run."""

    def below(group, path):
        for name, command in group.commands.items():
            if isinstance(command, click.Group):
                yield from below(command, [*path, name])
            elif any(option.name == "as_of" for option in command.params):
                yield [*path, name]

    return list(below(main, []))


@pytest.mark.parametrize("verb", verbs_of_a_run(), ids=" ".join)
def test_help_fits_a_screen_and_help_all_tells_the_rest(verb):
    short, full = (run(*verb, flag, width=80).stdout for flag in ("--help", "--help-all"))
    assert len(short.splitlines()) <= 60
    for group, heading in GROUPS.items():
        flags = [f"--{name.replace('_', '-')}" for name in parameter_names(group=group)]
        offered = [flag for flag in flags if f"{flag} " in full]
        assert offered in (flags, []), "a verb reads a group of parameters or refuses it"
        assert (f"\n{heading}:\n" in full) == bool(offered)
        for flag in set(flags) - set(offered):
            refused = CliRunner().invoke(main, [*verb, flag, "1"])
            assert (refused.exit_code, "changes nothing in" in refused.stderr) == (2, True)
    assert "--help-all" in short
    assert run(*verb, "--help", width=80).stdout == short, "--help-all changes nothing that comes later"


@pytest.mark.parametrize("columns", ["0", "1", "x"])
def test_a_window_of_no_width_shows_whole_words(columns, asked, monkeypatch):
    monkeypatch.setenv("COLUMNS", columns)
    shown = CliRunner().invoke(main, ["gap"]).stdout
    assert "frontier_lag" in shown
    assert max(map(len, shown.splitlines())) >= 39


@pytest.mark.parametrize("encoding", ["cp1252", "latin-1"])
def test_an_output_that_is_not_utf8_gets_plain_letters(encoding):
    code = (
        "import click, gaplab.cli as c\n"
        "@c.main.command('w')\ndef w(): click.echo('0.42 → 0.88 − 深'); click.echo('≥', err=True)\nc.main(['w'])"
    )
    environment = os.environ | {"PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.decode(encoding).split() == ["0.42", "->", "0.88", "-", "?"]
    assert done.stderr.decode(encoding).strip() == ">="


def test_a_user_without_a_home_gets_one_for_the_run(tmp_path, monkeypatch, asked):
    monkeypatch.delenv("HOME")
    monkeypatch.setattr(Path, "home", lambda: (_ for _ in ()).throw(RuntimeError("no home")))
    monkeypatch.delenv("GAPLAB_CACHE")
    result = run("gap")
    assert "set HOME or GAPLAB_CACHE" in result.stderr
    assert Path(os.environ["HOME"]).stat().st_mode & 0o077 == 0
    monkeypatch.setenv("GAPLAB_CACHE", str(tmp_path))
    assert "set HOME" not in run("gap").stderr
    assert os.environ["HOME"] == str(tmp_path)


def test_a_command_ends_without_a_search_for_garbage():
    code = (
        "import atexit, gc; atexit.register(lambda: print(gc.get_freeze_count() > 10_000))\n"
        "from gaplab.cli.root import main; import gaplab.cli\n"
        "main(['cite'])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "True"
