"""Forecasts made on past days against what came: real vintages of the index, and monthly pseudo-vintages.

At each origin everything is made again from what the run may know then:
abilities, frontiers, records, the best models, which leader models to catch up
with, and the weights of the shapes. Outcomes come from the last posterior of
the same ruler. `real` origins are the days of full vintages of Epoch's index,
read in real time. `pseudo` origins are months; only models out by then count,
but with every score they have today: optimistic, since Chinese models
are scored late.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal

import numpy as np
import pandas as pd
import xarray as xr

from gaplab import forecast as futures
from gaplab import gap, runs
from gaplab.errors import GaplabError
from gaplab.fit import fit
from gaplab.params import LEVERS, Params
from gaplab.posterior import Posterior
from gaplab.summary import middle, quantiles
from gaplab.units import SAMPLE
from gaplab.validation import baselines, jobs, scoring, stacking

Kind = Literal["real", "pseudo"]

HORIZONS = (3, 6, 12)
TARGETS = ("frontier_lag", "released_lag", "match_best", "match_earlier", "next_record")
FORECASTERS = ("stack", "stack_learned", *futures.COMPONENTS, *baselines.NAMES)
FIRST = pd.Timestamp("2024-07-01")
EARLIER_MONTHS = 6.0
THRESHOLD = 12.0
"""Months of lag whose probability is scored (Brier)."""

COLUMNS = ["origin", "horizon_months", "target", "forecaster", "median", "lower_80", "upper_80", "outcome", "crps"]
MORE_COLUMNS = ["kind", "subject", "lower_50", "upper_50", "lower_95", "upper_95", "log_score", "brier", "pit"]
SHOWN = [
    "target", "horizon_months", "forecaster", "n", "crps", "skill", "skill_lower", "skill_upper", "coverage_80",
    "baseline",
]  # fmt: skip
_KEPT = 200
_MONTH = pd.Timedelta(days=gap.MONTH_DAYS)
_RULER = {"real": "epoch_eci", "pseudo": "ability"}
_KNOWLEDGE = {"real": "real_time", "pseudo": "hindsight"}


# --- Origins --------------------------------------------------------------------------------------


def last_day(params: Params, kind: Kind) -> pd.Timestamp:
    """The day from which outcomes are read: the last full vintage of the index, or the run's as-of date.

    Parameters
    ----------
    params : Params
    kind : {"real", "pseudo"}

    Returns
    -------
    Timestamp
    """
    return _vintages(params)[-1] if kind == "real" else pd.Timestamp(params.as_of)


def origins(params: Params, kind: Kind, *, first: pd.Timestamp = FIRST, horizons: Sequence[int] = HORIZONS) -> list:
    """The days on which forecasts are made: all with at least the shortest horizon before the last day.

    Parameters
    ----------
    params : Params
        `as_of` is the last day of the pseudo-vintages, which go back from it month by month.
    kind : {"real", "pseudo"}
    first : Timestamp
        Of the pseudo-vintages.
    horizons : sequence of int

    Returns
    -------
    list of Timestamp
        In order.
    """
    last = last_day(params, kind)
    if kind == "real":
        days = _vintages(params)
    else:
        count = int((last - first) / _MONTH)
        days = [later(last, -back) for back in range(count, -1, -1)]
    return [day for day in days if later(day, min(horizons)) <= last]


def recent(params: Params) -> pd.Timestamp:
    """The first day of a quick run, which has two origins.

    Parameters
    ----------
    params : Params

    Returns
    -------
    Timestamp
    """
    return later(pd.Timestamp(params.as_of), -4.1)


def present_readings(params: Params) -> tuple[dict[str, Posterior], Posterior]:
    """What is known today: the run's posteriors by scope, and that of the last full vintage of the index.

    Parameters
    ----------
    params : Params

    Returns
    -------
    dict of Posterior, Posterior
    """
    scopes = {scope: _fitted(replace(params, scope=scope)) for scope in ("public", "trusted", "internal")}
    return scopes, _fitted(_run(params, "real", last_day(params, "real")))


def _vintages(params: Params) -> list[pd.Timestamp]:
    """Days of the index's full vintages; an update of a few models is none."""
    everything = runs.evidence(replace(params, knowledge="hindsight")).index_vintages
    sizes = everything[everything["index"] == _RULER["real"]].groupby("vintage").size()
    if sizes.empty:
        raise GaplabError(f"index_vintages.csv: no vintage of {_RULER['real']}; expected some")
    return sorted(pd.Timestamp(day) for day in sizes.index[sizes >= sizes.max() / 2])


