"""One country's models in the order of their dates, as arrays: the best so far, and the first at or above a level."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
import xarray as xr

from gaplab.gap.arrays import first_at_or_above, months_between, of_country, running_max, spread_out
from gaplab.units import SAMPLE


@dataclass(frozen=True)
class Releases:
    """The models of a country, oldest first.

    Attributes
    ----------
    abilities : array [chain, draw, model]
        Logits.
    dates : array of datetime64
    names : array of object
    """

    abilities: np.ndarray
    dates: np.ndarray
    names: np.ndarray

    @classmethod
    def of(cls, ability: xr.DataArray, models: pd.DataFrame, country: str) -> Releases:
        """Those of a country, of all that are fitted; it has to have one."""
        theirs, dates = of_country(ability, models, country)
        abilities = theirs.transpose(*SAMPLE, "model").to_numpy()
        return cls(abilities, dates.to_numpy(), theirs["model"].to_numpy().astype(object))

    @cached_property
    def _best(self) -> np.ndarray:
        """Best of the first 0, 1, 2, ... models [chain, draw, number]."""
        return running_max(self.abilities)

    def best_by(self, days: np.ndarray) -> np.ndarray:
        """Highest ability released by each day [chain, draw, day]; -inf before the first model."""
        return self._best[..., self.dates.searchsorted(days, side="right")]

    def first_match(self, level: np.ndarray) -> np.ndarray:
        """Place of the first model at or above a level [chain, draw, ...]; their number where none is."""
        return first_at_or_above(spread_out(self._best[..., 1:], level), level)

    def first_better(self, level: np.ndarray, days: np.ndarray) -> list[int | None]:
        """Place of the first model, by each day, that is above a level with a probability of more than 0.95.

        Parameters
        ----------
        level : array [chain, draw, day]
        """
        found = []
        for place, out in enumerate(self.dates.searchsorted(days, side="right")):
            above = self._by_model[:out] > level[..., place].ravel()
            better = np.count_nonzero(above, axis=1) / above.shape[1] > 0.95
            found.append(int(better.argmax()) if better.any() else None)
        return found

    @cached_property
    def _by_model(self) -> np.ndarray:
        """Abilities [model, sample]."""
        return np.ascontiguousarray(self.abilities.reshape(-1, len(self.names)).T)

    def names_at(self, places: np.ndarray) -> np.ndarray:
        """Names of models by their place; "" for their number, which is that of none."""
        return np.append(self.names, "")[places]

    @cached_property
    def months(self) -> np.ndarray:
        """When each came out, in months since the last."""
        return months_between(self.dates, since=self.dates[-1])
