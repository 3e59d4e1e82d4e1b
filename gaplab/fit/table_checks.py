"""Checks of whether the tables suffice for a run: how old they are on its day, and how many scores each side has."""

from __future__ import annotations

import pandas as pd

from gaplab.data.tables import Tables
from gaplab.models.observations.selection import usable
from gaplab.params.spec import Params
from gaplab.posterior import Check

STALE_DAYS = 60
FEW_SCORES, FEW_MODELS = 10, 5
QUIET_DAYS = 365
"""Without a new model for longer than that, a side's frontier is nearly all extrapolation."""


def age_in_days(tables: Tables) -> int:
    """Days from the last one of which the tables know everything to the as-of date; 0 where they reach it."""
    return max(0, (tables.as_of - tables.complete).days)


def scores_read(tables: Tables, params: Params) -> pd.DataFrame:
    """Rows of scores.csv that our own ruler reads in a run, with the domain of their test."""

    def read() -> pd.DataFrame:
        facts = tables.benchmarks.set_index("benchmark")
        first = tables.access.groupby("model")["from"].min()
        rows = tables.scores[usable(tables.scores, facts, first, params)]
        return rows.assign(domain=rows["benchmark"].map(facts["domain"]))

    choice = ("sources", "benchmarks", "tests", "without", "task_horizons")
    return tables.once(("scores read", *(getattr(params, name) for name in choice)), read)


def scores_by_side(tables: Tables, params: Params, models: pd.DataFrame) -> pd.DataFrame:
    """How many scores a run reads of how many models of each side, in its domain.

    Returns
    -------
    DataFrame indexed by country
        scores, models; leader first. Of an index, its newest value of each model.
    """
    scores = scores_read(tables, params) if params.ruler == "ability" else models.reset_index()[["model"]]
    if params.domain != "all":
        scores = scores[scores["domain"] == params.domain]
    country = scores["model"].map(models["country"]).dropna()
    once = country[~scores.loc[country.index, "model"].duplicated()]
    counted = pd.DataFrame({"scores": country.value_counts(), "models": once.value_counts()})
    return counted.reindex([params.leader, params.follower]).fillna(0).astype(int).rename_axis("country")


def table_checks(tables: Tables, params: Params, models: pd.DataFrame) -> tuple[Check, ...]:
    """Checks of the tables of a run, in the form of the checks of its sampler.

    Parameters
    ----------
    models : DataFrame indexed by model, with country and date
        Those that the run admits.

    Returns
    -------
    tuple of Check
        That a side has had no new model for long is among them only where it is so.
    """
    age = age_in_days(tables)
    old = (
        f"The tables are complete up to {tables.complete.day} {tables.complete:%B %Y}: what is said of the {age} days "
        "since then is extrapolated. Import newer data."
    )
    found = [Check("tables: days since complete", float(age), f"at most {STALE_DAYS}", _status(age <= STALE_DAYS), old)]
    sides = scores_by_side(tables, params, models).to_dict("index")
    for role, (country, row) in zip(("leader", "follower"), sides.items(), strict=True):
        least = {"scores": FEW_SCORES, "models": FEW_MODELS} if params.ruler == "ability" else {"models": FEW_MODELS}
        enough = all(row[what] >= number for what, number in least.items())
        counted = f"{row['scores']} scores of {row['models']} models"
        where = "" if params.domain == "all" else f" in {params.domain}"
        few = (
            f"Of the {role} only {counted} are known{where}: the number says little, and its interval does not show "
            "all that is unknown."
        )
        asked = " of ".join(f"{number} {what}" for what, number in least.items())
        found.append(
            Check(f"tables: scores of the {role}", float(row["scores"]), f"at least {asked}", _status(enough), few)
        )
        newest = models.loc[models["country"] == country, "date"].max()
        quiet = (pd.Timestamp(tables.as_of) - newest).days
        if quiet > QUIET_DAYS:
            why = (
                f"No new model of the {role} is known since {newest.day} {newest:%B %Y}: its frontier is extrapolated."
            )
            found.append(Check(f"tables: days since a model of the {role}", float(quiet), f"at most {QUIET_DAYS}",
                               _status(met=False), why))  # fmt: skip
    return tuple(found)


def _status(met: bool) -> str:
    return "PASS" if met else "REVIEW"
