"""The gap by every definition, as one table, and the headline numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd
import xarray as xr

from gaplab import gap
from gaplab.gap import summary
from gaplab.outlook.nowcast import Nowcast
from gaplab.outlook.unscored import model_lags, newest_record_lag, unscored_subject
from gaplab.posterior import Posterior
from gaplab.results.columns import RUN_COLUMNS, interval_probabilities, percent_label, quantile_columns, round_numbers
from gaplab.results.listed import dossier_model, listed_models
from gaplab.results.nowcast import unscored_table
from gaplab.results.revisions import headline_definition


def gap_table(posterior: Posterior, expected: Nowcast | None = None) -> pd.DataFrame:
    """The gap by every definition: one row per definition, subject and unit.

    The country's first number, `revisions.headline_definition`, comes first.
    All definitions for the follower country on the as-of date and for its
    newest record model on that model's date; `model_lag` and
    `first_match_lag` for the models `posterior.params.subject` asks for,
    newest first. With a nowcast, the same for the country with its unscored
    models counted, the `model_lag` of its newest record among all of them, and
    of each unscored model.

    Returns
    -------
    DataFrame
        definition, subject, unit; median, lower_50, upper_50, lower_80,
        upper_80, lower_95, upper_95 (and those of `params.prob` when it is
        another probability), in that unit; p_undefined, p_follower_ahead,
        p_censored; first_match, p_first_match; leader, follower, scope,
        clock, ruler, knowledge, as_of; with a nowcast also `nowcast`, true
        where unscored models count. NaN or None where not applicable or,
        for quantiles, where they fall among undefined draws. Numbers are
        rounded to four decimals.

    Raises
    ------
    GaplabError
        `params.subject` is no model of the follower.
    """
    table = posterior.once("gap_table", lambda: _scored_table(posterior)).copy()
    if expected is None:
        return table
    # The nowcast is kept beside its rows, so that no other one comes to have its number.
    kept = ("gap_table", id(expected))
    _, with_them = posterior.once(kept, lambda: (expected, framed_rows(posterior, _nowcast_rows(posterior, expected))))
    return pd.concat([table.assign(nowcast=False), with_them.assign(nowcast=True)], ignore_index=True)


def _scored_table(posterior: Posterior) -> pd.DataFrame:
    newest = gap.newest_record(posterior)
    rows = [
        *_subject_rows(posterior, gap.country_subject(posterior)),
        *_subject_rows(posterior, gap.model_subject(posterior, newest)),
        *model_rows(posterior, [name for name in listed_models(posterior) if name != newest]),
    ]
    return framed_rows(posterior, rows)


def headline_table(posterior: Posterior, with_restricted: Posterior) -> pd.DataFrame:
    """The three numbers on top of a brief: rows of `gap_table`, with a column `headline` in front.

    country_today: the follower on the as-of date, by `revisions.headline_definition`.
    newest_record: model lag of the follower's newest record model; in a dossier, of its model.
    restricted_counted: as the first, with the leader's restricted models.

    Parameters
    ----------
    with_restricted : Posterior
        The same run with a scope that admits the leader's restricted models.
    """
    country, restricted = gap.country_subject(posterior), gap.country_subject(with_restricted)
    dossier = posterior.params.variant == "dossier"
    model = dossier_model(posterior) if dossier else gap.newest_record(posterior)
    newest, first = gap.model_subject(posterior, model), headline_definition()
    chosen = (
        ("country_today", posterior, country, first),
        ("newest_record", posterior, newest, "model_lag"),
        ("restricted_counted", with_restricted, restricted, first),
    )
    table = pd.concat(
        [framed_rows(run, _subject_rows(run, subject, only=definition)) for _, run, subject, definition in chosen],
        ignore_index=True,
    )
    table.insert(0, "headline", [name for name, *_ in chosen])
    return table


def domain_table(lags: Mapping[str, xr.DataArray | str], prob: float) -> pd.DataFrame:
    """The lag in each domain, longest first.

    Parameters
    ----------
    lags : mapping of str to DataArray or str
        By the name of the domain: draws in months, or why there is no number.

    Returns
    -------
    DataFrame
        domain, the columns of a band, and status: empty, or "not enough data" in the last rows.
    """
    known = {name: lag for name, lag in lags.items() if not isinstance(lag, str)}
    rows = summary.bands(known, prob).rename_axis("domain").reset_index().sort_values("median", ascending=False)
    missing = pd.DataFrame({"domain": [name for name in lags if name not in known], "status": "not enough data"})
    return pd.concat([rows.assign(status=""), missing], ignore_index=True)


def _subject_rows(posterior: Posterior, subject: gap.Subject, *, only: str | None = None) -> list[dict[str, Any]]:
    readings, first = gap.readings(posterior, subject), headline_definition()
    ahead = {
        "distance": gap.p_follower_ahead(readings["distance", "logits"]),
        "catch_up": gap.p_matched(readings["catch_up", "months"]),
    }
    return [
        {"definition": definition, "subject": subject.name, "unit": unit}
        | _numbers(posterior, draws, ahead.get(definition))
        for (definition, unit), draws in sorted(readings.items(), key=lambda each: each[0][0] != first)
        if only in (None, definition)
    ]


def model_rows(posterior: Posterior, names: Iterable[str]) -> list[dict[str, Any]]:
    """Lag and first match of each of these models."""
    ability, names, params = posterior.ability, list(names), posterior.params
    if not names:
        return []
    models = posterior.models[(posterior.models["country"] == params.leader) | posterior.models.index.isin(names)]
    lags = {
        "model_lag": gap.model_lag(ability, posterior.frontier, models, **params.roles),
        "first_match_lag": gap.first_match_lag(ability, models, **params.roles),
    }
    return [
        {"definition": definition, "subject": name, "unit": "months"} | _numbers(posterior, lag.sel(model=name))
        for name in names
        for definition, lag in lags.items()
    ]


def _nowcast_rows(posterior: Posterior, expected: Nowcast) -> list[dict[str, Any]]:
    params = posterior.params
    newest = {"definition": "model_lag", "subject": f"{params.follower}: newest record", "unit": "months"}
    lags = model_lags(posterior, expected)
    theirs = unscored_table(posterior, expected).query("country == @params.follower")["model"]
    return [
        *_subject_rows(posterior, unscored_subject(posterior, expected)),
        newest | _numbers(posterior, newest_record_lag(posterior, expected)),
        *(
            {"definition": "model_lag", "subject": name, "unit": "months"} | _numbers(posterior, lags.sel(model=name))
            for name in theirs
        ),
    ]


def _numbers(posterior: Posterior, draws: xr.DataArray, ahead: xr.DataArray | None = None) -> dict[str, Any]:
    if "draw" not in draws.dims:
        return {"median": float(draws), "first_match": draws["first_match"].item() or None}
    names = "first_match" in draws.coords
    share = gap.first_match_share(draws).drop("", errors="ignore") if names else ()
    draws = draws.drop_vars("first_match") if names else draws  # to carry names along takes longer than the numbers
    row: dict[str, Any] = quantile_columns(posterior, draws)
    row["p_undefined"] = float(gap.p_undefined(draws))
    row["p_follower_ahead"] = float(gap.p_follower_ahead(draws) if ahead is None else ahead)
    if "censored" in draws.coords:
        row["p_censored"] = float(gap.p_censored(draws))
    if len(share):
        row |= {"first_match": share.index[0], "p_first_match": share.iloc[0]}
    return row


def framed_rows(posterior: Posterior, rows: list[dict[str, Any]]) -> pd.DataFrame:
    """Rows of readings as a table with the columns of the run, rounded."""
    levels = map(percent_label, interval_probabilities(posterior))
    bounds = [f"{side}_{level}" for level in levels for side in ("lower", "upper")]
    columns = ["definition", "subject", "unit", "median", *bounds, "p_undefined", "p_follower_ahead", "p_censored"]
    table = pd.DataFrame(rows, columns=[*columns, "first_match", "p_first_match"])
    run = posterior.params.as_strings()
    return round_numbers(table.assign(**{name: run[name] for name in RUN_COLUMNS}))
