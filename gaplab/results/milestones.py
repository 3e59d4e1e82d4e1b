"""The gap today beside its past: change of a year, the last time it was this large, its largest and smallest."""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr

from gaplab import gap
from gaplab.gap import summary
from gaplab.posterior import Posterior
from gaplab.results.columns import round_numbers
from gaplab.units import MONTH_DAYS

_COLUMNS = ["what", "median", "lower", "upper", "date", "date_lower", "date_upper", "probability", "since"]


def milestones_table(posterior: Posterior) -> pd.DataFrame:
    """What the frontier lag today is beside its past, from the draws; on knots that fewer than one draw in ten censor.

    Returns
    -------
    DataFrame
        One row each for change_12_months (probability: that it grew), last_this_large (probability: that it was, on
        a knot before the last), highest and lowest (probability: that it is so now). median, lower, upper in
        months, date, date_lower, date_upper as ISO days, with the bounds of the interval of probability
        `params.prob`; NaN or None where there is none, as for a date in draws that have none; since: the
        first day looked at. No rows where fewer than two knots are known.
    """
    params = posterior.params
    lag = gap.frontier_lag(posterior.frontier, **params.roles)
    lag = lag.isel(date=(gap.p_censored(lag) < 0.1).to_numpy())
    if lag.sizes["date"] < 2:
        return pd.DataFrame(columns=_COLUMNS)
    end, ends = pd.Timestamp(lag["date"].to_numpy()[-1]), gap.extremes(lag)
    change = gap.velocity(posterior.frontier, **params.roles)
    before = gap.last_time_this_large(lag)
    rows = [
        {"what": "change_12_months", "probability": float((change > 0).mean())} | _months(change, params.prob),
        {"what": "last_this_large", "probability": float(np.isfinite(before).mean())} | _days(before, end, params.prob),
    ]
    for name in ("highest", "lowest"):
        when = ends[f"{name}_ago"]
        rows.append(
            {"what": name, "probability": float((when == 0).mean())}
            | _months(ends[name], params.prob)
            | _days(when, end, params.prob)
        )
    return round_numbers(pd.DataFrame(rows, columns=_COLUMNS)).assign(
        since=f"{pd.Timestamp(lag['date'].to_numpy()[0]):%F}"
    )


def _months(draws: xr.DataArray, prob: float) -> dict[str, float]:
    low, high = summary.tails(prob)
    return dict(zip(("lower", "median", "upper"), summary.quantiles(draws, [low, 0.5, high]).tolist(), strict=True))


def _days(ago: xr.DataArray, end: pd.Timestamp, prob: float) -> dict[str, str | None]:
    """Dates so many months ago, the earliest first; None where the quantile has no date."""
    low, high = summary.tails(prob)
    found = summary.quantiles(ago, [high, 0.5, low])
    days = [f"{end - pd.Timedelta(days=m * MONTH_DAYS):%F}" if np.isfinite(m) else None for m in found]
    return dict(zip(("date_lower", "date", "date_upper"), days, strict=True))
