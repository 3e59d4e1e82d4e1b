"""Chart: which models took which tests."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.transforms import Bbox

from gaplab.params.spec import Params
from gaplab.report.charts.chart import Chart, framed_chart
from gaplab.report.charts.style import BLACK, COLOUR, INK, PHONE_INCHES, QUIET, cut_middle
from gaplab.report.text.names import country_name, long_date


def coverage_chart(coverage: pd.DataFrame, params: Params, *, models: int = 60, tests: int = 40) -> Chart:
    """Which of the newest models took which of the commonest tests.

    Parameters
    ----------
    coverage : DataFrame
        What `tables.coverage_table` gives: model, country, date, benchmark,
        domain, independent.
    params : Params
    models, tests : int
        How many columns and rows at most.
    """
    cells = coverage.dropna(subset=["benchmark"])
    named = coverage.drop_duplicates("model").sort_values("date").tail(models)
    cells = cells[cells["model"].isin(named["model"])]
    common = cells["benchmark"].value_counts().head(tests).index
    cells = cells[cells["benchmark"].isin(common)]
    order = cells.drop_duplicates("benchmark").sort_values(["domain", "benchmark"])
    share = len(cells) / max(1, len(named) * len(order))
    counts = named.groupby("country").agg(models=("model", "size")).join(
        cells.groupby("country").agg(cells=("benchmark", "size"))
    )  # fmt: skip

    def draw(axes: Axes, small: bool) -> None:
        shown = named.tail(22) if small else named
        across = {name: number for number, name in enumerate(shown["model"])}
        down, line, last = {}, 0.0, None
        for row in order.itertuples():
            if row.domain != last:
                line += 1.5
                axes.annotate(
                    row.domain,
                    (0, line - 0.1),
                    xycoords=("axes fraction", "data"),
                    xytext=(-4, 0),
                    textcoords="offset points",
                    ha="right",
                    va="center",
                    size=8,
                    weight="bold",
                    annotation_clip=False,
                )
                last = row.domain
            line += 1
            down[row.benchmark] = line
            axes.annotate(
                cut_middle(row.benchmark, 1.5 if small else 2.0, 7.5),
                (0, line),
                xycoords=("axes fraction", "data"),
                xytext=(-4, 0),
                textcoords="offset points",
                ha="right",
                va="center",
                size=7.5,
                annotation_clip=False,
            )
        drawn = cells[cells["model"].isin(across)]
        for role, colour in COLOUR.items():
            part = drawn[drawn["country"] == getattr(params, role)]
            for independent, alpha in ((True, 0.95), (False, 0.3)):
                some = part[part["independent"] == independent]
                x, y = [across[name] for name in some["model"]], [down[name] for name in some["benchmark"]]
                axes.plot(x, y, "s", ms=4.8, color=colour, alpha=alpha, mew=0)
                if not independent:
                    axes.plot(x, y, ".", ms=2.5, color=BLACK)
        for number, row in enumerate(shown.itertuples()):
            role = "leader" if row.country == params.leader else "follower"
            axes.plot(number, 0.6, "v", ms=3, color=COLOUR[role], clip_on=False)
        for x, row, side in ((0, shown.iloc[0], "left"), (len(shown) - 1, shown.iloc[-1], "right")):
            axes.annotate(
                f"{row['date']:%b %Y}",
                (x, 0.2),
                xytext=(0, 3),
                textcoords="offset points",
                ha=side,
                size=8,
                color=QUIET,
                annotation_clip=False,
            )
        for number, role in enumerate(COLOUR):
            axes.annotate(
                f"▼ {getattr(params, role)}",
                (0, 0.2),
                xycoords=("axes fraction", "data"),
                xytext=((-52, -6)[number], 3),
                textcoords="offset points",
                ha="right",
                size=8,
                weight="bold",
                color=INK[role],
                annotation_clip=False,
            )
        axes.set_xlim(-0.6, len(shown) - 0.4)
        axes.set_ylim(line + 0.7, 0.4)
        axes.set_yticks([])
        axes.set_xticks([])
        axes.grid(False)
        axes.spines["bottom"].set_visible(False)
        if small:
            box = axes.get_position()
            axes.set_position(Bbox.from_extents(1.65 / PHONE_INCHES, box.y0, box.x1, box.y1))

    lines = len(order) + 1.5 * order["domain"].nunique()
    return framed_chart(
        draw,
        name="coverage",
        title=_title(share, len(named), len(order)),
        subtitle=_subtitle(params),
        alt=_alt(counts.reset_index(), share, params),
        caption=_caption(),
        data=cells.reset_index(drop=True),
        heights=(1.5 + 0.155 * lines, 1.8 + 0.16 * lines),
        sides=(2.2, 0.12),
        above=0.3,
    )


def _title(share: float, models: int, tests: int) -> str:
    """The finding of the coverage map."""
    return f"{share:.0%} of {models} models × {tests} tests have a score"


def _subtitle(params: Params) -> str:
    """What is drawn on the coverage map."""
    whose = f"{country_name(params.leader)} and {country_name(params.follower)}"
    return f"Newest models of {whose} by the tests that most took, as of {long_date(params.as_of)}"


def _alt(counts: pd.DataFrame, share: float, params: Params) -> str:
    """The coverage map for those who do not see it."""
    readings = "; ".join(f"{r.country}: {r.models} models, {r.cells} scores" for r in counts.itertuples())
    return f"A grid of models and tests, a cell filled where a score exists: {share:.0%} of the cells. {readings}."


def _caption() -> str:
    """How to read the coverage map."""
    return (
        "Each column is a model, oldest left; each row a test, grouped by domain. Dark: measured by somebody "
        "independent (governments, evaluators, leaderboards). Pale with a dot: the developer's own score only. White: "
        "no score; the model fills no gap, it only knows less."
    )
