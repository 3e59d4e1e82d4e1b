"""Results as tables and as JSON: the same numbers in every form, rounded once."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import xarray as xr

from gaplab import gap
from gaplab.errors import GaplabError
from gaplab.posterior import Posterior

if TYPE_CHECKING:
    from gaplab.data import Tables

# Listed by default even when it set no record: published claims are about it.
ALWAYS_LISTED = ("DeepSeek-V4-Pro",)
RECENT_RECORDS = 10
PROBABILITIES = (0.5, 0.8, 0.95)
DECIMALS = 4

_OF_A_MODEL = ("model_lag", "first_match_lag")
_RUN = ("leader", "follower", "scope", "clock", "ruler", "knowledge", "as_of")
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def gap_table(posterior: Posterior) -> pd.DataFrame:
    """The gap by every definition: one row per definition, subject and unit.

    All definitions for the follower country on the as-of date and for its
    newest record model on that model's date; `model_lag` and
    `first_match_lag` for the models `posterior.params.subject` asks for,
    newest first.

    Returns
    -------
    DataFrame
        definition, subject, unit; median, lower_50, upper_50, lower_80,
        upper_80, lower_95, upper_95 (and those of `params.prob` when it is
        another probability), in that unit; p_undefined, p_follower_ahead,
        p_censored; first_match, p_first_match; leader, follower, scope,
        clock, ruler, knowledge, as_of. NaN or None where not applicable or,
        for quantiles, where they fall among undefined draws. Numbers are
        rounded to four decimals.

    Raises
    ------
    GaplabError
        `params.subject` is no model of the follower.
    """
    newest = newest_record(posterior)
    rows = [
        *_rows(posterior, gap.country_subject(posterior)),
        *_rows(posterior, gap.model_subject(posterior, newest)),
        *_model_rows(posterior, [name for name in listed_models(posterior) if name != newest]),
    ]
    return _framed(posterior, rows)


def headlines(posterior: Posterior, with_restricted: Posterior) -> pd.DataFrame:
    """The three numbers on top of a brief: rows of `gap_table`, with a column `headline` in front.

    frontier_today: frontier lag of the follower on the as-of date.
    newest_record: model lag of the follower's newest record model.
    restricted_counted: as the first, with the leader's restricted models.

    Parameters
    ----------
    posterior : Posterior
    with_restricted : Posterior
        The same run with a scope that admits the leader's restricted models.
    """
    country, restricted = gap.country_subject(posterior), gap.country_subject(with_restricted)
    newest = gap.model_subject(posterior, newest_record(posterior))
    chosen = (
        ("frontier_today", posterior, country, "frontier_lag"),
        ("newest_record", posterior, newest, "model_lag"),
        ("restricted_counted", with_restricted, restricted, "frontier_lag"),
    )
    table = pd.concat(
        [_framed(run, _rows(run, subject, only=definition)) for _, run, subject, definition in chosen],
        ignore_index=True,
    )
    table.insert(0, "headline", [name for name, *_ in chosen])
    return table


def gap_json(posterior: Posterior, tables: Tables) -> dict[str, Any]:
    """`gap_table` with data identity and health, ready for JSON: null where the table has no value.

    Parameters
    ----------
    posterior : Posterior
    tables : Tables
        The data of the run; gives `hash` and `vintage`.

    Returns
    -------
    dict
        as_of, data, health and results; each result holds the columns of
        `gap_table`, its intervals by probability in percent.
    """
    return {
        "as_of": posterior.params.as_of.isoformat(),
        "data": {"hash": tables.hash, "vintage": tables.vintage},
        "health": {
            "status": posterior.health.status,
            "checks": [_without_nan(asdict(check)) for check in posterior.health.checks],
        },
        "results": [_result(row, probabilities(posterior)) for row in gap_table(posterior).to_dict("records")],
    }


def health_table(posterior: Posterior) -> pd.DataFrame:
    """One row per check of the fit: check, value, threshold, status and, where it is not met, advice."""
    return pd.DataFrame(
        [
            (check.name, check.value, check.threshold, check.status, "" if check.status == "PASS" else check.advice)
            for check in posterior.health.checks
        ],
        columns=["check", "value", "threshold", "status", "advice"],
    )


def model_table(posterior: Posterior) -> pd.DataFrame:
    """Every fitted model with its ability: median and interval of probability `params.prob`.

    Returns
    -------
    DataFrame
        model, country, developer, date, n_scores, record; ability,
        ability_lower, ability_upper in logits; points, points_lower,
        points_upper on the display scale when the posterior has one.
    """
    table = posterior.models.reset_index(names="model")
    scales = {"ability": posterior.ability}
    if posterior.points is not None:
        scales["points"] = posterior.points["intercept"] + posterior.points["slope"] * posterior.ability
    for name, draws in scales.items():
        bounds = gap.interval(draws, posterior.params.prob)
        table[name] = gap.median(draws).to_numpy()
        table[f"{name}_lower"] = bounds.sel(ci_bound="lower").to_numpy()
        table[f"{name}_upper"] = bounds.sel(ci_bound="upper").to_numpy()
    return _rounded(table)


def to_csv_text(table: pd.DataFrame) -> str:
    """The table as CSV, safe to open in a spreadsheet.

    A text cell that a spreadsheet would run as a formula (it starts with =,
    +, -, @ or a control character) gets an apostrophe in front.

    References
    ----------
    OWASP, CSV Injection. https://owasp.org/www-community/attacks/CSV_Injection
    """
    return table.map(_inert).to_csv(index=False, lineterminator="\n")


def newest_record(posterior: Posterior) -> str:
    """Name of the follower's latest model that was its best when it came out."""
    return _records(posterior)[-1]


