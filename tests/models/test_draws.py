"""Quantities that are drawn after sampling, from their exact conditional."""

import numpy as np
import pandas as pd
import pytest
import scipy.stats as st

from gaplab.models.frontier.draws import draw_abilities
from gaplab.models.readings import GaussianAbilities


def test_shortfalls_are_drawn_from_their_exact_conditional():
    """Against a fine grid of the density exp(-s/nu) Normal(reading; F - s, sd)."""
    readings = GaussianAbilities(pd.Index(["a"]), np.array([0.3]), np.array([0.4]), np.zeros((1, 0)))
    draws = {
        "frontier": np.zeros((1, 40_000, 2, 2)),
        "nu": np.full((1, 40_000, 2), 0.7),
        "factor": np.zeros((1, 40_000, 0)),
    }
    theta = draw_abilities(draws, readings, np.array([0]), np.array([[0.5, 0.5]]), np.random.default_rng(2))
    s = np.linspace(0, 6, 60_001)
    weight = np.exp(-s / 0.7) * st.norm.pdf(0.3, -s, 0.4)
    mean = (s * weight).sum() / weight.sum()
    assert -theta.mean() == pytest.approx(mean, abs=4 * theta.std() / 200)
    assert theta.max() <= 0
