"""Section: the gap today beside its own past, in sentences."""

from __future__ import annotations

from gaplab.posterior import Posterior
from gaplab.report.page.part import Shown
from gaplab.report.sections.run_results import RunResults
from gaplab.report.text.finding import Finding
from gaplab.report.text.milestones import milestone_sentences
from gaplab.results.milestones import milestones_table


def milestones_section(results: RunResults) -> Shown:
    """The sentences below the chart of the past; nothing where the data do not go back far enough."""
    finding = milestones_finding(results.posterior)
    return [finding] if finding.text else []


def milestones_finding(posterior: Posterior) -> Finding:
    """Change over a year, last time the gap was this large, and its largest and smallest."""
    table = milestones_table(posterior)
    return Finding(table, milestone_sentences(table, posterior.params))
