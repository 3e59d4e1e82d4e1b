"""Names that are cut."""

from __future__ import annotations

from gaplab.report.charts.drawing.style import cut_middle, text_inches


def test_a_name_that_is_too_long_keeps_its_ends():
    names = ["FrontierMath-Tier-4-2025-07-01-Private", "FrontierMath-Tiers-1-3-v2-Private"]
    short = [cut_middle(name, 1.2, 7.5) for name in names]
    assert short[0] != short[1]
    for name, cut in zip(names, short, strict=True):
        assert text_inches(cut, 7.5) <= 1.2 < text_inches(name, 7.5)
        assert name.startswith(cut.split("…")[0])
        assert name.endswith(cut.split("…")[1])
    assert cut_middle("HLE", 1.2, 7.5) == "HLE"
