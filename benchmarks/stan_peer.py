"""Stan as a peer of `sampling.py`: the data of both programs, and the draws that come back."""

from __future__ import annotations

import json
import subprocess
import tempfile
from pathlib import Path

import numpy as np
import xarray as xr

HERE = Path(__file__).parent
TEXTBOOK = ("theta", "log_a", "difficulty", "noise")
OURS = (
    "prior", "sigma", "theta", "tau_a", "log_a", "intercept", "omega_mean", "omega_spread", "omega_free",
    "domain_follower", "domain_sd", "domain_ability", "bias", "horizon_slope", "horizon_intercept", "horizon_sd",
)  # fmt: skip
SCALARS = {"sigma", "tau_a", "omega_mean", "omega_spread"}


def by_stan(data, seed: int, python: str, *, ours: bool):
    """Stan by its defaults on our model or on the textbook form, built and run by another Python.

    Returns
    -------
    Dataset, int, float
        Draws, divergences, seconds of sampling.
    """
    told = {
        "program": str(HERE / ("our_model.stan" if ours else "textbook.stan")),
        "data": our_data(data) if ours else textbook_data(data),
        "keep": OURS if ours else TEXTBOOK,
        "seed": seed,
    }
    with tempfile.TemporaryDirectory() as folder:
        given, kept = Path(folder, "data.json"), Path(folder, "draws.npz")
        given.write_text(json.dumps(told))
        command = [python, str(HERE / "stan_fit.py"), str(given), str(kept)]
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=True)
        row = json.loads(done.stdout.splitlines()[-1])
        arrays = dict(np.load(kept))
    draws = {name: array[..., 0] if name in SCALARS else array for name, array in arrays.items()}
    dims = {
        name: ("chain", "draw", *(f"{name}_{axis}" for axis in range(array.ndim - 2))) for name, array in draws.items()
    }
    return xr.Dataset({name: (dims[name], array) for name, array in draws.items()}), row["divergences"], row["sample_s"]


def textbook_data(data) -> dict:
    """The data of `textbook.stan`."""
    columns = {"model_of": data.model + 1, "benchmark_of": data.benchmark + 1, "score": data.score}
    sizes = {"n_models": len(data.models), "n_benchmarks": len(data.benchmarks), "n_scores": len(data.score)}
    return sizes | {name: values.tolist() for name, values in columns.items()}


def our_data(data) -> dict:
    """The data of `our_model.stan`, with the numbers of the priors."""
    from gaplab.models import priors
    from gaplab.models.ability.approximations import reference_ability

    domains, effects, horizons, links = data.domains, data.effects, data.horizons, data.links
    order = np.lexsort([data.at_least, data.at_most | data.at_least])
    minutes = np.argsort(horizons.at_least, kind="stable")
    arrays = {
        "line": data.prior.design, "prior_mean": data.prior.mean, "prior_sd": data.prior.sd,
        "reference": reference_ability(data), "cell_model": domains.model + 1, "cell_domain": domains.domain + 1,
        "follower": domains.follower.astype(float), "effect_mean": effects.mean, "effect_sd": effects.sd,
        "cell": domains.row[order] + 1, "benchmark": data.benchmark[order] + 1, "score": data.score[order],
        "one_in_items": 1.0 / data.n_items[order], "bottom": data.floor[order],
        "width": (data.ceiling - data.floor)[order], "effects": effects.design()[order],
        "horizon_reference": horizons.reference, "minute_cell": domains.horizon[minutes] + 1,
        "minute_horizon": horizons.horizon[minutes] + 1, "log2_minutes": horizons.log2_minutes[minutes],
        "minute_error": horizons.error[minutes], "link_model": links.model + 1,
        "link_reference": links.reference + 1, "link_points": links.points, "link_sd": links.sd,
    }  # fmt: skip
    sizes = {
        "n_models": len(data.models), "n_benchmarks": len(data.benchmarks), "n_terms": len(data.prior.mean),
        "n_domains": len(domains.names), "n_cells": len(domains.model), "n_effects": len(effects.names),
        "n_scores": len(data.score), "n_points": int((~(data.at_most | data.at_least)).sum()),
        "n_most": int(data.at_most.sum()), "n_horizons": len(horizons.names),
        "n_minutes": len(horizons.horizon), "n_bounds": int(horizons.at_least.sum()), "n_links": links.points.size,
        "low_anchor": int(links.low_anchor) + 1, "high_anchor": int(links.high_anchor) + 1,
    }  # fmt: skip
    numbers = {
        "link_span": float(links.span), "ability_sd": priors.ABILITY_SD, "discrimination_sd": priors.DISCRIMINATION_SD,
        "intercept_sd": priors.INTERCEPT_SD, "omega_centre": priors.OMEGA_MEAN, "omega_floor": priors.OMEGA_FLOOR,
        "omega_spread_sd": priors.OMEGA_SPREAD_SD, "domain_follower_sd": priors.DOMAIN_FOLLOWER_SD,
        "domain_spread": priors.DOMAIN_SPREAD, "horizon_slope_prior": priors.HORIZON_SLOPE,
        "horizon_intercept_prior": priors.HORIZON_INTERCEPT, "horizon_sd_prior": priors.HORIZON_SD,
    }  # fmt: skip
    return sizes | numbers | {name: np.asarray(values).tolist() for name, values in arrays.items()}
