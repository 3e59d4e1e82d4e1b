"""Readings: the likelihood without the prior, and published indices in logits."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from gaplab.errors import GaplabError
from gaplab.models.index_readings import from_index
from gaplab.models.readings import abilities_in, without_prior
from gaplab.sampling.controls import Controls


def _gaussian_stage_one(seed=0, n=40, sigma=0.8, growth=1.5, samples=60_000):
    """Draws of a posterior that is Gaussian by construction, and the likelihood behind it."""
    rng = np.random.default_rng(seed)
    years = np.linspace(-1.5, 1.5, n)
    truth = growth * years + rng.normal(0, sigma, n)
    error = rng.uniform(0.2, 0.6, n)
    observed = truth + rng.normal(0, error)
    prior = np.linalg.inv(sigma**2 * np.eye(n) + 0.25 * np.outer(years, years))
    covariance = np.linalg.inv(prior + np.diag(1 / error**2))
    mean = covariance @ (prior @ years + observed / error**2)
    draws = rng.multivariate_normal(mean, covariance, samples)
    return draws, {"prior_mean": years, "prior_covariance": np.linalg.inv(prior)}, observed, error


def test_the_prior_of_stage_one_is_taken_out():
    theta, prior, observed, error = _gaussian_stage_one()
    readings = without_prior(theta, pd.RangeIndex(40), **prior)
    shrunk = theta.mean(axis=0)

    def distance(level):
        level, target = level - level.mean(), observed - observed.mean()
        slope = (level @ target) / (level @ level)
        return np.sqrt(((slope * level - target) ** 2 / error**2).mean())

    # Level and scale are free; in what is left the readings are nearer the observations
    # than the shrunken posterior is, and their errors are those of the observations.
    assert distance(readings.mean) < 0.5 * distance(shrunk)
    total = np.sqrt(readings.sd**2 + (readings.loadings**2).sum(axis=1))
    assert np.corrcoef(total, error)[0, 1] > 0.9


def test_control_variates_make_readings_of_few_draws_those_of_many():
    """The gradients of a normal posterior know its mean and its covariance."""
    theta, prior, *_ = _gaussian_stage_one()
    covariance = np.cov(theta.T)
    least = np.linalg.eigvalsh(covariance)[0]
    loadings = np.linalg.cholesky(covariance - 0.9 * least * np.eye(40))
    controls = Controls(theta.mean(axis=0) - theta[:500], np.full(40, 0.9 * least), loadings)
    many, plain = (without_prior(draws, pd.RangeIndex(40), **prior) for draws in (theta, theta[:500]))
    few = without_prior(theta[:500], pd.RangeIndex(40), **prior, controls=controls)

    def total(of):
        return np.sqrt(of.sd**2 + (of.loadings**2).sum(axis=1))

    assert np.abs(few.mean - many.mean).mean() < 0.25 * np.abs(plain.mean - many.mean).mean()
    assert np.abs(total(few) - total(many)).mean() < 0.25 * np.abs(total(plain) - total(many)).mean()


def test_readings_do_not_depend_on_level_or_on_the_order_of_draws():
    theta, prior, *_ = _gaussian_stage_one(samples=4000)
    shift = np.random.default_rng(1).normal(0, 5, (len(theta), 1))
    a = without_prior(theta, pd.RangeIndex(40), **prior)
    b = without_prior((theta + shift)[::-1], pd.RangeIndex(40), **prior)
    assert a.mean == pytest.approx(b.mean, abs=1e-6)
    assert a.sd == pytest.approx(b.sd, rel=1e-3)


def _vintages():
    def vintage(day, n, level=0.9):
        frame = pd.DataFrame({"model": [f"m{i}" for i in range(n)], "value": np.linspace(120, 150, n)})
        return frame.assign(
            vintage=pd.Timestamp(day), index="epoch_eci", low=frame["value"] - 2, high=frame["value"] + 2, level=level
        )

    partial = vintage("2026-03-01", 2)
    newest = vintage("2026-02-01", 10)
    newest.loc[0, ["low", "high"]] = np.nan
    return pd.concat([vintage("2026-01-01", 9), newest, partial], ignore_index=True)


def test_the_newest_full_vintage_is_read_and_missing_intervals_are_filled():
    readings, notes = from_index(_vintages(), "epoch_eci")
    assert len(readings.models) == 10
    assert readings.sd == pytest.approx(2 / 1.6448536 / 20.15, rel=1e-5)
    assert "2026-02-01" in notes[0]
    assert "1 of them" in notes[1]


def test_an_index_without_a_vintage_is_refused():
    with pytest.raises(GaplabError, match="no vintage"):
        from_index(_vintages().iloc[:0], "epoch_eci")


def test_minutes_and_ratings_become_logits():
    horizons = _vintages().assign(index="metr_p50_minutes", value=64.0, low=32.0, high=128.0)
    readings, _ = from_index(horizons, "metr_horizon")
    assert readings.mean == pytest.approx(6 / 1.5)
    assert readings.sd == pytest.approx(1 / 1.6448536 / 1.5, rel=1e-5)
    rated = _vintages().assign(index="arena_elo")
    readings, _ = from_index(rated, "arena_elo")
    # 400 points of a rating are odds of ten to one.
    assert np.ptp(readings.mean) == pytest.approx(30 / 400 * np.log(10))


def _stage_one(domain_sd=0.3, samples=4000):
    """Draws as stage 1 labels them: three models, of which two were tested in cyber."""
    rng = np.random.default_rng(3)
    sample = ("chain", "draw")
    return xr.Dataset(
        {
            "theta": ((*sample, "model"), rng.normal([0.0, 1.0, 2.0], 0.1, (2, samples, 3))),
            "domain_ability": ((*sample, "cell"), rng.normal([0.5, -0.5, 0.0], 0.1, (2, samples, 3))),
            "sigma": (sample, np.full((2, samples), 0.8)),
            "domain_sd": ((*sample, "domain"), np.full((2, samples, 2), domain_sd)),
        },
        coords={
            "model": np.array(["a", "b", "c"], object),
            "domain": np.array(["cyber", "science"], object),
            "prior_design": (("model", "prior_term"), np.array([[-1.0], [0.0], [1.0]])),
            "prior_mean": ("prior_term", [1.0]),
            "prior_sd": ("prior_term", [0.5]),
            "cell_model": ("cell", [1, 2, 0]),
            "cell_domain": ("cell", [0, 0, 1]),
            "follower": ("model", [False, True, False]),
        },
    )


def test_ability_in_a_domain_is_that_of_the_models_tested_in_it():
    cyber = abilities_in(_stage_one(), "cyber")
    assert cyber.models.tolist() == ["b", "c"]
    assert cyber.theta.mean(axis=0) == pytest.approx([1.5, 1.5], abs=0.02)
    assert cyber.prior_mean == pytest.approx([0.0, 1.0])
    # Spread of models, of domains and of the line in time; b is the follower's, whose mean in a domain is uncertain.
    assert cyber.prior_covariance == pytest.approx(np.array([[0.64 + 0.09 + 0.25 / 2, 0.0], [0.0, 0.64 + 0.09 + 0.25]]))
    everything = abilities_in(_stage_one(), "all")
    assert everything.prior_sd == pytest.approx(0.8)
    with pytest.raises(GaplabError, match=r"not enough data.*cyber, science"):
        abilities_in(_stage_one(), "software")


def test_fewer_draws_than_models_give_readings_within_their_errors():
    theta, prior, *_ = _gaussian_stage_one(n=120, samples=5000)
    few, many = (without_prior(draws, pd.RangeIndex(120), **prior) for draws in (theta[:100], theta))
    total, expected = (np.sqrt(of.sd**2 + (of.loadings**2).sum(axis=1)) for of in (few, many))
    assert np.abs(few.mean - many.mean).mean() < expected.mean()
    assert total.mean() == pytest.approx(expected.mean(), rel=0.2)
