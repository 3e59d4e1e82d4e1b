"""Results as tables and as JSON: the same numbers in every form, rounded once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import xarray as xr

from gaplab import forecast as ahead
from gaplab import gap, nowcast, preflight, scenarios, summary
from gaplab.bridge import Bridge, End
from gaplab.claims import Combined
from gaplab.errors import GaplabError
from gaplab.forecast import Forecast
from gaplab.params import LEVERS, Params, names
from gaplab.posterior import Posterior
from gaplab.scenarios import Comparison
from gaplab.whatif import Effect

if TYPE_CHECKING:
    from gaplab.data import Tables

# Listed by default even when it set no record: published claims are about it.
RECENT_RECORDS = 10
PROBABILITIES = (0.5, 0.8, 0.95)
DECIMALS = 4
HUB_LEVELS = (0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975)

_OF_A_MODEL = ("model_lag", "first_match_lag")
_RUN = (*(name for name in names(group="gap") if name not in ("as_of", "domain")), "as_of")
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def gap_table(posterior: Posterior, expected: nowcast.Nowcast | None = None) -> pd.DataFrame:
    """The gap by every definition: one row per definition, subject and unit.

    All definitions for the follower country on the as-of date and for its
    newest record model on that model's date; `model_lag` and
    `first_match_lag` for the models `posterior.params.subject` asks for,
    newest first. With a nowcast, the same for the country with its unscored
    models counted, the `model_lag` of its newest record among all of them, and
    of each unscored model.

    Parameters
    ----------
    posterior : Posterior
    expected : Nowcast, optional

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
    newest = gap.newest_record(posterior)
    rows = [
        *_rows(posterior, gap.country_subject(posterior)),
        *_rows(posterior, gap.model_subject(posterior, newest)),
        *_model_rows(posterior, [name for name in listed_models(posterior) if name != newest]),
    ]
    table = _framed(posterior, rows)
    if expected is None:
        return table
    with_them = _framed(posterior, _nowcast_rows(posterior, expected))
    return pd.concat([table.assign(nowcast=False), with_them.assign(nowcast=True)], ignore_index=True)


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
    newest = gap.model_subject(posterior, gap.newest_record(posterior))
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


