"""The scales that a lag may be read on: ours, and published indices as logits."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

ANCHORS = (("Claude 3.5 Sonnet", 130.0), ("GPT-5", 150.0))
"""Models that fix the display scale in every draw, as in Epoch's index."""

ELO_PER_LOGIT = 400 / np.log(10)
"""Of a rating where 400 points are odds of ten to one (Elo 1978)."""


@dataclass(frozen=True)
class Scale:
    """How a published index becomes logits: (value, or log2 of it, - intercept) / per_logit.

    No lag depends on intercept or unit; stage 2's priors on pace do, weakly.
    """

    index: str
    per_logit: float
    intercept: float = 0.0
    log2: bool = False


INDICES = {
    # An affine map of a latent logit, anchored as above: intercept and slope of the vintage of 2026-04-29.
    "epoch_eci": Scale("epoch_eci", 20.15, 111.12),
    # Doublings of the task horizon per logit: the prior centre of `models.ability`.
    "metr_horizon": Scale("metr_p50_minutes", 1.5, log2=True),
    "caisi_elo": Scale("caisi_elo", ELO_PER_LOGIT),
    "arena_elo": Scale("arena_elo", ELO_PER_LOGIT),
}
"""What each ruler but our own reads."""


def full_vintages(rows: pd.DataFrame) -> pd.DatetimeIndex:
    """The vintages of an index with at least half as many models as the fullest; the others are updates of a few.

    Parameters
    ----------
    rows : DataFrame
        Those of one index in index_vintages.csv.

    Returns
    -------
    DatetimeIndex
        In order.
    """
    sizes = rows.groupby("vintage")["model"].nunique()
    return pd.DatetimeIndex(sizes.index[sizes >= sizes.max() / 2]).sort_values()


def logits(values: pd.Series, scale: Scale) -> np.ndarray:
    """Values of an index in logits."""
    values = values.to_numpy(float)
    return ((np.log2(values) if scale.log2 else values) - scale.intercept) / scale.per_logit


def interval_sd(rows: pd.DataFrame, scale: Scale) -> np.ndarray:
    """Standard deviation in logits that a Gaussian with the published interval would have."""
    from scipy.stats import norm

    width = logits(rows["high"], scale) - logits(rows["low"], scale)
    level = rows["level"].to_numpy(float)
    return np.where(width > 0, width, np.nan) / (2 * norm.ppf((1 + level) / 2))
