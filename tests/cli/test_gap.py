"""The verbs fit and gap: what they print and what they write."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path

import pytest
from support.commands import refusal, run, world

from gaplab.params.spec import Params

DEFINITIONS = {
    "first_match_lag",
    "model_lag",
    "released_lag",
    "frontier_lag",
    "distance",
    "catch_up",
    "five_percent_lag",
}


def test_json_on_stdout_is_only_json_with_the_agreed_keys(asked):
    answer = json.loads(run("gap", "--as-of", "2026-05-12", "--format", "json").stdout)
    assert set(answer) == {"as_of", "data", "health", "headline", "results", "read_later", "past"}
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


def test_fit_prints_health_then_the_file(asked, monkeypatch, tmp_path):
    monkeypatch.setattr("gaplab.fit.files.cache_file", lambda *_: tmp_path / "posterior.nc")
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


def test_the_lag_on_single_tests_needs_no_fit(monkeypatch, tmp_path):
    def fitted(*_args, **_more):
        raise AssertionError("fitted")

    monkeypatch.setattr("gaplab.fit.fit.stage_two", fitted)
    shown = run("lags", "--as-of", "2026-06-30")
    assert shown.exit_code == 0, shown.output
    assert "DeepSeek-V4-Pro took" in shown.stdout
    found = json.loads(run("lags", "--as-of", "2026-06-30", "--format", "json").stdout)
    assert len(found["tests"]) == sum(row["tests"] for row in found["summary"])
    made = run("lags", "--as-of", "2026-06-30", "--domain", "cyber", "--out", tmp_path / "lags.svg")
    assert made.exit_code == 0, made.output
    (line,) = refusal(run("lags", "--tests", "GPQA dimond"))
    assert 'did you mean "GPQA diamond"?' in line


def test_draws_go_to_a_file_beside_the_table(asked, tmp_path):
    made = run("gap", "--draws-out", tmp_path / "draws.parquet")
    assert made.exit_code == 0, made.output
    assert str(tmp_path / "draws.parquet") in made.stderr
    assert (tmp_path / "draws.parquet").is_file()
    assert "--draws-out" in refusal(run("gap", "--draws-out", tmp_path / "draws.csv"))[0]
    assert len(asked) == 1


def test_two_files_are_compared(monkeypatch, tmp_path):
    monkeypatch.setattr("gaplab.fit.fit.fit", lambda tables, params, progress=False: world(params))
    for name, scope in (("a", "public"), ("b", "trusted")):
        (tmp_path / f"{name}.yaml").write_text(f"as_of: 2026-06-30\nscope: {scope}\n")
    shown = run("compare", tmp_path / "a.yaml", tmp_path / "b.yaml", "-q")
    assert shown.exit_code == 0, shown.output + repr(shown.exception)
    assert [line.split(":")[0] for line in shown.stdout.splitlines()[:2]] == ["a.yaml", "b.yaml"]
    found = json.loads(run("compare", tmp_path / "a.yaml", tmp_path / "b.yaml", "-q", "--format", "json").stdout)
    assert [step["parameter"] for step in found["steps"]] == ["scope"]
    (line,) = refusal(run("compare", tmp_path / "a.yaml", tmp_path / "a.yaml"))
    assert "same fit" in line
    (tmp_path / "b.yaml").write_text("tests: GPQA dimond\n")
    assert "did you mean" in refusal(run("compare", tmp_path / "a.yaml", tmp_path / "b.yaml", "-q"))[0]
