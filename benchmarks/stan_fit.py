"""A Stan program run for `sampling.py` by a Python that has pystan.

A Python of its own is needed because pystan's wheels appear later than new versions of Python. The script reads a JSON
file with the program, its data, a seed and the names to keep. It samples with Stan's defaults, keeps the draws
[chain, draw, ...] of each name in an .npz file, and prints sample_s and divergences as JSON.

Usage: PYTHON benchmarks/stan_fit.py DATA.json DRAWS.npz
"""

import json
import sys
import time
from pathlib import Path


def main(given: Path, kept: Path) -> None:
    """Build the program, sample, keep the draws."""
    import numpy as np
    import stan

    told = json.loads(given.read_text())
    program = stan.build(Path(told["program"]).read_text(), data=told["data"], random_seed=told["seed"])
    start = time.perf_counter()
    fit = program.sample(num_chains=4, num_samples=1000, num_warmup=1000)
    took = time.perf_counter() - start
    draws = {}
    for name in told["keep"]:
        values = fit[name]  # [..., draw and within it chain]
        draws[name] = np.moveaxis(values.reshape(*values.shape[:-1], -1, fit.num_chains), (-1, -2), (0, 1))
    np.savez(kept, **draws)
    print(json.dumps({"sample_s": took, "divergences": int(fit["divergent__"].sum())}))


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
