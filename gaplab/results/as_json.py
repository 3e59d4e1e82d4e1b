"""Results as JSON: the gap, the forecast, a bridge, claims and a hypothetical release."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import pandas as pd

from gaplab.outlook import scenarios
from gaplab.outlook.history import COMPONENTS, WEIGHTS
from gaplab.outlook.nowcast import Nowcast
from gaplab.outlook.scenarios import Comparison
from gaplab.params.spec import LEVERS, Params
from gaplab.posterior import Posterior
from gaplab.questions.bridge.endpoints import Endpoint
from gaplab.questions.bridge.steps import Bridge
from gaplab.questions.claims.ranking import Combined
from gaplab.questions.whatif.effect import Effect
from gaplab.results.columns import (
    RUN_COLUMNS,
    interval_probabilities,
    json_rows,
    percent_label,
    round_numbers,
    rows_without_nan,
    without_nan,
)
from gaplab.results.forecast import catch_up_table, forecast_table, scenario_table
from gaplab.results.gap import gap_table
from gaplab.results.milestones import milestones_table
from gaplab.results.revisions import headline_definition, revision_json

if TYPE_CHECKING:
    from gaplab.data.tables import Tables


def gap_json(posterior: Posterior, tables: Tables, expected: Nowcast | None = None) -> dict[str, Any]:
    """`gap_table` with data identity and health, ready for JSON: null where the table has no value.

    Parameters
    ----------
    tables : Tables
        The data of the run; gives `hash` and `vintage`.
    expected : Nowcast, optional
        Adds results that count unscored models, each marked `nowcast`.

    Returns
    -------
    dict
        as_of, data, health; headline, the definition of the first number;
        results, each with the columns of `gap_table`, its intervals by
        probability in percent; read_later: what `revision_table` gives, for
        every number what it may later be read as; past: the rows of
        `milestones_table`.
    """
    levels = interval_probabilities(posterior)
    rows = gap_table(posterior, expected).to_dict("records")
    return _run_json(posterior, tables) | {
        "headline": headline_definition(),
        "results": [_gap_result(row, levels) for row in rows],
        "read_later": revision_json(posterior),
        "past": json_rows(milestones_table(posterior)),
    }


def forecast_json(comparison: Comparison, tables: Tables) -> dict[str, Any]:
    """Forecast, catch-up dates and what the levers change, ready for JSON: null where there is no number.

    Parameters
    ----------
    tables : Tables
        The data of the run; gives `hash` and `vintage`.

    Returns
    -------
    dict
        as_of, data, health, levers (those that are not neutral), stack,
        forecast, catch_up; and where a lever is set baseline and difference.
    """
    posterior, run = comparison.scenario.posterior, comparison.scenario
    result = {
        **_run_json(posterior, tables),
        **{name: posterior.params.as_strings()[name] for name in RUN_COLUMNS[:-1]},
        "draws": posterior.ability.sizes["chain"] * posterior.ability.sizes["draw"],
        "levers": lever_values(posterior.params),
        "stack": dict(zip(COMPONENTS, WEIGHTS, strict=True)),
        "forecast": rows_without_nan(forecast_table(run)),
        "catch_up": rows_without_nan(catch_up_table(run)),
    }
    if result["levers"]:
        result["baseline"] = rows_without_nan(forecast_table(comparison.baseline))
        result["difference"] = rows_without_nan(scenario_table({"difference": comparison}).drop(columns="scenario"))
    return result


def _run_json(posterior: Posterior, tables: Tables) -> dict[str, Any]:
    """What every JSON of a run begins with."""
    checks = [without_nan(asdict(check)) for check in posterior.health.checks]
    return {
        "as_of": posterior.params.as_of.isoformat(),
        "data": {"hash": tables.hash, "vintage": tables.vintage},
        "health": {"status": posterior.health.status, "checks": checks},
    }


def lever_values(params: Params) -> dict[str, Any]:
    """The levers of a run that is not neutral, with every field that belongs to one; {} when all are neutral."""
    if not scenarios.set_levers(params):
        return {}
    default, given = scenarios.neutral(params).as_strings(), params.as_strings()
    return {name: given[name] for name in LEVERS if given[name] != default[name]}


def bridge_json(bridge: Bridge) -> dict[str, Any]:
    """A bridge, ready for JSON; `contributions` add up to `to.months` minus `from.months`.

    Returns
    -------
    dict
        from and to: name, published_months (null for a number of ours),
        months, to a tenth, definition, unit, subject, date, scope;
        contributions: step, of, before, after, months.
    """
    steps = bridge.steps[["step", "of", "before", "after", "months"]].to_dict("records")
    return {
        "from": _endpoint_json(bridge.start, bridge.first),
        "to": _endpoint_json(bridge.end, bridge.last),
        "contributions": [{**step, "of": step["of"] or None} for step in steps],
    }


def _endpoint_json(end: Endpoint, months: float) -> dict[str, Any]:
    reading = end.reading
    return {
        "name": end.name,
        "published_months": end.months,
        "months": months,
        "definition": reading.definition,
        "unit": reading.unit,
        "subject": reading.subject,
        "date": f"{reading.date:%Y-%m-%d}",
        "scope": reading.run.scope,
    }


def claims_json(claims: pd.DataFrame, ranked: pd.DataFrame, beside: pd.DataFrame, combined: Combined) -> dict[str, Any]:
    """What each claim may measure, ready for JSON.

    Parameters
    ----------
    claims : DataFrame
        claims.csv.
    ranked : DataFrame
        What `which_definition` gives.
    beside : DataFrame
        What `data_and_claims` gives.

    Returns
    -------
    dict
        claims: one for each claim in `ranked`, with who, what it says and its
        readings, the most probable first; data_and_claims: numbers by the data
        only and with the comparable claims believed, k_hat, and which these are.
    """
    claims = claims.set_index("claim_id")
    facts = ["who", "published", "low", "central", "high", "form"]
    return {
        "claims": [
            {
                "claim_id": name,
                **json_rows(claims.loc[[name], facts])[0],
                "readings": json_rows(rows.drop(columns="claim_id")),
            }
            for name, rows in ranked.groupby("claim_id", sort=False)
        ],
        "data_and_claims": {
            "numbers": json_rows(beside),
            "usable": combined.weights.usable,
            "claims": json_rows(combined.claims[["claim_id", "independence_group", "reading", "weight"]]),
        },
    }


def whatif_json(effect: Effect) -> dict[str, Any]:
    """What a release changes, ready for JSON; null where the method is "weights fail".

    Returns
    -------
    dict
        release; date, the day the numbers are read on; method: weights, refit
        or "weights fail"; health of the fit behind them; weights: k_hat (null
        when infinite), usable, effective draws; ability: unit, lower, median,
        upper; results: one for each headline number, in months.
    """
    new, weights = effect.release, effect.weights
    low, middle, high = effect.ability
    return {
        "release": {
            "model": new.model,
            "country": new.country,
            "date": f"{new.date:%Y-%m-%d}",
            "scores": dict(new.scores),
            "ability": list(new.ability) if new.ability else None,
        },
        "date": f"{effect.date:%Y-%m-%d}",
        "method": effect.method,
        "health": effect.health.status,
        "weights": without_nan({"k_hat": weights.k_hat, "usable": weights.usable, "effective": weights.effective}),
        "ability": without_nan({"unit": effect.unit, "lower": low, "median": middle, "upper": high}),
        "results": [without_nan(row) for row in round_numbers(effect.table).to_dict("records")],
    }


def _gap_result(row: dict[str, Any], levels: list[float]) -> dict[str, Any]:
    row = without_nan(row)
    result = {name: row[name] for name in ("definition", "subject", *RUN_COLUMNS[:-1], "unit", "median")}
    names = map(percent_label, levels)
    result["intervals"] = {name: [row[f"lower_{name}"], row[f"upper_{name}"]] for name in names}
    result |= {name: row[name] for name in ("p_undefined", "p_follower_ahead", "p_censored")}
    if "nowcast" in row:
        result["nowcast"] = row["nowcast"]
    if row["first_match"] is not None:
        result |= {name: row[name] for name in ("first_match", "p_first_match")}
    return result
