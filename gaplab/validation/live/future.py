"""What the forecast says of a published index, of counts of releases and of task horizons, draw by draw."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
import xarray as xr

from gaplab.gap import summary
from gaplab.gap.arrays import MONTH_NS, flat_draws
from gaplab.outlook.forecast import Forecast
from gaplab.outlook.history import interp_rows
from gaplab.outlook.outcomes import forecast_catch_up
from gaplab.units import SAMPLE
from gaplab.validation import scoring
from gaplab.validation.live.answers import LEVEL_MONTHS, Sources

_RECENT = 18 * MONTH_NS
"""Models whose distance from the index tells how well our scale says what the index will give a new one."""
_REVISED_AFTER = 80 * pd.Timedelta(days=1)
"""Vintages this far apart tell how much the index changes what it gave a model."""
_WINDOW = 24 * MONTH_NS
_LEAST_SD = 0.3


@dataclass(frozen=True)
class FutureDraws:
    """The future of what questions ask for.

    Attributes
    ----------
    known : Sources
        The tables on the day of the forecast.
    """

    path: Forecast
    known: Sources

    @property
    def at(self) -> pd.Timestamp:
        """The as-of date."""
        return pd.Timestamp(self.path.posterior.params.as_of)

    def months(self, day: pd.Timestamp) -> float:
        """From the as-of date to a day."""
        return float((day - self.at) / MONTH_NS)

    def on(self, draws: xr.DataArray, day: pd.Timestamp) -> np.ndarray:
        """Draws [sample] of something monthly on a day between two months' ends."""
        rows = scoring.bounded(draws.transpose(*SAMPLE, "horizon").to_numpy().reshape(-1, draws.sizes["horizon"]))
        return _between(rows, self.months(day))

    def reached(self, model: str, day: pd.Timestamp) -> np.ndarray:
        """Whether a released model of the follower is at or above a model by a day [sample]."""
        target = self.path.posterior.ability.sel(model=model, drop=True)
        return flat_draws(forecast_catch_up(self.path, target)["released"]) <= self.months(day)

    def _rng(self, number: int) -> np.random.Generator:
        return np.random.default_rng([self.path.posterior.params.seed, 31, number])

    # --- the index ---------------------------------------------------------------------------------

    def index_best(self, role: str) -> np.ndarray:
        """Best value of a country on Epoch's index [sample, month]: as now, plus what the forecast gains in points.

        A better model's value errs as much as recent models' values differ
        from our points; and every value may be revised, as much as values were
        between vintages a quarter apart.
        """
        params, draws = self.path.posterior.params, self.path.draws
        better = draws["best_released"] if role == "follower" else draws["frontier"].sel(country=params.leader)
        points = self.path.posterior.points
        slope = flat_draws(points["slope"])[:, None]
        level = better.transpose(*SAMPLE, "horizon").to_numpy().reshape(len(slope), -1)
        gain = slope * (level - level[:, :1])
        rng = self._rng(1 + (role == "leader"))
        error, revised = rng.standard_normal((2, len(slope), 1)) * np.array(self._index_errors)[:, None, None]
        new = np.where(gain > 0, np.maximum(gain + error, 0.0), 0.0)
        now = self.known.index_of(role, self.at)["value"].max()
        return now + np.maximum.accumulate(new, axis=1) + revised * (np.arange(new.shape[1]) > 0)

    @cached_property
    def _index_errors(self) -> tuple[float, float]:
        """Standard deviations in points: of the index from our points, and of its revisions in a quarter."""
        posterior, now = self.path.posterior, self.known.index_on(self.at)
        ours = summary.median(posterior.points["intercept"] + posterior.points["slope"] * posterior.ability).to_series()
        recent = now[now["date"] > self.at - _RECENT]
        apart = (recent["value"] - ours.reindex(recent.index)).dropna()
        before = self.known.index_on(self.at - _REVISED_AFTER)
        moved = (recent["value"] - before["value"].reindex(recent.index)).dropna()
        return tuple(max(float(each.std()), _LEAST_SD) if len(each) > 2 else 1.0 for each in (apart, moved))

    @cached_property
    def index_follower(self) -> np.ndarray:
        """`index_best` of the follower."""
        return self.index_best("follower")

    @cached_property
    def index_leader(self) -> np.ndarray:
        """`index_best` of the leader."""
        return self.index_best("leader")

    def index_on(self, role: str, day: pd.Timestamp) -> np.ndarray:
        """Best value of a country on a day [sample]."""
        return _between(self.index_follower if role == "follower" else self.index_leader, self.months(day))

    def first_match(self, day: pd.Timestamp) -> np.ndarray:
        """Months from the leader's first model at or above the follower's best to a day [sample]."""
        theirs = self.known.index_of("leader", self.at)
        released, best = theirs["date"].to_numpy(), theirs["value"].cummax().to_numpy()
        level, months = self.index_on("follower", day), self.months(day)
        place = np.searchsorted(best, level)
        past = np.append((day - pd.DatetimeIndex(released)) / MONTH_NS, np.nan)[place]
        steps = np.arange(int(np.ceil(months)) + 1)
        path = self.index_leader[:, : len(steps)]
        reached = (path >= level[:, None]) & (steps <= months)
        future = np.where(reached.any(axis=1), months - steps[reached.argmax(axis=1)], LEVEL_MONTHS)
        return np.where(place < len(best), past, future)

    # --- releases and task horizons ----------------------------------------------------------------

    def releases(self, start: pd.Timestamp, day: pd.Timestamp) -> np.ndarray:
        """How many models the follower releases after one day and by another [sample], as in equal windows before."""
        ends = pd.date_range(self.at - _WINDOW + (day - start), self.at, freq="7D")
        counts = [len(self.known.released(end - (day - start), end)) for end in ends]
        rng = self._rng(3)
        return rng.poisson(rng.choice(counts, self._samples)).astype(float)

    @cached_property
    def task_minutes_now(self) -> float:
        """METR's longest task horizon of a model of the follower so far; NaN without one."""
        models = self.path.posterior.models
        ours = models.index[models["country"] == self.path.posterior.params.follower]
        return float(self.known.task_minutes(self.at).reindex(ours).max())

    def task_minutes(self, day: pd.Timestamp) -> np.ndarray:
        """METR's longest task horizon of a model of the follower by a day, in minutes [sample].

        Models of the follower are measured as often as in the last 24 months;
        a new one stands where the line through measured models, log minutes on
        ability, puts the best released one.
        """
        posterior, minutes = self.path.posterior, self.known.task_minutes(self.at)
        ability = posterior.ability.mean(SAMPLE).to_series()
        both = pd.DataFrame({"x": ability, "y": np.log2(minutes)}).dropna()
        ours = posterior.models["country"] == posterior.params.follower
        recent = posterior.models[ours & (posterior.models["date"] > self.at - _WINDOW)]
        rate = minutes.reindex(recent.index).notna().sum() / (_WINDOW / MONTH_NS)
        rng = self._rng(4)
        measured = rng.poisson(rate * self.months(day), self._samples) > 0
        slope, height = np.polyfit(both["x"], both["y"], 1)
        error = float((both["y"] - height - slope * both["x"]).std())
        best = self.on(self.path.draws["best_released"], day)
        predicted = 2 ** (height + slope * best + error * rng.standard_normal(self._samples))
        return np.where(measured, np.fmax(self.task_minutes_now, predicted), self.task_minutes_now)

    @property
    def _samples(self) -> int:
        return int(np.prod([self.path.posterior.ability.sizes[name] for name in SAMPLE]))


def _between(rows: np.ndarray, month: float) -> np.ndarray:
    """Values [sample] of monthly rows at a month, linear between two."""
    return interp_rows(rows, np.arange(rows.shape[1], dtype=float), np.full((len(rows), 1), month))[:, 0]
