"""Small worlds for the definitions and kernels of both stages."""

import dataclasses

import numpy as np
import pandas as pd

from gaplab.models.frontier.knots import interpolation, knots, steps
from gaplab.models.readings import GaussianAbilities
from gaplab.params.spec import Params
from support.worlds import smooth

RUN = Params(leader="Leader", follower="Follower")


def world(seed=3):
    """A small world with bounds, two harnesses, self-reports, horizons and a link."""
    tables = smooth(seed, models_per_country=12, benchmarks=6, scores_per_model=4).tables
    models, scores, benchmarks = tables.models.copy(), tables.scores.copy(), tables.benchmarks.copy()
    renamed = {"Leader 000": "Claude 3.5 Sonnet", "Leader 001": "GPT-5"}
    models["model"], scores["model"] = models["model"].replace(renamed), scores["model"].replace(renamed)
    benchmarks["access_class"] = ["public", "private"] * 3
    benchmarks["domain"] = ["cyber", "cyber", "agentic", "cyber", "agentic", "science"]
    scores.loc[[0, 1], "score"] = 0.0
    scores.loc[2, "score"] = 1.0
    scores.loc[[3, 4], "adjusted"] = "chance"
    scores.loc[3, "score"] = 0.0
    again = scores.iloc[5:12].assign(source="agency", harness="Other", source_class="government")
    own = scores.iloc[[20, 60, 70]].assign(source="paper", source_class="developer")
    own["evaluator"] = own["model"].map(models.set_index("model")["developer"])
    minutes = pd.DataFrame(
        {"benchmark": ["Horizon"], "domain": "agentic", "access_class": "private", "link": "log2_minutes"}
    )
    long = scores.iloc[[5, 30, 50, 80]].assign(benchmark="Horizon", score=[16.0, 60.0, 9.0, 960.0], standard_error=0.3)
    long["censored"] = ["none", "none", "none", "lower"]
    links = pd.DataFrame({"model": ["Leader 002"], "reference_model": ["Leader 003"], "difference": [8.0], "sd": [2.0]})
    access = tables.access.assign(model=tables.access["model"].replace(renamed))
    return dataclasses.replace(
        tables,
        models=models,
        access=access,
        scores=pd.concat([scores, again, own, long], ignore_index=True),
        benchmarks=pd.concat([benchmarks, minutes], ignore_index=True),
        links=links,
    )


def frontier_inputs(seed=5, factors=2):
    rng = np.random.default_rng(seed)
    country = np.repeat([0, 1], 8)
    dates = pd.Series(pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 700, 16), unit="D"))
    dates_of_knots = knots(dates.min(), pd.Timestamp("2026-01-01").date(), 3.0)
    readings = GaussianAbilities(
        pd.Index(range(16)), rng.normal(0, 1, 16), rng.uniform(0.05, 0.4, 16), rng.normal(0, 0.2, (16, factors))
    )
    return readings, country, interpolation(dates_of_knots, dates), steps(dates_of_knots)
