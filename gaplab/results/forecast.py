"""The forecast, the catch-up dates and the effect of scenarios, as tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
import xarray as xr

from gaplab import gap
from gaplab.gap import summary
from gaplab.outlook.forecast import LAGS, Forecast
from gaplab.outlook.history import HORIZONS
from gaplab.outlook.outcomes import THRESHOLDS, forecast_catch_up, lag_change, p_ahead_by, p_exceeds
from gaplab.outlook.scenarios import Comparison, set_levers
from gaplab.params.spec import Params
from gaplab.results.columns import estimate_columns, horizon_dates, quantile_columns, round_numbers
from gaplab.results.listed import catch_up_targets
from gaplab.results.over_time import band_rows, lag_history
from gaplab.units import SAMPLE


def forecast_table(forecast: Forecast) -> pd.DataFrame:
    """The gap to come: one row per lag and horizon.

    Returns
    -------
    DataFrame
        definition (frontier_lag, released_lag), horizon in months, date;
        median and interval bounds as in `gap_table`; p_over_6, p_over_9,
        p_over_12, p_over_18: probability that the lag is longer than so many
        months then. For the frontier lag also p_ahead_by (the follower's
        frontier has been above the leader's by then), p_widened (the lag is
        longer than on the as-of date) and velocity with its interval of
        probability `params.prob` (months per year since the as-of date).
        NaN where quantiles fall among undefined draws.
    """
    return forecast.once("forecast_table", lambda: _forecast_table(forecast)).copy()


def _forecast_table(forecast: Forecast) -> pd.DataFrame:
    posterior, draws, tables, at = forecast.posterior, forecast.draws, [], {"horizon": list(HORIZONS)}
    exceeds, dates = p_exceeds(draws), horizon_dates(draws, HORIZONS)
    for definition in LAGS:
        table = {"definition": definition, **at, "date": dates} | quantile_columns(posterior, draws[definition].sel(at))
        shares = exceeds.sel(definition=definition)
        table |= {f"p_over_{limit}": shares.sel(threshold=limit) for limit in THRESHOLDS}
        if definition == "frontier_lag":
            moved = lag_change(draws).sel(at)
            table |= {"p_ahead_by": p_ahead_by(draws).sel(at), "p_widened": (moved > 0).mean(SAMPLE)}
            table |= estimate_columns("velocity", moved * 12 / moved["horizon"], posterior.params.prob)
        tables.append(pd.DataFrame(table))
    return round_numbers(pd.concat(tables, ignore_index=True))


@dataclass(frozen=True)
class ForecastFan:
    """A forecast for a chart.

    Attributes
    ----------
    params : Params
        With the levers of the scenario.
    bands : DataFrame
        series (frontier_lag and released_lag; with ", past" or ", baseline"
        behind it), date and the columns of a band; of the past released lag
        the median alone.
    table : DataFrame
        What `forecast_table` gives.
    baseline : DataFrame or None
        The same without the levers, where one is set.
    """

    params: Params
    bands: pd.DataFrame
    table: pd.DataFrame
    baseline: pd.DataFrame | None


def forecast_fan(comparison: Comparison) -> ForecastFan:
    """The lags of the last two years and of the forecast by date, and the baseline where a lever is set."""
    posterior, draws = comparison.scenario.posterior, comparison.scenario.draws
    params, past = posterior.params, lag_history(posterior, months=24)
    parts = {"frontier_lag, past": past.lag, "released_lag, past": past.released.to_frame("median")}
    parts |= {name: summary.band(draws[name], params.prob) for name in LAGS}
    baseline = None
    if set_levers(params):
        parts["frontier_lag, baseline"] = summary.band(comparison.baseline.draws["frontier_lag"], params.prob)
        baseline = forecast_table(comparison.baseline)
    bands = pd.concat([band_rows(band, name) for name, band in parts.items()], ignore_index=True)
    return ForecastFan(params, bands, forecast_table(comparison.scenario), baseline)


def catch_up_table(forecast: Forecast) -> pd.DataFrame:
    """When the follower reaches named leader models: one row per model and reading.

    Returns
    -------
    DataFrame
        target; reading (frontier: attainable; released: by a model that is
        out); status ("" or "not counted in this run"); median and interval bounds in
        months from the as-of date, negative in the past, infinite where not
        within the horizon; p_matched (by the as-of date), p_by_3, p_by_6,
        p_by_12, p_by_24; p_later (not within the horizon).

    Raises
    ------
    GaplabError
        `params.target` names a model that is not the leader's.
    """
    posterior = forecast.posterior
    params, models = posterior.params, posterior.models
    rows = []
    for target in catch_up_targets(posterior):
        if target not in models.index:
            rows.append({"target": target, "reading": "frontier", "status": "not counted in this run"})
            continue
        months = forecast_catch_up(forecast, posterior.ability.sel(model=target, drop=True))
        for reading, draws in months.data_vars.items():
            row = {"target": target, "reading": str(reading), "status": ""} | quantile_columns(
                posterior, draws, endless=True
            )
            row["p_matched"] = float(gap.p_matched(draws))
            row |= {f"p_by_{horizon}": float((draws <= horizon).mean()) for horizon in HORIZONS}
            rows.append(row | {"p_later": float((draws > params.horizon_months).mean())})
    return round_numbers(pd.DataFrame(rows))


def catch_up_density(months: dict[str, xr.DataArray], params: Params) -> pd.DataFrame:
    """The share of draws that reach each model in each half month, smoothed over about a month each way.

    Parameters
    ----------
    months : dict of DataArray
        Draws of months from the as-of date by the name of the model, infinite
        where not within the horizon: `forecast_catch_up(...)["frontier"]`.

    Returns
    -------
    DataFrame
        A column for each model; indexed by the middle of the half month, in months from the as-of date.
    """
    last = params.horizon_months
    reached = np.concatenate([draws.to_numpy().ravel() for draws in months.values()])
    reached = reached[np.isfinite(reached) & (reached <= last)]
    first, final = -1.0, 12.0
    if reached.size:
        low, high = summary.quantiles(reached, [0.002, 0.99])
        first, final = max(-24.0, np.floor(low)), min(float(last), np.ceil(high) + 1)
    edges = np.arange(min(first, -1.0), max(final, 3.0) + 0.5, 0.5)
    middles = pd.Index((edges[:-1] + edges[1:]) / 2, name="months")
    return pd.DataFrame({name: _smoothed_share(draws.to_numpy().ravel(), edges) for name, draws in months.items()},
                        index=middles)  # fmt: skip


def _smoothed_share(months: np.ndarray, edges: np.ndarray) -> np.ndarray:
    share = np.histogram(months[np.isfinite(months)], bins=edges)[0] / len(months)
    weights = np.array([1.0, 2.0, 3.0, 2.0, 1.0])
    return np.convolve(np.pad(share, 2), weights / weights.sum(), mode="valid")


def scenario_table(comparisons: dict[str, Comparison]) -> pd.DataFrame:
    """What each scenario changes: one row per scenario, quantity and horizon.

    Parameters
    ----------
    comparisons : dict
        By the name of the scenario.

    Returns
    -------
    DataFrame
        scenario, definition (frontier_lag, released_lag in months, distance
        in logits), horizon, date; median and bounds of scenario minus
        baseline, draw by draw; p_longer, p_shorter: share of draws in which
        it grows and falls; baseline and with_scenario: their medians. NaN
        where a quantile is infinite: the lag has no value in those draws.
    """
    tables, at = [], {"horizon": list(HORIZONS)}
    for name, comparison in comparisons.items():
        changes, names = comparison.difference.sel(at), list(comparison.difference.data_vars)
        runs = {"baseline": comparison.baseline, "with_scenario": comparison.scenario}
        then = {label: run.draws[names].sel(at) for label, run in runs.items()}
        dates = horizon_dates(changes, HORIZONS)
        for definition, change in changes.data_vars.items():
            table = {"scenario": name, "definition": str(definition), **at, "date": dates}
            table |= quantile_columns(comparison.scenario.posterior, change)
            table |= {"p_longer": (change > 0).mean(SAMPLE), "p_shorter": (change < 0).mean(SAMPLE)}
            for label, draws in then.items():
                (middle,) = summary.quantiles(draws[definition], [0.5])
                table[label] = np.where(np.isfinite(middle), middle, np.nan)
            tables.append(pd.DataFrame(table))
    return round_numbers(pd.concat(tables, ignore_index=True))


def strongest_scenario(table: pd.DataFrame, horizon: int) -> pd.Series | None:
    """The row of `scenario_table` that moves the frontier lag most, of those that surely move it; None without any."""
    rows = table[(table["definition"] == "frontier_lag") & (table["horizon"] == horizon)]
    moved = rows[(rows["p_shorter"] - rows["p_longer"]).abs() > 0.8]
    if moved.empty:
        return None
    return moved.assign(size=moved["median"].abs().fillna(np.inf)).sort_values("size").iloc[-1]


def catch_up_verdict(row: pd.Series) -> Literal["matched", "within", "later"]:
    """Whether a model of a `catch_up_table` is probably matched already, or probably not within the horizon."""
    return "matched" if row["p_matched"] > 0.5 else "later" if row["p_later"] > 0.5 else "within"
