"""Shocks of the forecast."""

from __future__ import annotations

import numpy as np
import pytest

from gaplab.outlook.shocks import draw_waits


@pytest.mark.parametrize("seen", [[3.0], [1.0, 2.0, 4.0]])
def test_few_waits_do_not_make_the_next_one_certain(seen):
    waits = draw_waits(np.array(seen), 0.0, 20_000, np.random.default_rng(1))
    assert len(np.unique(waits)) == len(waits)
    assert waits.min() > 0
    share = 1 / (len(seen) + 1)
    assert (waits > max(seen)).mean() == pytest.approx(share, abs=0.02)
    assert (waits < min(seen)).mean() == pytest.approx(share, abs=0.02)
    longer = draw_waits(np.array(seen), 10.0, 20_000, np.random.default_rng(1))
    assert longer.min() > 10
    assert longer.mean() == pytest.approx(10 + np.mean(seen), rel=0.05)
