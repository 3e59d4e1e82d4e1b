"""Chart: which models took which tests."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.transforms import Bbox

from gaplab.params.spec import Params
from gaplab.report.charts.drawing.chart import Chart, framed_chart
from gaplab.report.charts.drawing.marks import write_at
from gaplab.report.charts.drawing.style import BLACK, COLOUR, INK, PHONE_INCHES, QUIET, cut_middle
from gaplab.report.text.names import country_name, long_date, mark_name, short_name


def coverage_chart(coverage: pd.DataFrame, params: Params) -> Chart:
    """Which of the 60 newest models took which of the 40 commonest tests.

    Parameters
    ----------
    coverage : DataFrame
        What `coverage_table` gives.
    """
    cells = coverage.dropna(subset=["benchmark"])
    named = coverage.drop_duplicates("model").sort_values("date").tail(60)
    cells = cells[cells["model"].isin(named["model"])]
    common = cells["benchmark"].value_counts().head(40).index
    cells = cells[cells["benchmark"].isin(common)]
    order = cells.drop_duplicates("benchmark").sort_values(["domain", "benchmark"])
    share = len(cells) / max(1, len(named) * len(order))
    count = named.groupby("country").size().to_frame("models").join(cells.groupby("country").size().rename("cells"))

    def draw(axes: Axes, small: bool) -> None:
        columns = named.tail(22) if small else named
        down = _write_tests(axes, order, 1.5 if small else 2.0)
        _draw_cells(axes, cells, {name: number for number, name in enumerate(columns["model"])}, down, params)
        _draw_header(axes, columns, params)
        axes.set_ylim(max(down.values(), default=0.0) + 0.7, 0.4)
        axes.set(xlim=(-0.6, len(columns) - 0.4), xticks=[], yticks=[])
        axes.grid(False)
        axes.spines["bottom"].set_visible(False)
        if small:
            box = axes.get_position()
            axes.set_position(Bbox.from_extents(1.65 / PHONE_INCHES, box.y0, box.x1, box.y1))

    lines = len(order) + 1.5 * order["domain"].nunique()
    whose = f"{country_name(params.leader)} and {country_name(params.follower)}"
    readings = "; ".join(f"{short_name(r.Index)}: {r.models} models, {r.cells} scores" for r in count.itertuples())
    return framed_chart(
        draw,
        name="coverage",
        title=f"{share:.0%} of {len(named)} models × {len(order)} tests have a score",
        subtitle=f"Newest models of {whose} by the tests that most took, as of {long_date(params.as_of)}",
        alt=f"A grid of models and tests, a cell filled where a score exists: {share:.0%} of the cells. {readings}.",
        caption=(
            "Each column is a model, oldest left; each row a test, grouped by domain. Dark: measured by somebody "
            "independent (governments, evaluators, leaderboards). Pale with a dot: the developer's own score only. "
            "White: no score; the model fills no gap, it only knows less."
        ),
        data=cells.reset_index(drop=True),
        heights=(1.5 + 0.155 * lines, 1.8 + 0.16 * lines),
        sides=(2.2, 0.12),
        above=0.3,
    )


def _write_tests(axes: Axes, order: pd.DataFrame, room: float) -> dict[str, float]:
    """The names of domains and tests at the left, in so many inches; the height of each test."""
    down, line, last = {}, 0.0, None
    for row in order.itertuples():
        if row.domain != last:
            line += 1.5
            write_at(axes, row.domain, 0, line - 0.1, right=-4, ha="right", weight="bold")
            last = row.domain
        line += 1
        down[row.benchmark] = line
        write_at(axes, cut_middle(row.benchmark, room, 7.5), 0, line, right=-4, ha="right", size=7.5)
    return down


def _draw_cells(
    axes: Axes, cells: pd.DataFrame, across: dict[str, int], down: dict[str, float], params: Params
) -> None:
    drawn = cells[cells["model"].isin(across)]
    for role, colour in COLOUR.items():
        part = drawn[drawn["country"] == getattr(params, role)]
        for independent, alpha in ((True, 0.95), (False, 0.3)):
            some = part[part["independent"] == independent]
            x, y = [across[name] for name in some["model"]], [down[name] for name in some["benchmark"]]
            axes.plot(x, y, "s", ms=4.8, color=colour, alpha=alpha, mew=0)
            if not independent:
                axes.plot(x, y, ".", ms=2.5, color=BLACK)


def _draw_header(axes: Axes, columns: pd.DataFrame, params: Params) -> None:
    """Above the columns: whose each model is, the first and the last date, and what the colours are."""
    for number, row in enumerate(columns.itertuples()):
        role = "leader" if row.country == params.leader else "follower"
        axes.plot(number, 0.6, "v", ms=3, color=COLOUR[role], clip_on=False)
    style = {"textcoords": "offset points", "size": 8, "annotation_clip": False}
    for x, row, side in ((0, columns.iloc[0], "left"), (len(columns) - 1, columns.iloc[-1], "right")):
        axes.annotate(f"{row['date']:%b %Y}", (x, 0.2), xytext=(0, 3), ha=side, color=QUIET, **style)
    for right, role in zip((-12 - 8 * len(mark_name(params.follower)), -6), COLOUR, strict=True):
        axes.annotate(
            f"▼ {mark_name(getattr(params, role))}", (0, 0.2), xycoords=("axes fraction", "data"), xytext=(right, 3),
            ha="right", weight="bold", color=INK[role], **style,
        )  # fmt: skip
