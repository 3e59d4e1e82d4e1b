"""How fast each sampler reaches a converged answer on the same scores.

The design `gaplab` samples the whole model of scores, domains and biases. The peers sample the textbook form, a
two-parameter item-response model with a normal error for each test, with their defaults; `numpyro dense` has a dense
mass matrix, and `nutpie tuned` shorter steps and a longer warm-up. A peer named `..., our model` samples our PyMC
definition, or the same in Stan, which has the posterior of `gaplab`. Least squares with a bootstrap is how a
published index is made; this design has no draws to judge.

Every run is a process of its own. A peer that is not installed is left out: numpyro and Stan are no dependencies, and
Stan is run by the Python that --stan names, which has pystan. The row of a peer that runs longer than the limit has the
time and nothing else. With --resume, runs that the table has are not run again.

Writes benchmarks/results/sampling.csv: design, seed, unknowns, compile_s, sample_s, total_s (with imports), cpu_s (of
compilation and sampling), min_ess, max_rhat, divergences, ess_per_s (of sampling), peak_mib, and rms_z: how far the
means of our model's variables lie from those of `gaplab` with another seed, as the root mean square in Monte Carlo
standard errors of the difference. It is about one where two samplers have the same posterior.

Usage: python benchmarks/sampling.py [--seeds 3] [--limit 900] [--resume] [--stan PYTHON] [--designs NAME ...]
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from stan_peer import by_stan

RESULTS = Path(__file__).parent / "results" / "sampling.csv"
COLUMNS = ("design", "seed", "unknowns", "compile_s", "sample_s", "total_s", "cpu_s", "min_ess", "max_rhat",
           "divergences", "ess_per_s", "rms_z", "peak_mib")  # fmt: skip
OURS = ", our model"
PEERS = {
    "pymc": {"nuts_sampler": "pymc"},
    "nutpie": {"nuts_sampler": "nutpie"},
    "nutpie tuned": {"nuts_sampler": "nutpie", "tune": 3000, "target_accept": 0.95},
    "numpyro": {"nuts_sampler": "numpyro"},
    "numpyro dense": {"nuts_sampler": "numpyro", "nuts_sampler_kwargs": {"dense_mass": True}},
}
DESIGNS = ("gaplab", "gaplab, frontiers again", *PEERS, "stan", *(f"{peer}{OURS}" for peer in (*PEERS, "stan")),
           "least squares, bootstrap")  # fmt: skip


def main() -> None:
    """Run each design with each seed, one after the other, and write the table as it grows."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--limit", type=float, default=900, help="seconds for one run")
    parser.add_argument("--resume", action="store_true", help="only the runs that the table lacks")
    parser.add_argument("--stan", metavar="PYTHON", help="a Python that has pystan")
    parser.add_argument("--designs", nargs="+", choices=DESIGNS, default=DESIGNS)
    parser.add_argument("--one", nargs=2, metavar=("DESIGN", "SEED"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        print(json.dumps(measured(given.one[0], int(given.one[1]), given.stan)))
        return
    absent = {name for name in given.designs if "numpyro" in name and not find_spec("numpyro")}
    absent |= set() if given.stan else {"stan", f"stan{OURS}"}
    todo = [(design, seed) for seed in range(1, given.seeds + 1) for design in given.designs if design not in absent]
    if given.resume:
        there = {(row["design"], int(row["seed"])) for row in earlier()}
        todo = [run for run in todo if run not in there]
    rows = [row for row in earlier() if (row["design"], int(row["seed"])) not in todo]
    for design, seed in todo:
        rows.append(in_its_own_process(design, seed, given.limit, given.stan))
        print("  ".join(f"{name} {rows[-1].get(name, '')}" for name in COLUMNS), flush=True)
        write(rows, RESULTS, COLUMNS)


def write(rows: list[dict], path: Path, columns: Sequence[str]) -> None:
    """A table of results, whole after every run."""
    path.parent.mkdir(exist_ok=True)
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def earlier() -> list[dict]:
    """Rows of the table as it is, for designs that are not run this time."""
    if not RESULTS.exists():
        return []
    with RESULTS.open(newline="") as file:
        return list(csv.DictReader(file))


def in_its_own_process(design: str, seed: int, limit: float, stan: str | None) -> dict:
    """One run from the start of a process to its end."""
    start = time.perf_counter()
    command = [sys.executable, __file__, "--one", design, str(seed), *(["--stan", stan] if stan else [])]
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, timeout=limit, check=True)
    except subprocess.TimeoutExpired:
        return {"design": design, "seed": seed, "total_s": f">{limit:.0f}"}
    except subprocess.CalledProcessError:
        return {"design": design, "seed": seed, "total_s": "failed"}
    row = json.loads(done.stdout.splitlines()[-1])
    row["total_s"] = round(time.perf_counter() - start - row.pop("judging_s"), 1)
    return row


def measured(design: str, seed: int, stan: str | None) -> dict:
    """Fit once and judge the draws."""
    from gaplab.data.load import load
    from gaplab.models.observations.observations import observations
    from gaplab.params.spec import Params

    params = Params()
    tables = load(as_of=params.as_of)
    data = observations(tables, params)
    before = time.perf_counter()
    if design == "gaplab":
        draws, divergences, sampling = by_gaplab(data, params, seed)
    elif design == "gaplab, frontiers again":
        draws, divergences, sampling = frontiers(tables, params, seed)
    elif design == "least squares, bootstrap":
        by_least_squares(data, seed)
        draws, divergences, sampling = None, None, time.perf_counter() - before
    elif design.startswith("stan"):
        draws, divergences, sampling = by_stan(data, seed, stan, ours=design.endswith(OURS))
    else:
        draws, divergences, sampling = by_pymc(data, design, seed)
    took = time.perf_counter() - before
    used = sum(map(sum, (resource.getrusage(who)[:2] for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))))
    peak = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)) / 1024
    before = time.perf_counter()
    row = {"design": design, "seed": seed, "compile_s": round(took - sampling, 1), "sample_s": round(sampling, 1)}
    if design == "gaplab, frontiers again":
        del row["compile_s"]  # what came before was a whole fit
    row |= {"cpu_s": round(used, 1), "peak_mib": round(peak)}
    if draws is not None:
        row |= judged(draws) | {"divergences": divergences}
        if design == "gaplab" or design.endswith(OURS):
            row["rms_z"] = round(distance(draws, by_gaplab(data, params, 1000 + seed)[0]), 2)
        row["ess_per_s"] = round(row["min_ess"] / sampling, 1)
    return row | {"judging_s": time.perf_counter() - before}


