"""Every sentence of the brief, made from the numbers it states.

Countries, models and dates come from `Params` and the tables; a sentence holds
whoever is ahead, by however much, and whether or not the data can tell.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from gaplab.bridge import Bridge, End
from gaplab.claims import CLAIMED_PAIR, Combined, domain_of, set_beside
from gaplab.claims import bounds as claim_range
from gaplab.data import Tables
from gaplab.gap import newest_record
from gaplab.params import Params
from gaplab.posterior import Health, Posterior
from gaplab.scenarios import set_levers
from gaplab.tables import percent as level
from gaplab.units import MONTH_DAYS
from gaplab.whatif import Effect

# What the templates below may name: {leader} and {follower} are countries in running text, {leader_bare} is the name
# alone, {ahead} and {behind} are the two frontiers.
LABELS = {
    "frontier_lag": "Frontier to frontier",
    "released_lag": "Best released model to frontier",
    "model_lag": "Model to frontier",
    "first_match_lag": "Model to first match",
    "five_percent_lag": "Five per cent rule",
    "catch_up": "Time to catch up",
    "distance": "Distance",
}

MEANINGS = {
    "frontier_lag": "Months since the best AI attainable in {leader} was as able as the best attainable in {follower} "
    "is on this date.",
    "released_lag": "Months since {ahead} stood where the best model released by {follower} stands; "
    "it grows by one with every month without a better release.",
    "model_lag": "Months from the day the best AI attainable in {leader} was as able as this model to the day the "
    "model came out.",
    "first_match_lag": "Months from the release of the first {leader_bare} model that is at least as able "
    "to the release of this one.",
    "five_percent_lag": "Months since the first {leader_bare} model that is better beyond doubt (95%); one number "
    "without an interval, and shorter when there are fewer data.",
    "catch_up": "Months until {behind}, at its pace of the last 12 months, stands where {ahead} stands on this date.",
    "distance": "How far {ahead} stands above the best of {follower} on the same day: ability, not time.",
}

UNITS = {
    "points": "points",
    "logits": "logits",
    "odds_ratio": "odds",
    "months_at_leader_pace": "months at {leader_bare} pace",
    "months_at_follower_pace": "months at {follower_bare} pace",
}

UNIT_MEANINGS = {
    "points": "{distance} In points of the charts, where Claude 3.5 Sonnet is 130 and GPT-5 is 150.",
    "logits": "The same on the scale of the statistical model.",
    "odds_ratio": "The same as a ratio: how many times better the odds of solving a test question are.",
    "months_at_leader_pace": "The same, divided by what {ahead} gained a month over the last 12 months.",
    "months_at_follower_pace": "The same, divided by what {behind} gained a month over the last 12 months.",
}

SCOPES = {
    "public": "public models only",
    "trusted": "restricted models too",
    "internal": "internal models too",
    "open_closed": "open models against closed ones",
}


def what_counts(params: Params) -> str:
    """What a run counts: public models only; public models only, cyber only."""
    return SCOPES[params.scope] + ("" if params.domain == "all" else f", {params.domain} only")


CLOCKS = {
    "release": "public release",
    "first_access": "first outside access",
    "first_internal": "first internal use",
}

CLAIMS_HEADING = "Published by others"

_WITH_ARTICLE = {"US", "UK", "EU", "UAE", "United States", "United Kingdom", "Netherlands", "Philippines"}


@dataclass(frozen=True)
class Finding:
    """Sentences and the table they were made from, so that the two cannot disagree."""

    table: pd.DataFrame
    text: str

    def _repr_html_(self) -> str:
        return "".join(f"<p>{html.escape(paragraph)}</p>" for paragraph in self.text.split("\n"))


@dataclass(frozen=True)
class Headline:
    """One of the numbers a reader takes away.

    Attributes
    ----------
    label : str
        Whose number it is.
    value, unit : str
        The number in large type and what follows it: 8.1, months behind the US.
    interval : str
        The interval with its probability.
    meaning : str
        One sentence that defines the number.
    """

    label: str
    value: str
    unit: str
    interval: str
    meaning: str

    def __str__(self) -> str:
        return f"{self.label}: {self.value} {self.unit} ({self.interval})"


# --- Names, dates and numbers ---------------------------------------------------------------------


def the(country: str) -> str:
    """The country as it stands inside a sentence: the US, China."""
    return f"the {country}" if country in _WITH_ARTICLE else country


def frontier_of(country: str) -> str:
    """The country's frontier by name: the US frontier, China's frontier."""
    return f"the {country} frontier" if country in _WITH_ARTICLE else f"{country}'s frontier"


def day(when: date | pd.Timestamp | str) -> str:
    """A date as 30 June 2026."""
    when = pd.Timestamp(when)
    return f"{when.day} {when:%B %Y}"


def month(when: date | pd.Timestamp | str) -> str:
    """A date to come as June 2027: no forecast knows the day."""
    return f"{pd.Timestamp(when):%B %Y}"


def percent(prob: float) -> str:
    """A probability as a whole per cent that never claims certainty."""
    if prob < 0.01:
        return "less than 1%"
    return "more than 99%" if prob > 0.99 else f"{prob:.0%}"


def short_percent(prob: float) -> str:
    """The same for a narrow column of a table: <1%, 54%."""
    return percent(prob).replace("less than ", "<").replace("more than ", ">")


def number(value: float, width: float = 1.0) -> str:
    """A value with the decimals that an interval of that width can bear: one, or none from ten upward."""
    text = f"{value:.0f}" if width >= 10 else f"{value:.1f}"
    return text.lstrip("-") if float(text) == 0 else text.replace("-", "−")


def months(value: float, width: float = 1.0) -> str:
    """A duration: 7.4 months, 1 month, 14 months."""
    text = number(value, width)
    return f"{text} month" if text.strip("−") == "1" else f"{text} months"


def listed(words: list[str]) -> str:
    """Words in a row: a, b and c."""
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def _fill(template: str, params: Params) -> str:
    names = {
        "leader": the(params.leader),
        "follower": the(params.follower),
        "leader_bare": params.leader,
        "follower_bare": params.follower,
        "ahead": frontier_of(params.leader),
        "behind": frontier_of(params.follower),
    }
    return template.format(**names, distance=MEANINGS["distance"].format(**names))


# --- One row of a gap table -----------------------------------------------------------------------


def row(table: pd.DataFrame, definition: str, subject: str, unit: str = "months") -> pd.Series:
    """The one row of a gap table for a definition, a subject and a unit."""
    chosen = table[(table["definition"] == definition) & (table["subject"] == subject) & (table["unit"] == unit)]
    return chosen.iloc[0]


def standing(row: pd.Series, *, tense: str = "is") -> str:
    """Where the subject stands, without its interval: China is 7.4 months behind the US."""
    where = " ".join(part for part in _value_and_unit(row) if part)
    return _upper(f"{the(row['subject'])} {tense} {where} {the(row['leader'])}")


def interval(row: pd.Series, prob: float) -> str:
    """The interval with its probability: 80% interval 6.9 to 9.5 months."""
    return f"{level(prob)}% interval {_span(row, prob)}"


def figures(row: pd.Series, prob: float) -> str:
    """Middle estimate and interval in figures: 8.1 (6.9 to 9.5)."""
    if not np.isfinite(row["median"]):
        return "undefined"
    low, high, width = *_bounds(row, prob), _width(row)
    middle = ("≥ " if row["p_censored"] > 0.5 else "") + number(row["median"], width)
    if not (np.isfinite(low) and np.isfinite(high)):
        return middle
    return f"{middle} ({number(low, width)}\u00a0to\u00a0{number(high, width)})"


def _value_and_unit(row: pd.Series) -> tuple[str, str]:
    """The large number and the words after it, whoever leads."""
    if not np.isfinite(row["median"]):
        return "", "not to be compared with"
    text = number(abs(row["median"]), _width(row))
    noun = "month" if text == "1" else "months"
    if row["p_censored"] > 0.5:
        return f"at least {text}", f"{noun} behind"
    if float(text) == 0:
        return "", "level with"
    return text, f"{noun} {'behind' if row['median'] > 0 else 'ahead of'}"


def _span(row: pd.Series, prob: float) -> str:
    """The interval in words: 6.9 to 9.5 months, 1.2 months ahead to 3.4 months behind, 6.9 months or more."""
    low, high, width = *_bounds(row, prob), _width(row)
    if np.isfinite(low) and (row["p_censored"] > (1 - prob) / 2 or not np.isfinite(high)):
        return f"{months(low, width)} or more"
    if not (np.isfinite(low) and np.isfinite(high)):
        return "not defined"
    if low < 0 < high:
        return f"{months(-low, width)} ahead to {months(high, width)} behind"
    if high <= 0:
        return f"{number(-high, width)} to {months(-low, width)} ahead"
    return f"{number(low, width)} to {months(high, width)}"


def _bounds(row: pd.Series, prob: float) -> tuple[float, float]:
    return row[f"lower_{level(prob)}"], row[f"upper_{level(prob)}"]


def _width(row: pd.Series) -> float:
    low, high = _bounds(row, 0.8)
    return high - low if np.isfinite(high - low) else 1.0


def _in_months(table: pd.DataFrame, subject: str) -> pd.DataFrame:
    """Every definition in months for a country; its model lag repeats its released lag and is left out."""
    rows = table[(table["subject"] == subject) & table["unit"].str.startswith("months")]
    return rows[rows["definition"] != "model_lag"]


# --- The first screen -----------------------------------------------------------------------------


DOMAINS = {
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


def question(params: Params) -> str:
    """The question the brief answers, as its title."""
    return f"How many months is {the(params.follower)} behind {the(params.leader)} in {DOMAINS[params.domain]}?"


def page_title(posterior: Posterior) -> str:
    """The title of the window; a failed computation says so first."""
    failed = "FAIL: " if posterior.health.status == "FAIL" else ""
    title = question(posterior.params)
    if posterior.params.variant == "dossier":
        title = dossier_title(model_of(posterior), posterior.params)
    elif posterior.params.variant == "changes":
        title = changes_title(posterior.params)
    return f"{failed}{title} As of {day(posterior.params.as_of)}"


def dateline(posterior: Posterior) -> str:
    """As-of date and the age of the data."""
    known = {
        "hindsight": f"scores published by {day(posterior.identity['vintage'])}",
        "real_time": "only scores published by that day",
    }
    return f"As of {day(posterior.params.as_of)} · {known[posterior.params.knowledge]}"


def health_line(health: Health) -> str:
    """Whether the numbers may be used, and what to do when not without care."""
    opening = {
        "PASS": "The computation passed all its checks.",
        "REVIEW": "Read these numbers with care: the computation does not meet all its checks.",
        "FAIL": "Do not use these numbers: the computation failed its checks.",
    }
    return f"{opening[health.status]} {health.advice}".strip()


def answer(headlines: pd.DataFrame, table: pd.DataFrame, params: Params) -> Finding:
    """The country's gap, and how far it depends on the definition.

    Parameters
    ----------
    headlines, table : DataFrame
        What `tables.headlines` and `tables.gap_table` give.
    params : Params
    """
    today = headlines[headlines["headline"] == "frontier_today"].iloc[0]
    country = _in_months(table, params.follower)
    open_order = 0.01 <= today["p_follower_ahead"] <= 0.99
    ahead = f" The probability that {the(params.follower)} is ahead is {percent(today['p_follower_ahead'])}."
    low, high = country["median"].min(), country["median"].max()
    return Finding(
        pd.concat([today.to_frame().T, country]),
        f"As of {day(params.as_of)}, {_of_country(standing(today))}, counting {what_counts(params)} "
        f"({interval(today, params.prob)}).{ahead if open_order else ''} "
        f"Other definitions of the gap give {_range(low, high)}.",
    )


def headlines(table: pd.DataFrame, params: Params) -> list[Headline]:
    """The numbers on top of the brief, from the rows of `tables.headlines`; repeated ones are left out."""
    rows = table.drop_duplicates(["definition", "subject", "scope"])
    return [_headline(row, params) for _, row in rows.iterrows()]


def restricted_note(posterior: Posterior, restricted: Posterior, table: pd.DataFrame, wider: pd.DataFrame) -> Finding:
    """What counting the leader's restricted models changes; empty when the run counts them anyway.

    Parameters
    ----------
    posterior, restricted : Posterior
        The run, and the same run with the restricted models.
    table, wider : DataFrame
        Their gap tables.
    """
    params = posterior.params
    changed = [("frontier_lag", "months"), ("distance", "months_at_leader_pace")]
    rows = {key: [row(each, key[0], params.follower, key[1])["median"] for each in (table, wider)] for key in changed}
    comparison = pd.DataFrame(rows, index=[params.scope, restricted.params.scope]).T
    if params.scope == restricted.params.scope:
        return Finding(comparison, "")
    added = [name for name in restricted.models.index if name not in posterior.models.index]
    if not added:
        return Finding(
            comparison,
            f"No restricted model of {the(params.leader)} has test scores that can be used: both numbers rest on the "
            "same models.",
        )
    lag, apart = (_from_to(*pair) for pair in rows.values())
    explained = (
        f"A lag looks back to the day {the(params.leader)} stood where {the(params.follower)} stands: what "
        f"{the(params.leader)} has reached since moves the distance, not the lag."
        if min(rows["frontier_lag", "months"]) > 0
        else _below_zero(params)
    )
    return Finding(
        comparison,
        f"Restricted models counted: {listed(added)}. With them the lag {lag} months, and the distance on that day, "
        f"measured in months at {params.leader} pace, {apart}. {explained}",
    )


def _below_zero(params: Params) -> str:
    return f"Where a number is below zero, {the(params.follower)} is ahead."


def _from_to(before: float, after: float) -> str:
    if number(before) == number(after):
        return f"stays at {number(before)}"
    return f"goes from {number(before)} to {number(after)}"


def _headline(row: pd.Series, params: Params) -> Headline:
    value, unit = _value_and_unit(row)
    label = f"{the(params.follower)} today, {SCOPES[row['scope']]}"
    meaning = meaning_of(row["definition"], "months", params)
    if row["subject"] != params.follower:
        label = f"{row['subject']} when it came out"
    elif row["scope"] != params.scope:
        meaning = f"As the first number, counting {params.leader} models too that only selected users may use."
    return Headline(
        label=_upper(label),
        value=value or _upper(unit),
        unit=f"{unit} {the(params.leader)}" if value else the(params.leader),
        interval=interval(row, params.prob).removesuffix(" months"),
        meaning=meaning,
    )


def _of_country(text: str) -> str:
    """A sentence that starts with a country, to go on inside another."""
    return _lower(text) if text.startswith("The ") else text


def _range(low: float, high: float) -> str:
    """From the least to the greatest of some gaps, whoever leads."""
    if number(low) == number(high):
        return months(low) if low >= 0 else f"{months(-low)} ahead"
    if low < 0 < high:
        return f"from {months(-low)} ahead to {months(high)} behind"
    near, far = sorted((abs(low), abs(high)))
    if number(near) == "0.0":
        return f"anything from level to {months(far)} {'ahead' if high <= 0 else 'behind'}"
    return f"from {number(near)} to {months(far)}{' ahead' if high <= 0 else ''}"


# --- Definitions ----------------------------------------------------------------------------------


def label_of(definition: str, unit: str, params: Params) -> str:
    """The short name of a definition, for charts and tables: Distance in months at US pace."""
    return LABELS[definition] if unit == "months" else f"{LABELS[definition]} in {_fill(UNITS[unit], params)}"


def meaning_of(definition: str, unit: str, params: Params) -> str:
    """The sentence that defines a number."""
    return _upper(_fill(UNIT_MEANINGS.get(unit, MEANINGS[definition]), params))


def definitions_caption(params: Params) -> str:
    """What the numbers in the table of definitions are."""
    return f"Middle estimate and, in brackets, {level(params.prob)}% interval; {what_counts(params)}"


def definitions_table(table: pd.DataFrame, model: str, params: Params) -> pd.DataFrame:
    """One row per definition and unit: its sentence, the country's number and the newest record model's."""
    chosen = table[table["subject"].isin([params.follower, model])].drop_duplicates(["definition", "unit", "subject"])
    chosen = chosen.assign(figures=[_figures_and_match(row, params) for _, row in chosen.iterrows()])
    keys = list(chosen[["definition", "unit"]].drop_duplicates().itertuples(index=False, name=None))
    wide = chosen.pivot(index=["definition", "unit"], columns="subject", values="figures").loc[keys]
    return pd.DataFrame(
        {
            "Definition": [label_of(*key, params) for key in keys],
            "What it is": [meaning_of(*key, params) for key in keys],
            group_heading(params.follower, params): wide[params.follower].to_numpy(),
            group_heading(model, params): wide[model].to_numpy(),
        }
    )


def _figures_and_match(row: pd.Series, params: Params) -> str:
    text = figures(row, params.prob)
    if not isinstance(row["first_match"], str):
        return text
    share = f", probability {percent(row['p_first_match'])}" if np.isfinite(row["p_first_match"]) else ""
    return f"{text}; {row['first_match']}{share}"


# --- Charts ---------------------------------------------------------------------------------------


def arrow_label(row: pd.Series) -> str:
    """The number on the arrow of the frontier chart."""
    if not np.isfinite(row["median"]):
        return ""
    return ("at least " if row["p_censored"] > 0.5 else "") + months(abs(row["median"]), _width(row))


def frontiers_title(row: pd.Series, params: Params) -> str:
    """The finding of the frontier chart: China is 7.4 months behind the US; in a run about one domain it is named."""
    return standing(row) + ("" if params.domain == "all" else f" in {params.domain}")


def frontiers_subtitle(unit: str, params: Params) -> str:
    """What is drawn on the frontier chart."""
    scale = "points: Claude 3.5 Sonnet = 130, GPT-5 = 150" if unit == "points" else "logits"
    return (
        f"Ability of the most capable AI attainable in each country ({scale}), "
        f"{what_counts(params)}, as of {day(params.as_of)}"
    )


def frontiers_alt(
    bands: dict[str, pd.DataFrame], named: dict[str, pd.DataFrame], today: pd.Series, unit: str, params: Params
) -> str:
    """The frontier chart for those who do not see it."""
    parts = [f"Two rising lines, the AI frontiers of {the(params.leader)} and {the(params.follower)}."]
    for role, band in bands.items():
        last = band.iloc[-1]
        parts.append(
            f"On {day(band.index[-1])} {frontier_of(getattr(params, role))} is at {number(last['median'])} {unit} "
            f"({level(params.prob)}% interval {number(last['outer_low'])} to {number(last['outer_high'])})."
        )
    if arrow_label(today):
        parts.append(f"An arrow marks the distance in time: {standing(today)}, {interval(today, params.prob)}.")
    for role, models in named.items():
        if len(models):
            names = ", ".join(f"{model} ({when:%B %Y})" for model, when in models["date"].items())
            parts.append(f"Latest record models of {the(getattr(params, role))}: {names}.")
    return " ".join(parts)


def frontiers_caption(params: Params) -> str:
    """How to read the frontier chart."""
    return (
        "Line: the middle estimate of the best AI attainable, a country's frontier. "
        f"Dark band: it lies there with probability 50%; pale band: {level(params.prob)}%. "
        "Dots are models; large dots were the best of their country when they came out. "
        "A frontier can pass above or below a dot because test scores are noisy, and it never falls."
    )


def group_heading(subject: str, params: Params) -> str:
    """What a group of numbers is about: a country today, a model on its day."""
    if subject == params.follower:
        return f"{_upper(the(subject))} on {day(params.as_of)}"
    return f"{subject} when it came out"


def strip_title(table: pd.DataFrame, params: Params) -> str:
    """The finding of the strip of definitions."""
    country = _in_months(table, params.follower)["median"]
    low, high = country.min(), country.max()
    if number(low) == number(high):
        return f"Every definition says {_range(low, high)}"
    return f"{_upper(_range(low, high))}: the definition decides"


def strip_subtitle(params: Params) -> str:
    """What is drawn on the strip of definitions."""
    return (
        f"Months {the(params.follower)} is behind {the(params.leader)}, by definition, {what_counts(params)}, "
        f"as of {day(params.as_of)}"
    )


def strip_alt(table: pd.DataFrame, claims: pd.DataFrame, params: Params) -> str:
    """The strip of definitions for those who do not see it."""
    parts = [f"Months on one axis, with {level(params.prob)}% intervals."]
    for subject, rows in table.groupby("subject", sort=False):
        readings = "; ".join(f"{row['label']} {figures(row, params.prob)}" for _, row in rows.iterrows())
        parts.append(f"{group_heading(subject, params)}: {readings}.")
    if len(claims):
        readings = "; ".join(f"{', '.join(claim_label(claim))}, {claim_text(claim)}" for _, claim in claims.iterrows())
        parts.append(f"{CLAIMS_HEADING}: {readings}.")
    return " ".join(parts)


def strip_caption(claims: pd.DataFrame, params: Params) -> str:
    """How to read the strip of definitions."""
    text = (
        f"Dot: middle estimate. Thick bar: 50% interval. Thin bar: {level(params.prob)}% interval. "
        "What each definition means is in the table below."
    )
    if claims.empty:
        return text
    return (
        f"{text} Diamonds: what others have published, filled where the text below takes it up; "
        "none of it enters our estimates."
    )


def over_time_title(p_widened: float) -> str:
    """The finding of the chart over time, from the probability that the lag grew over 12 months."""
    sure = max(p_widened, 1 - p_widened)
    if sure < 0.8:
        return "No clear change over the last year"
    change = "widened" if p_widened > 0.5 else "narrowed"
    return f"The gap has {'' if sure >= 0.95 else 'probably '}{change} over the last year"


def over_time_subtitle(params: Params) -> str:
    """What is drawn on the chart over time."""
    return (
        f"Months {frontier_of(params.follower)} is behind {frontier_of(params.leader)}, "
        f"{what_counts(params)}, as of {day(params.as_of)}"
    )


def over_time_alt(band: pd.DataFrame, p_widened: float, params: Params) -> str:
    """The chart over time for those who do not see it."""
    yearly = band.iloc[:: -max(1, round(12 / params.knot_months))].iloc[::-1]
    readings = "; ".join(
        f"{when:%B %Y} {number(row['median'])} ({number(row['outer_low'])} to {number(row['outer_high'])})"
        for when, row in yearly.iterrows()
    )
    return (
        f"A line with bands: months {frontier_of(params.follower)} is behind {frontier_of(params.leader)}, with "
        f"{level(params.prob)}% intervals: {readings}. {_widened(p_widened, params)}"
    )


def over_time_caption(p_widened: float, bound: bool, params: Params) -> str:
    """How to read the chart over time, whether the gap grew, and whether the line is only a lower bound."""
    at_least = " The data do not go back far enough: the gap is at least what the lines show." if bound else ""
    return (
        f"{_widened(p_widened, params)} Thick line: from frontier to frontier, with 50% and {level(params.prob)}% "
        f"bands. Thin line: from the best model {the(params.follower)} had released by then; it climbs a month for "
        f"every month without a better one. Below zero {the(params.follower)} is ahead. The past, too, is read from "
        "the scores known at the as-of date." + at_least
    )


def _widened(p_widened: float, params: Params) -> str:
    return f"The probability that the gap grew over the 12 months to {day(params.as_of)} is {percent(p_widened)}."


# --- Claims ---------------------------------------------------------------------------------------


def claims_about(claims: pd.DataFrame, params: Params) -> pd.DataFrame:
    """The claims in months about the two countries in the year before the as-of date, newest first."""
    if (params.leader, params.follower) != CLAIMED_PAIR:
        return claims.iloc[:0]
    published, as_of = pd.to_datetime(claims["published"]), pd.Timestamp(params.as_of)
    recent = published.between(as_of - pd.DateOffset(years=1), as_of)
    if params.domain != "all":
        recent &= claims["domain"] == params.domain
    in_months = (claims["unit"] == "months") & claims[["low", "central", "high"]].notna().any(axis=1)
    order = {"by": ["published", "claim_id"], "ascending": [False, True]}
    return claims[recent & in_months].assign(published=published).sort_values(**order)


def is_disputed(claim: pd.Series) -> bool:
    """Whether it is one of the numbers the brief sets side by side."""
    return bool(pd.notna(claim["featured"]))


def claim_label(claim: pd.Series) -> tuple[str, str]:
    """Who said it first, and when and of what: (NIST CAISI, May 2026), (Epoch AI, May 2026, open models)."""
    who = re.split(r" via | in | / ", claim["who"])[0]
    of_open = ", open models" if claim["scope"] == "open_closed" else ""
    domain = "" if claim["domain"] in ("general", "unknown") else f", {claim['domain']}"
    return _upper(who), f"{pd.Timestamp(claim['published']):%b %Y}{of_open}{domain}"


def claim_text(claim: pd.Series) -> str:
    """What was claimed: about 8 months, 9 to 12 months, at least 8 months."""
    return {
        "interval": f"{claim['low']:g} to {claim['high']:g} months",
        "at_least": f"at least {claim['low']:g} months",
        "at_most": f"at most {claim['high']:g} months",
    }.get(claim["form"], f"about {claim['central']:g} months")


def claims_heading(claims: pd.DataFrame, params: Params) -> str:
    """The heading above the claims: What "8" and "9 to 12" measure."""
    disputed = [claim for _, claim in claims_about(claims, params).iloc[::-1].iterrows() if is_disputed(claim)]
    quoted = [f"“{claim_text(claim).removeprefix('about ').removesuffix(' months')}”" for claim in disputed]
    return f"What {listed(quoted)} measure{'s' if len(quoted) == 1 else ''}" if quoted else "What others have published"


def claims_caption(params: Params) -> str:
    """What the table of claims holds."""
    return (
        f"Published in the year before {day(params.as_of)}, beside our reading of the day each is about "
        f"({level(params.prob)}% interval in brackets); where a claim does not say what it measures, the most "
        "probable reading in its own scope"
    )


def claims_finding(claims: pd.DataFrame, ranked: pd.DataFrame, params: Params) -> Finding:
    """What the disputed claims measure and whether they hold, with every recent claim beside our number.

    A claim that names what it measures is set beside our reading of that; one
    that does not, beside the reading that makes it most probable. It agrees
    when its range meets our interval.

    Parameters
    ----------
    claims : DataFrame
        claims.csv.
    ranked : DataFrame
        What `claims.which_definition` gives.
    params : Params
    """
    recent = [claim for _, claim in claims_about(claims, params).iterrows()]
    disputed = [claim for claim in reversed(recent) if is_disputed(claim)]
    judged = {claim["claim_id"]: _readings_of(claim, ranked) for claim in recent}
    verdicts = [_verdict(claim, judged[claim["claim_id"]], params) for claim in disputed]
    paragraphs = [text for text, _ in verdicts]
    if len(verdicts) > 1:
        held = [claim["who"] for claim, (_, agrees) in zip(disputed, verdicts, strict=True) if agrees]
        measured = {
            _what(judged[claim["claim_id"]].iloc[0], params) for claim in disputed if len(judged[claim["claim_id"]])
        }
        different = len(measured) == len(disputed)
        paragraphs.append(
            f"Both can be true at once{': they do not measure the same thing' if different else ''}."
            if len(held) == len(verdicts)
            else f"Our reading supports {f'only {listed(held)}' if held else 'neither'}."
        )
    rows = pd.DataFrame(
        [_claim_row(claim, judged[claim["claim_id"]], params) for claim in recent],
        columns=["Who", "Says", "About", "Reading", "Our number"],
    )
    # Two numbers of one author and one day are told apart by what the table of claims notes of each.
    twice = zip(rows["About"], rows["Who"].duplicated(keep=False), recent, strict=True)
    rows["About"] = [f"{about} ({claim['note']})" if two else about for about, two, claim in twice]
    return Finding(rows, "\n".join(paragraphs))


def readings_table(claims: pd.DataFrame, ranked: pd.DataFrame) -> pd.DataFrame:
    """Readings of claims, each with the density that it gives the claim and its interval.

    Parameters
    ----------
    claims : DataFrame
        claims.csv.
    ranked : DataFrame
        Rows of what `claims.which_definition` gives.
    """
    said = claims.set_index("claim_id")
    return pd.DataFrame({
        "Claim": ranked["claim_id"],
        "Says": [claim_text(said.loc[name]) for name in ranked["claim_id"]],
        "Reading": ranked["definition"] + ranked["unit"].map(lambda unit: "" if unit == "months" else f" ({unit})"),
        "Of": ranked["subject"],
        "Scope": ranked["scope"],
        "Domain": ranked["domain"],
        "On": ranked["date"].dt.strftime("%Y-%m-%d"),
        "Density": [f"{value:.3f}" for value in ranked["density"]],
        "Months": [_span_of(*row) for row in ranked[["median", "lower", "upper"]].itertuples(index=False)],
        "Reading below": [percent(value) for value in ranked["p_below"]],
    })  # fmt: skip


def with_claims(beside: pd.DataFrame, combined: Combined, params: Params) -> Finding:
    """What the first number of `beside` becomes when the comparable claims are believed too.

    Parameters
    ----------
    beside : DataFrame
        What `claims.beside` gives.
    combined : Combined
        What `claims.combine` gave for the same run.
    params : Params
    """
    first, count = beside.iloc[0], len(combined.claims)
    if not count:
        return Finding(beside, "")
    groups = combined.claims["independence_group"].nunique()
    which = f"the {count} comparable claims" if count > 1 else "the one comparable claim"
    weighing = f", in {groups} independent group{'s' if groups > 1 else ''} of equal weight" if count > 1 else ""
    alone = _span_of(first["median"], first["lower"], first["upper"])
    what = f"{_upper(label_of(first['number'], 'months', params))} on {day(params.as_of)}, {what_counts(params)}"
    if not combined.weights.usable:
        return Finding(
            beside,
            f"{what}: {alone} from the data only. Weighing the draws with {which} fails "
            f"(k-hat {first['k_hat']:.2f}, above {combined.weights.limit:.2f}): too few draws agree with what is "
            "claimed, so there is no number for data and claims together.",
        )
    both = _span_of(first["median_claims"], first["lower_claims"], first["upper_claims"])
    return Finding(
        beside,
        f"{what}: {alone} from the data only; {both} if {which} were "
        f"believed as well{weighing}. No claim enters any other number on this page.",
    )


def _k_hat(value: float) -> str:
    return f"{value:.2f}".replace("-", "−")


def _span_in_words(middle: float, low: float, high: float) -> str:
    """The same in a sentence, whoever leads: 8.1 (6.9 to 9.5) months, 4.8 (3.5 to 5.9) months ahead."""
    if middle < 0 and not high > 0:
        return f"{_span_of(-middle, -high, -low)} months ahead"
    if low < 0 < high:
        side = "level" if number(middle) == "0.0" else f"{months(abs(middle))} {'behind' if middle > 0 else 'ahead'}"
        return f"{side} ({number(-low)} ahead to {number(high)} behind)"
    return f"{_span_of(middle, low, high)} months"


def _span_of(middle: float, low: float, high: float) -> str:
    """Middle estimate and interval in figures: 8.1 (6.9 to 9.5)."""
    if not np.isfinite(middle):
        return "undefined"
    width = high - low if np.isfinite(high - low) else 1.0
    if not (np.isfinite(low) and np.isfinite(high)) or low == high:
        return number(middle, width)
    return f"{number(middle, width)} ({number(low, width)}\u00a0to\u00a0{number(high, width)})"


def _readings_of(claim: pd.Series, ranked: pd.DataFrame) -> pd.DataFrame:
    """Our readings of what the claim is about, the one it names or else the most probable first; empty for others."""
    if claim["scope"] == "open_closed":
        return ranked.iloc[:0]
    rows = set_beside(claim, ranked)
    rows = rows[rows["domain"] == domain_of(claim)]
    return rows if rows["named"].any() or claim["functional"] == "unknown" else rows.iloc[:0]


def _claim_row(claim: pd.Series, readings: pd.DataFrame, params: Params) -> tuple[str, ...]:
    who = f"{_upper(claim['who'])}, {day(claim['published'])}"
    about = [SCOPES[claim["scope"]]]
    if claim["domain"] not in ("general", "unknown"):
        about.append(f"{claim['domain']} only")
    if claim["functional"] != "unknown":
        about.append(_lower(label_of(claim["functional"], "months", params)))
    said = (who, claim_text(claim), _upper(", ".join(about)))
    if readings.empty:
        return *said, "–", "nothing comparable"
    first = readings.iloc[0]
    agrees = "agrees" if _agrees(claim, first) else "does not agree"
    return *said, _upper(_what(first, params)), f"{_span_of(first['median'], first['lower'], first['upper'])}: {agrees}"


def _what(reading: pd.Series, params: Params) -> str:
    """What a reading measures: distance in months at US pace, restricted models too."""
    of_model = "" if reading["subject"] == params.follower else f" for {reading['subject']}"
    domain = "" if reading["domain"] == "all" else f" in {reading['domain']}"
    what = _lower(label_of(reading["definition"], reading["unit"], params))
    return f"{what}{of_model}{domain}, {SCOPES[reading['scope']]}"


def _verdict(claim: pd.Series, readings: pd.DataFrame, params: Params) -> tuple[str, bool]:
    """What a disputed claim measures, our number for it, and whether it agrees."""
    when, counted = day(claim["published"]), SCOPES[claim["scope"]]
    says = f"{claim['who']} put the gap at {claim_text(claim)} on {when}, counting {counted}."
    if readings.empty or not readings["density"].max() > 0:
        return f"{says} It does not say what is measured, and no definition of ours gives that many.", False
    first, agrees = readings.iloc[0], _agrees(claim, readings.iloc[0])
    best = readings.sort_values("rank").iloc[0]
    ours = _span_in_words(first["median"], first["lower"], first["upper"])
    if first["named"]:
        rest = (
            "No other reading makes it more probable."
            if first["rank"] == 1
            else f"Of {len(readings)} readings set beside it this one is number {first['rank']} by probability; the "
            f"first is {_what(best, params)}: {_span_in_words(best['median'], best['lower'], best['upper'])}."
        )
        return (
            f"{says} It says what it measures, {_what(first, params)}: our number for that is {ours}, which "
            f"{'agrees' if agrees else 'does not agree'}. {rest}"
        ), agrees
    if not agrees and not any(_agrees(claim, row) for _, row in readings.iterrows()):
        return f"{says} It does not say what is measured, and no definition of ours gives that many.", False
    usual = readings[(readings["definition"] == "frontier_lag") & (readings["scope"] == claim["scope"])]
    against = ""
    if len(usual) and usual.iloc[0]["rank"] > 1 and usual.iloc[0]["density"] > 0:
        lag = usual.iloc[0]
        against = (
            f" That makes the claim {best['density'] / lag['density']:.1f} times as probable as our lag from frontier "
            f"to frontier does: {_span_in_words(lag['median'], lag['lower'], lag['upper'])}."
        )
    close = sum(_agrees(claim, row) for _, row in readings.iterrows())
    return (
        f"{says} It does not say what is measured. Of {len(readings)} readings set beside it, {close} are compatible "
        f"with it; the most probable is {_what(best, params)}: {ours}.{against}"
    ), True


def _agrees(claim: pd.Series, reading: pd.Series) -> bool:
    """Whether the claim's range meets our interval."""
    low, high = claim_range(claim)
    ours_low, ours_high = reading["lower"], reading["upper"]
    if not (np.isfinite(ours_low) and np.isfinite(ours_high)):
        ours_low = ours_high = reading["median"]
    return bool(ours_low <= high and low <= ours_high)


