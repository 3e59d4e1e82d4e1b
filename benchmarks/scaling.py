"""How the time to sample abilities grows with the number of models and of tests.

The real scores are repeated. Each copy of a model takes copies of its tests, or the same tests. Scores are moved by
noise of 0.2 logits, so that no two copies are equal. What a model did better on a test than the rest of its scores say
is then in every copy of that test. New tests, in the place of copies, have the parameters of their original, and scores
drawn from the model: abilities and parameters are those of one posterior draw of the real scores. Every size is a
process of its own.

Writes benchmarks/results/scaling.csv: models_times, benchmarks_times, tests (copies or new), models, benchmarks,
scores, unknowns, sample_s, ratio (to the first), min_ess, max_rhat, divergences, ess_per_s, peak_mib.

Usage: python benchmarks/scaling.py [--limit 1800] [--sizes 1x1 2x1 5x1 20x1 1x2 1x5 1x2new 1x5new]
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

from sampling import by_gaplab, judged, write

RESULTS = Path(__file__).parent / "results" / "scaling.csv"
COLUMNS = ("models_times", "benchmarks_times", "tests", "models", "benchmarks", "scores", "unknowns", "sample_s",
           "ratio", "min_ess", "max_rhat", "divergences", "ess_per_s", "peak_mib")  # fmt: skip
SIZES = ("1x1", "2x1", "5x1", "1x2", "1x5", "1x2new", "1x5new", "20x1")


def main() -> None:
    """Run each size, one after the other, and write the table as it grows."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", nargs="+", default=SIZES, help="models x tests")
    parser.add_argument("--limit", type=float, default=1800, help="seconds for one size")
    parser.add_argument("--one", metavar="SIZE", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        print(json.dumps(measured(**parsed(given.one))))
        return
    rows = []
    subprocess.run([sys.executable, __file__, "--one", "1x1"], stdout=subprocess.DEVNULL, check=True)  # compiles
    for size in given.sizes:
        row = {f"{name}_times" if name != "tests" else name: value for name, value in parsed(size).items()}
        command = [sys.executable, __file__, "--one", size]
        try:
            done = subprocess.run(command, stdout=subprocess.PIPE, text=True, timeout=given.limit, check=True)
            row |= json.loads(done.stdout.splitlines()[-1])
            row["ratio"] = round(row["sample_s"] / (rows[0] if rows else row)["sample_s"], 2)
        except subprocess.TimeoutExpired:
            row["sample_s"] = f">{given.limit:.0f}"
        except subprocess.CalledProcessError as problem:
            row["sample_s"] = f"failed ({problem.returncode})"
        rows.append(row)
        print("  ".join(f"{name} {row.get(name, '')}" for name in COLUMNS), flush=True)
        write(rows, RESULTS, COLUMNS)


def parsed(size: str) -> dict:
    """How many times as many models and tests, and whether the further tests are copies or new."""
    tests = "new" if size.endswith("new") else "copies"
    models, benchmarks = map(int, size.removesuffix("new").split("x"))
    return {"models": models, "benchmarks": benchmarks, "tests": tests}


def measured(models: int, benchmarks: int, tests: str) -> dict:
    """Sample the abilities of a data set that many times as large."""
    from gaplab.data.load import load
    from gaplab.models.observations.observations import observations
    from gaplab.params.spec import Params

    params = Params()
    tables = load(as_of=params.as_of)
    times = models * benchmarks - 1
    further = drawn(tables, params, times) if tests == "new" else moved(tables.scores, times)
    tables = repeated(tables, further, models, benchmarks)
    data = observations(tables, params)
    draws, divergences, took = by_gaplab(data, params, seed=1)
    peak = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    found = judged(draws)
    return found | {
        "models": len(data.models), "benchmarks": len(data.benchmarks), "scores": len(data.score),
        "sample_s": round(took, 1), "divergences": divergences,
        "ess_per_s": round(found["min_ess"] / took, 1), "peak_mib": peak,
    }  # fmt: skip


def moved(scores, times: int):
    """The scores that many times, each time with other noise."""
    import numpy as np

    rng = np.random.default_rng(1)
    for _ in range(times):
        part = scores.copy()
        inside = part["score"].between(0.001, 0.999)
        share = part.loc[inside, "score"]
        logit = np.log(share / (1 - share)) + rng.normal(0, 0.2, len(share))
        part.loc[inside, "score"] = 1 / (1 + np.exp(-logit))
        yield part


def drawn(tables, params, times: int):
    """Scores drawn from the model that many times, with what one posterior draw of the real scores says of them."""
    import numpy as np

    from gaplab.fit.fit import abilities
    from gaplab.models.observations.observations import observations
    from gaplab.validation.predictive import score_parameters

    data = observations(tables, params)
    draw = abilities(tables, params).isel(chain=[0], draw=[0])
    alpha, beta = (parameter[0] for parameter in score_parameters(data, draw))
    rng = np.random.default_rng(1)
    for _ in range(times):
        part = tables.scores.loc[data.row].copy()
        part["score"], part["adjusted"], part["censored"] = rng.beta(alpha, beta), "none", "none"
        yield part


def repeated(tables, further, models: int, benchmarks: int):
    """Tables with every model and every test that many times: the original, and further scores of each copy."""
    import pandas as pd

    copies = [(i, j) for i in range(models) for j in range(benchmarks)]
    scores = [
        part.assign(model=_named(part["model"], i), benchmark=_named(part["benchmark"], j))
        for (i, j), part in zip(copies, [tables.scores, *further], strict=True)
    ]
    tests = tables.benchmarks
    return replace(
        tables,
        models=pd.concat([tables.models.assign(model=_named(tables.models["model"], i)) for i in range(models)]),
        access=pd.concat([tables.access.assign(model=_named(tables.access["model"], i)) for i in range(models)]),
        benchmarks=pd.concat(
            [
                tests.assign(benchmark=_named(tests["benchmark"], j), superseded_by=_named(tests["superseded_by"], j))
                for j in range(benchmarks)
            ]
        ),
        scores=pd.concat(scores, ignore_index=True),
    )


def _named(names, copy: int):
    return names if copy == 0 else names + f" ({copy + 1})"


if __name__ == "__main__":
    main()
