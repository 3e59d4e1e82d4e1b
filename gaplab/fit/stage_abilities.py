"""Stage 1 of a fit: from scores to draws of abilities."""

from __future__ import annotations

from typing import TYPE_CHECKING

import xarray as xr

from gaplab.fit.stage_sampling import checks, one_thread, sample_stage
from gaplab.posterior import described
from gaplab.progress import Report

if TYPE_CHECKING:
    from gaplab.data.tables import Tables
    from gaplab.params.spec import Params
    from gaplab.sampling.curvature import Curvature


@one_thread
def sample(tables: Tables, params: Params, *, shape: Curvature | None, report: Report) -> tuple[xr.Dataset, Curvature]:
    """Draws of stage 1, and the shape of their density.

    Parameters
    ----------
    shape : Curvature or None
        Of an earlier fit of like data.
    report : callable
        Called with the phase and the share of it that is done.

    Returns
    -------
    draws : Dataset
        See `models.ability.draws.labelled`; attrs `notes` and `checks` as JSON.
    shape : Curvature
    """
    from gaplab.models.ability.density import SAMPLING, ability_density
    from gaplab.models.ability.draws import DERIVED, labelled
    from gaplab.models.observations.observations import observations

    data = observations(tables, params)
    made = sample_stage("abilities", SAMPLING, ability_density(data), params, shape=shape, report=report)
    draws = labelled(made.values, data, made.controls)
    found = checks("abilities", draws.drop_vars(DERIVED, errors="ignore"), made.divergences, params)
    return described(draws, found, data.notes), made.curvature
