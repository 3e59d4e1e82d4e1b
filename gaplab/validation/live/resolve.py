"""The live record scored: what has come due against the tables of today, and how often intervals held."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from gaplab import gap
from gaplab.fit import runs
from gaplab.gap import summary
from gaplab.gap.frontiers import best_released
from gaplab.params.spec import Params
from gaplab.places import RECORD
from gaplab.validation import baselines, scoring
from gaplab.validation.backtest.forecasts import outcome_of
from gaplab.validation.live import chain
from gaplab.validation.live.answers import ANSWERS, Query, Sources
from gaplab.validation.live.release import COLUMNS, DECIMALS, ISSUED, LEVELS, OURS, QUANTILES
from gaplab.validation.live.wording import YES
from gaplab.write import replace_file

RESOLVED, BACKFILLED = "resolved.csv", "backfilled.csv"
INTERVALS = {50: ("q0.25", "q0.75"), 80: ("q0.1", "q0.9"), 95: ("q0.025", "q0.975")}
KEPT = (
    "release", "issued", "data_day", "kind", "target", "subject", "threshold", "scope", "forecaster",
    "horizon_months", "target_day", "unit",
)  # fmt: skip
"""Columns of an issued row that its resolved row repeats."""
RESOLVED_COLUMNS = (
    "row", *KEPT, "said", "outcome", "crps", *(f"inside_{level}" for level in INTERVALS), "resolved_on", "data_hash",
)  # fmt: skip
_PROBABILITIES = (np.arange(200) + 0.5) / 200


def resolve(params: Params, folder: Path = RECORD, *, progress: bool = False) -> pd.DataFrame:
    """Score what has come due and has no score yet, and add it to resolved.csv.

    Parameters
    ----------
    params : Params
        The default run, but for the folder of the data; its tables and its
        posterior are what forecasts are held against.
    folder : Path
        Of the record.
    progress : bool
        Show bars on the terminal.

    Returns
    -------
    DataFrame
        The new rows, with `RESOLVED_COLUMNS`; `row` is the hash of the issued
        one. What has no outcome in these tables stays due.

    Raises
    ------
    GaplabError
        The record was changed.
    """
    issued, before = chain.read(folder / ISSUED, COLUMNS), resolved(folder)
    tables = runs.tables_of(params)
    todo = due(issued, f"{min(tables.complete, params.as_of)}")
    todo = todo[~todo["hash"].isin(before["row"])]
    known = Sources(tables, params, progress=progress)
    rows = [row for each in todo.to_dict("records") if (row := _scored(each, known)) is not None]
    table = pd.DataFrame(rows, columns=list(RESOLVED_COLUMNS))
    if len(table) or not (folder / RESOLVED).is_file():
        replace_file(folder / RESOLVED, pd.concat([before, table.astype(str)]).to_csv(index=False, lineterminator="\n"))
    return table


def due(issued: pd.DataFrame, day: str) -> pd.DataFrame:
    """The issued rows whose outcome tables that are complete to a day can tell.

    Parameters
    ----------
    day : str
        YYYY-MM-DD.
    """
    return issued[issued["due"] <= day]


def resolved(folder: Path = RECORD) -> pd.DataFrame:
    """The rows of resolved.csv as text; none where there is no file."""
    path = folder / RESOLVED
    if not path.is_file():
        return pd.DataFrame(columns=list(RESOLVED_COLUMNS), dtype=str)
    return pd.read_csv(path, dtype=str, keep_default_na=False)


def _scored(row: dict[str, str], known: Sources) -> dict | None:
    """The score of one issued row; None where the tables have no outcome."""
    came = round(_outcome(row, known), DECIMALS)
    if not np.isfinite(came):
        return None
    if row["unit"] == YES:
        forecast = float(row["probability"])
        inside, score = dict.fromkeys(INTERVALS, ""), scoring.brier(forecast, bool(came))
    else:
        values = {name: float(row[name]) for name in QUANTILES}
        forecast = values["q0.5"]
        inside = {level: values[low] <= came <= values[high] for level, (low, high) in INTERVALS.items()}
        score = float(scoring.crps(np.interp(_PROBABILITIES, LEVELS, list(values.values())), came))
    tables = known.tables
    return {
        "row": row["hash"], **{name: row[name] for name in KEPT}, "said": forecast, "outcome": came,
        "crps": round(score, DECIMALS), **{f"inside_{level}": held for level, held in inside.items()},
        "resolved_on": f"{known.params.as_of}", "data_hash": tables.hash[:16],
    }  # fmt: skip


def _outcome(row: dict[str, str], known: Sources) -> float:
    start, day = pd.Timestamp(row["start"]), pd.Timestamp(row["target_day"])
    if row["kind"] == "question":
        threshold = float(row["threshold"] or np.nan)
        return ANSWERS[row["target"]](known, Query(row["target"], row["subject"], threshold, start, day))
    if row["kind"] == "reading":
        return _read_again(row, known, day)
    return outcome_of(known.posterior, row["target"], start, int(row["horizon_months"]), row["subject"])


def _read_again(row: dict[str, str], known: Sources, day: pd.Timestamp) -> float:
    """The median that the posterior of today has for a reading of an earlier day."""
    params = known.params
    posterior = known.of_scope(row["scope"])
    if row["subject"] == params.follower:
        best = best_released(posterior.ability, posterior.models, country=params.follower, date=day)
        subject = gap.Subject(params.follower, day, best)
    elif row["subject"] in posterior.models.index:
        subject = gap.model_subject(posterior, row["subject"])
    else:
        return np.nan
    draws = gap.readings(posterior, subject).get((row["target"], row["unit"]))
    if draws is None:
        return np.nan
    middle = summary.middle(draws) if "draw" in draws.dims else float(draws)
    return float(scoring.bounded(middle)) if row["unit"].startswith("months") else middle


def summary_of(params: Params, folder: Path = RECORD) -> pd.DataFrame:
    """`live_summary` of what a record said from data up to the as-of date of a run, and of what was resolved by then.

    Parameters
    ----------
    folder : Path
        Of the record.
    """
    day, issued, scored = f"{params.as_of}", chain.read(folder / ISSUED, COLUMNS), resolved(folder)
    return live_summary(issued[issued["data_day"] <= day], scored[scored["resolved_on"] <= day], day)


@dataclass(frozen=True)
class Period:
    """What came due between two days.

    Attributes
    ----------
    came_due : DataFrame
        Issued rows of every forecaster, as text.
    scored : DataFrame
        The resolved ones of them.
    following : str
        The day on which the next of ours comes due, YYYY-MM-DD; "" where none does.
    """

    came_due: pd.DataFrame
    scored: pd.DataFrame
    following: str

    @property
    def ours(self) -> pd.DataFrame:
        """Our rows that came due, with said, outcome, crps and inside_80 of those that have an outcome; else NaN."""
        mine = self.came_due[self.came_due["forecaster"] == OURS]
        scores = self.scored[["row", "said", "outcome", "crps", "inside_80"]]
        return mine.merge(scores, left_on="hash", right_on="row", how="left")


def came_due(since: date, day: date, folder: Path = RECORD) -> Period:
    """What a record said from data up to a day, of which the outcome came due after `since` and by that day.

    Parameters
    ----------
    since, day : date
    folder : Path
        Of the record.

    Raises
    ------
    GaplabError
        The record was changed.
    """
    issued, scored = chain.read(folder / ISSUED, COLUMNS), resolved(folder)
    issued = issued[issued["data_day"] <= f"{day}"]
    rows = issued[(issued["due"] > f"{since}") & (issued["due"] <= f"{day}")]
    later = issued.loc[(issued["forecaster"] == OURS) & (issued["due"] > f"{day}"), "due"]
    scored = scored[scored["row"].isin(rows["hash"]) & (scored["resolved_on"] <= f"{day}")]
    return Period(rows, scored, later.min() if len(later) else "")


def live_summary(issued: pd.DataFrame, scored: pd.DataFrame, day: str) -> pd.DataFrame:
    """Issued, due and resolved rows of ours, with coverage, and the error beside the simple forecasts'.

    Parameters
    ----------
    issued, scored : DataFrame
        What `chain.read` and `resolved` give.
    day : str
        To which the tables are complete, YYYY-MM-DD.

    Returns
    -------
    DataFrame
        kind; issued, due, resolved: counts of our rows; held_80: share of
        outcomes inside our 80% intervals; crps: our mean score; simple: the
        mean score of the best of the simple forecasts of the same things, and
        simple_is, its name. NaN and "" where nothing is resolved. Probability
        units for questions of yes or no, the unit of the target for others.
    """
    rows = []
    ours = issued[issued["forecaster"] == OURS]
    kinds = ours["kind"] + np.where(ours["unit"] == YES, ", yes or no", "")
    for kind in kinds.unique():
        mine = ours[kinds == kind]
        done = scored[scored["row"].isin(mine["hash"])]
        inside = done["inside_80"].replace("", np.nan).dropna()
        best, error = _best_simple(scored, done)
        rows.append({
            "kind": kind, "issued": len(mine), "due": len(due(mine, day)), "resolved": len(done),
            "held_80": (inside == "True").mean() if len(inside) else np.nan,
            "crps": done["crps"].astype(float).mean(), "simple": error, "simple_is": best,
        })  # fmt: skip
    columns = ["kind", "issued", "due", "resolved", "held_80", "crps", "simple", "simple_is"]
    return pd.DataFrame(rows, columns=columns)


def _best_simple(scored: pd.DataFrame, done: pd.DataFrame) -> tuple[str, float]:
    """The simple forecaster with the smallest mean score over the same targets, and that score."""
    key = ["release", "kind", "target", "subject", "threshold", "target_day"]
    others = scored[scored["forecaster"] != OURS].merge(done[key].drop_duplicates(), on=key)
    if others.empty:
        return "", np.nan
    means = others["crps"].astype(float).groupby(others["forecaster"]).mean()
    return str(means.idxmin()), float(means.min())


def backfill(backtest: pd.DataFrame) -> pd.DataFrame:
    """Forecasts on past vintages with their scores, from the back-test: what was not issued then, and says so.

    Parameters
    ----------
    backtest : DataFrame
        backtest.csv; only its real origins count, which knew the vintage of
        their day.

    Returns
    -------
    DataFrame
        label ("backfilled"), data_day, target, subject, forecaster,
        horizon_months, median, the ends of the 80% interval, outcome, crps,
        inside_80.
    """
    rows = backtest[(backtest["kind"] == "real") & backtest["forecaster"].isin([OURS, *baselines.NAMES])]
    table = rows.rename(columns={"origin": "data_day"})[
        ["data_day", "target", "subject", "forecaster", "horizon_months", "median", "lower_80", "upper_80", "outcome",
         "crps"]
    ]  # fmt: skip
    inside = table["outcome"].between(table["lower_80"], table["upper_80"])
    table = table.assign(inside_80=inside)
    table.insert(0, "label", "backfilled")
    return table.reset_index(drop=True)
