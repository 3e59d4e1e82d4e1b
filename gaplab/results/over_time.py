"""Frontiers, abilities and lags by date: the tables that the charts over time draw."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
import xarray as xr

from gaplab import gap
from gaplab.gap import summary
from gaplab.posterior import Posterior


@dataclass(frozen=True)
class AbilityHistory:
    """Both frontiers on every knot, and every model, on the scale shown.

    Attributes
    ----------
    bands : dict of DataFrame
        What `summary.band` gives, for `leader` and `follower`.
    models : DataFrame
        Those of the posterior, with the columns level, level_lower and
        level_upper: median and interval of `params.prob`.
    unit : str
        Points where the anchors are known, else logits.
    """

    bands: dict[str, pd.DataFrame]
    models: pd.DataFrame
    unit: str


def ability_history(posterior: Posterior) -> AbilityHistory:
    """The frontiers and the models of a run, for a chart."""
    params = posterior.params
    frontier, unit = _on_display_scale(posterior, posterior.frontier)
    ability, _ = _on_display_scale(posterior, posterior.ability)
    ends = summary.interval(ability, params.prob).to_series().unstack("ci_bound")
    models = posterior.models.assign(
        level=summary.median(ability).to_series(), level_lower=ends["lower"], level_upper=ends["upper"]
    )
    bands = {
        role: summary.band(frontier.sel(country=getattr(params, role)), params.prob) for role in ("leader", "follower")
    }
    return AbilityHistory(bands, models, unit)


@dataclass(frozen=True)
class LagHistory:
    """The lag on every day of the past.

    Attributes
    ----------
    lag : DataFrame
        `frontier_lag` on every knot on which it has a number: what `summary.band` gives.
    released : Series
        `released_lag` on every day it jumps, by day.
    p_widened : float
        Probability that the lag grew over the last 12 months.
    at_least : bool
        Whether no knot has more than a lower bound, so that bounds are given.
    """

    lag: pd.DataFrame
    released: pd.Series
    p_widened: float
    at_least: bool


def lag_history(posterior: Posterior, *, months: int | None = None) -> LagHistory:
    """The lag of a run on every knot that few draws censor; on all knots where that leaves fewer than two.

    Parameters
    ----------
    months : int, optional
        How far to go back.
    """
    lag = gap.frontier_lag(posterior.frontier, **posterior.params.roles)
    known = (gap.p_censored(lag) < 0.1).to_numpy()
    at_least = bool(known.sum() < 2)
    band = summary.band(lag.isel(date=known | at_least), posterior.params.prob)
    if months is not None:
        band = band[band.index >= band.index[-1] - pd.DateOffset(months=months)]
    p_widened = float(gap.p_widened(posterior.frontier, **posterior.params.roles))
    return LagHistory(band, _released_lag_by_day(posterior, band.index[0]), p_widened, at_least)


def change_verdict(p_longer: float) -> tuple[str, bool] | None:
    """How sure it is that a lag grows ("" or "probably "), and whether it does; None where the direction is open."""
    sure = max(p_longer, 1 - p_longer)
    return None if sure < 0.8 else ("" if sure >= 0.95 else "probably ", p_longer > 0.5)


def band_rows(band: pd.DataFrame, series: str) -> pd.DataFrame:
    """A band as rows of a table: what, when, and its quantiles."""
    table = band.rename_axis("date").reset_index()
    table.insert(0, "series", series)
    return table


def model_rows(models: pd.DataFrame) -> pd.DataFrame:
    """The models of an `AbilityHistory` as rows of the same table."""
    rows = models.rename_axis("series").reset_index()[["series", "date", "level", "country", "record"]]
    return rows.rename(columns={"level": "median"})


def _on_display_scale(posterior: Posterior, logits: xr.DataArray) -> tuple[xr.DataArray, str]:
    if posterior.points is None:
        return logits, "logits"
    return posterior.points["intercept"] + posterior.points["slope"] * logits, "points"


def _released_lag_by_day(posterior: Posterior, since: pd.Timestamp) -> pd.Series:
    params, models = posterior.params, posterior.models
    end = pd.Timestamp(posterior.frontier["date"].to_numpy()[-1])
    released_on = models["date"][(models["country"] == params.follower) & (models["date"] > since)]
    before = pd.DatetimeIndex(released_on) - pd.Timedelta(minutes=1)
    days = pd.DatetimeIndex([since, end]).union(pd.DatetimeIndex(released_on)).union(before)
    return summary.median(
        gap.released_lag(posterior.ability, posterior.frontier, models, **posterior.params.roles, dates=days)
    ).to_series()
