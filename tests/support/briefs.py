"""Briefs from a simulated posterior, each made once for all tests that look at it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import xarray as xr
from filelock import FileLock

from gaplab.fit import cache, runs
from gaplab.fit.files import cache_file
from gaplab.params.spec import Params, choices_of
from gaplab.posterior import Posterior
from gaplab.runs.brief import Brief, make_brief
from support.worlds import synthetic_posterior

QUICK = Params(chains=4, draws=100)
SINCE = date(2026, 3, 31)
VARIANTS = {
    "full": QUICK,
    "one_page": replace(QUICK, variant="one_page"),
    "dossier": replace(QUICK, variant="dossier", subject="DeepSeek-V4-Pro"),
    "changes": replace(QUICK, variant="changes", since=SINCE),
}
CYBER = replace(QUICK, domain="cyber")


def keep_for(params: Params, posterior: Posterior) -> None:
    """Put a posterior in the cache where a fit with these parameters looks for it."""
    cache.write(cache_file(runs.tables_of(params), params), as_kept(posterior))


def as_kept(posterior: Posterior) -> xr.Dataset:
    """A posterior in the form in which the cache keeps it."""
    draws = posterior.to_dataset()
    return draws.assign(_stage_two(draws))


def _stage_two(draws: xr.Dataset) -> dict[str, tuple]:
    """What a fit keeps for reweighting: readings close to the abilities, and plain hyperparameters."""
    sample = ("chain", "draw")
    shape = tuple(draws.sizes[name] for name in sample)
    ability = draws["ability"]
    return {
        "factor": ((*sample, "factor"), np.zeros((*shape, 1))),
        **{name: (sample, np.zeros(shape)) for name in ("log_pace", "pace_contrast")},
        "tau": (sample, np.full(shape, 0.4)),
        "reading": ("model", ability.mean(sample).to_numpy()),
        "reading_sd": ("model", np.full(draws.sizes["model"], 0.2)),
        "loadings": (("model", "factor"), np.zeros((draws.sizes["model"], 1))),
    }


def keep_simulated(params: Params) -> None:
    """Let a brief with these parameters find simulated posteriors: eight months behind, nine with restricted models."""
    behind = {"public": 8.0, "trusted": 9.0, "internal": 9.5}
    lags = {
        replace(params, scope=scope, clock=clock): months
        for scope, months in behind.items()
        for clock in choices_of("clock")
    }
    lags[replace(params, as_of=SINCE)] = 9.0
    lags[replace(params, as_of=SINCE, knowledge="real_time")] = 9.6
    for months, run in enumerate(runs.by_domain(params), start=4):
        lags |= {run: float(months), replace(run, scope="trusted"): months + 1.0}
    for run, months in lags.items():
        if not cache_file(runs.tables_of(run), run).exists():
            keep_for(run, synthetic_posterior(params=run, lag_months=months))


def finished(params: Params = QUICK) -> Brief:
    """The brief of the simulated world, in a folder of its own; made by whichever process needs it first."""
    keep_simulated(QUICK)
    name = f"briefs-{params.variant}-{params.domain}"
    with FileLock(cache.folder() / f"{name}.lock"):
        return make_brief(params, cache.folder().parent / name)
