"""What the tables and the draws say about one model of the follower."""

from __future__ import annotations

import numpy as np
import pandas as pd

from gaplab import gap
from gaplab.data.tables import Tables
from gaplab.gap import summary
from gaplab.posterior import Posterior
from gaplab.units import MONTH_DAYS, SAMPLE

NEIGHBOURS = 10


def model_facts(tables: Tables, posterior: Posterior, model: str) -> pd.Series:
    """What is known of the model without any estimate.

    Returns
    -------
    Series
        model, developer, country, family, weights; date, by the clock of the
        run; n_scores, n_benchmarks, n_sources of its scores; record and p_record: whether,
        and with what probability, it was its country's best on the day it came
        out.
    """
    row = tables.models.set_index("model").loc[model]
    scores = tables.scores[tables.scores["model"] == model]
    return pd.Series({
        "model": model, "developer": row["developer"], "country": row["country"], "family": row["family"],
        "weights": row["weights"], "date": posterior.models.loc[model, "date"], "n_scores": len(scores),
        "n_benchmarks": scores["benchmark"].nunique(), "n_sources": scores["source"].nunique(),
        "record": bool(posterior.models.loc[model, "record"]),
        "p_record": _p_record(posterior, model),
    })  # fmt: skip


def _p_record(posterior: Posterior, model: str) -> float:
    models, ability = posterior.models, posterior.ability
    own = models.loc[model]
    rivals = models.index[(models["country"] == own["country"]) & (models["date"] <= own["date"])]
    best = ability.sel(model=rivals.to_numpy()).max("model")
    return float((ability.sel(model=model) >= best).mean())


def nearest_leader_records(posterior: Posterior, model: str) -> pd.DataFrame:
    """The leader's record models nearest to the model in ability, oldest first, and how the two compare.

    Returns
    -------
    DataFrame
        other, date; months_earlier: from its date to the model's, negative
        when it came later; p_at_least: probability that the model is at least
        as able; p_first: share of draws in which it is the first of the leader
        at or above the model.
    """
    params, models = posterior.params, posterior.models
    theirs = models[(models["country"] == params.leader) & models["record"]]
    subject = gap.model_subject(posterior, model)
    first = gap.first_match_of(posterior.ability, models, subject.ability, leader=params.leader, date=subject.date)
    share = gap.first_match_share(first)
    wins = (subject.ability >= posterior.ability.sel(model=theirs.index.to_numpy())).mean(SAMPLE).to_series()
    table = pd.DataFrame({
        "other": theirs.index,
        "date": theirs["date"].to_numpy(),
        "months_earlier": (subject.date - theirs["date"]).dt.days.to_numpy() / MONTH_DAYS,
        "p_at_least": wins.reindex(theirs.index).to_numpy(),
        "p_first": share.reindex(theirs.index).fillna(0.0).to_numpy(),
    })  # fmt: skip
    apart = summary.median(abs(posterior.ability.sel(model=theirs.index.to_numpy()) - subject.ability))
    nearest = np.argsort(apart.to_numpy(), kind="stable")[:NEIGHBOURS]
    return table.loc[nearest].sort_values("date", ignore_index=True)


def scores_of_model(tables: Tables, posterior: Posterior, model: str) -> pd.DataFrame:
    """Every score of the model, beside the best that a leader model had on the same test.

    Returns
    -------
    DataFrame
        benchmark, domain, link (logit: score is a fraction), source_class,
        evaluator, effort, score; best, best_score: the leader model with the
        highest score among those in the run that were out on the model's date
        (None and NaN where none was tested). By domain and test.
    """
    models = posterior.models
    leaders = models.index[
        (models["country"] == posterior.params.leader) & (models["date"] <= models.loc[model, "date"])
    ]
    theirs = tables.scores[tables.scores["model"].isin(leaders)].sort_values("score")
    best = theirs.drop_duplicates("benchmark", keep="last").set_index("benchmark")[["model", "score"]]
    best = best.rename(columns={"model": "best", "score": "best_score"})
    ours = tables.scores[tables.scores["model"] == model].merge(
        tables.benchmarks[["benchmark", "domain", "link"]], on="benchmark"
    )
    table = ours[["benchmark", "domain", "link", "source_class", "evaluator", "effort", "score"]]
    return table.join(best, on="benchmark").sort_values(["domain", "benchmark", "score"], ignore_index=True)


def comparable_scores(scores: pd.DataFrame) -> pd.DataFrame:
    """Of `scores_of_model`, the highest score of every test in fractions on which the leader was tested too."""
    known = scores[(scores["link"] == "logit") & scores["best_score"].notna()]
    return known.sort_values("score").drop_duplicates("benchmark", keep="last").sort_values(["domain", "benchmark"])
