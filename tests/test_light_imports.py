"""Libraries imported in part give the same numbers, and all of themselves to whoever asks for more."""

from __future__ import annotations

import subprocess
import sys

CODE = """
import sys
import numpy as np
from gaplab.light_imports import import_array_stats

light = import_array_stats()
assert not {"arviz_stats", "arviz_base", "scipy.stats", "scipy.signal"} & set(sys.modules)
logs = np.random.default_rng(3).standard_t(4, size=(4, 500))
smoothed, k_hat = light.psislw(logs, axis=(0, 1))
assert not {"arviz_base", "scipy.stats", "scipy.signal"} & set(sys.modules)

import arviz_stats
from scipy.stats import norm

assert import_array_stats() is arviz_stats.base.array_stats is not light
whole, whole_k_hat = arviz_stats.base.array_stats.psislw(logs, axis=(0, 1))
assert (smoothed == whole).all() and k_hat == whole_k_hat and np.isfinite(k_hat)
assert callable(arviz_stats.loo) and norm.cdf(0.0) == 0.5
assert light.rhat(logs, method="rank") == arviz_stats.base.array_stats.rhat(logs, method="rank")
"""


def test_smoothing_of_weights_needs_little_of_its_library():
    made = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stderr