# --- Bridge ---------------------------------------------------------------------------------------

_STEPS = {
    "definition": "Definition",
    "subject": "Whose gap",
    "date": "Day",
    "scope": "Counted",
    "clock": "Date of a model",
    "ruler": "Scale",
    "knowledge": "Scores known",
    "sources": "Whose scores",
    "benchmarks": "Which tests",
    "self_reports": "Developers' own scores",
    "harnesses": "Evaluators' set-ups",
    "public_tests": "Advantage on public tests",
    "domain": "Domain",
    "not explained": "Not explained by any setting of ours",
}


def bridge_table(bridge: Bridge) -> pd.DataFrame:
    """Every change on the way from one number to the other, and the months it adds; the rows add up."""
    params = bridge.start.setting.run
    rows = [
        (_STEPS[row["step"]], *(_of_step(row, side, bridge, params) for side in ("before", "after")), row["months"])
        for _, row in bridge.steps.iterrows()
    ]
    ends = (
        [("From", end_label(bridge.start, params), "", bridge.first)],
        [("To", "", end_label(bridge.end, params), bridge.last)],
    )
    return pd.DataFrame([*ends[0], *rows, *ends[1]], columns=["Change", "From", "To", "Months"])


def end_label(end: End, params: Params) -> str:
    """One end of a bridge by name: The New York Times; or the definition of ours that it is."""
    if end.label:
        return _upper(end.label)
    return f"Our {_lower(label_of(end.setting.definition, end.setting.unit, params))}"


