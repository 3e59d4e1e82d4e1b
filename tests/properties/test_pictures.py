"""Charts look as they did when somebody last looked: small pictures, compared with a tolerance.

After a change that is meant, `PYTHONPATH=tests python tests/properties/test_pictures.py` draws them anew; look at them
before committing. The day is fixed, so that new tables change no picture.
"""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image
from support.charts import NAMES, bridge, drawn
from support.worlds import synthetic_posterior

from gaplab.params.spec import Params
from gaplab.report.charts.drawing.style import house_style

PICTURES = Path(__file__).resolve().parents[1] / "pictures"
DOTS = 60
# Fonts and anti-aliasing differ a little between machines: the largest difference, of 255, between blocks of 8 by 8.
TOLERANCE = 40.0


def small(figure: Figure) -> Image.Image:
    file = io.BytesIO()
    with house_style():
        figure.savefig(file, format="png", dpi=DOTS)
    return Image.open(file).convert("RGB")


def all_charts():
    run = Params(as_of="2026-06-30")
    posterior = synthetic_posterior(draws=30, params=run)
    wider = synthetic_posterior(draws=30, params=replace(run, scope="trusted"), lag_months=9.0)
    return drawn(posterior) | {"bridge": bridge(posterior, wider)}


@pytest.fixture(scope="module")
def charts():
    return all_charts()


def difference(one: Image.Image, other: Image.Image) -> float:
    """Largest difference of any colour between blocks of 8 by 8."""
    size = (other.width // 8, other.height // 8)
    blocks = [np.asarray(image.resize(size, Image.Resampling.BOX), float) for image in (one, other)]
    return float(np.abs(blocks[0] - blocks[1]).max())


@pytest.mark.parametrize("name", [*NAMES, "bridge"])
def test_it_looks_as_before(charts, name):
    now, before = small(charts[name].fig), Image.open(PICTURES / f"{name}.png").convert("RGB")
    assert now.size == before.size
    assert difference(now, before) < TOLERANCE


@pytest.mark.parametrize("name", NAMES)
def test_a_chart_without_its_marks_would_be_noticed(name):
    before = Image.open(PICTURES / f"{name}.png").convert("RGB")
    dots = np.asarray(before).copy()
    dots[np.ptp(dots.astype(int), axis=-1) > 60] = 255
    assert difference(Image.fromarray(dots), before) >= TOLERANCE


@pytest.mark.parametrize("name", [*NAMES, "bridge"])
def test_it_can_be_read_in_grey(charts, name):
    """No mark is told from its surroundings by hue alone: lightness spans most of the scale."""
    grey = np.asarray(small(charts[name].fig).convert("L"), float)
    assert np.percentile(grey, 0.5) < 110
    assert grey.max() > 250


if __name__ == "__main__":
    PICTURES.mkdir(exist_ok=True)
    for key, chart in all_charts().items():
        small(chart.fig).quantize(32).save(PICTURES / f"{key}.png", optimize=True)
