"""Chart: the lag of the last two years and its forecast."""

from __future__ import annotations

import matplotlib.dates as mdates
import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from gaplab import gap
from gaplab.gap import summary
from gaplab.outlook import scenarios
from gaplab.outlook.forecast import LAGS
from gaplab.outlook.scenarios import Comparison
from gaplab.params.spec import Params
from gaplab.report.charts.chart import Chart, framed_chart
from gaplab.report.charts.marks import draw_band, label_ends
from gaplab.report.charts.style import BLACK, COLOUR, GREY, INK, QUIET
from gaplab.report.text.forecast import coming_lag_phrase, forecast_subtitle, pick_horizon
from gaplab.report.text.names import country_name, frontier_name, long_date
from gaplab.report.text.scenarios import lever_sentences
from gaplab.results.columns import percent_label
from gaplab.results.forecast import forecast_table
from gaplab.results.over_time import band_rows, released_lag_by_day


def forecast_chart(comparison: Comparison, counted: pd.Series | None = None) -> Chart:
    """The lags of the last two years and their forecast: latent line and fan, saw-tooth, nowcast; and the baseline.

    Parameters
    ----------
    comparison : Comparison
        The baseline is drawn where a lever is set.
    counted : Series, optional
        Row of `tables.gap_table` with a nowcast: the `released_lag` with the
        models that are out but not scored yet. It is marked on the as-of date.
    """
    posterior, draws = comparison.scenario.posterior, comparison.scenario.draws
    params = posterior.params
    past = gap.frontier_lag(posterior.frontier, leader=params.leader, follower=params.follower)
    known = (gap.p_censored(past) < 0.1).to_numpy()
    past = summary.band(past.isel(date=known), params.prob)
    past = past[past.index >= past.index[-1] - pd.DateOffset(months=24)]
    sawtooth = released_lag_by_day(posterior, past.index[0])
    dates = draws["date"].to_numpy()
    fan, teeth = (summary.band(draws[name], params.prob) for name in LAGS)
    moved = bool(scenarios.set_levers(params))
    plain = summary.band(comparison.baseline.draws["frontier_lag"], params.prob)
    table = forecast_table(comparison.scenario)
    baseline = forecast_table(comparison.baseline) if moved else None

    def draw(axes: Axes, small: bool) -> None:
        highest = max(*(frame["outer_high"].max() for frame in (past, fan, plain)), sawtooth.max())
        lowest = max(min(frame["outer_low"].min() for frame in (past, fan)), -0.7 * highest)
        for band in (past, fan):
            draw_band(axes, band.clip(lower=lowest - 5), COLOUR["follower"])
        axes.plot(teeth.index, teeth["median"].clip(lower=lowest - 5), color=QUIET, lw=0.9)
        axes.plot(sawtooth.index, sawtooth, color=QUIET, lw=0.9)
        if counted is not None and np.isfinite(counted["median"]):
            bounds = [counted[f"{side}_{percent_label(params.prob)}"] for side in ("lower", "upper")]
            axes.plot([dates[0]] * 2, bounds, color=BLACK, lw=1.4, solid_capstyle="butt")
            axes.plot(dates[0], counted["median"], "D", ms=5, color="white", mec=BLACK, mew=1.2, zorder=5)
        if moved:
            axes.plot(plain.index, plain["median"], color=BLACK, lw=1.2, ls=(0, (4, 3)))
        axes.axvline(dates[0], color=GREY, lw=0.8)
        axes.axhline(0, color=GREY, lw=0.8)
        axes.set_xlim(past.index[0], dates[-1])
        axes.set_ylim(lowest, 1.05 * highest)
        axes.xaxis.set_major_locator(mdates.MonthLocator(bymonth=1 if small else (1, 7)))
        ends = [(fan, "frontier", INK["follower"]), (teeth, "released", QUIET)]
        ends += [(plain, "baseline", BLACK)] if moved else []
        label_ends(axes, dates[-1], [(band["median"].iloc[-1], *rest) for band, *rest in ends])

    return framed_chart(
        draw,
        name="gap_forecast",
        title=_title(table, params.prob),
        subtitle=forecast_subtitle(params),
        alt=_alt(table, baseline, params),
        caption=_caption(params, scenario=moved, nowcast=counted is not None),
        data=_fan_data(past, sawtooth, fan, teeth, plain if moved else None),
        heights=(4.4, 4.4),
        sides=(0.42, 1.3),
    )


def _fan_data(
    past: pd.DataFrame, sawtooth: pd.Series, fan: pd.DataFrame, teeth: pd.DataFrame, plain: pd.DataFrame | None
) -> pd.DataFrame:
    """Past, forecast and baseline as rows of one table."""
    parts = {
        "frontier_lag, past": past,
        "released_lag, past": sawtooth.to_frame("median"),
        "frontier_lag": fan,
        "released_lag": teeth,
        "frontier_lag, baseline": plain,
    }
    return pd.concat([band_rows(band, name) for name, band in parts.items() if band is not None], ignore_index=True)


def _title(table: pd.DataFrame, prob: float) -> str:
    """The finding of the forecast: which way the lag goes within a year, if the draws agree."""
    year = pick_horizon(table, "frontier_lag", 12)
    sure = max(year["p_widened"], 1 - year["p_widened"])
    if sure < 0.8:
        return f"In a year: {coming_lag_phrase(year, prob)}; the direction is open"
    way = "longer" if year["p_widened"] > 0.5 else "shorter"
    return f"In a year: {coming_lag_phrase(year, prob)}, {'' if sure >= 0.95 else 'probably '}{way} than today"


def _alt(table: pd.DataFrame, baseline: pd.DataFrame | None, params: Params) -> str:
    """The chart of the forecast for those who do not see it."""

    def told(rows: pd.DataFrame) -> str:
        frontier = rows[rows["definition"] == "frontier_lag"]
        return "; ".join(
            f"{long_date(row['date'])} {coming_lag_phrase(row, params.prob)}" for _, row in frontier.iterrows()
        )

    text = (
        f"A line with bands: months {frontier_name(params.follower)} is behind {frontier_name(params.leader)}, with "
        f"{percent_label(params.prob)}% intervals that open like a fan after {long_date(params.as_of)}: {told(table)}."
    )
    return text if baseline is None else f"{text} A dashed line shows it without the scenario: {told(baseline)}."


def _caption(params: Params, *, scenario: bool, nowcast: bool = False) -> str:
    """How to read the chart of the forecast."""
    text = (
        f"Thick line: middle of the draws; dark band: 50%, pale band: {percent_label(params.prob)}%. Thin line: the "
        f"same read from the best model {country_name(params.follower)} will have released. Below zero "
        f"{country_name(params.follower)} is ahead. "
    )
    if nowcast:
        text += "Diamond: the thin line today with the models counted that are out but not scored yet. "
    if scenario:
        text += f"Dashed: without the scenario. {' '.join(lever_sentences(params))} "
    return text + (
        "Four shapes of the future weigh equally, since the past does not say which is right: each country drifting "
        "on its own, catching up, straight lines since 2024, and the lag of today."
    )
