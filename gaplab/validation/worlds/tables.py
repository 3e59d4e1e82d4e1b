"""The tables of a simulated world, and the true value of every definition of the gap in it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr

from gaplab import gap
from gaplab.data.contract import TABLES
from gaplab.models.scales import INDICES
from gaplab.posterior import Posterior
from gaplab.units import MONTH_DAYS
from gaplab.validation.worlds.spec import FOLLOWER, ITEMS, OMEGA, WorldSpec


def tests_like(theta: np.ndarray, count: int, rng: np.random.Generator) -> pd.DataFrame:
    """Tests spread over the range of some abilities.

    Parameters
    ----------
    theta : array
        Abilities, logits.

    Returns
    -------
    DataFrame
        benchmark, slope (geometric mean 1), difficulty, floor, n_items, omega.
    """
    log_slope = rng.normal(0, 0.4, count)
    return pd.DataFrame({
        "benchmark": [f"Test {number:03d}" for number in range(count)],
        "slope": np.exp(log_slope - log_slope.mean()),
        "difficulty": np.linspace(theta.min() + 0.3, theta.max() - 0.3, count),
        "floor": np.where(rng.uniform(size=count) < 0.3, 0.25, 0.0),
        "n_items": rng.choice(ITEMS, count).astype(float),
        "omega": OMEGA,
    })  # fmt: skip


def world_scores(
    spec: WorldSpec, models: pd.DataFrame, theta: np.ndarray, tests: pd.DataFrame, rng: np.random.Generator
) -> pd.DataFrame:
    """Which model took which test, who says so, when, and the score."""
    ours = (models["country"] == FOLLOWER).to_numpy()
    taken = []
    for i in range(len(models)):
        weight = np.exp(-spec.era * np.abs(theta[i] - tests["difficulty"].to_numpy()))
        picking = spec.cherry_picking > 0 and ours[i]
        count = min(len(tests), spec.scores_per_model * (2 if picking else 1))
        chosen = rng.choice(len(tests), count, replace=False, p=weight / weight.sum())
        luck = rng.normal(0, spec.cherry_picking, count) if spec.cherry_picking else np.zeros(count)
        if picking:
            best = np.argsort(-luck)[: spec.scores_per_model]
            chosen, luck = chosen[best], luck[best]
        taken.append(pd.DataFrame({"model": i, "test": chosen, "luck": luck}))
    rows = pd.concat(taken, ignore_index=True)
    own = ours[rows["model"]] & (rng.uniform(size=len(rows)) < spec.self_reported)
    twins = rows[own & (rng.uniform(size=len(rows)) < 0.25)]
    own = np.concatenate([own, np.zeros(len(twins), bool)])
    rows = pd.concat([rows, twins], ignore_index=True)
    shift = rows["luck"].to_numpy() + own * spec.developer_bias
    score = draw_scores(theta[rows["model"]], tests.iloc[rows["test"]], shift, rng)
    wait = rng.exponential(spec.delay_days, len(models)) * ours if spec.delay_days else np.zeros(len(models))
    released = models["release_date"].to_numpy()[rows["model"]]
    return pd.DataFrame({
        "model": models["model"].to_numpy()[rows["model"]],
        "benchmark": tests["benchmark"].to_numpy()[rows["test"]],
        "score": score,
        "developer": own,
        "first_seen": released + pd.to_timedelta(np.round(wait[rows["model"]]), unit="D"),
    })  # fmt: skip


def draw_scores(theta: np.ndarray, tests: pd.DataFrame, shift: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Scores as `models.ability.definition` says they come about, whole items apart.

    Parameters
    ----------
    theta : array [row]
    tests : DataFrame [row]
        slope, difficulty, floor, n_items, omega.
    shift : array [row]
        Added to the logit.

    Returns
    -------
    array [row]
        Fractions.
    """
    slope, difficulty, floor, n_items, omega = (
        tests[name].to_numpy() for name in ("slope", "difficulty", "floor", "n_items", "omega")
    )
    eta = slope * (theta - difficulty) + shift
    mu = np.clip(floor + (1 - floor) / (1 + np.exp(-eta)), 1e-9, 1 - 1e-9)  # a share of one leaves no distribution
    concentration = 1 / (1 / n_items + (1 - 1 / n_items) * omega) - 1
    return np.round(rng.beta(mu * concentration, (1 - mu) * concentration) * n_items) / n_items


