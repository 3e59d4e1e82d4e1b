"""The lag on single tests in words and cells."""

from __future__ import annotations

import numpy as np
import pandas as pd

from gaplab.params.spec import Params
from gaplab.report.text.names import country_name, models_of
from gaplab.report.text.numbers import format_months, format_number


def lag_cell(row: pd.Series) -> str:
    """The months of one test: 4.3, at least 4.3 as ≥ 4.3, or ahead."""
    return "ahead" if row["ahead"] else f"{'≥ ' if row['at_least'] else ''}{format_number(row['months'])}"


def by_test_sentences(summary: pd.DataFrame, recent: pd.DataFrame, params: Params) -> str:
    """How many tests there are, the middle lag, and on how many the follower or its model is ahead.

    Parameters
    ----------
    summary, recent : DataFrame
        `lag_by_test_summary` of all scores and of those of the last twelve months.
    """
    leader, follower = country_name(params.leader), country_name(params.follower)
    whole = summary.iloc[0]
    ahead = f"{follower} is ahead on {whole['ahead'] or 'none'} of them ({100 * whole['share_ahead']:.0f}%)"
    text = (
        f"{whole['tests']} tests were taken by at least three {models_of(params.leader)} and one "
        f"{models_of(params.follower, 'model')}. On the middle one "
        f"{_standing(whole, f'{follower}’s best score', leader)}; {ahead}."
    )
    fresh = recent[recent["subject"] == params.follower]
    if len(fresh) and fresh.iloc[0]["tests"] < whole["tests"] and np.isfinite(fresh.iloc[0]["median_months"]):
        middle = format_months(fresh.iloc[0]["median_months"])
        text += f" On the {fresh.iloc[0]['tests']} where that score is of the last twelve months it is {middle}."
    for _, each in summary.iloc[1:].iterrows() if len(summary) <= 3 else ():
        text += (
            f" {each['subject']} took {each['tests']} of them: on the middle one "
            f"{_standing(each, 'its score', leader)}, and it is ahead on {each['ahead'] or 'none'}."
        )
    return text


def _standing(row: pd.Series, score: str, leader: str) -> str:
    months = row["median_months"]
    if not np.isfinite(months):
        return f"{leader} does not have {score} yet"
    return f"{leader} had {score} {format_months(abs(months))} {'earlier' if months >= 0 else 'later'}"