def judged(draws) -> dict:
    """Smallest bulk ESS and largest R-hat over everything sampled."""
    from gaplab.sampling.convergence import worst

    highest, lowest = worst(draws)
    unknowns = sum(part[0, 0].size for part in draws.data_vars.values())
    return {"unknowns": unknowns, "min_ess": round(lowest), "max_rhat": round(highest, 4)}


def distance(draws, others) -> float:
    """Root mean square of the differences of means of the same variables, in Monte Carlo errors of the differences."""
    import numpy as np
    from arviz_stats.base import array_stats

    scores = []
    for name in sorted(set(draws) & set(others)):
        both = [each[name].to_numpy() for each in (draws, others)]
        errors = [array_stats.mcse(values, chain_axis=0, draw_axis=1) for values in both]
        means = [values.mean(axis=(0, 1)) for values in both]
        scores.append(((means[0] - means[1]) / np.hypot(*errors)).ravel())
    return float(np.sqrt(np.nanmean(np.concatenate(scores) ** 2)))


def by_gaplab(data, params, seed: int):
    """Stage 1 as the product runs it."""
    from threadpoolctl import threadpool_limits

    from gaplab.models.ability.density import SAMPLING, ability_density
    from gaplab.models.ability.draws import DERIVED, labelled

    with threadpool_limits(1, user_api="blas"):
        sampled, sampling = timed(ability_density(data), params, seed, SAMPLING)
    draws = labelled(sampled.values, data).drop_vars(DERIVED, errors="ignore")
    return draws[[name for name in draws if "draw" in draws[name].dims]], sampled.divergences, sampling


def frontiers(tables, params, seed: int):
    """Stage 2 again, without one model, when the abilities are at hand and this process has sampled before."""
    from gaplab.fit.fit import stage_two

    with tempfile.TemporaryDirectory() as folder:
        os.environ["GAPLAB_CACHE"] = folder
        whole = stage_two(tables, params)
        left_out = str(whole["model"].to_numpy()[-seed])
        start = time.perf_counter()
        draws = stage_two(tables, params, without=(left_out,))
        took = time.perf_counter() - start
    divergences = [check["value"] for check in json.loads(draws.attrs["checks"]) if "frontiers: div" in check["name"]]
    return draws[[name for name in draws if "draw" in draws[name].dims]], int(divergences[0]), took


def timed(density, params, seed: int, settings):
    """Draws, and the seconds from the first look at the shape of the density to the last draw."""
    from gaplab.sampling.sample import sample

    began: list[float] = []
    sampled = sample(
        density, settings, draws=params.draws, chains=params.chains, seed=seed,
        progress=lambda phase, share: began.append(time.perf_counter()),
    )  # fmt: skip
    return sampled, time.perf_counter() - began[0]