def gap_json(posterior: Posterior, tables: Tables, expected: nowcast.Nowcast | None = None) -> dict[str, Any]:
    """`gap_table` with data identity and health, ready for JSON: null where the table has no value.

    Parameters
    ----------
    posterior : Posterior
    tables : Tables
        The data of the run; gives `hash` and `vintage`.
    expected : Nowcast, optional
        Adds results that count unscored models, each marked `nowcast`.

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
        "results": [
            _result(row, probabilities(posterior)) for row in gap_table(posterior, expected).to_dict("records")
        ],
    }


def forecast_table(forecast: Forecast) -> pd.DataFrame:
    """The gap to come: one row per lag and horizon.

    Returns
    -------
    DataFrame
        definition (frontier_lag, released_lag), horizon in months, date;
        median and interval bounds as in `gap_table`; p_over_6, p_over_9,
        p_over_12, p_over_18: probability that the lag is longer than so many
        months then. For the frontier lag also p_ahead_by (the follower's
        frontier has been above the leader's by then), p_widened (the lag is
        longer than on the as-of date) and velocity with its interval of
        probability `params.prob` (months per year since the as-of date).
        NaN where quantiles fall among undefined draws.
    """
    posterior, draws = forecast.posterior, forecast.draws
    exceeds, by = ahead.p_exceeds(draws), ahead.p_ahead_by(draws)
    change = ahead.change(draws)
    rows = []
    for definition in ahead.LAGS:
        for horizon in ahead.HORIZONS:
            lag = draws[definition].sel(horizon=horizon, drop=True)
            row = {"definition": definition, "horizon": horizon, "date": _on(draws, horizon)}
            row |= _quantiles(posterior, lag)
            shares = exceeds.sel(definition=definition, horizon=horizon)
            row |= {f"p_over_{limit}": float(shares.sel(threshold=limit)) for limit in ahead.THRESHOLDS}
            if definition == "frontier_lag":
                row["p_ahead_by"] = float(by.sel(horizon=horizon))
                moved = change.sel(horizon=horizon, drop=True)
                row["p_widened"] = float((moved > 0).mean())
                row["velocity"] = float(summary.median(moved * 12 / horizon))
                bounds = summary.interval(moved * 12 / horizon, posterior.params.prob).to_numpy()
                row["velocity_lower"], row["velocity_upper"] = bounds
            rows.append(row)
    return _rounded(pd.DataFrame(rows))


def catch_up_table(forecast: Forecast) -> pd.DataFrame:
    """When the follower reaches named leader models: one row per model and reading.

    Returns
    -------
    DataFrame
        target; reading (frontier: attainable; released: by a model that is
        out); status ("" or "not counted in this run"); median and interval bounds in
        months from the as-of date, negative in the past, infinite where not
        within the horizon; p_matched (by the as-of date), p_by_3, p_by_6,
        p_by_12, p_by_24; p_later (not within the horizon).

    Raises
    ------
    GaplabError
        `params.target` names a model that is not the leader's.
    """
    posterior = forecast.posterior
    params, models = posterior.params, posterior.models
    rows = []
    for target in _targets(posterior):
        if target not in models.index:
            rows.append({"target": target, "reading": "frontier", "status": "not counted in this run"})
            continue
        months = ahead.catch_up(forecast, posterior.ability.sel(model=target, drop=True))
        for reading, draws in months.data_vars.items():
            row = {"target": target, "reading": str(reading), "status": ""} | _quantiles(posterior, draws, endless=True)
            row["p_matched"] = float(gap.p_matched(draws))
            row |= {f"p_by_{horizon}": float((draws <= horizon).mean()) for horizon in ahead.HORIZONS}
            rows.append(row | {"p_later": float((draws > params.horizon_months).mean())})
    return _rounded(pd.DataFrame(rows))


def scenario_table(comparisons: dict[str, Comparison]) -> pd.DataFrame:
    """What each scenario changes: one row per scenario, quantity and horizon.

    Parameters
    ----------
    comparisons : dict
        By the name of the scenario.

    Returns
    -------
    DataFrame
        scenario, definition (frontier_lag, released_lag in months, distance
        in logits), horizon, date; median and bounds of scenario minus
        baseline, draw by draw; p_longer, p_shorter: share of draws in which
        it grows and falls; baseline and with_scenario: their medians. NaN
        where a quantile is infinite: the lag has no value in those draws.
    """
    rows = []
    for name, comparison in comparisons.items():
        posterior = comparison.scenario.posterior
        for definition, draws in comparison.difference.data_vars.items():
            for horizon in ahead.HORIZONS:
                change = draws.sel(horizon=horizon, drop=True)
                row = {"scenario": name, "definition": str(definition), "horizon": horizon}
                row |= {"date": _on(draws, horizon)} | _quantiles(posterior, change)
                row |= {"p_longer": float((change > 0).mean()), "p_shorter": float((change < 0).mean())}
                for label, run in (("baseline", comparison.baseline), ("with_scenario", comparison.scenario)):
                    row[label] = float(summary.median(run.draws[definition].sel(horizon=horizon, drop=True)))
                rows.append(row)
    return _rounded(pd.DataFrame(rows))


def hub_table(forecast: Forecast, *, scenario: str = "baseline") -> pd.DataFrame:
    """The forecast in the long format that forecast hubs use, one number per row.

    Returns
    -------
    DataFrame
        reference_date, target, horizon (months), target_end_date, location
        (the follower), output_type, output_type_id, value; then scenario_id,
        leader, scope, clock, ruler, knowledge. Targets: frontier_lag and
        released_lag (quantile, in months; cdf at the thresholds of the
        brief), follower_ahead and gap_widened (pmf of yes), and for every
        leader model catch_up (quantile, in months) and caught_up_with (pmf of
        yes by each horizon). Quantiles are -inf where the lag is undefined
        because the follower is ahead for good, inf where a model is not
        reached within the horizon.

    References
    ----------
    Consortium of Infectious Disease Modeling Hubs. Hubverse: model output.
    https://docs.hubverse.io/en/latest/user-guide/model-output.html
    """
    posterior, draws = forecast.posterior, forecast.draws
    params = posterior.params
    rows: list[tuple] = []
    by, change, exceeds = ahead.p_ahead_by(draws), ahead.change(draws), ahead.p_exceeds(draws)
    for horizon in ahead.HORIZONS:
        end = _on(draws, horizon)
        for definition in ahead.LAGS:
            values = _levels(draws[definition].sel(horizon=horizon))
            rows += [(definition, horizon, end, "quantile", level, value) for level, value in values]
            within = 1 - exceeds.sel(definition=definition, horizon=horizon)
            rows += [(definition, horizon, end, "cdf", x, float(within.sel(threshold=x))) for x in ahead.THRESHOLDS]
        widened = float((change.sel(horizon=horizon) > 0).mean())
        rows += [("follower_ahead", horizon, end, "pmf", "yes", float(by.sel(horizon=horizon)))]
        rows += [("gap_widened", horizon, end, "pmf", "yes", widened)]
    last = _on(draws, params.horizon_months)
    for target in _targets(posterior):
        if target not in posterior.models.index:
            continue
        months = ahead.catch_up(forecast, posterior.ability.sel(model=target, drop=True))["frontier"]
        name = f"catch_up {target}"
        rows += [(name, params.horizon_months, last, "quantile", level, value) for level, value in _levels(months)]
        for horizon in ahead.HORIZONS:
            end = _on(draws, horizon)
            reached = float((months <= horizon).mean())
            rows.append((f"caught_up_with {target}", horizon, end, "pmf", "yes", reached))
    columns = ["target", "horizon", "target_end_date", "output_type", "output_type_id", "value"]
    table = pd.DataFrame(rows, columns=columns)
    table.insert(0, "reference_date", params.as_of.isoformat())
    table.insert(4, "location", params.follower)
    run = {name: params.as_strings()[name] for name in _RUN if name not in ("follower", "as_of")}
    return _rounded(table.assign(scenario_id=scenario, **run))


def hub_tables(comparison: Comparison) -> pd.DataFrame:
    """`hub_table` of the baseline and, where a lever is set, of the scenario below it."""
    baseline = hub_table(comparison.baseline)
    if not scenarios.set_levers(comparison.scenario.posterior.params):
        return baseline
    return pd.concat([baseline, hub_table(comparison.scenario, scenario="scenario")], ignore_index=True)


def forecast_json(comparison: Comparison, tables: Tables) -> dict[str, Any]:
    """Forecast, catch-up dates and what the levers change, ready for JSON: null where there is no number.

    Parameters
    ----------
    comparison : Comparison
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
        "as_of": posterior.params.as_of.isoformat(),
        "data": {"hash": tables.hash, "vintage": tables.vintage},
        "health": {
            "status": posterior.health.status,
            "checks": [_without_nan(asdict(check)) for check in posterior.health.checks],
        },
        **{name: posterior.params.as_strings()[name] for name in _RUN[:-1]},
        "draws": posterior.ability.sizes["chain"] * posterior.ability.sizes["draw"],
        "levers": lever_values(posterior.params),
        "stack": dict(zip(ahead.COMPONENTS, ahead.WEIGHTS, strict=True)),
        "forecast": _records_of(forecast_table(run)),
        "catch_up": _records_of(catch_up_table(run)),
    }
    if result["levers"]:
        result["baseline"] = _records_of(forecast_table(comparison.baseline))
        result["difference"] = _records_of(scenario_table({"difference": comparison}).drop(columns="scenario"))
    return result


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
        "from": _end(bridge.start, bridge.first),
        "to": _end(bridge.end, bridge.last),
        "contributions": [{**step, "of": step["of"] or None} for step in steps],
    }


