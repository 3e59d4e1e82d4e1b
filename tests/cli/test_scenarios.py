"""The verb scenarios, and levers that are refused."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from click.testing import CliRunner
from support.briefs import as_kept
from support.scenarios import LIBRARY
from support.worlds import synthetic_posterior

from gaplab.cli.root import main


@pytest.mark.parametrize(
    ("flags", "part"),
    [
        (["--leader-rate", "11"], "parameter leader_rate"),
        (["--follower-rate", "-1"], "parameter follower_rate"),
        (["--leader-restricted-share", "1.5"], "parameter leader_restricted_share"),
        (["--follower-diffusion", "nan"], "parameter follower_diffusion"),
        (["--horizon-months", "12"], "parameter horizon_months"),
        (["--leader-pause-from", "2026-01-01"], "before the as-of date 2026-06-30"),
        (["--follower-rate-from", "2026-06-29"], "before the as-of date"),
        (["--inject-date", "2026-01-01"], "before the as-of date"),
        (["--leader-pause-to", "2026-06-30"], "is not after 2026-06-30"),
        (["--leader-pause-from", "2027-01-01", "--leader-pause-to", "2026-12-01"], "the day the pause begins"),
        (["--inject-country", "China"], "follower, leader"),
        (["--inject-scale", "point"], 'did you mean "points"'),
        (["--target", "GPT-5.6"], 'did you mean "GPT-5'),
        (["--target", "GPT-5; Kimi K2.6"], '"Kimi K2.6" is a model of China'),
        (["--target", ";"], "names no model"),
        (["--as-of", "2024-12-31", "--inject-ability", "160"], "this run has no points"),
    ],
    ids=str,
)
@pytest.mark.usefixtures("never_samples")
def test_bad_input_is_refused_in_one_line_before_sampling(flags, part):
    done = CliRunner().invoke(main, ["forecast", "--as-of", "2026-06-30", *flags])
    assert done.exit_code == 2, done.output
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 1
    assert part in lines[0]


def test_the_verb_draws_the_library_and_the_levers_typed(monkeypatch, tmp_path):
    def simulated(tables, params, report, without=()):
        return as_kept(synthetic_posterior(params=replace(params, chains=4, draws=100)))

    monkeypatch.setattr("gaplab.fit.fit.sample_frontiers", simulated)
    monkeypatch.setenv("GAPLAB_CACHE", str(tmp_path / "cache"))
    done = CliRunner().invoke(main, ["scenarios", "--follower-rate", "0.5", "--format", "json", "--quiet"])
    assert done.exit_code == 0, done.output
    rows = json.loads(done.stdout)["scenarios"]
    assert {row["scenario"] for row in rows} == {*LIBRARY, "these_levers"} - {"baseline"}
    slower = [row for row in rows if row["scenario"] == "these_levers" and row["definition"] == "frontier_lag"]
    assert [row["horizon"] for row in slower] == [3, 6, 12, 24]
    assert slower[-1]["median"] > 0
    neutral = tmp_path / "neutral.yaml"
    neutral.write_text("as_of: 2026-06-30\n")
    done = CliRunner().invoke(main, ["scenarios", str(neutral), "--quiet"])
    assert done.exit_code == 2
    assert "no lever is set" in done.stderr
