"""The gap beside its past: numbers of a world whose lag is known, and the sentences that say them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from support.worlds import synthetic_posterior

from gaplab import gap
from gaplab.params.spec import Params
from gaplab.report.sections.milestones import milestone_sentences
from gaplab.results.milestones import milestones_table

PARAMS = Params(as_of="2026-06-30", chains=2, draws=100)


def with_lags(lags: dict[str, float]):
    """A world in which the leader gains a logit a year and the follower has these lags on these days, in every draw."""
    world = synthetic_posterior(chains=2, draws=20, params=PARAMS)
    dates = pd.date_range("2022-06-30", "2026-06-30", periods=49)
    months = np.asarray((dates - dates[-1]) / pd.Timedelta(days=365.25 / 12))
    known = np.asarray([(pd.Timestamp(day) - dates[-1]) / pd.Timedelta(days=365.25 / 12) for day in lags])
    lag = np.interp(months, known, list(lags.values()))
    paths = np.stack([months / 12, (months - lag) / 12])
    frontier = xr.DataArray(
        np.broadcast_to(paths, (2, 20, 2, len(dates))).copy(),
        dims=("chain", "draw", "country", "date"),
        coords={"chain": range(2), "draw": range(20), "country": ["US", "China"], "date": dates},
    )
    return replace(world, frontier=frontier)


def rows_of(posterior) -> pd.DataFrame:
    return milestones_table(posterior).set_index("what")


def test_a_gap_that_fell_and_grew_again():
    found = rows_of(with_lags({"2022-06-30": 12, "2024-12-30": 4, "2025-06-30": 6, "2026-06-30": 8}))
    assert found.loc["change_12_months", ["median", "probability"]].tolist() == pytest.approx([2, 1], abs=0.05)
    assert found.loc["lowest", "median"] == pytest.approx(4, abs=0.1)
    assert found.loc["lowest", "date"].startswith("2024-12")
    assert found.loc["last_this_large", "date"][:7] in ("2023-09", "2023-10"), "between 12 and 4, it was 8 half-way"
    assert found.loc["highest", "probability"] == 0


def test_a_gap_that_was_never_as_large():
    posterior = with_lags({"2022-06-30": 2, "2026-06-30": 8})
    found = rows_of(posterior)
    assert found.loc["last_this_large", "probability"] == 0
    assert pd.isna(found.loc["last_this_large", "date"])
    assert found.loc["highest", "probability"] == 1
    said = milestone_sentences(milestones_table(posterior), PARAMS)
    assert said.count("probability more than 99%") == 3, "it grew, was never as large before, and is largest today"


def test_sentences_state_the_numbers_of_the_table():
    posterior = synthetic_posterior(params=PARAMS)
    table = milestones_table(posterior)
    said = milestone_sentences(table, PARAMS)
    change = table.set_index("what").loc["change_12_months", "median"]
    assert f"{change:+.1f}".replace("-", "−") in said or "changed by 0 months" in said
    assert "nan" not in said.lower()
    assert "None" not in said


def test_without_a_past_nothing_is_said(monkeypatch):
    monkeypatch.setattr(gap, "p_censored", lambda lag: xr.ones_like(lag.isel(chain=0, draw=0, drop=True)))
    table = milestones_table(synthetic_posterior(params=PARAMS))
    assert table.empty
    assert milestone_sentences(table, PARAMS) == ""
