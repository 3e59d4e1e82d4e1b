"""What published indices read of every model: Gaussian readings of ability, in logits."""

from __future__ import annotations

import numpy as np
import pandas as pd

from gaplab.errors import GaplabError
from gaplab.models.readings import GaussianAbilities
from gaplab.models.scales import INDICES, full_vintages, interval_sd, logits


def from_index(vintages: pd.DataFrame, ruler: str) -> tuple[GaussianAbilities, list[str]]:
    """Readings of a published index in its newest full vintage.

    Parameters
    ----------
    vintages : DataFrame
        Rows of index_vintages.csv, as known at the date.
    ruler : str
        One of `INDICES`.

    Returns
    -------
    GaussianAbilities, list of str
        The standard error is the width of the published interval over that of a
        Gaussian; models without one get the median of those that have one.

    Raises
    ------
    GaplabError
        When no vintage of the index is known.
    """
    scale = INDICES[ruler]
    rows = vintages[vintages["index"] == scale.index]
    if rows.empty:
        raise GaplabError(
            f"parameter ruler: {ruler}: not enough data: index_vintages.csv has no vintage of {scale.index} at this "
            "date; choose a later as_of, knowledge=hindsight or ruler=ability, or add a vintage (gaplab data import)"
        )
    vintage = full_vintages(rows)[-1]
    now = rows[rows["vintage"] == vintage].sort_values("model")
    sd = interval_sd(now, scale)
    notes = [f"{scale.index}: vintage of {vintage.date()}, {len(now)} models."]
    if np.isnan(sd).any():
        known = interval_sd(rows, scale)
        if np.isnan(known).all():
            raise GaplabError(
                f"index_vintages.csv: no interval of {scale.index} is known; expected low, high and level"
            )
        notes.append(f"{int(np.isnan(sd).sum())} of them have no published interval and get the median width.")
        sd = np.where(np.isnan(sd), np.nanmedian(known), sd)
    readings = GaussianAbilities(
        models=pd.Index(now["model"], name="model"),
        mean=logits(now["value"], scale),
        sd=sd,
        loadings=np.zeros((len(now), 0)),
    )
    return readings, notes
