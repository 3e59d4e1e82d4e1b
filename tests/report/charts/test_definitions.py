"""The strip of definitions and claims."""

from __future__ import annotations

from support.drawings import texts

from gaplab import gap
from gaplab.data.load import load
from gaplab.report.charts.definitions import strip_rows
from gaplab.report.text.claims import claim_label, claims_in_scope
from gaplab.report.text.phrases import estimate_of_row
from gaplab.results.gap import gap_table


def test_the_strip_shows_every_definition_and_claim(charts, posterior):
    table = gap_table(posterior)
    rows = strip_rows(table, gap.newest_record(posterior), posterior.params)
    assert set(rows["definition"]) == {name for name, _ in gap.DEFINITIONS}
    for figure in (charts["definitions"].fig, charts["definitions"].phone):
        assert set(rows["label"]) <= set(texts(figure))
    for _, row in rows.iterrows():
        assert estimate_of_row(row, posterior.params.prob) in charts["definitions"].alt
    claims = claims_in_scope(load(as_of=posterior.params.as_of).claims, posterior.params)
    for _, claim in claims.iterrows():
        who, when = claim_label(claim)
        assert claim["who"][1:].startswith(who[1:])
        assert f"{who}, {when}" in charts["definitions"].alt
