"""The forecast, the catch-up dates and the effect of scenarios, as tables."""

from __future__ import annotations

import pandas as pd

from gaplab import gap
from gaplab.gap import summary
from gaplab.outlook.forecast import LAGS, Forecast
from gaplab.outlook.history import HORIZONS
from gaplab.outlook.outcomes import THRESHOLDS, forecast_catch_up, lag_change, p_ahead_by, p_exceeds
from gaplab.outlook.scenarios import Comparison
from gaplab.results.columns import horizon_date, quantile_columns, round_numbers
from gaplab.results.listed import catch_up_targets


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
    posterior, draws = forecast.posterior, forecast.draws
    exceeds, by = p_exceeds(draws), p_ahead_by(draws)
    change = lag_change(draws)
    rows = []
    for definition in LAGS:
        for horizon in HORIZONS:
            lag = draws[definition].sel(horizon=horizon, drop=True)
            row = {"definition": definition, "horizon": horizon, "date": horizon_date(draws, horizon)}
            row |= quantile_columns(posterior, lag)
            shares = exceeds.sel(definition=definition, horizon=horizon)
            row |= {f"p_over_{limit}": float(shares.sel(threshold=limit)) for limit in THRESHOLDS}
            if definition == "frontier_lag":
                row["p_ahead_by"] = float(by.sel(horizon=horizon))
                moved = change.sel(horizon=horizon, drop=True)
                row["p_widened"] = float((moved > 0).mean())
                row["velocity"] = float(summary.median(moved * 12 / horizon))
                bounds = summary.interval(moved * 12 / horizon, posterior.params.prob).to_numpy()
                row["velocity_lower"], row["velocity_upper"] = bounds
            rows.append(row)
    return round_numbers(pd.DataFrame(rows))


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
    rows = []
    for name, comparison in comparisons.items():
        posterior = comparison.scenario.posterior
        for definition, draws in comparison.difference.data_vars.items():
            for horizon in HORIZONS:
                change = draws.sel(horizon=horizon, drop=True)
                row = {"scenario": name, "definition": str(definition), "horizon": horizon}
                row |= {"date": horizon_date(draws, horizon)} | quantile_columns(posterior, change)
                row |= {"p_longer": float((change > 0).mean()), "p_shorter": float((change < 0).mean())}
                for label, run in (("baseline", comparison.baseline), ("with_scenario", comparison.scenario)):
                    row[label] = float(summary.median(run.draws[definition].sel(horizon=horizon, drop=True)))
                rows.append(row)
    return round_numbers(pd.DataFrame(rows))
