"""Leave-one-out: the headline numbers without each model, each much-used test and each much-used source."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from gaplab.errors import GaplabError
from gaplab.fit import runs
from gaplab.params.spec import Params
from gaplab.questions import influence
from gaplab.results.revisions import headline_definition
from gaplab.validation import jobs

FEWEST = 50
"""A test or a source with fewer scores is not left out: a fit for each takes most of a minute."""
REFITS = 20
"""At most so many models for which the weights fail are fitted without."""


def run(
    params: Params, *, fewest: int = FEWEST, refits: int = REFITS, workers: jobs.Workers = 1, progress: bool = False
) -> pd.DataFrame:
    """Every headline number without each model, much-used test and much-used source.

    Parameters
    ----------
    fewest : int
        Scores that a test or a source must have to be left out.
    refits : int
        Most fits for models whose weights fail.

    Returns
    -------
    DataFrame
        by (model, benchmark or source), left_out, scores, then as
        `influence.by_model`; within each kind the largest shift of the lag from
        frontier to frontier first. The method is "not enough data" where too
        little is left for a fit, and `health` says why.
    """
    tables = runs.tables_of(params)
    counts = {by: tables.scores[by].value_counts() for by in ("model", "benchmark", "source")}
    todo = [{"by": "model", "name": "", "settings": params.as_strings(), "refits": refits}]
    for by in ("benchmark", "source"):
        used = counts[by].index[counts[by] >= fewest]
        todo += [{"by": by, "name": name, "settings": params.as_strings(), "refits": 0} for name in used]
    found = jobs.run(refit_one, todo, key={"data": tables.hash}, workers=workers, progress=progress)
    parts = []
    for by, count in counts.items():
        rows = [row for job, rows in zip(todo, found, strict=True) if job["by"] == by for row in rows]
        part = influence.ranked(pd.DataFrame(rows, columns=influence.COLUMNS))
        scores = part["left_out"].map(count).fillna(0).astype(int)
        part.insert(0, "by", by)
        part.insert(2, "scores", scores)
        parts.append(part)
    return pd.concat(parts, ignore_index=True)


def refit_one(by: str, name: str, settings: Mapping[str, Any], refits: int) -> list[dict[str, Any]]:
    """Rows of `run` for one test or source, or for all models.

    Parameters
    ----------
    by : str
        model, benchmark or source.
    name : str
        What is left out; of no meaning for models.
    settings : mapping
        The run.
    refits : int
        Most fits for models whose weights fail.
    """
    params = Params(**settings)
    tables = runs.tables_of(params)
    if by == "model":
        found = influence.by_model(tables, params, refits=refits)
    else:
        try:
            found = influence.by_refit(tables, params, by=by, names=[name])
        except GaplabError as error:
            return [_nothing(name, number, error.problems[0]) for number in influence.NUMBERS]
    return found.to_dict("records")


def _nothing(name: str, number: str, why: str) -> dict[str, Any]:
    """The row of what leaves too little for a fit."""
    none = dict.fromkeys(influence.COLUMNS[2:-2], np.nan)
    return {"left_out": name, "number": number} | none | {"method": "not enough data", "health": why}


def ranking(table: pd.DataFrame) -> pd.DataFrame:
    """The first number without each thing left out, the largest shift first.

    A source with a test of its own is the same scores under two names, and the
    same fit: it is here once, as a test.

    Parameters
    ----------
    table : DataFrame
        What `run` gives.
    """
    rows = table[(table["number"] == headline_definition()) & table["shift"].notna()]
    fitted = rows[rows["by"] != "model"]
    again = fitted.index[fitted.duplicated(["scores", "months_without", "error"])]
    return rows.drop(again).sort_values("shift", key=abs, ascending=False, kind="stable").reset_index(drop=True)
