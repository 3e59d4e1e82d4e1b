"""Where every model stands, against the table of the gap and the draws themselves."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from gaplab.results.evidence import model_table
from gaplab.results.gap import gap_table
from gaplab.results.over_time import ability_history
from gaplab.results.standings import NEWEST, standings_table


def test_it_says_what_the_table_of_the_gap_says(posterior):
    every = replace(posterior, params=replace(posterior.params, subject="all"))
    found = standings_table(posterior, ability_history(posterior)).set_index("model")
    assert found["level"].is_monotonic_decreasing
    assert set(found.index) == set(posterior.models.index)
    gaps = gap_table(every).drop_duplicates(["definition", "subject", "unit"]).set_index(["definition", "subject"])
    ours = found[found["country"] == posterior.params.follower]
    assert len(ours) > NEWEST
    lags, matches = (gaps.loc[name].reindex(ours.index) for name in ("model_lag", "first_match_lag"))
    np.testing.assert_allclose(
        ours[["months", "months_lower", "months_upper"]], lags[["median", "lower_80", "upper_80"]]
    )
    np.testing.assert_allclose(ours["p_first_match"], matches["p_first_match"])
    sure = matches["p_first_match"] > 0.5
    assert sure.any()
    pd.testing.assert_series_equal(ours["first_match"][sure], matches["first_match"][sure], check_dtype=False)
    points = model_table(posterior).set_index("model")["points"].reindex(found.index)
    np.testing.assert_allclose(found["level"], points)
    assert found.loc[found["country"] == posterior.params.leader, "months"].isna().all()


def test_the_newest_records_and_featured_models_of_both_sides_are_notable(posterior):
    featured = pd.Series({posterior.models.index[0]: "US"})
    table = standings_table(replace(posterior, featured=featured), ability_history(posterior))
    notable = table[table["notable"]].set_index("model")
    assert posterior.models.index[0] in notable.index
    for side in (posterior.params.leader, posterior.params.follower):
        records = posterior.models.index[posterior.models["record"] & (posterior.models["country"] == side)]
        assert set(records[-NEWEST:]) <= set(notable.index)
    assert len(notable) <= 2 * NEWEST + 1