def _end(end: End, months: float) -> dict[str, Any]:
    setting = end.setting
    return {
        "name": end.name,
        "published_months": end.months,
        "months": months,
        "definition": setting.definition,
        "unit": setting.unit,
        "subject": setting.subject,
        "date": f"{setting.date:%Y-%m-%d}",
        "scope": setting.run.scope,
    }


def records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows ready for JSON: null for what has no number, dates in ISO form."""
    dates = {name: column.dt.strftime("%Y-%m-%d") for name, column in table.select_dtypes("datetime").items()}
    return [_without_nan(row) for row in _rounded(table).assign(**dates).to_dict("records")]


def claims_json(claims: pd.DataFrame, ranked: pd.DataFrame, beside: pd.DataFrame, combined: Combined) -> dict[str, Any]:
    """What each claim may measure, ready for JSON.

    Parameters
    ----------
    claims : DataFrame
        claims.csv.
    ranked : DataFrame
        What `claims.which_definition` gives.
    beside : DataFrame
        What `claims.beside` gives.
    combined : Combined

    Returns
    -------
    dict
        claims: one for each claim in `ranked`, with who, what it says and its
        readings, the most probable first; data_and_claims: numbers by the data
        only and with the comparable claims believed, k_hat, and which these are.
    """
    said = claims.set_index("claim_id")
    facts = ["who", "published", "low", "central", "high", "form"]
    return {
        "claims": [
            {
                "claim_id": name,
                **records(said.loc[[name], facts])[0],
                "readings": records(rows.drop(columns="claim_id")),
            }
            for name, rows in ranked.groupby("claim_id", sort=False)
        ],
        "data_and_claims": {
            "numbers": records(beside),
            "usable": combined.weights.usable,
            "claims": records(combined.claims[["claim_id", "independence_group", "reading", "weight"]]),
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
    new, found = effect.release, effect.weights
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
        "weights": _without_nan({"k_hat": found.k_hat, "usable": found.usable, "effective": found.effective}),
        "ability": _without_nan({"unit": effect.unit, "lower": low, "median": middle, "upper": high}),
        "results": [_without_nan(row) for row in _rounded(effect.table).to_dict("records")],
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
        bounds = summary.interval(draws, posterior.params.prob)
        table[name] = summary.median(draws).to_numpy()
        table[f"{name}_lower"] = bounds.sel(ci_bound="lower").to_numpy()
        table[f"{name}_upper"] = bounds.sel(ci_bound="upper").to_numpy()
    return _rounded(table)


def unscored_table(posterior: Posterior, expected: nowcast.Nowcast) -> pd.DataFrame:
    """Models of the last year that are out but unscored, newest first, with what is expected of them.

    Returns
    -------
    DataFrame
        model, developer, country, date, days_unscored, relatives, p_scored;
        ability, ability_lower, ability_upper in logits; for the follower's
        models model_lag, model_lag_lower, model_lag_upper in months, NaN for
        others. Intervals of probability `params.prob`. Models that are scored
        some day with a probability below `nowcast.LISTED_FROM` are left out.
    """
    listed = expected.models[expected.models["p_scored"] >= nowcast.LISTED_FROM]
    table = listed.reset_index(names="model")[
        ["model", "developer", "country", "date", "days_unscored", "relatives", "p_scored"]
    ]
    lag = nowcast.model_lags(posterior, expected)
    for name, draws in (("ability", expected.ability), ("model_lag", lag)):
        bounds = summary.interval(draws, posterior.params.prob)
        parts = {
            "": summary.median(draws),
            "_lower": bounds.sel(ci_bound="lower"),
            "_upper": bounds.sel(ci_bound="upper"),
        }
        for suffix, values in parts.items():
            table[name + suffix] = values.to_series().reindex(table["model"]).to_numpy(float)
    return _rounded(table.iloc[::-1].reset_index(drop=True))


def delay_table(posterior: Posterior, expected: nowcast.Nowcast) -> pd.DataFrame:
    """How long each country's models wait for their first score, and how many never get one.

    Returns
    -------
    DataFrame
        country; releases and unscored, counts of the last year; median_days,
        of the models that are scored some day, and never, the share of those
        that are not, each with `_lower` and `_upper` of `params.prob`.
    """
    rows = []
    lower, upper = summary.tails(posterior.params.prob)
    for country in expected.delays.never["country"].to_numpy():
        waited = expected.waits[expected.waits["country"] == country]
        row = {"country": country, "releases": len(waited), "unscored": int(np.isinf(waited["high"]).sum())}
        for name, draws in (("median_days", expected.delays.median_days), ("never", expected.delays.never)):
            low, middle, high = summary.quantiles(draws.sel(country=country).to_numpy(), [lower, 0.5, upper])
            row |= {name: middle, f"{name}_lower": low, f"{name}_upper": high}
        rows.append(row)
    return _rounded(pd.DataFrame(rows))


def scopes_table(runs: Iterable[Posterior]) -> pd.DataFrame:
    """The country's gap by scope and clock, each from the posterior of its own run.

    Returns
    -------
    DataFrame
        scope, clock; added, the leader's models that the first run does not
        count; definition (frontier_lag and distance), unit, median and the
        interval of `params.prob` as lower and upper.
    """
    runs = list(runs)
    counted = set(runs[0].models.index)
    rows = []
    for run in runs:
        added = ", ".join(name for name in run.models.index if name not in counted)
        readings = gap.readings(run, gap.country_subject(run))
        for definition, unit in (("frontier_lag", "months"), ("distance", "months_at_leader_pace")):
            draws = readings[definition, unit]
            low, high = summary.interval(draws, run.params.prob).to_numpy()
            rows.append({
                "scope": run.params.scope, "clock": run.params.clock, "added": added, "definition": definition,
                "unit": unit, "median": float(summary.median(draws)), "lower": low, "upper": high,
            })  # fmt: skip
    return _rounded(pd.DataFrame(rows))


def coverage_table(evidence: Tables, params: Params) -> pd.DataFrame:
    """Which model took which test: one row per model and test, and one without a test for a model without scores.

    Returns
    -------
    DataFrame
        model, country, developer, date; benchmark, domain; independent:
        whether anybody but the developer measured it; first_seen, the day the
        first of these scores was seen. Models of leader and follower only,
        oldest first.
    """
    models = evidence.models[evidence.models["country"].isin([params.leader, params.follower])]
    facts = models.rename(columns={"release_date": "date"})[["model", "country", "developer", "date"]]
    scores = evidence.scores.assign(independent=evidence.scores["source_class"] != "developer")
    cells = scores.groupby(["model", "benchmark"], as_index=False).agg(
        independent=("independent", "any"), first_seen=("first_seen", "min")
    )
    cells = cells.merge(evidence.benchmarks[["benchmark", "domain"]], on="benchmark")
    table = facts.merge(cells, on="model", how="left").dropna(subset=["date"])
    columns = ["model", "country", "developer", "date", "benchmark", "domain", "independent", "first_seen"]
    return table.sort_values(["date", "model", "benchmark"], ignore_index=True)[columns]


def domain_coverage(coverage: pd.DataFrame) -> pd.DataFrame:
    """How much of each domain was tested: one row per country and domain.

    Parameters
    ----------
    coverage : DataFrame
        What `coverage_table` gives.

    Returns
    -------
    DataFrame
        country, domain; tests of the domain, models of the country with any
        score, cells with a score, share of all cells.
    """
    known = coverage.dropna(subset=["benchmark"])
    tests = known.groupby("domain")["benchmark"].nunique()
    models = known.groupby("country")["model"].nunique()
    table = known.groupby(["country", "domain"]).size().rename("cells").reset_index()
    table["tests"], table["models"] = table["domain"].map(tests), table["country"].map(models)
    table["share"] = table["cells"] / (table["tests"] * table["models"])
    return table[["country", "domain", "tests", "models", "cells", "share"]]


def source_table(evidence: Tables) -> pd.DataFrame:
    """Where the scores come from: one row per source, the largest first.

    Returns
    -------
    DataFrame
        source, source_class, licence; scores, models, benchmarks; newest, the
        last day on which one of its scores was first seen.
    """
    counted = evidence.scores.groupby(["source", "source_class"], as_index=False).agg(
        scores=("score", "size"),
        models=("model", "nunique"),
        benchmarks=("benchmark", "nunique"),
        newest=("first_seen", "max"),
    )
    licence = evidence.sources.set_index("source")["licence"]
    counted.insert(2, "licence", counted["source"].map(licence))
    return counted.sort_values(["scores", "source"], ascending=[False, True], ignore_index=True)


def to_csv_text(table: pd.DataFrame) -> str:
    """The table as CSV, safe to open in a spreadsheet.

    Text that a spreadsheet would run as a formula (it starts with =, +, -, @
    or a control character), in a cell or as the name of a column, gets an
    apostrophe in front.

    References
    ----------
    OWASP, CSV Injection. https://owasp.org/www-community/attacks/CSV_Injection
    """
    return table.map(_inert).rename(columns=_inert).to_csv(index=False, lineterminator="\n")


def listed_models(posterior: Posterior) -> list[str]:
    """Follower models that `params.subject` asks for, newest first.

    Raises
    ------
    GaplabError
        It names no model of the follower.
    """
    params = posterior.params
    ours = posterior.models.index[posterior.models["country"] == params.follower]
    if problems := preflight.subject_problems(params, list(ours)):
        raise GaplabError(*problems)
    if params.subject == "default":
        wanted = {*gap.records(posterior)[-RECENT_RECORDS:], *posterior.featured.index}
    elif params.subject == "all":
        wanted = set(ours)
    else:
        wanted = {params.subject}
    return [name for name in reversed(ours) if name in wanted]


def probabilities(posterior: Posterior) -> list[float]:
    """Probabilities of the intervals in the tables: 50, 80, 95% and the run's own."""
    return sorted({*PROBABILITIES, posterior.params.prob})


