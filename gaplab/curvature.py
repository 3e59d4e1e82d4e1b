"""The shape of a posterior by the names of its coordinates, so that a fit of changed data can begin with it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr
from scipy.sparse import coo_array, csr_array, diags_array


@dataclass(frozen=True)
class Curvature:
    """Where a log density has its mass, and how sharply it falls off there.

    Attributes
    ----------
    names : Index [dim]
        Names of the coordinates, unique.
    centre : array [dim]
        Mean of draws.
    matrix : csr_array [dim, dim]
        Minus the Hessian of the log density, averaged over draws; entries that do not matter are left out.
    """

    names: pd.Index
    centre: np.ndarray
    matrix: csr_array

    def reindexed(self, names: pd.Index, start: np.ndarray) -> Curvature:
        """The same of other coordinates: those not known here have a curvature of one around their start.

        Parameters
        ----------
        names : Index [dim]
        start : array [dim]
            Centre of the coordinates that are not known.

        Returns
        -------
        Curvature
        """
        place = self.names.get_indexer(names)
        known = np.flatnonzero(place >= 0)
        picked = csr_array((np.ones(known.size), (known, place[known])), shape=(len(names), len(self.names)))
        centre = np.array(start, float)
        centre[known] = self.centre[place[known]]
        return Curvature(names, centre, csr_array(picked @ self.matrix @ picked.T + diags_array((place < 0) * 1.0)))

    def to_dataset(self) -> xr.Dataset:
        """As a dataset that `from_dataset` reads."""
        entries = coo_array(self.matrix)
        return xr.Dataset(
            {
                "centre": ("coordinate", self.centre),
                "row": ("entry", entries.row),
                "column": ("entry", entries.col),
                "value": ("entry", entries.data),
            },
            coords={"coordinate": self.names.to_numpy(object)},
        )

    @classmethod
    def from_dataset(cls, stored: xr.Dataset) -> Curvature:
        """What `to_dataset` gave."""
        size = stored.sizes["coordinate"]
        entries = stored["value"].to_numpy(), (stored["row"].to_numpy(), stored["column"].to_numpy())
        return cls(
            pd.Index(stored["coordinate"].to_numpy(), dtype=object),
            stored["centre"].to_numpy(),
            csr_array(entries, shape=(size, size)),
        )
