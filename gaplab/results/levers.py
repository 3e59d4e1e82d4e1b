"""Draws of both frontiers for a page that moves the levers itself."""

from __future__ import annotations

from typing import Any

import numpy as np

from gaplab.outlook.forecast import begin, forecast
from gaplab.outlook.paths import movable_parts
from gaplab.posterior import Posterior

DRAWS, PAST_MONTHS = 320, 48
CENSORED = -99.0
"""A lag that has no value in a draw: the follower is ahead for good."""


def lever_draws(posterior: Posterior) -> dict[str, Any]:
    """Every so-many-th draw of both frontiers, in the parts that the levers act on.

    Returns
    -------
    dict
        past: months of the leader's knots, 0 the as-of date; horizon; rows:
        array [draw, number] of the leader's level at each knot, its steps, the
        follower's own steps, its level, kappa and whether it is catching up;
        baseline: median lag of all draws by month.
    """
    start = begin(posterior)
    past, horizon = start.past, start.past.horizon
    parts = movable_parts(past, start.shocks)
    knots = np.flatnonzero(past.months >= -PAST_MONTHS)
    rows = np.column_stack([
        past.frontier[:, 0, knots], parts["leader"][:, :horizon], parts["follower"][:, :horizon],
        past.frontier[:, 1, -1], parts["kappa"], parts["catching_up"],
    ])  # fmt: skip
    lag = forecast(posterior, start=start).draws["frontier_lag"].median(("chain", "draw")).to_numpy()
    return {
        "past": [round(float(month), 3) for month in past.months[knots]],
        "horizon": horizon,
        "rows": rows[:: max(1, len(rows) // DRAWS)],
        "baseline": [float(value) if np.isfinite(value) else CENSORED for value in lag[: horizon + 1]],
    }
