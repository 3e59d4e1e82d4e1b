"""Bands of a rank histogram: what uniform ranks would show, and which quantities leave their band."""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from pathlib import Path

import numpy as np
import pandas as pd

from gaplab.validation import track_record

TOLERATED = 0.02
"""Share of worlds that may fail, as when too few models have readings; they are counted and said, never hidden."""
RANKED = 99
"""Thinned draws that the truth is ranked among: 100 places."""


def bands(ranks: pd.DataFrame) -> pd.DataFrame:
    """ECDF of the ranks less that of a uniform, with simultaneous 95% bands, for each quantity.

    Parameters
    ----------
    ranks : DataFrame
        What `rank_table` returns.

    Returns
    -------
    DataFrame
        quantity, at (between 0 and 1), difference, lower, upper, and inside:
        whether that quantity stays in its band everywhere.
    """
    parts = []
    for quantity, each in ranks.groupby("quantity", sort=True):
        within, at, low, high = _uniform_band(len(each))
        # A rank among n draws is one of n + 1 places; anywhere within its place is as good.
        values = (each["rank"].to_numpy() + within) / (each["n_draws"].to_numpy() + 1)
        share = np.searchsorted(np.sort(values), at, side="right") / len(each)
        inside = bool(((share >= low) & (share <= high))[1:-1].all())
        parts.append(
            pd.DataFrame({"quantity": quantity, "at": at, "difference": share - at, "lower": low - at,
                          "upper": high - at, "inside": inside})
        )  # fmt: skip
    return pd.concat(parts, ignore_index=True)


@cache
def _uniform_band(n: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Places within n ranks, and the points and simultaneous band of the ECDF of n uniform numbers."""
    from arviz_stats.ecdf_utils import ecdf_pit

    rng = np.random.default_rng(n)
    within = rng.uniform(size=n)
    at, _, low, high = ecdf_pit(within, 0.95, 1000, rng=rng)
    return within, at, low, high


def rank_summary(ranks: pd.DataFrame) -> pd.DataFrame:
    """One row for each quantity: whether it is calibrated, and if not, how it misses.

    Parameters
    ----------
    ranks : DataFrame
        What `rank_table` returns.

    Returns
    -------
    DataFrame
        quantity; simulations; inside (the 95% band); mean_rank (0.5 without
        bias; smaller: draws are too high); spread (standard deviation of the
        ranks over that of a uniform: above 1 intervals are too narrow);
        coverage_80.
    """
    inside = bands(ranks).groupby("quantity")["inside"].first()
    share = (ranks["rank"] + 0.5) / (ranks["n_draws"] + 1)
    grouped = share.groupby(ranks["quantity"])
    return pd.DataFrame({
        "simulations": grouped.size(), "inside": inside, "mean_rank": grouped.mean(),
        "spread": grouped.std() * np.sqrt(12), "coverage_80": grouped.apply(lambda s: ((s > 0.1) & (s < 0.9)).mean()),
    }).reset_index()  # fmt: skip


def recorded_summary(folder: Path | None = None) -> pd.DataFrame:
    """What `rank_summary` gives of the ranks of the record: as stored beside them, unless that is of other ranks.

    The bands are simulated, which takes longer than all else that a page says of the record.

    Parameters
    ----------
    folder : Path, optional
        The project's own when left out.
    """
    ranks = track_record.read("sbc.csv", folder)
    if "sbc_summary.csv" in track_record.present(folder):
        stored = track_record.read("sbc_summary.csv", folder)
        if dict(zip(stored["quantity"], stored["ranks"], strict=True)) == digests(ranks):
            return stored.drop(columns="ranks")
    return rank_summary(ranks)


def digests(ranks: pd.DataFrame) -> dict[str, str]:
    """SHA-256 of each quantity's ranks, so that a summary can say which ranks it is of."""
    numbers = ranks.groupby("quantity")[["rank", "n_draws"]]
    return {str(quantity): sha256(each.to_numpy("<i8").tobytes()).hexdigest() for quantity, each in numbers}
