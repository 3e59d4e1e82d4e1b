"""The command `gaplab`: what it prints, where it writes, how it refuses."""

from __future__ import annotations

import csv
import dataclasses
import functools
import io
import json
import math
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import click
import pytest
from click.testing import CliRunner, Result
from support.worlds import synthetic_posterior

from gaplab.cli.root import main
from gaplab.errors import GaplabError
from gaplab.params.fields import GROUPS
from gaplab.params.spec import Params, parameter_names

DEFINITIONS = {
    "first_match_lag",
    "model_lag",
    "released_lag",
    "frontier_lag",
    "distance",
    "catch_up",
    "five_percent_lag",
}
VERBS = [[], ["data"], ["data", "check"], ["fit"], ["gap"], ["forecast"], ["brief"], ["figures"]]


@functools.cache
def world(params: Params):
    """The simulated posterior of a run."""
    return synthetic_posterior(params=params, draws=50)


def run(*arguments: str | Path, width: int = 160, **environment: str) -> Result:
    return CliRunner(env={"COLUMNS": str(width), **environment}).invoke(main, [str(argument) for argument in arguments])


@pytest.fixture
def asked(monkeypatch) -> list[Params]:
    """A simulated posterior instead of a fit; the list receives the parameters that were asked for."""
    seen = []

    def load(*, as_of, knowledge="hindsight", root=None):
        return SimpleNamespace(as_of=as_of, knowledge=knowledge, root=root, hash="5a" * 32, vintage="2026-08-11")

    def fit(tables, params, *, progress=False):
        seen.append(params)
        return world(params)

    def eligible(tables, *, scope, clock, leader):
        return world(Params()).models

    monkeypatch.setattr("gaplab.fit.runs.load", load)
    monkeypatch.setattr("gaplab.preflight.eligible", eligible)
    monkeypatch.setattr("gaplab.fit.fit.fit", fit)
    return seen


@pytest.fixture
def never_samples(monkeypatch) -> None:
    """Bad input has to be found before the sampler is reached."""

    def reached(*_, **__):
        raise AssertionError("the sampler was reached")

    monkeypatch.setattr("gaplab.sampling.sample.sample", reached)


def refusal(result: Result) -> list[str]:
    """The lines of an explained refusal."""
    assert result.exit_code == 2, result.output + repr(result.exception)
    assert result.stdout == "", "nothing but errors on bad input"
    lines = result.stderr.strip().splitlines()
    assert lines
    assert all(line.startswith(("Error: ", "Usage: ", "Try ")) or not line for line in lines), result.stderr
    return lines


# --- Help and options -----------------------------------------------------------------------------


