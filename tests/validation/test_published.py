"""Published numbers are scored against what is read now."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from support.worlds import synthetic_posterior

from gaplab.data.load import load
from gaplab.validation import published


def test_published_numbers_are_scored_against_what_is_read_now():
    tables = load(as_of=date(2026, 7, 1))
    posterior = synthetic_posterior(lag_months=8.0, lag_sd=0.5)
    found = published.run(tables, {"public": posterior, "trusted": posterior}, posterior)
    row = found.set_index("number").loc["caisi_v4_2026"]
    assert row["error_months"] == pytest.approx(8.0 - row["later"])
    assert 0 <= row["crps"] <= abs(row["error_months"]) + 0.1
    open_models = found[found["number"] == "epoch_open_2024"].iloc[0]
    assert open_models["definition"] == "not comparable"
    assert np.isnan(open_models["error_months"])
    bound = found.set_index("number").loc["arcagi2_2026"]
    assert bound["scope"] == "public"
    rules = found[found["who"] == "Epoch AI's rule"]
    assert set(rules["number"]) == {"epoch_mean_since_2023", "epoch_five_percent_rule"}
    assert rules["error_months"].notna().all()