def later(day: pd.Timestamp, months: float) -> pd.Timestamp:
    """The day so many months after (before, where negative) another."""
    return (day + months * _MONTH).round("D")


def _run(params: Params, kind: Kind, day: pd.Timestamp) -> Params:
    return replace(params, as_of=day.date(), knowledge=_KNOWLEDGE[kind], ruler=_RULER[kind], horizon_months=24)


def _fitted(params: Params) -> Posterior:
    return fit(runs.evidence(params), params)


# --- What each origin says ------------------------------------------------------------------------


def at_origin(
    kind: Kind, origin: str, settings: Mapping[str, Any], horizons: Sequence[int], reread: Sequence[str]
) -> dict[str, Any]:
    """Draws of every forecaster for every target and horizon, made with nothing from after the origin.

    Parameters
    ----------
    kind : {"real", "pseudo"}
    origin : str
        Day.
    settings : mapping
        Fields of `Params`; those that belong to the origin are replaced.
    horizons : sequence of int
    reread : sequence of str
        Earlier days whose lags are read again from here: outcomes, as far as
        they are known at the origin, of earlier forecasts.

    Returns
    -------
    dict
        `targets`: the leader models chosen at the origin; `draws`: target,
        horizon and forecaster to draws; `reread`: target and day to the median
        lag; `health`.
    """
    day = pd.Timestamp(origin)
    params = _run(Params(**settings), kind, day)
    posterior = _fitted(params)
    chosen = chosen_targets(posterior)
    shapes = {
        name: futures.forecast(
            posterior, start=futures.begin(posterior, weights=np.eye(len(futures.COMPONENTS))[place])
        )
        for place, name in enumerate(futures.COMPONENTS)
    }
    draws = {name: _of_forecast(path, chosen, horizons) for name, path in shapes.items()}
    draws |= _of_baselines(posterior, chosen, horizons)
    by_target: dict[str, dict[str, dict[str, list[float]]]] = {}
    for forecaster, found in draws.items():
        for (target, horizon), values in found.items():
            kept = np.round(thinned(scoring.bounded(values)), 3).tolist()
            by_target.setdefault(target, {}).setdefault(str(horizon), {})[forecaster] = kept
    earlier = _lags_on(posterior, [pd.Timestamp(other) for other in reread])
    return {"targets": chosen, "draws": by_target, "reread": earlier, "health": posterior.health.status}


def chosen_targets(posterior: Posterior) -> dict[str, str]:
    """The leader models to catch up with, by rule: its best by mean ability today, and its best half a year ago.

    With a lag of more than half a year nobody expects the first to be matched
    within three months, so the second is where most can be learned.

    Parameters
    ----------
    posterior : Posterior

    Returns
    -------
    dict of str
        match_best and match_earlier, which may be the same; only the first
        where the leader had no model half a year ago.
    """
    theirs = posterior.models[posterior.models["country"] == posterior.params.leader]
    mean = posterior.ability.sel(model=theirs.index.to_numpy(object)).mean(SAMPLE).to_series()
    before = theirs.index[theirs["date"] <= pd.Timestamp(posterior.params.as_of) - EARLIER_MONTHS * _MONTH]
    found = {"match_best": str(mean.idxmax())}
    return found | ({"match_earlier": str(mean[before].idxmax())} if len(before) else {})


def _of_forecast(path: futures.Forecast, chosen: Mapping[str, str], horizons: Sequence[int]) -> dict:
    """Draws of one forecast for every target and horizon."""
    posterior, found = path.posterior, {}
    for name in ("frontier_lag", "released_lag"):
        for horizon in horizons:
            found[name, horizon] = _flat(path.draws[name].sel(horizon=horizon))
    for target, model in chosen.items():
        months = _flat(futures.catch_up(path, posterior.ability.sel(model=model, drop=True))["released"])
        for horizon in horizons:
            found[target, horizon] = np.clip(months, 0.0, horizon)
    for horizon in horizons:
        found["next_record", horizon] = _next_record(path, horizon)
    return found


def _next_record(path: futures.Forecast, horizon: int) -> np.ndarray:
    """Where the first better release within the horizon stands on the leader's clock, months before the origin."""
    posterior = path.posterior
    params, at = posterior.params, pd.Timestamp(posterior.params.as_of)
    best = path.draws["best_released"].isel(horizon=0, drop=True).drop_vars("date", errors="ignore")
    better = (path.releases["ability"] > best) & (path.releases["month"] <= horizon)
    first = path.releases["ability"].isel(release=better.argmax("release"))
    level = first.where(better.any("release"), best).transpose(*SAMPLE)
    ahead = path.draws["frontier"].sel(country=params.leader, drop=True).isel(horizon=slice(1, None))
    ahead = ahead.swap_dims(horizon="date").drop_vars("horizon")
    history = posterior.frontier.sel(country=params.leader, drop=True)
    whole = xr.concat([history.transpose(*SAMPLE, "date"), ahead.transpose(*SAMPLE, "date")], dim="date")
    return _flat(gap.lag_of_level(whole, level, date=at))


