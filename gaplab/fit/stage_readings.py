"""Between the stages of a fit: what stage 1 says of each model, in a thousandth of the size of its draws."""

from __future__ import annotations

import xarray as xr

from gaplab.fit.stage_sampling import one_thread
from gaplab.models.readings import abilities_in, from_abilities
from gaplab.posterior import checks_of, described, notes_of


@one_thread
def readings_in(draws: xr.Dataset, domain: str) -> xr.Dataset:
    """Readings of one domain from the draws of stage 1.

    Returns
    -------
    Dataset
        See `GaussianAbilities.to_dataset`; with the checks and notes of the draws, and a note that names the models
        that the scores say too little about.

    Raises
    ------
    GaplabError
        The domain has too few tests, or the scores say too little about nearly all models.
    """
    readings, unread = from_abilities(abilities_in(draws, domain))
    notes = notes_of(draws)
    if len(unread):
        notes.append(f"In no frontier, since their scores say less than the prior: {', '.join(unread)}.")
    return described(readings.to_dataset(), checks_of(draws), notes)
