"""The peers' rules on abilities that can be checked by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from gaplab.validation import peers

MONTH = pd.Timedelta(days=365.25 / 12)
TODAY = pd.Timestamp("2026-06-30")


def lines(noise=0.0, samples=3):
    """A leader model each quarter on a line of 0.1 logits a month; the follower a month later, 8 months behind."""
    lead_at, own_at = np.arange(-36, 1, 3.0), np.arange(-23, 0, 4.0)
    models = pd.DataFrame(
        {"country": ["A"] * len(lead_at) + ["B"] * len(own_at),
         "date": [TODAY + at * MONTH for at in [*lead_at, *own_at]]}
    )  # fmt: skip
    models.index = pd.Index([f"m{number}" for number in range(len(models))], name="model")
    truth = np.concatenate([0.1 * lead_at, 0.1 * (own_at - 8)])
    theta = truth + noise * np.random.default_rng(1).normal(size=(samples, len(truth)))
    return theta, models


def test_every_rule_finds_the_lag_of_straight_lines():
    found = peers.readings(*lines(), leader="A", follower="B", as_of=TODAY)
    # The newest record is of month -3 and stands where the leader stood at -11; its next model came at -9.
    assert found["first_match"] == pytest.approx([6.0], abs=0.05)
    assert found["five_percent"] == pytest.approx([9.0], abs=0.05)
    assert found["record_lines"] == pytest.approx([8.0] * 3, abs=0.05)
    assert found["bracket"] == pytest.approx([8.0] * 3, abs=0.05)
    assert found["draw_maxima"] == pytest.approx([6.0] * 3, abs=0.05)


def test_a_follower_ahead_has_no_match_and_less_data_means_a_smaller_gap():
    theta, models = lines()
    ahead = theta + 5.0 * (models["country"] == "B").to_numpy()
    found = peers.readings(ahead, models, leader="A", follower="B", as_of=TODAY)
    assert found["first_match"] == [-np.inf]
    assert found["five_percent"] == [0.0]
    assert np.isneginf(found["bracket"]).all()
    assert found["record_lines"].max() < -30
    sure, unsure = (
        peers.readings(*lines(noise, 4000), leader="A", follower="B", as_of=TODAY)["five_percent"][0]
        for noise in (0.01, 0.4)
    )
    assert unsure < sure


def test_running_maxima_of_noisy_readings_make_the_gap_too_small():
    theta, models = lines(0.3, 2000)
    found = peers.readings(theta, models, leader="A", follower="B", as_of=TODAY)
    assert np.median(found["draw_maxima"]) < 8.0


def test_one_record_is_no_line():
    at, flat = np.array([-3.0, -1.0]), np.array([1.0, 0.0])
    assert np.isnan(peers.record_lines(at, flat, at, flat))
