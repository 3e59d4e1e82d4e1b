"""Chart: the lag of the last two years and its forecast."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from gaplab.params.spec import Params
from gaplab.report.charts.drawing.chart import Chart, framed_chart
from gaplab.report.charts.drawing.marks import draw_band, label_ends, mark_half_years, note_bands
from gaplab.report.charts.drawing.style import BLACK, COLOUR, GREY, INK, QUIET
from gaplab.report.text.forecast import coming_lag_phrase, coming_range_phrase, forecast_subtitle, pick_horizon
from gaplab.report.text.names import country_name, frontier_name, long_date, side_word, that_came
from gaplab.report.text.phrases import interval_bounds, is_behind
from gaplab.report.text.scenarios import lever_sentences, scenario_phrase
from gaplab.results.columns import percent_label
from gaplab.results.forecast import ForecastFan
from gaplab.results.over_time import change_verdict


def forecast_chart(fan: ForecastFan, counted: pd.Series | None = None) -> Chart:
    """The lags of the last two years and their forecast: latent line and fan, saw-tooth, nowcast; and the baseline.

    Parameters
    ----------
    counted : Series, optional
        Row of `gap_table` with a nowcast: the `released_lag` with the models
        that are out but not scored yet. It is marked on the as-of date.
    """
    params, table = fan.params, fan.table
    parts = {
        name: rows.set_index("date").drop(columns="series") for name, rows in fan.bands.groupby("series", sort=False)
    }
    past, sawtooth = parts["frontier_lag, past"], parts["released_lag, past"]["median"]
    ahead, teeth, plain = (parts.get(name) for name in ("frontier_lag", "released_lag", "frontier_lag, baseline"))
    start, end = ahead.index[[0, -1]]

    def draw(axes: Axes, small: bool) -> None:
        highest = max(
            *(frame["outer_high"].max() for frame in (past, ahead, plain) if frame is not None), sawtooth.max()
        )
        lowest = max(min(frame["outer_low"].min() for frame in (past, ahead)), -0.7 * highest)
        for band in (past, ahead):
            draw_band(axes, band.clip(lower=lowest - 5), COLOUR["follower"])
        axes.plot(teeth.index, teeth["median"].clip(lower=lowest - 5), color=QUIET, lw=0.9)
        axes.plot(sawtooth.index, sawtooth, color=QUIET, lw=0.9)
        if counted is not None and np.isfinite(counted["median"]):
            axes.plot([start] * 2, interval_bounds(counted, params.prob), color=BLACK, lw=1.4, solid_capstyle="butt")
            axes.plot(start, counted["median"], "D", ms=5, color="white", mec=BLACK, mew=1.2, zorder=5)
        if plain is not None:
            axes.plot(plain.index, plain["median"], color=BLACK, lw=1.2, ls=(0, (4, 3)))
        axes.axvline(start, color=GREY, lw=0.8)
        axes.axhline(0, color=GREY, lw=0.8)
        axes.set_xlim(past.index[0], end)
        axes.set_ylim(lowest, 1.05 * highest)
        note_bands(axes, {"frontier to frontier": pd.concat([past.iloc[:-1], ahead])}, "months")
        mark_half_years(axes, small)
        ends = [(ahead, "frontier", INK["follower"]), (teeth, "released", QUIET), (plain, "baseline", BLACK)]
        label_ends(axes, end, [(band["median"].iloc[-1], *rest) for band, *rest in ends if band is not None])

    return framed_chart(
        draw,
        name="gap_forecast",
        title=_title(table, params),
        subtitle=forecast_subtitle(params),
        alt=_alt(table, fan.baseline, params),
        caption=_caption(
            params, scenario=plain is not None, nowcast=counted is not None, below=ahead["outer_low"].min() < 0
        ),
        data=fan.bands,
        heights=(4.4, 4.4),
        sides=(0.42, 1.3),
    )


def _title(table: pd.DataFrame, params: Params) -> str:
    """Which way the lag goes within a year, if the draws agree, and in which scenario."""
    prob, scenario = params.prob, scenario_phrase(params)
    when = f"In a year, in {scenario}" if scenario else "In a year"
    year = pick_horizon(table, "frontier_lag", 12)
    verdict = change_verdict(year["p_widened"])
    if verdict is None:
        return f"{when}: {coming_range_phrase(year, prob)}; the direction is open"
    probably, longer = verdict
    return f"{when}: {coming_range_phrase(year, prob)}, {probably}{'longer' if longer else 'shorter'} than now"


def _alt(table: pd.DataFrame, baseline: pd.DataFrame | None, params: Params) -> str:
    def readings(rows: pd.DataFrame) -> str:
        frontier = rows[rows["definition"] == "frontier_lag"]
        return "; ".join(
            f"{long_date(row['date'])} {coming_lag_phrase(row, params.prob)}" for _, row in frontier.iterrows()
        )

    text = (
        f"A line with bands: months {is_behind(params, frontier_name)}, with {percent_label(params.prob)}% intervals "
        f"that open like a fan after {long_date(params.as_of)}: {readings(table)}."
    )
    return text if baseline is None else f"{text} A dashed line shows it without the scenario: {readings(baseline)}."


def _caption(params: Params, *, scenario: bool, nowcast: bool, below: bool) -> str:
    text = (
        f"Thick line: middle of the draws; dark band: 50%, pale band: {percent_label(params.prob)}%. Thin line: the "
        f"same read from the best model {that_came(params.follower, 'will have')}; it steps up at first, since models "
        "to come are taken to fall short of the frontier as past ones did, most by more than the best of that day. "
    )
    if below:
        text += f"Below zero {country_name(params.follower)} is ahead. "
    if nowcast:
        text += "Diamond: the thin line on that day with the models counted that are out but not scored yet. "
    if scenario:
        text += f"Dashed: without the scenario. {' '.join(lever_sentences(params))} "
    return text + (
        "Four shapes of the future weigh equally, since the past does not say which is right: each "
        f"{side_word(params)} drifting on its own, catching up, straight lines since 2024, and the lag of that day."
    )
