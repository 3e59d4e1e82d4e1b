"""Readings of stage 1 made by a copy of the process: the same draws, and in the way of nothing."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from support.places import REPOSITORY

from gaplab.places import package_path

pytestmark = [
    pytest.mark.machine,
    pytest.mark.skipif(sys.platform != "linux", reason="one process reads where none can be copied"),
]
FIT = """
import hashlib, json, os, sys
from support.worlds import smooth
from gaplab import process_copy
from gaplab.fit.fit import ability_file, stage_two
from gaplab.params.spec import Params

class Noted(process_copy.Copy):
    read = None
    def collect(self):
        Noted.read = super().collect()
        return Noted.read

process_copy.Copy = Noted
process_copy.possible = lambda: COPIES
world = smooth(11, lag_months=8.0, models_per_country=40, benchmarks=12, scores_per_model=7)
params = Params(leader="Leader", follower="Follower", chains=2, draws=100, knot_months=KNOTS)
if DAMAGED:
    ability_file(world.tables, params).write_bytes(b"x" * 1000)
draws = stage_two(world.tables, params)
values = b"".join(draws[name].to_numpy().astype(str).tobytes() for name in draws.variables)
print(json.dumps([Noted.read is not None, hashlib.sha256(values + draws.attrs["checks"].encode()).hexdigest()]))
"""


def fitted(place, *, copies: bool, knots: float, damaged: bool = False) -> tuple[str, str]:
    """Whether a copy has read, and a hash of the draws; and what was complained about."""
    code = FIT.replace("COPIES", str(copies)).replace("KNOTS", str(knots)).replace("DAMAGED", str(damaged))
    path = os.pathsep.join([package_path(), str(REPOSITORY / "tests")])
    environment = os.environ | {"PYTHONPATH": path, "GAPLAB_CACHE": str(place)}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip(), done.stderr


def test_what_a_copy_reads_gives_the_same_draws(tmp_path):
    first, other = tmp_path / "first", tmp_path / "other"
    said = [fitted(place, copies=place == first, knots=3.0)[0] for place in (first, other)]
    assert said[0] == said[1], "stage 1 has to be sampled: there is nothing to read"
    beside, complaint = fitted(first, copies=True, knots=2.0)
    alone, _ = fitted(other, copies=False, knots=2.0)
    assert beside == alone.replace("false", "true")
    assert complaint == ""
    again, complaint = fitted(first, copies=True, knots=4.0, damaged=True)
    assert again.startswith("[false"), "what the copy cannot read, this process samples again"
    assert complaint.count("is damaged") == 1
