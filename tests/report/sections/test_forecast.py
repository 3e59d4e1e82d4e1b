"""Sentences and charts of the forecast say what the tables say."""

from __future__ import annotations

import pandas as pd
import pytest
from support.forecasts import world

from gaplab.outlook import scenarios
from gaplab.report.charts.catch_up import catch_up_chart
from gaplab.report.charts.forecast import forecast_chart
from gaplab.report.sections.forecast import forecast_finding
from gaplab.report.text.forecast import coming_lag_phrase, threshold_table
from gaplab.report.text.numbers import format_months
from gaplab.results.forecast import catch_up_table, forecast_fan, forecast_table


def test_sentences_and_charts_say_what_the_tables_say():
    comparison = scenarios.compare(world(draws=100))
    params = comparison.scenario.posterior.params
    table = forecast_table(comparison.scenario)
    text = forecast_finding(table, params).text
    row = table[(table["definition"] == "frontier_lag") & (table["horizon"] == 12)].iloc[0]
    assert format_months(row["median"]) in text
    chart = forecast_chart(forecast_fan(comparison))
    assert format_months(row["median"]) in chart.alt
    assert forecast_chart(forecast_fan(comparison)).svg() == chart.svg()
    dates = catch_up_table(comparison.scenario)
    assert "GPT-5.5" in catch_up_chart(dates, params).alt
    assert "not counted in this run" in catch_up_chart(dates, params).alt
    assert len(threshold_table(table, params)) == len(table)


@pytest.mark.parametrize(
    ("median", "said"), [(-0.04, "level"), (0.0, "level"), (0.06, "0.1 months behind"), (-0.06, "0.1 months ahead")]
)
def test_a_lag_that_rounds_to_nothing_is_level(median, said):
    row = pd.Series({"median": median, "lower_80": -6.8, "upper_80": 15.8})
    assert coming_lag_phrase(row, 0.8) == f"{said} (80% interval 6.8 ahead to 15.8 behind)"
