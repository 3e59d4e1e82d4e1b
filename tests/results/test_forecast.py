"""Tables of the forecast: targets that count, and those that do not."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.forecasts import ahead, world

from gaplab.errors import GaplabError
from gaplab.outlook.forecast import forecast
from gaplab.params.spec import Params
from gaplab.results.forecast import catch_up_table


def test_targets_out_of_scope_are_listed_as_such():
    table = catch_up_table(ahead()).set_index(["target", "reading"])
    assert table.loc[("Claude Mythos Preview", "frontier"), "status"] == "not counted in this run"
    assert table.loc[("GPT-5.5", "frontier"), "status"] == ""
    assert table.loc[("GPT-5.5", "frontier"), "p_by_12"] >= table.loc[("GPT-5.5", "released"), "p_by_12"]


def test_other_targets_can_be_named():
    posterior = replace(world(), params=Params(target="GPT-5; o1-preview"))
    table = catch_up_table(forecast(posterior))
    assert list(table["target"].unique()) == ["GPT-5", "o1-preview"]
    with pytest.raises(GaplabError, match=r"Kimi K2\.6.*China"):
        catch_up_table(forecast(replace(world(), params=Params(target="Kimi K2.6"))))
