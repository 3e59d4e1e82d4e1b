"""What the headline numbers owe to our assumptions: each one reversed, and each prior made stronger and weaker."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from gaplab import gap
from gaplab.errors import GaplabError
from gaplab.fit import runs
from gaplab.fit.fit import fit, stage_two
from gaplab.gap import summary
from gaplab.models import priors
from gaplab.params.spec import Params
from gaplab.posterior import Posterior
from gaplab.questions import influence, weights
from gaplab.units import SAMPLE, YEAR_DAYS
from gaplab.validation import jobs

RESTRICTED = "frontier_lag, restricted models counted"
POWERS = (0.8, 1.25)
PUBLIC_TESTS = "public tests only"
OWN_LINE = "public tests only, abilities around a line of each country"


@dataclass(frozen=True)
class Assumption:
    """One assumption, reversed.

    Attributes
    ----------
    changes : mapping
        Fields of `Params`.
    without_class : str
        A class of sources whose scores are left out.
    """

    text: str
    changes: Mapping[str, Any] = field(default_factory=dict)
    without_class: str = ""

    @property
    def is_part(self) -> bool:
        """Whether it reads a part of the scores and changes nothing else."""
        return bool(self.without_class) or (bool(self.changes) and set(self.changes) <= {"sources", "benchmarks"})


ASSUMPTIONS = (
    Assumption("developers' scores of their own models at face value", {"self_reports": "face_value"}),
    Assumption("no differences between evaluators' set-ups", {"harnesses": "ignored"}),
    Assumption("no advantage of the follower on public tests", {"public_tests": "ignored"}),
    Assumption("without task horizons", {"task_horizons": "ignored"}),
    Assumption("without comparisons of two models", {"pairwise_links": "ignored"}),
    Assumption("one ability in all domains", {"domains": "ignored"}),
    Assumption("all tests equally sharp (one-parameter model)", {"discriminations": "equal"}),
    Assumption("no scores from guessing", {"floors": "ignored"}),
    Assumption("abilities exchangeable, whatever their date", {"ability_prior": "exchangeable"}),
    Assumption("abilities around a line of each country", {"ability_prior": "country"}),
    Assumption("abilities around a line of each model family", {"ability_prior": "lineage"}),
    Assumption("knots every month", {"knot_months": 1.0}),
    Assumption("knots every three months", {"knot_months": 3.0}),
    Assumption("without government scores", without_class="government"),
    Assumption("without independent evaluators' scores", without_class="independent"),
    Assumption("without leaderboards", without_class="leaderboard"),
    Assumption("without developers' scores", without_class="developer"),
    Assumption("independent evaluators' scores only", {"sources": "independent"}),
    Assumption("leaderboards' scores only", {"sources": "leaderboard"}),
    Assumption("government scores only", {"sources": "government"}),
    Assumption("developers' scores only", {"sources": "developer"}),
    Assumption(PUBLIC_TESTS, {"benchmarks": "public"}),
    Assumption("semi-private and private tests only", {"benchmarks": "non_public"}),
    Assumption(OWN_LINE, {"benchmarks": "public", "ability_prior": "country"}),
    Assumption("models dated by first outside access", {"clock": "first_access"}),
    Assumption("read on Epoch's index", {"ruler": "epoch_eci"}),
    Assumption("another seed (Monte Carlo error)", {"seed": 1}),
)
"""One row for each: what the table shows, and which switch reverses it."""


def run(
    params: Params,
    *,
    assumptions: Sequence[Assumption] | None = None,
    workers: jobs.Workers = 1,
    progress: bool = False,
) -> pd.DataFrame:
    """Shift of each headline number when an assumption is reversed or a prior scaled.

    Parameters
    ----------
    assumptions : sequence of Assumption, optional
        Those that are reversed; all when left out.

    Returns
    -------
    DataFrame
        assumption, headline, shift_months (NaN where there is no such number
        then); months, months_then; error: Monte Carlo standard error of the
        shift; note: health of the fit, k-hat of weights, or why there is no
        number.
    """
    chosen = list(ASSUMPTIONS if assumptions is None else assumptions)
    same = {"settings": params.as_strings(), "record": gap.newest_record(_fitted(params))}
    todo = [
        same | {"changes": dict(each.changes), "without_class": each.without_class}
        for each in [Assumption("as assumed"), *chosen]
    ]
    tables = runs.tables_of(params)
    found = jobs.run(refit_one, todo, key={"data": tables.hash}, workers=workers, progress=progress)
    base = found[0]["numbers"]
    rows = [
        _row(each.text, headline, base[headline], result["numbers"].get(headline), result["note"])
        for each, result in zip(chosen, found[1:], strict=True)
        for headline in base
    ]
    return pd.concat([pd.DataFrame(rows), power_scaling(params)], ignore_index=True)


def is_material(rows: pd.DataFrame) -> pd.Series:
    """Which shifts of `run` are a month or more, and beyond twice their Monte Carlo error."""
    size = rows["shift_months"].abs()
    return (size >= 1.0) & (size > 2 * rows["error"])


def refit_one(
    changes: Mapping[str, Any], without_class: str, settings: Mapping[str, Any], record: str
) -> dict[str, Any]:
    """The headline numbers under one set of changes: medians by chain, and the health of the fit.

    Parameters
    ----------
    changes : mapping
        Fields of `Params`.
    without_class : str
        A class of sources that is left out; "" for none.
    settings : mapping
        The run that is changed.
    record : str
        The model whose lag is read.

    Returns
    -------
    dict
        `numbers`: by headline, the median of all draws and those of the chains; `note`.
    """
    params = Params(**{**settings, **changes})
    try:
        posterior = _fitted(params, without_class)
        wider = _fitted(replace(params, scope="trusted"), without_class) if params.scope == "public" else posterior
    except GaplabError as error:
        return {"numbers": {}, "note": error.problems[0]}
    return {"numbers": {name: _medians(draws) for name, draws in _headlines(posterior, wider, record).items()},
            "note": f"health {posterior.health.status}"}  # fmt: skip


def _fitted(params: Params, without_class: str = "") -> Posterior:
    tables = runs.tables_of(params)
    if without_class:
        tables = replace(tables, scores=tables.scores[tables.scores["source_class"] != without_class])
    return fit(tables, params)


def _headlines(posterior: Posterior, wider: Posterior, record: str) -> dict[str, xr.DataArray]:
    params = posterior.params
    found = influence.headline_draws(posterior, record=record)
    lag = gap.frontier_lag(wider.frontier, **params.roles)
    return found | {RESTRICTED: lag.isel(date=-1, drop=True)}


def _medians(draws: xr.DataArray) -> dict[str, Any]:
    flat = draws.transpose(*SAMPLE).to_numpy()
    return {"all": summary.middle(draws), "chains": [summary.middle(chain) for chain in flat]}


def _row(text: str, headline: str, base: dict, then: dict | None, note: str) -> dict[str, Any]:
    row = {"assumption": text, "headline": headline, "shift_months": np.nan, "months": base["all"]}
    if then is None:
        return row | {"months_then": np.nan, "error": np.nan, "note": note}
    error = np.sqrt(sum(np.var(each["chains"], ddof=1) / len(each["chains"]) for each in (base, then)))
    return row | {"shift_months": then["all"] - base["all"], "months_then": then["all"], "error": error, "note": note}


# --- Priors ---------------------------------------------------------------------------------------


def power_scaling(params: Params) -> pd.DataFrame:
    """Shift of each headline number when one prior of the frontiers, or the likelihood, is raised to a power.

    By Pareto-smoothed importance weights on the draws of stage 2: a power of
    1.25 makes a prior surer by a quarter, 0.8 less sure by as much.

    Returns
    -------
    DataFrame
        As `run`; NaN where k-hat is above its limit.

    References
    ----------
    Kallioinen, Paananen, Bürkner & Vehtari (2024), doi:10.1007/s11222-023-10366-5.
    """
    tables = runs.tables_of(params)
    posterior, draws = fit(tables, params), stage_two(tables, params)
    numbers = influence.headline_draws(posterior, record=gap.newest_record(posterior))
    rows = []
    for name, log_density in log_densities(draws, posterior).items():
        for power in POWERS:
            found = weights.smoothed_weights((power - 1) * log_density)
            for headline, values in numbers.items():
                now, then = _medians(values), float(weights.weighted_quantiles(values, found, [0.5])[0])
                error = float(values.where(np.isfinite(values)).std()) * 1.25 / np.sqrt(found.effective)
                row = {"assumption": f"{name} to the power {power:g}", "headline": headline}
                shift = then - now["all"] if found.usable else np.nan
                row |= {"shift_months": shift, "months": now["all"], "months_then": then if found.usable else np.nan}
                rows.append(row | {"error": error, "note": f"weights, k-hat {found.k_hat:.2f}"})
    return pd.DataFrame(rows)


def log_densities(draws: xr.Dataset, posterior: Posterior) -> dict[str, xr.DataArray]:
    """Log densities of the priors in `models.frontier.definition`, and of the readings, in every draw."""
    params = posterior.params
    pair = [params.leader, params.follower]
    frontier, tau = draws["frontier"].sel(country=pair), draws["tau"]
    years = np.diff(draws["date"].to_numpy()) / np.timedelta64(1, "D") / YEAR_DAYS
    rate = np.log(frontier.diff("date") / xr.DataArray(years, dims="date", coords={"date": draws["date"][1:]}))
    side = xr.DataArray([1.0, -1.0], dims="country", coords={"country": pair}) / np.sqrt(2)
    centre = draws["log_pace"] + side * draws["pace_contrast"] - tau**2 / 2
    steps = -0.5 * ((rate - centre) / tau) ** 2 - np.log(tau)
    reading = draws["reading"].to_series()
    country = posterior.models["country"]
    top = [reading[(country == name).to_numpy()].nlargest(3).mean() for name in pair]
    level = frontier.isel(date=-1, drop=True) - xr.DataArray(top, dims="country", coords={"country": pair})
    log_nu, log_tau = np.log(draws["shortfall_mean"]), np.log(tau)
    return {
        "prior of the common pace": _log_normal(draws["log_pace"], *priors.COMMON_PACE),
        "prior of the difference in pace": _log_normal(draws["pace_contrast"], 0.0, priors.PACE_CONTRAST_SD),
        "prior of the unevenness of pace": _log_normal(log_tau, *priors.RATE_SPREAD) - log_tau,
        "prior of the steps between knots": steps.sum(["country", "date"]),
        "prior of the last level": _log_normal(level, 0.0, priors.LEVEL_SD).sum("country"),
        "prior of the mean shortfalls": (_log_normal(log_nu, *priors.SHORTFALL) - log_nu).sum("country"),
        "likelihood of the readings": influence.log_likelihood(draws, posterior.models).sum("model"),
    }


def _log_normal(x: xr.DataArray, mean: float, sd: float) -> xr.DataArray:
    """Log density of a normal, up to a constant."""
    return -0.5 * ((x - mean) / sd) ** 2
