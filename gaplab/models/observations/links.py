"""Task horizons, and comparisons of two models."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd

from gaplab.models.scales import ANCHORS


@dataclass(frozen=True)
class Horizons:
    """Task horizons as log2 minutes; `at_least` marks lower bounds."""

    names: pd.Index
    reference: np.ndarray
    model: np.ndarray
    horizon: np.ndarray
    log2_minutes: np.ndarray
    error: np.ndarray
    at_least: np.ndarray


def horizons_of(rows: pd.DataFrame, models: pd.Index, years: np.ndarray) -> Horizons:
    """Task horizons as log2 minutes."""
    model = models.get_indexer(rows["model"])
    horizon, names = pd.factorize(rows["benchmark"], sort=True)
    error = rows["standard_error"].to_numpy(float)
    return Horizons(
        names=pd.Index(names, name="horizon", dtype=object),
        reference=pd.Series(years[model]).groupby(horizon).mean().to_numpy(float),
        model=model,
        horizon=horizon,
        log2_minutes=np.log2(rows["score"].to_numpy(float)),
        error=np.where(np.isnan(error), 0.0, error),
        at_least=(rows["censored"] == "lower").to_numpy(bool),
    )


class Links(NamedTuple):
    """Differences between two models in points, where the anchors are `span` points apart."""

    model: np.ndarray
    reference: np.ndarray
    points: np.ndarray
    sd: np.ndarray
    low_anchor: int
    high_anchor: int
    span: float


def links_of(rows: pd.DataFrame, models: pd.Index) -> tuple[Links, list[str]]:
    """Relative evidence in points; it needs both models and both anchors of the points."""
    anchors = models.get_indexer([name for name, _ in ANCHORS])
    usable = rows[rows["model"].isin(models) & rows["reference_model"].isin(models)] if len(rows) else rows
    notes = []
    if len(rows) and (anchors < 0).any():
        usable = rows.iloc[:0]
        notes.append("Links between models are not used: an anchor of the points is not in the data.")
    elif len(usable) < len(rows):
        notes.append(f"{len(rows) - len(usable)} links between models are not used: one of the two has no score.")
    notes += _contradictions(usable) if len(usable) > 1 else []
    column = (lambda name: usable[name]) if len(usable) else (lambda name: [])
    return (
        Links(
            model=models.get_indexer(column("model")).astype(int),
            reference=models.get_indexer(column("reference_model")).astype(int),
            points=np.asarray(column("difference"), float),
            sd=np.asarray(column("sd"), float),
            low_anchor=int(anchors[0]),
            high_anchor=int(anchors[1]),
            span=ANCHORS[1][1] - ANCHORS[0][1],
        ),
        notes,
    )


def _contradictions(links: pd.DataFrame) -> list[str]:
    """A line for each pair of models that two links put more than three of their errors apart."""
    turned = links["model"] > links["reference_model"]
    pairs = pd.DataFrame({
        "first": links["model"].where(~turned, links["reference_model"]),
        "second": links["reference_model"].where(~turned, links["model"]),
        "points": links["difference"].where(~turned, -links["difference"]),
        "sd": links["sd"],
    }).sort_values("points")  # fmt: skip
    return [
        f"Links between {first} and {second} contradict each other ({low.points:+g} ± {low.sd:g} and "
        f"{high.points:+g} ± {high.sd:g} points); both are used, so that the difference lies between them."
        for (first, second), each in pairs.groupby(["first", "second"])
        for low, high in [(each.iloc[0], each.iloc[-1])]
        if high.points - low.points > 3 * np.hypot(low.sd, high.sd)
    ]