def _name(end: End, params: Params) -> str:
    return end.label or _lower(end_label(end, params))


def _reading_label(end: End, params: Params) -> str:
    setting = end.setting
    return (
        f"{_lower(label_of(setting.definition, setting.unit, params))} for {the(setting.subject)} "
        f"on {day(setting.date)}, {SCOPES[setting.run.scope]}"
    )


def _of_step(row: pd.Series, side: str, bridge: Bridge, params: Params) -> str:
    """One side of a change in words."""
    value = row[side]
    if row["step"] == "not explained":
        end = bridge.start if row["of"] == bridge.start.name else bridge.end
        return _upper(end.label) if value == "as published" else "our nearest reading"
    if row["step"] == "definition":
        definition, _, unit = value.partition("/")
        return _lower(label_of(definition, unit or "months", params))
    if row["step"] == "scope":
        return SCOPES[value]
    return day(value) if row["step"] == "date" else value.replace("_", " ")


def added(months_added: float) -> str:
    """Months added or taken away: +0.7, −0.8, 0."""
    return f"{months_added:+.1f}".replace("-", "−") if round(months_added, 1) else "0"


def step_label(row: pd.Series, bridge: Bridge) -> tuple[str, str]:
    """A change in two lines for a chart: what, and from what to what."""
    params = bridge.start.setting.run
    if row["step"] == "not explained":
        end = bridge.start if row["of"] == bridge.start.name else bridge.end
        return "Not explained", f"between our reading and {end.label}"
    return _STEPS[row["step"]], " → ".join(_of_step(row, side, bridge, params) for side in ("before", "after"))


def bridge_title(bridge: Bridge) -> str:
    """The finding of a bridge: what explains most of the difference, and what stays unexplained."""
    known = bridge.steps[bridge.steps["step"] != "not explained"]
    rest = bridge.steps.loc[bridge.steps["step"] == "not explained", "months"]
    ends = f"From {number(bridge.first)} to {months(bridge.last)}"
    if known.empty or not known["months"].any():
        return f"{ends}: no setting of ours explains the difference" if bridge.first != bridge.last else ends
    most = known.loc[known["months"].abs().idxmax()]
    text = f"{ends}: the largest change is {_lower(_STEPS[most['step']])}, {added(most['months'])}"
    return f"{text}; {added(round(rest.sum(), 1))} is not explained" if len(rest) and round(rest.sum(), 1) else text


def bridge_subtitle(bridge: Bridge) -> str:
    """What is drawn on the waterfall."""
    params = bridge.start.setting.run
    return (
        f"Months that each single change adds on the way from {_name(bridge.start, params)} to "
        f"{_name(bridge.end, params)}, averaged over every order"
    )


def bridge_alt(bridge: Bridge) -> str:
    """The waterfall for those who do not see it."""
    params = bridge.start.setting.run
    steps = "; ".join(
        f"{': '.join(step_label(row, bridge))}, {added(row['months'])}" for _, row in bridge.steps.iterrows()
    )
    return (
        f"Steps from {number(bridge.first)} months ({end_label(bridge.start, params)}) to {number(bridge.last)} months "
        f"({end_label(bridge.end, params)}): {steps or 'none'}."
    )


def bridge_caption(bridge: Bridge) -> str:
    """How to read the waterfall, and what the ends stand for."""
    parts = [
        f"{_upper(end.label)} ({months(end.months)}) is read as {_reading_label(end, end.setting.run)}."
        for end in (bridge.start, bridge.end)
        if end.months is not None
    ] + [
        f"Our number is {_reading_label(end, end.setting.run)}."
        for end in (bridge.start, bridge.end)
        if end.months is None
    ]
    order = bridge.steps[bridge.steps["step"] != "not explained"]
    spread = (order["high"] - order["low"]).max() if len(order) else 0.0
    ordered = (
        f"What one adds depends on the order, by at most {months(spread)} here; shown is the average over all orders. "
        if float(number(spread))
        else ""
    )
    parts.append(
        f"The changes add up exactly. {ordered}Every step is the difference of two middle estimates and carries their "
        "uncertainty."
    )
    return " ".join(parts)


# --- Influence and what-if ------------------------------------------------------------------------


def number_label(name: str, params: Params) -> str:
    """A headline number of `influence.NUMBERS` by name."""
    return label_of(name, "months_at_leader_pace" if name == "distance" else "months", params)


def influence_table(influence: pd.DataFrame, params: Params, rows: int = 10) -> pd.DataFrame:
    """The models, sources or benchmarks that move the gap most: the shift of every headline number, in months."""
    first = list(influence["left_out"].drop_duplicates())[:rows]
    shown = influence[influence["left_out"].isin(first)]
    wide = shown.pivot(index="left_out", columns="number", values="shift").reindex(first)
    made = shown.drop_duplicates("left_out").set_index("left_out").reindex(first)
    columns = {number_label(name, params): [_shift(v) for v in wide[name]] for name in wide.columns}
    names = [name for name in LABELS if name in wide.columns]
    columns = {number_label(name, params): columns[number_label(name, params)] for name in names}
    k_hat = [_k_hat(k) if np.isfinite(k) else "–" for k in made["k_hat"]]
    return pd.DataFrame({"Without": first} | columns | {"By": list(made["method"]), "k-hat": k_hat})


