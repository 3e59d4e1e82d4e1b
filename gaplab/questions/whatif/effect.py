"""The effect of a hypothetical release by reweighting: its likelihood on each draw, and numbers before and after."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import pandas as pd
import scipy
import xarray as xr

from gaplab import gap
from gaplab.data.tables import Tables
from gaplab.errors import GaplabError
from gaplab.fit.fit import abilities, fit, stage_two
from gaplab.gap import summary
from gaplab.models.likelihood import beta_parameters, half_an_item, log_score
from gaplab.models.readings import abilities_in, informed
from gaplab.outlook import scenarios
from gaplab.params.spec import Params
from gaplab.posterior import Health, Posterior
from gaplab.questions import weights
from gaplab.questions.whatif.refit import refitted, with_model
from gaplab.questions.whatif.release import SHORTFALLS, STAGE_ONE_DRAWS, Release
from gaplab.units import MONTH_DAYS, SAMPLE, YEAR_DAYS


@dataclass(frozen=True)
class Effect:
    """What a release changes.

    Attributes
    ----------
    table : DataFrame
        One row for each headline number: number; without, without_lower,
        without_upper; with, with_lower, with_upper; shift: months, on `date`,
        with the probability of the run. NaN where the method is "weights fail".
    weights : Weights
        Of the draws without the release, whatever the method. k-hat is the larger
        of two: that of the frontiers, and that of the tests given the scores.
    method : str
        What made the numbers with the release.
    date : Timestamp
        The day the numbers are read on: the release, or the as-of date if later.
    ability : tuple of float
        Lower, median and upper ability of the model in points (logits where
        there are no points); NaN where the method is "weights fail".
    unit : str
        points or logits.
    health : Health
        Of the fit that the numbers with the release rest on.
    """

    release: Release
    table: pd.DataFrame
    weights: weights.Weights
    method: Literal["weights", "refit", "weights fail"]
    date: pd.Timestamp
    ability: tuple[float, float, float]
    unit: str
    health: Health


def effect_of(
    new: Release,
    tables: Tables,
    params: Params,
    *,
    refit: bool | None = None,
    progress: bool = False,
    tell: Callable[[str], None] = lambda line: None,
) -> Effect:
    """How every headline number moves if a model comes out, by importance weights or by a fit with it.

    Where the release lies after the as-of date both frontiers go on to that
    day as stage 2 has them move: the pace of each country in each draw, with
    new random steps. The numbers with and without the release are both read
    on that day, so that their difference is due to the release alone.

    Parameters
    ----------
    refit : bool, optional
        Fit with the release among the data; when left out, only where the weights fail.
    tell : callable
        Gets a line before a fit that was not asked for.

    Raises
    ------
    GaplabError
        The release is before the frontiers, or a fit can make nothing of it.
    """
    params = scenarios.neutral(params)  # no lever is read here, and one might start before the release
    posterior = fit(tables, params, progress=progress)
    draws = stage_two(tables, params, progress=progress)
    if new.date < pd.Timestamp(posterior.frontier["date"].to_numpy()[0]):
        raise GaplabError(f"--date: {new.date:%Y-%m-%d} is before the frontiers begin; expected a later day")
    if new.ability and posterior.points is None:
        raise GaplabError("--ability: there are no points in this run; expected --score")
    rng = np.random.default_rng(params.seed)
    day = max(new.date, pd.Timestamp(params.as_of))
    before = _until(posterior, draws, day, rng)
    after, found = _weighed(before, new, tables, params, draws, rng, progress=progress)
    if refit or (refit is None and not found.usable):
        if not refit:
            long = "some seconds" if new.ability else "about a minute"
            tell(
                f"Weighing the draws fails (k-hat {found.k_hat:.2f}, above {found.limit:.2f}): fitting again with "
                f"{new.model}, which takes {long} unless it is in the cache."
            )
        after = refitted(new, tables, params, progress=progress)
        method, shares = "refit", weights.even_weights(after.frontier.isel(country=0, date=0, drop=True))
    else:
        method, shares = ("weights", found) if found.usable else ("weights fail", None)
    numbers = _numbers(before, after, new, shares)
    return Effect(new, numbers, found, method, day, *_of_model(after, new, shares), after.health)


def _weighed(
    before: Posterior,
    new: Release,
    tables: Tables,
    params: Params,
    draws: xr.Dataset,
    rng: np.random.Generator,
    *,
    progress: bool,
) -> tuple[Posterior, weights.Weights]:
    """The draws with the release beside them, and what each of them is worth given its scores."""
    country = before.frontier.sel(country=new.country, drop=True)
    shortfall = -np.log((np.arange(SHORTFALLS) + 0.5) / SHORTFALLS)
    level = gap.frontier_at(country, new.date) - draws["shortfall_mean"].sel(
        country=new.country, drop=True
    ) * xr.DataArray(shortfall, dims="shortfall")
    tests_k_hat = -np.inf
    if new.ability:
        points = before.points["intercept"] + before.points["slope"] * level
        log = -0.5 * ((points - new.ability[0]) / new.ability[1]) ** 2
    else:
        stage_one, ours = abilities(tables, params, progress=progress), new.country == params.follower
        log, tests_k_hat = release_likelihood(new, level, tables, stage_one, follower=ours)
    log = log.transpose("chain", "draw", "shortfall")
    found = weights.smoothed_weights(
        xr.apply_ufunc(scipy.special.logsumexp, log, input_core_dims=[["shortfall"]], kwargs={"axis": -1})
    )
    found = replace(found, k_hat=max(found.k_hat, tests_k_hat))
    chosen = (log + rng.gumbel(size=log.shape)).argmax("shortfall")
    return with_model(before, new, level.transpose(*log.dims).isel(shortfall=chosen)), found


def release_likelihood(
    new: Release, level: xr.DataArray, tables: Tables, stage_one: xr.Dataset, *, follower: bool
) -> tuple[xr.DataArray, float]:
    """Log likelihood of the scores of a release at given abilities, the tests as uncertain as stage 1 leaves them.

    Scores count as measured by an independent evaluator in the usual set-up of
    the test; its ability in each domain is drawn from those of other models. The
    mean of the likelihood over draws of stage 1, each brought to the scale of the
    frontiers (mean and spread of the abilities in `models.readings.without_prior` alike in
    every draw).

    Parameters
    ----------
    level : DataArray
        Abilities on the scale of the frontiers, logits.
    stage_one : Dataset
        What `fit.abilities` returns.
    follower : bool
        Whether the release is the follower's: its own advantage on public
        tests then belongs to its scores there.

    Returns
    -------
    DataArray, dims of `level`
    float
        k-hat of the draws of stage 1 given the scores: a score that its test rules out leaves few of them.
    """
    grid, log = _by_draw(new, level, tables, stage_one, follower=follower)
    mixed = scipy.special.logsumexp(log, axis=0) - np.log(len(log))
    mass = np.histogram(level, bins=np.append(grid, 2 * grid[-1] - grid[-2]))[0]
    each = scipy.special.logsumexp(log, b=mass / mass.sum(), axis=1)
    k_hat = weights.smoothed_weights(xr.DataArray(each[None], dims=SAMPLE)).k_hat
    return xr.apply_ufunc(lambda at: np.interp(at, grid, mixed), level), k_hat


def _by_draw(
    new: Release, level: xr.DataArray, tables: Tables, stage_one: xr.Dataset, *, follower: bool
) -> tuple[np.ndarray, np.ndarray]:
    """Abilities over the range of `level` [grid], and the log likelihood there in draws of stage 1 [sample, grid].

    Scores count as measured by an independent evaluator in the usual set-up of the test; the release's ability in each
    domain is drawn from those of other models, and the follower's own advantage on public tests belongs to its scores
    there. Each draw is brought to the scale of the frontiers: mean and spread of the abilities in
    `models.readings.without_prior` are alike in every draw.
    """
    flat = stage_one.stack(sample=SAMPLE)
    general = abilities_in(stage_one, "all")
    theta = general.theta
    known = theta[:, informed(theta, general.prior_sd)]
    centre, spread = known.mean(axis=1), known.std(axis=1)
    chosen = np.linspace(0, len(theta) - 1, min(STAGE_ONE_DRAWS, len(theta))).astype(int)
    grid = np.linspace(float(level.min()), float(level.max()), 800)
    own = centre[chosen, None] + grid * spread[chosen, None] / spread.mean()
    facts = tables.benchmarks.set_index("benchmark")
    log = np.zeros(own.shape)
    apart = _domain_abilities(flat, chosen, follower)
    for name, score in new.scores:
        test = {
            key: flat[key].sel(benchmark=name).to_numpy()[chosen, None] if key in flat else 0.0
            for key in ("log_a", "difficulty", "omega")
        }
        floor, ceiling, n_items = (
            facts.loc[name, ["floor", "ceiling", "n_items"]]
            .astype(float)
            .fillna({"floor": 0.0, "ceiling": 1.0, "n_items": np.inf})
        )
        domain = facts.loc[name, "domain"]
        eta = np.exp(test["log_a"]) * (own + apart.get(domain, apart.get("other", 0.0)) - test["difficulty"])
        if follower and facts.loc[name, "access_class"] == "public":
            eta = eta + _bias(flat, "public_test_follower")[chosen, None]
        alpha, beta = beta_parameters(eta, test["omega"], floor=floor, ceiling=ceiling, n_items=n_items)
        log += bounded_log_score(score, alpha, beta, float(half_an_item(n_items)))
    return grid, log


def _domain_abilities(flat: xr.Dataset, chosen: np.ndarray, follower: bool) -> dict[str, np.ndarray]:
    """Draws [sample, 1] of what a new model's ability in each domain adds to its general ability."""
    if "domain" not in flat.coords:
        return {}
    raw = np.random.default_rng(len(chosen)).normal(size=(len(chosen), flat.sizes["domain"]))
    mean, sd = (
        flat[name].transpose("sample", "domain").to_numpy()[chosen] for name in ("domain_follower", "domain_sd")
    )
    return dict(zip(flat["domain"].to_numpy(), (follower * mean + sd * raw).T[..., None], strict=True))


