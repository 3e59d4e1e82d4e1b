"""What a release that has not happened would change: a named model with scores or an ability, a country and a date.

Its scores give a likelihood of its ability, with the difficulty, sharpness and
scatter of every test as uncertain as stage 1 leaves them. That likelihood,
averaged over the shortfall that models of its country have, weighs the draws
of the frontiers; the model joins the released ones with its own draws. Nothing
is sampled again, unless too few draws carry the weight: then the release is
put among the data and fitted with them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
import xarray as xr
from scipy.special import betainc, betaln, expit, logsumexp

from gaplab import cache, gap, identity, rulers, scenarios, summary, weights
from gaplab.data import Tables
from gaplab.errors import GaplabError, did_you_mean, quoted
from gaplab.fit import abilities, bars, cache_file, checks_of, fit, frontiers, points_of, stage_two
from gaplab.models import evidence
from gaplab.params import Params
from gaplab.posterior import Health, Posterior
from gaplab.units import SAMPLE, YEAR_DAYS

MONTHS_AHEAD = 24
"""How long after the as-of date a release may lie; the frontiers go on as stage 2 has them move, not as a forecast."""

_SHORTFALLS = 400
_STAGE_ONE_DRAWS = 2000
_ITEMS = 1000.0


@dataclass(frozen=True)
class Release:
    """A model that might come out.

    Attributes
    ----------
    model, country : str
    date : Timestamp
        First day it counts.
    scores : tuple of (benchmark, score)
        Score as a fraction of 1, chance not taken out.
    ability : (mean, sd) or None
        In points of the display scale, instead of scores.
    """

    model: str
    country: str
    date: pd.Timestamp
    scores: tuple[tuple[str, float], ...]
    ability: tuple[float, float] | None


@dataclass(frozen=True)
class Effect:
    """What a release changes.

    Attributes
    ----------
    release : Release
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


def release(
    *,
    model: str,
    country: str,
    date: str | date,
    scores: Iterable[str] = (),
    ability: str | None = None,
    tables: Tables,
    params: Params,
) -> Release:
    """A release as it is typed, checked before anything is sampled.

    Parameters
    ----------
    model, country : str
    date : str or date
        YYYY-MM-DD.
    scores : iterable of str
        Each `BENCHMARK=SCORE`, the score as a fraction.
    ability : str, optional
        `POINTS+-SD` on the display scale.
    tables : Tables
    params : Params

    Returns
    -------
    Release

    Raises
    ------
    GaplabError
        One line for everything that cannot be used.
    """
    problems: list[str] = []
    if not model.strip():
        problems.append("--model: is empty; expected a name for the new model")
    elif model in set(tables.models["model"]):
        problems.append(
            f'--model: "{model}" is in models.csv already; expected a model that is not out, by another name'
        )
    if country not in (params.leader, params.follower):
        problems.append(
            f'--country: "{country}" has no frontier in this run; expected {params.leader} or {params.follower}'
        )
    day = _day(date, params, tables, problems)
    scores = list(scores)
    if bool(scores) == (ability is not None):
        problems.append("expected either --score BENCHMARK=SCORE, once or more, or --ability POINTS+-SD")
    usable = list(evidence.observations(tables, params).benchmarks) if scores else []
    found = [_score(text, tables, usable, problems) for text in scores]
    names = [name for name, _ in filter(None, found)]
    problems += [f'--score: "{name}" is given twice' for name in dict.fromkeys(names) if names.count(name) > 1]
    if scores and params.ruler != "ability":
        problems.append(f"--score: the ruler {params.ruler} has no tests; expected --ability, or --ruler ability")
    if scores and params.domain != "all":
        problems.append("--score: tells general ability, not that in one domain; expected --ability, or domain=all")
    level = _ability(ability, tables, params, problems) if ability is not None else None
    if problems:
        raise GaplabError(*problems)
    return Release(model, country, day, tuple(found), level)


