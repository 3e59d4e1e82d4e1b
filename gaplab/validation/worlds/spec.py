"""The specifications of the simulated worlds, one row each, and a world as tables with the truth behind them."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Literal

import pandas as pd
import xarray as xr

from gaplab.data.load import load
from gaplab.data.tables import Tables
from gaplab.params.fields import Knowledge
from gaplab.params.spec import Params
from gaplab.posterior import Health, Posterior

LEADER, FOLLOWER = "Leader", "Follower"
PAST_YEARS, FUTURE_YEARS = 3.0, 4.0  # known beyond the first model and the as-of date, so that no truth is cut off
OMEGA = 0.01
ITEMS = (100, 200, 500)


@dataclass(frozen=True)
class WorldSpec:
    """What is true in a world.

    Attributes
    ----------
    models_per_country, benchmarks, scores_per_model : int
    years : float
        Releases are spread evenly over so many years before the as-of date.
    pace : float
        Mean growth of the leader's frontier, logits per year.
    frontier : {"smooth", "jumpy", "slope_change"}
        smooth: a line with a gentle wave; jumpy: a gamma process, nearly all
        of whose growth comes in jumps; slope_change: more than twice as fast
        since fifteen months before the as-of date.
    lag_months : (float, float)
        The follower repeats the leader with a lag that goes in a straight
        line from the first number, `years` ago, to the second, today.
    shortfall : {"exponential", "log_normal"}
        How far models fall below their frontier; log_normal has a heavy tail
        and hardly any model at the frontier itself.
    mean_shortfall : float
        Logits.
    era : float
        0: tests are taken at random; larger: the more so those near a model's own level.
    cherry_picking : float
        The follower's models show only their better half of twice as many
        scores, which differ from what abilities predict by so many logits.
    self_reported : float
        Share of the follower's scores that its developers publish.
    developer_bias : float
        Logits by which these are too high; a quarter of them has an independent twin.
    delay_days : float
        Mean wait of the follower's models for their scores, exponential.
    restricted : int
        Leader models that only selected users have, half a year ahead of the leader's public frontier.
    knowledge : {"hindsight", "real_time"}
        What a run may know of the world.
    """

    models_per_country: int = 30
    benchmarks: int = 14
    scores_per_model: int = 8
    years: float = 3.0
    pace: float = 1.2
    frontier: Literal["smooth", "jumpy", "slope_change"] = "smooth"
    lag_months: tuple[float, float] = (8.0, 8.0)
    shortfall: Literal["exponential", "log_normal"] = "exponential"
    mean_shortfall: float = 0.5
    era: float = 0.0
    cherry_picking: float = 0.0
    self_reported: float = 0.0
    developer_bias: float = 0.0
    delay_days: float = 0.0
    restricted: int = 0
    knowledge: Knowledge = "hindsight"


WORLDS: dict[str, WorldSpec] = {
    "smooth": WorldSpec(),
    "jumpy": WorldSpec(frontier="jumpy"),
    "slope_change": WorldSpec(frontier="slope_change"),
    "drifting_lag": WorldSpec(lag_months=(10.0, 6.0)),
    "overtaking": WorldSpec(lag_months=(9.0, -3.0)),
    "heavy_shortfalls": WorldSpec(shortfall="log_normal"),
    "selective_tests": WorldSpec(era=2.0),
    "cherry_picking": WorldSpec(cherry_picking=0.3),
    "developer_bias": WorldSpec(self_reported=0.5, developer_bias=0.3),
    "late_scoring": WorldSpec(delay_days=60.0, knowledge="real_time"),
    "restricted_models": WorldSpec(restricted=6),
    "tiny": WorldSpec(models_per_country=6, benchmarks=5, scores_per_model=4),
    "tenfold": WorldSpec(models_per_country=1000, benchmarks=570, scores_per_model=10),
}
"""Every world by name; the last two differ in size alone."""


@dataclass(frozen=True)
class World:
    """Simulated tables and the truth behind them.

    Attributes
    ----------
    frames : dict of DataFrame
        The eight tables, as they would be written.
    ability : Series
        True ability of each model, in logits.
    frontier : DataArray, dims (country, date)
        True frontiers day by day, from years before the first model to years after the as-of date, in logits.
    """

    frames: dict[str, pd.DataFrame]
    spec: WorldSpec
    as_of: date
    ability: pd.Series
    frontier: xr.DataArray

    @property
    def lag_months(self) -> float:
        """Months by which the follower's frontier repeats the leader's on the as-of date."""
        return self.spec.lag_months[1]

    @property
    def params(self) -> Params:
        """The run that reads this world."""
        return Params(leader=LEADER, follower=FOLLOWER, as_of=self.as_of, knowledge=self.spec.knowledge)

    @cached_property
    def tables(self) -> Tables:
        """The tables as `data.load` gives them for the as-of date."""
        with tempfile.TemporaryDirectory() as folder:
            self.write(Path(folder))
            return load(as_of=self.as_of, knowledge=self.spec.knowledge, root=Path(folder))

    def write(self, folder: Path) -> None:
        """Write the tables as CSV files, for `load` and for the command line."""
        for name, frame in self.frames.items():
            frame.to_csv(folder / f"{name}.csv", index=False, date_format="%Y-%m-%d")

    def truth(self, posterior: Posterior) -> Posterior:
        """The truth about the models of a posterior, as a posterior with a single draw.

        Every function of `gap` then gives the true value of what it estimates.
        """
        names = posterior.models.index
        single = {"chain": [0], "draw": [0]}
        ability = xr.DataArray(
            self.ability[names].to_numpy()[None, None],
            dims=("chain", "draw", "model"),
            coords=single | {"model": names.to_numpy(object)},
        )
        frontier = self.frontier.expand_dims(single).transpose("chain", "draw", "country", "date")
        mean = xr.full_like(frontier.isel(date=0, drop=True), self.spec.mean_shortfall)
        return Posterior(ability, frontier, mean, None, posterior.models, Health(()), posterior.params, {"notes": []})