def _of_baselines(posterior: Posterior, chosen: Mapping[str, str], horizons: Sequence[int]) -> dict[str, dict]:
    """Draws of the simple forecasts, from the lag's history as read at the origin."""
    params, at = posterior.params, pd.Timestamp(posterior.params.as_of)
    months = _months_since_both(posterior)
    history = {name: np.array(list(lags.values())) for name, lags in _lags_on(posterior, months).items()}
    now = {name: _flat(_lag(posterior, name, [at]).isel(date=0)) for name in history}
    ours = posterior.models[(posterior.models["country"] == params.follower) & posterior.models["record"]]
    gaps = np.diff(ours["date"].to_numpy()) / _MONTH.to_timedelta64()
    gaps = gaps[gaps > 0] if (gaps > 0).any() else np.array([6.0])
    found: dict[str, dict] = {}
    for place, name in enumerate(baselines.NAMES):
        rng = np.random.default_rng([params.seed, 21, place])
        draws = {}
        for horizon in horizons:
            ahead = {
                lag: baselines.lag(name, history[lag], scoring.bounded(now[lag]), horizon=horizon, rng=rng)
                for lag in history
            }
            draws |= {(lag, horizon): values for lag, values in ahead.items()}
            for target, model in chosen.items():
                age = float((at - posterior.models.loc[model, "date"]) / _MONTH)
                draws[target, horizon] = baselines.match(ahead["frontier_lag"], age, horizon=horizon)
            draws["next_record", horizon] = baselines.next_record(
                ahead["frontier_lag"], now["released_lag"], gaps, horizon=horizon, rng=rng
            )
        found[name] = draws
    return found


def _months_since_both(posterior: Posterior) -> list[pd.Timestamp]:
    """Month by month back from the origin, as long as both countries have models; a year at least where knots allow."""
    at, knots = pd.Timestamp(posterior.params.as_of), pd.DatetimeIndex(posterior.frontier["date"].to_numpy())
    pair = [posterior.params.leader, posterior.params.follower]
    start = posterior.models.groupby("country")["date"].min()[pair].max()
    start = max(min(start, at - 12 * _MONTH), knots[0])
    return [at - back * _MONTH for back in range(int((at - start) / _MONTH), -1, -1)]


def _lag(posterior: Posterior, name: str, days: Sequence[pd.Timestamp]) -> xr.DataArray:
    params, dates = posterior.params, pd.DatetimeIndex(days)
    pair = {"leader": params.leader, "follower": params.follower}
    if name == "frontier_lag":
        return gap.frontier_lag(posterior.frontier, **pair, dates=dates)
    return gap.released_lag(posterior.ability, posterior.frontier, posterior.models, **pair, dates=dates)


def _lags_on(posterior: Posterior, days: Sequence[pd.Timestamp]) -> dict[str, dict[str, float]]:
    """Medians of both lags on some days."""
    if not len(days):
        return {name: {} for name in futures.LAGS}
    found = {}
    for name in futures.LAGS:
        draws = _lag(posterior, name, days).transpose(*SAMPLE, "date").to_numpy().reshape(-1, len(days))
        medians = quantiles(scoring.bounded(draws), [0.5])[0]
        found[name] = {f"{day:%Y-%m-%d}": round(float(value), 4) for day, value in zip(days, medians, strict=True)}
    return found


def _flat(draws: xr.DataArray) -> np.ndarray:
    return draws.transpose(*SAMPLE).to_numpy().ravel()


def thinned(values: np.ndarray) -> np.ndarray:
    """Evenly chosen draws, few enough to be kept for every origin."""
    return values[np.linspace(0, values.size - 1, min(_KEPT, values.size)).astype(int)]


# --- What came ------------------------------------------------------------------------------------


