"""Two runs side by side: what differs between them, by how much the gap does, and which change did it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import combinations

import pandas as pd

from gaplab import gap
from gaplab.errors import GaplabError
from gaplab.gap import summary
from gaplab.params.spec import Params, parameter_names
from gaplab.posterior import Posterior

MOST = 4
"""More changes at once would need too many fits: two to this power."""
_STAGES = ("tables", "selection", "abilities", "frontiers")


@dataclass(frozen=True)
class Compared:
    """Two runs compared.

    Attributes
    ----------
    first, second : Posterior
    steps : DataFrame
        parameter, before, after; months: what the change adds to the frontier lag today, the mean over all orders in
        which the changes can be made; low, high: the least and greatest over these orders. The months add up.
    beside : list of str
        Parameters that differ and change no number of the gap today.
    """

    first: Posterior
    second: Posterior
    steps: pd.DataFrame
    beside: list[str]


def differing(first: Params, second: Params) -> tuple[list[str], list[str]]:
    """The parameters that differ: those that a fit depends on, and the others."""
    names = [name for name in parameter_names() if getattr(first, name) != getattr(second, name)]
    fitted = {name for stage in _STAGES for name in parameter_names(stage=stage)}
    return [name for name in names if name in fitted], [name for name in names if name not in fitted]


def runs_between(first: Params, second: Params) -> dict[frozenset[str], Params]:
    """The run with each choice of the changes made, from none to all.

    Raises
    ------
    GaplabError
        The runs do not differ, differ in too many ways, or some changes cannot be made alone.
    """
    names, beside = differing(first, second)
    if not names:
        more = f"; what differs ({', '.join(beside)}) changes no number of the gap" if beside else ""
        raise GaplabError(f"compare: both files ask for the same fit{more}; expected two that differ")
    if len(names) > MOST:
        raise GaplabError(
            f"compare: the runs differ in {len(names)} ways ({', '.join(names)}); expected at most {MOST}"
        )
    chosen = [frozenset(some) for size in range(len(names) + 1) for some in combinations(names, size)]
    return {some: replace(first, **{name: getattr(second, name) for name in some}) for some in chosen}


def compare(first: Params, second: Params, fit: Callable[[Params], Posterior]) -> Compared:
    """Two runs, and the share of each change in the difference of their frontier lags today.

    Parameters
    ----------
    fit : callable
        Gives the posterior of a run.

    Raises
    ------
    GaplabError
        See `runs_between`; or a run on the way has no number.

    References
    ----------
    Shapley, L. S. (1953). A value for n-person games. Shorrocks, A. F. (2013), doi:10.1007/s10888-011-9214-z.
    """
    between = runs_between(first, second)
    found = {chosen: fit(run) for chosen, run in between.items()}
    at = {chosen: summary.middle(_today(posterior)) for chosen, posterior in found.items()}
    if missing := [between[chosen] for chosen, months in at.items() if not math.isfinite(months)]:
        raise GaplabError(f"compare: the gap has no number in {len(missing)} of the {len(at)} runs between the two")
    names, beside = differing(first, second)
    rows = []
    for name in names:
        gains = {chosen: at[chosen | {name}] - at[chosen] for chosen in at if name not in chosen}
        share = sum(gain / (len(names) * math.comb(len(names) - 1, len(chosen))) for chosen, gain in gains.items())
        before, after = (str(getattr(side, name)) for side in (first, second))
        rows.append((name, before, after, share, min(gains.values()), max(gains.values())))
    steps = pd.DataFrame(rows, columns=["parameter", "before", "after", "months", "low", "high"])
    return Compared(found[frozenset()], found[frozenset(names)], steps, beside)


def _today(posterior: Posterior):
    return gap.frontier_lag(posterior.frontier, **posterior.params.roles).isel(date=-1)