@pytest.mark.parametrize("verb", VERBS, ids=" ".join)
def test_help_needs_nothing_heavy(verb):
    heavy = [
        "pymc",
        "pytensor",
        "nutpie",
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


# --- gap ------------------------------------------------------------------------------------------


def test_json_on_stdout_is_only_json_with_the_agreed_keys(asked):
    answer = json.loads(run("gap", "--as-of", "2026-05-12", "--format", "json").stdout)
    assert set(answer) == {"as_of", "data", "health", "results"}
    assert answer["as_of"] == "2026-05-12"
    assert set(answer["data"]) == {"hash", "vintage"}
    assert answer["health"]["status"] in {"PASS", "REVIEW", "FAIL"}
    assert answer["health"]["checks"]
    for result in answer["results"]:
        assert set(result) >= {
            "definition", "subject", "leader", "scope", "clock", "ruler", "knowledge",
            "unit", "median", "intervals", "p_undefined", "p_follower_ahead",
        }  # fmt: skip
        assert set(result["intervals"]) == {"50", "80", "95"}


def test_intervals_hold_the_median_and_widen(asked):
    for result in json.loads(run("gap", "--format", "json").stdout)["results"]:
        bounds = [result["intervals"][level] for level in ("95", "80", "50")]
        if None not in (result["median"], *(end for pair in bounds for end in pair)):
            (a, f), (b, e), (c, d) = bounds
            assert a <= b <= c <= result["median"] <= d <= e <= f, result


def test_every_definition_appears_for_the_country_and_the_newest_record_model(asked):
    results = json.loads(run("gap", "--format", "json").stdout)["results"]
    posterior = world(Params())
    newest = posterior.models.query("country == 'China' and record").index[-1]
    for subject in ("China", newest):
        assert {row["definition"] for row in results if row["subject"] == subject} == DEFINITIONS


def test_subjects_are_recent_records_and_the_model_under_dispute_or_all(asked):
    models = world(Params()).models.query("country == 'China'")

    def listed(*arguments):
        results = json.loads(run("gap", "--format", "json", *arguments).stdout)["results"]
        return {
            definition: {row["subject"] for row in results if row["definition"] == definition} - {"China"}
            for definition in ("model_lag", "first_match_lag")
        }

    assert listed()["model_lag"] == set(models[models["record"]].index[-10:]) | {"DeepSeek-V4-Pro"}
    assert listed("--subject", "all") == {"model_lag": set(models.index), "first_match_lag": set(models.index)}
    assert "DeepSeek-R1" in listed("--subject", "DeepSeek-R1")["model_lag"]


def test_another_probability_gets_its_own_interval(asked):
    (level,) = {*json.loads(run("gap", "--format", "json", "--prob", "0.9").stdout)["results"][0]["intervals"]} - {
        "50",
        "80",
        "95",
    }
    assert level == "90"
    assert "90% interval" in run("gap", "--prob", "0.9").stdout


def test_csv_and_json_are_the_same_numbers(asked):
    rows = list(csv.DictReader(io.StringIO(run("gap", "--format", "csv", "--subject", "all").stdout)))
    results = json.loads(run("gap", "--format", "json", "--subject", "all").stdout)["results"]
    assert len(rows) == len(results)
    for row, result in zip(rows, results, strict=True):
        assert [row[key] for key in ("definition", "subject", "unit")] == [
            result[key] for key in ("definition", "subject", "unit")
        ]
        flat = {"median": result["median"], "p_follower_ahead": result["p_follower_ahead"]}
        for level, (low, high) in result["intervals"].items():
            flat |= {f"lower_{level}": low, f"upper_{level}": high}
        assert {name: float(row[name]) if row[name] else None for name in flat} == flat


def test_the_table_shows_the_numbers_of_the_csv_to_a_tenth(asked):
    rows = csv.DictReader(io.StringIO(run("gap", "--format", "csv").stdout))
    months = [row for row in rows if row["unit"] == "months" and row["lower_80"]]
    table = run("gap").stdout.splitlines()
    for row in months:
        numbers = [f"{float(row[name]):.1f}" for name in ("median", "lower_80", "upper_80")]
        shown = rf"^  {re.escape(row['subject'])} +{numbers[0]} +{numbers[1]} to {numbers[2]}( |$)"
        assert any(re.match(shown, line) for line in table), (row["definition"], row["subject"], numbers)


@pytest.mark.parametrize("width", [80, 120, 200])
def test_the_table_fits_the_terminal_and_starts_with_health(asked, width):
    lines = run("gap", width=width).stdout.splitlines()
    assert lines[0].startswith("PASS: ")
    assert max(map(len, lines)) <= width
    assert any(line.strip().startswith("frontier_lag, months") for line in lines)
    assert "NaN" not in "\n".join(lines)
    assert "nan" not in "\n".join(lines).split()


def test_notes_go_to_stderr_and_can_be_silenced(asked):
    assert "note: 2 models left out" in run("gap", "--format", "json").stderr
    assert run("gap", "--format", "json", "--quiet").stderr == ""


@pytest.mark.parametrize("name", ["gap.json", "gap.csv", "new/folder/gap.json", "gap.txt"])
def test_out_holds_what_would_have_been_printed_and_its_path_comes_last(asked, tmp_path, name):
    result = run("gap", "--out", tmp_path / name)
    kind = {".json": "json", ".csv": "csv"}.get(Path(name).suffix, "table")
    assert result.exit_code == 0
    assert Path(result.stdout.splitlines()[-1]) == tmp_path / name
    assert (tmp_path / name).read_text(encoding="utf-8") == run("gap", "--format", kind).stdout
    assert not [path for path in (tmp_path / name).parent.iterdir() if path.name != Path(name).name], "no drafts left"


def test_an_existing_result_is_replaced(asked, tmp_path):
    out = tmp_path / "gap.json"
    out.write_text("old")
    run("gap", "--out", out)
    assert json.loads(out.read_text())["results"]


# --- fit, brief, figures, data check --------------------------------------------------------------


def test_fit_prints_health_then_the_file(asked, monkeypatch, tmp_path):
    monkeypatch.setattr("gaplab.fit.fit.cache_file", lambda *_: tmp_path / "posterior.nc")
    first, last = run("fit").stdout.splitlines()
    assert first.startswith("PASS: ")
    assert Path(last) == tmp_path / "posterior.nc"


def test_a_run_that_breaks_exits_1(asked, monkeypatch):
    def breaks(*_, **__):
        raise RuntimeError("the sampler broke")

    monkeypatch.setattr("gaplab.fit.fit.fit", breaks)
    result = run("gap")
    assert result.exit_code == 1
    assert result.stdout == ""
    assert result.stderr == "Error: the run failed: the sampler broke\n"


def test_the_tables_of_the_project_are_valid(repository):
    result = run("data", "check")
    assert result.exit_code == 0, result.stderr
    assert Path(result.stdout.splitlines()[-1]) == repository / "data"


def test_the_data_folder_comes_from_the_flag_or_the_environment(tables_folder):
    for result in (run("data", "check", "--data", tables_folder), run("data", "check", GAPLAB_DATA=str(tables_folder))):
        assert result.exit_code == 0
        assert Path(result.stdout.splitlines()[-1]) == tables_folder


# --- Bad input ------------------------------------------------------------------------------------


def edit(column: str, value: str, *, row: int = 0):
    """A change of one cell of a table."""

    def spoil(path: Path) -> None:
        with path.open(encoding="utf-8", newline="") as text:
            rows = list(csv.DictReader(text))
        rows[row][column] = value
        with path.open("w", encoding="utf-8", newline="") as text:
            writer = csv.DictWriter(text, fieldnames=list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)

    return spoil


def repeat_first_row(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join([*lines, lines[1]]), encoding="utf-8")


def drop_first_column(path: Path) -> None:
    with path.open(encoding="utf-8", newline="") as text:
        rows = [row[1:] for row in csv.reader(text)]
    with path.open("w", encoding="utf-8", newline="") as text:
        csv.writer(text).writerows(rows)


def use_semicolons(path: Path) -> None:
    with path.open(encoding="utf-8", newline="") as text:
        rows = list(csv.reader(text))
    with path.open("w", encoding="utf-8", newline="") as text:
        csv.writer(text, delimiter=";").writerows(rows)


SPOILT = {
    "score of 71 in a fraction column": ("scores.csv", edit("score", "71"), "71"),
    "unknown benchmark": ("scores.csv", edit("benchmark", "No such test"), "No such test"),
    "unknown model": ("scores.csv", edit("model", "No such model"), "No such model"),
    "model without country": ("models.csv", edit("country", ""), "country"),
    "duplicate key": ("scores.csv", repeat_first_row, "scores.csv"),
    "duplicate model": ("models.csv", repeat_first_row, "models.csv"),
    "empty file": ("scores.csv", lambda path: path.write_bytes(b""), "scores.csv"),
    "semicolons": ("models.csv", use_semicolons, "models.csv"),
    "missing column": ("models.csv", drop_first_column, "model"),
    "missing table": ("claims.csv", Path.unlink, "claims.csv"),
    "not a date": ("models.csv", edit("release_date", "spring 2026"), "spring 2026"),
    "not text": ("models.csv", lambda path: path.write_bytes(b"\xff\xfe\x00\x01"), "models.csv"),
}


@pytest.mark.parametrize("case", SPOILT)
def test_spoilt_tables_are_refused_with_file_and_reason(case, tables_folder):
    table, spoil, part = SPOILT[case]
    spoil(tables_folder / table)
    lines = refusal(run("data", "check", "--data", tables_folder))
    assert any(table in line and part in line for line in lines), lines


@pytest.mark.parametrize("verb", ["fit", "gap", "brief", "figures"])
def test_no_verb_starts_on_spoilt_tables(verb, tables_folder, tmp_path, never_samples):
    edit("score", "71")(tables_folder / "scores.csv")
    out = [] if verb == "fit" else ["--out", tmp_path / "out"]
    assert refusal(run(verb, "--data", tables_folder, *out)) == refusal(run("data", "check", "--data", tables_folder))
    assert not (tmp_path / "out").exists(), "nothing half-written"


def test_a_byte_order_mark_is_no_problem_or_is_explained(tables_folder):
    path = tables_folder / "models.csv"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    result = run("data", "check", "--data", tables_folder)
    assert result.exit_code == 0 or any("byte-order mark" in line for line in refusal(result))


def test_all_problems_of_the_tables_are_listed_at_once(tables_folder, never_samples):
    edit("score", "71")(tables_folder / "scores.csv")
    edit("score", "72", row=1)(tables_folder / "scores.csv")
    edit("country", "")(tables_folder / "models.csv")
    for verb in (("data", "check"), ("gap",)):
        assert len(refusal(run(*verb, "--data", tables_folder))) == 3


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


def test_bad_flags_are_all_reported_at_once():
    assert len(refusal(run("gap", "--scope", "pubic", "--as-of", "someday", "--draws", "many"))) == 3


@pytest.mark.parametrize("verb", ["fit", "gap"])
def test_an_error_of_many_lines_is_printed_line_by_line(verb, monkeypatch):
    def refuse(**_):
        raise GaplabError("first problem", "second problem")

    monkeypatch.setattr("gaplab.fit.runs.load", refuse)
    assert refusal(run(verb)) == ["Error: first problem", "Error: second problem"]


def test_health_that_fails_is_the_first_thing_said(asked, monkeypatch):
    sick = world(Params())
    checks = tuple(dataclasses.replace(check, status="FAIL") for check in sick.health.checks)
    sick = dataclasses.replace(sick, health=dataclasses.replace(sick.health, checks=checks))
    monkeypatch.setattr("gaplab.fit.fit.fit", lambda *_, **__: sick)
    result = run("gap")
    assert result.exit_code == 0
    assert result.stdout.startswith("FAIL: ")
    assert not math.isnan(json.loads(run("gap", "--format", "json").stdout)["results"][0]["median"])


# --- Help in groups, one writer ---------------------------------------------------------------------


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
    for name in parameter_names():
        assert f"--{name.replace('_', '-')} " in full
    assert all(f"\n{heading}:\n" in full for heading in GROUPS.values())
    assert "--help-all" in short
    assert run(*verb, "--help", width=80).stdout == short, "--help-all changes nothing that comes later"


def test_options_say_their_defaults():
    full = run("gap", "--help-all", width=80).stdout
    assert "--scope public|trusted|internal  [default: public]" in full
    assert "--since DATE\n" in full, "no default, nothing to say"


def test_a_picture_goes_to_a_file(never_samples):
    (line,) = refusal(run("bridge", "--from", "caisi_v4_2026", "--to", "frontier_lag:China", "--format", "png"))
    assert "expected --out FILE" in line


def test_a_year_that_cannot_be_meant_is_one_line(never_samples):
    for verb in ("scenarios", "gap", "brief"):
        (line,) = refusal(run(verb, "--as-of", "9999-12-31"))
        assert "parameter as_of: 9999-12-31 is out of range" in line


def test_scenarios_without_a_lever_say_where_none_is_set(never_samples, monkeypatch, tmp_path):
    monkeypatch.setattr("gaplab.runs.brief.NOTEBOOKS", tmp_path)
    assert refusal(run("scenarios")) == [
        "Error: notebooks/params: no lever is set; expected a scenario in which one is not neutral"
    ]
