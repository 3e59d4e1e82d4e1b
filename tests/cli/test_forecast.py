"""The verb forecast."""

from __future__ import annotations

import json
from dataclasses import replace
from types import SimpleNamespace

import pandas as pd
import pytest
from click.testing import CliRunner
from support.forecasts import world

from gaplab.cli.root import main


@pytest.fixture
def command(monkeypatch):
    """`gaplab forecast` on a simulated posterior."""

    def load(*, as_of, knowledge="hindsight", root=None):
        models = world(draws=100).models.reset_index()
        return SimpleNamespace(as_of=as_of, knowledge=knowledge, hash="5a" * 32, vintage="2026-08-11", models=models)

    monkeypatch.setattr("gaplab.fit.runs.load", load)
    monkeypatch.setattr("gaplab.preflight.eligible", lambda tables, **_: world(draws=100).models)
    monkeypatch.setattr("gaplab.preflight.require_enough", lambda *_: None)
    monkeypatch.setattr("gaplab.fit.fit.fit", lambda tables, params, **_: replace(world(draws=100), params=params))
    return lambda *words: CliRunner(env={"COLUMNS": "200"}).invoke(main, ["forecast", *words])


def test_the_command_prints_json(command):
    done = command("--format", "json")
    assert done.exit_code == 0, done.output
    result = json.loads(done.stdout)
    assert {"as_of", "health", "levers", "stack", "forecast", "catch_up"} <= set(result)
    assert result["levers"] == {}
    assert {row["horizon"] for row in result["forecast"]} == {3, 6, 12, 24}
    assert "difference" not in result


def test_the_command_shows_what_a_lever_changes(command):
    done = command("--format", "json", "--follower-rate", "0.5")
    result = json.loads(done.stdout)
    assert result["levers"] == {"follower_rate": 0.5}
    assert all(row["median"] >= 0 for row in result["difference"] if row["definition"] == "frontier_lag")
    text = command("--as-of", "2026-06-30", "--follower-rate", "0.5").stdout
    (line,) = [line for line in text.splitlines() if line.startswith("Lever: ")]
    assert "30 June 2026" in line
    assert "0.5" in line


def test_the_command_writes_the_hub_format(command, tmp_path):
    done = command("--out", str(tmp_path / "forecast.csv"))
    assert done.exit_code == 0, done.output
    table = pd.read_csv(tmp_path / "forecast.csv")
    assert list(table.columns[:3]) == ["reference_date", "target", "horizon"]
    assert set(table["scenario_id"]) == {"baseline"}
    both = command("--format", "csv", "--leader-rate", "0.5").stdout
    assert "baseline" in both
    assert "scenario" in both.splitlines()[-1]


def test_the_command_prints_tables(command):
    text = command().stdout
    assert ">\N{NO-BREAK SPACE}12" in text
    assert "not counted in this run" in text
