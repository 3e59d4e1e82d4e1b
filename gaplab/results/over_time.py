"""Bands of frontiers and lags by date, and models as rows: the tables that the charts over time draw."""

from __future__ import annotations

import pandas as pd
import xarray as xr

from gaplab import gap
from gaplab.gap import summary
from gaplab.posterior import Posterior


def band_rows(band: pd.DataFrame, series: str) -> pd.DataFrame:
    """A band as rows of a table: what, when, and its quantiles."""
    table = band.rename_axis("date").reset_index()
    table.insert(0, "series", series)
    return table


def model_rows(models: pd.DataFrame) -> pd.DataFrame:
    """The dots as rows of the same table."""
    shown = models.rename_axis("series").reset_index()[["series", "date", "level", "country", "record"]]
    return shown.rename(columns={"level": "median"})


def on_display_scale(posterior: Posterior, logits: xr.DataArray) -> tuple[xr.DataArray, str]:
    """Draws on the scale shown: points where the anchors are known, else logits."""
    if posterior.points is None:
        return logits, "logits"
    return posterior.points["intercept"] + posterior.points["slope"] * logits, "points"


def released_lag_by_day(posterior: Posterior, since: pd.Timestamp) -> pd.Series:
    """The lag of the best released model on every day it jumps, and on the as-of date."""
    params, models = posterior.params, posterior.models
    end = pd.Timestamp(posterior.frontier["date"].to_numpy()[-1])
    released_on = models["date"][(models["country"] == params.follower) & (models["date"] > since)]
    before = pd.DatetimeIndex(released_on) - pd.Timedelta(minutes=1)
    days = pd.DatetimeIndex([since, end]).union(pd.DatetimeIndex(released_on)).union(before)
    pair = {"leader": params.leader, "follower": params.follower}
    return summary.median(
        gap.released_lag(posterior.ability, posterior.frontier, models, **pair, dates=days)
    ).to_series()
