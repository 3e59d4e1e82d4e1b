"""Names in words: countries and groups, frontiers, dates, scopes and scenarios."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pandas as pd

from gaplab.params.groups import US_CHINA, is_rule, read_group
from gaplab.params.spec import Params
from gaplab.report.text.numbers import join_words, upper_first

SCOPE_NAMES = {
    "public": "public models only",
    "trusted": "restricted models too",
    "internal": "internal models too",
    "open_closed": "open models against closed ones",
}
CLOCK_NAMES = {
    "release": "public release",
    "first_access": "first outside access",
    "first_internal": "first internal use",
}


def what_counts(params: Params) -> str:
    """What a run counts: public models only; public models only, cyber only."""
    return SCOPE_NAMES[params.scope] + ("" if params.domain == "all" else f", {params.domain} only")


_WITH_ARTICLE = {"US", "UK", "EU", "UAE", "United States", "United Kingdom", "Netherlands", "Philippines"}
_LONGEST_MARK = 14
_PLURALS = {"country": "countries", "developer": "developers", "family": "families"}


@dataclass(frozen=True)
class _Forms:
    """A country or group in every form that sentences need.

    Attributes
    ----------
    name : str
        Inside a sentence, in the singular: the US, OpenAI, open-weights AI, the Qwen family.
    frontier : str
        Its frontier: the US frontier, OpenAI's frontier.
    short : str
        In a chart or at the head of a column: US, OpenAI, Open weights.
    before : str
        Before a noun: US models, open-weights models; empty where the name is too long for that.
    within, by : str
        Where its best AI is attainable, and how its models come out: in the US, by the US; with open weights.
    acts : bool
        It releases models itself.
    """

    name: str
    frontier: str
    short: str
    before: str
    within: str
    by: str
    acts: bool = True


def _forms(label: str) -> _Forms:
    group = read_group(label)
    if group.column == "weights":
        kind = group.values[0]
        word, how = f"{kind}-weights", f"with {kind} weights"
        return _Forms(f"{word} AI", f"the {word} frontier", f"{upper_first(kind)} weights", word, how, how, acts=False)
    one = group.values[0] if len(group.values) == 1 and not group.excluded else None
    if one and group.column == "country":
        article = one in _WITH_ARTICLE
        name = f"the {one}" if article else one
        return _Forms(
            name, f"the {one} frontier" if article else f"{one}'s frontier", one, one, f"in {name}", f"by {name}"
        )
    if one and group.column == "developer":
        return _Forms(one, f"{one}'s frontier", one, one, f"at {one}", f"by {one}")
    named = [f"the {value}" if value in _WITH_ARTICLE else value for value in group.values]
    short = f"{'Not ' if group.excluded else ''}{', '.join(group.values)}"
    if one:
        name, before = f"the {one} family", one
    elif group.excluded and group.column == "country":
        name, before = f"the world outside {join_words(named)}", ""
    elif group.excluded:
        name, before = f"the group of all {_PLURALS[group.column]} but {join_words(named)}", ""
    else:
        of = f"the {join_words(named)} families" if group.column == "family" else join_words(named)
        name, before = f"the group of {of}", ""
    return _Forms(name, f"the frontier of {name}", short, before, f"in {name}", f"in {name}", acts=False)


def country_name(country: str) -> str:
    """The country or group as it stands inside a sentence: the US, China, OpenAI, open-weights AI."""
    return _forms(country).name


def frontier_name(country: str) -> str:
    """Its frontier by name: the US frontier, China's frontier, the open-weights frontier."""
    return _forms(country).frontier


def short_name(country: str) -> str:
    """Its name in a chart or at the head of a column: US, OpenAI, Open weights."""
    return _forms(country).short


def mark_name(country: str) -> str:
    """Its name beside a line or a mark, as short as can be: US, OpenAI, Open."""
    name = short_name(country).removesuffix(" weights")
    return name if len(name) <= _LONGEST_MARK else f"{name[: _LONGEST_MARK - 1]}…"


def its_model(country: str, noun: str = "model") -> str:
    """One of its models: US model, open-weights model, model of the group of A and B."""
    forms = _forms(country)
    return f"{forms.before} {noun}" if forms.before else f"{noun} of {forms.name}"


def models_of(country: str, noun: str = "models") -> str:
    """Its models in a sentence: models of the US, models of OpenAI, open-weights models."""
    forms = _forms(country)
    return f"{forms.before} {noun}" if forms.within.startswith("with ") else f"{noun} of {forms.name}"


def pace_of(country: str) -> str:
    """The pace that a distance is divided by: US pace, the pace of the group of A and B."""
    return its_model(country, "pace") if _forms(country).before else f"the {its_model(country, 'pace')}"


def within(country: str) -> str:
    """Where its best AI is attainable: in China, at OpenAI, with open weights."""
    return _forms(country).within


def released_by(country: str) -> str:
    """How its models come out: released by China, released with open weights."""
    return f"released {_forms(country).by}"


def releases(country: str, what: str, *, past: bool = False) -> str:
    """That it brings out models: China releases a model; a model comes out with open weights."""
    forms = _forms(country)
    return (
        f"{forms.name} {'released' if past else 'releases'} {what}"
        if forms.acts
        else f"{what} {'came' if past else 'comes'} out {forms.by}"
    )


def that_came(country: str, auxiliary: str = "") -> str:
    """The models that it brought out: China had released; that had come out with open weights."""
    forms = _forms(country)
    if forms.acts:
        return " ".join(filter(None, [forms.name, auxiliary, "released"]))
    return f"that {f'{auxiliary} come' if auxiliary else 'came'} out {forms.by}"


def two_sides(params: Params) -> str:
    """What both sides of a run are: countries, or groups."""
    return {"country": "countries", "group": "groups"}[side_word(params)]


def side_word(params: Params) -> str:
    """What the two sides of a run are: country, or group."""
    return "group" if is_rule(params.leader) or is_rule(params.follower) else "country"


def long_date(when: date | pd.Timestamp | str) -> str:
    """A date as 30 June 2026."""
    when = pd.Timestamp(when)
    return f"{when.day} {when:%B %Y}"


def month_year(when: date | pd.Timestamp | str) -> str:
    """A date to come as June 2027: no forecast knows the day."""
    return f"{pd.Timestamp(when):%B %Y}"


def scenario_label(name: str, params: Params) -> str:
    """The name of a scenario's file as a label: us_pause becomes US pause, and Leader pause for another pair."""
    if params.pair != US_CHINA:
        name = _BY_ROLE.get(name, name)
    return upper_first(name.replace("_", " ")).replace("Us ", "US ").replace("chinese", "Chinese")


_BY_ROLE = {
    "us_pause": "leader_pause",
    "us_restricts_releases": "leader_restricts_releases",
    "china_delays_releases": "follower_delays_releases",
    "surprise_chinese_release": "surprise_release_of_the_follower",
}
"""Scenarios of the library that name countries, by what they assume of any pair."""