def _shift(value: float) -> str:
    return added(value) if np.isfinite(value) else "–"


def influence_caption(params: Params) -> str:
    """What the table of influence holds."""
    return (
        f"Months by which each number on {day(params.as_of)} would move without one model; the others keep the "
        "abilities that all scores give them"
    )


def influence_finding(influence: pd.DataFrame, params: Params) -> Finding:
    """What the gap today rests on most, and whether any single model could overturn it."""
    today = influence[influence["number"] == "frontier_lag"]
    known = today[np.isfinite(today["shift"])]
    most = known.iloc[0]
    text = (
        f"{_upper(label_of('frontier_lag', 'months', params))} on {day(params.as_of)} is "
        f"{months(most['months'])}. Without {most['left_out']} it would be {number(most['months_without'])} "
        f"({added(most['shift'])}, Monte Carlo error {most['error']:.2f})"
    )
    second = known.iloc[1] if len(known) > 1 else None
    if second is not None:
        text += f"; without any other one it would move by at most {number(abs(second['shift']))}"
    failed = list(today.loc[~np.isfinite(today["shift"]), "left_out"])
    if failed:
        text += f". For {listed(failed)} this quick reckoning fails, and only a new fit could tell"
    return Finding(influence, f"{text}.")


_WAYS_OUT = {"benchmark": "test", "source": "source"}


def influence_label(row: Mapping[str, Any]) -> str:
    """What is left out, with the number of its scores when it is a test or a source."""
    kind = _WAYS_OUT.get(row.get("by"))
    return f"{row['left_out']} ({kind}, {row['scores']:,} scores)" if kind else str(row["left_out"])


def influence_title(ranked: pd.DataFrame, params: Params) -> str:
    """The largest shift of the chart of influence."""
    if ranked.empty:
        return "Nothing could be left out"
    first = ranked.iloc[0]
    label = number_label(first["number"], params)
    return (
        f"{label}: {number(first['months'])} months, {number(first['months_without'])} without "
        f"{influence_label(first.to_dict())}"
    )


def influence_subtitle(name: str, params: Params) -> str:
    """What the marks of the chart of influence are."""
    return (
        f"{number_label(name, params)} on {day(params.as_of)}: months by which it would move if each were left out; "
        "the line is twice the Monte Carlo error"
    )


def influence_alt(ranked: pd.DataFrame, params: Params) -> str:
    """Every number of the chart of influence."""
    if ranked.empty:
        return "Nothing could be left out."
    opening = f"{number_label(ranked['number'].iloc[0], params)}, {months(ranked['months'].iloc[0])} with everything."
    return " ".join(
        [opening, *(f"Without {influence_label(row)}: {added(row['shift'])}." for row in ranked.to_dict("records"))]
    )


def influence_chart_caption(ranked: pd.DataFrame) -> str:
    """How to read the chart of influence, and how its numbers were made."""
    by_weight = int((ranked["method"] == "weights").sum())
    made = [f"{by_weight} by weights on the draws"] if by_weight else []
    made += [f"{len(ranked) - by_weight} by a new fit"] if by_weight < len(ranked) else []
    caption = (
        f"The {len(ranked)} largest shifts, {listed(made)}. A shift within its line may be chance of the computation"
    )
    if by_weight == len(ranked):
        return f"{caption}."
    return f"{caption}; the line of a new fit does not hold what another seed would change in the abilities."


def leave_outs_finding(table: pd.DataFrame) -> Finding:
    """How far the lag from frontier to frontier rests on any one model, test or source of the record.

    Parameters
    ----------
    table : DataFrame
        What `validation.leave_outs.table` gives.
    """
    today = table[table["number"] == "frontier_lag"]
    known = today[today["shift"].notna()]
    parts = []
    for by, kind in (("model", "models"), ("benchmark", "most used tests"), ("source", "largest sources")):
        rows = known[known["by"] == by]
        if rows.empty:
            continue
        most = rows.loc[rows["shift"].abs().idxmax()]
        parts.append(
            f"without one of the {len(rows)} {kind} {number(rows['months_without'].min())} to "
            f"{number(rows['months_without'].max())} (most without {most['left_out']}, {added(most['shift'])})"
        )
    if not parts:
        return Finding(table, "Nothing could be left out.")
    text = f"From frontier to frontier {months(known['months'].iloc[0])} with everything; {listed(parts)}."
    doubtful = known[~known["health"].isin(["PASS"])]
    if len(doubtful):
        text += f" {len(doubtful)} of these fits {'asks' if len(doubtful) == 1 else 'ask'} for review."
    missing = today.loc[today["shift"].isna()]
    for method, why in (("weights fail", "weights fail"), ("not enough data", "too little is left for a fit")):
        names = list(missing.loc[missing["method"] == method, "left_out"])
        text += f" Without {listed(names)} {why}, and there is no number." if names else ""
    return Finding(table, text)


def whatif_finding(effect: Effect, params: Params) -> Finding:
    """What a release would change, or why that cannot be said."""
    new, found = effect.release, effect.weights
    given = (
        f"ability {new.ability[0]:g} ± {new.ability[1]:g} points"
        if new.ability
        else listed([f"{name} {score:g}" for name, score in new.scores])
    )
    opening = f"If {the(new.country)} released {new.model} on {day(new.date)} with {given}"
    if effect.method == "weights fail":
        return Finding(
            effect.table,
            f"{opening}: no number can be given. Weighing the draws fails (k-hat {found.k_hat:.2f}, above "
            f"{found.limit:.2f}), because too few of them hold such a model possible on that day; only a fit with it "
            "could tell.",
        )
    rows = effect.table.set_index("number")
    low, middle, high = effect.ability
    parts = [
        f"{_lower(number_label(name, params))} {_moves(rows.loc[name])}"
        for name in ("frontier_lag", "released_lag", "distance")
    ]
    own = ""
    if "model_lag" in rows.index:
        lag = rows.loc["model_lag"]
        own = f" It would itself be {_span_of(lag['with'], lag['with_lower'], lag['with_upper'])} months behind."
    level_words = f"{_span_of(middle, low, high)} {effect.unit}"
    future = (
        "" if effect.date <= pd.Timestamp(params.as_of)
        else f" From {day(params.as_of)} to then both frontiers go on at their own pace."
    )  # fmt: skip
    return Finding(
        effect.table,
        f"{opening}, its ability would be {level_words}; on {day(effect.date)} {listed(parts)} months.{own}{future} "
        f"{_made_by(effect)}",
    )


def _made_by(effect: Effect) -> str:
    found = effect.weights
    if effect.method == "weights":
        return f"Weights on the draws, k-hat {_k_hat(found.k_hat)}, worth {found.effective:,.0f} draws."
    fitted = "the frontiers" if effect.release.ability else "everything"
    why = f"; weights on the draws would fail, k-hat {_k_hat(found.k_hat)}" if not found.usable else ""
    return f"From a fit of {fitted} with it among the data, whose checks say {effect.health.status}{why}."


def _moves(row: pd.Series) -> str:
    before = _span_of(row["without"], row["without_lower"], row["without_upper"])
    after = _span_of(row["with"], row["with_lower"], row["with_upper"])
    return f"would be {after} instead of {before}"


def whatif_table(effect: Effect, params: Params) -> pd.DataFrame:
    """Every headline number on the day, without and with the release."""
    rows = [
        (
            number_label(row["number"], params)
            if row["number"] != "model_lag"
            else f"Model to frontier, {effect.release.model}",
            _span_of(row["without"], row["without_lower"], row["without_upper"])
            if row["number"] != "model_lag"
            else "–",
            _span_of(row["with"], row["with_lower"], row["with_upper"]) if np.isfinite(row["with"]) else "–",
            _shift(row["shift"]),
        )
        for _, row in effect.table.iterrows()
    ]
    return pd.DataFrame(rows, columns=["Months", "Without", "With", "Shift"])


# --- Forecast and scenarios -----------------------------------------------------------------------


def forecast_title(table: pd.DataFrame, prob: float) -> str:
    """The finding of the forecast: which way the lag goes within a year, if the draws agree."""
    year = _at_horizon(table, "frontier_lag", 12)
    sure = max(year["p_widened"], 1 - year["p_widened"])
    if sure < 0.8:
        return f"In a year: {_fan(year, prob)}; the direction is open"
    way = "longer" if year["p_widened"] > 0.5 else "shorter"
    return f"In a year: {_fan(year, prob)}, {'' if sure >= 0.95 else 'probably '}{way} than today"


def forecast_subtitle(params: Params) -> str:
    """What is drawn on the chart of the forecast."""
    return (
        f"Months {frontier_of(params.follower)} is behind {frontier_of(params.leader)}, {what_counts(params)}; "
        f"forecast from {day(params.as_of)}"
    )


def forecast_alt(table: pd.DataFrame, baseline: pd.DataFrame | None, params: Params) -> str:
    """The chart of the forecast for those who do not see it."""

    def told(rows: pd.DataFrame) -> str:
        frontier = rows[rows["definition"] == "frontier_lag"]
        return "; ".join(f"{day(row['date'])} {_fan(row, params.prob)}" for _, row in frontier.iterrows())

    text = (
        f"A line with bands: months {frontier_of(params.follower)} is behind {frontier_of(params.leader)}, with "
        f"{level(params.prob)}% intervals that open like a fan after {day(params.as_of)}: {told(table)}."
    )
    return text if baseline is None else f"{text} A dashed line shows it without the scenario: {told(baseline)}."


def forecast_caption(params: Params, *, scenario: bool, nowcast: bool = False) -> str:
    """How to read the chart of the forecast."""
    text = (
        f"Thick line: middle of the draws; dark band: 50%, pale band: {level(params.prob)}%. Thin line: the same read "
        f"from the best model {the(params.follower)} will have released. Below zero {the(params.follower)} is ahead. "
    )
    if nowcast:
        text += "Diamond: the thin line today with the models counted that are out but not scored yet. "
    if scenario:
        text += f"Dashed: without the scenario. {' '.join(lever_lines(params))} "
    return text + (
        "Four shapes of the future weigh equally, since the past does not say which is right: each country drifting on "
        "its own, catching up, straight lines since 2024, and the lag of today."
    )


def forecast_finding(table: pd.DataFrame, params: Params) -> Finding:
    """What the forecast says of the coming year, from the rows of `tables.forecast_table`."""
    near, far = (_at_horizon(table, "frontier_lag", horizon) for horizon in (12, 24))
    limits: dict[str, list[str]] = {}
    for limit in (6, 9, 12, 18):
        limits.setdefault(percent(near[f"p_over_{limit}"]), []).append(f"{limit}")
    either = {prob: " or ".join(filter(None, [", ".join(those[:-1]), those[-1]])) for prob, those in limits.items()}
    over = [f"{prob} for more than {those} months" for prob, those in either.items()]
    ahead = f"The probability that {the(params.follower)} has been ahead by then"
    return Finding(
        table,
        f"In {month(near['date'])} {frontier_of(params.follower)} will be {_fan(near, params.prob)}. "
        f"The probability that the lag is longer than today is {percent(near['p_widened'])}; {listed(over)}. "
        f"{ahead} is {percent(near['p_ahead_by'])}, and {percent(far['p_ahead_by'])} by {month(far['date'])}.",
    )


def threshold_caption(params: Params) -> str:
    """What the table of probabilities holds."""
    return (
        f"Months behind ({level(params.prob)}% interval in brackets) and the probability that they are more than "
        "6, 9, 12 and 18"
    )


def threshold_table(table: pd.DataFrame, params: Params, *, short: bool = False) -> pd.DataFrame:
    """One row per horizon and lag: the number, P(more than 6, 9, 12, 18 months), P(longer than today), P(ahead by).

    `short` is for the columns of a terminal.
    """
    months, labels = ("mo.", {"frontier_lag": "frontier", "released_lag": "released"}) if short else ("months", LABELS)
    longer, ahead = ("longer", "ahead") if short else ("Longer than today", "ahead by then")
    shown = []
    for _, row in table.iterrows():
        cells = {
            "In": f"{row['horizon']} {months} ({pd.Timestamp(row['date']):%b %Y})",
            "Gap": labels[row["definition"]],
            "Months": _middle(row, params.prob),
        }
        cells |= {f"> {limit}": short_percent(row[f"p_over_{limit}"]) for limit in (6, 9, 12, 18)}
        cells[longer] = short_percent(row["p_widened"]) if np.isfinite(row["p_widened"]) else "–"
        cells[f"{params.follower} {ahead}"] = (
            short_percent(row["p_ahead_by"]) if np.isfinite(row["p_ahead_by"]) else "–"
        )
        shown.append(cells)
    return pd.DataFrame(shown)


def catch_up_caption(params: Params) -> str:
    """What the table of catch-up dates holds."""
    return (
        f"When {the(params.follower)} reaches each model: middle date and {level(params.prob)}% interval. "
        "Frontier: what is attainable there; released: by a model that is out"
    )


def catch_up_display(table: pd.DataFrame, params: Params, *, short: bool = False) -> pd.DataFrame:
    """One row per model and reading: dates, P(already matched), P(within a year); `short` is for a terminal."""
    by, within = ("By", "in") if short else ("Reached by", "Within")
    shown = []
    for _, row in table.iterrows():
        cells = {"Model": row["target"], by: {"frontier": "Frontier", "released": "Released"}[row["reading"]]}
        if row["status"]:
            cells |= {"When": row["status"], "Already": "–", f"{within} 6 months": "–", f"{within} 12 months": "–"}
        else:
            cells["When"] = when(row, params)
            cells["Already"] = short_percent(row["p_matched"])
            cells |= {f"{within} {limit} months": short_percent(row[f"p_by_{limit}"]) for limit in (6, 12)}
        shown.append(cells)
    return pd.DataFrame(shown)


def when(row: pd.Series, params: Params) -> str:
    """A catch-up date with its interval: November 2026 (August 2026 to February 2027)."""
    low, high = _bounds(row, params.prob)
    middle, low, high = (_month(months, params) for months in (row["median"], low, high))
    return f"{middle} ({low} to {high})"


