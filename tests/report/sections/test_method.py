"""The section on the method."""

from __future__ import annotations

from support.worlds import synthetic_posterior

from gaplab.data.load import load
from gaplab.params.spec import Params
from gaplab.report.sections.method import colophon_part, method_lines, sources_by_licence

PARAMS = Params()


def test_method_is_ten_lines_and_counts_the_evidence():
    evidence, posterior = load(as_of=PARAMS.as_of), synthetic_posterior()
    lines = method_lines(posterior, evidence)
    assert len(lines) == 10
    assert f"{len(evidence.scores):,} scores" in lines[0]
    assert any("Epoch AI" in publisher for _, rows in sources_by_licence(evidence) for publisher, _ in rows)


def test_the_citation_names_this_page_and_no_other():
    evidence, posterior = load(as_of=PARAMS.as_of), synthetic_posterior()
    page = colophon_part(evidence, posterior).html
    said = page[page.index("To cite this page") :].partition("</p>")[0]
    identity = posterior.identity
    for part in (str(PARAMS.as_of.year), identity["fit_hash"][:8], "public models only"):
        assert part in said
