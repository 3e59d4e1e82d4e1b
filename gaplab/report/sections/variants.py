"""All sections by name, and which of them each variant of the page shows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager

from gaplab.data.tables import Tables
from gaplab.params.spec import Params
from gaplab.report.charts.drawing.chart import Chart
from gaplab.report.page import beside
from gaplab.report.page.part import Shown
from gaplab.report.sections.by_test import by_test_section
from gaplab.report.sections.changes import changes_section, moved_section, news_section
from gaplab.report.sections.claims import claims_section
from gaplab.report.sections.definitions import definitions_table_section, models_section
from gaplab.report.sections.dossier import (
    about_section,
    dossier_section,
    placed_section,
    scores_section,
    without_section,
)
from gaplab.report.sections.forecast import forecast_section, scenarios_section
from gaplab.report.sections.influence import influence_section
from gaplab.report.sections.live_record import due_section
from gaplab.report.sections.method import colophon_section
from gaplab.report.sections.milestones import milestones_section
from gaplab.report.sections.nowcast import nowcast_section
from gaplab.report.sections.one_page import credits_section, in_short_section
from gaplab.report.sections.opening import opening_section
from gaplab.report.sections.record import record_section
from gaplab.report.sections.run_results import RunResults
from gaplab.report.sections.today import definitions_section, domains_section, frontiers_section, over_time_section
from gaplab.report.text.titles import dateline_text

_WAITING = ("opening", "claims", "domains")
"""Sections that show runs in every domain, which may still be fitted when the page begins."""
_BESIDE = ("frontiers", "definitions", "over_time", "milestones", "forecast", "scenarios", "influence", "nowcast")
"""Sections that take about half of the time of a full page, and wait for nothing."""

_OF_THE_DAY = (
    "frontiers", "definitions", "claims", "models", "over_time", "milestones", "domains", "by_test", "scenarios",
    "influence", "nowcast", "record", "table",
)  # fmt: skip
"""Sections that are made from the run without its levers, and so cannot differ between runs that differ in these."""
_SHARED = ("with_unscored", "wider", "forecast")
"""Results that both processes need, computed before there are two."""


@contextmanager
def two_processes(
    params: Params, tables: Tables, meanwhile: Callable[[], AbstractContextManager[None]]
) -> Iterator[None]:
    """Meanwhile a second process makes half of the sections of a full page, where this one can be copied.

    Parameters
    ----------
    meanwhile : callable
        Gives the context in which the second process makes them.
    """
    if params.variant != "full" or not beside.possible():
        yield
        return
    results = RunResults(params, tables)
    for name in _SHARED:
        getattr(results, name)

    def make() -> beside.Sections:
        with meanwhile():
            _parts(results, _BESIDE)
        return results.sections

    with beside.made_beside(params, make):
        yield


def show_sections(results: RunResults, *names: str) -> Shown:
    """The sections with these names, in this order, as far as the variant of the page has them.

    Before one that waits for other runs, all that need not wait are made and drawn: on a fresh run, beside the sampler.
    """
    variant = VARIANTS[results.params.variant]
    chosen = [name for name in names if name in variant]
    if set(chosen) & set(_WAITING):
        elsewhere = _BESIDE if beside.at_work(results.params) else ()
        _draw(_parts(results, [name for name in variant if name not in (*_WAITING, *elsewhere)]))
    if set(chosen) & set(_BESIDE) and beside.at_work(results.params):
        # Not before all that is made here is made: the second process may take as long.
        _draw(_parts(results, [name for name in variant if name not in _BESIDE]))
        results.sections |= beside.collected(results.params)
    return _parts(results, chosen)


def _draw(parts: Shown) -> None:
    """Draw the charts among these parts now; they are kept until they are shown."""
    for part in parts:
        if isinstance(part, Chart):
            part._repr_mimebundle_()


def charts_of(results: RunResults) -> dict[str, Chart]:
    """Every chart of a page by its name, without the page."""
    names = [name for name in VARIANTS[results.params.variant] if name not in _WORDS_ONLY]
    return {part.name: part for part in _parts(results, names) if isinstance(part, Chart)}


def _parts(results: RunResults, names: Sequence[str]) -> Shown:
    """What these sections show, in order; each is made once."""
    for name in names:
        if name not in results.sections:
            results.sections[name] = _made(results, name)
    return [part for name in names for part in results.sections[name]]


def _made(results: RunResults, name: str) -> Shown:
    if name in _OF_THE_DAY and results.day is not results:
        return _parts(results.day, [name])
    dateline = dateline_text(results.posterior)
    return [part.dated(dateline) if isinstance(part, Chart) else part for part in SECTIONS[name](results)]


SECTIONS: dict[str, Callable[[RunResults], Shown]] = {
    "opening": opening_section,
    "frontiers": frontiers_section,
    "definitions": definitions_section,
    "models": models_section,
    "over_time": over_time_section,
    "milestones": milestones_section,
    "domains": domains_section,
    "by_test": by_test_section,
    "forecast": forecast_section,
    "scenarios": scenarios_section,
    "claims": claims_section,
    "influence": influence_section,
    "nowcast": nowcast_section,
    "record": record_section,
    "table": definitions_table_section,
    "in_short": in_short_section,
    "credits": credits_section,
    "dossier": dossier_section,
    "placed": placed_section,
    "scores": scores_section,
    "about": about_section,
    "without": without_section,
    "changes": changes_section,
    "moved": moved_section,
    "news": news_section,
    "due": due_section,
    "colophon": colophon_section,
}
"""Every section by name; one returns what it shows, in order."""
VARIANTS: dict[str, tuple[str, ...]] = {
    "full": (
        "opening", "frontiers", "definitions", "claims", "models", "over_time", "milestones", "domains", "by_test",
        "forecast", "scenarios", "influence", "nowcast", "record", "table", "colophon",
    ),
    "one_page": ("opening", "in_short", "credits"),
    "dossier": ("dossier", "placed", "scores", "about", "without", "colophon"),
    "changes": ("changes", "moved", "news", "due", "credits"),
}  # fmt: skip
"""The sections of each variant; the notebook says where on the page they stand."""
_WORDS_ONLY = ("opening", "models", "milestones", "influence", "nowcast", "table", "colophon")
"""Sections of the full page without a chart, which need not be made for the charts alone."""
