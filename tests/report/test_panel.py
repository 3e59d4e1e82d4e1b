"""Sliders: what they show is what the forecast says, at once, and a setting that cannot be is explained."""

from __future__ import annotations

import html
import time
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
import yaml
from support.worlds import synthetic_posterior

from gaplab.outlook import scenarios
from gaplab.outlook.forecast import forecast
from gaplab.params.spec import LEVERS, Params
from gaplab.report import panel as levers
from gaplab.report.text.numbers import format_number, format_short_probability
from gaplab.report.text.scenarios import lever_sentences

BASE = Params()


@pytest.fixture(scope="module")
def runs():
    wide = Params(scope="trusted")
    return [synthetic_posterior(params=BASE), synthetic_posterior(2, params=wide, lag_months=11.0)]


@pytest.fixture(scope="module")
def shared(runs):
    return levers.Panel(runs)


@pytest.fixture
def panel(shared):
    for name, control in shared.controls.items():
        default = {"definition": "frontier_lag", "scope": "public", "clock": "release", "as_of": BASE.as_of}
        default |= {"inject": False, "inject_ability": 160.0}
        control.value = default.get(name, getattr(BASE, name, None))
    return shared


def test_every_lever_and_reading_has_a_control(panel):
    assert set(panel.controls) == {"definition", "scope", "clock", "as_of", "inject", *LEVERS}


def test_it_opens_on_the_baseline(panel):
    assert panel.yaml.value == "{}\n"
    assert bytes(panel.chart.value).startswith(b"\x89PNG")
    assert panel.message.value == "No lever is set."


def test_table_and_title_are_the_forecast_of_the_same_draws(panel, runs):
    panel.controls["follower_rate"].value = 0.5
    params = replace(BASE, follower_rate=0.5)
    thin = levers.thinned(runs[0])
    run = forecast(thin, scenarios.levers(thin, params))
    year = np.quantile(run.draws["frontier_lag"].sel(horizon=12), 0.5, method="inverted_cdf")
    assert panel.summary.endswith(f"{format_number(float(year))} months in a year")
    over = float((run.draws["frontier_lag"].sel(horizon=12) > 12).mean())
    assert f"<td>{html.escape(format_short_probability(over))}</td>" in panel.table.value
    assert panel.message.value == f"<b>Changed:</b> {' '.join(lever_sentences(params))}"


def test_moving_a_control_moves_everything(panel):
    before = panel.chart.value, panel.table.value, panel.summary
    panel.controls["scope"].value = "trusted"
    assert all(
        one != other for one, other in zip(before, (panel.chart.value, panel.table.value, panel.summary), strict=True)
    )
    panel.controls["definition"].value = "released_lag"
    assert panel.summary.startswith("Best released model")
    panel.controls["as_of"].value = panel.controls["as_of"].options[0]
    assert panel.params.as_of == panel.controls["as_of"].options[0]


def test_the_yaml_is_the_setting(panel):
    panel.controls["scope"].value = "trusted"
    panel.controls["leader_rate"].value = 1.5
    panel.controls["leader_pause_to"].value = date(2027, 6, 30)
    panel.controls["inject"].value = True
    given = yaml.safe_load(panel.yaml.value)
    assert Params.from_mapping(given) == panel.params
    assert given == {
        "scope": "trusted",
        "leader_rate": 1.5,
        "leader_pause_to": "2027-06-30",
        "inject_ability": 160.0,
    }


def test_a_setting_that_cannot_be_is_explained_and_changes_nothing(panel):
    before = panel.table.value, panel.params
    panel.controls["leader_pause_to"].value = BASE.as_of - timedelta(days=1)
    assert "leader_pause_to" in panel.message.value
    assert (panel.table.value, panel.params) == before


def test_it_follows_within_150_ms(panel):
    """In units of a plain sum that takes 50 ms on a free machine: others may be at work on this one."""

    def least(name, values):
        return min(seconds(lambda value=value: setattr(panel.controls[name], "value", value)) for value in values)

    unit = min(seconds(lambda: sum(i * i for i in range(1_000_000))) for _ in range(3)) / 0.050
    for name, values in {
        "follower_rate": np.linspace(0.5, 1.4, 5).tolist(),
        "scope": ["trusted", "public"] * 2,
        "as_of": [panel.controls["as_of"].options[place] for place in (1, 0) * 2],
    }.items():
        assert least(name, values) < 0.150 * unit, name


def seconds(do):
    start = time.process_time()
    do()
    return time.process_time() - start


def test_reset_takes_everything_back(panel):
    panel.reset.click()
    before = panel.chart.value, panel.table.value, panel.yaml.value
    panel.controls["leader_rate"].value = 2.0
    panel.controls["inject"].value = True
    assert panel.controls["inject_ability"].layout.display is None
    panel.reset.click()
    assert (panel.chart.value, panel.table.value, panel.yaml.value) == before
    assert panel.controls["inject_ability"].layout.display == "none"


def test_without_widgets_there_is_a_table(panel):
    bundle = panel._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in bundle
    assert "<table" in bundle["text/html"]


def test_an_earlier_day_knows_no_later_model(runs):
    day = levers.pd.Timestamp(runs[0].frontier["date"].to_numpy()[-4]).date()
    cut = levers.cut_on(runs[0], day)
    assert cut.models["date"].max() <= levers.pd.Timestamp(day)
    assert cut.ability.sizes["model"] == len(cut.models)
    assert levers.pd.Timestamp(cut.frontier["date"].to_numpy()[-1]).date() == day