def outcome(last: Posterior, target: str, origin: pd.Timestamp, horizon: int, model: str | None) -> float:
    """What a target turned out to be, as the last posterior has it: the median of its draws.

    Parameters
    ----------
    last : Posterior
    target : str
        One of `TARGETS`.
    origin : Timestamp
    horizon : int
        Months.
    model : str or None
        The leader model to be matched.

    Returns
    -------
    float
        Months; NaN when the model has no reading any more.
    """
    end = later(origin, horizon)
    if target in futures.LAGS:
        return middle(scoring.bounded(_flat(_lag(last, target, [end]).isel(date=0))))
    follower = last.models[(last.models["country"] == last.params.follower) & (last.models["date"] <= end)]
    ability = last.ability.sel(model=follower.index.to_numpy(object)).transpose(*SAMPLE, "model")
    months = np.asarray((follower["date"] - origin) / _MONTH)
    draws = ability.to_numpy().reshape(-1, len(follower))
    if target == "next_record":
        best = draws[:, months <= 0].max(axis=1, initial=-np.inf)
        better = (draws > best[:, None]) & (months > 0)
        first = np.take_along_axis(draws, better.argmax(axis=1)[:, None], axis=1)[:, 0]
        level = ability.isel(model=0, drop=True)
        level = level.copy(data=np.where(better.any(axis=1), first, best).reshape(level.shape))
        leading = last.frontier.sel(country=last.params.leader, drop=True)
        return middle(scoring.bounded(_flat(gap.lag_of_level(leading, level, date=origin))))
    if model not in last.models.index:
        return np.nan
    goal = _flat(last.ability.sel(model=model, drop=True))
    reached = np.where(draws >= goal[:, None], months, np.inf).min(axis=1)
    return middle(np.clip(reached, 0.0, horizon))


# --- The record -----------------------------------------------------------------------------------


def record(
    params: Params,
    *,
    kinds: Sequence[Kind] = ("real", "pseudo"),
    first: pd.Timestamp = FIRST,
    horizons: Sequence[int] = HORIZONS,
    workers: jobs.Workers = 1,
    progress: bool = False,
) -> pd.DataFrame:
    """Every forecast made on past days with its scores; no target, origin or horizon is left out afterwards.

    Parameters
    ----------
    params : Params
        `as_of` is the last day; as_of, knowledge and ruler of each origin are its own.
    kinds : sequence of {"real", "pseudo"}
    first : Timestamp
        Of the pseudo-vintages.
    horizons : sequence of int
    workers, progress
        As in `jobs.run`.

    Returns
    -------
    DataFrame
        `COLUMNS` and `MORE_COLUMNS`: quantiles and outcome in months (match_*:
        months until a released model of the follower matches `subject`, cut
        off at the horizon; next_record: where the next record within the
        horizon stands on the leader's clock, months before the origin);
        brier: of P(lag > 12), of "matched by the horizon" for match_*.
    """
    parts = []
    for kind in kinds:
        days = origins(params, kind, first=first, horizons=horizons)
        found = _forecasts(params, kind, days, horizons, workers, progress)
        last = _fitted(_run(params, kind, last_day(params, kind)))
        parts += _scored(kind, days, found, last, horizons)
    return pd.DataFrame(parts)[COLUMNS + MORE_COLUMNS]


def _forecasts(
    params, kind: Kind, days: list, horizons: Sequence[int], workers: jobs.Workers, progress: bool
) -> list[dict]:
    relevant = {name: value for name, value in params.as_strings().items() if value is not None}
    settings = {name: value for name, value in relevant.items() if name not in LEVERS}
    due = {f"{later(day, horizon):%Y-%m-%d}" for day in days for horizon in horizons}
    todo = [
        {
            "kind": kind,
            "origin": f"{day:%Y-%m-%d}",
            "settings": settings,
            "horizons": list(horizons),
            "reread": sorted(text for text in due if pd.Timestamp(text) <= day),
        }
        for day in days
    ]
    tables = runs.evidence(replace(params, knowledge="hindsight"))
    return jobs.run(at_origin, todo, key={"data": tables.hash}, workers=workers, progress=progress)


def _scored(kind: Kind, days: list, found: list[dict], last: Posterior, horizons: Sequence[int]) -> list[dict]:
    """A row for every forecaster, target and horizon whose outcome is known by the last day."""
    end, rows = pd.Timestamp(last.params.as_of), []
    for place, (day, said) in enumerate(zip(days, found, strict=True)):
        shares = learned_weights(days[: place + 1], found[: place + 1], horizons)
        here, made = [], []
        for target in TARGETS:
            for horizon in horizons:
                if target not in said["draws"] or later(day, horizon) > end:
                    continue
                model = said["targets"].get(target)
                came = outcome(last, target, day, horizon, model)
                if np.isnan(came):
                    continue
                draws = {name: np.array(values) for name, values in said["draws"][target][str(horizon)].items()}
                parts = np.stack([draws[name] for name in futures.COMPONENTS])
                draws["stack"] = stacking.mixed(parts, np.asarray(futures.WEIGHTS) / np.sum(futures.WEIGHTS))
                draws["stack_learned"] = stacking.mixed(parts, shares)
                key = {"origin": f"{day:%Y-%m-%d}", "horizon_months": horizon, "target": target}
                more = {"kind": kind, "subject": model or last.params.follower}
                here += [
                    key | {"forecaster": name} | _scores(draws[name], came, target, horizon) | more
                    for name in FORECASTERS
                ]
                made += [draws[name] for name in FORECASTERS]
        if here:
            scores = scoring.crps(np.stack(made), np.array([row["outcome"] for row in here]))
            rows += [row | {"crps": float(score)} for row, score in zip(here, scores, strict=True)]
    return rows


