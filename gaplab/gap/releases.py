"""One country's models in the order of their dates, as arrays: the best so far, and the first at or above a level."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
import xarray as xr

from gaplab.gap.arrays import first_at_or_above, models_of, months_between, spread_out
from gaplab.units import SAMPLE


@dataclass(frozen=True)
class Releases:
    """The models of a country, oldest first.

    Attributes
    ----------
    abilities : array [model, chain, draw]
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
        theirs = models_of(models, country)
        abilities = ability.sel(model=theirs.index.to_numpy()).transpose("model", *SAMPLE).to_numpy()
        return cls(np.ascontiguousarray(abilities), theirs["date"].to_numpy(), theirs.index.to_numpy().astype(object))

    @cached_property
    def _best(self) -> np.ndarray:
        """Best of the first 0, 1, 2, ... models [number, chain, draw]; -inf of none."""
        best = np.full((len(self.names) + 1, *self.abilities.shape[1:]), -np.inf)
        np.maximum.accumulate(self.abilities, axis=0, out=best[1:])
        return best

    def best_by(self, days: np.ndarray) -> np.ndarray:
        """Highest ability released by each day [chain, draw, day]; -inf before the first model."""
        return np.moveaxis(self._best[self.dates.searchsorted(days, side="right")], 0, -1)

    def first_match(self, level: np.ndarray) -> np.ndarray:
        """Place of the first model at or above a level [chain, draw, ...]; their number where none is."""
        return first_at_or_above(spread_out(np.moveaxis(self._best[1:], 0, -1), level), level)

    def first_better(self, level: np.ndarray, days: np.ndarray) -> list[int | None]:
        """Place of the first model, by each day, that is above a level with a probability of more than 0.95.

        Parameters
        ----------
        level : array [chain, draw, day]
        """
        found = []
        for place, out in enumerate(self.dates.searchsorted(days, side="right")):
            above = self.abilities[:out] > level[..., place]
            better = np.count_nonzero(above, axis=(1, 2)) / level[..., place].size > 0.95
            found.append(int(better.argmax()) if better.any() else None)
        return found

    def names_at(self, places: np.ndarray) -> np.ndarray:
        """Names of models by their place; "" for their number, which is that of none."""
        return np.append(self.names, "")[places]

    @cached_property
    def months(self) -> np.ndarray:
        """When each came out, in months since the last."""
        return months_between(self.dates, since=self.dates[-1])
