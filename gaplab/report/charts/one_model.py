"""Charts: one model beside the frontier of the leader, and its scores beside the best of the leader."""

from __future__ import annotations

import matplotlib.dates as mdates
import pandas as pd
from matplotlib.axes import Axes

from gaplab.gap import summary
from gaplab.params.spec import Params
from gaplab.posterior import Posterior
from gaplab.report.charts.chart import Chart, framed_chart
from gaplab.report.charts.interval_rows import IntervalRows
from gaplab.report.charts.marks import draw_band, draw_lag_arrow, label_end
from gaplab.report.charts.style import BEHIND_TEXT, COLOUR, INK
from gaplab.report.text.names import country_name, frontier_name, long_date
from gaplab.report.text.numbers import format_number
from gaplab.report.text.phrases import interval_phrase, model_standing, pick_row, value_and_unit
from gaplab.results.columns import percent_label
from gaplab.results.over_time import band_rows, model_rows, on_display_scale


def placed_chart(posterior: Posterior, table: pd.DataFrame, model: str) -> Chart:
    """One model of the follower beside the leader's frontier, with its lag as an arrow.

    Parameters
    ----------
    posterior : Posterior
    table : DataFrame
        A `tables.gap_table` that lists the model.
    model : str
    """
    params, models = posterior.params, posterior.models
    draws, unit = on_display_scale(posterior, posterior.frontier)
    band = summary.band(draws.sel(country=params.leader), params.prob)
    shown, _ = on_display_scale(posterior, posterior.ability)
    level = summary.median(shown).to_series()
    low, high = summary.interval(shown.sel(model=model), params.prob).to_numpy()
    middle = level[model]
    date, lag = models.loc[model, "date"], pick_row(table, "model_lag", model)
    models = models.assign(level=level)
    near = models[models["level"] > middle - 25]

    def draw(axes: Axes, small: bool) -> None:
        since = date - pd.DateOffset(months=14 if small else 22)
        leading = band[band.index >= since]
        draw_band(axes, leading, COLOUR["leader"])
        label_end(axes, band.index[-1], band["median"].iloc[-1], params.leader, INK["leader"])
        for role in COLOUR:
            dots = near[(near["country"] == getattr(params, role)) & (near["date"] >= since)]
            axes.scatter(dots["date"], dots["level"], s=9, color=COLOUR[role], alpha=0.4, linewidth=0)
        axes.plot([date, date], [low, high], color=COLOUR["follower"], lw=3, alpha=0.55, solid_capstyle="butt")
        axes.plot(date, middle, "o", ms=8, color=COLOUR["follower"], mec="white", mew=1.2, zorder=5)
        axes.set_xlim(leading.index[0], max(band.index[-1], date))
        axes.set_ylim(min(low, leading["outer_low"].min()) - 2, band["outer_high"].iloc[-1] + 3)
        axes.xaxis.set_major_locator(mdates.MonthLocator(bymonth=(1, 7)))
        draw_lag_arrow(axes, middle, date, lag)
        axes.annotate(
            model,
            (date, low),
            xytext=(0, -4),
            textcoords="offset points",
            ha="right" if date > band.index[-1] - pd.DateOffset(months=4) else "center",
            va="top",
            size=9,
            weight="bold",
            color=INK["follower"],
            bbox=BEHIND_TEXT,
        )

    dots = model_rows(near)
    return framed_chart(
        draw,
        name="placed",
        title=_placed_title(lag, model, params),
        subtitle=_placed_subtitle(unit, params),
        alt=_placed_alt(lag, model, (low, middle, high), unit, params),
        caption=_placed_caption(params),
        data=pd.concat([band_rows(band, params.leader), dots], ignore_index=True),
        heights=(4.6, 4.4),
        sides=(0.42, 0.75),
    )


