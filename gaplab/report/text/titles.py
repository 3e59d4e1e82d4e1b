"""Titles of the page, its date line and the line about the health of the computation."""

from __future__ import annotations

from gaplab.params.spec import Params
from gaplab.posterior import Health, Posterior
from gaplab.report.text.names import country_name, long_date
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
    return f"How many months is {country_name(params.follower)} behind {country_name(params.leader)}{field}?"


def window_title(posterior: Posterior) -> str:
    """The title of the window; a failed computation says so first."""
    failed = "FAIL: " if posterior.health.status == "FAIL" else ""
    title = brief_question(posterior.params)
    if posterior.params.variant == "dossier":
        title = dossier_question(dossier_model(posterior), posterior.params)
    elif posterior.params.variant == "changes":
        title = changes_question(posterior.params)
    return f"{failed}{title} As of {long_date(posterior.params.as_of)}"


def dateline_text(posterior: Posterior) -> str:
    """As-of date and the age of the data."""
    known = {
        "hindsight": f"scores published by {long_date(posterior.identity['vintage'])}",
        "real_time": "only scores published by that day",
    }
    return f"As of {long_date(posterior.params.as_of)} · {known[posterior.params.knowledge]}"


def health_line(health: Health) -> str:
    """Whether the numbers may be used, and what to do when not without care."""
    opening = {
        "PASS": "The computation passed all its checks.",
        "REVIEW": "Read these numbers with care: the computation does not meet all its checks.",
        "FAIL": "Do not use these numbers: the computation failed its checks.",
    }
    return f"{opening[health.status]} {health.advice}".strip()


def dossier_question(model: str, params: Params) -> str:
    """The question a dossier answers."""
    return f"How far behind {country_name(params.leader)} is {model}?"


def changes_question(params: Params) -> str:
    """The question that a comparison of two dates answers."""
    return f"What has changed since {long_date(params.since)}?"
