"""The questions of a vintage, chosen by a rule, with what the forecast and the simple forecast say of each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from gaplab.outlook.forecast import Forecast
from gaplab.posterior import Posterior
from gaplab.results.listed import catch_up_targets
from gaplab.units import SAMPLE
from gaplab.validation import scoring
from gaplab.validation.live.answers import Query, Sources, as_today, best_index
from gaplab.validation.live.future import FutureDraws
from gaplab.validation.live.wording import WORDING

_SOONEST = pd.Timedelta(days=30)
_INDEX_STEPS = (2, 4, 7)
"""Points above the follower's best of now."""
_LAGS = (6, 9, 12)
_GOALS = 3


@dataclass(frozen=True)
class Question:
    """One question of a vintage with two forecasts of its answer.

    Attributes
    ----------
    query : Query
        What its resolver is given.
    unit : str
        yes, months, points, models or minutes.
    text, rule : str
        What is asked, and how the answer is read from the tables.
    draws : array [sample]
        Of the answer; ones and zeros of yes and no.
    today : float
        What `as_today` says; NaN where it says nothing.
    """

    query: Query
    unit: str
    text: str
    rule: str
    draws: np.ndarray = field(repr=False)
    today: float

    @property
    def name(self) -> str:
        """An id that no other question of the vintage has."""
        return question_name(self.query)


def question_name(asked: Query) -> str:
    """The id of a question: its kind, its model where it is about one, its threshold and its day."""
    model = asked.subject.replace(" ", "_") if asked.kind in ("index_passes", "matched") else ""
    limit = "" if np.isnan(asked.threshold) else f"{asked.threshold:g}"
    return "-".join(filter(None, [asked.kind, model, limit, f"{asked.day:%Y-%m-%d}"]))


def question_days(data_day: pd.Timestamp) -> list[pd.Timestamp]:
    """The first quarter's beginning a month or more after a day, the next, and the one half a year after that.

    Returns
    -------
    list of Timestamp
        2026-10-01, 2027-01-01 and 2027-07-01 for 11 August 2026.
    """
    first = (data_day + _SOONEST).to_period("Q").end_time.normalize() + pd.Timedelta(days=1)
    return [first, first + pd.DateOffset(months=3), first + pd.DateOffset(months=9)]


def questions(path: Forecast, known: Sources, issued: pd.Timestamp) -> list[Question]:
    """The questions of a vintage, with the forecast's answers; the same rule for every vintage.

    Parameters
    ----------
    known : Sources
        The tables of the same run.
    issued : Timestamp
        Counts of releases begin after it, the other questions after the as-of date.

    Returns
    -------
    list of Question
        Those about Epoch's index are missing where the tables have no vintage
        of it or the run no points; those about METR's horizons where no model
        of the follower has one.
    """
    ahead, posterior = FutureDraws(path, known), path.posterior
    ask = _Asker(ahead, ahead.at)
    found = [*_of_lags(ahead, posterior, ask), *_of_releases(ahead, _Asker(ahead, issued))]
    if posterior.points is not None and not known.index_on(ahead.at).empty:
        found += _of_index(ahead, posterior, ask)
    if np.isfinite(ahead.task_minutes_now):
        found += _of_tasks(ahead, ask)
    return found


def _of_lags(ahead: FutureDraws, posterior: Posterior, ask: _Asker) -> Iterator[Question]:
    """Questions that gaplab's own reading answers."""
    soon, later, latest = question_days(ahead.at)
    draws = ahead.path.draws
    for name in ("frontier_lag", "released_lag"):
        lag = {day: ahead.on(draws[name], day) for day in (ahead.at, soon, later, latest)}
        for day in (soon, later):
            yield ask(f"{name}_on", day, lag[day])
        for day in (later, latest):
            yield ask(f"{name}_longer", day, lag[day] > lag[ahead.at])
    for limit in _LAGS:
        yield ask("released_lag_exceeds", later, lag[later] > limit, threshold=limit)
    yield ask("frontier_ahead", latest, ahead.on(draws["distance"], latest) < 0)
    for model in _goals(posterior):
        for day in (later, latest):
            yield ask("matched", day, ahead.reached(model, day), subject=model)


def _goals(posterior: Posterior) -> list[str]:
    """The leader's models that the run features, and its best by mean ability."""
    models, mean = posterior.models, posterior.ability.mean(SAMPLE).to_series()
    best = mean[models.index[models["country"] == posterior.params.leader]].idxmax()
    return list(dict.fromkeys([*(name for name in catch_up_targets(posterior) if name in models.index), best]))[:_GOALS]


def _of_index(ahead: FutureDraws, posterior: Posterior, ask: _Asker) -> Iterator[Question]:
    """Questions that Epoch's index answers, without a fit."""
    soon, later, latest = question_days(ahead.at)
    best, values = best_index(ahead.known, "follower", ahead.at), ahead.known.index_on(ahead.at)["value"]
    for step in _INDEX_STEPS:
        limit = round(best) + step
        yield ask("index_exceeds", later, ahead.index_on("follower", later) > limit, threshold=limit)
    for model in [name for name in _goals(posterior) if name in values.index]:
        for day in (later, latest):
            yield ask("index_passes", day, ahead.index_on("follower", day) >= values[model], subject=model)
    for role in ("follower", "leader"):
        yield ask(f"index_best_{role}", later, ahead.index_on(role, later))
    yield ask("index_distance", later, ahead.index_on("leader", later) - ahead.index_on("follower", later))
    for day in (soon, later):
        yield ask("index_first_match", day, ahead.first_match(day))
    yield ask("index_new_best", soon, ahead.index_on("follower", soon) > best)


def _of_releases(ahead: FutureDraws, ask: _Asker) -> Iterator[Question]:
    """How many models come out: counted from the day of issue, since the tables may know of some before it."""
    for day in question_days(ahead.at)[:2]:
        yield ask("releases", day, ahead.releases(ask.start, day))


def _of_tasks(ahead: FutureDraws, ask: _Asker) -> Iterator[Question]:
    """METR's task horizons: the longest, and whether it is above a doubling of hours that is beyond today's."""
    _, later, latest = question_days(ahead.at)
    limit = 2.0 ** np.ceil(np.log2(ahead.task_minutes_now / 60) + 1) * 60
    yield ask("task_minutes", later, ahead.task_minutes(later))
    yield ask("task_minutes_exceed", latest, ahead.task_minutes(latest) > limit, threshold=limit)


@dataclass(frozen=True)
class _Asker:
    """Makes questions that begin on one day."""

    ahead: FutureDraws
    start: pd.Timestamp

    def __call__(
        self, kind: str, day: pd.Timestamp, draws: np.ndarray, *, threshold: float = np.nan, subject: str = ""
    ) -> Question:
        params, words = self.ahead.path.posterior.params, WORDING[kind]
        asked = Query(kind, subject or params.follower, float(threshold), self.start, day)
        fields = {"leader": params.leader, "follower": params.follower, "model": subject, "limit": f"{threshold:g}"}
        fields |= {"start": f"{self.start:%Y-%m-%d}", "day": f"{day:%Y-%m-%d}"}
        values = np.asarray(draws, float)
        return Question(
            asked,
            words.unit,
            words.text.format(**fields),
            words.rule.format(**fields),
            scoring.bounded(values) if words.unit == "months" else values,
            as_today(self.ahead.known, asked),
        )
