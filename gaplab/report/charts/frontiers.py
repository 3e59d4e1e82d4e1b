"""Chart: both frontiers, the models and today's lag as an arrow."""

from __future__ import annotations

import matplotlib.dates as mdates
import pandas as pd
from matplotlib.axes import Axes

from gaplab.gap import summary
from gaplab.params.spec import Params
from gaplab.posterior import Posterior
from gaplab.report.charts.chart import Chart, framed_chart
from gaplab.report.charts.free_spots import name_models
from gaplab.report.charts.marks import draw_band, draw_lag_arrow, label_end, lag_arrow_start
from gaplab.report.charts.style import COLOUR, INK
from gaplab.report.text.names import country_name, frontier_name, long_date, what_counts
from gaplab.report.text.numbers import format_number
from gaplab.report.text.phrases import arrow_label, interval_phrase, pick_row, standing_sentence
from gaplab.results.columns import percent_label
from gaplab.results.over_time import band_rows, model_rows, on_display_scale


def frontiers_chart(posterior: Posterior, table: pd.DataFrame) -> Chart:
    """Both frontiers with their bands, recent record models and today's lag as an arrow.

    Parameters
    ----------
    posterior : Posterior
    table : DataFrame
        What `tables.gap_table` gives for it; the arrow is its `frontier_lag`.
    """
    params = posterior.params
    draws, unit = on_display_scale(posterior, posterior.frontier)
    bands = {role: summary.band(draws.sel(country=getattr(params, role)), params.prob) for role in COLOUR}
    level = summary.median(on_display_scale(posterior, posterior.ability)[0]).to_series()
    models = posterior.models.assign(level=level)
    records = {role: models[models["record"] & (models["country"] == getattr(params, role))] for role in COLOUR}
    today = pick_row(table, "frontier_lag", params.follower)

    def draw(axes: Axes, small: bool) -> None:
        months, names = (18, 4) if small else (30, 7)
        since = bands["leader"].index[-1] - pd.DateOffset(months=months)
        _draw_frontiers(axes, bands, params, since)
        level, end = bands["follower"]["median"].iloc[-1], bands["follower"].index[-1]
        draw_lag_arrow(axes, level, end, today)
        _draw_models(axes, models, records)
        named = {role: rows[rows["date"] >= since].tail(names) for role, rows in records.items()}
        lines = [band["median"] for band in bands.values()]
        name_models(axes, named, lines, models, arrow=(lag_arrow_start(end, today), end, level))

    return framed_chart(
        draw,
        name="frontiers",
        title=_title(today, params),
        subtitle=_subtitle(unit, params),
        alt=_alt(bands, {role: rows.tail(7) for role, rows in records.items()}, today, unit, params),
        caption=_caption(params),
        data=pd.concat([_band_data(bands, params), model_rows(models)], ignore_index=True),
        heights=(5.4, 5.2),
        sides=(0.42, 0.75),
    )


def _band_data(bands: dict[str, pd.DataFrame], params: Params) -> pd.DataFrame:
    return pd.concat([band_rows(band, getattr(params, role)) for role, band in bands.items()], ignore_index=True)


def _draw_frontiers(axes: Axes, bands: dict, params: Params, since: pd.Timestamp) -> None:
    for role, band in bands.items():
        shown = band[band.index >= since]
        draw_band(axes, shown, COLOUR[role])
        label_end(axes, band.index[-1], band["median"].iloc[-1], getattr(params, role), INK[role])
    start, end = shown.index[[0, -1]]
    axes.set_xlim(start, end)
    axes.xaxis.set_major_locator(mdates.MonthLocator(bymonth=(1, 7)))
    low = min(band.loc[start, "outer_low"] for band in bands.values())
    high = max(band["outer_high"].iloc[-1] for band in bands.values())
    axes.set_ylim(low - 0.05 * (high - low), high + 0.12 * (high - low))


def _draw_models(axes: Axes, models: pd.DataFrame, named: dict[str, pd.DataFrame]) -> None:
    """Every model as a dot, the record setters larger."""
    for role, records in named.items():
        country = records["country"].iloc[0] if len(records) else None
        ours = models[models["country"] == country]
        best = ours[ours["record"]]
        axes.scatter(ours["date"], ours["level"], s=8, color=COLOUR[role], alpha=0.35, linewidth=0)
        axes.scatter(best["date"], best["level"], s=22, color=COLOUR[role], edgecolor="white", linewidth=0.7, zorder=3)


def _title(row: pd.Series, params: Params) -> str:
    """The finding of the frontier chart: China is 7.4 months behind the US; in a run about one domain it is named."""
    return standing_sentence(row) + ("" if params.domain == "all" else f" in {params.domain}")


def _subtitle(unit: str, params: Params) -> str:
    """What is drawn on the frontier chart."""
    scale = "points: Claude 3.5 Sonnet = 130, GPT-5 = 150" if unit == "points" else "logits"
    return (
        f"Ability of the most capable AI attainable in each country ({scale}), {what_counts(params)}, as of "
        f"{long_date(params.as_of)}"
    )


def _alt(
    bands: dict[str, pd.DataFrame], named: dict[str, pd.DataFrame], today: pd.Series, unit: str, params: Params
) -> str:
    """The frontier chart for those who do not see it."""
    parts = [
        f"Two rising lines, the AI frontiers of {country_name(params.leader)} and {country_name(params.follower)}."
    ]
    for role, band in bands.items():
        last = band.iloc[-1]
        parts.append(
            f"On {long_date(band.index[-1])} {frontier_name(getattr(params, role))} is at "
            f"{format_number(last['median'])} {unit} ({percent_label(params.prob)}% interval "
            f"{format_number(last['outer_low'])} to {format_number(last['outer_high'])})."
        )
    if arrow_label(today):
        parts.append(
            f"An arrow marks the distance in time: {standing_sentence(today)}, {interval_phrase(today, params.prob)}."
        )
    for role, models in named.items():
        if len(models):
            names = ", ".join(f"{model} ({when:%B %Y})" for model, when in models["date"].items())
            parts.append(f"Latest record models of {country_name(getattr(params, role))}: {names}.")
    return " ".join(parts)


def _caption(params: Params) -> str:
    """How to read the frontier chart."""
    return (
        "Line: the middle estimate of the best AI attainable, a country's frontier. Dark band: it lies there with "
        f"probability 50%; pale band: {percent_label(params.prob)}%. Dots are models; large dots were the best of "
        "their country when they came out. A frontier can pass above or below a dot because test scores are noisy, "
        "and it never falls."
    )