def percent(prob: float) -> str:
    """A probability as it is written in column names and JSON keys: 0.8 is "80"."""
    return f"{100 * prob:.10g}"


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


def _targets(posterior: Posterior) -> list[str]:
    """The models of the catch-up table; without any default in scope, the leader's newest record too."""
    params, models = posterior.params, posterior.models
    names = scenarios.targets(params, posterior.featured)
    if params.target != "default":
        known = models["country"].reindex(models.index.union(names)).fillna(params.leader)
        if problems := scenarios.target_problems(params, known):
            raise GaplabError(*problems)
        return names
    if not any(name in models.index for name in names):
        names += list(models.index[(models["country"] == params.leader) & models["record"]][-1:])
    return names


def _quantiles(posterior: Posterior, draws: xr.DataArray, *, endless: bool = False) -> dict[str, float]:
    """Median and interval bounds; infinite bounds stay infinite where `endless` says they mean something."""
    levels = probabilities(posterior)
    asked = [0.5, *(side for prob in levels for side in summary.tails(prob))]
    found = summary.quantiles(draws, asked)
    found = found if endless else np.where(np.isfinite(found), found, np.nan)
    names = ["median", *(f"{side}_{percent(prob)}" for prob in levels for side in ("lower", "upper"))]
    return dict(zip(names, found.tolist(), strict=True))


