"""The questions in words: what each kind asks, in which unit, and by which rule its answer is read."""

from __future__ import annotations

from typing import NamedTuple

YES = "yes"
"""Unit of a question whose answer is yes or no."""
_OWN = "gaplab's default run on the first tables that are complete to the day, read on that day: "
_INDEX = "The newest full vintage of Epoch's index (epoch_eci) dated by the day: "
_FRONTIERS = "from frontier to frontier"
_RELEASED = "from the best released model of {follower} to the frontier of {leader}"
_TASKS = (
    "The largest 50% task horizon by METR of a model of {follower} among the scores first seen by the day; of a model "
    "with scores on two suites the newer counts."
)


class Wording(NamedTuple):
    """Unit, text and rule; fields in braces are filled in for each question."""

    unit: str
    text: str
    rule: str


def _of_lag(name: str, words: str) -> dict[str, Wording]:
    return {
        f"{name}_on": Wording(
            "months", f"How many months behind is {{follower}} on {{day}}, {words}?", f"{_OWN}the median of {name}."
        ),
        f"{name}_longer": Wording(
            YES,
            f"Is the lag {words} longer on {{day}} than on {{start}}?",
            f"{_OWN}the median of {name} is larger than its median on {{start}}, both from the same posterior.",
        ),
        f"{name}_exceeds": Wording(
            YES,
            f"Is the lag {words} longer than {{limit}} months on {{day}}?",
            f"{_OWN}the median of {name} is above {{limit}}.",
        ),
    }


WORDING = {
    **_of_lag("frontier_lag", _FRONTIERS),
    **_of_lag("released_lag", _RELEASED),
    "frontier_ahead": Wording(
        YES,
        "Is the frontier of {follower} ahead of that of {leader} on {day}?",
        f"{_OWN}the median of frontier_lag is below zero.",
    ),
    "matched": Wording(
        YES,
        "Has a released model of {follower} the ability of {model} by {day}?",
        f"{_OWN}in the median draw a model of {{follower}} released by then is at or above {{model}}.",
    ),
    "index_exceeds": Wording(
        YES,
        "Does a model of {follower} exceed {limit} points on Epoch's index by {day}?",
        f"{_INDEX}the largest value of a model of {{follower}} is above {{limit}}.",
    ),
    "index_passes": Wording(
        YES,
        "Does a model of {follower} pass the level of {model} on Epoch's index by {day}?",
        f"{_INDEX}the largest value of a model of {{follower}} is at or above that of {{model}} in the same vintage.",
    ),
    "index_new_best": Wording(
        YES,
        "Is the best model of {follower} on Epoch's index on {day} one released after {start}?",
        f"{_INDEX}the model of {{follower}} with the largest value has a release date after {{start}}.",
    ),
    "index_best_follower": Wording(
        "points",
        "What is the best value of {follower} on Epoch's index on {day}?",
        f"{_INDEX}the largest value of a model of {{follower}}.",
    ),
    "index_best_leader": Wording(
        "points",
        "What is the best value of {leader} on Epoch's index on {day}?",
        f"{_INDEX}the largest value of a model of {{leader}}.",
    ),
    "index_distance": Wording(
        "points",
        "How many points is {follower} behind {leader} on Epoch's index on {day}?",
        f"{_INDEX}the largest value of {{leader}} minus that of {{follower}}.",
    ),
    "index_first_match": Wording(
        "months",
        "How many months behind is {follower} on {day} by first match on Epoch's index?",
        f"{_INDEX}the time from the release of the first model of {{leader}} at or above the best of {{follower}} to "
        "the day; 0 where there is none.",
    ),
    "releases": Wording(
        "models",
        "How many models does {follower} release after {start} and by {day}?",
        "The rows of models.csv with country {follower} and a release_date in this time, in the first tables that are "
        "complete to the day.",
    ),
    "task_minutes": Wording(
        "minutes",
        "How long are the tasks, in minutes, that the best model of {follower} measured by METR by {day} does half the "
        "time?",
        _TASKS,
    ),
    "task_minutes_exceed": Wording(
        YES,
        "Has METR measured a model of {follower} with a task horizon above {limit} minutes by {day}?",
        f"{_TASKS} It is above {{limit}}.",
    ),
}
"""By the names of `answers.ANSWERS`."""
