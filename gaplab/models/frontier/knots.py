"""Where a frontier may bend, and where it stands on other dates."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from gaplab.models.readings import GaussianAbilities
from gaplab.units import MONTH_DAYS, YEAR_DAYS


def knots(first: pd.Timestamp, as_of: date, months: float) -> pd.DatetimeIndex:
    """Knot dates `months` apart, the last at the as-of date, the first at or before `first`."""
    last = pd.Timestamp(as_of)
    n = max(2, int(np.ceil((last - first).days / (months * MONTH_DAYS))) + 1)
    days = np.round(np.arange(n)[::-1] * months * MONTH_DAYS)
    return pd.DatetimeIndex(last - pd.to_timedelta(days, unit="D")).as_unit("ns")


def steps(dates: pd.DatetimeIndex) -> np.ndarray:
    """Years between neighbouring knots."""
    return np.diff(dates.to_numpy()).astype("timedelta64[D]").astype(float) / YEAR_DAYS


def interpolation(dates: pd.DatetimeIndex, at: pd.Series) -> np.ndarray:
    """Weights [row of at, date] of linear interpolation between the knots."""
    x = (dates - dates[0]).days.to_numpy(float)
    t = (pd.DatetimeIndex(at) - dates[0]).days.to_numpy(float)
    return np.stack([np.interp(t, x, column) for column in np.eye(len(x))], axis=1)


def best_readings(readings: GaussianAbilities, country: np.ndarray) -> np.ndarray:
    """Mean of the three best readings of each country."""
    return np.array([np.sort(readings.mean[country == c])[-3:].mean() for c in (0, 1)])
