"""The forecast in the format of forecast hubs."""

from __future__ import annotations

import pytest
from support.forecasts import ahead

from gaplab.outlook.forecast import LAGS
from gaplab.results.forecast import forecast_table
from gaplab.results.hub import hub_table


def test_the_hub_format_is_complete():
    hub = hub_table(ahead())
    assert list(hub.columns[:8]) == [
        "reference_date",
        "target",
        "horizon",
        "target_end_date",
        "location",
        "output_type",
        "output_type_id",
        "value",
    ]
    assert set(hub["output_type"]) == {"quantile", "cdf", "pmf"}
    assert hub["value"].notna().all()
    assert hub[hub["output_type"] != "quantile"]["value"].between(0, 1).all()
    key = ["target", "horizon", "output_type", "output_type_id"]
    assert not hub.duplicated(key).any()
    table = forecast_table(ahead()).set_index(["definition", "horizon"])
    cdf = hub[hub["output_type"] == "cdf"].set_index(["target", "horizon", "output_type_id"])["value"]
    for definition in LAGS:
        within = 1 - table.loc[(definition, 12), "p_over_9"]
        assert cdf[definition, 12, 9] == pytest.approx(within, abs=1e-9)
