"""What changed between two dates: the numbers on both, and the new scores that moved them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from gaplab.data.tables import Tables
from gaplab.params.spec import Params
from gaplab.posterior import Posterior

_SCORE = ["model", "benchmark", "source", "effort", "score"]


def earlier_run(params: Params) -> Params:
    """The same run on the earlier date."""
    return replace(params, as_of=params.since, since=None, variant="full")


def numbers_on_both_dates(then: pd.DataFrame, now: pd.DataFrame, prob: str) -> pd.DataFrame:
    """Every number of the country on both dates.

    Parameters
    ----------
    then, now : DataFrame
        What `tables.gap_table` gives for the two runs.
    prob : str
        The interval to keep, in percent as in the names of its columns.

    Returns
    -------
    DataFrame
        definition, unit; then, then_lower, then_upper and the same for now;
        change, of the two middle estimates, NaN where one has none.
    """
    key = ["definition", "unit"]
    sides = {}
    for name, table in (("then", then), ("now", now)):
        country = table[table["subject"] == table["follower"]].drop_duplicates(key).set_index(key)
        columns = {"median": name, f"lower_{prob}": f"{name}_lower", f"upper_{prob}": f"{name}_upper"}
        sides[name] = country[list(columns)].rename(columns=columns)
    both = sides["then"].join(sides["now"], how="inner")
    change = (both["now"] - both["then"]).where(np.isfinite(both["now"]) & np.isfinite(both["then"]))
    return both.assign(change=change.round(4)).reset_index()


def newly_scored_models(then: Tables, now: Tables, posterior: Posterior) -> pd.DataFrame:
    """The models with scores that the earlier run did not know.

    Parameters
    ----------
    then, now : Tables
        The data of the two runs.
    posterior : Posterior
        Of the later run; only its models can have moved it.

    Returns
    -------
    DataFrame
        model, country, date; scores: how many are new; tests: on how many;
        released: whether the model came out since. Newest first.
    """
    known = pd.MultiIndex.from_frame(then.scores[_SCORE])
    fresh = now.scores[~pd.MultiIndex.from_frame(now.scores[_SCORE]).isin(known)]
    fresh = fresh[fresh["model"].isin(posterior.models.index)]
    counted = fresh.groupby("model").agg(scores=("score", "size"), tests=("benchmark", "nunique"))
    table = posterior.models[["country", "date"]].join(counted, how="inner")
    table["released"] = table["date"] > pd.Timestamp(then.as_of)
    return table.rename_axis("model").reset_index().sort_values(["date", "model"], ascending=False, ignore_index=True)