def learned_weights(days: list, found: list[dict], horizons: Sequence[int]) -> np.ndarray:
    """Weights of the shapes at the last of some origins, from forecasts whose outcome was known by then.

    Outcomes are the lags as read at that origin, not as read today. A forecast
    over h months overlaps h - 1 others, so it counts for one in h.

    Parameters
    ----------
    days : list of Timestamp
        Origins, the one that wants the weights last.
    found : list of dict
        What `at_origin` gives for them.
    horizons : sequence of int

    Returns
    -------
    array [shape]
    """
    logs, importance = [], []
    now = found[-1]["reread"]
    for day, said in zip(days[:-1], found[:-1], strict=True):
        for horizon in horizons:
            due = later(day, horizon)
            for target in futures.LAGS:
                known = now[target].get(f"{due:%Y-%m-%d}")
                if due > days[-1] or known is None:
                    continue
                draws = said["draws"][target][str(horizon)]
                logs.append([scoring.log_score(np.array(draws[name]), known) for name in futures.COMPONENTS])
                importance.append(1 / horizon / len(futures.LAGS))
    return stacking.weights(np.array(logs).reshape(-1, len(futures.COMPONENTS)), np.array(importance))


def _scores(draws: np.ndarray, came: float, target: str, horizon: int) -> dict[str, float]:
    levels = quantiles(draws, [0.5, 0.1, 0.9, 0.25, 0.75, 0.025, 0.975])
    names = ("median", "lower_80", "upper_80", "lower_50", "upper_50", "lower_95", "upper_95")
    row = dict(zip(names, levels.tolist(), strict=True))
    row |= {"outcome": came, "pit": scoring.pit(draws, came)}
    # A month that is cut off at the horizon has no density there.
    row["log_score"] = np.nan if target.startswith("match") else scoring.log_score(draws, came)
    if target in futures.LAGS:
        row["brier"] = scoring.brier(float((draws > THRESHOLD).mean()), came > THRESHOLD)
    elif target.startswith("match"):
        row["brier"] = scoring.brier(float((draws < horizon).mean()), came < horizon)
    else:
        row["brier"] = np.nan
    return row


def summary(rows: pd.DataFrame, *, seed: int = 1) -> pd.DataFrame:
    """Scores of each forecaster by kind of origin, target and horizon, and its skill over the simple ones.

    Parameters
    ----------
    rows : DataFrame
        What `record` returns.
    seed : int
        Of the bootstrap.

    Returns
    -------
    DataFrame
        forecaster, horizon_months, target, crps, skill with skill_lower and
        skill_upper (90%, over the simple forecast with the lowest mean CRPS,
        named in `baseline`; NaN bounds where there are too few origins for
        them), coverage_80; kind, n, coverage_50, coverage_95, log_score,
        brier, pit, and the skill over each simple forecast.
    """
    found = []
    for (kind, target, horizon), each in rows.groupby(["kind", "target", "horizon_months"], sort=False):
        scores = each.pivot(index="origin", columns="forecaster", values="crps").sort_index()
        best = scores[list(baselines.NAMES)].mean().idxmin()
        for name in FORECASTERS:
            own = each[each["forecaster"] == name]
            over = {
                other: scoring.skill(scores[name].to_numpy(), scores[other].to_numpy(), block=int(horizon), seed=seed)
                for other in baselines.NAMES
            }
            row = {"forecaster": name, "horizon_months": horizon, "target": target, "crps": own["crps"].mean()}
            row |= dict(zip(("skill", "skill_lower", "skill_upper"), over[best], strict=True))
            row |= {"coverage_80": scoring.covered(own, 80), "kind": kind, "baseline": best, "n": len(own)}
            row |= {f"coverage_{level}": scoring.covered(own, level) for level in (50, 95)}
            row |= {score: own[score].mean() for score in ("log_score", "brier", "pit")}
            found.append(row | {f"skill_{other}": value[0] for other, value in over.items()})
    return pd.DataFrame(found)