def _day(given: str | date, params: Params, tables: Tables, problems: list[str]) -> pd.Timestamp | None:
    try:
        day = pd.Timestamp(given) if not isinstance(given, str) else pd.Timestamp(datetime.strptime(given, "%Y-%m-%d"))
    except ValueError:
        problems.append(f"--date: {given!r} is not a date; expected YYYY-MM-DD, for example 2026-09-01")
        return None
    first = tables.access["from"].min()
    last = pd.Timestamp(params.as_of) + pd.DateOffset(months=MONTHS_AHEAD)
    if not first <= day <= last:
        problems.append(
            f"--date: {day:%Y-%m-%d} is out of range; expected a day from {first:%Y-%m-%d} to {last:%Y-%m-%d}, "
            f"{MONTHS_AHEAD} months after the as-of date"
        )
    return day


def _score(text: str, tables: Tables, usable: list[str], problems: list[str]) -> tuple[str, float] | None:
    name, equals, value = (part.strip() for part in text.rpartition("="))
    if not equals:
        problems.append(f'--score: "{text}" has no "="; expected BENCHMARK=SCORE, for example "GPQA diamond=0.93"')
        return None
    if name not in usable:
        known = (
            "has no scores that count as fractions here"
            if name in set(tables.benchmarks["benchmark"])
            else ("is no benchmark with scores")
        )
        problems.append(f"--score: {quoted(name)} {known}{did_you_mean(name, usable)}")
        return None
    try:
        score = float(value)
    except ValueError:
        problems.append(f'--score: {value!r} for "{name}" is not a number; expected a fraction from 0 to 1')
        return None
    if not 0 <= score <= 1:
        mend = "; divide by 100" if 1 < score <= 100 else ""
        problems.append(f'--score: {value} for "{name}" is out of range; expected a fraction from 0 to 1{mend}')
        return None
    return name, score


def _ability(text: str, tables: Tables, params: Params, problems: list[str]) -> tuple[float, float] | None:
    match = re.fullmatch(r"\s*(-?\d+(?:\.\d+)?)\s*(?:\+-|\+/-|±)\s*(\d+(?:\.\d+)?)\s*", text)
    if not match or not float(match[2]) > 0:
        problems.append(f"--ability: {text!r} is not an ability; expected POINTS+-SD, for example 165+-3")
        return None
    missing = [name for name, _ in rulers.ANCHORS if name not in set(tables.models["model"])]
    if missing and params.ruler == "ability":
        problems.append(f"--ability: there are no points without {' and '.join(missing)}; expected --score")
    return float(match[1]), float(match[2])


