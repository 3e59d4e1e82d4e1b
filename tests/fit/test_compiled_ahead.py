"""Code compiled ahead by a second process: all that stage 2 needs, once, and never in the way."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from gaplab.places import package_path

pytestmark = pytest.mark.machine
STAGE_TWO = """
import numpy as np, pandas as pd
from datetime import date
from gaplab.fit.stage_frontiers import frontiers
from gaplab.models.readings import GaussianAbilities
from gaplab.params.spec import Params

names = pd.Index(list("abcdefgh"))
readings = GaussianAbilities(names, np.linspace(-1.0, 1.0, 8), np.full(8, 0.2), np.full((8, 2), 0.1))
days = pd.Timestamp("2025-01-01") + pd.to_timedelta(30 * np.arange(8), unit="D")
models = pd.DataFrame({"country": ["US", "China"] * 4, "date": days}, index=names)
frontiers(readings, models, Params(as_of=date(2025, 12, 31), draws=100, chains=2))
"""
AHEAD = """
import subprocess, sys
started = []
class Noted(subprocess.Popen):
    def __init__(self, *args, **more):
        started.append(self)
        super().__init__(*args, **more)
subprocess.Popen = Noted
from gaplab.fit.compiled_ahead import compiled_ahead
try:
    with compiled_ahead():
        INSIDE
except KeyboardInterrupt:
    pass
print(len(started), [each.returncode for each in started])
"""


@pytest.fixture
def place(tmp_path) -> Path:
    return tmp_path / "cache"


def said(place: Path, *words: str) -> str:
    """What a Python says that keeps its compiled code in a folder."""
    environment = {name: value for name, value in os.environ.items() if name != "NUMBA_CACHE_DIR"}
    environment |= {"PYTHONPATH": package_path(), "GAPLAB_CACHE": str(place)}
    done = subprocess.run([sys.executable, "-P", *words], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def files(place: Path) -> set[str]:
    return {path.name for path in (place / "compiled").rglob("*") if path.is_file()}


def ahead(place: Path, inside: str) -> str:
    return said(place, "-c", AHEAD.replace("INSIDE", inside))


def test_stage_two_compiles_nothing_that_was_not_compiled_ahead(place):
    assert ahead(place, "pass") == "1 [0]"
    before = files(place)
    assert any(name.startswith("_transitions") for name in before)
    said(place, "-c", STAGE_TWO)
    assert files(place) == before
    assert ahead(place, "pass") == "0 []", "once it is there, no process is started"


def test_an_interrupt_ends_the_second_process(place):
    assert ahead(place, "raise KeyboardInterrupt") == "1 [-9]"


def test_where_nothing_can_be_kept_no_second_process_is_started(place):
    place.write_text("a file where the folder should be")
    assert ahead(place, "pass") == "0 []"
