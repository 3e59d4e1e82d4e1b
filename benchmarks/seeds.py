"""How far the headline moves with the seed and with the number of draws: its Monte Carlo error.

Both stages are sampled with several seeds, from all tests and from public tests alone, with fewer and with more draws
than by default. All runs together take some five minutes. The table is written after each run.

Writes benchmarks/results/seeds.csv: tests, draws (of each chain), seed, min_ess, max_rhat and divergences (of both
stages together, gaps included), and the lag from frontier to frontier: months, lower_80, upper_80.

Usage: python benchmarks/seeds.py [--seeds 4]
"""

from __future__ import annotations

import argparse
import os
import tempfile
from dataclasses import replace
from pathlib import Path

from sampling import write

RESULTS = Path(__file__).parent / "results" / "seeds.csv"
COLUMNS = ("tests", "draws", "seed", "min_ess", "max_rhat", "divergences", "months", "lower_80", "upper_80")
RUNS = (("all", 250), ("all", 1000), ("all", 4000), ("public", 1000))


def main() -> None:
    """Fit again and again, and write the table as it grows."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=4)
    seeds = parser.parse_args().seeds
    rows: list[dict] = []
    for tests, draws in RUNS:
        for seed in range(1, seeds + 1):
            rows.append({"tests": tests, "draws": draws, "seed": seed} | measured(tests, draws, seed))
            print("  ".join(f"{name} {value}" for name, value in rows[-1].items()), flush=True)
            write(rows, RESULTS, COLUMNS)


def measured(tests: str, draws: int, seed: int) -> dict:
    """The headline of one run, and how its sampler fared."""
    from gaplab import gap
    from gaplab.data.load import load
    from gaplab.fit.fit import fit
    from gaplab.gap import summary
    from gaplab.params.spec import Params

    params = replace(Params(), benchmarks=tests, draws=draws, seed=seed)
    with tempfile.TemporaryDirectory() as folder:
        os.environ["GAPLAB_CACHE"] = folder
        posterior = fit(load(as_of=params.as_of), params)
    lag = gap.readings(posterior, gap.country_subject(posterior))["frontier_lag", "months"]
    low, high = summary.interval(lag, 0.8).to_numpy()
    checks = posterior.health.checks
    return {
        "min_ess": round(min(check.value for check in checks if "ESS" in check.name)),
        "max_rhat": round(max(check.value for check in checks if "R-hat" in check.name), 4),
        "divergences": round(sum(check.value for check in checks if "divergences" in check.name)),
        "months": round(float(summary.median(lag)), 2),
        "lower_80": round(float(low), 2),
        "upper_80": round(float(high), 2),
    }


if __name__ == "__main__":
    main()