def _levels(draws: xr.DataArray) -> list[tuple[float, float]]:
    """The quantiles that hubs ask for, each itself a draw."""
    found = summary.quantiles(draws, HUB_LEVELS)
    return list(zip(HUB_LEVELS, found.tolist(), strict=True))


def _on(draws: xr.Dataset | xr.DataArray, horizon: int) -> str:
    return pd.Timestamp(draws["date"].sel(horizon=horizon).to_numpy()[()]).round("D").date().isoformat()


def _records_of(table: pd.DataFrame) -> list[dict[str, Any]]:
    return [_without_nan(row) for row in table.to_dict("records")]


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


def _nowcast_rows(posterior: Posterior, expected: nowcast.Nowcast) -> list[dict[str, Any]]:
    params = posterior.params
    newest = {"definition": "model_lag", "subject": f"{params.follower}: newest record", "unit": "months"}
    lags = nowcast.model_lags(posterior, expected)
    theirs = unscored_table(posterior, expected).query("country == @params.follower")["model"]
    return [
        *_rows(posterior, nowcast.subject(posterior, expected)),
        newest | _numbers(posterior, nowcast.newest_record_lag(posterior, expected)),
        *(
            {"definition": "model_lag", "subject": name, "unit": "months"} | _numbers(posterior, lags.sel(model=name))
            for name in theirs
        ),
    ]


def _numbers(posterior: Posterior, draws: xr.DataArray, ahead: xr.DataArray | None = None) -> dict[str, Any]:
    if "draw" not in draws.dims:
        return {"median": float(draws), "first_match": draws["first_match"].item() or None}
    row: dict[str, Any] = {"median": float(summary.median(draws))}
    for prob in probabilities(posterior):
        row[f"lower_{percent(prob)}"], row[f"upper_{percent(prob)}"] = summary.interval(draws, prob).to_numpy()
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
    if "nowcast" in row:
        result["nowcast"] = row["nowcast"]
    if row["first_match"] is not None:
        result |= {name: row[name] for name in ("first_match", "p_first_match")}
    return result


def _without_nan(row: dict[str, Any]) -> dict[str, Any]:
    return {name: None if isinstance(value, float) and not np.isfinite(value) else value for name, value in row.items()}


def _inert(cell: Any) -> Any:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA_STARTS) else cell
