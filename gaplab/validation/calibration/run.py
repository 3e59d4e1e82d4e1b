"""The run of a calibration: worlds drawn from the prior, fitted, and the ranks of their true values."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import numpy as np
import pandas as pd
import xarray as xr

from gaplab import gap
from gaplab.data.groups import with_groups
from gaplab.fit import cache
from gaplab.fit.fit import abilities, fit
from gaplab.gap.arrays import flat_draws
from gaplab.models import priors
from gaplab.models.frontier.knots import interpolation, knots, steps
from gaplab.params.groups import CLOSED_OPEN
from gaplab.params.spec import Params
from gaplab.posterior import Posterior
from gaplab.units import YEAR_DAYS
from gaplab.validation import jobs
from gaplab.validation.calibration.bands import RANKED, TOLERATED
from gaplab.validation.worlds.simulate import AS_OF, models_on_random_days
from gaplab.validation.worlds.spec import FOLLOWER, LEADER, World, WorldSpec
from gaplab.validation.worlds.tables import draw_scores, world_tables

Stage = Literal["abilities", "pipeline"]
CHAINS, DRAWS = 2, 300
_YEARS, _KNOT_MONTHS = 3.0, 3.0
LEVEL_DIFFERENCE = (0.8, 0.6)  # logits, mean and standard deviation
_SPEC = WorldSpec(models_per_country=15, benchmarks=10, scores_per_model=7)
QUICK = WorldSpec(models_per_country=8, benchmarks=5, scores_per_model=4)
"""Worlds that only show that it works."""


def rank_table(
    *,
    stages: tuple[Stage, ...] = ("abilities", "pipeline"),
    simulations: int = 400,
    seed: int = 1,
    spec: WorldSpec = _SPEC,
    groups: bool = False,
    workers: jobs.Workers = 1,
    progress: bool = False,
) -> pd.DataFrame:
    """Ranks of the truth, one row for each quantity and simulation.

    Parameters
    ----------
    stages : tuple
        abilities: stage 1 alone; pipeline: both stages.
    simulations : int
        Of each stage.
    seed : int
        Of the first simulation; the others follow.
    spec : WorldSpec
        Size of the worlds.
    groups : bool
        The sides are groups of models by their weights, closed against open, and each model's country is random.

    Returns
    -------
    DataFrame
        quantity ("pipeline: frontier_lag"), rank (how many of the draws are
        below the truth; ties at random), n_draws. Its attribute `failed` is the
        number of worlds that could not be fitted.
    """
    size = [spec.models_per_country, spec.benchmarks, spec.scores_per_model]
    each = {"size": size, "groups": True} if groups else {"size": size}
    todo = [{"stage": stage, "seed": seed + number, **each} for stage in stages for number in range(simulations)]
    found = jobs.run(
        rank_one, todo, key={"what": "calibration"}, workers=workers, progress=progress, tolerated=TOLERATED
    )
    rows = [
        {"quantity": f"{job['stage']}: {quantity}", "rank": rank, "n_draws": RANKED}
        for job, ranks in zip(todo, found, strict=True)
        for quantity, rank in (ranks or {}).items()
    ]
    table = pd.DataFrame(rows).sort_values("quantity", kind="stable").reset_index(drop=True)
    table.attrs["failed"] = sum(ranks is None for ranks in found)
    return table


def rank_one(stage: Stage, seed: int, size: list[int], groups: bool = False) -> dict[str, int]:
    """Ranks of the truth in one world drawn from the prior.

    Parameters
    ----------
    stage : {"abilities", "pipeline"}
    size : list of int
        Models per country, benchmarks, scores per model.
    groups : bool
        As in `rank_table`.

    Returns
    -------
    dict of int
        By quantity, from 0 to `RANKED`.
    """
    rng = np.random.default_rng([seed, 12])
    spec = WorldSpec(*size, years=_YEARS)
    leader, follower = CLOSED_OPEN if groups else (LEADER, FOLLOWER)
    params = Params(
        leader=leader, follower=follower, as_of=AS_OF, knot_months=_KNOT_MONTHS, chains=CHAINS, draws=DRAWS, seed=seed
    )
    with cache.temporary():
        if stage == "abilities":
            world, truth = world_from_stage_one(spec, rng)
            world = _by_weights(world, rng) if groups else world
            draws, weights = _of_stage_one(abilities(with_groups(world.tables, leader, follower), params)), None
        else:
            world, _ = world_from_pipeline(spec, rng)
            world = _by_weights(world, rng) if groups else world
            posterior = fit(with_groups(world.tables, leader, follower), params)
            draws, weights = _of_pipeline(posterior), level_weights(posterior)
            truth = {name: float(value.squeeze()) for name, value in _of_pipeline(world.truth(posterior)).items()}
    return {name: rank_among_draws(draws[name], truth[name], rng, weights) for name in truth}


def _by_weights(world: World, rng: np.random.Generator) -> World:
    """The world with closed and open weights in the place of its two countries, and countries drawn at random."""
    models = world.frames["models"]
    weights = np.where(models["country"] == LEADER, "closed", "open")
    countries = rng.choice([LEADER, FOLLOWER], len(models))
    frames = world.frames | {"models": models.assign(weights=weights, country=countries)}
    return replace(world, frames=frames, frontier=world.frontier.assign_coords(country=list(CLOSED_OPEN)))


def rank_among_draws(
    draws: xr.DataArray, truth: float, rng: np.random.Generator, weights: xr.DataArray | None = None
) -> int:
    """How many of `RANKED` draws, evenly thinned or chosen by weight, are below the truth, ties at random."""
    flat = flat_draws(draws)
    if weights is None:
        chosen = flat[np.linspace(0, flat.size - 1, RANKED).astype(int)]
    else:
        chosen = rng.choice(flat, RANKED, p=flat_draws(weights / weights.sum()))
    below, ties = int((chosen < truth).sum()), int((chosen == truth).sum())
    return below + int(rng.integers(0, ties + 1))


def level_weights(posterior: Posterior) -> xr.DataArray:
    """How probable the difference of the countries' last levels is where worlds come from, for each draw."""
    last = posterior.frontier.isel(date=-1, drop=True)
    sides = posterior.params.leader, posterior.params.follower
    leader, follower = (last.sel(country=name, drop=True) for name in sides)
    mean, sd = LEVEL_DIFFERENCE
    logarithm = -0.5 * ((leader - follower - mean) / sd) ** 2
    return np.exp(logarithm - logarithm.max())


