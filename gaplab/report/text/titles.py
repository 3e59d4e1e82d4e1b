"""Titles of the page, its date line and the line about the health of the computation."""

from __future__ import annotations

import pandas as pd

from gaplab.params.spec import Params
from gaplab.posterior import Health, Posterior
from gaplab.report.text.names import country_name, long_date
from gaplab.report.text.scenarios import scenario_phrase
from gaplab.results.listed import dossier_model

_DOMAIN_NAMES = {
    "all": "AI",
    "cyber": "AI for cyber security",
    "software": "AI for software",
    "mathematics": "AI for mathematics",
    "science": "AI for science",
    "reasoning": "abstract reasoning by AI",
    "agentic": "AI that acts on its own",
    "knowledge": "the knowledge of AI",
    "language": "the command of language by AI",
}


def brief_question(params: Params) -> str:
    """The question the brief answers, as its title."""
    # Groups by weights are called "open-weights AI" already.
    named = params.domain == "all" and "weights=" in params.leader + params.follower
    field = "" if named else f" in {_DOMAIN_NAMES[params.domain]}"
    scenario = f", in {phrase}" if (phrase := scenario_phrase(params)) else ""
    return f"How many months is {country_name(params.follower)} behind {country_name(params.leader)}{field}{scenario}?"


def window_title(posterior: Posterior) -> str:
    """The title of the window; a failed computation says so first."""
    failed = "FAIL: " if posterior.health.status == "FAIL" else ""
    title = brief_question(posterior.params)
    if posterior.params.variant == "dossier":
        title = dossier_question(dossier_model(posterior), posterior.params)
    elif posterior.params.variant == "changes":
        title = changes_question(posterior.params)
    return f"{failed}{title} As of {long_date(posterior.params.as_of)}"


OLD_DAYS = 45
"""From this age on the first screen says how old the data are."""


def dateline_text(posterior: Posterior) -> str:
    """As-of date and the age of the data."""
    age = age_of_tables(posterior)
    old = f"{age} day{'s' if age > 1 else ''} earlier" if age else "that day"
    known = {
        "hindsight": f"scores published by {long_date(posterior.identity['vintage'])}",
        "real_time": "only scores published by that day",
    }
    return (
        f"As of {long_date(posterior.params.as_of)} · data complete up to {old} · {known[posterior.params.knowledge]}"
    )


def age_of_tables(posterior: Posterior) -> int:
    """Days from the last one of which the tables know everything to the as-of date."""
    return max(0, (pd.Timestamp(posterior.params.as_of) - pd.Timestamp(posterior.identity["complete"])).days)


def extrapolation_sentence(posterior: Posterior) -> str:
    """What is extrapolated and since when, where the data are old; empty where they are not."""
    age, complete = age_of_tables(posterior), pd.Timestamp(posterior.identity["complete"])
    if age <= OLD_DAYS:
        return ""
    newest = posterior.models["date"].max()
    return (
        f"The data know everything up to {long_date(complete)} and no model after {long_date(newest)}: what is said of "
        f"the {age} days since then goes on as before and is no reading. "
    )


def health_line(health: Health) -> str:
    """Whether the numbers may be used, and what to do when not without care."""
    opening = {
        "PASS": "Sampling converged, and the data are recent and many enough for a number.",
        "REVIEW": "Read these numbers with care.",
        "FAIL": "Do not use these numbers: the computation failed its checks.",
    }
    return f"{opening[health.status]} {health.advice}".strip()


def dossier_question(model: str, params: Params) -> str:
    """The question a dossier answers."""
    return f"How far behind {country_name(params.leader)} is {model}?"


def changes_question(params: Params) -> str:
    """The question that a comparison of two dates answers."""
    return f"What has changed since {long_date(params.since)}?"
