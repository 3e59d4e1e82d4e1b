"""The lag as others read it: rules on abilities, without a model of frontiers.

Each rule gives the months that the follower trails on the as-of date or at its
newest record. It takes release dates in months before the as-of date (negative,
rising) and abilities, first of the leader (`lead_at`, `lead`), then of the
follower (`own_at`, `own`). The abilities are those of our own stage 1, so that
only the rule differs. A rule that is used with error bars is applied to every
draw, the others to the means; `five_percent` takes draws [sample, model].
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from gaplab.gap.arrays import MONTH_NS

SIGNIFICANT = 0.95


def readings(
    theta: np.ndarray, models: pd.DataFrame, *, leader: str, follower: str, as_of: pd.Timestamp
) -> dict[str, np.ndarray]:
    """Draws of every peer-style estimate, in months.

    Parameters
    ----------
    theta : array [sample, model]
        Posterior draws of abilities, logits.
    models : DataFrame indexed by model, with country and date, in the order of `theta`

    Returns
    -------
    dict of array
        One number for `first_match` and `five_percent`, which have no error
        bars; one for each draw for `record_lines`, `bracket` and
        `draw_maxima`. -inf where the leader never gets there, NaN where a rule
        has too few records.

    References
    ----------
    first_match, five_percent: Epoch AI (2026), https://epoch.ai/data-insights/us-vs-china-eci and
    https://epoch.ai/data-insights/open-closed-eci-gap. record_lines: the reading of CAISI (2026),
    https://www.nist.gov/news-events/news/2026/05/caisi-evaluation-deepseek-v4-pro. bracket, draw_maxima:
    in use on trackers of single benchmarks.
    """
    months = ((models["date"] - as_of) / MONTH_NS).to_numpy()
    order = np.argsort(months, kind="stable")
    months, theta, country = months[order], theta[:, order], models["country"].to_numpy()[order]
    sides = [(months[country == name], theta[:, country == name]) for name in (leader, follower)]
    (lead_at, lead), (own_at, own) = sides
    mean = lead.mean(axis=0), own.mean(axis=0)

    def by_draw(rule: Callable) -> np.ndarray:
        return np.array([rule(lead_at, ours, own_at, theirs) for ours, theirs in zip(lead, own, strict=True)])

    return {
        "first_match": np.array([first_match(lead_at, mean[0], own_at, mean[1])]),
        "five_percent": np.array([five_percent(lead_at, lead, own_at, own)]),
        "record_lines": by_draw(record_lines),
        "bracket": by_draw(bracket),
        "draw_maxima": by_draw(first_match),
    }


def first_match(lead_at: np.ndarray, lead: np.ndarray, own_at: np.ndarray, own: np.ndarray) -> float:
    """Months from the first leader model at or above the follower's newest record, to that record.

    -inf where no leader model reaches it.
    """
    record = int(np.argmax(own))
    reached = lead_at[lead >= own[record]]
    return own_at[record] - reached.min() if reached.size else -np.inf


def five_percent(lead_at: np.ndarray, lead: np.ndarray, own_at: np.ndarray, own: np.ndarray) -> float:
    """Months since the first leader model that is better than the follower's best with 95% probability; 0 if none."""
    best = own[:, [int(np.argmax(own.mean(axis=0)))]]
    better = lead_at[(lead > best).mean(axis=0) > SIGNIFICANT]
    return -better.min() if better.size else 0.0


def record_lines(lead_at: np.ndarray, lead: np.ndarray, own_at: np.ndarray, own: np.ndarray) -> float:
    """Months between two straight lines through the records of each side, at the height of the follower's today.

    NaN where a side has fewer than two records.
    """
    lines = [_line(lead_at, lead), _line(own_at, own)]
    if None in lines:
        return np.nan
    (level, slope), (today, _) = lines
    return (level - today) / slope if slope > 0 else np.nan


def bracket(lead_at: np.ndarray, lead: np.ndarray, own_at: np.ndarray, own: np.ndarray) -> float:
    """Months from the day when the follower's newest record would fall between two leader records, to that record.

    -inf where no leader record is above it.
    """
    record = int(np.argmax(own))
    at, level = _records(lead_at, lead)
    if own[record] > level[-1]:
        return -np.inf
    return own_at[record] - float(np.interp(own[record], level, at))


def _records(at: np.ndarray, ability: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Dates and abilities of the models that were better than all before them."""
    before = np.concatenate([[-np.inf], np.maximum.accumulate(ability)[:-1]])
    new = ability > before
    return at[new], ability[new]


def _line(at: np.ndarray, ability: np.ndarray) -> tuple[float, float] | None:
    """Height at the as-of date and slope of the least-squares line through the records."""
    x, y = _records(at, ability)
    if len(x) < 2 or np.ptp(x) == 0:
        return None
    slope, height = np.polyfit(x, y, 1)
    return float(height), float(slope)