def world_from_stage_one(spec: WorldSpec, rng: np.random.Generator) -> tuple[World, dict[str, float]]:
    """A world whose abilities scatter around a line in time, and its true parameters."""
    models = models_on_random_days(spec, rng, pd.Timestamp(AS_OF))
    growth, sigma = rng.normal(*priors.GROWTH), abs(rng.normal(0, priors.ABILITY_SD))
    years = _years(models)
    theta = growth * years + sigma * rng.normal(size=len(models))
    days = pd.DatetimeIndex([models["release_date"].min(), pd.Timestamp(AS_OF)])
    world, tests = _with_scores(spec, models, theta, rng, _as_frontiers(np.zeros((2, 2)), days))
    truth = {"growth": growth, "sigma": sigma, **tests}
    order = np.argsort(models["model"].to_numpy())
    taken = pd.Series(theta[order] - theta.mean())
    return world, truth | {"theta first": float(taken.iloc[0]), "theta last": float(taken.iloc[-1])}


def _of_stage_one(draws: xr.Dataset) -> dict[str, xr.DataArray]:
    centred = draws["theta"] - draws["theta"].mean("model")
    return {
        "growth": draws["prior"].sel(prior_term="growth", drop=True),
        **{name: draws[name] for name in ("sigma", "tau_a", "omega_mean")},
        **{f"{name} first": draws[name].isel(benchmark=0, drop=True) for name in ("log_a", "difficulty")},
        "theta first": centred.isel(model=0, drop=True),
        "theta last": centred.isel(model=-1, drop=True),
    }


def world_from_pipeline(spec: WorldSpec, rng: np.random.Generator) -> tuple[World, dict[str, float]]:
    """A world whose frontiers come from the prior of stage 2, with abilities below them and scores from stage 1."""
    models = models_on_random_days(spec, rng, pd.Timestamp(AS_OF))
    dates = knots(models["release_date"].min(), AS_OF, _KNOT_MONTHS)
    step = steps(dates)
    pace, contrast = rng.normal(*priors.COMMON_PACE), rng.normal(0, priors.PACE_CONTRAST_SD)
    tau = rng.lognormal(*priors.RATE_SPREAD)
    shift = np.array([contrast, -contrast])[:, None] / np.sqrt(2)
    rise = step * np.exp(pace + shift - tau**2 / 2 + tau * rng.normal(size=(2, len(step))))
    level = np.array([0.0, -rng.normal(*LEVEL_DIFFERENCE)])
    path = np.concatenate([np.zeros((2, 1)), np.cumsum(rise, axis=1)], axis=1)
    path += (level - path[:, -1])[:, None]
    side = (models["country"] == FOLLOWER).to_numpy(int)
    attained = (interpolation(dates, models["release_date"]) * path[side]).sum(axis=1)
    theta = attained - rng.exponential(rng.lognormal(*priors.SHORTFALL, 2)[side])
    # The origin of abilities is that of stage 1; lags do not depend on it.
    origin = theta.mean()
    return _with_scores(spec, models, theta - origin, rng, _as_frontiers(path - origin, dates))


