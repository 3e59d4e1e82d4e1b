"""Chart: skill of past forecasts over the simple forecast that was best so far."""

from __future__ import annotations

import pandas as pd

from gaplab.report.charts.drawing.chart import Chart
from gaplab.report.charts.drawing.interval_rows import ranked_rows_chart
from gaplab.report.text.record import TARGET_NAMES, skill_with_interval


def skill_chart(summary: pd.DataFrame) -> Chart:
    """Skill of our forecast over the simple one that was best so far, by target and horizon: a `backtest_summary`."""
    rows = summary[summary["forecaster"] == "stack"]
    labels = [f"{TARGET_NAMES[r.target]}, {int(r.horizon_months)} months, {r.kind}" for r in rows.itertuples()]
    readings = zip(labels, rows.iterrows(), strict=True)
    newest = rows[rows["kind"] == summary["kind"].iloc[-1]]
    better = int((newest["skill_lower"] > 0).sum())
    return ranked_rows_chart(
        labels,
        *(100 * rows[name].to_numpy() for name in ("skill", "skill_lower", "skill_upper")),
        name="record",
        title=(
            f"On past days our forecast beat the simple one that was best so far in {better} of {len(newest)} cases"
            if better
            else "On past days our forecast shows no skill over the simple one that was best so far"
        ),
        subtitle=(
            "Per cent of that forecast's error saved; bar: 90% interval, where days were enough for one; right of 0 is "
            "better"
        ),
        alt=" ".join(f"{label}: {skill_with_interval(row)}." for label, (_, row) in readings),
        caption=(
            "Forecasts made on past days against what the last data say of the day they were about. Saved: share of "
            "the mean CRPS of the simple forecast with the smallest error until each day, with a 90% block-bootstrap "
            "interval."
        ),
        data=rows,
        limit=100.0,
    )
