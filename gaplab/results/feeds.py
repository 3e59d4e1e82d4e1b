"""What other programs read every day: the headline numbers, and every definition by date, as JSON with a version."""

from __future__ import annotations

from typing import Any

import pandas as pd

from gaplab import gap
from gaplab.data.tables import Tables
from gaplab.gap.frontiers import best_released
from gaplab.posterior import Posterior
from gaplab.results.columns import (
    interval_probabilities,
    percent_label,
    quantile_columns,
    round_numbers,
    without_nan,
)

VERSION = "1.0"
"""Of both files: the first number changes when a reader of theirs would break."""
SINCE = pd.Timestamp("2023-01-01")


def latest_json(posterior: Posterior, tables: Tables, headlines: pd.DataFrame, said: list[dict[str, str]]) -> dict:
    """The headline numbers with definition, interval and sentence; `docs/schemas/latest.schema.json`.

    Parameters
    ----------
    headlines : DataFrame
        Rows of `headline_table`.
    said : list of dict
        meaning and sentence of each row.

    Returns
    -------
    dict
    """
    levels = list(map(percent_label, interval_probabilities(posterior)))
    rows = [without_nan(row) for row in headlines.to_dict("records")]
    return _of_run(posterior, tables) | {
        "headlines": [
            {name: row[name] for name in ("headline", "definition", "subject", "scope", "unit", "median")}
            | {"intervals": {level: [row[f"lower_{level}"], row[f"upper_{level}"]] for level in levels}}
            | {"p_follower_ahead": row["p_follower_ahead"]}
            | words
            for row, words in zip(rows, said, strict=True)
        ]
    }


def series_json(posterior: Posterior, tables: Tables) -> dict[str, Any]:
    """Every definition on the first of each month since 2023 and on the as-of date; `docs/schemas/series.schema.json`.

    Parameters
    ----------
    posterior : Posterior
        What is now known of each day: not what was read on it.

    Returns
    -------
    dict
    """
    return _of_run(posterior, tables) | {"series": series_table(posterior).pipe(_json_rows)}


def series_table(posterior: Posterior) -> pd.DataFrame:
    """The follower's gap by date: date, definition, unit, median, interval bounds and p_censored.

    Returns
    -------
    DataFrame
        Days before both countries have a model, and before the first knot, are left out.
    """
    return posterior.once("series_table", lambda: _series_table(posterior)).copy()


def _series_table(posterior: Posterior) -> pd.DataFrame:
    params, models = posterior.params, posterior.models
    pair = [params.leader, params.follower]
    end = pd.Timestamp(params.as_of)
    first = max(
        SINCE,
        models.groupby("country")["date"].min()[pair].max(),
        pd.Timestamp(posterior.frontier["date"].to_numpy()[0]),
    )
    days = pd.DatetimeIndex([*pd.date_range(first, end, freq="MS", inclusive="left"), end])
    best = best_released(posterior.ability, models, country=params.follower, date=days)
    subjects = [gap.Subject(params.follower, day, best.isel(date=number, drop=True)) for number, day in enumerate(days)]
    tables = []
    for (definition, unit), draws in gap.readings(posterior, subjects).items():
        numbers = {"median": draws} if "draw" not in draws.dims else quantile_columns(posterior, draws)
        if "censored" in draws.coords:
            numbers["p_censored"] = gap.p_censored(draws)
        tables.append(pd.DataFrame({"date": days.strftime("%F"), "definition": definition, "unit": unit, **numbers}))
    return round_numbers(pd.concat(tables).sort_values("date", kind="stable", ignore_index=True))


def _json_rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    return [without_nan(row) for row in table.to_dict("records")]


def _of_run(posterior: Posterior, tables: Tables) -> dict[str, Any]:
    params = posterior.params
    return {
        "schema_version": VERSION,
        "leader": params.leader,
        "follower": params.follower,
        "data": {
            "day": params.as_of.isoformat(),
            "complete": tables.complete.isoformat(),
            "vintage": tables.vintage,
            "hash": tables.hash,
        },
        "fit_hash": posterior.identity["fit_hash"],
        "health": posterior.health.status,
    }