def _of_pipeline(posterior: Posterior) -> dict[str, xr.DataArray]:
    """The quantities that are ranked: every kind of lag, now and a year ago, and distances."""
    params, frontiers = posterior.params, posterior.frontier
    at = pd.Timestamp(params.as_of)
    dates = pd.DatetimeIndex([at - pd.Timedelta(days=365), at])
    lag = gap.frontier_lag(frontiers, **params.roles, dates=dates)
    subject = gap.country_subject(posterior)
    apart = gap.distance(frontiers, subject.ability, **params.roles, date=at)
    ours = posterior.models.index[posterior.models["country"] == params.follower]
    own = gap.model_lag(posterior.ability, frontiers, posterior.models, **params.roles)
    found = {
        "frontier_lag": lag.isel(date=1, drop=True),
        "frontier_lag a year ago": lag.isel(date=0, drop=True),
        "released_lag": gap.lag_of_level(frontiers.sel(country=params.leader, drop=True), subject.ability, date=at),
        "model_lag": own.sel(model=ours[-1], drop=True),
        "distance": apart["months_at_leader_pace"],
        "distance in logits": apart["logits"],
    }
    return {name: draws.drop_vars("censored", errors="ignore") for name, draws in found.items()}


def _with_scores(
    spec: WorldSpec, models: pd.DataFrame, theta: np.ndarray, rng: np.random.Generator, frontiers: xr.DataArray
) -> tuple[World, dict[str, float]]:
    """Tests from the prior of stage 1, scores on a random choice of them, and the tests' true parameters."""
    k = spec.benchmarks
    tau, omega_mean = abs(rng.normal(0, priors.DISCRIMINATION_SD)), rng.normal(*priors.OMEGA_MEAN)
    spread = abs(rng.normal(0, priors.OMEGA_SPREAD_SD))
    scatter = rng.normal(size=k)
    # Zero-sum normal: independent ones less their mean.
    log_slope = tau * (scatter - scatter.mean())
    intercept = rng.normal(0.0, priors.INTERCEPT_SD, k)
    chosen = [rng.choice(k, min(k, spec.scores_per_model), replace=False) for _ in range(len(models))]
    rows = pd.DataFrame({"model": np.repeat(np.arange(len(models)), [len(c) for c in chosen])})
    rows["test"] = np.concatenate(chosen)
    # The intercept is the logit at the mean date of those who took the test. Stage 1 has it at their rough
    # ability, which follows from the scores; with so wide a prior the difference does not matter.
    reference = pd.Series(_years(models)[rows["model"]]).groupby(rows["test"].to_numpy()).mean()
    reference = reference.reindex(range(k)).fillna(0.0).to_numpy()
    least = priors.OMEGA_FLOOR
    omega = least + (1 - least) / (1 + np.exp(-(omega_mean + spread * rng.normal(size=k))))
    tests = pd.DataFrame({
        "benchmark": [f"Test {number:03d}" for number in range(k)],
        "slope": np.exp(log_slope), "difficulty": reference - intercept / np.exp(log_slope),
        "floor": np.where(rng.uniform(size=k) < 0.3, 0.25, 0.0),
        "n_items": rng.choice([100.0, 200.0, 500.0], k), "omega": omega,
    })  # fmt: skip
    scores = pd.DataFrame({
        "model": models["model"].to_numpy()[rows["model"]],
        "benchmark": tests["benchmark"].to_numpy()[rows["test"]],
        "score": draw_scores(theta[rows["model"]], tests.iloc[rows["test"]], np.zeros(len(rows)), rng),
        "developer": False,
        "first_seen": models["release_date"].to_numpy()[rows["model"]],
    })  # fmt: skip
    named = pd.Series(theta, index=pd.Index(models["model"], name="model"))
    frames = world_tables(models, tests, scores, named, pd.Timestamp(AS_OF), rng)
    world = World(frames, replace(spec, knowledge="hindsight"), AS_OF, named, frontiers)
    truth = {"tau_a": tau, "omega_mean": omega_mean}
    truth |= {"log_a first": log_slope[0], "difficulty first": tests["difficulty"][0]}
    return world, {name: float(value) for name, value in truth.items()}


def _as_frontiers(values: np.ndarray, dates: pd.DatetimeIndex) -> xr.DataArray:
    return xr.DataArray(values, dims=("country", "date"), coords={"country": [LEADER, FOLLOWER], "date": dates})


def _years(models: pd.DataFrame) -> np.ndarray:
    """Release dates as stage 1 counts them: years from their mean."""
    released = models["release_date"]
    return ((released - released.mean()).dt.days / YEAR_DAYS).to_numpy()
