"""Developer and country of a new model: proposed by its kin, written only when accepted."""

from __future__ import annotations

import pandas as pd
import pytest

from gaplab.errors import GaplabError
from gaplab.importers import proposals

MODELS = pd.DataFrame(
    [
        ("Beta 1", "Bao", "China", "Beta", ""),
        ("Beta 2", "Bao", "China", "Beta", ""),
        ("Beta 3", "unknown", "unknown", "Beta", ""),
        ("Llama X", "Acme", "US", "Llama", ""),
        ("Llama Y", "Bao", "China", "Llama", ""),
        ("Llama Z", "unknown", "unknown", "Llama", ""),
        ("Odd", "Bao", "unknown", "", "a note"),
        ("Nobody", "unknown", "unknown", "", ""),
    ],
    columns=["model", "developer", "country", "family", "note"],
)


def test_only_kin_that_agree_propose():
    found = {each.model: each for each in proposals.proposals_for(MODELS)}
    assert set(found) == {"Beta 3", "Odd"}, "a family of two makers proposes nothing"
    assert found["Beta 3"].line(accepted=False) == (
        'proposed: "Beta 3": developer Bao, country China, as all 2 listed models of the family Beta; take it with '
        '--accept "Beta 3"'
    )
    assert found["Odd"].reason == "all 3 listed models of the developer Bao"


def test_nothing_is_written_unless_accepted():
    found = proposals.proposals_for(MODELS)
    assert proposals.accept(MODELS, found, []).equals(MODELS)
    models = proposals.accept(MODELS, found, ["Beta 3"]).set_index("model")
    assert models.loc["Beta 3", ["developer", "country"]].tolist() == ["Bao", "China"]
    assert models.at["Beta 3", "note"] == "developer and country as all 2 listed models of the family Beta"
    assert models.at["Odd", "country"] == "unknown"
    both = proposals.accept(MODELS, found, [proposals.ALL]).set_index("model")
    assert (both.at["Odd", "country"], both.at["Odd", "note"]) == ("China", "a note")
    assert both.at["Nobody", "country"] == "unknown"


def test_a_name_without_a_proposal_is_refused():
    with pytest.raises(GaplabError, match='"Beta 3"'):
        proposals.accept(MODELS, proposals.proposals_for(MODELS), ["Beta 33"])
