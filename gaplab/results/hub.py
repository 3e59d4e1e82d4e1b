"""The forecast in the long format of forecast hubs."""

from __future__ import annotations

import pandas as pd
import xarray as xr

from gaplab.gap import summary
from gaplab.outlook import scenarios
from gaplab.outlook.forecast import LAGS, Forecast
from gaplab.outlook.history import HORIZONS
from gaplab.outlook.outcomes import THRESHOLDS, forecast_catch_up, lag_change, p_ahead_by, p_exceeds
from gaplab.outlook.scenarios import Comparison
from gaplab.results.columns import RUN_COLUMNS, horizon_date, round_numbers
from gaplab.results.listed import catch_up_targets

HUB_LEVELS = (0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975)


def hub_table(forecast: Forecast, *, scenario: str = "baseline") -> pd.DataFrame:
    """The forecast in the long format that forecast hubs use, one number per row.

    Returns
    -------
    DataFrame
        reference_date, target, horizon (months), target_end_date, location
        (the follower), output_type, output_type_id, value; then scenario_id,
        leader, scope, clock, ruler, knowledge. Targets: frontier_lag and
        released_lag (quantile, in months; cdf at the thresholds of the
        brief), follower_ahead and gap_widened (pmf of yes), and for every
        leader model catch_up (quantile, in months) and caught_up_with (pmf of
        yes by each horizon). Quantiles are -inf where the lag is undefined
        because the follower is ahead for good, inf where a model is not
        reached within the horizon.

    References
    ----------
    Consortium of Infectious Disease Modeling Hubs. Hubverse: model output.
    https://docs.hubverse.io/en/latest/user-guide/model-output.html
    """
    posterior, draws = forecast.posterior, forecast.draws
    params = posterior.params
    rows: list[tuple] = []
    by, change, exceeds = p_ahead_by(draws), lag_change(draws), p_exceeds(draws)
    for horizon in HORIZONS:
        end = horizon_date(draws, horizon)
        for definition in LAGS:
            values = _hub_quantiles(draws[definition].sel(horizon=horizon))
            rows += [(definition, horizon, end, "quantile", level, value) for level, value in values]
            within = 1 - exceeds.sel(definition=definition, horizon=horizon)
            rows += [(definition, horizon, end, "cdf", x, float(within.sel(threshold=x))) for x in THRESHOLDS]
        widened = float((change.sel(horizon=horizon) > 0).mean())
        rows += [("follower_ahead", horizon, end, "pmf", "yes", float(by.sel(horizon=horizon)))]
        rows += [("gap_widened", horizon, end, "pmf", "yes", widened)]
    last = horizon_date(draws, params.horizon_months)
    for target in catch_up_targets(posterior):
        if target not in posterior.models.index:
            continue
        months = forecast_catch_up(forecast, posterior.ability.sel(model=target, drop=True))["frontier"]
        name = f"catch_up {target}"
        rows += [
            (name, params.horizon_months, last, "quantile", level, value) for level, value in _hub_quantiles(months)
        ]
        for horizon in HORIZONS:
            end = horizon_date(draws, horizon)
            reached = float((months <= horizon).mean())
            rows.append((f"caught_up_with {target}", horizon, end, "pmf", "yes", reached))
    columns = ["target", "horizon", "target_end_date", "output_type", "output_type_id", "value"]
    table = pd.DataFrame(rows, columns=columns)
    table.insert(0, "reference_date", params.as_of.isoformat())
    table.insert(4, "location", params.follower)
    run = {name: params.as_strings()[name] for name in RUN_COLUMNS if name not in ("follower", "as_of")}
    return round_numbers(table.assign(scenario_id=scenario, **run))


def hub_tables(comparison: Comparison) -> pd.DataFrame:
    """`hub_table` of the baseline and, where a lever is set, of the scenario below it."""
    baseline = comparison.baseline.once("hub_table", lambda: hub_table(comparison.baseline))
    if not scenarios.set_levers(comparison.scenario.posterior.params):
        return baseline.copy()
    return pd.concat([baseline, hub_table(comparison.scenario, scenario="scenario")], ignore_index=True)


def _hub_quantiles(draws: xr.DataArray) -> list[tuple[float, float]]:
    """The quantiles that hubs ask for, each itself a draw."""
    return list(zip(HUB_LEVELS, summary.quantiles(draws, HUB_LEVELS).tolist(), strict=True))
