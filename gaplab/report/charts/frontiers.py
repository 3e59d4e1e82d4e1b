"""Chart: both frontiers, the models and today's lag as an arrow."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes

from gaplab.params.spec import Params
from gaplab.report.charts.drawing.chart import Chart, framed_chart
from gaplab.report.charts.drawing.free_spots import name_models
from gaplab.report.charts.drawing.marks import (
    draw_band,
    draw_lag_arrow,
    label_end,
    lag_arrow_start,
    mark_half_years,
    note_bands,
    room_for,
)
from gaplab.report.charts.drawing.style import COLOUR, INK
from gaplab.report.text.names import country_name, frontier_name, long_date, mark_name, models_of, side_word
from gaplab.report.text.numbers import format_number
from gaplab.report.text.phrases import (
    arrow_label,
    counted_as_of,
    frontiers_sentence,
    interval_phrase,
    pick_row,
    scale_in_words,
)
from gaplab.results.columns import percent_label
from gaplab.results.over_time import AbilityHistory, band_rows, model_rows


def frontiers_chart(history: AbilityHistory, table: pd.DataFrame, params: Params) -> Chart:
    """Both frontiers with their bands, recent record models, and the `frontier_lag` of a `gap_table` as an arrow."""
    bands, models = history.bands, history.models
    records = {role: models[models["record"] & (models["country"] == getattr(params, role))] for role in COLOUR}
    today = pick_row(table, "frontier_lag", params.follower)

    unit, described_since = history.unit, bands["leader"].index[-1] - pd.DateOffset(months=30)

    def draw(axes: Axes, small: bool) -> None:
        months, names = (18, 4) if small else (30, 7)
        since = bands["leader"].index[-1] - pd.DateOffset(months=months)
        _draw_frontiers(axes, bands, params, since)
        level, end = bands["follower"]["median"].iloc[-1], bands["follower"].index[-1]
        draw_lag_arrow(axes, level, end, today)
        for role, best in records.items():
            ours, colour = models[models["country"] == getattr(params, role)], COLOUR[role]
            axes.scatter(ours["date"], ours["level"], s=8, color=colour, alpha=0.35, linewidth=0)
            axes.scatter(best["date"], best["level"], s=22, color=colour, edgecolor="white", linewidth=0.7, zorder=3)
        named = {role: rows[rows["date"] >= since].tail(names) for role, rows in records.items()}
        lines = [band["median"] for band in bands.values()]
        note_bands(
            axes, {getattr(params, role): band[band.index >= described_since] for role, band in bands.items()}, unit
        )
        name_models(axes, named, lines, models, arrow=(lag_arrow_start(end, today), end, level))

    rows = [band_rows(band, getattr(params, role)) for role, band in bands.items()]
    return framed_chart(
        draw,
        name="frontiers",
        title=frontiers_sentence(today) + ("" if params.domain == "all" else f" in {params.domain}"),
        subtitle=(
            f"Ability of the most capable AI attainable in each {side_word(params)} ({scale_in_words(history.unit)}), "
            f"{counted_as_of(params)}"
        ),
        alt=_alt(history, {role: rows.tail(7) for role, rows in records.items()}, today, params),
        caption=(
            f"Line: the middle estimate of the best AI attainable, a {side_word(params)}'s frontier. Dark band: it "
            f"lies there with probability 50%; pale band: {percent_label(params.prob)}%. Dots are models; large dots "
            f"were the best of their {side_word(params)} when they came out. A model lies at or below its line, since "
            "a single release seldom reaches all that was attainable, and the line never falls."
            f"{_shortfall(bands, models, params)}"
        ),
        data=pd.concat([*rows, model_rows(models)], ignore_index=True),
        heights=(5.4, 5.2),
        sides=(0.42, room_for(mark_name(params.leader), mark_name(params.follower))),
    )


def _shortfall(bands: dict[str, pd.DataFrame], models: pd.DataFrame, params: Params) -> str:
    """How far the follower's best model lies below the end of its line; empty where none does."""
    ours = models[models["country"] == params.follower]
    end, best = bands["follower"]["median"].iloc[-1], ours["level"].max()
    if not best < end:
        return ""
    return (
        f" No model of {country_name(params.follower)} stands where its line ends, at {format_number(end)}: its best, "
        f"{ours['level'].idxmax()}, is at {format_number(best)}. The lag from frontier to frontier is read from the "
        "line, that of the best released model from the model."
    )


def _draw_frontiers(axes: Axes, bands: dict[str, pd.DataFrame], params: Params, since: pd.Timestamp) -> None:
    for role, band in bands.items():
        recent = band[band.index >= since]
        draw_band(axes, recent, COLOUR[role])
        label_end(axes, band.index[-1], band["median"].iloc[-1], mark_name(getattr(params, role)), INK[role])
    start, end = recent.index[[0, -1]]
    axes.set_xlim(start, end)
    mark_half_years(axes)
    low = min(band.loc[start, "outer_low"] for band in bands.values())
    high = max(band["outer_high"].iloc[-1] for band in bands.values())
    axes.set_ylim(low - 0.05 * (high - low), high + 0.12 * (high - low))


def _alt(history: AbilityHistory, named: dict[str, pd.DataFrame], today: pd.Series, params: Params) -> str:
    parts = [
        f"Two rising lines, the AI frontiers of {country_name(params.leader)} and {country_name(params.follower)}."
    ]
    for role, band in history.bands.items():
        last = band.iloc[-1]
        parts.append(
            f"On {long_date(band.index[-1])} {frontier_name(getattr(params, role))} is at "
            f"{format_number(last['median'])} {history.unit} ({percent_label(params.prob)}% interval "
            f"{format_number(last['outer_low'])} to {format_number(last['outer_high'])})."
        )
    if arrow_label(today):
        parts.append(
            f"An arrow marks the distance in time: {frontiers_sentence(today)}, {interval_phrase(today, params.prob)}."
        )
    for role, models in named.items():
        if len(models):
            names = ", ".join(f"{model} ({when:%B %Y})" for model, when in models["date"].items())
            parts.append(f"Latest record {models_of(getattr(params, role))}: {names}.")
    return " ".join(parts)
