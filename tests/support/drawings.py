"""The three main charts, and the texts of a figure."""

from __future__ import annotations

from matplotlib.text import Text

from gaplab import gap
from gaplab.data.load import load
from gaplab.report.charts.definitions import definitions_chart
from gaplab.report.charts.frontiers import frontiers_chart
from gaplab.report.charts.over_time import over_time_chart
from gaplab.results.gap import gap_table
from gaplab.results.over_time import ability_history, lag_history


def drawn(posterior):
    claims = load(as_of=posterior.params.as_of).claims
    return {
        "frontiers": frontiers_of(posterior),
        "definitions": definitions_of(posterior, claims),
        "gap_over_time": over_time_chart(lag_history(posterior), posterior.params),
    }


def frontiers_of(posterior):
    return frontiers_chart(ability_history(posterior), gap_table(posterior), posterior.params)


def definitions_of(posterior, claims):
    return definitions_chart(gap_table(posterior), claims, gap.newest_record(posterior), posterior.params)


def texts(figure):
    return [text.get_text() for text in figure.findobj(Text) if text.get_text()]
