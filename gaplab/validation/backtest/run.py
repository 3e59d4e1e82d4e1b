"""The run of a back-test: all origins forecast and scored, and the table of skill."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from gaplab.fit import runs
from gaplab.gap.arrays import MONTH_NS
from gaplab.outlook.forecast import LAGS
from gaplab.outlook.history import COMPONENTS, WEIGHTS
from gaplab.params.spec import LEVERS, Params
from gaplab.posterior import Posterior
from gaplab.validation import baselines, jobs, scoring, stacking
from gaplab.validation.backtest.forecasts import forecasts_at, outcome_of
from gaplab.validation.backtest.origins import (
    FIRST,
    FORECASTERS,
    HORIZONS,
    STACKED,
    TARGETS,
    THRESHOLD,
    Kind,
    fit_run,
    last_day,
    months_later,
    origin_run,
    origins,
)

COLUMNS = ["origin", "horizon_months", "target", "forecaster", "median", "lower_80", "upper_80", "outcome", "crps"]
MORE_COLUMNS = ["kind", "subject", "lower_50", "upper_50", "lower_95", "upper_95", "log_score", "brier", "pit"]
SHOWN = [
    "target", "horizon_months", "forecaster", "n", "crps", "skill", "skill_lower", "skill_upper", "coverage_80",
    "baseline",
]  # fmt: skip


def run_backtest(
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
        last = fit_run(origin_run(params, kind, last_day(params, kind)))
        parts += _scored(kind, days, found, last, horizons)
    return pd.DataFrame(parts)[COLUMNS + MORE_COLUMNS]


def _forecasts(
    params, kind: Kind, days: list, horizons: Sequence[int], workers: jobs.Workers, progress: bool
) -> list[dict]:
    settings = params.reset(*LEVERS).as_strings()
    due = {f"{months_later(day, horizon):%Y-%m-%d}" for day in days for horizon in horizons}
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
    tables = runs.tables_of(replace(params, knowledge="hindsight"))
    return jobs.run(forecasts_at, todo, key={"data": tables.hash}, workers=workers, progress=progress)


def _scored(kind: Kind, days: list, found: list[dict], last: Posterior, horizons: Sequence[int]) -> list[dict]:
    """A row for every forecaster, target and horizon whose outcome is known by the last day."""
    end, rows = pd.Timestamp(last.params.as_of), []
    for place, (day, forecasts) in enumerate(zip(days, found, strict=True)):
        learned = learned_at(days[: place + 1], found[: place + 1], horizons)
        here, made = [], []
        for target in TARGETS:
            for horizon in horizons:
                if target not in forecasts["draws"] or months_later(day, horizon) > end:
                    continue
                model = forecasts["targets"].get(target)
                came = outcome_of(last, target, day, horizon, model)
                if np.isnan(came):
                    continue
                draws = {name: np.array(values) for name, values in forecasts["draws"][target][str(horizon)].items()}
                parts = np.stack([draws[name] for name in COMPONENTS])
                draws["stack"] = stacking.mixed(parts, np.asarray(WEIGHTS) / np.sum(WEIGHTS))
                draws["stack_learned"] = stacking.mixed(parts, learned.shapes)
                # What is no lag itself is forecast from the lag of the frontiers.
                lag = target if target in LAGS else LAGS[0]
                everyone = np.stack([draws[name] for name in STACKED])
                draws["stack_crps"] = stacking.mixed(everyone, learned.shares[lag])
                draws["simple_chosen"] = draws[learned.simple[lag, horizon]]
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


@dataclass(frozen=True)
class _Learned:
    """What the past of an origin says about the forecasters: weights of the shapes, and by lag weights and ranks."""

    shapes: np.ndarray
    shares: dict[str, np.ndarray]
    simple: dict[tuple[str, int], str]


def learned_at(days: list, found: list[dict], horizons: Sequence[int]) -> _Learned:
    """What can be learned at the last of some origins, from forecasts whose outcome was known by then.

    Outcomes are the lags as read at that origin, not as read today. A forecast
    over h months overlaps h - 1 others, so it counts for one in h.

    Parameters
    ----------
    days : list of Timestamp
        Origins, the one that wants to know last.
    found : list of dict
        What `forecasts_at` gives for them.

    Returns
    -------
    _Learned
        shapes: weights by log score. shares: by lag, weights of `STACKED` by
        CRPS. simple: by lag and horizon, the simple forecast with the smallest
        mean CRPS so far; the first of them before anything is known.
    """
    draws: dict[tuple[str, int], list] = {(lag, horizon): [] for lag in LAGS for horizon in horizons}
    for day, forecasts in zip(days[:-1], found[:-1], strict=True):
        for lag, horizon in draws:
            due = months_later(day, horizon)
            known = found[-1]["reread"][lag].get(f"{due:%Y-%m-%d}")
            if due <= days[-1] and known is not None:
                made = forecasts["draws"][lag][str(horizon)]
                draws[lag, horizon].append((np.array([made[name] for name in STACKED]), known))
    past_forecasts = [(*each, horizon) for (_, horizon), past in draws.items() for each in past]
    logs = [[scoring.log_score(one, known) for one in values[: len(COMPONENTS)]] for values, known, _ in past_forecasts]
    count = np.array([1 / horizon / len(LAGS) for *_, horizon in past_forecasts])
    shapes = stacking.weights(np.array(logs).reshape(-1, len(COMPONENTS)), count)
    shares, simple = {}, {}
    places = {name: STACKED.index(name) for name in baselines.NAMES}
    for lag in LAGS:
        past = [(values, known, 1 / horizon) for horizon in horizons for values, known in draws[lag, horizon]]
        shares[lag] = stacking.crps_weights(*map(list, zip(*past, strict=True))) if past else None
        for horizon in horizons:
            scores = [scoring.crps(values, np.full(len(values), known)) for values, known in draws[lag, horizon]]
            mean = np.mean(scores, axis=0) if scores else np.arange(len(STACKED))
            simple[lag, horizon] = min(places, key=lambda name, mean=mean: mean[places[name]])
    equal = np.full(len(STACKED), 1 / len(STACKED))
    return _Learned(shapes, {lag: equal if found is None else found for lag, found in shares.items()}, simple)


def _scores(draws: np.ndarray, came: float, target: str, horizon: int) -> dict[str, float]:
    row = scoring.quantile_columns(draws) | {"outcome": came, "pit": scoring.pit(draws, came)}
    # Months until a match are cut off at the horizon, where they have no density.
    row["log_score"] = np.nan if target.startswith("match") else scoring.log_score(draws, came)
    if target in LAGS:
        row["brier"] = scoring.brier(float((draws > THRESHOLD).mean()), came > THRESHOLD)
    elif target.startswith("match"):
        row["brier"] = scoring.brier(float((draws < horizon).mean()), came < horizon)
    else:
        row["brier"] = np.nan
    return row


def backtest_summary(rows: pd.DataFrame) -> pd.DataFrame:
    """Scores of each forecaster by kind of origin, target and horizon, and its skill over the simple ones.

    Parameters
    ----------
    rows : DataFrame
        What `run_backtest` returns.

    Returns
    -------
    DataFrame
        forecaster, horizon_months, target, crps, skill with skill_lower and
        skill_upper (90%, over the simple forecast that was best in the past
        of each origin; NaN bounds where there are too few origins for them),
        baseline, the simple forecast with the lowest mean CRPS, which nobody
        could have chosen, skill_hindsight over it; coverage_80; kind, n, coverage_50, coverage_95, log_score,
        brier, pit, and the skill over each simple forecast.
    """
    found = []
    for (kind, target, horizon), each in rows.groupby(["kind", "target", "horizon_months"], sort=False):
        scores = each.pivot(index="origin", columns="forecaster", values="crps").sort_index()
        best, block = scores[list(baselines.NAMES)].mean().idxmin(), _overlapping(scores.index, int(horizon))
        for name in FORECASTERS:
            own = each[each["forecaster"] == name]
            over = {
                other: scoring.skill(scores[name].to_numpy(), scores[other].to_numpy(), block=block, seed=1)
                for other in ("simple_chosen", *baselines.NAMES)
            }
            row = {"forecaster": name, "horizon_months": horizon, "target": target, "crps": own["crps"].mean()}
            row |= dict(zip(("skill", "skill_lower", "skill_upper"), over["simple_chosen"], strict=True))
            row |= {"coverage_80": scoring.covered(own, 80), "kind": kind, "baseline": best, "n": len(own)}
            row |= {"skill_hindsight": over[best][0]}
            row |= {f"coverage_{level}": scoring.covered(own, level) for level in (50, 95)}
            row |= {score: own[score].mean() for score in ("log_score", "brier", "pit")}
            found.append(row | {f"skill_{other}": value[0] for other, value in over.items()})
    return pd.DataFrame(found)


def _overlapping(origins_told: pd.Index, horizon: int) -> int:
    """The most origins within one horizon: so many neighbours share their future. Vintages may be days apart."""
    months = np.asarray((pd.to_datetime(origins_told) - pd.Timestamp(origins_told[0])) / MONTH_NS)
    return int(max((np.searchsorted(months, months + horizon - 0.1) - np.arange(len(months))).max(), horizon))


def target_coverage(rows: pd.DataFrame) -> pd.DataFrame:
    """How often our 80% intervals held, by target: held and n; too_narrow where fewer than 70% of 20 or more held."""
    ours = rows[rows["forecaster"] == "stack"]
    inside = ours["outcome"].between(ours["lower_80"], ours["upper_80"])
    table = inside.groupby(ours["target"]).agg(held="mean", n="size")
    return table.assign(too_narrow=(table["n"] >= 20) & (table["held"] < 0.7))
