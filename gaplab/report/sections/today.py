"""Sections with one chart of the gap today: frontiers, definitions, the past, domains."""

from __future__ import annotations

import xarray as xr

from gaplab import gap
from gaplab.posterior import Posterior
from gaplab.report.charts.definitions import definitions_chart
from gaplab.report.charts.domains import domains_chart
from gaplab.report.charts.frontiers import frontiers_chart
from gaplab.report.charts.over_time import over_time_chart
from gaplab.report.page.part import Shown, heading_part
from gaplab.report.sections.run_results import RunResults
from gaplab.results.gap import domain_table
from gaplab.results.over_time import ability_history, lag_history


def frontiers_section(results: RunResults) -> Shown:
    """Both frontiers, and the distance between them."""
    heading = heading_part("Two frontiers, and the distance in time between them")
    return [heading, frontiers_chart(ability_history(results.posterior), results.table, results.params)]


def definitions_section(results: RunResults) -> Shown:
    """Every definition on one axis."""
    newest = gap.newest_record(results.posterior)
    chart = definitions_chart(results.table, results.tables.claims, newest, results.params)
    return [heading_part("The number depends on the definition"), chart]


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
    return [heading_part("In which domain?"), domains_chart(domain_table(lags, results.params.prob), results.params)]


def _lag_today(posterior: Posterior) -> xr.DataArray:
    pair = {"leader": posterior.params.leader, "follower": posterior.params.follower}
    return gap.frontier_lag(posterior.frontier, **pair).isel(date=-1, drop=True)
