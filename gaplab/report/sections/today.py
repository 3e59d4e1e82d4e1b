"""Sections with one chart of the gap today: frontiers, definitions, the past, domains."""

from __future__ import annotations

import pandas as pd
import xarray as xr

from gaplab import gap
from gaplab.fit.table_checks import scores_by_side
from gaplab.posterior import Posterior
from gaplab.report.charts.definitions import definitions_chart
from gaplab.report.charts.domains import domains_chart
from gaplab.report.charts.frontiers import frontiers_chart
from gaplab.report.charts.over_time import over_time_chart
from gaplab.report.page.levers import switch_part
from gaplab.report.page.part import Part, Shown, heading_part
from gaplab.report.sections.run_results import RunResults
from gaplab.report.text.definitions import definition_label, definition_meaning
from gaplab.report.text.names import SCOPE_NAMES
from gaplab.report.text.numbers import upper_first
from gaplab.report.text.phrases import definitions_in_months, estimate_of_row
from gaplab.results.gap import domain_table
from gaplab.results.over_time import lag_history


def frontiers_section(results: RunResults) -> Shown:
    """Both frontiers, and the distance between them."""
    heading = heading_part("Two frontiers, and the distance in time between them")
    return [heading, frontiers_chart(results.history, results.table, results.params)]


def definitions_section(results: RunResults) -> Shown:
    """Every definition on one axis."""
    newest = gap.newest_record(results.posterior)
    chart = definitions_chart(results.table, results.tables.claims, newest, results.params)
    return [heading_part("The number depends on the definition"), _numbers(results), chart]


def _numbers(results: RunResults) -> Part:
    """The country's gap by every definition, with and without restricted models, one at a time."""
    params = results.params
    told: dict[str, dict[str, str]] = {}
    for run, table in ((results.posterior.params, results.table), (results.restricted.params, results.wider)):
        for _, row in definitions_in_months(table, params.follower).iterrows():
            label = upper_first(definition_label(row["definition"], row["unit"], params))
            told.setdefault(label, {})[upper_first(SCOPE_NAMES[run.scope])] = (
                f"{label}, {SCOPE_NAMES[run.scope]}: {estimate_of_row(row, params.prob)} months. "
                f"{definition_meaning(row['definition'], row['unit'], params)}"
            )
    return switch_part(told, "One number by definition and by what counts")


def over_time_section(results: RunResults) -> Shown:
    """The lag at every date of the past."""
    return [heading_part("Is the gap growing?"), over_time_chart(lag_history(results.posterior), results.params)]


def domains_section(results: RunResults) -> Shown:
    """The lag in each domain, or that there are too few data; nothing in a run that is about one domain."""
    if not results.domains:
        return []
    lags = {
        run.domain: posterior if isinstance(posterior, str) else _lag_today(posterior)
        for run, posterior in results.domains.items()
    }
    table = domain_table(lags, results.params.prob).merge(_counts(results), on="domain", how="left")
    return [heading_part("In which domain?"), domains_chart(table, results.params)]


def _counts(results: RunResults) -> pd.DataFrame:
    """How many scores of how many models of each side a domain rests on, and whether they are enough for a number."""
    rows = []
    for run, posterior in results.domains.items():
        models = results.posterior.models if isinstance(posterior, str) else posterior.models
        leader, follower = scores_by_side(results.tables, run, models).to_dict("records")
        few = not isinstance(posterior, str) and any(
            check.status != "PASS" for check in posterior.health.checks if check.name.startswith("tables: scores")
        )
        row = {f"leader_{name}": value for name, value in leader.items()}
        row |= {f"follower_{name}": value for name, value in follower.items()}
        rows.append({"domain": run.domain, "few": few} | row)
    return pd.DataFrame(rows)


def _lag_today(posterior: Posterior) -> xr.DataArray:
    today = pd.DatetimeIndex([posterior.params.as_of])
    return gap.frontier_lag(posterior.frontier, **posterior.params.roles, dates=today).isel(date=0, drop=True)
