"""Biases of scores that can be told apart from ability and difficulty."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from gaplab.models import priors
from gaplab.params.spec import Params

AGENTIC = ("agentic", "software", "cyber")
"""Domains where a score depends on the scaffold around the model, not only on how questions are asked."""


@dataclass(frozen=True)
class Effects:
    """Biases in logits, as columns of a sparse design.

    Attributes
    ----------
    names : Index
    mean, sd : array [effect]
        Of the Normal prior.
    start, index : int arrays
        Effects of score row r are index[start[r]:start[r + 1]].
    """

    names: pd.Index
    mean: np.ndarray
    sd: np.ndarray
    start: np.ndarray
    index: np.ndarray

    def design(self) -> np.ndarray:
        """Dense zeros and ones [row, effect]."""
        matrix = np.zeros((len(self.start) - 1, len(self.names)))
        matrix[np.repeat(np.arange(len(matrix)), np.diff(self.start)), self.index] = 1.0
        return matrix


def effects_of(
    rows: pd.DataFrame, facts: pd.DataFrame, models: pd.DataFrame, params: Params
) -> tuple[Effects, list[str]]:
    """The bias terms that the rows can tell apart from ability and difficulty."""
    ours = (rows["model"].map(models["country"]) == params.follower).to_numpy()
    access = rows["benchmark"].map(facts["access_class"]).to_numpy()
    notes: list[str] = []
    columns: list[tuple[str, np.ndarray, float, float]] = []
    if params.self_reports == "corrected":
        own = _self_reported(rows, models)
        if _pairs(rows, own):
            columns.append(("self_report", own, *priors.SELF_REPORT))
            if _pairs(rows, own & ours):
                columns.append(("self_report_follower", own & ours, 0.0, priors.SELF_REPORT_FOLLOWER_SD))
        elif own.any():
            notes.append(
                f"{int(own.sum())} self-reported scores are taken at face value: no model has the same test both "
                "from its developer and from somebody else, so that the bias cannot be told from the rest."
            )
    if params.public_tests == "modelled":
        public, closed = access == "public", np.isin(access, ("semi_private", "private"))
        if all((group & side).any() for group in (ours, ~ours) for side in (public, closed)):
            columns.append(("public_test_follower", ours & public, 0.0, priors.PUBLIC_TEST_FOLLOWER_SD))
        elif ours.any():
            notes.append("The follower's advantage on public tests is not estimated: one side lacks such scores.")
    if params.harnesses == "modelled":
        domain = rows["benchmark"].map(facts["domain"])
        for name, column in _unusual_harnesses(rows):
            sd = priors.HARNESS_SD["agentic" if domain[column].isin(AGENTIC).any() else "other"]
            columns.append((name, column, 0.0, sd))

    names, members, mean, sd = (list(part) for part in zip(*columns, strict=True)) if columns else ([],) * 4
    design = np.array(members, bool).T.reshape(len(rows), len(names))
    effects = Effects(
        names=pd.Index(names, name="effect", dtype=object),
        mean=np.array(mean, float),
        sd=np.array(sd, float),
        start=np.concatenate([[0], np.cumsum(design.sum(axis=1))]).astype(int),
        index=np.nonzero(design)[1],
    )
    return effects, notes


def _self_reported(rows: pd.DataFrame, models: pd.DataFrame) -> np.ndarray:
    """Whether the evaluator is (one of) the model's own developers."""
    developers = rows["model"].map(models["developer"])
    named = [
        isinstance(evaluator, str) and evaluator in str(developer)
        for evaluator, developer in zip(rows["evaluator"], developers, strict=True)
    ]
    return np.array(named, bool) & (rows["source_class"] == "developer").to_numpy()


def _pairs(rows: pd.DataFrame, flag: np.ndarray) -> bool:
    """Whether some model has one test both with and without the flag: what tells a bias from ability and difficulty."""
    share = pd.Series(flag, rows.index).groupby([rows["model"], rows["benchmark"]]).mean()
    return bool(((share > 0) & (share < 1)).any())


def _unusual_harnesses(rows: pd.DataFrame) -> list[tuple[str, np.ndarray]]:
    """A column for each test run in another harness than its usual one, on some model in both."""
    harness = rows["harness"].fillna("unnamed").to_numpy(str)
    test = rows["benchmark"].to_numpy(str)
    counts = pd.Series(1, index=pd.MultiIndex.from_arrays([test, harness])).groupby(level=[0, 1]).sum()
    columns = []
    for name, group in counts.groupby(level=0):
        unusual = group.droplevel(0).sort_index().sort_values(ascending=False, kind="stable").index[1:]
        for other in sorted(unusual):
            column = (test == name) & (harness == other)
            if _pairs(rows, column):
                columns.append((f"harness: {name} in {other}", column))
    return columns
