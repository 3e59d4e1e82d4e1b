"""Which scores count."""

from __future__ import annotations

import pandas as pd

from gaplab.params.reading import names_in
from gaplab.params.spec import Params

_ACCESS = {"public": ("public",), "non_public": ("semi_private", "private"), "uncontaminated": ("private",)}


def usable(rows: pd.DataFrame, facts: pd.DataFrame, first: pd.Series, params: Params) -> pd.Series:
    """Whether the ability model of a run can use a score: a fraction or a horizon, of a source and a test that count.

    Parameters
    ----------
    rows : DataFrame
        Of scores.csv.
    facts : DataFrame, indexed by benchmark
        benchmarks.csv.
    first : Series of Timestamp, indexed by model
        First day of each model in any state of access.
    params : Params
        `sources`, `benchmarks`, `tests`, `without` and `task_horizons`.

    Returns
    -------
    Series of bool
    """
    link = rows["benchmark"].map(facts["link"])
    counts = (link == "logit") & (rows["censored"] == "none")
    if params.task_horizons == "used":
        counts |= link == "log2_minutes"
    return counts & asked(rows, facts, first, params)


def asked(rows: pd.DataFrame, facts: pd.DataFrame, first: pd.Series, params: Params) -> pd.Series:
    """Whether the run asks for the source and the test of a score."""
    asked = pd.Series(True, rows.index)
    if params.sources != "all":
        asked &= rows["source_class"] == params.sources
    if params.benchmarks != "all":
        asked &= rows["benchmark"].map(facts["access_class"]).isin(_ACCESS[params.benchmarks]) | (
            (params.benchmarks == "uncontaminated")
            & (rows["benchmark"].map(facts["release_date"]) > rows["model"].map(first))
        )
    if params.tests != "all":
        asked &= rows["benchmark"].isin(names_in(params.tests))
    return asked & ~rows["benchmark"].isin(names_in(params.without))


def chosen(
    scores: pd.DataFrame, facts: pd.DataFrame, first: pd.Series, params: Params
) -> tuple[pd.DataFrame, list[str]]:
    """The rows that the run asks for, sorted, with lines on what was left out."""
    rows = scores[asked(scores, facts, first, params)]
    notes = _choice(scores, rows, params)
    twice = _superseded(rows, facts["superseded_by"], facts["link"], params)
    if twice.any():
        names = ", ".join(sorted(rows.loc[twice, "benchmark"].unique()))
        notes.append(f"{int(twice.sum())} scores of tests whose successor the model took too are not counted: {names}.")
    dated = rows["model"].map(first).notna()
    if not dated.all():
        notes.append(f"Without any date, left out: {', '.join(sorted(rows.loc[~dated, 'model'].unique()))}.")
    return rows[dated & ~twice].sort_values(["model", "benchmark", "source", "effort"], kind="stable"), notes


def _choice(scores: pd.DataFrame, rows: pd.DataFrame, params: Params) -> list[str]:
    """A line on the choice of sources and tests, when a run makes one."""
    names = ("sources", "benchmarks", "tests", "without")
    made = [f"{name}={getattr(params, name)}" for name in names if getattr(params, name) not in ("all", "none")]
    counted = rows["benchmark"].nunique()
    line = f"By choice ({', '.join(made)}) {len(rows):,} of {len(scores):,} scores count, of {counted} tests."
    return [line] if made else []


def _superseded(rows: pd.DataFrame, successor: pd.Series, link: pd.Series, params: Params) -> pd.Series:
    """Whether the same model also has the test that replaces this one: they share items."""
    usable = rows if params.task_horizons == "used" else rows[rows["benchmark"].map(link) == "logit"]
    taken = set(zip(usable["model"], usable["benchmark"], strict=True))
    newer = rows["benchmark"].map(successor)
    return pd.Series([pair in taken for pair in zip(rows["model"], newer, strict=True)], rows.index, dtype=bool)
