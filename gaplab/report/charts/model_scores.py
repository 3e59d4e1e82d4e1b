"""Chart: the scores of one model beside the best of the leader on the same tests."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes

from gaplab.params.spec import Params
from gaplab.questions.dossier import comparable_scores
from gaplab.report.charts.drawing.chart import Chart, framed_chart
from gaplab.report.charts.drawing.interval_rows import IntervalRows
from gaplab.report.text.names import country_name, long_date, models_of


def model_scores_chart(scores: pd.DataFrame, model: str, params: Params) -> Chart:
    """The scores of a model, from `scores_of_model`, beside the leader's best on the same tests."""
    rows = comparable_scores(scores)

    def draw(axes: Axes, small: bool) -> None:
        column = IntervalRows(axes, small)
        for domain, part in rows.groupby("domain", sort=True):
            column.heading(str(domain).capitalize())
            for _, row in part.iterrows():
                column.pair(row["benchmark"], (100 * row["best_score"], 100 * row["score"]), f"{row['score']:.0%}")
        column.finish()
        axes.set_xlim(0, 108)  # room for the label of 100%
        axes.xaxis.set_major_formatter(lambda value, _: f"{value:.0f}%")

    lines, leader = len(rows) + 1.4 * rows["domain"].nunique(), country_name(params.leader)
    rival = models_of(params.leader, "model")
    ahead = int((rows["score"] >= rows["best_score"]).sum())
    readings = "; ".join(
        f"{r.benchmark} {r.score:.0%} against {r.best_score:.0%} ({r.best})" for r in rows.itertuples()
    )
    return framed_chart(
        draw,
        name="model_scores",
        title=(
            f"No test that {model} took has a score of {leader}"
            if rows.empty
            else f"{model} is level with or above the best of {leader} on {ahead or 'none'} of {len(rows)} tests"
        ),
        subtitle=(
            f"Share of questions solved: {model} (dot) and the best {rival} that was out by then (diamond), "
            f"as of {long_date(params.as_of)}"
        ),
        alt=f"Test by test, the score of {model} and the best of {leader}: {readings or 'none'}.",
        caption=(
            f"Filled dot: the model. Diamond: the best score that any {rival} out on that day has on the same "
            "test. Best of several is a lucky pick: the numbers above allow for that, this chart does not."
        ),
        data=scores,
        heights=(1.75 + 0.19 * lines, 2.0 + 0.37 * lines),
        sides=(0.1, 0.1),
        above=0.34,
    )
