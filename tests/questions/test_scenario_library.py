"""The library of scenarios."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import yaml
from support.scenarios import LIBRARY, asked
from support.worlds import synthetic_posterior

from gaplab.outlook import scenarios
from gaplab.params.spec import Params
from gaplab.questions.scenario_library import OWN, compare_scenario_library, read_scenario_library, scenario_name
from gaplab.report.charts.scenarios import scenarios_chart
from gaplab.report.sections.forecast import scenarios_part
from gaplab.report.text.names import scenario_label
from gaplab.results.forecast import scenario_table


def test_the_library_is_complete_and_each_entry_is_a_run(repository):
    files = sorted((repository / "notebooks" / "params").glob("*.yaml"))
    found = {file.stem: Params.from_mapping(yaml.safe_load(file.read_text(encoding="utf-8"))) for file in files}
    assert set(LIBRARY) <= set(found)
    for name, params in found.items():
        assert bool(scenarios.set_levers(params)) == (name != "baseline"), name


def test_the_library_moves_with_the_as_of_date():
    pause = asked(leader_pause_from="2026-06-30", leader_pause_to="2027-06-30")
    moved = scenarios.moved_to(pause, Params(as_of="2025-12-31", scope="trusted"))
    assert (moved.as_of, moved.leader_pause_from) == (date(2025, 12, 31), date(2025, 12, 31))
    assert moved.leader_pause_to - moved.leader_pause_from == pause.leader_pause_to - pause.leader_pause_from
    assert moved.scope == "trusted"


def test_the_library_is_drawn_and_told():
    posterior = synthetic_posterior(draws=50)
    library = compare_scenario_library(posterior)
    assert set(library) == set(LIBRARY) - {"baseline"}
    table = scenario_table(library)
    chart = scenarios_chart(table, posterior.params)
    shown = scenarios_part(library, posterior.params)
    for name in library:
        assert scenario_label(name, posterior.params) in chart.alt
        assert scenario_label(name, posterior.params) in shown.html
    assert "US pause" in chart.alt


def test_a_run_knows_the_name_of_its_scenario():
    params = Params(as_of=date(2026, 5, 12))
    assert scenario_name(params) == ""
    for name, each in read_scenario_library(params).items():
        assert scenario_name(each) == name
    assert scenario_name(replace(params, follower_rate=0.93)) == OWN