def _month(months: float, params: Params) -> str:
    if months > params.horizon_months:
        months = params.horizon_months
        return f"after {_date_after(months, params):%b %Y}"
    return f"{_date_after(months, params):%b %Y}" if np.isfinite(months) else "–"


def _date_after(months: float, params: Params) -> pd.Timestamp:
    return pd.Timestamp(params.as_of) + pd.Timedelta(days=months * MONTH_DAYS)


def catch_up_title(table: pd.DataFrame, params: Params) -> str:
    """The finding of the chart of catch-up dates, about the most recent model in scope."""
    known = table[(table["status"] == "") & (table["reading"] == "frontier")]
    if known.empty:
        return "None of the named models is counted in this run"
    row = known.iloc[-1]
    if row["p_matched"] > 0.5:
        return _upper(f"{the(params.follower)} has probably matched {row['target']}")
    if row["p_later"] > 0.5:
        return _upper(f"{the(params.follower)} reaches {row['target']} {_month(row['median'], params)}")
    return _upper(f"{the(params.follower)} reaches {row['target']} around {_month(row['median'], params)}")


def catch_up_subtitle(params: Params) -> str:
    """What is drawn on the chart of catch-up dates."""
    return (
        f"When {the(params.follower)} is as able as each model of {the(params.leader)}, seen from {day(params.as_of)}"
    )


def catch_up_alt(table: pd.DataFrame, params: Params) -> str:
    """The chart of catch-up dates for those who do not see it."""
    parts = [
        f"{row['target']}, {'by frontier' if row['reading'] == 'frontier' else 'by a released model'}: "
        f"{row['status'] or when(row, params)}"
        for _, row in table.iterrows()
    ]
    return f"Intervals of dates ({level(params.prob)}%). {'; '.join(parts)}."


def catch_up_note(params: Params) -> str:
    """How to read the chart of catch-up dates."""
    return (
        f"Dot: middle date. Thick bar: 50% interval. Thin bar: {level(params.prob)}% interval. Filled: the frontier of "
        f"{the(params.follower)}; hollow: a model it has released. A model that this run does not count has no date."
    )


def lever_lines(params: Params) -> list[str]:
    """One sentence for every lever that is not neutral; [] for the baseline."""
    ahead, behind = the(params.leader), the(params.follower)
    start = params.leader_pause_from or params.as_of
    until = f"until {day(params.leader_pause_to)}" if params.leader_pause_to else "for good"
    gains = "nothing more" if params.follower_diffusion == 0 else f"{params.follower_diffusion:g} times as much"
    # Where restricted models count anyway, the lever has nothing to hold back.
    nothing = "" if params.scope == "public" else " (no effect here: this scope counts restricted models)"
    sentences = {
        "leader_rate": f"From {day(params.as_of)} {ahead} moves at {params.leader_rate:g} times its pace.",
        "leader_pause_from": f"{_upper(ahead)} stands still from {day(start)} {until}.",
        "leader_restricted_share": f"{params.leader_restricted_share:.0%} of the new progress of {ahead} is public "
        f"only {params.leader_restricted_months:g} months later{nothing}.",
        "follower_rate": f"From {day(params.follower_rate_from or params.as_of)} {behind} moves at "
        f"{params.follower_rate:g} times its pace.",
        "follower_diffusion": f"{_upper(behind)} gains {gains} from the head start of {ahead}.",
        "follower_delay_months": f"New releases of {behind} come {params.follower_delay_months:g} months later.",
        "inject_ability": _injection(params),
    }
    return [sentences[name] for name in set_levers(params)]


def _injection(params: Params) -> str:
    whose = the(params.follower if params.inject_country == "follower" else params.leader)
    ability, by = params.inject_ability or 0.0, f" ± {params.inject_sd:g}" if params.inject_sd else ""
    told = f"with an ability of {ability:g}{by} {params.inject_scale}"
    if params.inject_scale == "from_leader":
        side = f"{abs(ability):g} logits {'above' if ability > 0 else 'below'} where" if ability else "where"
        told = (
            f"that stands {side} the best of {the(params.leader)} stands today{f' ({by.strip()} logits)' if by else ''}"
        )
    return f"On {day(params.inject_date or params.as_of)} {whose} releases a model {told}: {params.inject_model}."


def scenario_name(name: str) -> str:
    """The name of a scenario's file as a label: us_pause becomes US pause."""
    return _upper(name.replace("_", " ")).replace("Us ", "US ").replace("chinese", "Chinese")


def scenarios_title(table: pd.DataFrame, horizon: int) -> str:
    """The finding of the chart of scenarios: what moves the lag most."""
    rows = table[(table["definition"] == "frontier_lag") & (table["horizon"] == horizon)]
    moved = rows.loc[(rows["p_shorter"] - rows["p_longer"]).abs() > 0.8]
    if moved.empty:
        return f"No scenario clearly moves the lag within {horizon} months"
    strongest = moved.assign(size=moved["median"].abs().fillna(np.inf)).sort_values("size").iloc[-1]
    way = "shortens" if strongest["p_shorter"] > strongest["p_longer"] else "lengthens"
    return f"Of these, “{scenario_name(strongest['scenario'])}” {way} the lag most within {horizon} months"


def scenarios_subtitle(horizon: int, params: Params) -> str:
    """What is drawn on the chart of scenarios."""
    return (
        f"Change of the months {the(params.follower)} is behind {the(params.leader)}, {horizon} months after "
        f"{day(params.as_of)}, against the baseline: from frontier to frontier (filled) and from the best released "
        "model (hollow)"
    )


def scenarios_alt(rows: pd.DataFrame, params: Params) -> str:
    """The chart of scenarios for those who do not see it."""
    parts = [
        f"{scenario_name(row['scenario'])}, {LABELS[row['definition']].lower()}: {signed(row, params.prob)}"
        for _, row in rows.iterrows()
    ]
    return f"Intervals of change in months ({level(params.prob)}%). {'; '.join(parts)}."


def scenarios_caption(params: Params) -> str:
    """How to read the chart of scenarios."""
    return (
        f"Dot: middle change. Thick bar: 50% interval. Thin bar: {level(params.prob)}% interval. Filled: frontier to "
        "frontier; hollow: from the best released model. Left of zero the gap is shorter. A scenario and the baseline "
        "use the same random numbers. A lag looks back: what the leader does shows only once the follower gets there, "
        "and a standstill of the leader makes it jump when the follower passes it."
    )


def scenarios_table_caption(params: Params) -> str:
    """What the table of scenarios holds."""
    return (
        f"Change of the months {the(params.follower)} is behind {the(params.leader)}, middle and "
        f"{level(params.prob)}% interval; ahead: the lag has no number, {the(params.follower)} is ahead for good"
    )


def scenarios_table(table: pd.DataFrame, described: dict[str, str], params: Params) -> pd.DataFrame:
    """One row per scenario: what it assumes, and the change of the lags after one and two years."""
    shown = []
    for name, rows in table.groupby("scenario", sort=False):
        cells = {"Scenario": scenario_name(str(name)), "Assumes": described[str(name)]}
        for horizon in (12, 24):
            for definition, label in (("frontier_lag", "frontier"), ("released_lag", "released")):
                row = rows[(rows["definition"] == definition) & (rows["horizon"] == horizon)].iloc[0]
                cells[f"+{horizon} months, {label}"] = signed(row, params.prob)
        shown.append(cells)
    return pd.DataFrame(shown)


def signed(row: pd.Series, prob: float) -> str:
    """A change with its interval and sign: +2.4 (+0.8 to +5.1); what has no number is said in words."""
    low, high = _bounds(row, prob)
    text = [_signed(value) for value in (row["median"], low, high)]
    if set(text) == {"0.0"}:
        return "no change"
    return f"{text[0]} ({text[1]}\u00a0to\u00a0{text[2]})"


def _signed(value: float) -> str:
    if not np.isfinite(value):
        return "ahead"
    text = number(value)
    return text if value <= 0 or float(text) == 0 else f"+{text}"


def _middle(row: pd.Series, prob: float) -> str:
    """Middle and interval of a lag to come; an undefined one means that the follower is ahead for good."""
    low, high = _bounds(row, prob)
    middle, low, high = (number(value) if np.isfinite(value) else "ahead" for value in (row["median"], low, high))
    return f"{middle} ({low}\u00a0to\u00a0{high})"


def _fan(row: pd.Series, prob: float) -> str:
    """A lag to come in words: 8.2 months behind (80% interval 1.7 to 12.5)."""
    low, high = _bounds(row, prob)
    if not np.isfinite(row["median"]):
        return "undefined, with the leader overtaken for good"
    where = f"{months(abs(row['median']))} {'behind' if row['median'] >= 0 else 'ahead'}"
    if np.isfinite(low) and low < 0 < high:
        return f"{where} ({level(prob)}% interval {number(-low)} ahead to {number(high)} behind)"
    if np.isfinite(low) and high <= 0:
        return f"{where} ({level(prob)}% interval {number(-high)} to {number(-low)})"
    ends = [number(value) if np.isfinite(value) else "ahead for good" for value in (low, high)]
    return f"{where} ({level(prob)}% interval {ends[0]} to {ends[1]})"


def _at_horizon(table: pd.DataFrame, definition: str, horizon: int) -> pd.Series:
    return table[(table["definition"] == definition) & (table["horizon"] == horizon)].iloc[0]


# --- Nowcast and scopes ---------------------------------------------------------------------------


def nowcast_finding(
    table: pd.DataFrame, unscored: pd.DataFrame, delays: pd.DataFrame, moves: tuple[float, float], params: Params
) -> Finding:
    """The gap with and without the models that are out but unscored, and what their scores could change.

    Parameters
    ----------
    table : DataFrame
        `tables.gap_table` with a nowcast.
    unscored, delays : DataFrame
        What `tables.unscored_table` and `tables.delay_table` give.
    moves : (float, float)
        Interval of the medians that `frontier_lag` could have after their scores.
    params : Params
    """
    theirs = unscored[unscored["country"] == params.follower]
    waiting = delays.set_index("country").loc[params.follower]
    wait = (
        f"Half of the models of {the(params.follower)} that are scored some day have their first score within "
        f"{waiting['median_days']:.0f} days of release ({level(params.prob)}% interval "
        f"{waiting['median_days_lower']:.0f} to {waiting['median_days_upper']:.0f}); "
        f"{percent(waiting['never'])} never have one."
    )
    if theirs.empty:
        nobody = f"Every model that {the(params.follower)} released in the year before {day(params.as_of)} and that is "
        return Finding(unscored, f"{nobody}likely to be scored has a score. {wait}")
    rows = table[(table["subject"] == params.follower) & (table["definition"] == "released_lag")]
    without, counted = (rows[rows["nowcast"] == mark].iloc[0] for mark in (False, True))
    frontier = row(table, "frontier_lag", params.follower)
    count = f"one model in the year before {day(params.as_of)} that has" if len(theirs) == 1 else (
        f"{len(theirs)} models in the year before {day(params.as_of)} that have"
    )  # fmt: skip
    expected = number(theirs["p_scored"].sum())
    with_them, without_them = figures(counted, params.prob), figures(without, params.prob)
    compared = (
        f"With or without them the lag of the best released model is {without_them} months."
        if with_them == without_them
        else f"With them the lag of the best released model is {with_them} months, without them {without_them} months."
    )
    return Finding(
        pd.concat([without.to_frame().T, counted.to_frame().T]),
        f"{_upper(the(params.follower))} released {count} no score that can be used; about {expected} of them can be "
        f"expected to get one. {compared}\n"
        f"The lag from frontier to frontier stays at {figures(frontier, params.prob)} months: it allows for unseen "
        f"models already, and a release without a score says nothing for or against it. Their scores may still move "
        f"its middle estimate to anywhere from {_signed_span(*moves)} ({level(params.prob)}%)."
        f"{'' if frontier['median'] >= 0 else ' ' + _below_zero(params)}\n"
        f"{wait}",
    )


def unscored_shown(unscored: pd.DataFrame, params: Params) -> pd.DataFrame:
    """The follower's unscored models as a reader wants them."""
    theirs = unscored[unscored["country"] == params.follower]
    return pd.DataFrame({
        "Model": theirs["model"],
        "Developer": theirs["developer"].str.replace(r",(?=\S)", ", ", regex=True),
        "Released": [day(date) for date in theirs["date"]],
        "Will be scored": [percent(p) for p in theirs["p_scored"]],
        f"Months behind {the(params.leader)} when it came out": [
            f"{number(r.model_lag, 20)} ({number(r.model_lag_lower, 20)} to {number(r.model_lag_upper, 20)})"
            for r in theirs.itertuples()
        ],
    })  # fmt: skip


def unscored_caption(params: Params) -> str:
    """What the table of unscored models shows."""
    return (
        f"Released by {the(params.follower)} and not scored yet: predictions from the frontier and the model's family, "
        f"with {level(params.prob)}% intervals"
    )


def scopes_shown(scopes: pd.DataFrame, params: Params) -> pd.DataFrame:
    """One row per scope, with the clocks that give the same numbers joined."""
    key = ["scope", "added"]
    rows = []
    for names, runs in scopes.groupby([*key, "definition", "median", "lower", "upper"], sort=False, dropna=False):
        scope, added, definition, middle, low, high = names
        width = high - low if np.isfinite(high - low) else 1.0
        shown = f"{number(middle, width)} ({number(low, width)} to {number(high, width)})"
        rows.append((scope, ", ".join(CLOCKS[clock] for clock in runs["clock"]), added, definition, shown))
    long = pd.DataFrame(rows, columns=["scope", "clocks", "added", "definition", "shown"])
    wide = long.pivot(index=["scope", "clocks", "added"], columns="definition", values="shown")
    wide = wide.reindex(long[["scope", "clocks", "added"]].drop_duplicates().itertuples(index=False, name=None))
    return pd.DataFrame({
        "Counted": [_upper(SCOPES[scope]) for scope, _, _ in wide.index],
        "Models dated by": [clocks for _, clocks, _ in wide.index],
        f"{params.leader} models added": [added or "–" for _, _, added in wide.index],
        LABELS["frontier_lag"]: wide["frontier_lag"].to_numpy(),
        _upper(label_of("distance", "months_at_leader_pace", params)): wide["distance"].to_numpy(),
    })  # fmt: skip