def effect(
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
    new : Release
    tables : Tables
    params : Params
    refit : bool, optional
        Fit with the release among the data; when left out, only where the weights fail.
    progress : bool
    tell : callable
        Gets a line before a fit that was not asked for.

    Returns
    -------
    Effect

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
        method, shares = "refit", weights.even(after.frontier.isel(country=0, date=0, drop=True))
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
    shortfall = -np.log((np.arange(_SHORTFALLS) + 0.5) / _SHORTFALLS)
    level = gap.frontier_at(country, new.date) - draws["shortfall_mean"].sel(
        country=new.country, drop=True
    ) * xr.DataArray(shortfall, dims="shortfall")
    tests_k_hat = -np.inf
    if new.ability:
        points = before.points["intercept"] + before.points["slope"] * level
        log = -0.5 * ((points - new.ability[0]) / new.ability[1]) ** 2
    else:
        stage_one, ours = abilities(tables, params, progress=progress), new.country == params.follower
        grid, each = _by_draw(new, level, tables, stage_one, follower=ours)
        log, tests_k_hat = _averaged(grid, each, level), _of_tests(grid, each, level).k_hat
    log = log.transpose("chain", "draw", "shortfall")
    found = weights.smoothed(xr.apply_ufunc(logsumexp, log, input_core_dims=[["shortfall"]], kwargs={"axis": -1}))
    found = replace(found, k_hat=max(found.k_hat, tests_k_hat))
    chosen = (log + rng.gumbel(size=log.shape)).argmax("shortfall")
    return _with_model(before, new, level.transpose(*log.dims).isel(shortfall=chosen)), found


def likelihood(
    new: Release, level: xr.DataArray, tables: Tables, stage_one: xr.Dataset, *, follower: bool
) -> xr.DataArray:
    """Log likelihood of the scores of a release at given abilities, the tests as uncertain as stage 1 leaves them.

    Scores count as measured by an independent evaluator in the usual set-up of
    the test; its ability in each domain is drawn from those of other models. The
    mean of the likelihood over draws of stage 1, each brought to the scale of the
    frontiers (mean and spread of the abilities in `rulers.from_draws` alike in
    every draw).

    Parameters
    ----------
    new : Release
    level : DataArray
        Abilities on the scale of the frontiers, logits.
    tables : Tables
    stage_one : Dataset
        What `fit.abilities` returns.
    follower : bool
        Whether the release is the follower's: its own advantage on public
        tests then belongs to its scores there.

    Returns
    -------
    DataArray, dims of `level`
    """
    grid, log = _by_draw(new, level, tables, stage_one, follower=follower)
    return _averaged(grid, log, level)


def _averaged(grid: np.ndarray, log: np.ndarray, level: xr.DataArray) -> xr.DataArray:
    mixed = logsumexp(log, axis=0) - np.log(len(log))
    return xr.apply_ufunc(lambda at: np.interp(at, grid, mixed), level)


def _by_draw(
    new: Release, level: xr.DataArray, tables: Tables, stage_one: xr.Dataset, *, follower: bool
) -> tuple[np.ndarray, np.ndarray]:
    """Abilities over the range of `level` [grid], and the log likelihood there in draws of stage 1 [sample, grid]."""
    flat = stage_one.stack(sample=SAMPLE)
    general = rulers.abilities_in(stage_one, "all")
    theta = general.theta
    known = theta[:, rulers.informed(theta, general.prior_sd)]
    centre, spread = known.mean(axis=1), known.std(axis=1)
    chosen = np.linspace(0, len(theta) - 1, min(_STAGE_ONE_DRAWS, len(theta))).astype(int)
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
        floor, ceiling, items = facts.loc[name, ["floor", "ceiling", "n_items"]].astype(float)
        floor, ceiling = np.nan_to_num(floor), 1.0 if np.isnan(ceiling) else ceiling
        domain = facts.loc[name, "domain"]
        eta = np.exp(test["log_a"]) * (own + apart.get(domain, apart.get("other", 0.0)) - test["difficulty"])
        if follower and facts.loc[name, "access_class"] == "public":
            eta = eta + _bias(flat, "public_test_follower")[chosen, None]
        mu = floor + (ceiling - floor) * expit(eta)
        sampling = 0.0 if np.isnan(items) else 1 / items
        phi = 1 / (sampling + (1 - sampling) * test["omega"]) - 1
        log += _log_score(score, mu * phi, (1 - mu) * phi, 0.5 / (_ITEMS if np.isnan(items) else items))
    return grid, log


def _of_tests(grid: np.ndarray, log: np.ndarray, level: xr.DataArray) -> weights.Weights:
    """What each draw of stage 1 is worth given the scores: a score that its test rules out leaves few of them."""
    mass = np.histogram(level, bins=np.append(grid, 2 * grid[-1] - grid[-2]))[0]
    each = logsumexp(log, b=mass / mass.sum(), axis=1)
    return weights.smoothed(xr.DataArray(each[None], dims=SAMPLE))


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


def _log_score(score: float, alpha: np.ndarray, beta: np.ndarray, half: float) -> np.ndarray:
    """Log density of a score, or log probability of none or all of the items, as stage 1 has them."""
    with np.errstate(divide="ignore"):
        if score <= half:
            return np.log(np.maximum(betainc(alpha, beta, max(score, 0) + half), 1e-300))
        if score >= 1 - half:
            return np.log(np.maximum(betainc(beta, alpha, half), 1e-300))
    return (alpha - 1) * np.log(score) + (beta - 1) * np.log1p(-score) - betaln(alpha, beta)


def _until(posterior: Posterior, draws: xr.Dataset, day: pd.Timestamp, rng: np.random.Generator) -> Posterior:
    """The posterior with frontiers that go on to a later day, and that day as its as-of date."""
    params, frontier = posterior.params, posterior.frontier
    last = pd.Timestamp(params.as_of)
    if day <= last:
        return posterior
    n = max(1, int(np.ceil((day - last).days / gap.MONTH_DAYS / params.knot_months)))
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


def _with_model(posterior: Posterior, new: Release, level: xr.DataArray) -> Posterior:
    level = level.expand_dims(model=[new.model]).transpose("chain", "draw", "model")
    level = level.drop_vars([name for name in level.coords if name not in level.dims])
    models = _models_with(posterior, new)
    ability = xr.concat([posterior.ability, level.assign_coords(model=np.array([new.model], object))], dim="model")
    return replace(posterior, ability=ability.sel(model=models.index.to_numpy(object)), models=models)


def _models_with(posterior: Posterior, new: Release) -> pd.DataFrame:
    row = pd.DataFrame(
        {"country": new.country, "developer": "", "date": new.date, "n_scores": len(new.scores), "record": True},
        index=pd.Index([new.model], name="model"),
    )
    return pd.concat([posterior.models, row]).sort_values("date", kind="stable")


# --- The release among the data ------------------------------------------------------------------


def refitted(new: Release, tables: Tables, params: Params, *, progress: bool = False) -> Posterior:
    """The posterior on the day of the release, or the as-of date if later, with the release among the data.

    Scores are rows of the tables, so that both stages are fitted; an ability is
    one more reading of stage 2. Either is kept in the cache.

    Parameters
    ----------
    new : Release
    tables : Tables
    params : Params
    progress : bool

    Returns
    -------
    Posterior

    Raises
    ------
    GaplabError
        The scores say so little of the model that it is in no frontier.
    """
    params = scenarios.neutral(params)
    if new.ability:
        return _with_reading(new, tables, params, progress=progress)
    day = max(new.date, pd.Timestamp(params.as_of)).date()
    found = fit(with_scores(new, tables, params), replace(params, as_of=day), progress=progress)
    if new.model not in found.models.index:
        raise GaplabError(
            f"--score: the scores of {new.model} say less of it than the prior, so that a fit leaves it out of the "
            "frontiers; expected more scores, or --no-refit"
        )
    return found


def with_scores(new: Release, tables: Tables, params: Params) -> Tables:
    """The tables as they would be with the release and its scores, on its day or the as-of date if later.

    Parameters
    ----------
    new : Release
        With scores; they count as measured by an independent evaluator in the usual set-up of each test.
    tables : Tables
    params : Params

    Returns
    -------
    Tables
    """
    model = {"model": new.model, "developer": "", "country": new.country, "release_date": new.date}
    access = {"model": new.model, "state": "public", "from": new.date}
    scores = [
        {
            "model": new.model,
            "benchmark": name,
            "source": "what_if",
            "effort": "default",
            "score": score,
            # A run that reads one class of sources alone reads the release too.
            "source_class": "independent" if params.sources == "all" else params.sources,
            "evaluator": "an independent evaluator",
            "harness": _usual_harness(tables.scores[tables.scores["benchmark"] == name]),
            "adjusted": "none",
            "censored": "none",
            "first_seen": new.date,
        }
        for name, score in new.scores
    ]
    return replace(
        tables,
        models=_with_rows(tables.models, [model]),
        access=_with_rows(tables.access, [access]),
        scores=_with_rows(tables.scores, scores),
        as_of=max(new.date, pd.Timestamp(params.as_of)).date(),
    )


def _with_rows(table: pd.DataFrame, rows: list[dict]) -> pd.DataFrame:
    """A table with more rows at its end, its columns of the types they had."""
    more = pd.DataFrame(rows).reindex(columns=table.columns)
    both = {name: [*table[name], *more[name]] for name in table.columns}
    return pd.DataFrame(both).astype(table.dtypes.to_dict())


def _usual_harness(rows: pd.DataFrame) -> str | float:
    """The set-up that most scores of a test have, as `models.evidence` counts them; NaN where it has no name."""
    counts = rows["harness"].value_counts(dropna=False).sort_index().sort_values(ascending=False, kind="stable")
    return counts.index[0]


def _with_reading(new: Release, tables: Tables, params: Params, *, progress: bool) -> Posterior:
    """The frontiers fitted again, to the day of the release, with an ability in points as one more reading."""
    posterior, draws = fit(tables, params, progress=progress), stage_two(tables, params, progress=progress)
    params = replace(params, as_of=max(new.date, pd.Timestamp(params.as_of)).date())
    models = _models_with(posterior, new)
    readings = _readings_with(new, posterior, draws).select(models.index)
    file = _reading_file(new, tables, posterior.params)
    with bars(progress) as report:
        made = cache.made(file, lambda: frontiers(readings, models, params, report=report))
    return replace(
        posterior,
        ability=made["ability"],
        frontier=made["frontier"],
        shortfall=made["shortfall_mean"],
        points=points_of(made["ability"], params.ruler),
        models=models,
        health=Health(tuple(checks_of(made))),
        params=params,
    )


def _readings_with(new: Release, posterior: Posterior, draws: xr.Dataset) -> rulers.Readings:
    """The readings of stage 2 and that of the release.

    Points of our own ruler are a straight line through two models. An ability in points is the same mixture of their
    readings, with as much of the errors they share with others.
    """
    models = pd.Index(draws["model"].to_numpy(), name="model")
    mean, sd, loadings = (
        draws[name].transpose("model", ...).to_numpy() for name in ("reading", "reading_sd", "loadings")
    )
    points, error = new.ability
    if posterior.params.ruler == "ability":
        (low, low_points), (high, high_points) = rulers.ANCHORS
        at = models.get_indexer([low, high])
        share = (points - low_points) / (high_points - low_points)
        mixed = np.array([1 - share, share])
        logits = (mean[at[1]] - mean[at[0]]) / (high_points - low_points)
        own = mixed @ mean[at], np.hypot(error * logits, np.hypot(*(mixed * sd[at]))), mixed @ loadings[at]
    else:
        slope, intercept = (float(posterior.points[name].mean()) for name in ("slope", "intercept"))
        own = (points - intercept) / slope, error / slope, np.zeros(loadings.shape[1])
    return rulers.Readings(
        models.append(pd.Index([new.model])),
        np.append(mean, own[0]),
        np.append(sd, own[1]),
        np.vstack([loadings, own[2]]),
    )


def _reading_file(new: Release, tables: Tables, params: Params) -> Path:
    source = identity.of(__name__)
    content = {"without": cache_file(tables, params).stem, "release": asdict(new), "source": source}
    return cache.folder() / f"whatif-{cache.key(content)[:24]}.nc"


def _numbers(before: Posterior, after: Posterior, new: Release, shares: weights.Weights | None) -> pd.DataFrame:
    asked = [0.5, *summary.tails(before.params.prob)]
    rows = []
    for name in ("frontier_lag", "released_lag", "distance"):
        unit = "months_at_leader_pace" if name == "distance" else "months"
        one, other = (gap.readings(run, gap.country_subject(run))[name, unit] for run in (before, after))
        alone = weights.quantiles(one, weights.even(one), asked)
        both = weights.quantiles(other, shares, asked) if shares else np.full(3, np.nan)
        rows.append((name, unit, *alone, *both, both[0] - alone[0]))
    if new.country == before.params.follower:
        subject = gap.model_subject(after, new.model)
        lag = gap.readings(after, subject)["model_lag", "months"]
        both = weights.quantiles(lag, shares, asked) if shares else np.full(3, np.nan)
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
    return tuple(float(value) for value in weights.quantiles(level, shares, [low, 0.5, high])), unit
