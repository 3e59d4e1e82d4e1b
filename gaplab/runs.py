"""Several runs at once: each distinct one is fitted once, or read from the cache."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from gaplab.data import Tables, load
from gaplab.fit import fit
from gaplab.params import Params
from gaplab.posterior import Posterior


def evidence(params: Params) -> Tables:
    """The tables that a run may see."""
    return load(as_of=params.as_of, knowledge=params.knowledge, root=Path(params.data) if params.data else None)


def fitted(runs: Iterable[Params], *, progress: bool = False) -> dict[Params, Posterior]:
    """The posterior of every run, in the order given.

    Parameters
    ----------
    runs : iterable of Params
        Equal ones are fitted once.
    progress : bool
        Show a bar for each phase of sampling on the terminal.

    Returns
    -------
    dict of Params to Posterior
    """
    return {run: fit(evidence(run), run, progress=progress) for run in dict.fromkeys(runs)}