def scopes_caption(params: Params) -> str:
    """What the table of scopes and clocks shows."""
    return (
        f"The gap in months by what counts and by which date, each from its own posterior, with {level(params.prob)}% "
        "intervals; clocks that change nothing share a row"
    )


def _signed_span(low: float, high: float) -> str:
    ends = [months(abs(end)) + (" ahead" if end < 0 else "") for end in (low, high)]
    return " to ".join(ends) + (" behind" if low < 0 <= high else "")


# --- One page -------------------------------------------------------------------------------------


def in_short(
    table: pd.DataFrame, coming: pd.DataFrame, dates: pd.DataFrame, p_widened: float, params: Params
) -> Finding:
    """The gap in three sentences: whether it grew, where it is going, when the newest leader model is reached.

    Parameters
    ----------
    table, coming, dates : DataFrame
        What `tables.gap_table`, `forecast_table` and `catch_up_table` give.
    p_widened : float
        Probability that the lag grew over the last 12 months.
    params : Params
    """
    year = _at_horizon(coming, "frontier_lag", 12)
    known = dates[(dates["status"] == "") & (dates["reading"] == "frontier")]
    sentences = [
        _widened(p_widened, params),
        f"In a year {frontier_of(params.follower)} will be {_fan(year, params.prob)} if nothing is done differently.",
    ]
    if len(known):
        row = known.iloc[-1]
        sentences.append(
            _upper(f"{the(params.follower)} has matched {row['target']} already with probability ")
            + percent(row["p_matched"])
            + (
                "."
                if row["p_matched"] > 0.99
                else f", and will have within a year with probability {percent(row['p_by_12'])}."
            )
        )
    return Finding(pd.concat([table, coming, dates]), " ".join(sentences))


def credits(tables: Tables, posterior: Posterior) -> str:
    """Whose data a page rests on, in two sentences."""
    params = posterior.params
    return (
        f"{len(tables.scores):,} scores of {tables.scores['model'].nunique()} models, compiled by Epoch AI "
        f"(CC BY 4.0), NIST CAISI, METR and others; no model after {day(params.as_of)}. Every definition, the method "
        f"and all sources are in the full brief of the same run (fit {posterior.identity['fit_hash'][:8]})."
    )


# --- Dossier --------------------------------------------------------------------------------------


def model_of(posterior: Posterior) -> str:
    """The model a dossier is about: the subject, or the newest record."""
    subject = posterior.params.subject
    return newest_record(posterior) if subject in ("default", "all") else subject


def dossier_title(model: str, params: Params) -> str:
    """The question a dossier answers."""
    return f"How far behind {the(params.leader)} is {model}?"


def dossier_answer(facts: pd.Series, rows: pd.DataFrame, params: Params) -> Finding:
    """The model in two sentences: what it is, and where it stood when it came out.

    Parameters
    ----------
    facts : Series
        What `dossier.facts` gives.
    rows : DataFrame
        Rows of `tables.gap_table` about the model.
    params : Params
    """
    lag = row(rows, "model_lag", facts["model"])
    return Finding(
        pd.concat([facts.to_frame().T, rows]),
        f"{facts['model']} came out on {day(facts['date'])}, by {facts['developer']}. {_model_stands(lag, params)} "
        f"({interval(lag, params.prob)}), counting {what_counts(params)}. The probability that it was the "
        f"best of {the(params.follower)} then is {percent(facts['p_record'])}.",
    )


def _model_stands(lag: pd.Series, params: Params) -> str:
    where = " ".join(part for part in _value_and_unit(lag) if part)
    return f"On that day it was {where} {the(params.leader)}"


def dossier_headlines(rows: pd.DataFrame, facts: pd.Series, params: Params) -> list[Headline]:
    """The numbers on top of a dossier: to the leader's frontier, to its first match, and what they rest on."""
    found = []
    for definition in ("model_lag", "first_match_lag"):
        reading = row(rows, definition, facts["model"])
        value, unit = _value_and_unit(reading)
        found.append(
            Headline(
                label=LABELS[definition],
                value=value or _upper(unit),
                unit=f"{unit} {the(params.leader)}" if value else the(params.leader),
                interval=interval(reading, params.prob).removesuffix(" months"),
                meaning=meaning_of(definition, "months", params),
            )
        )
    scores, tests = facts["n_scores"], facts["n_benchmarks"]
    found.append(
        Headline(
            label="Evidence",
            value=str(scores),
            unit="score" if scores == 1 else "scores",
            interval=f"on {tests} test{'' if tests == 1 else 's'}, from {facts['n_sources']} "
            f"source{'' if facts['n_sources'] == 1 else 's'}",
            meaning="Everything the two numbers beside this one rest on, besides the scores of all other models.",
        )
    )
    return found


def placed_title(lag: pd.Series, model: str, params: Params) -> str:
    """The finding of the chart that places one model."""
    where = " ".join(part for part in _value_and_unit(lag) if part)
    return f"{model}: {where} {the(params.leader)} when it came out"


def placed_subtitle(unit: str, params: Params) -> str:
    """What is drawn on the chart that places one model."""
    scale = "points: Claude 3.5 Sonnet = 130, GPT-5 = 150" if unit == "points" else "logits"
    return f"Ability of the model beside {frontier_of(params.leader)} ({scale}), as of {day(params.as_of)}"


def placed_alt(lag: pd.Series, model: str, level_of: tuple[float, float, float], unit: str, params: Params) -> str:
    """The chart that places one model, for those who do not see it."""
    low, middle, high = level_of
    return (
        f"The rising line of {frontier_of(params.leader)}, and {model} as a dot at {number(middle)} {unit} "
        f"({level(params.prob)}% interval {number(low)} to {number(high)}). {_model_stands(lag, params)}, "
        f"{interval(lag, params.prob)}: an arrow marks it. Small dots are other models of both countries."
    )


def placed_caption(params: Params) -> str:
    """How to read the chart that places one model."""
    return (
        f"Line: {frontier_of(params.leader)}, with the bands that hold it with probability 50% and "
        f"{level(params.prob)}%. The bar through the large dot is the {level(params.prob)}% interval of the model. The "
        f"arrow goes from the day {the(params.leader)} stood there to the day the model came out."
    )


def beside_table(beside: pd.DataFrame, model: str, params: Params) -> pd.DataFrame:
    """The leader's models around the model, as a reader wants them."""
    return pd.DataFrame({
        f"{params.leader} model": beside["other"],
        "Came out": [day(date) for date in beside["date"]],
        f"Before {model}": [
            months(value) if value >= 0 else f"{months(-value)} after" for value in beside["months_earlier"]
        ],
        f"{model} is at least as able": [short_percent(p) for p in beside["p_at_least"]],
        "It is the first match": [short_percent(p) if p > 0 else "–" for p in beside["p_first"]],
    })  # fmt: skip


def beside_caption(model: str, params: Params) -> str:
    """What the table of neighbours holds."""
    return f"Record models of {the(params.leader)} nearest to {model}, with probabilities"


def model_scores_title(scores: pd.DataFrame, model: str, params: Params) -> str:
    """The finding of the chart of a model's scores."""
    compared = compared_scores(scores)
    ahead = int((compared["score"] >= compared["best_score"]).sum())
    if compared.empty:
        return f"No test that {model} took has a score of {the(params.leader)}"
    return (
        f"{model} is level with or above the best of {the(params.leader)} on {ahead or 'none'} of {len(compared)} tests"
    )


def compared_scores(scores: pd.DataFrame) -> pd.DataFrame:
    """The highest score of every test in fractions on which the leader was tested too."""
    known = scores[(scores["link"] == "logit") & scores["best_score"].notna()]
    return known.sort_values("score").drop_duplicates("benchmark", keep="last").sort_values(["domain", "benchmark"])


def model_scores_subtitle(model: str, params: Params) -> str:
    """What is drawn on the chart of a model's scores."""
    return (
        f"Share of questions solved: {model} (dot) and the best model of {the(params.leader)} that was out by then "
        f"(diamond), as of {day(params.as_of)}"
    )


def model_scores_alt(scores: pd.DataFrame, model: str, params: Params) -> str:
    """The chart of a model's scores for those who do not see it."""
    readings = "; ".join(
        f"{r.benchmark} {r.score:.0%} against {r.best_score:.0%} ({r.best})"
        for r in compared_scores(scores).itertuples()
    )
    return f"Test by test, the score of {model} and the best of {the(params.leader)}: {readings or 'none'}."


def model_scores_caption(params: Params) -> str:
    """How to read the chart of a model's scores."""
    return (
        f"Filled dot: the model. Diamond: the best score that any model of {the(params.leader)} out on that day has on "
        "the same test. Best of several is a lucky pick: the numbers above allow for that, this chart does not."
    )


def model_scores_table(scores: pd.DataFrame) -> pd.DataFrame:
    """Every score of a model as a reader wants it."""
    return pd.DataFrame({
        "Test": scores["benchmark"],
        "Domain": scores["domain"],
        "Score": [_score(r.score, r.link) for r in scores.itertuples()],
        "Measured by": [
            f"{r.evaluator if isinstance(r.evaluator, str) else '–'} ({r.source_class})" for r in scores.itertuples()
        ],
        "Best before it": [
            f"{_score(r.best_score, r.link)} ({r.best})" if isinstance(r.best, str) else "–"
            for r in scores.itertuples()
        ],
    })  # fmt: skip


def _score(value: float, link: str) -> str:
    if link == "logit":
        return f"{value:.1%}"
    return f"{value:,.0f} min" if link == "log2_minutes" else f"{value:,.0f} Elo"


def scores_table_caption(model: str, params: Params) -> str:
    """What the table of a model's scores holds."""
    return f"Every score of {model}, and the best score of {the(params.leader)} on the same test by the same day"


def about_model(named: pd.DataFrame) -> pd.DataFrame:
    """Published claims about a model as a reader wants them."""
    return pd.DataFrame(
        [(f"{_upper(c['who'])}, {day(c['published'])}", claim_text(c), _upper(c["note"])) for _, c in named.iterrows()],
        columns=["Who", "Says", "About"],
    )


def about_model_caption(model: str) -> str:
    """What the table of claims about one model holds."""
    return f"Published about {model}"


def without_finding(influence: pd.DataFrame, model: str, params: Params) -> Finding:
    """How the gap of the country would move without one model."""
    today = influence[influence["number"] == "frontier_lag"].iloc[0]
    what = f"{_lower(label_of('frontier_lag', 'months', params))} on {day(params.as_of)}"
    if not np.isfinite(today["shift"]):
        return Finding(
            influence,
            f"How far {model} moves the gap of its country ({what}) cannot be told by weighing draws; only a new fit "
            "could tell.",
        )
    return Finding(
        influence,
        f"The gap of its country, {what}, is {months(today['months'])}. Without {model} it would "
        + (
            f"be {number(today['months_without'])} ({added(today['shift'])})."
            if added(today["shift"]) != "0"
            else "stay the same."
        ),
    )


# --- Changes since a date -------------------------------------------------------------------------


def changes_title(params: Params) -> str:
    """The question that a comparison of two dates answers."""
    return f"What has changed since {day(params.since)}?"


def changes_answer(moved: pd.DataFrame, fresh: pd.DataFrame, params: Params) -> Finding:
    """The gap then and now, and what is new, in two sentences.

    Parameters
    ----------
    moved, fresh : DataFrame
        What `changes.moved` and `changes.news` give.
    params : Params
        Of the later run, with `since`.
    """
    lag = moved[(moved["definition"] == "frontier_lag") & (moved["unit"] == "months")].iloc[0]
    then, now = (_span_in_words(lag[side], lag[f"{side}_lower"], lag[f"{side}_upper"]) for side in ("then", "now"))
    then, now = (f"{text} behind" if text.endswith("months") else text for text in (then, now))
    new, count = int(fresh["released"].sum()), len(fresh)
    came = "all of these models" if 1 < count == new else f"{new or 'none'} of these models"
    return Finding(
        moved,
        f"Against {the(params.leader)}, from frontier to frontier, {the(params.follower)} was {then} on "
        f"{day(params.since)} and is {now} on {day(params.as_of)}: {_change_in_words(lag, params)}. "
        f"In brackets {level(params.prob)}% intervals. "
        + (
            f"{fresh['scores'].sum():,} scores of {count} models are new; {came} came out since."
            if count
            else "No score is new."
        ),
    )


def _change_in_words(lag: pd.Series, params: Params) -> str:
    change = lag["change"]
    if not np.isfinite(change):
        return "one of the two has no number"
    if number(change) == "0.0":
        return "no change"
    if min(lag["then"], lag["now"]) < 0:
        return f"{the(params.follower)} has {'lost' if change > 0 else 'gained'} {months(abs(change))}"
    return f"{months(abs(change))} {'more' if change > 0 else 'less'}"


def changes_headlines(moved: pd.DataFrame, params: Params) -> list[Headline]:
    """Three numbers with their change."""
    keys = (("frontier_lag", "months"), ("released_lag", "months"), ("distance", "months_at_leader_pace"))
    found = []
    for definition, unit in keys:
        rows = moved[(moved["definition"] == definition) & (moved["unit"] == unit)]
        if rows.empty:
            continue
        one = rows.iloc[0]
        found.append(
            Headline(
                label=label_of(definition, unit, params),
                value=added(one["change"]) if np.isfinite(one["change"]) else "–",
                unit="months",
                interval=f"from {_bare(one['then'])} to {_bare(one['now'])}",
                meaning=_fill(_APART, params) if unit != "months" else meaning_of(definition, unit, params),
            )
        )
    return found


_APART = (
    "How far {ahead} stands above the best of {follower} on the same day, divided by what {ahead} gained a month over "
    "the last 12 months."
)


def moved_in_months(moved: pd.DataFrame) -> pd.DataFrame:
    """The changes of definitions in months; the model lag of a country repeats its released lag and is left out."""
    return moved[moved["unit"].str.startswith("months") & (moved["definition"] != "model_lag")]


def _bare(value: float) -> str:
    return number(value) if np.isfinite(value) else "undefined"


