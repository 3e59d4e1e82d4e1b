"""Sections with one chart of the gap today: frontiers, definitions, the past, domains."""

from __future__ import annotations

from gaplab import gap
from gaplab.params.spec import Params
from gaplab.posterior import Posterior
from gaplab.report.charts.chart import Chart
from gaplab.report.charts.definitions import definitions_chart
from gaplab.report.charts.domains import domains_chart
from gaplab.report.charts.frontiers import frontiers_chart
from gaplab.report.charts.over_time import over_time_chart
from gaplab.report.page.part import Shown, heading_part
from gaplab.report.sections.run_results import RunResults


def domains_of_runs(found: dict[Params, Posterior | str], params: Params) -> Chart:
    """The lag from frontier to frontier in each domain on the as-of date, or that there are too few data."""
    lags = {
        run.domain: gap.frontier_lag(posterior.frontier, leader=run.leader, follower=run.follower).isel(
            date=-1, drop=True
        )
        for run, posterior in found.items()
        if not isinstance(posterior, str)
    }
    missing = tuple(run.domain for run, posterior in found.items() if isinstance(posterior, str))
    return domains_chart(lags, params, missing=missing)


def frontiers_section(story: RunResults) -> Shown:
    heading = heading_part("Two frontiers, and the distance in time between them")
    return [heading, frontiers_chart(story.posterior, story.table)]


def definitions_section(story: RunResults) -> Shown:
    record = gap.newest_record(story.posterior)
    chart = definitions_chart(story.table, story.evidence.claims, record, story.params)
    return [heading_part("The number depends on the definition"), chart]


def over_time_section(story: RunResults) -> Shown:
    return [heading_part("Is the gap growing?"), over_time_chart(story.posterior)]


def domains_section(story: RunResults) -> Shown:
    if not story.domains:
        return []
    return [heading_part("In which domain?"), domains_of_runs(story.domains, story.params)]