def _bias(flat: xr.Dataset, effect: str) -> np.ndarray:
    """Draws of a bias of stage 1 in logits; zero where the data cannot tell it apart."""
    if "effect" not in flat.coords or effect not in flat["effect"].to_numpy():
        return np.zeros(flat.sizes["sample"])
    return flat["bias"].sel(effect=effect).to_numpy()


def bounded_log_score(score: float, alpha: np.ndarray, beta: np.ndarray, half: float) -> np.ndarray:
    """Log density of a score, or log probability of none or all of the items, as stage 1 has them."""
    at_most, at_least = score <= half, score >= 1 - half
    bounded = score + half if at_most else 1 - half if at_least else score
    return log_score(bounded, alpha, beta, at_most=at_most, at_least=at_least)


def _until(posterior: Posterior, draws: xr.Dataset, day: pd.Timestamp, rng: np.random.Generator) -> Posterior:
    """The posterior with frontiers that go on to a later day, and that day as its as-of date."""
    params, frontier = posterior.params, posterior.frontier
    last = pd.Timestamp(params.as_of)
    if day <= last:
        return posterior
    n = max(1, int(np.ceil((day - last).days / MONTH_DAYS / params.knot_months)))
    dates = pd.DatetimeIndex(last + (day - last) * np.arange(1, n + 1) / n)
    years = (day - last).days / YEAR_DAYS / n
    sign = xr.DataArray([1.0, -1.0], dims="country", coords={"country": frontier["country"]}) / np.sqrt(2)
    shape = (*(frontier.sizes[name] for name in ("chain", "draw", "country")), n)
    z = xr.DataArray(rng.normal(size=shape), dims=("chain", "draw", "country", "date"), coords={"date": dates})
    pace = draws["log_pace"] + draws["pace_contrast"] * sign
    rise = years * np.exp(pace + draws["tau"] * z - draws["tau"] ** 2 / 2)
    more = frontier.isel(date=-1, drop=True) + rise.cumsum("date")
    longer = xr.concat([frontier, more.transpose(*frontier.dims)], dim="date")
    return replace(posterior, frontier=longer, params=replace(params, as_of=day.date()))


