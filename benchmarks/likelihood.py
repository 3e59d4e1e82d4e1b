"""Which likelihood predicts held-out scores best: single cells, and all scores of a model.

A tenth of the scores, or all scores of a tenth of the models, are held out in turn. The rest is fitted, and the
held-out scores are predicted. Log scores are densities on the raw scale of the score, so that likelihoods can be
compared. Scores at a bound are fitted but never held out. The normal error of least squares has one standard deviation,
that of its residuals.

Writes benchmarks/results/likelihood.csv: held_out (cells, models), likelihood, n, elpd (sum of log predictive
densities), elpd_difference (to the first row of the kind), standard_error (of the difference), rmse, coverage_50,
coverage_80, coverage_95.

Usage: python benchmarks/likelihood.py [--folds 4] [--draws 500]
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

import numpy as np
from sampling import least_squares_fit, textbook, write
from scipy.special import expit, logsumexp
from scipy.stats import beta, norm
from threadpoolctl import threadpool_limits

from gaplab.data.load import load
from gaplab.models.ability.density import SAMPLING, ability_density
from gaplab.models.ability.draws import labelled
from gaplab.models.observations.observations import Observations, observations
from gaplab.params.spec import Params
from gaplab.sampling.sample import sample
from gaplab.validation.predictive import score_parameters

RESULTS = Path(__file__).parent / "results" / "likelihood.csv"
OURS = {
    "gaplab": {},
    "gaplab, one ability in all domains": {"domains": "ignored"},
    "gaplab, one parameter": {"domains": "ignored", "discriminations": "equal"},
}
SHARE = 0.1


def main() -> None:
    """Fit each likelihood to each training part and write the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folds", type=int, default=4)
    parser.add_argument("--draws", type=int, default=500)
    given = parser.parse_args()
    params = Params()
    tables = load(as_of=params.as_of)
    whole = {name: observations(tables, replace(params, **switches)) for name, switches in OURS.items()}
    rows = []
    for held_out in ("cells", "models"):
        found: dict[str, list] = {}
        for fold in range(given.folds):
            test = chosen(whole["gaplab"], held_out, fold)
            for name, data in whole.items():
                found.setdefault(name, []).append(by_gaplab(data, test, given.draws, fold))
            found.setdefault("two parameters, normal error", []).append(by_textbook(whole["gaplab"], test, given.draws))
            found.setdefault("least squares", []).append(by_least_squares(whole["gaplab"], test))
            print(held_out, fold, {name: round(parts[-1][0].mean(), 3) for name, parts in found.items()}, flush=True)
        joined = {name: [np.concatenate(part) for part in zip(*parts, strict=True)] for name, parts in found.items()}
        rows += [summary(held_out, name, joined) for name in joined]
    write(rows, RESULTS, list(rows[0]))
    print(RESULTS.read_text())


def chosen(data: Observations, held_out: str, fold: int) -> np.ndarray:
    """Which scores are held out; folds do not overlap."""
    index = np.arange(len(data.score)) if held_out == "cells" else data.model
    order = np.random.default_rng(1).permutation(index.max() + 1)
    part = np.array_split(order, round(1 / SHARE))[fold]
    return np.isin(index, part) & ~(data.at_most | data.at_least)


def kept(data: Observations, rows: np.ndarray) -> Observations:
    """The same models, tests and cells with only these scores, and with no horizon of a model that has none left."""
    effects, domains, horizons = data.effects, data.domains, data.horizons
    parts = [effects.index[effects.start[row] : effects.start[row + 1]] for row in np.flatnonzero(rows)]
    start = np.concatenate([[0], np.cumsum([len(part) for part in parts])]).astype(int)
    seen = np.isin(horizons.model, data.model[rows])
    columns = ("row", "model", "benchmark", "score", "n_items", "floor", "ceiling", "at_least", "at_most")
    return replace(
        data,
        **{name: getattr(data, name)[rows] for name in columns},
        effects=replace(effects, start=start, index=np.concatenate([*parts, np.empty(0, int)]).astype(int)),
        domains=replace(domains, row=domains.row[rows], horizon=domains.horizon[seen]),
        horizons=replace(
            horizons,
            **{
                name: getattr(horizons, name)[seen]
                for name in ("model", "horizon", "log2_minutes", "error", "at_least")
            },
        ),
    )


def by_gaplab(data: Observations, test: np.ndarray, draws: int, seed: int) -> tuple[np.ndarray, ...]:
    """Log density, place and error of the held-out scores under our model."""
    train = kept(data, ~test)
    with threadpool_limits(1, user_api="blas"):
        sampled = sample(ability_density(train), SAMPLING, draws=draws, chains=4, seed=seed)
    alpha, other = score_parameters(data, labelled(sampled.values, train))
    alpha, other, score = alpha[:, test], other[:, test], data.score[test]
    mean = (alpha / (alpha + other)).mean(axis=0)
    return averaged(beta.logpdf(score, alpha, other)), beta.cdf(score, alpha, other).mean(axis=0), score - mean


def by_textbook(data: Observations, test: np.ndarray, draws: int) -> tuple[np.ndarray, ...]:
    """The same under the two-parameter model with a normal error for each test."""
    import pymc as pm

    with textbook(kept(data, ~test)):
        trace = pm.sample(draws, tune=1000, chains=4, cores=2, random_seed=1, progressbar=False, nuts_sampler="nutpie",
                          compute_convergence_checks=False)  # fmt: skip
    flat = trace["posterior"].to_dataset().stack(sample=("chain", "draw")).transpose("sample", ...)
    theta, log_a, difficulty, noise = (flat[name].to_numpy() for name in ("theta", "log_a", "difficulty", "noise"))
    b, m, score = data.benchmark[test], data.model[test], data.score[test]
    mean = expit(np.exp(log_a[:, b]) * (theta[:, m] - difficulty[:, b]))
    error = (score - mean) / noise[:, b]
    return averaged(norm.logpdf(error) - np.log(noise[:, b])), norm.cdf(error).mean(axis=0), score - mean.mean(axis=0)


def by_least_squares(data: Observations, test: np.ndarray) -> tuple[np.ndarray, ...]:
    """The same for the best fit by least squares, with one standard deviation."""
    train = np.flatnonzero(~test)
    theta, log_a, difficulty = least_squares_fit(data, train)
    b, m = data.benchmark, data.model
    error = data.score - expit(np.exp(log_a[b]) * (theta[m] - difficulty[b]))
    sd = error[train].std()
    return norm.logpdf(error[test] / sd) - np.log(sd), norm.cdf(error[test] / sd), error[test]


def averaged(log_density: np.ndarray) -> np.ndarray:
    """Log of the mean density over draws [draw, score]."""
    return logsumexp(log_density, axis=0) - np.log(len(log_density))


def summary(held_out: str, name: str, found: dict[str, list]) -> dict:
    """One row of the table."""
    log_density, place, error = found[name]
    apart = log_density - next(iter(found.values()))[0]
    covered = {f"coverage_{level}": (np.abs(place - 0.5) <= level / 200).mean() for level in (50, 80, 95)}
    row = {"held_out": held_out, "likelihood": name, "n": len(place), "elpd": log_density.sum()}
    row |= {"elpd_difference": apart.sum(), "standard_error": apart.std(ddof=1) * np.sqrt(len(apart))}
    row |= {"rmse": np.sqrt((error**2).mean())} | covered
    return {key: round(float(value), 3) if isinstance(value, float) else value for key, value in row.items()}


if __name__ == "__main__":
    main()