def listed_models(posterior: Posterior) -> list[str]:
    """Follower models that `params.subject` asks for, newest first.

    Raises
    ------
    GaplabError
        It names no model of the follower.
    """
    params = posterior.params
    ours = posterior.models.index[posterior.models["country"] == params.follower]
    if params.subject == "default":
        wanted = {*_records(posterior)[-RECENT_RECORDS:], *ALWAYS_LISTED}
    elif params.subject == "all":
        wanted = set(ours)
    elif params.subject in ours:
        wanted = {params.subject}
    else:
        close = difflib.get_close_matches(params.subject, ours, n=1, cutoff=0.5)
        hint = f'did you mean "{close[0]}"?' if close else "subject=all lists them."
        raise GaplabError(
            f'parameter subject: "{params.subject}" is not a fitted model of {params.follower} out by '
            f"{params.as_of}; expected default, all or one of its models; {hint}"
        )
    return [name for name in reversed(ours) if name in wanted]


def probabilities(posterior: Posterior) -> list[float]:
    """Probabilities of the intervals in the tables: 50, 80, 95% and the run's own."""
    return sorted({*PROBABILITIES, posterior.params.prob})


def percent(prob: float) -> str:
    """A probability as it is written in column names and JSON keys: 0.8 is "80"."""
    return f"{100 * prob:.10g}"


def _records(posterior: Posterior) -> list[str]:
    models = posterior.models
    return list(models.index[(models["country"] == posterior.params.follower) & models["record"]])


def _rows(posterior: Posterior, subject: gap.Subject, *, only: str | None = None) -> list[dict[str, Any]]:
    readings = gap.readings(posterior, subject)
    ahead = {
        "distance": gap.p_follower_ahead(readings["distance", "logits"]),
        "catch_up": gap.p_matched(readings["catch_up", "months"]),
    }
    return [
        {"definition": definition, "subject": subject.name, "unit": unit}
        | _numbers(posterior, draws, ahead.get(definition))
        for (definition, unit), draws in readings.items()
        if only in (None, definition)
    ]


def _model_rows(posterior: Posterior, names: Iterable[str]) -> list[dict[str, Any]]:
    ability, models = posterior.ability, posterior.models
    countries = {"leader": posterior.params.leader, "follower": posterior.params.follower}
    lags = {
        "model_lag": gap.model_lag(ability, posterior.frontier, models, **countries),
        "first_match_lag": gap.first_match_lag(ability, models, **countries),
    }
    return [
        {"definition": definition, "subject": name, "unit": "months"} | _numbers(posterior, lag.sel(model=name))
        for name in names
        for definition, lag in lags.items()
    ]


def _numbers(posterior: Posterior, draws: xr.DataArray, ahead: xr.DataArray | None = None) -> dict[str, Any]:
    if "draw" not in draws.dims:
        return {"median": float(draws), "first_match": draws["first_match"].item() or None}
    row: dict[str, Any] = {"median": float(gap.median(draws))}
    for prob in probabilities(posterior):
        row[f"lower_{percent(prob)}"], row[f"upper_{percent(prob)}"] = gap.interval(draws, prob).to_numpy()
    row["p_undefined"] = float(gap.p_undefined(draws))
    row["p_follower_ahead"] = float(gap.p_follower_ahead(draws) if ahead is None else ahead)
    if "censored" in draws.coords:
        row["p_censored"] = float(gap.p_censored(draws))
    if "first_match" in draws.coords:
        share = gap.first_match_share(draws).drop("", errors="ignore")
        if len(share):
            row |= {"first_match": share.index[0], "p_first_match": share.iloc[0]}
    return row


def _framed(posterior: Posterior, rows: list[dict[str, Any]]) -> pd.DataFrame:
    bounds = [f"{side}_{percent(prob)}" for prob in probabilities(posterior) for side in ("lower", "upper")]
    columns = ["definition", "subject", "unit", "median", *bounds, "p_undefined", "p_follower_ahead", "p_censored"]
    table = pd.DataFrame(rows, columns=[*columns, "first_match", "p_first_match"])
    run = posterior.params.as_strings()
    return _rounded(table.assign(**{name: run[name] for name in _RUN}))


def _rounded(table: pd.DataFrame) -> pd.DataFrame:
    numbers = table.select_dtypes("float")
    return table.assign(**(numbers.round(DECIMALS) + 0.0))  # + 0.0 turns -0.0 into 0.0


def _result(row: dict[str, Any], levels: list[float]) -> dict[str, Any]:
    row = _without_nan(row)
    result = {name: row[name] for name in ("definition", "subject", *_RUN[:-1], "unit", "median")}
    result["intervals"] = {
        percent(prob): [row[f"lower_{percent(prob)}"], row[f"upper_{percent(prob)}"]] for prob in levels
    }
    result |= {name: row[name] for name in ("p_undefined", "p_follower_ahead", "p_censored")}
    if row["first_match"] is not None:
        result |= {name: row[name] for name in ("first_match", "p_first_match")}
    return result


def _without_nan(row: dict[str, Any]) -> dict[str, Any]:
    return {name: None if isinstance(value, float) and not np.isfinite(value) else value for name, value in row.items()}


def _inert(cell: Any) -> Any:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA_STARTS) else cell
