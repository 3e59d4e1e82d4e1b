"""The three main charts, and the texts of a figure."""

from __future__ import annotations

from matplotlib.text import Text

from gaplab import gap
from gaplab.data.load import load
from gaplab.report.charts.definitions import definitions_chart
from gaplab.report.charts.frontiers import frontiers_chart
from gaplab.report.charts.over_time import over_time_chart
from gaplab.results.gap import gap_table


def drawn(posterior):
    table = gap_table(posterior)
    claims = load(as_of=posterior.params.as_of).claims
    newest = gap.newest_record(posterior)
    return {
        "frontiers": frontiers_chart(posterior, table),
        "definitions": definitions_chart(table, claims, newest, posterior.params),
        "gap_over_time": over_time_chart(posterior),
    }


def texts(figure):
    return [text.get_text() for text in figure.findobj(Text) if text.get_text()]
