"""Which models are listed."""

from __future__ import annotations

from gaplab.results.listed import listed_models


def test_by_default_the_last_ten_records_and_the_one_always_listed(posterior, table):
    china = posterior.models[posterior.models["country"] == "China"]
    expected = {*china.index[china["record"]][-10:], "DeepSeek-V4-Pro"}
    assert set(table["subject"]) - {"China"} == expected
    assert set(listed_models(posterior)) == expected
    for definition in ("model_lag", "first_match_lag"):
        assert set(table.loc[table["definition"] == definition, "subject"]) == expected | {"China"}
    assert not table.duplicated(["definition", "subject", "unit"]).any()
