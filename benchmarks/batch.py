"""Forty runs (dates x scopes x scenarios) with one process and with two: time, memory, and how often each fit is made.

Two processes first make everything, with an empty cache. Then one process makes all runs again from the posteriors at
hand, and two do. Writes benchmarks/results/batch.csv: variant, draws, posteriors (at hand, or none), workers, runs,
seconds, cpu_per_run (processor seconds, the command's own included), speedup (of two processes), fitted,
fitted_twice, peak_memory_gib.

Usage: python benchmarks/batch.py [--small] [--draws N] [--variant one_page]
"""

from __future__ import annotations

import argparse
import csv
import json
import resource
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import psutil
import yaml

RESULTS = Path(__file__).parent / "results" / "batch.csv"
DATES = ["2025-12-31", "2026-03-31", "2026-04-29", "2026-05-12", "2026-06-30"]
SCENARIOS = ["baseline", "us_pause", "distillation_blocked", "tighter_compute_controls"]


def main() -> None:
    """Run the grid with one worker and with two, and write the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--small", action="store_true", help="two dates, one scope, two scenarios")
    parser.add_argument("--draws", type=int, default=1000)
    parser.add_argument("--variant", choices=["full", "one_page"], default="full")
    given = parser.parse_args()
    grid = {
        "notebook": "brief",
        "as_of": DATES[-2:] if given.small else DATES,
        "scope": ["public"] if given.small else ["public", "trusted"],
        "scenario": SCENARIOS[:2] if given.small else SCENARIOS,
        "draws": given.draws,
        "variant": given.variant,
    }
    with tempfile.TemporaryDirectory() as scratch:
        file = Path(scratch) / "runs.yaml"
        file.write_text(yaml.safe_dump({"grid": grid}), encoding="utf-8")
        told, cache = {"variant": given.variant, "draws": given.draws}, Path(scratch) / "cache"
        rows = [told | {"posteriors": "none"} | measured(file, Path(scratch) / "first", cache, 2)]
        for workers in (1, 2):
            rows.append(told | {"posteriors": "at hand"} | measured(file, Path(scratch) / str(workers), cache, workers))
            assert not rows[-1]["fitted"]
    rows[-1]["speedup"] = round(rows[-2]["seconds"] / rows[-1]["seconds"], 2)
    RESULTS.parent.mkdir(exist_ok=True)
    with RESULTS.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    print(RESULTS.read_text(), RESULTS, sep="\n")


def measured(file: Path, out: Path, cache: Path, workers: int) -> dict[str, float]:
    """A batch with all its processes."""
    before, used = stored(cache), processor_seconds()
    command = [sys.executable, "-m", "gaplab", "batch", str(file), "--out", str(out), "--workers", str(workers), "-q"]
    environment = {**psutil.Process().environ(), "GAPLAB_CACHE": str(cache)}
    start = time.perf_counter()
    runner = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    watch = Watch(psutil.Process(runner.pid), cache)
    status = runner.wait()
    seconds = time.perf_counter() - start
    watch.stop.set()
    watch.join()
    if status:
        raise SystemExit(f"the batch failed; see {out}/logs")
    rows = json.loads((out / "batch.json").read_text(encoding="utf-8"))["runs"]
    assert {row["status"] for row in rows} == {"done"}
    fitted = len(stored(cache)) - len(before)
    return {
        "workers": workers,
        "runs": len(rows),
        "seconds": round(seconds, 1),
        "cpu_per_run": round((processor_seconds() - used) / len(rows), 1),
        "speedup": 1.0,
        "fitted": fitted,
        "fitted_twice": watch.written - len(before) - fitted,
        "peak_memory_gib": round(watch.peak / 2**30, 2),
    }


def processor_seconds() -> float:
    """Of all processes that this one has waited for."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


class Watch(threading.Thread):
    """Looks twice a second at the memory of a process and all its children, and at the files of the cache."""

    def __init__(self, process: psutil.Process, cache: Path):
        super().__init__()
        self.process, self.cache, self.stop = process, cache, threading.Event()
        self.peak, self.files = 0, set()
        self.look()
        self.start()

    @property
    def written(self) -> int:
        """Cache files ever seen; a second one of the same name has another inode."""
        return len(self.files)

    def run(self) -> None:
        while not self.stop.wait(0.5):
            self.look()

    def look(self) -> None:
        """At both, once."""
        self.peak = max(self.peak, memory(self.process))
        self.files |= {(path.name, path.stat().st_ino) for path in stored(self.cache)}


def stored(cache: Path) -> list[Path]:
    """Posteriors of both stages; the shapes kept for previews are written by every fit."""
    return sorted(path for kind in ("ability", "frontier") for path in cache.glob(f"{kind}-*.npz"))


def memory(process: psutil.Process) -> int:
    """Bytes that a process and its children hold, shared pages counted once."""
    total = 0
    try:
        family = [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:
        return 0
    for member in family:
        try:
            total += member.memory_full_info().pss
        except psutil.Error:
            continue
    return total


if __name__ == "__main__":
    main()
