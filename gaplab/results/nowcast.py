"""Models that are released but not scored, and how long models wait for a score, as tables."""

from __future__ import annotations

import numpy as np
import pandas as pd

from gaplab.gap import summary
from gaplab.outlook.delays import LISTED_FROM
from gaplab.outlook.nowcast import Nowcast
from gaplab.outlook.unscored import frontier_moves, model_lags
from gaplab.posterior import Posterior
from gaplab.results.columns import estimate_columns, round_numbers


def unscored_table(posterior: Posterior, expected: Nowcast) -> pd.DataFrame:
    """Models of the last year that are out but unscored, newest first, with what is expected of them.

    Returns
    -------
    DataFrame
        model, developer, country, date, days_unscored, relatives, p_scored;
        ability, ability_lower, ability_upper in logits; for the follower's
        models model_lag, model_lag_lower, model_lag_upper in months, NaN for
        others. Intervals of probability `params.prob`. Models that are scored
        some day with a probability below `nowcast.LISTED_FROM` are left out.
    """
    listed = expected.models[expected.models["p_scored"] >= LISTED_FROM]
    table = listed.reset_index(names="model")[
        ["model", "developer", "country", "date", "days_unscored", "relatives", "p_scored"]
    ]
    lag = model_lags(posterior, expected)
    for name, draws in (("ability", expected.ability), ("model_lag", lag)):
        for column, values in estimate_columns(name, draws, posterior.params.prob).items():
            table[column] = values.to_series().reindex(table["model"]).to_numpy(float)
    return round_numbers(table.iloc[::-1].reset_index(drop=True))


def unscored_moves(posterior: Posterior, expected: Nowcast) -> tuple[float, float]:
    """Interval of the medians that `frontier_lag` could have once the unscored models have scores, in months."""
    low, high = summary.quantiles(np.ravel(frontier_moves(posterior, expected)), summary.tails(posterior.params.prob))
    return low, high


def delay_table(posterior: Posterior, expected: Nowcast) -> pd.DataFrame:
    """How long each country's models wait for their first score, and how many never get one.

    Returns
    -------
    DataFrame
        country; releases and unscored, counts of the last year; median_days,
        of the models that are scored some day, and never, the share of those
        that are not, each with `_lower` and `_upper` of `params.prob`.
    """
    rows = []
    lower, upper = summary.tails(posterior.params.prob)
    for country in expected.delays.never["country"].to_numpy():
        waited = expected.waits[expected.waits["country"] == country]
        row = {"country": country, "releases": len(waited), "unscored": int(np.isinf(waited["high"]).sum())}
        for name, draws in (("median_days", expected.delays.median_days), ("never", expected.delays.never)):
            low, middle, high = summary.quantiles(draws.sel(country=country).to_numpy(), [lower, 0.5, upper])
            row |= {name: middle, f"{name}_lower": low, f"{name}_upper": high}
        rows.append(row)
    return round_numbers(pd.DataFrame(rows))
