"""The definitions of the gap in words: label, unit and the sentence that says what each one is."""

from __future__ import annotations

from gaplab.params.spec import Params
from gaplab.report.text.names import (
    country_name,
    frontier_name,
    its_model,
    long_date,
    pace_of,
    released_by,
    within,
)
from gaplab.report.text.numbers import upper_first

# What the templates below may name: {leader} and {follower} are countries or groups in running text, {in_leader} is
# where the best AI of the leader is attainable, {ahead} and {behind} are the two frontiers; see `fill_country_names`.
DEFINITION_LABELS = {
    "frontier_lag": "Frontier to frontier",
    "released_lag": "Best released model to frontier",
    "model_lag": "Model to frontier",
    "first_match_lag": "Model to first match",
    "five_percent_lag": "Five per cent rule",
    "catch_up": "Time to catch up",
    "distance": "Distance",
}
DEFINITION_MEANINGS = {
    "frontier_lag": "Months since the best AI attainable {in_leader} was as able as the best attainable {in_follower} "
    "is on this date.",
    "released_lag": "Months since {ahead} stood where the best model {released} stands; it grows by one "
    "with every month without a better release.",
    "model_lag": "Months from the day the best AI attainable {in_leader} was as able as this model to the day the "
    "model came out.",
    "first_match_lag": "Months from the release of the first {leader_model} that is at least as able to the "
    "release of this one.",
    "five_percent_lag": "Months since the first {leader_model} that is better beyond doubt (95%); one number "
    "without an interval, and shorter when there are fewer data.",
    "catch_up": "Months until {behind}, at its pace of the last 12 months, stands where {ahead} stands on this date.",
    "distance": "How far {ahead} stands above the best of {follower} on the same day: ability, not time.",
}
UNIT_LABELS = {
    "points": "points",
    "logits": "logits",
    "odds_ratio": "odds",
    "months_at_leader_pace": "months at {leader_pace}",
    "months_at_follower_pace": "months at {follower_pace}",
}
UNIT_MEANINGS = {
    "points": "{distance} In points of the charts, where Claude 3.5 Sonnet is 130 and GPT-5 is 150.",
    "logits": "The same on the scale of the statistical model.",
    "odds_ratio": "The same as a ratio: how many times better the odds of solving a test question are.",
    "months_at_leader_pace": "The same, divided by what {ahead} gained a month over the last 12 months.",
    "months_at_follower_pace": "The same, divided by what {behind} gained a month over the last 12 months.",
}


def fill_country_names(template: str, params: Params) -> str:
    """A sentence with the countries of a run in it."""
    names = {
        "leader": country_name(params.leader),
        "follower": country_name(params.follower),
        "in_leader": within(params.leader),
        "in_follower": within(params.follower),
        "released": released_by(params.follower),
        "leader_model": its_model(params.leader),
        "leader_pace": pace_of(params.leader),
        "follower_pace": pace_of(params.follower),
        "ahead": frontier_name(params.leader),
        "behind": frontier_name(params.follower),
    }
    return template.format(**names, distance=DEFINITION_MEANINGS["distance"].format(**names))


def definition_label(definition: str, unit: str, params: Params) -> str:
    """The short name of a definition, for charts and tables: Distance in months at US pace."""
    return (
        DEFINITION_LABELS[definition]
        if unit == "months"
        else f"{DEFINITION_LABELS[definition]} in {fill_country_names(UNIT_LABELS[unit], params)}"
    )


def definition_meaning(definition: str, unit: str, params: Params) -> str:
    """The sentence that defines a number."""
    return upper_first(fill_country_names(UNIT_MEANINGS.get(unit, DEFINITION_MEANINGS[definition]), params))


def subject_heading(subject: str, params: Params) -> str:
    """What a group of numbers is about: a country today, a model on its day."""
    if subject == params.follower:
        return f"{upper_first(country_name(subject))} on {long_date(params.as_of)}"
    return f"{subject} when it came out"


def headline_label(name: str, params: Params) -> str:
    """A headline number of `influence.NUMBERS` by name."""
    return definition_label(name, "months_at_leader_pace" if name == "distance" else "months", params)
