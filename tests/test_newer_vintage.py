"""The commands of the README on tables that gained a vintage: the default day follows, and nothing breaks."""

from __future__ import annotations

import shlex
from dataclasses import replace
from datetime import date

import pandas as pd
import pytest
from click.testing import CliRunner
from support.briefs import as_kept
from support.feeds import OF_MODELS, matrix
from support.places import REPOSITORY
from support.refreshes import EPOCH, SILENT
from support.tables import fewer_claims
from support.worlds import synthetic_posterior

from gaplab.cli import main
from gaplab.params import complete
from gaplab.runs.refresh.refresh import refresh

DAY = date(2026, 9, 15)
COMMANDS = [
    line.split("  #")[0].strip()
    for line in (REPOSITORY / "README.md").read_text("utf-8").splitlines()
    if line.startswith(("gaplab gap", "gaplab forecast", "gaplab bridge", "gaplab claims", "gaplab data check"))
    and "--out" not in line
]


@pytest.fixture(scope="module")
def newer(tmp_path_factory):
    """The project's tables with a matrix, an index and releases of 15 September, brought in by a refresh."""
    home = tmp_path_factory.mktemp("newer")
    data = fewer_claims(REPOSITORY / "data", home / "data")
    scores = pd.read_csv(data / "scores.csv", dtype=str, keep_default_na=False)
    ours = scores[(scores["source"] == "epoch_evaluations") & (scores["benchmark"] == "GPQA diamond")]
    rows = [(s, "GPQA diamond", m, m, "2026-09-01", EPOCH) for m, s in ours[["model", "score"]].itertuples(index=False)]
    index = pd.read_csv(data / "index_vintages.csv", dtype=str, keep_default_na=False)
    last = index[(index["index"] == "epoch_eci") & (index["vintage"] == "2026-08-11")]
    lines = [f'"{m}",,{float(v) + 0.1:.2f},,,,,,,,' for m, v in last[["model", "value"]].itertuples(index=False)]
    files = {
        "eci_benchmarks.csv": matrix(*rows, (0.9, "GPQA diamond", "Qwen 4", "qwen-4", "2026-09-10", EPOCH)),
        "eci_scores.csv": "\n".join([OF_MODELS, *lines, "Qwen 4,,158,157,159,2026-09-10,Alibaba,China,,,"]) + "\n",
        "model_releases.csv": "model,developer,country,release_date,access_at_release,weights\n"
        "Qwen 4,Alibaba,China,2026-09-10,public,open\n",
    }
    place = home / f"files_to_{DAY}"
    place.mkdir()
    for name, text in files.items():
        (place / name).write_text(text, "utf-8")
    refresh(data, None, source=place, tell=SILENT)
    days = pd.read_csv(data / "complete.csv", dtype=str)  # what the analyst says: events too are known to that day
    days.assign(to=f"{DAY}").to_csv(data / "complete.csv", index=False)
    return data


@pytest.fixture
def in_use(newer, monkeypatch, tmp_path):
    def simulated(tables, params, report, without=()):
        return as_kept(synthetic_posterior(params=replace(params, chains=4, draws=100)))

    monkeypatch.setattr("gaplab.fit.fit.sample_frontiers", simulated)
    monkeypatch.setenv("GAPLAB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("GAPLAB_DATA", str(newer))


def test_the_default_day_follows_the_tables(newer):
    assert complete.latest(newer) == DAY
    models = pd.read_csv(newer / "models.csv", index_col="model")
    assert models.loc["Qwen 4", ["country", "weights", "release_date"]].tolist() == ["China", "open", "2026-09-10"]


@pytest.mark.parametrize("command", COMMANDS)
def test_commands_of_the_readme_run_unchanged(command, in_use):
    result = CliRunner().invoke(main, shlex.split(command)[1:])
    assert result.exit_code == 0, result.output
    if command.startswith("gaplab gap") and "--as-of" not in command:
        assert f"{DAY}" in result.output
