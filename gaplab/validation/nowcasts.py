"""Nowcasts made on past days against what later vintages say of those days."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from gaplab import gap
from gaplab.fit import runs
from gaplab.fit.fit import fit
from gaplab.gap.summary import interval, median
from gaplab.outlook.delays import first_readings
from gaplab.outlook.nowcast import Nowcast, predict
from gaplab.outlook.unscored import model_lags, unscored_subject
from gaplab.params.spec import Params
from gaplab.posterior import Posterior
from gaplab.validation import jobs
from gaplab.validation.backtest.origins import origins

LEAST_UNSCORED = 6
"""Days on which fewer of the follower's models were out and unscored say little about a nowcast."""
RULERS = ("epoch_eci", "ability")
DECIMALS = 2


def days(params: Params) -> list[date]:
    """Days of all full vintages of the index that are three months old or more, so that scores had time to come."""
    return [day.date() for day in origins(params, "real", horizons=(3,))]


def run(
    params: Params, *, dates: Sequence[date] | None = None, workers: jobs.Workers = 1, progress: bool = False
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The gap as read on past days, without and with a nowcast, beside what later vintages say of those days.

    On each date and with each ruler three readings: of the scores seen by then
    (`without`), of the same with the models that were out but unscored
    (`nowcast`), and of every score seen since, of models out by then (`later`,
    knowledge=hindsight). `later` has its own interval: it is no truth, only
    the best that is known now. The list of models that were out is today's.

    Parameters
    ----------
    params : Params
        Their as_of, knowledge and ruler are replaced.
    dates : sequence of date, optional
        What `days` gives when left out.

    Returns
    -------
    DataFrame
        One row per date, ruler and definition, in months: without, nowcast
        and later, each with _lower and _upper of `params.prob`; error_without
        and error_nowcast, each minus later; covered_without and
        covered_nowcast, whether the interval holds later's median; newest,
        the last vintage that looked at the whole field; unscored, the
        follower's models that were out and unscored; expected, how many of
        them the nowcast expected to be scored; scored_since, how many were;
        health of the two fits.
    DataFrame
        One row per date, ruler and then unscored follower model that has been
        scored since: p_scored, its predicted and its later model_lag, and
        the share of the prediction below later's median.
    """
    run_of = {"settings": params.as_strings()}
    todo = [run_of | {"as_of": when.isoformat(), "ruler": ruler} for ruler in RULERS for when in dates or days(params)]
    tables = runs.tables_of(replace(params, knowledge="hindsight"))
    found = jobs.run(nowcast_one, todo, key={"data": tables.hash}, workers=workers, progress=progress)
    gaps, models = (pd.DataFrame([row for rows in found for row in rows[part]]) for part in ("gaps", "models"))
    return gaps.round(DECIMALS), models.round(DECIMALS)


def nowcast_one(as_of: str, ruler: str, settings: Mapping[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """Rows of both tables of `run` for one day and one ruler.

    Parameters
    ----------
    as_of : str
        The day.
    settings : mapping
        The rest of the run.

    Returns
    -------
    dict of list of dict
        gaps and models.
    """
    then = replace(Params(**settings), as_of=date.fromisoformat(as_of), knowledge="real_time", ruler=ruler)
    since = replace(then, knowledge="hindsight")
    tables, all_since = (runs.tables_of(run) for run in (then, since))
    known, later = fit(tables, then), fit(all_since, since)
    expected = predict(tables, known)
    key, facts = {"as_of": as_of, "ruler": ruler}, _facts(tables, known, later, expected)
    return {
        "gaps": [key | row | facts for row in _gaps(known, later, expected)],
        "models": [key | row for row in _models(known, later, expected)],
    }


def _facts(tables, known: Posterior, later: Posterior, expected: Nowcast) -> dict:
    theirs = expected.models[expected.models["country"] == known.params.follower]
    vintages = first_readings(tables, known.params)[1]
    return {
        "newest": vintages[-1].date().isoformat(),
        "unscored": len(theirs),
        "expected": theirs["p_scored"].sum(),
        "scored_since": int(theirs.index.isin(later.models.index).sum()),
        "health": f"{known.health.status}, {later.health.status}",
    }


def _gaps(known: Posterior, later: Posterior, expected: Nowcast) -> list[dict]:
    prob = known.params.prob
    reads = {
        "without": gap.readings(known, gap.country_subject(known)),
        "nowcast": gap.readings(known, unscored_subject(known, expected)),
        "later": gap.readings(later, gap.country_subject(later)),
    }
    rows = []
    for definition in ("released_lag", "frontier_lag"):
        row: dict = {"definition": definition}
        for name, found in reads.items():
            row |= _spread(name, found[definition, "months"], prob)
        for name in ("without", "nowcast"):
            row[f"error_{name}"] = row[name] - row["later"]
            row[f"covered_{name}"] = bool(row[f"{name}_lower"] <= row["later"] <= row[f"{name}_upper"])
        rows.append(row)
    return rows


def _models(known: Posterior, later: Posterior, expected: Nowcast) -> list[dict]:
    predicted = model_lags(known, expected)
    lags = gap.model_lag(later.ability, later.frontier, later.models, **known.params.roles)
    rows = []
    for name in [name for name in predicted["model"].to_numpy() if name in later.models.index]:
        draws, since = predicted.sel(model=name), lags.sel(model=name)
        row = {"model": name, "p_scored": expected.models.loc[name, "p_scored"]}
        row |= _spread("nowcast", draws, known.params.prob) | _spread("later", since, known.params.prob)
        rows.append(row | {"share_below": float((draws.to_numpy() < row["later"]).mean())})
    return rows


def _spread(name: str, draws: xr.DataArray, prob: float) -> dict[str, float]:
    low, high = interval(draws, prob).to_numpy()
    return {name: float(median(draws)), f"{name}_lower": float(low), f"{name}_upper": float(high)}


def summary(gaps: pd.DataFrame) -> str:
    """Mean errors and coverage of the released lag, by ruler, in a sentence each, on days with many unscored models.

    Parameters
    ----------
    gaps : DataFrame
        First table of `run`.
    """
    rows = gaps[(gaps["definition"] == "released_lag") & (gaps["unscored"] >= LEAST_UNSCORED)]
    return "\n".join(
        f"{ruler}: best released model, error without nowcast {_signed(own['error_without'])}, with "
        f"{_signed(own['error_nowcast'])} months; interval holds the later value {int(own['covered_without'].sum())} "
        f"and {int(own['covered_nowcast'].sum())} times of {len(own)}."
        for ruler, own in rows.groupby("ruler", sort=False)
    )


def _signed(errors: pd.Series) -> str:
    return f"{np.mean(errors):+.1f} on average ({errors.min():+.1f} to {errors.max():+.1f})"
