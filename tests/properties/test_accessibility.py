"""Colours are told apart by everyone."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.colors import to_rgb

from gaplab.report.charts.drawing.style import COLOUR, INK


def test_countries_are_told_apart_by_everyone():
    """Leader and follower differ in lightness, not in hue alone, and their inks are readable on white."""

    def luminance(colour):
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(colour)]
        return float(np.dot(linear, [0.2126, 0.7152, 0.0722]))

    for ink in INK.values():
        assert 1.05 / (luminance(ink) + 0.05) >= 4.5
    for colours in (COLOUR, INK):
        one, other = (116 * luminance(colours[role]) ** (1 / 3) - 16 for role in ("leader", "follower"))
        assert abs(one - other) > 15, "the lightness of CIE L*, of which about 2 can just be seen"
    assert min(1.05 / (luminance(colour) + 0.05) for colour in COLOUR.values()) >= 3


@pytest.mark.parametrize("missing", ["protan", "deutan", "tritan"])
def test_leader_and_follower_differ_for_every_kind_of_colour_vision(missing):
    """Simulated as by Machado et al. (2009), severity 1; distance in linear RGB, and in lightness alone."""
    matrix = {
        "protan": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
        "deutan": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
        "tritan": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
    }[missing]
    seen = [np.array(matrix) @ np.array(to_rgb(colour)) for colour in COLOUR.values()]
    assert np.linalg.norm(seen[0] - seen[1]) > 0.35
    assert abs(np.dot(seen[0] - seen[1], [0.2126, 0.7152, 0.0722])) > 0.03