def by_pymc(data, design: str, seed: int):
    """pm.sample, on the textbook form or on our PyMC definition."""
    import pymc as pm

    from gaplab.models.ability.definition import ability_model

    model = ability_model(data) if design.endswith(OURS) else textbook(data)
    settings = PEERS[design.removesuffix(OURS)]
    if design.startswith("numpyro"):
        differentiable_in_jax()
    with model:
        trace = pm.sample(**{"draws": 1000, "tune": 1000, "chains": 4, "cores": 2} | settings, random_seed=seed,
                          progressbar=False, compute_convergence_checks=False)  # fmt: skip
    sampling = trace["posterior"].attrs.get("sampling_time") or trace["sample_stats"].attrs["sampling_time"]
    names = [variable.name for variable in model.free_RVs]
    return trace["posterior"].to_dataset()[names], int(trace["sample_stats"]["diverging"].sum()), float(sampling)


def differentiable_in_jax() -> None:
    """The distribution function of the beta distribution, with the derivatives in its shape parameters that JAX lacks.

    They are central differences: exact to about nine digits, which acceptance by energy makes up for.
    """
    import jax
    from pytensor.link.jax.dispatch import jax_funcify
    from pytensor.scalar.math import BetaInc

    share = jax.scipy.special.betainc

    @jax.custom_jvp
    def betainc(a, b, x):
        return share(a, b, x)

    @betainc.defjvp
    def _(at, along):
        (a, b, x), (da, db, dx) = at, along
        step, other = 1e-5 * (1 + a), 1e-5 * (1 + b)
        by_a = (share(a + step, b, x) - share(a - step, b, x)) / (2 * step)
        by_b = (share(a, b + other, x) - share(a, b - other, x)) / (2 * other)
        by_x = jax.numpy.exp(jax.scipy.stats.beta.logpdf(x, a, b))
        return share(a, b, x), by_a * da + by_b * db + by_x * dx

    jax_funcify.register(BetaInc)(lambda op, **kwargs: betainc)


def textbook(data):
    """score ~ Normal(logistic(a (theta - b)), s), with the priors of the textbooks."""
    import pymc as pm

    with pm.Model(coords={"model": data.models, "benchmark": data.benchmarks}) as model:
        theta = pm.Normal("theta", 0.0, 1.0, dims="model")
        log_a = pm.Normal("log_a", 0.0, 0.5, dims="benchmark")
        difficulty = pm.Normal("difficulty", 0.0, 1.5, dims="benchmark")
        noise = pm.HalfNormal("noise", 0.2, dims="benchmark")
        b = data.benchmark
        share = pm.math.sigmoid(pm.math.exp(log_a[b]) * (theta[data.model] - difficulty[b]))
        pm.Normal("score", share, noise[b], observed=data.score)
    return model


def by_least_squares(data, seed: int, resamples: int = 100) -> None:
    """The best fit to all scores, and to resampled ones over and over, each begun at the first."""
    import numpy as np

    rng = np.random.default_rng(seed)
    whole = np.concatenate(least_squares_fit(data, np.arange(len(data.score))))
    for _ in range(resamples):
        least_squares_fit(data, rng.integers(0, len(data.score), len(data.score)), whole)


def least_squares_fit(data, rows, start=0.0):
    """Abilities, log slopes and difficulties that fit these scores best, with a weak ridge; the slopes are sparse."""
    import numpy as np
    from scipy.optimize import least_squares
    from scipy.sparse import csr_array, diags_array, vstack
    from scipy.special import expit

    n, k = len(data.models), len(data.benchmarks)
    b, m, at = data.benchmark[rows], data.model[rows], np.arange(len(rows))
    ridge = np.repeat([0.03, 0.1, 0.03], [n, k, k])

    def residuals(x):
        theta, log_a, difficulty = np.split(x, [n, n + k])
        return np.concatenate([expit(np.exp(log_a[b]) * (theta[m] - difficulty[b])) - data.score[rows], ridge * x])

    def slopes(x):
        theta, log_a, difficulty = np.split(x, [n, n + k])
        a = np.exp(log_a[b])
        share = expit(a * (theta[m] - difficulty[b]))
        push = share * (1 - share) * a
        entries = np.concatenate([push, push * (theta[m] - difficulty[b]), -push])
        matrix = csr_array((entries, (np.tile(at, 3), np.concatenate([m, n + b, n + k + b]))), (len(rows), n + 2 * k))
        return vstack([matrix, diags_array(ridge)], format="csr")

    solved = least_squares(residuals, np.full(n + 2 * k, start), slopes, method="trf", tr_solver="lsmr", ftol=1e-6)
    return np.split(solved.x, [n, n + k])


if __name__ == "__main__":
    main()
