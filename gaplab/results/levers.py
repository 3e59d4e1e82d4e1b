"""Draws of both frontiers for a page that moves the levers itself."""

from __future__ import annotations

from typing import Any

import numpy as np

from gaplab.outlook.forecast import Forecast, begin
from gaplab.posterior import Posterior

DRAWS, PAST_MONTHS = 320, 48
CENSORED = -99.0
"""A lag that has no value in a draw: the follower is ahead for good."""


def lever_draws(posterior: Posterior, baseline: Forecast) -> dict[str, Any]:
    """Every so-many-th draw of both frontiers, in the parts that the levers act on.

    Parameters
    ----------
    baseline : Forecast
        That of the posterior without levers.

    Returns
    -------
    dict
        past: months of the leader's knots, 0 the as-of date; horizon; rows:
        array [draw, number] of the leader's level at each knot, its steps, the
        follower's own steps, its level, kappa and whether it is catching up;
        baseline: the middle lag of these draws by month, as the page takes it.
    """
    start = begin(posterior)
    past, horizon, parts = start.past, start.past.horizon, start.parts
    knots = np.flatnonzero(past.months >= -PAST_MONTHS)
    rows = np.column_stack([
        past.frontier[:, 0, knots], parts.leader[:, :horizon], parts.follower[:, :horizon],
        past.frontier[:, 1, -1], parts.kappa, parts.catching_up,
    ])  # fmt: skip
    few = slice(None, None, max(1, len(rows) // DRAWS))
    lag = baseline.draws["frontier_lag"].transpose("chain", "draw", "horizon").to_numpy()
    lag = lag.reshape(len(rows), -1)[few, : horizon + 1]
    middle = np.sort(np.where(np.isfinite(lag), lag, CENSORED), axis=0)[len(lag) // 2]
    return {
        "past": [round(float(month), 3) for month in past.months[knots]],
        "horizon": horizon,
        "rows": rows[few],
        "baseline": [float(value) for value in middle],
    }