def changes_chart_title(moved: pd.DataFrame) -> str:
    """The finding of the chart of two dates."""
    known = moved_in_months(moved[np.isfinite(moved["change"])])
    longer, shorter = int((known["change"] > 0.05).sum()), int((known["change"] < -0.05).sum())
    return f"{longer or 'None'} of {len(known)} definitions say longer, {shorter or 'none'} shorter"


def changes_chart_subtitle(params: Params) -> str:
    """What is drawn on the chart of two dates."""
    return (
        f"Months {the(params.follower)} is behind {the(params.leader)}, by definition: {day(params.since)} (hollow) "
        f"and {day(params.as_of)} (filled)"
    )


def changes_chart_alt(moved: pd.DataFrame, params: Params) -> str:
    """The chart of two dates for those who do not see it."""
    readings = "; ".join(
        f"{label_of(r['definition'], r['unit'], params)} {_span_of(r['then'], r['then_lower'], r['then_upper'])} then, "
        f"{_span_of(r['now'], r['now_lower'], r['now_upper'])} now"
        for _, r in moved_in_months(moved).iterrows()
    )
    dates = f"{day(params.since)} and {day(params.as_of)}"
    return f"Months behind on {dates}, with {level(params.prob)}% intervals: {readings}."


def changes_chart_caption(params: Params) -> str:
    """How to read the chart of two dates."""
    known = {
        "hindsight": "Both dates are read with all scores known today of the models that were out by then.",
        "real_time": "Each date is read with the scores published by then: new scores of old models count as change.",
    }
    return f"Dots: middle estimates; bars: {level(params.prob)}% intervals. {known[params.knowledge]}"


def changes_table(moved: pd.DataFrame, params: Params) -> pd.DataFrame:
    """Every number on both dates, as a reader wants it."""
    return pd.DataFrame({
        "Definition": [label_of(r.definition, r.unit, params) for r in moved.itertuples()],
        day(params.since): [_span_of(r.then, r.then_lower, r.then_upper) for r in moved.itertuples()],
        day(params.as_of): [_span_of(r.now, r.now_lower, r.now_upper) for r in moved.itertuples()],
        "Change": [added(r.change) if np.isfinite(r.change) else "–" for r in moved.itertuples()],
    })  # fmt: skip


def changes_table_caption(params: Params) -> str:
    """What the table of two dates holds."""
    return f"Every definition on both dates, with {level(params.prob)}% intervals in brackets"


def news_finding(fresh: pd.DataFrame, influence: pd.DataFrame, params: Params) -> Finding:
    """Which model with new scores moves the gap most."""
    if fresh.empty:
        return Finding(fresh, f"No score is new since {day(params.since)}: the numbers moved with time alone.")
    today = influence[(influence["number"] == "frontier_lag") & np.isfinite(influence["shift"])]
    if today.empty:
        return Finding(influence, "How far each of them moves the gap cannot be told without a new fit.")
    most = today.loc[today["shift"].abs().idxmax()]
    return Finding(
        influence,
        f"Of the models with new scores {most['left_out']} moves the gap from frontier to frontier most: without it "
        f"today's number would be {number(most['months_without'])} instead of {months(most['months'])} "
        f"({added(most['shift'])}). The rows do not add up to the change: models share what they say, and time passes "
        "by itself.",
    )


def news_table(fresh: pd.DataFrame, influence: pd.DataFrame, params: Params) -> pd.DataFrame:
    """The models with new scores and how each moves the numbers, those that move them most first."""
    if influence.empty:
        return pd.DataFrame()
    wide = influence.pivot(index="left_out", columns="number", values="shift")
    names = [name for name in LABELS if name in wide.columns]
    # A model that moves no number would only fill the table; one that cannot be told is shown.
    wide = wide[(wide.abs() >= 0.05).any(axis=1) | wide["frontier_lag"].isna()]
    order = wide["frontier_lag"].abs().sort_values(ascending=False, na_position="last").index
    facts = fresh.set_index("model").loc[order]
    columns = {
        "Model": order,
        "Country": facts["country"].to_numpy(),
        "Came out": [
            day(date) + ("" if new or fresh["released"].all() else " (known)")
            for date, new in zip(facts["date"], facts["released"], strict=True)
        ],
        "New scores": facts["scores"].to_numpy(),
    }
    columns |= {
        f"Without it: {_lower(number_label(name, params))}": [_shift(v) for v in wide.loc[order, name]]
        for name in names
    }
    return pd.DataFrame(columns).reset_index(drop=True)


def news_caption(params: Params) -> str:
    """What the table of new scores holds."""
    return (
        f"Models with scores that were not known on {day(params.since)}, and by how many months each number of "
        f"{day(params.as_of)} would move without the model (–: only a new fit could tell); the others move none"
    )


# --- Coverage -------------------------------------------------------------------------------------


def coverage_title(share: float, models: int, tests: int) -> str:
    """The finding of the coverage map."""
    return f"{share:.0%} of {models} models × {tests} tests have a score"


def coverage_subtitle(params: Params) -> str:
    """What is drawn on the coverage map."""
    whose = f"{the(params.leader)} and {the(params.follower)}"
    return f"Newest models of {whose} by the tests that most took, as of {day(params.as_of)}"


def coverage_alt(counts: pd.DataFrame, share: float, params: Params) -> str:
    """The coverage map for those who do not see it."""
    readings = "; ".join(f"{r.country}: {r.models} models, {r.cells} scores" for r in counts.itertuples())
    return f"A grid of models and tests, a cell filled where a score exists: {share:.0%} of the cells. {readings}."


def coverage_caption() -> str:
    """How to read the coverage map."""
    return (
        "Each column is a model, oldest left; each row a test, grouped by domain. Dark: measured by somebody "
        "independent (governments, evaluators, leaderboards). Pale with a dot: the developer's own score only. White: "
        "no score; the model fills no gap, it only knows less."
    )


def coverage_finding(coverage: pd.DataFrame, params: Params) -> Finding:
    """Which domains are tested least for the follower's models."""
    theirs = coverage[coverage["country"] == params.follower].sort_values("share")
    if theirs.empty:
        return Finding(coverage, f"No model of {the(params.follower)} has a score.")
    least, most = theirs.iloc[0], theirs.iloc[-1]
    return Finding(
        coverage,
        f"Tests of {least['domain']} are the thinnest for {the(params.follower)}: {percent_of(least['share'])} of its "
        f"models and tests there have a score; {most['domain']} is the best covered with {percent_of(most['share'])}.",
    )


def percent_of(share: float) -> str:
    """A share that may be exactly zero or one."""
    return f"{share:.0%}"


# --- Domains --------------------------------------------------------------------------------------


def domains_title(rows: pd.DataFrame) -> str:
    """The finding of the chart of domains, from rows with a number, longest lag first."""
    known = rows[np.isfinite(rows["median"])].sort_values("median")
    if len(known) < 2:
        return "Too few domains have enough data"
    least, most = known.iloc[0], known.iloc[-1]
    low, high = (number(row["median"], row["outer_high"] - row["outer_low"]) for row in (least, most))
    return f"From {low} months in {least['domain']} to {high} in {most['domain']}"


def domains_subtitle(params: Params) -> str:
    """What is drawn on the chart of domains."""
    return (
        f"Months {the(params.follower)} is behind {the(params.leader)} by domain, {what_counts(params)}, "
        f"as of {day(params.as_of)}"
    )


def domains_alt(rows: pd.DataFrame, params: Params) -> str:
    """The chart of domains for those who do not see it."""
    readings = "; ".join(f"{r['domain']} {domain_reading(r)}" for _, r in rows.iterrows())
    return f"Months behind by domain, with {level(params.prob)}% intervals: {readings}."


def domain_reading(row: pd.Series) -> str:
    """The number of a domain, or why there is none."""
    return row["status"] or _span_of(row["median"], row["outer_low"], row["outer_high"])


def domains_caption(params: Params) -> str:
    """How to read the chart of domains."""
    return (
        f"Dot: middle estimate. Thick bar: 50% interval. Thin bar: {level(params.prob)}% interval. A domain with too "
        "few tests has no number."
    )


# --- Catch-up ridgelines --------------------------------------------------------------------------


def ridges_title(rows: pd.DataFrame, params: Params) -> str:
    """The finding of the ridgelines: which model is reached last."""
    known = rows[rows["median"] <= params.horizon_months]
    if known.empty:
        return f"No named model is probably reached within {params.horizon_months} months"
    last = known.loc[known["median"].idxmax()]
    if last["median"] < 0:
        return _upper(f"{the(params.follower)} has probably matched all of them")
    return _upper(f"{the(params.follower)} reaches {last['target']} around {_month(last['median'], params)}")


def ridge_reading(row: dict, params: Params) -> str:
    """A hill in figures: its middle, or how probable it is that nothing comes within the horizon."""
    if row["median"] <= params.horizon_months:
        return _month(row["median"], params)
    return f"{percent(row['p_later'])} later"


def ridges_alt(rows: pd.DataFrame, params: Params) -> str:
    """The ridgelines for those who do not see them."""
    readings = "; ".join(
        f"{r['target']}: {_month(r['median'], params)} ({_month(r['lower'], params)} to {_month(r['upper'], params)}), "
        f"not within the horizon with probability {percent(r['p_later'])}"
        for _, r in rows.iterrows()
    )
    return f"Hills of probability over time, one for each model: {readings}."


def ridges_caption(params: Params) -> str:
    """How to read the ridgelines."""
    return (
        f"The height of a hill is how probable it is that the frontier of {the(params.follower)} reaches the model in "
        f"that month; the line under it is the {level(params.prob)}% interval, the dot its middle. Left of the "
        f"vertical line lies what may have happened already; what comes after {params.horizon_months} months is left "
        "out."
    )


# --- Method and sources ---------------------------------------------------------------------------


def method(posterior: Posterior, tables: Tables) -> list[str]:
    """How the numbers come about, in ten lines."""
    params, scores = posterior.params, tables.scores
    count = posterior.models["country"].value_counts()
    draws = posterior.ability.sizes["chain"] * posterior.ability.sizes["draw"]
    clock = {
        "release": "its public release",
        "first_access": "its first use outside its developer",
        "first_internal": "its first use anywhere",
    }
    known = {
        "hindsight": "Scores of older models that were published later do count.",
        "real_time": "Scores published later do not count either.",
    }
    abilities = {
        "ability": "One statistical model of all scores gives each AI model an ability and each test a difficulty and "
        "a sharpness (item-response theory), so that models that sat different tests can be compared.",
        "epoch_eci": "Abilities are those of Epoch AI's published index (ECI), with its published uncertainty.",
        "metr_horizon": "Abilities are METR's task horizons, the length of tasks that a model completes half of the "
        "time, with their published uncertainty.",
        "caisi_elo": "Abilities are CAISI's published Elo ratings, with their published uncertainty.",
        "arena_elo": "Abilities are Arena's Elo ratings of chat answers that people preferred, with their published "
        "uncertainty.",
    }
    if params.domain != "all":
        abilities["ability"] += (
            f" This run reads ability in one domain, {params.domain}: that of the models tested in it."
        )
    return [
        f"Evidence: {len(scores):,} scores of {scores['model'].nunique()} models on {scores['benchmark'].nunique()} "
        "tests, each with its source.",
        abilities[params.ruler],
        "Lucky guesses, the number of questions of a test and the scatter between evaluations are allowed for; "
        "the country of a model plays no part in its ability.",
        "A country's frontier is the ability attainable there on a date. It never falls. "
        f"{count.get(params.leader, 0)} models of {the(params.leader)} and {count.get(params.follower, 0)} of "
        f"{the(params.follower)} shape the two frontiers.",
        "A model lies at or below its country's frontier, by a shortfall that is learnt from all models: one lucky "
        "score does not move a frontier.",
        f"Counted for {the(params.leader)}: {what_counts(params)}. A model is dated by {clock[params.clock]}.",
        f"Every gap is read off both frontiers {draws:,} times, once for each draw from the posterior. "
        f"An interval of {level(params.prob)}% holds that share of the draws.",
        f"No draw is dropped. Where a level lies before the first date, the lag is “at least”; where "
        f"{the(params.leader)} never reached it, {the(params.follower)} counts as ahead.",
        f"No model that came out after {day(params.as_of)} is used. {known[params.knowledge]}",
        "What others have published enters only numbers said to believe it. A month is a twelfth of 365.25 days.",
    ]


def sources(tables: Tables) -> list[tuple[str, list[tuple[str, str]]]]:
    """Licence by licence, the publishers of what was used with an address each, the most used first."""
    used = pd.concat([tables.scores["source"], tables.index_vintages["source"]]).value_counts()
    rows = tables.sources.set_index("source").reindex(used.index).dropna(subset=["publisher", "url"])
    return [
        (
            _upper(licence),
            [
                ("several publishers" if who == "several" else who, url)
                for who, url in part.drop_duplicates("publisher")[["publisher", "url"]].itertuples(index=False)
            ],
        )
        for licence, part in rows.groupby("licence", sort=False)
    ]


# --- The record: how good this was, in simulated worlds and on past days --------------------------

_TARGETS = {
    "frontier_lag": "Frontier to frontier",
    "released_lag": "Best released model to frontier",
    "match_best": "Month the leader's best model is matched",
    "match_earlier": "Month the leader's best of half a year ago is matched",
    "next_record": "Level of the next record",
}
_FORECASTERS = {
    "stack": "our forecast",
    "stack_learned": "our forecast, learned weights",
    "drift": "shape: drift",
    "catching_up": "shape: catching up",
    "straight_line": "shape: straight line",
    "same_lag": "shape: same lag",
    "persistence": "as today",
    "historical_mean": "mean so far",
    "linear_trend": "trend of the lag",
    "error_correction": "back to the mean",
}
_KINDS = {"real": "real vintages of Epoch's index", "pseudo": "monthly pseudo-vintages (optimistic)"}


def forecaster_name(name: str) -> str:
    """A forecaster of the back-test in words."""
    return _FORECASTERS[name]


def target_name(name: str) -> str:
    """A target of the back-test in words."""
    return _TARGETS[name]


