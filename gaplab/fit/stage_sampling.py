"""What both stages of a fit share: sampling a density as the run asks, and checking the draws."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any

import xarray as xr
from threadpoolctl import threadpool_limits

from gaplab.posterior import Check
from gaplab.progress import Report

if TYPE_CHECKING:
    from gaplab.params.spec import Params
    from gaplab.sampling.curvature import Curvature
    from gaplab.sampling.density import Density
    from gaplab.sampling.hmc import Settings
    from gaplab.sampling.sample import Draws

_PREVIEW: dict[str, Any] = {"tune": 50, "thin": 1, "target_accept": 0.8}
_PREVIEW_DRAWS = 200
"""Of each chain."""


def one_thread[**P, R](function: Callable[P, R]) -> Callable[P, R]:
    """For functions whose draws must not depend on the machine: more threads of BLAS would add in another order."""

    @wraps(function)
    def limited(*args: P.args, **kwargs: P.kwargs) -> R:
        # numpy and scipy bring a BLAS each; one that is loaded only within the limit would not be limited.
        import scipy.linalg  # noqa: F401

        with threadpool_limits(limits=1, user_api="blas"):
            return function(*args, **kwargs)

    return limited


def sample_stage(
    stage: str,
    settings: Settings,
    density: Density,
    params: Params,
    *,
    shape: Curvature | None,
    report: Report,
) -> Draws:
    """Draws of one stage.

    Parameters
    ----------
    stage : str
        Its name in reports.
    settings : Settings
        How it is best sampled.
    shape : Curvature or None
        Of an earlier fit of like data; found by a pilot run when None.
    report : callable
        Called with the phase and the share of it that is done.
    """
    from gaplab.sampling.sample import sample

    return sample(
        density,
        settings._replace(**_PREVIEW) if params.sampling == "preview" else settings,
        draws=n_draws(params),
        chains=params.chains,
        seed=params.seed,
        curvature=shape,
        progress=lambda phase, share: report(f"{stage}: {phase}", share),
    )


def n_draws(params: Params) -> int:
    """Draws kept from each chain."""
    return min(params.draws, _PREVIEW_DRAWS) if params.sampling == "preview" else params.draws


def checks(stage: str, draws: xr.Dataset, divergences: int, params: Params) -> list[Check]:
    """R-hat, effective sample size and divergences over everything a stage sampled."""
    from gaplab.sampling import convergence

    r_hat, ess = convergence.worst(draws)
    total = draws.sizes["chain"] * draws.sizes["draw"]
    more = more_draws(params)
    agree = f"The chains of the {stage} disagree: {more}."
    enough = f"The {stage} rest on few independent draws: {more}."
    followed = f"The sampler of the {stage} met regions it could not follow; intervals may be too narrow: {more}."
    few = divergences <= 0.005 * total
    worst_r_hat, least_ess = (1.2, 20) if params.sampling == "preview" else (1.05, 100)
    return [
        check(f"{stage}: largest R-hat", r_hat, "at most 1.01", r_hat <= 1.01, r_hat <= worst_r_hat, agree),
        check(f"{stage}: smallest bulk ESS", ess, "at least 400", ess >= 400, ess >= least_ess, enough),
        check(f"{stage}: divergences", divergences, "0", divergences == 0, few, followed),
    ]


def more_draws(params: Params) -> str:
    """What to do about too few independent draws; a preview has few by design."""
    return "run sampling=full" if params.sampling == "preview" else "run more draws (draws=2000) or another seed"


def preview_check(params: Params) -> Check:
    """What keeps a preview from being quoted."""
    advice = "This is a preview from few draws, in the shape of an earlier fit: run sampling=full before quoting it."
    return Check("preview: draws", params.chains * n_draws(params), "those of a full run", "REVIEW", advice)


def check(name: str, value: float, threshold: str, good: bool, usable: bool, advice: str) -> Check:
    """A check that passes when good, and fails when not even usable."""
    status = "PASS" if good else "REVIEW" if usable else "FAIL"
    return Check(name, float(value), threshold, status, advice)
