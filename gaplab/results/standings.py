"""Where every model of both sides stands: its level, its lag, and the leader's first model as able."""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr

from gaplab import gap
from gaplab.posterior import Posterior
from gaplab.results.columns import estimate_columns, round_numbers
from gaplab.results.over_time import AbilityHistory
from gaplab.units import SAMPLE

NEWEST = 6
"""Records of each side that are notable because they are the newest."""


def standings_table(posterior: Posterior, history: AbilityHistory) -> pd.DataFrame:
    """Every model of leader and follower, the most able first.

    Parameters
    ----------
    posterior : Posterior
    history : AbilityHistory
        Of the same run.

    Returns
    -------
    DataFrame
        model, country, developer, date, n_scores, record; level, level_lower, level_upper, in `unit`; for
        models of the follower months, months_lower and months_upper of `model_lag`, with p_censored, and first_match
        with p_first_match; notable: a record among the newest of its side, or featured.
    """
    params, models = posterior.params, history.models
    pair = {"leader": params.leader, "follower": params.follower}
    lag = gap.model_lag(posterior.ability, posterior.frontier, posterior.models, **pair)
    months = {name: each.to_series() for name, each in estimate_columns("months", lag, params.prob).items()}
    found = pd.DataFrame(months).assign(p_censored=gap.p_censored(lag).to_series())
    found = found.join(_first_matches(gap.first_match_lag(posterior.ability, posterior.models, **pair)["first_match"]))
    newest = models[models["record"]].groupby("country").tail(NEWEST).index
    table = models.assign(unit=history.unit).join(found)
    table["notable"] = table.index.isin(newest) | table.index.isin(posterior.featured.index)
    order = ["level", "date"]
    return round_numbers(
        table.rename_axis("model").reset_index().sort_values(order, ascending=False, ignore_index=True)
    )


def _first_matches(matches: xr.DataArray) -> pd.DataFrame:
    """The model that is most often the first match of each model, and in which share of the draws."""
    draws = matches.transpose(*SAMPLE, "model").to_numpy().reshape(-1, matches.sizes["model"])
    codes, names = pd.factorize(draws.ravel())
    shares = [np.bincount(codes, minlength=len(names)) / len(draws) for codes in codes.reshape(draws.shape).T]
    table = pd.DataFrame(shares, index=matches["model"].to_numpy(), columns=names).drop(columns="", errors="ignore")
    met = table.max(axis=1) > 0
    return pd.DataFrame({"first_match": table[met].idxmax(axis=1), "p_first_match": table[met].max(axis=1)})