def _numbers(before: Posterior, after: Posterior, new: Release, shares: weights.Weights | None) -> pd.DataFrame:
    asked = [0.5, *summary.tails(before.params.prob)]
    rows = []
    for name in ("frontier_lag", "released_lag", "distance"):
        unit = "months_at_leader_pace" if name == "distance" else "months"
        one, other = (gap.readings(run, gap.country_subject(run))[name, unit] for run in (before, after))
        alone = weights.weighted_quantiles(one, weights.even_weights(one), asked)
        both = weights.weighted_quantiles(other, shares, asked) if shares else np.full(3, np.nan)
        rows.append((name, unit, *alone, *both, both[0] - alone[0]))
    if new.country == before.params.follower:
        subject = gap.model_subject(after, new.model)
        lag = gap.readings(after, subject)["model_lag", "months"]
        both = weights.weighted_quantiles(lag, shares, asked) if shares else np.full(3, np.nan)
        rows.append(("model_lag", "months", *[np.nan] * 3, *both, np.nan))
    ends = ("", "_lower", "_upper")
    columns = ["number", "unit", *(f"without{end}" for end in ends), *(f"with{end}" for end in ends), "shift"]
    return pd.DataFrame(rows, columns=columns)


def _of_model(after: Posterior, new: Release, shares: weights.Weights | None) -> tuple[tuple[float, float, float], str]:
    level, unit = after.ability.sel(model=new.model, drop=True), "logits"
    if after.points is not None:
        level, unit = after.points["intercept"] + after.points["slope"] * level, "points"
    if not shares:
        return (np.nan,) * 3, unit
    low, high = summary.tails(after.params.prob)
    return tuple(float(value) for value in weights.weighted_quantiles(level, shares, [low, 0.5, high])), unit
