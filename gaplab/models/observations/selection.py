"""Which scores count."""

from __future__ import annotations

import pandas as pd

from gaplab.params.spec import Params


def usable(rows: pd.DataFrame, facts: pd.DataFrame, params: Params) -> pd.Series:
    """Whether the ability model of a run can use a score: a fraction or a horizon, of a source and a test that count.

    Parameters
    ----------
    rows : DataFrame
        Of scores.csv.
    facts : DataFrame, indexed by benchmark
        benchmarks.csv.
    params : Params
        `sources`, `benchmarks` and `task_horizons`.

    Returns
    -------
    Series of bool
    """
    link = rows["benchmark"].map(facts["link"])
    counts = (link == "logit") & (rows["censored"] == "none")
    if params.task_horizons == "used":
        counts |= link == "log2_minutes"
    return counts & _asked(rows, facts, params)


def _asked(rows: pd.DataFrame, facts: pd.DataFrame, params: Params) -> pd.Series:
    """Whether the run asks for the source and the test of a score."""
    asked = pd.Series(True, rows.index)
    if params.sources != "all":
        asked &= rows["source_class"] == params.sources
    if params.benchmarks != "all":
        wanted = ("public",) if params.benchmarks == "public" else ("semi_private", "private")
        asked &= rows["benchmark"].map(facts["access_class"]).isin(wanted)
    return asked


def chosen(
    scores: pd.DataFrame, facts: pd.DataFrame, first: pd.Series, params: Params
) -> tuple[pd.DataFrame, list[str]]:
    """The rows that the run asks for, sorted, with lines on what was left out."""
    notes = []
    rows = scores[_asked(scores, facts, params)]
    twice = _superseded(rows, facts["superseded_by"], facts["link"], params)
    if twice.any():
        names = ", ".join(sorted(rows.loc[twice, "benchmark"].unique()))
        notes.append(f"{int(twice.sum())} scores of tests whose successor the model took too are not counted: {names}.")
    dated = rows["model"].map(first).notna()
    if not dated.all():
        notes.append(f"Without any date, left out: {', '.join(sorted(rows.loc[~dated, 'model'].unique()))}.")
    return rows[dated & ~twice].sort_values(["model", "benchmark", "source", "effort"], kind="stable"), notes


def _superseded(rows: pd.DataFrame, successor: pd.Series, link: pd.Series, params: Params) -> pd.Series:
    """Whether the same model also has the test that replaces this one: they share items."""
    usable = rows if params.task_horizons == "used" else rows[rows["benchmark"].map(link) == "logit"]
    taken = set(zip(usable["model"], usable["benchmark"], strict=True))
    newer = rows["benchmark"].map(successor)
    return pd.Series([pair in taken for pair in zip(rows["model"], newer, strict=True)], rows.index, dtype=bool)
