"""How long the main job takes: with everything to fit, with posteriors at hand, and again unchanged.

Each is a process of its own, in one run, with a cache folder made for it. Writes
benchmarks/results/brief.csv: what, seconds, ratio (to the first).

Usage: python benchmarks/brief.py
"""

from __future__ import annotations

import csv
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

RESULTS = Path(__file__).parent / "results" / "brief.csv"


def main() -> None:
    """Run the steps in order and write the table."""
    with tempfile.TemporaryDirectory() as scratch:
        environment = os.environ | {"GAPLAB_CACHE": f"{scratch}/cache"}
        steps = [
            ("fit, empty cache", ["fit"]),
            ("brief, posterior of one scope at hand", ["brief", "--out", f"{scratch}/first"]),
            ("brief, all posteriors at hand", ["brief", "--out", f"{scratch}/second"]),
            ("brief, unchanged", ["brief", "--out", f"{scratch}/second"]),
        ]
        rows: list[tuple[str, float]] = []
        for name, words in steps:
            start = time.perf_counter()
            command = [sys.executable, "-m", "gaplab", *words, "--quiet"]
            subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)
            rows.append((name, time.perf_counter() - start))
            print(f"{name:<40}{rows[-1][1]:8.1f} s")
    RESULTS.parent.mkdir(exist_ok=True)
    with RESULTS.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["what", "seconds", "ratio"])
        writer.writerows((name, f"{seconds:.1f}", f"{seconds / rows[0][1]:.2f}") for name, seconds in rows)
    print(RESULTS)


if __name__ == "__main__":
    main()
