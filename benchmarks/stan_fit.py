"""The textbook form in Stan, run for `sampling.py` by a Python that has pystan.

A Python of its own is needed because pystan's wheels appear later than new versions of Python. The script reads a JSON
file with the data of the program and a seed, samples with Stan's defaults, keeps the draws [chain, draw, unknown] as an
.npy file, and prints sample_s and divergences as JSON.

Usage: PYTHON benchmarks/stan_fit.py DATA.json DRAWS.npy
"""

import json
import sys
import time
from pathlib import Path

PROGRAM = """
data {
  int<lower=1> n_models;
  int<lower=1> n_benchmarks;
  int<lower=1> n_scores;
  array[n_scores] int<lower=1, upper=n_models> model_of;
  array[n_scores] int<lower=1, upper=n_benchmarks> benchmark_of;
  vector[n_scores] score;
}
parameters {
  vector[n_models] theta;
  vector[n_benchmarks] log_a;
  vector[n_benchmarks] difficulty;
  vector<lower=0>[n_benchmarks] noise;
}
model {
  theta ~ normal(0, 1);
  log_a ~ normal(0, 0.5);
  difficulty ~ normal(0, 1.5);
  noise ~ normal(0, 0.2);
  score ~ normal(inv_logit(exp(log_a[benchmark_of]) .* (theta[model_of] - difficulty[benchmark_of])),
                 noise[benchmark_of]);
}
"""


def main(given: Path, kept: Path) -> None:
    """Build the program, sample, keep the draws."""
    import numpy as np
    import stan

    told = json.loads(given.read_text())
    program = stan.build(PROGRAM, data=told["data"], random_seed=told["seed"])
    start = time.perf_counter()
    fit = program.sample(num_chains=4, num_samples=1000, num_warmup=1000)
    took = time.perf_counter() - start
    draws = np.concatenate([fit[name] for name in fit.param_names])  # [unknown, draw and within it chain]
    np.save(kept, draws.reshape(len(draws), -1, fit.num_chains).transpose(2, 1, 0))
    print(json.dumps({"sample_s": took, "divergences": int(fit["divergent__"].sum())}))


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
