"""What the tables can carry is part of the health of a run."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pandas as pd
import pytest

from gaplab.data.load import load
from gaplab.fit.table_checks import FEW_MODELS, FEW_SCORES, QUIET_DAYS, STALE_DAYS, scores_by_side, table_checks
from gaplab.params.spec import Params

RUN = Params(as_of=date(2026, 6, 30))


@pytest.fixture(scope="module")
def tables():
    return load(as_of=RUN.as_of)


@pytest.fixture(scope="module")
def models(tables):
    return tables.models.set_index("model")[["country", "release_date"]].rename(columns={"release_date": "date"})


def statuses(tables, params, models):
    return {check.name: check.status for check in table_checks(tables, params, models)}


@pytest.mark.parametrize(("days", "status"), [(STALE_DAYS, "PASS"), (STALE_DAYS + 1, "REVIEW")])
def test_a_day_long_after_the_data_asks_for_review(tables, models, days, status):
    later = replace(tables, as_of=tables.complete + timedelta(days=days))
    assert statuses(later, RUN, models)["tables: days since complete"] == status


def test_scores_are_those_of_the_domain(tables, models):
    cyber = replace(RUN, domain="cyber")
    facts = tables.benchmarks.set_index("benchmark")["domain"]
    own = tables.scores[tables.scores["benchmark"].map(facts) == "cyber"]
    theirs = own[own["model"].map(models["country"]) == "China"]
    counted = scores_by_side(tables, cyber, models).loc["China"]
    assert 0 < counted["scores"] <= len(theirs)
    assert counted["scores"] < scores_by_side(tables, RUN, models).loc["China", "scores"]


@pytest.mark.parametrize(("scores", "status"), [(FEW_SCORES - 1, "REVIEW"), (FEW_SCORES, "PASS")])
def test_few_scores_of_one_side_ask_for_review(tables, models, scores, status):
    theirs = tables.scores["model"].map(models["country"]) == "China"
    usable = tables.scores[theirs & (tables.scores["censored"] == "none")]
    usable = usable[usable["benchmark"].map(tables.benchmarks.set_index("benchmark")["link"]) == "logit"]
    few = usable.drop_duplicates("model").head(scores)
    assert len(few) >= FEW_MODELS
    thin = replace(tables, scores=tables.scores[~theirs | tables.scores.index.isin(few.index)])
    found = statuses(thin, RUN, models)
    assert found["tables: scores of the follower"] == status
    assert found["tables: scores of the leader"] == "PASS"


@pytest.mark.parametrize("days", [QUIET_DAYS, QUIET_DAYS + 1])
def test_a_side_without_new_models_asks_for_review(tables, models, days):
    day = pd.Timestamp(tables.as_of)
    dates = {"US": day, "China": day - pd.Timedelta(days=days)}
    quiet = models.assign(date=models["country"].map(dates))
    found = statuses(tables, RUN, quiet)
    name = "tables: days since a model of the follower"
    assert found.get(name) == ("REVIEW" if days > QUIET_DAYS else None)
    assert "tables: days since a model of the leader" not in found
