"""One country's frontier as arrays: where it stands on a day, its pace over a year, and when it reached a level."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
import xarray as xr

from gaplab.errors import GaplabError
from gaplab.gap.arrays import MONTH_NS, between, first_reached, months_between, spread_out


@dataclass(frozen=True)
class Curve:
    """A frontier at its knots, linear in between.

    Attributes
    ----------
    steps : array [..., knot]
        Ability, never falling along the knots; logits.
    knots : array of datetime64
    """

    steps: np.ndarray
    knots: np.ndarray

    @classmethod
    def of(cls, frontier: xr.DataArray) -> Curve:
        """The frontier of one country, dims (..., date)."""
        return cls(frontier.transpose(..., "date").to_numpy(), frontier["date"].to_numpy())

    @cached_property
    def months(self) -> np.ndarray:
        """The knots in months since the last."""
        return months_between(self.knots, since=self.knots[-1])

    def on(self, days: np.ndarray) -> np.ndarray:
        """Ability on days between the first and the last knot [..., day].

        Raises
        ------
        GaplabError
            A day is outside.
        """
        outside = (days < self.knots[0]) | (days > self.knots[-1])
        if outside.any():
            day, first, last = map(pd.Timestamp, (days[outside][0], self.knots[0], self.knots[-1]))
            raise GaplabError(
                f"frontier asked for on {day:%Y-%m-%d}: it is known from {first:%Y-%m-%d} to {last:%Y-%m-%d}; choose "
                "a date in between or fit with another as_of"
            )
        place = np.interp(months_between(days, since=self.knots[-1]), self.months, np.arange(len(self.knots)))
        below = place.astype(int)
        return between(self.steps, below, np.minimum(below + 1, len(self.knots) - 1), place - below)

    def year_before(self, days: np.ndarray) -> np.ndarray:
        """The days a year before, or the first knot where that is later.

        Raises
        ------
        GaplabError
            A day is the first knot: nothing came before it.
        """
        if (early := days <= self.knots[0]).any():
            day, first = map(pd.Timestamp, (days[early][0], self.knots[0]))
            raise GaplabError(
                f"pace of the frontier on {day:%Y-%m-%d}: its first knot is {first:%Y-%m-%d} and nothing is known "
                "before; choose a later as_of"
            )
        return np.maximum(days - (12 * MONTH_NS).to_timedelta64(), self.knots[0])

    def pace(self, days: np.ndarray) -> np.ndarray:
        """Mean slope over the 12 months to each day, since the first knot if nearer [..., day]; logits per month."""
        start = self.year_before(days)
        return (self.on(days) - self.on(start)) / ((days - start) / MONTH_NS.to_timedelta64())

    @cached_property
    def _last_pace(self) -> np.ndarray:
        return self.pace(self.knots[-1:])

    def lag(self, level: np.ndarray, months: np.ndarray | float) -> tuple[np.ndarray, np.ndarray]:
        """Months from the day it first reached a level, to dates; and whether that is only a bound.

        Parameters
        ----------
        level : array [..., X]
            Ability; the first axes are those of `steps`, without the knots.
        months : array [..., X] or float
            The dates, in months since the last knot.
        """
        steps, pace = (spread_out(each, level) for each in (self.steps, self._last_pace))
        reached, censored = first_reached(steps, level, pace[..., 0], months=self.months)
        return months - reached, censored