def record_finding(rows: pd.DataFrame, summary: pd.DataFrame) -> Finding:
    """How well our forecasts did on past days: coverage first, then skill or its absence."""
    ours = rows[rows["forecaster"] == "stack"]
    inside = ours["outcome"].between(ours["lower_80"], ours["upper_80"])
    covered = " and ".join(
        f"{percent(inside[ours['kind'] == kind].mean())} of {int((ours['kind'] == kind).sum())} on {_KINDS[kind]}"
        for kind in ours["kind"].unique()
    )
    by_target = inside.groupby(ours["target"]).agg(["mean", "size"])
    narrow = by_target[(by_target["size"] >= 20) & (by_target["mean"] < 0.7)]
    sentences = [
        f"Our 80% intervals held {covered}.",
        *(
            f"{_TARGETS[target]} alone: {percent(row['mean'])} of {int(row['size'])}; these intervals are too narrow."
            for target, row in narrow.iterrows()
        ),
    ]
    judged = summary[(summary["forecaster"] == "stack") & summary["skill_lower"].notna()]
    better = judged[judged["skill_lower"] > 0]
    named = [
        f"{_lower(_TARGETS[row['target']])}, {int(row['horizon_months'])} months ahead "
        f"(saving {_share_saved(row['skill']).lstrip('+')} of its error, 90% interval "
        f"{_share_saved(row['skill_lower']).lstrip('+')} to {_share_saved(row['skill_upper']).lstrip('+')})"
        for _, row in better.iterrows()
    ]
    if len(judged):
        found = f"in {len(better)}: {listed(named)}" if named else "in none"
        sentences.append(
            f"Of {len(judged)} kinds of forecast with enough past days for a verdict, ours beat the best simple one "
            f"{found}. The simple ones are: as today, the mean so far, the trend of the lag, and back to the mean; the "
            "best is chosen knowing the outcome."
        )
    return Finding(record_table(summary), "\n".join(sentences))


def _skill(row: pd.Series) -> str:
    if pd.isna(row["skill_lower"]):
        count = int(row["n"])
        return f"{_share_saved(row['skill'])} ({count} origin{'s' if count > 1 else ''}, too few for an interval)"
    ends = f"{_share_saved(row['skill_lower'])} to {_share_saved(row['skill_upper'])}"
    shown = f"{_share_saved(row['skill'])} ({ends})"
    return shown if row["skill_lower"] > 0 else f"no skill shown, {shown}"


def _share_saved(skill: float) -> str:
    """A share of the error saved, negative where the forecast does worse; ten times worse is as bad as any."""
    return "below \u22121000%" if skill < -10 else f"{100 * skill:+.0f}%".replace("-", "\u2212")


def record_table(summary: pd.DataFrame, *, forecasters: tuple[str, ...] = ("stack",)) -> pd.DataFrame:
    """Scores of some forecasters by kind of origin, target and horizon."""
    rows = summary[summary["forecaster"].isin(forecasters)]
    return pd.DataFrame({
        "What was forecast": rows["target"].map(_TARGETS) + ", " + rows["horizon_months"].astype(int).astype(str)
        + " months ahead",
        "By": rows["forecaster"].map(_FORECASTERS),
        "On": rows["kind"].map(_KINDS),
        "Origins": rows["n"].astype(int),
        "Mean error (CRPS), months": rows["crps"].round(2),
        "Saved over the best simple forecast": [_skill(row) for _, row in rows.iterrows()],
        "Simple forecast": rows["baseline"].map(_FORECASTERS),
        "80% intervals that held": rows["coverage_80"].map(percent),
    })  # fmt: skip


def record_lags_table(summary: pd.DataFrame) -> pd.DataFrame:
    """Error and coverage of our forecasts of the two lags, beside the best simple forecast."""
    lags = summary[summary["target"].isin(["frontier_lag", "released_lag"])]
    keys = ["kind", "target", "horizon_months"]
    error = lags.set_index([*keys, "forecaster"])["crps"]
    rows = lags[lags["forecaster"] == "stack"]
    best = [
        f"{error[(*(row[key] for key in keys), row['baseline'])]:.1f}, {_FORECASTERS[row['baseline']]}"
        for _, row in rows.iterrows()
    ]
    return pd.DataFrame({
        "What was forecast": rows["target"].map(_TARGETS),
        "Months ahead": rows["horizon_months"].astype(int),
        "On": rows["kind"].map(_KINDS),
        "Past days": rows["n"].astype(int),
        "Our error": [f"{value:.1f}" for value in rows["crps"]],
        "Best simple": best,
        "80% intervals that held": rows["coverage_80"].map(percent_of),
    })  # fmt: skip


def record_lags_caption() -> str:
    """How to read the short table of the back-test."""
    return (
        "Forecasts of the lag made on past days, against what the last data say of the day they were about. Error: "
        "mean CRPS in months, which is the distance from the outcome for a forecast without an interval."
    )


def record_caption() -> str:
    """How to read the table of the back-test."""
    return (
        "Forecasts made on past days against what the last data say of the day they were about. Saved: share of the "
        "mean CRPS of the best simple forecast, with a 90% block-bootstrap interval."
    )


def record_domain(params: Params) -> str:
    """What a run about one domain says before a record that is not about it; empty for the others."""
    return (
        "" if params.domain == "all" else f"This record is about AI in general; there is none for {params.domain} yet."
    )


def record_missing() -> str:
    """What stands where no record has been made."""
    return "No back-test has been made for this version."


def record_title(summary: pd.DataFrame) -> str:
    """Whether the forecast beat the simple ones."""
    ours = summary[(summary["forecaster"] == "stack") & (summary["kind"] == summary["kind"].iloc[-1])]
    better = int((ours["skill_lower"] > 0).sum())
    if not better:
        return "On past days our forecast shows no skill over the best simple one"
    return f"On past days our forecast beat the best simple one in {better} of {len(ours)} cases"


def record_subtitle() -> str:
    """What the bars of the chart of skill are."""
    return (
        "Per cent of the best simple forecast's error saved; bar: 90% interval, where days were enough for one; "
        "right of 0 is better"
    )


def beyond(share: float) -> str:
    """A number beyond the edge of a chart: −163; ten times worse is as bad as any: below −1000."""
    return "below \u22121000" if share < -1000 else f"{share:+.0f}".replace("-", "\u2212")


def record_alt(summary: pd.DataFrame) -> str:
    """Every number of the chart of skill."""
    rows = summary[summary["forecaster"] == "stack"]
    return " ".join(
        f"{_TARGETS[row['target']]}, {int(row['horizon_months'])} months, {row['kind']}: {_skill(row)}."
        for _, row in rows.iterrows()
    )


def readings_title(told: pd.DataFrame) -> str:
    """How far the readings of past days have moved since."""
    lower, upper = told["revision"].quantile([0.1, 0.9])
    return (
        f"Read on its day, the lag has later moved by {_signed(told['revision'].mean())} months on average "
        f"(80%: {_signed(lower)} to {_signed(upper)})"
    )


def readings_subtitle(told: pd.DataFrame) -> str:
    """What the chart of past readings shows."""
    return f"{LABELS[told['definition'].iloc[0]]}, months, by the day it was read"


def readings_alt(told: pd.DataFrame) -> str:
    """Every reading of the chart of past readings."""
    return " ".join(
        f"{row['origin']}: {number(row['median'])}, {number(row['lower_80'])} to {number(row['upper_80'])}; today "
        f"{number(row['later'])}."
        for _, row in told.iterrows()
    )


def readings_caption() -> str:
    """How to read the chart of past readings."""
    return (
        "Each point is the number as it came out on that day, from the models that were out by then, with intervals of "
        "50% and 80%; the line is what is now read of the same days."
    )


def calibration_finding(summary: pd.DataFrame) -> Finding:
    """Whether the ranks of the truth are those of a calibrated model."""
    out = summary.loc[~summary["inside"], "quantity"]
    verdict = f"outside for {listed(list(out))}" if len(out) else "inside for every one"
    text = (
        f"In {int(summary['simulations'].max())} worlds drawn from the priors the ranks of the truth among the draws "
        f"were compared with uniform ones for {len(summary)} quantities: {verdict} (95% simultaneous bands)."
    )
    return Finding(summary, text)


def calibration_line(summary: pd.DataFrame) -> str:
    """For a page: whether the lags were where their intervals said, in worlds with a known gap."""
    lags = summary[summary["quantity"].isin(["pipeline: frontier_lag", "pipeline: released_lag"])]
    out = int((~lags["inside"]).sum())
    held = " and ".join(f"{percent_of(share)}" for share in lags["coverage_80"])
    verdict = "calibrated within what that many worlds can show" if not out else "not calibrated"
    return (
        f"In {int(lags['simulations'].min())} simulated worlds with a known gap, drawn from the model's own "
        f"assumptions, 80% intervals of the lag from frontier to frontier and from the best released model held in "
        f"{held}: {verdict}."
    )


def calibration_alt(summary: pd.DataFrame) -> str:
    """Every verdict of the chart of ranks."""
    return " ".join(
        f"{row['quantity']}: {'inside' if row['inside'] else 'outside'} its band, mean rank {row['mean_rank']:.2f}."
        for _, row in summary.iterrows()
    )


def calibration_title(summary: pd.DataFrame) -> str:
    """How many quantities are calibrated."""
    return f"{int(summary['inside'].sum())} of {len(summary)} quantities are calibrated in simulated worlds"


def calibration_subtitle() -> str:
    """What the lines of the chart of ranks are."""
    return "Share of ranks below a place less that place; the band holds all of a calibrated line with 95%"


def calibration_caption() -> str:
    """What to look for in the chart of ranks."""
    return (
        "A line that climbs and falls means draws that are too low or too high; an S means intervals too narrow or "
        "too wide. Säilynoja, Bürkner and Vehtari (2022)."
    )


_WORLDS = {
    "smooth": "Smooth frontiers, a constant lag",
    "jumpy": "Nearly all growth in jumps",
    "slope_change": "The leader has doubled its pace",
    "drifting_lag": "The lag goes from 10 to 6 months",
    "overtaking": "The follower overtakes",
    "heavy_shortfalls": "Hardly a model at the frontier",
    "selective_tests": "Models take tests near their level",
    "cherry_picking": "The follower shows its better scores",
    "developer_bias": "Developers' own scores are too high",
    "late_scoring": "The follower is scored late",
    "restricted_models": "The leader has hidden models",
}


def world_name(name: str) -> str:
    """A simulated world in words: what is hard in it."""
    return _WORLDS.get(name, name)


def known_truth_title(errors: pd.DataFrame) -> str:
    """In how many worlds we are closer to the truth than every rule in use."""
    better = int((errors["ours"] < errors["best"]).sum())
    return f"Closer to the known gap than every rule in use in {better} of {len(errors)} simulated worlds"


def known_truth_subtitle() -> str:
    """What the marks of the chart of known gaps are."""
    return (
        "Error (RMSE) of the lag from frontier to frontier, months; filled: ours, hollow: five rules in use elsewhere; "
        "right: how often our 80% interval held"
    )


def known_truth_alt(errors: pd.DataFrame) -> str:
    """Every error of ours and of the best rule, and how often our interval held."""
    rows = " ".join(
        f"{world_name(world)}: ours {row['ours']:.1f}, best rule {row['best']:.1f} months, "
        f"interval held in {percent_of(row['coverage_80'])}."
        for world, row in errors.iterrows()
    )
    return f"{known_truth_title(errors)}. {rows}"


def known_truth_caption() -> str:
    """How to read the chart of known gaps."""
    return (
        "Worlds in which the gap is known, most gained at the top. The rules: first match, Epoch's 5% rule, straight "
        "lines through records, records between records, and the first match of every draw."
    )


def sensitivity_title(table: pd.DataFrame) -> str:
    """The largest shift among the reversed assumptions."""
    headline = table[table["headline"] == "frontier_lag"].dropna(subset="shift_months")
    if headline.empty:
        return "No assumption could be reversed"
    largest = headline.loc[headline["shift_months"].abs().idxmax()]
    return f"{_signed(largest['shift_months'])} months at most: {largest['assumption']}"


def sensitivity_subtitle() -> str:
    """What the marks of the chart of assumptions are."""
    return "Shift of the lag from frontier to frontier, months; the line is twice the Monte Carlo error"


def sensitivity_alt(rows: pd.DataFrame) -> str:
    """Every number of the chart of assumptions."""
    return " ".join(f"{row['assumption']}: {_signed(row['shift_months'])} months." for _, row in rows.iterrows())


def sensitivity_caption() -> str:
    """How to read the chart of assumptions."""
    return "Each row reverses one assumption, or scales one prior, and leaves all else as it is."


def sensitivity_finding(table: pd.DataFrame) -> Finding:
    """What the headline numbers owe to assumptions."""
    rows = table.dropna(subset="shift_months")
    beyond = rows[rows["shift_months"].abs() > 2 * rows["error"]]
    one = beyond[beyond["shift_months"].abs() >= 1.0]
    names = list(one["assumption"].drop_duplicates())
    text = f"{rows['assumption'].nunique()} assumptions were reversed or scaled. " + (
        f"A headline moves by a month or more for: {listed(names)}." if names else "No headline moves by a month."
    )
    shown = rows.pivot_table(index="assumption", columns="headline", values="shift_months", sort=False).round(2)
    return Finding(shown.reset_index(), text)


def predictive_finding(checks: pd.DataFrame) -> Finding:
    """Whether the scores are as the ability model predicts them."""
    everything = checks[checks["grouping"] == "all"].iloc[0]
    groups = checks[checks["grouping"] != "all"]
    off = groups[(groups["loo_pit"] - 0.5).abs() > 3 * 0.29 / groups["n"] ** 0.5]
    named = listed([f"{row['group']} ({row['loo_pit']:.2f})" for _, row in off.iterrows()])
    text = (
        f"Left out one at a time, {percent(everything['loo_coverage_80'])} of {int(everything['n'])} scores lie in "
        f"their 80% interval; mean place {everything['loo_pit']:.2f}, 0.50 being right. "
        + (f"Away from the middle by more than chance: {named}." if len(off) else "No group is away from the middle.")
    )
    return Finding(checks, text)