def world_tables(
    models: pd.DataFrame,
    tests: pd.DataFrame,
    scores: pd.DataFrame,
    ability: pd.Series,
    end: pd.Timestamp,
    rng: np.random.Generator,
) -> dict[str, pd.DataFrame]:
    """The eight tables of a world, in the columns of `schema.TABLES`.

    Parameters
    ----------
    models : DataFrame
        model, developer, country, release_date, restricted.
    tests : DataFrame
        benchmark, floor, n_items.
    scores : DataFrame
        model, benchmark, score, developer (whether its developer says so), first_seen.
    ability : Series
        By model; a published index of them with errors of a tenth of a logit appears every quarter.
    end : Timestamp
        The as-of date.
    """
    where = "https://example.org/simulated"
    country = models.set_index("model")["developer"]
    vintages = []
    for back in (9, 6, 3, 0):
        when = end - pd.Timedelta(days=round(back * MONTH_DAYS))
        out = models.loc[(models["release_date"] <= when) & ~models["restricted"], "model"]
        scale = INDICES["epoch_eci"]
        value = scale.intercept + scale.per_logit * (ability[out].to_numpy() + rng.normal(0, 0.1, len(out)))
        width = 1.645 * 0.1 * scale.per_logit
        vintages.append(
            pd.DataFrame({"vintage": when, "index": "epoch_eci", "model": out.to_numpy(), "value": value})
            .assign(low=value - width, high=value + width, level=0.9, source="simulated")
        )  # fmt: skip
    first, second = models["model"].iloc[:2]
    public = models["release_date"].where(~models["restricted"])
    frames = {
        "models": models.assign(
            family=None, parent=None, weights="unknown", release_date=public,
            date_precision=np.where(public.isna(), "unknown", "day"), source=where, note=None,
        ),
        # The schema wants a row: the first model is public from its release in any case.
        "access": pd.concat([
            pd.DataFrame({"model": models["model"], "state": np.where(models["restricted"], "trusted", "public"),
                          "from": models["release_date"], "to": None, "source_url": where})
        ]),
        "benchmarks": tests.assign(
            domain="reasoning", access_class="private", ceiling=1.0, release_date=None, link="logit",
            superseded_by=None, saturated_from=None, source_url=where, note=None,
        ),
        "scores": scores.assign(
            source=np.where(scores["developer"], "reports", "simulated"), effort="default", standard_error=None,
            n_items=None, source_class=np.where(scores["developer"], "developer", "independent"),
            evaluator=np.where(scores["developer"], scores["model"].map(country), "nobody"), harness=None,
            adjusted="none", censored="none", published=None, source_url=where,
        ),
        "index_vintages": pd.concat(vintages),
        # Links need the anchors of the display scale, which no world has: a fit leaves them out with a note.
        "links": pd.DataFrame({"model": [first], "reference_model": [second], "difference": 0.0, "sd": 100.0,
                               "scale": "none", "published": end, "source": "simulated", "source_url": where}),
        "claims": pd.DataFrame({"claim_id": ["simulated"], "who": "Nobody", "published": end, "as_of": end,
                                "form": "qualitative", "unit": "months", "scope": "public", "domain": "general",
                                "functional": "unknown", "independence_group": "nobody", "kind": "measurement"}),
        "sources": pd.DataFrame({"source": ["simulated", "reports"], "publisher": "Nobody", "url": where,
                                 "licence": "none", "retrieved": end}),
    }  # fmt: skip
    return {name: frame.reindex(columns=list(TABLES[name])) for name, frame in frames.items()}


def month_readings(posterior: Posterior, *, newest: str) -> dict[str, xr.DataArray]:
    """Draws of every definition that is in months.

    Parameters
    ----------
    newest : str
        The model whose `model_lag` and `first_match_lag` are read, on its own date.

    Returns
    -------
    dict of DataArray, dims (chain, draw); `five_percent_lag` has none
    """
    country = gap.readings(posterior, gap.country_subject(posterior))
    model = gap.readings(posterior, gap.model_subject(posterior, newest))
    return {
        "frontier_lag": country["frontier_lag", "months"],
        "released_lag": country["released_lag", "months"],
        "model_lag": model["model_lag", "months"],
        "first_match_lag": model["first_match_lag", "months"],
        "five_percent_lag": country["five_percent_lag", "months"],
        "catch_up": country["catch_up", "months"],
        "distance_at_leader_pace": country["distance", "months_at_leader_pace"],
        "distance_at_follower_pace": country["distance", "months_at_follower_pace"],
    }