def model_scores_chart(scores: pd.DataFrame, model: str, params: Params) -> Chart:
    """The scores of a model beside the leader's best on the same tests.

    Parameters
    ----------
    scores : DataFrame
        What `dossier.scores` gives.
    model : str
    params : Params
    """
    rows = compared_scores(scores)

    def draw(axes: Axes, small: bool) -> None:
        column = IntervalRows(axes, small)
        for domain, part in rows.groupby("domain", sort=True):
            column.heading(str(domain).capitalize())
            for _, row in part.iterrows():
                column.pair(row["benchmark"], (100 * row["best_score"], 100 * row["score"]), f"{row['score']:.0%}")
        column.finish()
        axes.set_xlim(0, 108)  # room for the label of 100%
        axes.xaxis.set_major_formatter(lambda value, _: f"{value:.0f}%")

    lines = len(rows) + 1.4 * rows["domain"].nunique()
    return framed_chart(
        draw,
        name="model_scores",
        title=_scores_title(scores, model, params),
        subtitle=_scores_subtitle(model, params),
        alt=_scores_alt(scores, model, params),
        caption=_scores_caption(params),
        data=scores,
        heights=(1.75 + 0.25 * lines, 2.0 + 0.37 * lines),
        sides=(0.1, 0.1),
        above=0.34,
    )


def _placed_title(lag: pd.Series, model: str, params: Params) -> str:
    """The finding of the chart that places one model."""
    where = " ".join(part for part in value_and_unit(lag) if part)
    return f"{model}: {where} {country_name(params.leader)} when it came out"


def _placed_subtitle(unit: str, params: Params) -> str:
    """What is drawn on the chart that places one model."""
    scale = "points: Claude 3.5 Sonnet = 130, GPT-5 = 150" if unit == "points" else "logits"
    return f"Ability of the model beside {frontier_name(params.leader)} ({scale}), as of {long_date(params.as_of)}"


def _placed_alt(lag: pd.Series, model: str, level_of: tuple[float, float, float], unit: str, params: Params) -> str:
    """The chart that places one model, for those who do not see it."""
    low, middle, high = level_of
    return (
        f"The rising line of {frontier_name(params.leader)}, and {model} as a dot at {format_number(middle)} {unit} "
        f"({percent_label(params.prob)}% interval {format_number(low)} to {format_number(high)}). "
        f"{model_standing(lag, params)}, {interval_phrase(lag, params.prob)}: an arrow marks it. Small dots are other "
        "models of both countries."
    )


def _placed_caption(params: Params) -> str:
    """How to read the chart that places one model."""
    return (
        f"Line: {frontier_name(params.leader)}, with the bands that hold it with probability 50% and "
        f"{percent_label(params.prob)}%. The bar through the large dot is the {percent_label(params.prob)}% interval "
        f"of the model. The arrow goes from the day {country_name(params.leader)} stood there to the day the model "
        "came out."
    )


def _scores_title(scores: pd.DataFrame, model: str, params: Params) -> str:
    """The finding of the chart of a model's scores."""
    compared = compared_scores(scores)
    ahead = int((compared["score"] >= compared["best_score"]).sum())
    if compared.empty:
        return f"No test that {model} took has a score of {country_name(params.leader)}"
    return (
        f"{model} is level with or above the best of {country_name(params.leader)} on {ahead or 'none'} of "
        f"{len(compared)} tests"
    )


def compared_scores(scores: pd.DataFrame) -> pd.DataFrame:
    """The highest score of every test in fractions on which the leader was tested too."""
    known = scores[(scores["link"] == "logit") & scores["best_score"].notna()]
    return known.sort_values("score").drop_duplicates("benchmark", keep="last").sort_values(["domain", "benchmark"])


def _scores_subtitle(model: str, params: Params) -> str:
    """What is drawn on the chart of a model's scores."""
    return (
        f"Share of questions solved: {model} (dot) and the best model of {country_name(params.leader)} that was out "
        f"by then (diamond), as of {long_date(params.as_of)}"
    )


def _scores_alt(scores: pd.DataFrame, model: str, params: Params) -> str:
    """The chart of a model's scores for those who do not see it."""
    readings = "; ".join(
        f"{r.benchmark} {r.score:.0%} against {r.best_score:.0%} ({r.best})"
        for r in compared_scores(scores).itertuples()
    )
    return f"Test by test, the score of {model} and the best of {country_name(params.leader)}: {readings or 'none'}."


def _scores_caption(params: Params) -> str:
    """How to read the chart of a model's scores."""
    return (
        f"Filled dot: the model. Diamond: the best score that any model of {country_name(params.leader)} out on that "
        "day has on the same test. Best of several is a lucky pick: the numbers above allow for that, this chart does "
        "not."
    )
