"""What changed between two dates: the numbers on both, and the new scores that moved them."""

from __future__ import annotations

from collections.abc import Iterable
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


def run_of_the_day(params: Params) -> Params:
    """The same run as it could be made on the earlier date: only scores that had been published by then."""
    return replace(earlier_run(params), knowledge="real_time")


def steps(read: pd.DataFrame, moved: pd.DataFrame, definitions: Iterable[str]) -> pd.DataFrame:
    """What moved each number, in two steps that add up.

    Parameters
    ----------
    read : DataFrame
        What `gap_table` gives for `run_of_the_day`.
    moved : DataFrame
        What `numbers_on_both_dates` gives.
    definitions : iterable of str
        Which numbers, in this order; all in months.

    Returns
    -------
    DataFrame
        definition; read: on the earlier date; revised: by what is known since of the models of then; then: the
        earlier date as it is read now; since: by new models and the time that passed; now. One without a number on
        every date is left out.
    """
    key, rows = ["definition", "unit"], []
    was = read[read["subject"] == read["follower"]].drop_duplicates(key).set_index(key)["median"]
    both = moved.set_index(key)
    for name in definitions:
        at = (name, "months")
        if at in was.index and at in both.index:
            rows.append((name, was[at], both.loc[at, "then"], both.loc[at, "now"]))
    table = pd.DataFrame(rows, columns=["definition", "read", "then", "now"])
    table = table[np.isfinite(table[["read", "then", "now"]]).all(axis=1)].reset_index(drop=True)
    table = table.assign(revised=table["then"] - table["read"], since=table["now"] - table["then"]).round(4)
    return table[["definition", "read", "revised", "then", "since", "now"]]


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
