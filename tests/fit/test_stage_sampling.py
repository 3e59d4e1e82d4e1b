"""What both stages of a fit share: draws that depend neither on the machine nor on what a process imported before."""

from __future__ import annotations

import subprocess
import sys

CHILD = """
from gaplab.fit.stage_sampling import one_thread
from threadpoolctl import threadpool_info

@one_thread
def threads():
    import numpy.linalg, scipy.linalg
    return {each["num_threads"] for each in threadpool_info() if each["user_api"] == "blas"}

print(threads())
"""


def test_every_blas_has_one_thread_also_one_that_was_not_loaded_before():
    ended = subprocess.run([sys.executable, "-c", CHILD], capture_output=True, text=True, check=True)
    assert ended.stdout.strip() == "{1}"
