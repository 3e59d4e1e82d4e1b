"""Chart: the steps from one number to another as a waterfall."""

from __future__ import annotations

from matplotlib.axes import Axes

from gaplab.questions.bridge.steps import Bridge
from gaplab.report.charts.drawing.chart import Chart, framed_chart
from gaplab.report.charts.drawing.interval_rows import IntervalRows
from gaplab.report.text.bridge import bridge_caption, bridge_title, endpoint_in_sentence, endpoint_label, step_label
from gaplab.report.text.numbers import format_number, signed_months


def bridge_chart(bridge: Bridge) -> Chart:
    """The single changes that lead from one published number to another, one under the other."""
    steps, params = bridge.steps, bridge.start.reading.run
    start, end = (endpoint_label(one, params) for one in (bridge.start, bridge.end))

    def draw(axes: Axes, small: bool) -> None:
        column = IntervalRows(axes, small)
        column.reach = []
        column.end(start, bridge.first)
        at = bridge.first
        for _, row in steps.iterrows():
            column.step(step_label(row, bridge), at, at + row["months"], explained=row["step"] != "not explained")
            at += row["months"]
        column.end(end, bridge.last)
        column.finish(before=0.6)

    listed = "; ".join(
        f"{': '.join(step_label(row, bridge))}, {signed_months(row['months'])}" for _, row in steps.iterrows()
    )
    return framed_chart(
        draw,
        name="bridge",
        title=bridge_title(bridge),
        subtitle=(
            f"Months that each single change adds on the way from {endpoint_in_sentence(bridge.start, params)} to "
            f"{endpoint_in_sentence(bridge.end, params)}, averaged over every order"
        ),
        alt=(
            f"Steps from {format_number(bridge.first)} months ({start}) to {format_number(bridge.last)} months "
            f"({end}): {listed or 'none'}."
        ),
        caption=bridge_caption(bridge),
        data=steps.reset_index(drop=True),
        heights=(1.9 + 0.42 * (len(steps) + 2), 2.3 + 0.66 * (len(steps) + 2)),
        sides=(0.1, 0.1),
        above=0.34,
    )
